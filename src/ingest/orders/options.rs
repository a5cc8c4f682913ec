//! Options: machines that a customer may still order at a price, up to a day. They are no orders.

use chrono::NaiveDate;

use crate::domain::{Month, Usd};
use crate::job::ModelId;

use super::order::Order;

/// Machines that a customer may order.
#[derive(Clone, PartialEq, PartialOrd, Debug)]
pub struct OpenOption {
    /// Last day on which it may be taken.
    pub until: NaiveDate,
    /// Day on which it was granted.
    pub granted: NaiveDate,
    /// What may be ordered.
    pub model: ModelId,
    /// Machines.
    pub quantity: u32,
    /// Price of one machine; `None` where the export does not say.
    pub unit_price: Option<Usd>,
    /// First month of delivery.
    pub start: Month,
    /// Number of monthly batches.
    pub months: u32,
}

impl OpenOption {
    pub(super) fn new(order: &Order<'_>, until: NaiveDate) -> Self {
        let Order { model, quantity, unit_price, start, months, signed: granted, .. } = *order;
        Self { until, granted, model, quantity, unit_price, start, months }
    }

    /// Machines due in `month` if it is taken: batches as of an order.
    pub fn due_in(&self, month: Month) -> u32 {
        match u32::try_from(month - self.start) {
            Ok(batch) if batch < self.months => {
                self.quantity / self.months + u32::from(batch < self.quantity % self.months)
            }
            _ => 0,
        }
    }
}
