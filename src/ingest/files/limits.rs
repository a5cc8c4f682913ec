//! How much of a file is read at most. An export is written by a machine that means well; what is larger than these is
//! no export, and would take the memory of the whole machine. `docs/reference/exports.md` names them.

use std::io::{self, Read};

use crate::diagnostic::Code;

/// Bytes that a packed file may always unpack to, unless the job says otherwise.
pub(in crate::ingest) const UNPACKED: u64 = 64 << 20;

/// How many times its own size it may unpack to where that is more: text packs to a tenth, and the dullest to a fiftieth.
const TIMES: u64 = 100;

/// Most bytes of one row: beyond it a quote was opened and never closed.
pub(super) const ROW: usize = 16 << 20;

/// Most bytes above and in the header.
pub(in crate::ingest) const HEADER: usize = 1 << 20;

/// Most bytes of JSON, and most objects and lists in it: it is held in memory as a whole.
pub(super) const JSON: u64 = 16 << 20;
pub(super) const JSON_ROWS: usize = 400_000;

/// Bytes that a file of this size may unpack to, where the job allows so many.
pub(in crate::ingest) fn unpacked(size: u64, allowed: u64) -> u64 {
    allowed.max(size.saturating_mul(TIMES))
}

/// What is wrong with a file, found on the way through its bytes.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(in crate::ingest) struct Reported {
    /// What kind of problem.
    pub code: Code,
    /// The reason, as a sentence fragment.
    pub reason: String,
}

impl From<Reported> for io::Error {
    fn from(reported: Reported) -> Self {
        Self::new(io::ErrorKind::InvalidData, reported)
    }
}

/// Passes bytes on until there are too many.
pub(super) struct Limited<R> {
    inner: R,
    left: u64,
    most: u64,
    what: &'static str,
}

impl<R> Limited<R> {
    pub(super) const fn new(inner: R, most: u64, what: &'static str) -> Self {
        Self { inner, left: most, most, what }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| Reported {
            code: Code::TooLarge,
            reason: format!("{} more than {} MB, the most that is read", self.what, self.most >> 20),
        })?;
        Ok(count)
    }
}
