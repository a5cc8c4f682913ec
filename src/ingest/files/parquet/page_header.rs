//! The header of a page of Parquet.

use super::thrift::{Compact, TRUE};

/// What the header of a page says.
#[derive(Default)]
pub(super) struct Header {
    pub(super) kind: i32,
    pub(super) unpacked: usize,
    pub(super) packed: usize,
    pub(super) checksum: Option<u32>,
    pub(super) values: i32,
    pub(super) encoding: i32,
    pub(super) levels: i32,
    pub(super) level_bytes: usize,
    pub(super) is_packed: bool,
}

/// The header of the page at a place, and where the page itself begins.
pub(super) fn header(file: &[u8], at: usize) -> Option<(Header, usize)> {
    let mut reader = Compact::new(file, at);
    let mut header = Header { is_packed: true, kind: -1, ..Header::default() };
    let (mut unpacked, mut packed, mut level_bytes) = (0, 0, 0_i32);
    reader.fields(|reader, field, kind| {
        match field {
            1 => header.kind = reader.small()?,
            2 => unpacked = reader.small()?,
            3 => packed = reader.small()?,
            4 => header.checksum = Some(reader.small()?.cast_unsigned()),
            5 | 7 | 8 => reader.fields(|reader, inner, kind| {
                match (field, inner) {
                    (_, 1) => header.values = reader.small()?,
                    (5 | 7, 2) | (8, 4) => header.encoding = reader.small()?,
                    (5, 3) => header.levels = reader.small()?,
                    (8, 5) => level_bytes = level_bytes.checked_add(reader.small()?)?,
                    // Levels of repetition: a column of one value a row has none.
                    (8, 6) => (reader.small()? == 0).then_some(())?,
                    (8, 7) => header.is_packed = kind == TRUE,
                    _ => reader.skip(kind)?,
                }
                Some(())
            })?,
            _ => reader.skip(kind)?,
        }
        Some(())
    })?;
    header.unpacked = usize::try_from(unpacked).ok()?;
    header.packed = usize::try_from(packed).ok()?;
    header.level_bytes = usize::try_from(level_bytes).ok()?;
    Some((header, reader.at()))
}
