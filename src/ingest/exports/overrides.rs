//! `overrides`: planners' adjustments of the forecast, with reason and name.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::domain::Month;
use crate::ingest::cells::layout::{Column, optional, required};
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::files::locations::Located;
use crate::ingest::names::folded;
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
    /// What part of the company proposes it, such as sales, product or finance; empty where the export does not say.
    pub role: String,
}

/// What planners want in place of the forecast.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Overrides {
    /// Those that count, one a month and model, sorted.
    pub last_word: Vec<Override>,
    /// Those of other roles that were not taken: recorded to be held against what ships, sorted.
    pub proposed: Vec<Override>,
}

/// An override, whether it is marked final, and the day on which it was made, each where the export says it.
type Made = (Override, Option<bool>, Option<NaiveDate>);

pub(in crate::ingest) const COLUMNS: &[Column] = &[
    required("month", &["ship_month"]),
    required("model", &["product"]),
    required("machines", &["units", "qty"]),
    required("reason", &[]),
    required("who", &["planner"]),
    optional("made_on", &["date"]),
    optional("role", &["department"]),
    optional("final", &[]),
];

const ROLE: usize = 6;
const FINAL: usize = 7;

/// Words of `final`.
const WORDS: [(&str, bool); 8] = [
    ("yes", true),
    ("no", false),
    ("true", true),
    ("false", false),
    ("x", true),
    ("final", true),
    ("1", true),
    ("0", false),
];

/// A row: what it says, whether it is marked final, where it stands.
type Marked = (Override, Option<bool>, Place);

/// Reads every override made up to `as_of`, sorted; a row without machines is no override. Of several of a month and model, each
/// must have a role of its own and one must be marked final; a row of its own counts unless it is marked as not final.
pub(in crate::ingest) fn read(
    reading: &mut Reading<'_>,
    located: &Located,
    catalogue: &Catalogue,
    as_of: NaiveDate,
) -> Overrides {
    let mut cells: BTreeMap<(Month, ModelId), Vec<Marked>> = BTreeMap::new();
    let mut late: Vec<(Place, NaiveDate)> = Vec::new();
    let each = |table: &mut Table<'_>, row: &Row<'_>, rows: &mut Vec<(Made, u64)>| {
        let adjustment = adjustment(table, row, catalogue, as_of);
        let used = adjustment.is_some();
        rows.extend(adjustment.map(|made| (made, row.line)));
        used
    };
    reading.simple(located, COLUMNS, each, |path, rows| {
        let mut problems = Vec::new();
        let mut rows: Vec<_> = rows.into_iter().flatten().collect();
        rows.sort_by_key(|(_, line): &(Made, u64)| *line);
        for ((adjustment, last_word, made_on), line) in rows {
            let value = adjustment.month.to_string();
            let place = Place { path: path.to_owned(), line, column: "month".to_owned(), value };
            late.extend(
                made_on.filter(|day| Month::of(*day) > adjustment.month).map(|day| (place.clone(), day)),
            );
            let cell = cells.entry((adjustment.month, adjustment.model)).or_default();
            problems.extend(second(cell, &adjustment, &place));
            cell.push((adjustment, last_word, place));
        }
        problems
    });
    let (mut overrides, mut problems) = (Overrides::default(), Vec::new());
    for cell in cells.into_values() {
        let taken = if let [(_, last_word, _)] = cell.as_slice() {
            // One alone is meant.
            (*last_word != Some(false)).then_some(0)
        } else {
            problems.extend(undecided(&cell));
            cell.iter().position(|(_, last_word, _)| *last_word == Some(true))
        };
        for (index, (adjustment, ..)) in cell.into_iter().enumerate() {
            let list = if taken == Some(index) { &mut overrides.last_word } else { &mut overrides.proposed };
            list.push(adjustment);
        }
    }
    overrides.proposed.sort();
    // Which of several counts is for people to say: no tolerance for bad rows makes up for it.
    reading.problems.extend(problems);
    for (place, made_on) in late {
        let reason = format!(
            "was over when the override was made, on {made_on}: it changes nothing; is the month right?"
        );
        reading.check(Code::OddDates, Severity::Warning, place, reason);
    }
    overrides
}

/// A second row of a month and model that no role tells from the first.
fn second(cell: &[Marked], adjustment: &Override, place: &Place) -> Option<Diagnostic> {
    let same = |(other, ..): &&Marked| {
        folded(&other.role) == folded(&adjustment.role) || other.role.is_empty() || adjustment.role.is_empty()
    };
    let (other, _, first) = cell.iter().find(same)?;
    let roles = if other.role.is_empty() || adjustment.role.is_empty() {
        "several may stand beside each other when each has a role".to_owned()
    } else {
        format!("both have the role {}", adjustment.role)
    };
    let reason = format!(
        "is already adjusted for this model on line {} of {}; {roles}",
        first.line,
        first.path.display()
    );
    Some(Diagnostic::error(Code::DuplicateRow, place.clone(), reason))
}

/// Several rows of which not one is marked final. Rows of one role were reported.
fn undecided(cell: &[Marked]) -> Option<Diagnostic> {
    let marked: Vec<&Marked> = cell.iter().filter(|(_, last_word, _)| *last_word == Some(true)).collect();
    if marked.len() == 1 {
        return None;
    }
    let lines = |rows: &mut dyn Iterator<Item = &Marked>| {
        let lines: Vec<String> =
            rows.map(|(of, _, place)| format!("{} ({}, {})", place.line, of.role, of.machines)).collect();
        lines.join(" and ")
    };
    let (_, _, place) = cell.last()?;
    let reason = if marked.is_empty() {
        format!(
            "is adjusted for this model on lines {}, and none is marked final: write yes in `final` of the one that counts",
            lines(&mut cell.iter())
        )
    } else {
        format!(
            "has more than one final override for this model, on lines {}: leave yes in `final` of the one that counts",
            lines(&mut marked.into_iter())
        )
    };
    Some(Diagnostic::error(Code::Contradiction, place.clone(), reason))
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
    let last_word = table.maybe_word(row, FINAL, &WORDS);
    let role = table.text(row, ROLE).unwrap_or_default().to_owned();
    let made_on = made_on?;
    let adjustment = Override {
        month: month?,
        model: model?,
        machines: machines??,
        reason: reason?.to_owned(),
        who: who?.to_owned(),
        role,
    };
    Some((adjustment, last_word?, made_on))
}
