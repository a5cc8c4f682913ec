//! `order_quantities`: each order decided now at none, half, the proposed and double its quantity.

use super::Context;
use super::schema::{Cell, Kind, Spec, Table, column, row};

pub(super) const SPEC: Spec = Spec {
    name: "order_quantities",
    row: "one quantity of one order to place now, or of all of a chip (foundry ALL)",
    key: 5,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column("chip", Kind::Text, "", "chip"),
        column("place_by", Kind::Date, "", "of the order; empty for all of the chip"),
        column("foundry", Kind::Text, "", "of the order, or ALL"),
        column(
            "quantity",
            Kind::Text,
            "",
            "1_zero, 2_half (whole lots), 3_proposed or 4_double; other orders stay as proposed",
        ),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column(
            "judged_at",
            Kind::Date,
            "",
            "last month of the demand that this run's orders serve, by its first day",
        ),
        column("wafers", Kind::Whole, "wafers", "wafers at this quantity; the monthly maximum is left aside"),
        column("cost_usd", Kind::Real(2), "USD", "price of these wafers"),
        column("prepayment_usd", Kind::Real(2), "USD", "paid when placed, lost when cancelled"),
        column("prob_short", Kind::Real(4), "share", "share of paths whose cumulative demand exceeds supply"),
        column(
            "expected_short_machines",
            Kind::Real(1),
            "machines",
            "mean over paths of machines that cannot be built in time",
        ),
        column(
            "expected_left_machines",
            Kind::Real(1),
            "machines",
            "mean over paths of machines' chips left over, whatever source they are from",
        ),
        column(
            "expected_cost_usd",
            Kind::Real(2),
            "USD",
            "underage cost x expected short + overage cost x expected left: what the critical ratio makes least; empty without a price",
        )
        .formula("underage cost x expected_short_machines + overage cost x expected_left_machines")
        .source("table critical_ratio"),
        column(
            "cash_at_risk_usd",
            Kind::Real(2),
            "USD",
            "mean over paths of the price of these wafers that are left over",
        ),
        column(
            "low_demand_left_machines",
            Kind::Real(1),
            "machines",
            "left over of these wafers if cumulative demand comes out at its 10th percentile",
        ),
        column("low_demand_cost_usd", Kind::Real(2), "USD", "what those cost"),
        column(
            "bear_value_usd",
            Kind::Real(2),
            "USD",
            "what those fetch under bear prices, the better of clearance and own mining, other cost taken off; empty without a price",
        ),
        column("write_down_usd", Kind::Real(2), "USD", "low_demand_cost_usd less bear_value_usd, at least 0")
            .formula("max(0, low_demand_cost_usd - bear_value_usd)"),
    ],
};

pub(super) fn table(context: &Context<'_>) -> Table {
    let mut table = Table::new(&SPEC);
    let catalogue = &context.job.catalogue;
    for what in context.what_if {
        let order = what.order.map(|place| &context.orders()[place]);
        let rank = crate::supply::Quantity::ALL.iter().position(|q| *q == what.quantity).unwrap_or(0) + 1;
        table.push(row![
            context.vintage(),
            catalogue.chips[what.chip].name(),
            order.map(|o| o.place_by),
            order.map_or("ALL", |o| catalogue.foundries[o.foundry].name()),
            format!("{rank}_{}", what.quantity.name()),
            context.as_of.last_day(),
            context.month(context.plan.chips[what.chip].judged()),
            what.wafers,
            what.cost,
            what.prepayment,
            what.prob_short,
            what.expected_short,
            what.expected_left,
            what.expected_cost,
            what.cash_at_risk,
            what.low_left,
            what.low_cost,
            what.low_value,
            what.low_write_down,
        ]);
    }
    table
}

