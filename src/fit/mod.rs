//! The only door to regressions, least squares by linfa: named columns in, named coefficients or a named reason out, never a NaN.

mod design;
mod least_squares;
mod shrunken;

pub use design::{Design, Refusal};
pub use least_squares::{LeastSquares, least_squares};
pub use shrunken::{Shrunken, slope_with_prior};
