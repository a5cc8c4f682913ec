//! Quarter after quarter: eight vintages in order, each bridge adding up, accuracy growing with what has shipped.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common::{self, copy_of, edit, files, reported, root, rows, wafercast};
use polars::prelude::{ParquetReader, SerReader};

const QUARTERS: [(&str, &str); 8] = [
    ("2023Q4", "2023-12-31"),
    ("2024Q1", "2024-03-31"),
    ("2024Q2", "2024-06-30"),
    ("2024Q3", "2024-09-30"),
    ("2024Q4", "2024-12-31"),
    ("2025Q1", "2025-03-31"),
    ("2025Q2", "2025-06-30"),
    ("2025Q3", "2025-09-30"),
];

const PARTS: [&str; 8] =
    ["corrections", "deliveries", "new_orders", "cancellations", "slips", "drivers", "overrides", "method"];

/// The exports of the synthetic maker as they were on a day: rows dated later were not in them.
fn exports_of(maker: &Path, day: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files(maker) {
        let text = String::from_utf8(bytes).unwrap();
        let dated = match name.as_str() {
            "futures_orders.csv" => 5,
            // Stock is known for the last day only.
            "supply.csv" => continue,
            _ => 0,
        };
        let known = |line: &&str| line.split(',').nth(dated).is_some_and(|cell| cell <= day || cell > "3");
        let kept: Vec<&str> = text.lines().filter(known).collect();
        let path = folder.path().join(name);
        std::fs::File::create(path)
            .and_then(|mut f| std::io::Write::write_all(&mut f, (kept.join("\n") + "\n").as_bytes()))
            .unwrap();
    }
    folder
}

fn run(inputs: &Path, day: &str, out: &Path, job: &str) {
    let [inputs, out] = [inputs, out].map(|p| p.to_str().unwrap().to_owned());
    let output = wafercast(&["run", job, "--inputs", &inputs, "--as-of", day, "--out", &out]);
    assert!(output.status.success(), "{}", reported(&output));
}

fn eight_quarters(maker: &Path) -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    for (_, day) in QUARTERS {
        run(exports_of(maker, day).path(), day, out.path(), "jobs/quarterly.toml");
    }
    out
}

fn whole(row: &BTreeMap<String, String>, column: &str) -> i64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: `{}`", row[column]))
}

fn base_units(vintage: &Path) -> BTreeMap<(String, String), i64> {
    rows(&vintage.join("shipment_forecast.csv"))
        .iter()
        .filter(|row| row["scenario"] == "base")
        .map(|row| ((row["month"].clone(), row["model"].clone()), whole(row, "units")))
        .collect()
}

