//! `[pricing]` and `[mining]`: what a machine fetches, sold, cleared or mined with.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::{Month, Share};

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
    /// Machines that the maker's own sites have room for. Empty, and `power_mw` too: not known.
    pub sockets: Option<u32>,
    /// The same from a month on, `YYYY-MM`.
    pub sockets_from: BTreeMap<String, u32>,
    /// Power of these sites, MW; of sockets and power the lower limits.
    pub power_mw: Option<AtLeastZero>,
    /// The same from a month on, `YYYY-MM`.
    pub power_mw_from: BTreeMap<String, AtLeastZero>,
    /// Machines that run there at the as-of date, by model.
    pub fleet: BTreeMap<String, u32>,
    /// What goes in and comes out after the as-of date.
    pub moves: Vec<MiningMove>,
    /// Month in which the sites are sold with the machines in them, `YYYY-MM`. Empty: they are kept.
    pub site_sold_in: Option<Month>,
    /// What they are sold for, USD.
    pub site_price_usd: AtLeastZero,
}
defaults!(Mining {
    months: 36,
    discount_per_month: share(0.02),
    hashprice_decline_per_month: share(0.015),
    power_usd_per_kwh: None,
    hosting_usd_per_month: at_least_zero(0.0),
    sockets: None,
    sockets_from: BTreeMap::new(),
    power_mw: None,
    power_mw_from: BTreeMap::new(),
    fleet: BTreeMap::new(),
    moves: Vec::new(),
    site_sold_in: None,
    site_price_usd: at_least_zero(0.0),
});

/// Machines that go into the maker's own sites or come out of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MiningMove {
    /// Month at whose beginning they do.
    pub month: Month,
    /// Their model.
    pub model: String,
    /// Machines: those above 0 go in, from stock, those below 0 come out.
    pub machines: i32,
    /// What machines that come out are sold for together, USD.
    #[serde(default)]
    pub usd: AtLeastZero,
}

impl Mining {
    /// Whether it is known how many machines the maker's sites have room for.
    pub fn room_known(&self) -> bool {
        self.sockets.is_some()
            || self.power_mw.is_some()
            || !self.sockets_from.is_empty()
            || !self.power_mw_from.is_empty()
    }

    /// Sockets in a month; `None` where power alone limits.
    pub fn sockets_in(&self, month: Month) -> Option<f64> {
        let from = self.sockets_from.range(..=month.to_string()).next_back();
        let known = from.map(|(_, sockets)| *sockets).or(self.sockets);
        let none = (!self.sockets_from.is_empty()).then_some(0);
        known.or(none).map(|sockets| if self.sold(month) { 0.0 } else { f64::from(sockets) })
    }

    /// Power in a month, watts; `None` where sockets alone limit.
    pub fn watts_in(&self, month: Month) -> Option<f64> {
        let from = self.power_mw_from.range(..=month.to_string()).next_back();
        let known = from.map(|(_, mw)| mw.get()).or(self.power_mw.map(AtLeastZero::get));
        let none = (!self.power_mw_from.is_empty()).then_some(0.0);
        known.or(none).map(|mw| if self.sold(month) { 0.0 } else { mw * 1e6 })
    }

    /// Whether the sites are sold by a month.
    pub fn sold(&self, month: Month) -> bool {
        self.site_sold_in.is_some_and(|sold| month >= sold)
    }

    /// Machines of a model that run in a month, by `fleet` and the moves after `as_of`; below 0 where more come out than are there.
    pub fn running(&self, model: &str, month: Month, as_of: Option<Month>) -> i64 {
        if self.sold(month) {
            return 0;
        }
        let later = |of: &&MiningMove| of.month <= month && as_of.is_none_or(|as_of| of.month > as_of);
        let moved = self.moves.iter().filter(|of| of.model == model).filter(later);
        let there = self.fleet.get(model).copied().unwrap_or(0);
        i64::from(there) + moved.map(|of| i64::from(of.machines)).sum::<i64>()
    }
}
