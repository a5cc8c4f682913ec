//! One CSV file: its header bound to column names, its rows handed out one by one, its problems kept.

use std::fmt;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use csv::ByteRecord;

use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::domain::Month;
use crate::job::{Catalogue, Export, ModelId};

use super::cell::{self, Wrong};

/// A column that an export has, by wafercast's name and the other names it is known by.
#[derive(Debug)]
pub(super) struct Column {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub required: bool,
}

/// A column that must be there.
pub(super) const fn required(name: &'static str, aliases: &'static [&'static str]) -> Column {
    Column { name, aliases, required: true }
}

/// A column that may be absent.
pub(super) const fn optional(name: &'static str, aliases: &'static [&'static str]) -> Column {
    Column { name, aliases, required: false }
}

/// A row that was left out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Rejected(pub Diagnostic);

/// A file being read.
pub(super) struct Table<'a> {
    path: PathBuf,
    export: &'a Export,
    columns: &'static [Column],
    /// Position of each column in the file, by the order of `columns`.
    positions: Vec<Option<usize>>,
    headers: Vec<String>,
    body: csv::Reader<&'a [u8]>,
    /// Everything found wrong so far.
    pub problems: Vec<Diagnostic>,
}

impl<'a> Table<'a> {
    /// Binds the header of `bytes`; problems of the header are errors and leave no table.
    pub(super) fn open(
        path: &Path,
        bytes: &'a [u8],
        export: &'a Export,
        columns: &'static [Column],
    ) -> Result<Self, Vec<Diagnostic>> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(vec![Diagnostic::error(Code::EmptyFile, Place::file(path), "is empty")]);
        }
        if let Err(reason) = text_or_reason(bytes) {
            return Err(vec![Diagnostic::error(Code::NotText, Place::file(path), reason)]);
        }
        let mut body = csv::ReaderBuilder::new()
            .delimiter(u8::try_from(export.delimiter).unwrap_or(b','))
            .flexible(true)
            .from_reader(bytes);
        let headers: Vec<String> = match body.headers() {
            Ok(headers) => headers.iter().map(|h| h.trim().to_owned()).collect(),
            Err(e) => return Err(vec![Diagnostic::error(Code::NotText, Place::file(path), e.to_string())]),
        };
        let (positions, problems) = bind(path, &headers, export, columns);
        if problems.is_empty() {
            let path = path.to_owned();
            Ok(Self { path, export, columns, positions, headers, body, problems })
        } else {
            Err(problems)
        }
    }

    /// Whether the file has this column.
    pub(super) fn has(&self, column: usize) -> bool {
        self.positions[column].is_some()
    }

    /// Reads the next row whose cells match the header in number into `row`; others are told and passed over.
    /// `false` at the end of the file.
    pub(super) fn next_row(&mut self, row: &mut Row) -> bool {
        loop {
            let more = self.body.read_byte_record(&mut row.record);
            row.line = row.record.position().map_or(0, csv::Position::line);
            match more {
                Ok(false) => return false,
                Ok(true) => {}
                Err(e) => {
                    let place = Place { path: self.path.clone(), line: row.line, ..Place::default() };
                    self.problems.push(Diagnostic::error(Code::NotText, place, e.to_string()));
                    return false;
                }
            }
            if row.record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            if row.record.len() == self.headers.len() {
                return true;
            }
            let cells = row.record.len();
            let reason = format!("the row has {cells} cells, the header has {}", self.headers.len());
            self.reject(row.line, None, "", (Code::WrongCellCount, reason));
        }
    }

    /// The header's name of a column, for messages about the unit it may carry.
    pub(super) fn header_of(&self, column: usize) -> Option<&str> {
        self.positions[column].map(|p| self.headers[p].as_str())
    }

    /// A cell's text without blanks around it; `None` when the cell is empty or the column absent.
    pub(super) fn text<'r>(&self, row: &'r Row, column: usize) -> Option<&'r str> {
        let cell = row.record.get(self.positions[column]?)?;
        // The whole file was checked to be UTF-8, and cell borders are ASCII.
        let text = std::str::from_utf8(cell).unwrap_or_default().trim();
        (!text.is_empty()).then_some(text)
    }

    /// Says that a cell, or with no column the row, cannot be used.
    pub(super) fn reject(&mut self, line: u64, column: Option<usize>, value: &str, (code, reason): Wrong) {
        let column = column.map(|c| self.header_of(c).unwrap_or(self.columns[c].name).to_owned());
        let place = Place {
            path: self.path.clone(),
            line,
            column: column.unwrap_or_default(),
            value: value.to_owned(),
        };
        self.problems.push(Diagnostic { place, code, severity: Severity::Error, reason });
    }

    /// A cell that must have a value.
    fn need<'r, T>(
        &mut self,
        row: &'r Row,
        column: usize,
        parse: impl FnOnce(&'r str, &Export) -> Result<T, Wrong>,
    ) -> Option<T> {
        if self.text(row, column).is_none() {
            self.reject(row.line, Some(column), "", (Code::EmptyCell, "is empty".to_owned()));
            return None;
        }
        self.maybe(row, column, parse).flatten()
    }

    /// A cell that may be empty: `None` when it is wrong, `Some(None)` when it is empty.
    fn maybe<'r, T>(
        &mut self,
        row: &'r Row,
        column: usize,
        parse: impl FnOnce(&'r str, &Export) -> Result<T, Wrong>,
    ) -> Option<Option<T>> {
        let Some(text) = self.text(row, column) else { return Some(None) };
        match parse(text, self.export) {
            Ok(value) => Some(Some(value)),
            Err(wrong) => {
                self.reject(row.line, Some(column), text, wrong);
                None
            }
        }
    }

    pub(super) fn need_text<'r>(&mut self, row: &'r Row, column: usize) -> Option<&'r str> {
        self.need(row, column, |text, _| Ok(text))
    }

    pub(super) fn need_date(&mut self, row: &Row, column: usize) -> Option<NaiveDate> {
        self.need(row, column, |text, export| cell::date(text, &export.date_format))
    }

    pub(super) fn maybe_date(&mut self, row: &Row, column: usize) -> Option<Option<NaiveDate>> {
        self.maybe(row, column, |text, export| cell::date(text, &export.date_format))
    }

    pub(super) fn need_month(&mut self, row: &Row, column: usize) -> Option<Month> {
        self.need(row, column, |text, export| cell::month(text, &export.date_format))
    }

    pub(super) fn need_integer(&mut self, row: &Row, column: usize, least: u32, most: u32) -> Option<u32> {
        self.need(row, column, |text, export| cell::integer(text, least, most, export.decimal_mark))
    }

    pub(super) fn maybe_integer(&mut self, row: &Row, column: usize) -> Option<Option<u32>> {
        self.maybe(row, column, |text, export| cell::integer(text, 0, u32::MAX, export.decimal_mark))
    }

    pub(super) fn maybe_amount(&mut self, row: &Row, column: usize) -> Option<Option<f64>> {
        self.maybe(row, column, |text, export| cell::amount(text, export.decimal_mark))
    }

    pub(super) fn need_above_zero(&mut self, row: &Row, column: usize) -> Option<f64> {
        self.need(row, column, |text, export| match cell::decimal(text, export.decimal_mark)? {
            value if value > 0.0 => Ok(value),
            _ => Err((Code::BadNumber, "must be above 0".to_owned())),
        })
    }

    pub(super) fn need_model(&mut self, row: &Row, column: usize, catalogue: &Catalogue) -> Option<ModelId> {
        self.need(row, column, |text, _| {
            catalogue.find(text).ok_or_else(|| {
                let known: Vec<&str> = catalogue.models.iter().map(crate::job::Model::name).collect();
                (Code::UnknownModel, format!("is not a model of the job (known: {})", known.join(", ")))
            })
        })
    }

    /// One of a few words, in any case.
    pub(super) fn need_word<T: Copy>(&mut self, row: &Row, column: usize, words: &[(&str, T)]) -> Option<T> {
        self.need(row, column, |text, _| {
            words
                .iter()
                .find(|(word, _)| word.eq_ignore_ascii_case(text))
                .map(|(_, value)| *value)
                .ok_or_else(|| {
                    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                    (Code::BadWord, format!("is not one of {}", known.join(", ")))
                })
        })
    }
}

