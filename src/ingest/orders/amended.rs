//! Orders that were cancelled and signed again: the same customer, model and quantity within a month. An amendment in the
//! seller's system is such a pair, and is demand once: in the month in which it was first signed.
//!
//! Quantity must be the same. Customers do cancel one order and sign another of another size within weeks; taking those
//! for amendments would hide real cancellations.

#![expect(clippy::disallowed_types, reason = "a hash map of order lines, only asked for what it has")]

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::NaiveDate;
use foldhash::fast::FixedState;

use crate::domain::{MicroUsd, Month};
use crate::job::ModelId;

use super::copied::{Copied, Field};
use super::gaps::Gaps;
use super::numbers::OrderNumbers;
use super::order::{Order, Status};
use super::signed::Signed;

/// Days between a cancellation and the new signature.
pub const AMENDED_DAYS: i64 = 31;

/// Most order lines that are looked at; of more, none are.
const MOST: usize = 1 << 18;

/// Bytes of a usual order number.
const ID: usize = 16;

/// Most orders of one key and window that are tried.
const TRIED: usize = 256;

/// An order that was cancelled and signed again.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Amended {
    /// Order number of the cancelled one.
    pub order_id: String,
    /// Order number of the one in its place.
    pub again_id: String,
    /// Who bought.
    pub customer: String,
    /// What was bought.
    pub model: ModelId,
    /// Machines that are in both orders: the quantity less what was delivered of the cancelled one.
    pub machines: u64,
    /// Month in which the new one was signed.
    pub again: Month,
    /// Month from which both are known.
    pub known: Month,
    /// Month from which the machines of the new order must not be counted again; `None`: they never are, because it was
    /// cancelled in its month of signing.
    pub once_from: Option<Month>,
}

/// A cancelled order, kept until every line is read.
#[derive(Debug)]
pub(in crate::ingest) struct Cancelled {
    pub id: Box<str>,
    pub customer: Box<str>,
    pub terms: Order<'static>,
    pub shipped: Vec<(Month, u32)>,
    date: NaiveDate,
    /// Its place among the signed orders.
    place: usize,
    /// Whether `shipped` is the schedule, because no export says what was delivered.
    pub assumed: bool,
}

impl Cancelled {
    /// Machines that were not delivered.
    fn left(&self) -> u64 {
        if self.assumed {
            // Of an order that was signed again, nothing is taken to have left.
            return u64::from(self.terms.quantity);
        }
        let delivered: u64 = self.shipped.iter().map(|(_, machines)| u64::from(*machines)).sum();
        u64::from(self.terms.quantity).saturating_sub(delivered)
    }
}

/// Orders as they are read.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Watch {
    signed: Vec<Signed>,
    /// Order numbers, one after another.
    ids: String,
    cancelled: Vec<Cancelled>,
    /// Lines noted by every thread: where there are too many, none keeps its own.
    lines: Arc<AtomicUsize>,
    /// Whether there were more lines than are looked at.
    pub too_many: bool,
}

fn key(order: &Order<'_>) -> u64 {
    FixedState::with_seed(0).hash_one((order.customer, order.model.0, order.quantity))
}

fn buyer(order: &Order<'_>) -> u64 {
    FixedState::with_seed(0).hash_one((order.customer, order.model.0))
}

fn item(order: &Order<'_>) -> u64 {
    FixedState::with_seed(0).hash_one((order.model.0, order.quantity))
}

impl Watch {
    /// Nothing seen yet; `lines` counts those of every thread.
    pub(super) fn counting(lines: Arc<AtomicUsize>) -> Self {
        Self { lines, ..Self::default() }
    }

