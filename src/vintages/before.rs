//! What the vintage before read of the months that were closed then.

use std::collections::BTreeMap;
use std::path::Path;

use crate::domain::Month;
use crate::publish::{Listing, Manifest, VintageName};
use crate::reconcile::Before;
use crate::table::Spec;

use super::read::{Row, rows};

/// The newest vintage of an earlier as-of month that stands; `None` where there is none, or its tables cannot be read, which
/// the chain reports.
pub fn before(out: &Path, listing: &Listing, as_of: Month, specs: &[&Spec]) -> Option<Before> {
    let (name, manifest) = listing.standing.iter().rfind(|(name, _)| name.as_of < as_of)?;
    read(&out.join(name.to_string()), *name, manifest, specs).ok()
}

fn read(folder: &Path, name: VintageName, manifest: &Manifest, specs: &[&Spec]) -> Result<Before, String> {
    let rows = |table: &str| rows(folder, manifest, table, specs);
    let mut before = Before::new(name.to_string(), name.as_of);
    let from_shipments =
        manifest.inputs.iter().any(|input| input.export == "shipments" && input.rows_used > 0);
    for row in rows("history")?.iter().filter(|row| is(row, "model", "ALL")) {
        let Some(month) = month(row) else { continue };
        if let Some(machines) = number(row, "intake_units") {
            before.intake.insert(month, machines as i64);
        }
        if let Some(machines) = number(row, "delivered_units").filter(|_| from_shipments) {
            before.shipped.insert(month, machines as i64);
        }
    }
    let actual = |row: &&Row| is(row, "scenario", "base") && is(row, "kind", "actual");
    for row in rows("market")?.iter().filter(actual) {
        if let Some(month) = month(row) {
            let of_month = (number(row, "hashprice_usd_per_ph_day"), number(row, "difficulty"));
            before.market.insert(month, of_month);
        }
    }
    // Machines of one order stand in a row for each month and source.
    for row in rows("open_orders").unwrap_or_default().iter().filter(|row| is(row, "kind", "1_contract")) {
        if let (Some(order), Some(machines)) = (row.get("order"), number(row, "machines")) {
            *before.open.entry(order.clone()).or_default() += machines as i64;
        }
    }
    before.positions = positions(&rows("reconciliation").unwrap_or_default());
    Ok(before)
}

/// Stock and wafers on order; vintages of earlier versions have none.
fn positions(rows: &[Row]) -> BTreeMap<(&'static str, String), f64> {
    let mut positions = BTreeMap::new();
    for row in rows {
        let check = Before::POSITIONS.into_iter().find(|check| is(row, "check", check));
        if let (Some(check), Some(item), Some(ours)) = (check, row.get("item"), number(row, "ours")) {
            positions.insert((check, item.clone()), ours);
        }
    }
    positions
}

fn is(row: &Row, column: &str, value: &str) -> bool {
    row.get(column).is_some_and(|cell| cell == value)
}

fn month(row: &Row) -> Option<Month> {
    Some(Month::of(row.get("month")?.parse().ok()?))
}

fn number(row: &Row, column: &str) -> Option<f64> {
    row.get(column)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stock and wafers on order are read back by check and item; other checks, and what says nothing, are left out.
    #[test]
    fn positions_are_read_by_check_and_item() {
        let check = Before::POSITIONS[0];
        let row = |check: &str, item: &str, ours: &str| -> Row {
            [("check", check), ("item", item), ("ours", ours)]
                .map(|(column, cell)| (column.to_owned(), cell.to_owned()))
                .into()
        };
        let rows = [row(check, "MINI", "30"), row(check, "NOVA", ""), row("another", "MINI", "7")];
        assert_eq!(positions(&rows), [((check, "MINI".to_owned()), 30.0)].into());
    }
}
