//! `channel_inventory`: machines on hand at distributors.

use chrono::NaiveDate;

use crate::diagnostic::Code;
use crate::job::{Catalogue, ModelId};

use super::table::{Column, Row, Table, optional, required};

/// One distributor's stock of one model on one day.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Snapshot {
    /// Day of the count.
    pub date: NaiveDate,
    /// The distributor.
    pub channel: String,
    /// The model counted.
    pub model: ModelId,
    /// Machines on hand.
    pub quantity: u32,
    /// Machines sold on since the snapshot before.
    pub sell_through: Option<u32>,
}

pub(super) const COLUMNS: &[Column] = &[
    required("snapshot_date", &["snapshot date"]),
    required("channel", &["distributor"]),
    required("model", &["product"]),
    required("quantity", &["qty", "on_hand"]),
    optional("sell_through_quantity", &["sell_through"]),
];

/// Reads every snapshot up to `as_of`, sorted.
pub(super) fn read(table: &mut Table<'_>, catalogue: &Catalogue, as_of: NaiveDate) -> Vec<Snapshot> {
    let mut rows: Vec<(Snapshot, u64)> = Vec::new();
    let mut row = Row::default();
    while table.next_row(&mut row) {
        let date = table.need_date(&row, 0);
        if date.is_some_and(|date| date > as_of) {
            continue;
        }
        let channel = table.need_text(&row, 1);
        let model = table.need_model(&row, 2, catalogue);
        let quantity = table.need_integer(&row, 3, 0, 100_000_000);
        let sell_through = table.maybe_integer(&row, 4);
        if let (Some(date), Some(channel), Some(model), Some(quantity), Some(sell_through)) =
            (date, channel, model, quantity, sell_through)
        {
            rows.push((
                Snapshot { date, channel: channel.to_owned(), model, quantity, sell_through },
                row.line,
            ));
        }
    }
    rows.sort_by(|(a, i), (b, j)| (a.date, &a.channel, a.model, i).cmp(&(b.date, &b.channel, b.model, j)));
    let mut kept: Vec<(Snapshot, u64)> = Vec::with_capacity(rows.len());
    for (snapshot, line) in rows {
        match kept.last() {
            Some((first, first_line))
                if (first.date, &first.channel, first.model)
                    == (snapshot.date, &snapshot.channel, snapshot.model) =>
            {
                let reason = format!("is already counted for this channel and model on line {first_line}");
                table.reject(line, Some(0), &snapshot.date.to_string(), (Code::DuplicateRow, reason));
            }
            _ => kept.push((snapshot, line)),
        }
    }
    kept.into_iter().map(|(snapshot, _)| snapshot).collect()
}
