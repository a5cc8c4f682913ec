//! `[reconciliation]`: how far sources may differ before a run stops.

use serde::Deserialize;

use crate::domain::Share;

use super::values::{AtLeastZero, Positive};

/// `[reconciliation]`: limits of the checks of `src/reconcile/`; docs/concepts/reconciliation.md has what each was measured on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Closed months without a row, beyond the export's own longest gap, at which an export is refused as too old.
    pub late_months: u32,
    /// Machines on which orders and shipments differ over those shipped in the twelve months up to the last shipment.
    pub delivered_share: Share,
    /// Machines shipped for orders that are not in the order book, over all shipped.
    pub unmatched_share: Share,
    /// Machines shipped beyond their orders, over all shipped.
    pub over_delivered_share: Share,
    /// Machines shipped of a model that was not ordered, over all shipped.
    pub other_model_share: Share,
    /// Wafers on order in the vintage before, not due yet and not on order any more, over all of those.
    pub vanished_wafers_share: Share,
    /// Rise of the closed year's intake since the vintage before.
    pub intake_rise: AtLeastZero,
    /// Fall of the closed year's intake since the vintage before.
    pub intake_fall: Share,
    /// Closed months that had intake in the vintage before and have none now.
    pub intake_months_lost: u32,
    /// Machines on which the closed months' shipments differ from those of the vintage before, over those of its last year.
    pub closed_shipments_share: Share,
    /// Difference of a closed month's hashprice or difficulty from that of the vintage before.
    pub closed_market_share: Share,
    /// Implied bitcoin price of a day over the median of the 30 days before, or the inverse.
    pub implied_price_factor: Positive,
    /// Firm machines over the machines forecast in the 12 months.
    pub firm_over_forecast: Positive,
}

impl Default for Limits {
    fn default() -> Self {
        let share = |value| Share::new(value).unwrap_or(Share::ZERO);
        let positive =
            |value| Positive::try_from(value).unwrap_or_else(|_| unreachable!("defaults are above 0"));
        Self {
            late_months: 2,
            delivered_share: share(0.02),
            unmatched_share: share(0.05),
            over_delivered_share: share(0.05),
            other_model_share: share(0.05),
            vanished_wafers_share: share(0.5),
            intake_rise: AtLeastZero::try_from(0.25).unwrap_or_default(),
            intake_fall: share(0.8),
            intake_months_lost: 2,
            closed_shipments_share: share(0.02),
            closed_market_share: share(0.1),
            implied_price_factor: positive(5.0),
            firm_over_forecast: positive(1.5),
        }
    }
}
