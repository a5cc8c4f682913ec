//! Names of files that change from one export to the next.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate};

use crate::domain::{FiscalYear, Month};

/// A path of the job with the as-of date and its parts in place of their names in braces.
pub(super) fn dated(path: &Path, as_of: NaiveDate, year: FiscalYear) -> PathBuf {
    let Some(text) = path.to_str().filter(|text| text.contains('{')) else { return path.to_owned() };
    let quarter = year.quarter(Month::of(as_of));
    let parts = [
        ("{as_of}", as_of.to_string()),
        ("{year}", format!("{:04}", as_of.year())),
        ("{fiscal_year}", format!("{:04}", quarter.year())),
        ("{quarter}", quarter.number().to_string()),
        ("{month}", format!("{:02}", as_of.month())),
    ];
    parts.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value)).into()
}

/// Leaves the last file in the order of names, numbers in them compared as numbers.
pub(super) fn last_alone(files: &mut Vec<PathBuf>) {
    if let Some(last) = files.iter().max_by(|a, b| by_name(&name(a), &name(b))).cloned() {
        *files = vec![last];
    }
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Names in order, runs of digits by their value.
fn by_name(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    loop {
        let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (a, b) = (digits(one), digits(other));
        if a > 0 && b > 0 {
            let (x, y) = (one.get(..a).unwrap_or_default(), other.get(..b).unwrap_or_default());
            let (x, y) = (x.trim_start_matches('0'), y.trim_start_matches('0'));
            let order = x.len().cmp(&y.len()).then_with(|| x.cmp(y));
            if order != Ordering::Equal {
                return order;
            }
            (one, other) = (one.get(a..).unwrap_or_default(), other.get(b..).unwrap_or_default());
            continue;
        }
        let (mut x, mut y) = (one.chars(), other.chars());
        match (x.next(), y.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) if a != b => return a.cmp(&b),
            _ => (one, other) = (x.as_str(), y.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_the_date_and_the_last_is_the_newest() {
        let day = NaiveDate::from_ymd_opt(2025, 9, 30).unwrap();
        let in_year = |text: &str, year| dated(Path::new(text), day, year).to_string_lossy().into_owned();
        let of = |text: &str| in_year(text, FiscalYear::CALENDAR);
        assert_eq!(of("in/{year}Q{quarter}/stock_{as_of}.csv"), "in/2025Q3/stock_2025-09-30.csv");
        assert_eq!(of("in/{month}/{other}.csv"), "in/09/{other}.csv");
        // September 2025 is in the first quarter of the fiscal year that ends in June 2026.
        let july = FiscalYear::starting_in(7).unwrap();
        assert_eq!(in_year("FY{fiscal_year}Q{quarter}/{year}.csv", july), "FY2026Q1/2025.csv");
        for (names, last) in [
            (["o_2025-09-30.csv", "o_2025-12-31.csv", "o_2025-10-31.csv"], "o_2025-12-31.csv"),
            (["o_9.csv", "o_10.csv", "o_1.csv"], "o_10.csv"),
            (["a.csv", "o (2).csv", "o (10).csv"], "o (10).csv"),
        ] {
            let mut files: Vec<PathBuf> = names.iter().map(|name| Path::new("x").join(name)).collect();
            last_alone(&mut files);
            assert_eq!(files, [Path::new("x").join(last)]);
        }
    }
}
