//! Own mining with known room: cash, best use and leftovers, on the miniature, whose hashprice stands at 50 USD per PH a day.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common::{copy_of, edit, reported, rows, wafercast};

type Row = BTreeMap<String, String>;

/// Runs the miniature with more keys; its folder and what was said.
fn run(keys: &str) -> (tempfile::TempDir, String) {
    let folder = copy_of("miniature");
    edit(&folder.path().join("job.toml"), |text| format!("{text}\n[mining]\n{keys}\n"));
    let [job, out] = ["job.toml", "out"].map(|name| folder.path().join(name).display().to_string());
    let said = reported(&wafercast(&["run", &job, "--out", &out]));
    (folder, said)
}

fn table(folder: &Path, name: &str) -> Vec<Row> {
    rows(&folder.join("out/2025Q3").join(name))
        .into_iter()
        .filter(|row| row.get("scenario").is_none_or(|of| of == "base"))
        .collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

fn cents(value: f64) -> f64 {
    (value * 100.0).round()
}

/// Ten machines bring 10 x (5 - 4.32) x 30.436875 = 206.97 USD a month; cash adds up, and ends 12 x 206.97075 above 586,000.
#[test]
fn what_runs_brings_cash() {
    let (folder, _) = run("sockets = 12\nfleet = { MINI = 10 }");
    let cash = table(folder.path(), "cash.csv");
    assert!(cash.iter().all(|row| row["mining_usd"] == "206.97"), "{cash:?}");
    assert_eq!(cash[11]["cumulative_usd"], "588483.65");
    let parts = [
        "customer_deposits_usd",
        "customer_balances_usd",
        "customer_refunds_usd",
        "foundry_prepayments_usd",
        "foundry_balances_usd",
        "machine_costs_usd",
        "mining_usd",
    ];
    for row in &cash {
        let sum: f64 = parts.iter().map(|part| number(row, part)).sum();
        assert!((cents(sum) - cents(number(row, "net_usd"))).abs() <= 2.0, "{row:?}");
    }
    let low = |keys: &str| {
        let (folder, _) = run(keys);
        let found = table(folder.path(), "cash_low.csv");
        number(found.iter().find(|row| row["case"] == "plan").unwrap(), "low_p50_usd")
    };
    // Paths see it, too: in the first month 10,000 machines bring 206,970 more than none.
    let more = low("sockets = 10000\nfleet = { MINI = 10000 }") - low("sockets = 10000");
    assert!(more > 100_000.0, "{more}");
}

/// Machines wait from November to February: until then nothing is mined with; later two sockets are free, and with all of them taken never.
#[test]
fn nothing_is_mined_with_that_customers_wait_for_or_that_has_no_socket() {
    let uses = |keys: &str| -> Vec<(String, String)> {
        let (folder, _) = run(&format!("power_usd_per_kwh = 0.02\n{keys}"));
        let rows = table(folder.path(), "pricing.csv");
        rows.into_iter()
            .map(|mut row| (row.remove("free_sockets").unwrap(), row.remove("best_use").unwrap()))
            .collect()
    };
    let of = |rows: &[(String, String)], h: usize| (rows[h].0.clone(), rows[h].1.clone());
    let pair = |free: &str, best: &str| (free.to_owned(), best.to_owned());
    let unknown = uses("");
    assert!(unknown.iter().all(|row| *row == pair("", "mine")), "{unknown:?}");
    let two = uses("sockets = 12\nfleet = { MINI = 10 }");
    assert_eq!(
        [of(&two, 0), of(&two, 4), of(&two, 5)],
        [pair("2", "clear"), pair("2", "clear"), pair("2", "mine")]
    );
    let none = uses("sockets = 10\nfleet = { MINI = 10 }");
    assert!(none.iter().all(|row| *row == pair("0", "clear")), "{none:?}");
    // 0.045 MW are 15 machines of 3 kW.
    assert_eq!(uses("power_mw = 0.045")[0].0, "15");
}

/// In May 20 machines are left over; with five sockets five of them fetch what all do with a thousand, and the others are cleared at 248.36.
#[test]
fn leftovers_beyond_the_sockets_are_cleared() {
    let value = |sockets: u32| {
        let (folder, _) = run(&format!("power_usd_per_kwh = 0.02\nsockets = {sockets}"));
        let rows = table(folder.path(), "order_quantities.csv");
        let all = |row: &&Row| row["quantity"] == "3_proposed" && row["place_by"].is_empty();
        let found = rows.iter().find(all).unwrap_or_else(|| panic!("{rows:?}"));
        number(found, "bear_value_usd")
    };
    let (none, five, all) = (value(0), value(5), value(1000));
    assert!((none - 20.0 * 248.3649).abs() < 0.01 && all > 2.0 * none, "{none} {five} {all}");
    assert!((five - (0.25 * all + 0.75 * none)).abs() < 0.02, "{none} {five} {all}");
}

/// Five of the 30 machines on hand go in in November, so that five fewer ship: stock begins with 25.
#[test]
fn what_goes_in_comes_from_stock() {
    let (folder, said) =
        run("sockets = 5\nmoves = [{ month = \"2025-11\", model = \"MINI\", machines = 5 }]");
    let stock = table(folder.path(), "stock.csv");
    let october = stock.iter().find(|row| row["kind"] == "machines" && row["month"] == "2025-10-01").unwrap();
    assert_eq!((october["start"].as_str(), october["built"].as_str()), ("25", "30"), "{said}");
    let cash = table(folder.path(), "cash.csv");
    assert_eq!([cash[0]["mining_usd"].as_str(), cash[1]["mining_usd"].as_str()], ["0.00", "103.49"]);
    let (_, said) = run("sockets = 50\nmoves = [{ month = \"2025-11\", model = \"MINI\", machines = 40 }]");
    assert!(said.contains("10 machines of MINI that are to go in are not on hand"), "{said}");
}

#[test]
fn without_room_nothing_changes_and_it_is_said_once() {
    let (folder, said) = run("");
    assert!(!said.contains("sockets"), "{said}");
    assert!(table(folder.path(), "cash.csv").iter().all(|row| row["mining_usd"].is_empty()));
    assert!(table(folder.path(), "pricing.csv").iter().all(|row| row["free_sockets"].is_empty()));
    let page = crate::common::text(&folder.path().join("out/2025Q3/report.html"));
    assert_eq!(page.matches("For how many machines there is room is not known").count(), 1);
    let (folder, _) = run("sockets = 0");
    let page = crate::common::text(&folder.path().join("out/2025Q3/report.html"));
    assert!(!page.contains("For how many machines there is room is not known"));
}

#[test]
fn what_cannot_be_is_refused() {
    let moves = |text: &str| format!("sockets = 10\nfleet = {{ MINI = 10 }}\nmoves = [{{ {text} }}]");
    for (keys, why) in [
        ("sockets = -1".to_owned(), "-1"),
        ("power_mw = nan".to_owned(), "NaN"),
        (
            "sockets_from = { \"2026-2\" = 5 }".to_owned(),
            "sockets_from: `2026-2` is not a month; write it as 2026-02",
        ),
        (
            "fleet = { MINI = 10 }".to_owned(),
            "nothing says for how many there is room; write sockets or power_mw",
        ),
        ("sockets = 10\nfleet = { MIMI = 10 }".to_owned(), "fleet: model `MIMI` has no [[models]] entry"),
        (
            "sockets = 10\nfleet = { MINI = 11 }".to_owned(),
            "11 machines are to run in 2025-10, in 10 sockets",
        ),
        ("power_mw = 0.029\nfleet = { MINI = 10 }".to_owned(), "takes 0.030 MW, and there are 0.029"),
        (
            moves("month = \"2026-01\", model = \"MINI\", machines = 1"),
            "11 machines are to run in 2026-01, in 10 sockets",
        ),
        (
            moves("month = \"2026-01\", model = \"MINI\", machines = -11"),
            "1 more machines of `MINI` come out by 2026-01 than are there",
        ),
        (moves("month = \"soon\", model = \"MINI\", machines = 1"), "soon"),
        (
            moves("month = \"2026-05\", model = \"MINI\", machines = -1") + "\nsite_sold_in = \"2026-03\"",
            "nothing moves in 2026-05: the sites are sold by then",
        ),
    ] {
        let (folder, said) = run(&keys);
        assert!(said.contains(why) && !folder.path().join("out").exists(), "{keys}: {said}");
    }
}
