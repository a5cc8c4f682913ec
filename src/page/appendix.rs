//! What is looked up: months, cash, market, pricing, every wafer order, method and words.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use maud::{Markup, html};

use crate::error::Error;

use super::Source;
use super::charts::{self, BASE};
use super::order;
use super::parts::{self, Grid, cell, numbers};
use super::rows::{Row, Tables};
use super::why;
use super::words;
use crate::tables::Column;
use crate::tables::declared::{
    available_to_promise as available, cash, exposure, market, pricing, regression, stock, waterfall,
};

/// Every section: its name within the page, its title, its content.
pub(super) fn sections(
    source: &Source<'_>,
    tables: Tables<'_>,
) -> Result<Vec<(&'static str, &'static str, Markup)>, Error> {
    Ok(vec![
        ("months", "Machines by month", html! { (why::months(tables)) (earlier(tables)) }),
        ("wafers", "All wafer orders", wafers(tables)?),
        ("promise", "Stock and what can be promised", promise(tables)),
        ("cash", "Cash by month", money(tables)?),
        ("market", "Hashprice and difficulty", outlook(tables)?),
        ("pricing", "Pricing", prices(tables)),
        ("method", "Method", method(source, tables)),
        ("words", "Words", glossary()),
    ])
}

fn wafers(tables: Tables<'_>) -> Result<Markup, Error> {
    let (now, planned) = order::split(tables);
    let figure = charts::wafers(tables).map(|picture| picture.figure()).transpose()?;
    Ok(html! {
        @if now.is_empty() && planned.is_empty() { (parts::no_data("wafer_orders has no row")) }
        @if let Some(figure) = figure { (figure) }
        @if !planned.is_empty() {
            (order::table(&planned, "Planned: a later run decides".to_owned()))
            p.note { "Orders to place before the next run stand " a href="#order" { "at the top" } "." }
        }
    })
}

/// Machines that can still be promised, by month and model, and the chips behind them.
fn promise(tables: Tables<'_>) -> Markup {
    let (rows, chips) = (tables.rows(available::NAME), stock_of_chips(tables));
    if rows.is_empty() && chips.is_empty() {
        return parts::no_data("available_to_promise and stock have no row");
    }
    let (mut months, mut models): (Vec<_>, Vec<&str>) =
        rows.iter().map(|row| (row.date(available::month), row.text(available::model))).unzip();
    months.sort_unstable();
    months.dedup();
    models.sort_unstable();
    models.dedup();
    let promised_in = |month: Option<NaiveDate>, model: &str| {
        let row =
            rows.iter().find(|row| row.date(available::month) == month && row.is(available::model, model));
        html! {
            @if let Some(row) = row {
                (row.figure(available::promise_with_orders))
                span.unit { " (" (row.figure(available::promise_committed)) ")" }
            } @else { (words::missing()) }
        }
    };
    let mut heads = vec![parts::days("Month")];
    heads.extend(models.iter().map(|model| numbers(model, "with orders (without)")));
    let promised = Grid {
        caption: "Machines that can still be promised for delivery by the end of a month".to_owned(),
        source: available::NAME,
        heads,
        rows: months
            .iter()
            .map(|month| {
                let mut cells = vec![cell(month.map_or_else(words::missing, words::month))];
                cells.extend(models.iter().map(|model| promised_in(*month, model)));
                cells
            })
            .collect(),
        total: None,
    };
    let mut heads = vec![parts::days("Month"), parts::words("Chip")];
    heads.extend(FLOWS.iter().map(|(_, name)| numbers(name, "chips")));
    let rolled = Grid {
        caption: "Chips by month, base scenario".to_owned(),
        source: stock::NAME,
        heads,
        rows: chips
            .iter()
            .map(|row| {
                let mut cells = vec![cell(row.month(stock::month)), cell(row.text(stock::item))];
                cells.extend(FLOWS.iter().map(|(col, _)| cell(row.figure(*col))));
                cells
            })
            .collect(),
        total: None,
    };
    html! {
        @if !promised.rows.is_empty() {
            (promised)
            p.note { "With the wafer orders proposed; in brackets from stock and open wafer orders alone. Models of one chip share \
                 it: what one takes the others lose. Every firm order is kept." }
        }
        @if !rolled.rows.is_empty() {
            (rolled)
            p.note { "Start, in stock, on order and proposed, less built in, spares and lost, make the end." }
        }
    }
}

