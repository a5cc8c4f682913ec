//! How many wafers, what for, and why so many.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use maud::{Markup, html};

use super::charts::BASE;
use super::order::{split, total};
use super::parts::{self, Grid, cell, numbers};
use super::rows::{Row, Tables};
use super::words;
use crate::tables::declared::{critical_ratio as ratio, exposure, pegging, wafer_orders as orders};

/// What an order is called beside others.
fn name(row: &Row<'_>) -> String {
    format!("{} by {}", row.text(orders::chip), row.day(orders::place_by))
}

/// What the machines of each order are for.
pub(super) fn uses(rows: &[Row<'_>], tables: Tables<'_>) -> Grid {
    let pegs = tables.rows(pegging::NAME);
    let purposes = [
        orders::machines_covered,
        orders::firm_machines,
        orders::forecast_machines,
        orders::safety_machines,
        orders::rounding_machines,
    ];
    let cells = |row: &Row<'_>| {
        let mut cells = vec![cell(name(row))];
        cells.extend(purposes.iter().map(|col| cell(row.figure(*col))));
        cells.push(cell(covers(row, &pegs)));
        cells
    };
    let sums = (rows.len() > 1).then(|| {
        let mut cells = vec![cell("Total")];
        cells.extend(purposes.iter().map(|col| cell(total(rows, *col))));
        cells.push(cell(""));
        cells
    });
    Grid {
        caption: "What these orders are for".to_owned(),
        source: "wafer_orders, pegging",
        heads: vec![
            parts::days("Order"),
            numbers("Makes", "machines"),
            numbers("Firm", "orders in hand"),
            numbers("Forecast", "orders to come"),
            numbers("Safety", "above the mean"),
            numbers("Rounding", "lots, minimum"),
            parts::long("Models and months"),
        ],
        rows: rows.iter().map(cells).collect(),
        total: sums,
    }
}

/// Models and months that an order is pegged to: `8,124 M95-245 of Mar 2026 to Jul 2026`.
fn covers(order: &Row<'_>, pegs: &[Row<'_>]) -> String {
    let mut models: BTreeMap<&str, (f64, Option<NaiveDate>, Option<NaiveDate>)> = BTreeMap::new();
    for peg in pegs {
        let of_order = peg.date(pegging::place_by) == order.date(orders::place_by)
            && peg.is(pegging::chip, order.text(orders::chip))
            && peg.is(pegging::foundry, order.text(orders::foundry));
        // Safety and rounding are for no month and model in particular.
        let demand = ["firm_backlog", "forecast"].contains(&peg.text(pegging::purpose));
        let model = peg.text(pegging::model);
        if let (true, true, Some(machines)) = (of_order, demand, peg.number(pegging::machines)) {
            let month = peg.date(pegging::demand_month);
            let (sum, first, last) = models.entry(model).or_insert((0.0, month, month));
            *sum += machines;
            *first = (*first).min(month);
            *last = (*last).max(month);
        }
    }
    let told = models.iter().filter(|(_, (machines, ..))| *machines > 0.0).map(
        |(model, (machines, first, last))| {
            let month = |date: &Option<NaiveDate>| date.map_or_else(words::missing, words::month);
            let months =
                if first == last { month(first) } else { format!("{} to {}", month(first), month(last)) };
            format!("{} {model} of {months}", words::number(*machines, 0))
        },
    );
    let told: Vec<String> = told.collect();
    if told.is_empty() { words::missing() } else { told.join("; ") }
}

/// What is lost if the market turns.
pub(super) fn at_risk(tables: Tables<'_>) -> Markup {
    let base = tables.with(exposure::scenario, BASE);
    let Some(row) = base.first() else { return html! {} };
    html! {
        p {
            "Cancelled after placing, these orders lose " strong { (row.money(exposure::forfeit_place_now_usd)) " USD" }
            ". If demand comes out at its 10th percentile, what is left of them is written down by "
            strong { (row.money(exposure::low_demand_write_down_usd)) " USD" } " under bear prices "
            span.source { "(from " (parts::sources(exposure::NAME)) ")" } ". "
            a href="#sure-title" { "None, half or double of it" } "."
        }
    }
}

