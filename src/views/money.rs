//! Cash, what could be lost, the market ahead, and what a machine brings whom.

use chrono::NaiveDate;

use crate::table::Column;
use crate::tables::declared::{cash, cash_low, exposure, market, pricing};

use super::{BASE, Entry, Form, Grid, Head, Row, SCENARIOS, Tables, days, interval, words};

/// Amounts of a month that make up its net.
pub(crate) const AMOUNTS: [Column; 7] = [
    cash::customer_deposits_usd,
    cash::customer_balances_usd,
    cash::customer_refunds_usd,
    cash::foundry_prepayments_usd,
    cash::foundry_balances_usd,
    cash::machine_costs_usd,
    cash::mining_usd,
];

/// Cash by month, base scenario.
pub(crate) fn months(tables: Tables<'_>) -> Grid {
    let after = [cash::net_usd, cash::cumulative_usd, cash::wafer_orders_complete];
    let rows = tables.with(cash::scenario, BASE);
    // Without sites of its own a maker sees no column of theirs.
    let said = |column: &Column| {
        column.name != cash::mining_usd.name || rows.iter().any(|row| row.number(*column).is_some())
    };
    let amounts: Vec<Column> = AMOUNTS.into_iter().filter(said).collect();
    let columns = [&[cash::month][..], &amounts, &after].concat();
    Grid::new("Cash by month, base scenario; out is negative", &rows, &columns)
}

/// The largest need for cash and what cancelling would lose.
pub(crate) fn exposed(tables: Tables<'_>) -> Grid {
    let columns = [
        exposure::scenario,
        exposure::peak_exposure_usd,
        exposure::peak_month,
        exposure::forfeit_place_now_usd,
        exposure::forfeit_open_usd,
        exposure::write_down_usd,
        exposure::low_demand_write_down_usd,
        exposure::write_down_probability,
        exposure::write_down_mean_usd,
        exposure::write_down_p95_usd,
    ];
    let title = "The largest need for cash, and what cancelling loses, USD";
    Grid::new(title, &tables.rows(exposure::NAME), &columns)
}

/// Cash at its lowest on the paths.
pub(crate) fn lowest(tables: Tables<'_>) -> Grid {
    let columns = [
        cash_low::scenario,
        cash_low::case,
        cash_low::low_p5_usd,
        cash_low::low_p50_usd,
        cash_low::low_month,
        cash_low::below_limit_probability,
    ];
    Grid::new("The lowest month end of cash, opening cash included", &tables.rows(cash_low::NAME), &columns)
}

/// The market ahead: hashprice by scenario, price and difficulty of base.
pub(crate) fn ahead(tables: Tables<'_>) -> Grid {
    let mut rows = tables.with(market::kind, "forecast");
    let hashprice = Grid::spread(
        "The market ahead",
        &rows,
        (market::month, market::scenario),
        market::hashprice_usd_per_ph_day,
    );
    rows.retain(|row| row.is(market::scenario, BASE));
    let of = |column: Column, scale: f64, decimals: u8| -> Vec<Entry> {
        let number = |row: &Row<'_>| row.number(column).map(|number| number / scale);
        rows.iter().map(|row| Entry::new(number(row), Form::Number(decimals))).collect()
    };
    let mut grid = hashprice
        .last(Head::of(&market::hashprice_p10), of(market::hashprice_p10, 1.0, 2))
        .last(Head::of(&market::hashprice_p90), of(market::hashprice_p90, 1.0, 2))
        .last(Head::of(&market::implied_price_usd), of(market::implied_price_usd, 1.0, 0))
        .last(Head::new("Difficulty", "trillion", Form::Number(2)), of(market::difficulty, 1e12, 2));
    for head in grid.heads.iter_mut().skip(1).take(SCENARIOS.len()) {
        head.what = format!("Hashprice, {}", head.what);
        "USD/PH/day".clone_into(&mut head.below);
    }
    let name = interval::name(&interval::of_market(tables, "hashprice"));
    grid = grid.interval(&[market::hashprice_p10, market::hashprice_p90], &format!("hashprice, {name}"));
    // Cents are enough here; the table has four decimals.
    let cells = grid.rows.iter_mut().flat_map(|row| row.iter_mut().skip(1).take(SCENARIOS.len()));
    cells.for_each(|entry| entry.form = Form::Number(2));
    grid
}

/// Rows of the base scenario in its first month, that month, and the last one.
pub(crate) fn priced_now(tables: Tables<'_>) -> Option<(Vec<Row<'_>>, NaiveDate, NaiveDate)> {
    let mut rows = tables.with(pricing::scenario, BASE);
    let months = days(&rows, pricing::month);
    let (first, last) = (*months.first()?, *months.last()?);
    rows.retain(|row| row.date(pricing::month) == Some(first));
    Some((rows, first, last))
}

/// What a machine earns a customer, and what it brings the maker.
pub(crate) fn prices(tables: Tables<'_>) -> Vec<Grid> {
    let Some((rows, first, last)) = priced_now(tables) else { return Vec::new() };
    let columns = [
        pricing::model,
        pricing::list_price_usd,
        pricing::payback_months,
        pricing::band,
        pricing::target_payback_price_usd,
        pricing::efficiency_j_per_th,
        pricing::efficiency_class,
        pricing::break_even_power_usd_per_kwh,
    ];
    let title = format!("What a machine earns a customer, {}, base scenario", words::month(first));
    let mut miner = Grid::new(title, &rows, &columns);
    for scenario in SCENARIOS {
        let mut later = tables.with(pricing::scenario, scenario);
        later.retain(|row| row.date(pricing::month) == Some(last));
        let of = |row: &Row<'_>| {
            let found = later.iter().find(|later| later.is(pricing::model, row.text(pricing::model)));
            Entry::new(found.and_then(|row| row.number(pricing::payback_months)), Form::Number(1))
        };
        let head = Head::new(&format!("In {}, {scenario}", words::month(last)), "months", Form::Number(1));
        miner = miner.last(head, rows.iter().map(of));
    }
    let mut columns = vec![
        pricing::model,
        pricing::machine_cost_usd,
        pricing::list_price_usd,
        pricing::clearance_price_usd,
        pricing::self_mining_value_usd,
        pricing::best_use,
        pricing::mining_better_from,
    ];
    if room_known(&rows) {
        columns.insert(5, pricing::free_sockets);
    }
    let title =
        format!("Sell, clear or mine: what a machine brings us, {}, base scenario", words::month(first));
    vec![miner, Grid::new(title, &rows, &columns)]
}

/// Whether the tables say for how many machines of the maker's own there is room.
pub(crate) fn room_known(rows: &[Row<'_>]) -> bool {
    rows.iter().any(|row| row.number(pricing::free_sockets).is_some())
}