#[test]
fn eight_quarters_in_order() {
    let out = eight_quarters(&root().join("fixtures/maker"));
    assert_eq!(std::fs::read_link(out.path().join("latest")).unwrap(), Path::new("2025Q3"));
    let mut moved = 0;
    for (index, (name, _)) in QUARTERS.iter().enumerate() {
        let vintage = out.path().join(name);
        let bridge = rows(&vintage.join("revisions.csv"));
        if index == 0 {
            assert!(bridge.is_empty());
            continue;
        }
        assert_eq!(bridge.len(), 12 * 7, "{name}");
        let (before, now) = (base_units(&out.path().join(QUARTERS[index - 1].0)), base_units(&vintage));
        let delivered: BTreeMap<(String, String), i64> = rows(&vintage.join("history.csv"))
            .iter()
            .filter(|row| !row["delivered_units"].is_empty())
            .map(|row| ((row["month"].clone(), row["model"].clone()), whole(row, "delivered_units")))
            .collect();
        let mut models: BTreeMap<(String, &str), i64> = BTreeMap::new();
        for row in &bridge {
            let key = (row["month"].clone(), row["model"].clone());
            let sum: i64 = PARTS.iter().map(|part| whole(row, part)).sum();
            assert_eq!(whole(row, "previous") + sum, whole(row, "now"), "{name} {row:?}");
            assert_eq!(whole(row, "previous"), before[&key], "{name} {key:?}: as it was published");
            let real = match row["status"].as_str() {
                "delivered" => delivered.get(&key).copied().unwrap_or(0),
                _ => now[&key],
            };
            assert_eq!(whole(row, "now"), real, "{name} {key:?}");
            // The same job and exports that only grew: nothing of the past was corrected, the method is the same.
            assert_eq!((row["corrections"].as_str(), row["method"].as_str()), ("0", "0"), "{name} {key:?}");
            for part in PARTS.iter().chain(&["previous", "now"]) {
                let sign = if row["model"] == "ALL" { -1 } else { 1 };
                *models.entry((row["month"].clone(), part)).or_default() += sign * whole(row, part);
            }
            moved += i64::from(row["new_orders"] != "0");
        }
        assert!(models.values().all(|sum| *sum == 0), "{name}: models add up to ALL");
        let scored = rows(&vintage.join("realised_accuracy.csv"));
        for lag in 1..=4 {
            let row = scored.iter().find(|r| r["model"] == "ALL" && r["lag"] == lag.to_string());
            let n = (index + 1).saturating_sub(lag);
            assert_eq!(row.map_or(0, |r| whole(r, "n")), i64::try_from(n).unwrap(), "{name} lag {lag}");
            if let Some(row) = row {
                assert_eq!(row["signal"] == "too_few", n < 4);
                assert_eq!(row["tracking_signal"].is_empty(), n < 4);
            }
        }
        let waterfall = rows(&vintage.join("waterfall.csv"));
        assert_eq!(waterfall.len(), (index + 1) * 12 * 7, "{name}");
        for row in waterfall.iter().filter(|row| !row["actual_units"].is_empty()) {
            assert_eq!(whole(row, "units") - whole(row, "actual_units"), whole(row, "error_units"));
        }
    }
    assert!(moved > 100, "orders came in between the vintages");
    assert!(common::text(&out.path().join("2023Q4/summary.md")).contains("nothing is scored"));
    assert!(common::text(&out.path().join("2024Q1/summary.md")).contains("a tracking signal needs 4"));
}

#[test]
fn the_forecast_itself_does_not_depend_on_earlier_vintages() {
    let (chained, alone) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let maker = root().join("fixtures/maker");
    run(&maker, "2025-06-30", chained.path(), "jobs/quarterly.toml");
    run(&maker, "2025-09-30", chained.path(), "jobs/quarterly.toml");
    run(&maker, "2025-09-30", alone.path(), "jobs/quarterly.toml");
    let (one, two) = (files(&chained.path().join("2025Q3")), files(&alone.path().join("2025Q3")));
    let compares = |name: &str| {
        [
            "revisions",
            "order_decisions",
            "order_revisions",
            "realised_accuracy",
            "waterfall",
            "reconciliation",
            "forecast",
            "report",
            "summary",
            "manifest",
        ]
        .iter()
        .any(|t| name.starts_with(&format!("{t}.")))
    };
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    for (name, bytes) in one.iter().filter(|(name, _)| !compares(name)) {
        assert_eq!(*bytes, two[name], "{name}");
    }
}

/// A maker whose customers sign 50 and 70 machines in turn, month after month, and half of it from `cut` on; what is
/// signed is due over the next three months. Its exports, as made on `day`.
fn steady_maker(cut: &str, day: &str) -> tempfile::TempDir {
    use std::fmt::Write as _;
    let folder = copy_of("miniature");
    let mut orders =
        "order_id,customer,customer_segment,model,order_type,signed_date,quantity,unit_price_usd,\
        prepaid_usd,delivery_start,delivery_months,delivered_quantity,status,cancelled_date\n"
            .to_owned();
    for month in 0..12 * 5 {
        let of = |ahead: i32| format!("{}-{:02}", 2021 + (month + ahead) / 12, (month + ahead) % 12 + 1);
        let signed = format!("{}-01", of(0));
        if signed.as_str() <= day {
            let full = if month % 2 == 0 { 50 } else { 70 };
            let machines = if signed.as_str() < cut { full } else { full / 2 };
            let _ = writeln!(
                orders,
                "O{month},C,retail,MINI,futures,{signed},{machines},1000,,{},3,,open,",
                of(1)
            );
        }
    }
    let (mut hashprice, mut difficulty) =
        ("date,hashprice_usd_per_ph_day\n".to_owned(), "date,difficulty\n".to_owned());
    let first = chrono::NaiveDate::from_ymd_opt(2021, 1, 1).unwrap();
    for date in first.iter_days().take_while(|date| date.to_string().as_str() <= day) {
        let _ = writeln!(hashprice, "{date},100");
        let _ = writeln!(difficulty, "{date},50000000000000");
    }
    for (name, text) in
        [("futures_orders.csv", orders), ("hashprice.csv", hashprice), ("difficulty.csv", difficulty)]
    {
        edit(&folder.path().join(name), |_| text);
    }
    folder
}

