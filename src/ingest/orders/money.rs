//! What orders are worth, and what was received on them.

use crate::domain::{MicroUsd, Usd};
use crate::job::{Cash, DepositUse};

use super::order::Order;

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
    /// The last three of the orders in the payments export alone.
    pub left_settled: [MicroUsd; 3],
    /// Of their value still to deliver, what falls due on delivery, neither received, credited nor due on a date: where deposits count pro
    /// rata, and where the first machines are paid by them.
    pub left_owed: [MicroUsd; 2],
    /// Of the machines delivered, what is neither paid nor due by the payments export, in the same two ways.
    pub not_said: [MicroUsd; 2],
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

impl Money {
    /// Value still to deliver that is not billed on delivery: what customers have paid on it, credits, and what is due on dates.
    pub fn not_on_delivery(&self, terms: &Cash) -> Usd {
        let [value, prepaid, not_used_up] = self.left_settled;
        let mut others = *self;
        others.left_value = self.left_value - value;
        others.left_with_prepaid = self.left_with_prepaid - value;
        others.left_prepaid = self.left_prepaid - prepaid;
        others.left_not_used_up = self.left_not_used_up - not_used_up;
        others.held(terms) + Usd::from(value - self.left_owed[terms.deposit_use as usize])
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
        self.left_settled.iter_mut().zip(other.left_settled).for_each(|(sum, more)| *sum += more);
        let pairs = [(&mut self.left_owed, other.left_owed), (&mut self.not_said, other.not_said)];
        for (sums, more) in pairs {
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    }

    /// The money of an order of which `left` machines are still to deliver.
    pub(in crate::ingest) fn of(order: &Order<'_>, left: u32) -> Self {
        let Some(price) = order.unit_price.map(MicroUsd::from) else { return Self::default() };
        let (value, left_value) = (price * order.quantity, price * left);
        let mut money = Self {
            priced: u64::from(order.quantity),
            value,
            left: u64::from(left),
            left_value,
            ..Self::default()
        };
        // No more than the whole value counts as paid.
        if let Some(prepaid) = order.prepaid.map(|paid| MicroUsd::from(paid).min(value)) {
            let used = price * (order.quantity - left);
            money.value_with_prepaid = value;
            money.prepaid = prepaid;
            money.left_with_prepaid = left_value;
            money.left_prepaid = prepaid.part(left, order.quantity);
            money.left_not_used_up = (prepaid - used).clamp(MicroUsd::ZERO, left_value);
            if let Some(settled) = &order.settled {
                let ahead = settled.ahead.min(prepaid);
                money.left_prepaid = ahead.part(left, order.quantity);
                money.left_settled = [left_value, money.left_prepaid, money.left_not_used_up];
                // What no row says is of the machines left as far as their deposits leave it open. The rest is of machines that were
                // delivered: it is not billed with the next ones.
                let no_row = value - prepaid - settled.coupons - settled.to_come() - settled.overdue;
                let on_delivery = [money.left_prepaid, money.left_not_used_up].map(|paid| left_value - paid);
                money.left_owed = on_delivery
                    .map(|most| (no_row.min(most) + settled.overdue).clamp(MicroUsd::ZERO, left_value));
                money.not_said = on_delivery.map(|most| (no_row - most).clamp(MicroUsd::ZERO, used));
            }
        }
        money
    }
}
