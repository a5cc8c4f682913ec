//! What is known of deliveries without a shipment of the order: the contract's schedule, and what counts before the shipments
//! export begins.

use std::collections::BTreeMap;

use crate::domain::Month;

use super::dates::Dates;
use super::order::{Order, Status};

/// Months without any row after which what came before may be a stray, where as many months at least follow.
const STRAY_MONTHS: i32 = 12;

/// Share of all machines that strays are at most.
const STRAY_SHARE: f64 = 0.05;

/// Where a series of machines by month begins: after the last break of more than a year before which next to nothing
/// stands. One row with a wrong year must not make years of nothing into history.
pub(in crate::ingest) fn begin(months: &BTreeMap<Month, u64>) -> Option<Month> {
    let all: u64 = months.values().sum();
    let (mut begin, end) = (*months.keys().next()?, *months.keys().last()?);
    let (mut before, mut last) = (0, begin);
    for (month, machines) in months {
        let long = end - *month >= STRAY_MONTHS - 1;
        if long && *month - last > STRAY_MONTHS && before as f64 <= STRAY_SHARE * all as f64 {
            begin = *month;
        }
        before += machines;
        last = *month;
    }
    Some(begin)
}

/// Machines delivered by month when only the contract is known: by schedule, up to the delivered quantity where that is
/// given, until the order ended.
pub(super) fn by_schedule(dates: &Dates, order: &Order<'_>, shipped: &mut Vec<(Month, u32)>) {
    let as_of = Month::of(dates.as_of);
    let (until, delivered, completed) = match order.status {
        Status::Cancelled(date) if date > dates.as_of => (as_of, None, false),
        Status::Cancelled(date) => (as_of.min(Month::of(date)), order.delivered, false),
        Status::Completed => (as_of, order.delivered, !dates.exported_later),
        Status::Open => (as_of, order.delivered, false),
    };
    // Cancelled in its month of signing: nothing of it was scheduled to leave.
    let signed = Month::of(order.signed);
    let at_once =
        matches!(order.status, Status::Cancelled(date) if date <= dates.as_of && Month::of(date) == signed);
    let mut most = match delivered.filter(|_| !dates.exported_later) {
        Some(delivered) => delivered,
        None if completed => order.quantity,
        None if at_once => 0,
        None => order.due_by(until),
    };
    for month in order.start.to(order.last_month().min(until)) {
        let machines = order.due_in(month).min(most);
        if machines > 0 {
            shipped.push((month, machines));
        }
        most -= machines;
    }
    if most > 0 {
        // Delivered ahead of schedule: in the last month that is known.
        let month = until.max(Month::of(order.signed));
        match shipped.last_mut() {
            Some((last, machines)) if *last == month => *machines += most,
            _ => shipped.push((month, most)),
        }
    }
}

/// Batches due before the shipments export begins count as delivered on time: they cannot be in it.
pub(super) fn before_shipments<'o>(
    dates: &Dates,
    order: &'o Order<'_>,
) -> impl Iterator<Item = (Month, u32)> + 'o {
    let last = dates.begins.map_or(order.start - 1, |begins| order.last_month().min(begins - 1));
    let early = order.start.to(last);
    early.map(|month| (month, order.due_in(month))).filter(|(_, machines)| *machines > 0)
}

/// What the orders export says was delivered of an order by the as-of date, where the shipments export must say the same:
/// the first batch is not due before that begins.
pub(super) fn comparable(dates: &Dates, order: &Order<'_>) -> Option<u32> {
    let covered = dates.begins.is_some_and(|begins| order.start >= begins);
    let said = match order.status {
        Status::Completed => Some(order.delivered.unwrap_or(order.quantity)),
        Status::Cancelled(date) if date > dates.as_of => None,
        _ => order.delivered,
    };
    said.filter(|_| covered && !dates.exported_later)
}
