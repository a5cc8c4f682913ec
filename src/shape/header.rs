//! The row that holds the names of the columns: chosen, found, joined of several.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::job::{PromoteHeaders, Step};
use crate::text::{as_seen, folded};

use super::World;
use super::frame::Frame;
use super::hand::Hand;

/// Rows at the beginning in which a header is looked for.
const LOOKED_AT: usize = 60;

/// Promotes the row that a step names.
pub(super) fn promote(hand: &mut Hand<'_>, step: &PromoteHeaders, frame: Frame) -> Frame {
    if !frame.headers.is_empty() {
        let reason = "the columns have names already".to_owned();
        hand.refuse_row(Code::Step, frame.header_line, reason);
        return frame;
    }
    let names: Vec<String> = step.contains.iter().map(|name| folded(name)).collect();
    let has_all = |row: &usize| {
        let cells: BTreeSet<String> = frame.row(*row).iter().map(|cell| folded(cell)).collect();
        names.iter().all(|name| cells.contains(name))
    };
    let lowest = match step.row {
        Some(line) => frame.lines.iter().position(|known| *known == line),
        None if names.is_empty() => (frame.height() > 0).then_some(step.rows.get() as usize - 1),
        None => (0..frame.height()).find(has_all),
    };
    let count = step.rows.get() as usize;
    let Some((lowest, first)) = lowest.and_then(|row| Some((row, (row + 1).checked_sub(count)?))) else {
        let reason = match step.row {
            Some(line) => format!("row {line} is blank, or has not {} row(s) above it", count - 1),
            None => format!("has no row with all of: {}", step.contains.join(", ")),
        };
        hand.refuse_file(Code::MissingColumn, reason);
        return frame;
    };
    if lowest >= frame.height() {
        hand.refuse_file(Code::EmptyFile, "has no header row".to_owned());
        return frame;
    }
    let below = step.rows_below as usize;
    hand.skipped = (first + below.min(frame.height() - lowest - 1)) as u64;
    under(frame, first..=lowest, step.merged, below)
}

/// Gives a frame its header, and keeps the rows below it; those above become titles.
fn under(frame: Frame, rows: std::ops::RangeInclusive<usize>, merged: bool, below: usize) -> Frame {
    let (first, lowest) = (*rows.start(), *rows.end());
    let mut headers = vec![String::new(); frame.width()];
    for row in rows {
        let mut left = String::new();
        for (cell, header) in frame.row(row).iter().zip(&mut headers) {
            let mut text = as_seen(cell);
            if merged && row < lowest {
                if text.is_empty() {
                    text.clone_from(&left);
                }
                left.clone_from(&text);
            }
            if !header.is_empty() && !text.is_empty() {
                header.push(' ');
            }
            header.push_str(&text);
        }
    }
    // Cells beyond the header's own are those of longer rows.
    let width = frame.widths.get(lowest).map_or(headers.len(), |width| *width as usize);
    headers.truncate(width.max(1));
    let titles =
        (0..first).map(|row| (frame.lines.get(row).copied().unwrap_or_default(), frame.row(row))).collect();
    let header_line = frame.lines.get(lowest).copied().unwrap_or_default();
    let start = lowest + 1 + below;
    let mut frame = frame.filter(|row| row >= start);
    (frame.headers, frame.titles, frame.header_line) = (headers, titles, header_line);
    frame
}

/// Promotes the row with the most of the names that the job uses, else the first.
///
/// # Errors
/// When there is no row at all.
pub(super) fn found(world: &dyn World, frame: Frame) -> Result<Frame, Vec<Diagnostic>> {
    let mut known: BTreeSet<String> = world.names().iter().map(|name| folded(name)).collect();
    known.extend(world.export().columns.values().map(|name| folded(name)));
    known.extend(world.export().steps.list().iter().flat_map(named).map(folded));
    known.remove("");
    if frame.height() == 0 {
        let mut hand = Hand::new(world, 0, "");
        hand.refuse_file(Code::EmptyFile, "has no header row".to_owned());
        return Err(hand.problems());
    }
    let score = |row: usize| {
        let cells: BTreeSet<String> = frame.row(row).iter().map(|cell| folded(cell)).collect();
        cells.intersection(&known).count()
    };
    let mut best = (0, 0);
    for row in 0..frame.height().min(LOOKED_AT) {
        let score = score(row);
        if score > best.1 {
            best = (row, score);
        }
    }
    Ok(under(frame, best.0..=best.0, false, 0))
}

/// Names of columns that a step speaks of.
pub(super) fn named(step: &Step) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    match step {
        Step::SkipRows(rows) | Step::KeepRows(rows) => {
            names
                .extend(rows.column.iter().chain(rows.and.iter().map(|one| &one.column)).map(String::as_str));
        }
        Step::FillDown(step) => names.extend(step.columns.iter().chain(&step.by).map(String::as_str)),
        Step::Extract(step) => names.extend(step.column.as_deref()),
        Step::SplitRows(step) => names.push(&step.column),
        Step::Join(step) => names.extend(step.on.keys().map(String::as_str)),
        Step::Pivot(step) => {
            let own = [&step.name, &step.value];
            names.extend(step.by.iter().chain(own).chain(&step.old).map(String::as_str));
        }
        Step::Group(step) => {
            let lists = [&step.by, &step.sum, &step.mean, &step.first, &step.last, &step.drop];
            names.extend(lists.into_iter().flatten().map(String::as_str));
        }
        Step::NetReversals(step) => {
            names.extend(step.by.iter().chain([&step.quantity]).chain(&step.date).map(String::as_str));
        }
        Step::NumberRows(step) => names.extend(step.by.iter().map(String::as_str)),
        Step::Compute(step) => {
            let lists = [&step.subtract, &step.add, &step.multiply, &step.divide, &step.price_per_th];
            names.extend(lists.into_iter().flatten().map(String::as_str));
            let lists =
                [&step.first_filled, &step.convert, &step.months, &step.status, &step.fill, &step.share];
            names.extend(lists.into_iter().flatten().map(String::as_str));
            names.extend(step.last_day.as_deref().into_iter().chain(step.month.as_deref()));
        }
        Step::PromoteHeaders(_) | Step::Constant(_) | Step::Unpivot(_) => {}
    }
    names
}
