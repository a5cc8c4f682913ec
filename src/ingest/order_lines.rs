//! Every order line of every file into one ledger; a second row of the same order and line is told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::job::Catalogue;

use super::files::Located;
use super::keys::{self, Bits, Trail};
use super::layout;
use super::ledger::{Builder, Ledger};
use super::orders;
use super::reading::Reading;
use super::shipments::Shipment;
use super::table::{Row, Table};

/// What order lines are read with.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    pub located: &'a Located,
    pub catalogue: &'a Catalogue,
    pub as_of: NaiveDate,
    pub exported_later: bool,
    pub shipments: Option<&'a [Shipment]>,
}

/// File and line of a row.
type RowPlace = (usize, u64);

/// Reads the order lines.
pub(super) fn read(reading: &mut Reading<'_>, terms: Terms<'_>) -> Ledger {
    let before = (reading.problems.len(), reading.warnings.len(), reading.files.len());
    let first = pass(reading, terms, &BTreeSet::new());
    let repeated = repeated(terms, &first.suspects);
    let mut problems = first.problems;
    let mut ledger = first.ledger;
    let bad: BTreeSet<(&Path, u64)> =
        problems.iter().map(|p| (p.place.path.as_path(), p.place.line)).collect();
    if !repeated.is_empty() && bad.len() as u64 + repeated.len() as u64 <= reading.allowed {
        // Within the tolerance: read once more, without the rows that repeat.
        reading.problems.truncate(before.0);
        reading.warnings.truncate(before.1);
        reading.files.truncate(before.2);
        let again = pass(reading, terms, &repeated.keys().copied().collect());
        problems = again.problems;
        ledger = again.ledger;
    }
    problems.extend(repeated.into_values());
    problems.sort();
    reading.tolerate(terms.located, problems);
    ledger
}

struct Pass {
    ledger: Ledger,
    problems: Vec<Diagnostic>,
    suspects: BTreeSet<u64>,
}

fn pass(reading: &mut Reading<'_>, terms: Terms<'_>, left_out: &BTreeSet<RowPlace>) -> Pass {
    let Terms { located, catalogue, as_of, exported_later, shipments } = terms;
    let export = &located.export;
    let bytes = located.files.iter().filter_map(|f| std::fs::metadata(f).ok()).map(|m| m.len()).sum();
    let bits = Bits::new(bytes);
    let mut ledger = Builder::new(as_of, exported_later, shipments);
    let (mut trails, mut problems) = (Vec::new(), Vec::new());
    for (file, path) in located.files.iter().enumerate() {
        let bind = |headers: &[String]| layout::bind(path, headers, export, orders::COLUMNS);
        let start = || (Builder::new(as_of, exported_later, shipments), Trail::default());
        let each =
            |(): &(), table: &mut Table<'_>, row: &Row, (builder, trail): &mut (Builder<'_>, Trail)| {
                if left_out.contains(&(file, row.line)) {
                    return false;
                }
                let order = orders::order(table, row, catalogue, as_of);
                if let Some(order) = &order {
                    trail.note(&bits, (file, row.piece), order.id, order.line);
                    builder.add(order);
                }
                order.is_some()
            };
        let read = reading.file(path, located.name, export, orders::COLUMNS, &bind, |_| Ok(()), start, each);
        if let Some(rows) = read {
            problems.extend(rows.problems);
            for (builder, trail) in rows.states {
                ledger.merge(builder);
                trails.push(trail);
            }
        }
    }
    Pass { ledger: ledger.finish(), problems, suspects: keys::suspects(trails) }
}

/// Rows whose order and line stand in an earlier row, by their place.
fn repeated(terms: Terms<'_>, suspects: &BTreeSet<u64>) -> BTreeMap<RowPlace, Diagnostic> {
    let mut repeated = BTreeMap::new();
    if suspects.is_empty() {
        return repeated;
    }
    let Terms { located, catalogue, as_of, .. } = terms;
    let export = &located.export;
    let mut seen: BTreeMap<(String, String), BTreeSet<RowPlace>> = BTreeMap::new();
    // What this second look finds wrong was told by the first.
    let checks = crate::job::Checks::default();
    let mut silent = Reading::new(&checks, 0);
    for (file, path) in located.files.iter().enumerate() {
        let bind = |headers: &[String]| layout::bind(path, headers, export, orders::COLUMNS);
        let each = |(): &(), table: &mut Table<'_>, row: &Row, found: &mut Vec<(String, String, u64)>| {
            let key = |column| table.text(row, column).unwrap_or_default();
            let (id, line) = (key(orders::ORDER_ID), key(orders::LINE));
            let suspect = suspects.contains(&keys::hash(id, line));
            if suspect && orders::order(table, row, catalogue, as_of).is_some() {
                let (id, line) = (table.text(row, orders::ORDER_ID), table.text(row, orders::LINE));
                found.push((
                    id.unwrap_or_default().to_owned(),
                    line.unwrap_or_default().to_owned(),
                    row.line,
                ));
            }
            suspect
        };
        let read =
            silent.file(path, located.name, export, orders::COLUMNS, &bind, |_| Ok(()), Vec::new, each);
        for (id, line, row) in read.into_iter().flat_map(|rows| rows.states).flatten() {
            seen.entry((id, line)).or_default().insert((file, row));
        }
    }
    for ((id, _), places) in seen {
        let mut places = places.into_iter();
        let Some((first_file, first_line)) = places.next() else { continue };
        for (file, line) in places {
            let same_file = first_file == file;
            let of = if same_file {
                String::new()
            } else {
                format!(" of {}", located.files[first_file].display())
            };
            let reason = format!("is already the order of line {first_line}{of}");
            let place = Place {
                path: located.files[file].clone(),
                line,
                column: "order_id".to_owned(),
                value: id.clone(),
            };
            repeated.insert((file, line), Diagnostic::error(Code::DuplicateRow, place, reason));
        }
    }
    repeated
}
