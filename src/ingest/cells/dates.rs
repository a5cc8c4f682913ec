//! How text becomes a day or a month. Year first is plain; everything else must be declared.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate};

use crate::diagnostic::Code;
use crate::domain::date_form::{by_pattern, example, is_time, month_by_pattern};
use crate::domain::{Month, Quarter};
use crate::job::{DateFormat, Quarters};

use super::{Wrong, periods};

/// Dates are believed only between these years: what lies outside is a typing error or a number of another kind.
const YEARS: std::ops::RangeInclusive<i32> = 2009..=2100;

/// A day, in the declared form or year first; a time of day after it is dropped.
pub(in crate::ingest) fn date(text: &str, declared: Option<&DateFormat>) -> Result<NaiveDate, Wrong> {
    let date = match declared {
        None => plain_iso(text).or_else(|| year_first(text)).ok_or_else(|| undeclared(text))?,
        Some(DateFormat::Several(forms)) => return several(text, forms, date),
        Some(DateFormat::Pattern(pattern)) => {
            by_pattern(text, pattern).or_else(|| beside(text, pattern)).ok_or_else(|| {
                let example =
                    example(pattern).map(|text| format!(" (for example {text})")).unwrap_or_default();
                (Code::BadDate, format!("is not a date of the form {pattern}{example}"))
            })?
        }
        Some(DateFormat::Quarter(of)) => quarter(text, *of)?.first_month().first_day(),
        Some(DateFormat::QuarterEnd(of)) => quarter(text, *of)?.last_month().last_day(),
        Some(form @ (DateFormat::IsoWeek | DateFormat::IsoWeekEnd)) => periods::week(text)
            .map(|week| if *form == DateFormat::IsoWeek { week.first_day() } else { week.last_day() })
            .ok_or_else(|| (Code::BadDate, "is not a week (write for example 2025-W27)".to_owned()))?,
        Some(number) => by_number(text, number)
            .or_else(|| year_first(text))
            .ok_or_else(|| (Code::BadDate, "is not a date number of the declared form".to_owned()))?,
    };
    in_range(date)
}

/// A quarter of the declared year.
fn quarter(text: &str, of: Quarters) -> Result<Quarter, Wrong> {
    periods::quarter(text, of).ok_or_else(|| {
        let example = match of {
            Quarters::Fiscal(_) => "a fiscal quarter (write for example FY2026Q1 or Q1 2026)",
            Quarters::Unsaid | Quarters::Calendar => "a quarter (write for example 2025Q3 or Q3 2025)",
        };
        (Code::BadDate, format!("is not {example}"))
    })
}

/// What a text is by all the declared forms that fit: two different ones are refused, whichever form stands first.
fn several<T: PartialEq + std::fmt::Display>(
    text: &str,
    forms: &[DateFormat],
    read: impl Fn(&str, Option<&DateFormat>) -> Result<T, Wrong>,
) -> Result<T, Wrong> {
    let mut found: Option<(T, &DateFormat)> = None;
    for form in forms {
        match (read(text, Some(form)), &found) {
            (Ok(value), Some((first, by))) if value != *first => {
                let reason = format!(
                    "is {first} by {} and {value} by {}, both declared: give each column its form in date_formats",
                    by.written(),
                    form.written()
                );
                return Err((Code::BadDate, reason));
            }
            (Ok(value), None) => found = Some((value, form)),
            _ => {}
        }
    }
    found.map(|(value, _)| value).ok_or_else(|| {
        let forms: Vec<String> = forms.iter().map(DateFormat::written).collect();
        (Code::BadDate, format!("is not a date of any declared form: {}", forms.join(", ")))
    })
}

/// A day between the years that dates are believed in.
pub(super) fn in_range(date: NaiveDate) -> Result<NaiveDate, Wrong> {
    let year = chrono::Datelike::year(&date);
    if YEARS.contains(&year) {
        Ok(date)
    } else {
        Err((Code::BadDate, format!("has the year {year}, outside {} to {}", YEARS.start(), YEARS.end())))
    }
}

fn month_in_range(month: Month) -> Result<Month, Wrong> {
    if YEARS.contains(&month.year()) {
        return Ok(month);
    }
    in_range(month.first_day()).map(Month::of).map_err(|(_, reason)| (Code::BadMonth, reason))
}

