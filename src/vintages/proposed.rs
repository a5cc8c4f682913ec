//! A wafer order as an earlier vintage published it.

use chrono::NaiveDate;

use crate::domain::Month;

/// A wafer order as published: what of it later vintages are compared with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposed {
    /// Its chip.
    pub chip: String,
    /// Its foundry.
    pub foundry: String,
    /// Whether it is to be placed before the next run.
    pub place_now: bool,
    /// Last day on which it can be placed.
    pub place_by: NaiveDate,
    /// First month in which machines of it can ship.
    pub ship: Month,
    /// How many.
    pub wafers: i64,
}
