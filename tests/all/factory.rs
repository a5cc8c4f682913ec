//! Assembly capacity: on the miniature by hand, and as a law on the fixtures.

use std::collections::BTreeMap;

use crate::common::{copy_of, edit, reported, root, rows, text, wafercast};

type Row = BTreeMap<String, String>;

fn number(row: &Row, column: &str) -> i64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

/// Rows of all models of the base scenario by month, with a capacity or none; what was said.
fn fixtures(capacity: Option<u32>) -> (Vec<Row>, i64, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut job = text(&root().join("jobs/quarterly.toml"));
    if let Some(most) = capacity {
        job = job.replace("[factory]\n", &format!("[factory]\nmachines_per_month = {most}\n"));
    }
    let path = folder.path().join("job.toml");
    std::fs::File::create(&path).and_then(|mut f| std::io::Write::write_all(&mut f, job.as_bytes())).unwrap();
    let [path, inputs, out] = [path, root().join("fixtures/maker"), folder.path().join("out")]
        .map(|path| path.display().to_string());
    let output = wafercast(&["run", &path, "--inputs", &inputs, "--out", &out]);
    let said = reported(&output);
    assert!(output.status.success(), "{said}");
    let vintage = folder.path().join("out/2025Q3");
    let months = rows(&vintage.join("shipment_forecast.csv")).into_iter();
    let months = months.filter(|row| row["scenario"] == "base" && row["model"] == "ALL").collect();
    let orders = rows(&vintage.join("wafer_orders.csv")).into_iter();
    let now = orders.filter(|row| row["decision"] == "place_now");
    let wafers = now.map(|row| number(&row, "wafers")).sum();
    (months, wafers, said)
}

/// A lower capacity never ships more by the end of any month, no month ships more than stock and capacity, what ships and waits adds
/// up, and no more
/// wafers are to be placed now.
#[test]
fn a_lower_capacity_never_ships_more() {
    let stock: i64 = rows(&root().join("fixtures/maker/supply.csv"))
        .iter()
        .filter(|row| row["kind"] == "machines_on_hand" && row["date"] == "2025-09-30")
        .map(|row| number(row, "quantity"))
        .sum();
    let mut before: Option<(Vec<i64>, i64)> = None;
    for capacity in [None, Some(6000), Some(3500), Some(1500)] {
        let (months, wafers, said) = fixtures(capacity);
        assert_eq!(months.len(), 12);
        let mut shipped = 0;
        let cumulative: Vec<i64> = months
            .iter()
            .map(|row| {
                shipped += number(row, "constrained_units");
                shipped
            })
            .collect();
        if let Some(most) = capacity.map(i64::from) {
            for ((row, so_far), h) in months.iter().zip(&cumulative).zip(1..) {
                assert!(number(row, "constrained_units") <= most + stock, "{most}: {row:?}");
                assert!(*so_far <= most * h + stock, "{most} {h}");
            }
            assert!(said.contains("assembly capacity holds back"), "{said}");
        } else {
            assert!(months.iter().all(|row| row["waiting_for_assembly_units"].is_empty()));
        }
        if let Some((more, wafers_before)) = &before {
            assert!(cumulative.iter().zip(more).all(|(less, more)| less <= more), "{cumulative:?} {more:?}");
            assert!(wafers <= *wafers_before, "{capacity:?}: {wafers} {wafers_before}");
        }
        before = Some((cumulative, wafers));
    }
}

/// October of the miniature: 30 machines on hand and 3,000 chips for 30 more (its README). Of ten that can be assembled 40 ship, and twenty are
/// held back; of none 30 ship, and all thirty are.
#[test]
fn october_of_the_miniature_by_hand() {
    let october = |keys: &str| -> Row {
        let folder = copy_of("miniature");
        let folder = folder.path();
        edit(&folder.join("job.toml"), |text| format!("{text}\n{keys}\n"));
        let [job, out] = ["job.toml", "out"].map(|name| folder.join(name).display().to_string());
        let output = wafercast(&["run", &job, "--out", &out]);
        assert!(output.status.success(), "{}", reported(&output));
        let all = rows(&folder.join("out/2025Q3/shipment_forecast.csv"));
        let first = |row: &Row| {
            row["scenario"] == "base" && row["month"].starts_with("2025-10") && row["model"] == "ALL"
        };
        all.into_iter().find(first).unwrap()
    };
    let built = number(&october(""), "constrained_units") - 30;
    assert_eq!(built, 30);
    for most in [10, 0] {
        let row = october(&format!("[factory]\nmonths = {{ \"2025-10\" = {most} }}"));
        assert_eq!(number(&row, "constrained_units"), 30 + most, "{row:?}");
        assert_eq!(number(&row, "waiting_for_assembly_units"), built - most, "{row:?}");
    }
}

#[test]
fn a_month_that_is_none_is_refused() {
    let folder = copy_of("miniature");
    let job = folder.path().join("job.toml");
    edit(&job, |text| format!("{text}\n[factory]\nmonths = {{ \"Feb 2026\" = 10 }}\n"));
    let said = reported(&wafercast(&["run", job.to_str().unwrap()]));
    assert!(said.contains("months: `Feb 2026` is not a month; write it as 2026-02"), "{said}");
    edit(&job, |text| text.replace("Feb 2026", "2026-2"));
    let said = reported(&wafercast(&["run", job.to_str().unwrap()]));
    assert!(said.contains("months: `2026-2` is not a month; write it as 2026-02"), "{said}");
}
