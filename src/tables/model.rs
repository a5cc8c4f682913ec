//! `regression`: what the forecast rests on.

use crate::demand::{QuarterRatio, Verdict};
use crate::market::Growth;

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
            "intake_ratio_q1 to q4: mean monthly intake of that quarter ahead / trailing-year mean; difficulty_growth: monthly log growth",
        ),
        column("term", Kind::Text, "", "driver or constant"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column(
            "estimate",
            Kind::Real(6),
            "",
            "change of the (log) target per unit of the driver; empty when it could not be fitted",
        ),
        column("standardised", Kind::Real(6), "", "per standard deviation of the driver")
            .formula("estimate x standard deviation of the driver"),
        column("n", Kind::Whole, "rows", "rows fitted on; empty when it could not be fitted"),
        column("penalty", Kind::Real(4), "", "L2 penalty; empty for least squares"),
        column("driver_value", Kind::Real(6), "", "the driver at the as-of month"),
        column(
            "contribution",
            Kind::Real(6),
            "",
            "its part of the log ratio of this forecast; 0 when dropped",
        )
        .formula("standardised x (driver_value - mean) / standard deviation")
        .source("docs/method.md"),
        column("status", Kind::Text, "", "kept or dropped"),
        column("reason", Kind::Text, "", "why"),
    ],
};

pub(super) fn regression(context: &Context<'_>) -> Table {
    let mut table = Table::new(&REGRESSION);
    for ratio in &context.demand.intake.ratios {
        for verdict in &ratio.verdicts {
            table.push(ratio_row(context, ratio, verdict));
        }
    }
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
                    fit.n,
                    Cell::Empty,
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

fn ratio_row(context: &Context<'_>, ratio: &QuarterRatio, verdict: &Verdict) -> Vec<Cell> {
    let fit = verdict.fit.as_ref();
    row![
        context.vintage(),
        format!("intake_ratio_q{}", ratio.quarter),
        context.demand.intake.names[verdict.candidate].as_str(),
        context.as_of.last_day(),
        fit.map(|(fit, place)| fit.estimate(*place)),
        fit.map(|(fit, place)| fit.standardised[*place]),
        fit.map(|(fit, _)| fit.n),
        fit.map(|(fit, _)| fit.penalty),
        verdict.value,
        verdict.contribution(),
        if verdict.kept { "kept" } else { "dropped" },
        verdict.reason.as_str(),
    ]
}
