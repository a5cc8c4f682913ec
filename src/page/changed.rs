//! What changed since the vintage before.

use maud::{Markup, html};

use crate::error::Error;
use crate::views::{Tables, figures, inputs, words};

use super::Source;
use super::charts::drawn;
use super::parts;

pub(super) fn section(source: &Source<'_>, tables: Tables<'_>) -> Result<Markup, Error> {
    let mut vintages = inputs::bridged(tables);
    vintages.sort_unstable();
    let mut bridges = Vec::new();
    for (index, previous) in vintages.iter().enumerate() {
        let figure = figures::bridge(tables, previous);
        // One name within the page: the chart is of the newest vintage, the others are reported.
        let chart = index + 1 == vintages.len();
        bridges.push(html! {
            (drawn(figure.as_ref().filter(|_| chart))?)
        });
    }
    Ok(html! {
        (parts::list(&source.changed.iter().map(|line| words::sentence(line)).collect::<Vec<_>>()))
        @if bridges.is_empty() { p { "From the second quarter on, a bridge from the vintage before stands here." } }
        @for bridge in &bridges { (bridge) }
        @if let Some(orders) = inputs::orders_bridge(tables).some() {
            (orders)
            p.note { "Before and all steps add up to now. Placed wafers count as on order; what was declined or left undecided and is still needed comes back under need." }
        }
        @if let Some(decided) = inputs::orders_decided(tables).some() { (decided) }
    })
}
