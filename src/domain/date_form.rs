//! Forms of dates, as `strftime` patterns: what the job declares and the cells of an export are read by.

use std::fmt::Write as _;

use chrono::format::{Item, StrftimeItems};
use chrono::{NaiveDate, NaiveDateTime};

use super::calendar::Month;
use super::month_names::in_english;

/// Names of the zone that times are given in without saying so.
const UTC: [&str; 4] = ["UTC", "GMT", "Z", "z"];

/// `HH:MM`, `HH:MM:SS` with or without fractions, half of the day (AM, PM), and offset or `UTC`.
pub(crate) fn is_time(text: &str) -> bool {
    let clock = UTC.iter().find_map(|zone| text.strip_suffix(zone)).unwrap_or(text);
    let clock = clock.split(['+', '-']).next().unwrap_or_default().trim_end();
    let halves = ["AM", "PM", "am", "pm"];
    let clock = halves.iter().find_map(|half| clock.strip_suffix(half)).unwrap_or(clock).trim_end();
    let mut parts = clock.split(':');
    let within = |part: Option<&str>, digits: usize, most: f64| {
        let number = |p: &str| p.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        part.is_some_and(|p| {
            p.len() >= digits && number(p) && p.parse::<f64>().is_ok_and(|v| (0.0..most).contains(&v))
        })
    };
    let (hours, minutes) = (within(parts.next(), 1, 24.0), within(parts.next(), 2, 60.0));
    let seconds = parts.next().is_none_or(|p| within(Some(p), 2, 61.0));
    hours && minutes && seconds && parts.next().is_none()
}

/// The day of a text of this form, with the name of the month in any language; a time of day after it is dropped.
pub(crate) fn by_pattern(text: &str, pattern: &str) -> Option<NaiveDate> {
    english_day(text, pattern).or_else(|| {
        if !pattern.contains(['b', 'B', 'h']) {
            return None;
        }
        in_english(text).iter().find_map(|text| english_day(text, pattern))
    })
}

fn english_day(text: &str, pattern: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(text, pattern)
        .ok()
        .or_else(|| NaiveDateTime::parse_from_str(text, pattern).map(|t| t.date()).ok());
    date.or_else(|| {
        // A time of day after the date, whatever blanks the date itself has.
        let ends = text.match_indices([' ', 'T']).map(|(index, _)| index);
        ends.into_iter().find_map(|index| {
            let (day, time) = text.split_at(index);
            is_time(time.get(1..)?.trim()).then(|| NaiveDate::parse_from_str(day, pattern).ok())?
        })
    })
}

/// The month of text whose form says no day, with its name in any language.
pub(crate) fn month_by_pattern(text: &str, pattern: &str) -> Option<Month> {
    english_month(text, pattern).or_else(|| {
        if !pattern.contains(['b', 'B', 'h']) {
            return None;
        }
        in_english(text).iter().find_map(|text| english_month(text, pattern))
    })
}

fn english_month(text: &str, pattern: &str) -> Option<Month> {
    NaiveDate::parse_from_str(&format!("{text} 1"), &format!("{pattern} %d")).ok().map(Month::of)
}

/// How 2025-01-31 is written in a form; `None` where the form asks for what a moment does not have.
pub(crate) fn example(pattern: &str) -> Option<String> {
    let moment = NaiveDate::from_ymd_opt(2025, 1, 31)?.and_hms_opt(14, 25, 36)?.and_utc().fixed_offset();
    let mut text = String::new();
    write!(text, "{}", moment.format_with_items(StrftimeItems::new(pattern))).ok()?;
    Some(text)
}

/// Whether a declared form gives days, or months, and no other ones than were meant.
///
/// # Errors
/// The reason, as a sentence fragment.
pub(crate) fn readable_dates(pattern: &str) -> Result<(), String> {
    if StrftimeItems::new(pattern).any(|item| item == Item::Error) {
        return Err("is not a pattern".to_owned());
    }
    let Some(example) = example(pattern) else { return Err("asks for what a date does not have".to_owned()) };
    let day = by_pattern(&example, pattern).map(|day| day.to_string());
    if day.as_deref() == Some("2025-01-31") {
        return Ok(());
    }
    match month_by_pattern(&example, pattern) {
        Some(month) if month.to_string() == "2025-01" => Ok(()),
        _ => Err(format!("does not say which day it is: of 2025-01-31, 14:25, it leaves `{example}`")),
    }
}
