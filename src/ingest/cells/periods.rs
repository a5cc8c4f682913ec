//! Quarters and weeks in the place of days.

use chrono::{NaiveDate, Weekday};

use crate::domain::Month;

/// Marks between the parts.
const MARKS: [char; 6] = [' ', '-', '/', '.', '_', '\''];

/// A calendar quarter, or a week of ISO 8601.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Period {
    /// Year and quarter, 1 to 4.
    Quarter(i32, u32),
    /// Year and week, 1 to 53.
    Week(i32, u32),
}

impl Period {
    /// Its first day.
    pub(super) fn first(self) -> Option<NaiveDate> {
        match self {
            Self::Quarter(year, quarter) => NaiveDate::from_ymd_opt(year, quarter * 3 - 2, 1),
            Self::Week(year, week) => NaiveDate::from_isoywd_opt(year, week, Weekday::Mon),
        }
    }

    /// Its last day.
    pub(super) fn last(self) -> Option<NaiveDate> {
        match self {
            Self::Quarter(year, quarter) => Some(Month::new(year, quarter * 3)?.last_day()),
            Self::Week(year, week) => NaiveDate::from_isoywd_opt(year, week, Weekday::Sun),
        }
    }
}

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

/// `2025Q3`, `2025-Q3`, `Q3 2025`, `3Q2025`, `Q3'25`.
pub(super) fn quarter(text: &str) -> Option<Period> {
    let upper = text.to_ascii_uppercase();
    let (before, after) = upper.split_once('Q')?;
    let (before, after) = (before.trim_matches(MARKS), after.trim_matches(MARKS));
    let (of_year, quarter) = match (before.len(), after.len()) {
        (0, 3..) => (after.get(1..)?.trim_matches(MARKS), after.get(..1)?),
        (1, _) => (after, before),
        (_, 1) => (before, after),
        _ => return None,
    };
    let quarter = number(quarter).filter(|quarter| (1..=4).contains(quarter))?;
    Some(Period::Quarter(year(of_year)?, quarter))
}

/// `2025-W27`, `2025W27`, `W27 2025`, `KW 27/2025`, `CW27 2025`.
pub(super) fn week(text: &str) -> Option<Period> {
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
    NaiveDate::from_isoywd_opt(of_year, week, Weekday::Mon).map(|_| Period::Week(of_year, week))
}

/// What a text is that is a period and no day, and the form to declare for it.
pub(super) fn named(text: &str) -> Option<(&'static str, &'static str)> {
    if quarter(text).is_some() {
        Some(("a quarter", "quarter"))
    } else {
        week(text).map(|_| ("a week", "iso_week"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_and_weeks() {
        for text in ["2025Q3", "2025-Q3", "Q3 2025", "q3/2025", "3Q2025", "3Q25", "Q3'25", "25Q3"] {
            assert_eq!(quarter(text), Some(Period::Quarter(2025, 3)), "{text}");
        }
        for text in ["2025Q5", "Q0 2025", "Q3", "SEQ1", "2025", "Q3 225", "Quantity 3", "Q3 202"] {
            assert_eq!(quarter(text), None, "{text}");
        }
        for text in ["2025-W27", "2025W27", "W27 2025", "KW 27/2025", "CW27.2025", "kw27 2025"] {
            assert_eq!(week(text), Some(Period::Week(2025, 27)), "{text}");
        }
        // 2025 has 52 weeks of ISO 8601, 2026 has 53.
        for text in ["2025-W53", "2025-W00", "W27", "2025-W2711", "Week 27"] {
            assert_eq!(week(text), None, "{text}");
        }
        let days = |period: Period| (period.first().unwrap().to_string(), period.last().unwrap().to_string());
        assert_eq!(days(Period::Quarter(2025, 3)), ("2025-07-01".to_owned(), "2025-09-30".to_owned()));
        // ISO 8601: 2025-W01 begins on Monday 2024-12-30.
        assert_eq!(days(Period::Week(2025, 1)), ("2024-12-30".to_owned(), "2025-01-05".to_owned()));
    }
}
