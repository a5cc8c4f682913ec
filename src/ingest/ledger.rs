//! The order lines of an as-of date, added up to lots as they are read.

#![expect(
    clippy::disallowed_types,
    reason = "hash maps of a million rows; sorted before anything is read out"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use foldhash::fast::FixedState;

use crate::domain::Month;
use crate::job::ModelId;

use super::lots::{Lot, Lots, Money, State, Terms};
use super::orders::{Order, OrderType, Segment, Status};
use super::shipments::Shipment;

/// Everything that the orders and shipments up to the as-of date say.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// The as-of month.
    pub as_of: Month,
    /// Orders added up, sorted by terms.
    pub lots: Vec<Lot>,
    /// What was sold, by month of signature, kind of customer and type of order.
    pub sold: BTreeMap<(Month, Segment, OrderType), Sold>,
    /// Machines that left for distributors, by month.
    pub channel_sell_in: BTreeMap<Month, u64>,
    /// Machines signed in the trailing year, by customer.
    pub customers: BTreeMap<String, u64>,
    /// Machines sold as futures in the trailing year, by months of delivery less 1.
    pub futures_by_delivery: [u64; MOST_DELIVERY_MONTHS],
    /// What customers still are to get at the as-of date, by customer and model; only what is above 0.
    pub open: BTreeMap<String, BTreeMap<ModelId, OpenOrders>>,
    /// What the shipments export says; `None` when there is none.
    pub shipped: Option<Shipped>,
    /// Whether states and delivered quantities are from after the as-of date.
    pub exported_later: bool,
    /// What a person should look at.
    pub oddities: Oddities,
}

/// Orders added up.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Sold {
    /// Orders.
    pub orders: u64,
    /// Machines ordered.
    pub machines: u64,
}

/// Most months that an order may be delivered over.
const MOST_DELIVERY_MONTHS: usize = 36;

/// What is still to deliver of some orders.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct OpenOrders {
    /// Orders.
    pub orders: u64,
    /// Machines still to deliver.
    pub machines: u64,
    /// Money of those orders: prices, and what was received.
    pub money: Money,
}

impl OpenOrders {
    /// Takes over others.
    pub fn merge(&mut self, other: &Self) {
        self.orders += other.orders;
        self.machines += other.machines;
        self.money.merge(&other.money);
    }
}

/// Index of the first month that dates are read from.
const FIRST_MONTH: i32 = 2009 * 12;

const SEGMENTS: [Segment; 3] = [Segment::KeyAccount, Segment::Retail, Segment::Channel];
const ORDER_TYPES: [OrderType; 2] = [OrderType::Futures, OrderType::Spot];
const PLACES_A_MONTH: usize = SEGMENTS.len() * ORDER_TYPES.len();

/// Place of a kind of sale in a list by month.
fn sold_place(signed: Month, segment: Segment, order_type: OrderType) -> usize {
    let month = usize::try_from(signed.index() - FIRST_MONTH).unwrap_or(0);
    (month * SEGMENTS.len() + segment as usize) * ORDER_TYPES.len() + order_type as usize
}

/// Orders that are strange and yet can be used.
#[derive(Clone, Debug, Default)]
pub struct Oddities {
    /// Due or delivered before they were signed.
    pub delivery_before_signature: Named,
}

/// A count with the first few names, in their order.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// How many.
    pub count: u64,
    first: BTreeSet<String>,
}

/// Names kept of many.
const NAMES: usize = 5;

impl Named {
    fn add(&mut self, name: &str) {
        self.count += 1;
        if self.first.len() < NAMES || self.first.last().is_some_and(|last| name < last.as_str()) {
            self.first.insert(name.to_owned());
        }
        if self.first.len() > NAMES {
            self.first.pop_last();
        }
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.first.extend(other.first);
        while self.first.len() > NAMES {
            self.first.pop_last();
        }
    }

