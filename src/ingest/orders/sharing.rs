//! The lines of one order number share its shipments: whatever the split, what is due first is delivered first.

use std::collections::BTreeMap;

use crate::domain::{Month, Usd};

use super::batches::as_contracts;
use super::order::{Order, Status};
use super::settled::Settled;
use super::shipments::Shipment;

/// An order line kept until every line of its order number is read.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "the field's own word, as the exports have it")]
pub(super) struct Line {
    pub line: Box<str>,
    pub customer: Box<str>,
    pub terms: Order<'static>,
}

impl Line {
    pub(super) fn new(order: &Order<'_>) -> Self {
        Self { line: order.line.into(), customer: order.customer.into(), terms: order.bare() }
    }

    /// The line as an order of the number `id`.
    pub(super) fn order<'a>(&'a self, id: &'a str) -> Order<'a> {
        Order { id, line: &self.line, customer: &self.customer, ..self.terms.clone() }
    }
}

/// Lines of one order number, sorted; those of the same terms and price are one contract, and so are level batches.
pub(super) fn joined(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort_by(|a, b| a.line.cmp(&b.line));
    let mut contracts: Vec<Line> = Vec::with_capacity(lines.len());
    for line in lines {
        let sum = contracts.iter_mut().find_map(|known| Some((both(known, &line)?, known)));
        match sum {
            Some((terms, known)) => known.terms = terms,
            None => contracts.push(line),
        }
    }
    as_contracts(contracts)
}

/// What was received of two lines together, and what payments say of both; `None` where that is said of one alone.
pub(super) fn paid_together(
    one: &Order<'_>,
    other: &Order<'_>,
) -> Option<(Option<Usd>, Option<Box<Settled>>)> {
    let prepaid = match (one.prepaid, other.prepaid) {
        (None, None) => None,
        (Some(one), Some(other)) => Some(one + other),
        _ => return None,
    };
    let settled = match (&one.settled, &other.settled) {
        (None, None) => None,
        (Some(one), Some(other)) => Some(Box::new(Settled::clone(one).plus(other))),
        _ => return None,
    };
    Some((prepaid, settled))
}

/// Two lines as one; `None` where they differ in more than their quantities.
fn both(a: &Line, b: &Line) -> Option<Order<'static>> {
    let (one, other) = (&a.terms, &b.terms);
    let quantity = one.quantity.checked_add(other.quantity)?;
    let delivered = match (one.delivered, other.delivered) {
        (None, None) => None,
        (Some(one), Some(other)) => Some(one.checked_add(other)?),
        _ => return None,
    };
    let (prepaid, settled) = paid_together(one, other)?;
    let sum = Order { quantity, prepaid, settled: settled.clone(), delivered, ..one.clone() };
    let alike = Order { quantity, prepaid, settled, delivered, ..other.clone() };
    (a.customer == b.customer && sum == alike).then_some(sum)
}

/// What left of each line by month, and what was shipped beyond all of them.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub shipped: Vec<Vec<(Month, u32)>>,
    /// Machines beyond what was ordered, by month, with a line of theirs.
    pub excess: Vec<(usize, Month, u32)>,
    /// Whether something left before its line was signed.
    pub early: bool,
}

/// A line as it fills up.
struct Filling<'a> {
    terms: &'a Order<'static>,
    /// Machines delivered, assumed ones included.
    taken: u32,
    /// Taken to have left before the shipments export begins.
    assumed: BTreeMap<Month, u32>,
    shipped: BTreeMap<Month, u32>,
}

impl Filling<'_> {
    /// First month of which something is still due; `None` when all was delivered.
    fn next_due(&self) -> Option<Month> {
        self.terms.start.to(self.terms.last_month()).find(|month| self.terms.due_by(*month) > self.taken)
    }

    /// Whether it could still get something on the day.
    fn waits(&self, shipment: &Shipment) -> bool {
        match self.terms.status {
            Status::Cancelled(date) => shipment.date <= date,
            _ => true,
        }
    }
}

