//! Hashprice and difficulty by month, and the price they imply.
//!
//! Market identity: hashprice [USD/PH/day] = 144 x (subsidy + fees) [BTC] x price [USD/BTC] / network hashrate [PH/s].
//! With fees left out, price implied = hashprice x hashrate / (144 x subsidy): it overstates the market price by
//! the share of fees, a few percent, and needs no price export.

use crate::domain::{Difficulty, HashPrice, Month};
use crate::ingest::{Exports, Quote};

/// One month of market data: means over its days. `None` where the month is not covered.
#[derive(Clone, Copy, Debug)]
pub struct MarketMonth {
    /// The month.
    pub month: Month,
    /// Mean hashprice.
    pub hashprice: Option<HashPrice>,
    /// Mean difficulty.
    pub difficulty: Option<Difficulty>,
    /// Mean implied price, USD per BTC.
    pub implied_price: Option<f64>,
    /// Mean implied price of the last seven days of the month that have one, USD per BTC.
    pub closing_price: Option<f64>,
}

/// The market up to the as-of month, without holes in the calendar.
#[derive(Clone, Debug)]
pub struct MarketHistory {
    /// Consecutive months, the last one is the as-of month.
    pub months: Vec<MarketMonth>,
}

impl MarketHistory {
    /// Buckets the daily series; a month counts when no stretch of it longer than `gap_days` is without data.
    pub fn new(exports: &Exports, gap_days: u32) -> Self {
        let last = Month::of(exports.as_of);
        let days = &exports.market;
        let first = |quote| days.days(quote).next().map(|day| Month::of(day.date));
        let first = first(Quote::Hashprice).max(first(Quote::Difficulty)).unwrap_or(last);
        let months = first
            .to(last)
            .map(|month| MarketMonth {
                month,
                hashprice: days.mean(Quote::Hashprice, month, gap_days).and_then(HashPrice::per_ph_day),
                difficulty: days.mean(Quote::Difficulty, month, gap_days).and_then(Difficulty::new),
                implied_price: days.mean(Quote::ImpliedPrice, month, gap_days),
                closing_price: days.closing(month),
            })
            .collect();
        Self { months }
    }

    /// The months up to and including `month`, for a replay.
    #[must_use]
    pub fn up_to(&self, month: Month) -> Self {
        Self { months: self.months.iter().copied().filter(|m| m.month <= month).collect() }
    }

    fn at(&self, month: Month) -> Option<&MarketMonth> {
        let first = self.months.first()?.month;
        self.months.get(usize::try_from(month - first).ok()?)
    }

    /// Mean implied price of a month, USD per BTC.
    pub fn implied_price(&self, month: Month) -> Option<f64> {
        self.at(month)?.implied_price
    }

    /// Mean implied price of the last seven days of a month, USD per BTC.
    pub fn closing_price(&self, month: Month) -> Option<f64> {
        self.at(month)?.closing_price
    }

    /// Mean difficulty of a month.
    pub fn difficulty(&self, month: Month) -> Option<Difficulty> {
        self.at(month)?.difficulty
    }

    /// Mean hashprice of a month.
    pub fn hashprice(&self, month: Month) -> Option<HashPrice> {
        self.at(month)?.hashprice
    }

    /// Log of a positive monthly quantity less its mean over the trailing year `month-11..=month`;
    /// `None` when one of the twelve months is missing.
    pub fn gap(&self, month: Month, value: impl Fn(&MarketMonth) -> Option<f64>) -> Option<f64> {
        let logs: Option<Vec<f64>> =
            (month - 11).to(month).map(|m| self.at(m).and_then(&value).map(f64::ln)).collect();
        let logs = logs?;
        Some(logs.last()? - logs.iter().sum::<f64>() / 12.0)
    }

    /// Price gap g = ln p - mean ln p over the trailing year.
    pub fn price_gap(&self, month: Month) -> Option<f64> {
        self.gap(month, |m| m.implied_price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eleven months at 100 USD and one at 200: ln 200 less the mean, ln 100 + ln 2 / 12.
    #[test]
    fn a_price_gap_is_the_log_less_that_of_a_year() {
        let first: Month = "2024-10".parse().unwrap();
        let month = |(month, price): (Month, f64)| MarketMonth {
            month,
            hashprice: None,
            difficulty: None,
            implied_price: Some(price),
            closing_price: Some(price),
        };
        let prices = std::iter::repeat_n(100.0, 11).chain([200.0]);
        let history = MarketHistory { months: first.run(12).zip(prices).map(month).collect() };
        let gap = history.price_gap(first + 11).unwrap();
        assert!((gap - 11.0 / 12.0 * 2.0_f64.ln()).abs() < 1e-12, "{gap}");
        assert_eq!(history.price_gap(first + 10), None, "a year is not known");
    }
}
