//! Quarters and weeks in the place of days.

use chrono::{NaiveDate, NaiveWeek, Weekday};

use crate::domain::Quarter;
use crate::job::Quarters;

/// Marks between the parts.
const MARKS: [char; 6] = [' ', '-', '/', '.', '_', '\''];

fn number(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

/// A year of four digits, or of two in this century.
fn year(text: &str) -> Option<i32> {
    let year = number(text)?.cast_signed();
    match text.len() {
        4 => Some(year),
        2 => Some(2000 + year),
        _ => None,
    }
}

/// `2025Q3`, `2025-Q3`, `Q3 2025`, `3Q2025`, `Q3'25`; of a fiscal year also `FY2026Q1`, `Q1 FY26`.
pub(in crate::ingest) fn quarter(text: &str, of: Quarters) -> Option<Quarter> {
    let mut upper = text.to_ascii_uppercase();
    if matches!(of, Quarters::Fiscal(_)) {
        upper = upper.replacen("FY", "", 1);
    }
    let (before, after) = upper.split_once('Q')?;
    let (before, after) = (before.trim_matches(MARKS), after.trim_matches(MARKS));
    let (of_year, quarter) = match (before.len(), after.len()) {
        (0, 3..) => (after.get(1..)?.trim_matches(MARKS), after.get(..1)?),
        (1, _) => (after, before),
        (_, 1) => (before, after),
        _ => return None,
    };
    let quarter = number(quarter).filter(|quarter| (1..=4).contains(quarter))?;
    Some(of.year().quarter_of(year(of_year)?, quarter))
}

/// `2025-W27`, `2025W27`, `W27 2025`, `KW 27/2025`, `CW27 2025`.
pub(in crate::ingest) fn week(text: &str) -> Option<NaiveWeek> {
    let upper = text.to_ascii_uppercase();
    let (before, after) = upper.split_once('W')?;
    let before = before.trim_end_matches(['K', 'C']).trim_matches(MARKS);
    let after = after.trim_matches(MARKS);
    let (of_year, week) = if before.is_empty() {
        let (week, of_year) = after.split_once(MARKS)?;
        (of_year.trim_matches(MARKS), week)
    } else {
        (before, after)
    };
    if of_year.len() != 4 || week.len() > 2 {
        return None;
    }
    let (of_year, week) = (year(of_year)?, number(week)?);
    NaiveDate::from_isoywd_opt(of_year, week, Weekday::Mon).map(|monday| monday.week(Weekday::Mon))
}

/// What a text is that is a period and no day, and the form to declare for it.
pub(super) fn named(text: &str) -> Option<(&'static str, &'static str)> {
    if quarter(text, Quarters::Unsaid).is_some() {
        Some(("a quarter", "quarter"))
    } else {
        week(text).map(|_| ("a week", "iso_week"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FiscalYear;

    fn days(quarter: Quarter) -> (String, String) {
        (quarter.first_month().first_day().to_string(), quarter.last_month().last_day().to_string())
    }

    #[test]
    fn quarters_of_the_calendar() {
        for text in ["2025Q3", "2025-Q3", "Q3 2025", "q3/2025", "3Q2025", "3Q25", "Q3'25", "25Q3"] {
            let found = days(quarter(text, Quarters::Unsaid).unwrap());
            assert_eq!(found, ("2025-07-01".to_owned(), "2025-09-30".to_owned()), "{text}");
            assert_eq!(quarter(text, Quarters::Calendar), quarter(text, Quarters::Unsaid));
        }
        for text in ["2025Q5", "Q0 2025", "Q3", "SEQ1", "2025", "Q3 225", "Quantity 3", "Q3 202", "FY2025Q3"]
        {
            assert_eq!(quarter(text, Quarters::Unsaid), None, "{text}");
        }
    }

    /// The first quarter of the year from February 2025 to January 2026 is February to April 2025.
    #[test]
    fn quarters_of_a_fiscal_year() {
        let fiscal = Quarters::Fiscal(FiscalYear::starting_in(2).unwrap());
        for text in ["FY2026Q1", "fy26q1", "Q1 FY26", "Q1 FY2026", "1Q FY26", "2026Q1", "Q1'26", "FY 2026-Q1"]
        {
            let found = quarter(text, fiscal).map(days);
            assert_eq!(found, Some(("2025-02-01".to_owned(), "2025-04-30".to_owned())), "{text}");
        }
        for text in ["FY2026Q5", "FY2026", "FYQ1"] {
            assert_eq!(quarter(text, fiscal), None, "{text}");
        }
    }

    #[test]
    fn weeks_of_iso_8601() {
        let of =
            |text: &str| week(text).map(|week| (week.first_day().to_string(), week.last_day().to_string()));
        for text in ["2025-W27", "2025W27", "W27 2025", "KW 27/2025", "CW27.2025", "kw27 2025"] {
            assert_eq!(of(text), Some(("2025-06-30".to_owned(), "2025-07-06".to_owned())), "{text}");
        }
        // 2025 has 52 weeks of ISO 8601, 2026 has 53.
        for text in ["2025-W53", "2025-W00", "W27", "2025-W2711", "Week 27"] {
            assert_eq!(of(text), None, "{text}");
        }
        // ISO 8601: 2025-W01 begins on Monday 2024-12-30.
        assert_eq!(of("2025-W01"), Some(("2024-12-30".to_owned(), "2025-01-05".to_owned())));
    }
}
