//! Customers that do not pay any more: each of the largest at a month of its own on every path, the others on average.
//!
//! A customer defaults at the yearly rate r x 2 (1 - share paid) x (price at signing / price now)^1.5, the price ratio at least 1.
//! What it has paid stays; its machines are not delivered.

use std::collections::BTreeMap;

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::accounts::Largest;
use crate::domain::Usd;
use crate::history::{Book, MarketHistory};
use crate::ingest::OpenOrders;
use crate::job::{Job, ModelId};
use crate::market::HORIZON;

/// Customers that are drawn one by one.
const LARGEST: usize = 10;

/// How the rate grows with the fall of the price since signing. A stated prior, not a measurement: Compute North, Celsius and Core
/// Scientific, large buyers all, went into Chapter 11 in 2022 at prices 70% lower (3.3^1.5: six times the rate), few in other years.
const FALL: f64 = 1.5;

/// Stream of random numbers of the defaults, apart from those of demand and of supply.
const STREAM: u64 = 11;

/// A customer, or all small ones together.
#[derive(Clone, Debug)]
struct Customer {
    /// Share of each model's open machines.
    shares: Vec<f64>,
    /// Defaults a month at the price of signing.
    rate: f64,
    /// Shares of each model's open machines that are of the largest group: all of its own, or none; of small ones those that belong to it.
    of_largest: Vec<f64>,
}

/// Customers with open orders.
#[derive(Clone, Debug)]
pub struct Customers {
    largest: Vec<Customer>,
    others: Option<Customer>,
    /// Minus the logarithms of uniform numbers, by path and customer.
    thresholds: Vec<f64>,
    /// The group with most on order.
    group: Option<Largest>,
    /// Mean price of bitcoin when the open orders were signed, weighted by value; `None` where it is not known.
    signed: Option<f64>,
}

impl Customers {
    /// Of a book's open orders; `group` is the one with most of them.
    pub fn new(
        book: &Book<'_>,
        open: &BTreeMap<String, BTreeMap<ModelId, OpenOrders>>,
        market: &MarketHistory,
        (job, group): (&Job, Option<Largest>),
    ) -> Self {
        let models = job.catalogue.models.len();
        let mut all = vec![0.0; models];
        for (id, open) in open.values().flatten() {
            all[id.0] += open.machines as f64;
        }
        let mut sums: Vec<(Usd, u64, Customer)> = Vec::new();
        for (name, of) in open {
            let mut sum = OpenOrders::default();
            let mut shares = vec![0.0; models];
            for (id, open) in of {
                sum.merge(open);
                shares[id.0] = open.machines as f64 / all[id.0].max(1.0);
            }
            let value = Usd::from(sum.money.left_value);
            let own = group.as_ref().is_some_and(|group| group.has(name));
            let of_largest = if own { shares.clone() } else { vec![0.0; models] };
            let rate = rate(value, sum.money.held(&job.cash), job);
            sums.push((value, sum.machines, Customer { shares, rate, of_largest }));
        }
        // By name where equal: the map is sorted, and so is the sort stable.
        sums.sort_by(|a, b| b.0.dollars().total_cmp(&a.0.dollars()).then(b.1.cmp(&a.1)));
        let small = sums.split_off(sums.len().min(LARGEST));
        let weight: f64 = small.iter().map(|(_, machines, _)| *machines as f64).sum();
        let others = (weight > 0.0).then(|| Customer {
            shares: (0..models).map(|m| small.iter().map(|(.., c)| c.shares[m]).sum()).collect(),
            of_largest: (0..models).map(|m| small.iter().map(|(.., c)| c.of_largest[m]).sum()).collect(),
            rate: small.iter().map(|(_, machines, c)| c.rate * *machines as f64).sum::<f64>() / weight,
        });
        let (mut log, mut value) = (0.0, 0.0);
        for booked in book.open() {
            if let Some(price) = market.implied_price(booked.lot.terms.signed) {
                let of =
                    booked.remaining() as f64 * job.catalogue.model(booked.lot.terms.model).hashrate_th.get();
                log += of * price.ln();
                value += of;
            }
        }
        Self {
            largest: sums.into_iter().map(|(.., customer)| customer).collect(),
            others,
            thresholds: Vec::new(),
            group,
            signed: (value > 0.0).then(|| (log / value).exp()),
        }
    }

    /// With a draw for every customer on each of so many paths.
    #[must_use]
    pub fn drawn(mut self, paths: usize, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(STREAM);
        // 1 less a number in [0, 1) is never 0.
        self.thresholds =
            (0..paths * self.largest.len()).map(|_| -(1.0 - rng.random::<f64>()).ln()).collect();
        self
    }

    /// The same customers and draws, with their shares of these models alone.
    #[must_use]
    pub fn of_models(&self, models: &[usize]) -> Self {
        let own = |shares: &[f64]| models.iter().map(|model| shares[*model]).collect();
        let of = |customer: &Customer| Customer {
            shares: own(&customer.shares),
            rate: customer.rate,
            of_largest: own(&customer.of_largest),
        };
        Self {
            largest: self.largest.iter().map(of).collect(),
            others: self.others.as_ref().map(of),
            thresholds: self.thresholds.clone(),
            group: self.group.clone(),
            signed: self.signed,
        }
    }

