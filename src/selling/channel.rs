//! What stands in the channel, and what it keeps the maker from selling.
//!
//! A distributor buys what it sells on. When it holds more than its target cover, it sells from stock first: each month
//! the excess, its *overhang*, takes the place of as many machines of sell-in as it sells on, until it is gone.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::Month;
use crate::ingest::{MonthCount, Stock as Counts};
use crate::job::ModelId;

/// Months that sell-in and sell-through are averaged over.
pub const CHANNEL_MONTHS: i32 = 6;

/// A distributor's stock, or that of all.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stock {
    /// Machines on hand.
    pub on_hand: f64,
    /// Machines sold on a month; `None` where it is not known.
    pub sold_on: Option<f64>,
}

impl Stock {
    /// Machines above `cover` months of what is sold on.
    /// # Example
    /// 900 on hand less two months of 200: 500 too many, sold in two and a half months.
    /// ```
    /// use wafercast::selling::Stock;
    ///
    /// let stock = Stock { on_hand: 900.0, sold_on: Some(200.0) };
    /// assert_eq!((stock.overhang(2.0), stock.months_to_clear(2.0)), (Some(500.0), Some(2.5)));
    /// ```
    pub fn overhang(self, cover: f64) -> Option<f64> {
        self.sold_on.map(|sold_on| (self.on_hand - cover * sold_on).max(0.0))
    }

    /// Months until the overhang is sold; `None` when nothing is sold on and it never is.
    pub fn months_to_clear(self, cover: f64) -> Option<f64> {
        let (overhang, sold_on) = (self.overhang(cover)?, self.sold_on?);
        if overhang == 0.0 { Some(0.0) } else { (sold_on > 0.0).then(|| overhang / sold_on) }
    }

    /// Machines of sell-in that the overhang takes the place of in month `ahead` (0 is the first).
    fn blocks(self, cover: f64, ahead: usize) -> Option<f64> {
        let sold_on = self.sold_on?;
        Some((self.overhang(cover)? - sold_on * ahead as f64).clamp(0.0, sold_on))
    }
}

/// The channel at its newest count.
#[derive(Clone, PartialEq, Debug)]
pub struct Channel {
    /// Day of the newest count.
    pub counted: NaiveDate,
    /// Mean monthly sell-in: machines that left for distributors in the six months up to the as-of month. `None` when
    /// there were none.
    pub sell_in: Option<f64>,
    /// All distributors.
    pub all: Stock,
    /// Each distributor whose sell-through the export gives.
    pub each: BTreeMap<String, Stock>,
    /// Each model of which any is counted or sold on.
    pub by_model: BTreeMap<ModelId, Stock>,
    /// Whether what is sold on is that of the export, and not sell-in less the growth of stock.
    pub sell_through_given: bool,
}

impl Channel {
    /// From every snapshot up to the as-of month and the machines that left for distributors by month. `None` without a
    /// count in the last three months: an older one says nothing of today.
    pub fn new(counts: &Counts, sell_in: &BTreeMap<Month, u64>, as_of: Month) -> Option<Self> {
        let counted = counts.newest()?;
        let last = Month::of(counted);
        if last < as_of - 2 {
            return None;
        }
        let mut by_channel: BTreeMap<&str, Vec<MonthCount<'_>>> = BTreeMap::new();
        for row in counts.months() {
            by_channel.entry(row.channel).or_default().push(row);
        }
        by_channel.retain(|_, rows| rows.iter().any(|row| row.month == last));
        let mut each = BTreeMap::new();
        for (name, rows) in &by_channel {
            let sold_on = given(rows, last);
            each.insert((*name).to_owned(), Stock { on_hand: on_hand(rows, last).unwrap_or(0.0), sold_on });
        }
        let total: f64 = each.values().map(|s| s.on_hand).sum();
        let known: Option<f64> = each.values().map(|s| s.sold_on).sum();
        let sold_in = |from: Month, to: Month| -> f64 {
            sell_in.range(from..=to).map(|(_, machines)| *machines as f64).sum()
        };
        let by_stock = || {
            let before = on_hand(by_channel.values().flatten(), last - CHANNEL_MONTHS)?;
            let sold = sold_in(last - (CHANNEL_MONTHS - 1), last) - (total - before);
            Some(sold.max(0.0) / f64::from(CHANNEL_MONTHS))
        };
        let monthly = sold_in(as_of - (CHANNEL_MONTHS - 1), as_of) / f64::from(CHANNEL_MONTHS);
        each.retain(|_, stock| stock.sold_on.is_some());
        let by_model = by_model(&by_channel, last);
        Some(Self {
            by_model,
            counted,
            sell_in: (monthly > 0.0).then_some(monthly),
            all: Stock { on_hand: total, sold_on: known.or_else(by_stock) },
            each,
            sell_through_given: known.is_some(),
        })
    }

