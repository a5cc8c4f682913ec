//! `backtest`: accuracy of past forecasts by replay.

use super::Context;
use super::schema::{Cell, Kind, Spec, Table, column, row};
use crate::backtest::{Level, Target};

pub(super) const SPEC: Spec = Spec {
    name: "backtest",
    row: "one method, level, horizon, target and model, scored over past quarter ends by replay",
    key: 6,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column(
            "method",
            Kind::Text,
            "",
            "model (drivers forecast, ex ante); model_ex_post (course of the price known); booking_curve (backlog and lead times, intake at its level); backlog_only; forecast_consumption; pick_up; or from the series alone: last_value, trailing_mean, seasonal_naive, damped_trend, theta",
        ),
        column("level", Kind::Text, "", "month, quarter or 12M: the stretch that is scored as one number"),
        column(
            "horizon",
            Kind::Whole,
            "stretches",
            "months or quarters ahead; 4 for 12M, the quarters in it",
        ),
        column(
            "target",
            Kind::Text,
            "",
            "shipments (machines), intake (TH signed), price, difficulty, hashprice (means over the stretch)",
        ),
        column("model", Kind::Text, "", "machine model, or ALL; empty for the market"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column("n", Kind::Whole, "origins", "forecasts scored"),
        column("wape", Kind::Real(4), "share", "sum of |forecast - actual| / sum of actual")
            .formula("sum |forecast - actual| / sum actual")
            .source("docs/method.md"),
        column(
            "mase",
            Kind::Real(4),
            "",
            "mean |forecast - actual| / mean |change from one stretch to the next|; empty for 12M",
        ).formula("mean |forecast - actual| / mean |change|").source("Hyndman and Koehler 2006"),
        column(
            "rmsse",
            Kind::Real(4),
            "",
            "root mean square error / root mean square change from one stretch to the next; empty for 12M",
        ).formula("sqrt(mean (forecast - actual)^2 / mean change^2)").source("M5 competition"),
        column(
            "bias",
            Kind::Real(4),
            "share",
            "sum of (forecast - actual) / sum of actual: above 0 is too much",
        ).formula("sum (forecast - actual) / sum actual"),
        column(
            "pinball",
            Kind::Real(4),
            "share",
            "mean pinball loss of p10, p50 and p90 / mean actual; model only",
        ).formula("mean over 0.1, 0.5, 0.9 of pinball loss / mean actual"),
        column(
            "coverage_80",
            Kind::Real(4),
            "share",
            "share of actuals within p10 and p90; model only, from 4 errors on",
        ).formula("n with p10 <= actual <= p90 / n"),
        column("width_80", Kind::Real(4), "share", "sum of (p90 - p10) / sum of actual; model only")
            .formula("sum (p90 - p10) / sum actual"),
        column(
            "supported_level",
            Kind::Real(4),
            "share",
            "highest level of an interval that so many errors support: 80% needs 4 of them, 90% 9, 95% 19; model only",
        ).formula("n / (n + 1)").source("Vovk, Gammerman and Shafer 2005, section 2.2"),
        column(
            "tracking_signal",
            Kind::Real(2),
            "",
            "sum of (forecast - actual) / mean |forecast - actual|: beyond 4 or -4 the forecast is off to one side",
        ).formula("sum (forecast - actual) / mean |forecast - actual|"),
        column(
            "fva",
            Kind::Real(4),
            "share",
            "forecast value added: WAPE of the step before less this method's, over the origins that both have; steps: last_value, backlog_only, booking_curve, model; other methods against last_value",
        ).formula("wape of the step before - wape").source("Gilliland 2010"),
    ],
};

pub(super) fn table(context: &Context<'_>) -> Table {
    let mut table = Table::new(&SPEC);
    for score in context.scores {
        let key = &score.key;
        let model = match (key.target, key.model) {
            (Target::Shipments, Some(model)) => context.job.catalogue.models[model].name().into(),
            (Target::Shipments | Target::Intake, _) => "ALL".into(),
            _ => Cell::Empty,
        };
        let measures = &score.measures;
        table.push(row![
            context.vintage(),
            score.method.name(),
            key.level.name(),
            if key.level == Level::Year { 4 } else { key.horizon },
            key.target.name(),
            model,
            context.as_of.last_day(),
            measures.n,
            measures.wape,
            measures.mase,
            measures.rmsse,
            measures.bias,
            measures.pinball,
            measures.coverage_80,
            measures.width_80,
            measures.pinball.map(|_| measures.n as f64 / (measures.n as f64 + 1.0)),
            measures.tracking_signal,
            score.fva,
        ]);
    }
    table
}
