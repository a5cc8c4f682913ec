//! `shipments`: what really left the door.

use chrono::NaiveDate;

use crate::job::{Catalogue, ModelId};

use super::table::{Column, Row, Table, required};

/// Machines of one order that left on one day. An order may ship several times on a day.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Shipment {
    /// The order shipped.
    pub order_id: String,
    /// Model shipped.
    pub model: ModelId,
    /// Day it left.
    pub date: NaiveDate,
    /// Machines.
    pub quantity: u32,
}

pub(super) const COLUMNS: &[Column] = &[
    required("shipped_date", &["shipped date", "ship_date"]),
    required("order_id", &["order id", "order no", "order number"]),
    required("model", &["product"]),
    required("quantity", &["qty"]),
];

/// Reads every shipment up to `as_of`, sorted.
pub(super) fn read(table: &mut Table<'_>, catalogue: &Catalogue, as_of: NaiveDate) -> Vec<Shipment> {
    let mut shipments = Vec::new();
    let mut row = Row::default();
    while table.next_row(&mut row) {
        let date = table.need_date(&row, 0);
        if date.is_some_and(|date| date > as_of) {
            continue;
        }
        let order_id = table.need_text(&row, 1);
        let model = table.need_model(&row, 2, catalogue);
        let quantity = table.need_integer(&row, 3, 1, 100_000_000);
        if let (Some(date), Some(order_id), Some(model), Some(quantity)) = (date, order_id, model, quantity) {
            shipments.push(Shipment { order_id: order_id.to_owned(), model, date, quantity });
        }
    }
    shipments.sort();
    shipments
}