pub(super) const RATIO: Spec = Spec {
    name: "critical_ratio",
    row: "one chip at one foundry: what a machine too few and one too many cost",
    key: 3,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column("chip", Kind::Text, "", "chip"),
        column("foundry", Kind::Text, "", "foundry"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column(
            "demand_through",
            Kind::Date,
            "",
            "last month of the demand that this run's orders serve, by its first day",
        ),
        column("mix", Kind::Text, "", "models that the chip is wanted for until then, with their shares"),
        column("list_price_usd", Kind::Real(2), "USD/machine", "list price in that mix"),
        column(
            "price_usd",
            Kind::Real(2),
            "USD/machine",
            "price that machines are taken to sell at when these orders ship: mean price per TH of the orders of the job's price_months",
        ),
        column("other_cost_usd", Kind::Real(2), "USD/machine", "cost besides the chips"),
        column(
            "chip_cost_usd",
            Kind::Real(2),
            "USD/machine",
            "c: chips, spares and assembly loss at the foundry's price and yield",
        ),
        column(
            "effective_cost_usd",
            Kind::Real(2),
            "USD/machine",
            "c [d (1 + k)^L + (1 - d)]: with the cost of money k on the deposit d over the lead time L",
        )
        .formula("chip_cost_usd x (d x (1 + k)^L + (1 - d))")
        .source("[[foundries]] prepayment_share d, lead_months L; [wafers] capital_rate_per_month k"),
        column(
            "clearance_usd",
            Kind::Real(2),
            "USD/machine",
            "clearance price, mean over the half of the paths with lower demand",
        ),
        column(
            "mining_usd",
            Kind::Real(2),
            "USD/machine",
            "value of mining with it oneself, mean over those paths",
        ),
        column(
            "leftover_value_usd",
            Kind::Real(2),
            "USD/machine",
            "mean over those paths of the better of the two",
        ),
        column(
            "underage_usd",
            Kind::Real(2),
            "USD/machine",
            "Cu: lost_share x (price - other cost - effective cost) + shortage penalty",
        )
        .formula("lost_share x (price_usd - other_cost_usd - effective_cost_usd) + shortage_penalty_usd")
        .source("docs/orders.md"),
        column(
            "overage_usd",
            Kind::Real(2),
            "USD/machine",
            "Co: cost of the last machine too many, mean over the paths that the level covers: cleared at once, effective cost - (leftover value - other cost, at least 0), at least the cost of money until the next run; beyond clearable_months of demand, the cost of waiting for later demand",
        )
        .formula("mean over paths of max(effective_cost_usd - max(0, leftover_value_usd - other_cost_usd), waiting)")
        .source("docs/orders.md"),
        column(
            "critical_ratio",
            Kind::Real(4),
            "share",
            "Cu / (Cu + Co); 0 where a sale loses money, 1 where a leftover does not",
        )
        .formula("underage_usd / (underage_usd + overage_usd)")
        .source("newsvendor: Arrow, Harris and Marschak 1951"),
        column(
            "service_level",
            Kind::Real(4),
            "share",
            "what is ordered for: the critical ratio within the job's limits and what past errors support",
        ),
        column("reason", Kind::Text, "", "how it came to be; why there is none"),
    ],
};

pub(super) fn critical_ratio(context: &Context<'_>) -> Table {
    let mut table = Table::new(&RATIO);
    let catalogue = &context.job.catalogue;
    for (chip, plan) in context.plan.chips.iter().enumerate() {
        for (foundry, found) in &plan.economics {
            let mut cells = row![
                context.vintage(),
                catalogue.chips[chip].name(),
                catalogue.foundries[*foundry].name(),
                context.as_of.last_day(),
                context.month(plan.judged()),
            ];
            match found {
                Ok(e) => {
                    let models = catalogue.models_of(chip);
                    let mix: Vec<String> = models
                        .iter()
                        .zip(&e.machine.shares)
                        .filter(|(_, share)| **share > 0.0)
                        .map(|(m, share)| format!("{:.1}% {}", 100.0 * share, catalogue.models[*m].name()))
                        .collect();
                    cells.extend(row![
                        mix.join(", "),
                        e.machine.list_price,
                        e.machine.price,
                        e.machine.other_cost,
                        e.chip_cost,
                        e.effective_cost,
                        e.machine.leftover.clearance,
                        e.machine.leftover.mining,
                        e.machine.leftover_value,
                        e.underage,
                        e.overage,
                        e.critical_ratio,
                        e.service_level,
                        e.reason(context.job),
                    ]);
                }
                Err(reason) => {
                    cells.extend(std::iter::repeat_n(Cell::Empty, 13));
                    cells.push(reason.as_str().into());
                }
            }
            table.push(cells);
        }
    }
    table
}
