//! `backtest`: accuracy of past forecasts by replay.

use super::Context;
use crate::backtest::{Level, Score, Target};
use crate::table::{Table, table};

pub(super) struct Scored<'a> {
    context: &'a Context<'a>,
    score: &'a Score,
}

table! {
    backtest of Scored<'_>: "one method, level, horizon, target and model, scored over past quarter ends by replay",
    key {
        method(Text, "", "model (drivers forecast, ex ante); model_ex_post (path of the price known); booking_curve (backlog and lead times, intake at its level); backlog_only; forecast_consumption; pick_up; or from the series alone: last_value, trailing_mean, seasonal_naive, damped_trend, theta")
            .words()
            = |r| r.score.method.name();
        level(Text, "", "month, quarter or 12M: the stretch that is scored as one number") = |r| r.score.key.level.name();
        horizon(Whole, "stretches", "months or quarters ahead; 4 for 12M, the quarters in it") = |r| if r.score.key.level == Level::Year { 4 } else { r.score.key.horizon };
        target(Text, "", "shipments (machines), intake (TH signed), price, difficulty, hashprice (means over the stretch)")
            = |r| r.score.key.target.name();
        model(Text, "", "machine model, or ALL; empty for the market") = |r| r.model();
    }
    columns {
        n(Whole, "origins", "forecasts scored")
            .label("Forecasts", "n") = |r| r.score.measures.n;
        wape(Real(4), "share", "sum of |forecast - actual| / sum of actual")
            .formula("sum |forecast - actual| / sum actual")
            .source("docs/concepts/method.md")
            .label("Off by", "WAPE")
            = |r| r.score.measures.wape;
        mase(Real(4), "", "mean |forecast - actual| / mean |change from one stretch to the next|; empty for 12M")
            .formula("mean |forecast - actual| / mean |change|")
            .source("Hyndman and Koehler 2006")
            = |r| r.score.measures.mase;
        rmsse(Real(4), "", "root mean square error / root mean square change from one stretch to the next; empty for 12M")
            .formula("sqrt(mean (forecast - actual)^2 / mean change^2)")
            .source("M5 competition")
            = |r| r.score.measures.rmsse;
        bias(Real(4), "share", "sum of (forecast - actual) / sum of actual: above 0 is too much")
            .formula("sum (forecast - actual) / sum actual")
            .label("Too much (+)", "bias")
            = |r| r.score.measures.bias;
        pinball(Real(4), "share", "mean pinball loss of p10, p50 and p90 / mean actual; model only")
            .formula("mean over 0.1, 0.5, 0.9 of pinball loss / mean actual")
            = |r| r.score.measures.pinball;
        coverage_80(Real(4), "share", "share of actuals within p10 and p90; model only, from 4 errors on")
            .formula("n with p10 <= actual <= p90 / n")
            .label("Interval held", "of n")
            = |r| r.score.measures.coverage_80;
        width_80(Real(4), "share", "sum of (p90 - p10) / sum of actual; model only")
            .formula("sum (p90 - p10) / sum actual")
            .label("Interval width", "of actual")
            = |r| r.score.measures.width_80;
        supported_level(Real(4), "share", "highest level of an interval that so many errors support: 80% needs 4 of them, 90% 9, 95% 19; model only")
            .formula("n / (n + 1)")
            .source("Vovk, Gammerman and Shafer 2005, section 2.2")
            = |r| supported(r.score);
        tracking_signal(Real(2), "", "sum of (forecast - actual) / mean |forecast - actual|: beyond 4 or -4 the forecast is off to one side")
            .formula("sum (forecast - actual) / mean |forecast - actual|")
            = |r| r.score.measures.tracking_signal;
        fva(Real(4), "share", "forecast value added: WAPE of the step before less this method's, over the origins that both have; steps: last_value, backlog_only, booking_curve, model; other methods against last_value")
            .formula("wape of the step before - wape")
            .source("Gilliland 2010")
            = |r| r.score.fva;
    }
}

impl Scored<'_> {
    fn model(&self) -> Option<&str> {
        match (self.score.key.target, self.score.key.model) {
            (Target::Shipments, Some(model)) => Some(self.context.job.catalogue.models[model].name()),
            (Target::Shipments | Target::Intake, _) => Some("ALL"),
            _ => None,
        }
    }
}

/// Highest level of an interval that so many errors support.
fn supported(score: &Score) -> Option<f64> {
    let n = score.measures.n as f64;
    score.measures.pinball.map(|_| n / (n + 1.0))
}

pub(super) fn table(context: &Context<'_>) -> Table {
    Table::of(&context.stamp(), context.scores.iter().map(|score| Scored { context, score }))
}
