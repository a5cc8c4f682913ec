//! A slope with a Gaussian prior around 0, and how much better it says what came than no slope.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_linear::LinearRegression;
use ndarray::{Array1, Array2};

use super::design::Refusal;

/// A slope and the evidence for it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Shrunken {
    /// Change of the target per unit of the driver.
    pub slope: f64,
    /// ln of the likelihood of the target with the slope over that without one, the slope integrated out.
    pub log_evidence: f64,
}

/// Fits y = slope x with errors N(0, `error`^2) and slope ~ N(0, `prior`^2). Both must have mean 0.
///
/// A Gaussian prior is a row added to least squares: driver 1 / `prior` with target 0, beside rows divided by `error`. The
/// log evidence is slope^2 precision / 2 - ln(precision x prior^2) / 2, precision = sum x^2 / error^2 + 1 / prior^2.
///
/// # Errors
/// [`Refusal`] when the least squares fail.
/// # Example
/// The data's precision is 2 / 0.5^2 = 8 and the prior's 1 / 0.5^2 = 4: the slope of 1 that fits best is shrunk to 8 / 12.
/// ```
/// use wafercast::fit::slope_with_prior;
///
/// let found = slope_with_prior(&[-1.0, 1.0], &[-1.0, 1.0], 0.5, 0.5)?;
/// assert!((found.slope - 8.0 / 12.0).abs() < 1e-12);
/// # Ok::<(), wafercast::fit::Refusal>(())
/// ```
pub fn slope_with_prior(x: &[f64], y: &[f64], error: f64, prior: f64) -> Result<Shrunken, Refusal> {
    let failed = |reason: String| Refusal::NotConverged { reason };
    let rows: Vec<f64> = x.iter().map(|x| x / error).chain([1.0 / prior]).collect();
    let precision: f64 = rows.iter().map(|row| row * row).sum();
    let records = Array2::from_shape_vec((rows.len(), 1), rows).map_err(|e| failed(e.to_string()))?;
    let target: Array1<f64> = y.iter().map(|y| y / error).chain([0.0]).collect();
    let fitted = LinearRegression::default()
        .with_intercept(false)
        .fit(&DatasetBase::new(records, target))
        .map_err(|e| failed(e.to_string()))?;
    let slope = fitted.params().first().copied().filter(|slope| slope.is_finite());
    let slope = slope.ok_or_else(|| failed("the slope is not finite".to_owned()))?;
    let log_evidence = 0.5 * (slope * slope * precision - (precision * prior * prior).ln());
    Ok(Shrunken { slope, log_evidence })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// sum x^2 / error^2 = 2 / 0.25 = 8, prior precision 1 / 0.25 = 4; sum xy / error^2 = 2 / 0.25 = 8: slope 8 / 12.
    #[test]
    fn a_slope_is_shrunk_by_the_prior_s_share_of_the_precision() {
        let found = slope_with_prior(&[-1.0, 1.0], &[-1.0, 1.0], 0.5, 0.5).unwrap();
        assert!((found.slope - 8.0 / 12.0).abs() < 1e-12, "{found:?}");
        let by_hand = 0.5 * (64.0 / 144.0 * 12.0 - (12.0_f64 * 0.25).ln());
        assert!((found.log_evidence - by_hand).abs() < 1e-12, "{found:?}");
    }

    /// The evidence by its definition: the likelihood averaged over the prior on a fine grid.
    #[test]
    fn evidence_is_the_mean_likelihood_over_the_prior() {
        let (x, y) = ([-1.5, 0.2, 0.3, 1.0], [-0.7, 0.4, -0.1, 0.4]);
        let (error, prior) = (0.6, 0.3);
        let likelihood = |slope: f64| -> f64 {
            x.iter().zip(&y).map(|(x, y)| -0.5 * ((y - slope * x) / error).powi(2)).sum::<f64>().exp()
        };
        let (mut sum, mut weight) = (0.0, 0.0);
        for step in -4000..=4000 {
            let slope = f64::from(step) * 0.001;
            let of_prior = (-0.5 * (slope / prior).powi(2)).exp();
            sum += of_prior * likelihood(slope);
            weight += of_prior;
        }
        let found = slope_with_prior(&x, &y, error, prior).unwrap();
        assert!((found.log_evidence - (sum / weight / likelihood(0.0)).ln()).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn without_data_there_is_no_slope_and_no_evidence() {
        let found = slope_with_prior(&[], &[], 1.0, 0.3).unwrap();
        assert_eq!((found.slope, found.log_evidence), (0.0, 0.0));
    }
}
