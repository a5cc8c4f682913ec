//! Files that steps of the job bring into the shape of their export: read as rows of text, shaped once however often they are
//! read, and then read by the rules that all rows are read by.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::{FiscalYear, Month};
use crate::ingest::cells::empty::stands_for_none;
use crate::ingest::cells::layout::{self, Column, Layout};
use crate::ingest::cells::number::{self, Evidence};
use crate::ingest::cells::table::{Findings, Table};
use crate::ingest::cells::{dates, periods};
use crate::ingest::files::chunks::Chunks;
use crate::ingest::files::json::Json;
use crate::ingest::files::locations::Located;
use crate::ingest::files::record::Row;
use crate::ingest::files::shapes::{Made, Second, Shapes};
use crate::ingest::files::source::{Content, Source, read_failed};
use crate::job::{DateFormat, Export, Join, Quarters};
use crate::shape::{self, Frame, Rows, World};
use crate::text::folded;

use super::scan;

/// Whether a file is shaped before it is read.
pub(super) fn is_wanted(source: &Source, export: &Export) -> bool {
    !export.steps.is_empty() || matches!(source.content, Content::Sheet(_))
}

/// Shapes a file.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn make(
    source: Source,
    located: &Located,
    columns: &[Column],
    room: u64,
) -> Result<Arc<Made>, Vec<Diagnostic>> {
    let digest = source.digest();
    let path = source.path.clone();
    let mut export = located.export.clone();
    if matches!(source.content, Content::Json(_) | Content::Parquet(_)) {
        // Their numbers are no text: their form needs no declaring.
        export.decimal_mark = Some('.');
    }
    let around = Around {
        path: &path,
        export: &export,
        columns,
        shapes: &located.shapes,
        room,
        names: names(&export, columns),
        dated: dated(&export, columns),
        seconds: Mutex::default(),
    };
    let (frame, end) = raw(source, &around.names, &export)?;
    let shaped = shape::apply(&around, frame)?;
    let seconds = around.seconds.into_inner().unwrap_or_else(PoisonError::into_inner);
    let sha256 = digest.hex();
    Ok(located.shapes.keep(&path, Made { shaped, sha256, export, seconds, end }))
}

/// Rows that one piece has: readers keep order by pieces.
const PIECE: usize = 1 << 14;

/// Reads the rows of a shaped file.
pub(super) fn rows<'t, S: Send>(
    frame: &Frame,
    table: &dyn Fn() -> Table<'t>,
    workers: usize,
    start: &(dyn Fn() -> S + Sync),
    each: &(dyn Fn(&mut Table<'_>, &Row<'_>, &mut S) -> bool + Sync),
) -> (Vec<S>, Findings) {
    let pieces = frame.height().div_ceil(PIECE).max(1);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = |mut table: Table<'t>, mut state: S| {
        let width = table.layout.headers.len();
        let wanted: Vec<bool> =
            (0..width).map(|index| table.layout.positions.iter().flatten().any(|at| *at == index)).collect();
        let mut record = csv::StringRecord::new();
        let mut memory = Row::default();
        loop {
            let piece = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if piece >= pieces {
                break;
            }
            for row in piece * PIECE..((piece + 1) * PIECE).min(frame.height()) {
                record.clear();
                for (index, wanted) in wanted.iter().enumerate() {
                    record.push_field(if *wanted { frame.cell(index, row) } else { "" });
                }
                let line = frame.lines.get(row).copied().unwrap_or_default();
                memory =
                    scan::shaped(&mut table, (&record, line, piece as u64 + 1), memory, &mut state, each);
            }
        }
        (state, table.found)
    };
    let mut hands: Vec<(Table<'t>, S)> = (0..workers.clamp(1, pieces)).map(|_| (table(), start())).collect();
    let mine = hands.pop();
    let done: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            hands.into_iter().map(|(table, state)| scope.spawn(|| work(table, state))).collect();
        let mut done: Vec<_> = mine.into_iter().map(|(table, state)| work(table, state)).collect();
        for thread in threads {
            done.push(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    let (mut states, mut found) = (Vec::new(), Findings::default());
    for (state, findings) in done {
        states.push(state);
        found.merge(findings);
    }
    (states, found)
}

/// Reads so many rows of a shaped file, evenly over it.
pub(in crate::ingest) fn some<S>(
    frame: &Frame,
    table: &mut Table<'_>,
    rows: usize,
    state: &mut S,
    each: &dyn Fn(&mut Table<'_>, &Row<'_>, &mut S) -> bool,
) {
    let (mut record, mut memory) = (csv::StringRecord::new(), Row::default());
    for row in (0..frame.height()).step_by(frame.height().div_ceil(rows).max(1)) {
        record.clear();
        (0..table.layout.headers.len()).for_each(|index| record.push_field(frame.cell(index, row)));
        let line = frame.lines.get(row).copied().unwrap_or_default();
        memory = scan::shaped(table, (&record, line, 1), memory, state, each);
        table.found.problems.clear();
    }
}

/// What a step is reported of the world around a file.
struct Around<'a> {
    path: &'a Path,
    export: &'a Export,
    columns: &'a [Column],
    shapes: &'a Shapes,
    room: u64,
    /// Names that its header may have.
    names: Vec<String>,
    /// Names of the column that dates its rows.
    dated: Vec<String>,
    seconds: Mutex<Vec<Second>>,
}

/// Names that columns of an export may have.
fn names(export: &Export, columns: &[Column]) -> Vec<String> {
    columns
        .iter()
        .filter(|column| !export.columns.contains_key(column.name))
        .flat_map(|column| std::iter::once(&column.name).chain(column.aliases))
        .map(|name| (*name).to_owned())
        .chain(export.columns.values().cloned())
        .collect()
}

/// Names of the column that dates the rows of an export: of those of days the first.
fn dated(export: &Export, columns: &[Column]) -> Vec<String> {
    let column = columns.iter().find(|column| column.name.ends_with("date"));
    let Some(column) = column else { return Vec::new() };
    match export.columns.get(column.name) {
        Some(theirs) => vec![theirs.clone()],
        None => std::iter::once(&column.name).chain(column.aliases).map(|name| (*name).to_owned()).collect(),
    }
}

impl Around<'_> {
    /// The form in which days of a column are declared.
    fn date_format(&self, header: &str) -> Option<&DateFormat> {
        let header = folded(header);
        let ours = self.columns.iter().find(|column| match self.export.columns.get(column.name) {
            Some(theirs) => folded(theirs) == header,
            None => std::iter::once(&column.name).chain(column.aliases).any(|name| folded(name) == header),
        });
        ours.and_then(|column| self.export.date_formats.get(column.name)).or(self.export.date_format.as_ref())
    }
}

