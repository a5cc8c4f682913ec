//! An order line, and the words that it is described by.

use chrono::NaiveDate;

use crate::domain::{Month, Usd};
use crate::job::ModelId;

use super::settled::Settled;

/// What kind of customer bought.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Segment {
    /// A large miner.
    KeyAccount,
    /// A small buyer.
    Retail,
    /// A distributor.
    Channel,
}

impl Segment {
    /// Every kind, in the order of the variants.
    pub const ALL: [Self; 3] = [Self::KeyAccount, Self::Retail, Self::Channel];

    /// The words of exports.
    pub(in crate::ingest) const WORDS: [(&'static str, Self); 3] =
        [("key_account", Self::KeyAccount), ("retail", Self::Retail), ("channel", Self::Channel)];

    /// Its word in exports and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeyAccount => "key_account",
            Self::Retail => "retail",
            Self::Channel => "channel",
        }
    }

    /// What customers of the kind are called.
    pub(crate) const fn customers(self) -> &'static str {
        match self {
            Self::KeyAccount => "key accounts",
            Self::Retail => "retail customers",
            Self::Channel => "distributors",
        }
    }
}

/// Whether the order was for later delivery.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OrderType {
    /// For delivery in months to come.
    Futures,
    /// From stock.
    Spot,
}

impl OrderType {
    /// Both, in the order of the variants.
    pub const ALL: [Self; 2] = [Self::Futures, Self::Spot];
}

/// State of the order when it was exported.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Status {
    /// Deliveries are still due.
    Open,
    /// All was delivered.
    Completed,
    /// What was not delivered will not be.
    Cancelled(NaiveDate),
}

/// An order line, as one row of the export says it.
#[derive(Clone, PartialEq, Debug)]
pub struct Order<'a> {
    /// Order number.
    pub id: &'a str,
    /// Line of the order; empty when the export has no such column.
    pub line: &'a str,
    /// Who bought.
    pub customer: &'a str,
    /// What kind of customer.
    pub segment: Segment,
    /// What was bought.
    pub model: ModelId,
    /// Futures or spot.
    pub order_type: OrderType,
    /// Contract signature.
    pub signed: NaiveDate,
    /// Machines ordered.
    pub quantity: u32,
    /// Price of one machine.
    pub unit_price: Option<Usd>,
    /// Received from the customer so far.
    pub prepaid: Option<Usd>,
    /// What the payments export says of it beyond that; `None` where it has no row of the order.
    pub settled: Option<Box<Settled>>,
    /// First delivery month.
    pub start: Month,
    /// Number of equal monthly batches, 1 to 36.
    pub months: u32,
    /// Machines delivered when the export was made; `None`: by schedule.
    pub delivered: Option<u32>,
    /// State when the export was made.
    pub status: Status,
}

impl Order<'_> {
    /// Machines due in `month` by the contract: equal batches, the remainder one each to the first ones.
    pub fn due_in(&self, month: Month) -> u32 {
        let batch = month - self.start;
        match u32::try_from(batch) {
            Ok(batch) if batch < self.months => {
                self.quantity / self.months + u32::from(batch < self.quantity % self.months)
            }
            _ => 0,
        }
    }

    /// Machines due by the contract up to and including `month`.
    pub fn due_by(&self, month: Month) -> u32 {
        let batches = u32::try_from((month - self.start + 1).max(0)).unwrap_or(0).min(self.months);
        self.quantity / self.months * batches + (self.quantity % self.months).min(batches)
    }

    /// Last delivery month by the contract.
    pub fn last_month(&self) -> Month {
        self.start + (self.months.cast_signed() - 1)
    }

    /// The terms alone, without the texts of the row.
    pub(in crate::ingest) fn bare(&self) -> Order<'static> {
        Order {
            id: "",
            line: "",
            customer: "",
            segment: self.segment,
            model: self.model,
            order_type: self.order_type,
            signed: self.signed,
            quantity: self.quantity,
            unit_price: self.unit_price,
            prepaid: self.prepaid,
            settled: self.settled.clone(),
            start: self.start,
            months: self.months,
            delivered: self.delivered,
            status: self.status,
        }
    }
}

#[cfg(test)]
impl Order<'static> {
    /// Ten machines that a retail customer signed on 2025-05-10 for June, open, without a price or a payment: tests change what they look at.
    pub(crate) fn usual() -> Self {
        Order {
            id: "A",
            line: "",
            customer: "C",
            segment: Segment::Retail,
            model: ModelId(0),
            order_type: OrderType::Futures,
            signed: "2025-05-10".parse().unwrap_or_default(),
            quantity: 10,
            unit_price: None,
            prepaid: None,
            settled: None,
            start: Month::from_index(2025 * 12 + 5),
            months: 1,
            delivered: None,
            status: Status::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(quantity: u32, start: &str, months: u32) -> Order<'static> {
        Order {
            id: "1",
            segment: Segment::KeyAccount,
            signed: NaiveDate::from_ymd_opt(2024, 4, 9).unwrap(),
            quantity,
            start: start.parse().unwrap(),
            months,
            ..Order::usual()
        }
    }

    #[test]
    fn a_hundred_thousand_machines_over_six_months() {
        let order = order(100_000, "2024-07", 6);
        let first: Month = "2024-07".parse().unwrap();
        let batches: Vec<u32> = first.run(6).map(|m| order.due_in(m)).collect();
        assert_eq!(batches, [16_667, 16_667, 16_667, 16_667, 16_666, 16_666]);
        assert_eq!(order.due_in(first - 1), 0);
        assert_eq!(order.due_in(first + 6), 0);
    }

    #[test]
    fn due_by_is_the_sum_of_due_in() {
        for quantity in [1, 5, 6, 7, 100] {
            for months in [1, 2, 6, 36] {
                let order = order(quantity, "2024-07", months);
                let mut sum = 0;
                for month in (order.start - 2).run(months.cast_signed() + 4) {
                    sum += order.due_in(month);
                    assert_eq!(sum, order.due_by(month));
                }
                assert_eq!(sum, quantity);
            }
        }
    }
}
