//! How sure: intervals that were held against what shipped, simpler methods, other paths of the price, and what could go
//! wrong with the orders.

use maud::{Markup, html};

use crate::tables::declared::{backtest, shipment_forecast_quarterly as quarterly};
use crate::views::accuracy::{self, THIS};
use crate::views::{SCENARIOS, Tables, YEAR, machines, orders, words};

use super::parts::{self, noted};

pub(super) fn section(tables: Tables<'_>) -> Markup {
    html! {
        (intervals(tables))
        (noted(accuracy::errors(tables), "WAPE: sum of absolute errors over the sum of what shipped. Least: among methods scored as \
            often as this forecast. \"With the price known\" is no rival: it shows what a perfect price forecast would add."))
        (scenarios(tables))
        @if let Some(grid) = orders::quantities(tables).some() {
            h3 { "What could go wrong with the orders" }
            p {
                "An order is wrong in two ways: customers wait, or chips are left over. Each quantity is judged at the end of the last \
                 month that these orders serve. Low demand is its 10th percentile."
            }
            (grid)
        }
        h3 { "Forecasts published before" }
        @if let Some(grid) = accuracy::published(tables).some() { (grid) } @else {
            p { "No published forecast has met its quarter yet: nothing is scored." }
        }
        (noted(accuracy::by_role(tables), "Off by less than the baseline, which is the forecast without overrides: the role has added to it."))
    }
}

fn intervals(tables: Tables<'_>) -> Markup {
    let rows = accuracy::scores(tables);
    let year = rows.iter().find(|row| row.is(backtest::level, YEAR) && row.is(backtest::method, THIS));
    let held = year.and_then(|row| {
        let (n, share) = (row.number(backtest::n)?, row.number(backtest::coverage_80)?);
        Some((words::number((share * n).round(), 0), words::number(n, 0), row.shown(backtest::wape)))
    });
    html! {
        h3 { "Intervals and past errors" }
        p {
            @if let Some((held, n, wape)) = held {
                "The interval is made to hold 8 times in 10. At past quarter ends " strong { (held) " of " (n) }
                " intervals of 12 months held, and the forecast of 12 months was off by " (wape)
                ". Today's intervals have been set by those errors; the past ones below had not."
            } @else {
                "There are too few past forecasts of 12 months to say how often the interval holds. Take it as a guess."
            }
        }
        @if let Some(grid) = accuracy::intervals(tables).some() { (grid) } @else {
            (parts::no_data("backtest has no scored forecast: history is too short"))
        }
    }
}

fn scenarios(tables: Tables<'_>) -> Markup {
    let units = SCENARIOS.map(|scenario| {
        machines::base_quarters(tables, scenario).1.and_then(|row| row.whole(quarterly::units))
    });
    let alike = units.iter().all(|value| *value == units[0]);
    html! {
        @if let Some(grid) = machines::scenarios(tables).some() {
            h3 { "If the price goes another way" }
            p {
                "Plan with base: its paths carry the uncertainty of the price. Bear and bull follow one path of the price each, so \
                 their intervals are narrower."
                @if alike { " All three have the same machines here: orders of this maker have not followed the price, and \
                 cancellations did not either. The price still moves what a machine earns." }
            }
            (grid)
        }
    }
}
