//! What to order now, by when, what to pay when, what for, and why so many.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::table::{Cell, Column};
use crate::tables::declared::{
    open_orders as open, order_quantities as quantities, shortages, wafer_orders as orders,
};

use super::{ALL, Entry, Form, Grid, Head, NOW, Row, Tables, words};

/// Columns of the orders themselves.
const ORDER: [Column; 12] = [
    orders::place_by,
    orders::chip,
    orders::foundry,
    orders::wafers,
    orders::prepayment_usd,
    orders::balance_usd,
    orders::balance_due,
    orders::ship_month,
    orders::machines_covered,
    orders::secured_share,
    orders::prob_short,
    orders::expected_excess_wafers,
];

/// Of those, what adds up.
const ADD_UP: [Column; 4] =
    [orders::wafers, orders::prepayment_usd, orders::balance_usd, orders::machines_covered];

/// What is paid, and when.
const PAYMENTS: [(Column, Column); 2] =
    [(orders::prepayment_usd, orders::prepayment_due), (orders::balance_usd, orders::balance_due)];

/// Orders to place now and orders to plan with, by their last day.
pub(crate) fn split(tables: Tables<'_>) -> (Vec<Row<'_>>, Vec<Row<'_>>) {
    let mut rows = tables.rows(orders::NAME);
    rows.sort_by_key(|row| (row.date(orders::place_by), row.text(orders::chip), row.text(orders::foundry)));
    rows.into_iter().partition(|row| row.is(orders::decision, NOW))
}

