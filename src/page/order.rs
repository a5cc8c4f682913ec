//! What to order now, by when, and what to pay when.

use maud::{Markup, html};

use crate::table::Column;
use crate::tables::declared::{budget_frontier as frontier, budget_orders as asked, wafer_orders as orders};
use crate::views::orders::{list, payments, split, total};
use crate::views::{Row, Tables, budget, machines, words};

use crate::publish::{LAUNCH_SLIP, MIX};

use super::Source;
use super::parts;

pub(super) fn section(source: &Source<'_>, tables: Tables<'_>) -> Markup {
    let (now, planned) = split(tables);
    let given = source.manifest.inputs.iter().any(|input| input.export == "supply");
    let forecast = !machines::base_months(tables).is_empty();
    html! {
        @if now.is_empty() {
            p.lead { (words::sentence(&budget::none_placed(tables))) }
        } @else {
            p.lead {
                "Order " strong { (sum(&now, orders::wafers)) " wafers" } " before the next run, the first "
                (sum(&first_ones(&now), orders::wafers)) " by " strong { (first_day(&now)) } ". Pay "
                strong { (sum(&now, orders::prepayment_usd)) " USD" } " when placing and "
                strong { (sum(&now, orders::balance_usd)) " USD" } " when the wafers are out."
            }
        }
        @if let Some(cut) = budget::chosen(tables).filter(|_| !budget::cut(tables).is_empty()) {
                p {
                    "The rule asks for " (sum(&tables.rows(asked::NAME), asked::rule_prepayment_usd)) " USD of prepayments; the budget lets "
                    strong { (cut.shown(frontier::prepayment_usd)) " USD" } " be paid. What it cuts costs "
                    strong { (cut.shown(frontier::cut_profit_usd)) " USD" } " of expected profit, and " (cut.shown(frontier::cut_machines))
                    " machines wait for it, on the mean of the paths. " a href="#quantities" { "Other budgets" } "."
                }
        }
        @if !now.is_empty() {
            (list("Wafer orders to place before the next run", &now))
            p.note {
                "Place by: the last day on which the wafers still come in time for the ship month; later they make no machine \
                 of that month. Runs short: share of simulated paths in which demand up to the last month that the order serves \
                 exceeds supply with the order placed. Left over: mean over the paths at that month. " (rules(&now))
            }
        }
        (parts::noted(budget::cuts(tables), ""))
        @if !now.is_empty() {
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
                a href="#wafers" { "Planned wafer orders" } "."
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
