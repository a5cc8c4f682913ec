//! What a planner would otherwise use: forecasts from the series alone, without orders or drivers.

/// Values in a year of a quarterly series.
pub(super) const QUARTERS: usize = 4;

/// Values in a year of a monthly series.
pub(super) const MONTHS: usize = 12;

/// A forecast from a series' own past.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Baseline {
    /// The last value again.
    LastValue,
    /// Mean of the trailing year.
    TrailingMean,
    /// The value a year before.
    SeasonalNaive,
    /// Exponential smoothing with a damped trend (Gardner and `McKenzie` 1985).
    DampedTrend,
    /// The theta method (Assimakopoulos and Nikolopoulos 2000).
    Theta,
}

impl Baseline {
    /// Every baseline.
    pub const ALL: [Self; 5] =
        [Self::LastValue, Self::TrailingMean, Self::SeasonalNaive, Self::DampedTrend, Self::Theta];

    /// Forecasts of the next `year` values; `None` with less than a year of them. Never below 0.
    pub fn forecast(self, series: &[f64], year: usize) -> Option<Vec<f64>> {
        let past = &series[series.len().checked_sub(year)?..];
        let last = *past.last()?;
        let forecast = match self {
            Self::LastValue => vec![last; year],
            Self::TrailingMean => vec![past.iter().sum::<f64>() / year as f64; year],
            Self::SeasonalNaive => past.to_vec(),
            Self::DampedTrend => damped_trend(series, year),
            Self::Theta => theta(series, year),
        };
        Some(forecast.into_iter().map(|value| value.max(0.0)).collect())
    }
}

/// Smoothing weights that are tried.
const WEIGHTS: [f64; 6] = [0.1, 0.2, 0.4, 0.6, 0.8, 1.0];

/// Shares of the level's weight that the trend's weight may be.
const TREND_WEIGHTS: [f64; 4] = [0.0, 0.1, 0.3, 0.6];

/// Damping factors that are tried.
const DAMPING: [f64; 3] = [0.8, 0.9, 0.98];

/// Level and damped trend, error-correction form; the weights with the least one-step square error are taken, the
/// smoothest ones on a tie.
///
/// `level += damping x trend + a e`, `trend = damping x trend + a b e`, forecast h ahead: level + trend x sum of
/// `damping^1..=h`.
fn damped_trend(series: &[f64], ahead: usize) -> Vec<f64> {
    let run = |weight: f64, trend_weight: f64, damping: f64| {
        let (mut level, mut trend, mut squares) = (series[0], 0.0, 0.0);
        for value in &series[1..] {
            let forecast = level + damping * trend;
            let error = value - forecast;
            squares += error * error;
            level = forecast + weight * error;
            trend = damping * trend + weight * trend_weight * error;
        }
        (squares, level, trend, damping)
    };
    let mut best: Option<(f64, f64, f64, f64)> = None;
    for damping in DAMPING {
        for trend_weight in TREND_WEIGHTS {
            for weight in WEIGHTS {
                let found = run(weight, trend_weight, damping);
                if best.is_none_or(|best| found.0 < best.0) {
                    best = Some(found);
                }
            }
        }
    }
    let (_, level, trend, damping) = best.unwrap_or((0.0, series[0], 0.0, 1.0));
    let mut value = level;
    (1..=ahead)
        .scan(1.0, |power, _| {
            *power *= damping;
            value += trend * *power;
            Some(value)
        })
        .collect()
}

/// Simple exponential smoothing with half the slope of the fitted line as drift, which is what the theta method
/// comes to (Hyndman and Billah 2003).
fn theta(series: &[f64], ahead: usize) -> Vec<f64> {
    let (slope, _) = line(series);
    let (level, weight) = smoothed(series);
    let start = (1.0 - (1.0 - weight).powf(series.len() as f64)) / weight;
    (0..ahead).map(|h| level + 0.5 * slope * (h as f64 + start)).collect()
}

/// Level of simple exponential smoothing after the series, and the weight with the least one-step square error.
fn smoothed(series: &[f64]) -> (f64, f64) {
    let mut best: Option<(f64, f64, f64)> = None;
    for weight in WEIGHTS {
        let (mut level, mut squares) = (series[0], 0.0);
        for value in &series[1..] {
            let error = value - level;
            squares += error * error;
            level += weight * error;
        }
        if best.is_none_or(|(least, ..)| squares < least) {
            best = Some((squares, level, weight));
        }
    }
    best.map_or((series[0], 1.0), |(_, level, weight)| (level, weight))
}

