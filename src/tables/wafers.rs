//! `wafer_orders`.

use super::Context;
use super::schema::{Kind, Spec, Table, column, row};

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
            "last day on which the order can be placed for its ship month: the end of the month, or of the foundry's dates",
        ).formula("ship_month - assembly_months - lead_months, last day").source("[[foundries]] lead_months, [wafers] assembly_months"),
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
            "how the quantity was found; mean_net_requirement: what the mean base forecast needs beyond committed supply, with no safety added",
        ),
        column("wafer_out_month", Kind::Date, "", "month in which the chips are in hand, by its first day").formula("month of place_by + lead_months").source("[[foundries]] lead_months"),
        column("ship_month", Kind::Date, "", "month in which the machines can first ship, by its first day").formula("wafer_out_month + assembly_months").source("[wafers] assembly_months"),
        column(
            "chips_required",
            Kind::Real(0),
            "chips",
            "chips for the machines of the ship month and for those waiting, spares and assembly loss included",
        ).formula("machines x chips_per_machine x (1 + spares_share) / (1 - assembly_loss)").source("table shipment_forecast, base; [[models]], [wafers]"),
        column(
            "chips_on_hand",
            Kind::Real(0),
            "chips",
            "good chips in stock or left over from earlier orders that go towards it",
        ).source("supply: chips_on_hand"),
        column(
            "wafers_on_order",
            Kind::Whole,
            "wafers",
            "open wafer orders whose chips came in since the chip's row before, or since the as-of date, and went to these or earlier machines",
        ).source("supply: wafer_order"),
        column("net_wafers", Kind::Whole, "wafers", "wafers needed after both, rounded up").formula("(chips_required - chips_on_hand) / (gross_dies_per_wafer x yield), rounded up").source("[[chips]]"),
        column(
            "wafers",
            Kind::Whole,
            "wafers",
            "wafers to order: whole lots within minimum and monthly maximum",
        ).formula("net_wafers in whole lots, min_wafers <= wafers <= max_wafers_per_month").source("[[foundries]]"),
        column("lots", Kind::Whole, "lots", "lots to order").formula("wafers / lot_wafers").source("[[foundries]] lot_wafers"),
        column(
            "short_wafers",
            Kind::Whole,
            "wafers",
            "net_wafers above what the monthly maximum lets through",
        ),
        column(
            "service_level",
            Kind::Real(4),
            "share",
            "critical ratio that the order is made for; empty under the mean rule",
        ),
        column("cost_usd", Kind::Real(2), "USD", "wafers x price of a wafer").formula("wafers x wafer_cost_usd").source("[[foundries]] wafer_cost_usd"),
        column("prepayment_usd", Kind::Real(2), "USD", "paid when the order is placed").formula("cost_usd x prepayment_share").source("[[foundries]] prepayment_share"),
        column("prepayment_due", Kind::Date, "", "day of the prepayment"),
        column("balance_usd", Kind::Real(2), "USD", "paid when the wafers are out").formula("cost_usd - prepayment_usd"),
        column("balance_due", Kind::Date, "", "day of the balance"),
        column("machines_covered", Kind::Whole, "machines", "machines that the order's good chips make").formula("wafers x gross_dies_per_wafer x yield / chips per machine, spares and loss included").source("[[chips]], [[models]]"),
        column(
            "prob_short",
            Kind::Real(4),
            "share",
            "share of paths in which demand up to the ship month exceeds supply with this order",
        ).formula("paths with demand > supply / paths").source("docs/method.md: uncertainty"),
        column(
            "expected_excess_wafers",
            Kind::Real(1),
            "wafers",
            "mean over paths of wafers left over at the ship month",
        ).formula("mean over paths of max(0, supply - demand) in wafers").source("docs/method.md: uncertainty"),
    ],
};

pub(super) fn table(context: &Context<'_>) -> Table {
    let mut table = Table::new(&SPEC);
    let catalogue = &context.job.catalogue;
    for order in context.orders {
        let foundry = &catalogue.foundries[order.foundry];
        let service_level: Option<f64> = None;
        table.push(row![
            context.vintage(),
            catalogue.chips[order.chip].name(),
            order.place_by,
            foundry.name(),
            context.as_of.last_day(),
            order.decision.name(),
            "mean_net_requirement",
            order.wafer_out,
            order.ship_month,
            order.chips_required,
            order.chips_on_hand,
            order.wafers_on_order,
            order.net_wafers,
            order.wafers,
            order.lots,
            order.short_wafers,
            service_level,
            order.cost,
            order.prepayment,
            order.place_by,
            order.balance,
            order.wafer_out.last_day(),
            order.machines_covered,
            order.prob_short,
            order.expected_excess_wafers,
        ]);
    }
    table
}
