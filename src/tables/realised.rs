//! `realised_accuracy`: earlier vintages against what has left the door since.

use crate::vintages::{Chain, Realised};

use crate::table::level;
use crate::table::{Table, table};

table! {
    realised_accuracy of &Realised: "one model, lag and role of overrides: the forecasts of earlier vintages for quarters that have passed; errors are forecast - actual",
    key {
        model(Text, "", "machine model, or ALL for the sum of all models") = |r| r.model.as_str();
        lag(Whole, "quarters", "from the as-of date of the forecast to the end of the quarter forecast, 1 to 4")
            .label("Quarters ahead", "")
            = |r| r.lag;
        role(Text, "", "empty; or the role whose overrides, final or not, are held against what shipped, each of a single month and model: what wape is below baseline_wape it has added")
            .source("earlier vintages: table overrides")
            = |r| r.role.as_str();
    }
    columns {
        level(Text, "", "total for ALL, detail for a model, role for overrides: add up rows of one level only")
            .words()
            = |r| if r.role.is_empty() { level(r.model == "ALL") } else { "role" };
        n(Whole, "quarters", "quarters scored, one an earlier vintage (its newest revision); of a role the months and models of its overrides")
            .label("Quarters", "n")
            = |r| r.n;
        forecast_units(Whole, "machines", "forecast of all quarters scored")
            .source("earlier vintages: table shipment_forecast_quarterly")
            .label("Forecast", "machines")
            = |r| r.forecast;
        actual_units(Whole, "machines", "machines that left the door in them")
            .source("shipments, or futures_orders: delivered_quantity")
            .label("Shipped", "machines")
            = |r| r.actual;
        wape(Real(4), "share", "sum of |forecast - actual| / sum of actual")
            .formula("sum |forecast - actual| / sum actual")
            .label("Off by", "WAPE")
            = |r| r.wape;
        baseline_wape(Real(4), "share", "the same without planners' overrides: what is below it they improved, what is above they made worse")
            = |r| r.baseline_wape;
        bias(Real(4), "share", "sum of (forecast - actual) / sum of actual: above 0 is too much")
            .formula("sum (forecast - actual) / sum actual")
            .label("Too much (+)", "bias")
            = |r| r.bias;
        tracking_signal(Real(2), "mean absolute deviations", "sum of the newest eight errors / their mean absolute value: above 0 is too much; empty below 4 errors")
            .formula("sum of the newest 8 (forecast - actual) / their mean |forecast - actual|")
            .source("Brown 1959, Trigg 1964")
            .label("Tracking signal", "")
            = |r| r.tracking_signal;
        chance(Real(4), "share", "how often the same errors with signs at random are as far from 0: exact sign test")
            = |r| r.chance;
        signal(Text, "", "within, over_forecast or under_forecast when beyond a limit, too_few below 4 errors")
            .label("Says", "").words()
            = |r| r.signal.name();
        coverage_80(Real(4), "share", "share of actuals within the p10 and p90 published; from 4 quarters on")
            .formula("n with p10 <= actual <= p90 / n")
            = |r| r.coverage_80;
    }
}

pub(super) fn table(chain: &Chain) -> Table {
    Table::of(&chain.into(), &chain.realised)
}
