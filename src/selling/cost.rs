//! What a machine costs its maker.

use crate::domain::Usd;
use crate::job::{ChipId, good_chips_per_wafer};
use crate::job::{Job, ModelId};

/// What a chip is had for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ChipCost {
    /// Good chips on a wafer.
    pub good_per_wafer: f64,
    /// Wafer price / good chips on it, USD.
    pub usd: f64,
}

/// The cheapest good chip among its foundries, by the chip's index; `None` when nobody makes it.
pub fn chip_cost(job: &Job, chip: ChipId) -> Option<ChipCost> {
    let catalogue = &job.catalogue;
    let foundries = catalogue.foundries_of(chip).into_iter().map(|index| &catalogue.foundries[index]);
    foundries
        .map(|foundry| {
            let good_per_wafer = good_chips_per_wafer(&catalogue.chips[chip], foundry.yield_share);
            ChipCost { good_per_wafer, usd: foundry.wafer_cost_usd.get() / good_per_wafer }
        })
        .min_by(|a, b| a.usd.total_cmp(&b.usd))
        .filter(|cost| cost.usd.is_finite())
}

/// Cost of one machine, USD: the chips drawn for it, spares and assembly loss included, at what a good chip costs from
/// the cheapest of its foundries, and its other cost.
pub fn machine_cost(job: &Job, id: ModelId, chips_drawn: f64) -> Option<Usd> {
    let chip = chip_cost(job, job.catalogue.chip_of(id))?;
    Some(Usd::new(chips_drawn * chip.usd + job.catalogue.model(id).other_cost_usd.get()))
}
