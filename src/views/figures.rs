//! Which figure shows what: its series, in which roles, with which message. The page and the workbook draw the same.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};

use crate::table::Column;
use crate::tables::declared::{
    budget_frontier as frontier, cash_low as low, cash_risk as risk, history, market, revisions,
    shipment_forecast as monthly, wafer_orders as orders,
};

use super::figure::{Along, Figure, Mark, Role, Series};
use super::money::{self, PLAN};
use super::orders::first_of_month;
use super::{ALL, BASE, NOW, Row, SCENARIOS, Tables, days, inputs, interval, machines, texts, words};

/// Months of the past that are shown beside the forecast.
const PAST: usize = 24;

/// Roles of chips in the order of a stack; the last stands for all that are left.
const CHIPS: [Role; 4] = [Role::Chip1, Role::Chip2, Role::Chip3, Role::Chip4];

fn column(rows: &[Row<'_>], column: Column) -> Vec<Option<f64>> {
    rows.iter().map(|row| row.number(column)).collect()
}

fn ends(rows: &[Row<'_>], (low, high): (Column, Column)) -> Vec<Option<(f64, f64)>> {
    rows.iter().map(|row| row.number(low).zip(row.number(high))).collect()
}

/// Machines shipped, and the forecast with its interval.
pub(crate) fn shipments(tables: Tables<'_>) -> Option<Figure> {
    let ahead = machines::base_months(tables);
    let (first, last) = (ahead.first()?, ahead.last()?);
    let mut past = tables.with(history::model, ALL);
    past.retain(|row| row.number(history::delivered_units).is_some());
    let past = past.split_off(past.len().saturating_sub(PAST));
    let begin = past.len();
    let mut months = days(&past, history::month);
    months.extend(days(&ahead, monthly::month));
    let known = past.last().map(|row| {
        let (units, month) = (row.shown(history::delivered_units), row.shown(history::month));
        format!("{units} machines left the door in {month}, the last month known. ")
    });
    let name = interval::name(&interval::of_machines(tables));
    let end = |row: &Row<'_>| {
        format!(
            "{} in {} ({name}: {} to {})",
            row.shown(monthly::units),
            row.shown(monthly::month),
            row.shown(monthly::units_p10),
            row.shown(monthly::units_p90)
        )
    };
    let message =
        format!("{}The forecast goes from {} to {}.", known.unwrap_or_default(), end(first), end(last));
    let figure = Figure::new(
        "chart-shipments",
        "Machines shipped and forecast, and what supply lets ship",
        "machines a month",
        "history, shipment_forecast",
        Along::Months(months),
    );
    let band = ends(&ahead, (monthly::units_p10, monthly::units_p90));
    let of_scenario = |scenario| column(&machines::months_of(tables, scenario), monthly::units);
    let mut series = vec![
        Series::between(Role::Band, Mark::Band, &name, band),
        Series::new(Role::Firm, Mark::Stack, "firm", column(&ahead, monthly::firm_units)),
    ];
    for scenario in front_last() {
        series.push(Series::new(role_of(scenario), Mark::Line, scenario, of_scenario(scenario)));
    }
    let ships = column(&ahead, monthly::constrained_units);
    series.push(Series::new(Role::Limit, Mark::Line, "supply", ships));
    let mut series: Vec<Series> = series.into_iter().map(|series| series.after(begin)).collect();
    series.push(Series::new(Role::Actual, Mark::Line, "shipped", column(&past, history::delivered_units)));
    Figure { now: (begin > 0).then_some((begin, "forecast")), ..figure }.of(message, series)
}

/// What of the forecast rests on orders in hand.
pub(crate) fn parts(tables: Tables<'_>) -> Option<Figure> {
    let rows = machines::base_months(tables);
    let pairs: Vec<Option<(f64, f64)>> = ends(&rows, (monthly::expected_units, monthly::units));
    let of = |part: fn(f64, f64) -> f64| {
        pairs.iter().map(|pair| pair.map(|(expected, units)| part(expected, units))).collect::<Vec<_>>()
    };
    let sum = |values: Vec<Option<f64>>| words::number(values.into_iter().flatten().sum(), 0);
    let figure = Figure::new(
        "chart-parts",
        "What the forecast rests on",
        "machines a month",
        "shipment_forecast",
        Along::Months(days(&rows, monthly::month)),
    );
    figure.of(
        format!(
            "Of {} machines in 12 months, {} are expected from orders in hand; the rest are orders still to come.",
            sum(of(|_, units| units)),
            sum(of(|expected, _| expected))
        ),
        vec![
            Series::new(Role::Sure, Mark::Stack, "in hand", of(f64::min)),
            Series::new(Role::Coming, Mark::Stack, "to come", of(|a, b| (b - a).max(0.0))),
            Series::new(Role::Bad, Mark::Stack, "taken off", of(|a, b| (a - b).max(0.0))),
            Series::new(Role::Limit, Mark::Stroke, "firm", column(&rows, monthly::firm_units)),
        ],
    )
}

/// What supply and the proposed orders let ship, and what waits.
pub(crate) fn supply(tables: Tables<'_>) -> Option<Figure> {
    let rows = machines::base_months(tables);
    let figure = Figure::new(
        "chart-supply",
        "What supply lets ship, and what waits",
        "machines a month",
        "shipment_forecast",
        Along::Months(days(&rows, monthly::month)),
    );
    let ships = column(&rows, monthly::constrained_units);
    let waits = column(&rows, monthly::waiting_units);
    let asked = column(&rows, monthly::units);
    figure.of(
        machines::supply_message(tables),
        vec![
            Series::new(Role::Sure, Mark::Stack, "ships, with the proposed orders", ships),
            Series::new(Role::Bad, Mark::Line, "waits at the end of the month", waits),
            Series::new(Role::Limit, Mark::Stroke, "forecast if supply allows", asked),
        ],
    )
}

/// Wafers to order by the month of their last day, a stack of chips.
pub(crate) fn wafers(tables: Tables<'_>) -> Option<Figure> {
    let rows = tables.rows(orders::NAME);
    let month = |row: &Row<'_>| row.date(orders::place_by).map(first_of_month);
    let (first, last) = (rows.iter().filter_map(month).min()?, rows.iter().filter_map(month).max()?);
    let count =
        (last.year() - first.year()) * 12 + last.month0().cast_signed() - first.month0().cast_signed();
    let months: Vec<NaiveDate> =
        (0..=count.unsigned_abs()).filter_map(|n| first.checked_add_months(Months::new(n))).collect();
    let sum = |chip: Option<&str>, wanted: Option<NaiveDate>| -> f64 {
        let rows = rows.iter().filter(|row| chip.is_none_or(|chip| row.is(orders::chip, chip)));
        let rows = rows.filter(|row| wanted.is_none_or(|wanted| month(row) == Some(wanted)));
        rows.filter_map(|row| row.number(orders::wafers)).sum()
    };
    // The largest chips have a role of their own; the rest share the last one.
    let mut chips: Vec<(&str, f64)> =
        texts(&rows, orders::chip).into_iter().map(|chip| (chip, sum(Some(chip), None))).collect();
    chips.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let own = if chips.len() > CHIPS.len() { CHIPS.len() - 1 } else { chips.len() };
    let (named, rest) = chips.split_at(own);
    let of = |chips: &[(&str, f64)]| -> Vec<Option<f64>> {
        let of_month = |month| chips.iter().map(|(chip, _)| sum(Some(chip), Some(month))).sum();
        months.iter().map(|month| Some(of_month(*month))).collect()
    };
    let mut series: Vec<Series> = named
        .iter()
        .zip(CHIPS)
        .map(|(chip, role)| Series::new(role, Mark::Stack, chip.0, of(std::slice::from_ref(chip))))
        .collect();
    series.push(Series::new(Role::Chip4, Mark::Stack, format!("{} other chips", rest.len()), of(rest)));
    let reported: Vec<String> =
        chips.iter().map(|(chip, wafers)| format!("{} of {chip}", words::number(*wafers, 0))).collect();
    let planned = rows.iter().filter(|row| !row.is(orders::decision, NOW)).filter_map(month).min();
    let planned = planned.and_then(|from| months.iter().position(|month| *month == from));
    let totals = months.iter().enumerate().map(|(index, month)| (index, sum(None, Some(*month))));
    let totals = totals.filter(|(_, wafers)| *wafers > 0.0);
    let figure = Figure {
        words: totals.map(|(index, wafers)| (index, wafers, words::number(wafers, 0))).collect(),
        now: planned.filter(|index| *index > 0).map(|index| (index, "planned")),
        ..Figure::new(
            "chart-wafers",
            "Wafers to order, by the month of their last day",
            "wafers",
            "wafer_orders",
            Along::Months(months.clone()),
        )
    };
    let (first, last) = (words::month(first), words::month(last));
    figure.of(format!("Wafers to order from {first} to {last}: {}.", words::list(&reported)), series)
}

/// The line of a scenario.
fn role_of(scenario: &str) -> Role {
    match scenario {
        "bear" => Role::Bear,
        "bull" => Role::Bull,
        _ => Role::Forecast,
    }
}

/// Bear and bull, and base in front of them.
fn front_last() -> [&'static str; 3] {
    let [bear, base, bull] = SCENARIOS;
    [bear, bull, base]
}

/// Cash over the paths.
pub(crate) fn cash(tables: Tables<'_>) -> Option<Figure> {
    let of = |scenario: &str| {
        let mut rows = tables.with(risk::scenario, scenario);
        rows.retain(|row| row.is(risk::case, PLAN));
        rows
    };
    let rows = of(BASE);
    // Up to the median alone: the axis of the paths that end with most would hide the lows.
    let band = ends(&rows, (risk::cash_p5_usd, risk::cash_p50_usd));
    let mut series = vec![Series::between(Role::Band, Mark::Band, "from 1 path in 20 to half", band)];
    // Bull is left out for the same reason.
    for scenario in ["bear", BASE] {
        series.push(Series::new(
            role_of(scenario),
            Mark::Line,
            scenario,
            column(&of(scenario), risk::cash_p50_usd),
        ));
    }
    let limit = money::low(tables).and_then(|row| row.number(low::limit_usd));
    series.push(Series::new(Role::Limit, Mark::Stroke, "limit", vec![limit; rows.len()]));
    let figure = Figure::new(
        "chart-cash",
        "Cash at month end: half of the paths end below the line, 1 in 20 below the band",
        "million USD",
        "cash_risk, cash_low",
        Along::Months(days(&rows, risk::month)),
    );
    let message = money::low(tables).map(|row| money::low_message(&row)).unwrap_or_default();
    Figure { scale: 1e6, ..figure }.of(message, series)
}

/// What budgets for the orders to place now earn and risk.
pub(crate) fn budgets(tables: Tables<'_>) -> Option<Figure> {
    let rows = tables.rows(frontier::NAME);
    let name = |row: &Row<'_>| {
        row.number(frontier::budget_usd).map_or_else(words::missing, |usd| words::number(usd / 1e6, 1))
    };
    let index = rows.iter().position(|row| row.is(frontier::chosen, "yes"))?;
    let of = |column: Column| rows[index].shown(column);
    let message = format!(
        "This run prepays {} USD and expects to earn {} USD with it; one path in 20 writes down {} USD or more.",
        of(frontier::prepayment_usd),
        of(frontier::expected_profit_usd),
        of(frontier::write_down_p95_usd)
    );
    let profit = column(&rows, frontier::expected_profit_usd);
    let height = profit.get(index).copied().flatten().unwrap_or(0.0).max(0.0);
    let figure = Figure::new(
        "chart-budgets",
        "What budgets for these orders earn and risk, by million USD that may be prepaid",
        "million USD",
        "budget_frontier",
        Along::Names(rows.iter().map(name).collect()),
    );
    let figure = Figure { scale: 1e6, words: vec![(index, height / 1e6, "this run".to_owned())], ..figure };
    figure.of(
        message,
        vec![
            Series::new(Role::Good, Mark::Line, "expected profit", profit),
            Series::new(
                Role::Bad,
                Mark::Line,
                "write-down, exceeded on 1 path in 20",
                column(&rows, frontier::write_down_p95_usd),
            ),
        ],
    )
}

