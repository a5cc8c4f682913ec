//! The payments export: what was received, what is due when, and what contradicts the orders.

use std::path::{Path, PathBuf};
use std::process::Output;

use tempfile::TempDir;

use crate::common::{copy_of, edit, reported, rows, text, wafercast};

const HEADER: &str = "order_id,line,model,paid_date,due_date,amount_usd,kind,currency\n";

/// Of the orders with machines left O22 has no row: the usual half is paid. O23: half is paid, 2,000 credited, 10,000 due after delivery.
/// O24: a quarter is paid, a quarter due in October, half in January.
const BY_HAND: &str = "O23,,,2025-08-01,,30000,deposit,
O23,,,2025-08-01,,2000,coupon,
O23,,MINI,,2025-12-15,10000,balance,
O24,,,2025-09-05,2025-09-03,15000,deposit,
O24,,,,2025-10-31,15000,instalment,
O24,,,,2026-01-31,30000,balance,
";

/// The miniature with payments.
fn with(payments: &str, keys: &str) -> TempDir {
    let folder = copy_of("miniature");
    std::fs::File::create(folder.path().join("payments.csv"))
        .and_then(|mut f| std::io::Write::write_all(&mut f, format!("{HEADER}{payments}").as_bytes()))
        .unwrap();
    edit(&folder.path().join("job.toml"), |job| {
        let export = format!("[exports.payments]\npath = \"payments.csv\"\n{keys}");
        job.replace("[exports.supply]", &format!("{export}\n[exports.supply]"))
    });
    folder
}

fn command(folder: &Path, name: &str) -> Output {
    let job = folder.join("job.toml");
    let (job, out) = (job.to_str().unwrap(), folder.join("out"));
    match name {
        "check" => wafercast(&["check", job]),
        _ => wafercast(&["run", job, "--out", out.to_str().unwrap()]),
    }
}

fn ran(folder: &Path) -> (PathBuf, String) {
    let output = command(folder, "run");
    assert!(output.status.success(), "{}", reported(&output));
    (folder.join("out/2025Q3"), reported(&output))
}

/// Money from customers of a month of the base scenario.
fn money(vintage: &Path, column: &str) -> Vec<f64> {
    let base = rows(&vintage.join("cash.csv")).into_iter().filter(|row| row["scenario"] == "base");
    base.map(|row| row[column].parse().unwrap()).collect()
}

/// What is left of the contracts: 20 machines of O22, 40 of O23, 60 of O24, 1,000 USD each. On delivery fall due half of O22's 20,000;
/// of O23's 60,000 what is not paid, credited or due later, 18,000; nothing of O24: 28,000 over 120 machines. 60 ship in October.
#[test]
fn known_due_dates_are_billed_as_they_stand_and_the_rest_on_delivery() {
    let plain = copy_of("miniature");
    let (plain, _) = ran(plain.path());
    let folder = with(BY_HAND, "");
    let (vintage, said) = ran(folder.path());
    let close = |found: f64, expected: f64| assert!((found - expected).abs() < 0.02, "{found} {expected}");
    let (before, now) = (money(&plain, "customer_balances_usd"), money(&vintage, "customer_balances_usd"));
    close(before[0], 60.0 * 500.0);
    close(now[0], 60.0 * 28_000.0 / 120.0 + 15_000.0);
    // Half of the contracts' 120,000 before; 28,000 on delivery and 55,000 on dates now.
    close(now.iter().sum::<f64>() - before.iter().sum::<f64>(), 83_000.0 - 60_000.0);
    let january = |of: &[f64]| of[3];
    close(january(&now) - january(&before), 30_000.0);
    assert_eq!(money(&vintage, "customer_deposits_usd"), money(&plain, "customer_deposits_usd"));
    // A quarter was received of O24, signed 29 days before: it is not firm. Half is received of what is owed of O23.
    let quarterly = rows(&vintage.join("shipment_forecast_quarterly.csv"));
    let year = quarterly
        .iter()
        .find(|row| row["scenario"] == "base" && row["quarter"] == "12M" && row["model"] == "ALL")
        .unwrap();
    assert_eq!((year["firm_units"].as_str(), year["unsecured_units"].as_str()), ("60", "60"));
    assert!(said.contains("60 of O24 for Only Customer (signed 29 days ago, 25% paid)"), "{said}");
    assert!(said.contains("20 of 120 machines signed do not say what was received"), "{said}");
    // Refunded when cancelled is what was received, no credit: nothing is cancelled here.
    assert!(money(&vintage, "customer_refunds_usd").iter().all(|usd| *usd == 0.0));
}

