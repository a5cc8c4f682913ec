//! Shrunken regression of a ratio: generalised linear model of the Tweedie family with log link, no intercept and
//! an L2 penalty, by linfa. With nothing learned the ratio is exp(0) = 1.
//!
//! Power p between 1 and 2 is the compound Poisson-gamma distribution, which allows zero months (Jorgensen 1987).

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_linear::{Link, TweedieRegressor};
use ndarray::{Array1, Array2};

use super::design::{Design, Refusal};

/// A ratio below or above these is not believed, however far the drivers are from their history.
const RATIO_RANGE: (f64, f64) = (0.25, 4.0);

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
        let scale = self.means.iter().zip(&self.deviations);
        let standard = drivers.iter().zip(scale).map(|(x, (m, s))| (x - m) / s);
        self.standardised.iter().zip(standard).map(|(b, z)| b * z).collect()
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

/// Fits the ratio regression: minimises sum of unit deviances / (2 n) + penalty / 2 x |w|^2 over standardised drivers,
/// as scikit-learn's `TweedieRegressor` does.
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
    let records = Array2::from_shape_vec((n, p), standard.values)
        .map_err(|e| Refusal::NotConverged { reason: e.to_string() })?;
    let target: Array1<f64> = design.target.iter().copied().collect();
    let fitted = TweedieRegressor::params()
        .power(power)
        .link(Link::Log)
        .fit_intercept(false)
        // linfa adds the penalty to the sum of the deviances; ours is per row, so that more history does not weaken it.
        .alpha(penalty * n as f64)
        .max_iter(500)
        .tol(1e-9)
        .fit(&DatasetBase::new(records, target))
        .map_err(|e| Refusal::NotConverged { reason: e.to_string() })?;
    let standardised: Vec<f64> = fitted.coef.to_vec();
    if standardised.iter().any(|b| !b.is_finite()) {
        return Err(Refusal::NotConverged { reason: "a coefficient is not finite".to_owned() });
    }
    let names = design.columns.iter().map(|(name, _)| name.clone()).collect();
    Ok(Ratio { names, standardised, means: standard.means, deviations: standard.deviations, n, penalty })
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
