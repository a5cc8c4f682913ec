//! `stock`: the roll-forward of chips and machines, and `available_to_promise`.

use crate::market::HORIZON;
use crate::supply::{ChipFlow, Decision, available_to_promise, proposed_chips};

use super::Context;
use super::schema::{Cell, Kind, Spec, Table, column, row};

pub(super) const SPEC: Spec = Spec {
    name: "stock",
    row: "one scenario, item and month: start + on_hand + on_order + proposed + built = machines + spares + lost + shipped + end; empty where supply is unknown",
    key: 5,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column("scenario", Kind::Text, "", "bear, base or bull course of the bitcoin price"),
        column("kind", Kind::Text, "", "chips or machines"),
        column("item", Kind::Text, "", "chip or model"),
        column("month", Kind::Date, "", "month, by its first day"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column("start", Kind::Whole, "pieces", "at the start of the month; chips that can ship in it"),
        column(
            "on_hand",
            Kind::Whole,
            "chips",
            "of stock and die bank, what first can ship in the month; empty for machines",
        ),
        column("on_order", Kind::Whole, "chips", "from open wafer orders; empty for machines"),
        column("proposed", Kind::Whole, "chips", "from the wafer orders proposed; empty for machines"),
        column("built", Kind::Whole, "machines", "machines built; empty for chips"),
        column("machines", Kind::Whole, "chips", "chips built into machines; empty for machines"),
        column("spares", Kind::Whole, "chips", "chips kept as spare parts; empty for machines"),
        column("lost", Kind::Whole, "chips", "chips lost in assembly; empty for machines"),
        column("shipped", Kind::Whole, "machines", "machines shipped; empty for chips"),
        column("end", Kind::Whole, "pieces", "left at the end of the month")
            .formula("start + on_hand + on_order + proposed + built - machines - spares - lost - shipped"),
    ],
};

pub(super) fn table(context: &Context<'_>) -> Table {
    let mut table = Table::new(&SPEC);
    let catalogue = &context.job.catalogue;
    for (forecast, allocation) in context.forecasts.iter().zip(context.allocations) {
        let key = |kind: &str, item: &str, h: usize| {
            let scenario = forecast.scenario.name();
            row![context.vintage(), scenario, kind, item, context.month(h), context.as_of.last_day()]
        };
        for (chip, flows) in catalogue.chips.iter().zip(&allocation.chips) {
            for (h, flow) in whole_chips(flows).into_iter().enumerate() {
                let [start, on_hand, on_order, proposed, machines, spares, lost, end] = flow;
                let mut cells = key("chips", chip.name(), h);
                cells.extend(row![start, on_hand, on_order, proposed, Cell::Empty, machines, spares, lost]);
                cells.extend(row![Cell::Empty, end]);
                table.push(cells);
            }
        }
        for (model, flows) in catalogue.models.iter().zip(&allocation.machines) {
            for (h, flow) in flows.iter().enumerate() {
                let mut cells = key("machines", model.name(), h);
                let none = || Cell::Empty;
                cells.extend(row![flow.start, none(), none(), none(), flow.built, none(), none(), none()]);
                cells.extend(row![flow.shipped, flow.end]);
                table.push(cells);
            }
        }
    }
    table
}

/// Whole chips of each part, rounded on their running sums: no chip is lost or made by rounding, and every month adds
/// up exactly.
fn whole_chips(flows: &[ChipFlow; HORIZON]) -> [[i64; 8]; HORIZON] {
    let mut sums = [0.0_f64; 6];
    let mut given = [0_i64; 6];
    let mut stock = 0_i64;
    flows.map(|flow| {
        let parts = [flow.on_hand, flow.on_order, flow.proposed, flow.built_in, flow.spares, flow.lost];
        let mut whole = [0_i64; 6];
        for i in 0..6 {
            sums[i] += parts[i];
            // Receipts round down, what is used is rounded to the nearest: stock of nothing stays nothing.
            whole[i] = sums[i].round() as i64 - given[i];
            given[i] += whole[i];
        }
        let start = stock;
        let receipts: i64 = whole[..3].iter().sum();
        stock += receipts - whole[3..].iter().sum::<i64>();
        let [on_hand, on_order, proposed, machines, spares, lost] = whole;
        [start, on_hand, on_order, proposed, machines, spares, lost, stock]
    })
}

pub(super) const PROMISE: Spec = Spec {
    name: "available_to_promise",
    row: "one month and model: machines that can still be promised for delivery by its end",
    key: 3,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column("month", Kind::Date, "", "month, by its first day"),
        column("model", Kind::Text, "", "machine model"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column(
            "firm_cumulative",
            Kind::Whole,
            "machines",
            "machines of open orders due from the first month ahead to this one",
        )
        .formula("sum of firm_units up to the month")
        .source("table shipment_forecast"),
        column(
            "promise_committed",
            Kind::Whole,
            "machines",
            "can still be promised for delivery by the month from stock and open wafer orders, later firm orders being kept; models of one chip share it: what one takes the others lose",
        ),
        column("promise_with_orders", Kind::Whole, "machines", "the same with the wafer orders to place now"),
    ],
};

pub(super) fn promise(context: &Context<'_>) -> Table {
    let mut table = Table::new(&PROMISE);
    if !context.committed.known {
        return table;
    }
    // What a later run decides cannot be promised yet.
    let decided: Vec<_> =
        context.orders().iter().filter(|o| o.decision == Decision::PlaceNow).cloned().collect();
    let proposed = proposed_chips(&decided, context.job, context.as_of);
    let catalogue = &context.job.catalogue;
    let firm = context.book.firm_to_ship(catalogue);
    let promises = available_to_promise(context.committed, &proposed, &firm, catalogue);
    for (model, months) in catalogue.models.iter().zip(promises) {
        for (h, promise) in months.iter().enumerate() {
            let month = context.month(h);
            if !model.offered_in(month) {
                continue;
            }
            table.push(row![
                context.vintage(),
                month,
                model.name(),
                context.as_of.last_day(),
                promise.firm,
                promise.committed,
                promise.with_orders,
            ]);
        }
    }
    table
}
