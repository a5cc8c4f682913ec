//! Which chart shows what: its series, in which roles, with which message.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::draw::{Along, Layer, Picture};
use super::palette::{CHIPS, Role};
use super::rows::{Row, Tables};
use super::words;
use crate::tables::Column;
use crate::tables::declared::{
    cash, history, market, revisions, shipment_forecast as monthly, wafer_orders as orders,
};

/// Months of the past that are shown beside the forecast.
const PAST: usize = 24;
/// Name of the sum of all models in the tables.
pub(super) const ALL: &str = "ALL";
/// The scenario to plan with.
pub(super) const BASE: &str = "base";

/// Rows of the base scenario, all models, by month.
pub(super) fn base_months(tables: Tables<'_>) -> Vec<Row<'_>> {
    let rows = tables.with(monthly::scenario, BASE);
    rows.into_iter().filter(|row| row.is(monthly::model, ALL)).collect()
}

/// Middle of a column.
fn middle(place: usize) -> f64 {
    place as f64 + 0.5
}

/// Values of a column at the middle of their places; what is missing is left out.
fn points(rows: &[Row<'_>], col: Column, first: usize, unit: f64) -> Vec<(f64, f64)> {
    let at = |(place, row): (usize, &Row<'_>)| Some((middle(first + place), row.number(col)? / unit));
    rows.iter().enumerate().filter_map(at).collect()
}

/// Machines shipped, and the forecast with its interval.
pub(super) fn shipments(tables: Tables<'_>) -> Option<Picture> {
    let ahead = base_months(tables);
    let (first, last) = (ahead.first()?, ahead.last()?);
    let mut past = tables.with(history::model, ALL);
    past.retain(|row| row.number(history::delivered_units).is_some());
    let past = past.get(past.len().saturating_sub(PAST)..).unwrap_or_default();
    let mut months: Vec<NaiveDate> = past.iter().filter_map(|row| row.date(history::month)).collect();
    let begin = months.len();
    months.extend(ahead.iter().filter_map(|row| row.date(monthly::month)));
    let shipped = points(past, history::delivered_units, 0, 1.0);
    // Forecast and interval open from the last month that is known.
    let known = shipped.last().copied();
    let mut forecast: Vec<(f64, f64)> = known.into_iter().collect();
    forecast.extend(points(&ahead, monthly::units, begin, 1.0));
    let mut band: Vec<(f64, f64, f64)> = known.into_iter().map(|(x, y)| (x, y, y)).collect();
    band.extend(ahead.iter().enumerate().filter_map(|(place, row)| {
        let (low, high) = (row.number(monthly::units_p10)?, row.number(monthly::units_p90)?);
        Some((middle(begin + place), low, high))
    }));
    let known = past.last().map(|row| {
        let (units, month) = (row.figure(history::delivered_units), row.month(history::month));
        format!("{units} machines left the door in {month}, the last month known. ")
    });
    let end = |row: &Row<'_>| {
        format!(
            "{} in {} (80% interval {} to {})",
            row.figure(monthly::units),
            row.month(monthly::month),
            row.figure(monthly::units_p10),
            row.figure(monthly::units_p90)
        )
    };
    Some(Picture {
        id: "chart-shipments",
        title: "Machines shipped, and the forecast if supply allows",
        message: format!(
            "{}The forecast goes from {} to {}.",
            known.clone().unwrap_or_default(),
            end(first),
            end(last)
        ),
        unit: "machines a month",
        source: "history, shipment_forecast",
        along: Along::Months(months),
        layers: vec![
            Layer::Band(Role::Band, band),
            Layer::Line(Role::Actual, shipped, ""),
            Layer::Line(Role::Forecast, forecast, ""),
        ],
        legend: [
            (Role::Actual, "shipped".to_owned()),
            (Role::Forecast, "forecast, base scenario".to_owned()),
            (Role::Band, "80% interval".to_owned()),
        ]
        .into_iter()
        .filter(|(role, _)| known.is_some() || *role != Role::Actual)
        .collect(),
        now: (begin > 0).then_some((begin as f64, "forecast")),
    })
}

/// What of the forecast rests on orders in hand.
pub(super) fn parts(tables: Tables<'_>) -> Option<Picture> {
    let rows = base_months(tables);
    let (mut sure, mut coming, mut off, mut firm) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut sum_sure, mut sum) = (0.0, 0.0);
    for (place, row) in rows.iter().enumerate() {
        let (Some(expected), Some(units)) = (row.number(monthly::expected_units), row.number(monthly::units))
        else {
            continue;
        };
        let (left, right) = (place as f64 + 0.18, place as f64 + 0.82);
        sure.push((left, right, 0.0, expected.min(units)));
        if units >= expected {
            coming.push((left, right, expected, units));
        } else {
            off.push((left, right, units, expected));
        }
        if let Some(firm_units) = row.number(monthly::firm_units) {
            firm.push((left - 0.1, right + 0.1, firm_units));
        }
        sum_sure += expected;
        sum += units;
    }
    (!sure.is_empty()).then_some(())?;
    let mut legend = vec![
        (Role::Sure, "expected from orders in hand".to_owned()),
        (Role::Coming, "orders still to come".to_owned()),
        (Role::Limit, "firm: contract schedule".to_owned()),
    ];
    if !off.is_empty() {
        legend.push((Role::Bad, "taken off by drivers or overrides".to_owned()));
    }
    Some(Picture {
        id: "chart-parts",
        title: "What the forecast rests on",
        message: format!(
            "Of {} machines in 12 months, {} are expected from orders in hand; the rest are orders still to come.",
            words::number(sum, 0),
            words::number(sum_sure, 0)
        ),
        unit: "machines a month",
        source: "shipment_forecast",
        along: Along::Months(rows.iter().filter_map(|row| row.date(monthly::month)).collect()),
        layers: vec![
            Layer::Bars(Role::Sure, sure),
            Layer::Bars(Role::Coming, coming),
            Layer::Bars(Role::Bad, off),
            Layer::Strokes(Role::Limit, firm),
        ],
        legend,
        now: None,
    })
}

/// What supply and the proposed orders let ship, and what waits.
pub(super) fn supply(tables: Tables<'_>) -> Option<Picture> {
    let rows = base_months(tables);
    let (mut ships, mut waits, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    let mut worst: Option<(f64, String)> = None;
    for (place, row) in rows.iter().enumerate() {
        let place = place as f64;
        if let Some(units) = row.number(monthly::constrained_units) {
            ships.push((place + 0.12, place + 0.54, 0.0, units));
        }
        if let Some(units) = row.number(monthly::waiting_units) {
            waits.push((place + 0.54, place + 0.88, 0.0, units));
            if worst.as_ref().is_none_or(|(most, _)| units > *most) {
                worst = Some((units, row.month(monthly::month)));
            }
        }
        if let Some(units) = row.number(monthly::units) {
            asked.push((place + 0.05, place + 0.61, units));
        }
    }
    (!ships.is_empty()).then_some(())?;
    let message = match worst {
        None => "What waits is not known: stock and open wafer orders were not given.".to_owned(),
        Some((most, month)) if most > 0.0 => format!(
            "Supply is short: at worst {} machines wait, at the end of {month}.",
            words::number(most, 0)
        ),
        _ => "Supply and the proposed orders let every forecast machine ship in its month.".to_owned(),
    };
    Some(Picture {
        id: "chart-supply",
        title: "What supply lets ship, and what waits",
        message,
        unit: "machines a month",
        source: "shipment_forecast",
        along: Along::Months(rows.iter().filter_map(|row| row.date(monthly::month)).collect()),
        layers: vec![
            Layer::Bars(Role::Sure, ships),
            Layer::Bars(Role::Bad, waits),
            Layer::Strokes(Role::Limit, asked),
        ],
        legend: vec![
            (Role::Sure, "ships, with the proposed orders".to_owned()),
            (Role::Bad, "waits at the end of the month".to_owned()),
            (Role::Limit, "forecast if supply allows".to_owned()),
        ],
        now: None,
    })
}

/// Wafers to order by the month of their last day, a stack of chips.
pub(super) fn wafers(tables: Tables<'_>) -> Option<Picture> {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    let mut by_month: BTreeMap<NaiveDate, BTreeMap<&str, f64>> = BTreeMap::new();
    let mut planned_from: Option<NaiveDate> = None;
    for row in tables.rows(orders::NAME) {
        let (Some(wafers), Some(day)) = (row.number(orders::wafers), row.date(orders::place_by)) else {
            continue;
        };
        let month = day.with_day(1).unwrap_or(day);
        *by_month.entry(month).or_default().entry(row.text(orders::chip)).or_default() += wafers;
        *sums.entry(row.text(orders::chip)).or_default() += wafers;
        if !row.is(orders::decision, NOW) {
            planned_from = Some(planned_from.map_or(month, |first| first.min(month)));
        }
    }
    let (first, last) = (*by_month.keys().next()?, *by_month.keys().next_back()?);
    let count =
        (last.year() - first.year()) * 12 + last.month0().cast_signed() - first.month0().cast_signed();
    let months: Vec<NaiveDate> =
        (0..=count.unsigned_abs()).filter_map(|n| first.checked_add_months(chrono::Months::new(n))).collect();
    // The largest chips have a role of their own; the rest share the last one.
    let mut chips: Vec<(&str, f64)> = sums.into_iter().collect();
    chips.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let own = if chips.len() > CHIPS.len() { CHIPS.len() - 1 } else { chips.len() };
    let role_of = |chip: &str| {
        let place = chips.iter().position(|(name, _)| *name == chip).unwrap_or(own).min(CHIPS.len() - 1);
        if place < own { CHIPS.get(place) } else { CHIPS.last() }.copied().unwrap_or(Role::Chip4)
    };
    let mut bars: BTreeMap<Role, Vec<(f64, f64, f64, f64)>> = BTreeMap::new();
    let mut totals = Vec::new();
    for (place, month) in months.iter().enumerate() {
        let mut top = 0.0;
        let Some(of_chips) = by_month.get(month) else { continue };
        for (chip, _) in &chips {
            let wafers = of_chips.get(chip).copied().unwrap_or(0.0);
            if wafers > 0.0 {
                let bar = (place as f64 + 0.18, place as f64 + 0.82, top, top + wafers);
                bars.entry(role_of(chip)).or_default().push(bar);
                top += wafers;
            }
        }
        totals.push((middle(place), top, words::number(top, 0)));
    }
    let names = |chips: &[(&str, f64)]| {
        words::list(
            &chips.iter().map(|(c, n)| format!("{} of {c}", words::number(*n, 0))).collect::<Vec<_>>(),
        )
    };
    let mut legend: Vec<(Role, String)> =
        chips.iter().take(own).map(|(chip, _)| (role_of(chip), (*chip).to_owned())).collect();
    if own < chips.len() {
        legend.push((Role::Chip4, format!("{} other chips", chips.len() - own)));
    }
    let planned = planned_from.and_then(|from| months.iter().position(|month| *month == from));
    let mut layers: Vec<Layer> = bars.into_iter().map(|(role, bars)| Layer::Bars(role, bars)).collect();
    layers.push(Layer::Words(totals));
    Some(Picture {
        id: "chart-wafers",
        title: "Wafers to order, by the month of their last day",
        message: format!(
            "Wafers to order from {} to {}: {}.",
            words::month(first),
            words::month(last),
            names(&chips)
        ),
        unit: "wafers",
        source: "wafer_orders",
        along: Along::Months(months),
        layers,
        legend,
        now: planned.filter(|place| *place > 0).map(|place| (place as f64, "planned")),
    })
}

/// The decision of an order that cannot wait for the next run.
pub(super) const NOW: &str = "place_now";

/// Cash of each month and its sum, with the other scenarios.
pub(super) fn money(tables: Tables<'_>) -> Option<Picture> {
    const MILLION: f64 = 1e6;
    let rows = tables.with(cash::scenario, BASE);
    let net = points(&rows, cash::net_usd, 0, MILLION);
    (!net.is_empty()).then_some(())?;
    let bars = |rises: bool| {
        let kept = net.iter().filter(move |(_, y)| (*y >= 0.0) == rises);
        kept.map(|(x, y)| (x - 0.3, x + 0.3, 0.0, *y)).collect::<Vec<_>>()
    };
    let mut layers = vec![Layer::Bars(Role::Good, bars(true)), Layer::Bars(Role::Bad, bars(false))];
    for (scenario, role) in [("bear", Role::Bear), ("bull", Role::Bull), (BASE, Role::Forecast)] {
        let line = points(&tables.with(cash::scenario, scenario), cash::cumulative_usd, 0, MILLION);
        layers.push(Layer::Line(role, line, scenario));
    }
    let sums = rows.iter().filter_map(|row| Some((row.number(cash::cumulative_usd)?, row)));
    let lowest = sums.min_by(|a, b| a.0.total_cmp(&b.0));
    Some(Picture {
        id: "chart-cash",
        title: "Cash in and out, and its sum since the as-of date",
        message: lowest
            .map(|(_, row)| {
                format!(
                    "In the base scenario the sum is lowest at the end of {}: {} USD.",
                    row.month(cash::month),
                    row.money(cash::cumulative_usd)
                )
            })
            .unwrap_or_default(),
        unit: "million USD",
        source: "cash",
        along: Along::Months(rows.iter().filter_map(|row| row.date(cash::month)).collect()),
        layers,
        legend: vec![
            (Role::Good, "more in than out in the month, base".to_owned()),
            (Role::Bad, "more out than in".to_owned()),
            (Role::Forecast, "sum, base".to_owned()),
            (Role::Bear, "sum, bear".to_owned()),
            (Role::Bull, "sum, bull".to_owned()),
        ],
        now: None,
    })
}

/// A measure of the market: past, and ahead by scenario.
fn market_measure(
    tables: Tables<'_>,
    col: Column,
    band: Option<(Column, Column)>,
    unit: f64,
) -> Option<Market> {
    let rows = tables.with(market::scenario, BASE);
    let begin = rows.iter().filter(|row| row.is(market::kind, "actual")).count();
    (begin < rows.len()).then_some(())?;
    let (past, ahead) = rows.split_at(begin);
    let past_points = points(past, col, 0, unit);
    let known = past_points.last().copied();
    let mut layers = Vec::new();
    if let Some((low, high)) = band {
        let mut area: Vec<(f64, f64, f64)> = known.into_iter().map(|(x, y)| (x, y, y)).collect();
        area.extend(ahead.iter().enumerate().filter_map(|(place, row)| {
            Some((middle(begin + place), row.number(low)? / unit, row.number(high)? / unit))
        }));
        layers.push(Layer::Band(Role::Band, area));
    }
    layers.push(Layer::Line(Role::Actual, past_points, ""));
    for (scenario, role) in [("bear", Role::Bear), ("bull", Role::Bull), (BASE, Role::Forecast)] {
        let rows = tables.with(market::scenario, scenario);
        let mut line: Vec<(f64, f64)> = known.into_iter().collect();
        line.extend(points(rows.get(begin..).unwrap_or_default(), col, begin, unit));
        layers.push(Layer::Line(role, line, scenario));
    }
    let ends = ["bear", BASE, "bull"].map(|scenario| {
        let rows = tables.with(market::scenario, scenario);
        let value = rows.last().and_then(|row| row.number(col)).map(|value| value / unit);
        format!("{} in {scenario}", value.map_or_else(words::missing, |value| words::number(value, 1)))
    });
    let now = past.last().and_then(|row| row.number(col)).map(|value| words::number(value / unit, 1));
    let months = rows.iter().filter_map(|row| row.date(market::month)).collect();
    let last = rows.last().map(|row| row.month(market::month)).unwrap_or_default();
    let message = format!(
        "{} in the last month known; at the end of the forecast, {last}, {}.",
        now.unwrap_or_else(words::missing),
        words::list(&ends)
    );
    Some(Market { months, layers, message, now: (begin > 0).then_some((begin as f64, "forecast")) })
}

struct Market {
    months: Vec<NaiveDate>,
    layers: Vec<Layer>,
    message: String,
    now: Option<(f64, &'static str)>,
}

fn scenarios(band: bool) -> Vec<(Role, String)> {
    let mut legend = vec![
        (Role::Actual, "what happened".to_owned()),
        (Role::Forecast, "base".to_owned()),
        (Role::Bear, "bear".to_owned()),
        (Role::Bull, "bull".to_owned()),
    ];
    if band {
        legend.push((Role::Band, "80% interval of the base paths".to_owned()));
    }
    legend
}

/// Hashprice by scenario.
pub(super) fn hashprice(tables: Tables<'_>) -> Option<Picture> {
    let band = Some((market::hashprice_p10, market::hashprice_p90));
    let found = market_measure(tables, market::hashprice_usd_per_ph_day, band, 1.0)?;
    Some(Picture {
        id: "chart-hashprice",
        title: "Hashprice",
        message: found.message,
        unit: "USD per PH/s and day",
        source: "market",
        along: Along::Months(found.months),
        layers: found.layers,
        legend: scenarios(true),
        now: found.now,
    })
}

/// Difficulty by scenario.
pub(super) fn difficulty(tables: Tables<'_>) -> Option<Picture> {
    let found = market_measure(tables, market::difficulty, None, 1e12)?;
    Some(Picture {
        id: "chart-difficulty",
        title: "Mining difficulty",
        message: found.message,
        unit: "trillion (10¹²)",
        source: "market",
        along: Along::Months(found.months),
        layers: found.layers,
        legend: scenarios(false),
        now: found.now,
    })
}

/// The steps of the bridge, as they are named to people.
pub(super) const STEPS: [(Column, &str); 8] = [
    (revisions::corrections, "corrections"),
    (revisions::deliveries, "deliveries"),
    (revisions::new_orders, "new orders"),
    (revisions::cancellations, "cancelled"),
    (revisions::slips, "slips"),
    (revisions::drivers, "drivers"),
    (revisions::overrides, "overrides"),
    (revisions::method, "method"),
];

/// Rows of the bridge to one earlier vintage, all models, of months still ahead.
pub(super) fn bridge_months<'a>(tables: Tables<'a>, previous: &str) -> Vec<Row<'a>> {
    let mut rows = tables.with(revisions::previous_vintage, previous);
    rows.retain(|row| row.is(revisions::model, ALL) && row.is(revisions::status, "forecast"));
    rows
}

/// From the vintage before to this one.
pub(super) fn bridge(tables: Tables<'_>, previous: &str) -> Option<Picture> {
    let rows = bridge_months(tables, previous);
    (!rows.is_empty()).then_some(())?;
    let sum = |col: Column| rows.iter().filter_map(|row| row.number(col)).sum::<f64>();
    let (before, now) = (sum(revisions::previous), sum(revisions::now));
    let mut names = vec![previous.to_owned()];
    let (mut totals, mut rises, mut falls) = (vec![(0.12, 0.88, 0.0, before)], Vec::new(), Vec::new());
    let mut said = vec![(0.5, before, words::number(before, 0))];
    let mut level = before;
    let mut told = Vec::new();
    for (col, name) in STEPS {
        let change = sum(col);
        if change == 0.0 {
            continue;
        }
        let place = names.len() as f64;
        let bar = (place + 0.12, place + 0.88, level, level + change);
        if change > 0.0 { &mut rises } else { &mut falls }.push(bar);
        said.push((place + 0.5, level.max(level + change), words::change(change)));
        told.push(format!("{name} {}", words::change(change)));
        names.push(name.to_owned());
        level += change;
    }
    let place = names.len() as f64;
    names.push("now".to_owned());
    totals.push((place + 0.12, place + 0.88, 0.0, now));
    said.push((place + 0.5, now, words::number(now, 0)));
    let (first, last) = (rows.first()?.month(revisions::month), rows.last()?.month(revisions::month));
    Some(Picture {
        id: "chart-bridge",
        title: "From the vintage before to this one",
        message: format!(
            "{first} to {last}: {previous} said {} machines, now {}: {}.",
            words::number(before, 0),
            words::number(now, 0),
            if told.is_empty() { "no change".to_owned() } else { words::list(&told) }
        ),
        unit: "machines of the months that both forecast",
        source: "revisions",
        along: Along::Names(names),
        layers: vec![
            Layer::Bars(Role::Total, totals),
            Layer::Bars(Role::Good, rises),
            Layer::Bars(Role::Bad, falls),
            Layer::Words(said),
        ],
        legend: vec![
            (Role::Total, "forecast".to_owned()),
            (Role::Good, "adds".to_owned()),
            (Role::Bad, "takes away".to_owned()),
        ],
        now: None,
    })
}