/// A measure of the market: past, and ahead by scenario.
fn of_market(
    tables: Tables<'_>,
    figure: Figure,
    of: Column,
    band: Option<&((Column, Column), &str)>,
) -> Option<Figure> {
    let rows = tables.with(market::scenario, BASE);
    let begin = rows.iter().filter(|row| row.is(market::kind, "actual")).count();
    let (past, ahead) = rows.split_at(begin);
    let (scale, mut series) = (figure.scale, Vec::new());
    if let Some((band, target)) = band {
        let name = interval::name(&interval::of_market(tables, target));
        series.push(Series::between(Role::Band, Mark::Band, &name, ends(ahead, *band)).after(begin));
    }
    series.push(Series::new(Role::Actual, Mark::Line, "known", column(past, of)));
    let mut ends = BTreeMap::new();
    for scenario in front_last() {
        let rows = tables.with(market::scenario, scenario);
        let values = column(rows.get(begin..).unwrap_or_default(), of);
        let end = values.last().copied().flatten();
        let end = end.map_or_else(words::missing, |value| words::number(value / scale, 1));
        ends.insert(scenario, format!("{end} in {scenario}"));
        series.push(Series::new(role_of(scenario), Mark::Line, scenario, values).after(begin));
    }
    let now = past.last().and_then(|row| row.number(of));
    let message = format!(
        "{} in the last month known; at the end of the forecast, {}, {}.",
        now.map_or_else(words::missing, |value| words::number(value / scale, 1)),
        rows.last().map(|row| row.shown(market::month)).unwrap_or_default(),
        words::list(&SCENARIOS.map(|scenario| ends.remove(scenario).unwrap_or_default()))
    );
    let along = Along::Months(days(&rows, market::month));
    Figure { along, now: (begin > 0).then_some((begin, "forecast")), ..figure }.of(message, series)
}