/// From the need to whole lots, and the service level behind it.
pub(super) fn quantities(tables: Tables<'_>) -> Markup {
    let (now, _) = split(tables);
    if now.is_empty() {
        return html! {};
    }
    let cells = |row: &Row<'_>| {
        vec![
            cell(name(row)),
            cell(row.percent(orders::service_level)),
            cell(row.figure(orders::chips_required)),
            cell(row.figure(orders::chips_on_hand)),
            cell(row.figure(orders::chips_on_order)),
            cell(row.figure(orders::chips_proposed)),
            cell(row.figure(orders::good_chips_per_wafer)),
            cell(row.figure(orders::net_wafers)),
            html! { strong { (row.figure(orders::wafers)) } },
        ]
    };
    let table = Grid {
        caption: "From the need to the orders above".to_owned(),
        source: orders::NAME,
        heads: vec![
            parts::days("Order"),
            numbers("For", "service level"),
            numbers("Needed", "chips"),
            numbers("In stock", "chips"),
            numbers("On order", "chips"),
            numbers("Ordered before", "chips"),
            numbers("Good chips", "a wafer"),
            numbers("Missing", "wafers"),
            numbers("To order", "wafers"),
        ],
        rows: now.iter().map(cells).collect(),
        total: None,
    };
    let mut reasons: Vec<String> = now
        .iter()
        .filter(|row| !row.text(orders::reason).is_empty())
        .map(|row| {
            let (chip, foundry, reason) =
                (row.text(orders::chip), row.text(orders::foundry), row.text(orders::reason));
            format!("{chip} at {foundry}: {reason}")
        })
        .collect();
    reasons.sort_unstable();
    reasons.dedup();
    html! {
        h3 { "How many, and why so many" }
        (table)
        p.note {
            "Chips needed, less those in stock, on order and of the orders before it, over the good chips of a wafer, are the \
             wafers missing; whole lots are ordered. Service level: the share of simulated paths whose demand the order covers."
        }
        @if !reasons.is_empty() { (parts::list(&reasons)) }
        (ratios(tables))
    }
}

/// What a machine too few and one too many cost, which sets the service level.
fn ratios(tables: Tables<'_>) -> Markup {
    let mut rows = tables.rows(ratio::NAME);
    rows.retain(|row| row.number(ratio::service_level).is_some());
    if rows.is_empty() {
        return html! {};
    }
    let cells = |row: &Row<'_>| {
        vec![
            cell(row.text(ratio::chip)),
            cell(row.text(ratio::foundry)),
            cell(row.month(ratio::demand_through)),
            cell(row.money(ratio::price_usd)),
            cell(row.money(ratio::effective_cost_usd)),
            cell(row.money(ratio::leftover_value_usd)),
            cell(row.money(ratio::underage_usd)),
            cell(row.money(ratio::overage_usd)),
            cell(row.percent(ratio::critical_ratio)),
            cell(row.percent(ratio::service_level)),
        ]
    };
    let table = Grid {
        caption: "What a machine too few and one too many cost, USD a machine".to_owned(),
        source: ratio::NAME,
        heads: vec![
            parts::words("Chip"),
            parts::words("Foundry"),
            parts::days("Demand to"),
            numbers("Price", "through the cycle"),
            numbers("Chips", "with cost of money"),
            numbers("Left over", "is worth"),
            numbers("Too few", "costs"),
            numbers("Too many", "costs"),
            numbers("Critical ratio", "few / (few + many)"),
            numbers("Service level", "within limits"),
        ],
        rows: rows.iter().map(cells).collect(),
        total: None,
    };
    html! { (table) }
}