/// Flows of chips in a month, from its start to its end.
const FLOWS: [(Column, &str); 8] = [
    (stock::start, "Start"),
    (stock::on_hand, "In stock"),
    (stock::on_order, "On order"),
    (stock::proposed, "Proposed"),
    (stock::machines, "Built in"),
    (stock::spares, "Spares"),
    (stock::lost, "Lost"),
    (stock::end, "End"),
];

/// Months of chips, base scenario; a chip that never moves is left out.
fn stock_of_chips(tables: Tables<'_>) -> Vec<Row<'_>> {
    let mut rows = tables.with(stock::scenario, BASE);
    rows.retain(|row| row.is(stock::kind, "chips"));
    let moves =
        |row: &Row<'_>| FLOWS.iter().any(|(col, _)| row.number(*col).is_some_and(|pieces| pieces != 0.0));
    let moving: BTreeSet<&str> =
        rows.iter().filter(|row| moves(row)).map(|row| row.text(stock::item)).collect();
    rows.retain(|row| moving.contains(row.text(stock::item)));
    rows
}

/// The largest need for cash and what cancelling would lose.
fn exposed(tables: Tables<'_>) -> Markup {
    let rows = tables.rows(exposure::NAME);
    if rows.is_empty() {
        return html! {};
    }
    let cells = |row: &Row<'_>| {
        vec![
            cell(row.text(exposure::scenario)),
            cell(row.money(exposure::peak_exposure_usd)),
            cell(row.month(exposure::peak_month)),
            cell(row.money(exposure::forfeit_place_now_usd)),
            cell(row.money(exposure::forfeit_open_usd)),
            cell(row.money(exposure::write_down_usd)),
            cell(row.money(exposure::low_demand_write_down_usd)),
        ]
    };
    let table = Grid {
        caption: "The largest need for cash, and what cancelling loses, USD".to_owned(),
        source: exposure::NAME,
        heads: vec![
            parts::words("Scenario"),
            numbers("Largest need", "lowest sum"),
            parts::days("In"),
            numbers("Lost if cancelled", "orders of now"),
            numbers("Lost if cancelled", "open orders"),
            numbers("Write-down", "at mean demand"),
            numbers("Write-down", "at low demand"),
        ],
        rows: rows.iter().map(cells).collect(),
        total: None,
    };
    html! { (table) }
}

fn money(tables: Tables<'_>) -> Result<Markup, Error> {
    let rows = tables.with(cash::scenario, BASE);
    let picture = charts::money(tables);
    let message = picture.as_ref().map(|picture| picture.message.clone()).unwrap_or_default();
    let figure = picture.map(|picture| picture.figure()).transpose()?;
    if rows.is_empty() {
        return Ok(parts::no_data("cash has no base scenario"));
    }
    let part = rows.iter().any(|row| row.is(cash::wafer_orders_complete, "no"));
    let cells = |row: &Row<'_>| {
        let in_part = if row.is(cash::wafer_orders_complete, "no") { " *" } else { "" };
        vec![
            cell(row.month(cash::month)),
            cell(row.money(cash::customer_deposits_usd)),
            cell(row.money(cash::customer_balances_usd)),
            cell(format!("{}{in_part}", row.money(cash::foundry_prepayments_usd))),
            cell(row.money(cash::foundry_balances_usd)),
            cell(row.money(cash::machine_costs_usd)),
            html! { strong { (row.money(cash::net_usd)) } },
            cell(row.money(cash::cumulative_usd)),
        ]
    };
    let table = Grid {
        caption: "Cash by month, base scenario; out is negative".to_owned(),
        source: cash::NAME,
        heads: vec![
            parts::days("Month"),
            numbers("Deposits in", "USD"),
            numbers("Balances in", "USD"),
            numbers("Foundry prepayments", "USD"),
            numbers("Foundry balances", "USD"),
            numbers("Machines besides chips", "USD"),
            numbers("Net", "USD"),
            numbers("Sum", "USD"),
        ],
        rows: rows.iter().map(cells).collect(),
        total: None,
    };
    Ok(html! {
        p { (message) }
        @if let Some(figure) = figure { (figure) }
        (exposed(tables))
        (table)
        @if part {
            p.note { "* Wafers ordered in these months are for machines of a later year too; their prepayment is not in it." }
        }
    })
}

