//! `waterfall`: every vintage's forecast of a month.

use crate::vintages::{Chain, WaterfallRow};

use crate::table::level;
use crate::table::{Table, table};

table! {
    waterfall of &WaterfallRow: "one month, model and vintage: how the forecast of the month went from vintage to vintage",
    key {
        month(Month, "", "month of shipment, by its first day") = |r| r.month;
        model(Text, "", "machine model, or ALL for the sum of all models") = |r| r.model.as_str();
        forecast_vintage(Text, "", "the vintage that made the forecast: the newest revision of its quarter, or this one")
            = |r| r.vintage.to_string();
    }
    columns {
        level(Text, "", LEVEL).words() = |r| level(r.model == "ALL");
        lag(Whole, "months", "from the as-of date of the forecast to the month, 1 to 12") = |r| i64::from(r.lag);
        units(Whole, "machines", "forecast of the base scenario")
            .source("each vintage: table shipment_forecast")
            = |r| r.units;
        actual_units(Whole, "machines", "machines that left the door; empty until known")
            .source("shipments, or futures_orders: delivered_quantity")
            .label("Shipped", "machines")
            = |r| r.actual;
        error_units(Whole, "machines", "forecast - actual; empty until known")
            .formula("units - actual_units")
            = |r| r.actual.map(|actual| r.units - actual);
    }
}

pub(super) fn table(chain: &Chain) -> Table {
    Table::of(&chain.into(), &chain.waterfall)
}
