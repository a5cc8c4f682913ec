//! Cells of a row as typed values; what is wrong is kept with its place and the reading goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::Month;
use crate::ingest::names::{folded, near};
use crate::job::{Catalogue, DateFormat, Export, ModelId};

use super::empty::{looks_empty, stands_for_none};
use super::layout::{Column, Layout};
use super::number::{self, Evidence};
use super::seen::Seen;
use super::{Wrong, currency, dates};

pub(in crate::ingest) use crate::ingest::files::record::Row;

/// Least and most of a market value, in whatever unit it is given: hashes a second are the largest.
const MARKET_RANGE: (f64, f64) = (1e-12, 1e25);

/// A market value, or 0.
fn market_value(value: f64) -> Result<f64, Wrong> {
    match value {
        value if value == 0.0 || (MARKET_RANGE.0..=MARKET_RANGE.1).contains(&value) => Ok(value),
        value if value > 0.0 => {
            Err((Code::BadNumber, format!("must lie between {:e} and {:e}", MARKET_RANGE.0, MARKET_RANGE.1)))
        }
        _ => Err((Code::BadNumber, "must be above 0".to_owned())),
    }
}

/// Most of any other number.
const MOST_NUMBER: f64 = 1e15;

/// Most problems of one file that are kept; the rest are counted.
const MOST_PROBLEMS: usize = 100_000;

/// A number or day without the apostrophe that spreadsheets put before what is to stay text.
fn unquoted(text: &str) -> &str {
    let rest = text.strip_prefix(['\'', '\u{2019}']);
    rest.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '-')).unwrap_or(text)
}

/// A row that was left out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Rejected(pub Diagnostic);

/// What was found on the way through a file.
#[derive(Clone, Default, Debug)]
pub(in crate::ingest) struct Findings {
    /// Cells and rows that cannot be used.
    pub problems: Vec<Diagnostic>,
    /// Problems beyond those kept.
    pub uncounted: u64,
    /// Rows that went into the result.
    pub used: u64,
    /// Rows, dates and columns.
    pub seen: Seen,
    /// Whether rows are dated after the as-of date.
    pub goes_on: bool,
    /// Rows that look like totals.
    pub totals: Vec<u64>,
    /// Line of the last row that is not one.
    pub last_row: u64,
    /// Whether a number can only have a decimal point.
    pub point_seen: bool,
    /// Whether a number has a single decimal: its system writes no zeros behind.
    pub unpadded: bool,
    /// The first number that could be read in two ways: line, column, text.
    pub ambiguous: Option<(u64, usize, String)>,
    /// The same of columns of whole numbers, by column: `6.000` is six or six thousand, whatever the prices tell.
    pub whole: BTreeMap<usize, (u64, String)>,
    /// Columns of whole numbers where a mark can only be a decimal point.
    pub whole_points: BTreeSet<usize>,
    /// Columns that are not read, each with the absent one that it may be meant for.
    pub near: Vec<(String, &'static str)>,
    /// Line of the header.
    pub header: u64,
    /// The same, when other rows stand above it.
    pub titled: Option<u64>,
    /// Whether the last line is ended; the line where it is not.
    pub end: Option<Result<(), u64>>,
}

impl Findings {
    /// Puts together what two threads found.
    pub(in crate::ingest) fn merge(&mut self, other: Self) {
        self.problems.extend(other.problems);
        self.uncounted += other.uncounted;
        self.used += other.used;
        self.seen.merge(&other.seen);
        self.goes_on |= other.goes_on;
        self.totals.extend(other.totals);
        self.last_row = self.last_row.max(other.last_row);
        self.point_seen |= other.point_seen;
        self.unpadded |= other.unpadded;
        self.ambiguous = [self.ambiguous.take(), other.ambiguous].into_iter().flatten().min();
        for (column, first) in other.whole {
            let known = self.whole.entry(column).or_insert_with(|| first.clone());
            if first < *known {
                *known = first;
            }
        }
        self.whole_points.extend(other.whole_points);
        self.end = self.end.or(other.end);
    }
}

/// The file that rows are read from.
#[derive(Debug)]
pub(in crate::ingest) struct Table<'a> {
    pub path: &'a Path,
    pub export: &'a Export,
    pub columns: &'a [Column],
    pub layout: &'a Layout,
    /// What the job declares to stand in empty cells.
    pub empty: &'a [String],
    pub found: Findings,
    /// Places of the columns that every row must fill, and of those of days.
    pub required: Vec<usize>,
    pub days: Vec<usize>,
}

