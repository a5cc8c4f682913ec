//! `overrides`: planners' adjustments of the forecast, with reason and name.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::domain::Month;
use crate::ingest::cells::layout::{Column, optional, required};
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::files::locations::Located;
use crate::ingest::rows::reading::Reading;
use crate::job::{Catalogue, ModelId};

/// Machines of one model that a planner expects to ship in one month, instead of what is forecast.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Override {
    /// Month of shipment.
    pub month: Month,
    /// The model.
    pub model: ModelId,
    /// Machines, in place of the forecast.
    pub machines: u32,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub who: String,
}

/// An override, and the day on which it was made, where the export says it.
type Made = (Override, Option<NaiveDate>);

pub(in crate::ingest) const COLUMNS: &[Column] = &[
    required("month", &["ship_month"]),
    required("model", &["product"]),
    required("machines", &["units", "qty"]),
    required("reason", &[]),
    required("who", &["planner"]),
    optional("made_on", &["date"]),
];

/// Reads every override made up to `as_of`, sorted; a row without machines is no override. A second one of a month
/// and model is reported.
pub(in crate::ingest) fn read(
    reading: &mut Reading<'_>,
    located: &Located,
    catalogue: &Catalogue,
    as_of: NaiveDate,
) -> Vec<Override> {
    let mut found: BTreeMap<(Month, ModelId), (Override, Place)> = BTreeMap::new();
    let mut late: Vec<(Place, NaiveDate)> = Vec::new();
    let each = |table: &mut Table<'_>, row: &Row<'_>, rows: &mut Vec<(Made, u64)>| {
        let adjustment = adjustment(table, row, catalogue, as_of);
        let used = adjustment.is_some();
        rows.extend(adjustment.map(|adjustment| (adjustment, row.line)));
        used
    };
    reading.simple(located, COLUMNS, each, |path, rows| {
        let mut problems = Vec::new();
        let mut rows: Vec<(Made, u64)> = rows.into_iter().flatten().collect();
        rows.sort_by_key(|(_, line)| *line);
        for ((adjustment, made_on), line) in rows {
            let value = adjustment.month.to_string();
            let place = Place { path: path.to_owned(), line, column: "month".to_owned(), value };
            late.extend(
                made_on.filter(|day| Month::of(*day) > adjustment.month).map(|day| (place.clone(), day)),
            );
            match found.entry((adjustment.month, adjustment.model)) {
                Entry::Vacant(free) => drop(free.insert((adjustment, place))),
                Entry::Occupied(first) => {
                    let first = &first.get().1;
                    let reason = format!(
                        "is already adjusted for this model on line {} of {}",
                        first.line,
                        first.path.display()
                    );
                    problems.push(Diagnostic::error(Code::DuplicateRow, place, reason));
                }
            }
        }
        problems
    });
    for (place, made_on) in late {
        let reason = format!(
            "was over when the override was made, on {made_on}: it changes nothing; is the month right?"
        );
        reading.check(Code::OddDates, Severity::Warning, place, reason);
    }
    found.into_values().map(|(adjustment, _)| adjustment).collect()
}

fn adjustment(table: &mut Table<'_>, row: &Row<'_>, catalogue: &Catalogue, as_of: NaiveDate) -> Option<Made> {
    let made_on = table.maybe_date(row, 5);
    if made_on.flatten().is_some_and(|date| date > as_of) {
        return None;
    }
    let month = table.need_month(row, 0);
    let model = table.need_model(row, 1, catalogue);
    let machines = table.maybe_integer(row, 2);
    if machines == Some(None) {
        // Empty is not zero: whoever wants none writes 0.
        return None;
    }
    let (reason, who) = (table.need_text(row, 3), table.need_text(row, 4));
    let made_on = made_on?;
    let adjustment = Override {
        month: month?,
        model: model?,
        machines: machines??,
        reason: reason?.to_owned(),
        who: who?.to_owned(),
    };
    Some((adjustment, made_on))
}
