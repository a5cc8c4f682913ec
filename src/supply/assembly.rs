//! What assembly capacity lets ship: machines of all chips of a month together.

use crate::demand::Forecast;
use crate::job::{Catalogue, Job};
use crate::market::HORIZON;

use super::committed::Committed;

/// Most machines assembled to ship in each month ahead.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Capacity([Option<u32>; HORIZON]);

impl Capacity {
    /// By the job's `[factory]`, for the months after `as_of`.
    pub fn new(job: &Job, as_of: crate::domain::Month) -> Self {
        Self(std::array::from_fn(|h| job.factory.capacity((as_of + 1).plus(h))))
    }

    /// Whether it limits anything.
    pub fn limits(&self) -> bool {
        self.0.iter().any(Option::is_some)
    }

    /// Share of the machines that could be built in a month that is assembled.
    pub fn share(&self, h: usize, machines: f64) -> f64 {
        self.0[h]
            .map_or(1.0, |most| if machines > f64::from(most) { f64::from(most) / machines } else { 1.0 })
    }

    /// Cuts what could be built in a month to what is assembled, in proportion, whole machines; what is left of the capacity then goes
    /// to the first of them.
    pub fn cut(&self, h: usize, builds: &mut [&mut i64]) {
        let Some(most) = self.0[h].map(i64::from) else { return };
        let total: i64 = builds.iter().map(|build| **build).sum();
        if total <= most {
            return;
        }
        let mut left = most;
        let wanted: Vec<i64> = builds.iter().map(|build| **build).collect();
        for (build, wanted) in builds.iter_mut().zip(&wanted) {
            // Both are counts of machines: their product is far below 2^63.
            **build = wanted * most / total;
            left -= **build;
        }
        for (build, wanted) in builds.iter_mut().zip(&wanted) {
            let more = left.min(wanted - **build);
            **build += more;
            left -= more;
        }
    }

    /// Machines that can be assembled by the end of each month, where chips for no more than `reach` are there by then; without end
    /// where neither limits.
    fn cumulative(&self, reach: &[f64; HORIZON]) -> [f64; HORIZON] {
        let mut sum = 0.0_f64;
        std::array::from_fn(|h| {
            sum = (sum + self.0[h].map_or(f64::INFINITY, f64::from)).min(reach[h]).max(sum);
            sum
        })
    }
}

/// How much of the cumulative need of each month can be assembled by then, on every path and in the mean: chips beyond that would only
/// wait for the factory.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// By path.
    paths: Vec<[f64; HORIZON]>,
    mean: [f64; HORIZON],
}

impl Assembled {
    /// Of a forecast; `None` where no capacity is given. Months before `from` of each model's chip are not counted.
    pub(super) fn new(committed: &Committed, forecast: &Forecast, catalogue: &Catalogue) -> Option<Self> {
        let capacity = committed.assembly.filter(Capacity::limits)?;
        let most = capacity.cumulative(&within_reach(committed, catalogue));
        let share = |h: usize, machines: f64| if machines > most[h] { most[h] / machines } else { 1.0 };
        let simulation = &forecast.simulation;
        let mut paths = vec![[0.0; HORIZON]; simulation.paths];
        let mut mean = [0.0; HORIZON];
        for (model, stock) in committed.machines.iter().enumerate() {
            let beyond = |machines: f64| (machines - *stock as f64).max(0.0);
            let mut sums = vec![0.0; simulation.paths];
            let (mut units, mut overridden) = (0.0, 0.0);
            for h in 0..HORIZON {
                overridden += (forecast.units[model][h] - forecast.baseline[model][h]) as f64;
                units += forecast.units[model][h] as f64;
                mean[h] += beyond(units);
                for ((sum, machines), row) in
                    sums.iter_mut().zip(simulation.sums(h..h + 1, Some(model))).zip(&mut paths)
                {
                    *sum += machines;
                    row[h] += beyond(*sum + overridden);
                }
            }
        }
        for row in paths.iter_mut().chain(std::iter::once(&mut mean)) {
            row.iter_mut().enumerate().for_each(|(h, machines)| *machines = share(h, *machines));
        }
        Some(Self { paths, mean })
    }

    /// Cuts a path's cumulative need; what is needed up to one month is needed up to the next.
    pub(super) fn cut_path(&self, path: usize, needs: &mut [Vec<f64>]) {
        let mut before = 0.0_f64;
        for (h, needs) in needs.iter_mut().enumerate() {
            if let (Some(need), Some(share)) = (needs.get_mut(path), self.paths.get(path)) {
                // A model's end takes need away; that stays.
                let all = *need;
                *need = (all * share[h]).max(before.min(all));
                before = *need;
            }
        }
    }

    /// Cuts the mean's cumulative need.
    pub(super) fn cut_mean(&self, needs: &mut [f64; HORIZON]) {
        let mut before = 0.0_f64;
        for (need, share) in needs.iter_mut().zip(&self.mean) {
            let all = *need;
            *need = (all * share).max(before.min(all));
            before = *need;
        }
    }
}

/// Machines that chips on hand and on order let build by the end of each month; without end from the first month on in which a new order
/// can ship.
fn within_reach(committed: &Committed, catalogue: &Catalogue) -> [f64; HORIZON] {
    let first = committed.open_from.iter().copied().min().unwrap_or(0);
    std::array::from_fn(|h| {
        let of_chip = |chip| {
            (committed.arrived(chip, h) - committed.fleet_by(chip, h)).max(0.0)
                / committed.mean_per_machine(&catalogue.models_of(chip)).max(1.0)
        };
        if h < first { catalogue.chip_ids().map(of_chip).sum() } else { f64::INFINITY }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_assembled_by_hand() {
        let mut most = [None; HORIZON];
        most[0] = Some(10);
        let capacity = Capacity(most);
        // 10 of 12, 6 and 3: 120 / 21 = 5, 60 / 21 = 2, 30 / 21 = 1; two are left, for the first.
        let (mut a, mut b, mut c) = (12, 6, 3);
        capacity.cut(0, &mut [&mut a, &mut b, &mut c]);
        assert_eq!((a, b, c), (7, 2, 1));
        capacity.cut(1, &mut [&mut b]);
        assert_eq!(b, 2, "no limit in the second month");
        // Chips for 4 machines in the first month leave 6 of its capacity unused.
        let mut reach = [f64::INFINITY; HORIZON];
        reach[0] = 4.0;
        most[1] = Some(5);
        assert_eq!(Capacity(most).cumulative(&reach)[..3], [4.0, 9.0, f64::INFINITY]);
        assert_eq!(
            (capacity.share(0, 40.0), capacity.share(0, 8.0), capacity.share(1, 40.0)),
            (0.25, 1.0, 1.0)
        );
    }
}
