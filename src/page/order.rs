//! What to order now, by when, and what to pay when.

use maud::{Markup, html};

use crate::table::Column;
use crate::tables::declared::{
    budget_frontier as frontier, budget_orders as asked, cash_low, exposure,
    shipment_forecast_quarterly as quarterly, wafer_orders as orders,
};
use crate::views::orders::{list, payments, split, total, uses};
use crate::views::{ALL, BASE, Row, Tables, budget, interval, machines, words};

use crate::publish::{LAUNCH_SLIP, MIX};

use super::Source;
use super::parts;

pub(super) fn section(source: &Source<'_>, tables: Tables<'_>) -> Markup {
    let (now, planned) = split(tables);
    let given = source.manifest.inputs.iter().any(|input| input.export == "supply");
    let forecast = !machines::base_months(tables).is_empty();
    html! {
        @if now.is_empty() {
            p.lead { "No wafer order has to be placed before the next run." }
        } @else {
            p.lead {
                "Order " strong { (sum(&now, orders::wafers)) " wafers" } " before the next run, the first "
                (sum(&first_ones(&now), orders::wafers)) " by " strong { (first_day(&now)) } ". Pay "
                strong { (sum(&now, orders::prepayment_usd)) " USD" } " when placing and "
                strong { (sum(&now, orders::balance_usd)) " USD" } " when the wafers are out."
            }
            @if let Some(cut) = budget::chosen(tables).filter(|_| !budget::cut(tables).is_empty()) {
                p {
                    "The rule asks for " (sum(&tables.rows(asked::NAME), asked::rule_prepayment_usd)) " USD of prepayments; the budget lets "
                    strong { (cut.shown(frontier::prepayment_usd)) " USD" } " be paid. What it cuts costs "
                    strong { (cut.shown(frontier::cut_profit_usd)) " USD" } " of expected profit, and " (cut.shown(frontier::cut_machines))
                    " machines more wait. " a href="#budget" { "Other budgets" } "."
                }
            }
            (list("Wafer orders to place before the next run", &now))
            p.note {
                "Place by: the last day on which the wafers still come in time for the ship month; later they make no machine \
                 of that month. Runs short: share of simulated paths in which demand up to the last month that the order serves \
                 exceeds supply with the order placed. Left over: mean over the paths at that month. " (rules(&now))
            }
            (parts::noted(budget::cuts(tables), ""))
            (uses(&now))
            (at_risk(tables))
            (payments(&now))
            @if let Some(mix) = source.manifest.models_used.get(MIX) { p.note { (words::sentence(mix)) } }
            @if let Some(slip) = source.manifest.models_used.get(LAUNCH_SLIP) { p.note { (words::sentence(slip)) } }
        }
        @let cut: Vec<String> = now.iter().chain(&planned).filter_map(|row| cut(row, !budget::cut(tables).is_empty())).collect();
        @if !cut.is_empty() { div.alert { p { strong { "Cannot be had" } } (parts::list(&cut)) } }
        @if forecast && machines::worst(tables).is_none() {
            div.alert { p {
                strong { "Not net of supply. " }
                (words::sentence(machines::not_counted(given)))
            } }
        }
        @if !planned.is_empty() {
            p {
                "For a later run to decide: " (words::count(planned.len(), "order", "orders")) ", "
                (sum(&planned, orders::wafers)) " wafers, the first by " (first_day(&planned)) ". "
                a href="#wafers" { "All wafer orders by month" } "."
            }
        }
        @if now.is_empty() && planned.is_empty() { (parts::no_data("wafer_orders has no row")) }
    }
}

/// A sum for people.
fn sum(rows: &[Row<'_>], column: Column) -> String {
    total(rows, column).map_or_else(words::missing, words::money)
}

/// Orders with the earliest last day.
fn first_ones<'a>(rows: &[Row<'a>]) -> Vec<Row<'a>> {
    let first = rows.first().and_then(|row| row.date(orders::place_by));
    rows.iter().copied().filter(|row| row.date(orders::place_by) == first).collect()
}

