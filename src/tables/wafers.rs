//! `wafer_orders`.

use crate::domain::{Month, Usd};
use crate::market::HORIZON;
use crate::supply::{Decision, ProposedOrder, Quantity, Rule, Source, Use};

use super::Context;
use crate::table::{Table, table};

/// An order and its index in the plan's list.
pub(super) struct Proposed<'a> {
    context: &'a Context<'a>,
    place: usize,
    order: &'a ProposedOrder,
}

table! {
    wafer_orders of Proposed<'_>: "one wafer order to place: chip, day and foundry",
    key {
        chip(Text, "", "chip ordered")
            .label("Chip", "") = |r| r.context.job.catalogue.chips[r.order.chip].name();
        place_by(Date, "", "last day on which the order can be placed for its ship month: the end of the month, or of the foundry's or the chip's dates")
            .formula("ship_month - assembly_months - lead_months, its last day, or the last day that the foundry or chip allows")
            .source("[[foundries]] lead_months, until; [wafers] assembly_months")
            .label("Place by", "")
            = |r| r.order.place_by;
        foundry(Text, "", "who makes it")
            .label("Foundry", "") = |r| r.context.job.catalogue.foundries[r.order.foundry].name();
    }
    columns {
        decision(Text, "", "place_now: place_by falls before the next run; planned: a later run decides")
            .words()
            = |r| r.order.decision.name();
        rule(Text, "", "how the quantity was found; order_up_to: cumulative demand at the service level, of planned orders as the run that decides them would have it if the mean came until then; mean_net_requirement: what the mean forecast needs, for want of a price")
            .words()
            = |r| r.order.rule.name();
        wafer_out_month(Month, "", "month in which the chips are in hand, by its first day")
            .formula("month of place_by + lead_months")
            .source("[[foundries]] lead_months")
            = |r| r.order.wafer_out;
        ship_month(Month, "", "month in which the machines can first ship, by its first day")
            .formula("wafer_out_month + assembly_months")
            .source("[wafers] assembly_months")
            .label("Ships from", "")
            = |r| r.order.ship_month;
        demand_through(Month, "", "last month whose cumulative demand the order serves, by its first day")
            .label("Demand to", "")
            = |r| r.context.month(r.order.through);
        chips_required(Real(0), "chips", "order-up-to level: chips for demand from the first month ahead through demand_through beyond machines on hand, spares and assembly loss included; with [spares] those for machines in the field")
            .source("docs/concepts/orders.md; paths of cumulative demand; [[models]] chips_per_machine, [wafers]")
            .label("Needed", "chips")
            = |r| r.order.level;
        firm_chips(Real(0), "chips", "of these for firm contracts on which something was received, and with [spares] for machines in the field: the level is never below them")
            .source("futures_orders")
            .label("Contracts", "chips")
            = |r| r.context.plan.chips[r.order.chip].need.firm[r.order.through];
        chips_on_hand(Real(0), "chips", "good chips and packaged dies on hand that can ship by then")
            .source("supply: chips_on_hand")
            .label("In stock", "chips")
            = |r| r.order.chips_on_hand;
        wafers_on_order(Whole, "wafers", "wafers of open orders whose chips can ship by then")
            .source("supply: wafer_order")
            = |r| r.order.wafers_on_order;
        chips_on_order(Real(0), "chips", "good chips expected of them")
            .label("On order", "chips")
            = |r| r.order.chips_on_order;
        chips_proposed(Real(0), "chips", "good chips of other orders that can ship by then, as proposed before this one's last wafers: what is added to them for a later month is counted there")
            .label("Ordered before", "chips")
            = |r| r.order.chips_proposed;
        good_chips_per_wafer(Real(2), "chips/wafer", "gross dies x yield of this foundry")
            .formula("gross_dies_per_wafer x yield")
            .source("[[chips]], [[foundries]]")
            .label("Good chips", "a wafer")
            = |r| r.order.good_per_wafer;
        net_wafers(Whole, "wafers", "(chips_required - chips_on_hand - chips_on_order - chips_proposed) / good_chips_per_wafer, rounded up")
            .formula("(chips_required - chips_on_hand - chips_on_order - chips_proposed) / good_chips_per_wafer, rounded up")
            .label("Missing", "wafers")
            = |r| r.order.net_wafers;
        wafers(Whole, "wafers", "wafers to order: whole lots within minimum, monthly maximum and budget")
            .formula("net_wafers in whole lots, at least min_wafers, at most max_wafers_per_month; less what budget_orders cuts")
            .source("[[foundries]], [budget]")
            .label("Wafers", "").main()
            = |r| r.order.wafers;
        lots(Whole, "lots", "lots to order")
            .formula("wafers / lot_wafers")
            .source("[[foundries]] lot_wafers")
            .label("Lots", "")
            = |r| r.order.lots;
        short_wafers(Whole, "wafers", "wafers missing to the level of demand_through with every order that can ship by then: what no foundry takes in time, or the budget cuts")
            .label("Cannot be had", "wafers")
            = |r| r.order.short_wafers;
        service_level(Real(4), "share", "share of paths whose demand the level covers, in whole percent: the critical ratio, within the job's limits; of planned orders, of what is still to come when their run decides; empty without a price")
            .formula("underage cost / (underage cost + overage cost), within the limits of the job")
            .source("table critical_ratio")
            .label("Service level", "share of paths")
            = |r| r.service_level();
        cost_usd(Real(2), "USD", "wafers x price of a wafer")
            .formula("wafers x wafer_cost_usd")
            .source("[[foundries]] wafer_cost_usd")
            = |r| r.order.cost;
        prepayment_usd(Real(2), "USD", "paid when the order is placed; lost when it is cancelled")
            .formula("cost_usd x prepayment_share")
            .source("[[foundries]] prepayment_share")
            .label("Pay when placed", "USD")
            = |r| r.order.prepayment;
        prepayment_due(Date, "", "day of the prepayment") = |r| r.order.place_by;
        balance_usd(Real(2), "USD", "paid when the wafers are out")
            .formula("cost_usd - prepayment_usd")
            .label("Pay when out", "USD")
            = |r| r.order.balance;
        balance_due(Date, "", "day of the balance")
            .label("Due", "") = |r| r.order.wafer_out.last_day();
        machines_covered(Whole, "machines", "machines that the order's good chips complete: the four that follow add up to it")
            .formula("open_order_machines + forecast_machines + safety_machines + rounding_machines")
            .source("table pegging")
            .label("Makes", "machines")
            = |r| Use::ALL.iter().map(|purpose| r.machines(*purpose)).sum::<i64>();
        open_order_machines(Whole, "machines", "of these for what of the open orders, secured or not, is expected to ship: after slips and cancellations, no contract schedule")
            .label("Open orders", "expected to ship")
            = |r| r.machines(Use::FirmBacklog) + r.machines(Use::UnsecuredBacklog);
        secured_share(Real(4), "share", "share of machines_covered that is for contracts that are secured, or whose deposit is not due yet; the rest is for contracts that are not secured, forecast, safety and rounding")
            .formula("machines of purpose firm_backlog / machines_covered")
            .source("table pegging")
            .label("Secured", "of machines")
            = |r| r.secured();
        forecast_machines(Whole, "machines", "for forecast orders still to come")
            .label("Forecast", "orders to come")
            = |r| r.machines(Use::Forecast);
        safety_machines(Whole, "machines", "held against more demand than the mean, and for contracts that may be cancelled")
            .label("Safety", "above the mean")
            = |r| r.machines(Use::Safety);
        rounding_machines(Whole, "machines", "from whole lots and minimum orders, not needed yet")
            .label("Rounding", "lots, minimum")
            = |r| r.machines(Use::Rounding);
        covers(Text, "", "models and months that the order is for, from `pegging`")
            .label("Models and months", "").long()
            = |r| r.covers();
        prob_short(Real(4), "share", "share of paths in which demand through demand_through exceeds every chip that can ship by then")
            .formula("paths with demand above supply / paths")
            .source("simulated paths")
            .label("Runs short", "of paths")
            = |r| r.order.prob_short;
        expected_excess_wafers(Real(1), "wafers", "mean over paths of wafers left over at that month")
            .formula("mean over paths of max(0, supply - demand) in wafers")
            .source("simulated paths")
            .label("Left over", "wafers")
            = |r| r.order.expected_excess_wafers;
        low_demand_write_down_usd(Real(2), "USD", "write-down on this order alone, as the last one used, if demand comes out at its 10th percentile and what is left over is valued under bear prices: the orders' values do not add up, order_quantities has their total; empty for planned orders and without a price")
            = |r| r.write_down();
        reason(Text, "", "why this service level, this foundry and this day")
            .label("Why", "").long()
            = |r| r.reason();
    }
}

