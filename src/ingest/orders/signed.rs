//! What orders are compared by, to find those that are one order twice.

use chrono::NaiveDate;

use crate::domain::{MicroUsd, Month};

/// A signed order, as others are compared with it.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "the field's own word, as the exports have it")]
pub(super) struct Signed {
    /// Customer, model and quantity.
    pub key: u64,
    /// Customer and model.
    pub buyer: u64,
    /// Model and quantity.
    pub item: u64,
    pub signed: NaiveDate,
    /// Day of its cancellation.
    pub ended: Option<NaiveDate>,
    pub start: Month,
    pub months: u32,
    /// Price of one machine, in millionths of a dollar.
    pub price: Option<MicroUsd>,
    /// Machines of an open order that are still to deliver.
    pub left: u32,
    /// Where its order number ends among the numbers; it begins where the one before ends.
    pub id_end: usize,
}
