//! Order lines that are right one by one and wrong together: revisions beside what they revise, quotes among orders, columns
//! filled with one value, with another date or in another unit. Each test alters the fixtures in one way.

use std::path::Path;

use crate::common::{Cells, copy_of, edit, reported, rewrite, wafercast};

const ID: usize = 0;
const CUSTOMER: usize = 1;
const SEGMENT: usize = 2;
const MODEL: usize = 3;
const SIGNED: usize = 5;
const QUANTITY: usize = 6;
const PRICE: usize = 7;
const PREPAID: usize = 8;
const START: usize = 9;
const MONTHS: usize = 10;
const DELIVERED: usize = 11;
const STATUS: usize = 12;
const CANCELLED: usize = 13;

/// Exit code and what is said of the fixtures after a change of their orders.
fn checked(change: impl FnOnce(&mut Vec<Cells>)) -> (i32, String) {
    let folder = copy_of("maker");
    rewrite(folder.path(), "futures_orders", change);
    check(folder.path())
}

fn check(folder: &Path) -> (i32, String) {
    let output = wafercast(&["check", "jobs/quarterly.toml", "--inputs", folder.to_str().unwrap()]);
    (output.status.code().unwrap(), reported(&output))
}

fn open(row: &Cells) -> bool {
    row[STATUS] == "open"
}

/// Asserts that a change of the open orders is reported once, with a warning.
fn told_of_open(change: impl Fn(&mut Cells), words: &str, code: &str) {
    let (ended, said) = checked(|rows| rows.iter_mut().filter(|row| open(row)).for_each(change));
    assert_eq!(ended, 0, "{said}");
    assert_eq!(said.matches(words).count(), 1, "{words}\n{said}");
    assert!(said.contains(code), "{said}");
}

/// So many months after a month.
fn later(month: &str, by: i32) -> String {
    let index = month[..4].parse::<i32>().unwrap() * 12 + month[5..7].parse::<i32>().unwrap() - 1 + by;
    format!("{:04}-{:02}", index.div_euclid(12), index.rem_euclid(12) + 1)
}

/// Adds a revision of ten machines more to the first `count` open orders that begin nowhere yet.
fn with_revisions(count: usize) -> (i32, String) {
    checked(|rows| {
        let untouched = rows.iter().filter(|row| open(row) && row[DELIVERED] == "0").take(count);
        let more: Vec<Cells> = untouched
            .map(|row| {
                let mut more = row.clone();
                more[ID] += "-R1";
                more[QUANTITY] = (row[QUANTITY].parse::<u32>().unwrap() + 10).to_string();
                more
            })
            .collect();
        rows.extend(more);
    })
}

#[test]
fn a_revision_beside_what_it_revises_is_reported_and_many_stop_the_run() {
    let (ended, said) = with_revisions(1);
    assert_eq!(ended, 0, "{said}");
    assert!(said.contains("1 open order(s) of "), "{said}");
    assert!(said.contains("are like another one in all but quantity, under its order number"), "{said}");
    let (ended, said) = with_revisions(20);
    assert_eq!(ended, 65, "{said}");
    // 18 open orders had nothing delivered: 14,090 machines and 18 x 10 more.
    let words = "18 open order(s) of 14270 machines still to deliver, of 38931 in all";
    assert!(said.contains(words) && said.contains("[copied-orders]"), "{said}");
}

/// Adds copies of the first `count` open orders under new numbers, each with one field changed.
fn with_copies(count: usize, change: impl Fn(&mut Cells)) -> (i32, String) {
    checked(|rows| {
        let mut more: Vec<Cells> = rows.iter().filter(|row| open(row)).take(count).cloned().collect();
        for (n, row) in more.iter_mut().enumerate() {
            row[ID] = format!("48{n:04}");
            row[DELIVERED] = "0".to_owned();
            change(row);
        }
        rows.extend(more);
    })
}

/// What is changed of a row.
type Edit<'a> = &'a dyn Fn(&mut Cells);

