//! What to check before money is committed.

use maud::{Markup, html};

use crate::tables::declared::market;
use crate::views::inputs::{self, hash};
use crate::views::orders::unsecured;
use crate::views::{BASE, Tables, words};

use super::Source;
use super::parts::{self, noted};

/// Rejected rows shown; the table has all.
const SHOWN: usize = 20;

pub(super) fn section(source: &Source<'_>, tables: Tables<'_>) -> Markup {
    let (off, within) = inputs::policies(tables);
    let doubts: Vec<String> = source.doubts.iter().map(|doubt| words::sentence(doubt)).collect();
    html! {
        h3 id="warnings" { "Warnings" }
        @if source.manifest.warnings.is_empty() { p { "None." } } @else { (parts::list(&source.manifest.warnings)) }
        (noted(unsecured(tables), "The agreed share of the price was due and was not received: these machines are not firm, and buy wafers only as far as such contracts mostly stay. Table open_orders has every line."))
        h3 id="doubts" { "Doubts" }
        @if doubts.is_empty() { p { "None." } } @else { (parts::list(&doubts)) }
        @if !source.manifest.assumptions.is_empty() {
            h3 { "Assumptions" }
            (parts::list(&source.manifest.assumptions))
        }
        h3 id="rules" { "Rules of the trade" }
        (noted(off, ""))
        p { (words::count(within, "rule is", "rules are")) " within target; " code { "policy_checks" } " has all." }
        h3 id="read" { "What was read" }
        (read(source, tables))
        (noted(inputs::left_out(tables, SHOWN), ""))
    }
}

fn read(source: &Source<'_>, tables: Tables<'_>) -> Markup {
    let manifest = source.manifest;
    let known = tables.with(market::scenario, BASE);
    let known = known.iter().rfind(|row| row.is(market::kind, "actual"));
    let rejected: u64 = manifest.inputs.iter().map(|input| input.rows_rejected).sum();
    html! {
        p {
            "Nothing dated after " (words::iso_day(&manifest.as_of)) " was used. "
            @if let Some(row) = known { "Market data reach " (row.shown(market::month)) ". " }
            @if rejected > 0 { strong { (words::number(rejected as f64, 0)) " rows were left out." } } @else { "No row was left out." }
        }
        (inputs::exports(manifest))
        p.note {
            "The same files, job (" code { (hash(&manifest.job_sha256)) }
            "), seed (" (manifest.seed) ") and " (words::number(f64::from(manifest.paths), 0))
            " paths give the same bytes again."
        }
    }
}
