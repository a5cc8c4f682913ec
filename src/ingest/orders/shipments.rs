//! `shipments`: what really left the door.

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::ingest::cells::layout::{Column, optional, required};
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::files::locations::Located;
use crate::ingest::rows::reading::Reading;
use crate::job::{Catalogue, ModelId, OrderIdRule};

use super::agreement::Agreement;

/// Machines of one order that left on one day. An order may ship several times on a day.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Shipment {
    /// The order shipped, by its number as the job compares it; empty as long as no export says which.
    pub order_id: String,
    /// Model shipped.
    pub model: ModelId,
    /// Day it left.
    pub date: NaiveDate,
    /// Machines.
    pub quantity: u32,
}

pub(in crate::ingest) const COLUMNS: &[Column] = &[
    required("shipped_date", &["ship_date"]),
    optional("order_id", &["order no", "order number"]),
    required("model", &["product"]),
    required("quantity", &["qty"]),
];

/// Reads every shipment up to `as_of`, sorted by order number.
pub(in crate::ingest) fn read(
    reading: &mut Reading<'_>,
    located: &Located,
    catalogue: &Catalogue,
    rule: &OrderIdRule,
    as_of: NaiveDate,
) -> Vec<Shipment> {
    let mut shipments = Vec::new();
    let each = |table: &mut Table<'_>, row: &Row<'_>, rows: &mut Vec<(Shipment, u64)>| {
        let shipment = shipment(table, row, catalogue, rule, as_of);
        let used = shipment.is_some();
        rows.extend(shipment.map(|shipment| (shipment, row.line)));
        used
    };
    reading.simple(located, COLUMNS, each, |path, rows| {
        let rows: Vec<(Shipment, u64)> = rows.into_iter().flatten().collect();
        let without = |(shipment, _): &&(Shipment, u64)| shipment.order_id.is_empty();
        // A file without numbers has none; in one that has some, a row without is wrong.
        let wrong = if rows.iter().all(|row| without(&row)) {
            Vec::new()
        } else {
            rows.iter().filter(without).collect()
        };
        let problems = wrong
            .into_iter()
            .map(|(_, line)| {
                let place = Place { line: *line, column: "order_id".to_owned(), ..Place::file(path) };
                let reason = "is empty, while other rows have an order number";
                Diagnostic::error(Code::EmptyCell, place, reason)
            })
            .collect();
        shipments.extend(rows.into_iter().map(|(shipment, _)| shipment));
        problems
    });
    shipments.sort();
    shipments
}

/// Tells rows that are copies of others, unless the orders say that as much was delivered: then each row left.
pub(in crate::ingest) fn copies(
    reading: &mut Reading<'_>,
    located: &Located,
    shipments: &[Shipment],
    agreement: Option<&Agreement>,
) {
    let confirmed = agreement.is_some_and(|a| {
        let beyond = a.more_shipped.machines + a.over_delivered.machines + a.unknown_order.machines;
        a.delivered_known && a.compared_by_orders > 0 && a.open_unsaid == 0 && beyond == 0
    });
    if !confirmed {
        reading.identical(located, shipments, |s: &Shipment| {
            format!("{} machines of order {} on {}", s.quantity, s.order_id, s.date)
        });
    }
}

fn shipment(
    table: &mut Table<'_>,
    row: &Row<'_>,
    catalogue: &Catalogue,
    rule: &OrderIdRule,
    as_of: NaiveDate,
) -> Option<Shipment> {
    let date = table.need_date(row, 0);
    if let Some(date) = date.filter(|date| *date > as_of) {
        table.found.goes_on = true;
        table.found.seen.later(date, row.line);
        return None;
    }
    let order_id = table.text(row, 1).unwrap_or_default();
    let model = table.need_model(row, 2, catalogue);
    let quantity = table.need_integer(row, 3, 1, 100_000_000);
    Some(Shipment {
        order_id: rule.apply(order_id).into_owned(),
        model: model?,
        date: date?,
        quantity: quantity?,
    })
}