#[test]
fn open_orders_again_with_one_field_changed_stop_the_run() {
    let number = |cell: &str| cell.parse::<f64>().unwrap();
    let cases: [(Edit<'_>, &str); 4] = [
        (&|row| row[CUSTOMER] += " Ltd.", "customer"),
        (
            &|row| {
                row[SIGNED] =
                    row[SIGNED].parse::<chrono::NaiveDate>().unwrap().pred_opt().unwrap().to_string()
            },
            "day of signature",
        ),
        (&|row| row[PRICE] = format!("{:.2}", number(&row[PRICE]) + 0.5), "price"),
        (&|row| row[START] = later(&row[START], 1), "first month of delivery"),
    ];
    for (change, field) in cases {
        let words =
            format!("are like another one under another order number in all but {field}, and count twice");
        let (ended, said) = with_copies(38, change);
        assert_eq!(ended, 65, "{said}");
        assert!(said.contains(&words) && said.contains("[copied-orders]"), "{field}\n{said}");
        // Two may be chance.
        let (_, said) = with_copies(2, change);
        assert!(!said.contains("[copied-orders]"), "{said}");
    }
    // Three of few machines are told.
    let (ended, said) = with_copies(3, cases[0].0);
    assert!(ended == 0 && said.contains("3 open order(s) of"), "{said}");
}

#[test]
fn orders_called_off_month_by_month_are_no_copies() {
    let (_, said) = checked(|rows| {
        let first = rows.iter().find(|row| open(row)).unwrap().clone();
        for n in 1..6 {
            let mut more = first.clone();
            (more[ID], more[START]) = (format!("48{n:04}"), later(&first[START], n));
            rows.push(more);
        }
    });
    assert!(!said.contains("[copied-orders]"), "{said}");
}

#[test]
fn orders_not_begun_that_were_signed_on_one_day_are_reported() {
    let signed = |count: usize| {
        checked(|rows| {
            let not_begun = rows.iter_mut().filter(|row| open(row) && row[DELIVERED] == "0");
            not_begun.take(count).for_each(|row| row[SIGNED] = "2025-09-29".to_owned());
        })
    };
    let (ended, said) = signed(8);
    assert_eq!(ended, 0, "{said}");
    let words = "open futures of which nothing was delivered yet were signed on 2025-09-29";
    assert!(said.contains(words) && said.contains("[odd-dates]"), "{said}");
    let (_, said) = signed(4);
    assert!(!said.contains(words), "{said}");
}

#[test]
fn a_quarter_s_payments_in_another_unit_are_not_taken_for_quantities() {
    let paid = |cell: &'static str| {
        checked(|rows| {
            let newest = rows.iter_mut().filter(|row| open(row) && row[SIGNED].as_str() >= "2025-07");
            newest.for_each(|row| row[PREPAID] = cell.to_owned());
        })
    };
    for (cell, words) in [
        ("0.5", "is prepaid_usd of this quarter in shares of the value?"),
        ("50", "is prepaid_usd of this quarter in per cent of the value?"),
    ] {
        let (ended, said) = paid(cell);
        assert_eq!(ended, 65, "{said}");
        assert!(said.contains("signed in 2025Q3") && said.contains(words), "{said}");
        assert!(!said.contains("times too large"), "{said}");
    }
}

#[test]
fn a_book_far_beyond_the_busiest_year_is_reported() {
    let times = |factor: u32| {
        checked(|rows| {
            for row in rows.iter_mut().filter(|row| open(row)) {
                row[QUANTITY] = (row[QUANTITY].parse::<u32>().unwrap() * factor).to_string();
                row[PREPAID] = format!("{:.2}", row[PREPAID].parse::<f64>().unwrap() * f64::from(factor));
            }
        })
        .1
    };
    let words = "machines of open orders are due in the next 12 months, ";
    let said = times(5);
    assert!(
        said.contains(words) && said.contains("of the busiest 12 months in which machines ever left"),
        "{said}"
    );
    assert!(!times(2).contains(words));
}

