//! What becomes of a customer's order.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::ingest::Standing;
use crate::supply::Use;
use crate::tables::declared::{open_orders as open, pegging, shipment_forecast as forecast};
use crate::views::BASE;
use crate::views::words::{count, grouped};
use crate::vintages::{Stored, StoredRow};

use super::account::{Account, Detail};

/// What is still to ship of an open order, from its rows: what was promised, what is expected, and what serves it.
///
/// # Errors
/// As [`Stored::rows`] and [`Account::finish`].
pub(super) fn explain(
    stored: &Stored,
    order: &str,
    (rows, all): (&[StoredRow], &[StoredRow]),
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
    let models: BTreeSet<&str> = rows.iter().map(|row| row.text(open::model)).collect();
    let unsecured = |row: &&StoredRow| row.is(open::secured, Standing::Unsecured.name());
    for model in models.iter().filter(|model| rows.iter().any(|r| unsecured(&r) && r.is(open::model, model)))
    {
        if let Some(said) = expected_to_stay(stored, model, all.iter().filter(unsecured))? {
            account.say(&said);
        }
    }
    let mut nothing = BTreeMap::new();
    for model in models {
        nothing.insert(model, unserved(stored, model)?);
    }
    account.step("What ships when", "the same rows, promised month by promised month");
    for row in rows {
        let line = row.text(open::line);
        let line = if line.is_empty() { String::new() } else { format!("line {line}: ") };
        let what = format!("{line}{}, promised {}", row.text(open::model), row.month(open::promised_month));
        account.cell(row, open::machines, &what);
        let nothing = nothing.get(row.text(open::model)).map_or("", String::as_str);
        account.say(&format!("{:28}{}", "", expected(row, nothing)));
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

/// What of the machines that are signed and not secured wafer orders count; `None` where supply is not known.
fn expected_to_stay<'a>(
    stored: &Stored,
    model: &str,
    unsecured: impl Iterator<Item = &'a StoredRow>,
) -> Result<Option<String>, Error> {
    let of_model: Vec<&StoredRow> = unsecured.filter(|row| row.is(open::model, model)).collect();
    let machines = |rows: &mut dyn Iterator<Item = i64>| grouped(rows.sum());
    let signed = machines(&mut of_model.iter().filter_map(|row| row.whole(open::machines)));
    let mut pegs = stored.rows(pegging::NAME)?;
    pegs.retain(|peg| {
        peg.is(pegging::model, model) && peg.is(pegging::purpose, Use::UnsecuredBacklog.name())
    });
    let stay = machines(&mut pegs.iter().filter_map(|peg| peg.whole(pegging::machines)));
    Ok(of_model.iter().all(|row| !row.text(open::supply).is_empty()).then(|| {
        format!(
            "not secured: all {signed} such machines of {model} are handed out in open_orders; wafers are ordered for the {stay} of them that are expected to stay (pegging, unsecured_backlog)"
        )
    }))
}

/// Why nothing serves machines of a model: what is expected to be cancelled or lost is built for nobody, the rest waits.
fn unserved(stored: &Stored, model: &str) -> Result<String, Error> {
    let mut rows = stored.rows(forecast::NAME)?;
    rows.retain(|row| row.is(forecast::scenario, BASE) && row.is(forecast::model, model));
    let sum = |column| rows.iter().filter_map(|row| row.whole(column)).sum::<i64>();
    let (cancelled, lost) = (sum(forecast::cancelled_units), sum(forecast::lost_units));
    let waiting = rows.last().and_then(|row| row.whole(forecast::waiting_units)).unwrap_or(0);
    if cancelled + lost == 0 {
        return Ok("nothing serves them within the twelve months".to_owned());
    }
    let waits = match waiting {
        0 => "none waits for chips at the end".to_owned(),
        waiting => format!("{} wait for chips at the end", grouped(waiting)),
    };
    Ok(format!(
        "of open orders of {model} the forecast takes {} machines for cancelled and {} for lost while late (shipment_forecast), and {waits}",
        grouped(cancelled),
        grouped(lost)
    ))
}

/// When machines of a row ship, and from what; `nothing`: why nothing serves them.
fn expected(row: &StoredRow, nothing: &str) -> String {
    let supply = row.text(open::supply);
    let supply = supply.split_once('_').map_or(supply, |(_, name)| name).replace('_', " ");
    let from = match (row.text(open::supply_order), supply.as_str()) {
        (_, "") => "supply is not known".to_owned(),
        ("", "none") => nothing.to_owned(),
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
