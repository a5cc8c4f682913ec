//! `drivers`: further drivers of demand, by name.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::Scenario;
use crate::ingest::cells::layout::{Column, optional, required};
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::files::locations::Located;
use crate::ingest::rows::reading::Reading;
use crate::job::{BUILT_IN_DRIVERS, DriverKind, Job};

/// A driver's value on a day.
#[derive(Clone, PartialEq, Debug)]
pub struct DriverValue {
    /// The day it is the value of.
    pub date: NaiveDate,
    /// Day on which it became known; `None` when the export does not say: its own day for a lag-only driver, from the
    /// beginning for others.
    pub published_on: Option<NaiveDate>,
    /// The scenario that assumes it; `None` for all.
    pub scenario: Option<Scenario>,
    /// The value, in the driver's own unit.
    pub value: f64,
}

pub(in crate::ingest) const COLUMNS: &[Column] = &[
    required("date", &["month"]),
    required("name", &["driver"]),
    required("value", &[]),
    optional("published_on", &["known_on"]),
    optional("scenario", &[]),
];

const SCENARIOS: &[(&str, Scenario)] =
    &[("bear", Scenario::Bear), ("base", Scenario::Base), ("bull", Scenario::Bull)];

/// What makes a row one of its kind.
type Key = (String, NaiveDate, Option<NaiveDate>, Option<Scenario>);

/// Reads every value that existed on `as_of`, by driver, each sorted by day and day of publication. A value of a later
/// day exists only for a driver that the job declares known in advance or scenario; one published later for none. A row
/// without a value is none. A second value of a day is reported.
pub(in crate::ingest) fn read(
    reading: &mut Reading<'_>,
    located: &Located,
    job: &Job,
    as_of: NaiveDate,
) -> BTreeMap<String, Vec<DriverValue>> {
    let mut found: BTreeMap<Key, (f64, Place)> = BTreeMap::new();
    let each = |table: &mut Table<'_>, row: &Row<'_>, rows: &mut Vec<(Key, f64, u64)>| {
        let value = value(table, row, job, as_of);
        let used = value.is_some();
        rows.extend(value.map(|(key, value)| (key, value, row.line)));
        used
    };
    reading.simple(located, COLUMNS, each, |path, rows| {
        let mut problems = Vec::new();
        let mut rows: Vec<(Key, f64, u64)> = rows.into_iter().flatten().collect();
        rows.sort_by_key(|(.., line)| *line);
        for (key, value, line) in rows {
            let text = key.1.to_string();
            let place = Place { path: path.to_owned(), line, column: "date".to_owned(), value: text };
            match found.entry(key) {
                Entry::Vacant(free) => drop(free.insert((value, place))),
                Entry::Occupied(first) => {
                    let first = &first.get().1;
                    let reason = format!(
                        "already has a value of this driver on line {} of {}; give the day it was published in published_on, or take one out",
                        first.line,
                        first.path.display()
                    );
                    problems.push(Diagnostic::error(Code::DuplicateRow, place, reason));
                }
            }
        }
        problems
    });
    let mut drivers: BTreeMap<String, Vec<DriverValue>> = BTreeMap::new();
    for ((name, date, published_on, scenario), (value, _)) in found {
        drivers.entry(name).or_default().push(DriverValue { date, published_on, scenario, value });
    }
    drivers
}

fn value(table: &mut Table<'_>, row: &Row<'_>, job: &Job, as_of: NaiveDate) -> Option<(Key, f64)> {
    let published_on = table.maybe_date(row, 3);
    if published_on.flatten().is_some_and(|day| day > as_of) {
        table.found.goes_on = true;
        return None;
    }
    let date = table.need_date(row, 0);
    let name = table.need_text(row, 1);
    if let Some(name) = name.filter(|name| *name == "constant" || BUILT_IN_DRIVERS.contains(name)) {
        let reason =
            "is the name of a driver that is made from the other exports; give it another".to_owned();
        let name = name.to_owned();
        table.reject(row.line, Some(1), &name, (Code::Contradiction, reason));
        return None;
    }
    let kind = name.map_or(DriverKind::LagOnly, |name| job.driver_kind(name));
    if kind == DriverKind::LagOnly && date.is_some_and(|date| date > as_of) {
        table.found.goes_on = true;
        return None;
    }
    let value = table.maybe_number(row, 2);
    if value == Some(None) {
        // Empty is not zero: the driver has no value on this day.
        return None;
    }
    let scenario = table.maybe_word(row, 4, SCENARIOS);
    Some(((name?.to_owned(), date?, published_on?, scenario?), value??))
}
