//! `shortages`: what waits and what could help; `exposure`: what could be lost.

use crate::cash::WriteDown;
use crate::domain::Usd;
use crate::supply::{Forfeit, Left, Quantity, Shortage, forfeit, left_over};

use super::Context;
use super::cash::CashMonth;
use crate::table::{Table, table};

/// Machines that wait.
pub(super) struct Short<'a> {
    context: &'a Context<'a>,
    short: &'a Shortage,
}

table! {
    shortages of Short<'_>: "one chip and month at whose end machines wait; base scenario",
    key {
        chip(Text, "", "chip") = |r| r.context.job.catalogue.chips[r.short.chip].name();
        month(Month, "", "month, by its first day") = |r| r.context.month(r.short.month);
    }
    columns {
        waiting_units(Whole, "machines", "machines that wait at the end of the month")
            .label("Waiting", "machines")
            = |r| r.short.machines();
        models(Text, "", "which")
            .long() = |r| r.models();
        waiting_for_assembly_units(Whole, "machines", "of them, those that wait for the factory: their chips are there, and assembly capacity or other parts did not let them be built; empty where the job limits neither")
            .source("[factory], [[parts]]; docs/concepts/orders.md")
            = |r| r.context.committed.assembly.as_ref().map(|_| r.short.for_assembly);
        cause(Text, "", "why more of them wait than for anything else: assembly: for the factory; else for chips: lead_time: no order placed now could come in time; maximum: no foundry takes more in time; budget: the budget cuts orders of the chip that would come in time; service_level: the order rule leaves so much uncovered")
            .words()
            = |r| r.cause();
        chips_short(Real(0), "chips", "chips that would let those ship that do not wait for the factory") = |r| r.short.chips;
        wafers_above_maximum(Whole, "wafers", "wafers missing to the order-up-to level that no foundry takes in time, cumulated")
            = |r| r.short.above_maximum;
        expedite_chips(Real(0), "chips", "chips of the next orders on the way or proposed; empty when none come within the year")
            = |r| r.short.expedite.map(|(chips, _)| chips);
        expedite_months(Whole, "months", "months by which they would have to come earlier")
            .label("if those came", "months earlier")
            = |r| r.short.expedite.map(|(_, months)| months);
        expedite_machines(Whole, "machines", "machines waiting that this would let ship")
            .label("Could ship", "with the next chips")
            = |r| r.short.expedite.map(|_| r.short.expedite_machines);
        spot_chip_worth_usd(Real(2), "USD/chip", "most that a chip bought on the spot is worth, for a machine whose customer would not wait: (list price - other cost) / chips of a machine; empty without a price")
            .formula("(list price - other cost) / chips of a machine")
            .source("[[models]]")
            .label("A chip now", "worth at most, USD")
            = |r| r.short.worth_per_chip;
    }
}

impl Short<'_> {
    fn models(&self) -> String {
        let models = &self.context.job.catalogue.models;
        let waiting = self.short.waiting.iter();
        waiting
            .map(|(m, machines)| format!("{machines} {}", models[*m].name()))
            .collect::<Vec<_>>()
            .join("; ")
    }

    fn cause(&self) -> &'static str {
        if 2 * self.short.for_assembly > self.short.machines() {
            return "assembly";
        }
        let in_time = self.short.month >= self.context.committed.open_from[self.short.chip];
        let budget = self.context.budget;
        let cut = budget.sequence.lots.iter().skip(budget.taken);
        let cut = cut.map(|lot| &budget.sequence.orders[lot.order]).any(|order| {
            order.chip == self.short.chip && order.ahead(self.context.as_of) <= self.short.month
        });
        match (in_time, self.short.above_maximum > 0) {
            (false, _) => "lead_time",
            (true, true) => "maximum",
            (true, false) if cut => "budget",
            (true, false) => "service_level",
        }
    }
}

pub(super) fn shortages(context: &Context<'_>) -> Table {
    Table::of(&context.stamp(), context.shortages.iter().map(|short| Short { context, short }))
}

/// A scenario.
pub(super) struct Exposed<'a> {
    scenario: &'static str,
    outlay: Usd,
    forfeit: Forfeit,
    /// What is left over of each chip; `None` where supply is unknown.
    left: Option<Vec<Left>>,
    low_write_down: Option<Usd>,
    /// Write-down on the paths; `None` without a price.
    on_paths: Option<&'a WriteDown>,
}

