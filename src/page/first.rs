//! The first screen: one picture, four figures with their downside, and how much there is to doubt.

use maud::{Markup, html};

use crate::error::Error;
use crate::tables::declared::{
    budget_frontier as frontier, cash_low as low, exposure, policy_checks as policy,
    shipment_forecast_quarterly as quarterly, wafer_orders as orders,
};
use crate::views::orders::{split, total};
use crate::views::{ALL, BASE, Row, Tables, budget, figures, interval, machines, money, words};

use super::Source;
use super::charts::first;

/// What people look at before they read.
pub(super) fn screen(source: &Source<'_>, tables: Tables<'_>) -> Result<Markup, Error> {
    let picture = figures::shipments(tables).map(|figure| first(&figure, &headline(tables))).transpose()?;
    let (now, _) = split(tables);
    Ok(html! {
        div.first {
            @if let Some(picture) = &picture { (picture) }
            div {
                dl.figures {
                    (order(tables, &now))
                    (earns(tables))
                    (cash(tables))
                    (write_down(tables))
                }
                (doubts(source, tables))
            }
        }
    })
}

/// The twelve months in a line.
fn headline(tables: Tables<'_>) -> Markup {
    let (_, year) = machines::base_quarters(tables, BASE);
    html! {
        @if let Some(year) = year {
            strong { (year.shown(quarterly::units)) " machines" } " in 12 months if supply allows, on the mean; half of the paths stay below "
            strong { (year.shown(quarterly::units_p50)) } " ("
            (interval::name(&[interval::of_year(tables, ALL)])) " " (year.shown(quarterly::units_p10)) " to "
            (year.shown(quarterly::units_p90)) "); " strong { (year.shown(quarterly::firm_units)) " firm" } (unsecured(&year)) ". "
            @if let Some(prices) = machines::prices_not_demand(tables) { span.note { (prices) } }
        }
    }
}

/// What is signed beside it and not secured.
fn unsecured(year: &Row<'_>) -> String {
    match year.number(quarterly::unsecured_units) {
        Some(machines) if machines > 0.0 => {
            format!(" and {} signed, not secured", words::number(machines, 0))
        }
        _ => String::new(),
    }
}

/// A figure: what it is, its value and unit, what belongs to it, and its downside.
fn tile(what: &str, (value, unit): (String, &str), more: &str, down: &str) -> Markup {
    html! {
        div {
            dt { (what) }
            dd { span.value { (value) } " " span.unit { (unit) } }
            @if !more.is_empty() { dd.more { (more) } }
            @if !down.is_empty() { dd.down { (down) } }
        }
    }
}

/// A sum for people.
fn sum(rows: &[Row<'_>], column: crate::table::Column) -> String {
    total(rows, column).map_or_else(words::missing, words::money)
}

fn order(tables: Tables<'_>, now: &[Row<'_>]) -> Markup {
    let secured = secured(now)
        .map(|share| format!("{} of their machines for secured contracts", words::percent(share)));
    let more = if now.is_empty() {
        budget::none_placed(tables)
    } else {
        format!(
            "{} USD in all, {} of it when placing",
            sum(now, orders::cost_usd),
            sum(now, orders::prepayment_usd)
        )
    };
    tile("Order now", (sum(now, orders::wafers), "wafers"), &more, &secured.unwrap_or_default())
}

fn earns(tables: Tables<'_>) -> Markup {
    let Some(row) = budget::chosen(tables) else { return html! {} };
    let down = row.number(frontier::write_down_mean_usd).map_or_else(String::new, |_| {
        format!(
            "not the write-downs beside it, which count losses alone: {} on the mean",
            row.shown(frontier::write_down_mean_usd)
        )
    });
    let value = row.shown(frontier::expected_profit_usd);
    let more = "mean of the paths, against placing none: sales saved, less leftovers at what the order rule counts for them";
    tile("Expected to earn", (value, "USD"), more, &down)
}

fn cash(tables: Tables<'_>) -> Markup {
    let Some(row) = money::low(tables) else { return html! {} };
    let more = format!("or less on half of the paths, mostly in {}", row.shown(low::low_month));
    let down = format!(
        "1 path in 20: {} or less; below the limit of {} on {}",
        row.shown(low::low_p5_usd),
        row.shown(low::limit_usd),
        row.shown(low::below_limit_probability)
    );
    tile("Cash at its lowest", (row.shown(low::low_p50_usd), "USD"), &more, &down)
}

fn write_down(tables: Tables<'_>) -> Markup {
    let base = tables.with(exposure::scenario, BASE);
    let row = base.iter().find(|row| row.number(exposure::write_down_p95_usd).is_some());
    let Some(row) = row else { return html! {} };
    let down = format!("where it is exceeded: {} on the mean", row.shown(exposure::write_down_shortfall_usd));
    let value = (row.shown(exposure::write_down_p95_usd), "USD");
    tile("Worst credible write-down", value, "exceeded on 1 path in 20 (5%)", &down)
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

/// How much there is to doubt, each a link to where it stands.
fn doubts(source: &Source<'_>, tables: Tables<'_>) -> Markup {
    let off = tables.with(policy::status, "off_target").len();
    let rejected: u64 = source.manifest.inputs.iter().map(|input| input.rows_rejected).sum();
    let rejected = usize::try_from(rejected).unwrap_or(usize::MAX);
    html! {
        p.doubts {
            "Before you decide: "
            a href="#warnings" { (words::count(source.manifest.warnings.len(), "warning", "warnings")) } ", "
            a href="#doubts" { (words::count(source.doubts.len(), "doubt", "doubts")) } ", "
            a href="#rules" { (words::count(off, "rule off target", "rules off target")) } ", "
            a href="#read" { (words::count(rejected, "row left out", "rows left out")) } "."
        }
    }
}
