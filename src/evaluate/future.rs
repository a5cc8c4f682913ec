//! What really came of a maker: demand, prices, deposits and the market, month by month. Nobody knew it when orders were placed.

use std::collections::BTreeMap;

use crate::domain::{Month, Usd};
use crate::history::{Book, BookedLot, MarketHistory};
use crate::job::{Job, ModelId};
use crate::market::{HORIZON, Path};
use crate::run::Inputs;
use crate::selling::Prices;

use super::cash::{price, usual_deposit};
use super::layout::Maker;
use super::regimes::Paid;

/// Prices of every model in a month; `None` where none is known.
type OfModels = Vec<Option<Usd>>;

/// The months that orders are played through.
#[derive(Debug)]
pub(super) struct Future<'a> {
    maker: &'a Maker,
    job: &'a Job,
    /// Mean contract price of the machines due in each month.
    contract: BTreeMap<Month, OfModels>,
    /// List price of each month.
    list: BTreeMap<Month, OfModels>,
    /// Received on the orders signed in each month.
    deposits: BTreeMap<Month, f64>,
    /// Share of its price that is received on a machine before it ships.
    pub(super) share: f64,
    market: MarketHistory,
}

impl<'a> Future<'a> {
    /// From the newest exports, for the months `first` to `last`.
    pub(super) fn new(
        maker: &'a Maker,
        job: &'a Job,
        newest: &Inputs,
        (first, last): (Month, Month),
        market: MarketHistory,
    ) -> Self {
        let ledger = &newest.exports.ledger;
        let book = Book::new(ledger, &job.catalogue, last);
        let share = usual_deposit(&book, job).get();
        let mut future = Self {
            maker,
            job,
            contract: BTreeMap::new(),
            list: BTreeMap::new(),
            deposits: BTreeMap::new(),
            share,
            market,
        };
        let mut list = vec![None; job.catalogue.models.len()];
        for month in first.to(last) {
            let of_month = Prices::new(&Book::new(ledger, &job.catalogue, month), job).list;
            list.iter_mut().zip(of_month).for_each(|(known, new)| *known = new.or(*known));
            future.list.insert(month, list.clone());
            future.contract.insert(month, contracts(&book, job, month));
            future.deposits.insert(month, share * signed(&book, month));
        }
        future
    }

    /// Machines newly demanded in a month, by model: what was left of contracts when due where the maker's folder tells it, else
    /// what shipped.
    pub(super) fn machines(&self, month: Month) -> Vec<i64> {
        let found = self.maker.demand.get(&month);
        let of = |id: ModelId| found.and_then(|m| m.get(self.job.catalogue.model(id).name())).copied();
        self.job.catalogue.ids().map(|id| of(id).unwrap_or(0.0).round() as i64).collect()
    }

    /// What a machine `wanted` in one month and shipped in another is paid, USD.
    pub(super) fn price(&self, paid: Paid, model: usize, (wanted, ships): (Month, Month)) -> f64 {
        let of = |prices: &BTreeMap<Month, OfModels>, month: Month| -> Option<f64> {
            prices.get(&month).and_then(|of| of[model]).map(Usd::dollars)
        };
        let found = match paid {
            Paid::Contract => of(&self.contract, wanted).or_else(|| of(&self.list, wanted)),
            Paid::Market => of(&self.list, ships),
        };
        found.unwrap_or(0.0)
    }

    /// Deposits of a month, USD.
    pub(super) fn deposits(&self, month: Month) -> f64 {
        self.deposits.get(&month).copied().unwrap_or(0.0)
    }

    /// The path that the market took after the end of `as_of`; from where it is not known on as it was last.
    pub(super) fn market(&self, as_of: Month) -> Path {
        let last = |value: &dyn Fn(Month) -> Option<f64>| -> [f64; HORIZON] {
            let mut last = value(as_of).unwrap_or(1.0);
            std::array::from_fn(|h| {
                last = value((as_of + 1).plus(h)).unwrap_or(last);
                last
            })
        };
        Path {
            price: last(&|month| self.market.implied_price(month)),
            difficulty: last(&|month| self.market.difficulty(month).map(crate::domain::Difficulty::get)),
            hashprice: last(&|month| {
                self.market.hashprice(month).map(crate::domain::HashPrice::usd_per_ph_day)
            }),
        }
    }
}

/// Mean price of the machines of each model due in a month.
fn contracts(book: &Book<'_>, job: &Job, month: Month) -> OfModels {
    let mut sums = vec![(0.0, 0.0); job.catalogue.models.len()];
    for booked in &book.lots {
        let due = booked.lot.due_in(month) as f64;
        if let Some(usd) = price(&booked.lot.money).filter(|_| due > 0.0) {
            let sum = &mut sums[booked.lot.terms.model.0];
            *sum = (sum.0 + due * usd, sum.1 + due);
        }
    }
    sums.into_iter().map(|(value, due)| (due > 0.0).then(|| Usd::new(value / due))).collect()
}

/// Value of the orders signed in a month, USD.
fn signed(book: &Book<'_>, month: Month) -> f64 {
    let of_month = |booked: &&BookedLot<'_>| booked.lot.terms.signed == month;
    book.lots.iter().filter(of_month).map(|booked| Usd::from(booked.lot.money.value).dollars()).sum()
}
