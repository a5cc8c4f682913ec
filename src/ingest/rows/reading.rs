//! How a file's rows become typed values: opened, its header bound, read by as many threads as help, and what was
//! found wrong weighed against the job's tolerance.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::ingest::cells::currency;
use crate::ingest::cells::layout::{self, Binding, Column, Layout};
use crate::ingest::cells::seen::Seen;
use crate::ingest::cells::table::{Findings, Rejected, Row, Table};
use crate::ingest::files::chunks::Chunks;
use crate::ingest::files::limits;
use crate::ingest::files::locations::Located;
use crate::ingest::files::shapes::Made;
use crate::ingest::files::source::{Content, Source, read_failed};
use crate::job::{Checks, Export};
use crate::shape::Done;

use super::scan;
use super::shaped;

/// A file that was read.
#[derive(Clone, Debug)]
pub struct FileRecord {
    /// Which export it is.
    pub export: &'static str,
    /// Its name without folders: the same wherever the exports lie.
    pub file: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Rows used: dated up to `as_of` and not rejected.
    pub rows_used: u64,
    /// Rows rejected.
    pub rows_rejected: u64,
    /// Whether it is the second file of a join, whose rows are those of the first.
    pub joined: bool,
    /// Rows that steps of the job left out.
    pub rows_skipped: u64,
    /// What the steps of the job did, in order.
    pub steps: Vec<Done>,
    /// Rows, dates and columns.
    pub seen: Seen,
    /// Whether it has a row at all, of whatever date.
    pub has_rows: bool,
    /// Whether it has rows dated after the as-of date.
    pub goes_on: bool,
}

/// What reading has come to so far.
pub(in crate::ingest) struct Reading<'a> {
    pub problems: Vec<Diagnostic>,
    pub rejected: Vec<Rejected>,
    pub warnings: Vec<Diagnostic>,
    pub files: Vec<FileRecord>,
    pub checks: &'a Checks,
    pub allowed: u64,
    /// Files that do not end their last line, and that line.
    pub unended: BTreeMap<PathBuf, u64>,
    /// Whether another file does.
    pub ended: bool,
    /// Bytes that a packed file may unpack to.
    pub unpacked: u64,
}

/// What the rows of one file go into.
pub(in crate::ingest) struct Rows<C, S> {
    pub context: C,
    pub states: Vec<S>,
    pub problems: Vec<Diagnostic>,
}

/// Files smaller than this are read by one thread.
const SMALL: u64 = 4 << 20;

impl<'a> Reading<'a> {
    pub(in crate::ingest) fn new(checks: &'a Checks, allowed: u64) -> Self {
        Self {
            problems: Vec::new(),
            rejected: Vec::new(),
            warnings: Vec::new(),
            files: Vec::new(),
            checks,
            allowed,
            unended: BTreeMap::new(),
            ended: false,
            unpacked: limits::UNPACKED,
        }
    }
}

