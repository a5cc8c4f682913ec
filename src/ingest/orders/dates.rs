//! The dates that orders are read under.

use chrono::NaiveDate;

use crate::domain::Month;

/// What a row of the orders is read under.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dates {
    pub as_of: NaiveDate,
    /// Whether states and delivered quantities are from after the as-of date.
    pub exported_later: bool,
    /// First month of the shipments export; `None` without one.
    pub begins: Option<Month>,
    /// Months by which machines may be past due and count as firm.
    pub past_due_months: u32,
}
