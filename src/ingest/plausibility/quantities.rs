//! Orders far larger than any other of the maker's, and what was paid on them.

use crate::diagnostic::{Code, Severity};
use crate::job::Plausibility;

use super::watch::{RowPlace, SEGMENTS, Watch};

/// Orders of a kind of customer from which on the next largest says something.
const LEAST_ORDERS: u64 = 20;

/// An order on which less than this share of the next least was paid is paid as an order of a fraction of its quantity
/// would be: 0.57 at least with honest makers, 0.1 to 0.2 where a quantity is ten times too large.
const LEAST_PAID: f64 = 1.0 / 3.0;

/// What is told of quantities and payments: code, severity, row and reason. `year` is machines signed in the newest year.
pub(in crate::ingest) fn order_problems(
    watch: &Watch,
    settings: &Plausibility,
    year: u64,
) -> Vec<(Code, Severity, Option<RowPlace>, String)> {
    let mut told = Vec::new();
    for ((_, name), largest) in SEGMENTS.iter().zip(&watch.largest) {
        if largest.count < LEAST_ORDERS {
            continue;
        }
        let gap = largest.rows.windows(2).position(|pair| {
            f64::from(pair[0].quantity) > settings.order_factor.get() * f64::from(pair[1].quantity)
        });
        let Some(gap) = gap else { continue };
        for row in &largest.rows[..=gap] {
            let reason = format!(
                "order {} of {} machines is {:.1} times the next largest of {} {name} ({}): is the quantity right?",
                row.id,
                row.quantity,
                f64::from(row.quantity) / f64::from(largest.rows[gap + 1].quantity),
                largest.count,
                largest.rows[gap + 1].quantity
            );
            told.push((Code::OddQuantity, Severity::Warning, Some(row.place), reason));
        }
    }
    let least = &watch.least_paid;
    if let [first, second, ..] = least.rows.as_slice()
        && least.count >= LEAST_ORDERS
        && first.by < LEAST_PAID * second.by
        && 200 * u64::from(first.quantity) > year
    {
        let reason = format!(
            "of order {} of {} machines {:.1}% is paid, of no other of {} futures less than {:.1}%: is the quantity right?",
            first.id,
            first.quantity,
            100.0 * first.by,
            least.count,
            100.0 * second.by
        );
        told.push((Code::OddQuantity, Severity::Warning, Some(first.place), reason));
    }
    if let Some(first) = watch.overpaid.rows.first() {
        let rows: Vec<String> =
            watch.overpaid.rows.iter().map(|row| format!("{} on line {}", row.id, row.place.1)).collect();
        let more = if watch.overpaid.count > rows.len() as u64 { ", ..." } else { "" };
        let reason = format!(
            "more was received on {} order(s) than their whole value, up to {:.2} times it: {}{more}; no more than the value counts",
            watch.overpaid.count,
            watch.most_paid,
            rows.join(", ")
        );
        told.push((Code::Overpaid, Severity::Warning, Some(first.place), reason));
    }
    told
}
