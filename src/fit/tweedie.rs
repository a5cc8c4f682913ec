//! Shrunken regression of a ratio: generalised linear model of the Tweedie family with log link, no intercept and
//! an L2 penalty. With nothing learned the ratio is exp(0) = 1.
//!
//! Power p between 1 and 2 is the compound Poisson-gamma distribution, which allows zero months (Jorgensen 1987).

use linfa_linalg::cholesky::SolveCInplace;
use ndarray::Array2;

use super::design::{Design, Refusal};

/// A ratio below or above these is not believed, however far the drivers are from their history.
pub const RATIO_RANGE: (f64, f64) = (0.25, 4.0);

/// A fitted ratio exp(sum of standardised coefficient x standardised driver).
#[derive(Clone, Debug)]
pub struct Ratio {
    /// Driver names.
    pub names: Vec<String>,
    /// Per standard deviation of the driver.
    pub standardised: Vec<f64>,
    /// Mean of each driver on the training window.
    pub means: Vec<f64>,
    /// Standard deviation of each driver on the training window.
    pub deviations: Vec<f64>,
    /// Rows used.
    pub n: usize,
    /// L2 penalty, per row.
    pub penalty: f64,
}

impl Ratio {
    /// Each driver's part of the log ratio.
    pub fn contributions(&self, drivers: &[f64]) -> Vec<f64> {
        drivers.iter().enumerate().map(|(place, value)| self.contribution(place, *value)).collect()
    }

    /// The part of the log ratio of driver `place` at a value.
    pub fn contribution(&self, place: usize, value: f64) -> f64 {
        self.standardised[place] * (value - self.means[place]) / self.deviations[place]
    }

    /// The ratio at `drivers`, held within 1/4 and 4.
    pub fn predict(&self, drivers: &[f64]) -> f64 {
        let log: f64 = self.contributions(drivers).iter().sum();
        log.exp().clamp(RATIO_RANGE.0, RATIO_RANGE.1)
    }

    /// Change of the log ratio per unit of driver `place`.
    pub fn estimate(&self, place: usize) -> f64 {
        self.standardised[place] / self.deviations[place]
    }
}

/// Steps after which a fit is given up; Newton's method takes five to ten.
const MOST_STEPS: usize = 100;

/// Halvings of one step.
const MOST_HALVINGS: usize = 60;

/// Largest slope of the objective, per row, at which it counts as minimised.
const FLAT: f64 = 1e-10;

/// Fits the ratio regression: minimises sum of unit deviances / (2 n) + penalty / 2 x |w|^2 over standardised drivers,
/// as scikit-learn's `TweedieRegressor` does.
///
/// The objective is strictly convex, so that Newton's method with halved steps finds its only minimum in a few. linfa's
/// own solver finds the same one, but its line search has no limit and on some data never returns: the tests compare the
/// two, the forecast does not depend on it.
///
/// # Errors
/// [`Refusal`] when the data cannot carry the fit; eight rows more than drivers are needed.
pub fn ratio_regression(design: &Design, power: f64, penalty: f64) -> Result<Ratio, Refusal> {
    if let Some(row) = design.target.iter().position(|y| *y < 0.0) {
        return Err(Refusal::NegativeTarget { row: row + 1 });
    }
    let n = design.target.len();
    let p = design.columns.len();
    let standard = design.standardise(8)?;
    let slopes = Slopes { values: &standard.values, target: &design.target, p, power, penalty };
    let standardised = slopes.minimum()?;
    let names = design.columns.iter().map(|(name, _)| name.clone()).collect();
    Ok(Ratio { names, standardised, means: standard.means, deviations: standard.deviations, n, penalty })
}

/// Slope and curvature of the objective over the coefficients.
struct Slopes<'a> {
    /// Row-major, n x p.
    values: &'a [f64],
    target: &'a [f64],
    p: usize,
    power: f64,
    penalty: f64,
}

impl Slopes<'_> {
    /// Gradient and Hessian at `w`. With e = w'x a row adds exp((2-p) e) - y exp((1-p) e) to the slope along x, and
    /// (2-p) exp((2-p) e) + (p-1) y exp((1-p) e), which is above 0, to the curvature.
    fn at(&self, w: &[f64]) -> (Vec<f64>, Array2<f64>) {
        let (p, n) = (self.p, self.target.len() as f64);
        let mut slope: Vec<f64> = w.iter().map(|w| self.penalty * w).collect();
        let mut curvature = Array2::from_diag_elem(p, self.penalty);
        for (x, y) in self.values.chunks_exact(p.max(1)).zip(self.target) {
            let log: f64 = x.iter().zip(w).map(|(x, w)| x * w).sum();
            let (mean, actual) = (((2.0 - self.power) * log).exp(), y * ((1.0 - self.power) * log).exp());
            let bend = (2.0 - self.power) * mean + (self.power - 1.0) * actual;
            for i in 0..p {
                slope[i] += x[i] * (mean - actual) / n;
                for j in 0..p {
                    curvature[[i, j]] += x[i] * x[j] * bend / n;
                }
            }
        }
        (slope, curvature)
    }

    fn minimum(&self) -> Result<Vec<f64>, Refusal> {
        let failed = |reason: String| Refusal::NotConverged { reason };
        let mut w = vec![0.0; self.p];
        let (mut slope, mut curvature) = self.at(&w);
        for _ in 0..MOST_STEPS {
            let size = steepness(&slope);
            if size <= FLAT {
                return Ok(w);
            }
            let right =
                Array2::from_shape_vec((self.p, 1), slope.clone()).map_err(|e| failed(e.to_string()))?;
            let step = curvature.solvec_into(right).map_err(|e| failed(e.to_string()))?;
            let mut share = 1.0;
            let moved = (0..MOST_HALVINGS).find_map(|_| {
                let there: Vec<f64> = w.iter().zip(&step).map(|(w, step)| w - share * step).collect();
                let (slope, curvature) = self.at(&there);
                share *= 0.5;
                (steepness(&slope) < size).then_some((there, slope, curvature))
            });
            match moved {
                Some(found) => (w, slope, curvature) = found,
                // As flat as numbers of this precision tell.
                None if size <= FLAT.sqrt() => return Ok(w),
                None => return Err(failed("no step brings it lower".to_owned())),
            }
        }
        Err(failed(format!("not flat after {MOST_STEPS} steps")))
    }
}

