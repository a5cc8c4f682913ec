//! `regression`: what the forecast rests on.

use crate::market::{Growth, Scenario};

use super::Context;
use crate::table::{Table, table};

#[derive(Default)]
pub(super) struct Term {
    equation: &'static str,
    name: String,
    estimate: Option<f64>,
    prior_weight: Option<f64>,
    weight: Option<f64>,
    n: Option<usize>,
    value: Option<f64>,
    contribution: Option<f64>,
    status: &'static str,
    reason: String,
}

table! {
    regression of Term: "one term of one equation",
    key {
        equation(Text, "", "intake: how ln of TH signed responds to the market or a driver; price_response: machines taken by a price 30% lower; difficulty_growth: monthly log growth")
            .words()
            = |r| r.equation;
        term(Text, "", "gap with its lag in months, driver, quarter, or constant")
            .words() = |r| r.name.as_str();
    }
    columns {
        estimate(Real(6), "", "change of the (log) target per unit of the driver; empty when it could not be fitted")
            .label("Estimate", "")
            = |r| r.estimate;
        prior_weight(Real(6), "", "weight before the maker's own past; empty for least squares") = |r| r.prior_weight;
        weight(Real(6), "", "weight after it; the forecast is the mean of all by weight")
            .formula("prior_weight x exp(log evidence), scaled to a sum of 1")
            .source("docs/concepts/method.md: the response to the market")
            = |r| r.weight;
        n(Whole, "rows", "rows fitted on, or past origins that spoke; empty where none could")
            .label("n", "")
            = |r| r.n;
        driver_value(Real(6), "", "the gap at the as-of month, or the driver less its trailing-year mean") = |r| r.value;
        contribution(Real(6), "", "its part of ln of intake at that value")
            .formula("weight x estimate x driver_value")
            .source("docs/concepts/method.md: the response to the market")
            = |r| r.contribution;
        status(Text, "", "weighed, kept, or told: derived from the others")
            .words() = |r| r.status;
        reason(Text, "", "why")
            .long() = |r| r.reason.as_str();
    }
}

pub(super) fn regression(context: &Context<'_>) -> Table {
    let mut terms = responses(context);
    terms.extend(drivers(context));
    terms.extend(response(context));
    terms.extend(difficulty(&context.outlook.growth));
    Table::of(&context.stamp(), terms)
}

/// Every response to the market, with its weight.
fn responses(context: &Context<'_>) -> Vec<Term> {
    let intake = &context.demand.intake;
    let posterior = &intake.posterior;
    let (before, after) = posterior.elasticities();
    let responses = posterior.selling.responses().into_iter().enumerate();
    responses
        .map(|(index, response)| {
            let [prior, weight, elasticity] = posterior.of_response(index);
            let value = intake.gap_now(response.gap);
            Term {
                equation: "intake",
                name: format!("{}_lag_{}", response.gap.name(), response.lag),
                estimate: Some(elasticity),
                prior_weight: Some(prior),
                weight: Some(weight),
                n: Some(posterior.n),
                value: Some(value),
                contribution: Some(weight * elasticity * value),
                status: "weighed",
                reason: format!(
                    "mean elasticity {after:.2} over all responses, {before:.2} before {} past origins spoke",
                    posterior.n
                ),
            }
        })
        .collect()
}

/// Every driver of the export, with its weight.
fn drivers(context: &Context<'_>) -> Vec<Term> {
    let effects = context.demand.intake.effects.iter();
    effects
        .map(|effect| Term {
            equation: "intake",
            name: effect.name.clone(),
            estimate: Some(effect.slope),
            prior_weight: Some(effect.prior),
            weight: Some(effect.weight),
            n: Some(effect.n).filter(|n| *n > 0),
            value: effect.value,
            contribution: Some(effect.parts[Scenario::Base as usize][0]),
            status: "weighed",
            reason: match effect.n {
                0 => {
                    "too little past or no variation to weigh it on: its weight is its prior, its effect none"
                        .to_owned()
                }
                n => format!("measured on {n} past quarters that overlap"),
            },
        })
        .collect()
}

/// What a price 30% lower takes of the machines of each quarter ahead, in numbers and in words.
fn response(context: &Context<'_>) -> Vec<Term> {
    let year = context.fiscal_year();
    let quarter = |k: i32| {
        let (first, last) = (context.as_of + 3 * k + 1, context.as_of + 3 * k + 3);
        if year.ends_quarter(last) { year.quarter(last).to_string() } else { format!("{first} to {last}") }
    };
    let reported =
        |name, reason| Term { equation: "price_response", name, status: "told", reason, ..Term::default() };
    let posterior = &context.demand.intake.posterior;
    let history = posterior.history_share();
    let mut words = Vec::new();
    let mut terms = Vec::new();
    for (k, share) in (0..).zip(context.price_response) {
        let of = if k == 0 { "of the machines of" } else { "of" };
        let percent = (100.0 * share).round();
        words.push(if percent < 0.0 {
            format!("-{:.0}% (it adds) {of} {}", -percent, quarter(k))
        } else {
            format!("{:.0}% {of} {}", percent.abs(), quarter(k))
        });
        let reason = "share of the quarter's machines that a bitcoin price 30% lower from now on takes, if supply allows";
        terms.push(Term { estimate: Some(share), ..reported(quarter(k), reason.to_owned()) });
    }
    let rests = if posterior.n == 0 {
        "that is what public data of other makers say: your own past is too short to say more".to_owned()
    } else {
        format!(
            "of how strongly orders respond, your own past at {} quarter ends has settled {:.0}%, the rest is what public data of other makers say",
            posterior.n,
            100.0 * history
        )
    };
    let reason = format!("a bitcoin price 30% lower from now on takes {}; {rests}", words.join(", "));
    terms.push(Term {
        prior_weight: Some(1.0 - history),
        weight: Some(history),
        n: Some(posterior.n),
        ..reported("in_words".to_owned(), reason)
    });
    terms
}

/// How difficulty grows.
fn difficulty(growth: &Growth) -> Vec<Term> {
    let term = |name: &str, estimate, n, reason: String| Term {
        equation: "difficulty_growth",
        name: name.to_owned(),
        estimate: Some(estimate),
        n,
        status: "kept",
        reason,
        ..Term::default()
    };
    match growth {
        Growth::Regression(fit) => {
            let reason =
                format!("R2 {:.3}, residual standard deviation {:.4}", fit.r_squared, fit.residual_deviation);
            let estimates = [&fit.intercept].into_iter().chain(&fit.coefficients);
            let names = ["constant", "growth_lag", "richness"].into_iter();
            names.zip(estimates).map(|(name, of)| term(name, *of, Some(fit.n), reason.clone())).collect()
        }
        Growth::TrailingMean { growth: mean, reason } => {
            vec![term("trailing_mean", *mean, None, format!("regression not possible: {reason}"))]
        }
    }
}
