//! One column of a group of rows, page by page: unpacked, and its values given one after the other.

use super::encodings::{Deltas, Runs, length};
use super::footer::{Piece, Shape, Stored};
use super::page_header::header;
use super::unpack::{Broken, damaged, unpack};

/// A value as it is stored.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'p> {
    Null,
    Boolean(bool),
    Number(i64),
    Float(f32),
    Double(f64),
    Bytes(&'p [u8]),
}

/// How the values of the page in hand are written.
#[derive(Debug)]
enum Decoder {
    Plain(usize),
    PlainBits(usize),
    Dictionary(Runs),
    BooleanRuns(Runs),
    Deltas(Deltas),
    Lengths { lengths: Deltas, at: usize },
    Prefixes { prefixes: Deltas, suffixes: Deltas, at: usize },
    Streams { at: usize, stride: usize },
}

/// The values of one column in a group of rows.
pub(super) struct Column<'a> {
    file: &'a [u8],
    shape: Shape,
    codec: i32,
    at: usize,
    end: usize,
    /// Bytes that pages may still unpack to.
    room: &'a std::cell::Cell<u64>,
    data: Vec<u8>,
    left: u64,
    /// Of an optional column: whether the next row has a value.
    levels: Option<Runs>,
    /// The bytes of those.
    marks: Vec<u8>,
    decoder: Decoder,
    dictionary: Vec<u8>,
    /// Where the values of a dictionary of bytes begin and end.
    entries: Vec<(usize, usize)>,
    /// The value before, of which the next one keeps the beginning.
    last: Vec<u8>,
}

/// Most bytes that a page may unpack to: writers make pages of a megabyte.
const MOST_PAGE: usize = 64 << 20;

/// Reported where a file unpacks to more than the job allows.
pub(super) const TOO_LARGE: &str = "unpacks to more than is allowed";

impl<'a> Column<'a> {
    /// `file`: its bytes up to the footer.
    pub(super) fn new(
        file: &'a [u8],
        shape: Shape,
        piece: Piece,
        rows: i64,
        room: &'a std::cell::Cell<u64>,
    ) -> Result<Self, Broken> {
        let begin = if piece.dictionary > 0 { piece.dictionary.min(piece.data) } else { piece.data };
        let place = |offset: i64| usize::try_from(offset).ok().filter(|at| *at <= file.len());
        let (Some(at), Some(end)) = (place(begin), begin.checked_add(piece.packed).and_then(place)) else {
            return Err(damaged("it lies outside of the file"));
        };
        if at > end || piece.values != rows {
            return Err(damaged("it has not one value a row"));
        }
        Ok(Self {
            file,
            shape,
            codec: piece.codec,
            at,
            end,
            room,
            data: Vec::new(),
            left: 0,
            levels: None,
            marks: Vec::new(),
            decoder: Decoder::Plain(0),
            dictionary: Vec::new(),
            entries: Vec::new(),
            last: Vec::new(),
        })
    }

