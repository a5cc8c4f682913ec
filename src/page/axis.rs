//! Axes in round numbers, and months that fit beside each other.

use std::ops::Range;

use chrono::{Datelike, NaiveDate};
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};

use crate::table::round;

/// Room beyond the furthest value, so that no line lies on the edge.
const HEADROOM: f64 = 1.02;

/// An axis of numbers: its ends, and the round numbers that are written.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Scale {
    /// Lower end.
    pub(super) low: f64,
    /// Upper end.
    pub(super) high: f64,
    /// Numbers written, from the lower end to the upper.
    pub(super) ticks: Vec<f64>,
    /// Decimals that they need.
    pub(super) decimals: u8,
}

impl Scale {
    /// From 0 through all values, with a little room above, in at most `most` steps of 1, 2 or 5 times a power of ten.
    pub(super) fn new(values: impl Iterator<Item = f64>, most: u8) -> Self {
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for value in values.filter(|value| value.is_finite()) {
            low = low.min(value * HEADROOM);
            high = high.max(value * HEADROOM);
        }
        if high - low <= 0.0 {
            high = 1.0;
        }
        let rough = (high - low) / f64::from(most.max(1));
        let mut exponent = rough.log10().floor();
        let mut step = 10_f64.powf(exponent);
        for factor in [1.0, 2.0, 5.0, 10.0] {
            step = factor * 10_f64.powf(exponent);
            let (first, last) = ((low / step).floor(), (high / step).ceil());
            if last - first <= f64::from(most) {
                exponent = step.log10().floor();
                break;
            }
        }
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let decimals = if exponent < -0.5 { (-exponent).min(8.0) as u8 } else { 0 };
        let steps = (last - first).round() as i32;
        let ticks = (0..=steps).map(|i| round((first + f64::from(i)) * step, decimals)).collect();
        Self { low: first * step, high: last * step, ticks, decimals }
    }
}

impl Ranged for Scale {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let share = (value - self.low) / (self.high - self.low);
        from + (f64::from(to - from) * share).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

/// Places of the months that are written below an axis `width` pixels long, where a name takes `name` pixels: every month,
/// or quarter, half year or year by the calendar.
pub(super) fn months_written(months: &[NaiveDate], width: f64, name: f64) -> Vec<usize> {
    let room = (width / name).floor().max(1.0);
    for step in [1, 2, 3, 6, 12, 24, 60] {
        let fits = |place: &usize| {
            months.get(*place).is_some_and(|month| {
                let since = month.year() * 12 + month.month0().cast_signed();
                since % step == 0
            })
        };
        let written: Vec<usize> = (0..months.len()).filter(fits).collect();
        if months.len() as f64 / f64::from(step) <= room && !written.is_empty() {
            return written;
        }
    }
    vec![0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_every_value() {
        for (values, ticks) in [
            (vec![0.0, 58_225.0], vec![0.0, 20_000.0, 40_000.0, 60_000.0]),
            (vec![-3.0, 7.0], vec![-5.0, 0.0, 5.0, 10.0]),
            (vec![0.0], vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
            (vec![0.03], vec![0.0, 0.01, 0.02, 0.03, 0.04]),
        ] {
            let scale = Scale::new(values.into_iter(), 5);
            assert_eq!(scale.ticks, ticks);
        }
    }

    #[test]
    fn fewer_months_are_written_where_there_is_less_room() {
        let months: Vec<NaiveDate> = (1..=12).map(|m| NaiveDate::from_ymd_opt(2025, m, 1).unwrap()).collect();
        assert_eq!(months_written(&months, 900.0, 60.0).len(), 12);
        assert_eq!(months_written(&months, 300.0, 60.0), [0, 3, 6, 9]);
        assert_eq!(months_written(&months, 10.0, 60.0), [0]);
    }
}
