//! `placed_orders`: what people decided of the wafer orders that an earlier vintage proposed.
//!
//! Every vintage carries the file as a template; people fill in status, wafers, date, approver and note. A row that is
//! half filled in stops the run: an order that is taken for placed and is not, or the other way round, is money.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::ingest::cells::layout::{Column, optional, required};
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::files::locations::Located;
use crate::ingest::rows::reading::Reading;
use crate::job::{Export, Job};
use crate::table::{Dialect, as_it_was};

/// What was decided of a proposed order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decided {
    /// Nothing yet.
    Proposed,
    /// Placed, with as many wafers as it says.
    Placed,
    /// Not to be placed.
    Declined,
    /// Placed once and taken back.
    Cancelled,
}

impl Decided {
    /// The words of the file.
    const WORDS: [(&'static str, Self); 4] = [
        ("proposed", Self::Proposed),
        ("placed", Self::Placed),
        ("declined", Self::Declined),
        ("cancelled", Self::Cancelled),
    ];

    /// Its word.
    pub fn name(self) -> &'static str {
        Self::WORDS.iter().find(|(_, decided)| *decided == self).map_or("", |(word, _)| word)
    }
}

/// One row of the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlacedOrder {
    /// Name of the order: vintage, chip, foundry and day to place it by.
    pub order: String,
    /// Name of its chip.
    pub chip: String,
    /// Name of its foundry.
    pub foundry: String,
    /// Last day to place it, as the file has it.
    pub place_by: String,
    /// Wafers proposed; 0 where people added it.
    pub proposed: i64,
    /// What was decided.
    pub decided: Decided,
    /// Wafers placed.
    pub wafers: Option<u32>,
    /// Day of the decision: of the order, where it was placed.
    pub date: Option<NaiveDate>,
    /// Who decided.
    pub approver: String,
    /// Anything else.
    pub note: String,
    /// Line in its file; 0 where it has none.
    pub line: u64,
}

/// The decisions on wafer orders that a run has read.
#[derive(Clone, Debug, Default)]
pub struct PlacedOrders {
    /// The file, as the user named it.
    pub path: PathBuf,
    /// Whether it is the template of the vintage before, not an export that the job or the folder of exports has.
    pub from_vintage: bool,
    /// Its rows, in their order.
    pub rows: Vec<PlacedOrder>,
}

impl PlacedOrders {
    /// Whether people have decided anything in it.
    pub fn used(&self) -> bool {
        self.rows.iter().any(|row| row.decided != Decided::Proposed)
    }
}

/// Columns of the file, in the order in which the template has them.
pub(in crate::ingest) const COLUMNS: &[Column] = &[
    required("order", &["order_id"]),
    required("chip", &[]),
    required("foundry", &[]),
    required("proposed_wafers", &[]),
    optional("place_by", &[]),
    required("status", &["decision"]),
    required("wafers", &["placed_wafers"]),
    required("date", &["placed_date", "decided_on"]),
    required("approver", &["approved_by"]),
    optional("note", &[]),
];

/// Reads every row; one wrong row stops the run, whatever the job tolerates of other exports. Rows of later days are
/// kept: an order that was placed after the as-of date is reported.
pub(in crate::ingest) fn read(
    reading: &mut Reading<'_>,
    located: &Located,
    from_vintage: bool,
) -> PlacedOrders {
    let mut all = PlacedOrders {
        path: located.files.first().cloned().unwrap_or_default(),
        from_vintage,
        rows: Vec::new(),
    };
    let allowed = std::mem::take(&mut reading.allowed);
    let before = reading.problems.len();
    let mut first: BTreeMap<String, (u64, PathBuf)> = BTreeMap::new();
    let each = |table: &mut Table<'_>, row: &Row, rows: &mut Vec<PlacedOrder>| {
        let decision = decision(table, row);
        let used = decision.is_some();
        rows.extend(decision);
        used
    };
    reading.simple(located, COLUMNS, each, |path, rows| {
        let mut problems = Vec::new();
        let mut rows: Vec<PlacedOrder> = rows.into_iter().flatten().collect();
        rows.sort_by_key(|row| row.line);
        for row in rows {
            if let Some((line, file)) = first.get(&row.order) {
                let place = cell(path, &row, "order", &row.order);
                let reason = format!("stands already on line {line} of {}: one row an order", file.display());
                problems.push(Diagnostic::error(Code::DuplicateRow, place, reason));
            } else {
                first.insert(row.order.clone(), (row.line, path.to_owned()));
                all.rows.push(row);
            }
        }
        problems
    });
    reading.allowed = allowed;
    let of_form = |code: Code| matches!(code, Code::BadDate | Code::BadNumber | Code::NotText);
    let new = reading.problems.iter_mut().skip(before).filter(|_| from_vintage);
    for problem in new.filter(|problem| of_form(problem.code)) {
        problem.reason += "; where a spreadsheet wrote it so, write it as it was published, or give the file as [exports.placed_orders] with path and date_format, decimal_mark or encoding";
    }
    all
}

/// Most bytes of a template that are looked at to tell its encoding.
const MOST_BYTES: u64 = 1 << 24;

/// The decimal mark that the tables of a template's vintage have, where it is not the point: who opens them in a spreadsheet
/// writes wafers with it, `1.300` or `425,00`.
fn decimal_mark(template: &Path) -> Option<char> {
    #[derive(serde::Deserialize)]
    struct Written {
        csv: Option<Dialect>,
    }
    let bytes = std::fs::read(template.with_file_name("manifest.json")).ok()?;
    let written: Written = serde_json::from_slice(&bytes).ok()?;
    written.csv.map(|csv| csv.decimal_mark).filter(|mark| *mark != '.')
}

