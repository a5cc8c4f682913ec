//! The published tables: one file a table, its columns documented where its rows are made.

mod backtest;
mod cash;
mod column;
mod contributions;
pub(crate) mod declared;
pub mod dictionary;
mod inputs;
mod market;
mod model;
mod overrides;
mod pegging;
mod policy;
mod pricing;
mod quantities;
mod realised;
mod revisions;
mod risk;
mod schema;
mod shipments;
mod stock;
mod version;
mod wafers;
mod waterfall;

use crate::demand::{Demand, Forecast};
use crate::domain::{Month, Usd};
use crate::history::{Book, MarketHistory};
use crate::ingest::Exports;
use crate::job::Job;
use crate::market::{Outlook, Scenario};
use crate::supply::{Allocation, Committed, Peg, Plan, ProposedOrder, Shortage, Values, WhatIf};

pub use column::{AS_OF, Column, Kind, Look, VINTAGE};
pub use declared::SPECS;
pub(crate) use schema::round;
pub use schema::{Cell, Spec, Stamp, Table};
pub use version::SCHEMA_VERSION;

/// Prices of one machine of each model.
#[derive(Clone, Debug)]
pub struct Prices {
    /// Mean price of what is open, weighted by machines.
    pub contract: Vec<Option<Usd>>,
    /// The job's list price, or the mean price of the last three months' orders.
    pub list: Vec<Option<Usd>>,
    /// Each model's TH at the mean price per TH of the orders of the job's `price_months`.
    pub expected: Vec<Option<Usd>>,
}

/// Everything that a run has found out, for the tables to be made from.
#[derive(Debug)]
pub struct Context<'a> {
    /// The job.
    pub job: &'a Job,
    /// Last month known.
    pub as_of: Month,
    /// What was read.
    pub exports: &'a Exports,
    /// Monthly market.
    pub market: &'a MarketHistory,
    /// The order book.
    pub book: &'a Book<'a>,
    /// The market ahead.
    pub outlook: &'a Outlook,
    /// What demand is drawn from.
    pub demand: &'a Demand,
    /// One a scenario, in the order of `Scenario::ALL`.
    pub forecasts: &'a [Forecast],
    /// Committed supply.
    pub committed: &'a Committed,
    /// One a scenario.
    pub allocations: &'a [Allocation],
    /// Wafer orders proposed, and what they were found from.
    pub plan: &'a Plan,
    /// What each source of chips is for.
    pub pegs: &'a [Peg],
    /// Other quantities of the orders decided now.
    pub what_if: &'a [WhatIf],
    /// What waits.
    pub shortages: &'a [Shortage],
    /// What things cost and fetch.
    pub values: Values<'a>,
    /// Prices.
    pub prices: &'a Prices,
    /// Accuracy of past forecasts by replay.
    pub scores: &'a [crate::backtest::Score],
}

impl Context<'_> {
    /// Name of the vintage, without its revision.
    pub fn vintage(&self) -> String {
        self.as_of.vintage()
    }

    /// What every row of its tables begins with.
    fn stamp(&self) -> Stamp {
        Stamp { vintage: self.vintage(), as_of: self.as_of.last_day() }
    }

    /// A month ahead of the as-of month, 0 is the first.
    pub fn month(&self, ahead: usize) -> Month {
        self.as_of + 1 + i32::try_from(ahead).unwrap_or(0)
    }

    /// The wafer orders proposed, base scenario.
    pub fn orders(&self) -> &[ProposedOrder] {
        &self.plan.orders[Scenario::Base as usize]
    }

    /// How intake of the quarters ahead that a stretch of months lies in was forecast.
    fn method(&self, months: &std::ops::Range<usize>) -> String {
        let kept = months.clone().map(|h| !self.demand.intake.ratios[h / 3].kept.is_empty());
        let (mut any, mut all) = (false, true);
        for kept in kept {
            any |= kept;
            all &= kept;
        }
        let intake = match (any, all) {
            (true, true) => "ratio_regression",
            (true, false) => "ratio_regression+trailing_mean",
            _ => "trailing_mean",
        };
        format!("backlog+booking_curve+{intake}")
    }
}

impl From<&crate::vintages::Chain> for Stamp {
    fn from(chain: &crate::vintages::Chain) -> Self {
        Self { vintage: chain.name.to_string(), as_of: chain.as_of.last_day() }
    }
}

/// Every table of the forecast, in the order of the documentation.
pub fn all(context: &Context<'_>) -> Vec<Table> {
    let [monthly, quarterly] = shipments::tables(context);
    let cash = cash::table(context);
    vec![
        monthly,
        quarterly,
        wafers::table(context),
        pegging::table(context),
        quantities::table(context),
        quantities::critical_ratio(context),
        stock::table(context),
        stock::promise(context),
        risk::shortages(context),
        cash,
        risk::exposure(context),
        market::table(context),
        pricing::table(context),
        model::regression(context),
        contributions::table(context),
        backtest::table(context),
        overrides::table(context),
        policy::table(context),
        inputs::rejected(context),
        inputs::history(context),
    ]
}

/// The tables that compare a vintage with earlier ones. They alone depend on what else is in the output folder.
pub fn of_chain(chain: &crate::vintages::Chain) -> Vec<Table> {
    vec![revisions::table(chain), realised::table(chain), waterfall::table(chain)]
}