impl Reading<'_> {
    /// Notes what a check found, as seriously as the job takes it.
    pub(in crate::ingest) fn check(&mut self, code: Code, usual: Severity, place: Place, reason: String) {
        match self.checks.severity(code, usual) {
            None => {}
            Some(Severity::Error) => self.problems.push(Diagnostic::error(code, place, reason)),
            Some(Severity::Warning) => self.warnings.push(Diagnostic::warning(code, place, reason)),
        }
    }

    /// Reports the files whose last line is not ended; where none ends its last line, the maker's system never does, and
    /// a file cut off would not show by it.
    pub(in crate::ingest) fn report_unended(&mut self) {
        let unended = std::mem::take(&mut self.unended);
        let reported = if self.ended { unended } else { BTreeMap::new() };
        for (path, line) in reported {
            let reason = "the last line is not ended: the file may have been cut off".to_owned();
            let place = Place { path, line, ..Place::default() };
            self.check(Code::UnendedLine, Severity::Warning, place, reason);
        }
    }

    /// Reads one file; `None` when it cannot be read at all, which is reported.
    #[expect(clippy::too_many_arguments, reason = "the one place where an export's parts come together")]
    pub(in crate::ingest) fn file<C: Sync, S: Send>(
        &mut self,
        path: &Path,
        located: &Located,
        columns: &[Column],
        bind: &dyn Fn(&[String]) -> Binding,
        prepare: impl Fn(&Layout) -> Result<C, Diagnostic>,
        start: impl Fn() -> S + Sync,
        each: impl Fn(&C, &mut Table<'_>, &Row<'_>, &mut S) -> bool + Sync,
    ) -> Option<Rows<C, S>> {
        let Located { name, export, .. } = located;
        let name = *name;
        let opened = self.opened(path, located, columns);
        let opened = opened.map_err(|problems| self.problems.extend(problems)).ok()?;
        let size = std::fs::metadata(path).map_or(0, |m| m.len());
        let (digest, made, result) = match opened {
            Opened::Plain(source) => {
                let digest = source.digest();
                let result = rows(*source, export, columns, bind, prepare, start, each, size);
                (digest.hex(), None, result)
            }
            Opened::Shaped(made) => {
                let result = shaped_rows(&made, path, columns, bind, prepare, start, each, size);
                (made.sha256.clone(), Some(made), result)
            }
        };
        let (context, states, mut found) = match result {
            Ok(parts) => parts,
            Err(problems) => {
                self.problems.extend(problems);
                return None;
            }
        };
        let (used, seen) = (found.used, std::mem::take(&mut found.seen));
        let goes_on = found.goes_on;
        let has_rows = used > 0 || found.last_row > 0 || !found.problems.is_empty();
        if matches!(name, "hashprice" | "difficulty") {
            // Publishers have many columns of like names: none of them is a slip of the pen.
            found.near.clear();
        }
        let problems = self.settle_findings(path, export, columns, found);
        let bad: BTreeSet<u64> = problems.iter().map(|p| p.place.line).collect();
        self.files.push(FileRecord {
            export: name,
            file: path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
            sha256: digest,
            rows_used: used,
            rows_rejected: bad.len() as u64,
            joined: false,
            rows_skipped: made.as_ref().map_or(0, |made| made.skipped()),
            steps: made.as_ref().map_or_else(Vec::new, |made| made.shaped.done.clone()),
            seen,
            has_rows,
            goes_on,
        });
        for second in made.iter().flat_map(|made| &made.seconds) {
            self.files.push(FileRecord {
                export: name,
                file: second.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
                sha256: second.sha256.clone(),
                rows_used: second.rows,
                rows_rejected: 0,
                joined: true,
                rows_skipped: 0,
                steps: Vec::new(),
                seen: Seen::of_rows(second.rows),
                has_rows: false,
                goes_on: false,
            });
        }
        Some(Rows { context, states, problems })
    }

    /// What a file's findings come to: problems sorted by line, what stands at its end.
    fn settle_findings(
        &mut self,
        path: &Path,
        export: &Export,
        columns: &[Column],
        found: Findings,
    ) -> Vec<Diagnostic> {
        let mut problems = found.problems;
        for line in found.totals {
            let place = Place { path: path.to_owned(), line, ..Place::default() };
            if line > found.last_row {
                let reason = "looks like a row of totals and was left out".to_owned();
                self.check(Code::TotalRow, Severity::Warning, place, reason);
            } else {
                let reason = "looks like a row of totals, but other rows follow it".to_owned();
                problems.push(Diagnostic::error(Code::TotalRow, place, reason));
            }
        }
        if let (Some((line, column, value)), false, None) =
            (found.ambiguous, found.point_seen, export.decimal_mark)
        {
            let place = Place { path: path.to_owned(), line, column: columns[column].name.to_owned(), value };
            let reason = "may be thousands or decimals, and no other number of the file tells: declare decimal_mark = \".\" or decimal_mark = \",\" for this export in the job";
            problems.push(Diagnostic::error(Code::BadNumber, place, reason));
        }
        let points = &found.whole_points;
        let unsure = found.whole.into_iter().filter(|(column, _)| !points.contains(column));
        for (column, (line, value)) in unsure.filter(|_| export.decimal_mark.is_none()) {
            let place = Place { path: path.to_owned(), line, column: columns[column].name.to_owned(), value };
            let declare = "declare decimal_mark = \".\" or decimal_mark = \",\" for this export in the job";
            // Zeros behind the decimals are written by systems that write them everywhere.
            if found.unpadded || !found.point_seen {
                let reason = format!(
                    "may be thousands or decimals, and no other number of the column tells: {declare}"
                );
                problems.push(Diagnostic::error(Code::BadNumber, place, reason));
            } else {
                let reason = format!("is read as a whole number with decimals, not as thousands: {declare}");
                self.warnings.push(Diagnostic::warning(Code::Suspicious, place, reason));
            }
        }
        if let Some(line) = found.titled {
            let reason = "the header was found here, below other rows".to_owned();
            let place = Place { path: path.to_owned(), line, ..Place::default() };
            self.check(Code::TitleRow, Severity::Warning, place, reason);
        }
        for (header, meant) in found.near {
            let reason = format!("has a column `{header}`, which is not read, and no `{meant}`");
            let place = Place { path: path.to_owned(), line: found.header, ..Place::default() };
            self.check(Code::UnreadColumn, Severity::Warning, place, reason);
        }
        match found.end {
            Some(Err(line)) => drop(self.unended.insert(path.to_owned(), line)),
            Some(Ok(())) => self.ended = true,
            None => {}
        }
        problems.sort();
        if found.uncounted > 0 {
            let reason = format!("has {} more problems, which are not listed", found.uncounted);
            problems.push(Diagnostic::error(Code::Suspicious, Place::file(path), reason));
        }
        problems
    }

    /// Says how many of the sorted rows of an export without a key are copies of another.
    pub(in crate::ingest) fn identical<T: PartialEq>(
        &mut self,
        located: &Located,
        sorted: &[T],
        name: impl Fn(&T) -> String,
    ) {
        let copies: Vec<&T> = sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|p| &p[1]).collect();
        if let Some(first) = copies.first() {
            let rows = if copies.len() == 1 { "row is" } else { "rows are" };
            let reason = format!("{} {rows} a copy of another ({})", copies.len(), name(first));
            let place = located.files.first().map(|f| Place::file(f)).unwrap_or_default();
            self.check(Code::IdenticalRows, Severity::Warning, place, reason);
        }
    }

    /// Decides whether an export's bad rows are within the job's tolerance.
    pub(in crate::ingest) fn tolerate(&mut self, located: &Located, problems: Vec<Diagnostic>) {
        if problems.is_empty() {
            return;
        }
        let bad: BTreeSet<(&Path, u64)> =
            problems.iter().map(|p| (p.place.path.as_path(), p.place.line)).collect();
        let whole_file = bad.iter().any(|(_, line)| *line == 0);
        let count = bad.len() as u64;
        if whole_file || count > self.allowed {
            self.problems.extend(problems);
            return;
        }
        let reason = format!(
            "{count} row(s) left out, within rejected_rows_allowed = {}; see rejected_rows",
            self.allowed
        );
        let place = located.files.first().map(|f| Place::file(f)).unwrap_or_default();
        self.warnings.push(Diagnostic::warning(Code::RejectedRows, place, reason));
        self.rejected.extend(problems.into_iter().map(Rejected));
    }

    /// Reads every file of an export of named columns, one thread each, into one state.
    pub(in crate::ingest) fn simple<S: Send + Default>(
        &mut self,
        located: &Located,
        columns: &[Column],
        each: impl Fn(&mut Table<'_>, &Row<'_>, &mut S) -> bool + Sync,
        finish: impl FnMut(&Path, Vec<S>) -> Vec<Diagnostic>,
    ) -> bool {
        self.of_amounts(located, (columns, &[]), each, finish)
    }

    /// The same; columns of `amounts` must not name a currency that the job does not.
    pub(in crate::ingest) fn of_amounts<S: Send + Default>(
        &mut self,
        located: &Located,
        (columns, amounts): (&[Column], &[usize]),
        each: impl Fn(&mut Table<'_>, &Row<'_>, &mut S) -> bool + Sync,
        mut finish: impl FnMut(&Path, Vec<S>) -> Vec<Diagnostic>,
    ) -> bool {
        let (mut problems, mut whole) = (Vec::new(), true);
        for path in &located.files {
            let export = &located.export;
            let bind = |headers: &[String]| layout::bind(path, headers, export, columns);
            let prepare = |layout: &Layout| {
                let places: Vec<usize> =
                    amounts.iter().filter_map(|amount| *layout.positions.get(*amount)?).collect();
                currency::amounts(path, &layout.headers, export, &places)
            };
            let read =
                self.file(path, located, columns, &bind, prepare, S::default, |(), t, r, s| each(t, r, s));
            match read {
                Some(rows) => {
                    problems.extend(rows.problems);
                    problems.extend(finish(path, rows.states));
                }
                None => whole = false,
            }
        }
        problems.sort();
        self.tolerate(located, problems);
        whole
    }
}

