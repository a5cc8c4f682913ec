//! What happens at other quantities than the proposed one: none, half, double.

use crate::domain::Usd;
use crate::job::{ChipId, Job};
use crate::market::Path;

use super::committed::Committed;
use super::economics::Values;
use super::plan::{ChipPlan, Decision, ProposedOrder};

/// A quantity that could be ordered instead of the proposed one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Quantity {
    /// Nothing.
    Zero,
    /// Half, in whole lots.
    Half,
    /// As proposed.
    Proposed,
    /// Twice as much.
    Double,
}

impl Quantity {
    /// All, smallest first.
    pub const ALL: [Self; 4] = [Self::Zero, Self::Half, Self::Proposed, Self::Double];

    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::Half => "half",
            Self::Proposed => "proposed",
            Self::Double => "double",
        }
    }

    /// Wafers at this quantity: whole lots, the monthly maximum left aside, for what if it could be had is asked.
    fn wafers(self, proposed: i64, lot: i64) -> i64 {
        match self {
            Self::Zero => 0,
            Self::Half => ((proposed + 1) / 2 + lot - 1) / lot * lot,
            Self::Proposed => proposed,
            Self::Double => 2 * proposed,
        }
    }
}

/// What a quantity of one order decided now, or of all of a chip, means at the end of the months decided.
#[derive(Clone, Debug)]
pub struct WhatIf {
    /// Place of the chip in the job's list.
    pub chip: ChipId,
    /// Place of the order in the plan's list; `None`: all orders of the chip decided now.
    pub order: Option<usize>,
    /// Which quantity.
    pub quantity: Quantity,
    /// Wafers.
    pub wafers: i64,
    /// Price.
    pub cost: Usd,
    /// Paid when placed, and lost when the order is cancelled.
    pub prepayment: Usd,
    /// Share of paths short at the end of the months decided.
    pub prob_short: f64,
    /// Mean machines short then.
    pub expected_short: f64,
    /// Mean machines left over then.
    pub expected_left: f64,
    /// Cost of too few and too many, the measure that the critical ratio makes least: Cu x short + Co x left over.
    pub expected_cost: Option<Usd>,
    /// Cost of the chips that are left over on average, as far as they are of these orders.
    pub cash_at_risk: Usd,
    /// Machines left over if demand comes out at its 10th percentile, as far as they are of these orders.
    pub low_left: f64,
    /// Cost of their chips.
    pub low_cost: Usd,
    /// What they fetch under bear prices, other cost taken off.
    pub low_value: Option<Usd>,
    /// Cost less value: the write-down.
    pub low_write_down: Option<Usd>,
}

/// Every quantity of every order decided now, and of all of each chip together. `bear` is the path of the market in
/// the bear scenario.
pub fn what_if(
    chips: &[ChipPlan],
    orders: &[ProposedOrder],
    committed: &Committed,
    bear: &Path,
    (job, values): (&Job, Values<'_>),
) -> Vec<WhatIf> {
    let mut found = Vec::new();
    for (chip, plan) in job.catalogue.chip_ids().zip(chips) {
        let now: Vec<usize> = (0..orders.len())
            .filter(|index| orders[*index].chip == chip && orders[*index].decision == Decision::PlaceNow)
            .collect();
        let all = (!now.is_empty()).then_some(None);
        for order in now.iter().map(|index| Some(*index)).chain(all) {
            for quantity in Quantity::ALL {
                let varied: Vec<usize> = order.map_or_else(|| now.clone(), |index| vec![index]);
                found.push(one(
                    chip,
                    plan,
                    orders,
                    &now,
                    &varied,
                    (order, quantity),
                    committed,
                    bear,
                    (job, values),
                ));
            }
        }
    }
    found
}

#[expect(clippy::too_many_arguments, reason = "one row is made from all that was found out")]
fn one(
    chip: ChipId,
    plan: &ChipPlan,
    orders: &[ProposedOrder],
    now: &[usize],
    varied: &[usize],
    (order, quantity): (Option<usize>, Quantity),
    committed: &Committed,
    bear: &Path,
    (job, values): (&Job, Values<'_>),
) -> WhatIf {
    let h = plan.judged();
    let (mut wafers, mut cost, mut prepayment, mut own) = (0, Usd::ZERO, Usd::ZERO, 0.0);
    for index in varied {
        let order = &orders[*index];
        let terms = &job.catalogue.foundries[order.foundry];
        let taken = quantity.wafers(order.wafers, i64::from(terms.lot_wafers));
        let price = terms.wafer_cost() * taken as f64;
        wafers += taken;
        cost += price;
        prepayment += price * terms.prepayment_share.get();
        own += taken as f64 * order.good_per_wafer;
    }
    let others: f64 =
        now.iter().filter(|index| !varied.contains(index)).map(|index| orders[*index].good_chips()).sum();
    let before = committed.arrived(chip, h) + others;
    let exposure = plan.need.exposure(h, before + own);
    let economics = varied.first().and_then(|index| plan.at(orders[*index].foundry));
    let costs = costs(plan, orders, varied);
    let models = job.catalogue.models_of(chip);
    let mean_chips = committed.mean_per_machine(&models);
    let per_machine = economics.map_or(mean_chips, |e| e.machine.chips);
    // Chips of these orders cost their mean price; the last ones ordered are the ones left over.
    let per_chip = if own > 0.0 { cost * (1.0 / own) } else { Usd::ZERO };
    let mean_left: f64 =
        plan.need.paths[h].iter().map(|need| (before + own - need).clamp(0.0, own)).sum::<f64>()
            / plan.need.paths[h].len().max(1) as f64;
    let low = (before + own - plan.need.quantile(h, 0.1)).clamp(0.0, own);
    let low_cost = per_chip * low;
    let low_value = economics.map(|e| {
        let machines = low / per_machine;
        e.machine.leftover_on(bear, &models, h, values, machines) * machines
    });
    WhatIf {
        chip,
        order,
        quantity,
        wafers,
        cost,
        prepayment,
        prob_short: exposure.prob_short,
        expected_short: exposure.short / per_machine,
        expected_left: exposure.left / per_machine,
        expected_cost: costs.map(|(underage, overage)| {
            underage * (exposure.short / per_machine) + overage * (exposure.left / per_machine)
        }),
        cash_at_risk: per_chip * mean_left,
        low_left: low / per_machine,
        low_cost,
        low_value,
        low_write_down: low_value.map(|value| (low_cost - value).max(Usd::ZERO)),
    }
}

/// Underage and overage of orders: the mean of their foundries', weighted by their good chips.
fn costs(plan: &ChipPlan, orders: &[ProposedOrder], varied: &[usize]) -> Option<(Usd, Usd)> {
    let (mut underage, mut overage, mut chips) = (Usd::ZERO, Usd::ZERO, 0.0);
    for order in varied.iter().map(|index| &orders[*index]) {
        let economics = plan.at(order.foundry)?;
        underage += economics.underage * order.good_chips();
        overage += economics.overage * order.good_chips();
        chips += order.good_chips();
    }
    (chips > 0.0).then(|| (underage * (1.0 / chips), overage * (1.0 / chips)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_whole_lots() {
        for (proposed, half) in [(0, 0), (25, 25), (50, 25), (75, 50), (100, 50)] {
            assert_eq!(Quantity::Half.wafers(proposed, 25), half);
        }
        assert_eq!([1, 2, 3].map(|wafers| Quantity::Half.wafers(wafers, 1)), [1, 1, 2]);
        assert_eq!(Quantity::Double.wafers(75, 25), 150);
    }
}
