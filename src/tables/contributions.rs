//! `driver_contributions`: what each driver adds to the forecast.

use super::Context;
use super::schema::{Kind, Spec, Table, column, row};
use crate::market::HORIZON;

pub(super) const SPEC: Spec = Spec {
    name: "driver_contributions",
    row: "one scenario, month, model or ALL, and driver: the gaps of the market, then those of the export with an effect",
    key: 5,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column("scenario", Kind::Text, "", "bear, base or bull course of the bitcoin price"),
        column("month", Kind::Date, "", "month of shipment, by its first day"),
        column("model", Kind::Text, "", "machine model, or ALL"),
        column("driver", Kind::Text, "", "price_gap, hashprice_gap, or a driver of the export"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column(
            "units",
            Kind::Whole,
            "machines",
            "what the driver adds to the forecast; over the drivers they add up to driver_units of shipment_forecast",
        ),
    ],
};

pub(super) fn table(context: &Context<'_>) -> Table {
    let mut table = Table::new(&SPEC);
    let names = &context.demand.intake.names;
    for forecast in context.forecasts {
        for h in 0..HORIZON {
            let month = context.as_of + 1 + i32::try_from(h).unwrap_or(0);
            let mut push = |model: &str, driver: usize, units: i64| {
                table.push(row![
                    context.vintage(),
                    forecast.scenario.name(),
                    month,
                    model,
                    names[driver].as_str(),
                    context.as_of.last_day(),
                    units,
                ]);
            };
            for (place, model) in context.job.catalogue.models.iter().enumerate() {
                for (driver, units) in &forecast.driver_parts {
                    push(model.name(), *driver, units[place][h]);
                }
            }
            for (driver, units) in &forecast.driver_parts {
                push("ALL", *driver, units.iter().map(|months| months[h]).sum());
            }
        }
    }
    table
}
