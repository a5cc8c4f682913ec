//! `realised_accuracy`: earlier vintages against what has left the door since.

use crate::vintages::{Chain, LEAST_ERRORS, Signal, TRACKING_LIMIT};

use super::schema::{Kind, Spec, Table, column, row};

pub(super) const SPEC: Spec = Spec {
    name: "realised_accuracy",
    row: "one model and lag: the forecasts of earlier vintages for quarters that have passed; errors are forecast - actual",
    key: 3,
    columns: &[
        column("vintage", Kind::Text, "", "this vintage"),
        column("model", Kind::Text, "", "machine model, or ALL for the sum of all models"),
        column(
            "lag",
            Kind::Whole,
            "quarters",
            "from the as-of date of the forecast to the end of the quarter forecast, 1 to 4",
        ),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column("n", Kind::Whole, "quarters", "quarters scored, one an earlier vintage (its newest revision)"),
        column("forecast_units", Kind::Whole, "machines", "forecast of all quarters scored")
            .source("earlier vintages: table shipment_forecast_quarterly"),
        column("actual_units", Kind::Whole, "machines", "machines that left the door in them")
            .source("shipments, or futures_orders: delivered_quantity"),
        column("wape", Kind::Real(4), "share", "sum of |forecast - actual| / sum of actual")
            .formula("sum |forecast - actual| / sum actual"),
        column(
            "baseline_wape",
            Kind::Real(4),
            "share",
            "the same without planners' overrides: what is below it they improved, what is above they made worse",
        ),
        column(
            "bias",
            Kind::Real(4),
            "share",
            "sum of (forecast - actual) / sum of actual: above 0 is too much",
        ).formula("sum (forecast - actual) / sum actual"),
        column(
            "tracking_signal",
            Kind::Real(2),
            "mean absolute deviations",
            "sum of the newest eight errors / their mean absolute value: above 0 is too much; empty below 4 errors",
        )
        .formula("sum of the newest 8 (forecast - actual) / their mean |forecast - actual|")
        .source("Brown 1959, Trigg 1964"),
        column(
            "lower_limit",
            Kind::Real(1),
            "mean absolute deviations",
            "lower limit of the tracking signal",
        ),
        column(
            "upper_limit",
            Kind::Real(1),
            "mean absolute deviations",
            "upper limit of the tracking signal",
        ),
        column(
            "chance",
            Kind::Real(4),
            "share",
            "how often the same errors with signs at random are as far from 0: exact sign test",
        ),
        column(
            "signal",
            Kind::Text,
            "",
            "within, over_forecast or under_forecast when beyond a limit, too_few below 4 errors",
        ),
        column(
            "coverage_80",
            Kind::Real(4),
            "share",
            "share of actuals within the p10 and p90 published; from 4 quarters on",
        ).formula("n with p10 <= actual <= p90 / n"),
        column("note", Kind::Text, "", "what the number of errors does not allow yet"),
    ],
};

pub(super) fn table(chain: &Chain) -> Table {
    let mut table = Table::new(&SPEC);
    for score in &chain.realised {
        let note = match score.signal {
            Signal::TooFew => format!(
                "{} of {LEAST_ERRORS} errors that a tracking signal and a coverage need: not yet a verdict",
                score.n
            ),
            _ => String::new(),
        };
        table.push(row![
            chain.name.to_string(),
            score.model.as_str(),
            score.lag,
            chain.as_of.last_day(),
            score.n,
            score.forecast,
            score.actual,
            score.wape,
            score.baseline_wape,
            score.bias,
            score.tracking_signal,
            -TRACKING_LIMIT,
            TRACKING_LIMIT,
            score.chance,
            score.signal.name(),
            score.coverage_80,
            (!note.is_empty()).then_some(note),
        ]);
    }
    table
}
