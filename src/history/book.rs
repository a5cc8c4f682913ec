//! The order book: what was signed, what left the door, what is still due and when.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::Month;
use crate::ingest::{Exports, Order, Shipment, Status};
use crate::job::{Catalogue, ModelId};

/// How deliveries are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delivered {
    /// From the shipments export.
    Shipments,
    /// From the contract schedule and the order's delivered quantity.
    Schedule,
}

/// An order with machines still due.
#[derive(Clone, Debug)]
pub struct OpenOrder {
    /// Place in [`Book::orders`].
    pub order: usize,
    /// Machines that were due by the as-of date and have not left.
    pub past_due: u32,
    /// Machines due in later months.
    pub due: Vec<(Month, u32)>,
}

impl OpenOrder {
    /// Machines still to deliver.
    pub fn remaining(&self) -> u32 {
        self.past_due + self.due.iter().map(|(_, quantity)| quantity).sum::<u32>()
    }
}

/// Everything that the orders and shipments of an as-of date say, by month.
#[derive(Clone, Debug)]
pub struct Book {
    /// Last month known.
    pub as_of: Month,
    /// First month of the series below: that of the first order signed.
    pub first: Month,
    /// Order lines signed up to the as-of date.
    pub orders: Vec<Order>,
    /// Machines that left of each order, by month.
    pub shipped: Vec<BTreeMap<Month, u32>>,
    /// Machines signed, by model and month since `first`.
    pub intake: Vec<Vec<u32>>,
    /// Machines that left the door, by model and month since `first`.
    pub deliveries: Vec<Vec<u32>>,
    /// Orders with machines still due.
    pub open: Vec<OpenOrder>,
    /// How deliveries are known.
    pub delivered: Delivered,
    /// First month whose deliveries are known; `first` unless the shipments export begins later.
    pub deliveries_from: Month,
    /// Shipments of orders that are not in the book, machines.
    pub unknown_shipped: u32,
}

impl Book {
    /// The book as of the exports' own date.
    pub fn new(exports: &Exports, catalogue: &Catalogue) -> Self {
        Self::build(exports, catalogue, exports.as_of, exports.exported_later)
    }

    /// The book as it stood at an earlier month end: what was exported about later events is not looked at.
    #[must_use]
    pub fn replay(exports: &Exports, catalogue: &Catalogue, as_of: NaiveDate) -> Self {
        Self::build(exports, catalogue, as_of, exports.exported_later || as_of < exports.as_of)
    }

    fn build(exports: &Exports, catalogue: &Catalogue, as_of_day: NaiveDate, replay: bool) -> Self {
        let as_of = Month::of(as_of_day);
        let mut orders: Vec<Order> =
            exports.orders.iter().filter(|o| o.signed <= as_of_day).cloned().collect();
        for order in &mut orders {
            forget_later(order, as_of_day, replay, exports.shipments.is_some());
        }
        let first = orders.iter().map(|o| Month::of(o.signed)).min().unwrap_or(as_of);
        let length = usize::try_from(as_of - first + 1).unwrap_or(0);
        let shipments: Option<Vec<&Shipment>> =
            exports.shipments.as_ref().map(|s| s.iter().filter(|s| s.date <= as_of_day).collect());

        let (shipped, unknown_shipped, deliveries_from) = match &shipments {
            Some(shipments) => from_shipments(&orders, shipments, first),
            None => (orders.iter().map(|o| from_schedule(o, as_of)).collect(), 0, first),
        };
        let mut book = Self {
            as_of,
            first,
            shipped,
            intake: vec![vec![0; length]; catalogue.models.len()],
            deliveries: vec![vec![0; length]; catalogue.models.len()],
            open: Vec::new(),
            delivered: if shipments.is_some() { Delivered::Shipments } else { Delivered::Schedule },
            deliveries_from,
            unknown_shipped,
            orders,
        };
        book.fill(shipments.as_deref());
        book
    }

    fn fill(&mut self, shipments: Option<&[&Shipment]>) {
        let place = |month: Month| usize::try_from(month - self.first).ok();
        for order in &self.orders {
            if let Some(cell) =
                place(Month::of(order.signed)).and_then(|m| self.intake[order.model.0].get_mut(m))
            {
                *cell += order.quantity;
            }
        }
        let mut add = |model: ModelId, month: Month, quantity: u32| {
            if let Some(cell) = place(month).and_then(|m| self.deliveries[model.0].get_mut(m)) {
                *cell += quantity;
            }
        };
        match shipments {
            Some(shipments) => shipments.iter().for_each(|s| add(s.model, Month::of(s.date), s.quantity)),
            None => {
                for (order, shipped) in self.orders.iter().zip(&self.shipped) {
                    shipped.iter().for_each(|(month, quantity)| add(order.model, *month, *quantity));
                }
            }
        }
        for (place, (order, shipped)) in self.orders.iter().zip(&self.shipped).enumerate() {
            if order.status == Status::Open
                && let Some(open) = open_order(place, order, shipped.values().sum(), self.as_of)
            {
                self.open.push(open);
            }
        }
    }

    /// TH signed in each month since `first`.
    pub fn intake_th(&self, catalogue: &Catalogue) -> Vec<f64> {
        in_th(&self.intake, catalogue)
    }

