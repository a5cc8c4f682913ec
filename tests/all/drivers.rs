//! Drivers of demand: what is known of each when, what it adds, and paths of the user's own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::common::{self, copy_of, edit, files, reported, root, rows, text, wafercast};

/// Folder of exports with the quarterly job beside them, changed; the vintage of 2025-03-31.
fn run(folder: &Path, out: &Path, change: impl FnOnce(String) -> String) -> std::path::PathBuf {
    let job = folder.join("job.toml");
    std::fs::copy(root().join("jobs/quarterly.toml"), &job).unwrap();
    edit(&job, change);
    let [job, inputs, to] = [&job, folder, out].map(|path| path.to_str().unwrap());
    let output = wafercast(&["run", job, "--inputs", inputs, "--as-of", "2025-03-31", "--out", to]);
    assert!(output.status.success(), "{}", reported(&output));
    out.join("2025Q1")
}

/// Each month's intake over the mean of its trailing year.
fn intake() -> Vec<(String, f64)> {
    let out = tempfile::tempdir().unwrap();
    let output = wafercast(&["run", "jobs/quarterly.toml", "--out", out.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", reported(&output));
    let all: Vec<(String, f64)> = rows(&out.path().join("2025Q3/history.csv"))
        .into_iter()
        .filter(|row| row["model"] == "ALL")
        .map(|row| (row["month"].clone(), row["intake_th"].parse().unwrap()))
        .collect();
    let ratio = |index: usize| -> f64 {
        let year = &all[(index + 1).saturating_sub(12)..=index];
        all[index].1 / (year.iter().map(|(_, th)| th).sum::<f64>() / year.len() as f64).max(1.0)
    };
    (0..all.len()).map(|index| (all[index].0.clone(), ratio(index))).collect()
}

/// The same as an export of a driver, dated as it happened.
fn oracle(published_on: &str) -> String {
    let mut lines = "date,name,value,published_on\n".to_owned();
    for (month, ratio) in intake() {
        let _ = writeln!(lines, "{month},oracle,{ratio:.6},{}", published_on.replace("DATE", &month));
    }
    lines
}

fn put(path: &Path, text: &str) {
    std::fs::File::create(path).and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes())).unwrap();
}

/// What `regression` has of a term of intake.
fn told_of(vintage: &Path, term: &str, column: &str) -> f64 {
    let all = rows(&vintage.join("regression.csv"));
    all.iter().find(|r| r["equation"] == "intake" && r["term"] == term).unwrap()[column].parse().unwrap()
}

/// Accuracy by replay of every method, target, level and horizon, without the vintage's own forecast.
fn backtest(vintage: &Path) -> String {
    text(&vintage.join("backtest.csv"))
}

#[test]
fn a_driver_that_equals_the_target_one_step_ahead_does_not_help() {
    let (plain, told_later, cheating) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = copy_of("maker");
    let without = run(folder.path(), plain.path(), |job| job);
    // Its values of later months are in the export; a lag-only driver's do not exist before their date.
    let export = folder.path().join("drivers.csv");
    std::fs::File::create(&export)
        .and_then(|mut f| std::io::Write::write_all(&mut f, oracle("").as_bytes()))
        .unwrap();
    let full = run(folder.path(), told_later.path(), |job| job);
    edit(&export, |text| {
        let known = text.lines().filter(|line| line.starts_with("date") || line[..10] <= *"2025-03-31");
        known.fold(String::new(), |all, line| all + line + "\n")
    });
    let cut = tempfile::tempdir().unwrap();
    let cut = run(folder.path(), cut.path(), |job| job);
    for (name, bytes) in files(&full) {
        // Everything else names the files that were read, by their SHA-256.
        if Path::new(&name).extension().is_some_and(|ending| ending == "csv") {
            assert_eq!(bytes, files(&cut)[&name], "{name}: rows after the as-of date were seen");
        }
    }
    // Were it known in advance it would count for more, and move the forecast: the test could fail.
    std::fs::File::create(&export)
        .and_then(|mut f| std::io::Write::write_all(&mut f, oracle("").as_bytes()))
        .unwrap();
    let known = "\n[[drivers]]\nname = \"oracle\"\nkind = \"known_in_advance\"\n";
    let seen = run(folder.path(), cheating.path(), |job| job + known);
    let weights = [&seen, &full].map(|vintage| told_of(vintage, "oracle", "weight"));
    assert!(weights[0] > weights[1], "{weights:?}");
    assert!(told_of(&seen, "oracle", "contribution").abs() > 0.01);
    assert_ne!(text(&seen.join("shipment_forecast.csv")), text(&without.join("shipment_forecast.csv")));
    // With the day on which each value became known beside it: known in advance by declaration, it has no value ahead and
    // is not used; lag-only, it is what it was without that day, in every replay.
    std::fs::File::create(&export)
        .and_then(|mut f| std::io::Write::write_all(&mut f, oracle("DATE").as_bytes()))
        .unwrap();
    let late = tempfile::tempdir().unwrap();
    let late = run(folder.path(), late.path(), |job| job + known);
    assert_eq!(backtest(&late), backtest(&without));
    assert_eq!(text(&late.join("shipment_forecast.csv")), text(&without.join("shipment_forecast.csv")));
    let dated = tempfile::tempdir().unwrap();
    let dated = run(folder.path(), dated.path(), |job| job);
    assert_eq!(backtest(&dated), backtest(&full));
}

