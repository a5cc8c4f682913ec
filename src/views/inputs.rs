//! What changed since earlier vintages, what was read, and what to check.

use crate::publish::{Input, Manifest};
use crate::table::{Cell, Column};
use crate::tables::declared::{
    order_decisions as decisions, order_revisions as orders, policy_checks as policy,
    rejected_rows as rejected, revisions,
};

use super::{ALL, Entry, Form, Grid, Head, Row, Tables, texts, words};

/// The steps of the bridge from an earlier vintage.
pub(crate) const STEPS: [Column; 8] = [
    revisions::corrections,
    revisions::deliveries,
    revisions::new_orders,
    revisions::cancellations,
    revisions::slips,
    revisions::drivers,
    revisions::overrides,
    revisions::method,
];

/// Earlier vintages that bridges begin at.
pub(crate) fn bridged(tables: Tables<'_>) -> Vec<&str> {
    texts(&tables.rows(revisions::NAME), revisions::previous_vintage)
}

/// Rows of the bridge from an earlier vintage, all models.
pub(crate) fn bridge<'a>(tables: Tables<'a>, previous: &str) -> Vec<Row<'a>> {
    let mut rows = tables.with(revisions::previous_vintage, previous);
    rows.retain(|row| row.is(revisions::model, ALL));
    rows
}

/// Wafer orders from the vintages before to now, by chip.
pub(crate) fn orders_bridge(tables: Tables<'_>) -> Grid {
    let rows = tables.rows(orders::NAME);
    let steps = [orders::placed, orders::declined, orders::undecided, orders::new_months, orders::need];
    let columns =
        [&[orders::previous_vintage, orders::chip, orders::previous][..], &steps, &[orders::now]].concat();
    let mut grid = Grid::new("Wafer orders from the vintage before to now, by chip", &rows, &columns)
        .phone(&[orders::chip, orders::previous, orders::now]);
    let changes = grid.rows.iter_mut().flat_map(|row| row.iter_mut().skip(3).take(steps.len()));
    changes.for_each(|entry| entry.form = Form::Change);
    grid
}

/// What became of the wafer orders proposed and placed before.
pub(crate) fn orders_decided(tables: Tables<'_>) -> Grid {
    let columns = [
        decisions::order,
        decisions::proposed_wafers,
        decisions::status,
        decisions::placed_wafers,
        decisions::date,
        decisions::approver,
        decisions::standing,
        decisions::due,
        decisions::supply_wafers,
        decisions::counted_wafers,
    ];
    let phone = [decisions::proposed_wafers, decisions::status, decisions::counted_wafers];
    Grid::new("What became of the wafer orders proposed before", &tables.rows(decisions::NAME), &columns)
        .phone(&phone)
}

/// Rules of the trade that are off their target or could not be measured, and how many are within.
pub(crate) fn policies(tables: Tables<'_>) -> (Grid, usize) {
    let mut rows = tables.rows(policy::NAME);
    let ok = rows.iter().filter(|row| row.is(policy::status, "ok") && row.is(policy::item, ALL)).count();
    rows.retain(|row| ["off_target", "no_data"].contains(&row.text(policy::status)));
    rows.sort_by_key(|row| row.is(policy::status, "no_data"));
    let columns = [policy::check, policy::item, policy::value, policy::target, policy::status, policy::note];
    let mut grid = Grid::new("Sales against the job's targets", &rows, &columns);
    for (row, entries) in rows.iter().zip(&mut grid.rows) {
        if row.is(policy::item, ALL) {
            entries[1] = Entry::text("all");
        }
        // Each row has a unit of its own.
        for (entry, column) in entries.iter_mut().skip(2).zip([policy::value, policy::target]) {
            *entry = Entry::text(measure(row, column));
        }
    }
    (grid.phone(&[policy::value, policy::target, policy::status]), ok)
}

/// A share as a percentage, money in whole dollars, anything else with its unit.
fn measure(row: &Row<'_>, column: Column) -> String {
    match (row.text(policy::unit), row.number(column)) {
        (_, None) => words::missing(),
        ("share", Some(share)) => words::percent(share),
        ("USD", Some(amount)) => format!("{} USD", words::money(amount)),
        (unit, Some(value)) => {
            let decimals = if value.fract() == 0.0 { 0 } else { 2 };
            format!("{} {unit}", words::number(value, decimals))
        }
    }
}

/// Characters of a hash shown; the manifest has it whole.
const HASH: usize = 12;

/// The first characters of a hash.
pub(crate) fn hash(sha256: &str) -> &str {
    sha256.get(..HASH).unwrap_or(sha256)
}

/// Exports read.
pub(crate) fn exports(manifest: &Manifest) -> Grid {
    let heads = [
        ("Export", Form::Words),
        ("File", Form::Text),
        ("Rows used", Form::Number(0)),
        ("Rows rejected", Form::Number(0)),
        ("SHA-256 begins", Form::Text),
    ];
    let line = |input: &Input| {
        let cells: [Cell; 5] = [
            input.export.as_str().into(),
            input.file.as_str().into(),
            input.rows_used.into(),
            input.rows_rejected.into(),
            hash(&input.sha256).into(),
        ];
        cells.into_iter().zip(heads).map(|(cell, (_, form))| Entry::new(cell, form)).collect()
    };
    let rows = manifest.inputs.iter().map(line).collect();
    let heads = heads.iter().map(|(what, form)| Head::new(what, "", *form)).collect();
    Grid::made("Exports read", "manifest.json", heads, rows)
}

/// Rows left out, at most so many.
pub(crate) fn left_out(tables: Tables<'_>, most: usize) -> Grid {
    let rows = tables.rows(rejected::NAME);
    let title = if rows.len() > most {
        format!("Rows left out: the first {most} of {}", words::number(rows.len() as f64, 0))
    } else {
        "Rows left out".to_owned()
    };
    let columns =
        [rejected::file, rejected::line, rejected::column, rejected::value, rejected::code, rejected::reason];
    Grid::new(title, &rows[..rows.len().min(most)], &columns)
}

/// What each part of the forecast used, and why.
pub(crate) fn used(manifest: &Manifest) -> Grid {
    let line = |(part, what): (&String, &String)| {
        vec![Entry::new(part.as_str(), Form::Words), Entry::new(what.as_str(), Form::Long)]
    };
    let heads = vec![Head::new("Part", "", Form::Words), Head::new("Used", "", Form::Long)];
    let rows = manifest.models_used.iter().map(line).collect();
    Grid::made("What each part of the forecast used, and why", "manifest.json", heads, rows)
}
