//! Orders far larger than any other of the maker's, and what was paid on them.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Severity};
use crate::domain::{FiscalYear, Month};
use crate::ingest::orders::order::Segment;
use crate::job::Plausibility;

use super::kept::{Kept, RowPlace};
use super::watch::Watch;

/// Orders of a kind of customer from which on the next largest says something.
const LEAST_ORDERS: u64 = 20;

/// An order on which less than this share of the next least was paid is paid as an order of a fraction of its quantity
/// would be: 0.57 at least with honest makers, 0.1 to 0.2 where a quantity is ten times too large.
const LEAST_PAID: f64 = 1.0 / 3.0;

/// What is reported of quantities and payments: code, severity, row and reason. `year` is machines signed in the newest year, `shipments` whether an export of
/// them says what left.
/// What is wrong with all orders of a quarter is reported of the quarter, and once.
pub(in crate::ingest) fn order_problems(
    watch: &Watch,
    settings: &Plausibility,
    (as_of, fiscal_year): (Month, FiscalYear),
    year: u64,
    shipments: bool,
) -> Vec<(Code, Severity, Option<RowPlace>, String)> {
    let quarters = watch.signed.by_quarter(fiscal_year).reported(settings, as_of);
    let alone = |row: &&Kept| quarters.iter().all(|(quarter, _)| fiscal_year.quarter(row.signed) != *quarter);
    let mut rows: BTreeMap<RowPlace, (&Kept, Vec<String>)> = BTreeMap::new();
    for (row, why) in far_larger(watch, settings).into_iter().chain(far_less_paid(watch, year)) {
        rows.entry(row.place).or_insert((row, Vec::new())).1.push(why);
    }
    let of_rows = rows.values().filter(|(row, _)| alone(row)).map(|(row, why)| {
        let reason = format!(
            "order {} of {} machines {}: is the quantity right?",
            row.id,
            row.quantity,
            why.join(", and ")
        );
        (Code::OddQuantity, Severity::Warning, Some(row.place), reason)
    });
    let mut reported: Vec<_> = of_rows.collect();
    reported.extend(watch.leads.reported());
    reported.extend(watch.deposits.reported(as_of, quarters.is_empty()));
    reported.extend(
        watch
            .open
            .reported(shipments)
            .into_iter()
            .map(|(code, severity, reason)| (code, severity, None, reason)),
    );
    let beyond = watch.overpaid.rows.iter().any(|row| alone(&row));
    if let Some(first) = watch.overpaid.rows.first().filter(|_| beyond) {
        let rows: Vec<String> =
            watch.overpaid.rows.iter().map(|row| format!("{} on line {}", row.id, row.place.1)).collect();
        let more = if watch.overpaid.count > rows.len() as u64 { ", ..." } else { "" };
        let reason = format!(
            "more was received on {} order(s) than their whole value, up to {:.2} times it: {}{more}; no more than the value counts",
            watch.overpaid.count,
            watch.most_paid,
            rows.join(", ")
        );
        reported.push((Code::Overpaid, Severity::Warning, Some(first.place), reason));
    }
    reported.extend(quarters.into_iter().map(|(_, reported)| reported));
    reported
}

/// Orders many times as large as the next largest of their kind of customer.
fn far_larger<'a>(watch: &'a Watch, settings: &Plausibility) -> Vec<(&'a Kept, String)> {
    let mut found = Vec::new();
    for (segment, largest) in Segment::ALL.into_iter().zip(&watch.largest) {
        if largest.count < LEAST_ORDERS {
            continue;
        }
        let gap = largest.rows.windows(2).position(|pair| {
            f64::from(pair[0].quantity) > settings.order_factor.get() * f64::from(pair[1].quantity)
        });
        let Some(gap) = gap else { continue };
        let next = largest.rows[gap + 1].quantity;
        found.extend(largest.rows[..=gap].iter().map(|row| {
            let times = f64::from(row.quantity) / f64::from(next);
            (
                row,
                format!(
                    "is {times:.1} times the next largest of {} {} ({next})",
                    largest.count,
                    segment.customers()
                ),
            )
        }));
    }
    found
}

/// The order of which far less is paid than of any other, where it matters.
fn far_less_paid(watch: &Watch, year: u64) -> Option<(&Kept, String)> {
    let least = &watch.least_paid;
    let [first, second, ..] = least.rows.as_slice() else { return None };
    let tells = least.count >= LEAST_ORDERS
        && first.by < LEAST_PAID * second.by
        && 200 * u64::from(first.quantity) > year;
    tells.then(|| {
        let why = format!(
            "has {:.1}% of its value paid, no other of {} futures less than {:.1}%",
            100.0 * first.by,
            least.count,
            100.0 * second.by
        );
        (first, why)
    })
}