#[test]
fn each_driver_s_part_adds_up_to_driver_units() {
    let out = tempfile::tempdir().unwrap();
    let folder = copy_of("maker");
    let export = folder.path().join("drivers.csv");
    put(&export, &oracle(""));
    let vintage = run(folder.path(), out.path(), |job| job);
    let mut sums: BTreeMap<[String; 3], i64> = BTreeMap::new();
    let mut drivers = std::collections::BTreeSet::new();
    for row in rows(&vintage.join("driver_contributions.csv")) {
        let key = ["scenario", "month", "model"].map(|column| row[column].clone());
        *sums.entry(key).or_default() += row["units"].parse::<i64>().unwrap();
        drivers.insert(row["driver"].clone());
    }
    assert_eq!(drivers.into_iter().collect::<Vec<_>>(), ["hashprice_gap", "oracle", "price_gap"]);
    for row in rows(&vintage.join("shipment_forecast.csv")) {
        let key = ["scenario", "month", "model"].map(|column| row[column].clone());
        assert_eq!(row["driver_units"].parse::<i64>().unwrap(), sums[&key], "{key:?}");
    }
    // Answers and drivers are weighed: the answers' weights sum to 1, a driver's is what is left of none and the others.
    let terms = rows(&vintage.join("regression.csv"));
    let weights = |market: bool| -> f64 {
        let terms =
            terms.iter().filter(|r| r["equation"] == "intake" && r["term"].contains("_gap_") == market);
        terms.map(|r| r["weight"].parse::<f64>().unwrap()).sum()
    };
    assert!((weights(true) - 1.0).abs() < 1e-5);
    assert!(weights(false) < 1.0);
}

#[test]
fn what_a_lower_price_takes_is_said_in_numbers_and_in_words() {
    let (out, folder) = (tempfile::tempdir().unwrap(), copy_of("maker"));
    let vintage = run(folder.path(), out.path(), |job| job);
    let terms = rows(&vintage.join("regression.csv"));
    let of = |term: &str| {
        terms.iter().find(|r| r["equation"] == "price_response" && r["term"] == term).unwrap().clone()
    };
    let share: f64 = of("2026Q1")["estimate"].parse().unwrap();
    assert!(share > 0.02 && share < 0.5, "{share}");
    let said = of("in_words")["reason"].clone();
    assert!(said.starts_with("a bitcoin price 30% lower from now on takes "), "{said}");
    assert!(said.contains(&format!(", {:.0}% of 2026Q1", 100.0 * share)), "{said}");
    let page = text(&vintage.join("report.html"));
    assert!(page.contains("A bitcoin price 30% lower from now on takes"));
}

