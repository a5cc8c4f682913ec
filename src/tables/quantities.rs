//! `order_quantities`: each order decided now at none, half, the proposed and double its quantity; `critical_ratio`: what a
//! machine too few and one too many cost.

use crate::job::{ChipId, FoundryId};
use crate::supply::{Economics, ProposedOrder, Quantity, WhatIf};

use super::Context;
use crate::table::level;
use crate::table::{Table, table};

/// One quantity of an order, or of all of a chip.
pub(super) struct Varied<'a> {
    context: &'a Context<'a>,
    what: &'a WhatIf,
    order: Option<&'a ProposedOrder>,
}

table! {
    order_quantities of Varied<'_>: "one quantity of one order to place now, or of all of a chip (foundry ALL)",
    key {
        chip(Text, "", "chip") = |r| r.context.job.catalogue.chips[r.what.chip].name();
        place_by(Date, "", "of the order; empty for all of the chip") = |r| r.order.map(|o| o.place_by);
        foundry(Text, "", "of the order, or ALL") = |r| r.order.map_or("ALL", |o| r.context.job.catalogue.foundries[o.foundry].name());
        quantity(Text, "", "1_zero, 2_half (whole lots), 3_proposed or 4_double; other orders stay as proposed")
            = |r| numbered(r.what.quantity);
    }
    columns {
        level(Text, "", LEVEL).words() = |r| level(r.order.is_none());
        judged_at(Month, "", "last month of the demand that this run's orders serve, by its first day")
            .label("Judged at", "")
            = |r| r.context.month(r.context.plan.chips[r.what.chip].judged());
        wafers(Whole, "wafers", "wafers at this quantity; the monthly maximum is left aside")
            .label("Wafers", "")
            = |r| r.what.wafers;
        cost_usd(Real(2), "USD", "price of these wafers") = |r| r.what.cost;
        prepayment_usd(Real(2), "USD", "paid when placed, lost when cancelled") = |r| r.what.prepayment;
        prob_short(Real(4), "share", "share of paths whose cumulative demand exceeds supply")
            .label("Runs short", "of paths")
            = |r| r.what.prob_short;
        expected_short_machines(Real(1), "machines", "mean over paths of machines that cannot be built in time")
            .label("Short", "machines, mean")
            = |r| r.what.expected_short;
        expected_left_machines(Real(1), "machines", "mean over paths of machines' chips left over, whatever source they are from")
            .label("Left over", "machines, mean")
            = |r| r.what.expected_left;
        expected_cost_usd(Real(2), "USD", "underage cost x expected short + overage cost x expected left: what the critical ratio makes least; empty without a price")
            .formula("underage cost x expected_short_machines + overage cost x expected_left_machines")
            .source("table critical_ratio")
            = |r| r.what.expected_cost;
        cash_at_risk_usd(Real(2), "USD", "mean over paths of the price of these wafers that are left over")
            .label("Cash at risk", "USD, mean")
            = |r| r.what.cash_at_risk;
        low_demand_left_machines(Real(1), "machines", "left over of these wafers if cumulative demand comes out at its 10th percentile")
            .label("Left of these", "machines, low demand")
            = |r| r.what.low_left;
        low_demand_cost_usd(Real(2), "USD", "what those cost") = |r| r.what.low_cost;
        bear_value_usd(Real(2), "USD", "what those fetch under bear prices, the better of clearance and own mining, other cost taken off; empty without a price")
            = |r| r.what.low_value;
        write_down_usd(Real(2), "USD", "low_demand_cost_usd less bear_value_usd, at least 0")
            .formula("max(0, low_demand_cost_usd - bear_value_usd)")
            .label("Write-down", "USD, bear prices")
            = |r| r.what.low_write_down;
    }
}

/// The quantity's name with its place before it, so that the file is in order.
fn numbered(quantity: Quantity) -> String {
    let index = Quantity::ALL.iter().position(|q| *q == quantity).unwrap_or(0) + 1;
    format!("{index}_{}", quantity.name())
}

pub(super) fn table(context: &Context<'_>) -> Table {
    let rows = context.what_if.iter().map(|what| {
        let order = what.order.map(|index| &context.orders()[index]);
        Varied { context, what, order }
    });
    Table::of(&context.stamp(), rows)
}

/// A chip at a foundry.
pub(super) struct Costed<'a> {
    context: &'a Context<'a>,
    chip: ChipId,
    foundry: FoundryId,
    found: Option<&'a Economics>,
    reason: String,
}

