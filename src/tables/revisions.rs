//! `revisions`: from the forecast of an earlier vintage to this one.

use crate::vintages::Chain;

use super::schema::{Kind, Spec, Table, column, row};

pub(super) const SPEC: Spec = Spec {
    name: "revisions",
    row: "one month and model, from an earlier vintage to this one: previous and the parts add up to now",
    key: 4,
    columns: &[
        column("vintage", Kind::Text, "", "this vintage"),
        column(
            "previous_vintage",
            Kind::Text,
            "",
            "the vintage that the bridge begins at: that of the quarter before, and for a revision also the one revised",
        ),
        column("month", Kind::Date, "", "month of shipment, by its first day"),
        column("model", Kind::Text, "", "machine model, or ALL for the sum of all models"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column(
            "status",
            Kind::Text,
            "",
            "delivered: the month has passed, now is what left the door; forecast: now is forecast",
        ),
        column("previous", Kind::Whole, "machines", "units of the previous vintage's base scenario")
            .source("the earlier vintage: table shipment_forecast"),
        column(
            "corrections",
            Kind::Whole,
            "machines",
            "change because exports of the time before were corrected: the previous as-of date forecast again from today's files",
        ),
        column(
            "deliveries",
            Kind::Whole,
            "machines",
            "delivered ahead of schedule, and not due any more because of it",
        ),
        column(
            "new_orders",
            Kind::Whole,
            "machines",
            "orders signed since less what was forecast of them, and the change they make to the level of later ones",
        ),
        column(
            "cancellations",
            Kind::Whole,
            "machines",
            "cancelled since, and change of the cancellations still expected",
        ),
        column(
            "slips",
            Kind::Whole,
            "machines",
            "not delivered when due and due later, and change of the slips still expected",
        ),
        column("drivers", Kind::Whole, "machines", "change of what the drivers of order intake add"),
        column("overrides", Kind::Whole, "machines", "change of planners' overrides"),
        column(
            "method",
            Kind::Whole,
            "machines",
            "change because of another job file or version of wafercast; with another version, corrections too",
        ),
        column(
            "now",
            Kind::Whole,
            "machines",
            "units of this vintage's base scenario, or machines delivered",
        )
        .formula("previous + corrections + deliveries + new_orders + cancellations + slips + drivers + overrides + method"),
    ],
};

pub(super) fn table(chain: &Chain) -> Table {
    let mut table = Table::new(&SPEC);
    for bridge in &chain.bridges {
        for ((month, model), row) in &bridge.rows {
            table.push(row![
                chain.name.to_string(),
                bridge.previous.to_string(),
                *month,
                model.as_str(),
                chain.as_of.last_day(),
                if row.delivered { "delivered" } else { "forecast" },
                row.previous,
                row.corrections,
                row.deliveries,
                row.new_orders,
                row.cancellations,
                row.slips,
                row.drivers,
                row.overrides,
                row.method,
                row.now,
            ]);
        }
    }
    table
}
