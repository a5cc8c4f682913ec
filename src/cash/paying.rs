//! What customers pay for the machines of a model on a path, and what those cost.

use crate::demand::Demand;
use crate::domain::Usd;
use crate::history::Book;
use crate::job::{CancelledDeposits, Cash, DepositUse, Job};
use crate::market::HORIZON;
use crate::selling::Prices;

use super::path::{Kind, PathCash};
use super::queue::{Queue, Shipped};

/// A model's terms, USD a machine.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) list: Option<f64>,
    pub(super) contract: Option<f64>,
    /// Share of the value of open contracts that is paid, and the amount.
    pub(super) paid: (f64, f64),
    pub(super) other_cost: f64,
    /// Machines of a TH signed in each month.
    pub(super) signed: [f64; HORIZON],
}

/// Machines of every model on a path, by `month * models + model`.
#[derive(Clone, Copy)]
pub(super) struct Machines<'a> {
    pub(super) models: usize,
    pub(super) wanted: &'a [Shipped],
    pub(super) ships: &'a [f64],
    pub(super) built: &'a [f64],
    /// Cancelled of contracts.
    pub(super) cancelled: &'a [f64],
    /// Share of the contracts whose customers still pay.
    pub(super) paying: &'a [f64],
    /// List prices, USD.
    pub(super) list: &'a [f64],
    /// Machines that waited and whose customers leave.
    pub(super) lost: &'a [f64],
}

impl Terms {
    /// What customers of a model pay, and what its machines cost; `th` are signed in each month.
    pub(super) fn pay(
        &self,
        model: usize,
        rules: &Cash,
        th: &[f64; HORIZON],
        of: Machines<'_>,
        cash: &mut PathCash,
    ) {
        let (terms, list) = (self, of.list);
        let contract = terms.contract.unwrap_or(0.0);
        let deposit = rules.customer_deposit_share.get();
        let mut queue = Queue::default();
        let mut signed = Signed::default();
        let (mut delivered, mut paid) = (0.0, 0.0);
        for h in 0..HORIZON {
            let cell = h * of.models + model;
            let machines = th[h] * terms.signed[h];
            signed.add(machines, list[cell]);
            cash.of[Kind::Deposits as usize][h] += machines * list[cell] * deposit;
            let lost = queue.leave(of.lost[cell]);
            let forfeited = signed.take(lost.new, list[cell]) * deposit;
            let out = queue.ship(h, of.wanted[cell], of.ships[cell]);
            delivered += out.contracts * contract;
            let due = match rules.deposit_use {
                DepositUse::ProRata => delivered * (1.0 - terms.paid.0),
                DepositUse::UntilUsedUp => (delivered - terms.paid.1).max(0.0),
            };
            let balance = (1.0 - deposit) * signed.take(out.new, list[cell]);
            cash.of[Kind::Balances as usize][h] += due - paid + balance;
            paid = due;
            if rules.cancelled_deposits == CancelledDeposits::Refunded {
                cash.of[Kind::Refunds as usize][h] -=
                    (of.cancelled[cell] * of.paying[cell] + lost.contracts) * contract * terms.paid.0
                        + forfeited;
            }
            cash.of[Kind::Machines as usize][h] -= of.built[cell] * terms.other_cost;
            cash.advances[h] += signed.value * deposit;
        }
    }
}

/// Machines signed on a path that have not shipped, and their value at the list prices of their months.
#[derive(Clone, Copy, Default)]
struct Signed {
    machines: f64,
    value: f64,
}

impl Signed {
    fn add(&mut self, machines: f64, price: f64) {
        self.machines += machines;
        self.value += machines * price;
    }

    /// Value of machines that ship: at the mean price of what was signed; what was not, at today's.
    fn take(&mut self, machines: f64, price: f64) -> f64 {
        let known = machines.min(self.machines);
        let value = if self.machines > 0.0 { self.value * known / self.machines } else { 0.0 };
        self.machines -= known;
        self.value -= value;
        value + (machines - known) * price
    }
}

/// The terms of every model.
pub(super) fn terms(job: &Job, book: &Book<'_>, demand: &Demand, prices: &Prices) -> Vec<Terms> {
    let models = job.catalogue.models.len();
    let mut sums = vec![(Usd::ZERO, Usd::ZERO); models];
    for booked in book.open() {
        let (paid, left) = &mut sums[booked.lot.terms.model.0];
        *paid += booked.lot.money.held(&job.cash);
        *left += Usd::from(booked.lot.money.left_value);
    }
    let mixes: Vec<Vec<f64>> =
        (0..HORIZON).map(|h| demand.mix.signed(h, &demand.lead_times.pooled)).collect();
    let each = job.catalogue.models.iter().enumerate();
    each.map(|(m, model)| {
        let (paid, left) = sums[m];
        let share = job.cash.customer_deposit_share.get();
        let dollars = |price: Option<Usd>| price.map(Usd::dollars);
        Terms {
            list: dollars(prices.list[m]),
            contract: dollars(prices.contract[m].or(prices.list[m])),
            paid: (if left > Usd::ZERO { paid / left } else { share }, paid.dollars()),
            other_cost: model.other_cost_usd.get(),
            signed: std::array::from_fn(|h| mixes[h][m] / model.hashrate_th.get()),
        }
    })
    .collect()
}
