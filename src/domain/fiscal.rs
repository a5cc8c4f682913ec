//! Quarters of the fiscal year: the one place that says which quarter a month is in, which month ends one, and what it is called.
//!
//! A fiscal year is twelve calendar months; years of 52 or 53 weeks are none.

use std::fmt;
use std::ops::Add;

use serde::Deserialize;

use super::calendar::Month;

/// A fiscal year by the month that it starts in, 1 to 12; 1 is the calendar year.
///
/// It is called by the calendar year in which it ends: that which starts in February 2025 ends in January 2026 and is FY2026.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(try_from = "toml::Value")]
pub struct FiscalYear(u8);

impl FiscalYear {
    /// The calendar year.
    pub const CALENDAR: Self = Self(1);

    /// The one that starts in this month, 1 to 12.
    pub fn starting_in(month: u32) -> Option<Self> {
        u8::try_from(month).ok().filter(|month| (1..=12).contains(month)).map(Self)
    }

    /// The one whose quarter `quarter` (1 to 4) ends in a month.
    pub(crate) fn with_quarter_end(quarter: u32, last: Month) -> Option<Self> {
        // Of the first quarter it is two months before its last one, of every later quarter three more.
        let back = i32::try_from(3 * quarter).ok().filter(|months| (3..=12).contains(months))?;
        Self::starting_in((last + 1 - back).number())
    }

    /// The month that it starts in, 1 to 12.
    pub const fn starts_in(self) -> u8 {
        self.0
    }

    /// Calendar months, 1 to 12, that follow the end of a quarter, in their order within a calendar year.
    pub fn months_after_quarters(self) -> [u8; 4] {
        let first = (self.0 - 1) % 3 + 1;
        [first, first + 3, first + 6, first + 9]
    }

    /// The quarter that a month falls in.
    pub const fn quarter(self, month: Month) -> Quarter {
        Quarter { index: (month.index() + self.shift()).div_euclid(3), year: self }
    }

    /// Quarter `number` (1 to 4) of the year called `year`.
    pub const fn quarter_of(self, year: i32, number: u32) -> Quarter {
        Quarter { index: 4 * year + number.cast_signed() - 1, year: self }
    }

    /// Whether a month is the last of a quarter.
    pub fn ends_quarter(self, month: Month) -> bool {
        self.quarter(month).last_month() == month
    }

    /// The last month of the last quarter that had ended before a month began.
    pub fn last_end_before(self, month: Month) -> Month {
        self.quarter(month).first_month() - 1
    }

    /// Months by which a fiscal year is ahead of the calendar year of the same name.
    const fn shift(self) -> i32 {
        (13 - self.0 as i32) % 12
    }
}

impl Default for FiscalYear {
    fn default() -> Self {
        Self::CALENDAR
    }
}

impl TryFrom<toml::Value> for FiscalYear {
    type Error = String;
    fn try_from(value: toml::Value) -> Result<Self, String> {
        let month = value.as_integer().and_then(|month| u32::try_from(month).ok());
        month.and_then(Self::starting_in).ok_or_else(|| {
            format!(
                "`{value}` is no month that a fiscal year starts in (write a whole number from 1 to 12; quarters are three calendar months, so a year of 52 or 53 weeks, of 13 periods or of 4-4-5 weeks cannot be followed: write the month that its first day is nearest to)"
            )
        })
    }
}

/// A quarter of a fiscal year. Text form `2025Q3`, and `FY2026Q1` where the fiscal year does not start in January.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    /// Quarters since fiscal year 0.
    index: i32,
    year: FiscalYear,
}

impl Quarter {
    /// First of its three months.
    pub const fn first_month(self) -> Month {
        Month::from_index(3 * self.index - self.year.shift())
    }

    /// Last of its three months.
    pub const fn last_month(self) -> Month {
        Month::from_index(3 * self.index - self.year.shift() + 2)
    }

    /// The year that it belongs to, by the calendar year in which that ends.
    pub const fn year(self) -> i32 {
        self.index.div_euclid(4)
    }

    /// Its number within its year, 1 to 4.
    pub const fn number(self) -> i32 {
        self.index.rem_euclid(4) + 1
    }
}

impl Add<i32> for Quarter {
    type Output = Self;
    fn add(self, quarters: i32) -> Self {
        Self { index: self.index + quarters, ..self }
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fiscal = if self.year == FiscalYear::CALENDAR { "" } else { "FY" };
        write!(f, "{fiscal}{:04}Q{}", self.year(), self.number())
    }
}

