//! What foundries' terms of cancelling and reserving do to tables, on the miniature.

use std::collections::BTreeMap;

use crate::common::{copy_of, edit, reported, rows, wafercast};

type Row = BTreeMap<String, String>;

/// The miniature with keys of one of its foundries; what was said.
fn run(foundry: &str, keys: &str) -> (tempfile::TempDir, String) {
    let folder = copy_of("miniature");
    let job = folder.path().join("job.toml");
    let name = format!("name = \"{foundry}\"\n");
    edit(&job, |text| text.replace(&name, &format!("{name}{keys}\n")));
    let output =
        wafercast(&["run", job.to_str().unwrap(), "--out", folder.path().join("out").to_str().unwrap()]);
    let said = reported(&output);
    assert!(output.status.success(), "{said}");
    (folder, said)
}

fn table(folder: &tempfile::TempDir, name: &str) -> Vec<Row> {
    rows(&folder.path().join("out/2025Q3").join(format!("{name}.csv")))
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap()
}

/// Foundry's open order of 10,000 USD is out in 15 days, less than a month: all of it. Its orders to place cost 35,000, 10,000 and 15,000
/// and are out four months after they are placed: 0.3 of it, 10,500, 3,000 and 4,500. Fast has no schedule: the 24,000 that are prepaid.
#[test]
fn a_schedule_of_cancellation_is_what_cancelling_loses() {
    let (folder, said) = run(
        "Foundry",
        "cancellation = [{ months_before_due = 1, forfeit_share = 0.8 }, { months_before_due = 2, forfeit_share = 0.3 }]",
    );
    let lost: Vec<f64> =
        table(&folder, "keep_or_cancel").iter().map(|row| number(row, "forfeit_usd")).collect();
    assert_eq!(lost, [10_000.0, 24_000.0, 10_500.0, 3000.0, 4500.0]);
    for row in table(&folder, "exposure") {
        assert_eq!(number(&row, "forfeit_open_usd"), 10_000.0);
        assert_eq!(number(&row, "forfeit_place_now_usd"), 42_000.0);
    }
    assert!(
        said.contains("54,000 USD of it prepaid; cancelled once they are placed, they lose 42,000 USD"),
        "{said}"
    );
}

/// Fast reserves 20 wafers at 50 USD: 1,000 a month in every scenario, and the orders stay.
#[test]
fn reserved_wafers_are_paid_for_every_month() {
    let ((plain, _), (reserved, _)) = (run("Fast", ""), run("Fast", "reservation_fee_usd = 50"));
    let (before, after) = (table(&plain, "cash"), table(&reserved, "cash"));
    let months = before.iter().zip(&after).filter(|(row, _)| row["month"].len() == 10);
    assert!(months.clone().count() >= 36);
    for (before, after) in months {
        let fee = number(before, "foundry_balances_usd") - number(after, "foundry_balances_usd");
        assert_eq!(fee, 1000.0, "{after:?}");
    }
    assert_eq!(table(&plain, "wafer_orders"), table(&reserved, "wafer_orders"));
}

#[test]
fn terms_that_contradict_themselves_are_refused() {
    for (keys, expected) in [
        ("reservation_fee_usd = 50", "reservation_fee_usd is for the wafers of max_wafers_per_month"),
        (
            "cancellation = [{ months_before_due = 2, forfeit_share = 0.8 }, { months_before_due = 1, forfeit_share = 0.3 }]",
            "loses less the later it is",
        ),
    ] {
        let folder = copy_of("miniature");
        let job = folder.path().join("job.toml");
        edit(&job, |text| text.replace("name = \"Foundry\"\n", &format!("name = \"Foundry\"\n{keys}\n")));
        let said = reported(&wafercast(&["run", job.to_str().unwrap()]));
        assert!(said.contains(expected) && said.contains("job.toml:5"), "{said}");
    }
}
