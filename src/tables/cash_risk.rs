//! `cash_risk` and `cash_low`: cash over the paths, by month and at its lowest.

use crate::cash::{Case, Risk};
use crate::domain::{Month, Scenario, Usd};
use crate::market::HORIZON;

use super::Context;
use crate::table::{Table, table};

/// A month of a scenario and case.
pub(super) struct AtRisk<'a> {
    scenario: Scenario,
    case: Case,
    month: Month,
    h: usize,
    risk: Option<&'a Risk>,
}

/// What a case is, in the words of a column.
pub(super) const CASE: &str = "plan: as forecast and planned; contracts_of_today: contracts and wafer orders of today, nothing new on either side; no_new_orders: customers sign nothing more, the wafer orders to place now are placed; largest_customer_gone: the plan without the customer, or group of customers, with most on order: without its contracts, and with its share of the machines signed in the last 24 months less of what is signed";

table! {
    cash_risk of AtRisk<'_>: "one scenario, case and month: cumulative cash over the simulated paths, opening cash included; empty without a price",
    key {
        scenario(Text, "", "bear, base or bull path of the bitcoin price; base has random prices around its path") = |r| r.scenario.name();
        case(Text, "", crate::tables::cash_risk::CASE).words() = |r| r.case.name();
        month(Month, "", "month, by its first day") = |r| r.month;
    }
    columns {
        cash_p5_usd(Real(2), "USD", "cash at the end of the month, below which 5% of the paths end")
            .formula("5th percentile over paths of opening_cash_usd + sum of deposits, balances, refunds, foundry payments and machine costs")
            .source("docs/concepts/cash.md; [cash] opening_cash_usd")
            .label("Cash", "1 path in 20 below, USD")
            = |r| r.at(0);
        cash_p10_usd(Real(2), "USD", "the same, 10% of the paths") = |r| r.at(1);
        cash_p50_usd(Real(2), "USD", "the same, half of the paths").label("Cash", "median, USD").main() = |r| r.at(2);
        cash_p90_usd(Real(2), "USD", "the same, 90% of the paths") = |r| r.at(3);
        cash_p95_usd(Real(2), "USD", "the same, 95% of the paths") = |r| r.at(4);
        cash_mean_usd(Real(2), "USD", "mean over the paths") = |r| r.risk.map(|risk| risk.mean[r.h]);
        below_limit_probability(Real(4), "share", "share of paths on which cash is below minus the credit line at the end of this month or of one before")
            .source("[cash] credit_line_usd")
            .label("Below the limit", "share of paths by then")
            = |r| r.risk.map(|risk| risk.below[r.h]);
        advances_usd(Real(2), "USD", "of the mean: deposits received since the as-of date on machines that have not shipped by then; their wafers and balances may be beyond the twelve months")
            = |r| r.risk.map(|risk| risk.advances[r.h]);
        cash_without_advances_p5_usd(Real(2), "USD", "cash less those deposits, below which 5% of the paths end")
            = |r| r.risk.map(|risk| risk.without_advances[r.h]);
    }
}

impl AtRisk<'_> {
    fn at(&self, index: usize) -> Option<Usd> {
        self.risk.map(|risk| risk.months[self.h][index])
    }
}

/// The lowest month end of a scenario and case.
pub(super) struct Low<'a> {
    context: &'a Context<'a>,
    scenario: Scenario,
    case: Case,
    risk: Option<&'a Risk>,
}

table! {
    cash_low of Low<'_>: "one scenario and case: the lowest month end of cash over the simulated paths, and the probability of falling below the limit; empty without a price",
    key {
        scenario(Text, "", "bear, base or bull path of the bitcoin price; base has random prices around its path") = |r| r.scenario.name();
        case(Text, "", crate::tables::cash_risk::CASE).words() = |r| r.case.name();
    }
    columns {
        low_p5_usd(Real(2), "USD", "lowest month end of cash, opening cash included, below which it lies on 5% of the paths")
            .source("table cash_risk, path by path")
            .label("Lowest cash", "1 path in 20 below, USD")
            = |r| r.at(0);
        low_p10_usd(Real(2), "USD", "the same, 10% of the paths") = |r| r.at(1);
        low_p50_usd(Real(2), "USD", "the same, half of the paths").label("Lowest cash", "median, USD").main() = |r| r.at(2);
        low_p90_usd(Real(2), "USD", "the same, 90% of the paths") = |r| r.at(3);
        low_p95_usd(Real(2), "USD", "the same, 95% of the paths") = |r| r.at(4);
        low_month(Month, "", "month in which it lies on most paths, by its first day")
            .label("In", "on most paths")
            = |r| r.risk.map(|risk| r.context.month(risk.low_month.0));
        low_month_probability(Real(4), "share", "share of those paths") = |r| r.risk.map(|risk| risk.low_month.1);
        limit_usd(Real(2), "USD", "limit of cash: minus the credit line")
            .source("[cash] credit_line_usd")
            = |r| Usd::ZERO - Usd::new(r.context.job.cash.credit_line_usd.get());
        below_limit_probability(Real(4), "share", "share of paths on which cash is below the limit at the end of any month")
            .label("Below the limit", "share of paths")
            = |r| r.risk.map(|risk| risk.below[HORIZON - 1]);
        leftovers_usd(Real(2), "USD", "mean of what is left at the end of the twelve months and would fetch then, the better of clearance and own mining; not in cash before it is sold")
            = |r| r.risk.map(|risk| risk.salvage_values);
    }
}

impl Low<'_> {
    fn at(&self, index: usize) -> Option<Usd> {
        self.risk.map(|risk| risk.low[index])
    }
}

/// Both tables.
pub(super) fn tables(context: &Context<'_>) -> [Table; 2] {
    let cases = || context.cash.risks.iter().map(|(scenario, case, risk)| (*scenario, *case, risk.as_ref()));
    let months = cases().flat_map(|(scenario, case, risk)| {
        (0..HORIZON).map(move |h| AtRisk { scenario, case, month: context.month(h), h, risk })
    });
    let low = cases().map(|(scenario, case, risk)| Low { context, scenario, case, risk });
    [Table::of(&context.stamp(), months), Table::of(&context.stamp(), low)]
}
