//! What to check before money is committed.

use maud::{Markup, html};

use super::Source;
use super::charts::{ALL, BASE};
use super::parts::{self, Grid, cell, numbers};
use super::rows::{Row, Tables};
use super::words;
use crate::tables::Column;
use crate::tables::declared::{market, policy_checks as policy, rejected_rows as rejected};

/// Rejected rows shown; the table has all.
const SHOWN: usize = 20;
/// Characters of a hash shown; the manifest has it whole.
const HASH: usize = 12;

pub(super) fn section(source: &Source<'_>, tables: Tables<'_>) -> Markup {
    html! {
        h3 { "Warnings" }
        @if source.manifest.warnings.is_empty() { p { "None." } } @else { (parts::list(&source.manifest.warnings)) }
        h3 { "Doubts" }
        @if source.doubts.is_empty() { p { "None." } } @else { (parts::list(&source.doubts.iter().map(|doubt| words::sentence(doubt)).collect::<Vec<_>>())) }
        h3 { "Rules of the trade" }
        (policies(tables))
        h3 { "What was read" }
        (inputs(source, tables))
        (rows_left_out(tables))
    }
}

fn policies(tables: Tables<'_>) -> Markup {
    let mut rows = tables.rows(policy::NAME);
    // What is off its target comes first.
    let place = |row: &Row<'_>| match row.text(policy::status) {
        "off_target" => 0,
        "no_data" => 1,
        "ok" => 2,
        _ => 3,
    };
    rows.sort_by_key(place);
    if rows.is_empty() {
        return parts::no_data("policy_checks has no row");
    }
    let table = Grid {
        caption: "Sales against the job's targets".to_owned(),
        source: policy::NAME,
        heads: vec![
            parts::names("Rule"),
            parts::names("Of"),
            numbers("Value", ""),
            numbers("Target", ""),
            parts::words("Status"),
            numbers("n", ""),
            parts::long("What was measured"),
        ],
        rows: rows
            .iter()
            .map(|row| {
                let status = row.text(policy::status);
                let mark = match status {
                    "ok" => "good",
                    "off_target" => "bad",
                    _ => "none",
                };
                vec![
                    cell(words::name(row.text(policy::check))),
                    cell(if row.is(policy::item, ALL) { "all" } else { row.text(policy::item) }),
                    cell(measure(row, policy::value)),
                    cell(measure(row, policy::target)),
                    html! { span.status.(mark) { (words::name(status)) } },
                    cell(row.figure(policy::n)),
                    cell(row.text(policy::note)),
                ]
            })
            .collect(),
        total: None,
    };
    html! { (table) }
}

/// A share as a percentage, money in whole dollars, anything else with its unit.
fn measure(row: &Row<'_>, col: Column) -> String {
    match (row.text(policy::unit), row.number(col)) {
        (_, None) => words::missing(),
        ("share", _) => row.percent(col),
        ("USD", _) => format!("{} USD", row.money(col)),
        (unit, Some(value)) => {
            let decimals = if value.fract() == 0.0 { 0 } else { 2 };
            format!("{} {unit}", words::number(value, decimals))
        }
    }
}

fn inputs(source: &Source<'_>, tables: Tables<'_>) -> Markup {
    let manifest = source.manifest;
    let known = tables.with(market::scenario, BASE);
    let known = known.iter().rfind(|row| row.is(market::kind, "actual"));
    let rejected: u64 = manifest.inputs.iter().map(|input| input.rows_rejected).sum();
    let row = |input: &crate::publish::Input| {
        vec![
            cell(words::name(&input.export)),
            cell(&input.file),
            cell(words::number(input.rows_used as f64, 0)),
            cell(words::number(input.rows_rejected as f64, 0)),
            html! { code { (input.sha256.get(..HASH).unwrap_or(&input.sha256)) } },
        ]
    };
    let table = Grid {
        caption: "Exports read".to_owned(),
        source: "manifest.json",
        heads: vec![
            parts::words("Export"),
            parts::words("File"),
            numbers("Rows used", ""),
            numbers("Rows rejected", ""),
            parts::words("SHA-256 begins"),
        ],
        rows: manifest.inputs.iter().map(row).collect(),
        total: None,
    };
    html! {
        p {
            "Nothing dated after " (words::iso_day(&manifest.as_of)) " was used. "
            @if let Some(row) = known { "Market data reach " (row.month(market::month)) ". " }
            @if rejected > 0 { strong { (words::number(rejected as f64, 0)) " rows were left out." } } @else { "No row was left out." }
        }
        (table)
        p.note {
            "The same files, job (" code { (manifest.job_sha256.get(..HASH).unwrap_or(&manifest.job_sha256)) }
            "), seed (" (manifest.seed) ") and " (words::number(f64::from(manifest.paths), 0))
            " paths give the same bytes again."
        }
    }
}

fn rows_left_out(tables: Tables<'_>) -> Markup {
    let rows = tables.rows(rejected::NAME);
    if rows.is_empty() {
        return html! {};
    }
    let table = Grid {
        caption: if rows.len() > SHOWN {
            format!("Rows left out: the first {SHOWN} of {}", words::number(rows.len() as f64, 0))
        } else {
            "Rows left out".to_owned()
        },
        source: rejected::NAME,
        heads: vec![
            parts::words("File"),
            numbers("Line", ""),
            parts::words("Column"),
            parts::long("Value"),
            parts::words("Code"),
            parts::long("Reason"),
        ],
        rows: rows
            .iter()
            .take(SHOWN)
            .map(|row| {
                vec![
                    cell(row.text(rejected::file)),
                    cell(row.figure(rejected::line)),
                    cell(row.text(rejected::column_of)),
                    html! { code { (row.text(rejected::value)) } },
                    cell(row.text(rejected::code)),
                    cell(row.text(rejected::reason)),
                ]
            })
            .collect(),
        total: None,
    };
    html! { (table) }
}
