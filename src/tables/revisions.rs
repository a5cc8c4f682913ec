//! `revisions`: from the forecast of an earlier vintage to this one.

use crate::domain::Month;
use crate::vintages::{BridgeRow, Chain};

use crate::table::level;
use crate::table::{Table, table};

pub(super) struct Revised<'a> {
    previous: String,
    month: Month,
    model: &'a str,
    change: &'a BridgeRow,
}

table! {
    revisions of Revised<'_>: "one month and model, from an earlier vintage to this one: previous and the parts add up to now",
    key {
        previous_vintage(Text, "", "the vintage that the bridge begins at: that of the quarter before, and for a revision also the one revised")
            = |r| r.previous.as_str();
        month(Month, "", "month of shipment, by its first day") = |r| r.month;
        model(Text, "", "machine model, or ALL for the sum of all models") = |r| r.model;
    }
    columns {
        level(Text, "", LEVEL).words() = |r| level(r.model == "ALL");
        status(Text, "", "delivered: the month has passed, now is what left the door; forecast: now is forecast")
            = |r| if r.change.delivered { "delivered" } else { "forecast" };
        previous(Whole, "machines", "units of the previous vintage's base scenario")
            .source("the earlier vintage: table shipment_forecast")
            .label("Before", "machines")
            = |r| r.change.previous;
        corrections(Whole, "machines", "change because exports of the time before were corrected: the previous as-of date forecast again from today's files")
            .label("corrections", "")
            = |r| r.change.corrections;
        deliveries(Whole, "machines", "delivered ahead of schedule, and not due any more because of it")
            .label("deliveries", "")
            = |r| r.change.deliveries;
        new_orders(Whole, "machines", "orders signed since less what was forecast of them, and the change they make to the level of later ones")
            .label("new orders", "")
            = |r| r.change.new_orders;
        cancellations(Whole, "machines", "cancelled since, and change of the cancellations still expected")
            .label("cancelled", "")
            = |r| r.change.cancellations;
        slips(Whole, "machines", "not delivered when due and due later, and change of the slips still expected")
            .label("slips", "")
            = |r| r.change.slips;
        drivers(Whole, "machines", "change of what the market and drivers add to order intake")
            .label("market and drivers", "")
            = |r| r.change.drivers;
        overrides(Whole, "machines", "change of planners' overrides")
            .label("overrides", "")
            = |r| r.change.overrides;
        method(Whole, "machines", "change because of another job file or version of wafercast; with another version, corrections too")
            .label("method", "")
            = |r| r.change.method;
        now(Whole, "machines", "units of this vintage's base scenario, or machines delivered")
            .formula("previous + corrections + deliveries + new_orders + cancellations + slips + drivers + overrides + method")
            .label("Now", "machines").main()
            = |r| r.change.now;
    }
}

pub(super) fn table(chain: &Chain) -> Table {
    let rows = chain.bridges.iter().flat_map(|bridge| {
        bridge.rows.iter().map(|((month, model), change)| {
            let previous = bridge.previous.to_string();
            Revised { previous, month: *month, model, change }
        })
    });
    Table::of(&chain.into(), rows)
}
