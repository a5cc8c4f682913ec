//! `wafer_orders`.

use crate::domain::Month;
use crate::market::HORIZON;
use crate::supply::{ProposedOrder, Quantity, Source, Use};

use super::Context;
use super::schema::{Cell, Kind, Spec, Table, column, row};

pub(super) const SPEC: Spec = Spec {
    name: "wafer_orders",
    row: "one wafer order to place: chip, day and foundry",
    key: 4,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column("chip", Kind::Text, "", "chip ordered"),
        column(
            "place_by",
            Kind::Date,
            "",
            "last day on which the order can be placed for its ship month: the end of the month, or of the foundry's or the chip's dates",
        )
        .formula("ship_month - assembly_months - lead_months, its last day, or the last day that the foundry or chip allows")
        .source("[[foundries]] lead_months, until; [wafers] assembly_months"),
        column("foundry", Kind::Text, "", "who makes it"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column(
            "decision",
            Kind::Text,
            "",
            "place_now: place_by falls before the next run; planned: a later run decides",
        ),
        column(
            "rule",
            Kind::Text,
            "",
            "how the quantity was found; order_up_to: cumulative demand at the service level; mean_net_requirement: what the mean forecast needs on top, decided by a later run or for want of a price",
        ),
        column("wafer_out_month", Kind::Date, "", "month in which the chips are in hand, by its first day")
            .formula("month of place_by + lead_months")
            .source("[[foundries]] lead_months"),
        column("ship_month", Kind::Date, "", "month in which the machines can first ship, by its first day")
            .formula("wafer_out_month + assembly_months")
            .source("[wafers] assembly_months"),
        column(
            "demand_through",
            Kind::Date,
            "",
            "last month whose cumulative demand the order serves, by its first day",
        ),
        column(
            "chips_required",
            Kind::Real(0),
            "chips",
            "order-up-to level: chips for demand from the first month ahead through demand_through beyond machines on hand, spares and assembly loss included",
        )
        .source("docs/orders.md; paths of cumulative demand; [[models]] chips_per_machine, [wafers]"),
        column(
            "chips_on_hand",
            Kind::Real(0),
            "chips",
            "good chips and packaged dies on hand that can ship by then",
        ).source("supply: chips_on_hand"),
        column(
            "wafers_on_order",
            Kind::Whole,
            "wafers",
            "wafers of open orders whose chips can ship by then",
        ).source("supply: wafer_order"),
        column("chips_on_order", Kind::Real(0), "chips", "good chips expected of them"),
        column(
            "chips_proposed",
            Kind::Real(0),
            "chips",
            "good chips of other orders that can ship by then, as proposed before this one's last wafers: what is added to them for a later month is counted there",
        ),
        column("good_chips_per_wafer", Kind::Real(2), "chips/wafer", "gross dies x yield of this foundry")
            .formula("gross_dies_per_wafer x yield")
            .source("[[chips]], [[foundries]]"),
        column(
            "net_wafers",
            Kind::Whole,
            "wafers",
            "(chips_required - chips_on_hand - chips_on_order - chips_proposed) / good_chips_per_wafer, rounded up",
        )
        .formula("(chips_required - chips_on_hand - chips_on_order - chips_proposed) / good_chips_per_wafer, rounded up"),
        column(
            "wafers",
            Kind::Whole,
            "wafers",
            "wafers to order: whole lots within minimum and monthly maximum",
        )
        .formula("net_wafers in whole lots, at least min_wafers, at most max_wafers_per_month")
        .source("[[foundries]]"),
        column("lots", Kind::Whole, "lots", "lots to order")
            .formula("wafers / lot_wafers")
            .source("[[foundries]] lot_wafers"),
        column(
            "short_wafers",
            Kind::Whole,
            "wafers",
            "wafers missing to the level of demand_through with every order that can ship by then: what no foundry takes in time",
        ),
        column(
            "service_level",
            Kind::Real(4),
            "share",
            "share of paths whose demand the level covers: the critical ratio, within the job's limits; empty without a price and for orders a later run decides",
        )
        .formula("underage cost / (underage cost + overage cost), within the limits of the job")
        .source("table critical_ratio"),
        column("cost_usd", Kind::Real(2), "USD", "wafers x price of a wafer")
            .formula("wafers x wafer_cost_usd")
            .source("[[foundries]] wafer_cost_usd"),
        column(
            "prepayment_usd",
            Kind::Real(2),
            "USD",
            "paid when the order is placed; lost when it is cancelled",
        ).formula("cost_usd x prepayment_share").source("[[foundries]] prepayment_share"),
        column("prepayment_due", Kind::Date, "", "day of the prepayment"),
        column("balance_usd", Kind::Real(2), "USD", "paid when the wafers are out")
            .formula("cost_usd - prepayment_usd"),
        column("balance_due", Kind::Date, "", "day of the balance"),
        column(
            "machines_covered",
            Kind::Whole,
            "machines",
            "machines that the order's good chips complete: the four that follow add up to it",
        )
        .formula("firm_machines + forecast_machines + safety_machines + rounding_machines")
        .source("table pegging"),
        column("firm_machines", Kind::Whole, "machines", "of these for expected deliveries of open orders"),
        column("forecast_machines", Kind::Whole, "machines", "for forecast orders still to come"),
        column(
            "safety_machines",
            Kind::Whole,
            "machines",
            "held against more demand than the mean, and for contracts that may be cancelled",
        ),
        column(
            "rounding_machines",
            Kind::Whole,
            "machines",
            "from whole lots and minimum orders, not needed yet",
        ),
        column("covers", Kind::Text, "", "models and months that the order is for, from `pegging`"),
        column(
            "prob_short",
            Kind::Real(4),
            "share",
            "share of paths in which demand through demand_through exceeds every chip that can ship by then",
        ).formula("paths with demand above supply / paths").source("simulated paths"),
        column(
            "expected_excess_wafers",
            Kind::Real(1),
            "wafers",
            "mean over paths of wafers left over at that month",
        ).formula("mean over paths of max(0, supply - demand) in wafers").source("simulated paths"),
        column(
            "low_demand_write_down_usd",
            Kind::Real(2),
            "USD",
            "write-down on this order alone, as the last one used, if demand comes out at its 10th percentile and leftovers are valued under bear prices: the orders' values do not add up, order_quantities has their total; empty for planned orders and without a price",
        ),
        column("reason", Kind::Text, "", "why this service level, this foundry and this day"),
    ],
};

