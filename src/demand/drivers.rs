//! What may move order intake. All are lag-only: a forecast made in month t uses their value at t.

use crate::domain::Month;
use crate::history::MarketHistory;

/// A candidate driver of the ratio regression.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Driver {
    /// ln implied price less its mean over the trailing year.
    PriceGap,
}

impl Driver {
    /// Every candidate.
    pub const ALL: [Self; 1] = [Self::PriceGap];

    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PriceGap => "price_gap",
        }
    }

    /// Its value in a month; `None` where the history does not reach.
    pub fn at(self, market: &MarketHistory, month: Month) -> Option<f64> {
        match self {
            Self::PriceGap => market.price_gap(month),
        }
    }
}
