//! A text cut into pieces that end where a row ends, so that several threads can read it and know their lines.

use std::io::{self, Read};

use crate::diagnostic::Code;

use super::limits;
use super::lines::line_ends;

/// Bytes of one piece, as long as its rows are shorter.
const PIECE: usize = 1 << 20;

/// Bytes at the beginning that the header is looked for in first.
const HEAD: usize = 1 << 16;

/// Some consecutive rows of a file.
pub(in crate::ingest) struct Chunk {
    /// Line of its first byte in the file, from 1.
    pub first_line: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether it is the file's last.
    pub last: bool,
}

/// The pieces of a text.
pub(in crate::ingest) struct Chunks {
    text: Box<dyn Read + Send>,
    ready: Vec<u8>,
    /// Memory of pieces that were read, to be filled again.
    spare: Vec<Vec<u8>>,
    line: u64,
    delimiter: u8,
    ended: bool,
    /// Bytes that the header is looked for in.
    head: usize,
}

impl Chunks {
    pub(in crate::ingest) fn new(text: Box<dyn Read + Send>) -> Self {
        Self {
            text,
            ready: Vec::new(),
            spare: Vec::new(),
            line: 1,
            delimiter: b',',
            ended: false,
            head: HEAD,
        }
    }

    /// The beginning of the text, to find the header in, and whether it is all of it; it is not used up.
    pub(in crate::ingest) fn head(&mut self) -> io::Result<(&[u8], bool)> {
        self.fill(self.head)?;
        Ok((&self.ready, self.ended))
    }

    /// Makes the next beginning longer; `false` when it is as long as a header may be.
    pub(in crate::ingest) fn longer_head(&mut self) -> bool {
        let longer = (self.head * 4).min(limits::HEADER);
        std::mem::replace(&mut self.head, longer) < longer
    }

    /// Leaves out `bytes` at the beginning, which the header took, and says what stands between cells.
    pub(in crate::ingest) fn skip(&mut self, bytes: usize, delimiter: u8) {
        let bytes = whole_end(&self.ready, bytes.min(self.ready.len()));
        let rest = self.ready.split_off(bytes);
        self.line += line_ends(&self.ready);
        self.ready = rest;
        self.delimiter = delimiter;
    }

    fn fill(&mut self, least: usize) -> io::Result<()> {
        while self.ready.len() < least && !self.ended {
            let before = self.ready.len();
            let wanted = (least - before).max(1 << 12);
            self.ready.resize(before + wanted, 0);
            let room = self.ready.get_mut(before..).unwrap_or_default();
            let read = self.text.read(room);
            self.ready.truncate(before + read.as_ref().map_or(0, |count| *count));
            match read {
                Ok(count) => self.ended = count == 0,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// The next piece; `None` at the end. `used` is the memory of a piece that is done with.
    pub(in crate::ingest) fn next(&mut self, used: Option<Vec<u8>>) -> io::Result<Option<Chunk>> {
        self.spare.extend(used);
        let mut wanted = PIECE;
        loop {
            self.fill(wanted)?;
            if self.ended {
                let bytes = std::mem::take(&mut self.ready);
                let first_line = self.line;
                self.line += line_ends(&bytes);
                return Ok((!bytes.is_empty()).then_some(Chunk { first_line, bytes, last: true }));
            }
            let cut = self.last_row_end();
            if cut > 0 {
                let mut rest = self.spare.pop().unwrap_or_default();
                rest.clear();
                rest.extend_from_slice(self.ready.get(cut..).unwrap_or_default());
                self.ready.truncate(cut);
                let bytes = std::mem::replace(&mut self.ready, rest);
                let first_line = self.line;
                self.line += line_ends(&bytes);
                return Ok(Some(Chunk { first_line, bytes, last: false }));
            }
            if wanted > limits::ROW {
                let reason = format!(
                    "has a row of more than {} MB, which begins on line {}: a quote is opened there and never closed, or its lines do not end",
                    limits::ROW >> 20,
                    self.line
                );
                return Err(limits::Reported { code: Code::TooLarge, reason }.into());
            }
            wanted *= 2;
        }
    }

    /// Where the last row that is complete ends. A line end inside quotes ends no row.
    fn last_row_end(&self) -> usize {
        // What a last carriage return ends may go on with its newline.
        let (last, sure) = self.ready.split_last().map_or((0, &[][..]), |(last, rest)| (*last, rest));
        let sure = if last == b'\r' { sure } else { self.ready.as_slice() };
        if memchr::memchr(b'"', sure).is_none() {
            return memchr::memrchr2(b'\n', b'\r', sure).map_or(0, |index| index + 1);
        }
        let mut rows = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .from_reader(sure);
        let mut row = csv::ByteRecord::new();
        // The row after which nothing is left may go on in what is not read yet.
        let (mut end, mut before) = (0, 0);
        while let Ok(true) = rows.read_byte_record(&mut row) {
            before = end;
            end = usize::try_from(rows.position().byte()).unwrap_or(0);
        }
        whole_end(&self.ready, before)
    }
}

/// A place where a row ends, moved behind its newline when it stands between that and its carriage return.
fn whole_end(bytes: &[u8], end: usize) -> usize {
    let split = end > 0 && bytes.get(end - 1) == Some(&b'\r') && bytes.get(end) == Some(&b'\n');
    end + usize::from(split)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pieces_make_up_the_text_and_know_their_lines() {
        let row = "a,\"quoted\nname\",1\n";
        let text = row.repeat(3 * PIECE / row.len());
        let mut chunks = Chunks::new(Box::new(io::Cursor::new(text.clone().into_bytes())));
        let (mut all, mut pieces) = (Vec::new(), 0);
        while let Some(chunk) = chunks.next(None).unwrap() {
            assert_eq!(chunk.first_line, line_ends(&all) + 1);
            assert!(chunk.bytes.starts_with(b"a,\""), "a piece begins with a row");
            all.extend(chunk.bytes);
            pieces += 1;
        }
        assert!(pieces > 2);
        assert_eq!(all, text.into_bytes());
    }

    proptest! {
        #[test]
        fn nothing_is_lost_whatever_the_text(text in "[a\",\n\r]{0,300}", skip in 0..20_usize) {
            let mut chunks = Chunks::new(Box::new(io::Cursor::new(text.clone().into_bytes())));
            let head = chunks.head().unwrap().0.to_vec();
            // A pair of line ends is not taken apart.
            let skip = whole_end(&head, skip.min(head.len()));
            chunks.skip(skip, b',');
            let mut all = Vec::new();
            while let Some(chunk) = chunks.next(None).unwrap() {
                all.extend(chunk.bytes);
            }
            prop_assert_eq!(head.len(), text.len());
            prop_assert_eq!(&all, &head[skip.min(head.len())..]);
        }
    }

    /// A blank line is a row that is complete, and a piece of its own where the next row does not end in what is read with it.
    #[test]
    fn what_is_complete_does_not_wait_for_a_long_row() {
        let text = format!("\n{}\n", "a".repeat(2 * PIECE));
        let mut chunks = Chunks::new(Box::new(io::Cursor::new(text.into_bytes())));
        let mut next = || chunks.next(None).unwrap().map(|chunk| (chunk.first_line, chunk.bytes.len()));
        assert_eq!([next(), next(), next()], [Some((1, 1)), Some((2, 2 * PIECE + 1)), None]);
    }
}
