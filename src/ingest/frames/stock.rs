//! Counts of machines at distributors: each count, the newest of every month, and what all hold on a day.

use chrono::NaiveDate;
use polars::prelude::{
    Column, DataFrame, DataType, Int32Chunked, NamedFrom, Series, StringChunked, UInt32Chunked, UInt64Chunked,
};

use crate::domain::Month;
use crate::error::Error;
use crate::ingest::exports::snapshot::Snapshot;
use crate::job::ModelId;

use super::{Declared, date, dates, days, declared};

const COUNTS: [Declared; 7] = [
    ("date", DataType::Date),
    ("month", DataType::Date),
    ("channel", DataType::String),
    ("model", DataType::UInt32),
    ("quantity", DataType::UInt64),
    ("sold_on", DataType::UInt64),
    ("unsaid", DataType::UInt64),
];

/// One distributor's stock of one model on one day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counted<'a> {
    /// Day of the count.
    pub date: NaiveDate,
    /// The distributor.
    pub channel: &'a str,
    /// The model counted.
    pub model: ModelId,
    /// Machines on hand.
    pub quantity: u64,
    /// Machines sold on since the count before.
    pub sold_on: Option<u64>,
}

/// One distributor's stock of one model in a month with a count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MonthCount<'a> {
    /// The month.
    pub month: Month,
    /// The distributor.
    pub channel: &'a str,
    /// The model counted.
    pub model: ModelId,
    /// Machines on hand by the newest count of the month.
    pub on_hand: u64,
    /// Machines sold on by all counts of the month; `None` where one of them does not say.
    pub sold_on: Option<u64>,
}

/// What all distributors hold of a model on a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    /// Day of the count.
    pub date: NaiveDate,
    /// The model counted.
    pub model: ModelId,
    /// Machines on hand.
    pub quantity: u64,
}

/// Columns of what stands there: machines on hand, sold on, and how many of the counts do not say the latter.
type Machines = [UInt64Chunked; 3];

/// Columns that say which stock a row is of.
#[derive(Clone)]
struct Keys {
    date: Int32Chunked,
    channel: StringChunked,
    model: UInt32Chunked,
}

/// Channel stock up to the as-of date, sorted by day, distributor and model.
#[derive(Clone)]
pub struct Stock {
    counts: (Keys, Machines),
    months: (Keys, Machines),
    held: (Int32Chunked, UInt32Chunked, UInt64Chunked),
}

impl Stock {
    /// From counts, of each distributor and model one a day.
    ///
    /// # Errors
    /// [`Error::Internal`] where a frame is not as declared.
    pub(crate) fn new(mut counts: Vec<Snapshot>) -> Result<Self, Error> {
        counts.sort();
        let number = |model: ModelId| u32::try_from(model.0).unwrap_or(u32::MAX);
        let of = |value: fn(&Snapshot) -> u64| -> Vec<u64> { counts.iter().map(value).collect() };
        let day = |value: fn(&Snapshot) -> NaiveDate| -> Vec<i32> {
            counts.iter().map(|c| days(value(c))).collect()
        };
        let [of_day, of_month, channel, model, quantity, sold_on, unsaid] = COUNTS.map(|(name, _)| name);
        let columns = vec![
            Column::new(of_day.into(), day(|c| c.date)).cast(&DataType::Date)?,
            Column::new(of_month.into(), day(|c| Month::of(c.date).first_day())).cast(&DataType::Date)?,
            Series::new(channel.into(), counts.iter().map(|c| c.channel.as_str()).collect::<Vec<_>>()).into(),
            Column::new(model.into(), counts.iter().map(|c| number(c.model)).collect::<Vec<_>>()),
            Column::new(quantity.into(), of(|c| u64::from(c.quantity))),
            Column::new(sold_on.into(), of(|c| c.sell_through.map_or(0, u64::from))),
            Column::new(unsaid.into(), of(|c| u64::from(c.sell_through.is_none()))),
        ];
        let frame = declared(columns, &COUNTS)?;
        let months = by(&frame, &[of_month, channel, model], &[quantity], &[sold_on, unsaid])?;
        let held = by(&frame, &[of_day, model], &[], &[quantity])?;
        let keys = |frame: &DataFrame, of: &str| -> Result<Keys, Error> {
            Ok(Keys {
                date: dates(frame, of)?,
                channel: frame.column(channel)?.str()?.clone(),
                model: frame.column(model)?.u32()?.clone(),
            })
        };
        let whole = |frame: &DataFrame, name: &str| Ok::<_, Error>(frame.column(name)?.u64()?.clone());
        let machines = |frame: &DataFrame| -> Result<Machines, Error> {
            Ok([whole(frame, quantity)?, whole(frame, sold_on)?, whole(frame, unsaid)?])
        };
        Ok(Self {
            counts: (keys(&frame, of_day)?, machines(&frame)?),
            months: (keys(&months, of_month)?, machines(&months)?),
            held: (dates(&held, of_day)?, held.column(model)?.u32()?.clone(), whole(&held, quantity)?),
        })
    }

    /// Without a count.
    ///
    /// # Errors
    /// As of [`Stock::new`].
    pub(crate) fn none() -> Result<Self, Error> {
        Self::new(Vec::new())
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.0.date.is_empty()
    }

