//! Thrift's compact protocol, as far as Parquet writes it: nothing is believed that the bytes left cannot hold.

use super::encodings::{varint, zigzag};

/// Values within values that are passed over at most.
const DEEPEST: u8 = 32;

/// Kinds of values, by the protocol's numbers.
pub(super) const TRUE: u8 = 1;
const FALSE: u8 = 2;
const LAST: u8 = 12;

/// Reads values one after the other; `None` where the bytes are not what they should be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compact<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Compact<'a> {
    pub(super) const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// Where the next value begins.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        varint(self.bytes, &mut self.at)
    }

    /// A whole number.
    pub(super) fn int(&mut self) -> Option<i64> {
        zigzag(self.bytes, &mut self.at)
    }

    /// A whole number that a small one must be.
    pub(super) fn small(&mut self) -> Option<i32> {
        i32::try_from(self.int()?).ok()
    }

    /// Bytes of any number.
    pub(super) fn binary(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.varint()?).ok()?;
        let bytes = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(bytes)
    }

    /// Text; what is not UTF-8 in it is replaced, because a name that nobody asks for must not matter.
    pub(super) fn text(&mut self) -> Option<String> {
        self.binary().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// Kind and number of the values of a list. Each takes a byte at least.
    pub(super) fn list(&mut self) -> Option<(u8, usize)> {
        let header = self.byte()?;
        let length = match header >> 4 {
            15 => usize::try_from(self.varint()?).ok()?,
            short => usize::from(short),
        };
        (length <= self.bytes.len().checked_sub(self.at)?).then_some((header & 0x0f, length))
    }

    /// Every value of a list of structures.
    pub(super) fn each<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let (_, length) = self.list()?;
        (0..length).map(|_| read(self)).collect()
    }

    /// Every field of a structure; `read` takes the value of the field with that number and kind.
    pub(super) fn fields(&mut self, mut read: impl FnMut(&mut Self, i16, u8) -> Option<()>) -> Option<()> {
        let mut field = 0_i16;
        loop {
            let header = self.byte()?;
            if header == 0 {
                return Some(());
            }
            field = match header >> 4 {
                0 => i16::try_from(self.int()?).ok()?,
                step => field.checked_add(i16::from(step))?,
            };
            read(self, field, header & 0x0f)?;
        }
    }

    /// Passes over a value.
    pub(super) fn skip(&mut self, kind: u8) -> Option<()> {
        self.skip_within(kind, DEEPEST)
    }

    fn skip_within(&mut self, kind: u8, depth: u8) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            TRUE | FALSE => {}
            3 => drop(self.byte()?),
            4..=6 => drop(self.varint()?),
            7 => {
                self.at = self.at.checked_add(8).filter(|at| *at <= self.bytes.len())?;
            }
            8 => drop(self.binary()?),
            9 | 10 => {
                let (kind, length) = self.list()?;
                for _ in 0..length {
                    match kind {
                        TRUE | FALSE => drop(self.byte()?),
                        kind => self.skip_within(kind, depth)?,
                    }
                }
            }
            LAST => self.fields(|reader, _, kind| reader.skip_within(kind, depth))?,
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lists_are_read_and_what_cannot_be_is_not() {
        assert_eq!(Compact::new(&[0x96, 0x01], 0).int(), Some(75));
        assert_eq!(Compact::new(&[1], 0).int(), Some(-1));
        assert_eq!(Compact::new(&[0x80; 12], 0).int(), None, "never ends");
        assert_eq!(Compact::new(&[0x28, 1, b'a', 1, b'b'], 0).each(Compact::text).unwrap(), ["a", "b"]);
        assert_eq!(Compact::new(&[0xf8, 0xff, 0xff, 0x7f], 0).list(), None, "more than there is room for");
        // Structures in structures, a thousand deep.
        assert_eq!(Compact::new(&[0x1c; 1000], 0).skip(12), None);
    }
}
