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

/// The same for several shares in ascending order, of values in any order, which are moved about: what lies between the ranks
/// asked for need not be sorted.
pub fn quantiles<const N: usize>(values: &mut [f64], shares: [f64; N]) -> [f64; N] {
    let Some(last) = values.len().checked_sub(1) else { return [0.0; N] };
    let mut from = 0;
    shares.map(|share| {
        let position = share * last as f64;
        let below = position.floor();
        let rank = (below as usize).max(from);
        let (_, low, above) = values[from..].select_nth_unstable_by(rank - from, f64::total_cmp);
        let low = *low;
        let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
        from = rank;
        low + (position - below) * (high - low)
    })
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

/// Whole machines in proportion to weights of at least 0, which add up to `total`: each gets the whole part of its own, and of what
/// is left one more those with the largest remainder (Hamilton 1792), of equals the first. None where no weight is above 0.
pub(crate) fn split(total: i64, weights: &[f64]) -> Vec<i64> {
    let all: f64 = weights.iter().sum();
    if all <= 0.0 {
        return vec![0; weights.len()];
    }
    let exact: Vec<f64> = weights.iter().map(|weight| weight / all * total as f64).collect();
    // Sums of fractions miss whole numbers by rounding errors.
    let mut parts: Vec<i64> = exact.iter().map(|part| to_whole((part + 1e-9).floor())).collect();
    let mut order: Vec<usize> = (0..weights.len()).filter(|place| weights[*place] > 0.0).collect();
    let rest = |place: &usize| exact[*place] - parts[*place] as f64;
    order.sort_by(|a, b| rest(b).total_cmp(&rest(a)));
    let left = usize::try_from(total - parts.iter().sum::<i64>()).unwrap_or(0);
    for place in order.into_iter().cycle().take(left) {
        parts[place] += 1;
    }
    parts
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
        // The same of values in any order; of equal ones; of one; of none.
        assert_eq!(
            quantiles(&mut [5.0, 1.0, 4.0, 2.0, 3.0], [0.1, 0.5, 0.5, 0.9, 1.0]),
            [1.4, 3.0, 3.0, 4.6, 5.0]
        );
        assert_eq!(quantiles(&mut [2.0, 2.0, 8.0, 2.0], [0.0, 0.5, 0.75]), [2.0, 2.0, 3.5]);
        assert_eq!(quantiles(&mut [7.0], [0.1, 0.9]), [7.0, 7.0]);
        assert_eq!(quantiles(&mut [], [0.1, 0.9]), [0.0, 0.0]);
    }

    /// 10 in proportion to 1, 1 and 4: 1.67, 1.67 and 6.67 are 1, 1 and 6, and two more to the first of equals.
    #[test]
    fn what_rounding_leaves_goes_to_the_largest_remainders() {
        assert_eq!(split(10, &[1.0, 1.0, 4.0]), [2, 2, 6]);
        assert_eq!(split(10, &[1.0, 1.2, 4.0]), [2, 2, 6]);
        assert_eq!(split(7, &[0.0, 2.0]), [0, 7]);
        assert_eq!(split(7, &[0.0, 0.0]), [0, 0]);
        assert_eq!(split(0, &[1.0]), [0]);
    }

    proptest! {
        #[test]
        fn whole_parts_add_up(weights in proptest::collection::vec(0.0..9e4f64, 1..30), total in 0..5_000_000i64) {
            prop_assume!(weights.iter().sum::<f64>() > 0.0);
            let parts = split(total, &weights);
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
            let all: f64 = weights.iter().sum();
            prop_assert!(parts.iter().zip(&weights).all(|(part, weight)| (*part as f64 - weight / all * total as f64).abs() < 1.0 + 1e-6));
        }

        #[test]
        fn rounding_keeps_the_sum_and_makes_nothing_negative(months in proptest::array::uniform12(0.0..5000.0f64)) {
            let rounded = whole(months);
            prop_assert!(rounded.iter().all(|cell| *cell >= 0));
            let sum: f64 = months.iter().sum();
            prop_assert!((rounded.iter().sum::<i64>() as f64 - sum).abs() <= 0.5 + 1e-6);
        }
    }
}
