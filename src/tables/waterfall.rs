//! `waterfall`: every vintage's forecast of a month.

use crate::vintages::Chain;

use super::schema::{Kind, Spec, Table, column, row};

pub(super) const SPEC: Spec = Spec {
    name: "waterfall",
    row: "one month, model and vintage: how the forecast of the month went from vintage to vintage",
    key: 4,
    columns: &[
        column("vintage", Kind::Text, "", "this vintage"),
        column("month", Kind::Date, "", "month of shipment, by its first day"),
        column("model", Kind::Text, "", "machine model, or ALL for the sum of all models"),
        column(
            "forecast_vintage",
            Kind::Text,
            "",
            "the vintage that made the forecast: the newest revision of its quarter, or this one",
        ),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column("lag", Kind::Whole, "months", "from the as-of date of the forecast to the month, 1 to 12"),
        column("units", Kind::Whole, "machines", "forecast of the base scenario")
            .source("each vintage: table shipment_forecast"),
        column("actual_units", Kind::Whole, "machines", "machines that left the door; empty until known")
            .source("shipments, or futures_orders: delivered_quantity"),
        column("error_units", Kind::Whole, "machines", "forecast - actual; empty until known")
            .formula("units - actual_units"),
    ],
};

pub(super) fn table(chain: &Chain) -> Table {
    let mut table = Table::new(&SPEC);
    for row in &chain.waterfall {
        table.push(row![
            chain.name.to_string(),
            row.month,
            row.model.as_str(),
            row.vintage.to_string(),
            chain.as_of.last_day(),
            i64::from(row.lag),
            row.units,
            row.actual,
            row.actual.map(|actual| row.units - actual),
        ]);
    }
    table
}
