//! Names of vintages: `2025Q3` or `FY2026Q2`, `2025-08` for one made within a quarter, and `2025Q3-r2` for the first revision.

use std::fmt;
use std::str::FromStr;

use crate::domain::{FiscalYear, Month};

/// A vintage's name; ordered by as-of month, then revision, so that the last is the newest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct VintageName {
    /// As-of month: the last one of its quarter, or else the month gives the name.
    pub as_of: Month,
    /// 1 for the vintage itself, 2 for its first revision.
    pub revision: u32,
    /// The year whose quarter gives the name; `None` where the month does.
    pub(super) quarter_of: Option<FiscalYear>,
}

/// Most revisions of one vintage: a folder that says it is a later one was not made by wafercast.
const MOST_REVISIONS: u32 = 1_000_000;

impl VintageName {
    /// The vintage as of a month: named by the quarter of the year that ends with it, else by the month.
    pub fn new(as_of: Month, year: FiscalYear) -> Self {
        Self { as_of, revision: 1, quarter_of: year.ends_quarter(as_of).then_some(year) }
    }

    /// The name of a folder; `as_of` says as of which month the vintage in it was made, and is asked only where the name does not say
    /// it. `None` where it is no name of such a vintage.
    pub(super) fn of_folder(text: &WrittenName, as_of: impl FnOnce() -> Option<Month>) -> Option<Self> {
        let revision = text.revision;
        let (as_of, quarter_of) = match text.period {
            Period::Month(month) => (month, None),
            Period::Quarter(year, number) => (Month::new(year, 3 * number)?, Some(FiscalYear::CALENDAR)),
            Period::FiscalQuarter(_, number) => {
                let as_of = as_of()?;
                (as_of, Some(FiscalYear::with_quarter_end(number, as_of)?))
            }
        };
        let name = Self { as_of, revision, quarter_of };
        (name.to_string() == text.to_string()).then_some(name)
    }

    /// The name without its revision: what orders and rows of tables are named by, so that a revision names them alike.
    pub fn period(self) -> String {
        match self.quarter_of {
            Some(year) => year.quarter(self.as_of).to_string(),
            None => self.as_of.to_string(),
        }
    }
}

impl fmt::Display for VintageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.period())?;
        revised(f, self.revision)
    }
}

fn revised(f: &mut fmt::Formatter<'_>, revision: u32) -> fmt::Result {
    match revision {
        1 => Ok(()),
        n => write!(f, "-r{n}"),
    }
}

/// A vintage's name as people and folders have it. Of a quarter of a fiscal year it does not say the months: the vintage does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WrittenName {
    period: Period,
    revision: u32,
}

/// What a name says of the as-of date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Period {
    Month(Month),
    /// Calendar year and quarter, 1 to 4.
    Quarter(i32, u32),
    /// Fiscal year and quarter, 1 to 4.
    FiscalQuarter(i32, u32),
}

impl WrittenName {
    /// Whether it is this vintage's.
    pub fn is(&self, name: VintageName) -> bool {
        self.to_string() == name.to_string()
    }

    /// Whether it is of the same period, whatever the revision.
    pub(super) fn same_period(&self, name: VintageName) -> bool {
        Self { revision: 1, ..*self }.to_string() == name.period()
    }

    /// 1 for the vintage itself, 2 for its first revision.
    pub(super) const fn revision(&self) -> u32 {
        self.revision
    }

    /// The last day that it means, where it says that: not of a quarter of a fiscal year.
    pub fn last_day(&self) -> Option<chrono::NaiveDate> {
        VintageName::of_folder(self, || None).map(|name| name.as_of.last_day())
    }
}

impl fmt::Display for WrittenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.period {
            Period::Month(month) => write!(f, "{month}")?,
            Period::Quarter(year, number) => write!(f, "{year:04}Q{number}")?,
            Period::FiscalQuarter(year, number) => write!(f, "FY{year:04}Q{number}")?,
        }
        revised(f, self.revision)
    }
}

