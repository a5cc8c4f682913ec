//! Exports made after the as-of date, and exports that both end before it.

use std::path::Path;

use crate::common::{Cells, copy_of, reported, rewrite, root, text, wafercast};

const QUANTITY: usize = 6;
const DELIVERED: usize = 11;
const STATUS: usize = 12;
const CANCELLED: usize = 13;

/// What is said of exports in a folder by the fixtures' job as of a day.
fn check(folder: &Path, more: &[&str]) -> (i32, String) {
    let inputs = folder.to_str().unwrap();
    let args: Vec<&str> = ["check", "jobs/quarterly.toml", "--inputs", inputs]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    let output = wafercast(&args);
    (output.status.code().unwrap(), reported(&output))
}

/// The fixtures of 2025-09-30, as of 2025-06-30: what was paid since counts, and is told; as of their own day nothing is.
#[test]
fn amounts_paid_have_no_date_in_exports_made_later() {
    let folder = copy_of("maker");
    let (ended, said) = check(folder.path(), &["--as-of", "2025-06-30"]);
    assert_eq!(ended, 0, "{said}");
    let words = "machines signed is that of the day the exports were made, which is after 2025-06-30";
    assert_eq!(said.matches(words).count(), 1, "{said}");
    assert!(said.contains("give the export `payments`, whose rows are dated [deposit-unknown]"), "{said}");
    assert!(!said.contains("write exported_on"), "{said}");
    let (_, said) = check(folder.path(), &[]);
    assert!(!said.contains("the day the exports were made"), "{said}");
}

/// The job is of June and does not say that its files are of September.
#[test]
fn files_that_go_on_after_the_as_of_date_ask_for_exported_on() {
    let inputs = copy_of("maker");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.toml");
    let job =
        text(&root().join("jobs/quarterly.toml")).replacen("as_of = 2025-09-30", "as_of = 2025-06-30", 1);
    let said = |job: &str| {
        std::fs::File::create(&path)
            .and_then(|mut f| std::io::Write::write_all(&mut f, job.as_bytes()))
            .unwrap();
        reported(&wafercast(&["check", path.to_str().unwrap(), "--inputs", inputs.path().to_str().unwrap()]))
    };
    let told = said(&job);
    let words = "futures_orders.csv: has rows up to 2025-09-25, after as_of 2025-06-30: it was made later";
    assert!(told.contains(words), "{told}");
    assert!(
        told.contains("write exported_on = 2025-09-30 in [exports], or the day it was made [odd-dates]"),
        "{told}"
    );
    let told = said(&job.replacen("# exported_on = 2025-10-08 ", "exported_on = 2025-10-08 ", 1));
    assert!(!told.contains("write exported_on"), "{told}");
}

/// The fixtures as they were exported on 2025-08-31: both agree, and both lack September.
#[test]
fn orders_and_shipments_that_end_early_together_are_told() {
    let folder = copy_of("maker");
    let end = "2025-08-31";
    let mut late: std::collections::BTreeMap<String, u32> = std::collections::BTreeMap::new();
    rewrite(folder.path(), "shipments", |rows| {
        for row in rows.iter().filter(|row| row[0].as_str() > end) {
            *late.entry(row[1].clone()).or_default() += row[3].parse::<u32>().unwrap();
        }
        rows.retain(|row| row[0].as_str() <= end);
    });
    assert!(!late.is_empty());
    rewrite(folder.path(), "futures_orders", |rows: &mut Vec<Cells>| {
        rows.retain(|row| row[5].as_str() <= end);
        for row in rows.iter_mut() {
            if let Some(machines) = late.get(&row[0]) {
                let delivered = row[DELIVERED].parse::<u32>().unwrap() - machines;
                row[DELIVERED] = delivered.to_string();
                if row[STATUS] == "completed" && delivered < row[QUANTITY].parse().unwrap() {
                    row[STATUS] = "open".to_owned();
                }
            }
            if row[CANCELLED].as_str() > end {
                row[CANCELLED] = String::new();
                row[STATUS] = "open".to_owned();
            }
        }
    });
    let (_, said) = check(folder.path(), &[]);
    let words = "shipments.csv: neither futures_orders nor shipments has a row in 2025-09, and shipments never paused for more than 0 month(s): are both of 2025-08? Export both again up to 2025-09-30 [late-export]";
    assert!(said.contains(words), "{said}");
    let (_, said) = check(copy_of("maker").path(), &[]);
    assert!(!said.contains("neither futures_orders nor"), "{said}");
}

/// SAP writes a delivery without goods issue with a day of noughts; a second warehouse is a second count of an item.
#[test]
fn what_is_no_shipment_is_refused_with_the_step_that_leaves_it_out() {
    let folder = copy_of("maker");
    rewrite(folder.path(), "shipments", |rows| rows[0][0] = "00.00.0000".to_owned());
    rewrite(folder.path(), "supply", |rows| {
        let counts = rows.iter().filter(|row| row[1] != "wafer_order");
        let newest = counts.max_by_key(|row| row[0].clone()).unwrap().clone();
        rows.push(newest);
    });
    let (ended, said) = check(folder.path(), &[]);
    assert_eq!(ended, 65, "{said}");
    let words = "it stands for an empty cell (empty = [\"00.00.0000\"]), and a row without it is left out by step = \"skip_rows\", column = \"shipped_date\", is = [\"00.00.0000\"]";
    assert!(said.contains(words), "{said}");
    assert!(
        said.contains("is the second count of this item on this day: where rows are parts of one count")
            && said.contains("step = \"group\" with sum"),
        "{said}"
    );
}
