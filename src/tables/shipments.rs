//! `shipment_forecast` and `shipment_forecast_quarterly`.

use std::ops::Range;

use crate::demand::Forecast;
use crate::domain::{FiscalYear, Month, Quantiles, Usd};
use crate::market::HORIZON;
use crate::supply::Allocation;

use super::Context;
use crate::table::level;
use crate::table::{Table, table};

/// A model, or all of them, in a month or a longer bucket of a scenario.
struct Bucket<'a> {
    scenario: &'static str,
    /// Its name where it is longer than a month, else that of its quarter, and its first month.
    name: &'a str,
    first: Month,
    /// Months ahead, 1 is the first.
    horizon: usize,
    model: &'a str,
    firm: i64,
    unsecured: i64,
    expected: i64,
    cancelled: i64,
    curve: i64,
    baseline: i64,
    overridden: Option<i64>,
    units: i64,
    demand: Quantiles<i64>,
    th: f64,
    supply: Option<i64>,
    constrained: i64,
    /// 10th, 50th and 90th percentile of what ships.
    ships: Quantiles<i64>,
    short: Option<i64>,
    held_back: Option<i64>,
    waiting: Option<i64>,
    lost: Option<i64>,
    revenue: Option<Usd>,
    method: &'static str,
}

/// A bucket of one month.
pub(super) struct OfMonth<'a>(Bucket<'a>);

/// A bucket of a quarter or of twelve months.
pub(super) struct OfQuarter<'a>(Bucket<'a>);

