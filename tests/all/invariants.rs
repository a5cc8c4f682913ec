//! What must hold for any maker: sums, order of quantiles, the as-of date, repetition.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common::{self, copy_of, edit, files, reported, root, rows, wafercast};
use polars::prelude::{DataType, ParquetReader, SerReader};

const JOB: &str = "jobs/quarterly.toml";

/// Runs the quarterly job on the exports of `inputs` and returns the files of the vintage.
fn run(inputs: &Path, out: &Path, threads: &str) -> BTreeMap<String, Vec<u8>> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_wafercast"))
        .args(["run", JOB, "--inputs", inputs.to_str().unwrap(), "--out", out.to_str().unwrap()])
        .env("POLARS_MAX_THREADS", threads)
        .env("RAYON_NUM_THREADS", threads)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", reported(&output));
    files(&out.join("2025Q3"))
}

/// The tables and the summary. The other files say which inputs they were made of, by their SHA-256.
fn values(files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, String> {
    let values: BTreeMap<String, String> = files
        .into_iter()
        .filter(|(name, _)| name.rsplit_once('.').is_some_and(|n| n.1 == "csv") || name == "summary.md")
        .map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap()))
        .collect();
    assert!(values.len() > 20);
    values
}

fn whole(row: &BTreeMap<String, String>, column: &str) -> i64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: `{}`", row[column]))
}

#[test]
fn models_add_up_to_all_and_months_to_quarters() {
    let out = tempfile::tempdir().unwrap();
    run(&root().join("fixtures/maker"), out.path(), "2");
    let vintage = out.path().join("2025Q3");
    let monthly = rows(&vintage.join("shipment_forecast.csv"));
    let quarterly = rows(&vintage.join("shipment_forecast_quarterly.csv"));
    assert_eq!(monthly.len(), 3 * 12 * 7);
    assert_eq!(quarterly.len(), 3 * 5 * 7);
    for column in ["firm_units", "expected_units", "units", "constrained_units", "short_units"] {
        for (table, period) in [(&monthly, "month"), (&quarterly, "quarter")] {
            let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
            for row in table {
                let sign = if row["model"] == "ALL" { -1 } else { 1 };
                *sums.entry((row["scenario"].clone(), row[period].clone())).or_default() +=
                    sign * whole(row, column);
                assert!(whole(row, column) >= 0);
            }
            assert!(sums.values().all(|sum| *sum == 0), "{column}: {sums:?}");
        }
        let mut sums: BTreeMap<[String; 3], i64> = BTreeMap::new();
        for row in &monthly {
            for quarter in [row["quarter"].clone(), "12M".to_owned()] {
                *sums.entry([row["scenario"].clone(), quarter, row["model"].clone()]).or_default() +=
                    whole(row, column);
            }
        }
        for row in &quarterly {
            let key = [row["scenario"].clone(), row["quarter"].clone(), row["model"].clone()];
            assert_eq!(sums[&key], whole(row, column), "{column} {key:?}");
        }
    }
    for row in monthly.iter().chain(&quarterly) {
        for of in ["units", "constrained"] {
            let [p10, p50, p90] = ["p10", "p50", "p90"].map(|c| whole(row, &format!("{of}_{c}")));
            assert!(0 <= p10 && p10 <= p50 && p50 <= p90, "{row:?}");
        }
        assert!(!row.values().any(|v| v.contains("NaN") || v.contains("inf")), "{row:?}");
    }
}

#[test]
fn a_forecast_is_the_sum_of_its_parts() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().to_str().unwrap();
    let output = wafercast(&["run", JOB, "--as-of", "2024-09-30", "--out", path]);
    assert!(output.status.success(), "{}", reported(&output));
    let vintage = out.path().join("2024Q3");
    let mut driven = 0;
    for table in ["shipment_forecast.csv", "shipment_forecast_quarterly.csv"] {
        for row in rows(&vintage.join(table)) {
            let parts = ["expected_units", "booking_curve_units", "driver_units"];
            let sum: i64 = parts.iter().map(|part| whole(&row, part)).sum();
            assert_eq!(sum, whole(&row, "baseline_units"), "{row:?}");
            assert_eq!((whole(&row, "units"), row["override_units"].as_str()), (sum, ""), "{row:?}");
            driven += i64::from(whole(&row, "driver_units") != 0);
        }
    }
    assert!(driven > 0, "the market is at work at this date");
}

#[test]
fn waiting_machines_are_what_was_short_has_not_shipped_and_was_not_lost() {
    let out = tempfile::tempdir().unwrap();
    run(&root().join("fixtures/maker"), out.path(), "2");
    let mut waiting: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in rows(&out.path().join("2025Q3/shipment_forecast.csv")) {
        let key = (row["scenario"].clone(), row["model"].clone());
        let before = waiting.get(&key).copied().unwrap_or(0);
        let after =
            before + whole(&row, "units") - whole(&row, "constrained_units") - whole(&row, "lost_units");
        assert_eq!(after, whole(&row, "waiting_units"), "{row:?}");
        waiting.insert(key, after);
    }
}