    /// Day of the newest count.
    pub fn newest(&self) -> Option<NaiveDate> {
        self.counts.0.date.no_null_iter().next_back().map(date)
    }

    /// Every count, the oldest first.
    pub fn counts(&self) -> impl Iterator<Item = Counted<'_>> {
        let (keys, machines) = &self.counts;
        keys.rows().zip(numbers(machines)).map(|((date, channel, model), (quantity, sold_on))| Counted {
            date,
            channel,
            model,
            quantity,
            sold_on,
        })
    }

    /// Every month with a count of each distributor and model, the oldest first.
    pub fn months(&self) -> impl Iterator<Item = MonthCount<'_>> {
        let (keys, machines) = &self.months;
        keys.rows().zip(numbers(machines)).map(|((date, channel, model), (on_hand, sold_on))| MonthCount {
            month: Month::of(date),
            channel,
            model,
            on_hand,
            sold_on,
        })
    }

    /// What all distributors hold of each model on every day of a count, the oldest first.
    pub fn held(&self) -> impl Iterator<Item = Held> {
        let (days, models, quantities) = &self.held;
        let rows = days.no_null_iter().zip(models.no_null_iter()).zip(quantities.no_null_iter());
        rows.map(|((day, model), quantity)| Held {
            date: date(day),
            model: ModelId(model as usize),
            quantity,
        })
    }
}

impl std::fmt::Debug for Stock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.counts()).finish()
    }
}

/// Machines on hand and, where every count says it, sold on.
fn numbers([on_hand, sold_on, unsaid]: &Machines) -> impl Iterator<Item = (u64, Option<u64>)> {
    let rows = on_hand.no_null_iter().zip(sold_on.no_null_iter()).zip(unsaid.no_null_iter());
    rows.map(|((on_hand, sold_on), unsaid)| (on_hand, (unsaid == 0).then_some(sold_on)))
}

impl Keys {
    fn rows(&self) -> impl Iterator<Item = (NaiveDate, &str, ModelId)> {
        let rows = self.date.no_null_iter().zip(self.channel.no_null_iter()).zip(self.model.no_null_iter());
        rows.map(|((day, channel), model)| (date(day), channel, ModelId(model as usize)))
    }
}

/// Groups of equal keys in the order in which they first stand: the last value of some columns, the sum of others.
#[expect(deprecated, reason = "sums of eager frames; lazy ones bring an HTTP and TLS stack, see Cargo.toml")]
fn by(frame: &DataFrame, keys: &[&str], last: &[&str], sum: &[&str]) -> Result<DataFrame, Error> {
    // By one thread: frames are small, and others would take memory of their own.
    let groups = || frame.group_by_with_series(frame.select_to_vec(keys.iter().copied())?, false, true);
    let mut found = groups()?.select(sum.iter().copied()).sum()?;
    for name in sum {
        found.rename(&format!("{name}_sum"), (*name).into())?;
    }
    if !last.is_empty() {
        let newest = groups()?.select(last.iter().copied()).last()?;
        for name in last {
            let mut column = newest.column(&format!("{name}_last"))?.clone();
            column.rename((*name).into());
            found.with_column(column)?;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(day: &str, channel: &str, model: usize, quantity: u32, sell_through: Option<u32>) -> Snapshot {
        let (date, channel, model) = (day.parse().unwrap(), channel.to_owned(), ModelId(model));
        Snapshot { date, channel, model, quantity, sell_through }
    }

    /// A is counted twice in August, first 70 and then 60, and sold 5 and 6; B of the second model does not say. On the last of August 60 and
    /// 40 of the first model are held.
    #[test]
    fn counts_of_a_month_and_of_a_day_by_hand() {
        let stock = Stock::new(vec![
            counted("2025-09-30", "A", 0, 50, Some(7)),
            counted("2025-08-31", "A", 0, 60, Some(6)),
            counted("2025-08-15", "A", 0, 70, Some(5)),
            counted("2025-08-31", "B", 1, 9, None),
            counted("2025-08-31", "B", 0, 40, Some(1)),
        ])
        .unwrap();
        let month = |text: &str| text.parse().unwrap();
        let of = |at: &str, channel, model, on_hand, sold_on| MonthCount {
            month: month(at),
            channel,
            model: ModelId(model),
            on_hand,
            sold_on,
        };
        assert_eq!(
            stock.months().collect::<Vec<_>>(),
            [
                of("2025-08", "A", 0, 60, Some(11)),
                of("2025-08", "B", 0, 40, Some(1)),
                of("2025-08", "B", 1, 9, None),
                of("2025-09", "A", 0, 50, Some(7)),
            ]
        );
        let held: Vec<(String, usize, u64)> =
            stock.held().map(|held| (held.date.to_string(), held.model.0, held.quantity)).collect();
        let rows =
            [("2025-08-15", 0, 70), ("2025-08-31", 0, 100), ("2025-08-31", 1, 9), ("2025-09-30", 0, 50)];
        assert_eq!(held, rows.map(|(day, model, n)| (day.to_owned(), model, n)));
        assert_eq!((stock.counts().count(), stock.newest()), (5, "2025-09-30".parse().ok()));
        assert!(Stock::none().unwrap().is_empty() && !stock.is_empty());
    }
}
