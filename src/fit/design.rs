//! A design matrix with names, and the checks that linfa leaves out: it returns a slope of 7.8e14 for a constant
//! driver, fits with fewer rows than columns and passes NaN on, all as success.

/// A column is collinear when less than this share of its length is left after taking the others out.
const LEAST_LEFT: f64 = 1e-7;

/// Why a regression cannot be fitted.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Refusal {
    /// Fewer rows than the coefficients need.
    #[error("too few rows: {have}, and {need} are needed")]
    TooFewRows {
        /// Rows given.
        have: usize,
        /// Rows needed.
        need: usize,
    },
    /// A value that is not a finite number.
    #[error("`{column}` has a value that is not a finite number in row {row}")]
    NotFinite {
        /// The column.
        column: String,
        /// Row, counted from 1.
        row: usize,
    },
    /// A column that does not vary.
    #[error("`{column}` does not vary")]
    Constant {
        /// The column.
        column: String,
    },
    /// A column that the columns before it add up to.
    #[error("`{column}` follows from the other columns")]
    Collinear {
        /// The column.
        column: String,
    },
    /// The solver gave up.
    #[error("the fit did not converge: {reason}")]
    NotConverged {
        /// What the solver said.
        reason: String,
    },
}

/// Drivers and target of a regression: `columns` of equal length n, `target` of length n.
#[derive(Clone, Debug, Default)]
pub struct Design {
    /// Name and values of each driver.
    pub columns: Vec<(String, Vec<f64>)>,
    /// What is to be explained.
    pub target: Vec<f64>,
}

/// Checked, centred and scaled drivers.
#[derive(Clone, Debug)]
pub(super) struct Standardised {
    /// Row-major, n x p.
    pub values: Vec<f64>,
    pub means: Vec<f64>,
    pub deviations: Vec<f64>,
}

impl Design {
    /// Checks everything and standardises the drivers: mean 0, standard deviation 1 (divisor n).
    pub(super) fn standardise(&self, extra_rows: usize) -> Result<Standardised, Refusal> {
        let n = self.target.len();
        let p = self.columns.len();
        if n < p + extra_rows {
            return Err(Refusal::TooFewRows { have: n, need: p + extra_rows });
        }
        let target = ("target".to_owned(), self.target.clone());
        for (name, values) in self.columns.iter().chain([&target]) {
            if values.len() != n {
                return Err(Refusal::TooFewRows { have: values.len().min(n), need: n.max(values.len()) });
            }
            if let Some(row) = values.iter().position(|v| !v.is_finite()) {
                return Err(Refusal::NotFinite { column: name.clone(), row: row + 1 });
            }
        }
        let mut kept: Vec<Vec<f64>> = Vec::new();
        let (mut means, mut deviations, mut scaled) = (Vec::new(), Vec::new(), Vec::new());
        for (name, values) in &self.columns {
            let mean = values.iter().sum::<f64>() / n as f64;
            let centred: Vec<f64> = values.iter().map(|v| v - mean).collect();
            let deviation = (centred.iter().map(|v| v * v).sum::<f64>() / n as f64).sqrt();
            let size = values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
            if deviation <= 1e-12 * size || deviation == 0.0 {
                return Err(Refusal::Constant { column: name.clone() });
            }
            let unit: Vec<f64> = centred.iter().map(|v| v / deviation).collect();
            let left = orthogonal_part(&unit, &kept);
            let length = norm(&left);
            if length < LEAST_LEFT * norm(&unit) {
                return Err(Refusal::Collinear { column: name.clone() });
            }
            kept.push(left.iter().map(|v| v / length).collect());
            means.push(mean);
            deviations.push(deviation);
            scaled.push(unit);
        }
        let values = (0..n).flat_map(|row| scaled.iter().map(move |c| c[row])).collect();
        Ok(Standardised { values, means, deviations })
    }
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// What is left of `v` after taking out the orthonormal `basis`; twice, for rounding (Gram-Schmidt).
fn orthogonal_part(v: &[f64], basis: &[Vec<f64>]) -> Vec<f64> {
    let mut left = v.to_vec();
    for _ in 0..2 {
        for direction in basis {
            let along: f64 = left.iter().zip(direction).map(|(a, b)| a * b).sum();
            left.iter_mut().zip(direction).for_each(|(a, b)| *a -= along * b);
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn design(columns: &[(&str, &[f64])], target: &[f64]) -> Design {
        let columns = columns.iter().map(|(n, v)| ((*n).to_owned(), v.to_vec())).collect();
        Design { columns, target: target.to_vec() }
    }

    #[test]
    fn each_defect_has_its_reason() {
        let y = [1.0, 2.0, 3.0, 4.0];
        let refuse = |d: Design| d.standardise(2).unwrap_err();
        assert_eq!(refuse(design(&[("x", &[5.0; 4])], &y)), Refusal::Constant { column: "x".into() });
        assert_eq!(
            refuse(design(&[("a", &[1.0, 2.0, 4.0, 8.0]), ("b", &[3.0, 5.0, 9.0, 17.0])], &y)),
            Refusal::Collinear { column: "b".into() }
        );
        assert_eq!(refuse(design(&[("x", &[1.0, 2.0])], &y[..2])), Refusal::TooFewRows { have: 2, need: 3 });
        assert_eq!(
            refuse(design(&[("x", &[1.0, f64::NAN, 2.0, 3.0])], &y)),
            Refusal::NotFinite { column: "x".into(), row: 2 }
        );
    }
}