/// A template as a spreadsheet gave it back: numbers with the decimal mark of its vintage, and what is no UTF-8 is what Excel for Windows writes
/// in Europe and America.
pub(in crate::ingest) fn as_saved(file: &Path) -> Export {
    let small = std::fs::metadata(file).is_ok_and(|found| found.len() <= MOST_BYTES);
    let bytes = if small { std::fs::read(file).unwrap_or_default() } else { Vec::new() };
    let marked = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let other = std::str::from_utf8(&bytes).is_err() && !marked && !bytes.contains(&0);
    Export {
        encoding: other.then(|| "windows-1252".to_owned()),
        decimal_mark: decimal_mark(file),
        ..Export::default()
    }
}

/// A day as `28.07.2025`: with points it is day, month and year everywhere.
fn with_points(text: &str) -> Option<NaiveDate> {
    let mut parts = text
        .split('.')
        .map(|part| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u32>().ok()).flatten());
    let (day, month, year) = (parts.next()??, parts.next()??, parts.next()??);
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day);
    date.filter(|_| parts.next().is_none() && (2009..2100).contains(&year))
}

/// Reads such a file outside a run's exports: what people decided in a vintage that is about to be revised.
///
/// # Errors
/// [`Error::Input`] with every problem of it.
pub fn decisions(job: &Job, path: &Path) -> Result<PlacedOrders, Error> {
    let mut reading = Reading::new(&job.checks, 0);
    let export = as_saved(path);
    let located = Located {
        name: "placed_orders",
        export,
        files: vec![path.to_owned()],
        shapes: crate::ingest::files::shapes::Shapes::default(),
    };
    let found = read(&mut reading, &located, true);
    if reading.problems.is_empty() { Ok(found) } else { Err(Error::Input(reading.problems)) }
}

/// The place of a cell, for a message.
pub(crate) fn cell(path: &Path, row: &PlacedOrder, column: &str, value: &str) -> Place {
    Place { path: path.to_owned(), line: row.line, column: column.to_owned(), value: value.to_owned() }
}

fn decision(table: &mut Table<'_>, row: &Row) -> Option<PlacedOrder> {
    let before = table.problems();
    let order = table.need_text(row, 0);
    let chip = table.need_text(row, 1);
    let foundry = table.need_text(row, 2);
    let proposed = table.maybe_integer(row, 3);
    let decided = table.need_word(row, 5, &Decided::WORDS);
    let wafers = table.maybe_integer(row, 6);
    let points = table.text(row, 7).filter(|_| table.export.date_format.is_none()).and_then(with_points);
    let date = if points.is_some() { Some(points) } else { table.maybe_date(row, 7) };
    let text = |column: usize| as_it_was(table.text(row, column).unwrap_or_default()).to_owned();
    let (place_by, approver, note) = (text(4), text(8), text(9));
    if let Some(decided) = decided {
        complete(table, row, decided, (wafers.flatten(), date.flatten()), &approver);
    }
    // What is half filled in is reported, and is no row.
    if table.problems() > before {
        return None;
    }
    Some(PlacedOrder {
        order: as_it_was(order?).to_owned(),
        chip: as_it_was(chip?).to_owned(),
        foundry: as_it_was(foundry?).to_owned(),
        place_by,
        proposed: i64::from(proposed?.unwrap_or(0)),
        decided: decided?,
        wafers: wafers?,
        date: date?,
        approver,
        note,
        line: row.line,
    })
}

/// Tells what does not go together with the status of a row.
fn complete(
    table: &mut Table<'_>,
    row: &Row,
    decided: Decided,
    (wafers, date): (Option<u32>, Option<NaiveDate>),
    approver: &str,
) {
    let written = |table: &Table<'_>, column: usize| table.text(row, column).map(str::to_owned);
    let say = |table: &mut Table<'_>, column: usize, code: Code, reason: &str| {
        let value = written(table, column).unwrap_or_default();
        table.reject(row.line, Some(column), &value, (code, reason.to_owned()));
    };
    match decided {
        Decided::Proposed => {
            // Who fills in wafers or a day has decided something.
            for column in
                [6, 7].into_iter().filter(|column| table.text(row, *column).is_some()).collect::<Vec<_>>()
            {
                let reason = "is filled in while the status is still proposed: write placed, declined or cancelled as the status, or clear the cell";
                say(table, column, Code::Contradiction, reason);
            }
            return;
        }
        Decided::Placed => {
            if wafers == Some(0) {
                let reason = "is no order: write how many wafers were placed, or declined as the status";
                say(table, 6, Code::Contradiction, reason);
            } else if table.text(row, 6).is_none() {
                say(table, 6, Code::EmptyCell, "is empty: write how many wafers were placed");
            }
            if date.is_none() && table.text(row, 7).is_none() {
                say(table, 7, Code::EmptyCell, "is empty: write the day on which the order was placed");
            }
        }
        Decided::Declined => {
            if wafers.is_some_and(|wafers| wafers > 0) {
                let reason = "is filled in while the order is declined: where part of it was placed, write placed and its wafers";
                say(table, 6, Code::Contradiction, reason);
            }
        }
        Decided::Cancelled => {}
    }
    if approver.is_empty() {
        say(table, 8, Code::EmptyCell, "is empty: write who decided");
    }
}
