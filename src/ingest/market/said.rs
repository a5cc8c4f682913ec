//! What a row of a market export says beside the number that is wanted of it.

use chrono::NaiveDate;

/// Numbers of one row beside the one that was wanted of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::ingest) struct Said {
    /// The row's day.
    pub date: NaiveDate,
    /// USD per BTC.
    pub price: Option<f64>,
    /// USD per PH/s per day, by another column or by revenue over hashrate.
    pub hashprice: Option<f64>,
    /// Difficulty, by another column or by hashrate.
    pub difficulty: Option<f64>,
}

impl Said {
    /// Whether it says anything.
    pub(in crate::ingest) const fn something(&self) -> bool {
        self.price.is_some() || self.hashprice.is_some() || self.difficulty.is_some()
    }
}
