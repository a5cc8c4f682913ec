//! `[cash]`: how customers pay, what may go wrong with that, and what there is to pay with.

use serde::Deserialize;

use crate::domain::Share;

use super::values::AtLeastZero;

/// `[cash]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cash {
    /// Share of an order's value that the customer pays in the month of signing; the rest comes on delivery.
    pub customer_deposit_share: Share,
    /// How a deposit counts towards the machines of its order: the same share of each, or the first ones whole.
    pub deposit_use: DepositUse,
    /// What becomes of the deposit of an order that is cancelled.
    pub cancelled_deposits: CancelledDeposits,
    /// Share of customers that default in a year, half paid and at the bitcoin price of signing; 0: none does.
    pub default_share: Share,
    /// Share of a fall of its list price that distributors are paid back on the machines that they hold; 0: nothing.
    pub price_protection_share: Share,
    /// Cash in hand at the as-of date.
    pub opening_cash_usd: AtLeastZero,
    /// Credit that can be drawn: cash may fall as far below 0.
    pub credit_line_usd: AtLeastZero,
}

impl Default for Cash {
    fn default() -> Self {
        let share = |value| Share::new(value).unwrap_or(Share::ZERO);
        Self {
            customer_deposit_share: share(0.5),
            deposit_use: DepositUse::ProRata,
            cancelled_deposits: CancelledDeposits::Forfeited,
            default_share: share(0.03),
            price_protection_share: share(0.0),
            opening_cash_usd: AtLeastZero::default(),
            credit_line_usd: AtLeastZero::default(),
        }
    }
}

/// How a deposit counts towards the machines of its order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DepositUse {
    /// The same share of every machine's price.
    ProRata,
    /// The first machines delivered are paid by it, until nothing is left.
    UntilUsedUp,
}

/// What becomes of the deposit of a cancelled order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelledDeposits {
    /// The maker keeps it.
    Forfeited,
    /// It is paid back.
    Refunded,
}
