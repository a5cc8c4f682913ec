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

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(stored: Stored, optional: bool) -> Shape {
        Shape { stored, meaning: None, optional }
    }

    /// `n` values of a page that begins at the second byte, written in an encoding, with a dictionary of so many values.
    fn values(
        stored: Stored,
        encoding: i32,
        data: &[u8],
        (dictionary, entries): (&[u8], u64),
        n: usize,
    ) -> Vec<String> {
        let room = std::cell::Cell::new(0);
        let mut column = Column::new(&[], shape(stored, false), Piece::default(), 0, &room).unwrap();
        column.dictionary = dictionary.to_vec();
        column.index(entries).unwrap();
        column.data = [&[9], data].concat();
        column.begin(encoding, 1).unwrap();
        (0..n)
            .map(|_| column.value().map_or_else(|| "end".to_owned(), |value| format!("{value:?}")))
            .collect()
    }

    /// The same three values in every encoding that there is for them.
    #[test]
    fn values_are_read_as_they_are_written() {
        let none: (&[u8], u64) = (&[], 0);
        let bits = |of: [bool; 3]| of.map(|bit| format!("Boolean({bit})"));
        assert_eq!(values(Stored::Boolean, 0, &[0b101], none, 3), bits([true, false, true]));
        // A run of three; its bytes are two.
        assert_eq!(values(Stored::Boolean, 3, &[2, 0, 0, 0, 6, 1], none, 3), bits([true; 3]));
        let numbers = ["Number(7)", "Number(-2)", "end"];
        let plain = [7_i32.to_le_bytes(), (-2_i32).to_le_bytes()].concat();
        assert_eq!(values(Stored::Int32, 0, &plain, none, 3), numbers);
        // Byte by byte: the first bytes of both, their second ones, ...
        assert_eq!(values(Stored::Int32, 9, &[7, 0xfe, 0, 0xff, 0, 0xff, 0, 0xff], none, 3), numbers);
        // 7 (14 in zigzag) and a difference of -9 (17), in no bits.
        assert_eq!(values(Stored::Int64, 5, &[128, 1, 4, 2, 14, 17, 0, 0, 0, 0], none, 3), numbers);
        let long = [7_i64.to_le_bytes(), (-2_i64).to_le_bytes()].concat();
        assert_eq!(values(Stored::Int64, 0, &long, none, 3), numbers);
        // Places 0 and 1 of a dictionary in one bit each: a group of eight.
        assert_eq!(values(Stored::Int32, 8, &[1, 3, 0b10], (&plain, 2), 2), numbers[..2]);
        let texts = ["Bytes([97, 98])", "Bytes([99])"];
        let named = [2, 0, 0, 0, 97, 98, 1, 0, 0, 0, 99];
        assert_eq!(values(Stored::Bytes, 0, &named, none, 2), texts);
        assert_eq!(values(Stored::Bytes, 2, &[1, 3, 0b10], (&named, 2), 2), texts);
        // Lengths of 2 and 1, then the letters; a second text that keeps one letter of the first.
        let lengths = [128, 1, 4, 2, 4, 1, 0, 0, 0, 0];
        assert_eq!(values(Stored::Bytes, 6, &[&lengths[..], b"abc"].concat(), none, 2), texts);
        let kept = [128, 1, 4, 2, 0, 2, 0, 0, 0, 0];
        let prefixed = [&kept[..], &lengths, b"abc"].concat();
        assert_eq!(values(Stored::Bytes, 7, &prefixed, none, 2), [texts[0], "Bytes([97, 99])"]);
        // Of a column of two bytes each both have two; of one of three none has.
        assert_eq!(values(Stored::Fixed(2), 7, &prefixed, none, 2), [texts[0], "Bytes([97, 99])"]);
        assert_eq!(values(Stored::Fixed(3), 7, &prefixed, none, 1), ["end"]);
    }

    /// Three rows of an optional column on a page of the second form whose values are packed: those without any value pack nothing.
    #[test]
    fn a_page_of_the_second_form_says_which_rows_have_a_value() {
        let read = |levels: [u8; 2], packed: &[u8], unpacked: u8, codec: i32| {
            let size = 2 + u8::try_from(packed.len()).unwrap();
            // Kind 3, unpacked and packed bytes; three values, of three rows, plain; two bytes of levels, none of repetition; packed.
            let header = [
                0x15,
                6,
                0x15,
                2 * (2 + unpacked),
                0x15,
                2 * size,
                0x5c,
                0x15,
                6,
                0x15,
                0,
                0x15,
                6,
                0x15,
                0,
                0x15,
                4,
                0x15,
                0,
                0x11,
                0,
                0,
            ];
            let file = [&header[..], &levels, packed].concat();
            let piece =
                Piece { codec, values: 3, packed: i64::try_from(file.len()).unwrap(), ..Piece::default() };
            let room = std::cell::Cell::new(100);
            let mut column = Column::new(&file, shape(Stored::Int32, true), piece, 3, &room).unwrap();
            let found: Vec<String> =
                (0..3).map(|_| column.next().map_or_else(|e| e, |value| format!("{value:?}"))).collect();
            (found, room.get())
        };
        // A run of three rows without a value; then one of eight bits: the first and third have one.
        assert_eq!(read([6, 0], &[], 0, 1), (vec!["Null".to_owned(); 3], 98));
        let value = [7_i32.to_le_bytes(), 8_i32.to_le_bytes()].concat();
        let packed = snap::raw::Encoder::new().compress_vec(&value).unwrap();
        let seven = ["Number(7)", "Null", "Number(8)"].map(str::to_owned).to_vec();
        assert_eq!(read([3, 0b101], &packed, 8, 1), (seven.clone(), 90));
        assert_eq!(read([3, 0b101], &value, 8, 0), (seven, 90));
        assert_eq!(read([3, 0b101], &[], 8, 0).0[0], "is damaged: a page has another length than it says");
    }
}
