//! Assembly capacity: on the miniature by hand, and as a law on the fixtures.

use std::collections::BTreeMap;

use crate::common::{copy_of, edit, reported, root, rows, text, wafercast};

type Row = BTreeMap<String, String>;

fn number(row: &Row, column: &str) -> i64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

/// Rows of all models of the base scenario by month, with keys under `[factory]`; what was said.
fn fixtures(keys: &str) -> (Vec<Row>, i64, String) {
    let folder = tempfile::tempdir().unwrap();
    let job = text(&root().join("jobs/quarterly.toml"))
        .replace("paths = 2000", "paths = 400")
        .replace("[factory]\n", &format!("[factory]\n{keys}\n"));
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
        let keys = capacity.map(|most| format!("machines_per_month = {most}"));
        let (months, wafers, said) = fixtures(&keys.unwrap_or_default());
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

/// Level loading moves what is built and nothing else: by month more evenly, never later than it ships, chips never below 0, and every other
/// table as it was.
#[test]
fn level_loading_moves_only_what_is_built() {
    let run = |keys: &str| {
        let folder = tempfile::tempdir().unwrap();
        let job = text(&root().join("jobs/quarterly.toml"))
            .replace("paths = 2000", "paths = 400")
            .replace("[factory]\n", &format!("[factory]\n{keys}\n"));
        let path = folder.path().join("job.toml");
        std::fs::File::create(&path)
            .and_then(|mut f| std::io::Write::write_all(&mut f, job.as_bytes()))
            .unwrap();
        let [path, inputs, out] = [path, root().join("fixtures/maker"), folder.path().join("out")]
            .map(|path| path.display().to_string());
        let output = wafercast(&["run", &path, "--inputs", &inputs, "--out", &out]);
        (folder, reported(&output))
    };
    let built = |rows: &[Row]| -> Vec<i64> {
        let mut months = std::collections::BTreeMap::new();
        for row in rows.iter().filter(|row| row["scenario"] == "base" && row["kind"] == "machines") {
            *months.entry(row["month"].clone()).or_insert(0) += number(row, "built");
        }
        months.into_values().collect()
    };
    let ((plain, _), (flat, said)) = (run(""), run("level_within = 0"));
    let csv = |folder: &tempfile::TempDir, name: &str| folder.path().join("out/2025Q3/csv").join(name);
    for name in [
        "shipment_forecast.csv",
        "wafer_orders.csv",
        "pegging.csv",
        "open_orders.csv",
        "cash.csv",
        "shortages.csv",
    ] {
        assert_eq!(text(&csv(&plain, name)), text(&csv(&flat, name)), "{name}");
    }
    let [before, after] = [&plain, &flat].map(|folder| rows(&csv(folder, "stock.csv")));
    let (chased, level) = (built(&before), built(&after));
    let (mut sums, mut ahead) = ((0, 0), 0);
    for (chased, level) in chased.iter().zip(&level) {
        sums = (sums.0 + chased, sums.1 + level);
        assert!(sums.1 >= sums.0, "never later than it ships: {chased:?} {level:?}");
        ahead = ahead.max(sums.1 - sums.0);
    }
    assert_eq!(sums.0, sums.1, "all of it is built");
    let change = |months: &[i64]| -> i64 { months.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum() };
    assert!(ahead > 0 && change(&level) < change(&chased), "{chased:?} {level:?}");
    assert!(level.iter().max() <= chased.iter().max(), "{chased:?} {level:?}");
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before["shipped"], after["shipped"]);
        assert!(number(after, "end") >= 0, "{after:?}");
    }
    let digits: String = said.chars().filter(|c| *c != ',').collect();
    let means = [&level, &chased].map(|months| (change(months) as f64 / 11.0).round());
    let words = format!(
        "from month to month {} machines more or fewer are built on average {} without; at most {ahead} stand",
        means[0], means[1]
    );
    assert!(digits.contains(&words), "{words}: {said}");
}

/// Fewer pieces of a part that every model takes never ship more by the end of any month; as many as any month could take change nothing.
#[test]
fn fewer_parts_never_ship_more() {
    let job = text(&root().join("jobs/quarterly.toml"));
    let each: Vec<String> = job
        .split("[[models]]")
        .skip(1)
        .map(|model| format!("\"{}\" = 2", model.split('"').nth(1).unwrap()))
        .collect();
    let per_machine = each.join(", ");
    let shipped = |stock: u32| -> (Vec<i64>, String) {
        let (months, _, said) = fixtures(&format!(
            "[[parts]]\nname = \"psu\"\nper_machine = {{ {per_machine} }}\nlead_months = 5\nstock = {stock}\narrivals = {{ \"2025-12\" = 4000 }}"
        ));
        let mut sum = 0;
        let sums = months.iter().map(|row| {
            sum += number(row, "constrained_units");
            sum
        });
        (sums.collect(), said)
    };
    let (all, said) = shipped(4_000_000);
    assert!(!said.contains("hold back"), "{said}");
    let mut before = all;
    for stock in [20_000, 5_000, 0] {
        let (sums, said) = shipped(stock);
        assert!(sums.iter().zip(&before).all(|(less, more)| less <= more), "{sums:?} {before:?}");
        assert!(sums.iter().sum::<i64>() < before.iter().sum(), "{stock} limits: {sums:?}");
        assert!(said.contains("other parts than chips hold back"), "{said}");
        before = sums;
    }
}