table! {
    exposure of Exposed<'_>: "one scenario: what wafers cost, what cancelling them loses, and the write-down if it came true",
    key {
        scenario(Text, "", "bear, base or bull path of the bitcoin price") = |r| r.scenario;
    }
    columns {
        wafer_outlay_usd(Real(2), "USD", "prepayments and balances of the twelve months, open and proposed orders")
            = |r| r.outlay;
        forfeit_place_now_usd(Real(2), "USD", "lost if the orders to place now were placed and cancelled: by the foundry's cancellation terms, else what is prepaid")
            .label("Lost if cancelled", "orders of now, USD")
            = |r| r.forfeit.place_now;
        forfeit_open_usd(Real(2), "USD", "lost if the open orders were cancelled today, in the same way")
            .label("Lost if cancelled", "open orders, USD")
            = |r| r.forfeit.open;
        left_machines(Real(1), "machines", "machines' chips left at the end of the months decided, at the scenario's mean demand and with the orders to place now")
            = |r| r.left_machines();
        left_cost_usd(Real(2), "USD", "what those chips cost") = |r| r.left_cost();
        left_value_usd(Real(2), "USD", "what they fetch in the scenario, the better of clearance and own mining, other cost taken off; empty without a price")
            = |r| r.left_value();
        write_down_usd(Real(2), "USD", "cost less salvage value of what is left of each chip, at least 0; empty without a price")
            .label("Write-down", "at mean demand, USD")
            = |r| r.write_down();
        low_demand_write_down_usd(Real(2), "USD", "write-down on the orders to place now if demand comes out at its 10th percentile, valued under bear prices; the same in every scenario; empty without a price")
            .label("Write-down", "at low demand, USD")
            = |r| r.low_write_down;
        write_down_probability(Real(4), "share", "share of the scenario's paths on which the orders to place now are written down as much or more; empty without a price")
            .formula("paths with at least low_demand_write_down_usd / paths")
            .label("on so many paths", "share")
            = |r| r.on_paths.zip(r.low_write_down).map(|(paths, amount)| paths.probability(amount));
        write_down_mean_usd(Real(2), "USD", "write-down on the orders to place now, mean over the scenario's paths; empty without a price")
            .label("Write-down", "mean, USD")
            = |r| r.on_paths.map(|paths| paths.mean);
        write_down_p90_usd(Real(2), "USD", "the same, exceeded on 10% of the paths")
            = |r| r.on_paths.map(|paths| paths.exceeded[0]);
        write_down_p95_usd(Real(2), "USD", "the same, exceeded on 5% of the paths")
            .label("Write-down", "1 path in 20, USD")
            = |r| r.on_paths.map(|paths| paths.exceeded[1]);
        write_down_p99_usd(Real(2), "USD", "the same, exceeded on 1% of the paths")
            = |r| r.on_paths.map(|paths| paths.exceeded[2]);
        write_down_shortfall_usd(Real(2), "USD", "the same, mean of the worst 5% of the paths (expected shortfall)")
            = |r| r.on_paths.map(|paths| paths.shortfall);
    }
}

impl Exposed<'_> {
    fn left_machines(&self) -> Option<f64> {
        self.left.as_ref()?.iter().map(|l| l.machines).sum()
    }

    fn left_cost(&self) -> Option<Usd> {
        Some(self.left.as_ref()?.iter().map(|l| l.cost).sum())
    }

    fn left_value(&self) -> Option<Usd> {
        self.left.as_ref()?.iter().map(|l| l.value).sum()
    }

    fn write_down(&self) -> Option<Usd> {
        self.left.as_ref()?.iter().map(Left::write_down).sum()
    }
}

pub(super) fn exposure(context: &Context<'_>) -> Table {
    let low = context.what_if.iter().filter(|w| w.order.is_none() && w.quantity == Quantity::Proposed);
    let low_write_down: Option<Usd> = low.map(|w| w.low_write_down).sum();
    let rows = context.forecasts.iter().enumerate().map(|(index, forecast)| {
        let months: Vec<CashMonth> = super::cash::months(context, index);
        let path = context.outlook.project(forecast.scenario, &context.outlook.prices(forecast.scenario));
        let left = context.committed.known.then(|| {
            let (chips, orders) = (&context.plan.chips, context.orders());
            let terms = (context.job, context.values);
            let mut left = left_over(chips, orders, forecast, &path, context.committed, terms);
            left.retain(|l| l.chips > 0.0);
            left
        });
        Exposed {
            scenario: forecast.scenario.name(),
            outlay: months.iter().flat_map(|m| [m.prepayments, m.foundry_balances]).flatten().sum(),
            forfeit: forfeit(context.orders(), &context.exports.supply, (context.job, context.as_of)),
            left,
            low_write_down,
            on_paths: context.cash.of_plan(forecast.scenario).map(|risk| &risk.write_down),
        }
    });
    Table::of(&context.stamp(), rows)
}
