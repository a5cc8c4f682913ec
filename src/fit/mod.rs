//! The only door to regressions, least squares by linfa: named columns in, named coefficients or a named reason out, never a NaN.

mod design;
mod least_squares;
mod tweedie;

pub use design::{Design, Refusal};
pub use least_squares::{LeastSquares, least_squares};
pub use tweedie::{RATIO_RANGE, Ratio, ratio_regression};