/// Hashprice, difficulty and price by scenario.
pub(crate) fn outlook(tables: Tables<'_>) -> [Option<Figure>; 3] {
    let figure = |id, title, unit| Figure::new(id, title, unit, "market", Along::Months(Vec::new()));
    let hashprice = figure("chart-hashprice", "Hashprice", "USD per PH/s and day");
    let difficulty = figure("chart-difficulty", "Mining difficulty", "trillion (10¹²)");
    let price = figure("chart-price", "Bitcoin price, fees included", "USD");
    [
        of_market(
            tables,
            hashprice,
            market::hashprice_usd_per_ph_day,
            Some(&((market::hashprice_p10, market::hashprice_p90), "hashprice")),
        ),
        of_market(tables, Figure { scale: 1e12, ..difficulty }, market::difficulty, None),
        of_market(
            tables,
            price,
            market::implied_price_usd,
            Some(&((market::implied_price_p10, market::implied_price_p90), "price")),
        ),
    ]
}

/// From an earlier vintage to this one: the months that both forecast.
pub(crate) fn bridge(tables: Tables<'_>, previous: &str) -> Option<Figure> {
    let mut rows = inputs::bridge(tables, previous);
    rows.retain(|row| row.is(revisions::status, "forecast"));
    let sum = |column: Column| rows.iter().filter_map(|row| row.number(column)).sum::<f64>();
    let (before, now) = (sum(revisions::previous), sum(revisions::now));
    let mut level = before;
    let mut steps = vec![(previous.to_owned(), Role::Total, (0.0, before), words::number(before, 0))];
    let mut reported = Vec::new();
    for (column, change) in inputs::STEPS.map(|column| (column, sum(column))) {
        if change != 0.0 {
            let (name, said) = (column.head().0, words::change(change));
            reported.push(format!("{name} {said}"));
            let ends = (level.min(level + change), level.max(level + change));
            steps.push((name, if change > 0.0 { Role::Good } else { Role::Bad }, ends, said));
            level += change;
        }
    }
    steps.push(("now".to_owned(), Role::Total, (0.0, now), words::number(now, 0)));
    let of = |wanted: Role| steps.iter().map(|step| (step.1 == wanted).then_some(step.2)).collect();
    let (first, last) = (rows.first()?.shown(revisions::month), rows.last()?.shown(revisions::month));
    let figure = Figure {
        words: steps.iter().enumerate().map(|(index, step)| (index, step.2.1, step.3.clone())).collect(),
        ..Figure::new(
            "chart-bridge",
            "From the vintage before to this one",
            "machines of the months that both forecast",
            "revisions",
            Along::Names(steps.iter().map(|step| step.0.clone()).collect()),
        )
    };
    figure.of(
        format!(
            "{first} to {last}: {previous} said {} machines, now {}: {}.",
            words::number(before, 0),
            words::number(now, 0),
            if reported.is_empty() { "no change".to_owned() } else { words::list(&reported) }
        ),
        vec![
            Series::between(Role::Total, Mark::Float, "forecast", of(Role::Total)),
            Series::between(Role::Good, Mark::Float, "adds", of(Role::Good)),
            Series::between(Role::Bad, Mark::Float, "takes away", of(Role::Bad)),
        ],
    )
}
