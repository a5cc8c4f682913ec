//! Models that follow others, and launches that slip.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common::{edit, reported, root, rows, text, wafercast};

/// Runs the second fixture's exports with a job in `folder`, where NOVA has these keys in place of its share and list price.
fn started(folder: &Path, keys: &str) -> std::process::Output {
    let fixtures = root().join("fixtures");
    let text = text(&fixtures.join("second/job.toml"))
        .replace("list_price_usd = 2600\n", "")
        .replace("new_model_share = 0.25\n", keys)
        .replace("../miniature", &fixtures.join("miniature").display().to_string());
    let job = folder.join("job.toml");
    std::fs::File::create(&job).and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes())).unwrap();
    for name in ["futures_orders.csv", "supply.csv", "overrides.csv"] {
        std::fs::copy(fixtures.join("second").join(name), folder.join(name)).unwrap();
    }
    let [job, out] = [job, folder.join("out")].map(|path| path.display().to_string());
    wafercast(&["run", &job, "--out", &out])
}

/// A run of the second fixture, NOVA's share of new orders replaced by `keys`; what was said.
fn run(keys: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = started(folder.path(), &format!("{keys}\n"));
    let said = reported(&output);
    assert!(output.status.success(), "{said}");
    (folder, said)
}

/// Machines of the base scenario's new orders by month and model.
fn new_orders(folder: &Path) -> BTreeMap<(String, String), f64> {
    let mut found = BTreeMap::new();
    for row in rows(&folder.join("out/2025Q3/shipment_forecast.csv")) {
        if row["scenario"] == "base" {
            let of = |column: &str| row[column].parse::<f64>().unwrap_or(0.0);
            let machines = of("booking_curve_units") + of("driver_units");
            *found.entry((row["month"][..7].to_owned(), row["model"].clone())).or_default() += machines;
        }
    }
    found
}

/// MINI (100 TH) sells to March and ships to July 2026, NOVA (200 TH) ships from January. As its successor at one half NOVA has half of
/// their TH up to July, so half as many machines as MINI, and all of it from August on. Its list price is that of MINI's TH.
#[test]
fn a_successor_takes_its_share_of_the_predecessor_at_its_price_per_th() {
    let (folder, said) = run("predecessor = \"MINI\"\nsubstitution_share = 0.5");
    let machines = new_orders(folder.path());
    let of = |month: &str, model: &str| machines[&(month.to_owned(), model.to_owned())];
    assert_eq!(of("2025-12", "NOVA"), 0.0, "{said}");
    for month in ["2026-01", "2026-02", "2026-03"] {
        let (mini, nova) = (of(month, "MINI"), of(month, "NOVA"));
        assert!(nova > 0.0 && (mini - 2.0 * nova).abs() <= 2.0, "{month}: {mini} {nova}");
    }
    assert!(of("2026-09", "NOVA") > 0.0 && of("2026-09", "MINI") == 0.0, "{machines:?}");
    let prices: BTreeMap<String, f64> = rows(&folder.path().join("out/2025Q3/pricing.csv"))
        .iter()
        .filter_map(|row| Some((row["model"].clone(), row["list_price_usd"].parse().ok()?)))
        .collect();
    assert_eq!(prices["NOVA"], 2.0 * prices["MINI"], "{prices:?}");
    assert!(!said.contains("launches in"), "{said}");
}

#[test]
fn without_a_share_or_a_predecessor_a_launch_is_told() {
    let (folder, said) = run("");
    assert!(said.contains("launches in 2026-01 without orders, predecessor or new_model_share"), "{said}");
    assert!(
        new_orders(folder.path()).iter().all(|((_, model), machines)| model != "NOVA" || *machines == 0.0)
    );
}

