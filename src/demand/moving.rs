//! The models that ship anything, and their machines on one path: of a long list of models most ship nothing.

use crate::market::HORIZON;

use super::mean::Beside;
use super::paths::Demand;
use super::run_off::models_of;

/// The models that ship anything: those of the backlog, and those of orders to come.
pub(super) struct Moving {
    pub(super) backlog: Vec<usize>,
    pub(super) new: Vec<usize>,
    /// Shares of the models of orders to come in what is signed in a month and ships in another, by `signed * HORIZON + h`.
    mix: Vec<Vec<f64>>,
    hashrate_th: Vec<f64>,
}

impl Moving {
    pub(super) fn new(demand: &Demand) -> Self {
        let due = |signed: usize, h: usize| demand.mix.due(signed, h.saturating_sub(signed));
        let pairs = || (0..HORIZON * HORIZON).map(|pair| (pair / HORIZON, pair % HORIZON));
        let mut signed = vec![false; demand.hashrate_th.len()];
        for (month, h) in pairs().filter(|(month, h)| month <= h) {
            signed.iter_mut().zip(due(month, h)).for_each(|(any, share)| *any |= *share != 0.0);
        }
        demand.options.iter().for_each(|option| signed[option.model] = true);
        let new: Vec<usize> = (0..signed.len()).filter(|model| signed[*model]).collect();
        Self {
            backlog: models_of(&demand.backlog),
            mix: pairs().map(|(month, h)| new.iter().map(|model| due(month, h)[*model]).collect()).collect(),
            hashrate_th: new.iter().map(|model| demand.hashrate_th[*model]).collect(),
            new,
        }
    }

    /// Adds the machines by `month * places + place` of the TH that `shipped` in a month of what was signed in another.
    pub(super) fn to_machines(&self, shipped: impl Fn(usize, usize) -> f64, cells: &mut [f64]) {
        self.of_first(HORIZON, shipped, cells);
    }

    /// The same of what is signed in the first `months`.
    pub(super) fn of_first(&self, months: usize, shipped: impl Fn(usize, usize) -> f64, cells: &mut [f64]) {
        let places = self.new.len();
        for signed in 0..months.min(HORIZON) {
            for h in signed..HORIZON {
                // What ships in a month is of the models that ship then, late machines among it.
                let th = shipped(signed, h);
                let mix = self.mix[signed * HORIZON + h].iter().zip(&self.hashrate_th);
                let row = cells[h * places..(h + 1) * places].iter_mut();
                row.zip(mix).for_each(|(cell, (share, size))| *cell += th * share / size);
            }
        }
    }
}

/// Machines of one path, by `month * places + place` of the models that ship anything.
pub(super) struct Machines {
    pub(super) backlog: Vec<f64>,
    pub(super) cancelled: Vec<f64>,
    pub(super) new: Vec<f64>,
    /// What [`Beside`] asks for; empty without.
    pub(super) kept: Vec<f64>,
    pub(super) first: Vec<Vec<f64>>,
}

impl Machines {
    pub(super) fn none(moving: &Moving, beside: &Beside) -> Self {
        let [backlog, new] = [&moving.backlog, &moving.new].map(|models| vec![0.0; HORIZON * models.len()]);
        Self {
            cancelled: backlog.clone(),
            kept: if beside.without_cancellations { backlog.clone() } else { Vec::new() },
            backlog,
            first: vec![new.clone(); beside.first.len()],
            new,
        }
    }
}
