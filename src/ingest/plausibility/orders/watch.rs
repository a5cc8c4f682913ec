//! What is kept of order lines as they go by: how their prices are spread, the largest, those paid beyond their value.

use crate::domain::{Month, Usd};
use crate::ingest::orders::order::{Order, OrderType, Status};

use super::bands::{Bands, Verdict};
use super::deposits::Deposits;
use super::kept::{First, RowPlace};
use super::leads::Leads;
use super::open::Open;
use super::price_bins::Prices;
use super::quarters::Quarters;

/// The price of an order in USD, where one is given and not 0.
fn price_of(order: &Order<'_>) -> Option<f64> {
    order.unit_price.map(Usd::dollars).filter(|price| *price > 0.0)
}

/// An order line whose price is too near to a guessed limit.
#[derive(Clone, Debug)]
struct Waiting {
    place: RowPlace,
    id: Box<str>,
    terms: Order<'static>,
}

/// Order lines as they go by.
#[derive(Clone, Default, Debug)]
pub(in crate::ingest) struct Watch {
    /// Those that are believed.
    pub(super) prices: Prices,
    /// Those that are not.
    odd_prices: Prices,
    /// Those of which that is not known yet.
    waiting: Vec<Waiting>,
    /// By kind of customer, the largest first.
    pub(super) largest: [First; 3],
    /// Futures by the share that was paid, the least first; those of which nothing was paid do not count.
    pub(super) least_paid: First,
    /// Paid beyond the value, by line.
    pub(super) overpaid: First,
    /// The largest share paid.
    pub(super) most_paid: f64,
    /// Prices that are not believed, by line.
    pub(super) odd: First,
    /// Orders by quarter of signature.
    pub(super) quarters: Quarters,
    /// Months from signature to the first delivery.
    pub(super) leads: Leads,
    /// What was paid of orders, and their prices of 0.
    pub(super) deposits: Deposits,
    /// Dates of open orders.
    pub(super) open: Open,
}

impl Watch {
    /// Notes an order line; takes away its price where that cannot be believed. `false`: that is not known yet, and
    /// [`Watch::settle`] will say.
    pub(in crate::ingest) fn note(
        &mut self,
        order: &mut Order<'_>,
        place: RowPlace,
        bands: Option<&Bands>,
    ) -> bool {
        let segment = order.segment as usize;
        self.quarters.size(order);
        self.leads.note(order, place);
        self.deposits.note(order, place);
        self.open.note(order);
        self.largest[segment].add(-f64::from(order.quantity), place, order);
        let Some(price) = price_of(order) else { return true };
        match bands.map_or(Verdict::Sound, |bands| bands.judge(order.model, Month::of(order.signed), price)) {
            Verdict::Sound => self.sound(order, place, price),
            Verdict::Odd => {
                self.odd(order, place, price);
                order.unit_price = None;
            }
            Verdict::Unsure => {
                self.waiting.push(Waiting { place, id: order.id.into(), terms: order.bare() });
                return false;
            }
        }
        true
    }

    /// Settles the order lines whose prices waited for their limits; none without limits is odd.
    pub(in crate::ingest) fn settle(&mut self, known: Option<&Bands>) {
        for Waiting { place, id, terms } in std::mem::take(&mut self.waiting) {
            let order = Order { id: &id, ..terms };
            let Some(price) = price_of(&order) else { continue };
            if known.is_some_and(|bands| bands.odd(&order)) {
                self.odd(&order, place, price);
            } else {
                self.sound(&order, place, price);
            }
        }
    }

    /// Whether any price was taken away.
    pub(in crate::ingest) const fn took(&self) -> bool {
        self.odd.count > 0
    }

    fn odd(&mut self, order: &Order<'_>, place: RowPlace, price: f64) {
        self.odd.add(place.1 as f64, place, order);
        self.odd_prices.add(order, price);
    }

    fn sound(&mut self, order: &Order<'_>, place: RowPlace, price: f64) {
        self.prices.add(order, price);
        let Some(paid) = order.prepaid.map(Usd::dollars).filter(|paid| *paid > 0.0) else { return };
        let share = paid / (price * f64::from(order.quantity));
        // Amounts are rounded to cents, a price by up to half a cent.
        if share > 1.0 + 1e-6 + 0.01 / price {
            self.overpaid.add(place.1 as f64, place, order);
            self.most_paid = self.most_paid.max(share);
        }
        self.quarters.paid(order, share);
        if order.order_type == OrderType::Futures && !matches!(order.status, Status::Cancelled(_)) {
            self.least_paid.add(share, place, order);
        }
    }

    /// Futures whose first delivery is far later than all others'.
    pub(in crate::ingest) fn far_ahead(&self) -> u64 {
        self.leads.beyond()
    }

    /// All prices, believed or not.
    pub(super) fn all_prices(&self) -> Prices {
        let mut all = self.prices.clone();
        all.merge(&self.odd_prices);
        for waiting in &self.waiting {
            if let Some(price) = price_of(&waiting.terms) {
                all.add(&waiting.terms, price);
            }
        }
        all
    }

    /// Takes over what another thread saw.
    pub(in crate::ingest) fn merge(&mut self, other: Self) {
        self.prices.merge(&other.prices);
        self.odd_prices.merge(&other.odd_prices);
        self.waiting.extend(other.waiting);
        for (mine, more) in self.largest.iter_mut().zip(other.largest) {
            mine.merge(more);
        }
        self.least_paid.merge(other.least_paid);
        self.overpaid.merge(other.overpaid);
        self.most_paid = self.most_paid.max(other.most_paid);
        self.odd.merge(other.odd);
        self.quarters.merge(other.quarters);
        self.leads.merge(other.leads);
        self.deposits.merge(other.deposits);
        self.open.merge(other.open);
    }
}
