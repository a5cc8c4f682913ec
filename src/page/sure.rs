//! How sure: intervals that were held against what shipped, simpler methods, other courses of the price, and what could go
//! wrong with the orders.

use maud::{Markup, html};

use super::charts::{ALL, BASE};
use super::parts::{self, Grid, cell, numbers};
use super::rows::{Row, Tables};
use super::why::{self, YEAR};
use super::words;
use crate::tables::Column;
use crate::tables::declared::{
    backtest, cash, exposure, market, order_quantities as what_if, realised_accuracy as realised,
    shipment_forecast_quarterly as quarterly,
};

/// This forecast among the methods of the replays.
const THIS: &str = "model";

pub(super) fn section(tables: Tables<'_>) -> Markup {
    html! {
        (intervals(tables))
        (methods(tables))
        (scenarios(tables))
        (risks(tables))
        (published(tables))
    }
}

/// Scores of machines shipped, all models, of stretches of a quarter or a year.
fn scores(tables: Tables<'_>) -> Vec<Row<'_>> {
    let mut rows = tables.with(backtest::target, "shipments");
    rows.retain(|row| row.is(backtest::model, ALL) && !row.is(backtest::level, "month"));
    rows
}

/// A stretch ahead: its level and horizon.
fn stretch(row: &Row<'_>) -> (bool, i64) {
    (row.is(backtest::level, YEAR), row.whole(backtest::horizon).unwrap_or(0))
}

fn stretch_name(stretch: (bool, i64)) -> String {
    match stretch {
        (true, _) => "12 months".to_owned(),
        (false, 1) => "next quarter".to_owned(),
        (false, k) => format!("{k} quarters ahead"),
    }
}

fn intervals(tables: Tables<'_>) -> Markup {
    let mut rows = scores(tables);
    rows.retain(|row| row.is(backtest::method, THIS) && row.whole(backtest::n).unwrap_or(0) > 0);
    rows.sort_by_key(stretch);
    let year = rows.iter().find(|row| stretch(row).0);
    let held = year.and_then(|row| {
        let (n, share) = (row.number(backtest::n)?, row.number(backtest::coverage_80)?);
        Some((words::number((share * n).round(), 0), words::number(n, 0), row.percent(backtest::wape)))
    });
    let table = Grid {
        caption: "This forecast, made again at past quarter ends and held against what shipped".to_owned(),
        source: backtest::NAME,
        heads: vec![
            parts::words("Ahead"),
            numbers("Forecasts", "n"),
            numbers("Off by", "WAPE"),
            numbers("Too much (+)", "bias"),
            numbers("80% interval held", "of n"),
            numbers("Interval width", "of actual"),
        ],
        rows: rows
            .iter()
            .map(|row| {
                vec![
                    cell(stretch_name(stretch(row))),
                    cell(row.figure(backtest::n)),
                    cell(row.percent(backtest::wape)),
                    cell(signed_percent(row, backtest::bias)),
                    cell(row.percent(backtest::coverage_80)),
                    cell(row.percent(backtest::width_80)),
                ]
            })
            .collect(),
        total: None,
    };
    html! {
        h3 { "Intervals and past errors" }
        p {
            @if let Some((held, n, wape)) = held {
                "An 80% interval should hold 8 times in 10. At past quarter ends " strong { (held) " of " (n) }
                " intervals of 12 months held, and the forecast of 12 months was off by " (wape)
                ". Today's intervals have been set by those errors; the past ones below had not."
            } @else {
                "There are too few past forecasts of 12 months to say how often the interval holds. Take it as a guess."
            }
        }
        @if rows.is_empty() { (parts::no_data("backtest has no scored forecast: history is too short")) } @else { (table) }
    }
}

fn signed_percent(row: &Row<'_>, col: Column) -> String {
    let sign = if row.number(col).is_some_and(|value| value > 0.0) { "+" } else { "" };
    format!("{sign}{}", row.percent(col))
}

fn methods(tables: Tables<'_>) -> Markup {
    let rows = scores(tables);
    let mut stretches: Vec<(bool, i64)> = rows.iter().map(stretch).collect();
    stretches.sort_unstable();
    stretches.dedup();
    let mut names: Vec<&str> = rows.iter().map(|row| row.text(backtest::method)).collect();
    names.sort_unstable();
    names.dedup();
    let wape = |name: &str, wanted: (bool, i64)| {
        let row = rows.iter().find(|row| row.is(backtest::method, name) && stretch(row) == wanted);
        row.filter(|row| row.whole(backtest::n).unwrap_or(0) > 0).and_then(|row| {
            Some((row.number(backtest::wape)?, row.percent(backtest::wape), row.figure(backtest::n)))
        })
    };
    // This forecast first, what knew the price last, the rest by their error of the longest stretch.
    let longest = stretches.last().copied().unwrap_or_default();
    names.sort_by(|a, b| {
        let place = |name: &str| u8::from(name != THIS) + u8::from(name == "model_ex_post");
        let error = |name: &str| wape(name, longest).map_or(f64::INFINITY, |(error, ..)| error);
        place(a).cmp(&place(b)).then(error(a).total_cmp(&error(b))).then(a.cmp(b))
    });
    // Only errors at the same past quarter ends are held against each other.
    let rival = |name: &str, wanted| {
        wape(name, wanted).filter(|(_, _, n)| {
            name != "model_ex_post" && wape(THIS, wanted).is_some_and(|(_, _, this)| this == *n)
        })
    };
    let least = |wanted| {
        names.iter().filter_map(|name| rival(name, wanted)).map(|(error, ..)| error).min_by(f64::total_cmp)
    };
    if !rows.iter().any(|row| row.number(backtest::wape).is_some()) {
        return html! {};
    }
    let mut heads = vec![parts::words("Method")];
    heads.extend(stretches.iter().map(|s| numbers(&stretch_name(*s), "WAPE (n)")));
    let table = Grid {
        caption: "Error of this forecast beside simpler ones".to_owned(),
        source: backtest::NAME,
        heads,
        rows: names
            .iter()
            .map(|name| {
                let mut cells = vec![html! {
                    @if *name == THIS { strong { "this forecast" } } @else { (method_name(name)) }
                }];
                cells.extend(stretches.iter().map(|s| match wape(name, *s) {
                    Some((error, text, n)) => {
                        let best = rival(name, *s).is_some() && least(*s) == Some(error);
                        html! {
                            @if best { strong { (text) } span.mark { " least" } } @else { (text) }
                            span.unit { " (" (n) ")" }
                        }
                    }
                    None => cell(words::missing()),
                }));
                cells
            })
            .collect(),
        total: None,
    };
    html! {
        (table)
        p.note {
            "WAPE: sum of absolute errors over the sum of what shipped. Least: among methods scored as often as this forecast. \
             \"With the price known\" is no rival: it shows what a perfect price forecast would add."
        }
    }
}

fn method_name(name: &str) -> String {
    match name {
        "model_ex_post" => "with the price known".to_owned(),
        "backlog_only" => "orders in hand alone".to_owned(),
        other => words::name(other),
    }
}

fn scenarios(tables: Tables<'_>) -> Markup {
    let names = ["bear", BASE, "bull"];
    let of =
        |name: &str| why::quarters(tables, name).into_iter().find(|row| row.is(quarterly::quarter, YEAR));
    let units: Vec<Option<i64>> =
        names.iter().map(|name| of(name).and_then(|row| row.whole(quarterly::units))).collect();
    let alike = units.iter().all(|value| *value == units.first().copied().flatten());
    let rows: Vec<Vec<Markup>> = names
        .iter()
        .filter_map(|name| {
            let row = of(name)?;
            let last = tables.with(market::scenario, name).last().copied();
            let end = |col| last.map_or_else(words::missing, |row: Row<'_>| row.money(col));
            let sums = tables.with(cash::scenario, name);
            let lowest = sums
                .iter()
                .filter_map(|row| Some((row.number(cash::cumulative_usd)?, row)))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            let write_down = tables.with(exposure::scenario, name).first().copied();
            Some(vec![
                cell(*name),
                cell(row.figure(quarterly::units)),
                cell(row.figure(quarterly::units_p10)),
                cell(row.figure(quarterly::units_p90)),
                cell(row.money(quarterly::revenue_usd)),
                cell(lowest.map_or_else(words::missing, |(_, row)| row.money(cash::cumulative_usd))),
                cell(write_down.map_or_else(words::missing, |row| row.money(exposure::write_down_usd))),
                cell(end(market::implied_price_usd)),
                cell(end(market::hashprice_usd_per_ph_day)),
            ])
        })
        .collect();
    if rows.is_empty() {
        return html! {};
    }
    let table = Grid {
        caption: "Three courses of the bitcoin price, 12 months, all models".to_owned(),
        source: "shipment_forecast_quarterly, cash, exposure, market",
        heads: vec![
            parts::words("Scenario"),
            numbers("Forecast", "machines"),
            numbers("80% interval", "from"),
            numbers("", "to"),
            numbers("Revenue", "USD"),
            numbers("Lowest cash sum", "USD"),
            numbers("Write-down", "USD"),
            numbers("Price at the end", "USD"),
            numbers("Hashprice at the end", "USD/PH/day"),
        ],
        rows,
        total: None,
    };
    html! {
        h3 { "If the price goes another way" }
        p {
            "Plan with base: its paths carry the uncertainty of the price. Bear and bull follow one course of the price each, so \
             their intervals are narrower."
            @if alike { " All three have the same machines here: no driver beat the trailing mean at past quarter ends, and \
             cancellations did not follow the price. The price still moves what a machine earns." }
        }
        (table)
    }
}

/// Nothing, half, as proposed and double: what each would lead to, by chip.
fn risks(tables: Tables<'_>) -> Markup {
    let rows = tables.with(what_if::foundry, ALL);
    if rows.is_empty() {
        return html! {};
    }
    let cells = |row: &Row<'_>| {
        // Quantities are numbered so that the file sorts: `2_half`.
        let quantity = row.text(what_if::quantity);
        let quantity = quantity.split_once('_').map_or(quantity, |(_, word)| word);
        let strong =
            |text: String| html! { @if quantity == "proposed" { strong { (text) } } @else { (text) } };
        let name = if quantity == "zero" { "none" } else { quantity };
        vec![
            strong(format!("{} {name}", row.text(what_if::chip))),
            strong(row.figure(what_if::wafers)),
            cell(row.money(what_if::cost_usd)),
            cell(row.percent(what_if::prob_short)),
            cell(row.figure(what_if::expected_short_machines)),
            cell(row.figure(what_if::expected_left_machines)),
            cell(row.money(what_if::cash_at_risk_usd)),
            cell(row.figure(what_if::low_demand_left_machines)),
            cell(row.money(what_if::write_down_usd)),
            cell(row.month(what_if::judged_at)),
        ]
    };
    let table = Grid {
        caption: "Orders of this run at none, half, as proposed and double".to_owned(),
        source: what_if::NAME,
        heads: vec![
            parts::days("Chip, quantity"),
            numbers("Wafers", ""),
            numbers("Cost", "USD"),
            numbers("Runs short", "of paths"),
            numbers("Short", "machines, mean"),
            numbers("Left over", "machines, mean"),
            numbers("Cash at risk", "USD, mean"),
            numbers("Left of these", "machines, low demand"),
            numbers("Write-down", "USD, bear prices"),
            parts::days("Judged at"),
        ],
        rows: rows.iter().map(cells).collect(),
        total: None,
    };
    html! {
        h3 { "What could go wrong with the orders" }
        p {
            "An order is wrong in two ways: customers wait, or chips are left over. Each quantity is judged at the end of the last month \
             that these orders serve. Low demand is its 10th percentile."
        }
        (table)
    }
}

/// Forecasts published earlier against what shipped since.
fn published(tables: Tables<'_>) -> Markup {
    let rows = tables.with(realised::model, ALL);
    html! {
        h3 { "Forecasts published before" }
        @if rows.is_empty() {
            p { "No published forecast has met its quarter yet: nothing is scored." }
        } @else {
            (Grid {
                caption: "Published forecasts against what shipped, all models".to_owned(),
                source: realised::NAME,
                heads: vec![
                    parts::words("Quarters ahead"),
                    numbers("Quarters", "n"),
                    numbers("Forecast", "machines"),
                    numbers("Shipped", "machines"),
                    numbers("Off by", "WAPE"),
                    numbers("Too much (+)", "bias"),
                    numbers("Tracking signal", ""),
                    parts::words("Says"),
                ],
                rows: rows
                    .iter()
                    .map(|row| {
                        vec![
                            cell(row.figure(realised::lag)),
                            cell(row.figure(realised::n)),
                            cell(row.figure(realised::forecast_units)),
                            cell(row.figure(realised::actual_units)),
                            cell(row.percent(realised::wape)),
                            cell(signed_percent(row, realised::bias)),
                            cell(row.figure(realised::tracking_signal)),
                            cell(words::name(row.text(realised::signal))),
                        ]
                    })
                    .collect(),
                total: None,
            })
        }
    }
}
