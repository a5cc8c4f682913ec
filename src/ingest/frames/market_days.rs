//! Market days: one row a day with its hashprice, its difficulty and the price that both imply.

use chrono::NaiveDate;
use polars::prelude::{Column, DataType, Float64Chunked, Int32Chunked, NamedFrom, Series};

use crate::domain::{Difficulty, Month, implied_price, subsidy_btc};
use crate::error::Error;
use crate::ingest::market::series::Daily;

use super::{Declared, date, dates, days, declared};

const SCHEMA: [Declared; 4] = [
    ("date", DataType::Date),
    ("hashprice_usd_per_ph_day", DataType::Float64),
    ("difficulty", DataType::Float64),
    ("implied_price_usd", DataType::Float64),
];

/// Days that a difficulty is taken to hold where the series is thinned.
const HELD_DAYS: i64 = 7;

/// Days at the end of a month whose mean its closing price is.
const CLOSING_DAYS: i32 = 7;

/// What is quoted of a market day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quote {
    /// USD per PH/s per day.
    Hashprice,
    /// Difficulty.
    Difficulty,
    /// USD per BTC that hashprice and the difficulty of that day, or of the last few before, imply.
    ImpliedPrice,
}

/// Market days up to the as-of date, sorted; a quote that a day has not is missing.
#[derive(Clone)]
pub struct MarketDays {
    date: Int32Chunked,
    quotes: [Float64Chunked; 3],
}

impl MarketDays {
    /// The days of both series, each sorted and with one value a day.
    ///
    /// # Errors
    /// [`Error::Internal`] where the frame is not as declared.
    pub(crate) fn new(hashprice: &[Daily], difficulty: &[Daily], next_halving: Month) -> Result<Self, Error> {
        let rows = hashprice.len().max(difficulty.len());
        let mut date = Vec::with_capacity(rows);
        let mut quotes: [Vec<Option<f64>>; 3] = std::array::from_fn(|_| Vec::with_capacity(rows));
        let (mut prices, mut works) = (hashprice.iter().peekable(), difficulty.iter().peekable());
        let mut known: Option<Daily> = None;
        while let Some(day) = prices.peek().into_iter().chain(works.peek()).map(|day| day.date).min() {
            let price = prices.next_if(|p| p.date == day).map(|p| p.value);
            let work = works.next_if(|w| w.date == day).copied();
            known = work.or(known);
            let held = known.filter(|held| (day - held.date).num_days() <= HELD_DAYS);
            let implied = price.zip(held).and_then(|(price, held)| {
                let hashrate = Difficulty::new(held.value)?.hashrate();
                Some(implied_price(price, hashrate, subsidy_btc(day, next_halving)))
            });
            date.push(days(day));
            for (quote, value) in quotes.iter_mut().zip([price, work.map(|w| w.value), implied]) {
                quote.push(value);
            }
        }
        let [first, named @ ..] = &SCHEMA;
        let mut columns = vec![Column::new(first.0.into(), date).cast(&first.1)?];
        for ((name, _), quote) in named.iter().zip(quotes) {
            columns.push(Series::new((*name).into(), quote).into());
        }
        let frame = declared(columns, &SCHEMA)?;
        let quote = |name: &str| Ok::<_, Error>(frame.column(name)?.f64()?.rechunk().into_owned());
        Ok(Self {
            date: dates(&frame, SCHEMA[0].0)?,
            quotes: [quote(SCHEMA[1].0)?, quote(SCHEMA[2].0)?, quote(SCHEMA[3].0)?],
        })
    }

    /// Without a day.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self::new(&[], &[], Month::from_index(0)).unwrap()
    }

    /// Days that have the quote.
    pub fn days(&self, quote: Quote) -> impl DoubleEndedIterator<Item = Daily> {
        let values = self.quotes[quote as usize].iter();
        let days = self.date.no_null_iter().zip(values);
        days.filter_map(|(day, value)| Some(Daily { date: date(day), value: value? }))
    }

    /// Days that have a hashprice and imply a price, with both.
    pub(crate) fn priced(&self) -> impl DoubleEndedIterator<Item = (NaiveDate, f64, f64)> {
        let quotes = self.quotes[Quote::Hashprice as usize]
            .iter()
            .zip(self.quotes[Quote::ImpliedPrice as usize].iter());
        let days = self.date.no_null_iter().zip(quotes);
        days.filter_map(|(day, (hashprice, implied))| Some((date(day), hashprice?, implied?)))
    }

    /// Rows of the days from `first` to `last`: where they begin, and how many.
    fn rows(&self, first: i32, last: i32) -> (i64, usize) {
        let days = self.date.cont_slice().unwrap_or_default();
        let start = days.partition_point(|day| *day < first);
        let end = days.partition_point(|day| *day <= last);
        (i64::try_from(start).unwrap_or(i64::MAX), end.saturating_sub(start))
    }

    /// Mean of a month's days; `None` where a stretch of more than `gap_days` of them has no quote.
    pub fn mean(&self, quote: Quote, month: Month, gap_days: u32) -> Option<f64> {
        let (first, last) = (days(month.first_day()), days(month.last_day()));
        let (start, rows) = self.rows(first, last);
        let values = self.quotes[quote as usize].slice(start, rows);
        let mut before = first - 1;
        let quoted = self.date.slice(start, rows);
        let quoted = quoted.no_null_iter().zip(values.iter()).filter_map(|(day, value)| value.map(|_| day));
        for day in quoted.chain([last + 1]) {
            if i64::from(day - before) - 1 > i64::from(gap_days) {
                return None;
            }
            before = day;
        }
        mean(&values)
    }

    /// Mean implied price of the last seven days of a month that have one, USD per BTC.
    pub fn closing(&self, month: Month) -> Option<f64> {
        let last = days(month.last_day());
        let (start, rows) = self.rows(last + 1 - CLOSING_DAYS, last);
        mean(&self.quotes[Quote::ImpliedPrice as usize].slice(start, rows))
    }
}