#[test]
fn noise_moves_nothing_and_a_late_value_counts_from_its_day() {
    let folder = copy_of("maker");
    let export = folder.path().join("drivers.csv");
    let [out, noisy, late, early] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    let units = |vintage: &Path| -> Vec<f64> {
        let table = rows(&vintage.join("shipment_forecast_quarterly.csv"));
        let table = table.iter().filter(|r| r["scenario"] == "base" && r["model"] == "ALL");
        table.map(|r| r["units"].parse().unwrap()).collect()
    };
    let plain = units(&run(folder.path(), out.path(), |job| job));
    // Fifty drivers of a linear congruential generator.
    let mut lines = "date,name,value,published_on\n".to_owned();
    let mut state = 1_u64;
    let months = intake();
    for driver in 0..50 {
        for (month, _) in &months {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let _ = writeln!(lines, "{month},noise{driver},{},{month}", state >> 40);
        }
    }
    put(&export, &lines);
    let moved = units(&run(folder.path(), noisy.path(), |job| job));
    let change = plain.iter().zip(&moved).map(|(a, b)| (b / a - 1.0).abs()).sum::<f64>() / plain.len() as f64;
    assert!(change < 0.01, "{change}");
    // A value published on the 3rd of the next month is the newest known at every later month end.
    let published = |next: bool| {
        let mut lines = "date,name,value,published_on\n".to_owned();
        for (index, (month, ratio)) in months.iter().enumerate() {
            let known = months.get(index + 1).map_or("2099-01-01", |(month, _)| month).to_owned();
            let known = if next { format!("{}-03", &known[..7]) } else { month.clone() };
            let _ = writeln!(lines, "{month},index,{ratio:.6},{known}");
        }
        lines
    };
    let value = |text: String, out: &Path| -> f64 {
        put(&export, &text);
        let terms = rows(&run(folder.path(), out, |job| job).join("regression.csv"));
        terms.iter().find(|r| r["term"] == "index").unwrap()["driver_value"].parse().unwrap()
    };
    let (late, early) = (value(published(true), late.path()), value(published(false), early.path()));
    assert!((late - early).abs() > 1e-6, "the newest published value is February's: {late} and {early}");
}

#[test]
fn a_scenario_driver_moves_its_scenario_only() {
    // A driver that orders of its own month answer to, as the fixture's do to nothing: made of them.
    let folder = copy_of("maker");
    let (out, calm) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let export = folder.path().join("drivers.csv");
    let months = intake();
    let rows_of = |extra: &str| {
        let mut lines = "date,name,value,scenario\n".to_owned();
        for (month, ratio) in months.iter().filter(|(month, _)| month.as_str() <= "2025-03-31") {
            let _ = writeln!(lines, "{month},oracle,{ratio:.6},");
        }
        lines + extra
    };
    let ahead = |scenario: &str, value: f64| -> String {
        let months = (4..=12).map(|month| (2025, month)).chain((1..=3).map(|month| (2026, month)));
        months.fold(String::new(), |mut lines, (year, month)| {
            let _ = writeln!(lines, "{year}-{month:02}-15,oracle,{value},{scenario}");
            lines
        })
    };
    let declared = "\n[[drivers]]\nname = \"oracle\"\nkind = \"scenario\"\neffect = \"not_negative\"\n";
    let write = |text: String| {
        std::fs::File::create(&export)
            .and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes()))
            .unwrap();
    };
    write(rows_of(&(ahead("bear", 0.2) + &ahead("bull", 2.0))));
    let moved = run(folder.path(), out.path(), |job| job + declared);
    write(rows_of(""));
    let held = run(folder.path(), calm.path(), |job| job + declared);
    let units = |vintage: &Path, scenario: &str| -> i64 {
        let table = rows(&vintage.join("shipment_forecast_quarterly.csv"));
        let row =
            table.iter().find(|r| r["scenario"] == scenario && r["quarter"] == "12M" && r["model"] == "ALL");
        row.unwrap()["units"].parse().unwrap()
    };
    assert_eq!(units(&moved, "base"), units(&held, "base"));
    assert!(told_of(&moved, "oracle", "estimate") > 0.0);
    assert!(units(&moved, "bull") > units(&held, "bull"));
    assert!(units(&moved, "bear") < units(&held, "bear"));
}

