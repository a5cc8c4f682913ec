//! Demand that supply cannot meet in its month, and what could still help.

use crate::domain::{Month, Usd};
use crate::job::{ChipId, Job};
use crate::market::HORIZON;

use super::allocation::Allocation;
use super::committed::Committed;
use super::economics::Values;
use super::plan::{ChipPlan, ProposedOrder};

/// Machines of one chip that wait at the end of a month.
#[derive(Clone, Debug)]
pub struct Shortage {
    /// Place of the chip in the job's list.
    pub chip: ChipId,
    /// Month ahead, 0 is the first.
    pub month: usize,
    /// Machines that wait, by the places of the chip's models.
    pub waiting: Vec<(usize, i64)>,
    /// Of them, those that wait for the factory: their chips are there.
    pub for_assembly: i64,
    /// Chips that would let the others ship.
    pub chips: f64,
    /// Wafers that no foundry takes in time, cumulated; 0 within the lead time.
    pub above_maximum: i64,
    /// Chips of the next orders on the way or proposed, and months by which they would have to come earlier.
    pub expedite: Option<(f64, usize)>,
    /// Machines that this would let ship.
    pub expedite_machines: i64,
    /// What a spot chip is worth at most: list price less other cost, over the chips of a machine.
    pub worth_per_chip: Option<Usd>,
}

impl Shortage {
    /// Machines that wait.
    pub fn machines(&self) -> i64 {
        self.waiting.iter().map(|(_, machines)| machines).sum()
    }
}

/// Every chip and month with machines waiting, none where supply is unknown.
pub fn shortages(
    allocation: &Allocation,
    committed: &Committed,
    chips: &[ChipPlan],
    orders: &[ProposedOrder],
    values: Values<'_>,
    (job, as_of): (&Job, Month),
) -> Vec<Shortage> {
    let mut found = Vec::new();
    for (chip, plan) in job.catalogue.chip_ids().zip(chips) {
        let proposed = super::plan::proposed_chips(orders, job, as_of)[chip];
        for h in 0..HORIZON {
            let models = job.catalogue.models_of(chip);
            let waiting: Vec<(usize, i64)> = models
                .iter()
                .map(|model| (*model, allocation.waiting[*model][h]))
                // Nothing helps what waits after its model's end of life.
                .filter(|(model, machines)| *machines > 0 && h < committed.ships[*model].end)
                .collect();
            if waiting.is_empty() {
                continue;
            }
            let held = |model: usize, waits: i64| allocation.held_back[model][h].clamp(0, waits);
            let for_assembly = waiting.iter().map(|(model, waits)| held(*model, *waits)).sum();
            // What lacks chips.
            let lacking: Vec<(usize, i64)> =
                waiting.iter().map(|(model, waits)| (*model, waits - held(*model, *waits))).collect();
            let missing: f64 =
                lacking.iter().map(|(m, machines)| *machines as f64 * committed.per_machine(*m)).sum();
            let next = (h + 1..HORIZON)
                .map(|later| (committed.on_order[chip][later] + proposed[later], later - h))
                .find(|(chips, _)| *chips > 0.0 && missing > 0.0);
            let machines: i64 = lacking.iter().map(|(_, machines)| machines).sum();
            let per_machine = missing / machines as f64;
            let worth = lacking
                .iter()
                .map(|(model, machines)| {
                    let other = Usd::new(job.catalogue.models[*model].other_cost_usd.get());
                    values.list[*model].map(|price| (price - other) * (*machines as f64))
                })
                .sum::<Option<Usd>>()
                .filter(|_| missing > 0.0);
            found.push(Shortage {
                chip,
                month: h,
                for_assembly,
                chips: missing,
                above_maximum: plan.short_wafers[h],
                expedite: next,
                expedite_machines: next
                    .map_or(0, |(chips, _)| ((chips / per_machine + 1e-9).floor() as i64).min(machines)),
                worth_per_chip: worth.map(|usd| (usd * (1.0 / missing)).max(Usd::ZERO)),
                waiting,
            });
        }
    }
    found
}
