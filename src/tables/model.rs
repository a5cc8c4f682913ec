//! `regression`: what the forecast rests on.

use crate::demand::{QuarterRatio, Verdict};
use crate::market::Growth;

use super::Context;
use super::schema::{Table, table};

#[derive(Default)]
pub(super) struct Term<'a> {
    equation: String,
    name: &'a str,
    estimate: Option<f64>,
    standardised: Option<f64>,
    n: Option<usize>,
    penalty: Option<f64>,
    value: Option<f64>,
    contribution: Option<f64>,
    kept: bool,
    reason: String,
}

table! {
    regression of Term<'_>: "one term of one equation",
    key {
        equation(Text, "", "intake_ratio_q1 to q4: mean monthly intake of that quarter ahead / trailing-year mean; difficulty_growth: monthly log growth")
            .words()
            = |r| r.equation.as_str();
        term(Text, "", "driver or constant")
            .words() = |r| r.name;
    }
    columns {
        estimate(Real(6), "", "change of the (log) target per unit of the driver; empty when it could not be fitted")
            .label("Estimate", "")
            = |r| r.estimate;
        standardised(Real(6), "", "per standard deviation of the driver")
            .formula("estimate x standard deviation of the driver")
            = |r| r.standardised;
        n(Whole, "rows", "rows fitted on; empty when it could not be fitted")
            .label("n", "")
            = |r| r.n;
        penalty(Real(4), "", "L2 penalty; empty for least squares") = |r| r.penalty;
        driver_value(Real(6), "", "the driver at the as-of month") = |r| r.value;
        contribution(Real(6), "", "its part of the log ratio of this forecast; 0 when dropped")
            .formula("standardised x (driver_value - mean) / standard deviation")
            .source("docs/method.md")
            = |r| r.contribution;
        status(Text, "", "kept or dropped")
            .words() = |r| if r.kept { "kept" } else { "dropped" };
        reason(Text, "", "why")
            .long() = |r| r.reason.as_str();
    }
}

pub(super) fn regression(context: &Context<'_>) -> Table {
    let ratios = context.demand.intake.ratios.iter();
    let mut terms: Vec<Term<'_>> = ratios
        .flat_map(|ratio| ratio.verdicts.iter().map(move |verdict| of_ratio(context, ratio, verdict)))
        .collect();
    let growth = |name, estimate, n, reason: String| {
        let equation = "difficulty_growth".to_owned();
        Term { equation, name, estimate: Some(estimate), n, kept: true, reason, ..Term::default() }
    };
    match &context.outlook.growth {
        Growth::Regression(fit) => {
            let reason =
                format!("R2 {:.3}, residual standard deviation {:.4}", fit.r_squared, fit.residual_deviation);
            let estimates = [&fit.intercept].into_iter().chain(&fit.coefficients);
            for (name, estimate) in ["constant", "growth_lag", "richness"].into_iter().zip(estimates) {
                terms.push(growth(name, *estimate, Some(fit.n), reason.clone()));
            }
        }
        Growth::TrailingMean { growth: mean, reason } => {
            let reason = format!("regression not possible: {reason}");
            terms.push(growth("trailing_mean", *mean, None, reason));
        }
    }
    Table::of(&context.stamp(), terms)
}

fn of_ratio<'a>(context: &'a Context<'_>, ratio: &QuarterRatio, verdict: &'a Verdict) -> Term<'a> {
    let fit = verdict.fit.as_ref();
    Term {
        equation: format!("intake_ratio_q{}", ratio.quarter),
        name: &context.demand.intake.names[verdict.candidate],
        estimate: fit.map(|(fit, place)| fit.estimate(*place)),
        standardised: fit.map(|(fit, place)| fit.standardised[*place]),
        n: fit.map(|(fit, _)| fit.n),
        penalty: fit.map(|(fit, _)| fit.penalty),
        value: verdict.value,
        contribution: Some(verdict.contribution()),
        kept: verdict.kept,
        reason: verdict.reason.clone(),
    }
}
