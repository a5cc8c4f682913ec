//! Where lines end: at a newline, at a carriage return, or at both together, as editors and spreadsheets count them.

/// Line ends in `bytes`; a pair of both is one.
pub(super) fn line_ends(bytes: &[u8]) -> u64 {
    within(bytes, 0, bytes.len())
}

/// Line ends that stand at `from..to` of `bytes`; a pair counts where its newline stands.
fn within(bytes: &[u8], from: usize, to: usize) -> u64 {
    let part = bytes.get(from..to).unwrap_or_default();
    let newlines = memchr::memchr_iter(b'\n', part).count() as u64;
    if memchr::memchr(b'\r', part).is_none() {
        return newlines;
    }
    let alone = memchr::memchr_iter(b'\r', part).filter(|at| bytes.get(from + at + 1) != Some(&b'\n'));
    newlines + alone.count() as u64
}

/// Counts lines on the way through a piece of a file.
#[derive(Debug)]
pub(in crate::ingest) struct LineCount {
    /// Line of the place in hand, from 1.
    line: u64,
    at: usize,
}

impl LineCount {
    /// At the first byte of a piece that begins on `line`.
    pub(in crate::ingest) const fn new(line: u64) -> Self {
        Self { line, at: 0 }
    }

    /// The line of a place not before the last one asked for.
    pub(in crate::ingest) fn of(&mut self, bytes: &[u8], index: usize) -> u64 {
        self.line += within(bytes, self.at, index.max(self.at));
        self.at = index.max(self.at);
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_end_counts_once() {
        for (text, ends) in [("", 0), ("a", 0), ("a\nb\r\nc\rd", 3), ("\r\r\n\n", 3), ("\n\r", 2), ("a\r", 1)]
        {
            assert_eq!(line_ends(text.as_bytes()), ends, "{text:?}");
            let mut count = LineCount::new(1);
            for place in 0..=text.len() {
                count.of(text.as_bytes(), place);
            }
            assert_eq!(count.of(text.as_bytes(), text.len()), ends + 1, "{text:?} byte by byte");
        }
    }
}