    /// Notes an order. A cancelled one is kept, and `true` returned: it is settled with [`Watch::finish`]. What an
    /// overflow lets go is given to `settle`.
    pub(in crate::ingest) fn note(
        &mut self,
        order: &Order<'_>,
        as_of: NaiveDate,
        shipped: &[(Month, u32)],
        assumed: bool,
    ) -> (bool, Vec<Cancelled>) {
        if self.too_many {
            return (false, Vec::new());
        }
        if self.lines.fetch_add(1, Ordering::Relaxed) >= MOST {
            return (false, self.give_up());
        }
        let ended = match order.status {
            Status::Cancelled(date) if date <= as_of => Some(date),
            _ => None,
        };
        let place = self.signed.len();
        let left: u32 = shipped.iter().map(|(_, machines)| machines).sum();
        if place == 0 {
            // Memory that is never touched is never taken; memory that grows is taken twice.
            self.signed.reserve(MOST);
            self.ids.reserve(MOST * ID);
        }
        self.ids.push_str(order.id);
        self.signed.push(Signed {
            key: key(order),
            buyer: buyer(order),
            item: item(order),
            signed: order.signed,
            ended,
            start: order.start,
            months: order.months,
            price: order.unit_price.map(MicroUsd::from),
            left: if order.status == Status::Open { order.quantity.saturating_sub(left) } else { 0 },
            id_end: self.ids.len(),
        });
        if let Some(date) = ended {
            self.cancelled.push(Cancelled {
                id: order.id.into(),
                customer: order.customer.into(),
                terms: order.bare(),
                shipped: shipped.to_vec(),
                date,
                place,
                assumed,
            });
        }
        (ended.is_some(), Vec::new())
    }

    fn give_up(&mut self) -> Vec<Cancelled> {
        self.too_many = true;
        (self.signed, self.ids) = (Vec::new(), String::new());
        std::mem::take(&mut self.cancelled)
    }

    /// Takes over what another has seen; returns what an overflow lets go.
    pub(in crate::ingest) fn merge(&mut self, mut other: Self) -> Vec<Cancelled> {
        if self.too_many || other.too_many || self.signed.len() + other.signed.len() > MOST {
            let mut let_go = self.give_up();
            let_go.extend(other.give_up());
            return let_go;
        }
        let (offset, ids) = (self.signed.len(), self.ids.len());
        self.ids.push_str(&other.ids);
        self.signed.extend(other.signed.into_iter().map(|s| Signed { id_end: s.id_end + ids, ..s }));
        self.cancelled
            .extend(other.cancelled.into_iter().map(|c| Cancelled { place: c.place + offset, ..c }));
        Vec::new()
    }

    /// The signed orders with their order numbers.
    fn numbered(&self) -> impl Iterator<Item = (&Signed, &str)> + Clone {
        let places = self.signed.iter().enumerate();
        places.map(|(place, order)| (order, id_at(&self.ids, &self.signed, place)))
    }

    /// Open orders that stand twice, those that stand beside what they revise, and those alike but for one field.
    pub(in crate::ingest) fn copied(&self) -> (Copied, Copied, Vec<(Field, Copied)>) {
        (
            Copied::new(self.numbered()),
            Copied::revised(self.numbered()),
            Copied::but_for_one(&self.numbered()),
        )
    }

    /// Numbers missing among the newest.
    pub(in crate::ingest) fn gaps(&self, as_of: Month) -> Option<Gaps> {
        Gaps::new(self.numbered().map(|(order, id)| (Month::of(order.signed), id)), as_of)
    }

    /// Every order number; `None` where there were too many lines.
    pub(in crate::ingest) fn order_numbers(&self) -> Option<OrderNumbers> {
        (!self.too_many).then(|| OrderNumbers::new(self.numbered().map(|(_, id)| id)))
    }

    /// Every cancelled order with the month from which it is known to be signed again, and the pairs, sorted.
    pub(in crate::ingest) fn finish(self) -> (Vec<(Cancelled, Option<Month>)>, Vec<Amended>) {
        let Self { signed, ids, mut cancelled, .. } = self;
        cancelled.sort_by(|a, b| (a.date, &a.id, a.terms.quantity).cmp(&(b.date, &b.id, b.terms.quantity)));
        let id = |place: usize| id_at(&ids, &signed, place);
        let again = matched(&signed, &ids, &cancelled);
        let known_of: Vec<Option<Month>> = cancelled
            .iter()
            .zip(&again)
            .map(|(old, new)| new.map(|new| Month::of(old.date).max(Month::of(signed[new].signed))))
            .collect();
        let of_place: HashMap<usize, usize, FixedState> =
            cancelled.iter().enumerate().map(|(i, c)| (c.place, i)).collect();
        let mut amended = Vec::new();
        for ((old, new), known) in cancelled.iter().zip(&again).zip(&known_of) {
            let (Some(new), Some(known)) = (new, *known) else { continue };
            let new_order = &signed[*new];
            let at_once = new_order.ended.is_some_and(|end| Month::of(end) == Month::of(new_order.signed));
            let once_from = if at_once {
                of_place.get(new).and_then(|i| known_of[*i]).map(|month| month.max(known))
            } else {
                Some(known)
            };
            amended.push(Amended {
                order_id: old.id.to_string(),
                again_id: id(*new).to_owned(),
                customer: old.customer.to_string(),
                model: old.terms.model,
                machines: old.left(),
                again: Month::of(new_order.signed),
                known,
                once_from,
            });
        }
        amended.sort();
        (cancelled.into_iter().zip(known_of).collect(), amended)
    }
}

