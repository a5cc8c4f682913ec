//! `shipment_forecast` and `shipment_forecast_quarterly`.

use crate::demand::Forecast;
use crate::domain::{Month, Usd};
use crate::market::HORIZON;
use crate::supply::Allocation;

use super::Context;
use super::schema::{Column, Kind, Spec, Table, column, row};

const MODEL: Column = column("model", Kind::Text, "", "machine model, or ALL for the sum of all models");
const SCENARIO: Column = column("scenario", Kind::Text, "", "bear, base or bull course of the bitcoin price");
const VINTAGE: Column =
    column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none");
const AS_OF: Column = column("as_of", Kind::Date, "", "last day whose data were used");
const FIRM: Column = column(
    "firm_units",
    Kind::Whole,
    "machines",
    "open orders by contract schedule; what is past due counts in the first month",
)
.source("futures_orders: quantity left by delivery schedule");
const EXPECTED: Column = column(
    "expected_units",
    Kind::Whole,
    "machines",
    "of today's open orders, what is expected to ship after slip and cancellation",
)
.source("docs/method.md: backlog; futures_orders, shipments");
const CURVE: Column = column(
    "booking_curve_units",
    Kind::Whole,
    "machines",
    "of orders still to come, with intake at its level, spread by the lead times of past contracts",
)
.source("docs/method.md: orders to come; futures_orders");
const DRIVERS: Column = column(
    "driver_units",
    Kind::Whole,
    "machines",
    "what the market and drivers add to or take from that; expected_units + booking_curve_units + driver_units = baseline_units",
)
.formula("baseline_units - expected_units - booking_curve_units")
.source("docs/method.md: orders to come; table regression");
const BASELINE: Column = column(
    "baseline_units",
    Kind::Whole,
    "machines",
    "forecast of machines shipped if supply allows, before planners' overrides: mean of the paths",
)
.formula("mean over paths of expected and new machines")
.source("docs/method.md: the parts of a forecast month");
const OVERRIDE: Column = column(
    "override_units",
    Kind::Whole,
    "machines",
    "what planners' overrides add to or take from the baseline; empty without an override",
)
.formula("units - baseline_units")
.source("overrides");
const UNITS: Column = column(
    "units",
    Kind::Whole,
    "machines",
    "forecast of machines shipped if supply allows: baseline_units and override_units",
)
.formula("baseline_units + override_units");
const P10: Column =
    column("units_p10", Kind::Whole, "machines", "10th percentile of the path sums of the baseline")
        .formula("10% quantile of path sums, spread by past errors")
        .source("docs/method.md: uncertainty");
const P50: Column = column("units_p50", Kind::Whole, "machines", "median of the path sums of the baseline")
    .formula("50% quantile of path sums")
    .source("docs/method.md: uncertainty");
const P90: Column =
    column("units_p90", Kind::Whole, "machines", "90th percentile of the path sums of the baseline")
        .formula("90% quantile of path sums, spread by past errors")
        .source("docs/method.md: uncertainty");
const TH: Column = column("th", Kind::Real(0), "TH/s", "units x hashrate per machine")
    .formula("units x hashrate_th")
    .source("[[models]] hashrate_th");
const SUPPLY: Column = column(
    "supply_units",
    Kind::Whole,
    "machines",
    "machines that committed supply first makes available in the period; empty where supply is unknown or can still be ordered",
).source("supply; [wafers], [[chips]]");
const CONSTRAINED: Column = column(
    "constrained_units",
    Kind::Whole,
    "machines",
    "machines that ship within committed supply and the wafer orders proposed, earlier waiting ones included",
)
.formula("mean over paths of min(units + release x waiting before, supply left), within committed supply and the orders proposed")
.source("docs/method.md: known supply; supply; table wafer_orders");
const CONSTRAINED_P10: Column = column(
    "constrained_p10",
    Kind::Whole,
    "machines",
    "10th percentile of what known supply lets ship on the paths; that of units where supply is not known",
)
.source("docs/method.md: known supply");
const CONSTRAINED_P50: Column = column("constrained_p50", Kind::Whole, "machines", "median of the same")
    .source("docs/method.md: known supply");
const CONSTRAINED_P90: Column =
    column("constrained_p90", Kind::Whole, "machines", "90th percentile of the same")
        .source("docs/method.md: known supply");