fn steepness(slope: &[f64]) -> f64 {
    slope.iter().fold(0.0, |most: f64, s| if s.is_finite() { most.max(s.abs()) } else { f64::INFINITY })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact_design() -> Design {
        // y = exp(0.5 z) with z the standardised driver, mean 0.
        let x: Vec<f64> = (0..40).map(|i| f64::from(i) / 10.0).collect();
        let mean = x.iter().sum::<f64>() / 40.0;
        let deviation = (x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 40.0).sqrt();
        let target = x.iter().map(|v| (0.5 * (v - mean) / deviation).exp()).collect();
        Design { columns: vec![("x".into(), x)], target }
    }

    #[test]
    fn finds_the_coefficient_that_made_the_data() {
        let fit = ratio_regression(&exact_design(), 1.5, 1e-9).unwrap();
        assert!((fit.standardised[0] - 0.5).abs() < 1e-5, "{fit:?}");
    }

    #[test]
    fn a_larger_penalty_shrinks_towards_no_effect() {
        let size = |penalty| ratio_regression(&exact_design(), 1.5, penalty).unwrap().standardised[0].abs();
        assert!(size(0.1) < size(0.001));
        assert!(size(10.0) < size(0.1));
        assert!(size(1e6) < 1e-3);
    }

    #[test]
    fn zeros_in_the_target_are_allowed_and_negatives_are_not() {
        let mut design = exact_design();
        design.target[3] = 0.0;
        assert!(ratio_regression(&design, 1.5, 0.3).is_ok());
        design.target[3] = -1.0;
        assert_eq!(ratio_regression(&design, 1.5, 0.3).unwrap_err(), Refusal::NegativeTarget { row: 4 });
    }

    /// linfa's own solver, which adds the penalty to the sum of the deviances instead of their mean.
    fn by_linfa(design: &Design, power: f64, penalty: f64) -> Vec<f64> {
        use linfa::traits::Fit;
        let n = design.target.len();
        let values = design.standardise(8).unwrap().values;
        let records = Array2::from_shape_vec((n, design.columns.len()), values).unwrap();
        let target: ndarray::Array1<f64> = design.target.iter().copied().collect();
        linfa_linear::TweedieRegressor::params()
            .power(power)
            .link(linfa_linear::Link::Log)
            .fit_intercept(false)
            .alpha(penalty * n as f64)
            .max_iter(500)
            .tol(1e-6)
            .fit(&linfa::DatasetBase::new(records, target))
            .unwrap()
            .coef
            .to_vec()
    }

    #[test]
    fn linfa_finds_the_same_minimum() {
        let mut design = exact_design();
        let other = (0..40).map(|i| f64::from(i * i % 7)).collect();
        design.columns.push(("other".into(), other));
        design.target[5] = 0.0;
        design.target[17] *= 3.0;
        for (power, penalty) in [(1.2, 0.1), (1.5, 0.03), (1.5, 1.0), (1.8, 0.3)] {
            let ours = ratio_regression(&design, power, penalty).unwrap().standardised;
            for (ours, linfa) in ours.iter().zip(by_linfa(&design, power, penalty)) {
                assert!((ours - linfa).abs() < 1e-5, "power {power}, penalty {penalty}: {ours} and {linfa}");
            }
        }
    }

    proptest! {
        /// Whatever the data, a fit ends: with a minimum, at which the slope is 0, or with a reason.
        #[test]
        fn every_fit_ends_at_a_minimum(
            rows in proptest::collection::vec((-3.0..3.0_f64, -3.0..3.0_f64, prop_oneof![Just(0.0), 0.0..50.0_f64]), 12..60),
            power in 1.05..1.95_f64,
            penalty in 0.01..3.0_f64,
        ) {
            let column = |name: &str, of: fn(&(f64, f64, f64)) -> f64| (name.to_owned(), rows.iter().map(of).collect());
            let design = Design {
                columns: vec![column("a", |r| r.0), column("b", |r| r.1)],
                target: rows.iter().map(|r| r.2).collect(),
            };
            let fit = ratio_regression(&design, power, penalty).unwrap();
            let standard = design.standardise(8).unwrap();
            let slopes =
                Slopes { values: &standard.values, target: &design.target, p: 2, power, penalty };
            prop_assert!(steepness(&slopes.at(&fit.standardised).0) < 1e-5);
        }
    }
}