    /// Machines of all models that left in each month since `first`.
    pub fn deliveries_all(&self) -> Vec<f64> {
        let months = self.deliveries.first().map_or(0, Vec::len);
        (0..months).map(|m| self.deliveries.iter().map(|d| f64::from(d[m])).sum()).collect()
    }

    /// Firm machines of a model due in `month`; what is past due counts in the month after the as-of date.
    pub fn firm(&self, model: ModelId, month: Month) -> u32 {
        let of_model = self.open.iter().filter(|o| self.orders[o.order].model == model);
        of_model
            .map(|open| {
                let late = if month == self.as_of + 1 { open.past_due } else { 0 };
                late + open.due.iter().filter(|(m, _)| *m == month).map(|(_, q)| q).sum::<u32>()
            })
            .sum()
    }
}

fn in_th(machines: &[Vec<u32>], catalogue: &Catalogue) -> Vec<f64> {
    let months = machines.first().map_or(0, Vec::len);
    (0..months)
        .map(|m| {
            let th = |(by_month, model): (&Vec<u32>, &crate::job::Model)| {
                f64::from(by_month[m]) * model.hashrate_th.get()
            };
            machines.iter().zip(&catalogue.models).map(th).sum()
        })
        .collect()
}

/// Takes out of an order what was recorded after `as_of`. Where shipments are known they alone say what was
/// delivered: `completed` may have been recorded after `as_of`.
fn forget_later(order: &mut Order, as_of: NaiveDate, replay: bool, shipments_known: bool) {
    if let Status::Cancelled(date) = order.status
        && date > as_of
    {
        order.status = Status::Open;
        order.delivered = None;
    }
    if replay {
        order.delivered = None;
    }
    if (replay || shipments_known) && order.status == Status::Completed {
        order.status = Status::Open;
    }
}

/// Machines delivered by month when only the contract is known: by schedule, up to the delivered quantity
/// where that is given, until the order ended.
fn from_schedule(order: &Order, as_of: Month) -> BTreeMap<Month, u32> {
    let until = match order.status {
        Status::Cancelled(date) => as_of.min(Month::of(date)),
        _ => as_of,
    };
    let mut most = match (order.delivered, order.status) {
        (Some(delivered), _) => delivered,
        (None, Status::Completed) => order.quantity,
        (None, _) => order.due_by(until),
    };
    let mut shipped = BTreeMap::new();
    for month in order.start.to(order.last_month().min(until)) {
        let quantity = order.due_in(month).min(most);
        if quantity > 0 {
            shipped.insert(month, quantity);
        }
        most -= quantity;
    }
    if most > 0 {
        // Delivered ahead of schedule: in the last month that is known.
        *shipped.entry(until.max(Month::of(order.signed))).or_default() += most;
    }
    shipped
}

/// Machines that left of each order by month. Batches due before the shipments export begins count as
/// delivered on time: they cannot be in it.
fn from_shipments(
    orders: &[Order],
    shipments: &[&Shipment],
    first: Month,
) -> (Vec<BTreeMap<Month, u32>>, u32, Month) {
    let begins = shipments.iter().map(|s| Month::of(s.date)).min().unwrap_or(first);
    let mut shipped: Vec<BTreeMap<Month, u32>> = orders
        .iter()
        .map(|order| {
            let early = order.start.to(order.last_month().min(begins - 1));
            early.map(|m| (m, order.due_in(m))).filter(|(_, q)| *q > 0).collect()
        })
        .collect();
    // Orders are sorted by id; a shipment names the order, and its lines are told apart by the model.
    let mut unknown = 0;
    for shipment in shipments {
        let start = orders.partition_point(|o| o.id < shipment.order_id);
        let lines = orders[start..].iter().take_while(|o| o.id == shipment.order_id);
        let mut candidates =
            lines.enumerate().map(|(i, o)| (start + i, o)).filter(|(_, o)| o.model == shipment.model);
        let month = Month::of(shipment.date);
        let room = |place: usize| orders[place].quantity.saturating_sub(shipped[place].values().sum());
        let first_line = candidates.clone().next().map(|(place, _)| place);
        match candidates.find(|(place, _)| room(*place) > 0).map(|(place, _)| place).or(first_line) {
            Some(place) => *shipped[place].entry(month).or_default() += shipment.quantity,
            None => unknown += shipment.quantity,
        }
    }
    (shipped, unknown, begins.max(first))
}

/// What an open order still has to deliver; `None` when nothing. Machines delivered ahead of schedule are
/// taken off the earliest batches to come.
fn open_order(place: usize, order: &Order, delivered: u32, as_of: Month) -> Option<OpenOrder> {
    let due_so_far = order.due_by(as_of);
    let past_due = due_so_far.saturating_sub(delivered);
    let mut ahead = delivered.saturating_sub(due_so_far);
    let mut due = Vec::new();
    for month in order.start.max(as_of + 1).to(order.last_month()) {
        let batch = order.due_in(month);
        let taken = batch.min(ahead);
        ahead -= taken;
        if batch > taken {
            due.push((month, batch - taken));
        }
    }
    (past_due > 0 || !due.is_empty()).then_some(OpenOrder { order: place, past_due, due })
}