pub(super) fn table(context: &Context<'_>) -> Table {
    let mut table = Table::new(&SPEC);
    let catalogue = &context.job.catalogue;
    for (place, order) in context.orders().iter().enumerate() {
        let foundry = &catalogue.foundries[order.foundry];
        let plan = &context.plan.chips[order.chip];
        let economics = plan.at(order.foundry).filter(|_| order.rule == crate::supply::Rule::OrderUpTo);
        let machines = |purpose: Use| -> i64 {
            let pegs = context.pegs.iter().filter(|p| p.source == Source::Proposed(place));
            pegs.filter(|p| p.purpose == purpose).map(|p| p.machines).sum()
        };
        let write_down = context
            .what_if
            .iter()
            .find(|w| w.order == Some(place) && w.quantity == Quantity::Proposed)
            .and_then(|w| w.low_write_down);
        table.push(row![
            context.vintage(),
            catalogue.chips[order.chip].name(),
            order.place_by,
            foundry.name(),
            context.as_of.last_day(),
            order.decision.name(),
            order.rule.name(),
            order.wafer_out,
            order.ship_month,
            context.month(order.through),
            order.level,
            order.chips_on_hand,
            order.wafers_on_order,
            order.chips_on_order,
            order.chips_proposed,
            order.good_per_wafer,
            order.net_wafers,
            order.wafers,
            order.lots,
            order.short_wafers,
            economics.map(|e| e.service_level),
            order.cost,
            order.prepayment,
            order.place_by,
            order.balance,
            order.wafer_out.last_day(),
            Use::ALL.iter().map(|purpose| machines(*purpose)).sum::<i64>(),
            machines(Use::FirmBacklog),
            machines(Use::Forecast),
            machines(Use::Safety),
            machines(Use::Rounding),
            covers(context, place),
            order.prob_short,
            order.expected_excess_wafers,
            write_down,
            reason(context, order),
        ]);
    }
    table
}

/// Models and months that an order is for, in words.
pub(crate) fn covers(context: &Context<'_>, place: usize) -> Cell {
    let pegs = context.pegs.iter().filter(|p| p.source == Source::Proposed(place) && p.machines > 0);
    let pegs: Vec<_> = pegs.collect();
    let mut parts = Vec::new();
    for (model, terms) in context.job.catalogue.models.iter().enumerate() {
        let own = pegs.iter().filter(|p| p.model == Some(model));
        let (mut first, mut last, mut machines) = (HORIZON, 0, 0);
        for peg in own {
            first = first.min(peg.month);
            last = last.max(peg.month);
            machines += peg.machines;
        }
        if machines > 0 {
            let months = months(context.month(first), context.month(last));
            parts.push(format!("{machines} {} of {months}", terms.name()));
        }
    }
    if parts.is_empty() { Cell::Empty } else { parts.join("; ").into() }
}

fn months(first: Month, last: Month) -> String {
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

fn reason(context: &Context<'_>, order: &ProposedOrder) -> String {
    let plan = &context.plan.chips[order.chip];
    let level = match (order.rule, plan.at(order.foundry)) {
        (crate::supply::Rule::OrderUpTo, Some(economics)) => {
            format!("service level {:.4}: {}", economics.service_level, economics.reason(context.job))
        }
        (_, None) => format!(
            "mean forecast: {}",
            plan.economics
                .iter()
                .find(|(foundry, _)| *foundry == order.foundry)
                .and_then(|(_, found)| found.as_ref().err().cloned())
                .unwrap_or_default()
        ),
        _ => "mean forecast: a later run decides with more known".to_owned(),
    };
    format!("{level}; {}", order.sourcing)
}
