//! Days against the days around them.

use chrono::{Duration, NaiveDate};

use crate::ingest::market::series::Daily;
use crate::ingest::plausibility::median::median;

/// Days on either side that a day is compared with.
const AROUND_DAYS: i64 = 7;

/// Values on one side without which nothing is said.
const LEAST: usize = 3;

/// Factor between the medians of the week before and the week from a day on, beyond which it is a change of unit or
/// currency. Since 2014 the largest fall was to 0.49 (a halving, 2016-07-09), the largest rise by 1.44; the smallest
/// change of unit is that of USD to CNY, by 7.
pub(super) const STEP: (f64, f64) = (4.0, 4.0);

/// Factors of a fall and of a rise of hashprice between two weeks beyond which its source has more likely changed than the
/// market has moved, by the same figures.
pub(super) const LEAP_OF_HASHPRICE: (f64, f64) = (1.0 / 0.43, 1.7);

/// Logarithm of the median of the days between two dates, of those that are `kept`; `None` where they are few.
fn middle(days: &[Daily], kept: &[bool], from: NaiveDate, until: NaiveDate) -> Option<f64> {
    let start = days.partition_point(|day| day.date < from);
    let end = days.partition_point(|day| day.date <= until);
    let mut logs: Vec<f64> = (start..end)
        .filter(|index| kept.get(*index).copied().unwrap_or(false))
        .filter_map(|index| days.get(index))
        .map(|day| day.value.ln())
        .collect();
    if logs.len() < LEAST { None } else { median(&mut logs) }
}

/// Logarithms of a day over the weeks before and after it; `None` where days are few.
fn off(days: &[Daily], kept: &[bool], index: usize) -> Option<(Option<f64>, Option<f64>)> {
    let day = days.get(index)?;
    let log = day.value.ln();
    let before = middle(days, kept, day.date - Duration::days(AROUND_DAYS), day.date - Duration::days(1));
    let after = middle(days, kept, day.date + Duration::days(1), day.date + Duration::days(AROUND_DAYS));
    Some((before.map(|b| log - b), after.map(|a| log - a)))
}

/// By how much a day stands out from both the week before and the week after, on the same side, in logarithms; at an
/// end of the series from the one week that there is. 0: it does not.
pub(super) fn spike(days: &[Daily], kept: &[bool], index: usize) -> f64 {
    match off(days, kept, index) {
        Some((Some(before), Some(after))) if before * after > 0.0 => {
            before.signum() * before.abs().min(after.abs())
        }
        Some((Some(only), None) | (None, Some(only))) => only,
        _ => 0.0,
    }
}

/// The largest change of level beyond a factor, one for falls and one for rises: place of the first day after it, and by how much. Medians change by
/// the same over some days around it: of those the day that itself moved most is meant.
pub(super) fn step(days: &[Daily], kept: &[bool], (fall, rise): (f64, f64)) -> Option<(usize, f64)> {
    let mut largest: Option<(usize, f64, f64)> = None;
    let mut previous: Option<f64> = None;
    for (index, day) in days.iter().enumerate().filter(|(index, _)| kept.get(*index) == Some(&true)) {
        let moved = previous.map_or(0.0, |previous| (day.value.ln() - previous).abs());
        previous = Some(day.value.ln());
        let before = middle(days, kept, day.date - Duration::days(AROUND_DAYS), day.date - Duration::days(1));
        let after = middle(days, kept, day.date, day.date + Duration::days(AROUND_DAYS - 1));
        if let (Some(before), Some(after)) = (before, after) {
            let change = after - before;
            let larger = |(_, most, most_moved): (usize, f64, f64)| {
                let more = change.abs() - most.abs();
                more > ALIKE || (more > -ALIKE && moved > most_moved)
            };
            let limit = if change < 0.0 { fall } else { rise };
            if change.abs() > limit.ln() && largest.is_none_or(larger) {
                largest = Some((index, change, moved));
            }
        }
    }
    largest.map(|(index, change, _)| (index, change.exp()))
}

/// Logarithms that differ by less are the same but for rounding.
const ALIKE: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Vec<Daily> {
        let first: NaiveDate = "2025-01-01".parse().unwrap();
        first.iter_days().zip(values).map(|(date, value)| Daily { date, value: *value }).collect()
    }

    #[test]
    fn a_day_that_stands_alone_is_reported_and_a_new_level_is_not() {
        let mut values = [50.0; 30];
        values[12] = 500.0;
        let days = series(&values);
        let kept = vec![true; 30];
        assert!((spike(&days, &kept, 12) - 10.0_f64.ln()).abs() < 1e-12);
        assert_eq!(spike(&days, &kept, 11), 0.0);
        // A fall to 0.45 in one day that lasts is a move of the market.
        let mut fallen = [50.0; 30];
        fallen[12..].fill(22.5);
        let days = series(&fallen);
        assert!((0..30).all(|index| spike(&days, &kept, index) == 0.0) && step(&days, &kept, STEP).is_none());
    }

    #[test]
    fn a_change_of_currency_is_a_step() {
        let mut values = [50.0; 40];
        values[25..].fill(355.0);
        let (index, factor) = step(&series(&values), &[true; 40], STEP).unwrap();
        assert_eq!(index, 25);
        assert!((factor - 7.1).abs() < 1e-9);
    }
}
