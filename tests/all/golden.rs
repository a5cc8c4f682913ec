//! Small makers whose tables are compared byte for byte: the miniature, worked out by hand in fixtures/miniature/README.md, and
//! the second, whose README works out what the miniature does not have.

use crate::common::{files, reported, root, rows, wafercast};

fn as_expected(fixture: &str) {
    let out = tempfile::tempdir().unwrap();
    let job = format!("fixtures/{fixture}/job.toml");
    let output = wafercast(&["run", &job, "--out", out.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", reported(&output));
    let made = files(&out.path().join("2025Q3"));
    let expected = files(&root().join(format!("fixtures/{fixture}/expected")));
    assert_eq!(expected.len(), wafercast::tables::SPECS.len(), "one CSV a table");
    for (name, bytes) in expected {
        let made = String::from_utf8_lossy(&made[&name]).into_owned();
        assert_eq!(made, String::from_utf8_lossy(&bytes), "{name}");
    }
}

/// Where files lie, and which rows are totals of which.
#[test]
fn files_for_people_lie_on_top_and_rows_of_one_level_add_up() {
    let out = tempfile::tempdir().unwrap();
    let output = wafercast(&["run", "jobs/quarterly.toml", "--out", out.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", reported(&output));
    let vintage = out.path().join("2025Q3");
    let mut names: Vec<String> = std::fs::read_dir(&vintage)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let on_top = [
        "csv",
        "forecast.xlsx",
        "job.toml",
        "manifest.json",
        "parquet",
        "placed_orders.csv",
        "report.html",
        "summary.md",
    ];
    assert_eq!(names, on_top);
    for tables in ["csv", "parquet"] {
        let count = std::fs::read_dir(vintage.join(tables)).unwrap().count();
        assert_eq!(count, wafercast::tables::SPECS.len(), "{tables}");
    }
    let rows = rows(&vintage.join("csv/shipment_forecast_quarterly.csv"));
    let units = |level: &str, quarter: &str, model: &str| -> i64 {
        let of = |column: &str, wanted: &str, row: &std::collections::BTreeMap<String, String>| {
            wanted.is_empty() || row[column] == wanted
        };
        let found = rows.iter().filter(|row| {
            row["scenario"] == "base"
                && of("level", level, row)
                && of("quarter", quarter, row)
                && of("model", model, row)
        });
        found.map(|row| row["units"].parse::<i64>().unwrap()).sum()
    };
    let all = units("total", "12M", "ALL");
    assert!(all > 0 && units("detail", "", "") == all, "every model in every quarter, once");
    assert_eq!(units("detail", "12M", "") + units("detail", "", "ALL"), 0, "no total is a detail");
}

#[test]
fn the_miniature_gives_the_numbers_worked_out_by_hand() {
    as_expected("miniature");
}

#[test]
fn the_second_maker_gives_the_tables_that_were_recorded() {
    as_expected("second");
}
#[test]
fn the_generator_gives_the_fixtures_of_the_maker() {
    let folder = tempfile::tempdir().unwrap();
    let mut example = std::path::PathBuf::from(env!("CARGO_BIN_EXE_wafercast"));
    example.pop();
    let example = example.join("examples/generate_fixtures");
    let status = std::process::Command::new(&example).arg(folder.path()).output().unwrap();
    assert!(status.status.success());
    assert_eq!(files(folder.path()), files(&root().join("fixtures/maker")));
}
