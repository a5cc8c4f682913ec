//! `pegging`: which demand each source of chips is for.

use crate::supply::{Peg, ProposedOrder, Source};

use super::Context;
use crate::table::{Table, table};

pub(super) struct Pegged<'a> {
    context: &'a Context<'a>,
    peg: &'a Peg,
    /// The proposed order that the chips are from.
    order: Option<&'a ProposedOrder>,
    /// Months ahead in which their machines can first ship.
    ships: Option<usize>,
}

table! {
    pegging of Pegged<'_>: "chips of one source for one use; base scenario",
    key {
        chip(Text, "", "chip") = |r| r.context.job.catalogue.chips[r.peg.chip].name();
        source(Text, "", "1_machines_on_hand, 2_chips_on_hand (dies included), 3_on_order, 4_proposed, or 5_none: demand that nothing covers")
            .words()
            = |r| name(r.peg.source);
        place_by(Date, "", "of a proposed order: its place_by; with chip and foundry the key of wafer_orders")
            = |r| r.order.map(|o| o.place_by);
        foundry(Text, "", "of a proposed order: its foundry") = |r| r.order.map(|o| r.context.job.catalogue.foundries[o.foundry].name());
        ship_month(Month, "", "first month in which the source's machines can ship; empty for what is on hand")
            = |r| r.ships.map(|h| r.context.month(h));
        demand_month(Month, "", "month of the demand; of safety the month through which it is held") = |r| r.context.month(r.peg.month);
        model(Text, "", "model; ANY for repairs, safety and rounding, which any model of the chip may use") = |r| r.peg.model.map_or("ANY", |model| r.context.job.catalogue.models[model].name());
        purpose(Text, "", "repairs of machines in the field (with [spares]), firm_backlog, unsecured_backlog (contracts that are signed and not secured), forecast, safety or rounding")
            .words() = |r| r.peg.purpose.name();
    }
    columns {
        machines(Whole, "machines", "machines that the chips complete; each counts where its last chip comes from")
            = |r| r.peg.machines;
        chips(Real(2), "chips", "chips of the source for it, spares and assembly loss included") = |r| r.peg.chips;
        late(Text, "", "yes: the machines ship after their demand month") = |r| r.late();
    }
}

impl Pegged<'_> {
    /// Whether the machines ship after their month; safety and rounding have none.
    fn late(&self) -> Option<&'static str> {
        self.peg.model?;
        let late = self.peg.source == Source::None || self.ships.is_some_and(|h| h > self.peg.month);
        Some(if late { "yes" } else { "no" })
    }
}

pub(super) fn table(context: &Context<'_>) -> Table {
    let rows = context.pegs.iter().map(|peg| {
        let order = match peg.source {
            Source::Proposed(place) => Some(&context.orders()[place]),
            _ => None,
        };
        let ships = match peg.source {
            Source::OnOrder(month) => Some(month),
            _ => order.map(|order| order.ahead(context.as_of)),
        };
        Pegged { context, peg, order, ships }
    });
    Table::of(&context.stamp(), rows)
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
