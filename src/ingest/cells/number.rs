//! How text becomes a number. What can be read in two ways is refused unless the job declares the decimal mark.

use std::borrow::Cow;

use crate::diagnostic::Code;

use super::Wrong;

/// What a number's text says about the decimal mark of its file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::ingest) enum Evidence {
    /// Nothing: it has no mark.
    None,
    /// Its mark can only be a decimal point.
    Point,
    /// `1.234`: a decimal point, or a thousands mark that nobody declared.
    Ambiguous,
}

/// Marks that only ever set thousands apart.
const SPACES: [char; 6] = [' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}'];

/// A number as Rust reads it: digits, at most one point, sign and exponent.
fn canonical(text: &str, declared: Option<char>) -> Result<(Cow<'_, str>, Evidence), String> {
    if let Some(evidence) = plain(text, declared) {
        return Ok((Cow::Borrowed(text), evidence));
    }
    if text.chars().any(is_wide) {
        let narrow: String = text.chars().map(narrow).collect();
        return canonical(&narrow, declared).map(|(number, evidence)| (number.into_owned().into(), evidence));
    }
    let wrong = || {
        if text.eq_ignore_ascii_case("nan") {
            "is NaN, which programs write where a value is missing".to_owned()
        } else if let Some(suffix) = suffix(text) {
            format!(
                "has `{suffix}` after the number: where that says what is counted, declare suffixes = {{ \"{suffix}\" = 1 }} for this export in the job, or what it multiplies the number by in place of 1"
            )
        } else {
            "is not a number".to_owned()
        }
    };
    // A minus may stand behind, or brackets around, as systems for accounts write it.
    let in_brackets = text.strip_prefix('(').and_then(|body| body.strip_suffix(')'));
    let text = in_brackets.filter(|body| body.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(text);
    let (sign, body) = match (text.strip_prefix('-'), text.strip_suffix('-')) {
        _ if in_brackets.is_some_and(|body| body == text) => ("-", text),
        (Some(body), _) => ("-", body),
        (None, Some(body)) if body.ends_with(|c: char| c.is_ascii_digit()) => ("-", body),
        _ => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (body, None),
    };
    let exponent_digits = |e: &str| digits(e.strip_prefix(['-', '+']).unwrap_or(e));
    if exponent.is_some_and(|e| !exponent_digits(e)) {
        return Err(wrong());
    }
    let (decimal, evidence) = match declared {
        Some(mark) => (mark, Evidence::None),
        None => settle(mantissa, exponent.is_some())?,
    };
    let group = if decimal == '.' { ',' } else { '.' };
    let (whole, fraction) = match mantissa.split_once(decimal) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let whole = ungrouped(whole, group).ok_or_else(wrong)?;
    if fraction.is_some_and(|f| !digits(f)) {
        return Err(wrong());
    }
    let mut number = format!("{sign}{whole}");
    if let Some(fraction) = fraction {
        number.push('.');
        number.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        number.push('e');
        number.push_str(exponent);
    }
    Ok((Cow::Owned(number), evidence))
}

/// Whether a character is a digit or mark of numbers as wide as a Chinese character, `６０`.
const fn is_wide(c: char) -> bool {
    matches!(
        c,
        '\u{ff10}'..='\u{ff19}' | '\u{ff0c}' | '\u{ff0e}' | '\u{ff0d}' | '\u{ff0b}' | '\u{ff08}' | '\u{ff09}'
    )
}

/// The same character of ASCII, which stands as far ahead as all of them do.
fn narrow(c: char) -> char {
    if is_wide(c) { u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c) } else { c }
}

/// The fast way for what almost every cell is: digits with at most one decimal point. `None`: look closer.
fn plain(text: &str, declared: Option<char>) -> Option<Evidence> {
    let bytes = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let mut point = None;
    for (place, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {}
            b'.' if point.is_none() => point = Some(place),
            _ => return None,
        }
    }
    match point {
        None => (!bytes.is_empty()).then_some(Evidence::None),
        Some(place) => {
            let (whole, fraction) = (&bytes[..place], bytes.len() - place - 1);
            if whole.is_empty() || fraction == 0 || declared == Some(',') {
                None
            } else if declared.is_some() {
                Some(Evidence::None)
            } else if fraction == 3 && whole.len() <= 3 && whole[0] != b'0' {
                Some(Evidence::Ambiguous)
            } else {
                Some(Evidence::Point)
            }
        }
    }
}

