//! What a book shows of orders that left it: by kind, and asked for later by segment.

use std::collections::BTreeMap;

use crate::domain::Month;
use crate::history::{Book, BookedLot, MarketHistory};

use super::{KINDS, MOST_FALL, SEGMENTS, SLOPES, fall, kind};

/// An order of which something left so many months before its delivery start was asked for later since then.
const MOVED: i32 = 2;

/// What the book shows of one kind.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// Machine-months open, weighed by x^b for every slope.
    pub(super) open: [f64; SLOPES],
    /// Machines cancelled, and the same times ln x.
    pub(super) cancelled: [f64; 2],
    /// Machines ordered, and the sum of each order's squared.
    pub(super) machines: u64,
    pub(super) squares: u128,
}

impl Seen {
    /// In orders of a size.
    pub(super) fn in_orders(self, size: f64) -> Self {
        Self { open: self.open.map(|open| open / size), cancelled: self.cancelled.map(|c| c / size), ..self }
    }
}

/// Orders open and cancelled, by kind. Machines are counted before they are weighed: the order in which orders stand, which later
/// states of theirs change, must not change a bit.
pub(super) fn seen(book: &Book<'_>, market: &MarketHistory) -> [Seen; KINDS] {
    let mut seen = [Seen::default(); KINDS];
    // By month of signing and months since.
    let mut counts: BTreeMap<Month, Vec<[(u64, u64); KINDS]>> = BTreeMap::new();
    for booked in book.lots.iter().filter(|booked| booked.is_demand()) {
        let terms = &booked.lot.terms;
        let kind = kind(terms.segment, terms.paid);
        seen[kind].machines += booked.lot.quantity;
        seen[kind].squares += booked.lot.squares;
        // Deliveries are not known before: what left until then is not, either.
        let from = book.deliveries_from.max(terms.signed + 1);
        let mut delivered: u64 = booked.shipped.range(..from).map(|(_, q)| q).sum();
        let ended = booked.ended();
        let rows = counts.entry(terms.signed).or_default();
        for month in from.to(book.as_of.min(ended.unwrap_or(book.as_of))) {
            let open = booked.lot.quantity.saturating_sub(delivered);
            if open == 0 {
                break;
            }
            let left = booked.shipped.get(&month).copied().unwrap_or(0);
            let cell = &mut row(rows, month - terms.signed)[kind];
            cell.0 += open;
            // Completed short is cut by what never left.
            if ended == Some(month) && !booked.amended {
                cell.1 += open.saturating_sub(left);
            }
            delivered += left;
        }
    }
    for (signed, rows) in counts {
        for (month, kinds) in (0..).map(|age| signed + age).zip(rows) {
            let x = fall_known(market, signed, month).min(MOST_FALL);
            for (seen, (open, cancelled)) in seen.iter_mut().zip(kinds).filter(|(_, (open, _))| *open > 0) {
                let (open, cancelled) = (open as f64, cancelled as f64);
                let mut power = 1.0;
                for cell in &mut seen.open {
                    *cell += open * power;
                    power *= x;
                }
                seen.cancelled[0] += cancelled;
                seen.cancelled[1] += cancelled * x.ln();
            }
        }
    }
    seen
}

/// By segment: orders over several months that were asked for later, and by how much ln x rose while they were delivered. A book holds only the
/// newest delivery start; where something left well before it, the start was moved since.
pub(super) fn asked_for_later(book: &Book<'_>, market: &MarketHistory) -> [(u64, f64); SEGMENTS] {
    let mut orders = [0; SEGMENTS];
    let mut counts: BTreeMap<Month, Vec<[u64; SEGMENTS]>> = BTreeMap::new();
    for booked in book.lots.iter().filter(|booked| booked.is_demand() && booked.lot.terms.months > 1) {
        let terms = &booked.lot.terms;
        let segment = terms.segment as usize;
        let first = moved(booked);
        let under = |month: Month| fall_known(market, terms.signed, month) > 1.0;
        if first.is_some_and(|first| first.to(terms.start.min(book.as_of)).any(under)) {
            orders[segment] += booked.lot.orders;
        }
        let last = first.map_or(booked.lot.last_month(), |_| terms.start);
        let last = last.min(booked.ended().unwrap_or(book.as_of)).min(book.as_of);
        let rows = counts.entry(terms.signed).or_default();
        for month in first.unwrap_or(terms.start).max(terms.signed).to(last) {
            row(rows, month - terms.signed)[segment] += booked.lot.orders;
        }
    }
    let mut months = [0.0; SEGMENTS];
    for (signed, rows) in counts {
        let mut worst = 1.0;
        for (month, segments) in (0..).map(|age| signed + age).zip(rows) {
            let now = fall_known(market, signed, month).max(worst);
            let further = (now / worst).ln();
            months.iter_mut().zip(segments).for_each(|(months, orders)| *months += orders as f64 * further);
            worst = now;
        }
    }
    std::array::from_fn(|segment| (orders[segment], months[segment]))
}

/// Largest x that an order saw from its signing to a month.
pub(in crate::demand) fn worst(market: &MarketHistory, signed: Month, month: Month) -> f64 {
    (signed + 1).to(month).map(|month| fall_known(market, signed, month)).fold(1.0, f64::max)
}

/// The row of an index, with empty ones before it.
fn row<T: Clone + Default>(rows: &mut Vec<T>, index: i32) -> &mut T {
    let index = usize::try_from(index).unwrap_or(0);
    if rows.len() <= index {
        rows.resize(index + 1, T::default());
    }
    &mut rows[index]
}

/// First month of delivery of orders whose delivery start was moved since.
pub(in crate::demand) fn moved(booked: &BookedLot<'_>) -> Option<Month> {
    let terms = &booked.lot.terms;
    let first = booked.shipped.keys().next().copied().filter(|first| *first + MOVED <= terms.start);
    first.filter(|_| terms.months > 1)
}

/// The fall that an order sees in a month: to the mean price of the month before; 1 where a price is not known.
fn fall_known(market: &MarketHistory, signed: Month, month: Month) -> f64 {
    let prices = market.implied_price(signed).zip(market.implied_price(month - 1));
    prices.map_or(1.0, |(signed, now)| fall(signed, now))
}