/// Declares one of the two tables: the measures are the same.
macro_rules! shipments {
    ($name:ident of $row:ty: $what:literal, key { $($key:tt)* } more { $($more:tt)* }) => {
        table! {
            $name of $row: $what,
            key {
                $($key)*
                model(Text, "", "machine model, or ALL for the sum of all models") = |r| r.0.model;
            }
            columns {
                level(Text, "", LEVEL).words() = |r| level(r.0.model == "ALL" || r.0.name == "12M");
                $($more)*
                firm_units(Whole, "machines", "open orders by contract schedule of which the agreed share was received or is not due yet, and those that do not say; what is past due counts in the first month")
                    .source("futures_orders: quantity left by delivery schedule, prepaid_usd; payments; [policy] effective_deposit_share, deposit_due_days")
                    .label("Firm", "by contract")
                    = |r| r.0.firm;
                unsecured_units(Whole, "machines", "open orders by contract schedule that are signed and not secured: the agreed share was due and was not received; with firm_units all that is signed")
                    .source("the same; table open_orders: secured")
                    .label("Signed", "not secured")
                    = |r| r.0.unsecured;
                expected_units(Whole, "machines", "of today's open orders, what is expected to ship after slip and cancellation")
                    .source("docs/concepts/method.md: backlog; futures_orders, shipments")
                    .label("Expected", "of orders in hand")
                    = |r| r.0.expected;
                cancelled_units(Whole, "machines", "machines of today's open orders that are expected to be cancelled or cut, in the month in which they would have been due")
                    .formula("mean over paths")
                    .source("docs/concepts/method.md: cancellations; futures_orders: status, prepaid_usd, customer_segment")
                    .label("Not coming", "of orders in hand")
                    = |r| r.0.cancelled;
                booking_curve_units(Whole, "machines", "of orders still to come, with intake at its level, spread by the lead times of past contracts")
                    .source("docs/concepts/method.md: orders to come; futures_orders")
                    .label("To come", "orders")
                    = |r| r.0.curve;
                driver_units(Whole, "machines", "what the market and drivers add to or take from that; expected_units + booking_curve_units + driver_units = baseline_units")
                    .formula("baseline_units - expected_units - booking_curve_units")
                    .source("docs/concepts/method.md: orders to come; table regression")
                    .label("Market and", "drivers add")
                    = |r| r.0.baseline - r.0.expected - r.0.curve;
                baseline_units(Whole, "machines", "forecast of machines shipped if supply allows, before planners' overrides: mean of the paths")
                    .formula("mean over paths of expected and new machines")
                    .source("docs/concepts/method.md: the parts of a forecast month")
                    = |r| r.0.baseline;
                override_units(Whole, "machines", "what planners' overrides add to or take from the baseline; empty without an override")
                    .formula("units - baseline_units")
                    .source("overrides")
                    .label("Overrides", "add")
                    = |r| r.0.overridden;
                units(Whole, "machines", "forecast of machines shipped if supply allows: baseline_units and override_units")
                    .formula("baseline_units + override_units")
                    .label("Forecast", "if supply allows").main()
                    = |r| r.0.units;
                units_p10(Whole, "machines", "10th percentile of the path sums of the baseline; units_p10 to units_p90 is made to hold eight times in ten, and coverage_80 of backtest says how often it did")
                    .formula("10% quantile of path sums, spread by past errors")
                    .source("docs/concepts/method.md: uncertainty")
                    .label("Interval", "from")
                    = |r| r.0.demand.p10;
                units_p50(Whole, "machines", "median of the path sums of the baseline")
                    .formula("50% quantile of path sums")
                    .source("docs/concepts/method.md: uncertainty")
                    .label("Median", "half of the paths below")
                    = |r| r.0.demand.p50;
                units_p90(Whole, "machines", "90th percentile of the path sums of the baseline")
                    .formula("90% quantile of path sums, spread by past errors")
                    .source("docs/concepts/method.md: uncertainty")
                    .label("Interval", "to")
                    = |r| r.0.demand.p90;
                th(Real(0), "TH/s", "units x hashrate per machine")
                    .formula("units x hashrate_th")
                    .source("[[models]] hashrate_th")
                    = |r| r.0.th;
                supply_units(Whole, "machines", "machines that committed supply first makes available in the period; empty where supply is unknown or can still be ordered, in sums where it is so of a model with machines")
                    .source("supply; [wafers], [[chips]]")
                    .label("Supply", "committed")
                    = |r| r.0.supply;
                constrained_units(Whole, "machines", "machines that ship with committed supply and the wafer orders proposed, earlier waiting ones included: of the forecast itself, no mean over paths, and constrained_p10 to constrained_p90 are not its interval")
                    .formula("min(units + release x waiting before, committed supply and chips of the orders proposed)")
                    .source("docs/concepts/method.md: known supply; supply; table wafer_orders")
                    .label("Ships", "with supply")
                    = |r| r.0.constrained;
                constrained_p10(Whole, "machines", "10th percentile over the paths of what ships with committed supply alone: no order proposed is taken, and months that a new order can reach are not limited; with yields and late lots drawn, without planners' overrides; that of units where supply is not known")
                    .source("docs/concepts/method.md: known supply")
                    = |r| r.0.ships.p10;
                constrained_p50(Whole, "machines", "median of what constrained_p10 is the 10th percentile of")
                    .source("docs/concepts/method.md: known supply")
                    = |r| r.0.ships.p50;
                constrained_p90(Whole, "machines", "90th percentile of what constrained_p10 is the 10th percentile of")
                    .source("docs/concepts/method.md: known supply")
                    = |r| r.0.ships.p90;
                short_units(Whole, "machines", "machines of the period's months that do not ship in their month for lack of supply")
                    .source("supply; table wafer_orders")
                    .label("Misses", "its month")
                    = |r| r.0.short;
                waiting_units(Whole, "machines", "machines waiting for supply at the end of the period")
                    .formula("waiting before + units - constrained_units - lost_units")
                    .source("supply; table wafer_orders")
                    .label("Waiting", "at the end")
                    = |r| r.0.waiting;
                waiting_for_assembly_units(Whole, "machines", "of them, those that wait for the factory: stock and chips would have let them ship, and assembly capacity or other parts did not; empty where the job limits neither, or supply is unknown")
                    .source("[factory], [[parts]]; docs/concepts/orders.md")
                    = |r| r.0.held_back;
                lost_units(Whole, "machines", "machines that waited for supply and whose customers leave in the period: counted lost, and not ordered for")
                    .formula("waiting before x share of late customers that leave in a month")
                    .source("[wafers] leave_share_per_month; docs/concepts/orders.md")
                    .label("Lost", "waited too long")
                    = |r| r.0.lost;
                revenue_usd(Real(2), "USD", "expected_units at contract price plus the rest of units at the list price of the month, which follows what buyers can pay back, whether supply allows them or not; empty without a price")
                    .formula("expected_units x contract price + (units - expected_units) x list price")
                    .source("futures_orders: unit_price_usd; [[models]] list_price_usd")
                    .label("Revenue", "if supply allows, USD")
                    = |r| r.0.revenue;
                method(Text, "", "how the part beyond today's orders was forecast in this period") = |r| r.0.method;
            }
        }
    };
}

