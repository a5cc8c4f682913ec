//! Machines by month, quarter and model; what can be promised of them and what stock they are made of.

use crate::table::Column;
use crate::tables::declared::{
    available_to_promise as available, cash_low as low, exposure, market, overrides,
    shipment_forecast as monthly, shipment_forecast_quarterly as quarterly,
};

use super::money::PLAN;
use super::{ALL, BASE, Entry, Form, Grid, Head, Row, SCENARIOS, Tables, YEAR, interval, words};

/// Rows of a scenario, all models, by month.
pub(crate) fn months_of<'a>(tables: Tables<'a>, scenario: &str) -> Vec<Row<'a>> {
    let mut rows = tables.with(monthly::scenario, scenario);
    rows.retain(|row| row.is(monthly::model, ALL));
    rows
}

/// Those of the base scenario.
pub(crate) fn base_months(tables: Tables<'_>) -> Vec<Row<'_>> {
    months_of(tables, BASE)
}

/// Quarters of all models, and the twelve months.
pub(crate) fn base_quarters<'a>(tables: Tables<'a>, scenario: &str) -> (Vec<Row<'a>>, Option<Row<'a>>) {
    let mut rows = tables.with(quarterly::scenario, scenario);
    rows.retain(|row| row.is(quarterly::model, ALL));
    let (year, quarters): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.is(quarterly::quarter, YEAR));
    (quarters, year.first().copied())
}

/// Machines by month, all models.
pub(crate) fn months(tables: Tables<'_>) -> Grid {
    let columns = [
        monthly::month,
        monthly::firm_units,
        monthly::unsecured_units,
        monthly::expected_units,
        monthly::units,
        monthly::units_p10,
        monthly::units_p90,
        monthly::supply_units,
        monthly::constrained_units,
        monthly::short_units,
        monthly::waiting_units,
    ];
    let name = interval::name(&interval::of_machines(tables));
    Grid::new("Machines by month, all models, base scenario", &base_months(tables), &columns)
        .interval(&[monthly::units_p10, monthly::units_p90], &name)
        .phone(&[monthly::firm_units, monthly::units, monthly::units_p10, monthly::units_p90])
}

/// What is shown of a bucket, after its name.
const BUCKET: [Column; 9] = [
    quarterly::firm_units,
    quarterly::unsecured_units,
    quarterly::expected_units,
    quarterly::units,
    quarterly::units_p10,
    quarterly::units_p90,
    quarterly::constrained_units,
    quarterly::waiting_units,
    quarterly::revenue_usd,
];

/// Ends of the interval.
const ENDS: [Column; 2] = [quarterly::units_p10, quarterly::units_p90];

