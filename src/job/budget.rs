//! `[budget]`: how much may be prepaid for the wafer orders to place now, and how low cash may fall with them.

use serde::Deserialize;

use crate::domain::Share;

use super::values::AtLeastZero;

/// What is taken to come when cash is held to its limit.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stress {
    /// The base scenario as forecast and planned.
    #[default]
    Plan,
    /// The bear scenario.
    Bear,
    /// Base prices, and customers sign nothing more.
    NoNewOrders,
    /// Base prices, and the largest customer is gone from the first month on.
    LargestCustomerGone,
}

impl Stress {
    /// What is said behind a share of paths; nothing for the plan.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Plan => "",
            Self::Bear => " at bear prices",
            Self::NoNewOrders => " if customers sign nothing more",
            Self::LargestCustomerGone => " if the largest customer is gone",
        }
    }
}

/// `[budget]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// Most that is prepaid for the orders to place now; `--budget` stands in for it. Empty: what the order rule asks for.
    pub prepayment_usd: Option<AtLeastZero>,
    /// Largest share of paths on which cash may fall below minus `credit_line_usd` in any month. Empty: any.
    pub below_limit_probability: Option<Share>,
    /// What is taken to come when cash is held to that: `plan`, `bear`, `no_new_orders` or `largest_customer_gone`.
    pub below_limit_if: Stress,
    /// Weight of the worst 5% of paths beside the mean when lots are ranked by what a dollar prepaid earns.
    pub shortfall_weight: Share,
}

impl Default for Budget {
    fn default() -> Self {
        let weight = Share::new(0.2).unwrap_or(Share::ZERO);
        Self {
            prepayment_usd: None,
            below_limit_probability: None,
            below_limit_if: Stress::Plan,
            shortfall_weight: weight,
        }
    }
}

impl Budget {
    /// Whether anything is limited.
    pub const fn limits(&self) -> bool {
        self.prepayment_usd.is_some() || self.below_limit_probability.is_some()
    }
}