    /// Machines above the target cover of each distributor, added up: what one has too many, another cannot sell. Where
    /// sell-through is not given, that of all distributors together.
    pub fn overhang(&self, cover: f64) -> Option<f64> {
        self.parts().iter().map(|stock| stock.overhang(cover)).sum()
    }

    /// Machines of sell-in that overhang takes the place of in each of `months` ahead.
    pub fn blocked(&self, cover: f64, months: usize) -> Option<Vec<f64>> {
        (0..months).map(|ahead| self.parts().iter().map(|s| s.blocks(cover, ahead)).sum()).collect()
    }

    fn parts(&self) -> Vec<Stock> {
        if self.sell_through_given { self.each.values().copied().collect() } else { vec![self.all] }
    }
}

/// Machines counted in a month; `None` when nothing was.
fn on_hand<'a>(rows: impl IntoIterator<Item = &'a MonthCount<'a>>, month: Month) -> Option<f64> {
    rows.into_iter().filter(|row| row.month == month).map(|row| row.on_hand as f64).reduce(|a, b| a + b)
}

/// Stock of each model, of all distributors together. What is sold on of it is the mean of the same months as of its distributor, or of those
/// since its own first count; `None` where a count does not say.
fn by_model(by_channel: &BTreeMap<&str, Vec<MonthCount<'_>>>, last: Month) -> BTreeMap<ModelId, Stock> {
    let mut found: BTreeMap<ModelId, Stock> = BTreeMap::new();
    for rows in by_channel.values() {
        let Some(begins) = rows.iter().map(|row| row.month).min() else { continue };
        let mut of_model: BTreeMap<ModelId, Vec<MonthCount<'_>>> = BTreeMap::new();
        rows.iter().for_each(|row| of_model.entry(row.model).or_default().push(*row));
        for (model, rows) in of_model {
            let first = rows.iter().map(|row| row.month).min().unwrap_or(begins);
            let from = begins.max(first - 1).max(last - CHANNEL_MONTHS);
            let months = f64::from(last - from);
            let sold: Option<u64> = rows.iter().filter(|row| row.month > from).map(|row| row.sold_on).sum();
            let sold_on = sold.filter(|_| months > 0.0).map(|machines| machines as f64 / months);
            let stock = found.entry(model).or_insert(Stock { on_hand: 0.0, sold_on: Some(0.0) });
            stock.on_hand += on_hand(&rows, last).unwrap_or(0.0);
            stock.sold_on = stock.sold_on.zip(sold_on).map(|(all, own)| all + own);
        }
    }
    found.retain(|_, stock| stock.on_hand > 0.0 || stock.sold_on.is_some_and(|sold| sold > 0.0));
    found
}