/// A sum; `None` when a row has no value, so that what is missing never counts as 0.
pub(crate) fn total(rows: &[Row<'_>], column: Column) -> Option<f64> {
    rows.iter().map(|row| row.number(column)).sum()
}

/// Orders with totals.
pub(crate) fn list(title: &str, rows: &[Row<'_>]) -> Grid {
    let phone = [orders::chip, orders::wafers, orders::prepayment_usd, orders::balance_usd];
    Grid::new(title, rows, &ORDER).sum(&ADD_UP).phone(&phone)
}

/// From the need to whole lots.
pub(crate) fn needs(rows: &[Row<'_>]) -> Grid {
    let columns = [
        orders::chip,
        orders::place_by,
        orders::service_level,
        orders::chips_required,
        orders::chips_on_hand,
        orders::chips_on_order,
        orders::chips_proposed,
        orders::good_chips_per_wafer,
        orders::net_wafers,
        orders::wafers,
    ];
    Grid::new("From the need to the orders above", rows, &columns).phone(&[
        orders::place_by,
        orders::chips_required,
        orders::wafers,
    ])
}

/// What these orders take by month of payment.
pub(crate) fn payments(rows: &[Row<'_>]) -> Grid {
    let mut months: BTreeMap<NaiveDate, [Option<f64>; 2]> = BTreeMap::new();
    for row in rows {
        for (part, (amount, due)) in PAYMENTS.into_iter().enumerate() {
            if let Some(month) = row.date(due).map(first_of_month) {
                let sums = months.entry(month).or_insert([Some(0.0); 2]);
                sums[part] = sums[part].zip(row.number(amount)).map(|(sum, amount)| sum + amount);
            }
        }
    }
    let heads = [("When placed", "USD"), ("When out", "USD"), ("Both", "USD")];
    let heads = heads.map(|(what, below)| Head::new(what, below, Form::Money));
    let line = |first: Entry, [placed, out]: [Option<f64>; 2]| {
        let both = placed.zip(out).map(|(placed, out)| placed + out);
        let mut line = vec![first];
        line.extend([placed, out, both].map(|amount| Entry::new(amount, Form::Money)));
        line
    };
    let all = [0, 1].map(|part| months.values().map(|sums| sums[part]).sum::<Option<f64>>());
    let rows = months.iter().map(|(month, sums)| line(Entry::new(*month, Form::Month), *sums)).collect();
    let heads = [vec![Head::new("Month", "", Form::Month)], heads.to_vec()].concat();
    let grid = Grid::made("What to pay when for these orders", orders::NAME, heads, rows);
    Grid { total: Some(line(Entry::text("Total"), all)), ..grid }
}

/// First day of a day's month.
pub(crate) fn first_of_month(day: NaiveDate) -> NaiveDate {
    chrono::Datelike::with_day(&day, 1).unwrap_or(day)
}

/// None, half, as proposed and double: what each would lead to, by chip.
pub(crate) fn quantities(tables: Tables<'_>) -> Grid {
    let rows = tables.with(quantities::foundry, ALL);
    let columns = [
        quantities::wafers,
        quantities::cost_usd,
        quantities::prob_short,
        quantities::expected_short_machines,
        quantities::expected_left_machines,
        quantities::cash_at_risk_usd,
        quantities::low_demand_left_machines,
        quantities::write_down_usd,
        quantities::judged_at,
    ];
    let name = |row: &Row<'_>| {
        // Quantities are numbered so that the file is in order: `2_half`.
        let quantity = row.text(quantities::quantity);
        let quantity = quantity.split_once('_').map_or(quantity, |(_, word)| word);
        let text = format!("{} {}", row.text(quantities::chip), quantity.replace("zero", "none"));
        Entry::text(Cell::from(text)).main(quantity == "proposed")
    };
    Grid::new("Orders of this run at none, half, as proposed and double", &rows, &columns)
        .phone(&[quantities::wafers, quantities::cost_usd, quantities::prob_short])
        .first(Head::new("Chip, quantity", "", Form::Text), rows.iter().map(name))
}

/// The month in which most machines wait, by chip and cause, and what could still help.
pub(crate) fn short(tables: Tables<'_>) -> Grid {
    let columns = [
        shortages::month,
        shortages::chip,
        shortages::waiting_units,
        shortages::cause,
        shortages::expedite_machines,
        shortages::expedite_months,
        shortages::spot_chip_worth_usd,
    ];
    let all = tables.rows(shortages::NAME);
    let mut worst: BTreeMap<(&str, &str), Row<'_>> = BTreeMap::new();
    for row in all {
        let of = worst.entry((row.text(shortages::cause), row.text(shortages::chip))).or_insert(row);
        if row.number(shortages::waiting_units) > of.number(shortages::waiting_units) {
            *of = row;
        }
    }
    let rows: Vec<Row<'_>> = worst.into_values().collect();
    Grid::new(
        "Machines that wait in the worst month of each chip and cause, and what could still help",
        &rows,
        &columns,
    )
    .phone(&[shortages::chip, shortages::waiting_units, shortages::cause])
}

/// Order lines that are signed and not secured, the largest first.
pub(crate) fn unsecured(tables: Tables<'_>) -> Grid {
    let mut lines: BTreeMap<[&str; 4], (Row<'_>, f64)> = BTreeMap::new();
    for row in tables.with(open::secured, "unsecured") {
        let key = [open::customer, open::order, open::line, open::model].map(|column| row.text(column));
        lines.entry(key).or_insert((row, 0.0)).1 += row.number(open::machines).unwrap_or(0.0);
    }
    let mut lines: Vec<(Row<'_>, f64)> = lines.into_values().collect();
    lines.sort_by(|a, b| b.1.total_cmp(&a.1));
    let machines: f64 = lines.iter().map(|(_, machines)| machines).sum();
    let title = format!(
        "Signed and not secured: {} machines due within the twelve months, {}",
        words::number(machines, 0),
        if lines.len() > LATEST { "the largest order lines" } else { "by order line" }
    );
    lines.truncate(LATEST);
    let rows: Vec<Row<'_>> = lines.iter().map(|(row, _)| *row).collect();
    let columns = [open::customer, open::order, open::model, open::days_since_signed, open::received_share];
    let entries: Vec<Entry> =
        lines.iter().map(|(_, machines)| Entry::new(*machines, Form::Number(0))).collect();
    Grid::new(title, &rows, &columns).last(Head::new("Machines", "", Form::Number(0)), entries)
}

/// Lines shown of those that wait.
const LATEST: usize = 6;

/// Open order lines that ship latest after their promised month, those that do not ship within the year first.
pub(crate) fn late(tables: Tables<'_>) -> Grid {
    let mut rows = tables.with(open::kind, "1_contract");
    rows.retain(|row| row.number(open::late_months) != Some(0.0));
    let months = |row: &Row<'_>| row.number(open::late_months).unwrap_or(f64::INFINITY);
    rows.sort_by(|a, b| {
        months(b).total_cmp(&months(a)).then_with(|| b.whole(open::machines).cmp(&a.whole(open::machines)))
    });
    let machines: f64 = rows.iter().filter_map(|row| row.number(open::machines)).sum();
    let columns = [
        open::customer,
        open::order,
        open::model,
        open::machines,
        open::promised_month,
        open::expected_month,
        open::late_months,
        open::expected_month_80,
        open::supply,
        open::supply_order,
    ];
    let title = format!(
        "Who waits: {} machines of open orders ship after their promised month, {}",
        words::number(machines, 0),
        if rows.len() > LATEST { "the latest of them" } else { "these" }
    );
    let phone = [open::machines, open::expected_month, open::late_months];
    Grid::new(title, &rows[..rows.len().min(LATEST)], &columns).phone(&phone)
}
