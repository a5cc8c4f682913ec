//! Cash at its lowest, and what a machine brings whom.

use chrono::NaiveDate;

use crate::tables::declared::{cash_low as low, pricing};

use super::{BASE, BEAR, Entry, Form, Grid, Head, Row, SCENARIOS, Tables, days, words};

/// The case of the plan, among those that cash is asked about.
pub(crate) const PLAN: &str = "plan";

/// The case without the largest customer.
const LARGEST_GONE: &str = "largest_customer_gone";

/// Cash at its lowest on the paths of the plan.
pub(crate) fn low(tables: Tables<'_>) -> Option<Row<'_>> {
    let rows = tables.with(low::scenario, BASE);
    rows.into_iter().find(|row| row.is(low::case, PLAN) && row.number(low::low_p50_usd).is_some())
}

/// The same as a sentence.
pub(crate) fn low_message(row: &Row<'_>) -> String {
    format!(
        "The lowest month end of cash is {} USD or less on half of the paths, mostly in {}, and {} USD or less on 1 path in 20; on {} it falls below the limit of {} USD.",
        row.shown(low::low_p50_usd),
        row.shown(low::low_month),
        row.shown(low::low_p5_usd),
        row.shown(low::below_limit_probability),
        row.shown(low::limit_usd),
    )
}

/// What bear does to cash at its lowest, beside base.
pub(crate) fn bear_message(tables: Tables<'_>, base: &Row<'_>) -> Option<String> {
    let rows = tables.with(low::scenario, BEAR);
    let of = |case: &str| rows.iter().find(|row| row.is(low::case, case));
    let said = |row: &Row<'_>| {
        format!(
            "{} USD or less on half of the paths, and below the limit on {}",
            row.shown(low::low_p50_usd),
            row.shown(low::below_limit_probability)
        )
    };
    let bear = of(PLAN)?;
    let without = of(LARGEST_GONE).map_or_else(String::new, |row| {
        format!(" In bear without the largest customer it is {}.", said(row))
    });
    Some(format!(
        "In bear it is {} (base: {} USD, {}).{without}",
        said(bear),
        base.shown(low::low_p50_usd),
        base.shown(low::below_limit_probability)
    ))
}

/// Cash at its lowest if other things happen.
pub(crate) fn lowest(tables: Tables<'_>) -> Grid {
    let columns =
        [low::case, low::low_p50_usd, low::low_p5_usd, low::low_month, low::below_limit_probability];
    let title = "The lowest month end of cash over the paths, base scenario";
    Grid::new(title, &tables.with(low::scenario, BASE), &columns).phone(&[low::low_p50_usd, low::low_p5_usd])
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
    let mut miner = Grid::new(title, &rows, &columns).phone(&columns[1..4]);
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
    vec![miner, Grid::new(title, &rows, &columns).phone(&[columns[1], columns[2], pricing::best_use])]
}

/// Whether the tables say for how many machines of the maker's own there is room.
pub(crate) fn room_known(rows: &[Row<'_>]) -> bool {
    rows.iter().any(|row| row.number(pricing::free_sockets).is_some())
}
