//! How text becomes a day or a month. Year first is plain; everything else must be declared.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime};

use crate::diagnostic::Code;
use crate::domain::Month;
use crate::job::DateFormat;

use super::Wrong;

/// Dates are believed only between these years: what lies outside is a typing error or a number of another kind.
const YEARS: std::ops::RangeInclusive<i32> = 2009..=2100;

/// A day, in the declared form or year first; a time of day after it is dropped.
pub(super) fn date(text: &str, declared: Option<&DateFormat>) -> Result<NaiveDate, Wrong> {
    let date = match declared {
        None => plain_iso(text).or_else(|| year_first(text)).ok_or_else(|| undeclared(text))?,
        Some(DateFormat::Pattern(pattern)) => by_pattern(text, pattern).ok_or_else(|| {
            let example =
                NaiveDate::from_ymd_opt(2025, 1, 31).unwrap_or_default().format(pattern).to_string();
            (Code::BadDate, format!("is not a date of the form {pattern} (for example {example})"))
        })?,
        Some(number) => by_number(text, number)
            .ok_or_else(|| (Code::BadDate, "is not a date number of the declared form".to_owned()))?,
    };
    in_range(date)
}

fn in_range(date: NaiveDate) -> Result<NaiveDate, Wrong> {
    let year = chrono::Datelike::year(&date);
    if YEARS.contains(&year) {
        Ok(date)
    } else {
        Err((Code::BadDate, format!("has the year {year}, outside {} to {}", YEARS.start(), YEARS.end())))
    }
}

fn number(digits: &str) -> Option<u32> {
    (!digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())?
}

/// `YYYY-MM-DD` and nothing else: the fast way for what almost every cell is.
fn plain_iso(text: &str) -> Option<NaiveDate> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
    let two = |a: u8, b: u8| {
        let digit = |d: u8| d.is_ascii_digit().then(|| u32::from(d - b'0'));
        Some(digit(a)? * 10 + digit(b)?)
    };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    NaiveDate::from_ymd_opt(year.cast_signed(), two(m1, m2)?, two(d1, d2)?)
}

/// Year, month and day in that order, with `-`, `/`, `.`, the characters for year, month and day, or nothing
/// between them; a time of day may follow.
fn year_first(text: &str) -> Option<NaiveDate> {
    let (day, time) = match text.find(['T', ' ']) {
        Some(place) => (&text[..place], text[place + 1..].trim()),
        None => (text, ""),
    };
    if !time.is_empty() && !is_time(time) {
        return None;
    }
    let parts: Vec<&str> = if let Some(day) = day.strip_suffix('日') {
        day.split(['年', '月']).collect()
    } else if day.len() == 8 && day.is_ascii() {
        match day.find(['-', '/', '.']) {
            None => vec![&day[..4], &day[4..6], &day[6..]],
            Some(place) => day.split(day[place..].chars().next()?).collect(),
        }
    } else {
        let mark = day.chars().find(|c| !c.is_ascii_digit()).filter(|c| ['-', '/', '.'].contains(c))?;
        day.split(mark).collect()
    };
    let [year, month, of_month] = parts.as_slice() else { return None };
    if year.len() != 4 || month.len() > 2 || of_month.len() > 2 {
        return None;
    }
    NaiveDate::from_ymd_opt(number(year)?.cast_signed(), number(month)?, number(of_month)?)
}

/// `HH:MM`, `HH:MM:SS` with or without fractions, and with or without an offset.
fn is_time(text: &str) -> bool {
    let clock = text.trim_end_matches('Z');
    let clock = clock.split(['+', '-']).next().unwrap_or_default().trim_end();
    let mut parts = clock.split(':');
    let within = |part: Option<&str>, most: f64| {
        part.is_some_and(|p| p.len() >= 2 && p.parse::<f64>().is_ok_and(|v| (0.0..most).contains(&v)))
    };
    let (hours, minutes) = (within(parts.next(), 24.0), within(parts.next(), 60.0));
    let seconds = parts.next().is_none_or(|p| within(Some(p), 61.0));
    hours && minutes && seconds && parts.next().is_none()
}

fn by_pattern(text: &str, pattern: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(text, pattern)
        .ok()
        .or_else(|| NaiveDateTime::parse_from_str(text, pattern).map(|t| t.date()).ok());
    date.or_else(|| {
        let (day, time) = text.split_once(' ')?;
        is_time(time.trim()).then(|| NaiveDate::parse_from_str(day, pattern).ok())?
    })
}

fn by_number(text: &str, form: &DateFormat) -> Option<NaiveDate> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(fraction) {
        return None;
    }
    let value: i64 = whole.parse().ok()?;
    match form {
        // Day 60 is 1900-02-29, which never was: later days count from 1899-12-30.
        DateFormat::Serial => {
            NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(u64::try_from(value).ok()?))
        }
        DateFormat::EpochSeconds => Some(DateTime::from_timestamp(value, 0)?.date_naive()),
        DateFormat::EpochMilliseconds => Some(DateTime::from_timestamp_millis(value)?.date_naive()),
        DateFormat::Pattern(_) => None,
    }
}

