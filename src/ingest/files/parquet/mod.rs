//! Parquet files: only the columns that an export needs are read, a page of each at a time, whatever stands in the others.
//!
//! Every length and count that the file claims is held against the bytes that it has before memory is taken for it. No
//! file can make the reader panic or take more memory than `docs/reference/exports.md` says.

mod encodings;
mod footer;
mod guard;
mod page;
mod page_header;
mod text;
mod thrift;
mod unpack;
mod zone;

use std::cell::Cell;
use std::path::Path;

use csv::StringRecord;

use crate::diagnostic::{Code, Diagnostic, Place};

use footer::{Footer, Meaning, Stored};
pub(super) use guard::quietly;
use page::Column;
use text::Form;

/// First and last bytes of every Parquet file.
pub(super) const MARK: &[u8; 4] = b"PAR1";

/// Rows that a file may always claim to have, and how many more a byte of it.
const ROWS: u64 = 1_000_000;
const ROWS_A_BYTE: u64 = 10;

/// A Parquet file, its end understood.
pub(in crate::ingest) struct Parquet {
    bytes: Vec<u8>,
    footer: Footer,
    /// Where the footer begins.
    end: usize,
}

/// Why a file cannot be read, and in which column and row if it is one of them.
#[derive(Debug)]
pub(in crate::ingest) struct Refused {
    pub column: Option<String>,
    pub row: u64,
    pub reason: String,
}

impl Refused {
    /// As a problem of the file.
    pub(in crate::ingest) fn reported(self, path: &Path) -> Diagnostic {
        let code = if self.reason == page::TOO_LARGE { Code::TooLarge } else { Code::DamagedFile };
        // A row's line is its number plus one, as if it had a header line; a column as a whole has none.
        let line = if self.row > 0 { self.row + 1 } else { 0 };
        let reason = match self.column {
            Some(column) => format!("its column `{column}` {}", self.reason),
            None => self.reason,
        };
        Diagnostic::error(code, Place { path: path.to_owned(), line, ..Place::default() }, reason)
    }
}

impl Parquet {
    /// Understands a file that begins with [`MARK`].
    pub(in crate::ingest) fn open(bytes: Vec<u8>) -> Result<Self, String> {
        let broken = || {
            "is a Parquet file that is damaged or cut off: its end does not say where its columns are"
                .to_owned()
        };
        let length = bytes.len();
        let tail = bytes.last_chunk::<8>().filter(|_| length >= 12).ok_or_else(broken)?;
        if !tail.ends_with(MARK) {
            return Err(broken());
        }
        let size = u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]) as usize;
        let end = (length - 8).checked_sub(size).filter(|end| *end >= 4).ok_or_else(broken)?;
        let footer = bytes.get(end..length - 8).and_then(Footer::read).ok_or_else(broken)?;
        let rows: u64 = footer.groups.iter().map(|group| group.rows.unsigned_abs()).sum();
        let most = ROWS.max(ROWS_A_BYTE.saturating_mul(length as u64));
        if rows > most {
            return Err(format!("claims {rows} rows in {length} bytes: that is no export"));
        }
        Ok(Self { bytes, footer, end })
    }

    /// Names of its columns.
    pub(in crate::ingest) fn names(&self) -> Vec<String> {
        self.footer.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// Whether a column holds days or moments, which need no reading of text.
    pub(in crate::ingest) fn holds_days(&self, index: usize) -> bool {
        let shape = self.footer.columns.get(index).and_then(|column| column.shape.as_ref().ok());
        shape.is_some_and(|shape| {
            shape.stored == Stored::Int96
                || matches!(shape.meaning, Some(Meaning::Date | Meaning::Timestamp(..)))
        })
    }

    /// Reads every row; cells of columns that are not `wanted` are empty. `room`: bytes that pages may unpack to.
    pub(in crate::ingest) fn rows(
        &self,
        wanted: &[usize],
        room: u64,
        mut each: impl FnMut(&mut StringRecord),
    ) -> Result<(), Refused> {
        let file = self.bytes.get(..self.end).unwrap_or_default();
        let room = Cell::new(room);
        let of_column = |index: usize, row: u64, reason: String| Refused {
            column: self.footer.columns.get(index).map(|column| column.name.clone()),
            row,
            reason,
        };
        let mut forms: Vec<Option<(usize, Form)>> = self.footer.columns.iter().map(|_| None).collect();
        for index in wanted {
            let Some(column) = self.footer.columns.get(*index) else { continue };
            let form = column
                .shape
                .clone()
                .and_then(|shape| Form::new(shape, &self.footer.zones, &column.name))
                .map_err(|reason| of_column(*index, 0, reason))?;
            if let Some(slot) = forms.get_mut(*index) {
                *slot = Some((column.leaf, form));
            }
        }
        let (mut record, mut text, mut row) = (StringRecord::new(), String::new(), 0);
        for group in &self.footer.groups {
            let mut columns = Vec::with_capacity(forms.len());
            for (index, wanted) in forms.iter().enumerate() {
                let column = wanted.as_ref().and_then(|(leaf, form)| {
                    let shape = self.footer.columns.get(index)?.shape.as_ref().ok()?;
                    Some((Column::new(file, *shape, *group.pieces.get(*leaf)?, group.rows, &room), form))
                });
                columns.push(match column {
                    None => None,
                    Some((Ok(column), form)) => Some((column, form)),
                    Some((Err(reason), _)) => return Err(of_column(index, 0, reason)),
                });
            }
            for _ in 0..group.rows {
                row += 1;
                record.clear();
                for (index, column) in columns.iter_mut().enumerate() {
                    text.clear();
                    if let Some((column, form)) = column {
                        column
                            .next()
                            .and_then(|value| form.write(value, &mut text))
                            .map_err(|reason| of_column(index, row, reason))?;
                    }
                    record.push_field(&text);
                }
                each(&mut record);
            }
        }
        Ok(())
    }
}
