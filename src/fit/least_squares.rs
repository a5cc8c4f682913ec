//! Ordinary least squares with an intercept, by linfa's QR on standardised drivers.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_linear::LinearRegression;
use ndarray::{Array1, Array2};

use super::design::{Design, Refusal};

/// A fitted line y = intercept + sum of coefficient x driver.
#[derive(Clone, Debug)]
pub struct LeastSquares {
    /// Value at drivers of 0.
    pub intercept: f64,
    /// One per driver, in the driver's own unit.
    pub coefficients: Vec<f64>,
    /// Residual standard deviation, divisor n - p - 1.
    pub residual_deviation: f64,
    /// Share of the target's variance explained.
    pub r_squared: f64,
    /// Rows used.
    pub n: usize,
}

impl LeastSquares {
    /// The fitted value at `drivers`.
    pub fn predict(&self, drivers: &[f64]) -> f64 {
        self.intercept + self.coefficients.iter().zip(drivers).map(|(b, x)| b * x).sum::<f64>()
    }
}

/// Fits y = a + Xb by least squares.
///
/// # Errors
/// [`Refusal`] when the data cannot carry the fit; two rows more than drivers are needed.
/// # Example
/// x = 0, 1, 2 and y = 1, 3, 4: slope Sxy / Sxx = 3 / 2, intercept 8/3 - 3/2 = 7/6, residuals -1/6, 1/3, -1/6.
/// ```
/// use wafercast::fit::{Design, least_squares};
///
/// let columns = vec![("x".to_owned(), vec![0.0, 1.0, 2.0])];
/// let fit = least_squares(&Design { columns, target: vec![1.0, 3.0, 4.0] })?;
/// assert!((fit.coefficients[0] - 1.5).abs() < 1e-12);
/// assert!((fit.intercept - 7.0 / 6.0).abs() < 1e-12);
/// assert!((fit.residual_deviation - (1.0_f64 / 6.0).sqrt()).abs() < 1e-12);
/// assert!((fit.predict(&[4.0]) - 43.0 / 6.0).abs() < 1e-12);
/// # Ok::<(), wafercast::fit::Refusal>(())
/// ```
pub fn least_squares(design: &Design) -> Result<LeastSquares, Refusal> {
    let n = design.target.len();
    let p = design.columns.len();
    let standard = design.standardise(2)?;
    let mean = design.target.iter().sum::<f64>() / n as f64;
    let records = Array2::from_shape_vec((n, p), standard.values)
        .map_err(|e| Refusal::NotConverged { reason: e.to_string() })?;
    let target: Array1<f64> = design.target.iter().map(|y| y - mean).collect();
    let fitted = LinearRegression::default()
        .with_intercept(false)
        .fit(&DatasetBase::new(records, target))
        .map_err(|e| Refusal::NotConverged { reason: e.to_string() })?;
    let coefficients: Vec<f64> =
        fitted.params().iter().zip(&standard.deviations).map(|(b, s)| b / s).collect();
    if coefficients.iter().any(|b| !b.is_finite()) {
        return Err(Refusal::NotConverged { reason: "a coefficient is not finite".to_owned() });
    }
    let intercept = mean - coefficients.iter().zip(&standard.means).map(|(b, m)| b * m).sum::<f64>();
    let mut fit = LeastSquares { intercept, coefficients, residual_deviation: 0.0, r_squared: 0.0, n };
    let residual = |row: usize| {
        let drivers: Vec<f64> = design.columns.iter().map(|(_, v)| v[row]).collect();
        design.target[row] - fit.predict(&drivers)
    };
    let squares: f64 = (0..n).map(|row| residual(row).powi(2)).sum();
    let total: f64 = design.target.iter().map(|y| (y - mean).powi(2)).sum();
    fit.residual_deviation = (squares / (n - p - 1) as f64).sqrt();
    fit.r_squared = if total > 0.0 { 1.0 - squares / total } else { 0.0 };
    Ok(fit)
}
