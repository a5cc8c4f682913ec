//! Each limit of a check from both sides: on the miniature altered so that a value stands at the limit nothing is said, and so that it
//! stands just beyond it the check speaks, with figures worked out by hand.

use std::path::Path;

use crate::checks::{all_shipments, as_recorded, change, check, export, said};
use crate::common::{copy_of, edit};

/// Words of the message, a change up to the limit, of which they are not said, one beyond it, and what is said of that.
type Limit = (&'static str, fn(&Path), fn(&Path), &'static str);

fn supply(folder: &Path, from: &str, to: &str) {
    change(folder, "supply.csv", from, to);
}

fn line(folder: &Path, file: &str, row: &str) {
    edit(&folder.join(file), |text| format!("{text}{row}\n"));
}

/// The orders with cells changed: the place of an order from 0 and its cells.
fn orders(folder: &Path, of: impl Fn(usize, &mut Vec<String>)) {
    edit(&folder.join("futures_orders.csv"), |text| {
        let mut lines = text.lines();
        let mut changed = lines.next().unwrap().to_owned() + "\n";
        for (index, line) in lines.enumerate() {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            of(index, &mut cells);
            if !cells.is_empty() {
                changed += &(cells.join(",") + "\n");
            }
        }
        changed
    });
}

const SIGNED: usize = 5;
const QUANTITY: usize = 6;
const PRICE: usize = 7;
const PREPAID: usize = 8;
const START: usize = 9;
const MONTHS: usize = 10;

/// A second model of the chip, of which nothing was ever ordered.
fn nova(folder: &Path) {
    let model = "[[models]]\nname = \"NOVA\"\nhashrate_th = 100\npower_w = 3000\nlaunch = \"2023-10\"\nend_of_life = \"2027-12\"\nchips_per_machine = 64\nchip = \"CHIP\"\n\n[[chips]]";
    change(folder, "job.toml", "[[chips]]", model);
}

/// The first few of the orders alone, so many of them, as spot orders and futures of the year.
fn newest(folder: &Path, count: usize) {
    orders(folder, |place, cells| {
        if place + count < 24 {
            cells.clear();
        }
    });
}

fn ten_more(folder: &Path) {
    for n in 0..10 {
        let row =
            format!("P{n},Customer {n},key_account,MINI,futures,2025-09-0{n},{n}0,1000,,2025-10,3,,open,");
        line(folder, "futures_orders.csv", &row.replace("-00,00", "-10,60"));
    }
}

/// Orders due and shipped: those due in the month of signing, machines that left in it and in the month after.
fn shipped_in(folder: &Path, at_once: u32, after: u32) {
    let mut rows = "shipped_date,order_id,model,quantity\n".to_owned();
    for order in 0..24 {
        let month = |n: usize| format!("{}-{:02}", 2023 + (9 + n) / 12, (9 + n) % 12 + 1);
        rows += &format!("{}-15,O{:02},MINI,{at_once}\n", month(order), order + 1);
        if order < 23 {
            rows += &format!("{}-15,O{:02},MINI,{after}\n", month(order + 1), order + 1);
        }
    }
    export(folder, "shipments", &rows);
}