/// Why text of an undeclared form is not read, naming the choice where there is one.
fn undeclared(text: &str) -> Wrong {
    let parts: Vec<Option<u32>> = text.split(['/', '.', '-']).map(number).collect();
    if let [Some(a), Some(b), Some(year)] = parts.as_slice()
        && text.len() >= 6
    {
        let mark = text.chars().find(|c| !c.is_ascii_digit()).unwrap_or('/');
        let year_form = if *year > 99 { "%Y" } else { "%y" };
        let day_first = NaiveDate::from_ymd_opt(2024, *b, *a).is_some();
        let month_first = NaiveDate::from_ymd_opt(2024, *a, *b).is_some();
        let choice = match (day_first, month_first) {
            (true, true) => Some(("may be day or month first", true)),
            (true, false) | (false, true) => Some(("is not year first", false)),
            (false, false) => None,
        };
        if let Some((what, _)) = choice {
            let forms: Vec<String> = [(day_first, "%d", "%m"), (month_first, "%m", "%d")]
                .into_iter()
                .filter(|(possible, ..)| *possible)
                .map(|(_, first, second)| format!("date_format = \"{first}{mark}{second}{mark}{year_form}\""))
                .collect();
            return (
                Code::BadDate,
                format!("{what}: declare {} for this export in the job", forms.join(" or ")),
            );
        }
    }
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let form = match text.len() {
        5 if digits => Some("serial"),
        10 if digits => Some("epoch_s"),
        13 if digits => Some("epoch_ms"),
        _ => None,
    };
    match form {
        Some(form) => (
            Code::BadDate,
            format!("may be a date number: declare date_format = \"{form}\" for this export in the job"),
        ),
        None => (Code::BadDate, "is not a date (write YYYY-MM-DD, for example 2025-01-31)".to_owned()),
    }
}

/// A month `YYYY-MM`, the same with another mark or with the year last, or a date in it.
pub(super) fn month(text: &str, declared: Option<&DateFormat>) -> Result<Month, Wrong> {
    if let Some(month) = plain_month(text) {
        in_range(month.first_day()).map_err(|(_, reason)| (Code::BadMonth, reason))?;
        return Ok(month);
    }
    match date(text, declared) {
        Ok(date) => Ok(Month::of(date)),
        Err((_, reason)) if reason.contains("declare") => Err((Code::BadMonth, reason)),
        Err(_) => Err((Code::BadMonth, "is not a month (write YYYY-MM, for example 2025-01)".to_owned())),
    }
}

fn plain_month(text: &str) -> Option<Month> {
    let (year, month) = if let Some(month) = text.strip_suffix('月') {
        month.split_once('年')?
    } else {
        let (first, second) = text.split_once(['-', '/', '.'])?;
        if first.len() == 4 { (first, second) } else { (second, first) }
    };
    if year.len() != 4 || month.is_empty() || month.len() > 2 {
        return None;
    }
    Month::new(number(year)?.cast_signed(), number(month)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, declared: Option<&str>) -> Option<String> {
        let declared = declared.map(|d| DateFormat::from(d.to_owned()));
        date(text, declared.as_ref()).ok().map(|d| d.to_string())
    }

    #[test]
    fn year_first_is_plain() {
        for text in [
            "2025-09-30",
            "2025-9-30",
            "2025/09/30",
            "2025.09.30",
            "20250930",
            "2025年9月30日",
            "2025-09-30 23:00:00",
            "2025-09-30T23:00:00Z",
            "2025-09-30 00:00:00+00:00",
            "2025-09-30T10:15:30.123+08:00",
            "2025/9/30 8:05",
        ] {
            let expected = if text.ends_with("8:05") { None } else { Some("2025-09-30".to_owned()) };
            assert_eq!(read(text, None), expected, "{text}");
        }
        for text in [
            "25-09-30",
            "30/09/2025",
            "2025-02-30",
            "45930",
            "",
            "2025-09-30x",
            "0025-09-30",
            "2025-13-01",
            "2025-09-30 25:00",
            "2025-0930",
            "2025--9-3",
        ] {
            assert_eq!(read(text, None), None, "{text}");
        }
    }

    #[test]
    fn what_has_two_readings_names_the_choice() {
        let reason = |text| date(text, None).unwrap_err().1;
        let both = reason("03/04/2026");
        assert!(both.contains("%d/%m/%Y") && both.contains("%m/%d/%Y"), "{both}");
        let day_first = reason("31.12.2024");
        assert!(day_first.contains("%d.%m.%Y") && !day_first.contains("%m.%d"), "{day_first}");
        assert!(reason("45930").contains("serial"));
        assert!(reason("1682812800000").contains("epoch_ms"));
    }

    #[test]
    fn declared_forms() {
        assert_eq!(read("03/04/2026", Some("%d/%m/%Y")).as_deref(), Some("2026-04-03"));
        assert_eq!(read("3/4/2026", Some("%m/%d/%Y")).as_deref(), Some("2026-03-04"));
        assert_eq!(read("03.04.2026 07:30", Some("%d.%m.%Y")).as_deref(), Some("2026-04-03"));
        assert_eq!(read("03/04/26", Some("%d/%m/%Y")), None, "year 26");
        assert_eq!(read("2026-04-03", Some("%d/%m/%Y")), None);
        // 45930 is 2025-09-30 in every spreadsheet.
        assert_eq!(read("45930", Some("serial")).as_deref(), Some("2025-09-30"));
        assert_eq!(read("45930.5", Some("serial")).as_deref(), Some("2025-09-30"));
        assert_eq!(read("1682812800000", Some("epoch_ms")).as_deref(), Some("2023-04-30"));
        assert_eq!(read("1703311464", Some("epoch_s")).as_deref(), Some("2023-12-23"));
        assert_eq!(read("1703311464", Some("epoch_ms")), None, "1970");
    }

    #[test]
    fn months() {
        let read = |text| month(text, None).ok().map(|m| m.to_string());
        for text in
            ["2025-01", "2025-1", "2025/01", "01/2025", "1.2025", "2025年1月", "2025-01-15", "20250115"]
        {
            assert_eq!(read(text).as_deref(), Some("2025-01"), "{text}");
        }
        for text in ["01/25", "2025-13", "Jan-25", "202501", "2025", "", "1825-01"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
