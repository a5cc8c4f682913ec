//! Lines that a run prints against the tables that they are from.

use std::collections::BTreeMap;

use crate::common::{grouped, reported, rows, text, wafercast};

type Row = BTreeMap<String, String>;

/// A run of the main job: its folder, what it printed, and the folder of the vintage.
fn maker(more: &[&str]) -> (tempfile::TempDir, String, std::path::PathBuf) {
    let out = tempfile::tempdir().unwrap();
    let mut args = vec!["run", "jobs/quarterly.toml", "--out", out.path().to_str().unwrap()];
    args.extend(more);
    let output = wafercast(&args);
    assert!(output.status.success(), "{}", reported(&output));
    let latest = out.path().join("latest");
    (out, String::from_utf8(output.stdout).unwrap(), latest)
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap()
}

/// Nothing new signed has its low below the limit on every path, and the example job has no opening cash.
#[test]
fn cash_if_the_plan_does_not_hold_is_told_beside_it() {
    let (_out, printed, latest) = maker(&[]);
    let lows = rows(&latest.join("cash_low.csv"));
    let of = |case: &str| lows.iter().find(|row| row["scenario"] == "base" && row["case"] == case).unwrap();
    let said = |case: &str| {
        let row = of(case);
        format!(
            "lowest at {} USD on half of the paths, below the limit on {:.1}%",
            grouped(number(row, "low_p50_usd")),
            100.0 * number(row, "below_limit_probability")
        )
    };
    assert!(printed.contains(&format!("if customers sign nothing more it is {}", said("no_new_orders"))));
    assert!(printed.contains("without the largest customer (Nordlicht Group: "), "{printed}");
    let gone = format!("machines signed in 24 months) it is {}", said("largest_customer_gone"));
    assert!(printed.contains(&gone), "{printed}");
    // Bear beside base, and in bear without the largest customer.
    let in_bear = |case: &str| {
        let row = lows.iter().find(|row| row["scenario"] == "bear" && row["case"] == case).unwrap();
        let share = (1000.0 * number(row, "below_limit_probability")).round() / 10.0;
        (grouped(number(row, "low_p50_usd")), format!("{share:.1}%"))
    };
    let (bear, without) = (in_bear("plan"), in_bear("largest_customer_gone"));
    let base =
        (grouped(number(of("plan"), "low_p50_usd")), 100.0 * number(of("plan"), "below_limit_probability"));
    let told = format!(
        "cash in bear is lowest at {} USD on half of the paths, below the limit on {} (base: {} USD, {:.1}%); in bear without the largest customer at {} USD, below the limit on {}",
        bear.0, bear.1, base.0, base.1, without.0, without.1
    );
    assert!(printed.contains(&told), "{told}\n{printed}");
    assert_eq!(of("no_new_orders")["below_limit_probability"], "1.0000");
    assert!(printed.contains("cash, opening cash 0 (opening_cash_usd), is lowest at"), "{printed}");
    assert!(text(&latest.join("summary.md")).contains("cash, opening cash 0 (opening"));
    assert!(text(&latest.join("summary.md")).contains(&told));
    let page = text(&latest.join("report.html"));
    let told = format!("In bear it is {} USD or less on half of the paths", bear.0.replace('-', "\u{2212}"));
    assert!(page.contains(&told) && page.contains("In bear without the largest customer it is "), "{told}");
    assert!(page.contains("The largest customer is Nordlicht Group: "));
    assert!(page.contains("Opening cash 0 (opening_cash_usd)."));
    assert!(!page.contains("Opening cash is included") && !page.contains("9 paths in 10"));
}

/// 700, 425, 300, 175, 300 and 150 wafers by three days are 2,050, told in the order of those days.
#[test]
fn orders_stand_by_their_last_day_and_their_wafers_are_added_up() {
    let (_out, printed, latest) = maker(&[]);
    let mut orders = rows(&latest.join("wafer_orders.csv"));
    orders.retain(|row| row["decision"] == "place_now");
    orders.sort_by_key(|row| (row["place_by"].clone(), row["chip"].clone()));
    let wafers: Vec<f64> = orders.iter().map(|row| number(row, "wafers")).collect();
    assert_eq!(wafers.iter().sum::<f64>(), 2050.0);
    let lines: Vec<&str> = printed.lines().filter(|line| line.starts_with("order ")).collect();
    assert_eq!(lines.len(), orders.len());
    for (line, row) in lines.iter().zip(&orders) {
        let begin = format!(
            "order {} wafers of {} from {} by {}",
            row["wafers"], row["chip"], row["foundry"], row["place_by"]
        );
        assert!(line.starts_with(&begin), "{line} is not {begin}");
    }
    assert!(
        printed.contains("\ntogether 2,050 wafers for 36,970,000 USD, 18,485,000 USD of it prepaid"),
        "{printed}"
    );
}

/// C7, of which nothing is forecast, could be ordered for March 2026: supply of all models is known then, 0 machines, and unknown
/// from April on, which orders of C5 reach.
#[test]
fn committed_supply_is_known_until_orders_can_reach_a_model_with_machines() {
    let (_out, _, latest) = maker(&[]);
    let forecast = rows(&latest.join("shipment_forecast.csv"));
    let base = |model: &str| -> Vec<Row> {
        forecast.iter().filter(|row| row["scenario"] == "base" && row["model"] == model).cloned().collect()
    };
    let all: Vec<String> = base("ALL").iter().map(|row| row["supply_units"].clone()).collect();
    assert!(all[..6].iter().all(|units| !units.is_empty()), "{all:?}");
    assert!(all[6..].iter().all(String::is_empty), "{all:?}");
    let of_march = forecast
        .iter()
        .filter(|row| row["scenario"] == "base" && row["month"] == "2026-03-01" && row["model"] != "ALL");
    let march: i64 = of_march.clone().filter_map(|row| row["supply_units"].parse::<i64>().ok()).sum();
    assert_eq!((all[5].as_str(), march), ("0", 0));
    assert!(of_march.filter(|row| row["supply_units"].is_empty()).all(|row| row["units"] == "0"));
}

/// With 10 M USD every order that is cut is named with its wafers, and they add up to what is cut.
#[test]
fn a_budget_names_every_order_that_it_cuts() {
    let (_out, printed, latest) = maker(&["--budget", "10M"]);
    let line = printed.lines().find(|line| line.starts_with("budget: ")).unwrap();
    let (mut cut, mut asked, mut machines) = (0.0, 0.0, 0.0);
    for row in rows(&latest.join("budget_orders.csv")) {
        let (wafers, all) = (number(&row, "cut_wafers"), number(&row, "rule_wafers"));
        (cut, asked, machines) = (cut + wafers, asked + all, machines + number(&row, "cut_machines"));
        let share = if wafers == all { format!("all {wafers}") } else { format!("{wafers} of {all}") };
        let said = format!("{share} of {} from {} by {}", row["chip"], row["foundry"], row["place_by"]);
        assert_eq!(line.contains(&said), wafers > 0.0, "{said}\n{line}");
    }
    assert_eq!(asked, 2050.0);
    assert!(line.contains(&format!("cut are {cut} of 2,050 wafers: ")), "{line}");
    assert!(line.contains(&format!("{} machines wait for what is cut", grouped(machines))), "{line}");
    assert!(!line.contains("order more"), "{line}");
    let page = text(&latest.join("report.html"));
    assert!(page.contains("Wait for what is cut") && !page.contains("Then wait"));
}