const LIMITS: &[Limit] = &[
    // A year of orders is 12 x 60 machines of 64 chips, 46,080; a wafer of the order has 1000 x .468 good ones. 128 of them are
    // 1.3 years to the chip.
    (
        "wafers are on order in all",
        |f| supply(f, "Foundry,10,2025-10-15,5000,0.4", "Foundry,128,2025-10-15,5000,0.468"),
        |f| supply(f, "Foundry,10,2025-10-15,5000,0.4", "Foundry,129,2025-10-15,5000,0.468"),
        "129 wafers are on order in all, enough for 1.3 times the maker's best year of orders",
    ),
    // The last row of the others is of 2025-09-30.
    (
        "after the last row of any other export",
        |f| line(f, "supply.csv", "2025-12-01,machines_on_hand,MINI,30,,,,,"),
        |f| line(f, "supply.csv", "2025-12-02,machines_on_hand,MINI,30,,,,,"),
        "a row of supply is dated 2025-12-02, 63 days after the last row of any other export (2025-09-30)",
    ),
    // A tenth of the 720 machines of all models stands for a year of one without orders: half of that is 36.
    (
        "machines of NOVA on hand",
        |f| {
            nova(f);
            line(f, "supply.csv", "2025-09-30,machines_on_hand,NOVA,36,,,,,");
        },
        |f| {
            nova(f);
            line(f, "supply.csv", "2025-09-30,machines_on_hand,NOVA,37,,,,,");
        },
        "37 machines of NOVA on hand, 0 ordered in the best year",
    ),
    // Half of the year's 720 machines.
    (
        "machines of MINI on hand",
        |f| supply(f, "MINI,30,", "MINI,360,"),
        |f| supply(f, "MINI,30,", "MINI,361,"),
        "361 machines of MINI on hand, 720 ordered in the best year",
    ),
    // 1.1 years of 46,080 chips are 50,688.
    (
        "chips of CHIP on hand",
        |f| supply(f, "CHIP,3000,", "CHIP,50688,"),
        |f| supply(f, "CHIP,3000,", "CHIP,50689,"),
        "50689 chips of CHIP on hand, 46080 ordered in the best year",
    ),
    // Three years of chips are 138,240, of machines 2,160.
    (
        "would last",
        |f| supply(f, "CHIP,3000,", "CHIP,138240,"),
        |f| supply(f, "CHIP,3000,", "CHIP,140000,"),
        "140000 chips of CHIP on hand would last 3.0 times the maker's best year of orders",
    ),
    // Shipped from October 2024 to September 2025: 720 machines with 46,080 chips. A thousandth is 46.08.
    (
        "chips of CHIP are on hand",
        |f| {
            export(f, "shipments", &all_shipments());
            supply(f, "CHIP,3000,", "CHIP,47,");
        },
        |f| {
            export(f, "shipments", &all_shipments());
            supply(f, "CHIP,3000,", "CHIP,46,");
        },
        "46 chips of CHIP are on hand, and 46080 were built into the 720 machines shipped in a year",
    ),
    // Signed in October 2023 and due from November 2024 on: what left in December was eleven months early. A spot order: of futures
    // a first delivery far later than all others' is reported as that.
    (
        "before their first delivery was due",
        |f| {
            change(
                f,
                "futures_orders.csv",
                "futures,2023-10-01,60,1000,,2023-11",
                "spot,2023-10-01,60,1000,,2024-11",
            );
            export(f, "shipments", &all_shipments().replace("2023-11-15,O01", "2023-12-15,O01"));
        },
        |f| {
            change(
                f,
                "futures_orders.csv",
                "futures,2023-10-01,60,1000,,2023-11",
                "spot,2023-10-01,60,1000,,2024-11",
            );
            export(f, "shipments", &all_shipments());
        },
        "20 machines of 1 order (O01) were shipped a year or more before their first delivery was due",
    ),
    // Last due in January 2024: December is eleven months later.
    (
        "after their last delivery was due",
        |f| export(f, "shipments", &all_shipments().replace("2024-01-15,O01", "2024-11-15,O01")),
        |f| export(f, "shipments", &all_shipments().replace("2024-01-15,O01", "2024-12-15,O01")),
        "20 machines of 1 order (O01) were shipped eleven months or more after their last delivery was due",
    ),
    // MINI is last sold in the month given; O24 was signed in 2025-09.
    (
        "its last sale in the job",
        |f| change(f, "job.toml", "end_of_life = \"2027-12\"", "end_of_life = \"2025-03\""),
        |f| change(f, "job.toml", "end_of_life = \"2027-12\"", "end_of_life = \"2025-02\""),
        "60 machines of MINI were signed more than 6 months after 2025-02, its last sale in the job, the first in 2025-09",
    ),
    // All in one batch due in the month of signing: half of what left is late or less.
    (
        "after their last month of delivery",
        |f| {
            orders(f, |_, cells| {
                cells[START] = cells[SIGNED][..7].to_owned();
                cells[MONTHS] = "1".to_owned();
            });
            shipped_in(f, 31, 29);
        },
        |f| {
            orders(f, |_, cells| {
                cells[START] = cells[SIGNED][..7].to_owned();
                cells[MONTHS] = "1".to_owned();
            });
            // The last order has no month after it: 24 x 29 are before, 23 x 31 after.
            shipped_in(f, 29, 31);
        },
        "713 of 1409 machines shipped of futures left after their last month of delivery, and 24 of 24 futures have their first delivery in the month of signature",
    ),
    // Prices are compared where there is a hashprice: 17 orders from May 2024 on. They are counted in bins of an eighth of a doubling:
    // 1000 lies in that from 2^(9 7/8) to 2^10, whose middle is 2^(9 15/16) = 980.6; four times that is 3922.6.
    (
        "prices stand for",
        |f| {
            orders(f, |place, cells| {
                if place >= 20 {
                    cells[PRICE] = "3922".to_owned()
                }
            })
        },
        |f| {
            orders(f, |place, cells| {
                if place >= 23 {
                    cells[PRICE] = "3923".to_owned()
                }
            })
        },
        "1 of 17 prices stand for more than 4 times",
    ),
    (
        "too many to leave out",
        |f| {
            orders(f, |place, cells| {
                if place >= 21 {
                    cells[PRICE] = "9000".to_owned()
                }
            })
        },
        |f| {
            orders(f, |place, cells| {
                if place >= 20 {
                    cells[PRICE] = "9000".to_owned()
                }
            })
        },
        "too many to leave out: are they per TH, or in another currency?",
    ),
    // Eight are named; ten more orders leave the middle price as it is.
    (
        ", ...",
        |f| {
            ten_more(f);
            orders(f, |place, cells| {
                if (16..24).contains(&place) {
                    cells[PRICE] = "9000".to_owned()
                }
            });
        },
        |f| {
            ten_more(f);
            orders(f, |place, cells| {
                if (15..24).contains(&place) {
                    cells[PRICE] = "9000".to_owned()
                }
            });
        },
        "9 of 27 prices stand for more than 4 times, or less than 1/4 of, the months of mining income that the middle of the book does (price per TH over hashprice): O16 on line 17, O17 on line 18, O18 on line 19, O19 on line 20, O20 on line 21, O21 on line 22, O22 on line 23, O23 on line 24, ...; too many",
    ),
    // Nine prices are too few to doubt one.
    (
        "prices stand for",
        |f| {
            newest(f, 9);
            change(f, "futures_orders.csv", "2025-09-01,60,1000", "2025-09-01,60,9000");
        },
        |f| {
            newest(f, 10);
            change(f, "futures_orders.csv", "2025-09-01,60,1000", "2025-09-01,60,9000");
        },
        "1 of 10 prices stand for more than 4 times",
    ),
    // Of sixteen prices the eighth is the middle one: a tenth of 6.6 months, or all of them.
    (
        "the middle price stands for",
        |f| {
            newest(f, 16);
            orders(f, |place, cells| {
                if place < 7 {
                    cells[PRICE] = "270".to_owned()
                }
            });
        },
        |f| {
            newest(f, 16);
            orders(f, |place, cells| {
                if place < 8 {
                    cells[PRICE] = "270".to_owned()
                }
            });
        },
        "the middle price stands for 1.",
    ),
    // 60 machines are usual: five times that is 300. Of 19 orders none is compared.
    (
        "times the next largest",
        |f| change(f, "futures_orders.csv", "2025-05-01,60,", "2025-05-01,300,"),
        |f| change(f, "futures_orders.csv", "2025-05-01,60,", "2025-05-01,301,"),
        "order O20 of 301 machines is 5.0 times the next largest of 24 key accounts (60)",
    ),
    (
        "times the next largest",
        |f| {
            newest(f, 19);
            change(f, "futures_orders.csv", "2025-05-01,60,", "2025-05-01,301,");
        },
        |f| {
            newest(f, 20);
            change(f, "futures_orders.csv", "2025-05-01,60,", "2025-05-01,301,");
        },
        "order O20 of 301 machines is 5.0 times the next largest of 20 key accounts (60)",
    ),
    // Half of the value is paid of all but one order, of which less than a third of that is.
    (
        "of its value paid",
        |f| orders(f, |place, cells| cells[PREPAID] = if place == 20 { "10000" } else { "30000" }.to_owned()),
        |f| orders(f, |place, cells| cells[PREPAID] = if place == 20 { "9990" } else { "30000" }.to_owned()),
        "order O21 of 60 machines has 16.7% of its value paid, no other of 24 futures less than 50.0%",
    ),
    (
        "of its value paid",
        |f| {
            newest(f, 19);
            orders(f, |place, cells| cells[PREPAID] = if place == 9 { "900" } else { "30000" }.to_owned());
        },
        |f| {
            newest(f, 20);
            orders(f, |place, cells| cells[PREPAID] = if place == 9 { "900" } else { "30000" }.to_owned());
        },
        "order O14 of 60 machines has 1.5% of its value paid, no other of 20 futures less than 50.0%",
    ),
    // 1000 x 60 is the value; a cent more for rounding.
    (
        "than their whole value",
        |f| {
            orders(f, |place, cells| {
                if place < 6 {
                    cells[PREPAID] = "60000".to_owned()
                }
            })
        },
        |f| {
            orders(f, |place, cells| {
                if place < 6 {
                    cells[PREPAID] = "75000".to_owned()
                }
            })
        },
        "more was received on 6 order(s) than their whole value, up to 1.25 times it: O01 on line 2, O02 on line 3, O03 on line 4, O04 on line 5, O05 on line 6, O06 on line 7; no more than the value counts",
    ),
    // 1% of the 1440 machines that are open: 14.4.
    (
        "have a price of 0",
        |f| {
            orders(f, |place, cells| {
                if place == 4 {
                    (cells[PRICE], cells[QUANTITY]) = ("0".to_owned(), "13".to_owned());
                }
            });
        },
        |f| {
            orders(f, |place, cells| {
                if place == 4 {
                    (cells[PRICE], cells[QUANTITY]) = ("0".to_owned(), "15".to_owned());
                }
            });
        },
        "1 open order(s) of 15 machines, of 1395 in all, have a price of 0 and add nothing to backlog",
    ),
    // A quarter of the machines: 6 of 24 orders.
    (
        "unseen; export shipments",
        |f| {
            let text = all_shipments();
            let kept = text.lines().filter(|line| line.starts_with('s') || line[..7] >= *"2024-06");
            export(f, "shipments", &kept.map(|line| format!("{line}\n")).collect::<String>());
        },
        |f| {
            let text = all_shipments();
            let kept = text.lines().filter(|line| line.starts_with('s') || line[..7] >= *"2024-07");
            export(f, "shipments", &kept.map(|line| format!("{line}\n")).collect::<String>());
        },
        "covers shipments from 2024-07 on: 420 of 1440 machines ordered were due before and count as delivered on time",
    ),
];

#[test]
fn checks_are_silent_at_their_limits_and_speak_beyond() {
    let (mut wrong, mut recorded) = (String::new(), String::new());
    for (words, at, beyond, message) in LIMITS {
        for (change, looked_for, speaks) in [(at, words, false), (beyond, message, true)] {
            let folder = copy_of("miniature");
            change(folder.path());
            let (_, text) = check(folder.path());
            recorded += &format!(
                "{words} {}\n{}\n",
                if speaks { "beyond" } else { "at" },
                said(folder.path(), &text)
            );
            if text.contains(looked_for) != speaks {
                let side = if speaks { "not said beyond the limit" } else { "said at the limit" };
                wrong += &format!("{side}: {looked_for} ({message})\n{text}\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    as_recorded("limits.txt", &recorded);
}
