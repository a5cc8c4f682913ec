//! What customers pay for the machines of a model on a path, and what those cost.

use crate::demand::Demand;
use crate::domain::Usd;
use crate::history::Book;
use crate::ingest::{PaymentKind, Receivable};
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
    /// Share of the value of open contracts that is paid.
    pub(super) paid: f64,
    /// Share of it that is not billed on delivery, and the amount: paid, credited, or due on a date.
    pub(super) not_on_delivery: (f64, f64),
    /// What contracts have due on dates, by month ahead: deposits, other payments, and what is paid back.
    pub(super) dated: [[f64; 3]; HORIZON],
    /// Of what is not billed on delivery, what is neither paid nor will be repaid: due on dates, or credited; share and amount.
    pub(super) ahead: (f64, f64),
    /// Machines of open contracts.
    pub(super) open: f64,
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
        let (mut cancelled, mut dated) = (0.0, 0.0);
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
                DepositUse::ProRata => delivered * (1.0 - terms.not_on_delivery.0),
                DepositUse::UntilUsedUp => (delivered - terms.not_on_delivery.1).max(0.0),
            };
            // Who cancels or defaults does not pay what is due on dates, either.
            cancelled += of.cancelled[cell];
            let kept = if terms.open > 0.0 { (1.0 - cancelled / terms.open).max(0.0) } else { 1.0 };
            let kept = kept * of.paying[cell];
            let [deposits, others, refunds] = terms.dated[h].map(|usd| usd * kept);
            cash.of[Kind::Deposits as usize][h] += deposits;
            cash.of[Kind::Balances as usize][h] += others;
            cash.of[Kind::Refunds as usize][h] -= refunds;
            dated += deposits + others;
            cash.advances[h] += (dated.min(terms.ahead.1) - delivered * terms.ahead.0).max(0.0);
            let balance = (1.0 - deposit) * signed.take(out.new, list[cell]);
            cash.of[Kind::Balances as usize][h] += due - paid + balance;
            paid = due;
            if rules.cancelled_deposits == CancelledDeposits::Refunded {
                cash.of[Kind::Refunds as usize][h] -=
                    (of.cancelled[cell] * of.paying[cell] + lost.contracts) * contract * terms.paid
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

/// Open contracts of a model, added up.
#[derive(Clone, Copy, Default)]
struct Open {
    paid: Usd,
    not_on_delivery: Usd,
    left: Usd,
    machines: u64,
}

/// The terms of every model.
pub(super) fn terms(
    job: &Job,
    book: &Book<'_>,
    demand: &Demand,
    prices: &Prices,
    receivable: &Receivable,
) -> Vec<Terms> {
    let models = job.catalogue.models.len();
    let mut sums = vec![Open::default(); models];
    for booked in book.open() {
        let sum = &mut sums[booked.lot.terms.model.0];
        sum.paid += booked.lot.money.held(&job.cash);
        sum.not_on_delivery += booked.lot.money.not_on_delivery(&job.cash);
        sum.left += Usd::from(booked.lot.money.left_value);
        sum.machines += booked.remaining();
    }
    let mut dated = vec![[[0.0; 3]; HORIZON]; models];
    for ((model, month, kind), amount) in receivable {
        let part = match kind {
            PaymentKind::Deposit => 0,
            PaymentKind::Instalment | PaymentKind::Balance => 1,
            PaymentKind::Refund => 2,
            PaymentKind::Coupon => continue,
        };
        let ahead = usize::try_from(*month - book.as_of - 1).ok();
        if let Some(cells) = ahead.and_then(|h| dated[model.0].get_mut(h)) {
            cells[part] += Usd::from(*amount).dollars();
        }
    }
    let mixes: Vec<Vec<f64>> =
        (0..HORIZON).map(|h| demand.mix.signed(h, &demand.lead_times.pooled)).collect();
    let each = job.catalogue.models.iter().enumerate();
    each.map(|(m, model)| {
        let Open { paid, not_on_delivery, left, machines } = sums[m];
        let usual = job.cash.customer_deposit_share.get();
        let share = |part: Usd| if left > Usd::ZERO { part / left } else { usual };
        let (paid_share, settled_share) = (share(paid), share(not_on_delivery));
        let dollars = |price: Option<Usd>| price.map(Usd::dollars);
        Terms {
            list: dollars(prices.list[m]),
            contract: dollars(prices.contract[m].or(prices.list[m])),
            paid: paid_share,
            not_on_delivery: (settled_share, not_on_delivery.dollars()),
            dated: dated[m],
            ahead: ((settled_share - paid_share).max(0.0), (not_on_delivery - paid).max(Usd::ZERO).dollars()),
            open: machines as f64,
            other_cost: model.other_cost_usd.get(),
            signed: std::array::from_fn(|h| mixes[h][m] / model.hashrate_th.get()),
        }
    })
    .collect()
}
