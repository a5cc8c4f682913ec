//! `regression`: what the forecast rests on.

use crate::market::{Growth, Scenario};

use super::Context;
use super::schema::{Cell, Kind, Spec, Table, column, row};

pub(super) const REGRESSION: Spec = Spec {
    name: "regression",
    row: "one term of one equation",
    key: 3,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column(
            "equation",
            Kind::Text,
            "",
            "intake: how ln of TH signed answers to the market or a driver; price_response: machines taken by a price 30% lower; difficulty_growth: monthly log growth",
        ),
        column("term", Kind::Text, "", "gap with its lag in months, driver, quarter, or constant"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column(
            "estimate",
            Kind::Real(6),
            "",
            "change of the (log) target per unit of the driver; empty when it could not be fitted",
        ),
        column(
            "prior_weight",
            Kind::Real(6),
            "",
            "weight before the maker's own past; empty for least squares",
        ),
        column("weight", Kind::Real(6), "", "weight after it; the forecast is the mean of all by weight")
            .formula("prior_weight x exp(log evidence), scaled to a sum of 1")
            .source("docs/method.md: the answer to the market"),
        column(
            "n",
            Kind::Whole,
            "rows",
            "rows fitted on, or past origins that spoke; empty where none could",
        ),
        column(
            "driver_value",
            Kind::Real(6),
            "",
            "the gap at the as-of month, or the driver less its trailing-year mean",
        ),
        column("contribution", Kind::Real(6), "", "its part of ln of intake at that value")
            .formula("weight x estimate x driver_value")
            .source("docs/method.md: the answer to the market"),
        column("status", Kind::Text, "", "weighed, kept, or told: derived from the others"),
        column("reason", Kind::Text, "", "why"),
    ],
};

pub(super) fn regression(context: &Context<'_>) -> Table {
    let mut table = Table::new(&REGRESSION);
    intake(context, &mut table);
    response(context, &mut table);
    let key = |term: &str| row![context.vintage(), "difficulty_growth", term, context.as_of.last_day()];
    match &context.outlook.growth {
        Growth::Regression(fit) => {
            let reason =
                format!("R2 {:.3}, residual standard deviation {:.4}", fit.r_squared, fit.residual_deviation);
            let terms = ["growth_lag", "richness"].into_iter().zip(&fit.coefficients);
            for (term, estimate) in [("constant", &fit.intercept)].into_iter().chain(terms) {
                let mut cells = key(term);
                cells.extend(row![
                    *estimate,
                    Cell::Empty,
                    Cell::Empty,
                    fit.n,
                    Cell::Empty,
                    Cell::Empty,
                    "kept",
                    reason.as_str()
                ]);
                table.push(cells);
            }
        }
        Growth::TrailingMean { growth, reason } => {
            let mut cells = key("trailing_mean");
            let reason = format!("regression not possible: {reason}");
            cells.extend(row![
                *growth,
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                "kept",
                reason
            ]);
            table.push(cells);
        }
    }
    table
}

/// Every answer to the market and every driver, with its weight.
fn intake(context: &Context<'_>, table: &mut Table) {
    let intake = &context.demand.intake;
    let posterior = &intake.posterior;
    let (before, after) = posterior.elasticities();
    for (place, answer) in posterior.selling.answers().into_iter().enumerate() {
        let [prior, weight, elasticity] = posterior.of_answer(place);
        let value = intake.gap_now(answer.gap);
        let mut cells = key(context, "intake", &format!("{}_lag_{}", answer.gap.name(), answer.lag));
        cells.extend(row![
            elasticity,
            prior,
            weight,
            posterior.n,
            value,
            weight * elasticity * value,
            "weighed",
            format!(
                "mean elasticity {after:.2} over all answers, {before:.2} before {} past origins spoke",
                posterior.n
            ),
        ]);
        table.push(cells);
    }
    for effect in &intake.effects {
        let mut cells = key(context, "intake", &effect.name);
        let reason = match effect.n {
            0 => "too little past or no variation to weigh it on: its weight is its prior, its effect none"
                .to_owned(),
            n => format!("measured on {n} past quarters that overlap"),
        };
        cells.extend(row![
            effect.slope,
            effect.prior,
            effect.weight,
            Some(effect.n).filter(|n| *n > 0),
            effect.value,
            effect.parts[Scenario::Base as usize][0],
            "weighed",
            reason,
        ]);
        table.push(cells);
    }
}

/// What a price 30% lower takes of the machines of each quarter ahead, in numbers and in words.
fn response(context: &Context<'_>, table: &mut Table) {
    let quarter = |k: i32| {
        let (first, last) = (context.as_of + 3 * k + 1, context.as_of + 3 * k + 3);
        if last.quarter().last_month() == last {
            last.quarter().to_string()
        } else {
            format!("{first} to {last}")
        }
    };
    let history = context.demand.intake.posterior.history_share();
    let mut words = Vec::new();
    for (k, share) in (0..).zip(context.price_response) {
        let of = if k == 0 { "of the machines of" } else { "of" };
        words.push(format!("{:.0}% {of} {}", 100.0 * share, quarter(k)));
        let mut cells = key(context, "price_response", &quarter(k));
        cells.extend(row![
            share,
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            "told",
            "share of the quarter's machines that a bitcoin price 30% lower from now on takes, if supply allows",
        ]);
        table.push(cells);
    }
    let mut cells = key(context, "price_response", "in_words");
    cells.extend(row![
        Cell::Empty,
        1.0 - history,
        history,
        context.demand.intake.posterior.n,
        Cell::Empty,
        Cell::Empty,
        "told",
        format!(
            "a bitcoin price 30% lower takes {} (prior {:.0}%, your history {:.0}%)",
            words.join(", "),
            100.0 * (1.0 - history),
            100.0 * history
        ),
    ]);
    table.push(cells);
}

fn key(context: &Context<'_>, equation: &str, term: &str) -> Vec<Cell> {
    row![context.vintage(), equation, term, context.as_of.last_day()]
}