impl fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("path", &self.path).finish_non_exhaustive()
    }
}

/// One row of a table.
#[derive(Debug, Default)]
pub(super) struct Row {
    record: ByteRecord,
    /// Line on which it begins, 1 is the header.
    pub line: u64,
}

fn text_or_reason(bytes: &[u8]) -> Result<(), String> {
    if bytes.contains(&0) {
        return Err("holds NUL bytes: it is not a text file".to_owned());
    }
    std::str::from_utf8(bytes).map(|_| ()).map_err(|e| {
        let line = bytes.iter().take(e.valid_up_to()).filter(|b| **b == b'\n').count() + 1;
        format!("is not UTF-8 text (first bad byte on line {line})")
    })
}

/// Position of each column, found by the job's name for it, else by its own name, else by an alias.
fn bind(
    path: &Path,
    headers: &[String],
    export: &Export,
    columns: &[Column],
) -> (Vec<Option<usize>>, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    for renamed in export.columns.keys() {
        if !columns.iter().any(|c| c.name == renamed) {
            let known: Vec<&str> = columns.iter().map(|c| c.name).collect();
            let reason = format!(
                "the job renames `{renamed}`, which is not a column of this export (known: {})",
                known.join(", ")
            );
            problems.push(Diagnostic::error(Code::MissingColumn, Place::file(path), reason));
        }
    }
    let find = |name: &str| -> Vec<usize> {
        headers.iter().enumerate().filter(|(_, h)| h.eq_ignore_ascii_case(name)).map(|(i, _)| i).collect()
    };
    let positions = columns
        .iter()
        .map(|column| {
            let found: Vec<usize> = match export.columns.get(column.name) {
                Some(renamed) => find(renamed),
                None => {
                    std::iter::once(&column.name).chain(column.aliases).flat_map(|name| find(name)).collect()
                }
            };
            let wanted = export.columns.get(column.name).map_or(column.name, String::as_str);
            let mut say = |code, reason| {
                let place = Place { path: path.to_owned(), line: 1, ..Place::default() };
                problems.push(Diagnostic::error(code, place, reason));
            };
            match found.as_slice() {
                [one] => Some(*one),
                [] => {
                    if column.required || export.columns.contains_key(column.name) {
                        let header = headers.join(", ");
                        say(Code::MissingColumn, format!("has no column `{wanted}` (its columns: {header})"));
                    }
                    None
                }
                several => {
                    let names: Vec<&str> = several.iter().map(|i| headers[*i].as_str()).collect();
                    let names = names.join("`, `");
                    say(
                        Code::AmbiguousColumn,
                        format!("has several columns for `{}`: `{names}`", column.name),
                    );
                    None
                }
            }
        })
        .collect();
    (positions, problems)
}
