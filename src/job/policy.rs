//! `[policy]`: targets that the policy checks compare with, and who is served first.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use crate::domain::Share;

use super::values::{AtLeastZero, Positive, at_least_zero, positive, share};

/// `[policy]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Share of units sold as futures.
    pub futures_share: Share,
    /// Share of order value that customers have paid before delivery.
    pub prepayment_share: Share,
    /// Share of units that the largest fifth of customers buys.
    pub top_fifth_share: Share,
    /// Share of units that key accounts buy.
    pub key_account_share: Share,
    /// Months over which a futures order should be delivered at least, in equal monthly batches, 1 to 36.
    pub delivery_months: u32,
    /// Share of futures machines that should be delivered over that long.
    pub level_delivery_share: Share,
    /// Largest share of the open machines that one customer should have.
    pub largest_customer_share: Share,
    /// Largest Herfindahl-Hirschman index of the open machines by customer, 0 to 1.
    pub backlog_concentration: Share,
    /// Customers' deposits held for each USD paid ahead to foundries, at least.
    pub foundry_prepayments_covered: AtLeastZero,
    /// Customers' deposits held for each USD that the machines still to deliver cost to make, at least.
    pub machine_cost_covered: AtLeastZero,
    /// Least mean months from signing to delivery of machines that are not sold from stock.
    pub least_look_ahead_months: AtLeastZero,
    /// Most of the same.
    pub most_look_ahead_months: AtLeastZero,
    /// Share by which the efficiency of a machine may differ from what it is sold as: a model nearer to the border of its class may be
    /// of either.
    pub efficiency_tolerance_share: Share,
    /// Price of power at which pricing is judged, USD per kWh.
    pub power_usd_per_kwh: AtLeastZero,
    /// Months of sell-in that the channel should hold at most.
    pub channel_cover_months: Positive,
    /// Who gets machines first that are short, by the first of these that distinguishes two order lines: the earlier promised
    /// `date`; the `segment`, key accounts before retail before channel; the larger share of value received as `deposit`.
    pub priority: Vec<Priority>,
    /// Share of an order's value from which on what was received secures it: a number, or one by kind of customer as
    /// `{ key_account = 0.5, retail = 1, channel = 0.5 }`. Only what is secured, or not yet due, is firm.
    pub effective_deposit_share: BySegment<Share>,
    /// Days from signing until that share is due, 0 to 366; the same.
    pub deposit_due_days: BySegment<u32>,
}
defaults!(Policy {
    futures_share: share(0.8),
    prepayment_share: share(0.5),
    top_fifth_share: share(0.8),
    key_account_share: share(0.8),
    delivery_months: 6,
    level_delivery_share: share(0.8),
    largest_customer_share: share(0.25),
    backlog_concentration: share(0.18),
    foundry_prepayments_covered: at_least_zero(1.0),
    machine_cost_covered: at_least_zero(1.0),
    least_look_ahead_months: at_least_zero(3.0),
    most_look_ahead_months: at_least_zero(6.0),
    efficiency_tolerance_share: share(0.03),
    power_usd_per_kwh: at_least_zero(0.06),
    channel_cover_months: positive(2.0),
    priority: vec![Priority::Date, Priority::Segment, Priority::Deposit],
    effective_deposit_share: BySegment::all(share(0.5)),
    deposit_due_days: BySegment::all(7),
});

/// A rule by kind of customer: one value for all, or a table with one of each kind.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct BySegment<T> {
    /// Of key accounts.
    pub key_account: T,
    /// Of small buyers.
    pub retail: T,
    /// Of distributors.
    pub channel: T,
}

impl<T: Copy> BySegment<T> {
    /// The same for all.
    pub(super) const fn all(value: T) -> Self {
        Self { key_account: value, retail: value, channel: value }
    }
}

impl<T> BySegment<T> {
    /// Each of them, with its name in the job.
    pub(super) const fn each(&self) -> [(&'static str, &T); 3] {
        [("key_account", &self.key_account), ("retail", &self.retail), ("channel", &self.channel)]
    }
}

impl<'de, T: Copy + DeserializeOwned> Deserialize<'de> for BySegment<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let of = |value: toml::Value| T::deserialize(value).map_err(D::Error::custom);
        let value = toml::Value::deserialize(source)?;
        let toml::Value::Table(mut table) = value else { return of(value).map(Self::all) };
        let mut take = |name: &str| match table.remove(name) {
            Some(value) => of(value),
            None => Err(D::Error::custom(format!(
                "`{name}` is missing: write one value for all, or key_account, retail and channel"
            ))),
        };
        let found =
            Self { key_account: take("key_account")?, retail: take("retail")?, channel: take("channel")? };
        match table.keys().next() {
            Some(other) => Err(D::Error::custom(format!(
                "`{other}` is no kind of customer (known: key_account, retail, channel)"
            ))),
            None => Ok(found),
        }
    }
}

/// What tells who gets a machine first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// The earlier promised month.
    Date,
    /// Key accounts before retail before channel.
    Segment,
    /// The larger share of value received.
    Deposit,
}
