//! What the states and dates of orders say against what left of them.

use chrono::NaiveDate;

use crate::domain::Month;

use super::dates::Dates;
use super::named::Named;
use super::order::{Order, OrderType, Status};

/// Months before its first delivery from which on a shipment cannot be of the order's dates: 11 at most with honest makers,
/// whose customers ask for later delivery.
const EARLY: i32 = 12;

/// Months after its last delivery from which on it cannot: 8 at most with honest makers.
const LATE: i32 = 11;

/// Orders and machines.
#[derive(Clone, Debug, Default)]
pub struct Count {
    /// Orders.
    pub orders: Named,
    /// Their machines.
    pub machines: u64,
}

impl Count {
    fn add(&mut self, id: &str, machines: u32) {
        if machines > 0 {
            self.orders.add(id);
            self.machines += u64::from(machines);
        }
    }

    fn merge(&mut self, other: Self) {
        self.orders.merge(other.orders);
        self.machines += other.machines;
    }
}

/// Futures that were not cancelled, and the months in which they left.
#[derive(Clone, Copy, Debug, Default)]
pub struct Off {
    /// All of them.
    pub orders: u64,
    /// Those with their first delivery in the month of signature.
    pub at_once: u64,
    /// Those that are delivered in one month.
    pub one_month: u64,
    /// Machines of them in the shipments export.
    pub shipped: u64,
    /// Machines shipped before the first month of delivery.
    pub before: u64,
    /// Machines shipped after the last.
    pub after: u64,
}

impl Off {
    fn note(&mut self, order: &Order<'_>, left: impl Fn(Month, Month) -> u32, as_of: Month) {
        if order.order_type != OrderType::Futures || matches!(order.status, Status::Cancelled(_)) {
            return;
        }
        let first = Month::from_index(0);
        self.merge(Self {
            orders: 1,
            at_once: u64::from(order.start == Month::of(order.signed)),
            one_month: u64::from(order.months == 1),
            shipped: u64::from(left(first, as_of)),
            before: u64::from(left(first, order.start - 1)),
            after: u64::from(left(order.last_month() + 1, as_of)),
        });
    }

    const fn merge(&mut self, other: Self) {
        self.orders += other.orders;
        self.at_once += other.at_once;
        self.one_month += other.one_month;
        self.shipped += other.shipped;
        self.before += other.before;
        self.after += other.after;
    }
}

/// Orders whose states and dates contradict what left of them.
#[derive(Clone, Debug, Default)]
pub struct States {
    /// Completed with less delivered than ordered, and the machines not delivered.
    pub closed_short: Count,
    /// Machines of completed orders that say what was delivered.
    pub completed: u64,
    /// Cancelled after all was delivered.
    pub cancelled_full: Count,
    /// Shipped in months after the cancellation.
    pub after_cancelled: Count,
    /// Cancelled after the as-of date, and the last of those dates.
    pub cancelled_later: (Count, Option<NaiveDate>),
    /// Shipped a year or more before the first delivery.
    pub early: Count,
    /// Shipped eleven months or more after the last.
    pub late: Count,
    /// Open orders of which machines left though they begin after the as-of date, and all of which some left.
    pub ahead: (Count, u64),
    /// Futures against the months in which they left.
    pub off: Off,
    /// Machines due before the shipments export begins, and all, of orders that were not cancelled.
    pub before_shipments: (u64, u64),
}

