//! Hashprice and difficulty by month, and the price they imply.
//!
//! Market identity: hashprice [USD/PH/day] = 144 x (subsidy + fees) [BTC] x price [USD/BTC] / network hashrate [PH/s].
//! With fees left out, price implied = hashprice x hashrate / (144 x subsidy): it overstates the market price by
//! the share of fees, a few percent, and needs no price export.

use crate::domain::{Difficulty, HashPrice, Month, implied_price, subsidy_btc};
use crate::ingest::{Daily, Exports};

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
    pub fn new(exports: &Exports, next_halving: Month, gap_days: u32) -> Self {
        let last = Month::of(exports.as_of);
        let first = [exports.hashprice.first(), exports.difficulty.first()]
            .into_iter()
            .flatten()
            .map(|day| Month::of(day.date))
            .max()
            .unwrap_or(last);
        let implied = implied_prices(&exports.hashprice, &exports.difficulty, next_halving);
        let months = first
            .to(last)
            .map(|month| MarketMonth {
                month,
                hashprice: mean(&exports.hashprice, month, gap_days).and_then(HashPrice::per_ph_day),
                difficulty: mean(&exports.difficulty, month, gap_days).and_then(Difficulty::new),
                implied_price: mean(&implied, month, gap_days),
                closing_price: closing(&implied, month),
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

/// Days that a difficulty is taken to hold where the series is thinned.
const HELD_DAYS: i64 = 7;

/// Implied price of every day with a hashprice and a difficulty of that day or of the last few before.
pub(crate) fn implied_prices(hashprice: &[Daily], difficulty: &[Daily], next_halving: Month) -> Vec<Daily> {
    let mut prices = Vec::with_capacity(hashprice.len());
    let mut rest = difficulty.iter().peekable();
    let mut known: Option<&Daily> = None;
    for day in hashprice {
        while let Some(d) = rest.next_if(|d| d.date <= day.date) {
            known = Some(d);
        }
        if let Some(d) = known.filter(|d| (day.date - d.date).num_days() <= HELD_DAYS)
            && let Some(difficulty) = Difficulty::new(d.value)
        {
            let subsidy = subsidy_btc(day.date, next_halving);
            let value = implied_price(day.value, difficulty.hashrate(), subsidy);
            prices.push(Daily { date: day.date, value });
        }
    }
    prices
}

/// Mean of the values in the last seven days of a month; `None` when there is none.
fn closing(series: &[Daily], month: Month) -> Option<f64> {
    let last = month.last_day();
    let start = series.partition_point(|d| d.date <= last - chrono::Duration::days(7));
    let end = series.partition_point(|d| d.date <= last);
    let days = series.get(start..end).filter(|days| !days.is_empty())?;
    Some(days.iter().map(|d| d.value).sum::<f64>() / days.len() as f64)
}

/// Mean of a month's days, when the month is covered.
fn mean(series: &[Daily], month: Month, gap_days: u32) -> Option<f64> {
    let start = series.partition_point(|d| d.date < month.first_day());
    let end = series.partition_point(|d| d.date <= month.last_day());
    let days = series.get(start..end).filter(|days| !days.is_empty())?;
    let limit = i64::from(gap_days);
    let mut before = month.first_day() - chrono::Duration::days(1);
    for date in days.iter().map(|d| d.date).chain([month.last_day() + chrono::Duration::days(1)]) {
        if (date - before).num_days() - 1 > limit {
            return None;
        }
        before = date;
    }
    Some(days.iter().map(|d| d.value).sum::<f64>() / days.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_with_a_long_hole_is_not_a_month() {
        let month: Month = "2025-01".parse().unwrap();
        let daily = |days: std::ops::RangeInclusive<u32>| -> Vec<Daily> {
            days.map(|d| Daily { date: NaiveDate::from_ymd_opt(2025, 1, d).unwrap(), value: f64::from(d) })
                .collect()
        };
        assert_eq!(mean(&daily(1..=31), month, 7), Some(16.0));
        assert_eq!(mean(&daily(1..=24), month, 7), Some(12.5));
        assert_eq!(mean(&daily(1..=23), month, 7), None, "8 days are missing at the end");
        assert_eq!(mean(&[], month, 7), None);
    }

    #[test]
    fn the_identity_gives_back_the_price() {
        // 60,000 USD at difficulty 1e14 and a subsidy of 3.125 BTC.
        let hashrate = Difficulty::new(1e14).unwrap().hashrate().as_ph();
        let hashprice = 144.0 * 3.125 * 60_000.0 / hashrate;
        let on = |value| vec![Daily { date: day("2025-01-01"), value }];
        let prices = implied_prices(&on(hashprice), &on(1e14), "2028-04".parse().unwrap());
        assert!((prices[0].value - 60_000.0).abs() < 1e-6);
    }

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