/// A file that can be read: as it lies, or as its steps made it.
enum Opened {
    Plain(Box<Source>),
    Shaped(Arc<Made>),
}

impl Reading<'_> {
    /// A file as its steps made it, which is kept for its reading; `None` of one that lies as it is, or that cannot be shaped.
    pub(in crate::ingest) fn shaped(
        &self,
        path: &Path,
        located: &Located,
        columns: &[Column],
    ) -> Option<Arc<Made>> {
        match self.opened(path, located, columns) {
            Ok(Opened::Shaped(made)) => Some(made),
            _ => None,
        }
    }

    fn opened(&self, path: &Path, located: &Located, columns: &[Column]) -> Result<Opened, Vec<Diagnostic>> {
        if let Some(made) = located.shapes.made(path) {
            return Ok(Opened::Shaped(made));
        }
        let source = Source::open(path, &located.export, located.name, self.unpacked)
            .map_err(|problem| vec![problem])?;
        if shaped::is_wanted(&source, &located.export) {
            shaped::make(source, located, columns, self.unpacked).map(Opened::Shaped)
        } else {
            Ok(Opened::Plain(Box::new(source)))
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the inside of Reading::file")]
fn shaped_rows<C: Sync, S: Send>(
    made: &Made,
    path: &Path,
    columns: &[Column],
    bind: &dyn Fn(&[String]) -> Binding,
    prepare: impl Fn(&Layout) -> Result<C, Diagnostic>,
    start: impl Fn() -> S + Sync,
    each: impl Fn(&C, &mut Table<'_>, &Row<'_>, &mut S) -> bool + Sync,
    size: u64,
) -> Result<Parts<C, S>, Vec<Diagnostic>> {
    let frame = &made.shaped.frame;
    let line = frame.header_line;
    let binding = bind(&frame.headers);
    if !binding.problems.is_empty() {
        return Err(layout::of_line(binding.problems, line));
    }
    let (positions, headers) = (binding.positions, frame.headers.clone());
    let layout = Layout { positions, headers, delimiter: b',', start: 0, line, titled: made.shaped.titled };
    let context = prepare(&layout).map_err(|e| layout::of_line(vec![e], line))?;
    let table = || Table::new(path, &made.export, columns, &layout);
    let each = |table: &mut Table<'_>, row: &Row<'_>, state: &mut S| each(&context, table, row, state);
    let (states, mut found) = shaped::rows(frame, &table, workers(size), &start, &each);
    found.titled = layout.titled;
    found.header = line;
    found.near = layout::near_misses(&layout, columns);
    found.seen.header(&layout, columns);
    found.end = made.end;
    Ok((context, states, found))
}

/// Threads that read a file of so many bytes.
fn workers(size: u64) -> usize {
    if size < SMALL {
        1
    } else {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(8)
    }
}

type Parts<C, S> = (C, Vec<S>, Findings);

#[expect(clippy::too_many_arguments, reason = "the inside of Reading::file")]
fn rows<C: Sync, S: Send>(
    source: Source,
    export: &Export,
    columns: &[Column],
    bind: &dyn Fn(&[String]) -> Binding,
    prepare: impl Fn(&Layout) -> Result<C, Diagnostic>,
    start: impl Fn() -> S + Sync,
    each: impl Fn(&C, &mut Table<'_>, &Row<'_>, &mut S) -> bool + Sync,
    size: u64,
) -> Result<Parts<C, S>, Vec<Diagnostic>> {
    let path = source.path.as_path();
    let unreadable = |e: std::io::Error| vec![read_failed(path, &e)];
    match source.content {
        Content::Text(text) => {
            let mut chunks = Chunks::new(text);
            let layout = loop {
                if let Some(layout) = layout::find(path, chunks.head().map_err(unreadable)?, export, bind)? {
                    break layout;
                }
                if !chunks.longer_head() {
                    let reason = format!(
                        "has no end of its header within {} MB: a quote is opened there and never closed, or its lines do not end",
                        limits::HEADER >> 20
                    );
                    return Err(vec![Diagnostic::error(Code::TooLarge, Place::file(path), reason)]);
                }
            };
            chunks.skip(layout.start, layout.delimiter);
            let context = prepare(&layout).map_err(|e| layout::of_line(vec![e], layout.line))?;
            let workers = workers(size);
            let table = || Table::new(path, export, columns, &layout);
            let each =
                |table: &mut Table<'_>, row: &Row<'_>, state: &mut S| each(&context, table, row, state);
            let (states, mut found) =
                scan::text(chunks, &table, workers, &start, &each).map_err(unreadable)?;
            found.titled = layout.titled;
            found.header = layout.line;
            found.near = layout::near_misses(&layout, columns);
            found.seen.header(&layout, columns);
            Ok((context, states, found))
        }
        Content::Parquet(file) => {
            let mut plain = typed(export);
            let headers = file.names();
            let binding = bind(&headers);
            if !binding.problems.is_empty() {
                return Err(binding.problems);
            }
            let positions = binding.positions;
            let layout = Layout { positions, headers, delimiter: b',', start: 0, line: 1, titled: None };
            // Days that are written as text or as numbers have the form that the job declares.
            for (column, place) in columns.iter().zip(&layout.positions) {
                let declared = export.date_formats.get(column.name).or(export.date_format.as_ref());
                if let (Some(form), Some(place)) = (declared, *place)
                    && !file.holds_days(place)
                {
                    plain.date_formats.insert(column.name.to_owned(), form.clone());
                }
            }
            let context = prepare(&layout).map_err(|e| vec![e])?;
            let table = Table::new(path, &plain, columns, &layout);
            let each =
                |table: &mut Table<'_>, row: &Row<'_>, state: &mut S| each(&context, table, row, state);
            let (states, mut found) = scan::parquet(&file, table, source.room, start(), &each)
                .map_err(|e| vec![e.reported(path)])?;
            found.header = 1;
            found.near = layout::near_misses(&layout, columns);
            found.seen.header(&layout, columns);
            Ok((context, states, found))
        }
        Content::Json(json) => {
            let plain = Export {
                date_format: export.date_format.clone(),
                date_formats: export.date_formats.clone(),
                ..typed(export)
            };
            let binding = bind(&json.headers);
            if !binding.problems.is_empty() {
                return Err(layout::of_line(binding.problems, 0));
            }
            let (positions, headers) = (binding.positions, json.headers.clone());
            let layout = Layout { positions, headers, delimiter: b',', start: 0, line: 0, titled: None };
            let context = prepare(&layout).map_err(|e| layout::of_line(vec![e], 0))?;
            let table = Table::new(path, &plain, columns, &layout);
            let each = |table: &mut Table<'_>, row: &Row, state: &mut S| each(&context, table, row, state);
            let (states, mut found) = scan::json(&json, table, start(), &each);
            found.near = layout::near_misses(&layout, columns);
            found.seen.header(&layout, columns);
            Ok((context, states, found))
        }
        // Sheets are shaped before they are read: their header is found on the way.
        Content::Sheet(_) => Err(Vec::new()),
    }
}

/// What the job says of an export whose numbers are no text: their form needs no declaring.
fn typed(export: &Export) -> Export {
    Export {
        columns: export.columns.clone(),
        words: export.words.clone(),
        empty: export.empty.clone(),
        suffixes: export.suffixes.clone(),
        unit: export.unit,
        chart: export.chart,
        decimal_mark: Some('.'),
        ..Export::default()
    }
}