/// The miniature with keys: rows of a table, and what was said.
fn miniature(keys: &str, table: &str) -> (Vec<Row>, String) {
    let folder = copy_of("miniature");
    let folder = folder.path();
    edit(&folder.join("job.toml"), |text| format!("{text}\n{keys}\n"));
    let [job, out] = ["job.toml", "out"].map(|name| folder.join(name).display().to_string());
    let output = wafercast(&["run", &job, "--out", &out]);
    let said = reported(&output);
    assert!(output.status.success(), "{said}");
    (rows(&folder.join("out/2025Q3").join(table)), said)
}

/// Power supplies of the miniature: one a machine, 10 in stock and 25 that come in October, three months from order to hand. Of the 30
/// machines that chips let build in October 10 are built, 20 wait. November has chips for 60 machines (20 held, 40 of its own; 34 of the 40
/// on order, as 15% come late, and 20 of dies) and 25 supplies. From the fifth month, February, on more can be ordered, by the end of
/// October (February less one month of assembly less three).
#[test]
fn parts_of_the_miniature_by_hand() {
    let part = "[[parts]]\nname = \"psu\"\nper_machine = { MINI = 1 }\nstock = 10\nlead_months = 3\narrivals = { \"2025-10\" = 25 }";
    let (all, said) = miniature(part, "shipment_forecast.csv");
    let months: Vec<(i64, i64)> = all
        .iter()
        .filter(|row| row["scenario"] == "base" && row["model"] == "ALL")
        .map(|row| (number(row, "constrained_units"), number(row, "waiting_for_assembly_units")))
        .collect();
    // October: 30 of stock and 10 built. November 25, and so on: none until February, which builds what chips let.
    assert_eq!(months[..4].iter().map(|month| month.0).collect::<Vec<_>>(), [40, 25, 0, 0], "{months:?}");
    assert_eq!(months[0].1, 20);
    assert!(said.contains("part `psu`: "), "{said}");
    assert!(said.contains("for machines up to 2026-02 must be ordered by 2025-10-31"), "{said}");
    let (short, _) = miniature(part, "shortages.csv");
    let october = short.iter().find(|row| row["month"].starts_with("2025-10")).unwrap();
    let cells = ["waiting_units", "waiting_for_assembly_units", "cause", "chips_short", "expedite_machines"];
    assert_eq!(cells.map(|cell| october[cell].as_str()), ["20", "20", "assembly", "0", ""]);
    let (open, _) = miniature(part, "open_orders.csv");
    let late: i64 = open
        .iter()
        .filter(|row| row["promised_month"].starts_with("2025-10") && row["waits_for"] == "assembly")
        .map(|row| number(row, "machines"))
        .sum();
    assert_eq!(late, 20, "20 of October's 60 are late because of the factory");
    let in_time = |row: &&Row| row["expected_month"] == row["promised_month"];
    assert!(open.iter().filter(in_time).all(|row| row["waits_for"].is_empty()));
    // Without a limit nobody is said to wait for the factory.
    let (plain, _) = miniature("", "open_orders.csv");
    assert!(plain.iter().all(|row| row["waits_for"].is_empty()));
    let (plain, _) = miniature("", "shortages.csv");
    assert!(
        plain.iter().all(|row| row["waiting_for_assembly_units"].is_empty() && row["cause"] != "assembly")
    );
}

#[test]
fn limits_that_do_nothing_are_told() {
    let (_, said) = miniature("[factory]\nmonths = { \"2026-10\" = 10 }", "stock.csv");
    assert!(
        said.contains("months: 2026-10 lie beyond 2026-09, the last month forecast, and change nothing yet"),
        "{said}"
    );
    let (_, said) = miniature(
        "[[parts]]\nname = \"psu\"\nper_machine = { MINI = 1 }\nstock = 9999\nlead_months = 3\narrivals = { \"2025-09\" = 25 }",
        "stock.csv",
    );
    assert!(said.contains("arrivals of 2025-09 are not after 2025-09"), "{said}");
    let (_, said) = miniature("[factory]\nmachines_per_month = 1", "stock.csv");
    assert!(!said.contains("do nothing"), "{said}");
}

#[test]
fn parts_that_contradict_the_job_are_refused() {
    let folder = copy_of("miniature");
    let job = folder.path().join("job.toml");
    edit(&job, |text| {
        format!(
            "{text}\n[[parts]]\nname = \"psu\"\nper_machine = {{ MINNI = 1, MINI = 0 }}\nlead_months = 3\narrivals = {{ \"Feb\" = 1 }}\n"
        )
    });
    let said = reported(&wafercast(&["run", job.to_str().unwrap()]));
    for expected in [
        "per_machine names `MINNI`, which has no [[models]] entry",
        "per_machine of `MINI` is 0",
        "arrivals: `Feb` is not a month; write it as 2026-02",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
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