#[test]
fn customers_left_out_of_the_newest_orders_are_reported() {
    let folder = copy_of("maker");
    let mut gone = std::collections::BTreeSet::new();
    rewrite(folder.path(), "futures_orders", |rows| {
        rows.retain(|row| {
            row[SEGMENT] != "retail" || row[SIGNED].as_str() < "2025-06" || !gone.insert(row[ID].clone())
        });
    });
    rewrite(folder.path(), "shipments", |rows| rows.retain(|row| !gone.contains(&row[1])));
    let (ended, said) = check(folder.path());
    assert_eq!(ended, 0, "{said}");
    let words =
        "no order of retail customers was signed in 2025-06 to 2025-09, 4 month(s), while others were";
    assert!(said.contains(words) && said.contains("[late-export]"), "{said}");
}

#[test]
fn quotes_among_the_orders_are_reported_and_one_trusted_customer_is_not() {
    let add = |count: usize, signed: &str| {
        checked(|rows| {
            let row = rows.iter().find(|row| open(row)).unwrap().clone();
            for n in 0..count {
                let mut more = row.clone();
                more[ID] = format!("Q{n}");
                (more[QUANTITY], more[PREPAID]) = ((500 + n).to_string(), "0".to_owned());
                (more[SIGNED], more[START]) = (signed.to_owned(), "2025-11".to_owned());
                more[DELIVERED] = "0".to_owned();
                rows.push(more);
            }
        })
    };
    let (ended, said) = add(3, "2025-08-11");
    assert_eq!(ended, 0, "{said}");
    // 32,351 machines of open futures, and 500, 501 and 502 more: 1,503 are 4%.
    let words = "nothing was paid of 3 open futures of 1503 machines (4% of all open) that were signed before 2025-09, where 327 others have a deposit";
    assert!(said.contains(words), "{said}");
    // Two are few, and of the as-of month a deposit may be on its way.
    for (count, signed) in [(2, "2025-08-11"), (3, "2025-09-11")] {
        let (_, said) = add(count, signed);
        assert!(!said.contains("nothing was paid"), "{said}");
    }
}

#[test]
fn open_orders_that_cost_nothing_are_reported() {
    told_of_open(
        |row| (row[PRICE], row[PREPAID]) = ("0".to_owned(), "0".to_owned()),
        "38 open order(s) of 32368 machines, of 32368 in all, have a price of 0",
        "have a price of 0",
    );
}

/// What becomes of a cell of a row.
type Change<'a> = &'a dyn Fn(&Cells) -> String;