impl World for Around<'_> {
    fn path(&self) -> &Path {
        self.path
    }

    fn names(&self) -> &[String] {
        &self.names
    }

    fn export(&self) -> &Export {
        self.export
    }

    fn dated(&self) -> &[String] {
        &self.dated
    }

    fn as_of(&self) -> NaiveDate {
        self.shapes.as_of
    }

    fn is_empty(&self, text: &str) -> bool {
        text.is_empty() || stands_for_none(text, &self.export.empty)
    }

    fn number(&self, text: &str) -> Result<f64, String> {
        let mark = self.export.decimal_mark;
        let read = number::decimal(text, mark).or_else(|wrong| number::amount(text, mark).map_err(|_| wrong));
        match read {
            Ok((_, Evidence::Ambiguous)) => Err(
                "may be thousands or decimals: declare decimal_mark = \".\" or decimal_mark = \",\" for this export in the job"
                    .to_owned(),
            ),
            Ok((value, _)) => Ok(value),
            Err((_, reason)) => Err(reason),
        }
    }

    fn day(&self, header: &str, text: &str) -> Result<NaiveDate, String> {
        dates::date(text, self.date_format(header)).map_err(|(_, reason)| reason)
    }

    fn month(&self, header: &str, text: &str) -> Result<Month, String> {
        dates::month(text, self.date_format(header)).map_err(|(_, reason)| reason)
    }

    fn week(&self, text: &str) -> Option<(NaiveDate, NaiveDate)> {
        periods::week(text).map(|week| (week.first_day(), week.last_day()))
    }

    fn quarter(&self, text: &str) -> Option<(NaiveDate, NaiveDate)> {
        let of = match &self.export.date_format {
            Some(DateFormat::Quarter(of) | DateFormat::QuarterEnd(of)) => *of,
            // Where the job has another fiscal year it must say whose quarters they are.
            _ if self.shapes.fiscal_year != FiscalYear::CALENDAR => return None,
            _ => Quarters::Calendar,
        };
        let quarter = periods::quarter(text, of)?;
        Some((quarter.first_month().first_day(), quarter.last_month().last_day()))
    }

    fn hashrate_th(&self, model: &str) -> Option<f64> {
        self.shapes.hashrates.get(model).copied()
    }

    fn second(&self, join: &Join) -> Result<Frame, Vec<Diagnostic>> {
        let export = Export {
            path: join.path.clone(),
            delimiter: join.delimiter,
            encoding: join.encoding.clone(),
            sheet: join.sheet.clone(),
            json_path: join.json_path.clone(),
            decimal_mark: self.export.decimal_mark,
            ..Export::default()
        };
        let source = Source::open(&join.path, &export, "second file of the", self.room)
            .map_err(|problem| vec![problem])?;
        let digest = source.digest();
        let names: Vec<String> = join.on.values().chain(&join.columns).cloned().collect();
        let (frame, _) = raw(source, &names, &export)?;
        let inner = Around {
            path: &join.path,
            export: &export,
            columns: &[],
            shapes: self.shapes,
            room: self.room,
            names,
            dated: Vec::new(),
            seconds: Mutex::default(),
        };
        let frame = shape::apply(&inner, frame)?.frame;
        let second = Second { path: join.path.clone(), sha256: digest.hex(), rows: frame.height() as u64 };
        self.seconds.lock().unwrap_or_else(PoisonError::into_inner).push(second);
        Ok(frame)
    }
}

