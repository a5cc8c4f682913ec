//! Spread of the paths, set right by how far past forecasts really were from what shipped.
//!
//! A standardised error is |ln(actual / median)| over half the width of the 80% interval that the uncalibrated paths
//! gave, in logs. An interval that is widened by the 80% quantile of past standardised errors would have covered 80%
//! of them (split conformal prediction; Vovk et al. 2005). Errors are few and overlap, so the quantile is pulled
//! towards [`PRIOR`].

use std::ops::Range;

use crate::domain::Month;

use super::forecast::quantile;
use super::paths::Simulation;

/// Factor of the spread of each quarter ahead before any error is known: what is far ahead is forecast with more
/// certainty than it deserves.
const PRIOR: [f64; 4] = [1.0, 1.0, 1.0, 1.5];

/// Errors that the prior counts for.
const PRIOR_WEIGHT: f64 = 6.0;

/// Half width of a path interval, in logs, below which it is not believed.
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
    /// |ln(actual / median)| over half the width of the interval in logs.
    pub standardised: f64,
}

impl SpreadError {
    /// Error of the machines of all models over `span`; `None` where nothing shipped or was forecast.
    pub fn new(known: Month, span: Range<usize>, simulation: &Simulation, actual: f64) -> Option<Self> {
        let mut sums = simulation.sums(span.clone(), None);
        sums.sort_by(f64::total_cmp);
        let [low, middle, high] = [0.1, 0.5, 0.9].map(|share| quantile(&sums, share));
        if actual <= 0.0 || middle <= 0.0 {
            return None;
        }
        let floor = middle * 1e-3;
        let half = ((high / low.max(floor)).ln() / 2.0).max(LEAST_SPREAD);
        Some(Self { known, span, standardised: (actual / middle).ln().abs() / half })
    }
}

/// Factors of the spread by quarter ahead.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// Factor of the spread in logs of each quarter ahead.
    pub spread: [f64; 4],
    /// Errors that each was measured on.
    pub n: [usize; 4],
}

impl Default for Calibration {
    fn default() -> Self {
        Self { spread: PRIOR, n: [0; 4] }
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
            // The rank of an 80% interval of n errors, ceil(0.8 (n + 1)), as a share of the places between them.
            let share = if own.len() > 1 { ((0.8 * (n + 1.0) - 1.0) / (n - 1.0)).min(1.0) } else { 1.0 };
            let found = quantile(&own, share).max(1e-3);
            let log = (PRIOR_WEIGHT * PRIOR[k].ln() + n * found.ln()) / (PRIOR_WEIGHT + n);
            calibration.spread[k] = log.exp().clamp(FACTORS.0, FACTORS.1);
            calibration.n[k] = own.len();
        }
        calibration
    }

    /// Spreads the paths: each path's quarter keeps its months and models and is moved as a whole, its distance from
    /// the mean path in logs times the factor; the mean of the paths stays.
    pub(super) fn apply(&self, simulation: &mut Simulation) {
        for k in 0..4 {
            let sums = simulation.sums(3 * k..3 * k + 3, None);
            let mean = sums.iter().sum::<f64>() / sums.len().max(1) as f64;
            if mean <= 0.0 {
                continue;
            }
            let factors: Vec<f64> = sums
                .iter()
                .map(|sum| if *sum > 0.0 { (sum / mean).powf(self.spread[k] - 1.0) } else { 1.0 })
                .collect();
            let moved: f64 =
                sums.iter().zip(&factors).map(|(sum, f)| sum * f).sum::<f64>() / sums.len() as f64;
            simulation.scale(3 * k..3 * k + 3, |path| factors[path] * mean / moved);
        }
    }
}
