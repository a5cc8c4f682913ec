//! Numbers of the job file, checked where they are read so that the message points at the line.

use serde::Deserialize;

use crate::domain::Share;

/// Gives a section its defaults.
macro_rules! defaults {
    ($type:ty { $($field:ident : $value:expr),* $(,)? }) => {
        impl Default for $type {
            fn default() -> Self {
                Self { $($field: $value),* }
            }
        }
    };
}

/// Whether a character may stand between cells.
pub(super) const fn is_delimiter(mark: char) -> bool {
    mark == '\t' || (mark.is_ascii_punctuation() && mark != '"')
}

/// A list of texts, or one text alone.
#[derive(Deserialize)]
#[serde(untagged, expecting = "write a text, or a list of texts")]
enum Texts {
    One(String),
    Several(Vec<String>),
}

/// Reads a list of texts, or one text as a list of one.
pub(super) fn texts<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(match Texts::deserialize(from)? {
        Texts::One(text) => vec![text],
        Texts::Several(texts) => texts,
    })
}

/// A share that a default is.
pub(super) fn share(value: f64) -> Share {
    Share::new(value).unwrap_or(Share::ZERO)
}

/// A number above 0 that a default is.
pub(super) fn positive(value: f64) -> Positive {
    Positive::try_from(value).unwrap_or_else(|_| unreachable!("defaults are above 0"))
}

/// Borders that a default is.
pub(super) fn ascending<const N: usize>(values: &[f64; N]) -> Ascending<N> {
    Ascending::try_from(values.to_vec()).unwrap_or_else(|_| unreachable!("defaults rise"))
}

/// A number from 0 on that a default is.
pub(super) fn at_least_zero(value: f64) -> AtLeastZero {
    AtLeastZero::try_from(value).unwrap_or_default()
}

/// Least and most of a number of the job: what is beyond is a slip, and products of such numbers stay finite.
const LEAST: f64 = 1e-9;
const MOST: f64 = 1e9;

/// A finite number above 0.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Deserialize)]
#[serde(try_from = "f64")]
pub struct Positive(f64);

impl Positive {
    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Positive {
    type Error = String;
    fn try_from(value: f64) -> Result<Self, String> {
        if value.is_nan() || value <= 0.0 {
            Err(format!("`{value}` must be a number above 0"))
        } else if (LEAST..=MOST).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("`{value}` must lie between {LEAST:e} and {MOST:e}"))
        }
    }
}

/// What a suffix multiplies its number by: up to that of hashes a second written in exahash.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Deserialize)]
#[serde(try_from = "f64")]
pub struct Factor(f64);

impl Factor {
    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Factor {
    type Error = String;
    fn try_from(value: f64) -> Result<Self, String> {
        let most = 1e18;
        if (LEAST..=most).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("`{value}` must lie between {LEAST:e} and {most:e}"))
        }
    }
}

/// A finite number of 0 or more.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default, Deserialize)]
#[serde(try_from = "f64")]
pub struct AtLeastZero(f64);

impl AtLeastZero {
    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for AtLeastZero {
    type Error = String;
    fn try_from(value: f64) -> Result<Self, String> {
        if value.is_nan() || value < 0.0 {
            Err(format!("`{value}` must be a number of 0 or more"))
        } else if value <= MOST {
            Ok(Self(value))
        } else {
            Err(format!("`{value}` must be at most {MOST:e}"))
        }
    }
}

/// Borders between bands: numbers above 0, each above the one before.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[serde(try_from = "Vec<f64>")]
pub struct Ascending<const N: usize>([f64; N]);

impl<const N: usize> Ascending<N> {
    /// The borders, the lowest first.
    pub const fn get(self) -> [f64; N] {
        self.0
    }
}

impl<const N: usize> TryFrom<Vec<f64>> for Ascending<N> {
    type Error = String;
    fn try_from(values: Vec<f64>) -> Result<Self, String> {
        if let Some([before, value]) = values.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(format!("`{value}` must be above `{before}`, which stands before it"));
        }
        for value in &values {
            Positive::try_from(*value)?;
        }
        let given = values.len();
        let borders = values.try_into().map_err(|_| format!("{given} number(s) given; write {N}"))?;
        Ok(Self(borders))
    }
}

/// Months between placing a wafer order and having its chips, 1 to 24.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(try_from = "i64")]
pub struct LeadMonths(i32);

impl LeadMonths {
    /// Whole months.
    pub const fn months(self) -> i32 {
        self.0
    }
}

impl TryFrom<i64> for LeadMonths {
    type Error = String;
    fn try_from(value: i64) -> Result<Self, String> {
        match i32::try_from(value) {
            Ok(months @ 1..=24) => Ok(Self(months)),
            _ => Err(format!("`{value}` is not a lead time (write whole months from 1 to 24)")),
        }
    }
}

/// A day, as a TOML date or as text `YYYY-MM-DD`.
pub(super) fn day<'de, D: serde::Deserializer<'de>>(
    source: D,
) -> Result<Option<chrono::NaiveDate>, D::Error> {
    let value = toml::Value::deserialize(source)?;
    let text = match &value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.parse().map(Some).map_err(|_| {
        serde::de::Error::custom(format!("`{text}` is not a day (write YYYY-MM-DD, for example 2025-09-30)"))
    })
}

/// A time zone by its name in the database of IANA.
pub(super) fn time_zone<'de, D: serde::Deserializer<'de>>(
    source: D,
) -> Result<Option<chrono_tz::Tz>, D::Error> {
    let name = String::deserialize(source)?;
    name.parse().map(Some).map_err(|_| {
        serde::de::Error::custom(format!(
            "`{name}` is not a time zone (write its IANA name, for example \"Asia/Shanghai\")"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_are_as_many_as_there_are_bands_between_and_rise() {
        let of = |values: &[f64]| Ascending::<3>::try_from(values.to_vec());
        assert_eq!(of(&[20.0, 25.0, 30.0]).unwrap().get(), [20.0, 25.0, 30.0]);
        assert_eq!(of(&[20.0, 25.0]).unwrap_err(), "2 number(s) given; write 3");
        assert_eq!(of(&[20.0, 20.0, 30.0]).unwrap_err(), "`20` must be above `20`, which stands before it");
        assert_eq!(of(&[0.0, 20.0, 30.0]).unwrap_err(), "`0` must be a number above 0");
        assert!(of(&[20.0, f64::NAN, 30.0]).is_err());
    }
}
