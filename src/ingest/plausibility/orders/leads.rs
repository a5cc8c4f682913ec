//! Months from signature to the first delivery, against the maker's own.

use crate::diagnostic::{Code, Severity};
use crate::domain::Month;
use crate::ingest::orders::order::{Order, OrderType};

use super::kept::{First, RowPlace};

/// Futures from which on the months between signature and delivery have a spread, and from which on a narrower gap tells:
/// of few orders, some of which customers moved to a later month, gaps are wider by chance.
const LEAST_ORDERS: u64 = 20;
const MANY_ORDERS: u64 = 200;

/// Months without any order above the middle, beyond which a first delivery lies outside of what the maker does: 4 at most
/// with honest makers, 6 to 10 where the first delivery of single orders is a year too late.
const GAP: usize = 6;
const GAP_OF_FEW: usize = 8;

/// What is a year too late lies so many months after the signature at least.
const A_YEAR: usize = 12;

/// Months to the first delivery that are distinguished; an order has at most 36.
const MONTHS: usize = 37;

/// Futures by months from signature to the first delivery.
#[derive(Clone, Debug)]
pub(super) struct Leads {
    orders: [u64; MONTHS],
    machines: [u64; MONTHS],
    /// Those that wait longest.
    longest: First,
}

impl Default for Leads {
    fn default() -> Self {
        Self { orders: [0; MONTHS], machines: [0; MONTHS], longest: First::default() }
    }
}

impl Leads {
    pub(super) fn note(&mut self, order: &Order<'_>, place: RowPlace) {
        let months = order.start - Month::of(order.signed);
        let Some(months) = usize::try_from(months).ok().filter(|months| *months < MONTHS) else { return };
        if order.order_type == OrderType::Futures {
            self.orders[months] += 1;
            self.machines[months] += u64::from(order.quantity);
            self.longest.add(-(months as f64), place, order);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        let add = |mine: &mut [u64; MONTHS], more: [u64; MONTHS]| {
            mine.iter_mut().zip(more).for_each(|(mine, more)| *mine += more);
        };
        add(&mut self.orders, other.orders);
        add(&mut self.machines, other.machines);
        self.longest.merge(other.longest);
    }

    /// Most months of what the maker usually does, and fewest of what lies far beyond it.
    fn gap(&self) -> Option<(usize, usize)> {
        let all: u64 = self.orders.iter().sum();
        let least = if all >= MANY_ORDERS { GAP } else { GAP_OF_FEW };
        let (mut below, mut last) = (0, None);
        for (months, orders) in self.orders.iter().enumerate().filter(|(_, orders)| **orders > 0) {
            if let Some(last) = last.filter(|last| months - last >= least) {
                return (all >= LEAST_ORDERS && months >= A_YEAR).then_some((last, months));
            }
            below += orders;
            last = (2 * below >= all).then_some(months);
        }
        None
    }

    /// How many orders lie beyond.
    pub(super) fn beyond(&self) -> u64 {
        self.gap().map_or(0, |(_, from)| self.orders[from..].iter().sum())
    }

    /// Orders whose first delivery lies far beyond that of all others.
    pub(super) fn reported(&self) -> Option<(Code, Severity, Option<RowPlace>, String)> {
        let (usual, from) = self.gap()?;
        let sum = |counts: &[u64]| counts[from..].iter().sum::<u64>();
        let (orders, machines) = (sum(&self.orders), sum(&self.machines));
        let named: Vec<String> = self
            .longest
            .rows
            .iter()
            .take(5)
            .map(|row| format!("{} on line {}", row.id, row.place.1))
            .collect();
        let named = named.into_iter().take(usize::try_from(orders).unwrap_or(5)).collect::<Vec<_>>();
        let more = if orders > named.len() as u64 { ", ..." } else { "" };
        let reason = format!(
            "{orders} futures of {machines} machines have their first delivery {from} months after signature or later, all others within {usual}: is the year of delivery_start or signed_date right? {}{more}",
            named.join(", ")
        );
        let place = self.longest.rows.first().map(|row| row.place);
        Some((Code::OddDates, Severity::Warning, place, reason))
    }
}
