//! Paths of machines shipped: their sums, means and quantiles.

use crate::domain::Quantiles;
use crate::market::{HORIZON, Path};

/// Paths of one scenario. Index of a cell: `(path * HORIZON + month) * models + model`.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// Number of paths.
    pub paths: usize,
    /// Number of models.
    pub models: usize,
    /// Machines shipped from today's backlog.
    pub backlog: Vec<f64>,
    /// Of the backlog, mean machines shipped from contracts that are not secured, by `month * models + model`.
    pub unsecured: Vec<f64>,
    /// Machines shipped from orders still to be signed.
    pub new: Vec<f64>,
    /// Machines of today's backlog that are cancelled or cut, by the month in which they would have been due.
    pub cancelled: Vec<f64>,
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
        let mut new = vec![0.0; paths.len() * HORIZON * models];
        for (path, units) in paths.iter().enumerate() {
            for (model, months) in units.iter().enumerate() {
                for (month, machines) in months.iter().enumerate() {
                    new[(path * HORIZON + month) * models + model] = *machines as f64;
                }
            }
        }
        Self {
            paths: paths.len(),
            models,
            backlog: vec![0.0; new.len()],
            unsecured: vec![0.0; HORIZON * models],
            cancelled: vec![0.0; new.len()],
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
        self.each(&[&self.backlog, &self.new], months, model)
    }

    /// Mean machines shipped from today's backlog.
    pub fn mean_backlog(&self, month: usize, model: usize) -> f64 {
        mean(&self.each(&[&self.backlog], month..month + 1, Some(model)))
    }

    /// Mean machines of today's backlog that are cancelled or cut.
    pub fn mean_cancelled(&self, month: usize, model: usize) -> f64 {
        mean(&self.each(&[&self.cancelled], month..month + 1, Some(model)))
    }

    /// Mean machines shipped from orders still to be signed.
    pub fn mean_new(&self, month: usize, model: usize) -> f64 {
        mean(&self.each(&[&self.new], month..month + 1, Some(model)))
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
        let backlog = mean(&self.each(&[&self.backlog], months.clone(), model));
        let cells = months.flat_map(|month| (0..self.models).map(move |m| (month, m)));
        let cells = cells.filter(|(_, m)| model.is_none_or(|only| only == *m));
        backlog + cells.map(|(month, m)| self.mean_plain(month, m)).sum::<f64>()
    }

    /// Mean, and p10, p50 and p90, of TH signed over `months`.
    pub fn intake(&self, months: std::ops::Range<usize>) -> (f64, Quantiles<f64>) {
        let mut sums: Vec<f64> = self.intake_paths.iter().map(|th| th[months.clone()].iter().sum()).collect();
        sums.sort_by(f64::total_cmp);
        (mean(&sums), Quantiles::at(|share| super::rounding::quantile(&sums, share)))
    }

    /// Multiplies every cell of `months` on each path.
    pub(super) fn scale(&mut self, months: std::ops::Range<usize>, factor: impl Fn(usize) -> f64) {
        for path in 0..self.paths {
            let factor = factor(path);
            let row = path * HORIZON * self.models;
            let cells = row + months.start * self.models..row + months.end * self.models;
            self.backlog[cells.clone()].iter_mut().for_each(|cell| *cell *= factor);
            self.new[cells].iter_mut().for_each(|cell| *cell *= factor);
        }
    }

    fn each(&self, parts: &[&Vec<f64>], months: std::ops::Range<usize>, model: Option<usize>) -> Vec<f64> {
        (0..self.paths)
            .map(|path| {
                let mut sum = 0.0;
                for month in months.clone() {
                    let row = (path * HORIZON + month) * self.models;
                    let cells = match model {
                        Some(model) => row + model..row + model + 1,
                        None => row..row + self.models,
                    };
                    sum += parts.iter().map(|part| part[cells.clone()].iter().sum::<f64>()).sum::<f64>();
                }
                sum
            })
            .collect()
    }
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
    }
}