fn number(digits: &str) -> Option<u32> {
    (!digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())?
}

/// The number of two digits.
fn two(tens: u8, ones: u8) -> Option<u32> {
    let digit = |d: u8| d.is_ascii_digit().then(|| u32::from(d - b'0'));
    Some(digit(tens)? * 10 + digit(ones)?)
}

/// `YYYY-MM-DD` and nothing else: the fast way for what almost every cell is.
fn plain_iso(text: &str) -> Option<NaiveDate> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
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

/// A day written year first in an export whose dates are declared to be of another form: columns that other systems
/// filled. It can be read in no other way, unless the declared form itself begins with the year and ends otherwise.
fn beside(text: &str, pattern: &str) -> Option<NaiveDate> {
    let own = example(pattern)?;
    let otherwise = own.starts_with("2025") && year_first(&own).is_none();
    year_first(text).filter(|_| !otherwise)
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
        DateFormat::Serial1904 => {
            NaiveDate::from_ymd_opt(1904, 1, 1)?.checked_add_days(Days::new(u64::try_from(value).ok()?))
        }
        DateFormat::EpochSeconds => Some(DateTime::from_timestamp(value, 0)?.date_naive()),
        DateFormat::EpochMilliseconds => Some(DateTime::from_timestamp_millis(value)?.date_naive()),
        _ => None,
    }
}

/// Forms that dates come in beside year first; `/` stands for the mark between the parts.
const FORMS: [&str; 10] = [
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%y/%m/%d",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d/%b/%Y",
    "%d/%b/%y",
    "%b/%d/%Y",
    "%Y/%b/%d",
    "%b %d, %Y",
];

/// Every form that would read a text as a day, with that day.
fn readings(text: &str) -> Vec<(String, NaiveDate)> {
    let mark = text.chars().find(|c| matches!(c, '/' | '.' | '-' | ' ')).unwrap_or('/');
    // `%Y` takes two digits for a year of the first century, and `%y` four for two and a rest.
    let forms = FORMS.iter().map(|form| form.replace('/', &mark.to_string()));
    forms
        .filter_map(|form| Some((in_range(by_pattern(text, &form)?).ok()?, form)))
        .map(|(day, form)| (form, day))
        .collect()
}

