//! Order lines as they are read: those of one order number brought together, their shipments handed out, added up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use chrono::NaiveDate;

use crate::domain::Month;
use crate::ingest::exports::payments::Payment;

use super::agreement::Agreement;
use super::dates::Dates;
use super::ledger::{Ledger, Oddities, Shipped};
use super::named::Named;
use super::options::OpenOption;
use super::order::{Order, Segment, Status};
use super::schedule::{before_shipments, begin, by_schedule, comparable};
use super::settled::{self, PaymentsSeen, of_order};
use super::sharing::{Line, Shared, joined, share};
use super::shipments::Shipment;
use super::standing::Contracts;
use super::sums::Sums;

/// A piece of a file, read by one thread: the file's place and the line on which the piece begins.
pub(in crate::ingest) type Piece = (usize, u64);

/// The lines of the order number that is being read, where none of it was shipped. Nearly all orders have one line: its
/// texts are kept in place.
#[derive(Default)]
struct Hand {
    piece: Piece,
    /// Whether it is the first number of its piece.
    head: bool,
    id: String,
    line: String,
    customer: String,
    terms: Option<Order<'static>>,
    more: Vec<Line>,
    /// Whether the price of one of them waits for its limits.
    waits: bool,
}

/// Adds order lines up.
pub(crate) struct Builder<'a> {
    dates: Dates,
    shipments: Option<&'a [Shipment]>,
    payments: Option<&'a [Payment]>,
    /// Lines of shipped orders, by where the shipments of their number begin in `shipments`.
    waiting: BTreeMap<usize, Vec<Line>>,
    /// Lines of the order numbers at the edges of pieces, which may go on in the next one, and of those whose prices wait
    /// for their limits.
    edges: BTreeMap<Box<str>, Vec<Line>>,
    hand: Hand,
    sums: Sums,
    by_status: [u64; 3],
    oddities: Oddities,
    agreement: Agreement,
    /// Options that may still be taken.
    options: Vec<OpenOption>,
    /// Numbers of options that payments name.
    paid_options: BTreeSet<Box<str>>,
    /// Deliveries of the order in hand, kept for its memory.
    shipped: Vec<(Month, u32)>,
}

/// Months by which machines may be past due and count as firm, where the job does not say.
pub(crate) const PAST_DUE_MONTHS: u32 = 12;

impl<'a> Builder<'a> {
    /// `shipments` must be sorted by order number.
    pub(crate) fn new(as_of: NaiveDate, exported_later: bool, shipments: Option<&'a [Shipment]>) -> Self {
        // An export without a row up to the as-of date says nothing of any month.
        let shipments = shipments.filter(|shipments| !shipments.is_empty());
        let begins = shipments.and_then(|shipments| {
            let mut months: BTreeMap<Month, u64> = BTreeMap::new();
            for shipment in shipments {
                *months.entry(Month::of(shipment.date)).or_default() += u64::from(shipment.quantity);
            }
            begin(&months)
        });
        let dates = Dates { as_of, exported_later, begins, past_due_months: PAST_DUE_MONTHS };
        Self {
            dates,
            shipments,
            payments: None,
            waiting: BTreeMap::new(),
            edges: BTreeMap::new(),
            hand: Hand::default(),
            sums: Sums::new(dates),
            by_status: [0; 3],
            oddities: Oddities::default(),
            agreement: Agreement { from: begins, delivered_known: !exported_later, ..Agreement::default() },
            options: Vec::new(),
            paid_options: BTreeSet::new(),
            shipped: Vec::new(),
        }
    }

    /// Machines past due for more than so many months do not count as firm.
    pub(crate) fn lapse_after(mut self, months: u32) -> Self {
        self.dates.past_due_months = months;
        self.sums.lapse_after(months);
        self
    }

    /// Judges contracts by the rules of the job, and by `payments`, which must be sorted by order number.
    pub(in crate::ingest) fn settled_by(
        mut self,
        contracts: Contracts,
        payments: Option<&'a [Payment]>,
    ) -> Self {
        self.sums.contracts = contracts;
        self.payments = payments;
        self
    }

    /// Counts order lines together with the builders of other threads.
    pub(in crate::ingest) fn count_in(mut self, lines: &Arc<AtomicUsize>) -> Self {
        self.sums.count_in(lines);
        self
    }

    /// Whether shipments say which order they are of; where not, what orders say of deliveries is not held against them.
    pub(in crate::ingest) fn of_numbers(mut self, numbered: bool) -> Self {
        self.agreement.delivered_known &= numbered;
        self
    }