const SHORT: Column = column(
    "short_units",
    Kind::Whole,
    "machines",
    "machines of the period's months that do not ship in their month for lack of supply",
)
.source("supply; table wafer_orders");
const WAITING: Column =
    column("waiting_units", Kind::Whole, "machines", "machines waiting for supply at the end of the period")
        .formula("waiting before + units - constrained_units")
        .source("supply; table wafer_orders");
const REVENUE: Column = column(
    "revenue_usd",
    Kind::Real(2),
    "USD",
    "expected_units at contract price plus the rest of units at list price, whether supply allows them or not; empty without a price",
)
.formula("expected_units x contract price + (units - expected_units) x list price")
.source("futures_orders: unit_price_usd; [[models]] list_price_usd");
const METHOD: Column =
    column("method", Kind::Text, "", "how the part beyond today's orders was forecast in this period");

pub(super) const MONTHLY: Spec = Spec {
    name: "shipment_forecast",
    row: "one scenario, month and model",
    key: 4,
    columns: &[
        VINTAGE,
        SCENARIO,
        column("month", Kind::Date, "", "month of shipment, by its first day"),
        MODEL,
        AS_OF,
        column("quarter", Kind::Text, "", "quarter of the month"),
        column("horizon", Kind::Whole, "months", "months ahead of the as-of date, 1 to 12"),
        FIRM,
        EXPECTED,
        CURVE,
        DRIVERS,
        BASELINE,
        OVERRIDE,
        UNITS,
        P10,
        P50,
        P90,
        TH,
        SUPPLY,
        CONSTRAINED,
        CONSTRAINED_P10,
        CONSTRAINED_P50,
        CONSTRAINED_P90,
        SHORT,
        WAITING,
        REVENUE,
        METHOD,
    ],
};

pub(super) const QUARTERLY: Spec = Spec {
    name: "shipment_forecast_quarterly",
    row: "one scenario, quarter (or 12M for all twelve months) and model",
    key: 4,
    columns: &[
        VINTAGE,
        SCENARIO,
        column("quarter", Kind::Text, "", "quarter of shipment, or 12M"),
        MODEL,
        AS_OF,
        FIRM,
        EXPECTED,
        CURVE,
        DRIVERS,
        BASELINE,
        OVERRIDE,
        UNITS,
        P10,
        P50,
        P90,
        TH,
        SUPPLY,
        CONSTRAINED,
        CONSTRAINED_P10,
        CONSTRAINED_P50,
        CONSTRAINED_P90,
        SHORT,
        WAITING,
        REVENUE,
        METHOD,
    ],
};

/// The measures of one cell, in the order of the columns from `firm_units` to `method`.
struct Cell {
    firm: i64,
    expected: i64,
    curve: i64,
    baseline: i64,
    overridden: Option<i64>,
    units: i64,
    th: f64,
    supply: Option<i64>,
    constrained: i64,
    short: Option<i64>,
    waiting: Option<i64>,
    revenue: Option<Usd>,
}

fn cell(
    context: &Context<'_>,
    forecast: &Forecast,
    allocation: &Allocation,
    months: std::ops::Range<usize>,
    model: usize,
) -> Cell {
    let sum = |rows: &[[i64; HORIZON]]| rows[model][months.clone()].iter().sum::<i64>();
    let (expected, units) = (sum(&forecast.expected), sum(&forecast.units));
    let baseline = sum(&forecast.baseline);
    let known = context.committed.known;
    let contract = context.prices.contract[model];
    let list = context.prices.list[model];
    let part = |machines: i64, price: Option<Usd>| match (machines, price) {
        (0, _) => Some(Usd::ZERO),
        (_, price) => price.map(|p| p * machines as f64),
    };
    let revenue = part(expected, contract.or(list)).zip(part(units - expected, list)).map(|(a, b)| a + b);
    let supply: Option<Vec<i64>> = allocation.supply[model][months.clone()].iter().copied().collect();
    Cell {
        firm: sum(&forecast.firm),
        expected,
        curve: sum(&forecast.booking_curve),
        baseline,
        overridden: overridden(context, &months, model).then_some(units - baseline),
        units,
        th: units as f64 * context.job.catalogue.models[model].hashrate_th.get(),
        supply: supply.map(|s| s.iter().sum()),
        constrained: sum(&allocation.constrained),
        short: known.then(|| sum(&allocation.short)),
        waiting: known.then(|| allocation.waiting[model][months.end - 1]),
        revenue,
    }
}

