//! A stored value as the text that the same value has in a CSV file.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::footer::{MOST_BYTES, Meaning, Shape, Stored};
use super::page::Value;
use super::zone::{Zone, Zones};

/// How the values of a column are written out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    shape: Shape,
    zone: Option<Zone>,
}

impl Form {
    /// The reason when the column's values are none that a cell can hold.
    pub(super) fn new(shape: Shape, zones: &Zones, column: &str) -> Result<Self, String> {
        let zone = match shape.meaning {
            Some(Meaning::Timestamp(_, true)) => Some(zones.of(column)?),
            _ => None,
        };
        let fits = match (shape.meaning, shape.stored) {
            (Some(Meaning::Time), _) => return Err("is a time of day without a day".to_owned()),
            (Some(Meaning::Uuid), stored) => stored == Stored::Fixed(16),
            (Some(Meaning::Other), _) => return Err("is of a type that no cell has".to_owned()),
            (Some(Meaning::HalfFloat), stored) => stored == Stored::Fixed(2),
            (Some(Meaning::Timestamp(..)), stored) => matches!(stored, Stored::Int64 | Stored::Int96),
            (Some(Meaning::Date), stored) => stored == Stored::Int32,
            (Some(Meaning::Decimal(scale)), stored) => {
                scale <= 76
                    && matches!(stored, Stored::Int32 | Stored::Int64 | Stored::Bytes | Stored::Fixed(_))
            }
            _ => true,
        };
        if fits {
            Ok(Self { shape, zone })
        } else {
            Err("is of a type that contradicts how it is stored".to_owned())
        }
    }

    /// Writes a value; nothing for one that is missing.
    pub(super) fn write(&self, value: Value<'_>, text: &mut String) -> Result<(), String> {
        let meaning = self.shape.meaning;
        let written = match (value, meaning) {
            (Value::Null, _) => Ok(()),
            (Value::Boolean(value), _) => write!(text, "{value}"),
            (Value::Number(days), Some(Meaning::Date)) => {
                let date = chrono::Duration::try_days(days)
                    .and_then(|days| NaiveDate::default().checked_add_signed(days));
                match date {
                    Some(date) => write!(text, "{date}"),
                    None => write!(text, "day {days} after 1970-01-01"),
                }
            }
            (Value::Number(ticks), Some(Meaning::Timestamp(per_second, _))) => {
                return self.moment(ticks.div_euclid(per_second), text);
            }
            (Value::Number(number), Some(Meaning::Decimal(scale))) => {
                decimal(i128::from(number), scale, text);
                Ok(())
            }
            (Value::Number(number), Some(Meaning::Unsigned)) if self.shape.stored == Stored::Int32 => {
                write!(text, "{}", (number as i32).cast_unsigned())
            }
            (Value::Number(number), Some(Meaning::Unsigned)) => write!(text, "{}", number.cast_unsigned()),
            (Value::Number(number), _) => write!(text, "{number}"),
            // The shortest text that is the same number; never in scientific notation.
            (Value::Float(number), _) => write!(text, "{number}"),
            (Value::Double(number), _) => write!(text, "{number}"),
            (Value::Bytes(bytes), _) if self.shape.stored == Stored::Int96 => {
                return self.moment(of_int96(bytes), text);
            }
            (Value::Bytes(bytes), Some(Meaning::HalfFloat)) => {
                write!(text, "{}", half(bytes.try_into().map(u16::from_le_bytes).unwrap_or_default()))
            }
            (Value::Bytes(bytes), Some(Meaning::Decimal(scale))) => {
                let number = big_endian(bytes).ok_or("holds a number of more than 38 digits")?;
                decimal(number, scale, text);
                Ok(())
            }
            (Value::Bytes(bytes), Some(Meaning::Uuid)) => {
                for (index, byte) in bytes.iter().enumerate() {
                    let dash = if matches!(index, 4 | 6 | 8 | 10) { "-" } else { "" };
                    let _ = write!(text, "{dash}{byte:02x}");
                }
                Ok(())
            }
            (Value::Bytes(mut bytes), _) => {
                // Text in cells of one width is filled up with NUL.
                while let (Stored::Fixed(_), Some((0, rest))) = (self.shape.stored, bytes.split_last()) {
                    bytes = rest;
                }
                if bytes.len() > MOST_BYTES {
                    return Err(format!("holds a cell of {} bytes; {MOST_BYTES} are the most", bytes.len()));
                }
                let part = std::str::from_utf8(bytes).map_err(|_| "holds bytes that are not UTF-8 text")?;
                text.push_str(part);
                Ok(())
            }
        };
        written.map_err(|_| "cannot be written as text".to_owned())
    }

    /// Seconds since 1970 as the clock of the column's zone shows them.
    fn moment(&self, seconds: i64, text: &mut String) -> Result<(), String> {
        let written = match (DateTime::from_timestamp(seconds, 0), self.zone) {
            (None, _) => write!(text, "second {seconds} after 1970-01-01"),
            (Some(moment), None) => stamp(moment.naive_utc(), text),
            (Some(moment), Some(zone)) => {
                let (local, offset) = zone.local(moment);
                stamp(local, text).and_then(|()| write!(text, "{offset}"))
            }
        };
        written.map_err(|_| "cannot be written as text".to_owned())
    }
}