    /// Adds an order line of a file read in one piece.
    #[cfg(test)]
    pub(crate) fn add(&mut self, order: &Order<'_>) {
        self.add_of((0, 0), order, true);
    }

    /// Adds an order line of a piece. Lines of one order number that follow each other are one order. One whose price is
    /// not `priced` yet is kept until [`Builder::believe`].
    pub(in crate::ingest) fn add_of(&mut self, piece: Piece, order: &Order<'_>, priced: bool) {
        let status = match order.status {
            Status::Open => 0,
            Status::Completed => 1,
            Status::Cancelled(_) => 2,
        };
        self.by_status[status] += u64::from(order.quantity);
        if order.start < Month::of(order.signed) {
            self.oddities.delivery_before_signature.add(order.id);
        }
        if order.status == Status::Open && order.delivered.is_none() {
            self.agreement.open_unsaid += 1;
        }
        if let Some(first) = self.first_shipment(order.id) {
            self.waiting.entry(first).or_default().push(Line::new(order));
            return;
        }
        if self.payments.is_some_and(|payments| !of_order(payments, order.id).is_empty()) {
            self.edges.entry(order.id.into()).or_default().push(Line::new(order));
            return;
        }
        if order.line.is_empty() {
            // Then order numbers do not repeat.
            if priced {
                self.unshipped(order);
            } else {
                self.edges.entry(order.id.into()).or_default().push(Line::new(order));
            }
            return;
        }
        let hand = &mut self.hand;
        if hand.terms.is_some() && hand.piece == piece && hand.id == order.id {
            hand.more.push(Line::new(order));
            hand.waits |= !priced;
            return;
        }
        let head = hand.terms.is_none() || hand.piece != piece;
        self.put_down(head);
        let hand = &mut self.hand;
        (hand.piece, hand.head, hand.waits) = (piece, head, !priced);
        for (kept, text) in
            [(&mut hand.id, order.id), (&mut hand.line, order.line), (&mut hand.customer, order.customer)]
        {
            kept.clear();
            kept.push_str(text);
        }
        hand.terms = Some(order.bare());
    }

    /// Notes an option, unless it was taken back or is over.
    pub(in crate::ingest) fn add_option(&mut self, order: &Order<'_>, until: NaiveDate) {
        if self.payments.is_some_and(|payments| !of_order(payments, order.id).is_empty()) {
            self.paid_options.insert(order.id.into());
        }
        if order.status == Status::Open && until >= self.dates.as_of {
            self.options.push(OpenOption::new(order, until));
        }
    }

    /// Where the shipments of an order number begin; `None` without any.
    fn first_shipment(&self, id: &str) -> Option<usize> {
        let shipments = self.shipments?;
        let first = shipments.partition_point(|s| s.order_id.as_str() < id);
        shipments.get(first).filter(|s| s.order_id == id).map(|_| first)
    }

    /// Adds the order in hand; `tail`: it is the last of its piece.
    fn put_down(&mut self, tail: bool) {
        let mut hand = std::mem::take(&mut self.hand);
        if let Some(terms) = hand.terms.take() {
            let first = Order { id: &hand.id, line: &hand.line, customer: &hand.customer, ..terms };
            if hand.head || tail || hand.waits {
                let lines = self.edges.entry(hand.id.as_str().into()).or_default();
                lines.push(Line::new(&first));
                lines.append(&mut hand.more);
            } else if hand.more.is_empty() {
                self.unshipped(&first);
            } else {
                hand.more.push(Line::new(&first));
                let lines = joined(std::mem::take(&mut hand.more));
                lines.iter().for_each(|line| self.unshipped(&line.order(&hand.id)));
            }
        }
        self.hand = hand;
    }

    /// Adds an order that is not in the shipments export.
    fn unshipped(&mut self, order: &Order<'_>) {
        let mut shipped = std::mem::take(&mut self.shipped);
        shipped.clear();
        if self.shipments.is_none() {
            by_schedule(&self.dates, order, &mut shipped);
        } else {
            if let Some(delivered) = comparable(&self.dates, order).filter(|delivered| *delivered > 0) {
                self.agreement.compare(order.id, order.model, u64::from(delivered), 0);
            }
            shipped.extend(before_shipments(&self.dates, order));
        }
        self.sums.put(order, &shipped);
        self.shipped = shipped;
    }