impl FromStr for WrittenName {
    type Err = String;
    /// Reads `2025Q3`, `FY2026Q2`, `2025-08` or `2025Q3-r2`.
    ///
    /// # Errors
    /// When the text is anything else, which a folder's name may well be.
    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (period, revision) = match text.split_once("-r") {
                Some((period, n)) => (period, n.parse().ok().filter(|n| (2..=MOST_REVISIONS).contains(n))?),
                None => (text, 1),
            };
            let period = match period.split_once('Q') {
                Some((year, number)) => {
                    let number: u32 = number.parse().ok().filter(|number| (1..=4).contains(number))?;
                    match year.strip_prefix("FY") {
                        Some(year) => Period::FiscalQuarter(year.parse().ok()?, number),
                        None => Period::Quarter(year.parse().ok()?, number),
                    }
                }
                None => Period::Month(period.parse().ok()?),
            };
            let name = Self { period, revision };
            // One spelling only: `2025Q03` or `2025Q3-r02` is not a vintage of ours.
            (name.to_string() == text).then_some(name)
        };
        read().ok_or_else(|| {
            format!("`{text}` is not a vintage (2025Q3, FY2026Q2 of a fiscal year, 2025-08, or 2025Q3-r2 for a revision)")
        })
    }
}

#[cfg(test)]
impl FromStr for VintageName {
    type Err = String;
    /// A name that says its month.
    fn from_str(text: &str) -> Result<Self, String> {
        let written: WrittenName = text.parse()?;
        Self::of_folder(&written, || None).ok_or_else(|| format!("`{text}` does not say its month"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written_and_nothing_else_is() {
        for text in [
            "2025Q3",
            "2025Q3-r2",
            "1999Q1-r10",
            "2025-08",
            "2025-08-r2",
            "2025-09",
            "FY2026Q2",
            "FY2026Q1-r3",
        ] {
            assert_eq!(text.parse::<WrittenName>().unwrap().to_string(), text);
        }
        for text in [
            "latest",
            "2025Q5",
            "FY2025Q5",
            "FY26Q1",
            "fy2026Q1",
            "2025-8",
            "2025-13",
            "2025Q3-r1",
            "2025Q3-r02",
            "2025Q3-r1000001",
            "2025Q3-r4294967295",
            "2025Q03",
            ".staging-2025Q3",
            "2025",
            "",
        ] {
            assert!(text.parse::<WrittenName>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_revision_comes_after_its_vintage_and_before_the_next_quarter() {
        let names = ["2025Q2-r9", "2025Q2-r10", "2025-07", "2025-08-r2", "2025Q3", "2025Q3-r2", "2026Q1"];
        let read: Vec<VintageName> = names.iter().map(|n| n.parse().unwrap()).collect();
        assert!(read.is_sorted());
    }

    /// FY2026Q1 as of April 2025 is of a year that starts in February, as of May of one that starts in March; as of March it is of
    /// a calendar year, whose name would be 2025Q1. A vintage as of September 2025 is named by the month in a year from February.
    #[test]
    fn the_month_of_a_fiscal_quarter_is_what_the_vintage_says() {
        let written: WrittenName = "FY2026Q1-r2".parse().unwrap();
        let of = |month: &str| VintageName::of_folder(&written, || month.parse().ok());
        let february = of("2025-04").unwrap();
        let year = FiscalYear::starting_in(2).unwrap();
        assert_eq!(
            february,
            VintageName { revision: 2, ..VintageName::new("2025-04".parse().unwrap(), year) }
        );
        assert_eq!((february.to_string().as_str(), february.period().as_str()), ("FY2026Q1-r2", "FY2026Q1"));
        assert_eq!(of("2025-05").unwrap().as_of, "2025-05".parse().unwrap());
        assert_eq!(of("2026-03"), None);
        assert_eq!(of("2024-04"), None);
        assert_eq!(of("no month"), None);
        assert!(written.is(february) && written.same_period(february));
        assert_eq!(written.last_day(), None);
        let within = VintageName::new("2025-09".parse().unwrap(), year);
        assert_eq!(within.to_string(), "2025-09");
        assert!(february < within);
    }
}
