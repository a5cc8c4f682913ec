//! What to order now, by when, and what to pay when.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};

use super::Source;
use super::charts::{self, BASE, NOW};
use super::parts::{self, Grid, cell, numbers};
use super::quantity;
use super::rows::{Row, Tables};
use super::why::{self, YEAR};
use super::words;
use crate::tables::Column;
use crate::tables::declared::{
    shipment_forecast as monthly, shipment_forecast_quarterly as quarterly, wafer_orders as orders,
};

pub(super) fn section(source: &Source<'_>, tables: Tables<'_>) -> Markup {
    let (now, planned) = split(tables);
    let supply_known = source.manifest.inputs.iter().any(|input| input.export == "supply");
    html! {
        @if now.is_empty() {
            p.lead { "No wafer order has to be placed before the next run." }
        } @else {
            p.lead {
                "Order " strong { (total(&now, orders::wafers)) " wafers" } " before the next run, the first "
                (total(&first_ones(&now), orders::wafers)) " by " strong { (first_day(&now)) } ". Pay "
                strong { (total(&now, orders::prepayment_usd)) " USD" } " when placing and "
                strong { (total(&now, orders::balance_usd)) " USD" } " when the wafers are out."
            }
            (table(&now, "Wafer orders to place before the next run".to_owned()))
            p.note {
                "Place by: the last day on which the wafers still come in time for the ship month; later they make no machine \
                 of that month. Runs short: share of simulated paths in which demand up to the last month that the order serves \
                 exceeds supply with the order placed. Left over: mean over the paths at that month. " (rules(&now))
            }
            (quantity::uses(&now, tables))
            (quantity::at_risk(tables))
            (payments(&now))
        }
        @let cut: Vec<String> = now.iter().chain(&planned).filter_map(cut).collect();
        @if !cut.is_empty() { div.alert { p { strong { "Cannot be had" } } (parts::list(&cut)) } }
        @if !supply_known {
            div.alert { p {
                strong { "Not net of supply. " }
                "Stock and open wafer orders were not given: the wafers above cover the whole need."
            } }
        }
        @if !planned.is_empty() {
            p {
                "For a later run to decide: " (words::count(planned.len(), "order", "orders")) ", "
                (total(&planned, orders::wafers)) " wafers, the first by " (first_day(&planned)) ". "
                a href="#wafers" { "All wafer orders by month" } "."
            }
        }
        @if now.is_empty() && planned.is_empty() { (parts::no_data("wafer_orders has no row")) }
    }
}

/// Orders to place now and orders to plan with, by their last day.
pub(super) fn split(tables: Tables<'_>) -> (Vec<Row<'_>>, Vec<Row<'_>>) {
    let mut rows = tables.rows(orders::NAME);
    rows.sort_by_key(|row| (row.date(orders::place_by), row.text(orders::chip), row.text(orders::foundry)));
    rows.into_iter().partition(|row| row.is(orders::decision, NOW))
}

/// Orders as a table with totals.
pub(super) fn table(rows: &[Row<'_>], caption: String) -> Grid {
    let heads = vec![
        parts::days("Place by"),
        parts::words("Chip"),
        parts::words("Foundry"),
        numbers("Wafers", ""),
        numbers("Lots", ""),
        numbers("Pay when placed", "USD"),
        numbers("Pay when out", "USD"),
        parts::days("Due"),
        parts::days("Ships from"),
        numbers("Makes", "machines"),
        numbers("Runs short", "of paths"),
        numbers("Left over", "wafers"),
    ];
    let cells = |row: &Row<'_>| {
        vec![
            cell(row.day(orders::place_by)),
            cell(row.text(orders::chip)),
            cell(row.text(orders::foundry)),
            html! { strong { (row.figure(orders::wafers)) } },
            cell(row.figure(orders::lots)),
            cell(row.money(orders::prepayment_usd)),
            cell(row.money(orders::balance_usd)),
            cell(row.day(orders::balance_due)),
            cell(row.month(orders::ship_month)),
            cell(row.figure(orders::machines_covered)),
            cell(row.percent(orders::prob_short)),
            cell(row.figure(orders::expected_excess_wafers)),
        ]
    };
    let sum = |col| cell(total(rows, col));
    let total = (rows.len() > 1).then(|| {
        vec![
            cell("Total"),
            cell(""),
            cell(""),
            sum(orders::wafers),
            sum(orders::lots),
            sum(orders::prepayment_usd),
            sum(orders::balance_usd),
            cell(""),
            cell(""),
            sum(orders::machines_covered),
            cell(""),
            cell(""),
        ]
    });
    Grid { caption, source: orders::NAME, heads, rows: rows.iter().map(cells).collect(), total }
}

/// A sum; a dash when a row has no value, so that what is missing never counts as 0.
pub(super) fn total(rows: &[Row<'_>], col: Column) -> String {
    let sum: Option<f64> = rows.iter().map(|row| row.number(col)).sum();
    sum.map_or_else(words::missing, words::money)
}

/// Orders with the earliest last day.
fn first_ones<'a>(rows: &[Row<'a>]) -> Vec<Row<'a>> {
    let first = rows.first().and_then(|row| row.date(orders::place_by));
    rows.iter().copied().filter(|row| row.date(orders::place_by) == first).collect()
}

