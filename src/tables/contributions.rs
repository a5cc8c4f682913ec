//! `driver_contributions`: what each driver adds to the forecast.

use super::Context;
use crate::domain::Month;
use crate::market::HORIZON;
use crate::table::level;
use crate::table::{Table, table};

pub(super) struct Contribution<'a> {
    scenario: &'static str,
    month: Month,
    model: &'a str,
    driver: &'a str,
    units: i64,
}

table! {
    driver_contributions of Contribution<'_>: "one scenario, month, model or ALL, and driver: the gaps of the market, then those of the export with an effect",
    key {
        scenario(Text, "", "bear, base or bull path of the bitcoin price") = |r| r.scenario;
        month(Month, "", "month of shipment, by its first day") = |r| r.month;
        model(Text, "", "machine model, or ALL") = |r| r.model;
        driver(Text, "", "price_gap, hashprice_gap, a driver of the export, or channel_cover") = |r| r.driver;
    }
    columns {
        level(Text, "", LEVEL).words() = |r| level(r.model == "ALL");
        units(Whole, "machines", "what the driver adds to the forecast; over the drivers they add up to driver_units of shipment_forecast")
            = |r| r.units;
    }
}

pub(super) fn table(context: &Context<'_>) -> Table {
    let names = &context.demand.intake.names;
    let mut rows = Vec::new();
    for forecast in context.forecasts {
        for h in 0..HORIZON {
            let (scenario, month) = (forecast.scenario.name(), context.month(h));
            for (driver, units) in &forecast.driver_parts {
                let driver = names[*driver].as_str();
                let models = context.job.catalogue.models.iter().zip(units);
                rows.extend(models.map(|(model, months)| Contribution {
                    scenario,
                    month,
                    model: model.name(),
                    driver,
                    units: months[h],
                }));
                let units = units.iter().map(|months| months[h]).sum();
                rows.push(Contribution { scenario, month, model: "ALL", driver, units });
            }
        }
    }
    Table::of(&context.stamp(), rows)
}