shipments! {
    shipment_forecast of OfMonth<'_>: "one scenario, month and model",
    key {
        scenario(Text, "", "bear, base or bull path of the bitcoin price") = |r| r.0.scenario;
        month(Month, "", "month of shipment, by its first day") = |r| r.0.first;
    }
    more {
        quarter(Text, "", "quarter of the month") = |r| r.0.name;
        horizon(Whole, "months", "months ahead of the as-of date, 1 to 12") = |r| r.0.horizon;
    }
}

shipments! {
    shipment_forecast_quarterly of OfQuarter<'_>: "one scenario, quarter (or 12M for all twelve months) and model",
    key {
        scenario(Text, "", "bear, base or bull path of the bitcoin price") = |r| r.0.scenario;
        quarter(Text, "", "quarter of shipment, or 12M") = |r| r.0.name;
    }
    more {}
}

/// A model in some months.
fn bucket<'a>(
    context: &'a Context<'_>,
    (forecast, allocation): (&Forecast, &Allocation),
    (name, months): (&'a str, Range<usize>),
    model: usize,
) -> Bucket<'a> {
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
    // Orders to come sell at the list price of their month on the scenario's path.
    let ahead = context.cash.list[forecast.scenario as usize][model];
    let new = months.clone().map(|h| {
        let price = ahead.map(|prices| Usd::new(prices[h]));
        part(forecast.units[model][h] - forecast.expected[model][h], price)
    });
    let revenue = part(expected, contract.or(list)).zip(new.sum::<Option<Usd>>()).map(|(a, b)| a + b);
    let demand = forecast.quantiles(months.clone(), Some(model));
    let supply: Option<Vec<i64>> = allocation.supply[model][months.clone()].iter().copied().collect();
    let terms = &context.job.catalogue.models[model];
    Bucket {
        scenario: forecast.scenario.name(),
        name,
        first: context.month(months.start),
        horizon: months.start + 1,
        model: terms.name(),
        firm: sum(&forecast.firm),
        unsecured: sum(&forecast.unsecured),
        expected,
        cancelled: sum(&forecast.cancelled),
        curve: sum(&forecast.booking_curve),
        baseline,
        overridden: overridden(context, &months, model).then_some(units - baseline),
        units,
        demand,
        th: units as f64 * terms.hashrate_th.get(),
        supply: supply.map(|s| s.iter().sum()),
        constrained: sum(&allocation.constrained),
        ships: ships(context, forecast, &months, Some(model), demand),
        short: known.then(|| sum(&allocation.short)),
        held_back: context.committed.assembly.as_ref().map(|_| allocation.held_back[model][months.end - 1]),
        waiting: known.then(|| allocation.waiting[model][months.end - 1]),
        lost: known.then(|| sum(&allocation.lost)),
        revenue,
        method: context.method(),
    }
}

/// 10th, 50th and 90th percentile of what known supply lets ship; of `demand` where supply is not known.
fn ships(
    context: &Context<'_>,
    forecast: &Forecast,
    months: &Range<usize>,
    model: Option<usize>,
    demand: Quantiles<i64>,
) -> Quantiles<i64> {
    let limited = context.shipping[forecast.scenario as usize].as_ref();
    limited.map_or(demand, |s| s.quantiles(months, model))
}

/// Whether a planner overrides a model in one of the months.
fn overridden(context: &Context<'_>, months: &Range<usize>, model: usize) -> bool {
    context.exports.overrides.iter().any(|adjustment| {
        let ahead = usize::try_from(adjustment.month - context.as_of - 1).ok();
        adjustment.model.0 == model && ahead.is_some_and(|h| months.contains(&h))
    })
}

