//! Why: the forecast, what it rests on, and what supply lets through.

use maud::{Markup, html};

use crate::error::Error;

use super::charts::{self, ALL, BASE};
use super::parts::{self, Grid, cell, numbers};
use super::quantity;
use super::rows::{Row, Tables};
use super::words;
use crate::tables::declared::{
    overrides, shipment_forecast as monthly, shipment_forecast_quarterly as quarterly, shortages,
    wafer_orders as orders,
};

/// Name of the 12-month total among the quarters.
pub(super) const YEAR: &str = "12M";

pub(super) fn section(tables: Tables<'_>) -> Result<Markup, Error> {
    let quarters = quarters(tables, BASE);
    let year = quarters.iter().find(|row| row.is(quarterly::quarter, YEAR));
    let supply = charts::supply(tables);
    let shipments = charts::shipments(tables).map(|picture| picture.figure()).transpose()?;
    let parts_of = charts::parts(tables).map(|picture| picture.figure()).transpose()?;
    let supply_message = supply.as_ref().map(|picture| picture.message.clone());
    let supply = supply.map(|picture| picture.figure()).transpose()?;
    Ok(html! {
        @if let Some(year) = year {
            p.lead {
                "Over 12 months " strong { (year.figure(quarterly::units)) " machines" }
                " are forecast to ship if supply allows: " (year.figure(quarterly::expected_units))
                " from orders in hand, the rest from orders still to come. The 80% interval goes from "
                strong { (year.figure(quarterly::units_p10)) } " to " strong { (year.figure(quarterly::units_p90)) } ". "
                (supply_message.unwrap_or_default())
            }
        } @else { (parts::no_data("shipment_forecast_quarterly has no 12-month total")) }
        @if !quarters.is_empty() { (quarter_table(&quarters)) }
        @if let Some(figure) = shipments { (figure) }
        @if let Some(figure) = parts_of { (figure) }
        @if let Some(figure) = supply { (figure) }
        (short(tables))
        (quantity::quantities(tables))
        h3 { "By model" }
        (models(tables))
        (changed_by_hand(tables))
    })
}

/// Quarters and the 12-month total of all models.
pub(super) fn quarters<'a>(tables: Tables<'a>, scenario: &str) -> Vec<Row<'a>> {
    let mut rows = tables.with(quarterly::scenario, scenario);
    rows.retain(|row| row.is(quarterly::model, ALL));
    // The total comes last.
    rows.sort_by_key(|row| (row.is(quarterly::quarter, YEAR), row.text(quarterly::quarter)));
    rows
}

fn heads(first: &str) -> Vec<parts::Head> {
    vec![
        parts::words(first),
        numbers("Firm", "by contract"),
        numbers("Expected", "of orders in hand"),
        numbers("Forecast", "if supply allows"),
        numbers("80% interval", "from"),
        numbers("", "to"),
        numbers("With supply", "and orders"),
        numbers("Waiting", "at the end"),
        numbers("Revenue", "USD"),
    ]
}

fn cells(name: String, row: &Row<'_>) -> Vec<Markup> {
    vec![
        cell(name),
        cell(row.figure(quarterly::firm_units)),
        cell(row.figure(quarterly::expected_units)),
        html! { strong { (row.figure(quarterly::units)) } },
        cell(row.figure(quarterly::units_p10)),
        cell(row.figure(quarterly::units_p90)),
        cell(row.figure(quarterly::constrained_units)),
        cell(row.figure(quarterly::waiting_units)),
        cell(row.money(quarterly::revenue_usd)),
    ]
}

fn quarter_table(rows: &[Row<'_>]) -> Grid {
    let (total, quarters): (Vec<Row<'_>>, Vec<Row<'_>>) =
        rows.iter().copied().partition(|row| row.is(quarterly::quarter, YEAR));
    Grid {
        caption: "Machines by quarter, all models, base scenario".to_owned(),
        source: quarterly::NAME,
        heads: heads("Quarter"),
        rows: quarters.iter().map(|row| cells(row.text(quarterly::quarter).to_owned(), row)).collect(),
        total: total.first().map(|row| cells("12 months".to_owned(), row)),
    }
}

/// Months in which machines wait, why, and what could still help.
fn short(tables: Tables<'_>) -> Markup {
    let rows = tables.rows(shortages::NAME);
    if rows.is_empty() {
        return html! {};
    }
    let cells = |row: &Row<'_>| {
        let cause = match row.text(shortages::cause) {
            "lead_time" => "nothing ordered now comes in time".to_owned(),
            "maximum" => "no foundry takes more in time".to_owned(),
            "service_level" => "left uncovered by the order rule".to_owned(),
            other => words::name(other),
        };
        vec![
            cell(row.month(shortages::month)),
            cell(row.text(shortages::chip)),
            cell(row.figure(shortages::waiting_units)),
            cell(cause),
            cell(row.figure(shortages::expedite_machines)),
            cell(row.figure(shortages::expedite_months)),
            cell(row.money(shortages::spot_chip_worth_usd)),
        ]
    };
    let table = Grid {
        caption: "Machines that wait, and what could still help".to_owned(),
        source: shortages::NAME,
        heads: vec![
            parts::days("Month"),
            parts::words("Chip"),
            numbers("Waiting", "machines"),
            parts::words("Cause"),
            numbers("Could ship", "with the next chips"),
            numbers("if those came", "months earlier"),
            numbers("A chip now", "worth at most, USD"),
        ],
        rows: rows.iter().map(cells).collect(),
        total: None,
    };
    html! { (table) }
}