/// What these orders take by month of payment.
fn payments(rows: &[Row<'_>]) -> Grid {
    let mut months: BTreeMap<NaiveDate, [Option<f64>; 2]> = BTreeMap::new();
    for row in rows {
        let paid = [(orders::place_by, orders::prepayment_usd), (orders::balance_due, orders::balance_usd)];
        for (part, (due, amount)) in paid.into_iter().enumerate() {
            let month = row.date(due).and_then(|day| day.with_day(1));
            if let Some(sum) =
                month.and_then(|month| months.entry(month).or_insert([Some(0.0); 2]).get_mut(part))
            {
                *sum = sum.zip(row.number(amount)).map(|(sum, amount)| sum + amount);
            }
        }
    }
    let amount = |sum: Option<f64>| cell(sum.map_or_else(words::missing, words::money));
    let both = |[placed, out]: [Option<f64>; 2]| placed.zip(out).map(|(placed, out)| placed + out);
    let of = |part: usize| months.values().map(|sums| sums.get(part).copied().flatten()).sum::<Option<f64>>();
    Grid {
        caption: "What to pay when for these orders".to_owned(),
        source: orders::NAME,
        heads: vec![
            parts::days("Month"),
            numbers("When placed", "USD"),
            numbers("When out", "USD"),
            numbers("Both", "USD"),
        ],
        rows: months
            .iter()
            .map(|(month, sums)| {
                vec![cell(words::month(*month)), amount(sums[0]), amount(sums[1]), amount(both(*sums))]
            })
            .collect(),
        total: Some(vec![cell("Total"), amount(of(0)), amount(of(1)), amount(both([of(0), of(1)]))]),
    }
}

/// The figures that people look at before they read.
pub(super) fn figures(tables: Tables<'_>) -> Markup {
    let (now, _) = split(tables);
    let year = why::quarters(tables, BASE).into_iter().find(|row| row.is(quarterly::quarter, YEAR));
    let waiting = charts::base_months(tables);
    let waiting = waiting.iter().filter_map(|row| Some((row.number(monthly::waiting_units)?, row)));
    let worst = waiting.fold(None, |worst: Option<(f64, &Row<'_>)>, (units, row)| {
        if worst.is_none_or(|(most, _)| units > most) { Some((units, row)) } else { worst }
    });
    let figure = |what: &str, value: String, more: String| {
        html! { div { dt { (what) } dd { (value) small { (more) } } } }
    };
    html! {
        dl.figures {
            (figure(
                "Wafers to order now",
                total(&now, orders::wafers),
                format!("in {}", words::count(now.len(), "order", "orders")),
            ))
            (figure(
                "To pay when placing, USD",
                total(&now, orders::prepayment_usd),
                format!("and {} when out", total(&now, orders::balance_usd)),
            ))
            @if let Some(year) = year {
                (figure(
                    "Machines in 12 months",
                    year.figure(quarterly::units),
                    format!("80%: {} to {}", year.figure(quarterly::units_p10), year.figure(quarterly::units_p90)),
                ))
                (figure(
                    "Firm machines",
                    year.figure(quarterly::firm_units),
                    "by contract schedule".to_owned(),
                ))
            }
            @if let Some((units, row)) = worst {
                (figure(
                    "Machines waiting, at worst",
                    words::number(units, 0),
                    if units > 0.0 {
                        format!("at the end of {}", row.month(monthly::month))
                    } else {
                        "no month is short".to_owned()
                    },
                ))
            }
        }
    }
}

fn first_day(rows: &[Row<'_>]) -> String {
    rows.first().map(|row| row.day(orders::place_by)).unwrap_or_default()
}

/// Wafers that no foundry takes in time.
fn cut(row: &Row<'_>) -> Option<String> {
    (row.number(orders::short_wafers)? > 0.0).then(|| {
        format!(
            "{} wafers of {} at {} by {}: missing, and no foundry takes more in time",
            row.figure(orders::short_wafers),
            row.text(orders::chip),
            row.text(orders::foundry),
            row.day(orders::place_by)
        )
    })
}

/// How the quantities were found.
fn rules(rows: &[Row<'_>]) -> String {
    let mut rules: Vec<&str> = rows.iter().map(|row| row.text(orders::rule)).collect();
    rules.sort_unstable();
    rules.dedup();
    let told = rules.iter().map(|rule| match *rule {
        "order_up_to" => {
            "Quantities bring supply up to the demand that the service level asks for.".to_owned()
        }
        "mean_net_requirement" => {
            "Quantities cover what the mean forecast needs beyond committed supply, with no safety stock."
                .to_owned()
        }
        "" => String::new(),
        other => format!("Order rule: {}.", words::name(other)),
    });
    told.collect::<Vec<_>>().join(" ")
}
