//! `open_orders`: who gets the machines that ship, and who waits.

use crate::ingest::Standing;
use crate::supply::{Proposal, Source, Waiting};

use super::Context;
use crate::table::{Table, table};

/// Machines of an open order line, or for orders still to come.
pub(super) struct Line<'a> {
    context: &'a Context<'a>,
    of: &'a Waiting<'a>,
}

table! {
    open_orders of Line<'_>: "machines of one promised month of an open order line, or for orders still to come, that ship in one month from one source; base scenario",
    key {
        kind(Text, "", "1_contract: of an open order line; 2_forecast: for orders still to come, so that machines of a model and month add up to what ships")
            .words()
            = |r| if r.of.line.is_some() { "1_contract" } else { "2_forecast" };
        order(Text, "", "order number; empty for orders still to come")
            .source("futures_orders: order_id")
            .label("Order", "")
            = |r| r.of.line.map(|line| &*line.order);
        line(Text, "", "line of the order; empty where the export has none")
            .source("futures_orders: line")
            = |r| r.of.line.map(|line| &*line.line).filter(|line| !line.is_empty());
        model(Text, "", "machine model").label("Model", "") = |r| r.context.job.catalogue.models[r.of.model].name();
        promised_month(Month, "", "month in which the contract has the machines, by its first day; empty for orders still to come")
            .source("futures_orders: delivery_start, delivery_months")
            .label("Promised", "")
            = |r| r.of.promised;
        expected_month(Month, "", "month in which they ship, by its first day; empty: not within the twelve")
            .source("table shipment_forecast: constrained_units, handed out by [policy] priority")
            .label("Expected", "")
            = |r| r.of.ships.map(|h| r.context.month(h));
        supply(Text, "", "what they come from: 1_machines_on_hand, 2_chips_on_hand, 3_on_order (an open wafer order), 4_proposed (a proposed one), 5_none (nothing within the twelve months, or they are expected to be cancelled or lost); empty where supply is not known")
            .words()
            .label("Supply", "")
            = |r| r.of.source.map(name);
        supply_order(Text, "", "the wafer order: chip and due date of an open one (of several that first can ship in the month, the first), vintage, chip, foundry and place_by of a proposed one; empty for stock")
            .source("supply: wafer_order; placed_orders; table wafer_orders")
            .label("Wafer order", "")
            = |r| r.order();
    }
    columns {
        secured(Text, "", "secured: the agreed share was received; not_yet_due: it is not due yet; unsecured: it was due and was not received, so that the machines are not firm; not_said: the exports do not say, and they count as firm; empty for orders still to come")
            .source("futures_orders: prepaid_usd, signed_date; payments; [policy] effective_deposit_share, deposit_due_days; list price of the model where a contract has none")
            .words()
            .label("Secured", "")
            = |r| r.of.standing.map(Standing::name);
        days_since_signed(Whole, "days", "days from the signing of the contract to the as-of date; empty for orders still to come")
            .source("futures_orders: signed_date")
            .label("Signed", "days ago")
            = |r| r.of.line.map(|line| (r.context.exports.as_of - line.signed).num_days());
        customer(Text, "", "who bought").source("futures_orders").label("Customer", "") = |r| r.of.line.map(|line| &*line.customer);
        segment(Text, "", "kind of customer: key_account, retail or channel")
            .source("futures_orders: customer_segment")
            .words()
            = |r| r.of.line.map(|line| line.segment.name());
        received_share(Real(4), "share", "share of the order line's value received; empty where price or payment are not known")
            .formula("prepaid_usd / (quantity x unit_price_usd)")
            .source("futures_orders; payments where it has the order")
            = |r| r.of.line.and_then(|line| line.received);
        machines(Whole, "machines", "machines").label("Machines", "").main() = |r| r.of.machines;
        supply_in_hand(Date, "", "day on which the chips of the wafer order are in hand; of several open orders that first can ship in the month, the first")
            .source("supply: due_date; placed_orders; table wafer_orders: wafer_out_month, its last day")
            .label("Chips in hand", "")
            = |r| r.of.in_hand;
        late_months(Whole, "months", "months from the promised to the expected one, 0 when in time; empty when not within the twelve")
            .formula("expected_month - promised_month")
            .label("Late by", "months")
            = |r| r.of.promised.zip(r.of.ships).map(|(promised, h)| i64::from((r.context.month(h) - promised).max(0)));
        waits_for(Text, "", "what those that are late wait for at the end of the month before they ship: assembly (their chips are there: assembly capacity or other parts) or chips; empty when in time, and where the job limits neither")
            .source("[factory], [[parts]]; table shipment_forecast: waiting_for_assembly_units, of those who are served next")
            .words()
            = |r| r.of.for_assembly.map(|assembly| if assembly { "assembly" } else { "chips" });
        expected_month_80(Month, "", "month by which all that the line has promised for the month has shipped on a path that four of five simulated paths reach by every month, known supply with yields and late lots drawn, never earlier than the last of it on the base path; empty: not within the twelve, or supply is not known")
            .source("simulated paths: 20th percentile of machines shipped by each month, handed out alike")
            .label("At 80%", "by")
            = |r| r.of.ships_at_80.map(|h| r.context.month(h));
    }
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

impl Line<'_> {
    fn order(&self) -> Option<String> {
        let catalogue = &self.context.job.catalogue;
        match self.of.source? {
            Source::OnOrder(_) => {
                let chip = &catalogue.models[self.of.model].chip;
                Some(format!("{chip} due {}", self.of.in_hand?))
            }
            Source::Proposed(place) => {
                let order = self.context.orders().get(place)?;
                let proposal = Proposal {
                    chip: catalogue.chips[order.chip].name().to_owned(),
                    foundry: catalogue.foundries[order.foundry].name().to_owned(),
                    place_by: order.place_by,
                    wafers: order.wafers,
                };
                Some(proposal.order(&self.context.vintage()))
            }
            Source::MachinesOnHand | Source::ChipsOnHand | Source::None => None,
        }
    }
}

pub(super) fn table(context: &Context<'_>) -> Table {
    Table::of(&context.stamp(), context.waiting.iter().map(|of| Line { context, of }))
}
