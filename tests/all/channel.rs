//! The channel by model and generation, price protection, and deals of distributors, on the fixtures.

use std::collections::BTreeMap;

use crate::common::{edit, reported, rewrite, root, rows, text, wafercast};

type Row = BTreeMap<String, String>;

/// Runs the fixtures with another price protection and changed exports.
fn run(keys: &str, change: impl FnOnce(&std::path::Path)) -> (tempfile::TempDir, String) {
    let folder = crate::common::copy_of("maker");
    change(folder.path());
    let job = folder.path().join("job.toml");
    std::fs::copy(root().join("jobs/quarterly.toml"), &job).unwrap();
    edit(&job, |text| {
        let given = if keys.is_empty() { "price_protection_share = 0" } else { keys };
        text.replace("price_protection_share = 0 ", &format!("{given} "))
            .replace("paths = 2000 ", "paths = 200 ")
    });
    let [job, inputs, out] =
        [job, folder.path().to_owned(), folder.path().join("out")].map(|p| p.display().to_string());
    let said = reported(&wafercast(&["run", &job, "--inputs", &inputs, "--out", &out]));
    (folder, said)
}

fn table(folder: &tempfile::TempDir, name: &str) -> Vec<Row> {
    rows(&folder.path().join("out/2025Q3").join(name))
}

/// Value of a check, as it is written.
fn value<'a>(checks: &'a [Row], check: &str, item: &str) -> Option<&'a str> {
    checks.iter().find(|row| row["check"] == check && row["item"] == item).map(|row| row["value"].as_str())
}

/// Of M90-200 48 + 30 + 50 = 128 are held, and (757 + 548 + 704) / 6 = 334.83 were sold on a month from April to September: 0.3823 months. The
/// newest, M95-245, has 18 and sold 21 in its only month.
#[test]
fn the_channel_by_model_and_generation_by_hand() {
    let (folder, said) = run("", |_| ());
    let checks = table(&folder, "policy_checks.csv");
    let of = |check: &str, item: &str| value(&checks, check, item).map(str::to_owned).unwrap_or_default();
    assert_eq!(of("channel_model_stock", "M90-200"), "128.0000", "{said}");
    assert_eq!(of("channel_model_cover_months", "M90-200"), "0.3823");
    assert_eq!(of("channel_model_cover_months", "M95-245"), "0.8571");
    let generations = ["newest", "one before", "older"].map(|item| of("channel_generation_stock", item));
    assert_eq!(generations, ["18.0000", "128.0000", "3.0000"]);
    assert!(!said.contains("distributors hold more than a year"), "{said}");
    assert_eq!(value(&checks, "channel_price_protection", "base"), None);
}

/// What distributors are paid back is what refunds of cash grow by, in bear as in base, and nothing else of cash moves.
#[test]
fn price_protection_is_paid_in_cash() {
    let (plain, _) = run("", |_| ());
    let (with, said) = run("price_protection_share = 0.5", |_| ());
    let checks = table(&with, "policy_checks.csv");
    for scenario in ["base", "bear"] {
        let sum = |folder: &tempfile::TempDir, column: &str| -> f64 {
            let rows = table(folder, "cash.csv").into_iter().filter(|row| row["scenario"] == scenario);
            rows.map(|row| row[column].parse::<f64>().unwrap()).sum()
        };
        let cost: f64 = value(&checks, "channel_price_protection", scenario).unwrap().parse().unwrap();
        let grown = |column: &str| sum(&plain, column) - sum(&with, column);
        assert!((grown("customer_refunds_usd") - cost).abs() < 0.1, "{scenario} {cost}: {said}");
        assert!((grown("net_usd") - cost).abs() < 0.1 && grown("customer_balances_usd") == 0.0);
        assert!(scenario == "base" || cost > 100.0, "{cost}");
    }
    for hostile in ["-0.1", "nan", "1.5"] {
        let (_folder, said) = run(&format!("price_protection_share = {hostile}"), |_| ());
        assert!(said.contains("is not a share"), "{hostile}: {said}");
    }
}

/// 20,000 machines of the old model, of which 184 / 6 = 30.7 a month were sold on: told with machines, months and what they can take the place of.
#[test]
fn a_channel_full_for_years_is_told() {
    let (folder, said) = run("", |folder| {
        rewrite(folder, "channel_inventory", |rows| {
            let last =
                rows.iter_mut().find(|r| r[..3] == ["2025-09-30", "Distributor East", "M80-160"]).unwrap();
            last[3] = "20000".to_owned();
        });
    });
    assert!(
        said.contains("distributors hold more than a year of what they sell on, counted 2025-09-30: 20002 M80-160 (652 months)"),
        "{said}"
    );
    let checks = table(&folder, "policy_checks.csv");
    assert_eq!(value(&checks, "channel_generation_stock", "older"), Some("20002.0000"));
    // Distributor East sells on (757 + 53 + 1 + 21) / 6 = 138.67 a month of all its models: 1,664 in twelve.
    assert!(said.contains("take the place of at most 1664 machines of sell-in"), "{said}");
}

/// 3,000 machines for a distributor at a third of the price: no list price moves, and the deal stands apart by price and deposit.
#[test]
fn one_deal_of_a_distributor_moves_no_list_price() {
    let deal =
        "SO-99999,Distributor East,channel,M95-245,futures,2025-09-15,3000,3600,540000,2025-12,3,0,open,";
    let list = |folder: &tempfile::TempDir| -> BTreeMap<String, String> {
        let rows = table(folder, "pricing.csv").into_iter();
        rows.map(|mut row| (row.remove("model").unwrap(), row.remove("list_price_usd").unwrap())).collect()
    };
    let (plain, _) = run("", |_| ());
    let (with, said) = run("", |folder| {
        edit(&folder.join("futures_orders.csv"), |text| format!("{}\n{deal}\n", text.trim_end()));
    });
    assert_eq!(list(&plain), list(&with), "{said}");
    let checks = table(&with, "policy_checks.csv");
    let ratio: f64 = value(&checks, "channel_price_to_list", "M95-245").unwrap().parse().unwrap();
    let before = table(&plain, "policy_checks.csv");
    let was: f64 = value(&before, "channel_price_to_list", "M95-245").unwrap().parse().unwrap();
    assert!(ratio < 0.7 && was > 0.8, "{ratio} {was}");
    let share = |checks: &[Row], item: &str| value(checks, "open_deposit_share", item).unwrap().to_owned();
    assert_eq!(share(&before, "own sales"), share(&checks, "own sales"));
    assert_ne!(share(&before, "channel"), share(&checks, "channel"));
    assert!(!text(&with.path().join("job.toml")).is_empty());
}
