//! What difficulty and hashprice were about, by date.

use chrono::{Datelike, NaiveDate};

use crate::domain::{Difficulty, Month, implied_price, subsidy_btc};

/// What a series is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::ingest) enum Quantity {
    /// A pure number.
    Difficulty,
    /// USD per PH/s per day.
    Hashprice,
}

impl Quantity {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Difficulty => "difficulty",
            Self::Hashprice => "hashprice",
        }
    }
}

/// Difficulty and hashprice (USD per PH/s per day) about the first of a month, to two digits: year, month, values.
///
/// Difficulty is a fact of the chain (the bits of its block headers). Hashprice is the day's subsidy and fees times the price
/// of bitcoin over the hashrate that the blocks found stand for, median of the month that begins there.
const KNOWN: [(i32, u32, f64, f64); 27] = [
    (2014, 1, 1.8e9, 2.3e5),
    (2014, 7, 1.7e10, 1.8e4),
    (2015, 1, 4.1e10, 2.9e3),
    (2015, 7, 5.1e10, 2.8e3),
    (2016, 1, 1.1e11, 1.8e3),
    (2016, 7, 2.1e11, 810.0),
    (2017, 1, 3.4e11, 700.0),
    (2017, 7, 8.0e11, 920.0),
    (2018, 1, 2.2e12, 1700.0),
    (2018, 7, 5.4e12, 320.0),
    (2019, 1, 5.8e12, 160.0),
    (2019, 7, 9.0e12, 310.0),
    (2020, 1, 1.5e13, 150.0),
    (2020, 7, 1.7e13, 77.0),
    (2021, 1, 2.1e13, 240.0),
    (2021, 7, 1.4e13, 300.0),
    (2022, 1, 2.4e13, 220.0),
    (2022, 7, 2.9e13, 96.0),
    (2023, 1, 3.8e13, 72.0),
    (2023, 7, 5.2e13, 72.0),
    (2024, 1, 7.2e13, 83.0),
    (2024, 7, 8.2e13, 51.0),
    (2025, 1, 1.1e14, 58.0),
    (2025, 7, 1.3e14, 59.0),
    (2026, 1, 1.5e14, 39.0),
    (2026, 7, 1.3e14, 32.0),
    (2026, 10, 1.3e14, 40.0),
];

/// After the last date known the bounds widen by this factor on either side for every year.
const WIDER_A_YEAR: f64 = 3.0;

/// What a quantity is about on a day.
#[derive(Clone, Copy, Debug)]
pub(in crate::ingest) struct Usual {
    /// Natural logarithm of its value.
    pub log: f64,
    /// By how much the bounds are wider than usual on either side, in logarithms.
    pub wider: f64,
}

/// What is known of a quantity on a day: between the dates known along a straight line of logarithms. `None` before 2014,
/// of which nothing is checked.
pub(in crate::ingest) fn usual(quantity: Quantity, day: NaiveDate) -> Option<Usual> {
    let value = |index: usize| {
        let (year, month, difficulty, hashprice) = *KNOWN.get(index)?;
        let value = if quantity == Quantity::Difficulty { difficulty } else { hashprice };
        Some((NaiveDate::from_ymd_opt(year, month, 1)?, f64::ln(value)))
    };
    let at = KNOWN.partition_point(|(year, month, ..)| (*year, *month) <= (day.year(), day.month()));
    let (from, before) = value(at.checked_sub(1)?)?;
    let Some((until, after)) = value(at) else {
        let years = (day - from).num_days() as f64 / 365.25;
        return Some(Usual { log: before, wider: years * WIDER_A_YEAR.ln() });
    };
    let share = (day - from).num_days() as f64 / (until - from).num_days() as f64;
    Some(Usual { log: before + share * (after - before), wider: 0.0 })
}

/// USD per BTC that what is known of a day implies.
pub(super) fn price(day: NaiveDate, next_halving: Month) -> Option<f64> {
    let difficulty = Difficulty::new(usual(Quantity::Difficulty, day)?.log.exp())?;
    let hashprice = usual(Quantity::Hashprice, day)?.log.exp();
    Some(implied_price(hashprice, difficulty.hashrate(), subsidy_btc(day, next_halving)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn between_known_dates_along_a_line_of_logarithms() {
        let at = |text: &str| usual(Quantity::Hashprice, day(text)).unwrap();
        assert!((at("2018-01-01").log.exp() - 1700.0).abs() < 1e-9);
        // 2018-04-01 is 90 of 181 days on from 1700 to 320: 1700 x (320/1700)^(90/181) = 740.9.
        assert!((at("2018-04-01").log.exp() - 740.9).abs() < 0.5);
        assert_eq!(at("2026-10-01").wider, 0.0);
        assert!(usual(Quantity::Difficulty, day("2013-12-31")).is_none());
    }

    #[test]
    fn bounds_widen_threefold_a_year_after_the_last_date_known() {
        let later = usual(Quantity::Difficulty, day("2028-10-01")).unwrap();
        assert!((later.log.exp() - 1.3e14).abs() < 1.0);
        assert!((later.wider.exp() - 9.0).abs() < 0.05, "{}", later.wider.exp());
    }

    #[test]
    fn the_price_of_a_day_is_near_what_it_was() {
        // 2025-07: about 105,000 to 123,000 USD.
        let price = price(day("2025-07-01"), "2028-04".parse().unwrap()).unwrap();
        assert!((80_000.0..160_000.0).contains(&price), "{price}");
    }

    #[test]
    fn on_a_day_that_is_known_it_is_what_is_known() {
        let found = |quantity, text: &str| usual(quantity, day(text)).unwrap();
        for (date, difficulty, hashprice) in
            [("2014-01-01", 1.8e9, 2.3e5), ("2024-07-01", 8.2e13, 51.0), ("2026-10-01", 1.3e14, 40.0)]
        {
            let (difficulty, hashprice): (f64, f64) = (difficulty, hashprice);
            assert_eq!(found(Quantity::Difficulty, date).log, difficulty.ln(), "{date}");
            assert_eq!(found(Quantity::Hashprice, date).log, hashprice.ln(), "{date}");
        }
        // Half way between 2025-07-01 and 2026-01-01, 92 of 184 days: the geometric mean.
        let half = found(Quantity::Hashprice, "2025-10-01");
        assert!((half.log - (59.0_f64 * 39.0).sqrt().ln()).abs() < 1e-12 && half.wider == 0.0);
        // A year after the last date three times as wide.
        let later = found(Quantity::Hashprice, "2027-10-01");
        assert!((later.wider - 3.0_f64.ln() * 365.0 / 365.25).abs() < 1e-12 && later.log == 40.0_f64.ln());
    }
}
