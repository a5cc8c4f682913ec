//! What happened to the orders of an earlier as-of date since, machine by machine.

use crate::domain::Month;
use crate::history::{Book, BookedLot};
use crate::market::HORIZON;

/// Machines by month ahead of the earlier as-of date, 0 is the first.
pub(super) type Months = [i64; HORIZON];

/// Change of the contract schedule of one model's orders between two as-of dates. The parts add up to what has left
/// or is due now less what was due then, in every month.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct BookChange {
    /// Machines that left ahead of their schedule, and those no longer due because of it; and machines of orders
    /// that are not in the book.
    pub deliveries: Months,
    /// Machines that did not leave when they were due, and their new months.
    pub slips: Months,
    /// Machines that are not due any more.
    pub cancellations: Months,
    /// Machines delivered of orders signed since the earlier date.
    pub delivered_new: Months,
    /// Machines delivered in all.
    pub delivered: Months,
}

/// The changes of every model. `then` and `now` are books of the same ledger.
pub(super) fn book_changes(then: &Book<'_>, now: &Book<'_>, models: usize) -> Vec<BookChange> {
    let mut changes = vec![BookChange::default(); models];
    let mut old = now.lots.iter().filter(|l| l.lot.terms.signed <= then.as_of);
    // Both books hold the ledger's lots in its order.
    for (before, after) in then.lots.iter().zip(&mut old) {
        let change = &mut changes[before.lot.terms.model.0];
        one_lot(before, after, then.as_of, now.as_of, change);
        shipped(after, then.as_of).for_each(|(h, machines)| change.delivered[h] += machines);
    }
    for lot in now.lots.iter().filter(|l| l.lot.terms.signed > then.as_of) {
        let change = &mut changes[lot.lot.terms.model.0];
        for (h, machines) in shipped(lot, then.as_of) {
            change.delivered_new[h] += machines;
            change.delivered[h] += machines;
        }
    }
    for (change, model) in changes.iter_mut().zip(&now.deliveries) {
        for (h, month) in (then.as_of + 1).to(now.as_of).take(HORIZON).enumerate() {
            let all =
                usize::try_from(month - now.first).ok().and_then(|m| model.get(m)).map_or(0, |q| whole(*q));
            change.deliveries[h] += all - change.delivered[h];
            change.delivered[h] = all;
        }
    }
    changes
}

fn whole(machines: u64) -> i64 {
    i64::try_from(machines).unwrap_or(i64::MAX)
}

/// What left of a lot since the earlier date, by month ahead of the earlier one, within the horizon.
fn shipped(lot: &BookedLot<'_>, then: Month) -> impl Iterator<Item = (usize, i64)> {
    lot.shipped
        .range(then + 1..)
        .filter_map(move |(month, machines)| {
            Some((usize::try_from(*month - then - 1).ok()?, whole(*machines)))
        })
        .filter(|(h, _)| *h < HORIZON)
}

