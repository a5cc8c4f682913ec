//! Supply, stock of distributors and shipments that contradict themselves or the orders, reported in a first run; and what honest
//! makers do that must not be reported. Each row alters the fixtures in one way.

use std::path::Path;

use crate::common::{Cells, copy_of, edit, reported, rewrite, rows, wafercast};

fn supply(folder: &Path, change: impl FnOnce(&mut Vec<Cells>)) {
    rewrite(folder, "supply", change);
}

fn inventory(folder: &Path, change: impl FnOnce(&mut Vec<Cells>)) {
    rewrite(folder, "channel_inventory", change);
}

/// Adds copies of the wafer orders, each changed.
fn again(folder: &Path, change: impl Fn(&mut Cells)) {
    supply(folder, |rows| {
        let mut more: Vec<Cells> = rows.iter().filter(|row| row[1] == "wafer_order").cloned().collect();
        more.iter_mut().for_each(change);
        rows.extend(more);
    });
}

/// The day so many days later.
fn later(day: &str, days: i64) -> String {
    (day.parse::<chrono::NaiveDate>().unwrap() + chrono::Duration::days(days)).to_string()
}

fn check(folder: &Path) -> (i32, String) {
    let output = wafercast(&["check", "jobs/quarterly.toml", "--inputs", folder.to_str().unwrap()]);
    (output.status.code().unwrap(), reported(&output))
}

fn run(folder: &Path) -> (i32, String) {
    let out = folder.join("out");
    let args = ["run", "jobs/quarterly.toml", "--inputs", folder.to_str().unwrap(), "--out"];
    let output = wafercast(&[&args[..], &[out.to_str().unwrap()]].concat());
    (output.status.code().unwrap(), reported(&output))
}

