//! Orders added up: what they have in common once, and exact sums of the rest.
//!
//! Orders of the same terms fall due in the same months, so their batches add up; a million order lines come
//! down to some thousand lots. An order that ever ran ahead of its schedule is added to its likes only: machines
//! delivered early by one order must not be set against those delivered late by another.

#![expect(clippy::disallowed_types, reason = "a hash map of millions of rows, only asked for what it has")]

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use crate::domain::{MicroUsd, Month, Usd};
use crate::job::{Cash, DepositUse, ModelId};

use super::orders::Order;

/// State of an order, by month.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum State {
    /// Deliveries are still due.
    Open,
    /// All was delivered.
    Completed,
    /// What was not delivered by this month will not be.
    Cancelled(Month),
    /// Completed with less than its quantity delivered, the last of it in this month.
    Closed(Month),
}

/// What the orders of a lot have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Terms {
    /// Month of contract signature.
    pub signed: Month,
    /// What was bought.
    pub model: ModelId,
    /// First delivery month.
    pub start: Month,
    /// Number of equal monthly batches.
    pub months: u32,
    /// State at the as-of date.
    pub state: State,
    /// Of cancelled orders that were signed again: the month from which that is known.
    pub amended: Option<Month>,
    /// Whether deliveries differ from the contract's schedule up to the as-of date.
    pub(super) off_schedule: bool,
    /// Of an order that ran ahead of its schedule: its quantity and deliveries, shared by every order of the lot.
    pub(super) ahead: Option<(u32, Vec<(Month, u32)>)>,
}

/// Orders of the same terms, added up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lot {
    /// What they have in common.
    pub terms: Terms,
    /// Orders.
    pub orders: u64,
    /// Machines ordered.
    pub quantity: u64,
    /// Sum of the squared machines of each order: how lumpy the lot is.
    pub squares: u128,
    /// Machines of every batch, and by r how many orders have one more in their first r batches.
    base: u64,
    extra: Vec<u64>,
    /// Machines that left by month, where that is not the schedule.
    shipped: BTreeMap<Month, u64>,
    /// Money of its orders.
    pub money: Money,
}

/// Sums over the orders of a lot that give a price.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Money {
    /// Machines ordered with a price.
    pub priced: u64,
    /// Their value.
    pub value: MicroUsd,
    /// Value of the orders that also say what was received.
    pub value_with_prepaid: MicroUsd,
    /// What was received on those.
    pub prepaid: MicroUsd,
    /// Machines with a price still to deliver at the as-of date.
    pub left: u64,
    /// Their value.
    pub left_value: MicroUsd,
    /// Value still to deliver of the orders that say what was received.
    pub left_with_prepaid: MicroUsd,
    /// Of that, what was received where every machine's price is paid to the same share.
    pub left_prepaid: MicroUsd,
    /// The same where the first machines delivered are paid whole: what is not used up by deliveries so far.
    pub left_not_used_up: MicroUsd,
}

impl Money {
    /// Whether every order says what was received, and it was nothing.
    pub fn nothing_received(&self) -> bool {
        self.prepaid == MicroUsd::ZERO && self.value > MicroUsd::ZERO && self.value_with_prepaid == self.value
    }
}

impl Money {
    /// What customers have paid on what is still to deliver; where the export does not say, the job's share of its value.
    pub fn held(&self, terms: &Cash) -> Usd {
        let said = match terms.deposit_use {
            DepositUse::ProRata => self.left_prepaid,
            DepositUse::UntilUsedUp => self.left_not_used_up,
        };
        Usd::from(said)
            + Usd::from(self.left_value - self.left_with_prepaid) * terms.customer_deposit_share.get()
    }
}

impl Terms {
    /// The terms in one number, other for other terms; `None` for those that carry deliveries of their own, and
    /// where a month is outside of what dates are read.
    fn packed(&self) -> Option<u64> {
        if self.ahead.is_some() || self.amended.is_some() {
            return None;
        }
        let since =
            |month: Month, from: i32| u64::try_from(month.index() - from).ok().filter(|m| *m < 1 << 12);
        // Months between two days of 2009 to 2100 are fewer than 1104.
        let around = self.signed.index() - 1104;
        let (kind, cancelled) = match self.state {
            State::Open => (0, 0),
            State::Completed => (1, 0),
            State::Cancelled(month) => (2, since(month, around)?),
            State::Closed(month) => (3, since(month, around)?),
        };
        let model = u64::try_from(self.model.0).ok().filter(|m| *m < 1 << 16)?;
        let parts = [
            (since(self.signed, 2009 * 12)?, 12),
            (since(self.start, around)?, 12),
            (cancelled, 12),
            (model, 16),
            (u64::from(self.months), 6),
            (kind, 2),
            (u64::from(self.off_schedule), 1),
        ];
        Some(parts.into_iter().fold(0, |packed, (part, bits)| packed << bits | part))
    }
}

