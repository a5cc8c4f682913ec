//! `stock`: the roll-forward of chips and machines, and `available_to_promise`.

use crate::domain::Month;
use crate::market::HORIZON;
use crate::supply::{ChipFlow, Decision, MachineFlow, Promise, available_to_promise, proposed_chips};

use super::Context;
use crate::table::{Table, table};

/// A month of a chip or a model.
pub(super) struct Flow<'a> {
    scenario: &'static str,
    kind: &'static str,
    item: &'a str,
    month: Month,
    start: i64,
    chips: Option<Chips>,
    machines: Option<&'a MachineFlow>,
    end: i64,
}

/// Chips that come and go in a month.
#[derive(Clone, Copy)]
struct Chips {
    on_hand: i64,
    on_order: i64,
    proposed: i64,
    machines: i64,
    spares: i64,
    lost: i64,
}

table! {
    stock of Flow<'_>: "one scenario, item and month: start + on_hand + on_order + proposed + built = machines + spares + lost + shipped + end; empty where supply is unknown",
    key {
        scenario(Text, "", "bear, base or bull path of the bitcoin price") = |r| r.scenario;
        kind(Text, "", "chips or machines") = |r| r.kind;
        item(Text, "", "chip or model")
            .label("Chip", "") = |r| r.item;
        month(Month, "", "month, by its first day") = |r| r.month;
    }
    columns {
        start(Whole, "pieces", "at the start of the month; chips that can ship in it")
            .label("Start", "chips")
            = |r| r.start;
        on_hand(Whole, "chips", "of stock and die bank, what first can ship in the month; empty for machines")
            .label("In stock", "chips")
            = |r| r.chips.map(|c| c.on_hand);
        on_order(Whole, "chips", "from open wafer orders; empty for machines")
            .label("On order", "chips")
            = |r| r.chips.map(|c| c.on_order);
        proposed(Whole, "chips", "from the wafer orders proposed; empty for machines")
            .label("Proposed", "chips")
            = |r| r.chips.map(|c| c.proposed);
        built(Whole, "machines", "machines built, with [factory] level_within ahead of the month in which they ship; empty for chips") = |r| r.machines.map(|m| m.built);
        machines(Whole, "chips", "chips built into machines; empty for machines")
            .label("Built in", "chips")
            = |r| r.chips.map(|c| c.machines);
        spares(Whole, "chips", "chips kept as spare parts, or with [spares] drawn for machines in the field; empty for machines")
            .label("Spares", "chips")
            = |r| r.chips.map(|c| c.spares);
        lost(Whole, "chips", "chips lost in assembly; empty for machines")
            .label("Lost", "chips")
            = |r| r.chips.map(|c| c.lost);
        shipped(Whole, "machines", "machines shipped; empty for chips") = |r| r.machines.map(|m| m.shipped);
        end(Whole, "pieces", "left at the end of the month")
            .formula("start + on_hand + on_order + proposed + built - machines - spares - lost - shipped")
            .label("End", "chips")
            = |r| r.end;
    }
}

pub(super) fn table(context: &Context<'_>) -> Table {
    let catalogue = &context.job.catalogue;
    let mut rows = Vec::new();
    for ((forecast, allocation), levelled) in
        context.forecasts.iter().zip(context.allocations).zip(context.levelled)
    {
        let scenario = forecast.scenario.name();
        let (chips, machines) = levelled
            .as_ref()
            .map_or((&allocation.chips, &allocation.machines), |level| (&level.chips, &level.machines));
        for (chip, flows) in catalogue.chips.iter().zip(chips) {
            let (kind, item) = ("chips", chip.name());
            rows.extend(whole_chips(flows).into_iter().enumerate().map(|(h, (start, chips, end))| Flow {
                scenario,
                kind,
                item,
                month: context.month(h),
                start,
                chips: Some(chips),
                machines: None,
                end,
            }));
        }
        for (model, flows) in catalogue.models.iter().zip(machines) {
            let (kind, item) = ("machines", model.name());
            rows.extend(flows.iter().enumerate().map(|(h, flow)| Flow {
                scenario,
                kind,
                item,
                month: context.month(h),
                start: flow.start,
                chips: None,
                machines: Some(flow),
                end: flow.end,
            }));
        }
    }
    Table::of(&context.stamp(), rows)
}

