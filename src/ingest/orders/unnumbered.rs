//! Shipments without order numbers: each machine is taken to be of the order line of its model that has waited longest for it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use chrono::NaiveDate;

use crate::domain::Month;
use crate::job::ModelId;

use super::dates::Dates;
use super::order::{Order, Status};
use super::schedule::{before_shipments, begin};
use super::shipments::Shipment;

/// Most order lines among which shipments are shared.
pub(in crate::ingest) const MOST: usize = 1 << 18;

/// What machines stand under that no order line waited for.
const NO_ORDER: &str = "none: no order line of the model waits";

/// An order line that shipments may be of.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::ingest) struct Waiting {
    id: String,
    line: String,
    terms: Order<'static>,
}

impl Waiting {
    /// Of an order line; `id` is its number as the job compares it.
    pub(in crate::ingest) fn new(id: &str, order: &Order<'_>) -> Self {
        Self { id: id.to_owned(), line: order.line.to_owned(), terms: order.bare() }
    }

    /// Machines that it is said to have got; all of it where nothing is said.
    fn said(&self, dates: &Dates) -> u32 {
        self.terms.delivered.filter(|_| !dates.exported_later).unwrap_or(self.terms.quantity)
    }

    /// First month of which something is still due when so many machines left.
    fn next_due(&self, taken: u32) -> Option<Month> {
        self.terms.start.to(self.terms.last_month()).find(|month| self.terms.due_by(*month) > taken)
    }
}

/// What was made of shipments without order numbers.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(in crate::ingest) struct Allocated {
    /// Machines without an order number.
    pub machines: u64,
    /// Of those, machines for which no order line of their model waited.
    pub left_over: u64,
}

/// Gives shipments without an order number one: day by day, that of the line of their model whose batch was due first. A line
/// takes nothing before it was signed or after it was cancelled, and what its order line is said to have got goes before what it
/// is not.
pub(in crate::ingest) fn allocate(
    shipments: Vec<Shipment>,
    mut lines: Vec<Waiting>,
    as_of: NaiveDate,
    exported_later: bool,
) -> (Vec<Shipment>, Allocated) {
    let mut months: BTreeMap<Month, u64> = BTreeMap::new();
    for shipment in &shipments {
        *months.entry(Month::of(shipment.date)).or_default() += u64::from(shipment.quantity);
    }
    let dates = Dates { as_of, exported_later, begins: begin(&months), past_due_months: 0 };
    lines.sort_by(|a, b| {
        (a.terms.signed, &a.id, &a.line, a.terms.quantity).cmp(&(
            b.terms.signed,
            &b.id,
            &b.line,
            b.terms.quantity,
        ))
    });
    let mut of_model: BTreeMap<ModelId, Vec<Waiting>> = BTreeMap::new();
    for line in lines {
        of_model.entry(line.terms.model).or_default().push(line);
    }
    let (without, mut numbered): (Vec<_>, Vec<_>) =
        shipments.into_iter().partition(|shipment| shipment.order_id.is_empty());
    let mut sorted: BTreeMap<ModelId, Vec<Shipment>> = BTreeMap::new();
    for shipment in without {
        sorted.entry(shipment.model).or_default().push(shipment);
    }
    let mut said = Allocated::default();
    for (model, mut shipments) in sorted {
        shipments.sort_by_key(|shipment| (shipment.date, shipment.quantity));
        said.machines += shipments.iter().map(|shipment| u64::from(shipment.quantity)).sum::<u64>();
        let lines = of_model.remove(&model).unwrap_or_default();
        let before =
            |line: &Waiting| before_shipments(&dates, &line.terms).map(|(_, machines)| machines).sum::<u32>();
        let mut taken: Vec<u32> = lines.iter().map(before).collect();
        let most: Vec<u32> = lines.iter().map(|line| line.said(&dates)).collect();
        let left = share(&lines, (&most, &mut taken), &shipments, &mut numbered);
        let most: Vec<u32> = lines.iter().map(|line| line.terms.quantity).collect();
        let left = share(&lines, (&most, &mut taken), &left, &mut numbered);
        said.left_over += left.iter().map(|shipment| u64::from(shipment.quantity)).sum::<u64>();
        numbered.extend(left.into_iter().map(|left| Shipment { order_id: NO_ORDER.to_owned(), ..left }));
    }
    numbered.sort();
    (numbered, said)
}

