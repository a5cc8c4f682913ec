//! `placed_orders.csv`: on top of every vintage, for people to write down what they decided of the orders proposed.

use std::collections::BTreeMap;

use crate::ingest::{Decided, PlacedOrder, PlacedOrders};
use crate::supply::{Proposal, Settled, Standing};
use crate::table::{BOM, Dialect, harmless};

use super::files::OutputFile;
use super::name::VintageName;

/// Its file name.
pub const TEMPLATE: &str = "placed_orders.csv";

const HEAD: [&str; 10] = [
    "order",
    "chip",
    "foundry",
    "place_by",
    "proposed_wafers",
    "status",
    "wafers",
    "date",
    "approver",
    "note",
];

/// The orders proposed now, with what was decided of them already where this vintage `revised` one; then orders placed
/// earlier that are still to come, so that the next run finds every one of them in this one file.
pub fn template(
    (name, proposals): (VintageName, &[Proposal]),
    settled: &Settled,
    revised: Option<&PlacedOrders>,
    dialect: Dialect,
) -> OutputFile {
    let period = name.period();
    let mut rows: Vec<PlacedOrder> = proposals.iter().map(|proposal| proposal.undecided(&period)).collect();
    let coming = |due: Option<chrono::NaiveDate>| due.is_some_and(|due| due > name.as_of.last_day());
    for order in &settled.orders {
        let placed = match order.standing {
            Standing::OnOrder => true,
            Standing::InSupply => coming(order.due),
            Standing::Later => order.row.decided == Decided::Placed,
            _ => false,
        };
        if placed {
            rows.push(order.row.clone());
        }
    }
    let mut decided: BTreeMap<&str, &PlacedOrder> = revised
        .iter()
        .flat_map(|file| &file.rows)
        .filter(|row| row.decided != Decided::Proposed)
        .map(|row| (row.order.as_str(), row))
        .collect();
    for row in &mut rows {
        if let Some(by) = decided.remove(row.order.as_str()) {
            *row = PlacedOrder { proposed: row.proposed, place_by: row.place_by.clone(), ..by.clone() };
        }
    }
    // Not proposed any more, and decided all the same.
    let own = format!("{period}/");
    rows.extend(decided.into_values().map(|row| {
        let proposed = if row.order.starts_with(&own) { 0 } else { row.proposed };
        PlacedOrder { proposed, ..row.clone() }
    }));
    let mut text = String::new();
    if dialect.bom {
        text.push(BOM);
    }
    line(&mut text, dialect, &HEAD.map(str::to_owned));
    for row in &rows {
        let PlacedOrder {
            order,
            chip,
            foundry,
            place_by,
            proposed,
            decided,
            wafers,
            date,
            approver,
            note,
            ..
        } = row;
        let safe = |text: &str| harmless(text).into_owned();
        let cells = [
            safe(order),
            safe(chip),
            safe(foundry),
            place_by.clone(),
            proposed.to_string(),
            decided.name().to_owned(),
            wafers.map(|wafers| wafers.to_string()).unwrap_or_default(),
            date.map(|date| date.to_string()).unwrap_or_default(),
            safe(approver),
            safe(note),
        ];
        line(&mut text, dialect, &cells);
    }
    OutputFile { name: TEMPLATE.to_owned(), bytes: text.into_bytes(), rows: rows.len() }
}

fn line(text: &mut String, dialect: Dialect, cells: &[String; 10]) {
    let cells: Vec<_> = cells.iter().map(|cell| dialect.quoted(cell)).collect();
    text.push_str(&cells.join(&dialect.delimiter.to_string()));
    text.push('\n');
}
