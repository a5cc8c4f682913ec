//! Orders added up: what they have in common once, and exact sums of the rest.
//!
//! Orders of the same terms fall due in the same months, so their batches add up; a million order lines come
//! down to some thousand lots. An order that ever ran ahead of its schedule is added to its likes only: machines
//! delivered early by one order must not be set against those delivered late by another.

#![expect(clippy::disallowed_types, reason = "a hash map of millions of rows, only asked for what it has")]

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use crate::domain::{MicroUsd, Month};
use crate::job::ModelId;

use super::money::Money;
use super::order::{Order, Segment};
use super::standing::Standing;

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

/// Quantity and deliveries of an order.
pub(super) type Ahead = (u32, Vec<(Month, u32)>);

/// Share of an order's value that was received.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Paid {
    /// The export says no price or nothing of what was received.
    Unsaid,
    /// Below a hundredth: nothing, or a token.
    Nothing,
    /// From there to below a quarter.
    Little,
    /// From a quarter to below two fifths.
    Some,
    /// From two fifths on.
    Much,
}

impl Paid {
    /// Of an order: of what is owed, credits of the maker taken off.
    pub(in crate::ingest) fn of(order: &Order<'_>) -> Self {
        let Some((price, paid)) = order.unit_price.zip(order.prepaid) else { return Self::Unsaid };
        let (mut value, mut paid) = (MicroUsd::from(price) * order.quantity, MicroUsd::from(paid));
        if let Some(settled) = &order.settled {
            // What came with or after delivery, or was paid back, says nothing of how it was secured.
            (value, paid) = (value - settled.coupons, settled.ahead);
        }
        match () {
            () if value <= MicroUsd::ZERO => Self::Unsaid,
            () if paid * 100 < value => Self::Nothing,
            () if paid * 4 < value => Self::Little,
            () if paid * 5 < value * 2 => Self::Some,
            () => Self::Much,
        }
    }
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
    /// Who bought.
    pub segment: Segment,
    /// What was received of its value.
    pub paid: Paid,
    /// Of cancelled orders that were signed again: the month from which that is known.
    pub amended: Option<Month>,
    /// Whether deliveries differ from the contract's schedule up to the as-of date.
    pub(super) off_schedule: bool,
    /// Whether the contract counts at the as-of date; of orders that are not open: secured.
    pub standing: Standing,
    /// Of an order that ran ahead of its schedule: its quantity and deliveries, shared by every order of the lot.
    pub(in crate::ingest) ahead: Option<Box<Ahead>>,
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
    extra: Box<[u64]>,
    /// Machines that left by month, where that is not the schedule.
    shipped: BTreeMap<Month, u64>,
    /// Money of its orders.
    pub money: Money,
}

impl Terms {
    /// The terms in one number, other for other terms; `None` for those that carry deliveries of their own, and
    /// where a month is outside of what dates are read.
    fn packed(&self) -> Option<u64> {
        let standing = match self.standing {
            Standing::Secured => 0,
            Standing::NotYetDue => 1,
            Standing::Unsecured => 2,
            Standing::NotSaid => 3,
            Standing::Unpriced(_) => return None,
        };
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
        let model = u64::try_from(self.model.0).ok().filter(|m| *m < 1 << 12)?;
        let parts = [
            (since(self.signed, 2009 * 12)?, 12),
            (since(self.start, around)?, 12),
            (cancelled, 12),
            (model, 12),
            (u64::from(self.months), 6),
            (kind, 2),
            (u64::from(self.off_schedule), 1),
            (self.segment as u64, 2),
            (self.paid as u64, 3),
            (standing, 2),
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
    /// Places of the orders in hand, kept for their memory.
    places: Vec<usize>,
}

/// An order that is on schedule, on its way to its lot.
pub(in crate::ingest) struct Counted {
    pub terms: Terms,
    pub quantity: u32,
    pub money: Money,
}

impl Lots {
    /// The place of the lot of these terms, a new one if there is none.
    fn place(&mut self, terms: &Terms) -> usize {
        let next = self.all.len();
        let place = match terms.packed() {
            Some(packed) => *self.by_terms.entry(packed).or_insert(next),
            None => match self.others.get(terms) {
                Some(place) => *place,
                None => *self.others.entry(terms.clone()).or_insert(next),
            },
        };
        if place == next {
            self.all.push(Lot::new(terms.clone()));
        }
        place
    }

    /// The lot of these terms, a new one if there is none.
    pub(super) fn of(&mut self, terms: &Terms) -> &mut Lot {
        let place = self.place(terms);
        &mut self.all[place]
    }

    /// Adds orders that are on schedule. Their lots lie far apart: memory is asked for all of them at once, and waited
    /// for once.
    pub(super) fn add_all(&mut self, orders: &[Counted]) {
        self.places.clear();
        for order in orders {
            let place = self.place(&order.terms);
            self.places.push(place);
        }
        let touched = |place: &usize| {
            let Lot { orders, money, extra, .. } = &self.all[*place];
            orders ^ money.priced ^ money.left ^ extra.first().copied().unwrap_or(0)
        };
        std::hint::black_box(self.places.iter().map(touched).fold(0, |all, one| all ^ one));
        for (place, order) in self.places.iter().zip(orders) {
            self.all[*place].add(order.quantity, &[], &order.money);
        }
    }

    /// Takes over other lots.
    pub(super) fn merge(&mut self, other: Self) {
        for lot in other.all {
            let place = self.place(&lot.terms);
            let known = &mut self.all[place];
            if known.orders == 0 {
                *known = lot;
            } else {
                known.merge(&lot);
            }
        }
    }

    /// All lots, sorted by terms.
    pub(super) fn sorted(mut self) -> Vec<Lot> {
        self.all.sort_by(|a, b| a.terms.cmp(&b.terms));
        self.all
    }
}

impl Lot {
    pub(in crate::ingest) fn new(terms: Terms) -> Self {
        let extra = vec![0; terms.months as usize].into_boxed_slice();
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

    /// Adds an order of the lot's terms; `shipped` is what left of it up to the as-of date, `money` that of the order.
    pub(in crate::ingest) fn add(&mut self, quantity: u32, shipped: &[(Month, u32)], money: &Money) {
        let months = self.terms.months;
        self.orders += 1;
        self.quantity += u64::from(quantity);
        self.squares += u128::from(quantity).pow(2);
        self.base += u64::from(quantity / months);
        self.extra[(quantity % months) as usize] += 1;
        if self.terms.off_schedule {
            for (month, machines) in shipped {
                *self.shipped.entry(*month).or_default() += u64::from(*machines);
            }
        }
        self.money.merge(money);
    }

    /// Takes over the orders of another lot of the same terms.
    pub(in crate::ingest) fn merge(&mut self, other: &Self) {
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
    pub(in crate::ingest) fn shipped(&self) -> Option<&BTreeMap<Month, u64>> {
        self.terms.off_schedule.then_some(&self.shipped)
    }
}
