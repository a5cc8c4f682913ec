//! Days on the command line: one form, and for any other what it would be in that.

use chrono::NaiveDate;

use crate::domain::Month;
use crate::publish::WrittenName;

/// A day written YYYY-MM-DD.
///
/// # Errors
/// Says what is to be written: for other forms of a day the same day, both days where it can be read in two ways, for a month
/// or quarter its last day.
pub(super) fn as_of(text: &str) -> Result<NaiveDate, String> {
    let iso = |text: &str| text.parse::<NaiveDate>().ok();
    let digits = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    let parts: Vec<&str> = text.split('-').collect();
    if let [year, month, day] = parts.as_slice()
        && digits(year, 4, 4)
        && digits(month, 2, 2)
        && digits(day, 2, 2)
    {
        return iso(text).ok_or_else(|| {
            let end = format!("{year}-{month}").parse::<Month>().map(Month::last_day);
            end.map_or_else(
                |_| "there is no such month; write YYYY-MM-DD, for example 2025-12-31".to_owned(),
                |end| format!("there is no such day; that month ends on {end}"),
            )
        });
    }
    let other = meant(text);
    Err(match other.as_slice() {
        [] => "is no day; write YYYY-MM-DD, for example 2025-12-31".to_owned(),
        [day] => format!("is not written YYYY-MM-DD; write {day}"),
        [first, second, ..] => {
            format!("can be {first} or {second}; write the one that is meant, as YYYY-MM-DD")
        }
    })
}

/// The days that a text of another form can mean.
fn meant(text: &str) -> Vec<NaiveDate> {
    let text = text.trim();
    if let Ok(month) = text.parse::<Month>() {
        return vec![month.last_day()];
    }
    if let Some(day) = text.to_uppercase().parse::<WrittenName>().ok().and_then(|period| period.last_day()) {
        return vec![day];
    }
    // Day or month first, and the year first; with names of months; without marks between.
    let forms = [
        "%d.%m.%Y",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d-%m-%Y",
        "%m-%d-%Y",
        "%Y/%m/%d",
        "%Y.%m.%d",
        "%Y-%m-%d",
        "%Y%m%d",
        "%d %b %Y",
        "%d-%b-%Y",
        "%b %d, %Y",
        "%b %d %Y",
    ];
    let long_enough = |day: &NaiveDate| (1900..=2200).contains(&chrono::Datelike::year(day));
    let mut days: Vec<NaiveDate> = forms
        .iter()
        .filter_map(|form| NaiveDate::parse_from_str(text, form).ok())
        .filter(long_enough)
        .collect();
    days.sort_unstable();
    days.dedup();
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_another_form_is_told_in_the_right_one() {
        assert_eq!(as_of("2025-12-31").unwrap().to_string(), "2025-12-31");
        for (text, told) in [
            ("31.12.2025", "is not written YYYY-MM-DD; write 2025-12-31"),
            ("12/31/2025", "is not written YYYY-MM-DD; write 2025-12-31"),
            ("31/12/2025", "is not written YYYY-MM-DD; write 2025-12-31"),
            ("2025/12/31", "is not written YYYY-MM-DD; write 2025-12-31"),
            ("20251231", "is not written YYYY-MM-DD; write 2025-12-31"),
            ("31 Dec 2025", "is not written YYYY-MM-DD; write 2025-12-31"),
            ("Dec 31, 2025", "is not written YYYY-MM-DD; write 2025-12-31"),
            ("2025-9-30", "is not written YYYY-MM-DD; write 2025-09-30"),
            ("2025-09", "is not written YYYY-MM-DD; write 2025-09-30"),
            ("2025q3", "is not written YYYY-MM-DD; write 2025-09-30"),
            ("06/09/2025", "can be 2025-06-09 or 2025-09-06; write the one that is meant, as YYYY-MM-DD"),
            ("2025-09-31", "there is no such day; that month ends on 2025-09-30"),
            ("2025-13-01", "there is no such month; write YYYY-MM-DD, for example 2025-12-31"),
            ("yesterday", "is no day; write YYYY-MM-DD, for example 2025-12-31"),
            ("", "is no day; write YYYY-MM-DD, for example 2025-12-31"),
        ] {
            assert_eq!(as_of(text).unwrap_err(), told, "{text}");
        }
    }
}
