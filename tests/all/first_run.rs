//! What no vintage before can tell: quantities, supply, dates and states that contradict the maker's own other exports.
//! Each row alters the fixtures in one way; the exit code and what must be said stand beside it.
#![allow(
    clippy::semicolon_if_nothing_returned,
    clippy::assigning_clones,
    reason = "a table of small changes"
)]

use std::path::Path;

use crate::common::{self, Cells, copy_of, reported, rewrite, wafercast};

/// A cell of an order, a shipment or a row of supply.
const ID: usize = 0;
const MODEL: usize = 3;
const TYPE: usize = 4;
const SIGNED: usize = 5;
const QUANTITY: usize = 6;
const PREPAID: usize = 8;
const START: usize = 9;
const DELIVERED: usize = 11;
const STATUS: usize = 12;
const CANCELLED: usize = 13;
const SHIPPED: usize = 0;
const DATE: usize = 0;
const KIND: usize = 1;
const ITEM: usize = 2;
const COUNT: usize = 3;
const FOUNDRY: usize = 4;
const WAFERS: usize = 5;
const DUE: usize = 6;
const PAID: usize = 7;

/// Changes every row of an export; the second number is the row's place from 0.
fn each(folder: &Path, export: &str, mut change: impl FnMut(&mut Cells, usize)) {
    rewrite(folder, export, |rows| rows.iter_mut().enumerate().for_each(|(index, row)| change(row, index)));
}

/// Changes one cell of the rows of an export that are meant.
fn set(
    folder: &Path,
    export: &str,
    which: impl Fn(&Cells, usize) -> bool,
    column: usize,
    mut change: impl FnMut(&mut String),
) {
    each(folder, export, |row, place| {
        if which(row, place) {
            change(&mut row[column]);
        }
    });
}

fn orders(folder: &Path, change: impl FnMut(&mut Cells, usize)) {
    each(folder, "futures_orders", change);
}

/// Multiplies a count.
fn times(cell: &mut String, factor: f64) {
    *cell = format!("{:.0}", (cell.parse::<f64>().unwrap() * factor).floor());
}

/// Moves a day or a month by so many years.
fn years(cell: &mut String, by: i32) {
    let (year, rest) = cell.split_at(4);
    *cell = format!("{}{rest}", year.parse::<i32>().unwrap() + by);
}

/// Signed in the last quarter.
fn newest(row: &Cells) -> bool {
    row[SIGNED].as_str() >= "2025-07-01"
}

/// Open and nothing of it delivered.
fn untouched(row: &Cells) -> bool {
    row[STATUS] == "open" && row[DELIVERED] == "0"
}