table! {
    critical_ratio of Costed<'_>: "one chip at one foundry: what a machine too few and one too many cost",
    key {
        chip(Text, "", "chip") = |r| r.context.job.catalogue.chips[r.chip].name();
        foundry(Text, "", "foundry") = |r| r.context.job.catalogue.foundries[r.foundry].name();
    }
    columns {
        demand_through(Month, "", "last month of the demand that this run's orders serve, by its first day")
            .label("Demand to", "")
            = |r| r.context.month(r.context.plan.chips[r.chip].judged());
        mix(Text, "", "models that the chip is wanted for until then, with their shares")
            .long()
            = |r| r.mix();
        list_price_usd(Real(2), "USD/machine", "list price in that mix") = |r| r.found.map(|e| e.machine.list_price);
        price_usd(Real(2), "USD/machine", "price that machines are taken to sell at when these orders ship: mean price per TH of the orders of the job's price_months")
            .label("Price", "through the cycle")
            = |r| r.found.map(|e| e.machine.price);
        other_cost_usd(Real(2), "USD/machine", "cost besides the chips; with [spares] the chips of its repair under warranty are in it") = |r| r.found.map(|e| e.machine.other_cost);
        chip_cost_usd(Real(2), "USD/machine", "c: chips, spares and assembly loss at the foundry's price and yield")
            = |r| r.found.map(|e| e.chip_cost);
        effective_cost_usd(Real(2), "USD/machine", "c [d (1 + k)^L + (1 - d)]: with the cost of money k on the deposit d over the lead time L")
            .formula("chip_cost_usd x (d x (1 + k)^L + (1 - d))")
            .source("[[foundries]] prepayment_share d, lead_months L; [wafers] capital_rate_per_month k")
            .label("Chips", "with cost of money")
            = |r| r.found.map(|e| e.effective_cost);
        clearance_usd(Real(2), "USD/machine", "clearance price, mean over the half of the paths with lower demand")
            = |r| r.found.map(|e| e.machine.salvage.clearance);
        mining_usd(Real(2), "USD/machine", "value of mining with it oneself, mean over those paths") = |r| r.found.map(|e| e.machine.salvage.mining);
        leftover_value_usd(Real(2), "USD/machine", "mean over those paths of the better of the two, of clearance where [mining] has room for no machine")
            .label("Left over", "is worth")
            = |r| r.found.map(|e| e.machine.salvage_value);
        late_lost_share(Real(4), "share", "share of the margin of machines short that counts as lost: the job's lost_share, or what of late customers leaves in review_months where that is more")
            .source("docs/concepts/orders.md; [wafers] lost_share")
            .label("Lost", "of those late")
            = |r| r.found.map(|e| e.lost_share);
        underage_usd(Real(2), "USD/machine", "Cu: lost share x (price - other cost - effective cost) + shortage penalty")
            .formula("late_lost_share x (price_usd - other_cost_usd - effective_cost_usd) + shortage_penalty_usd")
            .source("docs/concepts/orders.md")
            .label("Too few", "costs")
            = |r| r.found.map(|e| e.underage);
        overage_usd(Real(2), "USD/machine", "Co: cost of the last machine too many, mean over the percents of chip_need up to the smallest percent p that reaches underage / (underage + overage up to p): effective cost - (salvage value of the percent - other cost, at least 0), at least the cost of money until the next run; beyond clearable_months of demand, the cost of waiting for later demand")
            .formula("mean over percents of max(effective_cost_usd - max(0, chip_need.leftover_value_usd - other_cost_usd), effective_cost_usd x ((1 + k)^review_months - 1), waiting)")
            .source("docs/concepts/orders.md")
            .label("Too many", "costs")
            = |r| r.found.map(|e| e.overage);
        critical_ratio(Real(4), "share", "Cu / (Cu + Co); 0 where a sale loses money, 1 where a leftover does not")
            .formula("underage_usd / (underage_usd + overage_usd)")
            .source("newsvendor: Arrow, Harris and Marschak 1951")
            .label("Critical ratio", "few / (few + many)")
            = |r| r.found.map(|e| e.critical_ratio);
        service_level(Real(4), "share", "what is ordered for: the smallest percent of chip_need that reaches the critical ratio with the overage up to it, within the job's limits and what past errors support")
            .label("Service level", "within limits")
            = |r| r.found.map(|e| e.service_level);
        reason(Text, "", "how it came to be; why there is none")
            .label("Why", "").long()
            = |r| r.reason.as_str();
    }
}

impl Costed<'_> {
    fn mix(&self) -> Option<String> {
        let catalogue = &self.context.job.catalogue;
        let models = catalogue.models_of(self.chip);
        let shares = models.iter().zip(&self.found?.machine.shares).filter(|(_, share)| **share > 0.0);
        let parts: Vec<String> = shares
            .map(|(m, share)| format!("{:.1}% {}", 100.0 * share, catalogue.models[*m].name()))
            .collect();
        Some(parts.join(", "))
    }
}

pub(super) fn critical_ratio(context: &Context<'_>) -> Table {
    let chips = context.job.catalogue.chip_ids().zip(&context.plan.chips);
    let rows = chips.flat_map(|(chip, plan)| {
        plan.economics.iter().map(move |(foundry, found)| {
            let (found, reason) = match found {
                Ok(found) => (Some(found), found.reason(context.job)),
                Err(reason) => (None, reason.clone()),
            };
            Costed { context, chip, foundry: *foundry, found, reason }
        })
    });
    Table::of(&context.stamp(), rows)
}
