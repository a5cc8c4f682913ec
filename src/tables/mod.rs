//! The published tables: one file a table, its columns documented where its rows are made.

mod accounts;
mod backtest;
mod budget;
mod cash;
mod cash_risk;
mod chip_need;
mod commitments;
mod contributions;
pub(crate) mod declared;
pub mod dictionary;
mod inputs;
mod market;
mod model;
mod overrides;
mod pegging;
mod placed;
mod policy;
mod pricing;
mod quantities;
mod realised;
mod reconciliation;
mod revisions;
mod risk;
mod shipments;
mod stock;
mod wafers;
mod waiting;
mod waterfall;

use crate::demand::{Demand, Forecast};
use crate::domain::{FiscalYear, Month};
use crate::history::{Book, MarketHistory};
use crate::ingest::Exports;
use crate::job::Job;
use crate::market::{Outlook, Scenario};
use crate::publish::VintageName;
use crate::selling::{Prices, Site};
use crate::supply::{
    Allocation, Committed, Fleet, Peg, Plan, ProposedOrder, Shortage, Values, Waiting, WhatIf,
};
use crate::table::{Stamp, Table};

pub use declared::SPECS;
pub(crate) use policy::off_target;
pub use reconciliation::table as reconciliation;
pub(crate) use shipments::stretches;

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
    /// The maker's own sites; `None` where their room is not known.
    pub site: Option<&'a Site>,
    /// Committed supply.
    pub committed: &'a Committed,
    /// What machines in the field draw; `None` without `[spares]`.
    pub fleet: Option<&'a Fleet>,
    /// One a scenario.
    pub allocations: &'a [Allocation],
    /// The months levelled by building machines ahead, one a scenario; `None` where the job does not ask for it or supply is not known.
    pub levelled: &'a [Option<crate::supply::Levelled>],
    /// What known supply lets ship on the paths, one a scenario; `None` where supply is not known.
    pub shipping: &'a [Option<crate::supply::Shipping>],
    /// Share of the machines of each quarter ahead that a price 30% lower takes.
    pub price_response: [f64; 4],
    /// Wafer orders proposed, and what they were found from.
    pub plan: &'a Plan,
    /// What each source of chips is for.
    pub pegs: &'a [Peg],
    /// Other quantities of the orders decided now.
    pub what_if: &'a [WhatIf],
    /// What waits.
    pub shortages: &'a [Shortage],
    /// Who gets what ships.
    pub waiting: &'a [Waiting<'a>],
    /// What things cost and fetch.
    pub values: Values<'a>,
    /// Money in and out, and what of it is at risk.
    pub cash: &'a crate::cash::Found,
    /// What budgets let place of the orders, and what this run does.
    pub budget: &'a crate::cash::Budgeted,
    /// Orders that could be kept or cancelled.
    pub keep: &'a [crate::supply::Keep],
    /// The orders to place now at other deposits.
    pub deposits: &'a [crate::supply::AtDeposit],
    /// Prices.
    pub prices: &'a Prices,
    /// What the split of orders to chips hangs on; `None` where one chip has all.
    pub mix: Option<&'a crate::mix::MixUsed>,
    /// What launches that slip take from forecast and orders.
    pub(crate) slips: &'a [crate::roadmap::LaunchSlip],
    /// Who the machines are for.
    pub accounts: &'a crate::accounts::KeyAccounts,
    /// Accuracy of past forecasts by replay.
    pub scores: &'a [crate::backtest::Score],
}

impl Context<'_> {
    /// The year that quarters are of.
    pub const fn fiscal_year(&self) -> FiscalYear {
        self.job.run.fiscal_year_starts
    }

    /// Name of the vintage, without its revision.
    pub fn vintage(&self) -> String {
        VintageName::new(self.as_of, self.fiscal_year()).period()
    }

    /// What every row of its tables begins with.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp { vintage: self.vintage(), as_of: self.as_of.last_day() }
    }

    /// A month ahead of the as-of month, 0 is the first.
    pub fn month(&self, ahead: usize) -> Month {
        (self.as_of + 1).plus(ahead)
    }

    /// The wafer orders proposed, base scenario.
    pub fn orders(&self) -> &[ProposedOrder] {
        &self.plan.orders[Scenario::Base as usize]
    }

    /// How the part beyond today's orders was forecast.
    fn method(&self) -> &'static str {
        match self.demand.intake.posterior.selling {
            crate::demand::Selling::Ahead => "backlog+lead_times+market_response",
            crate::demand::Selling::FromStock => "backlog+market_response",
        }
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
    let [cash_risk, cash_low] = cash_risk::tables(context);
    let [keep_or_cancel, deposit_terms] = commitments::tables(context);
    let [budget_orders, budget_frontier] = budget::tables(context);
    vec![
        monthly,
        quarterly,
        wafers::table(context),
        budget_orders,
        budget_frontier,
        keep_or_cancel,
        deposit_terms,
        pegging::table(context),
        quantities::table(context),
        quantities::critical_ratio(context),
        chip_need::table(context),
        stock::table(context),
        stock::promise(context),
        risk::shortages(context),
        waiting::table(context),
        accounts::table(context),
        cash,
        cash_risk,
        cash_low,
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
    vec![
        revisions::table(chain),
        placed::decisions(chain),
        placed::revisions(chain),
        realised::table(chain),
        waterfall::table(chain),
    ]
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::SPECS;
    use super::dictionary::type_name;
    use crate::table::{DIGEST, SCHEMA_VERSION};

    #[test]
    fn tables_do_not_change_without_a_new_version() {
        let mut digest = Sha256::new();
        for spec in SPECS {
            digest.update(format!("{} {}\n", spec.name, spec.key));
            for column in spec.columns {
                digest.update(format!("  {} {} {}\n", column.name, type_name(column.kind), column.unit));
            }
        }
        let now = format!("{:x}", digest.finalize());
        assert_eq!(
            now,
            DIGEST,
            "a table has changed: where vintages of version {SCHEMA_VERSION} are in use set SCHEMA_VERSION to {}, and DIGEST to the left one",
            SCHEMA_VERSION + 1
        );
    }
}