/// The order number of one of the signed.
fn id_at<'a>(ids: &'a str, signed: &[Signed], index: usize) -> &'a str {
    let begin = index.checked_sub(1).and_then(|before| signed.get(before)).map_or(0, |before| before.id_end);
    signed.get(index).and_then(|order| ids.get(begin..order.id_end)).unwrap_or_default()
}

/// The order in the place of each cancelled one, by its place among the signed. Orders of the same delivery months are
/// paired first, then the nearest in time; no order stands in the place of two.
fn matched(signed: &[Signed], ids: &str, cancelled: &[Cancelled]) -> Vec<Option<usize>> {
    let mut sorted: Vec<usize> = (0..signed.len()).collect();
    let rank = |place: usize| {
        let order = &signed[place];
        (order.key, order.signed, id_at(ids, signed, place), order.start, order.months, order.ended)
    };
    sorted.sort_unstable_by(|a, b| rank(*a).cmp(&rank(*b)));
    let mut used = vec![false; signed.len()];
    let mut again = vec![None; cancelled.len()];
    for same_months in [true, false] {
        for (i, old) in cancelled.iter().enumerate().filter(|(_, old)| old.left() > 0) {
            if again[i].is_some() {
                continue;
            }
            let of_old = &signed[old.place];
            let from = (old.date - chrono::Duration::days(AMENDED_DAYS)).max(of_old.signed);
            let first = sorted.partition_point(|p| (signed[*p].key, signed[*p].signed) < (of_old.key, from));
            let window = sorted[first..].iter().copied().take_while(|p| {
                let new = &signed[*p];
                new.key == of_old.key && (new.signed - old.date).num_days() <= AMENDED_DAYS
            });
            // What stands in its place is signed later, or the same day and ended later: so pairs make no circle.
            let end = |order: &Signed| order.ended.unwrap_or(NaiveDate::MAX);
            let after = |new: &Signed| (new.signed, end(new)) > (of_old.signed, end(of_old));
            let fits = |p: &usize| {
                let new = &signed[*p];
                let alike = new.start == of_old.start && new.months == of_old.months;
                *p != old.place && !used[*p] && after(new) && (alike || !same_months)
            };
            let nearest = |p: &usize| (signed[*p].signed - old.date).num_days().abs();
            again[i] = window.take(TRIED).filter(fits).min_by_key(nearest);
            if let Some(new) = again[i] {
                used[new] = true;
            }
        }
    }
    again
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two orders alike but for their numbers, of ten machines each, of which three left.
    fn copied(status: Status) -> Copied {
        let signed = "2025-05-10".parse().unwrap();
        let mut watch = Watch::default();
        for id in ["A", "B"] {
            let order = Order { id, signed, start: Month::of(signed), status, ..Order::usual() };
            watch.note(&order, "2025-09-30".parse().unwrap(), &[(Month::of(signed), 3)], false);
        }
        watch.copied().0
    }

    #[test]
    fn open_orders_that_stand_twice_count_what_is_left_of_the_copy() {
        let open = copied(Status::Open);
        assert_eq!((open.orders, open.machines), (1, 7));
        assert_eq!(open.worst, [(7, "A".to_owned(), "B".to_owned())]);
        assert_eq!(copied(Status::Completed).orders, 0, "nothing is left of them");
    }
}
