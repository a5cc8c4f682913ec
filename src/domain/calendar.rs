//! Months as whole numbers, so that no day arithmetic can go wrong.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// A calendar month, counted in months since year 0. Text form `YYYY-MM`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month(i32);

impl Month {
    /// Month `month` (1-12) of `year`; `None` outside 1..=12 or years 1900..=2200.
    pub fn new(year: i32, month: u32) -> Option<Self> {
        let month0 = i32::try_from(month).ok()?.checked_sub(1)?;
        ((1900..=2200).contains(&year) && (0..12).contains(&month0)).then_some(Self(year * 12 + month0))
    }

    /// The month that a day falls in.
    pub fn of(date: NaiveDate) -> Self {
        Self(date.year() * 12 + i32::try_from(date.month0()).unwrap_or(0))
    }

    /// The month whose index, counted in months since year 0, is `index`.
    pub const fn from_index(index: i32) -> Self {
        Self(index)
    }

    /// Months since year 0.
    pub const fn index(self) -> i32 {
        self.0
    }

    /// Calendar year.
    pub const fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// Month of the year, 1-12.
    pub fn number(self) -> u32 {
        u32::try_from(self.0.rem_euclid(12)).unwrap_or(0) + 1
    }

    /// First day of the month.
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year(), self.number(), 1).unwrap_or(NaiveDate::MIN)
    }

    /// Last day of the month.
    pub fn last_day(self) -> NaiveDate {
        (self + 1).first_day().pred_opt().unwrap_or(NaiveDate::MIN)
    }

    /// The month so many months later: place `h` of a row of months that begins with this one.
    #[must_use]
    pub fn plus(self, months: usize) -> Self {
        Self(self.0.saturating_add(i32::try_from(months).unwrap_or(i32::MAX)))
    }

    /// `count` consecutive months beginning with this one.
    pub fn run(self, count: i32) -> impl DoubleEndedIterator<Item = Self> + Clone {
        (self.0..self.0 + count).map(Self)
    }

    /// All months from this one to `last`, both included; empty when `last` is earlier.
    pub fn to(self, last: Self) -> impl DoubleEndedIterator<Item = Self> + Clone {
        (self.0..=last.0).map(Self)
    }
}

impl Add<i32> for Month {
    type Output = Self;
    fn add(self, months: i32) -> Self {
        Self(self.0 + months)
    }
}

impl Sub<i32> for Month {
    type Output = Self;
    fn sub(self, months: i32) -> Self {
        Self(self.0 - months)
    }
}

impl Sub for Month {
    type Output = i32;
    /// Months from `earlier` to `self`; negative when `self` is the earlier one.
    fn sub(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.number())
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Month {
    type Err = String;
    /// Reads `YYYY-MM`.
    ///
    /// # Errors
    /// Says what was expected when the text is anything else.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a month (write YYYY-MM, for example 2025-01)");
        let (year, month) = text.split_once('-').ok_or_else(wrong)?;
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if year.len() != 4 || month.len() != 2 || !digits(year) || !digits(month) {
            return Err(wrong());
        }
        let year = year.parse().map_err(|_| wrong())?;
        let month = month.parse().map_err(|_| wrong())?;
        Self::new(year, month).ok_or_else(wrong)
    }
}

impl TryFrom<String> for Month {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

/// The month of `date` when `date` is that month's last day.
pub fn month_end(date: NaiveDate) -> Option<Month> {
    let month = Month::of(date);
    (month.last_day() == date).then_some(month)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    #[test]
    fn reads_and_prints_the_same_text() {
        for text in ["1999-12", "2024-02", "2025-09"] {
            assert_eq!(month(text).to_string(), text);
        }
    }

    #[test]
    fn refuses_what_is_not_a_month() {
        for text in ["2024-13", "2024-00", "2024-1", "24-01", "2024/01", "", "2024-01-01", "+024-01"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }

    #[test]
    fn counts_across_years() {
        assert_eq!(month("2025-02") - month("2024-11"), 3);
        assert_eq!(month("2024-11") + 3, month("2025-02"));
        assert_eq!(month("2024-02").last_day().to_string(), "2024-02-29");
    }

    #[test]
    fn only_a_last_day_is_a_month_end() {
        let day = |d| NaiveDate::from_ymd_opt(2025, 9, d).unwrap();
        assert_eq!(month_end(day(30)), Some(month("2025-09")));
        assert_eq!(month_end(day(29)), None);
    }
}
