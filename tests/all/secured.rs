//! Contracts that count: what is secured by its deposit, what is not due yet, and what is signed and not secured.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::common::{copy_of, edit, reported, rewrite, root, rows, text, wafercast};

/// 20,000 machines for a distributor, signed three months ago: 6,000 USD each.
fn contract(prepaid: &str) -> Vec<String> {
    let row = format!(
        "CH-20000,Harbour Distribution,channel,M95-245,futures,2025-06-30,20000,6000,{prepaid},2026-01,6,0,open,"
    );
    row.split(',').map(str::to_owned).collect()
}

/// The fixtures with further orders, on few paths.
fn maker(orders: &[Vec<String>], change: impl FnOnce(String) -> String) -> TempDir {
    let folder = copy_of("maker");
    rewrite(folder.path(), "futures_orders", |rows| rows.extend(orders.iter().cloned()));
    let job = text(&root().join("jobs/quarterly.toml")).replace("paths = 2000", "paths = 200");
    let job = change(job).replace("../fixtures/maker/", "");
    std::fs::File::create(folder.path().join("job.toml"))
        .and_then(|mut f| std::io::Write::write_all(&mut f, job.as_bytes()))
        .unwrap();
    folder
}

fn ran(folder: &Path) -> (PathBuf, String) {
    let (job, out) = (folder.join("job.toml"), folder.join("out"));
    let output = wafercast(&["run", job.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    assert!(output.status.success(), "{}", reported(&output));
    (out.join("2025Q3"), reported(&output))
}

/// Firm and not secured machines of the twelve months.
fn backlog(vintage: &Path) -> (i64, i64) {
    let quarterly = rows(&vintage.join("shipment_forecast_quarterly.csv"));
    let of_year = |row: &&BTreeMap<String, String>| {
        row["scenario"] == "base" && row["quarter"] == "12M" && row["model"] == "ALL"
    };
    let year = quarterly.iter().find(of_year).unwrap();
    (year["firm_units"].parse().unwrap(), year["unsecured_units"].parse().unwrap())
}

/// Wafers to place before the next run.
fn wafers(vintage: &Path) -> i64 {
    let orders = rows(&vintage.join("wafer_orders.csv"));
    let now = orders.iter().filter(|row| row["decision"] == "place_now");
    now.map(|row| row["wafers"].parse::<i64>().unwrap()).sum()
}

/// At one service level: the critical ratio itself moves by a percent with what leftovers fetch on the paths.
fn level(job: &str) -> String {
    job.replace("\n[wafers]", "\n[wafers]\nservice_level = 0.7\n#")
}

#[test]
fn less_paid_never_buys_more_wafers() {
    let value = 20_000.0 * 6_000.0;
    let mut before: Option<(f64, i64)> = None;
    let mut of_share = BTreeMap::new();
    for paid in [0.0, 1.0, 0.03 * value, 0.2 * value, 0.3 * value, 0.45 * value, 0.5 * value, value] {
        let folder = maker(&[contract(&format!("{paid:.2}"))], |job| level(&job));
        let (vintage, said) = ran(folder.path());
        // All are handed out, wafers are ordered for those that are expected to stay: both are told.
        let pegs = rows(&vintage.join("pegging.csv"));
        let stay = pegs.iter().filter(|row| row["purpose"] == "unsecured_backlog");
        let stay: i64 = stay.map(|row| row["machines"].parse::<i64>().unwrap()).sum();
        let out = folder.path().join("out");
        let explained = reported(&wafercast(&["explain", "CH-20000", "--out", out.to_str().unwrap()]));
        let told = format!(
            "all 20,000 such machines of M95-245 are handed out in open_orders; wafers are ordered for the {},{:03} of them",
            stay / 1000,
            stay % 1000
        );
        let (firm, unsecured) = backlog(&vintage);
        assert_eq!(explained.contains(&told), unsecured > 0, "{told}\n{explained}");
        assert!(unsecured == 0 || (1_000..20_000).contains(&stay), "{stay}");
        assert_eq!(firm + unsecured, 44_661, "all that is signed");
        assert_eq!(firm, if paid >= 0.5 * value { 44_661 } else { 24_661 }, "{paid}");
        assert_eq!(said.contains("[unsecured]"), unsecured > 0, "{said}");
        let now = wafers(&vintage);
        if let Some((less, fewer)) = before {
            assert!(now >= fewer, "{now} wafers at {paid} USD paid, {fewer} at {less}");
        }
        before = Some((paid, now));
        of_share.insert((100.0 * paid / value).round() as i64, now);
    }
    let plain = maker(&[], |job| level(&job));
    let (alone, _) = ran(plain.path());
    assert!(wafers(&alone) < of_share[&0], "an offer may still come");
    assert!(of_share[&0] < of_share[&3] && of_share[&20] < of_share[&50], "{of_share:?}");
}

#[test]
fn who_has_not_paid_is_named_everywhere_and_served_last() {
    let folder = maker(&[contract("0")], |job| job);
    let (vintage, said) = ran(folder.path());
    let named = "20000 of CH-20000 for Harbour Distribution (signed 92 days ago, 0% paid)";
    assert!(said.contains(named), "{said}");
    let summary = text(&vintage.join("summary.md"));
    assert!(summary.contains("24,661 firm by contract, 20,000 signed and not secured"), "{summary}");
    assert!(
        summary.contains("20,000 of CH-20000 for Harbour Distribution, signed 92 days ago, 0% paid"),
        "{summary}"
    );
    assert!(summary.contains("firm contracts cover "), "{summary}");
    let page = text(&vintage.join("report.html"));
    for told in [
        "and 20,000 signed, not secured",
        "of their machines for secured contracts",
        "Signed and not secured: 20,000 machines",
    ] {
        assert!(page.contains(told), "{told}");
    }
    let open = rows(&vintage.join("open_orders.csv"));
    let of = |state: &str| -> i64 {
        let lines = open.iter().filter(|row| row["secured"] == state);
        lines.map(|row| row["machines"].parse::<i64>().unwrap()).sum()
    };
    let (firm, unsecured) = backlog(&vintage);
    assert_eq!((of("secured") + of("not_yet_due"), of("unsecured")), (firm, unsecured));
    let line = open.iter().find(|row| row["secured"] == "unsecured").unwrap();
    assert_eq!((line["days_since_signed"].as_str(), line["received_share"].as_str()), ("92", "0.0000"));
    // No firm line that is due waits while the distributor gets a machine of its model.
    let ships = |row: &&BTreeMap<String, String>| row["expected_month"].clone();
    let last_firm = open
        .iter()
        .filter(|row| {
            row["secured"] == "secured"
                && row["model"] == "M95-245"
                && row["promised_month"].as_str() <= "2026-01-01"
        })
        .map(|row| ships(&row))
        .max()
        .unwrap();
    let first = open.iter().filter(|row| row["secured"] == "unsecured").map(|row| ships(&row));
    assert!(first.filter(|month| !month.is_empty()).min().is_none_or(|month| month >= last_firm));
    // The share of each order is what is pegged to firm contracts.
    let pegging = rows(&vintage.join("pegging.csv"));
    for order in rows(&vintage.join("wafer_orders.csv")) {
        let own = pegging.iter().filter(|peg| {
            peg["source"] == "4_proposed"
                && ["chip", "place_by", "foundry"].iter().all(|key| peg[*key] == order[*key])
        });
        let (mut firm, mut all) = (0.0, 0.0);
        for peg in own {
            let machines: f64 = peg["machines"].parse().unwrap();
            all += machines;
            firm += if peg["purpose"] == "firm_backlog" { machines } else { 0.0 };
        }
        let share: f64 = order["secured_share"].parse().unwrap();
        assert!((share - firm / all).abs() < 1e-4, "{share} {firm} {all}");
    }
    // It is in no floor, and takes nothing that can be promised.
    let plain = maker(&[], |job| job);
    let (alone, _) = ran(plain.path());
    for (table, column) in [("available_to_promise", "firm_cumulative"), ("wafer_orders", "firm_chips")] {
        let most = |vintage: &Path| {
            let rows = rows(&vintage.join(format!("{table}.csv")));
            rows.iter().map(|row| row[column].parse::<f64>().unwrap()).fold(0.0, f64::max)
        };
        assert_eq!(most(&vintage), most(&alone), "{column}");
    }
    let checks = rows(&vintage.join("policy_checks.csv"));
    let row =
        checks.iter().find(|row| row["check"] == "signed_machines" && row["item"] == "unsecured").unwrap();
    assert_eq!((row["value"].as_str(), row["status"].as_str()), ("20000.0000", "off_target"));
}

/// A share and days of their own for distributors; a contract without a price is judged by the list price, one that does not say what
/// was received is firm and told.
#[test]
fn rules_by_kind_of_customer_list_prices_and_what_is_not_said() {
    let of = |id: &str, change: &dyn Fn(&mut Vec<String>)| {
        let mut row = contract("24000000");
        row[0] = id.to_owned();
        row[6] = "1000".to_owned();
        change(&mut row);
        row
    };
    let orders = [
        // 20% of 6,000 USD each.
        of("A", &|row| row[8] = "1200000".to_owned()),
        // The list price is near 6,000: half of it, and a tenth.
        of("B", &|row| (row[7], row[8]) = (String::new(), "3300000".to_owned())),
        of("C", &|row| (row[7], row[8]) = (String::new(), "600000".to_owned())),
        of("D", &|row| row[8] = String::new()),
        of("E", &|row| (row[5], row[8]) = ("2025-09-23".to_owned(), "0".to_owned())),
        of("F", &|row| (row[5], row[8]) = ("2025-09-22".to_owned(), "0".to_owned())),
    ];
    let states = |folder: &TempDir| {
        let (vintage, said) = ran(folder.path());
        let open = rows(&vintage.join("open_orders.csv"));
        let state = |id: &str| open.iter().find(|row| row["order"] == id).unwrap()["secured"].clone();
        (["A", "B", "C", "D", "E", "F"].map(state), said)
    };
    let (plain, said) = states(&maker(&orders, |job| job));
    assert_eq!(plain, ["unsecured", "secured", "unsecured", "not_said", "not_yet_due", "unsecured"]);
    assert!(
        said.contains(
            "1000 of 30661 machines signed do not say what was received, and count as firm: 1000 of D"
        ),
        "{said}"
    );
    let (ruled, _) = states(&maker(&orders, |job| {
        let keys = "effective_deposit_share = { key_account = 0.5, retail = 1, channel = 0.2 }\ndeposit_due_days = { key_account = 7, retail = 0, channel = 8 }\n";
        job.replace("futures_share = 0.8 ", &format!("{keys}futures_share = 0.8 "))
    }));
    assert_eq!(ruled, ["secured", "secured", "unsecured", "not_said", "not_yet_due", "not_yet_due"]);
}

#[test]
fn without_any_amount_paid_all_is_firm_and_that_is_said_once() {
    let folder = copy_of("miniature");
    let (vintage, said) = ran(folder.path());
    assert_eq!(backlog(&vintage), (120, 0));
    assert_eq!(said.matches("no amounts paid are given").count(), 1, "{said}");
}

#[test]
fn rules_that_cannot_be_are_refused() {
    for (key, told) in [
        ("effective_deposit_share = 1.5", "`1.5` is not a share"),
        ("effective_deposit_share = { key_account = 0.5, channel = 0.5 }", "`retail` is missing"),
        (
            "effective_deposit_share = { key_account = 0.5, retail = 0.5, channel = 0.5, other = 1 }",
            "`other` is no kind of customer",
        ),
        ("deposit_due_days = 400", "must lie between 0 and 366"),
        ("least_look_ahead_months = 7", "must be at most most_look_ahead_months"),
    ] {
        let folder = copy_of("miniature");
        edit(&folder.path().join("job.toml"), |job| format!("{job}\n[policy]\n{key}\n"));
        let job = folder.path().join("job.toml");
        let output = wafercast(&["check", job.to_str().unwrap()]);
        let said = reported(&output);
        assert!(!output.status.success() && said.contains(told), "{key}\n{said}");
    }
}

/// The figures of docs/concepts/orders.md: 20,000 M90-200 with nothing and with half paid.
#[test]
fn what_a_contract_buys_by_what_is_paid() {
    for (paid, cost) in [("0", 47_180_000.0), ("60000000", 72_262_500.0)] {
        let mut order = contract(paid);
        order[3] = "M90-200".to_owned();
        let folder = maker(&[order], |job| job.replace("paths = 200", "paths = 2000"));
        let orders = rows(&ran(folder.path()).0.join("wafer_orders.csv"));
        let now = orders.iter().filter(|row| row["decision"] == "place_now");
        assert_eq!(
            now.map(|row| row["cost_usd"].parse::<f64>().unwrap()).sum::<f64>(),
            cost,
            "{paid} USD paid"
        );
    }
}
