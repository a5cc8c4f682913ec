//! `overrides`: what planners changed, beside what was forecast.

use super::Context;
use super::schema::{Kind, Spec, Table, column, row};
use crate::market::Scenario;

pub(super) const SPEC: Spec = Spec {
    name: "overrides",
    row: "one planner's override of a month within the twelve and a model",
    key: 3,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column("month", Kind::Date, "", "month of shipment, by its first day"),
        column("model", Kind::Text, "", "machine model"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column(
            "baseline_units",
            Kind::Whole,
            "machines",
            "forecast of the base scenario before the override",
        ),
        column("override_units", Kind::Whole, "machines", "what the override changes")
            .formula("units - baseline_units"),
        column("units", Kind::Whole, "machines", "forecast with the override, in every scenario")
            .source("overrides: machines"),
        column("reason", Kind::Text, "", "why, as the export says").source("overrides"),
        column("who", Kind::Text, "", "who decided it, as the export says").source("overrides"),
    ],
};

pub(super) fn table(context: &Context<'_>) -> Table {
    let mut table = Table::new(&SPEC);
    let base = &context.forecasts[Scenario::Base as usize];
    for adjustment in &context.exports.overrides {
        let ahead = usize::try_from(adjustment.month - context.as_of - 1).ok();
        let model = adjustment.model.0;
        let Some(baseline) = ahead.and_then(|h| base.baseline[model].get(h)) else { continue };
        let units = i64::from(adjustment.machines);
        table.push(row![
            context.vintage(),
            adjustment.month,
            context.job.catalogue.models[model].name(),
            context.as_of.last_day(),
            *baseline,
            units - baseline,
            units,
            adjustment.reason.as_str(),
            adjustment.who.as_str(),
        ]);
    }
    table
}