#[test]
fn an_intake_cut_in_half_is_flagged_and_a_steady_one_is_not() {
    let signals = |cut: &str| -> BTreeMap<String, String> {
        let out = tempfile::tempdir().unwrap();
        for (_, day) in QUARTERS {
            run(steady_maker(cut, day).path(), day, out.path(), "fixtures/miniature/job.toml");
        }
        let scored = rows(&out.path().join("2025Q3/realised_accuracy.csv"));
        let summary = common::text(&out.path().join("2025Q3/summary.md"));
        let flagged = scored.iter().any(|row| row["signal"] == "over_forecast");
        assert_eq!(summary.contains("say too much"), flagged, "{summary}");
        let of_all = scored.iter().filter(|row| row["model"] == "ALL");
        of_all.map(|row| (row["lag"].clone(), row["signal"].clone())).collect()
    };
    let cut = signals("2024-07-01");
    assert_eq!(cut["2"], "over_forecast", "{cut:?}");
    assert_eq!(cut["3"], "over_forecast", "{cut:?}");
    let steady = signals("3000-01-01");
    assert!(steady.values().all(|signal| signal == "within"), "{steady:?}");
}

#[test]
fn a_revision_says_what_changed_and_bridges_from_what_it_revises() {
    let folder = copy_of("miniature");
    let job = folder.path().join("job.toml");
    let out = folder.path().join("out");
    let run = || wafercast(&["run", job.to_str().unwrap()]);
    assert!(run().status.success());
    // An order of 30 machines signed in August had been left out.
    edit(&folder.path().join("futures_orders.csv"), |text| {
        let last = text
            .lines()
            .last()
            .unwrap()
            .replace("O24", "O25")
            .replace("2025-09-01", "2025-08-01")
            .replace(",60,", ",30,");
        text.clone() + &last + "\n"
    });
    let output = run();
    assert!(output.status.success(), "{}", reported(&output));
    assert!(
        reported(&output).contains("changed: revises 2025Q3: futures_orders: 25 rows used, before 24"),
        "{}",
        reported(&output)
    );
    let bridge = rows(&out.join("2025Q3-r2/revisions.csv"));
    assert_eq!(bridge.len(), 24);
    for row in &bridge {
        assert_eq!(row["previous_vintage"], "2025Q3");
        let sum: i64 = PARTS.iter().map(|part| whole(row, part)).sum();
        assert_eq!(whole(row, "previous") + sum, whole(row, "now"));
        assert_eq!(
            sum,
            whole(row, "corrections"),
            "the exports were corrected, nothing else happened: {row:?}"
        );
    }
    assert!(bridge.iter().any(|row| row["corrections"] != "0"));
    // Another job instead: method.
    edit(&job, |text| {
        text.replace("hashrate_th = 100", "hashrate_th = 100 # as measured")
            .replace("[demand]\n", "[demand]\nmix_months = 3\nbooking_months = 1\n")
    });
    assert!(run().status.success());
    for row in rows(&out.join("2025Q3-r3/revisions.csv")) {
        assert_eq!(row["previous_vintage"], "2025Q3-r2");
        assert_eq!(row["corrections"], "0", "{row:?}");
        assert_eq!(whole(&row, "previous") + whole(&row, "method"), whole(&row, "now"));
    }
    assert_eq!(std::fs::read_link(out.join("latest")).unwrap(), Path::new("2025Q3-r3"));
}

