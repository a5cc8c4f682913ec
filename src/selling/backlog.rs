//! Who the open orders belong to, and what the default of the largest customer would do.

use std::collections::BTreeMap;

use crate::domain::Usd;
use crate::ingest::OpenOrders;
use crate::job::{Cash, ChipId, Job, ModelId};

use super::cost::chip_cost;

/// Open orders by customer.
#[derive(Clone, Debug)]
pub struct Backlog<'a> {
    open: &'a BTreeMap<String, BTreeMap<ModelId, OpenOrders>>,
    /// How customers pay.
    terms: &'a Cash,
}

/// What goes with one customer.
#[derive(Clone, PartialEq, Debug)]
pub struct Loss<'a> {
    /// The customer.
    pub customer: &'a str,
    /// Its open orders.
    pub orders: u64,
    /// Machines still to deliver to it.
    pub machines: u64,
    /// Its share of all open machines.
    pub machines_share: f64,
    /// Its share of their value; `None` without prices.
    pub value_share: Option<f64>,
    /// Contract value still to deliver, of the machines with a price; `None` when none has one.
    pub revenue: Option<Usd>,
    /// Of that, what it has paid: the maker keeps it.
    pub deposits: Option<Usd>,
    /// Machines by model.
    pub by_model: BTreeMap<ModelId, u64>,
}

impl<'a> Backlog<'a> {
    /// Of open orders by customer and model.
    pub fn new(open: &'a BTreeMap<String, BTreeMap<ModelId, OpenOrders>>, job: &'a Job) -> Self {
        Self { open, terms: &job.cash }
    }

    /// Customers with open orders.
    pub fn customers(&self) -> usize {
        self.open.len()
    }

    fn of_customers(&self) -> impl Iterator<Item = (&'a str, OpenOrders)> {
        self.open.iter().map(|(name, models)| {
            let mut sum = OpenOrders::default();
            models.values().for_each(|open| sum.merge(open));
            (name.as_str(), sum)
        })
    }

    fn all(&self) -> OpenOrders {
        let mut sum = OpenOrders::default();
        self.of_customers().for_each(|(_, open)| sum.merge(&open));
        sum
    }

    /// Herfindahl-Hirschman index of the open machines: sum of the squared shares of the customers, from 1 / their number
    /// to 1. `None` without open orders.
    pub fn concentration(&self) -> Option<f64> {
        let all = self.all().machines as f64;
        let squares = self.of_customers().map(|(_, open)| (open.machines as f64 / all).powi(2));
        (all > 0.0).then(|| squares.sum())
    }

    /// What customers have paid on what is still to deliver, and its value. `None` when nothing open has a price.
    pub fn deposits(&self) -> Option<(Usd, Usd)> {
        let money = self.all().money;
        (money.left > 0).then(|| (money.held(self.terms), Usd::from(money.left_value)))
    }

    /// Whether the export says of every open order with a price what was paid.
    pub fn deposits_given(&self) -> bool {
        let money = self.all().money;
        money.left_value == money.left_with_prepaid
    }

    /// What the default of the customer with most open machines would do; of equals, the first by name.
    pub fn largest(&self) -> Option<Loss<'a>> {
        let all = self.all();
        let mut largest: Option<(&'a str, OpenOrders)> = None;
        for (name, open) in self.of_customers() {
            if largest.is_none_or(|(_, most)| open.machines > most.machines) {
                largest = Some((name, open));
            }
        }
        let (customer, open) = largest?;
        let revenue = (open.money.left > 0).then(|| Usd::from(open.money.left_value));
        let value = Usd::from(all.money.left_value);
        Some(Loss {
            customer,
            orders: open.orders,
            machines: open.machines,
            machines_share: open.machines as f64 / all.machines as f64,
            value_share: revenue.filter(|_| value > Usd::ZERO).map(|revenue| revenue / value),
            revenue,
            deposits: revenue.map(|_| open.money.held(self.terms)),
            by_model: self.open.get(customer)?.iter().map(|(id, open)| (*id, open.machines)).collect(),
        })
    }
}

impl Loss<'_> {
    /// Wafers that its machines would have needed, by chip: machines x chips drawn for one / good chips on a wafer of the
    /// cheapest foundry. `chips_drawn` by model.
    pub fn wafers(&self, job: &Job, chips_drawn: &dyn Fn(usize) -> f64) -> BTreeMap<ChipId, f64> {
        let mut wafers = BTreeMap::new();
        for (id, machines) in &self.by_model {
            let chip = job.catalogue.chip_of(*id);
            if let Some(cost) = chip_cost(job, chip) {
                *wafers.entry(chip).or_default() +=
                    *machines as f64 * chips_drawn(id.0) / cost.good_per_wafer;
            }
        }
        wafers
    }
}