type Case = (&'static str, fn(&Path), i32, &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "quantities of a quarter ten times too large",
        |f| set(f, "futures_orders", |row, _| newest(row), QUANTITY, |cell| times(cell, 10.0)),
        65,
        &[
            "of the 18 open futures signed in 2025Q3 (126510 machines) the middle one has 4.8% of its value paid",
            "where other quarters' have 50.0% at least: are quantities of this quarter 10 times too large",
            "[odd-quantity]",
        ],
    ),
    (
        "quantities of a quarter in TH/s",
        |f| {
            orders(f, |row, _| {
                let th: f64 = row[MODEL][4..].parse().unwrap();
                if newest(row) {
                    times(&mut row[QUANTITY], th)
                }
            })
        },
        65,
        &["signed in 2025Q3 (2829990 machines)", "197 times too large, or TH/s", "[odd-quantity]"],
    ),
    (
        "quantities of a quarter in TH/s, and payments not known",
        |f| {
            orders(f, |row, _| {
                row[PREPAID].clear();
                let th: f64 = row[MODEL][4..].parse().unwrap();
                if newest(row) {
                    times(&mut row[QUANTITY], th)
                }
            })
        },
        65,
        &["12 of key accounts signed in 2025Q3 is of some 185364 machines, 128.0 times", "[odd-quantity]"],
    ),
    (
        "quantities of a quarter ten times too small",
        |f| {
            orders(f, |row, _| {
                if newest(row) {
                    times(&mut row[QUANTITY], 0.1);
                    row[DELIVERED] = "0".to_owned();
                }
            })
        },
        65,
        &["518.7% of its value paid, more than there is to pay: are quantities of this quarter too small"],
    ),
    (
        "wafers ten times too many",
        |f| set(f, "supply", |_, place| place == 7, WAFERS, |cell| times(cell, 10.0)),
        65,
        &[
            "2500 wafers of C5 from Foundry East placed 2025-08-04: 2112500 USD prepaid is 845 USD a wafer, by the terms 8450 USD",
            "[odd-wafers]",
        ],
    ),
    (
        "wafers in lots",
        |f| set(f, "supply", |_, place| place == 4, WAFERS, |cell| *cell = "13".to_owned()),
        65,
        &[
            "13 wafers of C5 from Foundry East placed 2025-05-05: 2746250 USD prepaid is 211250 USD a wafer, by the terms 16900 USD",
        ],
    ),
    (
        "prepayment ten times too large",
        |f| set(f, "supply", |_, place| place == 8, PAID, |cell| *cell = "15000000".to_owned()),
        65,
        &[
            "150 wafers of C3 from Foundry North placed 2025-06-16: 15000000 USD prepaid is 100000 USD a wafer, by the terms 20000 USD",
        ],
    ),
    (
        "a wafer order due a year late",
        |f| set(f, "supply", |_, place| place == 6, DUE, |cell| years(cell, 1)),
        0,
        &[
            "placed 2025-07-01 is due 2026-12-01, 17.0 months after it was placed, the terms say 5",
            "[odd-wafers]",
        ],
    ),
    (
        "a wafer order placed a year early",
        |f| set(f, "supply", |_, place| place == 6, DATE, |cell| years(cell, -1)),
        0,
        &["placed 2024-07-01 is due 2025-12-01, 17.0 months after it was placed, the terms say 5"],
    ),
    (
        "a wafer order with a new day, and the old one left",
        |f| {
            rewrite(f, "supply", |rows| {
                let mut again = rows[8].clone();
                again[DUE] = "2026-02-15".to_owned();
                rows.push(again);
            })
        },
        0,
        &[
            "150 wafers of C3 from Foundry North placed 2025-06-16 is due 2025-12-15 and 2026-02-15",
            "[copied-orders]",
        ],
    ),
    (
        "a foundry in another case",
        |f| each(f, "supply", |row, _| row[FOUNDRY] = row[FOUNDRY].to_uppercase()),
        0,
        &[
            "550 wafers of C3 are on order at `FOUNDRY NORTH`",
            "it is `Foundry North` but for capitals",
            "[unknown-foundry]",
        ],
    ),
    (
        "a wafer order of next year",
        |f| {
            each(f, "supply", |row, place| {
                if place == 10 {
                    years(&mut row[DATE], 1);
                    years(&mut row[DUE], 1);
                }
            })
        },
        0,
        &[
            "supply.csv:12: a row of supply is dated 2026-09-01, 336 days after the last row of any other export (2025-09-30)",
            "[odd-dates]",
        ],
    ),
    (
        "chips in wafers",
        |f| {
            set(
                f,
                "supply",
                |row, _| row[ITEM] == "C5" && row[KIND] == "chips_on_hand",
                COUNT,
                |cell| *cell = "317".to_owned(),
            )
        },
        0,
        &[
            "317 chips of C5 are on hand, and 22978440 were built into the 71931 machines shipped in a year",
            "[odd-stock]",
        ],
    ),
    (
        "chips ten times too many",
        |f| {
            set(
                f,
                "supply",
                |row, _| row[ITEM] == "C3" && row[KIND] == "chips_on_hand",
                COUNT,
                |cell| times(cell, 10.0),
            )
        },
        0,
        &["3500000 chips of C3 on hand, 2443896 ordered in the best year", "[odd-stock]"],
    ),
    (
        "machines a hundred times too many",
        |f| set(f, "supply", |_, place| place == 0, COUNT, |cell| times(cell, 100.0)),
        0,
        &["140000 machines of M90-200 on hand, 57852 ordered in the best year", "[odd-stock]"],
    ),
    (
        "a few open orders twice",
        |f| {
            rewrite(f, "futures_orders", |rows| {
                let mut again: Vec<Cells> =
                    rows.iter().filter(|row| untouched(row)).take(5).cloned().collect();
                again.iter_mut().for_each(|row| row[ID].insert_str(0, "ZZ-"));
                rows.extend(again);
            })
        },
        0,
        &[
            "5 open order(s) of 6966 machines still to deliver, of 31627 in all",
            "2300 of ZZ-SO-00514 as of SO-00514, 2200 of ZZ-SO-00506 as of SO-00506",
            "[copied-orders]",
        ],
    ),
    (
        "every open order twice",
        |f| {
            rewrite(f, "futures_orders", |rows| {
                let mut again: Vec<Cells> =
                    rows.iter().filter(|row| row[STATUS] == "open").cloned().collect();
                for row in &mut again {
                    row[ID].insert_str(0, "ZZ-");
                    row[DELIVERED] = "0".to_owned();
                }
                rows.extend(again);
            })
        },
        65,
        &["38 open order(s) of 32368 machines still to deliver, of 57029 in all", "[copied-orders]"],
    ),
    (
        "completed with less than ordered",
        |f| {
            set(
                f,
                "futures_orders",
                |row, _| row[STATUS] == "open" && row[DELIVERED] != "0",
                STATUS,
                |cell| *cell = "completed".to_owned(),
            )
        },
        0,
        &[
            "10571 of 218902 machines of completed orders were never delivered (4.8%), of 20 orders",
            "[closed-short]",
        ],
    ),
    (
        "shipped a year late",
        |f| {
            each(f, "shipments", |row, _| {
                if row[1] == "SO-00314" {
                    years(&mut row[SHIPPED], 1)
                }
            })
        },
        0,
        &[
            "30 machines of 1 order (SO-00314) were shipped eleven months or more after their last delivery was due",
            "[odd-dates]",
        ],
    ),
    (
        "first deliveries a year late",
        |f| {
            set(
                f,
                "futures_orders",
                |row, _| untouched(row) && newest(row) && row[TYPE] == "futures",
                START,
                |cell| years(cell, 1),
            )
        },
        0,
        &["have their first delivery 13 months after signature or later, all others within 5", "[odd-dates]"],
    ),
    (
        "cancelled next year",
        |f| {
            set(
                f,
                "futures_orders",
                |row, place| row[STATUS] == "cancelled" && place > 100,
                CANCELLED,
                |cell| *cell = "2026-08-15".to_owned(),
            )
        },
        0,
        &["are cancelled after the as-of date, the last on 2026-08-15", "[odd-dates]"],
    ),
    (
        "cancelled before it shipped",
        |f| {
            orders(f, |row, _| {
                if row[ID] == "SO-00489" {
                    row[STATUS] = "cancelled".to_owned();
                    row[CANCELLED] = row[SIGNED].clone();
                }
            })
        },
        0,
        &[
            "machines of 1 order (SO-00489) were shipped in months after the order was cancelled",
            "[odd-dates]",
        ],
    ),
    (
        "cancelled and all delivered",
        |f| {
            orders(f, |row, _| {
                if row[ID] == "SO-00489" {
                    row[STATUS] = "cancelled".to_owned();
                    row[CANCELLED] = "2025-09-29".to_owned();
                }
            })
        },
        0,
        &["machines of 1 order (SO-00489) were all delivered, and the order is cancelled", "[odd-dates]"],
    ),
    (
        "shipments of the last year alone",
        |f| rewrite(f, "shipments", |rows| rows.retain(|row| row[SHIPPED].as_str() >= "2024-10")),
        0,
        &["covers shipments from 2024-10 on: 137027 of 232992 machines ordered were due before", "[no-data]"],
    ),
    (
        "models exchanged",
        |f| {
            for (export, column) in [("futures_orders", MODEL), ("shipments", 2)] {
                each(f, export, |row, _| {
                    let other = match row[column].as_str() {
                        "M80-160" => "M95-245",
                        "M95-245" => "M80-160",
                        same => same,
                    };
                    row[column] = other.to_owned();
                });
            }
        },
        0,
        &[
            "55299 machines of M95-245 were to be delivered and 53233 were shipped more than 6 months before 2025-09",
            "[before-launch]",
        ],
    ),
    (
        "models in another case",
        |f| each(f, "shipments", |row, _| row[2] = row[2].to_lowercase()),
        65,
        &[
            "`m70-130`, is not a model of the job, but `M70-130` is, which differs in capitals",
            "[unknown-model]",
        ],
    ),
];