#[test]
fn a_deposit_that_the_contract_has_due_later_is_not_due_yet() {
    let folder =
        with(&BY_HAND.replace("O24,,,,2025-10-31,15000,instalment", "O24,,,,2025-10-31,15000,deposit"), "");
    let (vintage, said) = ran(folder.path());
    let open = rows(&vintage.join("open_orders.csv"));
    let standing = |order: &str| open.iter().find(|row| row["order"] == order).unwrap()["secured"].clone();
    assert_eq!(["O22", "O23", "O24"].map(standing), ["not_said", "secured", "not_yet_due"]);
    assert!(!said.contains("[unsecured]"), "{said}");
    assert!((money(&vintage, "customer_deposits_usd")[0] - 60.0 * 500.0 - 15_000.0).abs() < 0.02);
}

/// Order, both amounts and which is used; a difference of rounding is none.
#[test]
fn amounts_that_contradict_prepaid_are_told() {
    let folder = with(BY_HAND, "");
    edit(&folder.path().join("futures_orders.csv"), |orders| {
        let orders = orders.replace("2025-08-01,60,1000,,", "2025-08-01,60,1000,29970,");
        orders.replace("2025-09-01,60,1000,,", "2025-09-01,60,1000,20000,")
    });
    let output = command(folder.path(), "check");
    let said = reported(&output);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("payments of 1 order(s) differ from prepaid_usd beyond rounding, and payments are used: O24 (prepaid_usd 20000.00, received by payments 15000.00)"),
        "{said}"
    );
    assert!(said.contains("payments:\n"), "{said}");
    assert!(said.contains("received 45,000 USD, credited 2,000 USD, due later 55,000 USD"), "{said}");
}

#[test]
fn what_cannot_be_is_refused_with_file_line_and_value() {
    for (row, told) in [
        (
            "O24,,,2025-10-01,,5,deposit,",
            "payments.csv:2: paid_date: `2025-10-01`, is after the as-of date 2025-09-30",
        ),
        ("O24,,,,,5,deposit,", "payments.csv:2: paid_date: ``, is empty, and so is due_date"),
        ("O24,,,2025-09-01,,-5,deposit,", "payments.csv:2: amount_usd: `-5`, is below 0"),
        ("O24,,,2025-09-01,,,deposit,", "payments.csv:2: amount_usd: ``, is empty"),
        ("O24,,,2025-09-01,,5,present,", "payments.csv:2: kind: `present`"),
        ("O24,,,2025-09-01,,5,deposit,XYZ", "payments.csv:2: currency: `XYZ`"),
        ("O24,,NONE,2025-09-01,,5,deposit,", "payments.csv:2: model: `NONE`"),
        ("X99,,,2025-09-01,,5,deposit,", "(100.0%) are of 1 order number (X99), not in futures_orders"),
    ] {
        let folder = with(&format!("{row}\n"), "");
        let output = command(folder.path(), "check");
        let said = reported(&output);
        assert!(!output.status.success() && said.contains(told), "{row}\n{said}");
    }
}