    /// For example `2 orders (A1, A2)`.
    pub fn told(&self, one: &str, many: &str) -> String {
        let names: Vec<&str> = self.first.iter().map(String::as_str).collect();
        let more = if self.count > names.len() as u64 { ", ..." } else { "" };
        format!("{} {} ({}{more})", self.count, if self.count == 1 { one } else { many }, names.join(", "))
    }
}

/// What left the door, by the shipments export.
#[derive(Clone, Debug, Default)]
pub struct Shipped {
    /// First month of the export; `None` when it is empty.
    pub first: Option<Month>,
    /// Machines by model and month.
    pub by_model: BTreeMap<(ModelId, Month), u64>,
    /// Machines of orders that are not in the orders export.
    pub of_unknown_orders: u64,
}

impl Ledger {
    /// Whether deliveries come from the shipments export.
    pub const fn shipments_known(&self) -> bool {
        self.shipped.is_some()
    }

    /// The state of a lot as it was known at the end of `as_of`.
    ///
    /// A later cancellation does not exist yet. `completed` is believed only from an export made on the as-of date
    /// and without shipments: where those are known they alone say what was delivered.
    pub fn state(&self, lot: &Lot, as_of: Month) -> State {
        match lot.terms.state {
            State::Cancelled(month) if month > as_of => State::Open,
            State::Completed if self.shipments_known() || self.replayed(as_of) => State::Open,
            state => state,
        }
    }

    /// Whether delivered quantities in the export are from after the end of `as_of`.
    pub fn replayed(&self, as_of: Month) -> bool {
        self.exported_later || as_of < self.as_of
    }

    /// Machines of a lot that left by month up to the end of `as_of`.
    pub fn shipped(&self, lot: &Lot, as_of: Month) -> BTreeMap<Month, u64> {
        match lot.shipped() {
            Some(shipped) if self.shipments_known() => {
                shipped.range(..=as_of).map(|(month, machines)| (*month, *machines)).collect()
            }
            Some(shipped) if !self.replayed(as_of) => shipped.clone(),
            _ => {
                let until = match self.state(lot, as_of) {
                    State::Cancelled(month) => as_of.min(month),
                    _ => as_of,
                };
                let due = lot.terms.start.to(lot.last_month().min(until));
                due.map(|month| (month, lot.due_in(month))).filter(|(_, machines)| *machines > 0).collect()
            }
        }
    }
}

/// An order that is in the shipments export, kept until every line of its order number is read.
struct Waiting {
    line: Box<str>,
    customer: Box<str>,
    terms: Order<'static>,
}

/// Adds order lines up.
pub(crate) struct Builder<'a> {
    as_of: NaiveDate,
    exported_later: bool,
    shipments: Option<&'a [Shipment]>,
    begins: Option<Month>,
    /// Where the shipments of each order number begin in `shipments`, which are sorted by order number.
    waiting: BTreeMap<usize, Vec<Waiting>>,
    lots: Lots,
    /// By [`sold_place`].
    sold: Vec<Sold>,
    channel_sell_in: BTreeMap<Month, u64>,
    customers: HashMap<Box<str>, u64, FixedState>,
    futures_by_delivery: [u64; MOST_DELIVERY_MONTHS],
    open: HashMap<Box<str>, BTreeMap<ModelId, OpenOrders>, FixedState>,
    oddities: Oddities,
    /// Deliveries of the order in hand, kept for its memory.
    shipped: Vec<(Month, u32)>,
}

impl<'a> Builder<'a> {
    /// `shipments` must be sorted by order number.
    pub(crate) fn new(as_of: NaiveDate, exported_later: bool, shipments: Option<&'a [Shipment]>) -> Self {
        let begins = shipments.and_then(|s| s.iter().map(|s| Month::of(s.date)).min());
        Self {
            as_of,
            exported_later,
            shipments,
            begins,
            waiting: BTreeMap::new(),
            lots: Lots::default(),
            sold: Vec::new(),
            channel_sell_in: BTreeMap::new(),
            customers: HashMap::default(),
            futures_by_delivery: [0; MOST_DELIVERY_MONTHS],
            open: HashMap::default(),
            oddities: Oddities::default(),
            shipped: Vec::new(),
        }
    }

