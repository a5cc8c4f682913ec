//! A published vintage that people look at again: its tables and its summary, as they were published.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::publish::{Manifest, VintageName, Wanted, opened};
use crate::table::{Column, Spec};

use super::read::{Row, as_published, has, rows};

/// A vintage that stands.
#[derive(Debug)]
pub struct Stored {
    /// Its name.
    pub name: VintageName,
    /// Its manifest.
    pub manifest: Manifest,
    folder: PathBuf,
    specs: &'static [&'static Spec],
}

impl Stored {
    /// The vintage of an output folder that is wanted; `specs` says what its tables hold.
    ///
    /// # Errors
    /// As [`opened`].
    pub fn open(out: &Path, wanted: Wanted, specs: &'static [&'static Spec]) -> Result<Self, Error> {
        let (name, manifest) = opened(out, wanted)?;
        Ok(Self { folder: out.join(name.to_string()), name, manifest, specs })
    }

    /// The rows of a table; none where the vintage was published without it.
    ///
    /// # Errors
    /// [`Error::Folder`] when its files are gone or no longer what was published.
    pub(crate) fn rows(&self, table: &str) -> Result<Vec<StoredRow>, Error> {
        if !has(&self.manifest, table) {
            return Ok(Vec::new());
        }
        let rows = rows(&self.folder, &self.manifest, table, self.specs);
        Ok(rows.map_err(|reason| self.damaged(&reason))?.into_iter().map(StoredRow).collect())
    }

    /// `summary.md`.
    ///
    /// # Errors
    /// As [`Self::rows`].
    pub(crate) fn summary(&self) -> Result<String, Error> {
        let bytes = as_published(&self.folder, &self.manifest, "summary.md");
        let bytes = bytes.and_then(|bytes| bytes.ok_or_else(|| "summary.md is gone".to_owned()));
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).map_err(|e| format!("summary.md: {e}")));
        text.map_err(|reason| self.damaged(&reason))
    }

    fn damaged(&self, reason: &str) -> Error {
        Error::Folder(format!(
            "cannot read {}: {reason}\nhint: restore it from a backup, or run the job again, which makes a revision",
            self.name
        ))
    }
}

/// A row of a published table.
#[derive(Clone, Debug)]
pub(crate) struct StoredRow(Row);

impl StoredRow {
    /// A cell as it was published; empty where it is missing or the vintage does not have the column.
    pub(crate) fn text(&self, column: Column) -> &str {
        self.0.get(column.name).map_or("", String::as_str)
    }

    /// A number; `None` where there is none.
    pub(crate) fn number(&self, column: Column) -> Option<f64> {
        self.text(column).parse().ok()
    }

    /// A whole number; `None` where there is none.
    pub(crate) fn whole(&self, column: Column) -> Option<i64> {
        self.text(column).parse().ok()
    }

    /// A month as `YYYY-MM`; empty where there is none.
    pub(crate) fn month(&self, column: Column) -> &str {
        self.text(column).get(..7).unwrap_or_default()
    }

    /// Whether a cell has this text.
    pub(crate) fn is(&self, column: Column, text: &str) -> bool {
        self.text(column) == text
    }

    #[cfg(test)]
    pub(crate) fn of(cells: &[(Column, &str)]) -> Self {
        Self(cells.iter().map(|(column, text)| (column.name.to_owned(), (*text).to_owned())).collect())
    }
}
