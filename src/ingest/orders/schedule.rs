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

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    /// Ten machines signed in May 2025, due in one month.
    fn order(start: &str, delivered: Option<u32>, status: Status) -> Order<'static> {
        Order { signed: day("2025-05-10"), start: month(start), delivered, status, ..Order::usual() }
    }

    /// As of September 2025, shipments known from June on.
    fn dates() -> Dates {
        Dates {
            as_of: day("2025-09-30"),
            exported_later: false,
            begins: Some(month("2025-06")),
            past_due_months: 12,
        }
    }

    /// Nothing is due by September and four of ten were delivered: they left in the last month that is known.
    #[test]
    fn what_is_ahead_of_schedule_left_in_the_last_month_known() {
        let shipped = |delivered| {
            let mut shipped = Vec::new();
            by_schedule(&dates(), &order("2025-11", Some(delivered), Status::Open), &mut shipped);
            shipped
        };
        assert_eq!(shipped(4), [(month("2025-09"), 4)]);
        assert_eq!(shipped(0), []);
    }

    /// What an order that was cancelled by the as-of date says of its deliveries can be compared; of one that is cancelled later, or due
    /// before the shipments begin, it cannot.
    #[test]
    fn deliveries_are_compared_where_they_are_of_the_as_of_date() {
        let said = |start, day_cancelled: &str| {
            comparable(&dates(), &order(start, Some(4), Status::Cancelled(day(day_cancelled))))
        };
        assert_eq!(said("2025-07", "2025-08-15"), Some(4));
        assert_eq!(said("2025-06", "2025-08-15"), Some(4), "due in the month that they begin in");
        assert_eq!(said("2025-07", "2025-10-15"), None);
        assert_eq!(said("2025-05", "2025-08-15"), None);
        assert_eq!(comparable(&dates(), &order("2025-07", None, Status::Completed)), Some(10));
        assert_eq!(comparable(&dates(), &order("2025-07", None, Status::Open)), None);
        assert_eq!(said("2025-07", "2025-09-30"), Some(4), "cancelled on the as-of date");
        let later = Dates { exported_later: true, ..dates() };
        assert_eq!(comparable(&later, &order("2025-07", None, Status::Completed)), None);
    }

    /// Shipments begin in June: what was due by May counts as delivered, one machine of two months in its first.
    #[test]
    fn what_was_due_before_the_shipments_begin_left_then() {
        let before = |dates: &Dates, quantity, months| -> Vec<(Month, u32)> {
            before_shipments(dates, &Order { quantity, months, ..order("2025-04", None, Status::Open) })
                .collect()
        };
        assert_eq!(before(&dates(), 1, 2), [(month("2025-04"), 1)]);
        assert_eq!(before(&dates(), 9, 3), [(month("2025-04"), 3), (month("2025-05"), 3)]);
        assert_eq!(before(&Dates { begins: None, ..dates() }, 9, 3), []);
    }
}
