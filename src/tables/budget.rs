//! `budget_orders`: what a budget takes of each order that the rule asks for now; `budget_frontier`: what budgets come to.

use crate::cash::{AtStake, Budgeted, Point};
use crate::domain::Usd;
use crate::supply::{Lot, ProposedOrder, Taken};

use super::Context;
use crate::table::{Table, table};

/// An order that the rule asks for now.
pub(super) struct Asked<'a> {
    context: &'a Context<'a>,
    order: &'a ProposedOrder,
    /// Its lots, each with its place in the sequence.
    lots: Vec<(usize, &'a Lot)>,
}

table! {
    budget_orders of Asked<'_>: "one wafer order that the rule asks for now: what of it the budget lets place, and what cutting the rest costs",
    key {
        chip(Text, "", "chip ordered")
            .label("Chip", "") = |r| r.context.job.catalogue.chips[r.order.chip].name();
        place_by(Date, "", "last day on which the order can be placed")
            .label("Place by", "") = |r| r.order.place_by;
        foundry(Text, "", "who makes it")
            .label("Foundry", "") = |r| r.context.job.catalogue.foundries[r.order.foundry].name();
    }
    columns {
        rule_wafers(Whole, "wafers", "wafers that the order rule asks for")
            .source("docs/concepts/orders.md")
            .label("The rule asks for", "wafers")
            = |r| r.order.wafers;
        rule_prepayment_usd(Real(2), "USD", "paid when all of them are placed") = |r| r.order.prepayment;
        secured_wafers(Whole, "wafers", "of them in lots that contracts with a deposit need: they come first")
            = |r| r.lots.iter().filter(|(_, lot)| lot.secured).map(|(_, lot)| lot.wafers).sum::<i64>();
        wafers(Whole, "wafers", "wafers within the budget; without one all that the rule asks for")
            .source("[budget]; docs/concepts/orders.md")
            .label("Within the budget", "wafers").main()
            = |r| r.sum(true).wafers;
        cut_wafers(Whole, "wafers", "wafers beyond it")
            .formula("rule_wafers - wafers")
            .label("Cut", "wafers")
            = |r| r.sum(false).wafers;
        cut_prepayment_usd(Real(2), "USD", "what is not prepaid for them")
            .label("Not prepaid", "USD")
            = |r| r.sum(false).prepayment;
        cut_profit_usd(Real(2), "USD", "expected profit of what is cut, lot by lot on top of those before it; empty without a price")
            .formula("sum over lots of underage_usd x machines fewer short - overage_usd x machines more left over, mean over paths in the month in which the lot earns most")
            .source("table critical_ratio; docs/concepts/orders.md")
            .label("Cutting costs", "expected profit, USD")
            = |r| r.priced().then(|| r.sum(false).profit);
        cut_machines(Real(1), "machines", "mean machines that wait for them")
            .label("Wait for what is cut", "machines, mean")
            = |r| r.sum(false).machines;
        profit_usd(Real(2), "USD", "expected profit of what is placed; empty without a price") = |r| r.priced().then(|| r.sum(true).profit);
        last_lot_profit_per_usd(Real(4), "USD/USD", "expected profit of its last lot per dollar prepaid; empty without a price, and where nothing is prepaid")
            .label("Its last lot earns", "a USD prepaid")
            = |r| r.lots.last().filter(|_| r.priced()).and_then(|(_, lot)| lot.per_dollar());
        placed_from_usd(Real(2), "USD", "budget from which its first lot is placed: prepayments of all lots up to it")
            = |r| r.lots.first().map(|(place, _)| r.upto(*place));
        whole_from_usd(Real(2), "USD", "budget from which all of it is placed; at a smaller one it is cut")
            .label("Cut below", "a budget of, USD")
            = |r| r.lots.last().map(|(place, _)| r.upto(*place));
    }
}

impl Asked<'_> {
    fn priced(&self) -> bool {
        self.context.plan.chips[self.order.chip].at(self.order.foundry).is_some()
    }

    fn upto(&self, index: usize) -> Usd {
        self.context.budget.sequence.sum(..=index).prepayment
    }

    /// What is placed of it, or cut.
    fn sum(&self, placed: bool) -> Taken {
        let none = Taken::default();
        let own = self.lots.iter().filter(|(index, _)| (*index < self.context.budget.taken) == placed);
        own.fold(none, |sum, (_, lot)| sum.with(lot))
    }
}

