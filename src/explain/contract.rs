//! What becomes of a customer's order.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::tables::declared::open_orders as open;
use crate::views::words::{count, grouped};
use crate::vintages::{Stored, StoredRow};

use super::account::{Account, Detail};

/// What is still to ship of an open order, from its rows: what was promised, what is expected, and what serves it.
///
/// # Errors
/// As [`Account::finish`].
pub(super) fn explain(
    stored: &Stored,
    order: &str,
    rows: &[StoredRow],
    detail: Detail,
) -> Result<String, Error> {
    let machines: i64 = rows.iter().filter_map(|row| row.whole(open::machines)).sum();
    let customers: BTreeSet<&str> = rows.iter().map(|row| row.text(open::customer)).collect();
    let customers: Vec<&str> = customers.into_iter().collect();
    let title = format!(
        "{order} of {}: {} machines still to ship (vintage {}, as of {})",
        customers.join(", "),
        grouped(machines),
        stored.name,
        stored.manifest.as_of
    );
    let mut account = Account::new(title, detail);
    account.step("Whether it counts", "open_orders: rows of this order");
    let lines: BTreeSet<&str> = rows.iter().map(|row| row.text(open::line)).collect();
    for line in lines {
        let of = rows.iter().find(|row| row.is(open::line, line));
        if let (Some(of), false) = (of, line.is_empty()) {
            account.cell(of, open::line, "line");
        }
        if let Some(of) = of {
            account.cell(of, open::secured, "by its deposit");
            account.cell(of, open::received_share, "of its value received");
            account.cell(of, open::days_since_signed, "since it was signed");
        }
    }
    account.step("What ships when", "the same rows, promised month by promised month");
    for row in rows {
        let line = row.text(open::line);
        let line = if line.is_empty() { String::new() } else { format!("line {line}: ") };
        let what = format!("{line}{}, promised {}", row.text(open::model), row.month(open::promised_month));
        account.cell(row, open::machines, &what);
        account.say(&format!("{:28}{}", "", expected(row)));
    }
    account.step("What it waits for", "wafer orders that serve it");
    let orders: BTreeSet<&str> =
        rows.iter().map(|row| row.text(open::supply_order)).filter(|order| !order.is_empty()).collect();
    if orders.is_empty() {
        account.say("no wafer order");
    }
    for order in orders {
        let of = rows.iter().filter(|row| row.is(open::supply_order, order));
        let served: i64 = of.filter_map(|row| row.whole(open::machines)).sum();
        account.say(&format!("{order}: {}", count(served.unsigned_abs() as usize, "machine", "machines")));
    }
    account.finish()
}

/// When machines of a row ship, and from what.
fn expected(row: &StoredRow) -> String {
    let supply = row.text(open::supply);
    let supply = supply.split_once('_').map_or(supply, |(_, name)| name).replace('_', " ");
    let from = match (row.text(open::supply_order), supply.as_str()) {
        (_, "") => "supply is not known".to_owned(),
        ("", "none") => "nothing serves them within the twelve months".to_owned(),
        ("", supply) => format!("from {supply}"),
        (order, supply) => {
            let which = if supply == "on order" { "open" } else { "proposed" };
            let day = row.text(open::supply_in_hand);
            format!("from the {which} wafer order {order}, chips in hand by {day}")
        }
    };
    let late = match row.whole(open::late_months) {
        Some(0) => ", in time".to_owned(),
        Some(months) => format!(", {} late", count(months.unsigned_abs() as usize, "month", "months")),
        None => String::new(),
    };
    let when = match row.month(open::expected_month) {
        "" => "not expected to ship within the twelve months".to_owned(),
        month => format!("expected {month}{late}"),
    };
    let sure = match row.month(open::expected_month_80) {
        "" => String::new(),
        month => format!(", on four of five paths by {month}"),
    };
    format!("{when}{sure}: {from}")
}
