//! Who the machines are expected from that nobody has signed yet, who cannot plug in and who owes too much, in a line each.

use crate::domain::Usd;
use crate::tables::Context;

use super::grouped;

/// Groups named.
const NAMED: usize = 4;

/// The lines; none where no export says anything of customers beside their orders.
pub(super) fn lines(context: &Context<'_>) -> Vec<String> {
    let accounts = context.accounts;
    if !accounts.given {
        return Vec::new();
    }
    [unsigned(context), power(context), limits(context)].into_iter().flatten().collect()
}

fn unsigned(context: &Context<'_>) -> Option<String> {
    let accounts = context.accounts;
    let all = accounts.all.unsigned();
    let mut groups: Vec<_> = accounts.groups.iter().filter(|group| group.unsigned() > 0).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.unsigned()));
    let named = groups.iter().take(NAMED).map(|group| {
        let deals = match group.pipeline {
            0 => String::new(),
            deals => format!(" ({} in the pipeline)", grouped(deals)),
        };
        format!("{} {}{deals}", group.name, grouped(group.unsigned()))
    });
    let rest =
        groups.iter().skip(NAMED).map(|group| group.unsigned()).sum::<i64>() + accounts.others.unsigned();
    let named: Vec<String> = named.chain((rest > 0).then(|| format!("others {}", grouped(rest)))).collect();
    (all > 0).then(|| {
        format!(
            "not signed yet: {} of the {} machines, {} of them in the pipeline by its probabilities; expected of {} (table key_accounts)",
            grouped(all),
            grouped(accounts.all.units()),
            grouped(accounts.all.pipeline),
            named.join(", ")
        )
    })
}

fn power(context: &Context<'_>) -> Option<String> {
    let waiting = context.accounts.without_power();
    let named = waiting.iter().take(NAMED).map(|(group, power)| {
        let until = match power.until {
            Some(month) => format!("all have power from {month} on"),
            None => "the power given never suffices".to_owned(),
        };
        format!("{} of {} ({until})", grouped(power.machines), group.name)
    });
    let more = waiting.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and of {more} more") } else { String::new() };
    (!waiting.is_empty()).then(|| {
        format!(
            "signed machines that come before their customer has power for them: {}{more}",
            named.collect::<Vec<_>>().join(", ")
        )
    })
}

fn limits(context: &Context<'_>) -> Option<String> {
    let mut over: Vec<_> = context
        .accounts
        .groups
        .iter()
        .filter_map(|group| Some((group, group.over_limit?)))
        .filter(|(_, over)| *over > Usd::ZERO)
        .collect();
    over.sort_by(|a, b| b.1.dollars().total_cmp(&a.1.dollars()));
    let named = over.iter().take(NAMED).map(|(group, over)| {
        format!(
            "{} owes {} USD, {} beyond it",
            group.name,
            grouped(group.owed.whole()),
            grouped(over.whole())
        )
    });
    let more = over.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!over.is_empty())
        .then(|| format!("over their credit limit: {}{more}", named.collect::<Vec<_>>().join(", ")))
}