/// Most digits that an `f64` holds exactly, whatever they are.
const EXACT: usize = 15;

/// Powers of ten, all of which an `f64` holds exactly.
const TENS: [u64; EXACT] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    10_000_000_000,
    100_000_000_000,
    1_000_000_000_000,
    10_000_000_000_000,
    100_000_000_000_000,
];

/// A plain number of at most 15 digits as its digits, what they are divided by, and its evidence. Both are exact as `f64`,
/// so that one division gives the number next to the text (Clinger 1990). `None`: look closer.
fn short(text: &str, declared: Option<char>) -> Option<(u64, u64, Evidence)> {
    if text.len() > EXACT || text.starts_with('-') {
        return None;
    }
    let evidence = plain(text, declared)?;
    let (mut digits, mut decimals, mut behind) = (0_u64, 0, 0);
    for byte in text.bytes() {
        if byte == b'.' {
            behind = 1;
        } else {
            digits = digits * 10 + u64::from(byte - b'0');
            decimals += behind;
        }
    }
    Some((digits, *TENS.get(decimals)?, evidence))
}

/// The decimal mark of a number in a file that declares none.
fn settle(mantissa: &str, scientific: bool) -> Result<(char, Evidence), String> {
    let points = mantissa.matches('.').count();
    let commas = mantissa.matches(',').count();
    let declare = |what: &str| {
        Err(format!(
            "{what}: declare decimal_mark = \",\" or decimal_mark = \".\" for this export in the job"
        ))
    };
    match (points, commas) {
        (0, 0) => Ok(('.', Evidence::None)),
        (1, 0) => {
            let (whole, fraction) = mantissa.split_once('.').unwrap_or_default();
            let could_be_thousands = fraction.len() == 3
                && (1..=3).contains(&whole.len())
                && !whole.starts_with('0')
                && !scientific;
            Ok(('.', if could_be_thousands { Evidence::Ambiguous } else { Evidence::Point }))
        }
        (0, 1) => {
            let (whole, fraction) = mantissa.split_once(',').unwrap_or_default();
            if fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0') {
                declare("may be thousands or decimals")
            } else {
                declare("uses a comma as decimal mark")
            }
        }
        (0, _) => Ok(('.', Evidence::Point)),
        (_, 0) => declare("uses points between thousands"),
        _ if mantissa.rfind('.') > mantissa.rfind(',') => Ok(('.', Evidence::Point)),
        _ => declare("uses a comma as decimal mark"),
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The digits of a whole number whose thousands are all set apart by one and the same mark, or by none.
fn ungrouped(text: &str, group: char) -> Option<String> {
    let Some(mark) = text.chars().find(|c| !c.is_ascii_digit()) else {
        return digits(text).then(|| text.to_owned());
    };
    if mark != group && !SPACES.contains(&mark) {
        return None;
    }
    let mut groups = text.split(mark);
    let first = groups.next()?;
    if mark == ',' && indian(text) {
        return Some(text.split(mark).collect());
    }
    let well_formed = digits(first) && first.len() <= 3 && groups.clone().all(|g| g.len() == 3 && digits(g));
    well_formed.then(|| text.split(mark).collect())
}

/// Whether a number is grouped as in India, `1,20,000`: two digits each but for the last three. Nothing else is written so.
fn indian(text: &str) -> bool {
    let groups: Vec<&str> = text.split(',').collect();
    let [first, middle @ .., last] = groups.as_slice() else { return false };
    let all = groups.iter().all(|group| digits(group));
    all && !middle.is_empty() && first.len() <= 2 && middle.iter().all(|g| g.len() == 2) && last.len() == 3
}

/// Letters after a number, which may say what is counted; `None` where they are a currency.
pub(in crate::ingest) fn suffix(text: &str) -> Option<&str> {
    let letters = text.trim_end_matches(|c: char| c.is_alphabetic());
    // `1,000.00/Nos`: so much for one of them.
    let bare = letters.strip_suffix('/').unwrap_or(letters);
    let letters = text.get(letters.len()..)?;
    let suffix = text.get(bare.len()..)?;
    let number = bare.trim_end();
    let fits = !letters.is_empty()
        && number.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && number.ends_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-') || SPACES.contains(&c));
    (fits && !super::currency_words::is_other(letters)).then_some(suffix)
}

/// Why a number is no count, and what a file with such rows is shaped by.
fn not_whole(value: f64, least: u32, most: u32) -> String {
    let steps = if value < 0.0 {
        ": a return or reversal is taken off what it reverses by step = \"net_reversals\", added up with the rows of its key by \"group\", or left out by \"skip_rows\""
    } else if value == 0.0 {
        ": rows of nothing are left out by step = \"skip_rows\", zero = true"
    } else {
        ""
    };
    format!("is not a whole number from {least} to {most}{steps}")
}

/// A number that must be whole, in `least..=most`.
pub(super) fn whole(value: f64, least: u32, most: u32) -> Result<u32, Wrong> {
    let near = value.round();
    let fits = (value - near).abs() <= 1e-6 && near >= f64::from(least) && near <= f64::from(most);
    if fits { Ok(near as u32) } else { Err((Code::BadNumber, not_whole(value, least, most))) }
}

/// A finite number.
pub(in crate::ingest) fn decimal(text: &str, declared: Option<char>) -> Result<(f64, Evidence), Wrong> {
    if let Some((digits, divisor, evidence)) = short(text, declared) {
        return Ok((digits as f64 / divisor as f64, evidence));
    }
    let (number, evidence) = canonical(text, declared).map_err(|reason| (Code::BadNumber, reason))?;
    match number.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok((value, evidence)),
        _ => Err((Code::BadNumber, "is too large a number".to_owned())),
    }
}

