//! `channel_inventory`: machines on hand at distributors.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::ingest::cells::layout::{Column, optional, required};
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::files::locations::Located;
use crate::ingest::rows::reading::Reading;
use crate::job::{Catalogue, CheckSeverity, ModelId};

use super::snapshot::Snapshot;
use super::total_rows;

pub(in crate::ingest) const COLUMNS: &[Column] = &[
    required("snapshot_date", &[]),
    required("channel", &["distributor"]),
    required("model", &["product"]),
    required("quantity", &["qty", "on_hand"]),
    optional("sell_through_quantity", &["sell_through"]),
];

/// Reads every snapshot up to `as_of`, sorted; a second count of a channel and model on a day is reported.
pub(in crate::ingest) fn read(
    reading: &mut Reading<'_>,
    located: &Located,
    catalogue: &Catalogue,
    as_of: NaiveDate,
) -> Vec<Snapshot> {
    let mut snapshots: BTreeMap<(NaiveDate, String, ModelId), (Snapshot, Place)> = BTreeMap::new();
    let each = |table: &mut Table<'_>, row: &Row<'_>, rows: &mut Vec<(Snapshot, u64)>| {
        let snapshot = snapshot(table, row, catalogue, as_of);
        let used = snapshot.is_some();
        rows.extend(snapshot.map(|snapshot| (snapshot, row.line)));
        used
    };
    reading.simple(located, COLUMNS, each, |path, rows| {
        let mut problems = Vec::new();
        let mut rows: Vec<(Snapshot, u64)> = rows.into_iter().flatten().collect();
        rows.sort_by_key(|(_, line)| *line);
        for (snapshot, line) in rows {
            let value = snapshot.date.to_string();
            let place = Place { path: path.to_owned(), line, column: "snapshot_date".to_owned(), value };
            match snapshots.entry((snapshot.date, snapshot.channel.clone(), snapshot.model)) {
                Entry::Vacant(free) => drop(free.insert((snapshot, place))),
                Entry::Occupied(first) => {
                    let first = &first.get().1;
                    let of = if first.path == path {
                        String::new()
                    } else {
                        format!(" of {}", first.path.display())
                    };
                    let reason =
                        format!("is already counted for this channel and model on line {}{of}: where rows are parts of one count, such as warehouses, add them up by step = \"group\"; where they are of several kinds, such as in transit, take one by \"keep_rows\"", first.line);
                    problems.push(Diagnostic::error(Code::DuplicateRow, place, reason));
                }
            }
        }
        problems
    });
    let totals = total_rows::totals(snapshots.values().map(|(snapshot, _)| snapshot));
    if reading.checks.0.get(Code::TotalRow.name()) != Some(&CheckSeverity::Off) {
        for (channel, why) in &totals {
            let rows = || snapshots.values().filter(|(snapshot, _)| snapshot.channel == *channel);
            let place = rows().map(|(_, place)| place).min().cloned().unwrap_or_default();
            let place = Place { column: "channel".to_owned(), value: channel.clone(), ..place };
            let reason = format!("{why}: its {} rows are left out", rows().count());
            reading.check(Code::TotalRow, Severity::Warning, place, reason);
        }
        snapshots.retain(|_, (snapshot, _)| !totals.contains_key(&snapshot.channel));
    }
    snapshots.into_values().map(|(snapshot, _)| snapshot).collect()
}

fn snapshot(
    table: &mut Table<'_>,
    row: &Row<'_>,
    catalogue: &Catalogue,
    as_of: NaiveDate,
) -> Option<Snapshot> {
    let date = table.need_date(row, 0);
    if let Some(date) = date.filter(|date| *date > as_of) {
        table.found.goes_on = true;
        table.found.seen.later(date, row.line);
        return None;
    }
    let channel = table.need_text(row, 1);
    let model = table.need_model(row, 2, catalogue);
    let quantity = table.need_integer(row, 3, 0, 100_000_000);
    let sell_through = table.maybe_integer(row, 4);
    Some(Snapshot {
        date: date?,
        channel: channel?.to_owned(),
        model: model?,
        quantity: quantity?,
        sell_through: sell_through?,
    })
}
