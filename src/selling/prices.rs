//! What machines sell at: contract prices of what is open, list prices, and what orders to come are expected to fetch.
//!
//! Prices that cannot be right count as not given; they were reported when the orders were read (`ingest/plausibility/`).

use crate::domain::{MicroUsd, Usd};
use crate::history::{Book, BookedLot};
use crate::ingest::{Money, Segment, Standing};
use crate::job::{Job, ModelId};

/// Prices of one machine of each model.
#[derive(Clone, Debug)]
pub struct Prices {
    /// Mean price of what is open, weighted by machines.
    pub contract: Vec<Option<Usd>>,
    /// The job's list price, or the median price of the machines of the last three months' orders, so that one deal does not move it; those
    /// of distributors, who buy at a discount, count where nobody else ordered.
    pub list: Vec<Option<Usd>>,
    /// Each model's TH at the mean price per TH of the orders of the job's `price_months`.
    pub expected: Vec<Option<Usd>>,
}

impl Prices {
    /// Contract prices of what is open, list prices as the job or the newest orders give them.
    pub fn new(book: &Book<'_>, job: &Job) -> Self {
        let mut prices = Self { contract: Vec::new(), list: Vec::new(), expected: Vec::new() };
        let per_th = price_per_th(book, job);
        for id in job.catalogue.ids() {
            let model = job.catalogue.model(id);
            let of_model = |lot: &&BookedLot<'_>| lot.lot.terms.model == id;
            let contract = mean(book.open().filter(of_model), |m| (m.left_value, m.left));
            let recent = recent_price(book, id);
            let given = model.list_price_usd.map(|price| Usd::new(price.get()));
            prices.contract.push(contract);
            prices.list.push(given.or(recent).or(contract));
            prices.expected.push(per_th.map(|usd| usd * model.hashrate_th.get()));
        }
        prices.succeed(job);
        prices
    }

    /// Judges contracts without a price by list prices.
    pub fn judge(book: &mut Book<'_>, job: &Job) {
        if book.lots.iter().any(|booked| matches!(booked.standing, Standing::Unpriced(_))) {
            let list = Self::new(book, job).list;
            book.judge_by_list(&list, &job.policy);
        }
    }
}

impl Prices {
    /// A model that has no list price is listed at its predecessor's price per TH.
    fn succeed(&mut self, job: &Job) {
        for id in job.catalogue.predecessors_first() {
            let Some(before) = job.catalogue.predecessor(id).filter(|_| self.list[id.0].is_none()) else {
                continue;
            };
            let th = |id| job.catalogue.model(id).hashrate_th.get();
            self.list[id.0] = self.list[before.0].map(|price| price * (th(id) / th(before)));
        }
    }
}

/// Months of the newest orders that give the list price.
pub const LIST_MONTHS: i32 = 3;

/// Mean price of a machine of some lots; `None` where none has a price.
fn mean<'a, 'b: 'a>(
    lots: impl Iterator<Item = &'a BookedLot<'b>>,
    of: impl Fn(&Money) -> (MicroUsd, u64),
) -> Option<Usd> {
    let (mut value, mut machines) = (MicroUsd::ZERO, 0);
    for lot in lots {
        let (lot_value, lot_machines) = of(&lot.lot.money);
        value += lot_value;
        machines += lot_machines;
    }
    (machines > 0).then(|| Usd::from(value) * (1.0 / machines as f64))
}

/// Median price of a model's machines of the last three months' orders, of those that are not the channel's where there are such; `None`
/// without a price.
pub(crate) fn recent_price(book: &Book<'_>, model: ModelId) -> Option<Usd> {
    let of_model = book.lots.iter().filter(|lot| lot.lot.terms.model == model);
    let recent = of_model.filter(|lot| lot.lot.terms.signed > book.as_of - LIST_MONTHS);
    let own = median(recent.clone().filter(|lot| lot.lot.terms.segment != Segment::Channel));
    own.or_else(|| median(recent))
}

/// Median price of a machine of some lots, each at its mean price. No lot counts for more than a quarter of the machines, so that
/// one large deal does not set it. `None` where none has a price.
fn median<'a, 'b: 'a>(lots: impl Iterator<Item = &'a BookedLot<'b>>) -> Option<Usd> {
    let money = lots.map(|lot| &lot.lot.money).filter(|money| money.priced > 0);
    let mut prices: Vec<(f64, f64)> = money
        .map(|money| (Usd::from(money.value).dollars() / money.priced as f64, money.priced as f64))
        .collect();
    prices.sort_by(|a, b| a.0.total_cmp(&b.0));
    let most = prices.iter().map(|(_, machines)| machines).sum::<f64>() / 4.0;
    let weight = |machines: f64| machines.min(most);
    let half = prices.iter().map(|(_, machines)| weight(*machines)).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    prices.into_iter().find_map(|(price, machines)| {
        sum += weight(machines);
        (sum >= half * (1.0 - 1e-9)).then(|| Usd::new(price))
    })
}