#[test]
fn a_vintage_that_was_tampered_with_is_reported_and_left_out() {
    let out = tempfile::tempdir().unwrap();
    let maker = root().join("fixtures/maker");
    run(&maker, "2025-06-30", out.path(), "jobs/quarterly.toml");
    edit(&out.path().join("2025Q2/shipment_forecast.csv"), |text| text.replacen(",base,", ",base ,", 1));
    let [inputs, to] = [&maker, out.path()].map(|p| p.to_str().unwrap().to_owned());
    let output = wafercast(&["run", "jobs/quarterly.toml", "--inputs", &inputs, "--out", &to]);
    assert!(output.status.success(), "{}", reported(&output));
    assert!(reported(&output).contains("vintage 2025Q2 is left out"), "{}", reported(&output));
    assert!(rows(&out.path().join("2025Q3/revisions.csv")).is_empty());
}

#[test]
fn vintages_are_read_back_from_parquet_alike() {
    let (csv, parquet) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let job = common::text(&root().join("jobs/quarterly.toml"))
        .replace("formats = [\"csv\", \"parquet\", \"xlsx\", \"html\"]", "formats = [\"parquet\"]");
    assert!(job.contains("formats = [\"parquet\"]"));
    let path = parquet.path().join("job.toml");
    std::fs::File::create(&path).and_then(|mut f| std::io::Write::write_all(&mut f, job.as_bytes())).unwrap();
    let maker = root().join("fixtures/maker");
    for day in ["2025-06-30", "2025-09-30"] {
        run(&maker, day, csv.path(), "jobs/quarterly.toml");
        run(&maker, day, parquet.path(), path.to_str().unwrap());
    }
    for table in ["revisions", "realised_accuracy", "waterfall"] {
        // Their metadata differ: they name the job.
        let frame = |out: &Path| {
            let file =
                std::fs::File::open(common::within(&out.join(format!("2025Q3/{table}.parquet")))).unwrap();
            ParquetReader::new(file).finish().unwrap()
        };
        assert!(frame(csv.path()).equals_missing(&frame(parquet.path())), "{table}");
    }
}

#[test]
fn compare_prints_what_differs() {
    let out = tempfile::tempdir().unwrap();
    let maker = root().join("fixtures/maker");
    for day in ["2025-06-30", "2025-09-30"] {
        run(&maker, day, out.path(), "jobs/quarterly.toml");
    }
    let [old, new] = ["2025Q2", "latest"].map(|v| out.path().join(v).to_str().unwrap().to_owned());
    let output = wafercast(&["compare", &old, &new, "--table", "shipment_forecast"]);
    assert!(output.status.success(), "{}", reported(&output));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let (before, now) = (base_units(Path::new(&old)), base_units(Path::new(&new)));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["table", "key", "column", "old", "new", "change"]);
    let mut seen = 0;
    for line in reader.records().map(Result::unwrap).filter(|r| &r[2] == "units") {
        let key: Vec<&str> = line[1].split('/').collect();
        if let ["base", month, model] = key[..] {
            let at = |units: &BTreeMap<(String, String), i64>| {
                units.get(&(month.to_owned(), model.to_owned())).map(ToString::to_string).unwrap_or_default()
            };
            assert_eq!((line[3].to_owned(), line[4].to_owned()), (at(&before), at(&now)));
            seen += 1;
        }
    }
    assert!(seen > 20);
    assert!(
        reported(&output).contains("changed: as-of date: 2025-09-30, before 2025-06-30"),
        "{}",
        reported(&output)
    );
    let same = wafercast(&["compare", &new, &new]);
    assert_eq!(String::from_utf8(same.stdout).unwrap().lines().count(), 1, "only the header");
    assert_eq!(wafercast(&["compare", &old, out.path().to_str().unwrap()]).status.code(), Some(2));
}
