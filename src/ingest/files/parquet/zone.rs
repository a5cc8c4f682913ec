//! Time zones of timestamps. Parquet itself only says whether a timestamp counts from one moment everywhere; the name of
//! the zone stands in a copy of Arrow's schema that most writers leave in the footer.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, Utc};
use chrono_tz::Tz;

/// What the file says of its zones.
#[derive(Clone, Debug)]
pub(super) enum Zones {
    /// It has no copy of Arrow's schema: timestamps are in UTC.
    Unsaid,
    /// Zone by name of the column.
    Said(BTreeMap<String, String>),
    /// The copy cannot be read.
    Unreadable,
}

/// The zone that a column's timestamps are shown in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Zone {
    Named(Tz),
    Offset(FixedOffset),
}

impl Zones {
    /// The zone of a column whose timestamps count from one moment everywhere.
    pub(super) fn of(&self, column: &str) -> Result<Zone, String> {
        let utc = Zone::Offset(Utc.fix());
        match self {
            Self::Unsaid => Ok(utc),
            Self::Unreadable => {
                Err("is a timestamp in a time zone, but the file's schema that names the zone is damaged"
                    .to_owned())
            }
            Self::Said(zones) => match zones.get(column) {
                None => Ok(utc),
                Some(name) => {
                    let named = name.parse().map(Zone::Named).ok();
                    let offset = || Some(Zone::Offset(name.parse().ok()?));
                    named.or_else(offset).ok_or_else(|| {
                        format!("is a timestamp in the time zone `{name}`, which is not known")
                    })
                }
            },
        }
    }
}

impl Zone {
    /// A moment as it is read on the clock there, with the offset from UTC.
    pub(super) fn local(self, moment: DateTime<Utc>) -> (NaiveDateTime, FixedOffset) {
        match self {
            Self::Named(zone) => {
                let local = moment.with_timezone(&zone);
                (local.naive_local(), local.offset().fix())
            }
            Self::Offset(offset) => (moment.with_timezone(&offset).naive_local(), offset),
        }
    }
}

/// Reads Arrow's schema as it stands in the footer: base64 of a message of flatbuffers.
pub(super) fn read(encoded: &[u8]) -> Zones {
    decode(encoded).and_then(|bytes| zones(&bytes)).map_or(Zones::Unreadable, Zones::Said)
}

fn decode(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(encoded.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in encoded.iter().take_while(|b| **b != b'=') {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    Some(bytes)
}

/// The number of Arrow's type of timestamps.
const TIMESTAMP: u8 = 10;

fn zones(bytes: &[u8]) -> Option<BTreeMap<String, String>> {
    // A message may begin with a mark and its length.
    let start = if bytes.starts_with(&[0xff; 4]) { 8 } else { 0 };
    let buffer = Flat(bytes.get(start..)?);
    let message = buffer.offset(0)?;
    let schema = buffer.offset(buffer.field(message, 2)??)?;
    let Some(fields) = buffer.field(schema, 1)? else { return Some(BTreeMap::new()) };
    let fields = buffer.offset(fields)?;
    let count = usize::try_from(buffer.word(fields)?).ok()?;
    // Each field takes four bytes here alone.
    if count > bytes.len() / 4 {
        return None;
    }
    let mut zones = BTreeMap::new();
    for place in 0..count {
        let field = buffer.offset(fields + 4 + 4 * place)?;
        let name = buffer.text(field, 0)?.unwrap_or_default();
        let kind = match buffer.field(field, 2)? {
            Some(at) => *buffer.0.get(at)?,
            None => 0,
        };
        if kind == TIMESTAMP
            && let Some(of_type) = buffer.field(field, 3)?
            && let Some(zone) = buffer.text(buffer.offset(of_type)?, 1)?
            && !zone.is_empty()
        {
            zones.insert(name, zone);
        }
    }
    Some(zones)
}

/// Flatbuffers: tables that are found by offsets.
struct Flat<'a>(&'a [u8]);

impl Flat<'_> {
    fn word(&self, at: usize) -> Option<u32> {
        let bytes = self.0.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    fn half(&self, at: usize) -> Option<usize> {
        let bytes = self.0.get(at..at.checked_add(2)?)?;
        Some(usize::from(u16::from_le_bytes(bytes.try_into().ok()?)))
    }

    /// Where an offset leads.
    fn offset(&self, at: usize) -> Option<usize> {
        at.checked_add(usize::try_from(self.word(at)?).ok()?).filter(|to| *to < self.0.len())
    }

    /// Where a field of a table stands; `Some(None)` when the table does not have it.
    fn field(&self, table: usize, number: usize) -> Option<Option<usize>> {
        let back = i64::from(self.word(table)?.cast_signed());
        let list = usize::try_from(i64::try_from(table).ok()? - back).ok()?;
        let place = 4 + 2 * number;
        if place + 2 > self.half(list)? {
            return Some(None);
        }
        Some(match self.half(list + place)? {
            0 => None,
            offset => Some(table + offset),
        })
    }

    fn text(&self, table: usize, number: usize) -> Option<Option<String>> {
        let Some(field) = self.field(table, number)? else { return Some(None) };
        let at = self.offset(field)?;
        let length = usize::try_from(self.word(at)?).ok()?;
        let bytes = self.0.get(at + 4..(at + 4).checked_add(length)?)?;
        Some(Some(std::str::from_utf8(bytes).ok()?.to_owned()))
    }
}
