//! Wafers to order against those that an earlier vintage planned for the same machines.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::Month;
use crate::publish::VintageName;

use super::proposed::Proposed;
use super::read::{Earlier, PublishedForecast};

/// Wafers by chip: what an earlier vintage planned to order after today, and what is to be ordered for the same months.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WafersChanged {
    /// The earlier vintage.
    pub previous: VintageName,
    /// Last month that both look at.
    pub through: Month,
    /// Wafers planned then and to be ordered now, by chip.
    pub chips: BTreeMap<String, (i64, i64)>,
}

/// Orders that can still be placed after `as_of`, for machines that ship up to the last month of the earlier forecast; `None`
/// where one of the two has no table of them, or neither has such an order.
pub(super) fn wafers_changed(
    earlier: &Earlier,
    published: &PublishedForecast,
    as_of: NaiveDate,
) -> Option<WafersChanged> {
    let through = earlier.forecast.months.keys().map(|(month, _)| *month).max()?;
    let mut chips: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    let still = |orders: &&Proposed| orders.place_by > as_of && orders.ship <= through;
    for order in earlier.forecast.wafers.as_ref()?.iter().filter(still) {
        chips.entry(order.chip.clone()).or_default().0 += order.wafers;
    }
    for order in published.wafers.as_ref()?.iter().filter(still) {
        chips.entry(order.chip.clone()).or_default().1 += order.wafers;
    }
    (!chips.is_empty()).then_some(WafersChanged { previous: earlier.name, through, chips })
}
