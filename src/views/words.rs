//! Numbers, dates and names as people read them.

use chrono::NaiveDate;

use crate::table::round;

/// What stands where there is no value.
pub(crate) fn missing() -> String {
    "–".to_owned()
}

/// A number with commas between its thousands and so many decimals.
pub(crate) fn number(value: f64, decimals: u8) -> String {
    let text = format!("{:.*}", usize::from(decimals), round(value, decimals).abs());
    let (whole, part) = text.split_once('.').map_or((text.as_str(), None), |(w, p)| (w, Some(p)));
    let mut grouped = String::from(if round(value, decimals) < 0.0 { "−" } else { "" });
    grouped.push_str(&thousands(whole));
    if let Some(part) = part {
        grouped.push('.');
        grouped.push_str(part);
    }
    grouped
}

/// A whole number with commas between its thousands, in plain text.
pub(crate) fn grouped(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", thousands(&number.unsigned_abs().to_string()))
}

/// Digits with commas between their thousands.
fn thousands(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A change: a number with its sign.
pub(crate) fn change(value: f64) -> String {
    if value > 0.0 { format!("+{}", number(value, 0)) } else { number(value, 0) }
}

/// Dollars: with cents below 1,000 USD unless they are zero, whole above.
pub(crate) fn money(value: f64) -> String {
    let decimals = if value.abs() >= 1000.0 || round(value, 2).fract() == 0.0 { 0 } else { 2 };
    number(value, decimals)
}

/// A line of the summary as a sentence.
pub(crate) fn sentence(line: &str) -> String {
    let mut letters = line.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// A share as a percentage: whole, with one decimal below 10%.
pub(crate) fn percent(share: f64) -> String {
    let percent = round(share * 100.0, 6);
    let decimals = u8::from(percent.abs() < 9.95 && percent != 0.0);
    format!("{}%", number(percent, decimals))
}

/// A month, as `Oct 2025`.
pub(crate) fn month(date: NaiveDate) -> String {
    date.format("%b %Y").to_string()
}

/// A day, as `31 Oct 2025`.
pub(crate) fn day(date: NaiveDate) -> String {
    date.format("%-d %b %Y").to_string()
}

/// A day of a manifest.
pub(crate) fn iso_day(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), day)
}

/// A name of the tables as words: `booking_curve` is `booking curve`, and `4_proposed`, whose number sorts rows, `proposed`.
pub(crate) fn name(text: &str) -> String {
    let sorted = text.split_once('_').filter(|(place, _)| place.parse::<u8>().is_ok());
    sorted.map_or(text, |(_, name)| name).replace('_', " ")
}

/// A noun with its number.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {many}", number(n as f64, 0)) }
}

/// Things in a row of a sentence: `a, b and c`.
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_keep_their_decimals() {
        for (value, decimals, text) in [
            (0.0, 0, "0"),
            (-0.2, 0, "0"),
            (999.0, 0, "999"),
            (1000.0, 0, "1,000"),
            (-1_234_567.891, 2, "−1,234,567.89"),
            (0.451, 4, "0.4510"),
        ] {
            assert_eq!(number(value, decimals), text);
        }
        assert_eq!(
            (money(6_337_500.0), money(12.5), money(12.0)),
            ("6,337,500".into(), "12.50".into(), "12".into())
        );
        assert_eq!(
            (percent(0.451), percent(0.0321), percent(0.03)),
            ("45%".into(), "3.2%".into(), "3.0%".into())
        );
        assert_eq!((change(5.0), change(-5.0), change(0.0)), ("+5".into(), "−5".into(), "0".into()));
    }

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn names_of_the_tables_are_words_without_the_number_that_sorts_them() {
        assert_eq!(name("booking_curve"), "booking curve");
        assert_eq!(name("1_machines_on_hand"), "machines on hand");
        assert_eq!((name("plan"), name("12M")), ("plan".to_owned(), "12M".to_owned()));
    }

    #[test]
    fn months_and_lists_are_words() {
        let date = NaiveDate::from_ymd_opt(2025, 10, 1).unwrap();
        assert_eq!((month(date), day(date)), ("Oct 2025".into(), "1 Oct 2025".into()));
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }
}