/// What is lost if the market turns.
fn at_risk(tables: Tables<'_>) -> Markup {
    let base = tables.with(exposure::scenario, BASE);
    let Some(row) = base.first() else { return html! {} };
    html! {
        p {
            "Cancelled after placing, these orders lose " strong { (row.shown(exposure::forfeit_place_now_usd)) " USD" }
            ". If demand comes out at its 10th percentile, what is left of them is written down by "
            strong { (row.shown(exposure::low_demand_write_down_usd)) " USD" } " under bear prices, or by more on "
            (percent(row, exposure::write_down_probability)) " of the paths "
            span.source { "(from " (parts::sources(exposure::NAME)) ")" } ". "
            a href="#sure-title" { "None, half or double of it" } "."
        }
        @for low in tables.with(cash_low::scenario, BASE).into_iter().filter(|low| low.is(cash_low::case, "plan")) {
            p {
                "Cash is lowest at " strong { (low.shown(cash_low::low_p50_usd)) " USD" } " on half of the paths, below "
                strong { (low.shown(cash_low::low_p5_usd)) " USD" } " on one in twenty; on "
                strong { (percent(&low, cash_low::below_limit_probability)) } " it falls below the limit of "
                (low.shown(cash_low::limit_usd)) " USD "
                span.source { "(from " (parts::sources(cash_low::NAME)) ")" } "."
            }
        }
    }
}

/// A share as a percentage.
fn percent(row: &Row<'_>, column: Column) -> String {
    row.number(column).map_or_else(words::missing, |share| format!("{}%", words::number(100.0 * share, 1)))
}

/// The figures that people look at before they read.
pub(super) fn figures(tables: Tables<'_>) -> Markup {
    let (now, _) = split(tables);
    let (_, year) = machines::base_quarters(tables, BASE);
    let figure = |what: &str, value: String, more: String| {
        html! { div { dt { (what) } dd { (value) small { (more) } } } }
    };
    html! {
        dl.figures {
            (figure(
                "Wafers to order now",
                sum(&now, orders::wafers),
                format!("in {}", words::count(now.len(), "order", "orders")),
            ))
            (figure(
                "To pay when placing, USD",
                sum(&now, orders::prepayment_usd),
                if budget::cut(tables).is_empty() {
                    format!("and {} when out", sum(&now, orders::balance_usd))
                } else {
                    let asked = tables.rows(asked::NAME);
                    format!("of {} that the rule asks for", sum(&asked, asked::rule_prepayment_usd))
                },
            ))
            @if let Some(share) = secured(&now) {
                (figure(
                    "Of these for firm contracts",
                    format!("{}%", words::number(100.0 * share, 0)),
                    "of their machines: secured, or not yet due".to_owned(),
                ))
            }
            @if let Some(year) = year {
                (figure(
                    "Machines in 12 months",
                    year.shown(quarterly::units),
                    format!("{}: {} to {}", interval::name(&[interval::of_year(tables, ALL)]), year.shown(quarterly::units_p10), year.shown(quarterly::units_p90)),
                ))
                (figure(
                    "Firm machines",
                    year.shown(quarterly::firm_units),
                    match year.number(quarterly::unsecured_units) {
                        Some(machines) if machines > 0.0 => {
                            format!("and {} signed, not secured", words::number(machines, 0))
                        }
                        _ => "by contract schedule".to_owned(),
                    },
                ))
            }
            @if let Some((units, month)) = machines::worst(tables) {
                (figure(
                    "Machines waiting, at worst",
                    words::number(units, 0),
                    if units > 0.0 { format!("at the end of {month}") } else { "no month is short".to_owned() },
                ))
            }
        }
    }
}

/// Share of the machines of orders that is for contracts that count.
fn secured(rows: &[Row<'_>]) -> Option<f64> {
    let machines = |row: &Row<'_>| row.number(orders::machines_covered);
    let all = total(rows, orders::machines_covered).filter(|all| *all > 0.0)?;
    let secured = rows.iter().map(|row| {
        let machines = machines(row)?;
        Some(row.number(orders::secured_share).map_or(0.0, |share| share * machines))
    });
    Some(secured.sum::<Option<f64>>()? / all)
}

fn first_day(rows: &[Row<'_>]) -> String {
    rows.first().map(|row| row.shown(orders::place_by)).unwrap_or_default()
}

/// Wafers that no foundry takes in time, or that the budget cuts.
fn cut(row: &Row<'_>, budget: bool) -> Option<String> {
    (row.number(orders::short_wafers)? > 0.0).then(|| {
        format!(
            "{} wafers of {} at {} by {}: missing, and {}",
            row.shown(orders::short_wafers),
            row.text(orders::chip),
            row.text(orders::foundry),
            row.shown(orders::place_by),
            if budget {
                "the budget lets no more be placed, or no foundry takes more in time"
            } else {
                "no foundry takes more in time"
            }
        )
    })
}

/// How the quantities were found.
fn rules(rows: &[Row<'_>]) -> String {
    let mut rules: Vec<&str> = rows.iter().map(|row| row.text(orders::rule)).collect();
    rules.sort_unstable();
    rules.dedup();
    let reported = rules.iter().map(|rule| match *rule {
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
    reported.collect::<Vec<_>>().join(" ")
}