#[test]
fn the_same_bytes_again_on_any_number_of_threads() {
    let outs: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let inputs = root().join("fixtures/maker");
    let made: Vec<_> = outs.iter().zip(["1", "2", "4"]).map(|(out, n)| run(&inputs, out.path(), n)).collect();
    assert!(made[0].len() > 20);
    assert_eq!(made[0], made[1]);
    assert_eq!(made[0], made[2]);
}

#[test]
fn rows_after_the_as_of_date_and_another_order_of_rows_change_no_table() {
    let before = tempfile::tempdir().unwrap();
    let after = tempfile::tempdir().unwrap();
    let folder = copy_of("maker");
    let plain = run(folder.path(), before.path(), "2");
    for (name, later) in [
        (
            "futures_orders.csv",
            "Z-1,New,key_account,M90-200,futures,2025-10-01,5000,100,0,2025-11,6,0,open,\n",
        ),
        ("shipments.csv", "2025-10-01,SO-00500,M90-200,9\n"),
        ("hashprice.csv", "2025-10-01,500\n2026-01-01,1\n"),
        ("difficulty.csv", "2025-10-01,1\n"),
        ("channel_inventory.csv", "2025-10-31,Distributor East,M90-200,99999,\n"),
        ("supply.csv", "2025-10-01,wafer_order,C5,,Foundry East,5000,2025-12-01,0\n"),
    ] {
        edit(&folder.path().join(name), |text| {
            let mut lines: Vec<&str> = text.lines().collect();
            let header = lines.remove(0);
            lines.reverse();
            format!("{header}\n{later}{}\n", lines.join("\n"))
        });
    }
    let changed = run(folder.path(), after.path(), "2");
    assert_eq!(values(plain), values(changed));
}

#[test]
fn a_driver_of_the_future_does_not_help_the_backtest() {
    // What is scored at an origin comes from a replay that ends there: changing what came later changes no point.
    let folder = copy_of("maker");
    let late = tempfile::tempdir().unwrap();
    let plain = tempfile::tempdir().unwrap();
    run(folder.path(), plain.path(), "2");
    let output = wafercast(&[
        "run",
        JOB,
        "--inputs",
        folder.path().to_str().unwrap(),
        "--as-of",
        "2025-06-30",
        "--out",
        late.path().to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", reported(&output));
    edit(&folder.path().join("hashprice.csv"), |text| {
        let change = |line: &str| match line.split_once(',') {
            Some((date, _)) if date > "2025-06-30" && date < "3" => format!("{date},9999"),
            _ => line.to_owned(),
        };
        text.lines().map(|line| change(line) + "\n").collect()
    });
    let again = tempfile::tempdir().unwrap();
    let output = wafercast(&[
        "run",
        JOB,
        "--inputs",
        folder.path().to_str().unwrap(),
        "--as-of",
        "2025-06-30",
        "--out",
        again.path().to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", reported(&output));
    let (one, two) = (files(&late.path().join("2025Q2")), files(&again.path().join("2025Q2")));
    assert_eq!(values(one), values(two));
}

#[test]
fn parquet_and_csv_hold_the_same_values_and_types() {
    let out = tempfile::tempdir().unwrap();
    run(&root().join("fixtures/maker"), out.path(), "2");
    let vintage = out.path().join("2025Q3");
    let mut compared = 0;
    for spec in wafercast::tables::SPECS {
        let csv = rows(&vintage.join(format!("{}.csv", spec.name)));
        let file =
            std::fs::File::open(common::within(&vintage.join(format!("{}.parquet", spec.name)))).unwrap();
        let frame = ParquetReader::new(file).finish().unwrap();
        assert_eq!(frame.height(), csv.len(), "{}", spec.name);
        for column in spec.columns {
            let series = frame.column(column.name).unwrap();
            for (index, row) in csv.iter().enumerate() {
                let text = &row[column.name];
                let value = series.get(index).unwrap();
                if value.is_null() {
                    assert_eq!(text, "", "{} {}", spec.name, column.name);
                    continue;
                }
                match series.dtype() {
                    DataType::Int64 | DataType::Date => assert_eq!(*text, value.to_string()),
                    DataType::Float64 => {
                        let number: f64 = value.try_extract().unwrap();
                        assert_eq!(text.parse::<f64>().unwrap(), number, "{} {}", spec.name, column.name);
                    }
                    DataType::String => assert_eq!(*text, value.get_str().unwrap()),
                    other => panic!("{} {}: {other}", spec.name, column.name),
                }
                compared += 1;
            }
        }
    }
    assert!(compared > 10_000);
}
