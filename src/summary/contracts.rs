//! What of the backlog counts, what of the orders it covers, and which contracts are not secured, in a line each.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::market::Scenario;
use crate::supply::{ProposedOrder, Source, Use};
use crate::tables::Context;

use super::grouped;

/// Order lines named.
const NAMED: usize = 5;

/// Rules named.
const RULES: usize = 8;

/// What stands beside the firm machines of the headline; nothing where all that is signed is firm.
pub(super) fn beside_firm(context: &Context<'_>) -> String {
    let machines: i64 = context.forecasts[Scenario::Base as usize].unsecured.iter().flatten().sum();
    if machines == 0 { String::new() } else { format!(", {} signed and not secured", grouped(machines)) }
}

/// Rules of the trade that are off the job's targets.
pub(super) fn off_target(context: &Context<'_>) -> Option<String> {
    let rules = crate::tables::off_target(context);
    let more = rules.len().saturating_sub(RULES);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let named = rules.iter().take(RULES).map(String::as_str).collect::<Vec<_>>().join(", ");
    (!rules.is_empty()).then(|| format!("rules of the trade off target: {named}{more} (table policy_checks)"))
}

/// Share of the machines of the orders to place now that is for contracts that count.
pub(super) fn covered(context: &Context<'_>, now: &[(usize, &ProposedOrder)]) -> Option<String> {
    let machines = |purposes: &[Use]| -> i64 {
        let own = |source: Source| now.iter().any(|(place, _)| source == Source::Proposed(*place));
        let pegs = context.pegs.iter().filter(|peg| own(peg.source) && purposes.contains(&peg.purpose));
        pegs.map(|peg| peg.machines).sum()
    };
    let all = machines(&Use::ALL);
    let firm = machines(&[Use::FirmBacklog]);
    let unsecured = machines(&[Use::UnsecuredBacklog]);
    (all > 0).then(|| {
        let share = |part: i64| crate::table::round(100.0 * part as f64 / all as f64, 0);
        let doubtful = if unsecured > 0 {
            format!(", {:.0}% contracts that are not secured", share(unsecured))
        } else {
            String::new()
        };
        format!(
            "firm contracts cover {:.0}% of the {} machines of these orders{doubtful}; the rest is forecast, safety and whole lots",
            share(firm),
            grouped(all)
        )
    })
}

/// Order lines that are signed and not secured, by customer and age, the largest first.
pub(super) fn unsecured(context: &Context<'_>) -> Option<String> {
    let mut lines: BTreeMap<[&str; 3], (i64, i64, Option<f64>)> = BTreeMap::new();
    for of in context.waiting.iter().filter(|of| of.standing.is_some_and(|standing| !standing.is_firm())) {
        let Some(line) = of.line else { continue };
        let age = (context.exports.as_of - line.signed).num_days();
        let known = lines.entry([&line.customer, &line.order, &line.line]).or_insert((0, age, line.received));
        known.0 += of.machines;
    }
    let machines: i64 = lines.values().map(|(machines, ..)| machines).sum();
    if machines == 0 {
        return None;
    }
    let mut sorted: Vec<_> = lines.iter().collect();
    sorted.sort_by_key(|(_, (machines, ..))| Reverse(*machines));
    let named = sorted.iter().take(NAMED).map(|([customer, order, _], (machines, age, received))| {
        let paid = received.map_or_else(String::new, |share| format!(", {:.0}% paid", 100.0 * share));
        format!("{} of {order} for {customer}, signed {age} days ago{paid}", grouped(*machines))
    });
    let more = sorted.len().saturating_sub(NAMED);
    let more =
        if more > 0 { format!("; and {more} more order lines (table open_orders)") } else { String::new() };
    Some(format!(
        "signed and not secured within the twelve months: {} machines, which are not firm: {}{more}",
        grouped(machines),
        named.collect::<Vec<_>>().join("; ")
    ))
}
