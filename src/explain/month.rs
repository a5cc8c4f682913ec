//! Where the forecast of a month comes from.

use crate::domain::Month;
use crate::error::Error;
use crate::tables::declared::{
    driver_contributions as drivers, market, open_orders as open, pegging, regression,
    shipment_forecast as forecast,
};
use crate::text::visible;
use crate::views::{ALL, BASE};
use crate::vintages::{Stored, StoredRow};

use super::account::{Account, Detail, shown};
use super::resemble;

/// The months that rows of the forecast have, first and last.
pub(super) fn range(rows: &[StoredRow]) -> (String, String) {
    let months = || rows.iter().map(|row| row.month(forecast::month).to_owned());
    (months().min().unwrap_or_default(), months().max().unwrap_or_default())
}

/// The base scenario's forecast of a month and a model, or of all: from `shipment_forecast` and `open_orders`, given as rows,
/// and the tables below them.
///
/// # Errors
/// [`Error::Usage`] when the vintage does not have the month or the model; as [`Stored::rows`] and [`Account::finish`].
pub(super) fn explain(
    stored: &Stored,
    month: Month,
    model: Option<&str>,
    (rows, lines): (&[StoredRow], &[StoredRow]),
    detail: Detail,
) -> Result<String, Error> {
    let wanted = month.to_string();
    let of_month: Vec<&StoredRow> = rows
        .iter()
        .filter(|row| row.is(forecast::scenario, BASE) && row.month(forecast::month) == wanted)
        .collect();
    if of_month.is_empty() {
        let (first, last) = range(rows);
        return Err(Error::Usage(format!(
            "vintage {} has no forecast of {month}\nhint: it has {first} to {last}; --vintage names another one",
            stored.name
        )));
    }
    let name = model.unwrap_or(ALL);
    let Some(row) = of_month.iter().find(|row| row.is(forecast::model, name)) else {
        let known: Vec<&str> = of_month.iter().map(|row| row.text(forecast::model)).collect();
        let meant = resemble::meant(name, known.iter().copied());
        return Err(Error::Usage(format!(
            "`{}` is no model of vintage {}\nhint: {meant}its models are {}",
            visible(name),
            stored.name,
            known.join(", ")
        )));
    };
    let is_all = name == ALL;
    let mut account = Account::new(
        format!(
            "{wanted}: {} machines{} are forecast to be asked for, {} to {} from the 10th to the 90th percentile (vintage {}, as of {}, base scenario)",
            shown(row.text(forecast::units)),
            if is_all { " of all models".to_owned() } else { format!(" of {name}") },
            shown(row.text(forecast::units_p10)),
            shown(row.text(forecast::units_p90)),
            stored.name,
            stored.manifest.as_of
        ),
        detail,
    );
    let of_model = |row: &&StoredRow, column| is_all || row.is(column, name);
    let first = row.is(forecast::horizon, "1");
    backlog(&mut account, row, lines.iter().filter(|line| of_model(line, open::model)), (&wanted, first));
    to_come(&mut account, stored, row, &wanted)?;
    added_by_drivers(&mut account, stored, row)?;
    account.step("The forecast", "shipment_forecast: the row of this month and model");
    let parts = [forecast::expected_units, forecast::booking_curve_units, forecast::driver_units];
    let parts = parts.map(|column| row.whole(column).unwrap_or_default());
    account.cell(row, forecast::baseline_units, "before overrides");
    account.sum("open orders, orders to come, drivers", &parts, forecast::baseline_units, row);
    if !row.text(forecast::override_units).is_empty() {
        account.cell(row, forecast::override_units, "added by planners (overrides)");
    }
    account.cell(row, forecast::units, "forecast");
    let parts = [forecast::baseline_units, forecast::override_units];
    let what = if row.text(forecast::override_units).is_empty() { "no override" } else { "with overrides" };
    account.sum(what, &parts.map(|c| row.whole(c).unwrap_or_default()), forecast::units, row);
    if is_all {
        let models = of_month.iter().filter(|row| !row.is(forecast::model, ALL));
        let units: Vec<i64> = models.filter_map(|row| row.whole(forecast::units)).collect();
        account.sum("all models", &units, forecast::units, row);
    }
    account.cell(row, forecast::units_p10, "10th percentile of the paths");
    account.cell(row, forecast::units_p90, "90th percentile of the paths");
    supplied(&mut account, stored, row, lines.iter().filter(|line| of_model(line, open::model)))?;
    account.finish()
}

/// Orders of the month that are named.
const NAMED: usize = 5;