/// Two successors of MINI take their shares of the same, in whichever order they stand; more than all of it is refused.
#[test]
fn successors_share_by_what_is_stated() {
    let two = |first: f64, second: f64| {
        format!(
            "predecessor = \"MINI\"\nsubstitution_share = {first}\n[[models]]\nname = \"ALSO\"\nhashrate_th = 200\npower_w = 3500\nlaunch = \"2026-01\"\nend_of_life = \"2028-12\"\nchips_per_machine = 100\nchip = \"CHIP\"\npredecessor = \"MINI\"\nsubstitution_share = {second}\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let output = started(folder.path(), &two(0.6, 0.5));
    let said = reported(&output);
    assert!(!output.status.success(), "{said}");
    assert!(
        said.contains("models NOVA, ALSO follow `MINI` and together take 1.1 of it, more than all"),
        "{said}"
    );
}

#[test]
fn a_predecessor_of_a_model_with_orders_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = root().join("fixtures");
    let job = text(&fixtures.join("second/job.toml"))
        .replace("../miniature", &fixtures.join("miniature").display().to_string())
        .replacen("name = \"MINI\"\n", "name = \"MINI\"\npredecessor = \"NOVA\"\n", 1);
    let path = folder.path().join("job.toml");
    std::fs::File::create(&path).and_then(|mut f| std::io::Write::write_all(&mut f, job.as_bytes())).unwrap();
    for name in ["futures_orders.csv", "supply.csv", "overrides.csv"] {
        std::fs::copy(fixtures.join("second").join(name), folder.path().join(name)).unwrap();
    }
    let [job, out] = [path, folder.path().join("out")].map(|path| path.display().to_string());
    let said = reported(&wafercast(&["run", &job, "--out", &out]));
    assert!(
        said.contains("model `MINI` has orders of its own: predecessor `NOVA` and substitution_share change nothing any more"),
        "{said}"
    );
}

#[test]
fn a_successor_that_takes_nothing_is_told() {
    let (folder, said) = run("predecessor = \"MINI\"\nsubstitution_share = 0");
    assert!(said.contains("model `NOVA` takes nothing over from its predecessor `MINI`"), "{said}");
    assert!(
        new_orders(folder.path()).iter().all(|((_, model), machines)| model != "NOVA" || *machines == 0.0)
    );
    assert!(!run("predecessor = \"MINI\"").1.contains("takes nothing over"));
}

/// A launch three months later: nothing ships before April, and the line says what that takes.
#[test]
fn a_launch_that_slips_is_told_beside_the_forecast() {
    let keys = "predecessor = \"MINI\"";
    let (plain, _) = run(keys);
    let (told, said) = run(&format!("{keys}\nlaunch_slip_months = 3"));
    assert_eq!(new_orders(plain.path()), new_orders(told.path()), "the forecast itself stays");
    let line = said
        .lines()
        .find(|line| line.contains("launches 3 months later"))
        .unwrap_or_else(|| panic!("{said}"));
    let fewer: i64 = line
        .split("have about ")
        .nth(1)
        .and_then(|rest| rest.split_once(" fewer of its machines")?.0.replace(',', "").parse().ok())
        .unwrap_or_else(|| panic!("{line}"));
    let first: f64 = ["2026-01", "2026-02", "2026-03"]
        .iter()
        .map(|month| new_orders(plain.path())[&((*month).to_owned(), "NOVA".to_owned())])
        .sum();
    let page = text(&told.path().join("out/2025Q3/report.html"));
    assert!(page.contains("launches 3 months later"), "the page says it, too");
    assert!(
        !text(&plain.path().join("out/2025Q3/report.html")).contains("months later (launch_slip_months)")
    );
    // What is due from January to March goes to MINI; the mean of 400 paths in place of 2,000 is within a tenth.
    assert!((fewer as f64 - first).abs() <= 0.1 * first + 2.0, "{fewer} {first}");
}

/// MINI is launched long before the as-of date, NOVA in 2026-01.
#[test]
fn a_launch_that_lies_in_the_past_cannot_slip() {
    let (folder, said) = run("predecessor = \"MINI\"\nlaunch_slip_months = 3");
    assert!(!said.contains("already launched"), "{said}");
    let [job, out] = ["job.toml", "other"].map(|name| folder.path().join(name));
    edit(&job, |text| text.replacen("name = \"MINI\"\n", "name = \"MINI\"\nlaunch_slip_months = 2\n", 1));
    let said = reported(&wafercast(&["run", job.to_str().unwrap(), "--out", out.to_str().unwrap()]));
    assert!(
        said.contains("model `MINI` is already launched (2023-10): its launch_slip_months has no effect"),
        "{said}"
    );
    assert!(said.contains("launches 3 months later") && !said.contains("launches 2 months later"), "{said}");
}

/// An assumption stands in summary, page and manifest; one of last year is told as expired.
#[test]
fn assumptions_are_printed_and_told_when_they_expire() {
    let folder = tempfile::tempdir().unwrap();
    let given = "new_model_share = 0.25\n[[assumptions]]\ntext = \"NOVA passes its test\"\nowner = \"products\"\ndate = 2025-06-30\nexpires = 2025-09-29\n[[assumptions]]\ntext = \"wafers stay at 1,000 USD\"\nowner = \"procurement\"\nexpires = 2025-09-30\n";
    let said = reported(&started(folder.path(), given));
    assert!(
        said.contains("the assumption `NOVA passes its test` expired on 2025-09-29: ask products"),
        "{said}"
    );
    assert!(!said.contains("1,000 USD` expired"), "{said}");
    for file in ["summary.md", "report.html", "manifest.json"] {
        let text = text(&folder.path().join("out/2025Q3").join(file));
        assert!(
            text.contains("NOVA passes its test (products, 2025-06-30, expired on 2025-09-29)"),
            "{file}"
        );
        assert!(text.contains("wafers stay at 1,000 USD (procurement, until 2025-09-30)"), "{file}");
    }
}

#[test]
fn a_roadmap_that_contradicts_itself_is_refused_at_its_line() {
    for (keys, expected) in [
        ("predecessor = \"NOVA\"", "model `NOVA` follows itself"),
        ("predecessor = \"OLD\"", "predecessor `OLD` has no [[models]] entry"),
        (
            "predecessor = \"MINI\"\nnew_model_share = 0.5",
            "new_model_share and predecessor both say what it takes",
        ),
        ("substitution_share = 0.5", "substitution_share is of its predecessor"),
        ("launch_slip_months = 25", "write 0 to 24"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let output = started(folder.path(), &format!("{keys}\n"));
        let said = reported(&output);
        assert!(
            !output.status.success() && said.contains(expected) && said.contains("job.toml:4"),
            "{keys}: {said}"
        );
    }
}
