//! Gaps of the market by month, as far back as it is known.

use crate::domain::Month;
use crate::history::MarketHistory;
use crate::market::past_gaps;

use super::response::{Gap, Response};

/// Gaps by month; 0 where a year of market data is not known.
#[derive(Clone, Debug)]
pub(super) struct Gaps {
    pub first: Month,
    pub of: [Vec<f64>; Gap::ALL.len()],
}

impl Gaps {
    pub(super) fn new(market: &MarketHistory) -> Self {
        let first = market.months.first().map_or(Month::from_index(0), |m| m.month);
        let past: Vec<_> = market.months.iter().map(|m| past_gaps(market, m.month)).collect();
        let of = |gap: usize| past.iter().map(|gaps| gaps[gap].unwrap_or(0.0)).collect();
        Self { first, of: std::array::from_fn(of) }
    }

    pub(super) fn at(&self, gap: Gap, month: Month) -> f64 {
        let index = usize::try_from(month - self.first).ok();
        index.and_then(|index| self.of[gap as usize].get(index)).copied().unwrap_or(0.0)
    }

    /// The gap that intake of `month` answers to.
    pub(super) fn responded(&self, response: &Response, month: Month) -> f64 {
        self.at(response.gap, month - i32::try_from(response.lag).unwrap_or(0))
    }
}