#[test]
fn payments_in_another_unit_are_reported_with_what_they_may_be() {
    let share = |row: &Cells| {
        let number = |column: usize| row[column].parse::<f64>().unwrap();
        number(PREPAID) / (number(PRICE) * number(QUANTITY))
    };
    let cases: [(Change<'_>, &str); 3] = [
        (
            &|row| format!("{:.0}", 100.0 * share(row)),
            "comes to 2.86e-5 of their value, 100 USD at most: is it per cent of it?",
        ),
        (&|row| format!("{:.2}", share(row)), "is it shares of it?"),
        (
            &|row| format!("{:.2}", row[PREPAID].parse::<f64>().unwrap() / 1000.0),
            "comes to 9.26e-4 of their value, 20979.31 USD at most: is it amounts per machine or in thousands?",
        ),
    ];
    for (change, words) in cases {
        let (ended, said) = checked(|rows| {
            for row in rows.iter_mut().filter(|row| !row[PREPAID].is_empty()) {
                row[PREPAID] = change(row);
            }
        });
        assert_eq!(ended, 0, "{said}");
        assert!(said.contains("prepaid_usd of 327 (all) futures") && said.contains(words), "{words}\n{said}");
    }
}

#[test]
fn open_orders_that_look_filled_down_are_reported() {
    told_of_open(
        |row| row[START] = row[SIGNED][..7].to_owned(),
        "37 of 37 open futures have their first delivery in the month of signature, and 0 of 290 completed ones",
        "[odd-dates]",
    );
    told_of_open(
        |row| row[START] = "2025-10".to_owned(),
        "37 of 37 open futures, signed in 9 months and of 3 models, have their first delivery in 2025-10",
        "[odd-dates]",
    );
    told_of_open(
        |row| row[MONTHS] = "12".to_owned(),
        "all 37 open futures have delivery_months 12, and 0 of 290 completed ones",
        "[odd-dates]",
    );
    told_of_open(
        |row| row[SIGNED] = "2025-07-15".to_owned(),
        "37 of 37 open futures were signed on 2025-07-15",
        "[odd-dates]",
    );
}

#[test]
fn another_date_in_delivery_start_shows_in_what_was_shipped() {
    let (_, said) = checked(|rows| {
        for row in rows {
            row[START] = later(&row[START], row[MONTHS].parse::<i32>().unwrap() - 1);
        }
    });
    assert!(
        said.contains(
            "151689 of 205026 machines shipped of futures left before their first month of delivery"
        ),
        "{said}"
    );
    let (_, said) = checked(|rows| rows.iter_mut().for_each(|row| row[START] = row[SIGNED][..7].to_owned()));
    assert!(said.contains("143816 of 205026 machines shipped of futures left after their last month of delivery, and 327 of 327 futures have their first delivery in the month of signature"), "{said}");
    let (_, said) = checked(|rows| rows.iter_mut().for_each(|row| row[MONTHS] = "1".to_owned()));
    assert!(said.contains("158406 of 205026 machines shipped of futures left after their last month of delivery, and 327 of 327 futures have delivery_months 1"), "{said}");
}

#[test]
fn months_that_are_weeks_are_reported() {
    let (_, said) = checked(|rows| {
        for row in rows {
            let weeks = (row[MONTHS].parse::<f64>().unwrap() * 4.3).round().min(36.0);
            row[MONTHS] = format!("{weeks:.0}");
        }
    });
    assert!(said.contains("219 of 327 futures have delivery_months above 12"), "{said}");
}

#[test]
fn cancellations_that_are_all_of_the_export_s_day_are_reported() {
    let (ended, said) = checked(|rows| {
        for row in rows.iter_mut().filter(|row| row[STATUS] == "cancelled") {
            row[CANCELLED] = "2025-09-30".to_owned();
        }
    });
    assert_eq!(ended, 0, "{said}");
    assert!(
        said.contains(
            "9 of 9 cancelled orders were cancelled on 2025-09-30, 9 of them more than 12 months after"
        ),
        "{said}"
    );
}

#[test]
fn open_orders_that_all_left_are_reported_where_no_shipments_say_so() {
    let folder = copy_of("maker");
    std::fs::remove_file(folder.path().join("shipments.csv")).unwrap();
    rewrite(folder.path(), "futures_orders", |rows| {
        rows.iter_mut().filter(|row| open(row)).for_each(|row| row[DELIVERED] = row[QUANTITY].clone());
    });
    let (ended, said) = check(folder.path());
    assert_eq!(ended, 0, "{said}");
    assert!(
        said.contains(
            "38 open orders say that all of their 32368 machines were delivered, of 32368 open in all"
        ),
        "{said}"
    );
}

#[test]
fn a_model_whose_orders_are_missing_stops_the_run() {
    let (ended, said) = checked(|rows| rows.retain(|row| row[MODEL] != "M95-245"));
    assert_eq!(ended, 65, "{said}");
    assert!(
        said.contains(
            "293 of 293 machines of M95-245 shipped in the newest year are of orders that are not in futures_orders"
        ),
        "{said}"
    );
}

#[test]
fn files_that_never_end_their_last_line_are_whole() {
    let folder = copy_of("maker");
    for name in [
        "futures_orders",
        "shipments",
        "channel_inventory",
        "supply",
        "hashprice",
        "difficulty",
        "customers",
        "pipeline",
    ] {
        edit(&folder.path().join(format!("{name}.csv")), |text| text.trim_end().to_owned());
    }
    let (ended, said) = check(folder.path());
    assert!(ended == 0 && !said.contains("[unended-line]"), "{said}");
    edit(&folder.path().join("supply.csv"), |text| text + "\n");
    let (_, said) = check(folder.path());
    assert_eq!(said.matches("[unended-line]").count(), 7, "{said}");
}

#[test]
fn difficulty_of_another_source_is_reported() {
    let folder = copy_of("maker");
    rewrite(folder.path(), "difficulty", |rows| {
        let from = rows.len() - 30;
        for row in &mut rows[from..] {
            row[1] = format!("{:.0}", row[1].parse::<f64>().unwrap() * 1.4);
        }
    });
    let (ended, said) = check(folder.path());
    assert_eq!(ended, 0, "{said}");
    assert!(said.contains("on difficulty is about 1.4") && said.contains("[implausible-market]"), "{said}");
}

/// Of 541 order numbers without a gap the fixtures have 33 signed in the newest quarter.
#[test]
fn numbers_missing_of_the_newest_months_are_reported() {
    let largest = "Nordlicht Rechenzentrum GmbH";
    let of = |row: &Cells| row[CUSTOMER] == largest && row[SIGNED].as_str() >= "2025-07-01";
    let folder = copy_of("maker");
    let mut gone = Vec::new();
    rewrite(folder.path(), "futures_orders", |rows| {
        gone = rows.iter().filter(|row| of(row)).map(|row| row[ID].clone()).collect();
        rows.retain(|row| !of(row));
    });
    rewrite(folder.path(), "shipments", |rows| rows.retain(|row| !gone.contains(&row[1])));
    let (ended, said) = check(folder.path());
    assert_eq!(ended, 0, "{said}");
    assert_eq!(gone.len(), 6);
    let words = "6 order numbers are missing since 2025-07 beside ";
    assert!(said.contains(words) && said.contains("where 0% were missing in the months before"), "{said}");
    // One order is chance.
    let (_, said) = checked(|rows| rows.retain(|row| row[ID] != gone[0]));
    assert!(!said.contains("order numbers are missing"), "{said}");
}

#[test]
fn orders_of_which_machines_left_before_they_begin_are_reported() {
    told_of_open(
        |row| row[START] = later(&row[START], 5),
        "and the first delivery of the orders is after the as-of date",
        "[odd-dates]",
    );
}

/// The newest model is launched in September: without its orders, shipments and stock nothing else of the exports speaks of it. The other
/// orders are numbered anew, as missing numbers would tell it.
#[test]
fn a_launched_model_without_an_order_is_told() {
    let folder = copy_of("maker");
    let mut ids = std::collections::BTreeMap::new();
    rewrite(folder.path(), "futures_orders", |rows| {
        rows.retain(|row| !row.iter().any(|cell| cell == "M95-245"));
        for row in rows.iter_mut() {
            let next = format!("SO-{:05}", ids.len() + 1);
            row[0] = ids.entry(row[0].clone()).or_insert(next).clone();
        }
    });
    rewrite(folder.path(), "shipments", |rows| {
        rows.retain(|row| !row.iter().any(|cell| cell == "M95-245"));
        for cell in rows.iter_mut().flatten() {
            if let Some(id) = ids.get(cell) {
                cell.clone_from(id);
            }
        }
    });
    for export in ["channel_inventory", "supply"] {
        rewrite(folder.path(), export, |rows| rows.retain(|row| !row.iter().any(|cell| cell == "M95-245")));
    }
    let (ended, said) = check(folder.path());
    assert!(
        ended == 0
            && said.contains(
                "futures_orders.csv: no order of M95-245 is there, which the job has as launched in 2025-09"
            ),
        "{said}"
    );
}

/// One number missing of hundreds that follow each other: the largest open order, 6% of the forecast, with its shipments.
#[test]
fn a_single_order_number_missing_is_told_where_none_was() {
    let folder = copy_of("maker");
    let mut largest = String::new();
    rewrite(folder.path(), "futures_orders", |rows| {
        let open = rows.iter().filter(|row| open(row));
        largest = open.max_by_key(|row| row[QUANTITY].parse::<u32>().unwrap()).unwrap()[ID].clone();
        rows.retain(|row| row[ID] != largest);
    });
    rewrite(folder.path(), "shipments", |rows| rows.retain(|row| !row.contains(&largest)));
    let (ended, said) = check(folder.path());
    assert!(
        ended == 0 && said.contains("1 order number is missing since 2025-07 beside 32 that are there"),
        "{said}"
    );
}
