//! Money in US dollars.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// An exact sum of money in millionths of a US dollar. Sums over rows are kept in it: floating-point sums would
/// differ in their last digits with the order of the rows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct MicroUsd(i128);

/// From here on every `f64` is a whole number.
const WHOLE: f64 = 4_503_599_627_370_496.0;

impl MicroUsd {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// `of` parts of `all` equal ones, to a millionth of a dollar; nothing of none.
    #[must_use]
    pub fn part(self, of: u32, all: u32) -> Self {
        let (parts, all) = (self.0 * i128::from(of), all.max(1));
        // Nearly all amounts are of 64 bits, which are divided many times faster.
        let short = i64::try_from(parts).map(|parts| i128::from(parts / i64::from(all)));
        Self(short.unwrap_or_else(|_| parts / i128::from(all)))
    }

    /// The amount split in proportion to weights of 0 or more, to a millionth of a dollar: the parts add up to it. Alike where
    /// no weight is above 0.
    /// # Example
    /// 100 USD over 1, 1 and 1: what rounding leaves is in the last part.
    /// ```
    /// use wafercast::domain::{MicroUsd, Usd};
    ///
    /// let of = |usd: f64| MicroUsd::from(Usd::new(usd));
    /// assert_eq!(of(100.0).split(&[of(1.0); 3]), [of(33.333333), of(33.333333), of(33.333334)]);
    /// assert_eq!(of(100.0).split(&[of(0.0), of(0.0)]), [of(50.0), of(50.0)]);
    /// ```
    #[must_use]
    pub fn split(self, weights: &[Self]) -> Vec<Self> {
        let none = weights.iter().all(|weight| weight.0 <= 0);
        let weight = |of: &Self| if none { 1 } else { of.0.max(0) };
        let all: i128 = weights.iter().map(weight).sum();
        let (mut sum, mut given) = (0, 0);
        let part = |of: &Self| {
            sum += weight(of);
            let upto = self.0 / all * sum + self.0 % all * sum / all;
            let part = upto - given;
            given = upto;
            Self(part)
        };
        weights.iter().map(part).collect()
    }
}

impl From<Usd> for MicroUsd {
    /// To the nearest millionth of a dollar.
    fn from(amount: Usd) -> Self {
        let micro = amount.dollars() * 1e6;
        if micro.abs() < WHOLE {
            // What is left beyond the whole part is exact.
            let whole = micro as i64;
            let rest = micro - whole as f64;
            let more = i64::from(rest >= 0.5) - i64::from(rest <= -0.5);
            return Self(i128::from(whole + more));
        }
        Self(micro.round() as i128)
    }
}

impl From<MicroUsd> for Usd {
    fn from(amount: MicroUsd) -> Self {
        Self(amount.0 as f64 / 1e6)
    }
}

impl AddAssign for MicroUsd {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Add for MicroUsd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for MicroUsd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul<u32> for MicroUsd {
    type Output = Self;
    fn mul(self, count: u32) -> Self {
        Self(self.0 * i128::from(count))
    }
}

impl Sum for MicroUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.map(|a| a.0).sum())
    }
}

/// An amount of US dollars. May be negative: cash goes out as well as in.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct Usd(f64);

impl Usd {
    /// No money.
    pub const ZERO: Self = Self(0.0);

    /// `dollars` US dollars.
    pub const fn new(dollars: f64) -> Self {
        Self(dollars)
    }

    /// The amount in dollars.
    pub const fn dollars(self) -> f64 {
        self.0
    }

    /// The amount in whole dollars, half a dollar away from zero.
    pub fn whole(self) -> i64 {
        self.0.round() as i64
    }

    /// The larger of two amounts.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }

    /// The smaller of two amounts.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }
}

impl Add for Usd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Usd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Usd {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Mul<f64> for Usd {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self(self.0 * factor)
    }
}

impl Div for Usd {
    type Output = f64;
    fn div(self, other: Self) -> f64 {
        self.0 / other.0
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Half a millionth is rounded away from zero, just less is not; a trillion dollars, and a part of 10^22 millionths.
    #[test]
    fn amounts_are_rounded_to_the_nearest_millionth() {
        let of = |usd: f64| MicroUsd::from(Usd::new(usd)).0;
        assert_eq!([of(5e-7), of(-5e-7), of(4.9e-7), of(-4.9e-7)], [1, -1, 0, 0]);
        assert_eq!(
            [of(1_234.567_891), of(1e12), of(-1e16)],
            [1_234_567_891, 10_i128.pow(18), -10_i128.pow(22)]
        );
        assert_eq!(MicroUsd(10_i128.pow(22)).part(1, 3).0, 3_333_333_333_333_333_333_333);
        assert_eq!([MicroUsd(100).part(2, 3).0, MicroUsd(-100).part(2, 3).0], [66, -66]);
    }

    proptest! {
        #[test]
        fn an_amount_is_rounded_as_its_float_is(usd in -1e12_f64..1e12) {
            prop_assert_eq!(MicroUsd::from(Usd::new(usd)).0, (usd * 1e6).round() as i128);
        }
    }
}
