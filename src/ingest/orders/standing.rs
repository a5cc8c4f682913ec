//! Whether an open contract counts: by what was received on it and since when it is signed.
//!
//! The trade's rule: half of the price within a week, and only then price and capacity are locked. The job's `[policy]` has
//! share and days by kind of customer.

use chrono::NaiveDate;

use crate::domain::{MicroUsd, Month, Share, Usd};
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
        // The contract's own date of a deposit goes before the rule, but for one after delivery begins: that secures nothing.
        let to_come = settled.map_or(MicroUsd::ZERO, |settled| {
            let ahead = |month: Month| month <= order.start;
            let deposits = settled
                .plan
                .iter()
                .filter(|((month, kind), _)| *kind == PaymentKind::Deposit && ahead(*month));
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

#[cfg(test)]
mod tests {
    use super::*;

    use crate::ingest::orders::settled::Settled;

    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// 10 machines at 100 USD each, signed by a distributor.
    fn order(signed: &str, prepaid: Option<f64>) -> Order<'static> {
        Order {
            segment: Segment::Channel,
            signed: day(signed),
            unit_price: Some(Usd::new(100.0)),
            prepaid: prepaid.map(Usd::new),
            start: Month::of(day("2025-12-01")),
            ..Order::usual()
        }
    }

    fn of(order: &Order<'_>) -> Standing {
        Standing::of(order, day("2025-09-30"), &Contracts::default())
    }

    #[test]
    fn half_within_seven_days_by_hand() {
        for (signed, prepaid, expected) in [
            ("2025-06-30", Some(500.0), Standing::Secured),
            // A thousandth of the value is bank charges.
            ("2025-06-30", Some(499.0), Standing::Secured),
            ("2025-06-30", Some(498.9), Standing::Unsecured),
            ("2025-09-23", Some(0.0), Standing::NotYetDue),
            ("2025-09-22", Some(0.0), Standing::Unsecured),
            ("2025-09-22", None, Standing::NotSaid),
            ("2025-09-23", None, Standing::NotYetDue),
            ("2025-09-23", Some(1000.0), Standing::Secured),
        ] {
            assert_eq!(of(&order(signed, prepaid)), expected, "{signed} {prepaid:?}");
        }
    }

    #[test]
    fn a_contract_without_a_price_is_judged_by_the_list_price() {
        let unpriced = of(&Order { unit_price: None, ..order("2025-06-30", Some(450.0)) });
        let at = |list: Option<f64>| {
            unpriced.by_list(list.map(Usd::new), Segment::Channel, &Policy::default()).name()
        };
        // 45 USD were received of a machine.
        assert_eq!([at(Some(90.0)), at(Some(91.0)), at(None)], ["secured", "unsecured", "not_said"]);
        assert!(unpriced.is_firm(), "as long as no list price is known");
        assert_eq!(
            of(&Order { unit_price: Some(Usd::ZERO), ..order("2025-06-30", Some(0.0)) }),
            Standing::Secured
        );
    }

    /// 200 USD credited: 400 of 800 are half. A deposit that the contract has due in October is not due yet, an instalment is none.
    #[test]
    fn credits_and_the_contract_s_own_dates_count() {
        let with = |settled: Settled, prepaid: f64| {
            of(&Order { settled: Some(Box::new(settled)), ..order("2025-06-30", Some(prepaid)) })
        };
        let usd = |amount: f64| MicroUsd::from(Usd::new(amount));
        let coupon = Settled { coupons: usd(200.0), ..Settled::default() };
        assert_eq!(with(coupon.clone(), 400.0), Standing::Secured);
        assert_eq!(with(coupon, 390.0), Standing::Unsecured);
        let due_on = |date: &str, kind: PaymentKind, amount: f64| Settled {
            plan: [((Month::of(day(date)), kind), usd(amount))].into(),
            ..Settled::default()
        };
        let due = |kind: PaymentKind, amount: f64| due_on("2025-10-15", kind, amount);
        assert_eq!(with(due(PaymentKind::Deposit, 300.0), 200.0), Standing::NotYetDue);
        assert_eq!(with(due(PaymentKind::Deposit, 200.0), 200.0), Standing::Unsecured);
        assert_eq!(with(due(PaymentKind::Instalment, 300.0), 200.0), Standing::Unsecured);
        // Delivery begins in December: a deposit of that month is still ahead of it, one of January secures nothing.
        assert_eq!(with(due_on("2025-12-31", PaymentKind::Deposit, 500.0), 0.0), Standing::NotYetDue);
        assert_eq!(with(due_on("2026-01-01", PaymentKind::Deposit, 500.0), 0.0), Standing::Unsecured);
    }

    proptest! {
        #[test]
        fn more_received_never_makes_less_firm(
            paid in 0.0..2000.0f64,
            more in 0.0..2000.0f64,
            days in 0..400i64,
            price in proptest::option::of(0.0..200.0f64),
        ) {
            let signed = day("2025-09-30") - chrono::Duration::days(days);
            let firm = |paid: f64| {
                let order =
                    Order { signed, unit_price: price.map(Usd::new), ..order("2025-06-30", Some(paid)) };
                of(&order).by_list(Some(Usd::new(90.0)), Segment::Channel, &Policy::default()).is_firm()
            };
            prop_assert!(!firm(paid) || firm(paid + more));
        }
    }
}