/// Models with anything in the twelve months.
fn models(tables: Tables<'_>) -> Markup {
    let mut rows = tables.with(quarterly::scenario, BASE);
    rows.retain(|row| row.is(quarterly::quarter, YEAR));
    let all = rows.iter().find(|row| row.is(quarterly::model, ALL)).copied();
    rows.retain(|row| !row.is(quarterly::model, ALL));
    let shows = |row: &Row<'_>| {
        [quarterly::firm_units, quarterly::units, quarterly::units_p90, quarterly::waiting_units]
            .iter()
            .any(|col| row.number(*col).is_some_and(|value| value != 0.0))
    };
    let (shown, rest): (Vec<Row<'_>>, Vec<Row<'_>>) = rows.into_iter().partition(shows);
    let rest: Vec<String> = rest.iter().map(|row| row.text(quarterly::model).to_owned()).collect();
    if shown.is_empty() {
        return html! {};
    }
    let table = Grid {
        caption: "Machines by model, 12 months, base scenario".to_owned(),
        source: quarterly::NAME,
        heads: heads("Model"),
        rows: shown.iter().map(|row| cells(row.text(quarterly::model).to_owned(), row)).collect(),
        total: all.map(|row| cells("All".to_owned(), &row)),
    };
    html! {
        (table)
        p.note {
            "Intervals of a total are not the sum of the intervals: not everything goes wrong at once. "
            @if !rest.is_empty() { "Nothing is forecast of " (words::list(&rest)) "." }
        }
    }
}

/// Planners' overrides.
fn changed_by_hand(tables: Tables<'_>) -> Markup {
    let rows = tables.rows(overrides::NAME);
    if rows.is_empty() {
        return html! {};
    }
    let table = Grid {
        caption: "Planners' overrides in this forecast".to_owned(),
        source: overrides::NAME,
        heads: vec![
            parts::days("Month"),
            parts::words("Model"),
            numbers("Baseline", "machines"),
            numbers("Change", "machines"),
            numbers("Forecast", "machines"),
            parts::long("Reason"),
            parts::words("Who"),
        ],
        rows: rows
            .iter()
            .map(|row| {
                vec![
                    cell(row.month(overrides::month)),
                    cell(row.text(overrides::model)),
                    cell(row.figure(overrides::baseline_units)),
                    cell(row.number(overrides::override_units).map_or_else(words::missing, words::change)),
                    cell(row.figure(overrides::units)),
                    cell(row.text(overrides::reason)),
                    cell(row.text(overrides::who)),
                ]
            })
            .collect(),
        total: None,
    };
    html! { (table) }
}

/// Machines by month, all models.
pub(super) fn months(tables: Tables<'_>) -> Markup {
    let rows = charts::base_months(tables);
    if rows.is_empty() {
        return parts::no_data("shipment_forecast has no base scenario of all models");
    }
    let table = Grid {
        caption: "Machines by month, all models, base scenario".to_owned(),
        source: monthly::NAME,
        heads: vec![
            parts::days("Month"),
            numbers("Firm", "by contract"),
            numbers("Expected", "of orders in hand"),
            numbers("Forecast", "if supply allows"),
            numbers("80% interval", "from"),
            numbers("", "to"),
            numbers("Supply", "committed"),
            numbers("Ships", "with supply"),
            numbers("Misses", "its month"),
            numbers("Waiting", "at the end"),
        ],
        rows: rows
            .iter()
            .map(|row| {
                vec![
                    cell(row.month(monthly::month)),
                    cell(row.figure(monthly::firm_units)),
                    cell(row.figure(monthly::expected_units)),
                    html! { strong { (row.figure(monthly::units)) } },
                    cell(row.figure(monthly::units_p10)),
                    cell(row.figure(monthly::units_p90)),
                    cell(row.figure(monthly::supply_units)),
                    cell(row.figure(monthly::constrained_units)),
                    cell(row.figure(monthly::short_units)),
                    cell(row.figure(monthly::waiting_units)),
                ]
            })
            .collect(),
        total: None,
    };
    html! {
        (table)
        p.note {
            "A dash under committed supply: not known, or wafers for that month can still be ordered ("
            code { (orders::NAME) } ")."
        }
    }
}
