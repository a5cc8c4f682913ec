//! Measures of accuracy. An error is forecast - actual: a bias above 0 is too much.

use crate::domain::Quantiles;

/// A forecast and what happened.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pair {
    /// Forecast.
    pub forecast: f64,
    /// Actual.
    pub actual: f64,
    /// p10, p50 and p90, when the method gives them.
    pub quantiles: Option<Quantiles<f64>>,
}

impl Pair {
    fn error(&self) -> f64 {
        self.forecast - self.actual
    }
}

/// Typical change of a series from one value to the next, the scale of MASE and RMSSE.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Scale {
    /// Mean absolute change; 0 when unknown.
    pub absolute: f64,
    /// Root mean square change; 0 when unknown.
    pub square: f64,
}

impl Scale {
    /// Of the changes within a series.
    pub fn of(series: &[f64]) -> Self {
        let changes = series.windows(2).map(|pair| pair[1] - pair[0]);
        let n = series.len().saturating_sub(1).max(1) as f64;
        let (absolute, squares) =
            changes.fold((0.0, 0.0), |(a, s), change| (a + change.abs(), s + change * change));
        Self { absolute: absolute / n, square: (squares / n).sqrt() }
    }
}

/// Fewest errors that support an 80% interval: with n absolute errors the largest covers n / (n + 1).
pub const LEAST_FOR_80: usize = 4;

/// Every measure of a set of forecasts; `None` where it is not defined or n does not support it.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Measures {
    /// Forecasts scored.
    pub n: usize,
    /// Sum |error| / sum actual.
    pub wape: Option<f64>,
    /// Mean |error| / mean |change|.
    pub mase: Option<f64>,
    /// Root mean square error / root mean square change.
    pub rmsse: Option<f64>,
    /// Sum of errors / sum actual.
    pub bias: Option<f64>,
    /// Mean pinball loss of the quantiles / mean actual.
    pub pinball: Option<f64>,
    /// Share of actuals within p10..=p90.
    pub coverage_80: Option<f64>,
    /// Sum (p90 - p10) / sum actual.
    pub width_80: Option<f64>,
    /// Sum of errors / mean |error|, at the last of the pairs.
    pub tracking_signal: Option<f64>,
}

impl Measures {
    /// Measures of pairs, oldest first.
    pub fn of(pairs: &[Pair], scale: Scale) -> Self {
        let n = pairs.len();
        let count = n as f64;
        let sum = |value: &dyn Fn(&Pair) -> f64| pairs.iter().map(value).sum::<f64>();
        let actual = sum(&|p| p.actual);
        let share = |value: f64| (actual > 0.0).then(|| value / actual);
        let (errors, absolute, squares) =
            (sum(&Pair::error), sum(&|p| p.error().abs()), sum(&|p| p.error().powi(2)));
        let quantiles: Vec<(f64, Quantiles<f64>)> =
            pairs.iter().filter_map(|p| p.quantiles.map(|q| (p.actual, q))).collect();
        let intervals = n > 0 && quantiles.len() == n;
        let within = quantiles.iter().filter(|(a, q)| q.interval().holds(a)).count();
        let loss: f64 = quantiles.iter().map(|(a, q)| pinball(*a, q)).sum();
        let width: f64 = quantiles.iter().map(|(_, q)| q.p90 - q.p10).sum();
        Self {
            n,
            wape: share(absolute),
            mase: (n > 0 && scale.absolute > 0.0).then(|| absolute / count / scale.absolute),
            rmsse: (n > 0 && scale.square > 0.0).then(|| (squares / count).sqrt() / scale.square),
            bias: share(errors),
            pinball: if intervals { share(loss) } else { None },
            coverage_80: (intervals && n >= LEAST_FOR_80).then(|| within as f64 / count),
            width_80: if intervals { share(width) } else { None },
            tracking_signal: (absolute > 0.0).then(|| errors / (absolute / count)),
        }
    }
}