/// A whole number in `least..=most`; decimals may be given when they are all zero.
pub(super) fn integer(
    text: &str,
    least: u32,
    most: u32,
    declared: Option<char>,
) -> Result<(u32, Evidence), Wrong> {
    let expected = || {
        // What is no number is 1 here: nothing is said of its sign.
        let value = canonical(text, declared).ok().and_then(|(number, _)| number.parse().ok()).unwrap_or(1.0);
        (Code::BadNumber, not_whole(value, least, most))
    };
    if let Some((digits, divisor, evidence)) = short(text, declared) {
        let whole = (digits % divisor == 0).then_some(digits / divisor);
        let value = whole.and_then(|n| u32::try_from(n).ok()).filter(|n| (least..=most).contains(n));
        return value.map(|value| (value, evidence)).ok_or_else(expected);
    }
    let (number, evidence) = canonical(text, declared).map_err(|reason| {
        let (code, wanted) = expected();
        (code, if reason == "is not a number" { wanted } else { reason })
    })?;
    let whole = match number.split_once('.') {
        Some((_, zeros)) if zeros.bytes().any(|b| b != b'0') => return Err(expected()),
        Some((whole, _)) => whole,
        None => &number,
    };
    let value = whole.parse::<u32>().ok().filter(|n| (least..=most).contains(n)).ok_or_else(expected)?;
    Ok((value, evidence))
}

/// Most that an amount of money can be, USD: what lies above is a typing error.
const MOST_USD: f64 = 1e12;

/// Ways in which exports write that an amount is in US dollars.
const DOLLARS: [&str; 4] = ["US$", "USD", "usd", "$"];

/// An amount of US dollars, 0 or more; a dollar sign may stand before or after it.
pub(in crate::ingest) fn amount(text: &str, declared: Option<char>) -> Result<(f64, Evidence), Wrong> {
    if let Some((digits, divisor, evidence)) = short(text, declared) {
        return in_dollars(digits as f64 / divisor as f64, evidence);
    }
    let bare = DOLLARS
        .iter()
        .find_map(|sign| text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)))
        .map_or(text, str::trim);
    let foreign = |c: char| !c.is_ascii() && !SPACES.contains(&c) && !c.is_numeric();
    if bare.starts_with(foreign) || bare.ends_with(foreign) {
        return Err((Code::BadNumber, "is not in US dollars, as the column must be".to_owned()));
    }
    let (value, evidence) = decimal(bare, declared)?;
    in_dollars(value, evidence)
}