    /// Adds an order line.
    pub(crate) fn add(&mut self, order: &Order<'_>) {
        if order.start < Month::of(order.signed) {
            self.oddities.delivery_before_signature.add(order.id);
        }
        let mut shipped = std::mem::take(&mut self.shipped);
        shipped.clear();
        let Some(shipments) = self.shipments else {
            self.by_schedule(order, &mut shipped);
            self.put(order, order.customer, &shipped);
            self.shipped = shipped;
            return;
        };
        let first = shipments.partition_point(|s| s.order_id.as_str() < order.id);
        if shipments.get(first).is_some_and(|s| s.order_id == order.id) {
            self.waiting.entry(first).or_default().push(Waiting {
                line: order.line.into(),
                customer: order.customer.into(),
                terms: Order { id: "", line: "", customer: "", ..order.clone() },
            });
        } else {
            shipped.extend(self.before_shipments(order));
            self.put(order, order.customer, &shipped);
        }
        self.shipped = shipped;
    }

    /// Takes over what another builder of the same date has.
    pub(crate) fn merge(&mut self, other: Self) {
        for (first, lines) in other.waiting {
            self.waiting.entry(first).or_default().extend(lines);
        }
        self.lots.merge(other.lots);
        self.sold.resize(self.sold.len().max(other.sold.len()), Sold::default());
        for (sold, more) in self.sold.iter_mut().zip(other.sold) {
            sold.orders += more.orders;
            sold.machines += more.machines;
        }
        for (month, machines) in other.channel_sell_in {
            *self.channel_sell_in.entry(month).or_default() += machines;
        }
        self.oddities.delivery_before_signature.merge(other.oddities.delivery_before_signature);
        let mut customers: Vec<(Box<str>, u64)> = other.customers.into_iter().collect();
        customers.sort();
        for (name, machines) in customers {
            *self.customers.entry(name).or_default() += machines;
        }
        for (place, more) in other.futures_by_delivery.into_iter().enumerate() {
            self.futures_by_delivery[place] += more;
        }
        let mut open: Vec<_> = other.open.into_iter().collect();
        open.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, models) in open {
            let of_customer = self.open.entry(name).or_default();
            models.iter().for_each(|(model, more)| of_customer.entry(*model).or_default().merge(more));
        }
    }

    /// Machines delivered by month when only the contract is known: by schedule, up to the delivered quantity
    /// where that is given, until the order ended.
    fn by_schedule(&self, order: &Order<'_>, shipped: &mut Vec<(Month, u32)>) {
        let as_of = Month::of(self.as_of);
        let (until, delivered, completed) = match order.status {
            Status::Cancelled(date) if date > self.as_of => (as_of, None, false),
            Status::Cancelled(date) => (as_of.min(Month::of(date)), order.delivered, false),
            Status::Completed => (as_of, order.delivered, !self.exported_later),
            Status::Open => (as_of, order.delivered, false),
        };
        let mut most = match delivered.filter(|_| !self.exported_later) {
            Some(delivered) => delivered,
            None if completed => order.quantity,
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
    fn before_shipments(&self, order: &Order<'_>) -> Vec<(Month, u32)> {
        let Some(begins) = self.begins else { return Vec::new() };
        let early = order.start.to(order.last_month().min(begins - 1));
        early.map(|month| (month, order.due_in(month))).filter(|(_, machines)| *machines > 0).collect()
    }

    fn put(&mut self, order: &Order<'_>, customer: &str, shipped: &[(Month, u32)]) {
        let as_of = Month::of(self.as_of);
        let signed = Month::of(order.signed);
        if signed > as_of - 12 {
            match self.customers.get_mut(customer) {
                Some(machines) => *machines += u64::from(order.quantity),
                None => drop(self.customers.insert(customer.into(), u64::from(order.quantity))),
            }
            if order.order_type == OrderType::Futures
                && let Some(machines) = self.futures_by_delivery.get_mut(order.months as usize - 1)
            {
                *machines += u64::from(order.quantity);
            }
        }
        let state = match order.status {
            Status::Cancelled(date) if date <= self.as_of => State::Cancelled(Month::of(date)),
            Status::Completed if self.shipments.is_none() && !self.exported_later => State::Completed,
            _ => State::Open,
        };
        let until = match state {
            State::Cancelled(month) => as_of.min(month),
            _ => as_of,
        };
        let (ahead, off_schedule) = compare(order, shipped, until);
        let terms = Terms {
            signed,
            model: order.model,
            start: order.start,
            months: order.months,
            state,
            off_schedule,
            ahead: ahead.then(|| (order.quantity, shipped.to_vec())),
        };
        let delivered: u32 = shipped.iter().map(|(_, machines)| machines).sum();
        let left = if state == State::Open { order.quantity.saturating_sub(delivered) } else { 0 };
        self.lots.of(terms).add(order, shipped, left);
        if left > 0 {
            let mut money = Money::default();
            money.add(order, left);
            let open = OpenOrders { orders: 1, machines: u64::from(left), money };
            let of_customer = match self.open.get_mut(customer) {
                Some(of_customer) => of_customer,
                None => self.open.entry(customer.into()).or_default(),
            };
            of_customer.entry(order.model).or_default().merge(&open);
        }
        let place = sold_place(signed, order.segment, order.order_type);
        if place >= self.sold.len() {
            self.sold.resize(place + 1, Sold::default());
        }
        let sold = &mut self.sold[place];
        sold.orders += 1;
        sold.machines += u64::from(order.quantity);
        if order.segment == Segment::Channel {
            for (month, machines) in shipped {
                *self.channel_sell_in.entry(*month).or_default() += u64::from(*machines);
            }
        }
    }

    /// The ledger, once every line is read.
    pub(crate) fn finish(mut self) -> Ledger {
        let mut of_known = 0;
        for (first, mut lines) in std::mem::take(&mut self.waiting) {
            lines.sort_by(|a, b| a.line.cmp(&b.line));
            of_known += self.hand_out(first, &lines);
        }
        let shipped = self.shipments.map(|shipments| {
            let mut by_model = BTreeMap::new();
            for shipment in shipments {
                *by_model.entry((shipment.model, Month::of(shipment.date))).or_default() +=
                    u64::from(shipment.quantity);
            }
            let of_unknown_orders = by_model.values().sum::<u64>() - of_known;
            Shipped { first: self.begins, by_model, of_unknown_orders }
        });
        let lots = self.lots.sorted();
        let kinds =
            SEGMENTS.into_iter().flat_map(|segment| ORDER_TYPES.map(|order_type| (segment, order_type)));
        let months = (0..=(self.sold.len() / PLACES_A_MONTH)).filter_map(|m| i32::try_from(m).ok());
        let sold = months
            .map(|month| Month::from_index(FIRST_MONTH + month))
            .flat_map(|month| kinds.clone().map(move |(segment, order_type)| (month, segment, order_type)))
            .filter_map(|key| {
                let sold = self.sold.get(sold_place(key.0, key.1, key.2))?;
                (sold.orders > 0).then_some((key, *sold))
            })
            .collect();
        let customers = self.customers.into_iter().map(|(name, machines)| (name.into(), machines)).collect();
        Ledger {
            as_of: Month::of(self.as_of),
            lots,
            sold,
            channel_sell_in: self.channel_sell_in,
            customers,
            futures_by_delivery: self.futures_by_delivery,
            open: self.open.into_iter().map(|(name, models)| (name.into(), models)).collect(),
            shipped,
            exported_later: self.exported_later,
            oddities: self.oddities,
        }
    }

    /// Gives the shipments of one order number to its lines: each to the first line of its model with room.
    /// Returns the machines that found a line.
    fn hand_out(&mut self, first: usize, lines: &[Waiting]) -> u64 {
        let shipments = &self.shipments.unwrap_or_default()[first..];
        let id = shipments[0].order_id.as_str();
        let mut shipped: Vec<BTreeMap<Month, u32>> =
            lines.iter().map(|l| self.before_shipments(&l.terms).into_iter().collect()).collect();
        let (mut placed, mut early) = (0, false);
        for shipment in shipments.iter().take_while(|s| s.order_id == id) {
            let of_model = || (0..lines.len()).filter(|place| lines[*place].terms.model == shipment.model);
            let room = |place: &usize| shipped[*place].values().sum::<u32>() < lines[*place].terms.quantity;
            if let Some(place) = of_model().find(room).or_else(|| of_model().next()) {
                *shipped[place].entry(Month::of(shipment.date)).or_default() += shipment.quantity;
                placed += u64::from(shipment.quantity);
                if shipment.date < lines[place].terms.signed
                    && lines[place].terms.start >= Month::of(lines[place].terms.signed)
                {
                    early = true;
                }
            }
        }
        if early {
            self.oddities.delivery_before_signature.add(id);
        }
        for (line, shipped) in lines.iter().zip(shipped) {
            let shipped: Vec<(Month, u32)> = shipped.into_iter().collect();
            self.put(&line.terms, &line.customer, &shipped);
        }
        placed
    }
}

/// Whether an order ever ran ahead of its schedule, and whether it left it at all, up to `until`.
fn compare(order: &Order<'_>, shipped: &[(Month, u32)], until: Month) -> (bool, bool) {
    let mut delivered = 0;
    let mut off = false;
    for (month, machines) in shipped {
        delivered += machines;
        if delivered > order.due_by(*month) {
            return (true, true);
        }
        off |= *machines != order.due_in(*month);
    }
    (false, off || delivered != order.due_by(until))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{MicroUsd, Usd};

    fn day(month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, month, day).unwrap()
    }

    fn order(id: &'static str, quantity: u32, prepaid: f64, status: Status) -> Order<'static> {
        Order {
            id,
            line: "",
            customer: "Customer",
            segment: Segment::Channel,
            model: ModelId(0),
            order_type: OrderType::Futures,
            signed: day(1, 10),
            quantity,
            unit_price: Some(Usd::new(100.0)),
            prepaid: Some(Usd::new(prepaid)),
            start: Month::of(day(2, 1)),
            months: 3,
            delivered: None,
            status,
        }
    }

    #[test]
    fn what_is_open_worked_by_hand() {
        // As of March. A: 10 machines in batches of 4, 3, 3 from February on; 4 and 1 left. B: 6 machines, 2 left, cancelled
        // in March. C: 3 machines, said to be completed, of which 2 left: shipments alone say what was delivered.
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
        // Open: 5 of A and 1 of C, 600 USD; of A's 800 paid 500 are used up by 5 machines, of C's 300 two machines' 200.
        assert_eq!((open.orders, open.machines), (2, 6));
        assert_eq!(open.money.left_value, MicroUsd::from(Usd::new(600.0)));
        assert_eq!(open.money.left_prepaid, MicroUsd::from(Usd::new(300.0 + 100.0)));
        // All three were signed, and all that left went to a distributor: 7 in February, 2 in March.
        assert_eq!(ledger.customers["Customer"], 19);
        let months: Vec<(u32, u64)> = [(2, 7), (3, 2)].into();
        let found: Vec<_> =
            ledger.channel_sell_in.iter().map(|(month, machines)| (month.number(), *machines)).collect();
        assert_eq!(found, months);
        assert_eq!(ledger.shipped.as_ref().map(|shipped| shipped.of_unknown_orders), Some(0));
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