pub(super) fn table(context: &Context<'_>) -> Table {
    let orders = context.orders().iter().enumerate();
    Table::of(&context.stamp(), orders.map(|(place, order)| Proposed { context, place, order }))
}

impl Proposed<'_> {
    /// Machines that it is pegged to for a purpose.
    fn machines(&self, purpose: Use) -> i64 {
        let pegs = self.context.pegs.iter().filter(|p| p.source == Source::Proposed(self.place));
        pegs.filter(|p| p.purpose == purpose).map(|p| p.machines).sum()
    }

    /// Share of its machines that is for contracts that count.
    fn secured(&self) -> Option<f64> {
        let all: i64 = Use::ALL.iter().map(|purpose| self.machines(*purpose)).sum();
        (all > 0).then(|| self.machines(Use::FirmBacklog) as f64 / all as f64)
    }

    fn service_level(&self) -> Option<f64> {
        let economics = self.context.plan.chips[self.order.chip].at(self.order.foundry)?;
        (self.order.rule == Rule::OrderUpTo).then_some(economics.service_level)
    }

    /// If demand comes out low, as the last order that is used.
    fn write_down(&self) -> Option<Usd> {
        let mut alone = self.context.what_if.iter().filter(|w| w.order == Some(self.place));
        alone.find(|w| w.quantity == Quantity::Proposed)?.low_write_down
    }

    /// Models and months that it is for, in words.
    fn covers(&self) -> Option<String> {
        let context = self.context;
        let mut parts = Vec::new();
        for (model, terms) in context.job.catalogue.models.iter().enumerate() {
            let pegs = context.pegs.iter().filter(|p| p.source == Source::Proposed(self.place));
            let (mut first, mut last, mut machines) = (HORIZON, 0, 0);
            for peg in pegs.filter(|p| p.machines > 0 && p.model == Some(model)) {
                first = first.min(peg.month);
                last = last.max(peg.month);
                machines += peg.machines;
            }
            if machines > 0 {
                let months = months(context.month(first), context.month(last));
                parts.push(format!("{machines} {} of {months}", terms.name()));
            }
        }
        let pegs = context.pegs.iter().filter(|p| p.source == Source::Proposed(self.place));
        let repairs: Vec<_> = pegs.filter(|p| p.purpose == Use::Repairs).collect();
        if let (Some(first), Some(last)) = (repairs.first(), repairs.last()) {
            let chips = repairs.iter().map(|p| p.chips).sum::<f64>().round();
            let months = months(context.month(first.month), context.month(last.month));
            parts.push(format!("{chips:.0} chips for repairs of {months}"));
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// Wafers that the budget cuts of it.
    fn cut(&self) -> i64 {
        let now = self.order.decision == Decision::PlaceNow;
        let budget = self.context.budget;
        let own =
            |order: usize| budget.sequence.orders.get(order).is_some_and(|of| now && of.same_as(self.order));
        let cut = budget.sequence.lots.iter().skip(budget.taken).filter(|lot| own(lot.order));
        cut.map(|lot| lot.wafers).sum()
    }

    fn reason(&self) -> String {
        let plan = &self.context.plan.chips[self.order.chip];
        let level = if let (Rule::OrderUpTo, Some(economics)) = (self.order.rule, plan.at(self.order.foundry))
        {
            let reason = economics.reason(self.context.job);
            let later = match self.order.decision {
                Decision::PlaceNow => "",
                Decision::Planned => "a later run decides, with more known; ",
            };
            format!("{later}service level {:.4}: {reason}", economics.service_level)
        } else {
            let found = plan.economics.iter().find(|(foundry, _)| *foundry == self.order.foundry);
            let reason = found.and_then(|(_, found)| found.as_ref().err().cloned());
            format!("mean forecast: {}", reason.unwrap_or_default())
        };
        let cut = match self.cut() {
            0 => String::new(),
            wafers => format!("; the budget cuts {wafers} of {} wafers", wafers + self.order.wafers),
        };
        format!("{level}; {}{cut}", self.order.sourcing)
    }
}

fn months(first: Month, last: Month) -> String {
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}
