//! `order_decisions` and `order_revisions`: what became of the wafer orders of earlier vintages.

use crate::supply::OrderSettled;
use crate::table::{Table, table};
use crate::vintages::{Chain, OrdersRevised};

/// An order of an earlier vintage, and what became of it.
pub(super) struct Decision<'a>(&'a OrderSettled);

table! {
    order_decisions of Decision<'_>: "one wafer order that an earlier vintage proposed, or that people placed: what they decided, and what counts",
    key {
        order(Text, "", "name of the order: vintage without its revision, chip, foundry and place_by") = |r| r.0.row.order.as_str();
    }
    columns {
        chip(Text, "", "chip ordered").source("placed_orders").label("Chip", "") = |r| r.0.row.chip.as_str();
        foundry(Text, "", "who makes it").source("placed_orders").label("Foundry", "") = |r| r.0.row.foundry.as_str();
        place_by(Text, "", "last day on which the order could be placed, as the file has it")
            .source("placed_orders")
            .label("Place by", "")
            = |r| Some(r.0.row.place_by.as_str()).filter(|text| !text.is_empty());
        proposed_wafers(Whole, "wafers", "wafers that the vintage proposed; 0 for an order that people added")
            .source("the earlier vintage: table wafer_orders")
            .label("Proposed", "wafers")
            = |r| r.0.row.proposed;
        status(Text, "", "what was decided: proposed (nothing yet), placed, declined or cancelled")
            .source("placed_orders")
            .words()
            = |r| r.0.row.decided.name();
        placed_wafers(Whole, "wafers", "wafers placed; empty where none are said")
            .source("placed_orders: wafers")
            .label("Placed", "wafers").main()
            = |r| r.0.row.wafers;
        date(Date, "", "day of the decision; of the order, where it was placed")
            .source("placed_orders")
            .label("On", "")
            = |r| r.0.row.date;
        approver(Text, "", "who decided, as the file says").source("placed_orders") = |r| some(&r.0.row.approver);
        note(Text, "", "note, as the file says").source("placed_orders").long() = |r| some(&r.0.row.note);
        standing(Text, "", "what became of it; undecided; declined; cancelled; decided_later: after the as-of date, so that it does not count; on_order: placed and not in supply yet; in_supply: supply shows it, now or at an earlier run, and counts; past_due: due and never in supply, counts as nothing")
            .words()
            = |r| r.0.standing.name();
        due(Date, "", "day on which its chips should be in hand; empty where it was not placed")
            .formula("date + lead_months")
            .source("placed_orders; [[foundries]] lead_months")
            .label("Due", "")
            = |r| r.0.due;
        supply_wafers(Whole, "wafers", "wafers of it that supply shows; empty where it shows none")
            .source("supply: wafer_order of the same chip, foundry and day; else within 31 days with as many wafers, else within 7 days")
            .label("In supply", "wafers")
            = |r| r.0.in_supply;
        counted_wafers(Whole, "wafers", "wafers that count as on order beside supply: those placed, where standing is on_order, else 0")
            .label("Counts beside supply", "wafers")
            = |r| r.0.counted;
    }
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// A chip's orders from one earlier vintage to this one's.
pub(super) struct Revised<'a> {
    previous: String,
    chip: &'a str,
    change: OrdersRevised,
}

table! {
    order_revisions of Revised<'_>: "one chip, from the wafer orders of an earlier vintage to this one's: previous and the parts add up to now",
    key {
        previous_vintage(Text, "", "the vintage that the bridge begins at: that of the quarter before, and for a revision also the one revised")
            = |r| r.previous.as_str();
        chip(Text, "", "chip ordered").label("Chip", "") = |r| r.chip;
    }
    columns {
        previous(Whole, "wafers", "wafers that the earlier vintage proposed to place and planned, base scenario")
            .source("the earlier vintage: table wafer_orders")
            .label("Before", "wafers")
            = |r| r.change.previous;
        placed(Whole, "wafers", "placed since, whether they were proposed or not; taken off")
            .source("placed_orders")
            .label("placed", "")
            = |r| r.change.placed;
        declined(Whole, "wafers", "proposed and declined or cancelled, and the rest where fewer were placed; taken off")
            .source("placed_orders")
            .label("declined", "")
            = |r| r.change.declined;
        undecided(Whole, "wafers", "proposed, and neither placed nor declined by the as-of date; taken off")
            .source("placed_orders")
            .label("undecided", "")
            = |r| r.change.undecided;
        new_months(Whole, "wafers", "for machines that first ship after the last month of the earlier vintage")
            .label("new months", "")
            = |r| r.change.new_months;
        need(Whole, "wafers", "needed more or less for the same machines: demand, stock and orders in supply, and what was declined or left undecided and is still needed")
            .formula("now - previous - placed - declined - undecided - new_months")
            .label("need", "")
            = |r| r.change.need;
        now(Whole, "wafers", "wafers that this vintage proposes to place and plans, base scenario")
            .formula("previous + placed + declined + undecided + new_months + need")
            .source("table wafer_orders")
            .label("Now", "wafers").main()
            = |r| r.change.now;
    }
}

pub(super) fn decisions(chain: &Chain) -> Table {
    Table::of(&chain.into(), chain.settled.orders.iter().map(Decision))
}

pub(super) fn revisions(chain: &Chain) -> Table {
    let rows = chain.orders.iter().flat_map(|bridge| {
        bridge.chips.iter().map(|(chip, change)| {
            let previous = bridge.previous.to_string();
            Revised { previous, chip, change: *change }
        })
    });
    Table::of(&chain.into(), rows)
}