impl States {
    /// Notes an order with what left of it by month.
    pub(super) fn note(&mut self, dates: &Dates, order: &Order<'_>, shipped: &[(Month, u32)]) {
        let begins = dates.begins;
        // Months before the shipments export begins are assumed ones.
        let left = |from: Month, to: Month| -> u32 {
            let known = shipped.iter().filter(|(month, _)| begins.is_some_and(|begins| *month >= begins));
            known.filter(|(month, _)| *month >= from && *month <= to).map(|(_, machines)| machines).sum()
        };
        let (first, last) = (Month::from_index(0), Month::of(dates.as_of));
        self.off.note(order, left, last);
        // What left before the signature is reported as that.
        self.early.add(order.id, left(Month::of(order.signed), order.start - EARLY));
        self.late.add(order.id, left(order.last_month() + LATE, last));
        match order.status {
            Status::Cancelled(date) if date > dates.as_of => {
                if !dates.exported_later {
                    let (count, newest) = &mut self.cancelled_later;
                    count.add(order.id, order.quantity);
                    *newest = (*newest).max(Some(date));
                }
                return;
            }
            Status::Cancelled(date) => {
                let after = left(Month::of(date) + 1, last);
                self.after_cancelled.add(order.id, after);
                let said = order.delivered.filter(|_| !dates.exported_later).unwrap_or(0);
                if after == 0 && said.max(left(first, last)) >= order.quantity {
                    self.cancelled_full.add(order.id, order.quantity);
                }
                return;
            }
            Status::Open => {
                let said = order.delivered.filter(|_| !dates.exported_later).unwrap_or(0);
                let gone = said.max(left(first, last));
                self.ahead.1 += u64::from(gone > 0);
                if order.start > last {
                    self.ahead.0.add(order.id, gone);
                }
            }
            Status::Completed if !dates.exported_later => {
                if let Some(delivered) = order.delivered {
                    self.completed += u64::from(order.quantity);
                    self.closed_short.add(order.id, order.quantity.saturating_sub(delivered));
                }
            }
            Status::Completed => {}
        }
        let before = begins.map_or(0, |begins| order.due_by(begins - 1));
        self.before_shipments.0 += u64::from(before);
        self.before_shipments.1 += u64::from(order.quantity);
    }

    pub(in crate::ingest) fn merge(&mut self, other: Self) {
        self.closed_short.merge(other.closed_short);
        self.completed += other.completed;
        self.cancelled_full.merge(other.cancelled_full);
        self.after_cancelled.merge(other.after_cancelled);
        self.cancelled_later.0.merge(other.cancelled_later.0);
        self.cancelled_later.1 = self.cancelled_later.1.max(other.cancelled_later.1);
        self.early.merge(other.early);
        self.late.merge(other.late);
        self.ahead.0.merge(other.ahead.0);
        self.ahead.1 += other.ahead.1;
        self.off.merge(other.off);
        self.before_shipments.0 += other.before_shipments.0;
        self.before_shipments.1 += other.before_shipments.1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// All ten left and then the order was cancelled; six of ten left, and four after it was cancelled.
    #[test]
    fn cancelled_with_all_delivered_is_no_shipment_after_cancellation() {
        let cancelled = || order("2025-07", Some(10), Status::Cancelled(day("2025-07-31")));
        let (mut full, mut after) = (States::default(), States::default());
        full.note(&dates(), &cancelled(), &[(month("2025-07"), 10)]);
        after.note(&dates(), &cancelled(), &[(month("2025-07"), 6), (month("2025-08"), 4)]);
        assert_eq!((full.cancelled_full.machines, full.after_cancelled.machines), (10, 0));
        assert_eq!((after.cancelled_full.machines, after.after_cancelled.machines), (0, 4));
        // Two threads' counts add up.
        after.merge(full.clone());
        full.merge(full.clone());
        assert_eq!((after.cancelled_full.machines, after.after_cancelled.machines), (10, 4));
        assert_eq!((full.cancelled_full.machines, full.cancelled_full.orders.count), (20, 2));
    }

    /// Ten machines due in May, before the shipments begin, and ten in June: half of them count as delivered before. Without an export of
    /// shipments none does.
    #[test]
    fn machines_due_before_the_shipments_begin_are_counted_against_all() {
        let noted = |dates: &Dates, start| {
            let mut states = States::default();
            states.note(dates, &order(start, None, Status::Open), &[]);
            states
        };
        let mut all = noted(&dates(), "2025-05");
        all.merge(noted(&dates(), "2025-06"));
        assert_eq!(all.before_shipments, (10, 20));
        assert_eq!(noted(&Dates { begins: None, ..dates() }, "2025-05").before_shipments, (0, 10));
    }
}