impl<'a> Table<'a> {
    pub(in crate::ingest) fn new(
        path: &'a Path,
        export: &'a Export,
        columns: &'a [Column],
        layout: &'a Layout,
    ) -> Self {
        let places = |of: &dyn Fn(&Column) -> bool| {
            let pairs = columns.iter().zip(&layout.positions);
            pairs.filter(|(column, _)| of(column)).filter_map(|(_, place)| *place).collect()
        };
        let (required, days) = (places(&|c| c.required), places(&|c| c.name.ends_with("date")));
        let empty = &export.empty;
        Self { path, export, columns, layout, empty, found: Findings::default(), required, days }
    }

    /// Number of problems so far, to see whether a row added one.
    pub(in crate::ingest) fn problems(&self) -> u64 {
        self.found.problems.len() as u64 + self.found.uncounted
    }

    /// A cell's text without blanks around it; `None` when the cell is empty or the column absent.
    pub(in crate::ingest) fn text<'r>(&self, row: &Row<'r>, column: usize) -> Option<&'r str> {
        let text = row.get(self.layout.positions[column]?)?;
        // Nearly every cell begins and ends with something to see.
        let seen = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
        let text =
            if seen(text.as_bytes().first()) && seen(text.as_bytes().last()) { text } else { text.trim() };
        let text = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).map_or(text, str::trim);
        if text.is_empty() || (!self.empty.is_empty() && stands_for_none(text, self.empty)) {
            return None;
        }
        Some(text)
    }

    /// Our word for a word of a column, where the job says so.
    pub(super) fn word_of<'t>(&'t self, column: usize, text: &'t str) -> &'t str {
        let name = self.columns.get(column).map_or("", |column| column.name);
        self.export.words.of(name, text).unwrap_or(text)
    }

    /// A number without what the job declares to stand after it, and what that multiplies it by.
    fn without_suffix<'t>(&self, text: &'t str) -> (&'t str, f64) {
        let suffixes = &self.export.suffixes;
        if suffixes.is_empty() {
            return (text, 1.0);
        }
        let fits = suffixes.iter().filter_map(|(suffix, factor)| {
            let bare = text.strip_suffix(suffix.trim())?.trim_end();
            bare.ends_with(|c: char| c.is_ascii_digit() || c == '.').then_some((bare, factor.get()))
        });
        // The longest of several, which leaves the least.
        fits.min_by_key(|(bare, _)| bare.len()).unwrap_or((text, 1.0))
    }

    /// A whole number, with what stands after it.
    fn whole(&self, text: &str, least: u32, most: u32) -> Result<(u32, Evidence), Wrong> {
        let mark = self.export.decimal_mark;
        match self.without_suffix(unquoted(text)) {
            (bare, 1.0) => number::integer(bare, least, most, mark),
            (bare, factor) => {
                let (value, evidence) = number::decimal(bare, mark)?;
                number::whole(value * factor, least, most).map(|value| (value, evidence))
            }
        }
    }

    /// A number, with what stands after it.
    fn scaled(
        &self,
        text: &str,
        parse: impl FnOnce(&str, Option<char>) -> Result<(f64, Evidence), Wrong>,
    ) -> Result<(f64, Evidence), Wrong> {
        let (bare, factor) = self.without_suffix(unquoted(text));
        let (value, evidence) = parse(bare, self.export.decimal_mark)?;
        Ok((value * factor, evidence))
    }

    /// Says that a cell, or with no column the row, cannot be used.
    pub(in crate::ingest) fn reject(
        &mut self,
        line: u64,
        column: Option<usize>,
        value: &str,
        (code, reason): Wrong,
    ) {
        if self.found.problems.len() >= MOST_PROBLEMS {
            self.found.uncounted += 1;
            return;
        }
        let name = |c: usize| match self.layout.positions[c] {
            Some(place) => self.layout.headers[place].clone(),
            None => self.columns[c].name.to_owned(),
        };
        let place = Place {
            path: self.path.to_owned(),
            line,
            column: column.map(name).unwrap_or_default(),
            value: value.to_owned(),
        };
        self.found.problems.push(Diagnostic::error(code, place, reason));
    }

    /// A cell that must have a value.
    fn need<'r, T>(
        &mut self,
        row: &Row<'r>,
        column: usize,
        parse: impl FnOnce(&mut Self, &'r str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let value = self.cell(row, column, false, parse)?;
        if value.is_none() {
            self.reject(row.line, Some(column), "", (Code::EmptyCell, "is empty".to_owned()));
        }
        value
    }

    /// A cell that may be empty: `None` when it is wrong, `Some(None)` when it is empty.
    fn maybe<'r, T>(
        &mut self,
        row: &Row<'r>,
        column: usize,
        parse: impl FnOnce(&mut Self, &'r str) -> Result<T, Wrong>,
    ) -> Option<Option<T>> {
        self.cell(row, column, true, parse)
    }

    /// A cell, and whether it may be empty.
    fn cell<'r, T>(
        &mut self,
        row: &Row<'r>,
        column: usize,
        may_be_empty: bool,
        parse: impl FnOnce(&mut Self, &'r str) -> Result<T, Wrong>,
    ) -> Option<Option<T>> {
        let Some(text) = self.text(row, column) else { return Some(None) };
        match parse(self, text) {
            Ok(value) => Some(Some(value)),
            Err(mut wrong) => {
                if may_be_empty && looks_empty(text) {
                    let reported = format!(
                        "; where it stands for an empty cell, declare empty = [\"{text}\"] for this export in the job"
                    );
                    wrong.1.push_str(&reported);
                } else if looks_empty(text) {
                    let name = self.layout.positions[column].and_then(|place| self.layout.headers.get(place));
                    let reported = format!(
                        "; it stands for an empty cell (empty = [\"{text}\"]), and a row without it is left out by step = \"skip_rows\", column = \"{}\", is = [\"{text}\"]",
                        name.map_or("", String::as_str)
                    );
                    wrong.1.push_str(&reported);
                }
                self.reject(row.line, Some(column), text, wrong);
                None
            }
        }
    }

    /// Notes what a number says about the file's decimal mark.
    fn weigh<T>(&mut self, row: &Row<'_>, column: usize, text: &str, (value, evidence): (T, Evidence)) -> T {
        match evidence {
            Evidence::None => {}
            Evidence::Point => {
                self.found.point_seen = true;
                self.found.unpadded |= text.len() > 1 && text.as_bytes()[text.len() - 2] == b'.';
            }
            Evidence::Ambiguous => {
                if self.found.ambiguous.is_none() {
                    self.found.ambiguous = Some((row.line, column, text.to_owned()));
                }
            }
        }
        value
    }

    /// The same of a whole number, which its own column alone can tell.
    fn weigh_whole(
        &mut self,
        row: &Row<'_>,
        column: usize,
        text: &str,
        (value, evidence): (u32, Evidence),
    ) -> u32 {
        match evidence {
            Evidence::None => {}
            Evidence::Point => {
                self.found.point_seen = true;
                self.found.whole_points.insert(column);
            }
            Evidence::Ambiguous => {
                self.found.whole.entry(column).or_insert_with(|| (row.line, text.to_owned()));
            }
        }
        value
    }

    pub(in crate::ingest) fn need_text<'r>(&mut self, row: &Row<'r>, column: usize) -> Option<&'r str> {
        self.need(row, column, |_, text| Ok(text))
    }

    /// The declared form of a column's dates.
    fn date_format(&self, column: usize) -> Option<&'a DateFormat> {
        let name = self.columns.get(column).map_or("", |column| column.name);
        self.export.date_formats.get(name).or(self.export.date_format.as_ref())
    }

    /// Whether a column's dates are declared as counts of days.
    pub(in crate::ingest) fn counts_days(&self, column: usize) -> bool {
        self.date_format(column).is_some_and(|form| form.each().contains(&DateFormat::Serial))
    }

    pub(in crate::ingest) fn need_date(&mut self, row: &Row<'_>, column: usize) -> Option<NaiveDate> {
        let date =
            self.need(row, column, |table, text| dates::date(unquoted(text), table.date_format(column)))?;
        self.found.seen.date(date);
        Some(date)
    }

    pub(in crate::ingest) fn maybe_date(
        &mut self,
        row: &Row<'_>,
        column: usize,
    ) -> Option<Option<NaiveDate>> {
        self.maybe(row, column, |table, text| dates::date(unquoted(text), table.date_format(column)))
    }

    pub(in crate::ingest) fn need_month(&mut self, row: &Row<'_>, column: usize) -> Option<Month> {
        let month =
            self.need(row, column, |table, text| dates::month(unquoted(text), table.date_format(column)))?;
        if self.found.seen.row_date.is_none() {
            self.found.seen.date(month.first_day());
        }
        Some(month)
    }

    pub(in crate::ingest) fn need_integer(
        &mut self,
        row: &Row<'_>,
        column: usize,
        least: u32,
        most: u32,
    ) -> Option<u32> {
        self.need(row, column, |table, text| {
            let parsed = table.whole(text, least, most)?;
            Ok(table.weigh_whole(row, column, text, parsed))
        })
    }

    pub(in crate::ingest) fn maybe_integer(&mut self, row: &Row<'_>, column: usize) -> Option<Option<u32>> {
        self.maybe(row, column, |table, text| {
            let parsed = table.whole(text, 0, u32::MAX)?;
            Ok(table.weigh_whole(row, column, text, parsed))
        })
    }

    /// An amount in the currency that its row names in a column, whose sign it may have.
    pub(in crate::ingest) fn maybe_amount(
        &mut self,
        row: &Row<'_>,
        column: usize,
        currency: usize,
    ) -> Option<Option<f64>> {
        self.maybe(row, column, |table, text| {
            let parsed = table.scaled(text, number::amount).or_else(|wrong| {
                let named = currency::of_row(table, row, currency, table.export.currency.as_deref());
                let bare = named.as_deref().and_then(|named| currency::without_sign(unquoted(text), named));
                table.scaled(bare.ok_or(wrong)?, number::amount)
            })?;
            Ok(table.weigh(row, column, text, parsed))
        })
    }

    pub(in crate::ingest) fn maybe_number(&mut self, row: &Row<'_>, column: usize) -> Option<Option<f64>> {
        self.maybe(row, column, |table, text| {
            let parsed = table.scaled(text, number::decimal)?;
            match table.weigh(row, column, text, parsed) {
                value if value.abs() <= MOST_NUMBER => Ok(value),
                _ => Err((Code::BadNumber, format!("must lie between -{MOST_NUMBER:e} and {MOST_NUMBER:e}"))),
            }
        })
    }

    /// A market value; 0 too, which stands for none.
    pub(in crate::ingest) fn maybe_market_value(
        &mut self,
        row: &Row<'_>,
        column: usize,
    ) -> Option<Option<f64>> {
        self.maybe(row, column, |table, text| {
            let bare = text.strip_prefix('$').unwrap_or(text).trim();
            let parsed = table.scaled(bare, number::decimal)?;
            market_value(table.weigh(row, column, bare, parsed))
        })
    }

    pub(in crate::ingest) fn need_model(
        &mut self,
        row: &Row<'_>,
        column: usize,
        catalogue: &Catalogue,
    ) -> Option<ModelId> {
        self.need(row, column, |_, text| {
            catalogue.find(text).ok_or_else(|| {
                let known: Vec<&str> = catalogue.models.iter().map(crate::job::Model::name).collect();
                let reason = match near(text, known.iter().copied()) {
                    Some(name) => format!(
                        "is not a model of the job, but `{name}` is, which differs in capitals, blanks or dashes alone: write both alike, or add aliases = [\"{text}\"] to it"
                    ),
                    None => format!("is not a model of the job (known: {})", known.join(", ")),
                };
                (Code::UnknownModel, reason)
            })
        })
    }

    /// One of a few words, in any case, or a word that the job says stands for one of them.
    pub(in crate::ingest) fn need_word<T: Copy>(
        &mut self,
        row: &Row<'_>,
        column: usize,
        words: &[(&str, T)],
    ) -> Option<T> {
        self.need(row, column, |table, text| table.word(column, text, words))
    }

    /// The same where the cell may be empty.
    pub(in crate::ingest) fn maybe_word<T: Copy>(
        &mut self,
        row: &Row<'_>,
        column: usize,
        words: &[(&str, T)],
    ) -> Option<Option<T>> {
        self.maybe(row, column, |table, text| table.word(column, text, words))
    }

    fn word<T: Copy>(&self, column: usize, text: &str, words: &[(&str, T)]) -> Result<T, Wrong> {
        let word = self.word_of(column, text);
        let exact = words.iter().find(|(known, _)| *known == word);
        // `Key Account` is `key_account`.
        let same = |known: &str| known.eq_ignore_ascii_case(word) || folded(known) == folded(word);
        let found = exact.or_else(|| words.iter().find(|(known, _)| same(known)));
        found.map(|(_, value)| *value).ok_or_else(|| {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            (Code::BadWord, format!("is not one of {}", known.join(", ")))
        })
    }
}