    /// Takes over what another builder of the same date has.
    pub(crate) fn merge(&mut self, mut other: Self) {
        self.put_down(true);
        other.put_down(true);
        for (first, lines) in other.waiting {
            self.waiting.entry(first).or_default().extend(lines);
        }
        for (id, lines) in other.edges {
            self.edges.entry(id).or_default().extend(lines);
        }
        self.sums.merge(other.sums);
        self.options.extend(other.options);
        self.paid_options.extend(other.paid_options);
        for (machines, more) in self.by_status.iter_mut().zip(other.by_status) {
            *machines += more;
        }
        self.oddities.delivery_before_signature.merge(other.oddities.delivery_before_signature);
        self.agreement.merge(other.agreement);
    }

    /// Takes away the prices that are odd of the lines that are kept.
    pub(in crate::ingest) fn believe(&mut self, odd: impl Fn(&Order<'_>) -> bool) {
        self.put_down(true);
        for line in self.edges.values_mut().chain(self.waiting.values_mut()).flatten() {
            if odd(&line.terms) {
                line.terms.unit_price = None;
            }
        }
    }

    /// The ledger, once every line is read.
    pub(crate) fn finish(mut self) -> Ledger {
        self.put_down(true);
        let mut seen = PaymentsSeen::default();
        let mut paid: BTreeSet<Box<str>> = BTreeSet::new();
        for (id, mut lines) in std::mem::take(&mut self.edges) {
            if self.settle(&id, &mut lines, &mut seen) {
                paid.insert(id.clone());
            }
            joined(lines).iter().for_each(|line| self.unshipped(&line.order(&id)));
        }
        let mut known: BTreeSet<usize> = BTreeSet::new();
        for (first, mut lines) in std::mem::take(&mut self.waiting) {
            let id: &str = self.shipments.and_then(|s| s.get(first)).map_or("", |s| s.order_id.as_str());
            if self.settle(id, &mut lines, &mut seen) {
                paid.insert(id.into());
            }
            self.hand_out(first, &joined(lines));
            known.insert(first);
        }
        if let Some(payments) = self.payments {
            let numbers = (|id: &str| paid.contains(id), |id: &str| self.paid_options.contains(id));
            settled::unknown(payments, self.dates.as_of, numbers, &mut seen);
        }
        self.agreement.unknown(self.shipments.unwrap_or_default(), &known);
        self.agreement.finish();
        let (amended, amended_unknown) = self.sums.settle_cancelled();
        let shipped = self.shipments.map(|shipments| {
            let mut by_model = BTreeMap::new();
            for shipment in shipments {
                *by_model.entry((shipment.model, Month::of(shipment.date))).or_default() +=
                    u64::from(shipment.quantity);
            }
            Shipped { first: self.dates.begins, by_model }
        });
        seen.not_said = std::mem::take(&mut self.sums.not_said);
        let as_of = Month::of(self.dates.as_of);
        let (sold, (customers, open, accounts)) = (self.sums.sold(), self.sums.customers());
        let open_lines = std::mem::take(&mut self.sums.open_lines).sorted();
        let lots = self.sums.lots.sorted();
        let mut signed: BTreeMap<Month, u64> = BTreeMap::new();
        for lot in &lots {
            *signed.entry(lot.terms.signed).or_default() += lot.quantity;
        }
        let begins = begin(&signed).unwrap_or(as_of);
        let before = lots.iter().filter(|lot| lot.terms.signed < begins);
        let (orders, machines) = before.fold((0, 0), |sum, lot| (sum.0 + lot.orders, sum.1 + lot.quantity));
        let names = self.sums.oldest.iter().filter(|(month, _)| *month < begins).map(|(_, id)| &**id);
        let mut options = std::mem::take(&mut self.options);
        options.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        let oddities = Oddities {
            stray: (Named::of(orders, names), machines),
            lapsed: self.sums.lapsed,
            states: self.sums.states,
            copied: self.sums.copied,
            revised: self.sums.revised,
            near_copies: self.sums.near_copies,
            gaps: self.sums.gaps,
            amended_unknown,
            ..self.oddities
        };
        Ledger {
            as_of,
            lots,
            sold,
            channel_sell_in: self.sums.channel_sell_in,
            customers,
            futures_by_delivery: self.sums.futures_by_delivery,
            open,
            accounts,
            open_lines,
            order_numbers: self.sums.numbers,
            agreement: shipped.is_some().then_some(self.agreement),
            shipped,
            exported_later: self.dates.exported_later,
            by_status: self.by_status,
            amended,
            begins,
            past_due_months: self.dates.past_due_months,
            receivable: self.sums.receivable,
            payments: self.payments.map(|_| seen),
            options,
            oddities,
        }
    }

    /// Hands payments out to the lines of their order number; whether there were any.
    fn settle(&self, id: &str, lines: &mut [Line], seen: &mut PaymentsSeen) -> bool {
        let payments = of_order(self.payments.unwrap_or_default(), id);
        settled::settle((id, payments), lines, (self.dates.as_of, self.dates.exported_later), seen);
        !payments.is_empty()
    }

    /// Gives the shipments of one order number to its lines.
    fn hand_out(&mut self, first: usize, lines: &[Line]) {
        let rest = &self.shipments.unwrap_or_default()[first..];
        let id = rest[0].order_id.as_str();
        let shipments = &rest[..rest.iter().take_while(|s| s.order_id == id).count()];
        self.agreement.weigh(&self.dates, (id, shipments), lines);
        let dates = self.dates;
        let Shared { shipped, excess, early } =
            share(lines, shipments, |order| before_shipments(&dates, order).collect());
        if early {
            self.oddities.delivery_before_signature.add(id);
        }
        for (line, shipped) in lines.iter().zip(&shipped) {
            self.sums.put(&line.order(id), shipped);
        }
        for (line, month, machines) in excess {
            if lines[line].terms.segment == Segment::Channel {
                *self.sums.channel_sell_in.entry(month).or_default() += u64::from(machines);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{MicroUsd, Usd};
    use crate::ingest::orders::lots::State;

    use crate::job::ModelId;

    fn day(month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, month, day).unwrap()
    }

    fn order(id: &'static str, quantity: u32, prepaid: f64, status: Status) -> Order<'static> {
        Order {
            id,
            customer: "Customer",
            segment: Segment::Channel,
            signed: day(1, 10),
            quantity,
            unit_price: Some(Usd::new(100.0)),
            prepaid: Some(Usd::new(prepaid)),
            start: Month::of(day(2, 1)),
            months: 3,
            status,
            ..Order::usual()
        }
    }

    #[test]
    fn what_is_open_worked_by_hand() {
        // As of March. A: 10 machines in batches of 4, 3, 3 from February on; 4 and 1 left. B: 6 machines, 2 left, cancelled
        // in March. C: 3 machines, completed with 2 delivered: the third will not come.
        let mut shipments: Vec<Shipment> = [("A", 2, 4), ("A", 3, 1), ("B", 2, 2), ("C", 2, 1), ("C", 3, 1)]
            .map(|(id, month, quantity)| Shipment {
                order_id: id.to_owned(),
                model: ModelId(0),
                date: day(month, 20),
                quantity,
            })
            .into();
        shipments.sort();
        let mut builder = Builder::new(day(3, 31), false, Some(&shipments));
        builder.add(&order("A", 10, 800.0, Status::Open));
        builder.add(&order("B", 6, 0.0, Status::Cancelled(day(3, 5))));
        builder.add(&order("C", 3, 300.0, Status::Completed));
        let ledger = builder.finish();
        let open = ledger.open["Customer"][&ModelId(0)];
        // Open: 5 of A, 500 USD; of A's 800 paid half are on them, or 300 where the 5 delivered were paid whole.
        assert_eq!((open.orders, open.machines), (1, 5));
        assert_eq!(open.money.left_value, MicroUsd::from(Usd::new(500.0)));
        assert_eq!(open.money.left_prepaid, MicroUsd::from(Usd::new(400.0)));
        assert_eq!(open.money.left_not_used_up, MicroUsd::from(Usd::new(300.0)));
        // All three were signed, and all that left went to a distributor: 7 in February, 2 in March.
        assert_eq!(ledger.customers["Customer"], 19);
        let months: Vec<(u32, u64)> = [(2, 7), (3, 2)].into();
        let found: Vec<_> =
            ledger.channel_sell_in.iter().map(|(month, machines)| (month.number(), *machines)).collect();
        assert_eq!(found, months);
        assert_eq!(ledger.agreement.as_ref().map(|agreement| agreement.unknown_order.machines), Some(0));
        // By lot: due by March 7 of A, 5 left: 2 are late; its last 3 are due in April.
        let late: u64 = ledger
            .lots
            .iter()
            .filter(|lot| ledger.state(lot, ledger.as_of) == State::Open)
            .map(|lot| lot.due_by(ledger.as_of) - ledger.shipped(lot, ledger.as_of).values().sum::<u64>())
            .sum();
        assert_eq!(late, 2);
    }
}
