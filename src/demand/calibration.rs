//! Spread of the paths, set right by how far past forecasts really were from what shipped.
//!
//! A standardised error is the distance of what shipped from the median over the distance of that side's end of the 80%
//! interval that the uncalibrated paths gave: above the median as it is, below it in logs, so that no path falls
//! below 0. An interval spread by a quantile of past standardised errors would have covered that share of them (split
//! conformal prediction; Vovk et al. 2005). Errors are few and overlap, so the factor is pulled towards [`PRIOR`].

use std::ops::Range;

use crate::domain::{Month, Quantiles};

use super::rounding::{quantile, quantiles};
use super::simulation::Simulation;

/// Factor of the spread before any error is known: the paths as they are drawn.
const PRIOR: f64 = 1.0;

/// Quantile of the standardised errors that the factor is pulled to: below the level, since forecasts get better as orders and
/// market data grow. With the rank and the prior below 80% intervals still held more than that (docs/concepts/method.md).
const QUANTILE: f64 = 0.7;

/// Errors that the prior counts for.
const PRIOR_WEIGHT: f64 = 6.0;

/// Half width of a path interval, as a share of the median, below which it is not believed.
const LEAST_SPREAD: f64 = 0.03;

/// Factors of the spread that are believed.
const FACTORS: (f64, f64) = (0.6, 4.0);

/// How far the uncalibrated paths were from what shipped.
#[derive(Clone, Debug)]
pub struct SpreadError {
    /// Month whose end makes the actual known.
    pub known: Month,
    /// Months ahead, 0 is the first.
    pub span: Range<usize>,
    /// Distance of the actual from the median over that of the interval's end on its side.
    pub standardised: f64,
}

impl SpreadError {
    /// Error of the machines of all models over `span`; `None` where nothing shipped or was forecast.
    pub fn new(known: Month, span: Range<usize>, simulation: &Simulation, actual: f64) -> Option<Self> {
        let mut sums = simulation.sums(span.clone(), None);
        let [low, middle, high] = quantiles(&mut sums, Quantiles::<f64>::SHARES);
        if actual <= 0.0 || middle <= 0.0 {
            return None;
        }
        let standardised = if actual > middle {
            (actual / middle - 1.0) / (high / middle - 1.0).max(LEAST_SPREAD)
        } else {
            (middle / actual).ln() / (middle / low.max(middle * 1e-3)).ln().max(LEAST_SPREAD)
        };
        Some(Self { known, span, standardised })
    }
}

/// Factors of the spread by quarter ahead.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// Factor of the spread of each quarter ahead.
    pub spread: [f64; 4],
    /// Errors that each was measured on.
    pub n: [usize; 4],
}

impl Default for Calibration {
    fn default() -> Self {
        Self { spread: [PRIOR; 4], n: [0; 4] }
    }
}

impl Calibration {
    /// From the errors that are known by the end of `as_of`.
    pub fn measure(errors: &[SpreadError], as_of: Month) -> Self {
        let mut calibration = Self::default();
        for k in 0..4 {
            let mut own: Vec<f64> = errors
                .iter()
                .filter(|e| e.known <= as_of && e.span == (3 * k..3 * k + 3))
                .map(|e| e.standardised)
                .collect();
            own.sort_by(f64::total_cmp);
            let n = own.len() as f64;
            // With n errors the value of rank q (n + 1) is what the next one stays below with chance q.
            let rank = (QUANTILE * (n + 1.0) / n.max(1.0)).min(1.0);
            let found = quantile(&own, rank).max(1e-3);
            let log = (PRIOR_WEIGHT * PRIOR.ln() + n * found.ln()) / (PRIOR_WEIGHT + n);
            calibration.spread[k] = log.exp().clamp(FACTORS.0, FACTORS.1);
            calibration.n[k] = own.len();
        }
        calibration
    }

    /// Spreads the paths: each path's quarter keeps its months and models and is moved as a whole, its distance from
    /// the median path times the factor (below it in logs); the median stays.
    pub(super) fn apply(&self, simulation: &mut Simulation) {
        for k in 0..4 {
            let sums = simulation.sums(3 * k..3 * k + 3, None);
            let mut sorted = sums.clone();
            sorted.sort_by(f64::total_cmp);
            let median = quantile(&sorted, 0.5);
            if median <= 0.0 {
                continue;
            }
            let spread = self.spread[k];
            let factor = |sum: &f64| {
                if *sum > median {
                    (median + spread * (sum - median)) / sum
                } else if *sum > 0.0 {
                    (sum / median).powf(spread - 1.0)
                } else {
                    1.0
                }
            };
            simulation.scale(3 * k..3 * k + 3, &sums.iter().map(factor).collect::<Vec<f64>>());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{HORIZON, Path};

    /// Eleven paths that ship 10, 20, ..., 110 machines in the first month: p10 20, median 60, p90 100.
    fn paths() -> Simulation {
        let path = |machines: i64| {
            let mut months = [0; HORIZON];
            months[0] = machines;
            vec![months]
        };
        let market = Path { price: [1.0; HORIZON], difficulty: [1.0; HORIZON], hashprice: [1.0; HORIZON] };
        Simulation::given(&(1..=11).map(|i| path(10 * i)).collect::<Vec<_>>(), market)
    }

    #[test]
    fn an_error_is_measured_in_half_intervals_of_its_side() {
        let error = |actual: f64| {
            SpreadError::new("2025-01".parse().unwrap(), 0..3, &paths(), actual).map(|e| e.standardised)
        };
        // (80 / 60 - 1) / (100 / 60 - 1), and ln(60 / 30) / ln(60 / 20).
        assert!((error(80.0).unwrap() - 0.5).abs() < 1e-12);
        assert!((error(30.0).unwrap() - 2.0_f64.ln() / 3.0_f64.ln()).abs() < 1e-12);
        assert_eq!(error(0.0), None);
    }

    #[test]
    fn a_factor_is_pulled_to_the_prior_by_six_errors() {
        let known: Month = "2025-01".parse().unwrap();
        let errors: Vec<SpreadError> =
            (0..6).map(|_| SpreadError { known, span: 3..6, standardised: 0.8 }).collect();
        let found = Calibration::measure(&errors, known);
        assert!((found.spread[1] - (PRIOR * 0.8).sqrt()).abs() < 1e-12, "{found:?}");
        assert_eq!((found.n, found.spread[0]), ([0, 6, 0, 0], PRIOR));
        assert_eq!(Calibration::measure(&errors, known - 1).n, [0; 4], "not known yet");
    }

    #[test]
    fn spreading_leaves_the_median_and_never_falls_below_nothing() {
        let mut simulation = paths();
        Calibration { spread: [2.0, 1.0, 1.0, 1.0], n: [9; 4] }.apply(&mut simulation);
        let sums = simulation.sums(0..3, None);
        // 60 stays; 100 -> 60 + 2 x 40; 20 -> 20 x (20 / 60).
        for (path, expected) in [(5, 60.0), (9, 140.0), (1, 20.0 / 3.0)] {
            assert!((sums[path] - expected).abs() < 1e-9, "{sums:?}");
        }
    }
}