    /// The value of the next row.
    pub(super) fn next(&mut self) -> Result<Value<'_>, Broken> {
        while self.left == 0 {
            self.page()?;
        }
        self.left -= 1;
        let ends = || damaged("a page ends too soon");
        if let Some(levels) = &mut self.levels
            && levels.next(&self.marks).ok_or_else(ends)? == 0
        {
            return Ok(Value::Null);
        }
        self.value().ok_or_else(ends)
    }

    fn page(&mut self) -> Result<(), Broken> {
        if self.at >= self.end {
            return Err(damaged("it has fewer values than rows"));
        }
        let (header, body) = header(self.file, self.at).ok_or_else(|| damaged("a page has no header"))?;
        let end = body.checked_add(header.packed).filter(|end| *end <= self.end);
        let Some(packed) = end.and_then(|end| self.file.get(body..end)) else {
            return Err(damaged("a page is longer than its column"));
        };
        self.at = body + header.packed;
        if let Some(expected) = header.checksum {
            let mut sum = flate2::Crc::new();
            sum.update(packed);
            if sum.sum() != expected {
                return Err(damaged("a page differs from its checksum"));
            }
        }
        if !matches!(header.kind, 0 | 2 | 3) {
            return Ok(());
        }
        if header.unpacked > MOST_PAGE {
            return Err(format!(
                "has a page that claims {} bytes; {MOST_PAGE} are the most",
                header.unpacked
            ));
        }
        let Some(room) = self.room.get().checked_sub(header.unpacked as u64) else {
            return Err(TOO_LARGE.to_owned());
        };
        self.room.set(room);
        let values = u64::try_from(header.values).map_err(|_| damaged("a page has fewer than no values"))?;
        if header.kind == 2 {
            let mut dictionary = std::mem::take(&mut self.dictionary);
            unpack(self.codec, packed, header.unpacked, &mut dictionary)?;
            self.dictionary = dictionary;
            return self.index(values).ok_or_else(|| damaged("its dictionary ends too soon"));
        }
        self.levels = None;
        let mut data = std::mem::take(&mut self.data);
        let mut start = 0;
        if header.kind == 3 {
            let Some((levels, rest)) = packed.split_at_checked(header.level_bytes) else {
                return Err(damaged("a page is shorter than its levels"));
            };
            let Some(unpacked) = header.unpacked.checked_sub(levels.len()) else {
                return Err(damaged("a page is shorter than its levels"));
            };
            data.clear();
            // A page without any value packs nothing.
            if unpacked > 0 || !rest.is_empty() {
                unpack(if header.is_packed { self.codec } else { 0 }, rest, unpacked, &mut data)?;
            }
            self.mark(levels);
        } else {
            unpack(self.codec, packed, header.unpacked, &mut data)?;
            if self.shape.optional {
                if header.levels != 3 {
                    return Err("has its empty cells marked in a way that is not read".to_owned());
                }
                start = length(&data, 0).and_then(|n| n.checked_add(4)).unwrap_or(usize::MAX);
                let Some(levels) = data.get(4..start) else {
                    return Err(damaged("a page is shorter than its levels"));
                };
                self.mark(levels);
            }
        }
        self.data = data;
        self.left = values;
        self.begin(header.encoding, start)
    }

    /// Keeps which rows of the page have a value.
    fn mark(&mut self, levels: &[u8]) {
        if self.shape.optional {
            self.marks.clear();
            self.marks.extend_from_slice(levels);
            self.levels = Runs::new(0, levels.len(), 1);
        }
    }

    /// Finds the values of a dictionary.
    fn index(&mut self, values: u64) -> Option<()> {
        self.entries.clear();
        let values = usize::try_from(values).ok().filter(|n| *n <= self.dictionary.len())?;
        let mut at = 0_usize;
        for _ in 0..values {
            let width = self.shape.stored.width();
            let bytes = width.or_else(|| length(&self.dictionary, at))?;
            at += if width.is_none() { 4 } else { 0 };
            let end = at.checked_add(bytes).filter(|end| *end <= self.dictionary.len())?;
            self.entries.push((at, end));
            at = end;
        }
        Some(())
    }

    /// Prepares to read the values of the page in hand.
    fn begin(&mut self, encoding: i32, start: usize) -> Result<(), Broken> {
        let data = self.data.as_slice();
        let bytes = data.len() - start.min(data.len());
        let stored = self.shape.stored;
        let decoder = match (encoding, stored) {
            (0, Stored::Boolean) => Some(Decoder::PlainBits(start.saturating_mul(8))),
            (0, _) => Some(Decoder::Plain(start)),
            (2 | 8, _) if bytes == 0 => Some(Decoder::Plain(start)),
            (2 | 8, _) => data
                .get(start)
                .and_then(|width| Runs::new(start + 1, data.len(), usize::from(*width)))
                .map(Decoder::Dictionary),
            (3, Stored::Boolean) => length(data, start)
                .map(|n| (start + 4).saturating_add(n).min(data.len()))
                .and_then(|end| Runs::new(start + 4, end, 1))
                .map(Decoder::BooleanRuns),
            (5, Stored::Int32 | Stored::Int64) => Deltas::new(data, start).map(Decoder::Deltas),
            (6, Stored::Bytes) => Deltas::new(data, start)
                .and_then(|lengths| Some(Decoder::Lengths { at: lengths.end(data)?, lengths })),
            (7, Stored::Bytes | Stored::Fixed(_)) => Deltas::new(data, start).and_then(|prefixes| {
                let suffixes = Deltas::new(data, prefixes.end(data)?)?;
                self.last.clear();
                Some(Decoder::Prefixes { prefixes, at: suffixes.end(data)?, suffixes })
            }),
            (9, _) if stored.width().is_some() => {
                stored.width().map(|width| Decoder::Streams { at: start, stride: bytes / width })
            }
            _ => return Err(format!("is written in a way that is not read (encoding {encoding})")),
        };
        self.decoder = decoder.ok_or_else(|| damaged("a page does not hold what it says"))?;
        Ok(())
    }

    fn value(&mut self) -> Option<Value<'_>> {
        let (data, stored) = (self.data.as_slice(), self.shape.stored);
        match &mut self.decoder {
            Decoder::PlainBits(bit) => {
                let byte = *data.get(*bit / 8)?;
                let value = byte >> (*bit % 8) & 1 == 1;
                *bit += 1;
                Some(Value::Boolean(value))
            }
            Decoder::BooleanRuns(runs) => Some(Value::Boolean(runs.next(data)? == 1)),
            Decoder::Plain(at) => {
                let begin = *at + if stored.width().is_none() { 4 } else { 0 };
                let bytes = match stored.width() {
                    Some(width) => width,
                    None => length(data, *at)?,
                };
                let end = begin.checked_add(bytes)?;
                let value = data.get(begin..end)?;
                *at = end;
                stored.value(value)
            }
            Decoder::Dictionary(runs) => {
                let index = usize::try_from(runs.next(data)?).ok()?;
                let (begin, end) = *self.entries.get(index)?;
                stored.value(self.dictionary.get(begin..end)?)
            }
            Decoder::Deltas(deltas) => {
                let value = deltas.next(data)?;
                Some(Value::Number(if stored == Stored::Int32 { i64::from(value as i32) } else { value }))
            }
            Decoder::Lengths { lengths, at } => {
                let end = at.checked_add(usize::try_from(lengths.next(data)?).ok()?)?;
                let value = data.get(*at..end)?;
                *at = end;
                Some(Value::Bytes(value))
            }
            Decoder::Prefixes { prefixes, suffixes, at } => {
                let kept = usize::try_from(prefixes.next(data)?).ok()?;
                let end = at.checked_add(usize::try_from(suffixes.next(data)?).ok()?)?;
                if kept > self.last.len() {
                    return None;
                }
                self.last.truncate(kept);
                self.last.extend_from_slice(data.get(*at..end)?);
                *at = end;
                stored.value(&self.last)
            }
            Decoder::Streams { at, stride } => {
                let width = stored.width()?;
                self.last.clear();
                for byte in 0..width {
                    self.last.push(*data.get(at.checked_add(byte.checked_mul(*stride)?)?)?);
                }
                *at += 1;
                stored.value(&self.last)
            }
        }
    }
}

impl Stored {
    /// Bytes of a value; `None` where they differ, and for single bits.
    const fn width(self) -> Option<usize> {
        match self {
            Self::Boolean | Self::Bytes => None,
            Self::Int32 | Self::Float => Some(4),
            Self::Int64 | Self::Double => Some(8),
            Self::Int96 => Some(12),
            Self::Fixed(bytes) => Some(bytes),
        }
    }

    fn value(self, bytes: &[u8]) -> Option<Value<'_>> {
        Some(match self {
            Self::Boolean => return None,
            Self::Int32 => Value::Number(i64::from(i32::from_le_bytes(bytes.try_into().ok()?))),
            Self::Int64 => Value::Number(i64::from_le_bytes(bytes.try_into().ok()?)),
            Self::Float => Value::Float(f32::from_le_bytes(bytes.try_into().ok()?)),
            Self::Double => Value::Double(f64::from_le_bytes(bytes.try_into().ok()?)),
            Self::Fixed(width) if bytes.len() != width => return None,
            Self::Int96 | Self::Bytes | Self::Fixed(_) => Value::Bytes(bytes),
        })
    }
}
