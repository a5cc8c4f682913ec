//! What the checks across exports look at.

use chrono::NaiveDate;

use crate::domain::Month;
use crate::ingest::exports::supply::Supply;
use crate::ingest::frames::Stock;
use crate::ingest::orders::ledger::Ledger;

/// What is known as of a date, of orders, inventory and supply.
#[derive(Clone, Copy)]
pub(in crate::ingest) struct Known<'a> {
    pub ledger: &'a Ledger,
    pub inventory: Option<&'a Stock>,
    pub supply: Option<&'a Supply>,
    pub as_of: NaiveDate,
}

impl Known<'_> {
    /// The last month that exists.
    pub(in crate::ingest) fn month(&self) -> Month {
        Month::of(self.as_of)
    }
}