/// Shares the shipments of one model among its lines, both sorted by day, of which each takes so many at most; returns what is left.
fn share(
    lines: &[Waiting],
    (most, taken): (&[u32], &mut [u32]),
    shipments: &[Shipment],
    numbered: &mut Vec<Shipment>,
) -> Vec<Shipment> {
    let mut waiting: BinaryHeap<Reverse<(Month, usize)>> = BinaryHeap::new();
    let (mut signed, mut beyond) = (0, Vec::new());
    for shipment in shipments {
        while let Some(line) = lines.get(signed).filter(|line| line.terms.signed <= shipment.date) {
            if let Some(due) = taken.get(signed).and_then(|taken| line.next_due(*taken)) {
                waiting.push(Reverse((due, signed)));
            }
            signed += 1;
        }
        let mut left = shipment.quantity;
        while left > 0 {
            let Some(Reverse((due, place))) = waiting.pop() else { break };
            let (Some(line), Some(taken)) = (lines.get(place), taken.get_mut(place)) else { continue };
            if matches!(line.terms.status, Status::Cancelled(date) if date < shipment.date) {
                continue;
            }
            let most = most.get(place).copied().unwrap_or_default();
            let room = line.terms.due_by(due).min(most).saturating_sub(*taken);
            let machines = left.min(room);
            *taken += machines;
            left -= machines;
            if machines > 0 {
                numbered.push(Shipment { order_id: line.id.clone(), quantity: machines, ..shipment.clone() });
            }
            if *taken < most
                && let Some(due) = line.next_due(*taken)
            {
                waiting.push(Reverse((due, place)));
            }
        }
        if left > 0 {
            beyond.push(Shipment { quantity: left, ..shipment.clone() });
        }
    }
    beyond
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, month, day).unwrap()
    }

    fn waiting(id: &str, signed: u32, start: u32, quantity: u32, months: u32, status: Status) -> Waiting {
        let terms = Order {
            id: "",
            customer: "",
            signed: day(signed, 5),
            quantity,
            start: Month::of(day(start, 1)),
            months,
            status,
            ..Order::usual()
        };
        Waiting { id: id.to_owned(), line: String::new(), terms }
    }

    fn left(month: u32, quantity: u32) -> Shipment {
        Shipment { order_id: String::new(), model: ModelId(0), date: day(month, 20), quantity }
    }

    #[test]
    fn machines_go_to_the_line_that_waits_longest() {
        // A: 10 due in February, 10 in March. B: 8 due in February, cancelled on March 1. C: 6 due in March, signed in March.
        let lines = vec![
            waiting("A", 1, 2, 20, 2, Status::Open),
            waiting("B", 1, 2, 8, 1, Status::Cancelled(day(3, 1))),
            waiting("C", 3, 3, 6, 1, Status::Open),
        ];
        // February: 10 to A, 2 of 8 to B. March: B is cancelled; A's 10, then 4 of C's 6. April: C's 2, and 3 of nobody.
        let shipments = vec![left(2, 12), left(3, 14), left(4, 5)];
        let (numbered, said) = allocate(shipments, lines, day(4, 30), false);
        let found: Vec<(&str, u32, u32)> =
            numbered.iter().map(|s| (s.order_id.as_str(), Month::of(s.date).number(), s.quantity)).collect();
        let expected = [("A", 2, 10), ("A", 3, 10), ("B", 2, 2), ("C", 3, 4), ("C", 4, 2), (NO_ORDER, 4, 3)];
        assert_eq!(found, expected);
        assert_eq!(said, Allocated { machines: 31, left_over: 3 });
    }

    #[test]
    fn what_was_due_before_the_export_begins_is_not_shipped_again() {
        // Two batches of 5; shipments begin with the second month.
        let lines = vec![waiting("A", 1, 2, 10, 2, Status::Open)];
        let (numbered, said) = allocate(vec![left(3, 6)], lines, day(4, 30), false);
        let found: Vec<(&str, u32)> = numbered.iter().map(|s| (s.order_id.as_str(), s.quantity)).collect();
        assert_eq!(found, [("A", 5), (NO_ORDER, 1)]);
        assert_eq!(said.left_over, 1);
    }
}
