//! Fiscal years that do not start in January: the miniature in a year from February, whose quarters end in April, July, October
//! and January.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

use crate::common::{copy_of, edit, reported, rows, text, wafercast};

/// The miniature with a fiscal year from this month; stock as it is, counted on a day.
fn maker(starts: u32, day: &str) -> tempfile::TempDir {
    let folder = copy_of("miniature");
    starts_in(folder.path(), starts);
    counted(folder.path(), day);
    folder
}

fn starts_in(folder: &Path, month: u32) {
    edit(&folder.join("job.toml"), |job| {
        let kept: Vec<&str> = job.lines().filter(|line| !line.starts_with("fiscal_year_starts")).collect();
        kept.join("\n").replacen("seed = 1", &format!("seed = 1\nfiscal_year_starts = {month}"), 1) + "\n"
    });
}

/// Stock and wafers are counted on a day: all kinds of stock on the same.
fn counted(folder: &Path, day: &str) {
    edit(&folder.join("supply.csv"), |text| {
        let line = |line: &str| match line.split_once(',') {
            Some((_, rest)) if rest.contains("_on_hand") => format!("{day},{rest}\n"),
            _ => format!("{line}\n"),
        };
        text.lines().map(line).collect()
    });
}

fn run(folder: &Path, as_of: &str) -> Output {
    wafercast(&["run", folder.join("job.toml").to_str().unwrap(), "--as-of", as_of])
}

fn ran(folder: &Path, as_of: &str) -> String {
    let output = run(folder, as_of);
    assert!(output.status.success(), "{}", reported(&output));
    reported(&output)
}

