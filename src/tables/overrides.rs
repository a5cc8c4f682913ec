//! `overrides`: what planners changed, beside what was forecast.

use super::Context;
use crate::ingest::Override;
use crate::market::Scenario;
use crate::table::{Table, table};

pub(super) struct Overridden<'a> {
    adjustment: &'a Override,
    model: &'a str,
    baseline: i64,
}

table! {
    overrides of Overridden<'_>: "one planner's override of a month within the twelve and a model",
    key {
        month(Month, "", "month of shipment, by its first day") = |r| r.adjustment.month;
        model(Text, "", "machine model") = |r| r.model;
    }
    columns {
        baseline_units(Whole, "machines", "forecast of the base scenario before the override")
            .label("Baseline", "machines")
            = |r| r.baseline;
        override_units(Whole, "machines", "what the override changes")
            .formula("units - baseline_units")
            .label("Change", "machines")
            = |r| i64::from(r.adjustment.machines) - r.baseline;
        units(Whole, "machines", "forecast with the override, in every scenario")
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
    let rows = context.exports.overrides.iter().filter_map(|adjustment| {
        let ahead = usize::try_from(adjustment.month - context.as_of - 1).ok();
        let model = adjustment.model.0;
        let baseline = *ahead.and_then(|h| base.baseline[model].get(h))?;
        Some(Overridden { adjustment, model: context.job.catalogue.models[model].name(), baseline })
    });
    Table::of(&context.stamp(), rows)
}