/// Mean pinball loss of p10, p50 and p90.
fn pinball(actual: f64, quantiles: &Quantiles<f64>) -> f64 {
    let loss = |(level, q): (f64, f64)| {
        if actual >= q { level * (actual - q) } else { (1.0 - level) * (q - actual) }
    };
    Quantiles::<f64>::SHARES
        .into_iter()
        .zip([quantiles.p10, quantiles.p50, quantiles.p90])
        .map(loss)
        .sum::<f64>()
        / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(rows: &[(f64, f64)]) -> Vec<Pair> {
        rows.iter()
            .map(|(forecast, actual)| Pair { forecast: *forecast, actual: *actual, quantiles: None })
            .collect()
    }

    /// A published example of the tracking signal, whose errors are actual - forecast: A 100 90 130 140 160,
    /// F 90 110 128 130 140 give 1.00, -0.67, -0.75, 0.19, 1.77. Ours are forecast - actual, so the sign turns.
    #[test]
    fn tracking_signal_agrees_with_the_published_example() {
        let rows = [(90.0, 100.0), (110.0, 90.0), (128.0, 130.0), (130.0, 140.0), (140.0, 160.0)];
        for (n, published) in [(1, 1.0), (2, -0.67), (3, -0.75), (4, 0.19), (5, 1.77)] {
            let signal = Measures::of(&pairs(&rows[..n]), Scale::default()).tracking_signal.unwrap();
            assert!((signal + published).abs() < 0.005, "{n}: {signal}");
        }
        let none = Measures::of(&pairs(&[(5.0, 5.0)]), Scale::default());
        assert_eq!(none.tracking_signal, None, "without an error there is nothing to divide by");
    }

    #[test]
    fn measures_by_hand() {
        // Errors 10, -20, 0; actuals sum to 300. Changes of 100, 120, 80: 20, -40.
        let scale = Scale::of(&[100.0, 120.0, 80.0]);
        assert_eq!(scale.absolute, 30.0);
        assert!((scale.square - 1000.0_f64.sqrt()).abs() < 1e-12);
        let found = Measures::of(&pairs(&[(110.0, 100.0), (100.0, 120.0), (80.0, 80.0)]), scale);
        assert_eq!(found.wape, Some(0.1));
        assert_eq!(found.bias, Some(-10.0 / 300.0));
        assert_eq!(found.mase, Some(10.0 / 30.0));
        assert!((found.rmsse.unwrap() - ((500.0 / 3.0) / 1000.0_f64).sqrt()).abs() < 1e-12);
        assert_eq!(found.coverage_80, None);
    }

    #[test]
    fn coverage_needs_four_errors() {
        let one = |actual| Pair {
            forecast: 10.0,
            actual,
            quantiles: Some(Quantiles { p10: 8.0, p50: 10.0, p90: 13.0 }),
        };
        let three = [one(8.0), one(13.0), one(14.0)];
        assert_eq!(Measures::of(&three, Scale::default()).coverage_80, None);
        let four = [one(8.0), one(13.0), one(14.0), one(5.0)];
        let found = Measures::of(&four, Scale::default());
        assert_eq!(found.coverage_80, Some(0.5));
        assert_eq!(found.width_80, Some(20.0 / 40.0));
        // (0 + 1 + .5)/3, (.5 + 1.5 + 0)/3, (.6 + 2 + .9)/3, (2.7 + 2.5 + .8)/3
        let by_hand =
            ((0.0 + 1.0 + 0.5) + (0.5 + 1.5 + 0.0) + (0.6 + 2.0 + 0.9) + (2.7 + 2.5 + 0.8)) / 3.0 / 40.0;
        assert!((found.pinball.unwrap() - by_hand).abs() < 1e-12);
    }

    #[test]
    fn nothing_scored_is_missing_not_zero() {
        assert_eq!(Measures::of(&[], Scale::default()), Measures::default());
        assert_eq!(Measures::of(&pairs(&[(5.0, 0.0)]), Scale::default()).wape, None);
    }
}