    /// How exposed customers are by the end of each month at prices of bitcoin: months at the price of signing.
    pub fn exposure(&self, price: &[f64; HORIZON]) -> [f64; HORIZON] {
        let mut sum = 0.0;
        price.map(|now| {
            sum += self.signed.map_or(1.0, |signed| (signed / now).max(1.0)).powf(FALL);
            sum
        })
    }

    /// The group with most on order, by whose share of what is signed new orders are fewer where it is gone.
    pub const fn largest(&self) -> Option<&Largest> {
        self.group.as_ref()
    }

    /// Share of the orders to come that are signed: all of them, or without those of the largest group where it is `gone`.
    pub fn signing(&self, gone: bool) -> f64 {
        let share = self.group.as_ref().filter(|_| gone).map_or(0.0, |group| group.signed_share);
        1.0 - share
    }

    /// Share of each model's open machines whose customers still pay in each month of a path. `gone`: those of the largest group are gone
    /// from the first month on.
    pub fn paying(&self, path: usize, exposure: &[f64; HORIZON], gone: bool, shares: &mut [[f64; HORIZON]]) {
        shares.fill([1.0; HORIZON]);
        let draws = self.thresholds.chunks_exact(self.largest.len().max(1)).nth(path).unwrap_or(&[]);
        for (index, customer) in self.largest.iter().enumerate() {
            let threshold = draws.get(index).copied().unwrap_or(f64::INFINITY);
            let own = customer.of_largest.iter().any(|share| *share > 0.0);
            let at = if gone && own {
                0
            } else {
                exposure.partition_point(|months| customer.rate * months < threshold)
            };
            for (paying, share) in shares.iter_mut().zip(&customer.shares).filter(|_| at < HORIZON) {
                paying[at..].iter_mut().for_each(|paying| *paying -= share);
            }
        }
        if let Some(others) = self.others.as_ref().filter(|others| gone || others.rate > 0.0) {
            let lost = exposure.map(|months| 1.0 - (-others.rate * months).exp());
            for ((paying, share), own) in shares.iter_mut().zip(&others.shares).zip(&others.of_largest) {
                let own = if gone { *own } else { 0.0 };
                paying.iter_mut().zip(&lost).for_each(|(paying, lost)| *paying -= own + (share - own) * lost);
            }
        }
        shares.iter_mut().flatten().for_each(|share| *share = share.max(0.0));
    }
}

/// Defaults of a customer a month at the price of signing: the less it has paid of its value the more, none once all is paid.
fn rate(value: Usd, paid: Usd, job: &Job) -> f64 {
    let share =
        if value > Usd::ZERO { (paid / value).min(1.0) } else { job.cash.customer_deposit_share.get() };
    job.cash.default_share.get() * 2.0 * (1.0 - share) / 12.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two customers with 0.6 and 0.3 of the machines and the small ones with 0.1; the largest group is the first and small ones with 0.04. At
    /// the rate 0.1 a month. The first has a draw of 0.25 and leaves in the third month; the second has one of 9 and stays; of the small
    /// ones e^-0.1 stay in the first month.
    #[test]
    fn the_largest_leave_at_their_month_and_the_small_ones_on_average() {
        let of = |share: f64, own: f64| Customer { shares: vec![share], rate: 0.1, of_largest: vec![own] };
        let customers = Customers {
            largest: vec![of(0.6, 0.6), of(0.3, 0.0)],
            others: Some(of(0.1, 0.04)),
            thresholds: vec![0.25, 9.0],
            group: None,
            signed: Some(4.0),
        };
        // At the price of signing and above a month counts once, at a quarter of it 4^1.5 = 8 times.
        assert_eq!(customers.exposure(&[4.0; HORIZON])[2], 3.0);
        assert_eq!(customers.exposure(&[9.0; HORIZON])[2], 3.0);
        assert!((customers.exposure(&[1.0; HORIZON])[0] - 8.0).abs() < 1e-12);
        let mut shares = [[0.0; HORIZON]];
        customers.paying(0, &customers.exposure(&[4.0; HORIZON]), false, &mut shares);
        let close =
            |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        close(shares[0][0], 0.9 + 0.1 * (-0.1_f64).exp());
        close(shares[0][1], 0.9 + 0.1 * (-0.2_f64).exp());
        close(shares[0][2], 0.3 + 0.1 * (-0.3_f64).exp());
        customers.paying(0, &customers.exposure(&[4.0; HORIZON]), true, &mut shares);
        close(shares[0][0], 0.3 + 0.06 * (-0.1_f64).exp());
        // Each month of the path: a group with a small customer in it takes that, too.
        close(shares[0][2], 0.3 + 0.06 * (-0.3_f64).exp());
    }

    #[test]
    fn who_has_paid_all_does_not_default() {
        let job =
            Job::parse(include_str!("../../fixtures/miniature/job.toml"), std::path::Path::new("job.toml"))
                .unwrap();
        let at = |paid: f64| rate(Usd::new(100.0), Usd::new(paid), &job);
        assert_eq!((at(100.0), at(50.0), at(0.0)), (0.0, 0.03 / 12.0, 0.06 / 12.0));
    }
}