type Case = (&'static str, fn(&Path), &'static [&'static str]);

const TOLD: &[Case] = &[
    (
        "wafer orders twice, placed a day later",
        |f| again(f, |row| row[0] = later(&row[0], 1)),
        &[
            "1700 wafers stand there twice",
            "placed 2025-08-04 due 2026-01-05 and placed 2025-08-05 due 2026-01-05",
            "[copied-orders]",
        ],
    ),
    (
        "wafer orders twice, due three days later",
        |f| again(f, |row| row[6] = later(&row[6], 3)),
        &[
            "325 wafers of C5 from Foundry East placed 2025-05-05 is due 2025-10-06 and 2025-10-09",
            "[copied-orders]",
        ],
    ),
    (
        "wafers in lots, without prepayments",
        |f| {
            supply(f, |rows| {
                for row in rows.iter_mut().filter(|row| row[1] == "wafer_order") {
                    row[5] = (row[5].parse::<u32>().unwrap() / 25).to_string();
                    row[7].clear();
                }
            });
        },
        &[
            "7 of 7 wafer orders are of less than one lot",
            "13 wafers of C5 from Foundry East placed 2025-05-05 due 2025-10-06, a lot is 25",
            "[odd-wafers]",
        ],
    ),
    (
        "half as many wafers again, with the prepayments of before",
        |f| {
            supply(f, |rows| {
                for row in rows.iter_mut().filter(|row| row[1] == "wafer_order") {
                    row[5] = (row[5].parse::<u32>().unwrap() * 3 / 2).to_string();
                }
            });
        },
        // 2,746,250 USD for 325 wafers are half of 16,900 USD each; for 487 a third.
        &[
            "less was prepaid than the foundry takes in advance",
            "487 wafers of C5 from Foundry East placed 2025-05-05: 2746250 USD prepaid is 5639 USD a wafer, by the terms 8450 USD",
            "[odd-wafers]",
        ],
    ),
    (
        "ten times the wafers, without prepayments",
        |f| {
            supply(f, |rows| {
                for row in rows.iter_mut().filter(|row| row[1] == "wafer_order") {
                    row[5] += "0";
                    row[7].clear();
                }
            });
        },
        &["17000 wafers are on order in all, enough for 2.2 times the maker's best year", "[odd-stock]"],
    ),
    (
        "no wafer order",
        |f| supply(f, |rows| rows.retain(|row| row[1] != "wafer_order")),
        &[
            "stock and 0 wafers on order make 23% of the 1957488 chips of C3 in the 6274 machines due within its lead time of 6 months",
            "has no row wafer_order, though machines left in each of the last 12 months",
            "stock and 0 wafers on order make 31% of the 4882218 chips of C5 in the 15324 machines due within its lead time of 5 months",
            "[odd-wafers]",
        ],
    ),
    (
        "no order of one foundry",
        |f| supply(f, |rows| rows.retain(|row| row[4] != "Foundry North")),
        &["stock and 0 wafers on order make 23% of the 1957488 chips of C3"],
    ),
    (
        "no wafer order of the last three months",
        |f| supply(f, |rows| rows.retain(|row| row[1] != "wafer_order" || row[0].as_str() < "2025-07")),
        &["stock and 150 wafers on order make 47% of the 1957488 chips of C3"],
    ),
    (
        "counts of distributors dated the day after",
        |f| inventory(f, |rows| rows.iter_mut().for_each(|row| row[0] = later(&row[0], 1))),
        &[
            "its newest count up to 2025-09-30 is of 2025-09-01, 29 days before, and the next is dated 2025-10-01",
            "[odd-dates]",
        ],
    ),
    (
        "a distributor that is counted no more",
        |f| {
            inventory(f, |rows| {
                rows.retain(|row| row[1] != "Distributor West" || row[0].as_str() < "2025-07");
            });
        },
        &[
            "Distributor West was counted at each of 46 counts up to 2025-06-30 with 125 machines",
            "[stale-count]",
        ],
    ),
    (
        "distributors in capitals beside themselves",
        |f| {
            inventory(f, |rows| {
                let newest: Vec<Cells> =
                    rows.iter().filter(|row| row[0].as_str() > "2025-07").cloned().collect();
                rows.extend(newest.into_iter().map(|mut row| {
                    row[1] = row[1].to_uppercase();
                    row
                }));
            });
        },
        &["`DISTRIBUTOR EAST` and `Distributor East`", "are counted both on 2025-09-30", "[odd-stock]"],
    ),
    (
        "a sum under another word, in the last months",
        |f| {
            inventory(f, |rows| {
                let mut sums: std::collections::BTreeMap<(String, String), u32> =
                    std::collections::BTreeMap::new();
                for row in rows.iter().filter(|row| row[0].as_str() > "2025-03-01") {
                    *sums.entry((row[0].clone(), row[2].clone())).or_default() +=
                        row[3].parse::<u32>().unwrap();
                }
                for ((day, model), sum) in sums {
                    rows.push(vec![day, "World".to_owned(), model, sum.to_string(), String::new()]);
                }
            });
        },
        &["`World`, is the sum of 3 others", "20 rows are left out", "[total-row]"],
    ),
    (
        "ten times the newest counts",
        |f| inventory(f, |rows| rows.iter_mut().filter(|r| r[0] == "2025-09-30").for_each(|r| r[3] += "0")),
        &[
            "distributors hold 1490 machines on 2025-09-30, more than the 207 of 2025-08-31 and the 145 that left for them since 2025-08",
            "[odd-stock]",
        ],
    ),
    (
        "newest counts of 0",
        |f| {
            inventory(f, |rows| {
                rows.iter_mut().filter(|r| r[0] == "2025-09-30").for_each(|r| "0".clone_into(&mut r[3]));
            });
        },
        &["every count of 2025-09-30 is 0, which none of 49 days before was", "[odd-stock]"],
    ),
    (
        "old counts under new dates",
        |f| {
            inventory(f, |rows| {
                rows.retain(|row| row[0].as_str() < "2025-07");
                let old: Vec<Cells> = rows.iter().filter(|row| row[0] == "2025-06-30").cloned().collect();
                for day in ["2025-07-31", "2025-08-31", "2025-09-30"] {
                    rows.extend(old.iter().cloned().map(|mut row| {
                        day.clone_into(&mut row[0]);
                        row
                    }));
                }
            });
        },
        &["the counts of 2025-09-30 are those of 2025-06-30 to the machine, 7 of them", "[stale-count]"],
    ),
    (
        "no orders of distributors",
        |f| {
            let mut gone = std::collections::BTreeSet::new();
            rewrite(f, "futures_orders", |rows| {
                rows.retain(|row| row[2] != "channel" || !gone.insert(row[0].clone()));
            });
            rewrite(f, "shipments", |rows| rows.retain(|row| !gone.contains(&row[1])));
        },
        &["distributors hold 149 machines and none of the orders is of a distributor", "[odd-stock]"],
    ),
    (
        "picking lists among the shipments",
        |f| {
            let mut open = Vec::new();
            rewrite(f, "futures_orders", |rows| {
                for row in rows.iter_mut() {
                    if row[12] == "open" {
                        open.push(vec![
                            "2025-09-30".to_owned(),
                            row[0].clone(),
                            row[3].clone(),
                            "5".to_owned(),
                        ]);
                        row[11].clear();
                    }
                }
            });
            rewrite(f, "shipments", |rows| rows.extend(open));
        },
        &[
            "85 machines of 17 of the 17 open orders that are due after 2025-09 alone left in 2025-09",
            "[odd-dates]",
        ],
    ),
    (
        "shipments dated on the day of signature",
        |f| {
            let mut signed = std::collections::BTreeMap::new();
            rewrite(f, "futures_orders", |rows| {
                signed.extend(rows.iter().map(|row| (row[0].clone(), row[5].clone())));
            });
            rewrite(f, "shipments", |rows| rows.iter_mut().for_each(|row| row[0] = signed[&row[1]].clone()));
        },
        &[
            "211624 of 211624 machines that were due in later months left in the month in which their order was signed",
            "[odd-dates]",
        ],
    ),
];

#[test]
fn what_contradicts_itself_is_reported() {
    let mut wrong: Vec<String> = Vec::new();
    for (name, change, words) in TOLD {
        let folder = copy_of("maker");
        change(folder.path());
        let (code, said) = check(folder.path());
        let missing: Vec<&&str> = words.iter().filter(|words| !said.contains(**words)).collect();
        if code != 0 || !missing.is_empty() {
            wrong.push(format!("{name}: ended with {code}, without {missing:?}\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn instalments_of_several_wafer_orders_are_no_copies() {
    let folder = copy_of("maker");
    // Every order in two halves, the second due 20 days after the first, each with half of the prepayment.
    supply(folder.path(), |rows| {
        let mut more = Vec::new();
        for row in rows.iter_mut().filter(|row| row[1] == "wafer_order") {
            row[5] = (row[5].parse::<u32>().unwrap() / 2).to_string();
            row[7] = (row[7].parse::<f64>().unwrap() / 2.0).to_string();
            let mut second = row.clone();
            second[6] = later(&second[6], 20);
            more.push(second);
        }
        rows.extend(more);
    });
    let (code, said) = check(folder.path());
    assert!(code == 0 && said.contains("0 warning(s)"), "{said}");
}

#[test]
fn equal_shipments_that_the_orders_confirm_are_not_reported() {
    let folder = copy_of("maker");
    // One shipment of 22 as two of 11; and the same where orders do not say what was delivered.
    let halves = |rows: &mut Vec<Cells>| {
        let row = rows.iter_mut().find(|row| row[1] == "SO-00009" && row[3] == "22").unwrap();
        row[3] = "11".to_owned();
        let half = row.clone();
        rows.push(half);
    };
    rewrite(folder.path(), "shipments", halves);
    let (code, said) = check(folder.path());
    assert!(code == 0 && !said.contains("[identical-rows]"), "{said}");
    rewrite(folder.path(), "futures_orders", |rows| rows.iter_mut().for_each(|row| row[11].clear()));
    let (_, said) = check(folder.path());
    assert!(said.contains("1 row is a copy of another (11 machines of order SO-00009"), "{said}");
}

#[test]
fn stock_counted_after_the_as_of_date_alone_stops_the_run() {
    let folder = copy_of("maker");
    supply(folder.path(), |rows| {
        rows.iter_mut()
            .filter(|row| row[1] != "wafer_order")
            .for_each(|row| row[0] = "2025-10-05".to_owned());
    });
    let (code, said) = run(folder.path());
    assert_eq!(code, 69, "{said}");
    let words = "supply.csv:5: has no count up to 2025-09-30, and one of 2025-10-05, which does not exist yet then: 1025 wafers to order now";
    assert!(said.contains(words), "{said}");
}

#[test]
fn a_model_of_which_few_have_shipped_needs_no_count() {
    let folder = copy_of("maker");
    // M95-245 first ships in September, 60 machines of 5,000.
    let mut model = std::collections::BTreeSet::new();
    rewrite(folder.path(), "shipments", |rows| {
        model.extend(rows.iter().filter(|row| row[2] == "M95-245").map(|row| row[1].clone()));
        rows.retain(|row| row[2] != "M95-245");
        rows.push(
            ["2025-09-20", model.iter().next_back().unwrap(), "M95-245", "60"].map(str::to_owned).to_vec(),
        );
    });
    rewrite(folder.path(), "futures_orders", |rows| rows.iter_mut().for_each(|row| row[11].clear()));
    inventory(folder.path(), |rows| rows.retain(|row| row[2] != "M95-245"));
    supply(folder.path(), |rows| rows.retain(|row| row[2] != "M95-245"));
    let (_, said) = run(folder.path());
    let line =
        said.lines().find(|line| line.contains("has no count of machines_on_hand M95-245")).unwrap_or("");
    assert!(line.starts_with("warning: "), "{said}");
}

/// A chip of the job that no model is built with: its wafers stand among those to keep or cancel, and no machine comes of them.
#[test]
fn wafers_of_a_chip_that_no_model_has_are_told_and_count_no_machines() {
    let folder = copy_of("miniature");
    let job = folder.path().join("job.toml");
    edit(&job, |text| {
        text + "\n[[chips]]\nname = \"OTHER\"\ngross_dies_per_wafer = 1000\nyield = 0.5\n\n[[foundries]]\nname = \"Foundry\"\nchip = \"OTHER\"\nwafer_cost_usd = 1000\nlead_months = 4\nprepayment_share = 0.5\nlot_wafers = 5\n"
    });
    edit(&folder.path().join("supply.csv"), |text| {
        format!("{}\n2025-09-01,wafer_order,OTHER,,Foundry,100,2026-01-02,50000,\n", text.trim_end())
    });
    let out = folder.path().join("out");
    let output = wafercast(&["run", job.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    let said = reported(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let words = "100 wafers of OTHER are on order, and no model of the job is built with OTHER";
    assert_eq!(said.matches(words).count(), 1, "{said}");
    let kept = rows(&out.join("2025Q3/keep_or_cancel.csv"));
    let row = kept.iter().find(|row| row["chip"] == "OTHER").unwrap();
    assert_eq!((row["wafers"].as_str(), row["left_machines"].as_str()), ("100", ""), "{row:?}");
    assert_eq!((row["keep_loss_usd"].as_str(), row["loses_less"].as_str()), ("", ""), "{row:?}");
}