/// Machines that a distributor sold on a month, over the six months up to `last` or since its first count; a count's
/// sell-through is that since the count before, so the first one is only where the others begin.
fn given(rows: &[MonthCount<'_>], last: Month) -> Option<f64> {
    let first = rows.iter().map(|row| row.month).min()?;
    let from = first.max(last - CHANNEL_MONTHS);
    let months = f64::from(last - from);
    let sold: Option<u64> = rows.iter().filter(|row| row.month > from).map(|row| row.sold_on).sum();
    (months > 0.0).then_some(sold? as f64 / months)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Snapshot;

    /// Counts of distributor A and B at the ends of months of 2025: stock and, where given, what was sold on.
    fn counts(rows: &[(&str, u32, u32, Option<u32>)]) -> Vec<Snapshot> {
        let mut rows: Vec<Snapshot> = rows
            .iter()
            .map(|(channel, month, quantity, sell_through)| Snapshot {
                date: Month::new(2025, *month).unwrap().last_day(),
                channel: (*channel).to_owned(),
                model: ModelId(0),
                quantity: *quantity,
                sell_through: *sell_through,
            })
            .collect();
        rows.sort();
        rows
    }

    fn of(rows: &[(&str, u32, u32, Option<u32>)]) -> Counts {
        Counts::new(counts(rows)).unwrap()
    }

    fn month(number: u32) -> Month {
        Month::new(2025, number).unwrap()
    }

    #[test]
    fn what_one_distributor_has_too_many_another_does_not_sell() {
        let rows: Vec<_> =
            (3..=9).flat_map(|m| [("A", m, 500, Some(100)), ("B", m, 50, Some(100))]).collect();
        // Of six months: March is one before.
        let sell_in = (3..=9).map(|m| (month(m), 400)).collect();
        let channel = Channel::new(&of(&rows), &sell_in, month(9)).unwrap();
        assert_eq!(
            (channel.all.on_hand, channel.all.sold_on, channel.sell_in),
            (550.0, Some(200.0), Some(400.0))
        );
        // A has 500 and needs 2 x 100; B has room. Together 550 against 400 would hide half of it.
        assert_eq!(channel.overhang(2.0), Some(300.0));
        assert_eq!(channel.blocked(2.0, 4).unwrap(), [100.0, 100.0, 100.0, 0.0]);
    }

    /// A sells 100 of the first model a month from March on and has 500; of the second it had its first 60 in August, and has sold 20 and 40 since: 30
    /// a month. The old model, of which 7 are left, is sold no more.
    #[test]
    fn stock_and_cover_by_model_by_hand() {
        let mut rows = counts(&(3..=9).map(|m| ("A", m, 500, Some(100))).collect::<Vec<_>>());
        let of = |model: usize, month: u32, quantity: u32, sold: u32| Snapshot {
            model: ModelId(model),
            ..counts(&[("A", month, quantity, Some(sold))]).remove(0)
        };
        rows.extend([of(1, 8, 60, 20), of(1, 9, 90, 40)]);
        rows.extend((3..=9).map(|month| of(2, month, 7, 0)));
        rows.sort();
        let found = Channel::new(&Counts::new(rows).unwrap(), &BTreeMap::new(), month(9)).unwrap().by_model;
        let stock = |on_hand: f64, sold_on: f64| Stock { on_hand, sold_on: Some(sold_on) };
        let models = [0, 1, 2].map(|model| found[&ModelId(model)]);
        assert_eq!(models, [stock(500.0, 100.0), stock(90.0, 30.0), stock(7.0, 0.0)]);
    }

    #[test]
    fn without_sell_through_what_came_in_and_does_not_stand_there_was_sold_on() {
        let rows = [("A", 3, 100, None), ("A", 9, 700, None)];
        let sell_in = (4..=9).map(|m| (month(m), 300)).collect();
        let channel = Channel::new(&of(&rows), &sell_in, month(9)).unwrap();
        // (6 x 300 - 600) / 6.
        assert_eq!(channel.all.sold_on, Some(200.0));
        assert!(!channel.sell_through_given && channel.each.is_empty());
        assert_eq!(channel.overhang(2.0), Some(300.0));
        assert_eq!(channel.blocked(2.0, 3).unwrap(), [200.0, 100.0, 0.0]);
    }

    #[test]
    fn what_cannot_be_known_is_not_made_up() {
        let none = BTreeMap::new();
        assert_eq!(Channel::new(&of(&[]), &none, month(9)), None);
        // A count of June says nothing of the end of September.
        assert_eq!(Channel::new(&of(&[("A", 6, 10, None)]), &none, month(9)), None);
        // One count: no sell-through, no cover, no overhang.
        let channel = Channel::new(&of(&[("A", 9, 10, Some(4))]), &none, month(9)).unwrap();
        assert_eq!((channel.sell_in, channel.all.sold_on, channel.overhang(2.0)), (None, None, None));
        // Nothing is sold on: the overhang stays and takes the place of no sell-in.
        let rows: Vec<_> = (3..=9).map(|m| ("A", m, 10, Some(0))).collect();
        let channel = Channel::new(&of(&rows), &none, month(9)).unwrap();
        assert_eq!((channel.overhang(2.0), channel.all.months_to_clear(2.0)), (Some(10.0), None));
    }

    #[test]
    fn a_first_count_begins_the_time_that_the_others_sell_in() {
        let rows = [("A", 7, 50, Some(999)), ("A", 8, 40, Some(30)), ("A", 9, 30, Some(50))];
        let channel = Channel::new(&of(&rows), &BTreeMap::new(), month(9)).unwrap();
        assert_eq!(channel.each["A"].sold_on, Some(40.0));
    }
}