/// Why text of an undeclared form is not read, naming every choice where there is one.
fn undeclared(text: &str) -> Wrong {
    let readings = readings(text);
    let days: BTreeSet<NaiveDate> = readings.iter().map(|(_, day)| *day).collect();
    if !readings.is_empty() {
        let what = match readings.as_slice() {
            _ if days.len() < 2 => "is not year first",
            [(one, _), (other, _)] if one.starts_with("%d") && other.starts_with("%m") => {
                "may be day or month first"
            }
            _ => "may be several days",
        };
        let forms: Vec<String> =
            readings.iter().map(|(form, _)| format!("date_format = \"{form}\"")).collect();
        let each: Vec<String> = readings.iter().map(|(_, day)| day.to_string()).collect();
        let each =
            if days.len() > 1 { format!(" (it would be {})", each.join(" or ")) } else { String::new() };
        let forms = forms.join(" or ");
        return (Code::BadDate, format!("{what}: declare {forms} for this export in the job{each}"));
    }
    if let Some((what, form)) = periods::named(text) {
        let reason = format!(
            "is {what}: declare date_format = \"{form}\" for its first day, or \"{form}_end\" for its last, for this export in the job"
        );
        return (Code::BadDate, reason);
    }
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let form = match text.len() {
        5 if digits => Some("serial\" or \"serial_1904"),
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
pub(in crate::ingest) fn month(text: &str, declared: Option<&DateFormat>) -> Result<Month, Wrong> {
    if let Some(month) = plain_month(text) {
        return month_in_range(month);
    }
    if let Some(DateFormat::Several(forms)) = declared {
        return several(text, forms, month).map_err(|(_, reason)| (Code::BadMonth, reason));
    }
    if let Some(month) = month_named(text).or_else(|| match declared? {
        DateFormat::Pattern(pattern) => month_by_pattern(text, pattern),
        _ => None,
    }) {
        return month_in_range(month);
    }
    if declared.is_none() && month_by_pattern(text, "%y-%b").is_some() {
        let reason = "is a month without century: declare date_formats = { COLUMN = \"%y-%b\" } for this export in the job";
        return Err((Code::BadMonth, reason.to_owned()));
    }
    match date(text, declared) {
        Ok(date) => Ok(Month::of(date)),
        Err((_, reason)) if reason.contains("declare") => Err((Code::BadMonth, reason)),
        Err(_) if is_fiscal(text) => Err((
            Code::BadMonth,
            "is of a fiscal year, whose months only you know: take its month from a file of periods by step = \"join\""
                .to_owned(),
        )),
        Err(_) => Err((Code::BadMonth, "is not a month (write YYYY-MM, for example 2025-01)".to_owned())),
    }
}

/// `FY24 P08`, `FY2025 Q1`: periods of a year that begins when the maker says.
fn is_fiscal(text: &str) -> bool {
    let upper = text.trim().to_ascii_uppercase();
    (upper.starts_with("FY") || upper.starts_with("GJ") || upper.ends_with("FY"))
        && upper.bytes().any(|b| b.is_ascii_digit())
}

/// `Jul-25`, as spreadsheets show a month, or with the name or the year in full: in a column of months it is no day.
fn month_named(text: &str) -> Option<Month> {
    let (name, year) = text.split_once(['-', ' ', '/', '.', '\''])?;
    let year = year.trim_start_matches(['.', ' ', '\'']);
    let form = match year.len() {
        2 => "%B %y",
        4 => "%B %Y",
        _ => return None,
    };
    number(year)?;
    month_by_pattern(&format!("{name} {year}"), form)
}

fn plain_month(text: &str) -> Option<Month> {
    if let &[y1, y2, y3, y4, b'-', m1, m2] = text.as_bytes()
        && let (Some(century), Some(year), Some(month)) = (two(y1, y2), two(y3, y4), two(m1, m2))
    {
        return Month::new((century * 100 + year).cast_signed(), month);
    }
    // `202501`: from 2013 on it can be no day of another order, for there is no thirteenth month.
    if let &[b'2', b'0', y3, y4, m1, m2] = text.as_bytes()
        && let (Some(year @ 13..), Some(month @ 1..=12)) = (two(y3, y4), two(m1, m2))
    {
        return Month::new((2000 + year).cast_signed(), month);
    }
    let (year, month) = if let Some(month) = text.strip_suffix('月') {
        month.split_once('年')?
    } else if let Some((year, month)) = text.split_once('M') {
        // `2025M09`, as statistics and planning systems count months.
        (year, month)
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
    use crate::domain::date_form::readable_dates;

    fn read(text: &str, declared: Option<&str>) -> Option<String> {
        let declared = declared.map(|d| DateFormat::from(d.to_owned()));
        date(text, declared.as_ref()).ok().map(|d| d.to_string())
    }

    #[test]
    fn numbers_are_one_to_four_digits() {
        assert_eq!(
            ["2025", "9", "", "12345", "+123", "1a"].map(number),
            [Some(2025), Some(9), None, None, None, None]
        );
        assert_eq!(["2025-09", "9/2025", "2025M9", "2025年9月"].map(plain_month), [Month::new(2025, 9); 4]);
        assert_eq!(["25-9", "1-25", "2025-", "2025-123", "2025-13", "2025-001"].map(plain_month), [None; 6]);
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
            "2025/9/30 8:05 PM",
            "2025-09-30 00:00:00.000 UTC",
        ] {
            assert_eq!(read(text, None).as_deref(), Some("2025-09-30"), "{text}");
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
        assert_eq!(read("2026-04-03", Some("%d/%m/%Y")).as_deref(), Some("2026-04-03"), "another system's");
        assert_eq!(read("2026-04-13", Some("%Y-%d-%m")), None, "not by two forms at once");
        assert_eq!(read("3.4.2026", Some("%d/%m/%Y")), None);
        // 45930 is 2025-09-30 in every spreadsheet.
        assert_eq!(read("45930", Some("serial")).as_deref(), Some("2025-09-30"));
        assert_eq!(read("45930.5", Some("serial")).as_deref(), Some("2025-09-30"));
        assert_eq!(read("1682812800000", Some("epoch_ms")).as_deref(), Some("2023-04-30"));
        assert_eq!(read("1703311464", Some("epoch_s")).as_deref(), Some("2023-12-23"));
        assert_eq!(read("1703311464", Some("epoch_ms")), None, "1970");
    }

    #[test]
    fn hints_name_every_reading() {
        let reason = |text| date(text, None).unwrap_err().1;
        for part in ["%y-%m-%d", "%d-%m-%y", "(it would be 2023-10-15 or 2015-10-23)"] {
            assert!(reason("23-10-15").contains(part), "{part}: {}", reason("23-10-15"));
        }
        for form in ["%y/%m/%d", "%d/%m/%y", "%m/%d/%y"] {
            assert!(reason("11/10/12").contains(form), "{form}: {}", reason("11/10/12"));
        }
        assert!(reason("5-Oct-2023").contains("%d-%b-%Y"));
        assert!(reason("03/04/2026 6:07").contains("%m/%d/%Y"));
        assert!(reason("43738").contains("serial_1904"));
    }

    #[test]
    fn forms_with_a_time_of_day_are_read_and_nonsense_is_refused() {
        for (text, form) in [
            ("2023-10-05 06:07", "%Y-%m-%d %H:%M"),
            ("10/5/2023 6:10", "%m/%d/%Y %H:%M"),
            ("10/5/2023 6:10", "%m/%d/%Y"),
            ("5 Oct 2023 06:10", "%d %b %Y"),
            ("2023-10-05 00:00:00 UTC", "%Y-%m-%d %H:%M:%S UTC"),
            ("2023-10-05T06:07:08+08:00", "%Y-%m-%dT%H:%M:%S%z"),
            ("1696486028", "%s"),
        ] {
            assert_eq!(read(text, Some(form)).as_deref(), Some("2023-10-05"), "{text} {form}");
            assert_eq!(readable_dates(form), Ok(()), "{form}");
        }
        // Whatever the form, text that does not fit is reported.
        for form in ["%Y-%m-%d %H:%M", "%Y %z", "%s", "%c", "%+", "%Z", "%n%t", "%%", "%f", "%P"] {
            assert_eq!(read("2023-10-05x", Some(form)), None, "{form}");
            assert_eq!(month("x", Some(&DateFormat::Pattern(form.to_owned()))).ok(), None, "{form}");
        }
        for form in ["%H:%M", "%d.%m", "abc", "", "%Q", "%", "%%", "%Z", "%y", "%f"] {
            assert!(readable_dates(form).is_err(), "{form}");
        }
        for form in ["%b-%y", "%m.%Y", "%d.%m.%Y", "%G-W%V-%u", "%c"] {
            assert_eq!(readable_dates(form), Ok(()), "{form}");
        }
    }

    #[test]
    fn days_since_1904() {
        assert_eq!(read("43738", Some("serial_1904")).as_deref(), Some("2023-10-01"));
    }

    #[test]
    fn months() {
        let read = |text| month(text, None).ok().map(|m| m.to_string());
        for text in [
            "2025-01",
            "2025-1",
            "2025/01",
            "01/2025",
            "1.2025",
            "2025年1月",
            "2025-01-15",
            "20250115",
            "202501",
            "Jan-25",
            "Jan 2025",
            "January 2025",
        ] {
            assert_eq!(read(text).as_deref(), Some("2025-01"), "{text}");
        }
        for text in [
            "01/25", "2025-13", "25-Jan", "Jan-225", "Jan--5", "201212", "202513", "202500", "2025", "",
            "1825-01",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_of_an_undeclared_form_is_told_with_its_choices() {
        let reason = |text: &str| undeclared(text).1;
        assert!(
            reason("03/04/2025").starts_with("may be day or month first: declare"),
            "{}",
            reason("03/04/2025")
        );
        assert!(reason("03/04/2025").contains("(it would be 2025-04-03 or 2025-03-04)"));
        assert!(
            reason("23/04/2025").starts_with("is not year first: declare date_format = "),
            "{}",
            reason("23/04/2025")
        );
        assert!(!reason("23/04/2025").contains("it would be"));
    }
}
