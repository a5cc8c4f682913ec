//! Values that stand still.

use chrono::NaiveDate;

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
pub(super) fn still(days: &[crate::ingest::market::series::Daily], since: NaiveDate) -> Option<Still> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::market::series::Daily;

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