fn stamp(time: NaiveDateTime, text: &mut String) -> std::fmt::Result {
    write!(text, "{}", time.format("%Y-%m-%d %H:%M:%S"))
}

/// Nanoseconds of the day, then the day by Julian count.
fn of_int96(bytes: &[u8]) -> i64 {
    let (nanoseconds, day) = bytes.split_at(bytes.len().min(8));
    let nanoseconds = nanoseconds.try_into().map(i64::from_le_bytes).unwrap_or_default();
    let day = day.try_into().map(u32::from_le_bytes).unwrap_or_default();
    // 1970-01-01 is day 2,440,588.
    (i64::from(day) - 2_440_588) * 86_400 + nanoseconds.div_euclid(1_000_000_000)
}

fn big_endian(bytes: &[u8]) -> Option<i128> {
    let sign = if bytes.first().is_some_and(|b| b & 0x80 != 0) { 0xff } else { 0 };
    let mut whole = [sign; 16];
    let (beyond, kept) = bytes.split_at(bytes.len().saturating_sub(16));
    let place = 16 - kept.len();
    whole.get_mut(place..)?.copy_from_slice(kept);
    let number = i128::from_be_bytes(whole);
    (beyond.iter().all(|b| *b == sign) && (number < 0) == (sign == 0xff)).then_some(number)
}

/// A whole number with its last `scale` digits as decimals.
fn decimal(number: i128, scale: usize, text: &mut String) {
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if number < 0 {
        text.push('-');
    }
    text.push_str(whole);
    if scale > 0 {
        text.push('.');
        text.push_str(fraction);
    }
}

/// A number of 16 bits: a sign, 5 bits of exponent, 10 of fraction.
fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2.0_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2.0_f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_of_every_storage() {
        let text = |number, scale| {
            let mut text = String::new();
            decimal(number, scale, &mut text);
            text
        };
        assert_eq!(text(123_450, 2), "1234.50");
        assert_eq!(text(-5, 2), "-0.05");
        assert_eq!(text(7, 0), "7");
        assert_eq!(big_endian(&[0xff, 0x38]), Some(-200));
        assert_eq!(big_endian(&[0; 20]), Some(0));
        assert_eq!(big_endian(&[1; 17]), None);
    }

    #[test]
    fn half_floats() {
        assert_eq!(
            (half(0x3c00), half(0xc000), half(0x5640), half(1)),
            (1.0, -2.0, 100.0, 2.0_f32.powi(-24))
        );
    }

    #[test]
    fn values_are_the_text_that_they_are_elsewhere() {
        fn text(stored: Stored, meaning: Option<Meaning>, value: Value<'_>) -> Result<String, String> {
            let mut text = String::new();
            let form = Form { shape: Shape { stored, meaning, optional: false }, zone: None };
            form.write(value, &mut text).map(|()| text)
        }
        let number = |stored, meaning, number| text(stored, meaning, Value::Number(number)).unwrap();
        assert_eq!(number(Stored::Int32, Some(Meaning::Unsigned), -1), "4294967295");
        assert_eq!(number(Stored::Int64, Some(Meaning::Unsigned), -1), "18446744073709551615");
        assert_eq!(number(Stored::Int64, None, -1), "-1");
        assert_eq!(number(Stored::Int32, Some(Meaning::Date), 20_361), "2025-09-30");
        assert_eq!(number(Stored::Int64, Some(Meaning::Timestamp(1_000, false)), -1), "1969-12-31 23:59:59");
        assert_eq!(number(Stored::Int64, Some(Meaning::Decimal(2)), 1205), "12.05");
        let bytes = |stored, meaning, bytes: &[u8]| text(stored, meaning, Value::Bytes(bytes)).unwrap();
        // 2025-09-30 is 20,361 days after 1970, day 2,440,588 by Julian count; 3,661 seconds of it.
        let moment = [&3_661_000_000_000_i64.to_le_bytes()[..], &2_460_949_u32.to_le_bytes()].concat();
        assert_eq!(bytes(Stored::Int96, None, &moment), "2025-09-30 01:01:01");
        assert_eq!(bytes(Stored::Fixed(4), None, b"ab\0\0"), "ab");
        assert_eq!(bytes(Stored::Bytes, Some(Meaning::Text), b"ab"), "ab");
        assert_eq!(bytes(Stored::Fixed(2), Some(Meaning::HalfFloat), &[0, 0x3c]), "1");
        assert_eq!(
            bytes(Stored::Fixed(16), Some(Meaning::Uuid), &[0xab; 16]),
            "abababab-abab-abab-abab-abababababab"
        );
        assert_eq!(
            text(Stored::Bytes, None, Value::Bytes(&[0xff])),
            Err("holds bytes that are not UTF-8 text".to_owned())
        );
        // Seventeen bytes of which the first tells a sign that the rest has not.
        let wide = |first: u8, second: u8| big_endian(&[&[first, second][..], &[0; 15]].concat());
        assert_eq!((wide(0xff, 0x80), wide(0, 0x7f)), (Some(i128::MIN), Some(0x7f << 120)));
        assert_eq!((wide(0xff, 0x7f), wide(0, 0x80)), (None, None));
    }
}