fn outlook(tables: Tables<'_>) -> Result<Markup, Error> {
    let hashprice = charts::hashprice(tables).map(|picture| picture.figure()).transpose()?;
    let difficulty = charts::difficulty(tables).map(|picture| picture.figure()).transpose()?;
    let ahead = |scenario: &str| {
        let mut rows = tables.with(market::scenario, scenario);
        rows.retain(|row| row.is(market::kind, "forecast"));
        rows
    };
    let (bear, base, bull) = (ahead("bear"), ahead(BASE), ahead("bull"));
    if base.is_empty() {
        return Ok(parts::no_data("market has no forecast"));
    }
    let cents =
        |row: &Row<'_>, col| row.number(col).map_or_else(words::missing, |value| words::number(value, 2));
    let other = |rows: &[Row<'_>], place: usize, col| {
        rows.get(place).map_or_else(words::missing, |row| cents(row, col))
    };
    let rows = base.iter().enumerate().map(|(place, row)| {
        vec![
            cell(row.month(market::month)),
            cell(other(&bear, place, market::hashprice_usd_per_ph_day)),
            html! { strong { (cents(row, market::hashprice_usd_per_ph_day)) } },
            cell(other(&bull, place, market::hashprice_usd_per_ph_day)),
            cell(cents(row, market::hashprice_p10)),
            cell(cents(row, market::hashprice_p90)),
            cell(row.money(market::implied_price_usd)),
            cell(row.number(market::difficulty).map_or_else(words::missing, |d| words::number(d / 1e12, 2))),
        ]
    });
    let table = Grid {
        caption: "The market ahead".to_owned(),
        source: market::NAME,
        heads: vec![
            parts::days("Month"),
            numbers("Hashprice, bear", "USD/PH/day"),
            numbers("base", "USD/PH/day"),
            numbers("bull", "USD/PH/day"),
            numbers("80% interval", "from"),
            numbers("", "to"),
            numbers("Bitcoin price, base", "USD, fees included"),
            numbers("Difficulty, base", "trillion"),
        ],
        rows: rows.collect(),
        total: None,
    };
    Ok(html! {
        @if let Some(figure) = hashprice { (figure) }
        @if let Some(figure) = difficulty { (figure) }
        (table)
    })
}