/// Adds one lot. What leaves counts against the earliest batches due; batches that neither left nor are due any more
/// are cancelled; what is left is a matter of time: early is a delivery, late is a slip.
fn one_lot(before: &BookedLot<'_>, after: &BookedLot<'_>, then: Month, now: Month, change: &mut BookChange) {
    let ahead = |month: Month| usize::try_from(month - then - 1).unwrap_or(0);
    let last = before.lot.last_month().max(now + 1).max(then + i32::try_from(HORIZON).unwrap_or(0));
    let (mut plan, mut real) = (vec![0_i64; ahead(last) + 1], vec![0_i64; ahead(last) + 1]);
    plan[0] += whole(before.past_due);
    before.due.iter().for_each(|(month, machines)| plan[ahead(*month)] += whole(*machines));
    for (month, machines) in after.shipped.range(then + 1..) {
        real[ahead(*month)] += whole(*machines);
    }
    real[ahead(now + 1)] += whole(after.past_due);
    after.due.iter().for_each(|(month, machines)| real[ahead(*month)] += whole(*machines));

    let mut left: i64 = real.iter().sum();
    let (mut early, mut late) = (0, 0);
    let mut balance = 0;
    for h in 0..plan.len() {
        let kept = plan[h].min(left);
        left -= kept;
        balance += real[h] - kept;
        if h < HORIZON {
            change.cancellations[h] += kept - plan[h];
            change.deliveries[h] += balance.max(0) - early;
            change.slips[h] += balance.min(0) - late;
        }
        (early, late) = (balance.max(0), balance.min(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Builder, Order, Shipment, Status};
    use crate::job::{Catalogue, Job, ModelId};
    use proptest::prelude::*;

    fn catalogue() -> Catalogue {
        let text = include_str!("../../fixtures/miniature/job.toml");
        Job::parse(text, std::path::Path::new("job.toml")).unwrap().catalogue
    }

    fn day(month: u32, day: u32) -> chrono::NaiveDate {
        chrono::NaiveDate::from_ymd_opt(2025, month, day).unwrap()
    }

    fn order(id: &'static str, signed: u32, quantity: u32, start: u32, months: u32) -> Order<'static> {
        Order {
            id,
            signed: day(signed, 10),
            quantity,
            start: Month::of(day(start, 1)),
            months,
            ..Order::usual()
        }
    }

    fn changes(orders: &[Order<'_>], shipments: &[(&str, u32, u32)], then: u32, now: u32) -> BookChange {
        let mut shipments: Vec<Shipment> = shipments
            .iter()
            .map(|(id, month, quantity)| Shipment {
                order_id: (*id).to_owned(),
                model: ModelId(0),
                date: day(*month, 20),
                quantity: *quantity,
            })
            .collect();
        shipments.sort();
        let mut builder = Builder::new(day(12, 31), false, Some(&shipments));
        orders.iter().for_each(|order| builder.add(order));
        let ledger = builder.finish();
        let catalogue = catalogue();
        let at = |m: u32| Book::new(&ledger, &catalogue, Month::of(day(m, 1)));
        book_changes(&at(then), &at(now), 1)[0]
    }

    fn months(values: &[i64]) -> Months {
        std::array::from_fn(|h| values.get(h).copied().unwrap_or(0))
    }

    #[test]
    fn a_late_batch_is_a_slip_and_an_early_one_a_delivery() {
        // Due 10 a month from April to June; as of March, then as of May.
        let orders = [order("A", 1, 30, 4, 3)];
        // April 4, May 10: 6 are late at the end of May and due in June.
        let late = changes(&orders, &[("none", 1, 1), ("A", 4, 4), ("A", 5, 10)], 3, 5);
        assert_eq!(late.slips, months(&[-6, 0, 6]));
        assert_eq!(late.deliveries, months(&[]));
        assert_eq!(late.delivered, months(&[4, 10]));
        // All 30 in April: 20 early, not due any more in May and June.
        let early = changes(&orders, &[("none", 1, 1), ("A", 4, 30)], 3, 5);
        assert_eq!(early.deliveries, months(&[20, -10, -10]));
        assert_eq!(early.slips, months(&[]));
    }

    #[test]
    fn a_cancelled_order_loses_its_last_batches_and_what_it_still_delivered_counts_first() {
        let cancelled = Order { status: Status::Cancelled(day(5, 15)), ..order("A", 1, 30, 4, 3) };
        let change = changes(&[cancelled], &[("none", 1, 1), ("A", 4, 4)], 3, 5);
        assert_eq!(change.cancellations, months(&[-6, -10, -10]));
        assert_eq!((change.slips, change.deliveries), (months(&[]), months(&[])));
    }

    #[test]
    fn orders_signed_since_are_reported_apart() {
        let orders = [order("A", 1, 20, 4, 2), order("B", 4, 8, 5, 1)];
        let change = changes(&orders, &[("none", 1, 1), ("A", 4, 10), ("A", 5, 10), ("B", 5, 8)], 3, 5);
        assert_eq!(change.delivered_new, months(&[0, 8]));
        assert_eq!(change.delivered, months(&[10, 18]));
        assert_eq!((change.slips, change.deliveries), (months(&[]), months(&[])));
    }

    proptest! {
        /// In every month: what left or is due now, less what was due then, is the sum of the parts.
        #[test]
        fn the_parts_add_up_to_the_change_of_the_schedule(
            orders in proptest::collection::vec((1..=6_u32, 1..40_u32, 0..5_u32, 1..=6_u32, proptest::option::of(1..=12_u32)), 1..8),
            shipments in proptest::collection::vec((0..8_usize, 1..=9_u32, 1..20_u32), 0..16),
            then in 1..=6_u32,
            elapsed in 0..=3_u32,
        ) {
            let ids: Vec<&'static str> = vec!["A", "B", "C", "D", "E", "F", "G", "H"];
            let orders: Vec<Order<'_>> = orders
                .iter()
                .zip(&ids)
                .map(|((signed, quantity, wait, batches, cancelled), id)| Order {
                    status: cancelled.filter(|m| m >= signed).map_or(Status::Open, |m| Status::Cancelled(day(m, 28))),
                    start: Month::of(day(*signed, 1)) + i32::try_from(*wait).unwrap(),
                    ..order(id, *signed, *quantity, 1, *batches)
                })
                .collect();
            let mut rows: Vec<Shipment> = shipments
                .iter()
                .map(|(index, month, quantity)| Shipment {
                    order_id: ids[*index].to_owned(), model: ModelId(0), date: day(*month, 20), quantity: *quantity,
                })
                .chain([Shipment { order_id: "none".to_owned(), model: ModelId(0), date: day(1, 1), quantity: 1 }])
                .collect();
            rows.sort();
            let mut builder = Builder::new(day(12, 31), false, Some(&rows));
            orders.iter().for_each(|order| builder.add(order));
            let (ledger, catalogue) = (builder.finish(), catalogue());
            let at = |m: u32| Book::new(&ledger, &catalogue, Month::of(day(m, 1)));
            let (book_then, book_now) = (at(then), at(then + elapsed));
            let change = book_changes(&book_then, &book_now, 1)[0];
            let plan: Vec<Months> = book_then.signed(1);
            let mut old = book_now.clone();
            old.lots.retain(|l| l.lot.terms.signed <= book_then.as_of);
            let due: Vec<Months> = old.signed(1);
            for h in 0..HORIZON {
                let real = match h.checked_sub(elapsed as usize) {
                    None => change.delivered[h] - change.delivered_new[h],
                    Some(ahead) => due[0][ahead],
                };
                let parts = change.deliveries[h] + change.slips[h] + change.cancellations[h];
                prop_assert_eq!(real - plan[0][h], parts, "month {}", h);
            }
        }
    }
}