fn said(folder: &Path, args: &[&str]) -> String {
    let out = folder.join("out");
    let output = wafercast(&[args, &["--out", out.to_str().unwrap()]].concat());
    assert!(output.status.success(), "{}", reported(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn table(folder: &Path, vintage: &str, name: &str) -> Vec<BTreeMap<String, String>> {
    rows(&folder.join("out").join(vintage).join(format!("{name}.csv")))
}

/// As of 31 July 2025, the end of the second quarter of FY2026. Open are 20 machines of the order of May (August), 40 of June (August,
/// September) and 60 of July (August to October): 60, 40 and 20 firm, 120 in the third quarter. 60 ship in every month.
#[test]
fn quarters_are_those_of_the_fiscal_year() {
    let folder = maker(2, "2025-07-31");
    let printed = ran(folder.path(), "2025-07-31");
    assert!(printed.contains("published") && printed.contains("out/FY2026Q2"), "{printed}");
    let quarterly: Vec<[String; 4]> = table(folder.path(), "FY2026Q2", "shipment_forecast_quarterly")
        .iter()
        .filter(|row| row["scenario"] == "base" && row["model"] == "ALL")
        .map(|row| ["vintage", "quarter", "firm_units", "units"].map(|column| row[column].clone()))
        .collect();
    let expected = [
        ("12M", "120", "720"),
        ("FY2026Q3", "120", "180"),
        ("FY2026Q4", "0", "180"),
        ("FY2027Q1", "0", "180"),
        ("FY2027Q2", "0", "180"),
    ];
    let expected: Vec<[String; 4]> = expected
        .iter()
        .map(|(quarter, firm, units)| ["FY2026Q2", quarter, firm, units].map(str::to_owned))
        .collect();
    assert_eq!(quarterly, expected);
    let months: Vec<(String, String)> = table(folder.path(), "FY2026Q2", "shipment_forecast")
        .iter()
        .filter(|row| row["scenario"] == "base" && row["model"] == "ALL")
        .map(|row| (row["month"].clone(), row["quarter"].clone()))
        .collect();
    let quarter = |month: &str| &months.iter().find(|(known, _)| known == month).unwrap().1;
    assert_eq!(
        ["2025-08-01", "2025-10-01", "2025-11-01", "2026-01-01", "2026-02-01"].map(quarter),
        ["FY2026Q3", "FY2026Q3", "FY2026Q4", "FY2026Q4", "FY2027Q1"]
    );
    for (file, words) in [
        ("report.html", "FY2026Q3"),
        ("summary.md", "# FY2026Q2 of job miniature"),
        ("placed_orders.csv", "FY2026Q2/CHIP/"),
    ] {
        assert!(text(&folder.path().join("out/FY2026Q2").join(file)).contains(words), "{file}");
    }
    // Whoever looks at it by its name finds it.
    let shown = said(folder.path(), &["show", "FY2026Q2"]);
    assert!(shown.contains("\nFY2026Q3 ") && shown.contains("\nFY2027Q2 "), "{shown}");
    let order = table(folder.path(), "FY2026Q2", "wafer_orders").remove(0);
    let name = format!("FY2026Q2/{}/{}/{}", order["chip"], order["foundry"], order["place_by"]);
    assert!(said(folder.path(), &["explain", &name]).starts_with(&format!("{name}: ")));
    // The same again, and a correction.
    assert!(ran(folder.path(), "2025-07-31").contains("unchanged: "));
    edit(&folder.path().join("supply.csv"), |text| text.replace("CHIP,3000", "CHIP,2900"));
    assert!(ran(folder.path(), "2025-07-31").contains("out/FY2026Q2-r2"));
    assert_eq!(said(folder.path(), &["latest", "FY2026Q2"]), "latest -> FY2026Q2\n");
    assert_eq!(std::fs::read_link(folder.path().join("out/latest")).unwrap(), Path::new("FY2026Q2"));
    let withdrawn = said(folder.path(), &["withdraw", "FY2026Q2", "--reason", "tried"]);
    assert!(withdrawn.ends_with("latest -> FY2026Q2-r2\n"), "{withdrawn}");
    assert!(
        said(folder.path(), &["explain", &name]).contains("(vintage FY2026Q2-r2, "),
        "the newest that stands"
    );
    // A vintage that can no longer be read is named as it is called, and can be withdrawn.
    std::fs::remove_file(folder.path().join("out/FY2026Q2-r2/manifest.json")).unwrap();
    std::fs::create_dir(folder.path().join("out/FY2026Q2-r2/manifest.json")).unwrap();
    let broken = run(folder.path(), "2025-07-31");
    assert_eq!(broken.status.code(), Some(73), "{}", reported(&broken));
    assert!(reported(&broken).contains("cannot read vintage FY2026Q2-r2"), "{}", reported(&broken));
    said(folder.path(), &["withdraw", "FY2026Q2-r2", "--reason", "cannot be read"]);
    assert!(ran(folder.path(), "2025-07-31").contains("out/FY2026Q2-r3"));
}

/// Replayed are the ends of quarters with a year of orders before and a quarter after them: October 2024, January and April 2025. The
/// trailing mean of October is of 20 + 40 + 60 (November to January) and three quarters of 180, 165: 15 off, the others 0. Of three
/// quarters ahead one, of two two, of one all three are known. Firm are 120 of 180 of the next quarter.
#[test]
fn replays_begin_at_the_ends_of_fiscal_quarters() {
    let folder = maker(2, "2025-07-31");
    ran(folder.path(), "2025-07-31");
    let backtest = table(folder.path(), "FY2026Q2", "backtest");
    let of = |method: &str, level: &str, horizon: &str| -> Option<(String, String)> {
        let row = backtest.iter().find(|row| {
            row["method"] == method
                && row["level"] == level
                && row["horizon"] == horizon
                && row["target"] == "shipments"
                && row["model"] == "ALL"
        });
        row.map(|row| (row["n"].clone(), row["wape"].clone()))
    };
    let scored = |n: &str, wape: &str| Some((n.to_owned(), wape.to_owned()));
    assert_eq!(of("trailing_mean", "quarter", "1"), scored("3", "0.0278"));
    assert_eq!(of("trailing_mean", "quarter", "2"), scored("2", "0.0417"));
    assert_eq!(of("trailing_mean", "quarter", "3"), scored("1", "0.0833"));
    assert_eq!(of("trailing_mean", "quarter", "4"), None);
    assert_eq!(of("model", "12M", "4"), None);
    assert_eq!(of("backlog_only", "quarter", "1"), scored("3", "0.3333"));
    assert_eq!(of("model", "quarter", "1"), scored("3", "0.0000"));
}

/// A maker goes from the calendar to a year from February. The vintages of before keep their names and are compared with month by
/// month: of the 180 machines that 2025Q2 forecast for July to September all have left by then.
#[test]
fn vintages_of_another_year_are_compared_with() {
    let folder = maker(1, "2025-06-30");
    ran(folder.path(), "2025-06-30");
    starts_in(folder.path(), 2);
    counted(folder.path(), "2025-07-31");
    ran(folder.path(), "2025-07-31");
    let bridge = |vintage: &str, status: &str| -> (Vec<String>, i64, i64) {
        let rows = table(folder.path(), vintage, "revisions");
        let rows: Vec<_> =
            rows.iter().filter(|row| row["model"] == "ALL" && row["status"] == status).collect();
        let sum = |column: &str| rows.iter().map(|row| row[column].parse::<i64>().unwrap()).sum();
        let previous =
            rows.iter().map(|row| row["previous_vintage"].clone()).collect::<std::collections::BTreeSet<_>>();
        (previous.into_iter().collect(), sum("previous"), sum("now"))
    };
    // July has left, eleven months are forecast by both.
    assert_eq!(bridge("FY2026Q2", "delivered"), (vec!["2025Q2".to_owned()], 60, 60));
    assert_eq!(bridge("FY2026Q2", "forecast"), (vec!["2025Q2".to_owned()], 660, 660));
    // September ends no quarter of that year.
    counted(folder.path(), "2025-09-30");
    ran(folder.path(), "2025-09-30");
    assert_eq!(bridge("2025-09", "delivered"), (vec!["FY2026Q2".to_owned()], 120, 120));
    let realised = table(folder.path(), "2025-09", "realised_accuracy");
    let scored: Vec<[String; 4]> = realised
        .iter()
        .filter(|row| row["model"] == "ALL")
        .map(|row| ["lag", "n", "forecast_units", "actual_units"].map(|column| row[column].clone()))
        .collect();
    assert_eq!(
        scored,
        [["1", "1", "180", "180"].map(str::to_owned)],
        "of 2025Q2; of FY2026Q2 October is not over"
    );
    // Back to the calendar on the same date: a revision of the same months.
    starts_in(folder.path(), 1);
    let back = ran(folder.path(), "2025-09-30");
    assert!(
        back.contains("out/2025Q3-r2") && back.contains("changed: revises 2025-09: the job file"),
        "{back}"
    );
    assert_eq!(std::fs::read_link(folder.path().join("out/latest")).unwrap(), Path::new("2025Q3-r2"));
}

/// The second quarter of FY2026 ends in July in a year from February, and in August in one from March.
#[test]
fn a_name_that_other_months_have_is_refused() {
    let folder = maker(2, "2025-07-31");
    ran(folder.path(), "2025-07-31");
    starts_in(folder.path(), 3);
    let output = run(folder.path(), "2025-08-31");
    assert_eq!(output.status.code(), Some(73), "{}", reported(&output));
    let said = reported(&output);
    assert!(
        said.contains("holds FY2026Q2 as of 2025-07-31, made with another fiscal_year_starts: this vintage, as of 2025-08-31, would be called the same"),
        "{said}"
    );
    // The next quarter's name is free, and it is compared with what is there.
    counted(folder.path(), "2025-09-30");
    assert!(ran(folder.path(), "2025-09-30").contains("FY2026Q2 said"));
}

#[test]
fn what_is_no_month_is_refused_with_the_reason() {
    for wrong in ["0", "13", "\"4-4-5\"", "1.5"] {
        let folder = maker(1, "2025-09-30");
        edit(&folder.path().join("job.toml"), |job| {
            job.replacen("fiscal_year_starts = 1", &format!("fiscal_year_starts = {wrong}"), 1)
        });
        let output = run(folder.path(), "2025-09-30");
        let said = reported(&output);
        assert_eq!(output.status.code(), Some(78), "{said}");
        assert!(said.contains(&format!("`{wrong}` is no month that a fiscal year starts in")), "{said}");
        assert!(said.contains("52 or 53 weeks") && said.contains("job.toml:7"), "{said}");
    }
}

/// The last completed quarter ends in January, April, July or October, and is named.
#[test]
fn without_as_of_the_last_fiscal_quarter_is_taken() {
    let folder = maker(2, "2025-07-31");
    edit(&folder.path().join("job.toml"), |text| text.replacen("as_of = 2025-09-30", "", 1));
    let output = wafercast(&["check", folder.path().join("job.toml").to_str().unwrap()]);
    let line = String::from_utf8(output.stdout).unwrap().lines().next().unwrap().to_owned();
    let day = line.strip_prefix("as of ").unwrap()[..10].to_owned();
    assert!(["01-31", "04-30", "07-31", "10-31"].contains(&&day[5..]), "{line}");
    assert!(line.contains(", the end of the last completed quarter, FY20"), "{line}");
}

#[test]
fn init_writes_the_year_into_job_and_schedules() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("new");
    let output = wafercast(&["init", made.to_str().unwrap(), "--fiscal-year-starts", "12"]);
    assert!(output.status.success(), "{}", reported(&output));
    assert!(text(&made.join("job.toml")).contains("\nfiscal_year_starts = 12 "));
    for (file, months) in [
        ("crontab", "0 6 5-9 3,6,9,12 *"),
        ("wafercast.timer", "OnCalendar=*-03,06,09,12-05..09 06:00:00"),
        ("github-actions.yml", "5-9 3,6,9,12 *\""),
        ("gitlab-ci.yml", "5-9 3,6,9,12 *`"),
    ] {
        assert!(text(&made.join("schedule").join(file)).contains(months), "{file}");
    }
    let wrong = wafercast(&["init", folder.path().join("x").to_str().unwrap(), "--fiscal-year-starts", "13"]);
    assert!(!wrong.status.success() && reported(&wrong).contains("from 1 to 12"), "{}", reported(&wrong));
}

/// Deliveries as quarters: in a year from February 2026Q1 is February to April 2025. `quarter` alone can be of either year.
#[test]
fn quarters_in_cells_are_of_the_year_that_is_declared() {
    let first = |form: &str| -> Result<String, String> {
        let folder = maker(2, "2025-07-31");
        edit(&folder.path().join("job.toml"), |job| {
            let declared =
                format!("path = \"futures_orders.csv\"\ndate_formats = {{ delivery_start = \"{form}\" }}");
            job.replacen("path = \"futures_orders.csv\"", &declared, 1)
        });
        // The order of July is due in the quarter called 2026Q3, August to October 2025 of that year.
        edit(&folder.path().join("futures_orders.csv"), |text| text.replacen("2025-08,3,", "2026Q3,3,", 1));
        let output = run(folder.path(), "2025-07-31");
        if !output.status.success() {
            return Err(reported(&output));
        }
        let rows = table(folder.path(), "FY2026Q2", "shipment_forecast");
        let due = rows
            .iter()
            .filter(|row| row["scenario"] == "base" && row["model"] == "ALL" && row["firm_units"] != "0");
        Ok(due
            .map(|row| format!("{} {}", &row["month"][..7], row["firm_units"]))
            .collect::<Vec<_>>()
            .join(", "))
    };
    assert_eq!(first("fiscal_quarter").unwrap(), "2025-08 60, 2025-09 40, 2025-10 20");
    // In the calendar it is due a year later than it was, in July to September 2026; only the last twelve months are forecast.
    assert_eq!(first("calendar_quarter").unwrap(), "2025-08 40, 2025-09 20, 2026-07 20");
    let said = first("quarter").unwrap_err();
    assert!(said.contains("can be of the calendar or of the fiscal year that starts in month 2"), "{said}");
    assert!(said.contains("write calendar_quarter or fiscal_quarter"), "{said}");
}