/// Prices in the first and in the last month, by model.
fn prices(tables: Tables<'_>) -> Markup {
    let rows = tables.with(pricing::scenario, BASE);
    let (Some(first), Some(last)) = (
        rows.iter().filter_map(|row| row.date(pricing::month)).min(),
        rows.iter().filter_map(|row| row.date(pricing::month)).max(),
    ) else {
        return parts::no_data("pricing has no row");
    };
    let now: Vec<&Row<'_>> = rows.iter().filter(|row| row.date(pricing::month) == Some(first)).collect();
    let later = |scenario: &str, model: &str| {
        let rows = tables.with(pricing::scenario, scenario);
        let row =
            rows.iter().find(|row| row.is(pricing::model, model) && row.date(pricing::month) == Some(last));
        cell(row.map_or_else(words::missing, |row| row.figure(pricing::payback_months)))
    };
    let in_last = |scenario: &str| numbers(&format!("In {}, {scenario}", words::month(last)), "months");
    let miner = Grid {
        caption: format!("What a machine earns a customer, {}, base scenario", words::month(first)),
        source: pricing::NAME,
        heads: vec![
            parts::days("Model"),
            numbers("List price", "USD"),
            numbers("Pays back in", "months"),
            parts::words("Band"),
            numbers("Price that pays back", "as the job aims, USD"),
            in_last("bear"),
            in_last(BASE),
            in_last("bull"),
            numbers("Efficiency", "J/TH"),
            parts::words("Class"),
            numbers("Break-even power", "USD/kWh"),
        ],
        rows: now
            .iter()
            .map(|row| {
                let model = row.text(pricing::model);
                vec![
                    cell(model),
                    cell(row.money(pricing::list_price_usd)),
                    html! { strong { (row.figure(pricing::payback_months)) } },
                    cell(words::name(row.text(pricing::band))),
                    cell(row.money(pricing::target_payback_price_usd)),
                    later("bear", model),
                    later(BASE, model),
                    later("bull", model),
                    cell(row.figure(pricing::efficiency_j_per_th)),
                    cell(words::name(row.text(pricing::efficiency_class))),
                    cell(row.figure(pricing::break_even_power_usd_per_kwh)),
                ]
            })
            .collect(),
        total: None,
    };
    let maker = Grid {
        caption: format!(
            "Sell, clear or mine: what a machine brings us, {}, base scenario",
            words::month(first)
        ),
        source: pricing::NAME,
        heads: vec![
            parts::days("Model"),
            numbers("Costs", "USD"),
            numbers("Sold at list", "USD"),
            numbers("Cleared", "USD"),
            numbers("Mined by oneself", "USD"),
            parts::words("Best use"),
            parts::days("Mining better from"),
        ],
        rows: now
            .iter()
            .map(|row| {
                vec![
                    cell(row.text(pricing::model)),
                    cell(row.money(pricing::machine_cost_usd)),
                    cell(row.money(pricing::list_price_usd)),
                    cell(row.money(pricing::clearance_price_usd)),
                    cell(row.money(pricing::self_mining_value_usd)),
                    html! { strong { (words::name(row.text(pricing::best_use))) } },
                    cell(row.month(pricing::mining_better_from)),
                ]
            })
            .collect(),
        total: None,
    };
    html! {
        (miner)
        (maker)
        p.note {
            "At list price, the job's power price and the month's hashprice. A dash: no price, it never pays back, or mining is not \
             the better use. Models that can ship in " (words::month(first)) "; every month and scenario is in the table."
        }
    }
}

/// Forecasts of the same months by earlier vintages.
fn earlier(tables: Tables<'_>) -> Markup {
    let rows = tables.with(waterfall::model, charts::ALL);
    let mut vintages: Vec<&str> = rows.iter().map(|row| row.text(waterfall::forecast_vintage)).collect();
    let mut months: Vec<_> = rows.iter().filter_map(|row| row.date(waterfall::month)).collect();
    vintages.sort_unstable();
    vintages.dedup();
    months.sort_unstable();
    months.dedup();
    if vintages.len() < 2 {
        return html! {};
    }
    let mut heads = vec![parts::days("Month")];
    heads.extend(vintages.iter().map(|vintage| numbers(vintage, "")));
    heads.push(numbers("Shipped", ""));
    let row = |month: &NaiveDate| {
        let of = |vintage: &str| {
            rows.iter().find(|row| {
                row.date(waterfall::month) == Some(*month) && row.is(waterfall::forecast_vintage, vintage)
            })
        };
        let mut cells = vec![cell(words::month(*month))];
        let said =
            |vintage: &&str| of(vintage).map_or_else(words::missing, |row| row.figure(waterfall::units));
        cells.extend(vintages.iter().map(|vintage| cell(said(vintage))));
        let shipped = rows
            .iter()
            .filter(|row| row.date(waterfall::month) == Some(*month))
            .find_map(|row| row.number(waterfall::actual_units));
        cells.push(cell(shipped.map_or_else(words::missing, |units| words::number(units, 0))));
        cells
    };
    let table = Grid {
        caption: "What each vintage said of the same month, machines of all models".to_owned(),
        source: waterfall::NAME,
        heads,
        rows: months.iter().map(row).collect(),
        total: None,
    };
    html! { (table) }
}

