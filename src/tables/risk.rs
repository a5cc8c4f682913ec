//! `shortages`: what waits and what could help; `exposure`: what could be lost.

use crate::domain::Usd;
use crate::market::Scenario;
use crate::supply::{Shortage, forfeit, left_over};

use super::Context;
use super::cash::CashMonth;
use super::schema::{Kind, Spec, Table, column, row};

pub(super) const SHORTAGES: Spec = Spec {
    name: "shortages",
    row: "one chip and month at whose end machines wait; base scenario",
    key: 3,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column("chip", Kind::Text, "", "chip"),
        column("month", Kind::Date, "", "month, by its first day"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column("waiting_units", Kind::Whole, "machines", "machines that wait at the end of the month"),
        column("models", Kind::Text, "", "which"),
        column(
            "cause",
            Kind::Text,
            "",
            "lead_time: no order placed now could come in time; maximum: no foundry takes more in time; service_level: the order rule leaves so much uncovered",
        ),
        column("chips_short", Kind::Real(0), "chips", "chips that would let them ship"),
        column(
            "wafers_above_maximum",
            Kind::Whole,
            "wafers",
            "wafers missing to the order-up-to level that no foundry takes in time, cumulated",
        ),
        column(
            "expedite_chips",
            Kind::Real(0),
            "chips",
            "chips of the next orders on the way or proposed; empty when none come within the year",
        ),
        column("expedite_months", Kind::Whole, "months", "months by which they would have to come earlier"),
        column("expedite_machines", Kind::Whole, "machines", "machines waiting that this would let ship"),
        column(
            "spot_chip_worth_usd",
            Kind::Real(2),
            "USD/chip",
            "most that a chip bought on the spot is worth, for a machine whose customer would not wait: (list price - other cost) / chips of a machine; empty without a price",
        ).formula("(list price - other cost) / chips of a machine").source("[[models]]"),
    ],
};

pub(super) fn shortages(context: &Context<'_>) -> Table {
    let mut table = Table::new(&SHORTAGES);
    let catalogue = &context.job.catalogue;
    for shortage in context.shortages {
        let Shortage { chip, month, .. } = *shortage;
        let models: Vec<String> = shortage
            .waiting
            .iter()
            .map(|(model, machines)| format!("{machines} {}", catalogue.models[*model].name()))
            .collect();
        let in_time = month >= context.committed.open_from[chip];
        table.push(row![
            context.vintage(),
            catalogue.chips[chip].name(),
            context.month(month),
            context.as_of.last_day(),
            shortage.machines(),
            models.join("; "),
            match (in_time, shortage.above_maximum > 0) {
                (false, _) => "lead_time",
                (true, true) => "maximum",
                (true, false) => "service_level",
            },
            shortage.chips,
            shortage.above_maximum,
            shortage.expedite.map(|(chips, _)| chips),
            shortage.expedite.map(|(_, months)| months),
            shortage.expedite.map(|_| shortage.expedite_machines),
            shortage.worth_per_chip,
        ]);
    }
    table
}

pub(super) const EXPOSURE: Spec = Spec {
    name: "exposure",
    row: "one scenario: the largest cash need, what cancelling costs, and the write-down if it came true",
    key: 2,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column("scenario", Kind::Text, "", "bear, base or bull course of the bitcoin price"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column(
            "peak_exposure_usd",
            Kind::Real(2),
            "USD",
            "lowest cumulative cash of the twelve months, 0 when it never falls below today's; empty without a price",
        ).formula("min(0, lowest cumulative_usd)").source("table cash"),
        column("peak_month", Kind::Date, "", "its month, by its first day; empty when there is none"),
        column(
            "wafer_outlay_usd",
            Kind::Real(2),
            "USD",
            "prepayments and balances of the twelve months, open and proposed orders",
        ),
        column(
            "forfeit_place_now_usd",
            Kind::Real(2),
            "USD",
            "prepayments lost if the orders to place now were placed and cancelled",
        ),
        column(
            "forfeit_open_usd",
            Kind::Real(2),
            "USD",
            "prepayments lost if the open orders were cancelled",
        ),
        column(
            "left_machines",
            Kind::Real(1),
            "machines",
            "machines' chips left at the end of the months decided, at the scenario's mean demand and with the orders to place now",
        ),
        column("left_cost_usd", Kind::Real(2), "USD", "what those chips cost"),
        column(
            "left_value_usd",
            Kind::Real(2),
            "USD",
            "what they fetch in the scenario, the better of clearance and own mining, other cost taken off; empty without a price",
        ),
        column(
            "write_down_usd",
            Kind::Real(2),
            "USD",
            "cost less value of each chip's leftovers, at least 0; empty without a price",
        ),
        column(
            "low_demand_write_down_usd",
            Kind::Real(2),
            "USD",
            "write-down on the orders to place now if demand comes out at its 10th percentile, valued under bear prices; the same in every scenario; empty without a price",
        ),
    ],
};

pub(super) fn exposure(context: &Context<'_>) -> Table {
    let mut table = Table::new(&EXPOSURE);
    let forfeit = forfeit(context.orders(), &context.exports.supply);
    let low: Option<Usd> = context
        .what_if
        .iter()
        .filter(|w| w.order.is_none() && w.quantity == crate::supply::Quantity::Proposed)
        .map(|w| w.low_write_down)
        .sum();
    for (place, forecast) in context.forecasts.iter().enumerate() {
        let months: Vec<CashMonth> = super::cash::months(context, place);
        let sums: Option<Vec<(Usd, usize)>> =
            months.iter().enumerate().map(|(h, m)| m.cumulative.map(|sum| (sum, h))).collect();
        let peak = sums.and_then(|sums| {
            sums.into_iter().min_by(|a, b| a.0.dollars().total_cmp(&b.0.dollars()).then(a.1.cmp(&b.1)))
        });
        let below = peak.filter(|(sum, _)| *sum < Usd::ZERO);
        let outlay: Usd = months.iter().map(|m| m.prepayments + m.foundry_balances).sum();
        let path = context.outlook.carry(forecast.scenario, &context.outlook.prices(forecast.scenario));
        let left = left_over(
            &context.plan.chips,
            context.orders(),
            forecast,
            &path,
            context.committed,
            (context.job, context.values),
        );
        let left = if context.committed.known { left } else { Vec::new() };
        let known = context.committed.known;
        let machines: Option<f64> = left.iter().filter(|l| l.chips > 0.0).map(|l| l.machines).sum();
        let value: Option<Usd> = left.iter().filter(|l| l.chips > 0.0).map(|l| l.value).sum();
        let write_down: Option<Usd> =
            left.iter().filter(|l| l.chips > 0.0).map(crate::supply::Left::write_down).sum();
        table.push(row![
            context.vintage(),
            forecast.scenario.name(),
            context.as_of.last_day(),
            peak.map(|(sum, _)| sum.min(Usd::ZERO)),
            below.map(|(_, h)| context.month(h)),
            outlay,
            forfeit.place_now,
            forfeit.open,
            machines.filter(|_| known),
            known.then(|| left.iter().map(|l| l.cost).sum::<Usd>()),
            value.filter(|_| known),
            write_down.filter(|_| known),
            low,
        ]);
    }
    debug_assert_eq!(Scenario::ALL.len(), context.forecasts.len());
    table
}
