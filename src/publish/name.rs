//! Names of vintages: `2025Q3`, `2025-08` for one made within a quarter, and `2025Q3-r2` for the first revision.

use std::fmt;
use std::str::FromStr;

use crate::domain::Month;

/// A vintage's name; ordered by as-of month, then revision, so that the last is the newest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct VintageName {
    /// As-of month: the last one of its quarter, or else the month gives the name.
    pub as_of: Month,
    /// 1 for the vintage itself, 2 for its first revision.
    pub revision: u32,
}

/// Most revisions of one vintage: a folder that says it is a later one was not made by wafercast.
const MOST_REVISIONS: u32 = 1_000_000;

impl fmt::Display for VintageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_of.vintage())?;
        match self.revision {
            1 => Ok(()),
            n => write!(f, "-r{n}"),
        }
    }
}

impl FromStr for VintageName {
    type Err = String;
    /// Reads `2025Q3`, `2025-08` or `2025Q3-r2`.
    ///
    /// # Errors
    /// When the text is anything else, which a folder's name may well be.
    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (period, revision) = match text.split_once("-r") {
                Some((period, n)) => (period, n.parse().ok().filter(|n| (2..=MOST_REVISIONS).contains(n))?),
                None => (text, 1),
            };
            let as_of = match period.split_once('Q') {
                Some((year, q)) => {
                    let q: u32 = q.parse().ok().filter(|q| (1..=4).contains(q))?;
                    Month::new(year.parse().ok()?, 3 * q)?
                }
                None => period.parse().ok()?,
            };
            let name = Self { as_of, revision };
            // One spelling only: `2025Q03`, `2025-09` or `2025Q3-r02` is not a vintage of ours.
            (name.to_string() == text).then_some(name)
        };
        read().ok_or_else(|| {
            format!("`{text}` is not a vintage (2025Q3, 2025-08, or 2025Q3-r2 for a revision)")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written_and_nothing_else_is() {
        for text in ["2025Q3", "2025Q3-r2", "1999Q1-r10", "2025-08", "2025-08-r2"] {
            assert_eq!(text.parse::<VintageName>().unwrap().to_string(), text);
        }
        for text in [
            "latest",
            "2025Q5",
            "2025-09",
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
            assert!(text.parse::<VintageName>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_revision_comes_after_its_vintage_and_before_the_next_quarter() {
        let names = ["2025Q2-r9", "2025Q2-r10", "2025-07", "2025-08-r2", "2025Q3", "2025Q3-r2", "2026Q1"];
        let read: Vec<VintageName> = names.iter().map(|n| n.parse().unwrap()).collect();
        assert!(read.is_sorted());
    }
}
