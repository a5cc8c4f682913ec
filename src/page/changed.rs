//! What changed since the vintage before.

use maud::{Markup, html};

use crate::error::Error;

use super::Source;
use super::charts::{self, ALL, STEPS};
use super::parts::{self, Grid, cell, numbers};
use super::rows::{Row, Tables};
use super::words;
use crate::tables::Column;
use crate::tables::declared::revisions;

pub(super) fn section(source: &Source<'_>, tables: Tables<'_>) -> Result<Markup, Error> {
    let mut vintages: Vec<&str> =
        tables.rows(revisions::NAME).iter().map(|row| row.text(revisions::previous_vintage)).collect();
    vintages.sort_unstable();
    vintages.dedup();
    let manifest = source.manifest;
    let mut bridges = Vec::new();
    for (place, previous) in vintages.iter().enumerate() {
        let picture = charts::bridge(tables, previous);
        let message = picture.as_ref().map(|picture| picture.message.clone());
        // One name within the page: the chart is of the newest vintage, the others are told.
        let chart = place + 1 == vintages.len();
        let figure = picture.filter(|_| chart).map(|picture| picture.figure()).transpose()?;
        bridges.push(html! {
            h3 { "Since " (previous) }
            @if let Some(message) = message { p { (message) } }
            @if let Some(figure) = figure { (figure) }
            (months(tables, previous))
        });
    }
    Ok(html! {
        @if let Some(revised) = &manifest.revises {
            p { "This vintage revises " strong { (revised) } ". What is not as it was:" }
            @if manifest.changed.is_empty() { p { "Nothing that decides the outputs." } } @else { (parts::list(&manifest.changed)) }
        }
        @if bridges.is_empty() {
            p { "No earlier vintage to compare with. From the second quarter on, a bridge from the vintage before stands here." }
        }
        @for bridge in &bridges { (bridge) }
    })
}

/// The bridge by month.
fn months(tables: Tables<'_>, previous: &str) -> Markup {
    let mut rows = tables.with(revisions::previous_vintage, previous);
    rows.retain(|row| row.is(revisions::model, ALL));
    // Steps that changed nothing in any month take no column.
    let steps: Vec<(Column, &str)> = STEPS
        .into_iter()
        .filter(|(col, _)| rows.iter().any(|row| row.number(*col).is_some_and(|value| value != 0.0)))
        .collect();
    let mut heads = vec![parts::days("Month"), parts::words("Status"), numbers("Before", "machines")];
    heads.extend(steps.iter().map(|(_, name)| numbers(name, "")));
    heads.push(numbers("Now", "machines"));
    let cells = |row: &Row<'_>| {
        let mut cells = vec![
            cell(row.month(revisions::month)),
            cell(row.text(revisions::status)),
            cell(row.figure(revisions::previous)),
        ];
        let change = |col| row.number(col).map_or_else(words::missing, words::change);
        cells.extend(steps.iter().map(|(col, _)| cell(change(*col))));
        cells.push(html! { strong { (row.figure(revisions::now)) } });
        cells
    };
    let table = Grid {
        caption: format!("From {previous} to now by month, all models, base scenario"),
        source: revisions::NAME,
        heads,
        rows: rows.iter().map(cells).collect(),
        total: None,
    };
    html! {
        (table)
        p.note { "Before and all steps add up to now. Delivered: the month has passed, and now is what left the door." }
    }
}