fn in_dollars(value: f64, evidence: Evidence) -> Result<(f64, Evidence), Wrong> {
    if (0.0..=MOST_USD).contains(&value) {
        Ok((value, evidence))
    } else {
        Err((Code::BadNumber, "must lie between 0 and 1,000,000,000,000".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// The fast way gives the very bits of the slow one.
        #[test]
        fn short_numbers_are_what_rust_reads(whole in "[0-9]{1,7}", fraction in "(\\.[0-9]{1,7})?") {
            let text = format!("{whole}{fraction}");
            let slow: f64 = text.parse().unwrap();
            proptest::prop_assert!(short(&text, Some('.')).is_some());
            proptest::prop_assert_eq!(value(&text, Some('.')).map(f64::to_bits), Some(slow.to_bits()));
        }
    }

    fn value(text: &str, declared: Option<char>) -> Option<f64> {
        decimal(text, declared).ok().map(|(value, _)| value)
    }

    #[test]
    fn one_meaning_is_read_and_two_are_refused() {
        for (text, number) in [
            ("1.5", 1.5),
            ("-2", -2.0),
            ("６０", 60.0),
            ("１，２３４．５", 1234.5),
            ("+7", 7.0),
            ("7.57934E+11", 7.579_34e11),
            ("1,234.56", 1234.56),
            ("1,234,567", 1_234_567.0),
            ("1 234.5", 1234.5),
            ("1\u{a0}234\u{a0}567", 1_234_567.0),
            ("1'234.50", 1234.5),
            ("0.123", 0.123),
            ("1234.567", 1234.567),
            ("60-", -60.0),
            ("1,234.50-", -1234.5),
            ("1,20,000", 120_000.0),
            ("12,34,567.8", 1_234_567.8),
        ] {
            assert_eq!(value(text, None), Some(number), "{text}");
        }
        for text in [
            "1,5",
            "1,234",
            "1.234.567",
            "1.234,56",
            "1,23.4",
            "1,23,45",
            "123,45,678",
            "1,2,345",
            "-60-",
            "60--",
            "60 Nos",
            "1.2K",
            "nan",
            "inf",
            "1_000",
            ".5",
            "5.",
            "0x10",
            "",
            "1.2.3",
            "1e",
            "--1",
            "1 23",
            "1,234 567",
            "1e999",
        ] {
            assert_eq!(value(text, None), None, "{text}");
        }
    }

    #[test]
    fn a_declared_mark_settles_it() {
        assert_eq!(value("1.234", Some('.')), Some(1.234));
        assert_eq!(value("1.234", Some(',')), Some(1234.0));
        assert_eq!(value("1,234", Some('.')), Some(1234.0));
        assert_eq!(value("1,234", Some(',')), Some(1.234));
        assert_eq!(value("1.234.567,89", Some(',')), Some(1_234_567.89));
        assert_eq!(value("12.34", Some(',')), None);
        assert_eq!(value("12,34", Some('.')), None);
    }

    #[test]
    fn evidence_for_the_mark() {
        let evidence = |text| decimal(text, None).unwrap().1;
        assert_eq!(evidence("12"), Evidence::None);
        assert_eq!(evidence("1.234"), Evidence::Ambiguous);
        assert_eq!(evidence("123.456"), Evidence::Ambiguous);
        for text in ["0.234", "1.23", "1.2345", "1234.567", "1,234,567", "1.234e3"] {
            assert_eq!(evidence(text), Evidence::Point, "{text}");
        }
    }

    #[test]
    fn integers_are_whole() {
        let whole = |text, declared| integer(text, 1, u32::MAX, declared).ok().map(|(value, _)| value);
        assert_eq!(whole("100000", None), Some(100_000));
        assert_eq!(whole("12.0", None), Some(12));
        assert_eq!(whole("1,000", Some('.')), Some(1000));
        assert_eq!(whole("1 000", None), Some(1000));
        assert_eq!(integer("1.000", 1, 9999, None).unwrap().1, Evidence::Ambiguous);
        for text in ["-3", "0", "1e3", "1,000", "12.5", "", "99999999999", "12."] {
            assert_eq!(whole(text, None), None, "{text}");
        }
    }

    #[test]
    fn amounts_are_in_dollars() {
        let dollars = |text| amount(text, None).ok().map(|(value, _)| value);
        for text in ["$1,234.50", "1234.50 USD", "US$ 1234.5", "1234.50$"] {
            assert_eq!(dollars(text), Some(1234.5), "{text}");
        }
        for text in ["€1234.50", "¥1234.5", "1234.5 €", "-5", "1e13", "CNY 5", "5%"] {
            assert_eq!(dollars(text), None, "{text}");
        }
    }

    #[test]
    fn letters_after_a_number_are_what_is_counted() {
        assert_eq!(suffix("1,000.00/Nos"), Some("/Nos"));
        assert_eq!(suffix("12 345 Stk"), Some("Stk"));
        assert_eq!(suffix("-4K"), Some("K"));
        assert_eq!([suffix("Nos"), suffix("12"), suffix("12x4 Stk"), suffix("10 EUR")], [None; 4]);
    }
}
