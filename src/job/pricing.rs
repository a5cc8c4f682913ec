//! `[pricing]` and `[mining]`: what a machine fetches, sold, cleared or mined with.

use serde::Deserialize;

use crate::domain::Share;

use super::values::{Ascending, AtLeastZero, Positive, ascending, at_least_zero, positive, share};

/// `[pricing]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pricing {
    /// Months of payback that a price should give its buyer.
    pub target_payback_months: Positive,
    /// Longest payback, in months, that a buyer takes; what costs more does not sell.
    pub longest_payback_months: Positive,
    /// Share of what a buyer would pay at most that a machine fetches when it must go.
    pub clearance_share: Share,
    /// Months of payback at which a price ends to be too low, competitive, average, and hard to sell.
    pub payback_bands_months: Ascending<4>,
    /// Efficiencies, J/TH, at which a machine ends to be competitive, entry level, and ageing.
    pub efficiency_classes_j_per_th: Ascending<3>,
}
defaults!(Pricing {
    target_payback_months: positive(18.0),
    longest_payback_months: positive(24.0),
    clearance_share: share(0.5),
    payback_bands_months: ascending(&[12.0, 18.0, 24.0, 30.0]),
    efficiency_classes_j_per_th: ascending(&[20.0, 25.0, 30.0]),
});

/// `[mining]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mining {
    /// Months that a machine is mined with, 1 to 120.
    pub months: u32,
    /// Monthly rate at which its income is discounted.
    pub discount_per_month: Share,
    /// Fall of hashprice a month beyond the forecast, halvings apart; below 1.
    pub hashprice_decline_per_month: Share,
    /// The maker's own price of power, USD per kWh. Empty: that of `[policy]`.
    pub power_usd_per_kwh: Option<AtLeastZero>,
    /// Room, network and staff for one running machine, USD a month.
    pub hosting_usd_per_month: AtLeastZero,
}
defaults!(Mining {
    months: 36,
    discount_per_month: share(0.02),
    hashprice_decline_per_month: share(0.015),
    power_usd_per_kwh: None,
    hosting_usd_per_month: at_least_zero(0.0),
});