/// Mean price per TH of the orders signed in the job's months; `None` without any.
fn price_per_th(book: &Book<'_>, job: &Job) -> Option<Usd> {
    let since = book.as_of - job.wafers.price_months.cast_signed();
    let (mut value, mut th) = (MicroUsd::ZERO, 0.0);
    for booked in book.lots.iter().filter(|l| l.lot.terms.signed > since) {
        let money = &booked.lot.money;
        value += money.value;
        th += money.priced as f64 * job.catalogue.model(booked.lot.terms.model).hashrate_th.get();
    }
    (th > 0.0).then(|| Usd::from(value) * (1.0 / th))
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::domain::Month;
    use crate::ingest::{Builder, Order, Segment};

    fn order(id: &'static str, (signed, start): (&str, &str), quantity: u32, price: f64) -> Order<'static> {
        Order {
            id,
            customer: id,
            signed: signed.parse().unwrap(),
            quantity,
            unit_price: Some(Usd::new(price)),
            start: start.parse().unwrap(),
            ..Order::usual()
        }
    }

    /// A distributor orders 300 machines at 600, half of the price that a miner pays for 20: the list price is the miner's. Without the miner it is the
    /// distributor's, for there is no other.
    #[test]
    fn what_distributors_pay_is_no_list_price() {
        let text =
            include_str!("../../fixtures/miniature/job.toml").replace("list_price_usd", "# list_price_usd");
        let job = Job::parse(&text, std::path::Path::new("job.toml")).unwrap();
        let list = |miner: bool| {
            let mut builder = Builder::new("2025-09-30".parse().unwrap(), false, None);
            for id in ["A", "B", "C"] {
                let deal = order(id, ("2025-09-10", "2026-01"), 100, 600.0);
                builder.add(&Order { segment: Segment::Channel, ..deal });
            }
            if miner {
                builder.add(&order("D", ("2025-08-10", "2026-01"), 20, 1200.0));
            }
            let ledger = builder.finish();
            let book = Book::new(&ledger, &job.catalogue, Month::new(2025, 9).unwrap());
            Prices::new(&book, &job).list[0]
        };
        assert_eq!([list(true), list(false)], [1200.0, 600.0].map(|usd| Some(Usd::new(usd))));
    }

    /// Of 160 machines one deal has 100, which count as a quarter, 40: with 20 each at 900, 1,000 and 1,100 half of the weight of 100 is
    /// reached at 900. The mean of all is (50,000 + 60,000 + 20 x 400) / 180; the 20 of June are too old for the list price.
    #[test]
    fn one_large_deal_does_not_set_the_list_price() {
        let text =
            include_str!("../../fixtures/miniature/job.toml").replace("list_price_usd", "# list_price_usd");
        let job = Job::parse(&text, std::path::Path::new("job.toml")).unwrap();
        assert!(job.catalogue.models[0].list_price_usd.is_none());
        let mut builder = Builder::new("2025-09-30".parse().unwrap(), false, None);
        for order in [
            order("A", ("2025-07-10", "2025-12"), 100, 500.0),
            order("B", ("2025-07-11", "2026-01"), 20, 900.0),
            order("C", ("2025-08-10", "2026-01"), 20, 1000.0),
            order("D", ("2025-09-10", "2026-01"), 20, 1100.0),
            order("E", ("2025-06-10", "2026-01"), 20, 400.0),
        ] {
            builder.add(&order);
        }
        let ledger = builder.finish();
        let book = Book::new(&ledger, &job.catalogue, Month::new(2025, 9).unwrap());
        let found = Prices::new(&book, &job);
        assert_eq!(found.list, [Some(Usd::new(900.0))]);
        let mean = found.contract[0].unwrap().dollars();
        assert!((mean - 118_000.0 / 180.0).abs() < 1e-9, "{mean}");
    }

    #[test]
    fn one_machine_has_a_price_too() {
        let job =
            Job::parse(include_str!("../../fixtures/miniature/job.toml"), std::path::Path::new("job.toml"))
                .unwrap();
        let mut builder = Builder::new("2025-09-30".parse().unwrap(), false, None);
        builder.add(&order("A", ("2025-09-10", "2025-12"), 1, 700.0));
        let ledger = builder.finish();
        let book = Book::new(&ledger, &job.catalogue, Month::new(2025, 9).unwrap());
        assert_eq!(Prices::new(&book, &job).contract, [Some(Usd::new(700.0))]);
    }
}