#[test]
fn difficulty_follows_the_user_s_path_and_moves_the_hashprice() {
    let folder = copy_of("maker");
    let (out, own) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let plain = run(folder.path(), out.path(), |job| job);
    let path =
        "[scenarios]\nbear_difficulty = [1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.0, 2.0]\n";
    let moved = run(folder.path(), own.path(), |job| job.replace("[scenarios]", path));
    let market = |vintage: &Path| -> Vec<BTreeMap<String, String>> { rows(&vintage.join("market.csv")) };
    let number = |row: &BTreeMap<String, String>, column: &str| row[column].parse::<f64>().unwrap();
    let last = market(&plain).into_iter().rfind(|r| r["kind"] == "actual").unwrap();
    for (before, after) in market(&plain).iter().zip(&market(&moved)) {
        if after["scenario"] != "bear" || after["kind"] == "actual" {
            assert_eq!(before, after);
            continue;
        }
        assert_eq!(before["implied_price_usd"], after["implied_price_usd"]);
        let ratio = number(before, "difficulty") / number(after, "difficulty");
        let hashprice =
            number(after, "hashprice_usd_per_ph_day") / number(before, "hashprice_usd_per_ph_day");
        assert!((hashprice - ratio).abs() < 1e-3, "{after:?}");
        if after["month"] == "2026-03-01" {
            assert!((number(after, "difficulty") / number(&last, "difficulty") - 2.0).abs() < 1e-6);
        }
    }
}

#[test]
fn a_halving_inside_the_horizon_halves_the_hashprice() {
    let folder = copy_of("maker");
    let (out, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let flat = "[scenarios]\nbase_difficulty = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
    let later = run(folder.path(), out.path(), |job| job.replace("[scenarios]", flat));
    let soon = run(folder.path(), other.path(), |job| {
        job.replace("[scenarios]", flat).replace("next_halving = \"2028-04\"", "next_halving = \"2025-10\"")
    });
    let ratio: BTreeMap<String, f64> = rows(&later.join("market.csv"))
        .iter()
        .zip(rows(&soon.join("market.csv")))
        .filter(|(a, _)| a["kind"] == "forecast" && a["scenario"] == "base")
        .map(|(a, b)| {
            let of = |row: &BTreeMap<String, String>| row["hashprice_usd_per_ph_day"].parse::<f64>().unwrap();
            (a["month"].clone(), of(&b) / of(a))
        })
        .collect();
    assert_eq!(ratio.len(), 12);
    for (month, ratio) in ratio {
        let expected = if month.as_str() < "2025-10" { 1.0 } else { 0.5 };
        assert!((ratio - expected).abs() < 0.02, "{month}: {ratio}");
    }
}

#[test]
fn a_wrong_driver_is_reported_with_its_place() {
    let folder = copy_of("maker");
    std::fs::File::create(folder.path().join("drivers.csv"))
        .and_then(|mut f| {
            let rows = "date,name,value,scenario\n2024-01-01,power,0.05,\n2024-01-01,power,0.06,\n2024-02-01,power,cheap,\n2024-03-01,power,0.05,sunny\n";
            std::io::Write::write_all(&mut f, rows.as_bytes())
        })
        .unwrap();
    let job = folder.path().join("job.toml");
    std::fs::copy(root().join("jobs/quarterly.toml"), &job).unwrap();
    let args = ["check", job.to_str().unwrap(), "--inputs", folder.path().to_str().unwrap()];
    let output = wafercast(&args);
    let reported = reported(&output);
    assert_eq!(output.status.code(), Some(65), "{reported}");
    for part in ["drivers.csv:3", "drivers.csv:4", "`cheap`", "drivers.csv:5", "`sunny`", "bear, base, bull"]
    {
        assert!(reported.contains(part), "{part}: {reported}");
    }
    edit(&job, |text| {
        text + "\n[[drivers]]\nname = \"price_gap\"\n[[drivers]]\nname = \"a\"\n[[drivers]]\nname = \"a\"\n"
    });
    let output = wafercast(&args);
    let reported = common::reported(&output);
    assert_eq!(output.status.code(), Some(78), "{reported}");
    assert!(reported.contains("one of wafercast's own") && reported.contains("declared twice"), "{reported}");
}