fn buckets(title: &str, columns: &[Column], rows: &[Row<'_>], total: Option<&Row<'_>>, all: &str) -> Grid {
    let phone = [quarterly::firm_units, quarterly::units, quarterly::units_p10, quarterly::units_p90];
    Grid::new(title, rows, columns).total(total, all, columns).phone(&phone)
}

/// Machines by quarter.
pub(crate) fn quarters(tables: Tables<'_>) -> Grid {
    let (rows, year) = base_quarters(tables, BASE);
    let title = "Machines by quarter, all models, base scenario";
    let name = interval::name(&interval::of_machines(tables));
    let mut columns = vec![quarterly::quarter];
    for column in BUCKET {
        columns.push(column);
        if column.name == quarterly::units.name {
            columns.push(quarterly::units_p50);
        }
    }
    buckets(title, &columns, &rows, year.as_ref(), "12 months").interval(&ENDS, &name)
}

/// What bear and bull are, beside the picture that shows them first; `None` without them.
pub(crate) fn prices_not_demand(tables: Tables<'_>) -> Option<String> {
    let of = |scenario: &str, column: Column| base_quarters(tables, scenario).1?.number(column);
    let (bear, half) = (of("bear", quarterly::units)?, of(BASE, quarterly::units_p50)?);
    let beside = if bear > half {
        format!(
            ": bear's mean of {} lies above the {} that half of the paths of base stay below",
            words::number(bear, 0),
            words::number(half, 0)
        )
    } else {
        String::new()
    };
    Some(format!("Bear and bull are paths of the bitcoin price, not of low and high demand{beside}."))
}

/// Machines by model of those with anything in the twelve months, and the names of the others.
pub(crate) fn models(tables: Tables<'_>) -> (Grid, Vec<String>) {
    let mut rows = tables.with(quarterly::scenario, BASE);
    rows.retain(|row| row.is(quarterly::quarter, YEAR) && !row.is(quarterly::model, ALL));
    let counts = [quarterly::firm_units, quarterly::units, quarterly::units_p90, quarterly::waiting_units];
    let (shown, rest): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .partition(|row| counts.iter().any(|column| row.number(*column).is_some_and(|units| units != 0.0)));
    let (_, year) = base_quarters(tables, BASE);
    let title = "Machines by model, 12 months, base scenario";
    // Each row has an interval of its own, which held as often as its last column says.
    let years = interval::of_years(tables);
    let held = |model: &str| {
        let held = years.get(model).copied().unwrap_or_default();
        Entry::text(held.counts().unwrap_or_else(words::missing))
    };
    let head = Head::new("Interval held", "at past quarter ends", Form::Number(0));
    let of_each: Vec<Entry> = shown.iter().map(|row| held(row.text(quarterly::model))).collect();
    let columns = [&[quarterly::model][..], &BUCKET].concat();
    let mut grid = buckets(title, &columns, &shown, year.as_ref(), "All").last(head, of_each);
    grid.total.iter_mut().for_each(|total| total.push(held(ALL)));
    (grid, rest.iter().map(|row| row.text(quarterly::model).to_owned()).collect())
}

/// Planners' overrides.
pub(crate) fn changed_by_hand(tables: Tables<'_>) -> Grid {
    let rows = tables.rows(overrides::NAME);
    let roles = rows.iter().any(|row| !row.text(overrides::role).is_empty());
    let role = if roles { &[overrides::role, overrides::counts][..] } else { &[] };
    let columns = [
        overrides::month,
        overrides::model,
        overrides::baseline_units,
        overrides::override_units,
        overrides::units,
        overrides::reason,
        overrides::who,
    ];
    let columns = [&columns[..2], role, &columns[2..]].concat();
    Grid::new("Planners' overrides in this forecast", &rows, &columns)
}

/// The twelve months under each path of the price.
pub(crate) fn scenarios(tables: Tables<'_>) -> Grid {
    let rows: Vec<Row<'_>> =
        SCENARIOS.iter().filter_map(|scenario| base_quarters(tables, scenario).1).collect();
    let columns = [
        quarterly::scenario,
        quarterly::units,
        quarterly::units_p50,
        quarterly::units_p10,
        quarterly::units_p90,
        quarterly::revenue_usd,
    ];
    let of = |row: &Row<'_>, scenario: Column| tables.with(scenario, row.text(quarterly::scenario));
    let lowest = rows.iter().map(|row| {
        let found = of(row, low::scenario).into_iter().find(|row| row.is(low::case, PLAN));
        Entry::new(found.and_then(|row| row.number(low::low_p5_usd)), Form::Money)
    });
    let write_down = rows.iter().map(|row| {
        let found =
            of(row, exposure::scenario).first().and_then(|row| row.number(exposure::write_down_p95_usd));
        Entry::new(found, Form::Money)
    });
    let end = |column: Column| {
        let ends = rows.iter().map(move |row| {
            let found = of(row, market::scenario).last().and_then(|row| row.number(column));
            Entry::new(found, Form::Number(if column == market::implied_price_usd { 0 } else { 2 }))
        });
        ends.collect::<Vec<_>>()
    };
    Grid::new("Three paths of the bitcoin price, 12 months, all models", &rows, &columns)
        .from("shipment_forecast_quarterly, cash_low, exposure, market")
        .interval(&ENDS, &interval::name(&[interval::of_year(tables, ALL)]))
        .phone(&[quarterly::units, quarterly::units_p10, quarterly::units_p90])
        .last(Head::new("Lowest cash", "1 path in 20 below, USD", Form::Money), lowest)
        .last(Head::new("Write-down", "1 path in 20, USD", Form::Money), write_down)
        .last(Head::new("Price at the end", "USD", Form::Money), end(market::implied_price_usd))
        .last(
            Head::new("Hashprice at the end", "USD/PH/day", Form::Number(2)),
            end(market::hashprice_usd_per_ph_day),
        )
}

/// Machines that can still be promised with the orders to place now, by month and model.
pub(crate) fn promise(tables: Tables<'_>) -> Grid {
    let title = "Machines that can still be promised by the end of a month, with the orders to place now";
    let (rows, column) = (tables.rows(available::NAME), available::promise_with_orders);
    Grid::spread(title, &rows, (available::month, available::model), column)
}

/// What is done without a count of stock, whose export is given or not.
pub(crate) fn not_counted(given: bool) -> &'static str {
    if given {
        "the supply export has no count of machines or chips up to the as-of date: what is there is taken to cover the months that no new order can reach, and nothing beyond; open wafer orders that arrive later are counted"
    } else {
        "stock and open wafer orders were not given: what is there and on order is taken to cover the months that no new order can reach, and nothing beyond"
    }
}

/// The month in which most machines wait, and how many; `None` where it is not known.
pub(crate) fn worst(tables: Tables<'_>) -> Option<(f64, String)> {
    let rows = base_months(tables);
    let waiting = rows.iter().filter_map(|row| Some((row.number(monthly::waiting_units)?, row)));
    let worst = waiting.reduce(|worst, next| if next.0 > worst.0 { next } else { worst });
    worst.map(|(units, row)| (units, row.shown(monthly::month)))
}

/// What supply does to the forecast, as a sentence.
pub(crate) fn supply_message(tables: Tables<'_>) -> String {
    let short = match worst(tables) {
        None => "What waits is not known, for stock was not counted.".to_owned(),
        Some((most, month)) if most > 0.0 => format!(
            "Supply is short: at worst {} machines wait, at the end of {month}.",
            words::number(most, 0)
        ),
        _ => "Supply and the proposed orders let every forecast machine ship in its month.".to_owned(),
    };
    held_back(tables).map_or(short.clone(), |held| format!("{short} {held}"))
}

/// What the factory does at worst, as a sentence; `None` where it holds nothing back.
fn held_back(tables: Tables<'_>) -> Option<String> {
    let rows = base_months(tables);
    let held = rows.iter().filter_map(|row| Some((row.number(monthly::waiting_for_assembly_units)?, row)));
    let (most, row) = held.reduce(|worst, next| if next.0 > worst.0 { next } else { worst })?;
    (most > 0.0).then(|| {
        format!(
            "The factory holds back {} machines at worst, in {}: their chips are there.",
            words::number(most, 0),
            row.shown(monthly::month)
        )
    })
}
