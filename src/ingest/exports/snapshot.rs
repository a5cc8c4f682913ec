//! What a distributor has, as it was counted.

use chrono::NaiveDate;

use crate::job::ModelId;

/// One distributor's stock of one model on one day.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Snapshot {
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
