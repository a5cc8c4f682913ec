//! `pegging`: which demand each source of chips is for.

use crate::supply::Source;

use super::Context;
use super::schema::{Cell, Kind, Spec, Table, column, row};

pub(super) const SPEC: Spec = Spec {
    name: "pegging",
    row: "chips of one source for one use; base scenario",
    key: 9,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column("chip", Kind::Text, "", "chip"),
        column(
            "source",
            Kind::Text,
            "",
            "1_machines_on_hand, 2_chips_on_hand (dies included), 3_on_order, 4_proposed, or 5_none: demand that nothing covers",
        ),
        column(
            "place_by",
            Kind::Date,
            "",
            "of a proposed order: its place_by; with chip and foundry the key of wafer_orders",
        ),
        column("foundry", Kind::Text, "", "of a proposed order: its foundry"),
        column(
            "ship_month",
            Kind::Date,
            "",
            "first month in which the source's machines can ship; empty for what is on hand",
        ),
        column(
            "demand_month",
            Kind::Date,
            "",
            "month of the demand; of safety the month through which it is held",
        ),
        column(
            "model",
            Kind::Text,
            "",
            "model; ANY for safety and rounding, which every model of the chip can use",
        ),
        column("purpose", Kind::Text, "", "firm_backlog, forecast, safety or rounding"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column(
            "machines",
            Kind::Whole,
            "machines",
            "machines that the chips complete; each counts where its last chip comes from",
        ),
        column(
            "chips",
            Kind::Real(2),
            "chips",
            "chips of the source for it, spares and assembly loss included",
        ),
        column("late", Kind::Text, "", "yes: the machines ship after their demand month"),
    ],
};

pub(super) fn table(context: &Context<'_>) -> Table {
    let mut table = Table::new(&SPEC);
    let catalogue = &context.job.catalogue;
    for peg in context.pegs {
        let order = match peg.source {
            Source::Proposed(place) => Some(&context.orders()[place]),
            _ => None,
        };
        let ships = match peg.source {
            Source::OnOrder(month) => Some(month),
            Source::Proposed(place) => Some(context.orders()[place].ahead(context.as_of)),
            _ => None,
        };
        let late =
            peg.model.is_some() && (peg.source == Source::None || ships.is_some_and(|h| h > peg.month));
        table.push(row![
            context.vintage(),
            catalogue.chips[peg.chip].name(),
            name(peg.source),
            order.map(|o| o.place_by),
            order.map(|o| catalogue.foundries[o.foundry].name()),
            ships.map(|h| context.month(h)),
            context.month(peg.month),
            peg.model.map_or("ANY", |model| catalogue.models[model].name()),
            peg.purpose.name(),
            context.as_of.last_day(),
            peg.machines,
            peg.chips,
            if peg.model.is_none() { Cell::Empty } else { Cell::from(if late { "yes" } else { "no" }) },
        ]);
    }
    table
}

const fn name(source: Source) -> &'static str {
    match source {
        Source::MachinesOnHand => "1_machines_on_hand",
        Source::ChipsOnHand => "2_chips_on_hand",
        Source::OnOrder(_) => "3_on_order",
        Source::Proposed(_) => "4_proposed",
        Source::None => "5_none",
    }
}