/// What committed supply brings of all models: unknown where it is of a model with machines, and where it is of every model.
fn committed_of(of: &[Bucket<'_>]) -> Option<i64> {
    let known = of.iter().any(|of| of.supply.is_some());
    let counted = of.iter().filter(|of| of.units != 0 || of.supply.is_some());
    counted.map(|of| of.supply).sum::<Option<i64>>().filter(|_| known)
}

/// Sum over models: a part that is missing for a model with units makes the sum missing. An interval of a sum is no sum.
fn all<'a>(
    of: &[Bucket<'a>],
    first: &Bucket<'a>,
    demand: Quantiles<i64>,
    ships: Quantiles<i64>,
) -> Bucket<'a> {
    let total = |f: fn(&Bucket<'_>) -> i64| of.iter().map(f).sum();
    let option = |f: fn(&Bucket<'_>) -> Option<i64>| of.iter().map(f).sum::<Option<i64>>();
    Bucket {
        model: "ALL",
        firm: total(|c| c.firm),
        unsecured: total(|c| c.unsecured),
        expected: total(|c| c.expected),
        cancelled: total(|c| c.cancelled),
        curve: total(|c| c.curve),
        baseline: total(|c| c.baseline),
        overridden: of.iter().filter_map(|c| c.overridden).reduce(|a, b| a + b),
        units: total(|c| c.units),
        demand,
        th: of.iter().map(|c| c.th).sum(),
        supply: committed_of(of),
        constrained: total(|c| c.constrained),
        ships,
        short: option(|c| c.short),
        held_back: option(|c| c.held_back),
        waiting: option(|c| c.waiting),
        lost: option(|c| c.lost),
        revenue: of.iter().map(|c| c.revenue).sum(),
        ..*first
    }
}

/// Months that are forecast together, and their name where they are several.
type Period = (String, Range<usize>);

/// Every model and all of them, in each of these buckets of every scenario.
fn buckets<'a>(context: &'a Context<'_>, periods: &'a [Period]) -> Vec<Bucket<'a>> {
    let mut rows = Vec::new();
    for of in context.forecasts.iter().zip(context.allocations) {
        for (name, months) in periods {
            let models = 0..context.job.catalogue.models.len();
            let mut models: Vec<Bucket<'_>> =
                models.map(|model| bucket(context, of, (name, months.clone()), model)).collect();
            let demand = of.0.quantiles(months.clone(), None);
            let ships = ships(context, of.0, months, None, demand);
            models.extend(models.first().map(|first| all(&models, first, demand, ships)));
            rows.append(&mut models);
        }
    }
    rows
}

/// Both tables.
pub(super) fn tables(context: &Context<'_>) -> [Table; 2] {
    let months = single_months(context.month(0), context.fiscal_year());
    let quarters = quarters(&months);
    let stamp = context.stamp();
    [
        Table::of(&stamp, buckets(context, &months).into_iter().map(OfMonth)),
        Table::of(&stamp, buckets(context, &quarters).into_iter().map(OfQuarter)),
    ]
}

/// Every month ahead by itself, with the name of its quarter.
fn single_months(first: Month, year: FiscalYear) -> Vec<Period> {
    (0..HORIZON).map(|h| (year.quarter(first.plus(h)).to_string(), h..h + 1)).collect()
}

/// Every stretch of months that the tables have: months, quarters and the year, from this first one on.
pub(crate) fn stretches(first: Month, year: FiscalYear) -> Vec<Range<usize>> {
    let months = single_months(first, year);
    let quarters = quarters(&months);
    months.into_iter().chain(quarters).map(|(_, months)| months).collect()
}

/// The quarters that the months touch, and all of them.
fn quarters(months: &[Period]) -> Vec<Period> {
    let mut periods: Vec<Period> = Vec::new();
    for (name, of) in months {
        match periods.last_mut() {
            Some((last, months)) if last == name => months.end = of.end,
            _ => periods.push((name.clone(), of.clone())),
        }
    }
    periods.push(("12M".to_owned(), 0..HORIZON));
    periods
}
