//! What a budget lets place, what it cuts and what that costs, in a line.

use crate::domain::Usd;
use crate::supply::Sequence;
use crate::tables::Context;

use super::grouped;

/// Orders named that are cut.
const NAMED: usize = 4;

/// Of a job with limits whose rule asks for orders.
pub(super) fn line(context: &Context<'_>) -> Option<String> {
    let budget = context.budget;
    let (asked, placed, cut) = (budget.asked(), budget.placed(), budget.cut());
    if !context.job.budget.limits() || asked.wafers == 0 {
        return None;
    }
    let head = format!(
        "budget: {} of {} that the rule asks for may be prepaid",
        millions(placed.prepayment),
        millions(asked.prepayment)
    );
    if cut.wafers == 0 {
        return Some(format!("{head}; nothing is cut"));
    }
    let costs = if cut.profit < Usd::ZERO {
        format!("which would lose {} on the mean of the paths", millions(-cut.profit))
    } else {
        format!("costs {} of expected profit", millions(cut.profit))
    };
    Some(format!(
        "{head}; cut: {}; {costs}, and {} machines more wait (tables budget_orders, budget_frontier)",
        named(&budget.sequence, budget.taken, context),
        grouped(cut.machines.round() as i64)
    ))
}

/// Orders of which something is cut, those with most first.
fn named(sequence: &Sequence, taken: usize, context: &Context<'_>) -> String {
    let cut = |order: usize| -> i64 {
        let lots = sequence.lots[taken..].iter().filter(|lot| lot.order == order);
        lots.map(|lot| lot.wafers).sum()
    };
    let orders = sequence.orders.iter().enumerate().map(|(place, order)| (cut(place), order));
    let mut orders: Vec<_> = orders.filter(|(wafers, _)| *wafers > 0).collect();
    orders.sort_by_key(|(wafers, _)| std::cmp::Reverse(*wafers));
    let each = orders.iter().take(NAMED).map(|(wafers, order)| {
        format!(
            "{} of {} wafers of {} by {}",
            grouped(*wafers),
            grouped(order.wafers),
            context.job.catalogue.chips[order.chip].name(),
            order.place_by
        )
    });
    let text = each.collect::<Vec<_>>().join(", ");
    match orders.len().saturating_sub(NAMED) {
        0 => text,
        1 => format!("{text} and one order more"),
        more => format!("{text} and {more} orders more"),
    }
}

fn millions(amount: Usd) -> String {
    format!("{:.1} M USD", amount.dollars() / 1e6)
}