/// Slope and value at the first point of the least squares line over indices 0, 1, ...
fn line(series: &[f64]) -> (f64, f64) {
    let n = series.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let mean = series.iter().sum::<f64>() / n;
    let (mut along, mut squares) = (0.0, 0.0);
    for (index, value) in series.iter().enumerate() {
        let x = index as f64 - middle;
        along += x * (value - mean);
        squares += x * x;
    }
    let slope = if squares > 0.0 { along / squares } else { 0.0 };
    (slope, mean - slope * middle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Quarterly passengers-like numbers: growth and a dip.
    const SERIES: [f64; 12] =
        [112.0, 118.0, 132.0, 129.0, 121.0, 135.0, 148.0, 148.0, 136.0, 119.0, 104.0, 118.0];

    #[test]
    fn naive_baselines_repeat_what_was() {
        let of = |baseline: Baseline| baseline.forecast(&SERIES, QUARTERS).unwrap();
        assert_eq!(of(Baseline::LastValue), [118.0; 4]);
        assert_eq!(of(Baseline::TrailingMean), [119.25; 4]);
        assert_eq!(of(Baseline::SeasonalNaive), [136.0, 119.0, 104.0, 118.0]);
        assert!(Baseline::ALL.iter().all(|b| b.forecast(&SERIES[..3], QUARTERS).is_none()));
    }

    /// The definition: mean of the line carried on (theta 0) and of the smoothed series with doubled distance from
    /// the line (theta 2), Assimakopoulos and Nikolopoulos 2000.
    #[test]
    fn theta_is_the_mean_of_its_two_theta_lines() {
        let (slope, first) = line(&SERIES);
        let at = |index: usize| first + slope * index as f64;
        let doubled: Vec<f64> =
            SERIES.iter().enumerate().map(|(index, value)| 2.0 * value - at(index)).collect();
        let (_, weight) = smoothed(&SERIES);
        // Smoothing is linear: the doubled series starts at 2 y_0 - at(0), the plain one at y_0.
        let mut level = doubled[0];
        let mut plain_start = SERIES[0];
        for (two, one) in doubled[1..].iter().zip(&SERIES[1..]) {
            level += weight * (two - level);
            plain_start += weight * (one - plain_start);
        }
        let found = theta(&SERIES, 3);
        // The start of the smoothing fades with (1 - weight)^11 x (y_0 - at(0)) / 2.
        let fades = 0.5 * (1.0 - weight).powi(11) * (SERIES[0] - at(0)).abs()
            + slope.abs() * (1.0 - weight).powi(12) / weight;
        for (h, value) in found.iter().enumerate() {
            let expected = 0.5 * (at(12 + h) + level);
            assert!((value - expected).abs() <= fades + 1e-9, "{value} is not {expected}");
        }
    }

    #[test]
    fn a_damped_trend_levels_off() {
        let growing: Vec<f64> = (0..16).map(|i| 100.0 + 10.0 * f64::from(i)).collect();
        let forecast = damped_trend(&growing, 40);
        let steps: Vec<f64> = forecast.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(steps[0] > 0.0 && steps.windows(2).all(|pair| pair[1] < pair[0]), "{steps:?}");
    }

    proptest! {
        #[test]
        fn a_constant_series_stays_constant(value in 0.0..1e6_f64, n in 4..40_usize) {
            for baseline in Baseline::ALL {
                for found in baseline.forecast(&vec![value; n], QUARTERS).unwrap() {
                    prop_assert!((found - value).abs() <= 1e-6 * (1.0 + value), "{:?}: {}", baseline, found);
                }
            }
        }

        #[test]
        fn forecasts_scale_with_the_series(series in proptest::collection::vec(0.0..1e4_f64, 8..30)) {
            let tenfold: Vec<f64> = series.iter().map(|v| v * 8.0).collect();
            for baseline in Baseline::ALL {
                let small = baseline.forecast(&series, QUARTERS).unwrap();
                let large = baseline.forecast(&tenfold, QUARTERS).unwrap();
                for (small, large) in small.iter().zip(&large) {
                    prop_assert!((small * 8.0 - large).abs() <= 1e-6 * (1.0 + large));
                    prop_assert!(*small >= 0.0);
                }
            }
        }
    }

    #[test]
    fn lines_and_levels_by_hand() {
        // Around 4: (-1 x -3 + 0 x -1 + 1 x 4) / 2 = 3.5 a step, from 4 - 3.5.
        assert_eq!(line(&[1.0, 3.0, 8.0]), (3.5, 0.5));
        assert_eq!(line(&[7.0]), (0.0, 7.0));
        // One error of 10 whatever the weight: the smoothest is taken.
        let (level, weight) = smoothed(&[10.0, 20.0]);
        assert_eq!((level, weight), (11.0, 0.1));
        // Errors of 10 and 10 (1 - weight): the last value is taken whole.
        assert_eq!(smoothed(&[10.0, 20.0, 20.0]), (20.0, 1.0));
        // 11 + half of 10 a step from (1 - 0.9^2) / 0.1 = 1.9 steps on.
        let found = theta(&[10.0, 20.0], 2);
        assert!((found[0] - 20.5).abs() < 1e-9 && (found[1] - 25.5).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn damped_trends_by_hand() {
        // One error of 10 whatever the weights: the smoothest are taken, 0.1 of it and no trend.
        assert_eq!(damped_trend(&[100.0, 110.0], 2), [101.0, 101.0]);
        // The least second error has the largest weights: level 110 and trend 6, forecast 115.88, error 4.12; level 120, trend
        // 5.88 + 0.6 x 4.12 = 8.352. Ahead 0.98 and 0.98^2 of it more.
        let found = damped_trend(&[100.0, 110.0, 120.0], 2);
        assert!((found[0] - 128.184_96).abs() < 1e-9, "{found:?}");
        assert!((found[1] - 136.206_220_8).abs() < 1e-9, "{found:?}");
    }
}
