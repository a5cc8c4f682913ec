//! Quantiles of path sums, and whole machines that add up.

use crate::market::HORIZON;

/// Quantile of sorted values by linear interpolation (Hyndman and Fan 1996, type 7).
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let position = share * last as f64;
    let below = position.floor();
    let (low, high) = (sorted[below as usize], sorted[(below as usize + 1).min(last)]);
    low + (position - below) * (high - low)
}

/// Rounds months to whole machines so that every partial sum is the rounded partial sum:
/// no machine is lost or made by rounding.
pub(crate) fn whole(months: [f64; HORIZON]) -> [i64; HORIZON] {
    let (mut sum, mut given) = (0.0, 0);
    months.map(|value| {
        sum += value;
        let cell = (to_whole(sum.round()) - given).max(0);
        given += cell;
        cell
    })
}

pub(super) fn to_whole(value: f64) -> i64 {
    // Machines are far below 2^53, where every whole number is exact.
    value as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantiles_interpolate() {
        let sorted = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(quantile(&sorted, 0.5), 3.0);
        assert_eq!(quantile(&sorted, 0.1), 1.4);
        assert_eq!(quantile(&[7.0], 0.9), 7.0);
        assert_eq!(quantile(&[], 0.9), 0.0);
    }

    proptest! {
        #[test]
        fn rounding_keeps_the_sum_and_makes_nothing_negative(months in proptest::array::uniform12(0.0..5000.0f64)) {
            let rounded = whole(months);
            prop_assert!(rounded.iter().all(|cell| *cell >= 0));
            let sum: f64 = months.iter().sum();
            prop_assert!((rounded.iter().sum::<i64>() as f64 - sum).abs() <= 0.5 + 1e-6);
        }
    }
}
