//! How the text of one cell becomes a value. A function here either returns the value or says what was expected.

use chrono::{NaiveDate, NaiveDateTime};

use crate::diagnostic::Code;
use crate::domain::Month;

/// What is wrong with a cell.
pub(super) type Wrong = (Code, String);

/// Dates are believed only between these years: what lies outside is a typing error or a serial number.
const YEARS: std::ops::RangeInclusive<i32> = 2009..=2100;

/// A date in the declared format; a time of day after an ISO date is dropped.
pub(super) fn date(text: &str, format: &str) -> Result<NaiveDate, Wrong> {
    if let (ISO, Some(date)) = (format, plain_iso(text)) {
        return Ok(date);
    }
    let wrong =
        || (Code::BadDate, format!("is not a date of the form {format} (for example {})", example(format)));
    let date = NaiveDate::parse_from_str(text, format)
        .or_else(|_| NaiveDateTime::parse_from_str(text, &format!("{format} %H:%M:%S")).map(|t| t.date()))
        .map_err(|_| wrong())?;
    // chrono accepts `2025-1-1` and `25-01-01` for %Y-%m-%d: such text is not of the declared form.
    let exact = date.format(format).to_string();
    if !text.starts_with(&exact) {
        return Err(wrong());
    }
    year_in_range(date.format("%Y").to_string().parse().unwrap_or(0)).map(|()| date)
}

/// The form of dates that needs no declaring.
const ISO: &str = "%Y-%m-%d";

/// `YYYY-MM-DD` and nothing else, within the years believed: the fast way for what almost every cell is.
fn plain_iso(text: &str) -> Option<NaiveDate> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
    let mut number = [0_i32; 3];
    for (place, digits) in [&[y1, y2, y3, y4][..], &[m1, m2], &[d1, d2]].into_iter().enumerate() {
        for digit in digits {
            number[place] = number[place] * 10 + char::from(*digit).to_digit(10)?.cast_signed();
        }
    }
    let [year, month, day] = number;
    YEARS.contains(&year).then_some(())?;
    NaiveDate::from_ymd_opt(year, month.cast_unsigned(), day.cast_unsigned())
}

fn year_in_range(year: i32) -> Result<(), Wrong> {
    if YEARS.contains(&year) {
        Ok(())
    } else {
        Err((Code::BadDate, format!("has the year {year}, outside {} to {}", YEARS.start(), YEARS.end())))
    }
}

fn example(format: &str) -> String {
    NaiveDate::from_ymd_opt(2025, 1, 31).map(|d| d.format(format).to_string()).unwrap_or_default()
}

/// A month `YYYY-MM`, or a date in it.
pub(super) fn month(text: &str, format: &str) -> Result<Month, Wrong> {
    let month = text
        .parse::<Month>()
        .or_else(|reason| date(text, format).map(Month::of).map_err(|_| reason))
        .map_err(|_| (Code::BadMonth, "is not a month (write YYYY-MM, for example 2025-01)".to_owned()))?;
    year_in_range(month.year()).map_err(|(_, reason)| (Code::BadMonth, reason))?;
    Ok(month)
}

/// A whole number in `least..=most`: digits only, or digits followed by a mark and zeros.
pub(super) fn integer(text: &str, least: u32, most: u32, mark: char) -> Result<u32, Wrong> {
    let wrong = || (Code::BadNumber, format!("is not a whole number from {least} to {most}"));
    let digits = match text.split_once(mark) {
        Some((digits, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => digits,
        Some(_) => return Err(wrong()),
        None => text,
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    digits.parse::<u32>().ok().filter(|n| (least..=most).contains(n)).ok_or_else(wrong)
}

/// A finite number: digits with at most one decimal mark, an optional sign and exponent, nothing else.
pub(super) fn decimal(text: &str, mark: char) -> Result<f64, Wrong> {
    let wrong = || (Code::BadNumber, format!("is not a number (digits with `{mark}` as decimal mark)"));
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (body, None),
    };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = match mantissa.split_once(mark) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let well_formed = digits(whole)
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['-', '+']).unwrap_or(e)));
    if !well_formed {
        return Err(wrong());
    }
    let value: f64 = text.replacen(mark, ".", 1).parse().map_err(|_| wrong())?;
    if value.is_finite() { Ok(value) } else { Err(wrong()) }
}

/// Most that an amount of money can be, USD: what lies above is a typing error.
const MOST_USD: f64 = 1e12;

/// An amount of money, USD: 0 or more.
pub(super) fn amount(text: &str, mark: char) -> Result<f64, Wrong> {
    let value = decimal(text, mark)?;
    if (0.0..=MOST_USD).contains(&value) {
        Ok(value)
    } else {
        Err((Code::BadNumber, "must lie between 0 and 1,000,000,000,000".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_only_in_the_declared_form() {
        let iso = |text| date(text, "%Y-%m-%d").map(|d| d.to_string());
        assert_eq!(iso("2025-09-30").as_deref(), Ok("2025-09-30"));
        assert_eq!(iso("2025-09-30 23:00:00").as_deref(), Ok("2025-09-30"));
        for text in
            ["2025-9-30", "25-09-30", "30/09/2025", "2025-02-30", "45930", "", "2025-09-30x", "0025-09-30"]
        {
            assert!(iso(text).is_err(), "{text}");
        }
        assert_eq!(date("03/04/2026", "%d/%m/%Y").unwrap().to_string(), "2026-04-03");
    }

    #[test]
    fn months_may_be_given_as_a_date() {
        assert_eq!(month("2025-01", "%Y-%m-%d").unwrap().to_string(), "2025-01");
        assert_eq!(month("2025-01-15", "%Y-%m-%d").unwrap().to_string(), "2025-01");
        assert!(month("01/2025", "%Y-%m-%d").is_err());
    }

    #[test]
    fn integers_are_digits() {
        assert_eq!(integer("100000", 1, u32::MAX, '.'), Ok(100_000));
        assert_eq!(integer("12.0", 1, u32::MAX, '.'), Ok(12));
        for text in ["-3", "0", "1e3", "1,000", "12.5", "", " 7", "99999999999", "+7", "12."] {
            assert!(integer(text, 1, u32::MAX, '.').is_err(), "{text}");
        }
    }

    #[test]
    fn decimals_use_the_declared_mark_only() {
        assert_eq!(decimal("1.5", '.'), Ok(1.5));
        assert_eq!(decimal("1,5", ','), Ok(1.5));
        assert_eq!(decimal("7.57934E+11", '.'), Ok(7.57934e11));
        for text in ["1,5", "1.5.2", "nan", "inf", "1_000", "$5", ".5", "5.", "1e999", "0x10", ""] {
            assert!(decimal(text, '.').is_err(), "{text}");
        }
    }
}
