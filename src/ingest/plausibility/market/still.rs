//! Values that stand still, and days that are those of another time.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::ingest::market::series::Daily;

/// Longest stretch of one and the same value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Still {
    pub first: NaiveDate,
    pub last: NaiveDate,
    pub value: f64,
}

/// Days that a value may stand still: 2016 blocks take about 14 days and took 20 at most since 2012 (June 2021).
pub(super) const STILL_DAYS: i64 = 21;

/// The longest stretch of a series since a day on which its value stands still for more than a difficulty epoch.
pub(super) fn still(days: &[Daily], since: NaiveDate) -> Option<Still> {
    let mut longest: Option<Still> = None;
    let mut current: Option<Still> = None;
    for day in days.iter().filter(|day| day.date >= since) {
        current = Some(match current {
            Some(run) if run.value == day.value => Still { last: day.date, ..run },
            _ => Still { first: day.date, last: day.date, value: day.value },
        });
        let length = |run: &Still| run.last - run.first;
        if let Some(run) = current
            && length(&run).num_days() > STILL_DAYS
            && longest.as_ref().is_none_or(|most| length(&run) >= length(most))
        {
            longest = Some(run);
        }
    }
    longest
}

/// Rows of one and the same hashprice from which on they were filled, and not read: 1 on every day since 2017.
const STILL_ROWS: usize = 4;

/// Rows of a repeated value that a source repeats for want of figures or on days off, and the share of all rows in such
/// stretches beyond which it is that.
const COARSE_ROWS: usize = 3;
const COARSE: f64 = 0.03;

/// The longest stretch of rows with the same hashprice since a day, the newest of several; `None` where the source is so
/// coarse that values often repeat.
pub(super) fn filled(days: &[Daily], since: NaiveDate) -> Option<Still> {
    let start = days.partition_point(|day| day.date < since);
    let days = days.get(start..)?;
    let runs = || days.chunk_by(|a, b| a.value.to_bits() == b.value.to_bits());
    let longest = runs().filter(|run| run.len() >= STILL_ROWS).max_by_key(|run| run.len())?;
    let repeated: usize = runs().filter(|run| run.len() >= COARSE_ROWS).map(<[Daily]>::len).sum();
    let (first, last) = (longest.first()?, longest.last()?);
    (repeated as f64 <= COARSE * days.len() as f64).then_some(Still {
        first: first.date,
        last: last.date,
        value: first.value,
    })
}

/// Changes of value in a row that no market repeats, of a source whose values may have two figures alone.
const REPEATED: usize = 14;

/// Days whose values are those of other days before, in the same order.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Repeated {
    /// The first of them, by its index, and its day.
    pub at: usize,
    pub first: NaiveDate,
    pub last: NaiveDate,
    /// The first day of those they are like.
    pub like: NaiveDate,
}

/// The longest stretch of values in a row that stood in the series before.
pub(super) fn repeated(days: &[Daily]) -> Option<Repeated> {
    // The first row of every stretch of one value.
    let changes: Vec<(usize, u64)> = days
        .iter()
        .enumerate()
        .filter(|(index, day)| {
            index.checked_sub(1).is_none_or(|before| days[before].value.to_bits() != day.value.to_bits())
        })
        .map(|(index, day)| (index, day.value.to_bits()))
        .collect();
    let values: Vec<u64> = changes.iter().map(|(_, value)| *value).collect();
    let mut seen: BTreeMap<&[u64], usize> = BTreeMap::new();
    let mut longest: Option<(usize, usize, usize)> = None;
    let mut at = 0;
    while let Some(window) = values.get(at..at + REPEATED) {
        let Some(before) = seen.get(window).copied().filter(|before| before + REPEATED <= at) else {
            seen.entry(window).or_insert(at);
            at += 1;
            continue;
        };
        let alike = values[at..].iter().zip(&values[before..at]).take_while(|(a, b)| a == b).count();
        if longest.is_none_or(|(_, _, most)| alike >= most) {
            longest = Some((at, before, alike));
        }
        at += alike.max(1);
    }
    let (at, before, alike) = longest?;
    let (from, until) = (changes.get(at)?.0, changes.get(at + alike).map_or(days.len(), |(next, _)| *next));
    Some(Repeated {
        at: from,
        first: days.get(from)?.date,
        last: days.get(until.checked_sub(1)?)?.date,
        like: days.get(changes.get(before)?.0)?.date,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two hundred days of the values that `value` gives.
    fn days(value: impl Fn(usize) -> f64) -> Vec<Daily> {
        let first: NaiveDate = "2025-01-01".parse().unwrap();
        first.iter_days().take(200).enumerate().map(|(n, date)| Daily { date, value: value(n) }).collect()
    }

    #[test]
    fn hashprice_that_stands_still_for_four_days_was_filled() {
        let since: NaiveDate = "2025-01-01".parse().unwrap();
        let still = |rows: usize| filled(&days(|n| 50.0 + n.saturating_sub(rows - 1) as f64), since);
        assert_eq!(still(3), None);
        let found = still(4).unwrap();
        assert_eq!((found.first, found.last), (since, "2025-01-04".parse().unwrap()));
        // A source of two figures, every value of which stands for four days.
        assert_eq!(filled(&days(|n| 50.0 + (n / 4) as f64), since), None);
    }

    #[test]
    fn days_that_stood_there_before_are_found_with_those_they_are_like() {
        // Day 120 on, 2025-05-01, repeats from day 30 on, 2025-01-31, for fourteen days, and for thirteen.
        let copy = |count: usize| {
            repeated(&days(|n| 50.0 + if (120..120 + count).contains(&n) { n - 90 } else { n } as f64))
        };
        let found = copy(14).unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!((found.at, found.first, found.last), (120, day("2025-05-01"), day("2025-05-14")));
        assert_eq!(found.like, day("2025-01-31"));
        assert_eq!(copy(13), None);
    }

    #[test]
    fn a_feed_that_stands_still_longer_than_an_epoch_is_reported() {
        let first: NaiveDate = "2025-01-01".parse().unwrap();
        let series = |still: usize| -> Vec<Daily> {
            let value = |index: usize| if index < still { 50.0 } else { 50.0 + index as f64 };
            first.iter_days().take(60).enumerate().map(|(n, date)| Daily { date, value: value(n) }).collect()
        };
        assert!(still(&series(22), first).is_none(), "22 days of one value are 21 days from first to last");
        let found = still(&series(23), first).unwrap();
        assert_eq!((found.first, (found.last - found.first).num_days()), (first, 22));
        assert!(still(&series(23), "2025-01-10".parse().unwrap()).is_none());
    }
}
