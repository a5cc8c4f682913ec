//! What a budget lets place, what it cuts and what that costs, in a line.

use crate::domain::Usd;
use crate::supply::Sequence;
use crate::tables::Context;
use crate::views::words;

use super::grouped;

/// Of a job with limits whose rule asks for orders.
pub(super) fn line(context: &Context<'_>) -> Option<String> {
    let budget = context.budget;
    let (asked, placed, cut) = (budget.asked(), budget.placed(), budget.cut());
    if !context.job.budget.limits() || asked.wafers == 0 {
        return None;
    }
    let limits = &context.job.budget;
    let kept = limits.below_limit_probability.filter(|_| !budget.unchecked && budget.never.is_none());
    let kept = kept.map_or_else(String::new, |allowed| {
        let share = words::percent(allowed.get());
        format!(
            ", for cash to fall below its limit on {share} of the paths at most{}",
            limits.below_limit_if.words()
        )
    });
    let head = format!(
        "budget: {} of {} that the rule asks for may be prepaid{kept}",
        millions(placed.prepayment),
        millions(asked.prepayment)
    );
    if cut.wafers == 0 {
        return Some(format!("{head}; nothing is cut"));
    }
    let costs = if cut.profit < Usd::ZERO {
        format!(
            "would lose {} USD on the mean of the paths and is in no budget",
            grouped((-cut.profit).dollars().round() as i64)
        )
    } else {
        format!("costs {} of expected profit", millions(cut.profit))
    };
    Some(format!(
        "{head}; cut are {} of {} wafers: {}; that {costs}, and {} machines wait for what is cut, on the mean of the paths (tables budget_orders, budget_frontier)",
        grouped(cut.wafers),
        grouped(asked.wafers),
        named(&budget.sequence, budget.taken, context),
        grouped(cut.machines.round() as i64)
    ))
}

/// Orders of which something is cut, by their last day.
fn named(sequence: &Sequence, taken: usize, context: &Context<'_>) -> String {
    let cut = |order: usize| -> i64 {
        let lots = sequence.lots[taken..].iter().filter(|lot| lot.order == order);
        lots.map(|lot| lot.wafers).sum()
    };
    let catalogue = &context.job.catalogue;
    let orders = sequence.orders.iter().enumerate().map(|(place, order)| (cut(place), order));
    let mut orders: Vec<_> = orders.filter(|(wafers, _)| *wafers > 0).collect();
    orders.sort_by_key(|(_, order)| {
        (order.place_by, catalogue.chips[order.chip].name(), catalogue.foundries[order.foundry].name())
    });
    let each = orders.iter().map(|(wafers, order)| {
        let (chip, all) = (catalogue.chips[order.chip].name(), grouped(order.wafers));
        let foundry = catalogue.foundries[order.foundry].name();
        let share = if *wafers == order.wafers {
            format!("all {all}")
        } else {
            format!("{} of {all}", grouped(*wafers))
        };
        format!("{share} of {chip} from {foundry} by {}", order.place_by)
    });
    each.collect::<Vec<_>>().join(", ")
}

fn millions(amount: Usd) -> String {
    format!("{:.1} M USD", amount.dollars() / 1e6)
}