/// The rows of a file as they lie, and whether its last line is ended.
type Raw = (Frame, Option<Result<(), u64>>);

fn raw(source: Source, names: &[String], export: &Export) -> Result<Raw, Vec<Diagnostic>> {
    let path = source.path.as_path();
    match source.content {
        Content::Sheet(frame) => Ok((*frame, None)),
        Content::Json(json) => Ok((of_json(&json), None)),
        Content::Parquet(file) => {
            let headers = file.names();
            let wanted: Vec<usize> = (0..headers.len()).collect();
            let (mut rows, mut line) = (Rows::default(), 1);
            file.rows(&wanted, source.room, |record| {
                line += 1;
                rows.push(line, record.iter());
            })
            .map_err(|refused| vec![refused.reported(path)])?;
            Ok((rows.frame().under(headers, 1), None))
        }
        Content::Text(text) => {
            let mut chunks = Chunks::new(text);
            let unreadable = |e: std::io::Error| vec![read_failed(path, &e)];
            let (head, _) = chunks.head().map_err(unreadable)?;
            if head.iter().all(u8::is_ascii_whitespace) {
                return Err(vec![Diagnostic::error(Code::EmptyFile, Place::file(path), "is empty")]);
            }
            let (said, skipped) = layout::said(head);
            let declared = export.delimiter.and_then(|d| u8::try_from(d).ok()).or(said);
            let delimiter = declared.unwrap_or_else(|| delimiter(head, names));
            chunks.skip(skipped, delimiter);
            of_text(path, export, chunks, delimiter)
        }
    }
}

fn of_json(json: &Json) -> Frame {
    let wanted: Vec<usize> = (0..json.headers.len()).collect();
    let (mut rows, mut line) = (Rows::default(), 0);
    json.rows(&wanted, |record| {
        line += 1;
        rows.push(line, record.iter());
    });
    rows.frame().under(json.headers.clone(), 0)
}

fn of_text(path: &Path, export: &Export, chunks: Chunks, delimiter: u8) -> Result<Raw, Vec<Diagnostic>> {
    // Without header every row that is not blank is one, however many cells it has.
    let layout =
        Layout { positions: Vec::new(), headers: Vec::new(), delimiter, start: 0, line: 0, titled: None };
    let table = || Table::new(path, export, &[], &layout);
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(8);
    let each = |_: &mut Table<'_>, row: &Row<'_>, pieces: &mut Vec<(u64, Rows)>| {
        if pieces.last().is_none_or(|(piece, _)| *piece != row.piece) {
            pieces.push((row.piece, Rows::default()));
        }
        if let Some((_, rows)) = pieces.last_mut() {
            rows.push(row.line, row.cells());
        }
        true
    };
    let (pieces, found) = scan::text(chunks, &table, workers, &Vec::new, &each)
        .map_err(|e: std::io::Error| vec![read_failed(path, &e)])?;
    if !found.problems.is_empty() {
        return Err(found.problems);
    }
    let mut pieces: Vec<(u64, Rows)> = pieces.into_iter().flatten().collect();
    pieces.sort_by_key(|(line, _)| *line);
    let parts = pieces.into_iter().map(|(_, rows)| rows.frame()).collect();
    Ok((Frame::below(parts), found.end))
}

/// Rows at the beginning by which the character between cells is found.
const LOOKED_AT: usize = 200;

/// The character between cells: the one by which a row has most of the names, then by which most rows are alike wide, then by
/// which they are widest.
fn delimiter(head: &[u8], names: &[String]) -> u8 {
    let names: std::collections::BTreeSet<String> = names.iter().map(|name| folded(name)).collect();
    let fit = |delimiter: u8| {
        let mut rows = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(head);
        let mut row = csv::ByteRecord::new();
        let (mut most, mut widths) = (0, BTreeMap::<usize, usize>::new());
        for _ in 0..LOOKED_AT {
            if !rows.read_byte_record(&mut row).unwrap_or(false) {
                break;
            }
            let cells = row.iter().map(|cell| folded(&String::from_utf8_lossy(cell)));
            most = most.max(cells.filter(|cell| names.contains(cell)).count());
            if row.len() > 1 {
                *widths.entry(row.len()).or_default() += 1;
            }
        }
        let widest = widths.into_iter().map(|(width, rows)| (rows, width)).max().unwrap_or_default();
        (most, widest)
    };
    let fits = layout::DELIMITERS.map(|delimiter| (fit(delimiter), delimiter));
    // Of equals the first: nothing tells them apart.
    fits.iter().rev().max_by_key(|(fit, _)| *fit).map_or(b',', |(_, delimiter)| *delimiter)
}