/// Whole chips of each part between start and end, rounded on their running sums: no chip is lost or made by rounding, and
/// every month adds up exactly.
fn whole_chips(flows: &[ChipFlow; HORIZON]) -> [(i64, Chips, i64); HORIZON] {
    let mut sums = [0.0_f64; 6];
    let mut given = [0_i64; 6];
    let mut stock = 0_i64;
    flows.map(|flow| {
        let parts = [flow.on_hand, flow.on_order, flow.proposed, flow.built_in, flow.spares, flow.lost];
        let mut whole = [0_i64; 6];
        for i in 0..6 {
            sums[i] += parts[i];
            // Both what comes and what goes is rounded to the nearest: stock of nothing stays nothing.
            whole[i] = sums[i].round() as i64 - given[i];
            given[i] += whole[i];
        }
        let start = stock;
        let [on_hand, on_order, proposed, machines, spares, lost] = whole;
        stock += on_hand + on_order + proposed - machines - spares - lost;
        (start, Chips { on_hand, on_order, proposed, machines, spares, lost }, stock)
    })
}

/// What can be promised of a model by a month.
pub(super) struct Promised<'a> {
    month: Month,
    model: &'a str,
    promise: Promise,
    unsecured: i64,
}

table! {
    available_to_promise of Promised<'_>: "one month and model: machines that can still be promised for delivery by its end",
    key {
        month(Month, "", "month, by its first day") = |r| r.month;
        model(Text, "", "machine model") = |r| r.model;
    }
    columns {
        firm_cumulative(Whole, "machines", "machines of firm orders due from the first month ahead to this one")
            .formula("sum of firm_units up to the month")
            .source("table shipment_forecast")
            = |r| r.promise.firm;
        unsecured_cumulative(Whole, "machines", "the same of contracts that are not secured: no machine is kept for them")
            .formula("sum of unsecured_units up to the month")
            .source("table shipment_forecast")
            = |r| r.unsecured;
        promise_committed(Whole, "machines", "can still be promised for delivery by the month from stock and open wafer orders, later firm orders being kept; models of one chip share it: what one takes the others lose")
            = |r| r.promise.committed;
        promise_with_orders(Whole, "machines", "the same with the wafer orders to place now") = |r| r.promise.with_orders;
    }
}

pub(super) fn promise(context: &Context<'_>) -> Table {
    let stamp = context.stamp();
    if !context.committed.known {
        return Table::of(&stamp, Vec::<Promised<'_>>::new());
    }
    // What a later run decides cannot be promised yet.
    let decided: Vec<_> =
        context.orders().iter().filter(|o| o.decision == Decision::PlaceNow).cloned().collect();
    let proposed = proposed_chips(&decided, context.job, context.as_of);
    let catalogue = &context.job.catalogue;
    let firm = context.book.firm_to_ship(catalogue);
    let promises = available_to_promise(context.committed, &proposed, &firm, catalogue);
    let signed = context.book.signed_to_ship::<HORIZON>(catalogue);
    let models = catalogue.models.iter().zip(promises).zip(signed);
    let rows = models.flat_map(|((model, months), signed)| {
        let mut due = 0;
        let months = months.into_iter().enumerate().map(move |(h, promise)| {
            due += signed[h];
            Promised { month: context.month(h), model: model.name(), promise, unsecured: due - promise.firm }
        });
        months.filter(|row| model.offered_in(row.month))
    });
    Table::of(&stamp, rows)
}
