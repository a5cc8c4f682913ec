//! Paths of machines shipped: their sums, means and quantiles.

use crate::domain::Quantiles;
use crate::market::{HORIZON, Path};

use super::cells::Cells;

/// Paths of one scenario.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// Number of paths.
    pub paths: usize,
    /// Number of models.
    pub models: usize,
    /// Machines shipped from today's backlog.
    pub backlog: Cells,
    /// Of the backlog, mean machines shipped from contracts that are not secured, by `month * models + model`.
    pub unsecured: Vec<f64>,
    /// Machines shipped from orders still to be signed.
    pub new: Cells,
    /// Machines of today's backlog that are cancelled or cut, by the month in which they would have been due; none where
    /// [`super::Demand`] was not asked for them on paths.
    pub cancelled: Cells,
    /// Their mean, by model and month.
    pub mean_cancelled: Vec<[f64; HORIZON]>,
    /// Mean TH signed in each month ahead.
    pub intake_th: [f64; HORIZON],
    /// TH signed in each month ahead on each path.
    pub intake_paths: Vec<[f64; HORIZON]>,
    /// Mean machines shipped from orders to come, by `month * models + model`: first with intake at its level,
    /// then with one driver more each, in the order of `drivers`; the last stage is `new` and left out.
    pub(super) stages: Vec<Vec<f64>>,
    /// Drivers that move intake from its level, by their index among the names of [`super::Intake`].
    pub drivers: Vec<usize>,
    /// Market path of each path; one for all in a scenario with a fixed price.
    pub market: Vec<Path>,
}

impl Simulation {
    /// Paths that ship what is given, machines by path, model and month, on one path of the market each.
    pub fn given(paths: &[Vec<[i64; HORIZON]>], market: Path) -> Self {
        let models = paths.first().map_or(0, Vec::len);
        let mut new = Cells::of_models((0..models).collect(), paths.len());
        for (path, units) in paths.iter().enumerate() {
            let row = (0..HORIZON).flat_map(|month| units.iter().map(move |months| months[month] as f64));
            new.put(path, &row.collect::<Vec<f64>>());
        }
        Self {
            paths: paths.len(),
            models,
            backlog: Cells::of_models(Vec::new(), paths.len()),
            unsecured: vec![0.0; HORIZON * models],
            cancelled: Cells::of_models(Vec::new(), paths.len()),
            mean_cancelled: vec![[0.0; HORIZON]; models],
            new,
            intake_th: [0.0; HORIZON],
            intake_paths: vec![[0.0; HORIZON]; paths.len()],
            stages: Vec::new(),
            drivers: Vec::new(),
            market: vec![market; paths.len()],
        }
    }

    /// Sum of machines shipped over months `from..to` (0 = first month ahead) on each path; one model or all.
    pub fn sums(&self, months: std::ops::Range<usize>, model: Option<usize>) -> Vec<f64> {
        Cells::sums(&[&self.backlog, &self.new], months, model)
    }

    /// Whether a model ships anything on any path.
    pub fn ships(&self, model: usize) -> bool {
        self.backlog.moves(model) || self.new.moves(model)
    }

    /// What these models ship, by `month * models + place`: of the backlog and of orders to come, by path; empty where there is none.
    pub(crate) fn columns(&self, models: &[usize]) -> Vec<[&[f64]; 2]> {
        let cells = (0..HORIZON).flat_map(|h| models.iter().map(move |model| (*model, h)));
        cells.map(|(model, h)| [self.backlog.of(model, h), self.new.of(model, h)]).collect()
    }

    /// Mean machines shipped from today's backlog.
    pub fn mean_backlog(&self, month: usize, model: usize) -> f64 {
        self.mean(&self.backlog, month, model)
    }

    /// Mean machines of today's backlog that are cancelled or cut.
    pub fn mean_cancelled(&self, month: usize, model: usize) -> f64 {
        self.mean_cancelled[model][month]
    }

    /// Mean machines shipped from orders still to be signed.
    pub fn mean_new(&self, month: usize, model: usize) -> f64 {
        self.mean(&self.new, month, model)
    }

    /// Mean machines shipped from orders still to be signed, with intake at its level.
    pub fn mean_plain(&self, month: usize, model: usize) -> f64 {
        self.mean_stage(0, month, model)
    }

    /// The same with the first `stage` drivers moving intake; all of them are [`Simulation::mean_new`].
    pub fn mean_stage(&self, stage: usize, month: usize, model: usize) -> f64 {
        match self.stages.get(stage) {
            Some(cells) => cells[month * self.models + model],
            None => self.mean_new(month, model),
        }
    }

    /// Mean machines shipped over `months` from the backlog and from orders to come at their level.
    pub fn booking_curve(&self, months: std::ops::Range<usize>, model: Option<usize>) -> f64 {
        let moves = model.is_none_or(|model| self.backlog.moves(model));
        let backlog = if moves { mean(&Cells::sums(&[&self.backlog], months.clone(), model)) } else { 0.0 };
        let models = model.map_or(0..self.models, |only| only..only + 1);
        let cells = months.flat_map(|month| models.clone().map(move |m| (month, m)));
        backlog + cells.map(|(month, m)| self.mean_plain(month, m)).sum::<f64>()
    }

    /// Mean, and p10, p50 and p90, of TH signed over `months`.
    pub fn intake(&self, months: std::ops::Range<usize>) -> (f64, Quantiles<f64>) {
        intake_over(&self.intake_paths, months)
    }

    /// Multiplies every cell of `months` by the factor of its path.
    pub(super) fn scale(&mut self, months: std::ops::Range<usize>, factors: &[f64]) {
        self.backlog.scale(months.clone(), factors);
        self.new.scale(months, factors);
    }

    fn mean(&self, cells: &Cells, month: usize, model: usize) -> f64 {
        cells.of(model, month).iter().sum::<f64>() / self.paths.max(1) as f64
    }
}

/// Mean, and p10, p50 and p90, of what is signed on the paths over `months`.
pub(super) fn intake_over(paths: &[[f64; HORIZON]], months: std::ops::Range<usize>) -> (f64, Quantiles<f64>) {
    let mut sums: Vec<f64> = paths.iter().map(|th| th[months.clone()].iter().sum()).collect();
    sums.sort_by(f64::total_cmp);
    (mean(&sums), Quantiles::at(|share| super::rounding::quantile(&sums, share)))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One path of two models: the first ships 1 machine in the first month, the second 5 then and 7 in the next.
    #[test]
    fn what_is_given_ships_by_model_and_month() {
        let months = |first: [i64; 2]| std::array::from_fn(|h| first.get(h).copied().unwrap_or(0));
        let market = Path { price: [1.0; HORIZON], difficulty: [1.0; HORIZON], hashprice: [1.0; HORIZON] };
        let found = Simulation::given(&[vec![months([1, 0]), months([5, 7])]], market);
        assert_eq!(found.sums(0..1, Some(0)), [1.0]);
        assert_eq!(found.sums(0..1, Some(1)), [5.0]);
        assert_eq!(found.sums(0..2, None), [13.0]);
        assert_eq!((found.mean_new(1, 1), found.mean_backlog(1, 1)), (7.0, 0.0));
        assert_eq!((found.mean_cancelled(0, 0), found.mean_cancelled(1, 1)), (0.0, 0.0));
    }
}