/// Gives the shipments of one order number to its lines, day by day. Machines go to the line of their model that has
/// waited longest for them; machines of a model that no line has go in the place of what the lines still have due; what
/// is beyond every line is excess. `before` are the machines taken to have left before the export begins.
pub(super) fn share(
    lines: &[Line],
    shipments: &[Shipment],
    before: impl Fn(&Order<'_>) -> Vec<(Month, u32)>,
) -> Shared {
    let mut filling: Vec<Filling<'_>> = lines
        .iter()
        .map(|line| {
            let assumed: BTreeMap<Month, u32> = before(&line.terms).into_iter().collect();
            let taken = assumed.values().sum();
            Filling { terms: &line.terms, taken, assumed, shipped: BTreeMap::new() }
        })
        .collect();
    let mut by_day: Vec<&Shipment> = shipments.iter().collect();
    by_day.sort_by_key(|s| (s.date, s.model, s.quantity));
    let mut shared = Shared::default();
    for shipment in by_day {
        let month = Month::of(shipment.date);
        let own = lines.iter().any(|line| line.terms.model == shipment.model);
        let may: Vec<usize> =
            (0..lines.len()).filter(|i| !own || lines[*i].terms.model == shipment.model).collect();
        let mut left = shipment.quantity;
        // Lines that were cancelled before come last.
        for late in [false, true] {
            let open = |f: &Filling<'_>| late || f.waits(shipment);
            while left > 0 {
                let next = may.iter().filter(|i| open(&filling[**i]));
                let Some((due, i)) = next.filter_map(|i| Some((filling[*i].next_due()?, *i))).min() else {
                    break;
                };
                let line = &mut filling[i];
                let machines = left.min(line.terms.due_by(due) - line.taken);
                line.taken += machines;
                *line.shipped.entry(month).or_default() += machines;
                left -= machines;
                let signed = line.terms.signed;
                shared.early |= shipment.date < signed && line.terms.start >= Month::of(signed);
            }
        }
        // What was taken to have left before the export begins left now.
        for i in &may {
            let line = &mut filling[*i];
            while let Some((assumed, machines)) = line.assumed.pop_last() {
                let late = machines.min(left);
                left -= late;
                if late > 0 {
                    *line.shipped.entry(month).or_default() += late;
                }
                if machines > late {
                    line.assumed.insert(assumed, machines - late);
                    break;
                }
            }
        }
        if let (Some(i), 1..) = (may.first(), left) {
            shared.excess.push((*i, month, left));
        }
    }
    shared.shipped = filling
        .into_iter()
        .map(|line| {
            let mut all = line.assumed;
            for (month, machines) in line.shipped {
                *all.entry(month).or_default() += machines;
            }
            all.into_iter().collect()
        })
        .collect();
    shared
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::job::ModelId;
    use proptest::prelude::*;

    fn day(month: u32, day: u32) -> chrono::NaiveDate {
        chrono::NaiveDate::from_ymd_opt(2025, month, day).unwrap()
    }

    fn line(index: usize, model: usize, quantity: u32, start: u32, months: u32) -> Line {
        let terms = Order {
            id: "",
            customer: "",
            model: ModelId(model),
            signed: day(1, 1),
            quantity,
            start: Month::of(day(start, 1)),
            months,
            ..Order::usual()
        };
        Line { line: index.to_string().into(), customer: "C".into(), terms }
    }

    proptest! {
        /// What is shipped goes to a line or beyond all of them; no line gets more than its quantity; and what left by a
        /// date does not depend on what left after it.
        #[test]
        fn nothing_is_lost_and_nothing_is_seen_before_its_day(
            lines in proptest::collection::vec((0..2_usize, 1..60_u32, 1..9_u32, 1..5_u32), 1..5),
            shipments in proptest::collection::vec((0..3_usize, 1..12_u32, 1..40_u32), 0..12),
            until in 1..12_u32,
        ) {
            let lines: Vec<Line> =
                lines.iter().enumerate().map(|(i, (model, q, start, n))| line(i, *model, *q, *start, *n)).collect();
            let shipments: Vec<Shipment> = shipments
                .iter()
                .map(|(model, month, quantity)| Shipment {
                    order_id: "A".to_owned(), model: ModelId(*model), date: day(*month, 15), quantity: *quantity,
                })
                .collect();
            let all = share(&lines, &shipments, |_| Vec::new());
            let placed: u32 = all.shipped.iter().flatten().map(|(_, machines)| machines).sum();
            let beyond: u32 = all.excess.iter().map(|(_, _, machines)| machines).sum();
            prop_assert_eq!(placed + beyond, shipments.iter().map(|s| s.quantity).sum::<u32>());
            for (line, shipped) in lines.iter().zip(&all.shipped) {
                prop_assert!(shipped.iter().map(|(_, machines)| machines).sum::<u32>() <= line.terms.quantity);
            }
            let last = Month::of(day(until, 1));
            let known: Vec<Shipment> = shipments.into_iter().filter(|s| Month::of(s.date) <= last).collect();
            let then = share(&lines, &known, |_| Vec::new());
            let of_then: Vec<Vec<(Month, u32)>> = all
                .shipped
                .iter()
                .map(|shipped| shipped.iter().copied().filter(|(month, _)| *month <= last).collect())
                .collect();
            prop_assert_eq!(then.shipped, of_then);
        }
    }

    /// Two lines of one contract, of 10 and 20 machines, are one of 30, of which 3 and 4 were delivered.
    #[test]
    fn lines_of_the_same_terms_are_one_contract() {
        let of = |index: usize, quantity, delivered| {
            let line = line(index, 0, quantity, 3, 2);
            Line { terms: Order { delivered, ..line.terms }, ..line }
        };
        let joined_of = |second| joined(vec![of(1, 10, Some(3)), of(2, 20, second)]);
        let one = joined_of(Some(4));
        assert_eq!(one.len(), 1);
        assert_eq!((one[0].terms.quantity, one[0].terms.delivered), (30, Some(7)));
        assert_eq!(joined_of(None).len(), 2, "one says what was delivered, the other does not");
    }

    /// Four of ten machines due in January are taken to have left before the export begins. Ten leave in March: the four did not leave then.
    #[test]
    fn what_was_taken_to_have_left_leaves_when_it_is_shipped() {
        let shipment =
            Shipment { order_id: "A".to_owned(), model: ModelId(0), date: day(3, 15), quantity: 10 };
        let (january, march) = (Month::of(day(1, 1)), Month::of(day(3, 1)));
        let shared = share(&[line(0, 0, 10, 1, 1)], &[shipment], |_| vec![(january, 4)]);
        assert_eq!(shared.shipped, [vec![(march, 10)]]);
        assert_eq!(shared.excess, []);
    }

    /// Ten machines leave in June. Of two lines of the model one is due in May, the other in April and cancelled in September: the
    /// cancelled one waits as long as it stands. Cancelled before they left, it gets none of them.
    #[test]
    fn a_line_waits_for_machines_until_it_is_cancelled() {
        let shipment =
            Shipment { order_id: "A".to_owned(), model: ModelId(0), date: day(6, 15), quantity: 10 };
        let of = |due: [u32; 2], cancelled: u32| {
            let mut lines = [line(0, 0, 10, due[0], 1), line(1, 0, 10, due[1], 1)];
            lines[1].terms.status = Status::Cancelled(day(cancelled, 1));
            let shared = share(&lines, std::slice::from_ref(&shipment), |_| Vec::new());
            shared.shipped.iter().map(|shipped| shipped.iter().map(|(_, n)| n).sum()).collect::<Vec<u32>>()
        };
        assert_eq!(of([5, 4], 9), [0, 10]);
        assert_eq!(of([4, 5], 9), [10, 0]);
        assert_eq!(of([5, 4], 6), [10, 0]);
    }
}