/// Half was received of three orders of 60,000 USD, as deposits; 40, 20 and 0 of their 60 machines were delivered. What those 60 machines owe, 20,000
/// and 10,000, is in no row: it is told, and the 120 that are left bring 500 each, as without the export. With those balances paid nothing is told; with
/// one due in December it comes then.
#[test]
fn balances_that_payments_leave_out_are_told_and_not_billed_again() {
    let deposits: String =
        ["O22", "O23", "O24"].map(|order| format!("{order},,,2025-09-02,,30000,deposit,\n")).concat();
    let plain = copy_of("miniature");
    let (plain, _) = ran(plain.path());
    let by_month = |payments: &str| {
        let folder = with(payments, "");
        let (vintage, said) = ran(folder.path());
        (money(&vintage, "customer_balances_usd"), said)
    };
    let told = "are in no row, neither paid nor due";
    let before = money(&plain, "customer_balances_usd");
    let (now, said) = by_month(&deposits);
    assert!(
        said.contains(&format!("30000.00 USD of machines delivered on 2 open orders (O22, O23) {told}")),
        "{said}"
    );
    assert_eq!(now, before);
    let (now, said) =
        by_month(&format!("{deposits}O22,,,2025-09-30,,20000,balance,\nO23,,,2025-09-30,,10000,balance,\n"));
    assert!(!said.contains(told), "{said}");
    assert_eq!(now, before);
    let (now, said) =
        by_month(&format!("{deposits}O22,,,2025-09-30,,20000,balance,\nO23,,,,2025-12-15,10000,balance,\n"));
    assert!(!said.contains(told), "{said}");
    let more: Vec<f64> = now.iter().zip(&before).map(|(now, before)| now - before).collect();
    assert_eq!(more, [0.0, 0.0, 10_000.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

/// Another currency is taken at the rate; order numbers by the job's rule; a few of unknown orders are told; a repayment takes away.
#[test]
fn currencies_order_numbers_and_repayments() {
    let folder = with(
        "' O24,,,2025-09-05,,210000,deposit,CNY\nO24,,,2025-09-06,,-1000,refund,USD\nX99,,,2025-09-05,,100,deposit,USD\nO23,7,,2025-08-01,,30000,deposit,USD\nO23,,,,2025-09-15,100,balance,\n",
        "usd_per = { CNY = 0.15 }\n",
    );
    edit(&folder.path().join("job.toml"), |job| {
        job + "\n[reading]\norder_id_rule = [\"apostrophe\", \"blanks\"]\n"
    });
    let (vintage, said) = ran(folder.path());
    let open = rows(&vintage.join("open_orders.csv"));
    let received =
        |order: &str| open.iter().find(|row| row["order"] == order).unwrap()["received_share"].clone();
    // 210,000 CNY are 31,500 USD, less 1,000 paid back: 30,500 of 60,000.
    assert_eq!([received("O24"), received("O23")], ["0.5083", "0.5000"]);
    assert!(said.contains("100.00 USD of 62700.00 (0.2%) are of 1 order number (X99)"), "{said}");
    assert!(said.contains("payments name a line or model that is not in 1 order (O23)"), "{said}");
    assert!(
        said.contains("100.00 USD of 1 open order (O23) were due by 2025-09-30 and are not paid"),
        "{said}"
    );
}

/// O24 was cancelled in September: nothing of it is billed any more, and what is agreed to be paid back in November is.
#[test]
fn what_is_to_be_paid_back_on_a_cancelled_order_is_in_cash() {
    let cancelled = |payments: &str| {
        let folder = with(payments, "");
        edit(&folder.path().join("futures_orders.csv"), |text| {
            let old = text.lines().find(|line| line.starts_with("O24,")).unwrap().to_owned();
            text.replace(&old, &old.replace("open,", "cancelled,2025-09-20"))
        });
        let (vintage, said) = ran(folder.path());
        (money(&vintage, "customer_refunds_usd"), money(&vintage, "customer_deposits_usd"), said)
    };
    let paid = "O24,,,2025-09-05,,30000,deposit,\n";
    let (before, deposits, _) = cancelled(paid);
    let (refunds, same, said) =
        cancelled(&format!("{paid}O24,,,,2025-11-15,30000,refund,\nO24,,,,2025-10-15,9000,deposit,\n"));
    assert_eq!(same, deposits, "a deposit of a cancelled order is not billed");
    let more: Vec<f64> = refunds.iter().zip(&before).map(|(now, before)| now - before).collect();
    assert!((more[1] + 30_000.0).abs() < 0.02, "{more:?} {said}");
    assert!(more.iter().enumerate().all(|(month, usd)| month == 1 || usd.abs() < 0.02), "{more:?}");
}

/// What was paid of an option that was not taken is of no order, and not unknown.
#[test]
fn payments_of_options_are_told_as_that() {
    let folder = with("OPT,,,2025-09-05,,500,deposit,\n", "");
    edit(&folder.path().join("futures_orders.csv"), |text| {
        let mut lines = text.trim_end().lines();
        let header = lines.next().unwrap();
        let rows: String = lines.map(|line| format!("\n{line},")).collect();
        format!(
            "{header},option_until{rows}\nOPT,Customer,key_account,MINI,option,2025-09-01,10,1000,,2026-03,3,0,open,,2025-12-31\n"
        )
    });
    let (_, said) = ran(folder.path());
    assert!(said.contains("500.00 USD are of 1 option (OPT), not taken: they count for no order"), "{said}");
    assert!(!said.contains("not in futures_orders"), "{said}");
}

/// An export made later: payments of later days are not seen, and what has a due date is still to come.
#[test]
fn payments_made_after_the_as_of_date_are_not_seen() {
    let later = BY_HAND.replace("O24,,,,2025-10-31", "O24,,,2025-10-30,2025-10-31");
    let extra = format!("{later}O24,,,2025-10-08,,99,deposit,\n");
    let folder = with(&extra, "");
    edit(&folder.path().join("job.toml"), |job| {
        job.replace(
            "[exports.futures_orders]",
            "[exports]\nexported_on = 2025-11-08\n[exports.futures_orders]",
        )
    });
    let (vintage, _) = ran(folder.path());
    let by_hand = with(BY_HAND, "");
    edit(&by_hand.path().join("job.toml"), |job| {
        job.replace(
            "[exports.futures_orders]",
            "[exports]\nexported_on = 2025-11-08\n[exports.futures_orders]",
        )
    });
    let (plain, _) = ran(by_hand.path());
    for table in ["cash.csv", "open_orders.csv", "wafer_orders.csv"] {
        assert_eq!(text(&vintage.join(table)), text(&plain.join(table)), "{table}");
    }
}

#[test]
fn inspect_knows_a_file_of_payments() {
    let folder = with(BY_HAND, "");
    let file = folder.path().join("payments.csv");
    let output = wafercast(&["inspect", file.to_str().unwrap()]);
    assert!(reported(&output).contains("[exports.payments]"), "{}", reported(&output));
}
