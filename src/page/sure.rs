//! How sure: intervals that were held against what shipped, and simpler methods.

use maud::{Markup, html};

use crate::tables::declared::backtest;
use crate::views::accuracy::{self, THIS};
use crate::views::{Tables, YEAR, words};

use super::parts::{self, noted};

pub(super) fn section(tables: Tables<'_>) -> Markup {
    html! {
        (intervals(tables))
        (noted(accuracy::errors(tables), "WAPE: sum of absolute errors over the sum of what shipped. Least: among methods scored as \
            often as this forecast. \"With the price known\" is no rival: it shows what a perfect price forecast would add."))
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
