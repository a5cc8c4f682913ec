//! `keep_or_cancel`: what cancelling a wafer order loses against keeping it; `deposit_terms`: what foundries' deposits are worth.

use crate::supply::{AtDeposit, Held, Keep};

use super::Context;
use crate::table::{Table, table};

/// An order that could be kept or cancelled.
pub(super) struct Kept<'a> {
    context: &'a Context<'a>,
    keep: &'a Keep,
}

table! {
    keep_or_cancel of Kept<'_>: "one wafer order, open or to place now: what cancelling it would lose, and what keeping it is expected to lose; nothing is cancelled by itself",
    key {
        status(Text, "", "open: with a foundry; place_now: what it would lose once it is placed").words()
            = |r| match r.keep.held { Held::Open => "open", Held::PlaceNow => "place_now" };
        chip(Text, "", "chip ordered")
            .label("Chip", "") = |r| r.context.job.catalogue.chips[r.keep.chip].name();
        foundry(Text, "", "who makes it")
            .label("Foundry", "") = |r| r.keep.foundry.as_str();
        placed(Date, "", "day on which it was placed, or must be")
            .label("Placed", "or to place by") = |r| r.keep.placed;
        due(Date, "", "day on which its wafers are out")
            .label("Due", "") = |r| r.keep.due;
    }
    columns {
        wafers(Whole, "wafers", "wafers").label("Wafers", "") = |r| r.keep.wafers;
        cost_usd(Real(2), "USD", "their price, by the terms of the job") = |r| r.keep.cost;
        forfeit_usd(Real(2), "USD", "lost when it is cancelled now, one to place once it is placed: by the foundry's cancellation terms, else what is prepaid")
            .label("Cancelled now", "loses, USD")
            = |r| r.keep.forfeit;
        lost_profit_usd(Real(2), "USD", "mean over paths of the profit of sales that would then be lost; empty without a price")
            .formula("underage_usd x machines fewer without it")
            .source("table critical_ratio")
            .label("and in sales", "USD, mean")
            = |r| r.keep.profit;
        left_machines(Real(1), "machines", "mean over paths of machines' chips of it that are left over at the end of the months decided, as the last order used; empty for a chip that no model is built with")
            = |r| r.keep.left;
        keep_loss_usd(Real(2), "USD", "mean over paths of the loss on those: their cost less what they fetch on the path, at least 0; empty without a price")
            .formula("mean over paths of left over x max(0, cost of a chip - what it fetches)")
            .source("docs/concepts/cash.md")
            .label("Kept", "loses, USD, mean")
            = |r| r.keep.loss;
        loses_less(Text, "", "which of the two loses less on the mean of the paths: keep, or cancel where forfeit_usd + lost_profit_usd is below keep_loss_usd; empty without a price")
            .words()
            = |r| r.keep.cancelling_loses_less().map(|cancel| if cancel { "cancel" } else { "keep" });
    }
}

/// A share that foundries take ahead.
pub(super) struct Terms<'a>(&'a AtDeposit);

table! {
    deposit_terms of Terms<'_>: "the orders to place now if every foundry took the same share of the price ahead: what a deposit is worth in talks with foundries; base scenario",
    key {
        prepayment_share(Real(2), "share", "share of the price paid when an order is placed") = |r| r.0.share;
    }
    columns {
        rule_wafers(Whole, "wafers", "wafers that the order rule asks for then")
            .label("The rule asks for", "wafers") = |r| r.0.asked.wafers;
        rule_prepayment_usd(Real(2), "USD", "prepaid for them")
            .label("Prepaid", "USD") = |r| r.0.asked.prepayment;
        money_cost_usd(Real(2), "USD", "cost of money on that until the chips are in hand")
            .formula("prepayment x ((1 + capital_rate_per_month)^lead_months - 1)")
            .source("[wafers] capital_rate_per_month, [[foundries]] lead_months")
            .label("Cost of money", "USD")
            = |r| r.0.money;
        wafers(Whole, "wafers", "wafers of them within the limit on prepayments")
            .source("[budget] prepayment_usd, --budget")
            .label("Within the budget", "wafers").main()
            = |r| r.0.within.wafers;
        prepayment_usd(Real(2), "USD", "prepaid for those") = |r| r.0.within.prepayment;
        expected_profit_usd(Real(2), "USD", "expected profit of those against placing none, the cost of money taken off")
            .source("table budget_frontier")
            .label("Expected profit", "USD")
            = |r| r.0.within.profit;
        next_lot_profit_per_usd(Real(4), "USD/USD", "what one more dollar of budget would earn: the price of a scarce dollar; empty where all is placed, and where nothing is prepaid")
            .label("One more USD", "earns")
            = |r| r.0.next;
    }
}

/// Both tables.
pub(super) fn tables(context: &Context<'_>) -> [Table; 2] {
    let kept = context.keep.iter().map(|keep| Kept { context, keep });
    [Table::of(&context.stamp(), kept), Table::of(&context.stamp(), context.deposits.iter().map(Terms))]
}
