//! Whether an open contract counts: by what was received on it and since when it is signed.
//!
//! The trade's rule: half of the price within a week, and only then price and capacity are locked. The job's `[policy]` has
//! share and days by kind of customer.

use chrono::NaiveDate;

use crate::domain::{MicroUsd, Share, Usd};
use crate::ingest::exports::payments::PaymentKind;
use crate::job::{BySegment, Policy};

use super::order::{Order, Segment};

/// Share of the value by which a payment may fall short and still be the agreed one: bank charges, rounded rates and prices.
const SHORT: f64 = 0.001;

/// Whether an open contract counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Standing {
    /// The agreed share was received; so is every order that is not open.
    Secured,
    /// It is not due yet.
    NotYetDue,
    /// It was due and is not there.
    Unsecured,
    /// The exports do not say what was received.
    NotSaid,
    /// So much was received of a machine that has no price: its model's list price decides ([`Standing::by_list`]).
    Unpriced(MicroUsd),
}

impl Standing {
    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secured => "secured",
            Self::NotYetDue => "not_yet_due",
            Self::Unsecured => "unsecured",
            Self::NotSaid | Self::Unpriced(_) => "not_said",
        }
    }

    /// Whether it counts as firm: all but what was due and is not there.
    pub fn is_firm(self) -> bool {
        self != Self::Unsecured
    }

    /// What is decided by the list price of the model; without one it is not known.
    #[must_use]
    pub fn by_list(self, list: Option<Usd>, segment: Segment, policy: &Policy) -> Self {
        let share = rule(segment, &policy.effective_deposit_share);
        match (self, list) {
            (Self::Unpriced(received), Some(list)) if enough(Usd::from(received), list, share) => {
                Self::Secured
            }
            (Self::Unpriced(_), Some(_)) => Self::Unsecured,
            (Self::Unpriced(_), None) => Self::NotSaid,
            (other, _) => other,
        }
    }

    /// Of an open order at the end of `as_of`.
    pub(super) fn of(order: &Order<'_>, as_of: NaiveDate, rules: &Contracts) -> Self {
        let (share, days) = rules.of(order.segment);
        let recent = (as_of - order.signed).num_days() <= i64::from(days);
        let waits = |else_: Self| if recent { Self::NotYetDue } else { else_ };
        let Some(received) = order.prepaid else { return waits(Self::NotSaid) };
        let settled = order.settled.as_deref();
        let coupons = settled.map_or(MicroUsd::ZERO, |settled| settled.coupons);
        let Some(price) = order.unit_price else {
            let whole = MicroUsd::from(received) + coupons;
            return waits(Self::Unpriced(whole.part(1, order.quantity)));
        };
        let owed = Usd::from(MicroUsd::from(price) * order.quantity - coupons);
        if enough(received, owed, share) {
            return Self::Secured;
        }
        // The contract's own date of a deposit goes before the rule.
        let to_come = settled.map_or(MicroUsd::ZERO, |settled| {
            let deposits = settled.plan.iter().filter(|((_, kind), _)| *kind == PaymentKind::Deposit);
            deposits.map(|(_, amount)| *amount).sum()
        });
        if to_come > MicroUsd::ZERO && enough(received + Usd::from(to_come), owed, share) {
            return Self::NotYetDue;
        }
        waits(Self::Unsecured)
    }
}

/// The rule of a kind of customer.
const fn rule<T: Copy>(segment: Segment, rules: &BySegment<T>) -> T {
    match segment {
        Segment::KeyAccount => rules.key_account,
        Segment::Retail => rules.retail,
        Segment::Channel => rules.channel,
    }
}

/// Whether what was received is the share of what is owed.
fn enough(received: Usd, owed: Usd, share: Share) -> bool {
    received.dollars() >= (share.get() - SHORT) * owed.dollars()
}

/// The rules of `[policy]` by kind of customer.
#[derive(Clone, Copy, Debug)]
pub(in crate::ingest) struct Contracts([(Share, u32); Segment::ALL.len()]);

impl Contracts {
    /// As the job has them.
    pub(in crate::ingest) fn new(policy: &Policy) -> Self {
        Self(Segment::ALL.map(|segment| {
            (rule(segment, &policy.effective_deposit_share), rule(segment, &policy.deposit_due_days))
        }))
    }

    fn of(&self, segment: Segment) -> (Share, u32) {
        self.0[segment as usize]
    }
}

impl Default for Contracts {
    fn default() -> Self {
        Self::new(&Policy::default())
    }
}
