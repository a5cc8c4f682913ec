//! The cells of one row. Rows of a piece without quotes and carriage returns are cut eight bytes at a time, where they lie;
//! all others by the `csv` crate. A test holds the two against each other.

use csv::StringRecord;

/// One row of a table.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Row<'t> {
    /// The text that its cells stand in.
    text: &'t str,
    /// Where its first cell begins.
    begin: usize,
    /// Where each cell ends.
    ends: Vec<usize>,
    /// Bytes between cells.
    gap: usize,
    /// Line on which it begins, 1 is the header.
    pub line: u64,
    /// Piece of the file that it is in, by the line on which that begins.
    pub piece: u64,
}

impl<'t> Row<'t> {
    /// A cell as it stands in the file; `None` where the row has fewer.
    pub(in crate::ingest) fn get(&self, index: usize) -> Option<&'t str> {
        let end = *self.ends.get(index)?;
        let begin = match index.checked_sub(1) {
            None => self.begin,
            Some(before) => self.ends.get(before)? + self.gap,
        };
        self.text.get(begin..end)
    }

    /// How many cells it has.
    pub(in crate::ingest) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Its cells.
    pub(in crate::ingest) fn cells(&self) -> impl Iterator<Item = &'t str> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// The row of a record; `memory` is that of a row before it.
    pub(in crate::ingest) fn of(record: &'t StringRecord, memory: Row<'_>) -> Self {
        let Row { mut ends, line, piece, .. } = memory;
        ends.clear();
        ends.extend((0..record.len()).filter_map(|index| record.range(index)).map(|range| range.end));
        Self { text: record.as_slice(), begin: 0, ends, gap: 0, line, piece }
    }

    /// The memory of a row, for a row of another text.
    pub(in crate::ingest) fn emptied<'n>(self) -> Row<'n> {
        let Row { mut ends, line, piece, .. } = self;
        ends.clear();
        Row { ends, line, piece, ..Row::default() }
    }

    /// Before a row of `text` that begins on `line`.
    pub(in crate::ingest) fn of_text(text: &'t str, line: u64, piece: u64) -> Self {
        Self { text, gap: 1, line, piece, ..Self::default() }
    }

    /// Moves on to the row that begins at `from`; returns where the next one does. `None` at the end of the text.
    pub(in crate::ingest) fn cut(&mut self, from: usize, delimiter: u8) -> Option<usize> {
        let bytes = self.text.as_bytes();
        if from >= bytes.len() {
            return None;
        }
        self.begin = from;
        self.ends.clear();
        let (delimiters, newlines) = (pattern(delimiter), pattern(b'\n'));
        let mut at = from;
        while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            let word = u64::from_le_bytes(*word);
            let newline = zeros(word ^ newlines);
            let mut marks = zeros(word ^ delimiters) | newline;
            while marks != 0 {
                let mark = marks.trailing_zeros();
                let index = at + (mark / 8) as usize;
                self.ends.push(index);
                if newline >> mark & 1 == 1 {
                    return Some(index + 1);
                }
                marks &= marks - 1;
            }
            at += 8;
        }
        for (index, byte) in bytes.iter().enumerate().skip(at) {
            if *byte == delimiter || *byte == b'\n' {
                self.ends.push(index);
            }
            if *byte == b'\n' {
                return Some(index + 1);
            }
        }
        self.ends.push(bytes.len());
        Some(bytes.len())
    }

    /// Whether nothing stands on its line: such a line is no row.
    pub(in crate::ingest) fn is_empty_line(&self) -> bool {
        self.ends.as_slice() == [self.begin]
    }
}

/// Whether [`Row::cut`] cuts the rows of a text as the `csv` crate does, where they are without quotes.
pub(in crate::ingest) fn is_plain(text: &str, delimiter: u8) -> bool {
    // The crate leaves out a byte order mark where it begins to read, which may be at any row with a quote.
    memchr::memchr(b'\r', text.as_bytes()).is_none()
        && !matches!(delimiter, b'"' | b'\r' | b'\n')
        && !text.contains('\u{feff}')
}

/// A byte eight times.
const fn pattern(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of every byte that is 0, exactly.
const fn zeros(word: u64) -> u64 {
    const LOW: u64 = pattern(0x7f);
    // No byte carries into the next: each is at most 0xfe.
    !(((word & LOW) + LOW) | word | LOW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Cells and lines of the rows of a text.
    fn cut(text: &str, delimiter: u8) -> Vec<(u64, Vec<String>)> {
        let (mut row, mut at, mut rows) = (Row::of_text(text, 1, 1), 0, Vec::new());
        while let Some(next) = row.cut(at, delimiter) {
            at = next;
            if !row.is_empty_line() {
                rows.push((row.line, row.cells().map(str::to_owned).collect()));
            }
            row.line += 1;
        }
        rows
    }

    fn by_crate(text: &str, delimiter: u8) -> Vec<(u64, Vec<String>)> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let (mut record, mut rows) = (StringRecord::new(), Vec::new());
        while reader.read_record(&mut record).unwrap() {
            let row = Row::of(&record, Row::default());
            let cells: Vec<String> = row.cells().map(str::to_owned).collect();
            let crate_has: Vec<String> = record.iter().map(str::to_owned).collect();
            assert_eq!(cells, crate_has);
            let begin = usize::try_from(record.position().unwrap().byte()).unwrap();
            let blank = text[begin..].bytes().take_while(|b| *b == b'\n').count();
            let before = &text[..begin + blank];
            rows.push((before.matches('\n').count() as u64 + 1, cells));
        }
        rows
    }

    proptest! {
        #[test]
        fn rows_are_cut_as_the_csv_crate_cuts_them(text in "[a,;\\x2b\\x2d\u{7f}\u{80}矿 \n]{0,80}") {
            prop_assert!(is_plain(&text, b','));
            for delimiter in [b',', b';'] {
                prop_assert_eq!(cut(&text, delimiter), by_crate(&text, delimiter));
            }
        }
    }
}
