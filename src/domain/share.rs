//! A share between 0 and 1.

use serde::Deserialize;

/// A finite number in 0..=1, such as a yield, a deposit or a service level.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Deserialize)]
#[serde(try_from = "f64")]
pub struct Share(f64);

impl Share {
    /// Nothing.
    pub const ZERO: Self = Self(0.0);

    /// `value` when it lies in 0..=1.
    ///
    /// # Errors
    /// Names the range when it does not.
    pub fn new(value: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("`{value}` is not a share (write a number from 0 to 1, for example 0.85)"))
        }
    }

    /// The share as a number in 0..=1.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// What is left: 1 - share.
    pub fn complement(self) -> f64 {
        1.0 - self.0
    }
}

impl TryFrom<f64> for Share {
    type Error = String;
    fn try_from(value: f64) -> Result<Self, String> {
        Self::new(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_only_what_lies_between_zero_and_one() {
        for good in [0.0, 0.5, 1.0] {
            assert!(Share::new(good).is_ok());
        }
        for bad in [-0.01, 1.01, 87.0, f64::NAN, f64::INFINITY] {
            assert!(Share::new(bad).is_err());
        }
    }
}