/// A budget and its place among them.
pub(super) struct Step<'a> {
    budget: &'a Budgeted,
    number: usize,
    point: &'a Point,
}

table! {
    budget_frontier of Step<'_>: "one limit on what is prepaid for the orders to place now, from none to all that the rule asks for, and what it comes to; base scenario",
    key {
        step(Whole, "", "number of the row, from the smallest budget on") = |r| r.number;
    }
    columns {
        budget_usd(Real(2), "USD", "most that may be prepaid: tenths of what the rule asks for, and the limit of this run")
            .source("[budget] prepayment_usd, --budget")
            .label("Budget", "USD")
            = |r| r.point.budget;
        chosen(Text, "", "yes: what this run proposes to place, within every limit of the job; no: what it would be at this limit")
            .words()
            = |r| if r.point.chosen { "yes" } else { "no" };
        wafers(Whole, "wafers", "wafers that fit")
            .label("Wafers", "") = |r| r.point.taken.wafers;
        prepayment_usd(Real(2), "USD", "what is prepaid for them")
            .label("Prepaid", "USD").main() = |r| r.point.taken.prepayment;
        expected_profit_usd(Real(2), "USD", "what they earn on the mean of the paths against placing none: sales that would be lost, less what leftovers cost; lots without a price count for 0")
            .source("docs/concepts/orders.md; table budget_orders")
            .label("Expected profit", "USD")
            = |r| r.point.taken.profit;
        cut_profit_usd(Real(2), "USD", "expected profit lost on what the rule asks for beyond them")
            .label("Lost by cutting", "USD")
            = |r| r.cut().profit;
        cut_machines(Real(1), "machines", "mean machines that wait for what is cut")
            .label("Wait for what is cut", "machines, mean")
            = |r| r.cut().machines;
        next_lot_profit_per_usd(Real(4), "USD/USD", "expected profit of the next lot per dollar prepaid: what one more dollar of budget earns; empty where all is placed")
            .label("One more USD", "earns")
            = |r| r.budget.sequence.lots.get(r.point.lots).and_then(Lot::per_dollar);
        write_down_mean_usd(Real(2), "USD", "write-down on these orders, mean over the paths; empty without a price")
            .source("table exposure")
            = |r| r.stake(|s| s.write_down[0]);
        write_down_p95_usd(Real(2), "USD", "the same, exceeded on 5% of the paths")
            .label("Write-down", "1 path in 20, USD")
            = |r| r.stake(|s| s.write_down[1]);
        write_down_shortfall_usd(Real(2), "USD", "the same, mean of the worst 5% of the paths (expected shortfall)")
            = |r| r.stake(|s| s.write_down[2]);
        low_p5_usd(Real(2), "USD", "lowest month end of cash, below which it lies on 5% of the paths; orders of later runs make up for what is cut")
            .source("table cash_low, case plan")
            = |r| r.stake(|s| s.low);
        below_limit_probability(Real(4), "share", "share of paths on which cash is below the limit at the end of any month")
            .label("Below the limit", "share of paths")
            = |r| r.point.at_stake.map(|s| s.below);
    }
}

impl Step<'_> {
    fn cut(&self) -> Taken {
        self.budget.sequence.sum(self.point.lots..)
    }

    fn stake(&self, of: impl Fn(&AtStake) -> Usd) -> Option<Usd> {
        self.point.at_stake.as_ref().map(of)
    }
}

/// Both tables.
pub(super) fn tables(context: &Context<'_>) -> [Table; 2] {
    let budget = context.budget;
    let orders = budget.sequence.orders.iter().enumerate().map(|(order, of)| {
        let lots = budget.sequence.lots.iter().enumerate().filter(|(_, lot)| lot.order == order);
        Asked { context, order: of, lots: lots.collect() }
    });
    let points = budget.points.iter().zip(1..).map(|(point, number)| Step { budget, number, point });
    [Table::of(&context.stamp(), orders), Table::of(&context.stamp(), points)]
}