/// Exit code and what was printed.
fn check(folder: &Path) -> (i32, String) {
    let output = wafercast(&["check", "jobs/quarterly.toml", "--inputs", folder.to_str().unwrap()]);
    (output.status.code().unwrap(), reported(&output))
}

#[test]
fn what_contradicts_the_makers_own_exports_is_reported_or_refused() {
    let mut wrong: Vec<String> = Vec::new();
    for (name, change, code, words) in CASES {
        let folder = copy_of("maker");
        change(folder.path());
        let (ended, said) = check(folder.path());
        let missing: Vec<&&str> = words.iter().filter(|words| !said.contains(**words)).collect();
        if ended != *code || !missing.is_empty() {
            wrong.push(format!("{name}: exit {ended}, not said: {missing:?}\n{said}"));
        }
        // What is wrong in one way is reported once.
        let lines = said.lines().filter(|line| line.contains("[odd-") || line.contains("[copied-")).count();
        if lines > 1 {
            wrong.push(format!("{name}: told {lines} times\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_order_too_large_is_reported_once_with_every_reason() {
    let folder = copy_of("maker");
    orders(folder.path(), |row, _| {
        if row[ID] == "SO-00514" {
            times(&mut row[QUANTITY], 10.0)
        }
    });
    let (code, said) = check(folder.path());
    assert_eq!(code, 0, "{said}");
    let reason = "order SO-00514 of 23000 machines is 9.6 times the next largest of 228 key accounts (2400), and has 5.0% of its value paid, no other of 327 futures less than 50.0%: is the quantity right?";
    assert!(said.contains(reason), "{said}");
    // It is reported once, and named once more among contracts that are not secured: a twentieth of it is paid.
    let named = |code: &str| said.lines().filter(|l| l.contains("SO-00514") && l.contains(code)).count();
    assert_eq!(
        (named("[odd-quantity]"), named("[unsecured]"), said.matches("SO-00514").count()),
        (1, 1, 2),
        "{said}"
    );
}

#[test]
fn instalments_that_are_due_in_even_steps_are_no_copies() {
    let folder = copy_of("maker");
    rewrite(folder.path(), "supply", |rows| {
        for due in ["2026-01-15", "2026-02-15"] {
            let mut again = rows[8].clone();
            again[DUE] = due.to_owned();
            rows.push(again);
        }
    });
    let (code, said) = check(folder.path());
    assert!(code == 0 && !said.contains("[copied-orders]"), "{said}");
}

#[test]
fn a_few_machines_closed_short_are_counted_and_not_reported() {
    let folder = copy_of("maker");
    // Five orders of one machine more than was delivered, beside 200,624 machines completed.
    let short = ["SO-00489", "SO-00491", "SO-00495", "SO-00496", "SO-00498"];
    orders(folder.path(), |row, _| {
        if short.contains(&row[ID].as_str()) {
            row[QUANTITY] = (row[QUANTITY].parse::<u32>().unwrap() + 1).to_string();
        }
    });
    let (_, said) = check(folder.path());
    assert!(said.contains("closed short: 5 orders completed with 5 machines less than ordered"), "{said}");
    assert!(!said.contains("[closed-short]"), "{said}");
    let (inputs, out) = (folder.path().to_str().unwrap(), folder.path().join("out"));
    wafercast(&["run", "jobs/quarterly.toml", "--inputs", inputs, "--out", out.to_str().unwrap()]);
    let table = common::rows(&folder.path().join("out/2025Q3/reconciliation.csv"));
    let row = table.iter().find(|row| row["check"] == "closed_short").unwrap();
    assert_eq!((row["ours"].as_str(), row["theirs"].as_str()), ("200624.0000", "200629.0000"));
    assert_eq!(row["severity"], "noted");
}