/// Lots as they fill up.
#[derive(Default)]
pub(super) struct Lots {
    all: Vec<Lot>,
    by_terms: HashMap<u64, usize, FixedState>,
    others: BTreeMap<Terms, usize>,
}

impl Lots {
    /// The lot of these terms, a new one if there is none.
    pub(super) fn of(&mut self, terms: Terms) -> &mut Lot {
        let next = self.all.len();
        let place = match terms.packed() {
            Some(packed) => *self.by_terms.entry(packed).or_insert(next),
            None => match self.others.get(&terms) {
                Some(place) => *place,
                None => *self.others.entry(terms.clone()).or_insert(next),
            },
        };
        if place == next {
            self.all.push(Lot::new(terms));
        }
        &mut self.all[place]
    }

    /// Takes over other lots.
    pub(super) fn merge(&mut self, other: Self) {
        for lot in other.all {
            self.of(lot.terms.clone()).merge(&lot);
        }
    }

    /// All lots, sorted by terms.
    pub(super) fn sorted(mut self) -> Vec<Lot> {
        self.all.sort_by(|a, b| a.terms.cmp(&b.terms));
        self.all
    }
}

impl Lot {
    pub(super) fn new(terms: Terms) -> Self {
        let extra = vec![0; terms.months as usize];
        Self {
            terms,
            orders: 0,
            quantity: 0,
            squares: 0,
            base: 0,
            extra,
            shipped: BTreeMap::new(),
            money: Money::default(),
        }
    }

    /// Adds an order of the lot's terms; `shipped` is what left of it up to the as-of date, `left` what is still to.
    pub(super) fn add(&mut self, order: &Order<'_>, shipped: &[(Month, u32)], left: u32) {
        let quantity = order.quantity;
        self.orders += 1;
        self.quantity += u64::from(quantity);
        self.squares += u128::from(quantity).pow(2);
        self.base += u64::from(quantity / order.months);
        self.extra[(quantity % order.months) as usize] += 1;
        if self.terms.off_schedule {
            for (month, machines) in shipped {
                *self.shipped.entry(*month).or_default() += u64::from(*machines);
            }
        }
        self.money.add(order, left);
    }

    /// Takes over the orders of another lot of the same terms.
    pub(super) fn merge(&mut self, other: &Self) {
        self.orders += other.orders;
        self.quantity += other.quantity;
        self.squares += other.squares;
        self.base += other.base;
        self.extra.iter_mut().zip(&other.extra).for_each(|(extra, more)| *extra += more);
        for (month, machines) in &other.shipped {
            *self.shipped.entry(*month).or_default() += machines;
        }
        self.money.merge(&other.money);
    }

    /// Last delivery month by the contract.
    pub fn last_month(&self) -> Month {
        self.terms.start + (self.terms.months.cast_signed() - 1)
    }

    /// Machines due in `month` by the contract: equal batches, the remainder one each to the first ones.
    pub fn due_in(&self, month: Month) -> u64 {
        match usize::try_from(month - self.terms.start) {
            Ok(batch) if batch < self.extra.len() => self.base + self.extra[batch + 1..].iter().sum::<u64>(),
            _ => 0,
        }
    }

    /// Machines due by the contract up to and including `month`.
    pub fn due_by(&self, month: Month) -> u64 {
        self.terms.start.to(month.min(self.last_month())).map(|m| self.due_in(m)).sum()
    }

    /// Machines that left by month up to the as-of date, as exported.
    pub(super) fn shipped(&self) -> Option<&BTreeMap<Month, u64>> {
        self.terms.off_schedule.then_some(&self.shipped)
    }
}

impl Money {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.priced += other.priced;
        self.value += other.value;
        self.value_with_prepaid += other.value_with_prepaid;
        self.prepaid += other.prepaid;
        self.left += other.left;
        self.left_value += other.left_value;
        self.left_with_prepaid += other.left_with_prepaid;
        self.left_prepaid += other.left_prepaid;
        self.left_not_used_up += other.left_not_used_up;
    }

    /// Adds an order of which `left` machines are still to deliver.
    pub(super) fn add(&mut self, order: &Order<'_>, left: u32) {
        let Some(price) = order.unit_price.map(MicroUsd::from) else { return };
        let value = price * order.quantity;
        let left_value = price * left;
        self.priced += u64::from(order.quantity);
        self.value += value;
        self.left += u64::from(left);
        self.left_value += left_value;
        // No more than the whole value counts as paid.
        if let Some(prepaid) = order.prepaid.map(|paid| MicroUsd::from(paid).min(value)) {
            self.value_with_prepaid += value;
            self.prepaid += prepaid;
            self.left_with_prepaid += left_value;
            let used = price * (order.quantity - left);
            self.left_prepaid += prepaid.part(left, order.quantity);
            self.left_not_used_up += (prepaid - used).clamp(MicroUsd::ZERO, left_value);
        }
    }
}