/// What of today's contracts falls into the month.
fn backlog<'a>(
    account: &mut Account,
    row: &StoredRow,
    lines: impl Iterator<Item = &'a StoredRow>,
    (month, first): (&str, bool),
) {
    account.step("Today's open orders", "shipment_forecast; open_orders: rows promised for the month");
    account.cell(row, forecast::firm_units, "by contract, secured or not yet due");
    account.cell(row, forecast::unsecured_units, "by contract, not secured");
    // What is past due counts in the first month.
    let due = |line: &&StoredRow| {
        let promised = line.month(open::promised_month);
        !promised.is_empty() && (promised == month || (first && promised < month))
    };
    let mut due: Vec<&StoredRow> = lines.filter(due).collect();
    if !due.is_empty() {
        let mut machines: Vec<i64> = due.iter().filter_map(|line| line.whole(open::machines)).collect();
        machines.extend(row.whole(forecast::unsecured_units).map(|machines| -machines));
        account.sum("rows of open_orders, less those not secured", &machines, forecast::firm_units, row);
    }
    due.sort_by_key(|line| std::cmp::Reverse(line.whole(open::machines)));
    for line in due.iter().take(NAMED) {
        let what = format!("{} of {}", line.text(open::order), line.text(open::customer));
        account.cell(line, open::machines, &what);
    }
    if due.len() > NAMED {
        account.say(&format!("and {} further rows", due.len() - NAMED));
    }
    account.cell(row, forecast::cancelled_units, "cancelled, as past orders were");
    account.cell(row, forecast::expected_units, "expected after slips and cancellations");
}

/// Orders still to come, and the market that they answer to.
fn to_come(account: &mut Account, stored: &Stored, row: &StoredRow, month: &str) -> Result<(), Error> {
    account.step("Orders still to come", "shipment_forecast; market: the base row of the month");
    account.cell(row, forecast::booking_curve_units, "by lead times of past contracts");
    account.say(&format!("method: {}", row.text(forecast::method)));
    let rows = stored.rows(market::NAME)?;
    let base = rows.iter().find(|of| of.is(market::scenario, BASE) && of.month(market::month) == month);
    if let Some(of) = base {
        account.cell(of, market::implied_price_usd, "bitcoin price, fees counted in");
        account.cell(of, market::network_hashrate_ph, "hashrate of the network");
        account.cell(of, market::hashprice_usd_per_ph_day, "hashprice");
    }
    Ok(())
}

fn added_by_drivers(account: &mut Account, stored: &Stored, row: &StoredRow) -> Result<(), Error> {
    account.step("What drivers add", "driver_contributions: rows of this month and model");
    let rows = stored.rows(drivers::NAME)?;
    let keys = [
        (drivers::scenario, forecast::scenario),
        (drivers::month, forecast::month),
        (drivers::model, forecast::model),
    ];
    let of: Vec<&StoredRow> =
        rows.iter().filter(|of| keys.iter().all(|(theirs, ours)| of.is(*theirs, row.text(*ours)))).collect();
    for driver in &of {
        account.cell(driver, drivers::units, driver.text(drivers::driver));
    }
    account.cell(row, forecast::driver_units, "added in all");
    if !of.is_empty() {
        let units: Vec<i64> = of.iter().filter_map(|driver| driver.whole(drivers::units)).collect();
        account.sum("drivers", &units, forecast::driver_units, row);
    }
    let terms = stored.rows(regression::NAME)?;
    for term in terms.iter().filter(|term| term.is(regression::equation, "intake")) {
        let what =
            format!("{} answers, weighed {}", term.text(regression::term), term.text(regression::weight));
        account.cell(term, regression::contribution, &what);
    }
    Ok(())
}

/// What supply lets ship, and what covers the demand.
fn supplied<'a>(
    account: &mut Account,
    stored: &Stored,
    row: &StoredRow,
    lines: impl Iterator<Item = &'a StoredRow>,
) -> Result<(), Error> {
    account.step(
        "What ships",
        "shipment_forecast; open_orders: rows expected in the month; pegging: demand of the month",
    );
    account.cell(row, forecast::supply_units, "that chips and machines would allow");
    account.cell(row, forecast::constrained_units, "ship");
    let month = row.month(forecast::month);
    let ships: Vec<i64> = lines
        .filter(|line| line.month(open::expected_month) == month)
        .filter_map(|l| l.whole(open::machines))
        .collect();
    if !ships.is_empty() {
        account.sum("rows of open_orders", &ships, forecast::constrained_units, row);
    }
    account.cell(row, forecast::short_units, "miss the month");
    account.cell(row, forecast::waiting_units, "wait at its end");
    account.cell(row, forecast::lost_units, "of customers who leave");
    let pegs = stored.rows(pegging::NAME)?;
    let is_all = row.is(forecast::model, ALL);
    let of_month = pegs.iter().filter(|peg| {
        peg.month(pegging::demand_month) == month
            && (is_all || peg.is(pegging::model, row.text(forecast::model)))
            && !["safety", "rounding"].contains(&peg.text(pegging::purpose))
    });
    let of_month: Vec<&StoredRow> = of_month.collect();
    for peg in &of_month {
        let model = if is_all { format!("{}, ", peg.text(pegging::model)) } else { String::new() };
        let ships = match peg.month(pegging::ship_month) {
            "" => String::new(),
            month => format!(" from {month}"),
        };
        let what = format!("{model}{}{ships}, {}", source(peg), peg.text(pegging::purpose).replace('_', " "));
        account.cell(peg, pegging::machines, &what);
    }
    if !of_month.is_empty() {
        let machines: Vec<i64> = of_month.iter().filter_map(|peg| peg.whole(pegging::machines)).collect();
        account.sum("rows of pegging", &machines, forecast::units, row);
    }
    Ok(())
}

/// Where the chips of a peg come from, in words.
fn source(peg: &StoredRow) -> String {
    let source = peg.text(pegging::source);
    source.split_once('_').map_or(source, |(_, name)| name).replace('_', " ")
}