impl std::fmt::Debug for MarketDays {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [hashprice, difficulty, implied] = &self.quotes;
        let quotes = hashprice.iter().zip(difficulty.iter()).zip(implied.iter());
        let rows = self.date.no_null_iter().zip(quotes);
        f.debug_list().entries(rows.map(|(day, quotes)| (date(day), quotes))).finish()
    }
}

/// Mean of what is there, added up in the order of the days.
fn mean(values: &Float64Chunked) -> Option<f64> {
    let n = values.len() - values.null_count();
    (n > 0).then(|| values.iter().flatten().sum::<f64>() / n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn on(days: &[(&str, f64)]) -> Vec<Daily> {
        days.iter().map(|(date, value)| Daily { date: day(date), value: *value }).collect()
    }

    fn of(hashprice: &[(&str, f64)], difficulty: &[(&str, f64)]) -> MarketDays {
        MarketDays::new(&on(hashprice), &on(difficulty), "2028-04".parse().unwrap()).unwrap()
    }

    #[test]
    fn a_month_with_a_long_hole_is_not_a_month() {
        let month: Month = "2025-01".parse().unwrap();
        let daily = |days: std::ops::RangeInclusive<u32>| {
            let day = |d| Daily { date: NaiveDate::from_ymd_opt(2025, 1, d).unwrap(), value: f64::from(d) };
            let days: Vec<Daily> = days.map(day).collect();
            MarketDays::new(&days, &[], month).unwrap().mean(Quote::Hashprice, month, 7)
        };
        assert_eq!(daily(1..=31), Some(16.0));
        assert_eq!(daily(1..=24), Some(12.5));
        assert_eq!(daily(1..=23), None, "8 days are missing at the end");
        assert_eq!(MarketDays::none().mean(Quote::Hashprice, month, 7), None);
    }

    #[test]
    fn the_identity_gives_back_the_price() {
        // 60,000 USD at difficulty 1e14 and a subsidy of 3.125 BTC.
        let hashrate = Difficulty::new(1e14).unwrap().hashrate().as_ph();
        let hashprice = 144.0 * 3.125 * 60_000.0 / hashrate;
        let found = of(&[("2025-01-01", hashprice)], &[("2025-01-01", 1e14)]);
        let implied: Vec<Daily> = found.days(Quote::ImpliedPrice).collect();
        assert!((implied[0].value - 60_000.0).abs() < 1e-6, "{implied:?}");
    }

    /// One row a day of either series. A difficulty holds for seven days: the 8th of January has a price, the 9th none. The last seven days of
    /// January begin on the 25th.
    #[test]
    fn days_of_two_series_are_rows_of_one_frame() {
        let found = of(
            &[("2025-01-02", 1.0), ("2025-01-08", 2.0), ("2025-01-09", 4.0), ("2025-01-24", 7.0)],
            &[("2025-01-01", 1e14), ("2025-01-24", 1e14), ("2025-01-25", 1e14)],
        );
        assert_eq!(found.date.len(), 6);
        assert_eq!(
            found.days(Quote::Hashprice).map(|day| day.value).collect::<Vec<_>>(),
            [1.0, 2.0, 4.0, 7.0]
        );
        assert_eq!(found.days(Quote::Difficulty).map(|day| day.date).next_back(), Some(day("2025-01-25")));
        let priced: Vec<(NaiveDate, f64)> =
            found.priced().map(|(date, hashprice, _)| (date, hashprice)).collect();
        assert_eq!(priced, [(day("2025-01-02"), 1.0), (day("2025-01-08"), 2.0), (day("2025-01-24"), 7.0)]);
        let month = "2025-01".parse().unwrap();
        assert_eq!(found.mean(Quote::Hashprice, month, 31), Some(3.5));
        assert_eq!(found.closing(month), None);
        let closed = of(&[("2025-01-24", 9.0), ("2025-01-25", 7.0)], &[("2025-01-24", 1e14)]);
        assert_eq!(closed.closing(month), closed.days(Quote::ImpliedPrice).next_back().map(|day| day.value));
    }
}