impl fmt::Debug for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    fn year(starts: u32) -> FiscalYear {
        FiscalYear::starting_in(starts).unwrap()
    }

    #[test]
    fn quarters_of_the_calendar_year_hold_their_months() {
        let quarter = FiscalYear::CALENDAR.quarter(month("2025-08"));
        assert_eq!(quarter.to_string(), "2025Q3");
        assert_eq!(quarter.first_month(), month("2025-07"));
        assert_eq!(quarter.last_month(), month("2025-09"));
        assert_eq!((quarter + 2).to_string(), "2026Q1");
    }

    /// A year from February: quarters end in April, July, October and January, and January 2026 ends FY2026. One from October:
    /// October 2025 begins FY2026. One from April: its quarters are those of the calendar, by another name. One from December 2025
    /// ends in November 2026.
    #[test]
    fn a_fiscal_year_is_called_by_the_calendar_year_in_which_it_ends() {
        for (starts, of, name, first, last) in [
            (2, "2025-01", "FY2025Q4", "2024-11", "2025-01"),
            (2, "2025-02", "FY2026Q1", "2025-02", "2025-04"),
            (2, "2025-09", "FY2026Q3", "2025-08", "2025-10"),
            (2, "2026-01", "FY2026Q4", "2025-11", "2026-01"),
            (10, "2025-09", "FY2025Q4", "2025-07", "2025-09"),
            (10, "2025-10", "FY2026Q1", "2025-10", "2025-12"),
            (4, "2025-09", "FY2026Q2", "2025-07", "2025-09"),
            (4, "2025-03", "FY2025Q4", "2025-01", "2025-03"),
            (12, "2025-12", "FY2026Q1", "2025-12", "2026-02"),
            (12, "2025-11", "FY2025Q4", "2025-09", "2025-11"),
        ] {
            let quarter = year(starts).quarter(month(of));
            let found = (quarter.to_string(), quarter.first_month(), quarter.last_month());
            assert_eq!(found, (name.to_owned(), month(first), month(last)), "{of} of a year from {starts}");
            assert_eq!(year(starts).quarter_of(quarter.year(), quarter.number().cast_unsigned()), quarter);
        }
    }

    #[test]
    fn every_third_month_ends_a_quarter() {
        let ends = |starts: u32| -> Vec<u32> {
            let months = month("2025-01").run(12);
            months.filter(|month| year(starts).ends_quarter(*month)).map(Month::number).collect()
        };
        assert_eq!(ends(1), [3, 6, 9, 12]);
        assert_eq!(ends(2), [1, 4, 7, 10]);
        assert_eq!(ends(3), [2, 5, 8, 11]);
        assert_eq!(ends(4), [3, 6, 9, 12]);
        assert_eq!(ends(11), [1, 4, 7, 10]);
        assert_eq!(year(2).months_after_quarters(), [2, 5, 8, 11]);
        assert_eq!(year(11).months_after_quarters(), [2, 5, 8, 11]);
        assert_eq!(year(12).months_after_quarters(), [3, 6, 9, 12]);
        assert_eq!(year(7).months_after_quarters(), [1, 4, 7, 10]);
        assert_eq!(year(2).last_end_before(month("2025-10")), month("2025-07"));
        assert_eq!(year(2).last_end_before(month("2025-11")), month("2025-10"));
    }

    /// The quarter and its last month say when the year starts.
    #[test]
    fn the_start_of_the_year_follows_from_a_quarter_and_its_end() {
        for starts in 1..=12 {
            for last in month("2024-01").run(24).filter(|month| year(starts).ends_quarter(*month)) {
                let number = u32::try_from(year(starts).quarter(last).number()).unwrap();
                assert_eq!(FiscalYear::with_quarter_end(number, last), Some(year(starts)));
            }
        }
        assert_eq!(FiscalYear::with_quarter_end(0, month("2025-04")), None);
        assert_eq!(FiscalYear::with_quarter_end(5, month("2025-04")), None);
    }

    #[test]
    fn only_a_month_starts_a_fiscal_year() {
        let read = |text: &str| FiscalYear::try_from(text.parse::<toml::Value>().unwrap());
        assert_eq!(read("2").unwrap(), year(2));
        for wrong in ["0", "13", "-1", "\"4-4-5\"", "2.5"] {
            let message = read(wrong).unwrap_err();
            assert!(
                message.starts_with(&format!("`{wrong}` is no month")) && message.contains("4-4-5"),
                "{message}"
            );
        }
    }
}
