//! Chips that demand takes, cumulated over months: on each simulated path, in the mean, and by firm contracts.

use crate::demand::Forecast;
use crate::market::HORIZON;

use super::committed::Committed;

/// Cumulative chips needed beyond machines on hand, from the first month ahead to each month, spares and assembly loss
/// included.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// `paths[h][path]`, in the order of the paths.
    pub paths: Vec<Vec<f64>>,
    /// By the mean forecast, overrides included.
    pub mean: [f64; HORIZON],
    /// By contracts on which a deposit was received, as they stand: the floor of what is ordered.
    pub firm: [f64; HORIZON],
    /// The paths' needs of each month in ascending order.
    sorted: Vec<Vec<f64>>,
}

impl Requirement {
    /// Of the models of a chip. Months before `from` are left out: where supply is unknown they are taken to be
    /// covered. `firm` are machines by model and month.
    pub fn new(
        forecast: &Forecast,
        firm: &[[i64; HORIZON]],
        committed: &Committed,
        models: &[usize],
        from: usize,
    ) -> Self {
        let mut result = Self {
            paths: vec![vec![0.0; forecast.simulation.paths]; HORIZON],
            mean: Self::mean_of(forecast, committed, models, from),
            firm: [0.0; HORIZON],
            sorted: Vec::new(),
        };
        for &model in models {
            let stock = committed.machines[model] as f64;
            let per_machine = committed.per_machine(model);
            let beyond = |machines: f64| (machines - stock).max(0.0) * per_machine;
            let mut sums = vec![0.0; forecast.simulation.paths];
            let (mut contracts, mut overridden) = (0.0, 0.0);
            for h in from..HORIZON {
                // An override moves every path alike.
                overridden += (forecast.units[model][h] - forecast.baseline[model][h]) as f64;
                contracts += firm[model][h] as f64;
                result.firm[h] += beyond(contracts);
                let month = forecast.simulation.sums(h..h + 1, Some(model));
                for ((sum, machines), need) in sums.iter_mut().zip(month).zip(&mut result.paths[h]) {
                    *sum += machines;
                    *need += beyond(*sum + overridden);
                }
            }
        }
        result.sorted = result.paths.clone();
        result.sorted.iter_mut().for_each(|needs| needs.sort_by(f64::total_cmp));
        result
    }

    /// The mean alone.
    pub fn mean_of(
        forecast: &Forecast,
        committed: &Committed,
        models: &[usize],
        from: usize,
    ) -> [f64; HORIZON] {
        let mut result = [0.0; HORIZON];
        for &model in models {
            let mut machines = -committed.machines[model];
            for h in from..HORIZON {
                machines += forecast.units[model][h];
                result[h] += machines.max(0) as f64 * committed.per_machine(model);
            }
        }
        result
    }

    /// Least chips that meet the cumulative need of month `h` on at least the share `level` of paths: the inverse of
    /// the empirical distribution (Hyndman and Fan 1996, type 1), whole chips. 0 at level 0.
    pub fn quantile(&self, h: usize, level: f64) -> f64 {
        let needs = &self.sorted[h];
        let rank = (level * needs.len() as f64 - 1e-9).ceil() as usize;
        rank.checked_sub(1).and_then(|place| needs.get(place)).map_or(0.0, |need| whole_chips(*need))
    }

    /// The needs of month `h` that are at most `level` chips, ascending.
    pub(super) fn up_to(&self, h: usize, level: f64) -> &[f64] {
        let needs = &self.sorted[h];
        &needs[..needs.partition_point(|need| *need <= level * (1.0 + 1e-9) + 1e-6)]
    }

    /// Number of paths.
    pub(super) fn count(&self) -> usize {
        self.sorted[0].len()
    }

    /// The same needs in every month, for tests.
    #[cfg(test)]
    pub(super) fn of_needs(needs: &[f64]) -> Self {
        let mut sorted = needs.to_vec();
        sorted.sort_by(f64::total_cmp);
        Self {
            paths: vec![needs.to_vec(); HORIZON],
            mean: [0.0; HORIZON],
            firm: [0.0; HORIZON],
            sorted: vec![sorted; HORIZON],
        }
    }

    /// Over the paths: share on which the need of month `h` exceeds `supplied`, mean chips short and mean chips left.
    pub fn exposure(&self, h: usize, supplied: f64) -> Exposure {
        let needs = &self.sorted[h];
        let n = needs.len().max(1) as f64;
        // A path of exactly the supplied chips is not short: rounding errors must not make it so.
        let limit = supplied * (1.0 + 1e-9) + 1e-6;
        let short = needs.len() - needs.partition_point(|need| *need <= limit);
        let missing: f64 = needs.iter().map(|need| (need - supplied).max(0.0)).sum();
        let left: f64 = needs.iter().map(|need| (supplied - need).max(0.0)).sum();
        Exposure { prob_short: short as f64 / n, short: missing / n, left: left / n }
    }
}

/// What a supply of chips means over the paths.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Exposure {
    /// Share of paths that need more.
    pub prob_short: f64,
    /// Mean chips short.
    pub short: f64,
    /// Mean chips left over.
    pub left: f64,
}

/// Rounds up to whole chips, but for rounding errors.
pub(super) fn whole_chips(chips: f64) -> f64 {
    (chips - 1e-9 * chips.abs() - 1e-6).ceil().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_met_on_its_share_of_paths() {
        let need = Requirement::of_needs(&[50.0, 10.0, 40.0, 20.0, 30.0]);
        for (level, chips) in [(0.0, 0.0), (0.2, 10.0), (0.21, 20.0), (0.6, 30.0), (0.61, 40.0), (1.0, 50.0)]
        {
            assert_eq!(need.quantile(0, level), chips, "{level}");
        }
        assert_eq!(Requirement::of_needs(&[10.2]).quantile(0, 0.5), 11.0);
    }

    #[test]
    fn short_and_left_over_worked_by_hand() {
        // 35 chips for needs of 10, 20, 30, 40, 50: two of five are short, by 5 and 15; left are 25, 15, 5.
        let found = Requirement::of_needs(&[10.0, 20.0, 30.0, 40.0, 50.0]).exposure(0, 35.0);
        assert_eq!(found, Exposure { prob_short: 0.4, short: 4.0, left: 9.0 });
        assert_eq!(Requirement::of_needs(&[10.0]).exposure(0, 10.0).prob_short, 0.0);
    }
}
