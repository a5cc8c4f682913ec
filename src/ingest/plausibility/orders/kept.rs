//! The rows that are named in a message.

use crate::domain::Month;
use crate::ingest::orders::order::Order;

/// File and line of a row.
pub(in crate::ingest) type RowPlace = (usize, u64);

/// Rows kept of many.
const KEPT: usize = 8;

/// Rows named in a message.
const NAMED: usize = 5;

/// A row that is remembered.
#[derive(Clone, PartialEq, PartialOrd, Debug)]
pub(super) struct Kept {
    /// What it is sorted by.
    pub by: f64,
    pub place: RowPlace,
    pub id: String,
    pub quantity: u32,
    pub signed: Month,
}

/// The first few of many rows by what they are sorted by, and how many there are.
#[derive(Clone, Default, Debug)]
pub(super) struct First {
    pub count: u64,
    pub rows: Vec<Kept>,
}

impl First {
    pub(super) fn add(&mut self, by: f64, place: RowPlace, order: &Order<'_>) {
        self.count += 1;
        if self.rows.len() >= KEPT
            && self.rows.last().is_some_and(|last| (last.by, last.place) <= (by, place))
        {
            return;
        }
        let (quantity, signed) = (order.quantity, Month::of(order.signed));
        self.rows.push(Kept { by, place, id: order.id.to_owned(), quantity, signed });
        self.shorten();
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.rows.extend(other.rows);
        self.shorten();
    }

    /// Where the first of them stands.
    pub(super) fn place(&self) -> Option<RowPlace> {
        self.rows.first().map(|row| row.place)
    }

    fn shorten(&mut self) {
        self.rows.sort_by(|a, b| a.by.total_cmp(&b.by).then(a.place.cmp(&b.place)));
        self.rows.truncate(KEPT);
    }
}

/// Order numbers and lines of the first of many rows, for a message.
pub(super) fn joined(first: &First) -> String {
    let rows: Vec<String> =
        first.rows.iter().take(NAMED).map(|row| format!("{} on line {}", row.id, row.place.1)).collect();
    let more = if first.count > rows.len() as u64 { ", ..." } else { "" };
    format!("{}{more}", rows.join(", "))
}