/// Whether a planner overrides a model in one of the months.
fn overridden(context: &Context<'_>, months: &std::ops::Range<usize>, model: usize) -> bool {
    context.exports.overrides.iter().any(|adjustment| {
        let ahead = usize::try_from(adjustment.month - context.as_of - 1).ok();
        adjustment.model.0 == model && ahead.is_some_and(|h| months.contains(&h))
    })
}

/// Sum over models: a part that is missing for a model with units makes the sum missing.
fn all(cells: &[Cell]) -> Cell {
    let total = |f: fn(&Cell) -> i64| cells.iter().map(f).sum();
    let option = |f: fn(&Cell) -> Option<i64>| cells.iter().map(f).sum::<Option<i64>>();
    Cell {
        firm: total(|c| c.firm),
        expected: total(|c| c.expected),
        curve: total(|c| c.curve),
        baseline: total(|c| c.baseline),
        overridden: cells.iter().filter_map(|c| c.overridden).reduce(|a, b| a + b),
        units: total(|c| c.units),
        th: cells.iter().map(|c| c.th).sum(),
        supply: option(|c| c.supply),
        constrained: total(|c| c.constrained),
        short: option(|c| c.short),
        waiting: option(|c| c.waiting),
        revenue: cells.iter().map(|c| c.revenue).sum(),
    }
}

/// Both tables.
pub(super) fn tables(context: &Context<'_>) -> [Table; 2] {
    let mut monthly = Table::new(&MONTHLY);
    let mut quarterly = Table::new(&QUARTERLY);
    let first = context.as_of + 1;
    for (forecast, allocation) in context.forecasts.iter().zip(context.allocations) {
        for h in 0..HORIZON {
            let month = first + i32::try_from(h).unwrap_or(0);
            write(context, forecast, allocation, h..h + 1, &mut |key, tail| {
                let mut cells =
                    row![context.vintage(), forecast.scenario.name(), month, key, context.as_of.last_day()];
                cells.extend(row![month.quarter().to_string(), h + 1]);
                cells.extend(tail);
                monthly.push(cells);
            });
        }
        for (name, months) in periods(first) {
            write(context, forecast, allocation, months, &mut |key, tail| {
                let mut cells = row![
                    context.vintage(),
                    forecast.scenario.name(),
                    name.as_str(),
                    key,
                    context.as_of.last_day()
                ];
                cells.extend(tail);
                quarterly.push(cells);
            });
        }
    }
    [monthly, quarterly]
}

/// The quarters that the twelve months touch, and all of them.
fn periods(first: Month) -> Vec<(String, std::ops::Range<usize>)> {
    let mut periods: Vec<(String, std::ops::Range<usize>)> = Vec::new();
    for h in 0..HORIZON {
        let name = (first + i32::try_from(h).unwrap_or(0)).quarter().to_string();
        match periods.last_mut() {
            Some((last, months)) if *last == name => months.end = h + 1,
            _ => periods.push((name, h..h + 1)),
        }
    }
    periods.push(("12M".to_owned(), 0..HORIZON));
    periods
}

type Row = Vec<super::schema::Cell>;

fn write(
    context: &Context<'_>,
    forecast: &Forecast,
    allocation: &Allocation,
    months: std::ops::Range<usize>,
    push: &mut dyn FnMut(&str, Row),
) {
    let catalogue = &context.job.catalogue;
    let cells: Vec<Cell> = (0..catalogue.models.len())
        .map(|model| cell(context, forecast, allocation, months.clone(), model))
        .collect();
    let method = context.method();
    let tail = |cell: &Cell, model: Option<usize>| -> Row {
        let interval = forecast.interval(months.clone(), model);
        let limited = context.shipping[forecast.scenario as usize].as_ref();
        let ships = limited
            .map_or([interval.p10, interval.p50, interval.p90], |s| s.quantiles(months.clone(), model));
        row![
            cell.firm,
            cell.expected,
            cell.curve,
            cell.baseline - cell.expected - cell.curve,
            cell.baseline,
            cell.overridden,
            cell.units,
            interval.p10,
            interval.p50,
            interval.p90,
            cell.th,
            cell.supply,
            cell.constrained,
            ships[0],
            ships[1],
            ships[2],
            cell.short,
            cell.waiting,
            cell.revenue,
            method,
        ]
    };
    for (place, cell) in cells.iter().enumerate() {
        push(catalogue.models[place].name(), tail(cell, Some(place)));
    }
    push("ALL", tail(&all(&cells), None));
}