fn method(source: &Source<'_>, tables: Tables<'_>) -> Markup {
    let rows = tables.rows(regression::NAME);
    let used: Vec<Vec<Markup>> = source
        .manifest
        .models_used
        .iter()
        .map(|(part, what)| vec![cell(words::name(part)), cell(what)])
        .collect();
    html! {
        p {
            "Open orders run off by their contracts, thinned by the maker's own slip and cancellation rates. New orders are the \
             trailing-year mean of hashrate signed, times a ratio that a shrunken regression on the price may move where it beat a ratio \
             of 1 at past quarter ends. They ship along the booking curve of recent contracts. The price is a random walk; \
             difficulty follows it by regression, hashprice by the market identity. Every interval is a quantile of \
             simulated path sums, set by the errors of past forecasts."
        }
        @if !used.is_empty() {
            (Grid {
                caption: "What each part of the forecast used, and why".to_owned(),
                source: "manifest.json",
                heads: vec![parts::words("Part"), parts::long("Used")],
                rows: used,
                total: None,
            })
        }
        @if !rows.is_empty() {
            (Grid {
                caption: "Regressions".to_owned(),
                source: regression::NAME,
                heads: vec![
                    parts::words("Equation"),
                    parts::words("Term"),
                    numbers("Estimate", ""),
                    numbers("n", ""),
                    parts::words("Status"),
                    parts::long("Reason"),
                ],
                rows: rows
                    .iter()
                    .map(|row| {
                        vec![
                            cell(words::name(row.text(regression::equation))),
                            cell(words::name(row.text(regression::term))),
                            cell(row.figure(regression::estimate)),
                            cell(row.figure(regression::n)),
                            cell(words::name(row.text(regression::status))),
                            cell(row.text(regression::reason)),
                        ]
                    })
                    .collect(),
                total: None,
            })
        }
    }
}

/// Words that the page uses, as the trade does.
const WORDS: [(&str, &str); 16] = [
    ("as of", "the last day whose data were used"),
    ("backlog", "orders signed and not delivered"),
    ("base, bear, bull", "courses of the bitcoin price; base is the one to plan with"),
    ("bias", "forecast less actual, over actual: above 0 is too much"),
    ("booking curve", "how the machines of a contract are spread over the months after it is signed"),
    ("coverage", "share of past outcomes that lay within their interval"),
    ("expected", "of the backlog, what should ship after slips and cancellations"),
    ("firm", "the backlog by its contract schedule"),
    ("hashprice", "what a unit of hashrate earns a day"),
    ("lot", "the number of wafers that a foundry makes at once"),
    ("place now", "the last day to place the order falls before the next run"),
    ("80% interval", "from the 10th to the 90th percentile of the simulated paths"),
    ("sell-in", "machines sold to the channel"),
    ("tracking signal", "sum of errors over their mean size: beyond 4 or −4 the forecast leans to one side"),
    ("vintage", "the forecast of one as-of date; earlier ones are kept"),
    ("WAPE", "sum of absolute errors over the sum of what happened"),
];

fn glossary() -> Markup {
    html! { dl.glossary { @for (word, meaning) in WORDS { dt { (word) } dd { (meaning) } } } }
}
