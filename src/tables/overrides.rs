//! `overrides`: what planners changed, beside what was forecast.

use super::Context;
use crate::ingest::Override;
use crate::market::Scenario;
use crate::table::{Table, table};

pub(super) struct Overridden<'a> {
    adjustment: &'a Override,
    counts: bool,
    model: &'a str,
    baseline: i64,
}

table! {
    overrides of Overridden<'_>: "one planner's override of a month within the twelve and a model",
    key {
        month(Month, "", "month of shipment, by its first day") = |r| r.adjustment.month;
        model(Text, "", "machine model") = |r| r.model;
        role(Text, "", "what part of the company proposes it, as the export says; empty where it does not")
            .source("overrides")
            = |r| r.adjustment.role.as_str();
    }
    columns {
        counts(Text, "", "yes: the forecast has it; no: another role's has it, and this one is held against what ships (table realised_accuracy)")
            .source("overrides")
            .words()
            = |r| if r.counts { "yes" } else { "no" };
        baseline_units(Whole, "machines", "forecast of the base scenario before the override")
            .label("Baseline", "machines")
            = |r| r.baseline;
        override_units(Whole, "machines", "what the override changes, or would")
            .formula("units - baseline_units")
            .label("Change", "machines")
            = |r| i64::from(r.adjustment.machines) - r.baseline;
        units(Whole, "machines", "forecast with the override, in every scenario; where it is not final, what it would be")
            .source("overrides: machines")
            .label("Forecast", "machines")
            = |r| i64::from(r.adjustment.machines);
        reason(Text, "", "why, as the export says")
            .source("overrides")
            .long()
            = |r| r.adjustment.reason.as_str();
        who(Text, "", "who decided it, as the export says")
            .source("overrides")
            = |r| r.adjustment.who.as_str();
    }
}

pub(super) fn table(context: &Context<'_>) -> Table {
    let base = &context.forecasts[Scenario::Base as usize];
    let exports = context.exports;
    let counting = exports.overrides.iter().map(|adjustment| (adjustment, true));
    let all = counting.chain(exports.overrides_proposed.iter().map(|adjustment| (adjustment, false)));
    let rows = all.filter_map(|(adjustment, counts)| {
        let ahead = usize::try_from(adjustment.month - context.as_of - 1).ok();
        let model = adjustment.model.0;
        let baseline = *ahead.and_then(|h| base.baseline[model].get(h))?;
        let model = context.job.catalogue.models[model].name();
        Some(Overridden { adjustment, counts, model, baseline })
    });
    Table::of(&context.stamp(), rows)
}
