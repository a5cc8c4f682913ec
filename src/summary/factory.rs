//! What is said of the factory: what it holds back, and which parts must be ordered by when.

use std::cmp::Reverse;

use crate::market::{HORIZON, Scenario};
use crate::supply::{self, Allocation, part_needs};
use crate::tables::Context;
use crate::views::words::grouped;

/// What the factory holds back at worst.
pub(super) fn held_back(context: &Context<'_>, allocation: &Allocation) -> Option<String> {
    let held = |h: usize| allocation.held_back.iter().map(|row| row[h]).sum::<i64>();
    let worst = (0..HORIZON).max_by_key(|h| (held(*h), Reverse(*h)))?;
    (held(worst) > 0).then(|| {
        let by = match (context.job.factory.limits(), context.job.parts.is_empty()) {
            (true, true) => "assembly capacity holds",
            (false, _) => "other parts than chips hold",
            (true, false) => "assembly capacity or other parts than chips hold",
        };
        format!(
            "{by} back {} machines at worst, in {}: their chips are there ([factory], [[parts]]; waiting_for_assembly_units in shipment_forecast)",
            grouped(held(worst)),
            context.month(worst)
        )
    })
}

/// What is built ahead to level the months.
pub(super) fn levelled(context: &Context<'_>) -> Option<String> {
    let plan = context.levelled[Scenario::Base as usize].as_ref()?;
    let before = supply::built(&context.allocations[Scenario::Base as usize].machines);
    // Mean change from month to month: the largest month alone says nothing where chips come late.
    let change = |months: [i64; HORIZON]| {
        let changes: u64 = months.windows(2).map(|pair| pair[0].abs_diff(pair[1])).sum();
        grouped((changes as f64 / (HORIZON - 1) as f64).round() as i64)
    };
    let (ahead, h) = plan.ahead;
    if ahead == 0 {
        return Some("assembly is not levelled ([factory] level_within): no chips are there before their machines ship, or the months are alike".to_owned());
    }
    Some(format!(
        "assembly levelled ([factory] level_within): from month to month {} machines more or fewer are built on average, {} without; at most {} stand built ahead, at the end of {} (table stock, built)",
        change(plan.built()),
        change(before),
        grouped(ahead),
        context.month(h)
    ))
}

/// Parts that are missing: what comes too late, and the last day on which the rest can be ordered.
pub(super) fn parts(context: &Context<'_>) -> Vec<String> {
    let allocation = &context.allocations[Scenario::Base as usize];
    let needs = part_needs(allocation, context.committed, (context.job, context.as_of));
    let said = needs.into_iter().map(|need| {
        let mut said = Vec::new();
        if let Some((pieces, h)) = need.out_of_reach {
            said.push(format!(
                "{} pieces are missing for machines up to {}, and none ordered now come in time",
                grouped(pieces),
                context.month(h)
            ));
        }
        if let Some((h, day, pieces)) = need.to_order {
            said.push(format!(
                "{} for machines up to {} must be ordered by {day}, {} within the twelve months",
                grouped(pieces),
                context.month(h),
                grouped(need.year)
            ));
        }
        format!("part `{}`: {}", context.job.parts[need.part].name(), said.join("; "))
    });
    said.collect()
}
