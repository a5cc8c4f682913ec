//! The queries of the guide give the numbers of the CSV files: in SQL (`DuckDB`) and in Python (polars), where they are there.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::{self, reported, rows, wafercast};

/// Runs every statement of queries.md and the cells of queries.py in the folder above `out`; prints their rows as JSON.
const RUN: &str = r#"
import datetime, decimal, json, re, runpy, sys
guide = sys.argv[1]
import duckdb
text = open(guide + "/queries.md").read()
results = []
for statement in re.findall(r"```sql\n(.*?)```", text, re.S):
    result = duckdb.sql(statement)
    if result is not None and result.columns != ["Count"]:
        results.append([dict(zip(result.columns, row)) for row in result.fetchall()])
def plain(value):
    if isinstance(value, datetime.datetime): return value.date().isoformat()
    if isinstance(value, datetime.date): return value.isoformat()
    return float(value)
out, sys.stdout = sys.stdout, sys.stderr
cells = runpy.run_path(guide + "/queries.py")
sys.stdout = out
frames = {name: cells[name].to_dicts() for name in ["forecast", "wafers", "bridge"]}
print(json.dumps({"sql": results, "polars": frames}, default=plain))
"#;

fn whole(row: &Value, column: &str) -> Option<i64> {
    let value = &row[column];
    value.as_i64().or_else(|| value.as_f64().map(|number| number as i64))
}

fn text<'a>(row: &'a Value, column: &str) -> &'a str {
    row[column].as_str().unwrap_or_default()
}

fn number(cell: &str) -> i64 {
    cell.parse::<f64>().unwrap() as i64
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Units by vintage and month with what shipped; wafers by chip, month and decision; `previous` and `now` by status.
type Numbers = (
    Vec<(String, String, i64, Option<i64>)>,
    BTreeMap<(String, String, String), i64>,
    BTreeMap<String, [i64; 2]>,
);

fn of_csv(out: &Path) -> Numbers {
    let table = |vintage: &str, table: &str| rows(&out.join(vintage).join(format!("{table}.csv")));
    let shipped: BTreeMap<String, i64> = table("2025Q3-r2", "history")
        .iter()
        .filter(|row| row["model"] == "ALL")
        .map(|row| (row["month"].clone(), number(&row["delivered_units"])))
        .collect();
    let mut forecast = Vec::new();
    for vintage in ["2025Q2", "2025Q3-r2"] {
        for row in table(vintage, "shipment_forecast") {
            if row["scenario"] == "base" && row["model"] == "ALL" {
                let month = row["month"].clone();
                let left = shipped.get(&month).copied();
                forecast.push((vintage.to_owned(), month, number(&row["units"]), left));
            }
        }
    }
    let mut wafers = BTreeMap::new();
    for row in table("2025Q3-r2", "wafer_orders") {
        let month = format!("{}-01", &row["place_by"][..7]);
        let key = (row["chip"].clone(), month, row["decision"].clone());
        *wafers.entry(key).or_insert(0) += number(&row["wafers"]);
    }
    let mut bridge: BTreeMap<String, [i64; 2]> = BTreeMap::new();
    for row in table("2025Q3-r2", "revisions").iter().filter(|row| row["level"] == "total") {
        let sums = bridge.entry(row["status"].clone()).or_default();
        sums[0] += number(&row["previous"]);
        sums[1] += number(&row["now"]);
    }
    (forecast, wafers, bridge)
}

fn of_json(forecast: &Value, wafers: &Value, bridge: &Value, units: &str) -> Numbers {
    let list = |value: &Value| value.as_array().unwrap().clone();
    let forecast = list(forecast).into_iter().map(|row| {
        let (vintage, month) = (text(&row, "vintage").to_owned(), text(&row, "month").to_owned());
        (vintage, month, whole(&row, units).unwrap(), whole(&row, "shipped"))
    });
    let wafers = list(wafers).into_iter().map(|row| {
        let key = (
            text(&row, "chip").to_owned(),
            text(&row, "month").to_owned(),
            text(&row, "decision").to_owned(),
        );
        (key, whole(&row, "wafers").unwrap())
    });
    let bridge = list(bridge).into_iter().map(|row| {
        (text(&row, "status").to_owned(), ["previous", "now"].map(|column| whole(&row, column).unwrap()))
    });
    (forecast.collect(), wafers.collect(), bridge.collect())
}

#[test]
fn queries_over_all_vintages_give_the_numbers_of_the_tables() {
    let python = |code: &str| Command::new("python3").args(["-c", code]).output();
    if !python("import duckdb, polars").is_ok_and(|output| output.status.success()) {
        common::skipped("there is no python3 with duckdb and polars");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    for day in ["2025-06-30", "2025-09-30"] {
        let args = ["run", "--quiet", "jobs/quarterly.toml", "--as-of", day, "--out", out.to_str().unwrap()];
        let output = wafercast(&args);
        assert!(output.status.success(), "{}", reported(&output));
    }
    // A revision, which alone counts of its quarter, and a vintage that was withdrawn, which does not count.
    copy(&out.join("2025Q3"), &out.join("2025Q3-r2"));
    copy(&out.join("2025Q2"), &out.join("2025-08"));
    drop(std::fs::File::create(out.join("2025-08/WITHDRAWN.txt")).unwrap());
    let guide = common::root().join("docs/guide");
    let output = Command::new("python3")
        .args(["-c", RUN, guide.to_str().unwrap()])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", reported(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = of_csv(&out);
    assert_eq!(expected.0.len(), 24, "twelve months of two vintages");
    assert_eq!(expected.0.iter().filter(|row| row.3.is_some()).count(), 3, "three months have shipped");
    let sql = found["sql"].as_array().unwrap();
    assert_eq!(sql.len(), 5, "statements of queries.md: {found:#}");
    assert_eq!(of_json(&sql[0], &sql[2], &sql[3], "forecast"), expected);
    assert_eq!(sql[4], Value::Array(Vec::new()), "models add up to the total");
    let frames = &found["polars"];
    assert_eq!(of_json(&frames["forecast"], &frames["wafers"], &frames["bridge"], "units"), expected);
    // WAPE of the first month ahead: |5,778 - 6,317| / 6,317 with the numbers of the tables.
    let first = expected.0.iter().find(|row| row.3.is_some()).unwrap();
    let wape = (first.2 - first.3.unwrap()).unsigned_abs() as f64 / first.3.unwrap() as f64;
    assert_eq!(sql[1].as_array().unwrap().len(), 3, "three lags");
    assert!((sql[1][0]["wape"].as_f64().unwrap() - wape).abs() < 1e-9, "{:#}", sql[1]);
}
