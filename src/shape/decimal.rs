//! Exact decimals: what steps add up and multiply is what a person gets on paper.

use std::fmt::Write as _;

/// Units of one part in 10^places.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Decimal {
    units: i128,
    places: u32,
}

/// Most places behind the point; a quotient is rounded to them.
const PLACES: u32 = 12;

impl Decimal {
    /// Nothing.
    pub(super) const ZERO: Self = Self { units: 0, places: 0 };

    /// The decimal that a number of at most 15 digits was read from; `None` where it is too large.
    pub(super) fn of(value: f64) -> Option<Self> {
        // The shortest text that reads back as the number: the cell's own digits.
        let text = value.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let places = u32::try_from(fraction.len()).ok()?;
        let mut digits = whole.to_owned();
        digits.push_str(fraction);
        let decimal = Self { units: digits.parse().ok()?, places };
        Some(if places > PLACES { decimal.rounded() } else { decimal })
    }

    /// With so many places, exactly.
    fn scaled(self, places: u32) -> Option<i128> {
        self.units.checked_mul(10_i128.checked_pow(places.checked_sub(self.places)?)?)
    }

    fn rounded(self) -> Self {
        let Some(by) = self.places.checked_sub(PLACES).and_then(|more| 10_i128.checked_pow(more)) else {
            return if self.places > PLACES { Self::ZERO } else { self };
        };
        let half = if self.units < 0 { -by / 2 } else { by / 2 };
        Self { units: (self.units.saturating_add(half)) / by, places: PLACES }
    }

    /// The sum; `None` where it is too large.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let places = self.places.max(other.places);
        Some(Self { units: self.scaled(places)?.checked_add(other.scaled(places)?)?, places })
    }

    /// The difference.
    pub(super) fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self { units: other.units.checked_neg()?, ..other })
    }

    /// The product.
    pub(super) fn times(self, other: Self) -> Option<Self> {
        let product =
            Self { units: self.units.checked_mul(other.units)?, places: self.places + other.places };
        Some(product.rounded())
    }

    /// The quotient, to 12 places; `None` by zero.
    pub(super) fn over(self, other: Self) -> Option<Self> {
        if other.units == 0 {
            return None;
        }
        let units = self.scaled(self.places.max(other.places))?.checked_mul(10_i128.pow(PLACES))?;
        let by = other.scaled(self.places.max(other.places))?;
        let half = by.checked_abs()? / 2;
        let half = if (units < 0) == (by < 0) { half } else { -half };
        let half = if by < 0 { -half } else { half };
        Some(Self { units: units.checked_add(half)? / by, places: PLACES })
    }

    /// Rounded down to hundredths.
    pub(super) fn cents(self) -> Self {
        match self.places.checked_sub(2).and_then(|more| 10_i128.checked_pow(more)) {
            Some(by) => Self { units: self.units.div_euclid(by), places: 2 },
            None => self,
        }
    }

    /// Whether it is 0.
    pub(super) const fn is_zero(self) -> bool {
        self.units == 0
    }

    /// Whether it is below 0.
    pub(super) const fn is_negative(self) -> bool {
        self.units < 0
    }

    /// Whether it is less than another.
    pub(super) fn less_than(self, other: Self) -> bool {
        self.minus(other).is_some_and(Self::is_negative)
    }

    /// As a cell, with the decimal mark of its export. Three decimals get a zero, so that they are not taken for thousands.
    pub(super) fn text(self, mark: char) -> String {
        let digits = format!("{:0>width$}", self.units.unsigned_abs(), width = self.places as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - self.places as usize);
        let fraction = fraction.trim_end_matches('0');
        let mut text = String::with_capacity(digits.len() + 3);
        if self.units < 0 {
            text.push('-');
        }
        text.push_str(whole);
        if !fraction.is_empty() {
            let _ = write!(text, "{mark}{fraction}{}", if fraction.len() == 3 { "0" } else { "" });
        }
        text
    }
}

/// A number of a sheet as a cell: its shortest decimals, never such that could be thousands.
pub fn text_of_number(value: f64, mark: char) -> String {
    Decimal::of(value).map_or_else(|| value.to_string(), |decimal| decimal.text(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: f64) -> Decimal {
        Decimal::of(value).unwrap()
    }

    #[test]
    fn sums_and_products_are_those_of_paper() {
        assert_eq!(of(0.1).plus(of(0.2)).unwrap().text('.'), "0.3");
        assert_eq!(of(10.1).times(of(200.0)).unwrap().text('.'), "2020");
        assert_eq!(of(1.125).text('.'), "1.1250");
        assert_eq!(of(1234.5).text(','), "1234,5");
        assert_eq!(of(5.0).minus(of(20.0)).unwrap().text('.'), "-15");
        assert_eq!(of(-0.05).text('.'), "-0.05");
        // 60,000 / 60 and 1 / 3 to twelve places.
        assert_eq!(of(60_000.0).over(of(60.0)).unwrap().text('.'), "1000");
        assert_eq!(of(1.0).over(of(3.0)).unwrap().text('.'), "0.333333333333");
        assert_eq!(of(-2.0).over(of(3.0)).unwrap().text('.'), "-0.666666666667");
        assert_eq!(of(2.0).over(of(-3.0)).unwrap().text('.'), "-0.666666666667");
        assert_eq!(of(1.0).over(Decimal::ZERO), None);
    }
}
