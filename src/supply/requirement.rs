//! Chips that demand takes, cumulated over months: on each simulated path, in the mean, and by firm contracts.

use crate::demand::Forecast;
use crate::domain::Usd;
use crate::job::ChipId;
use crate::market::HORIZON;

use super::assembled::Assembled;
use super::committed::Committed;

/// Steps of the curve of cumulative need.
pub(super) const PERCENTS: usize = 100;

/// Cumulative chips needed beyond machines on hand, from the first month ahead to each month, spares and assembly loss
/// included, and those for machines in the field where the job has `[spares]`.
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
    /// Of the `models` of a `chip`. Months before `from` are left out: where supply is unknown they are taken to be
    /// covered. `firm` are machines by model and month. What the factory cannot build by a month is not needed by then.
    pub fn new(
        forecast: &Forecast,
        firm: &[[i64; HORIZON]],
        committed: &Committed,
        (chip, models): (ChipId, &[usize]),
        (from, assembled): (usize, Option<&Assembled>),
    ) -> Self {
        let mut result = Self {
            paths: vec![vec![0.0; forecast.simulation.paths]; HORIZON],
            mean: Self::mean_of(forecast, committed, (chip, models), (from, assembled)),
            firm: [0.0; HORIZON],
            sorted: Vec::new(),
        };
        let mut ended: Vec<Ended> = Vec::new();
        let wanted = |model: &usize| {
            forecast.simulation.ships(*model)
                || firm[*model].iter().any(|machines| *machines != 0)
                || forecast.units[*model] != forecast.baseline[*model]
        };
        for &model in models.iter().filter(|model| wanted(model)) {
            let stock = committed.machines[model] as f64;
            let per_machine = committed.per_machine(model);
            let beyond = |machines: f64| (machines - stock).max(0.0) * per_machine;
            let mut ends = committed.ends_before_orders(chip, model).map(Ended::new);
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
                if let Some(own) = ends.as_mut().filter(|own| h <= own.last) {
                    own.paths[h] = sums.iter().map(|sum| beyond(*sum + overridden)).collect();
                    own.firm[h] = beyond(contracts);
                }
            }
            ended.extend(ends);
        }
        ended.sort_by_key(|model| model.last);
        for Ended { last, paths, firm } in &ended {
            let arrived = for_machines(committed, (chip, *last), from);
            let lost = not_built(|h| result.firm[h], |h| firm[h], *last, arrived);
            result.firm[last + 1..].iter_mut().for_each(|need| *need -= lost);
            for path in 0..forecast.simulation.paths {
                let own = |h: usize| paths[h].get(path).copied().unwrap_or(0.0);
                let lost = not_built(|h| result.paths[h][path], own, *last, arrived);
                result.paths[last + 1..].iter_mut().for_each(|needs| needs[path] -= lost);
            }
        }
        if let Some(assembled) = assembled {
            (0..forecast.simulation.paths).for_each(|path| assembled.cut_path(chip, path, &mut result.paths));
        }
        for h in from..HORIZON {
            let drawn = fleet(committed, chip, (from, h));
            result.firm[h] += drawn;
            result.paths[h].iter_mut().for_each(|need| *need += drawn);
        }
        result.sorted.clone_from(&result.paths);
        result.sorted.iter_mut().for_each(|needs| needs.sort_by(f64::total_cmp));
        result
    }

    /// The mean alone.
    pub fn mean_of(
        forecast: &Forecast,
        committed: &Committed,
        (chip, models): (ChipId, &[usize]),
        (from, assembled): (usize, Option<&Assembled>),
    ) -> [f64; HORIZON] {
        let mut result = [0.0; HORIZON];
        let mut ended: Vec<(usize, [f64; HORIZON])> = Vec::new();
        for &model in models {
            let mut machines = -committed.machines[model];
            let mut own = [0.0; HORIZON];
            for h in from..HORIZON {
                machines += forecast.units[model][h];
                let need = machines.max(0) as f64 * committed.per_machine(model);
                result[h] += need;
                own[h] = need;
            }
            ended.extend(committed.ends_before_orders(chip, model).map(|last| (last, own)));
        }
        ended.sort_by_key(|(last, _)| *last);
        for (last, own) in ended {
            let arrived = for_machines(committed, (chip, last), from);
            let lost = not_built(|h| result[h], |h| own[h], last, arrived);
            result[last + 1..].iter_mut().for_each(|need| *need -= lost);
        }
        if let Some(assembled) = assembled {
            assembled.cut_mean(chip, &mut result);
        }
        (from..HORIZON).for_each(|h| result[h] += fleet(committed, chip, (from, h)));
        result
    }

    /// Least chips that meet the cumulative need of month `h` on at least the share `level` of paths: the inverse of
    /// the empirical distribution (Hyndman and Fan 1996, type 1), whole chips. 0 at level 0.
    pub fn quantile(&self, h: usize, level: f64) -> f64 {
        at(&self.sorted[h], level)
    }

    /// The needs of month `h` by percent of the paths that stay within them, 1% first: the curve that levels are read from.
    pub fn curve(&self, h: usize) -> [f64; PERCENTS] {
        std::array::from_fn(|percent| self.quantile(h, (percent + 1) as f64 / PERCENTS as f64))
    }

    /// Mean over the paths of each percent of the need of month `h`, lowest first, of a value that every path has. Of few paths each is of
    /// several percents.
    pub(super) fn by_percent(&self, h: usize, values: &[Usd]) -> [Usd; PERCENTS] {
        let needs = &self.paths[h];
        let mut order: Vec<usize> = (0..needs.len()).collect();
        order.sort_by(|a, b| needs[*a].total_cmp(&needs[*b]));
        std::array::from_fn(|percent| {
            let from = percent * order.len() / PERCENTS;
            let to = ((percent + 1) * order.len()).div_ceil(PERCENTS);
            let of = &order[from..to];
            // One path of the market stands for all paths where the scenario gives it.
            let value = |path: &usize| values.get(*path).or(values.last()).copied().unwrap_or(Usd::ZERO);
            of.iter().map(value).sum::<Usd>() * (1.0 / of.len().max(1) as f64)
        })
    }

    /// Least chips that meet the need of the months after `from` through `h` on at least the share `level` of paths, when up to `from` the
    /// mean came: what a run after month `from` would order up to, as far as it is known today.
    pub(super) fn seen_from(&self, from: usize, h: usize, level: f64) -> f64 {
        let parts = self.paths[h].iter().zip(&self.paths[from]);
        let mut needs: Vec<f64> = parts.map(|(need, before)| need - before).collect();
        needs.sort_by(f64::total_cmp);
        whole_chips(self.mean[from] + at(&needs, level))
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

/// Chips that machines in the field draw in the months `from` to `h`: the same on every path, for most of them have shipped already.
fn fleet(committed: &Committed, chip: ChipId, (from, h): (usize, usize)) -> f64 {
    committed.fleet[chip].get(from..=h).map_or(0.0, |draws| draws.iter().sum())
}

/// Chips that come by the end of a month and are not for machines in the field.
fn for_machines(committed: &Committed, (chip, month): (ChipId, usize), from: usize) -> f64 {
    (committed.arrived(chip, month) - fleet(committed, chip, (from, month))).max(0.0)
}

/// What a model needs up to the month in which it ships for the last time, before an order placed now can ship.
struct Ended {
    /// Its last month ahead.
    last: usize,
    /// Cumulative chips by month and path.
    paths: Vec<Vec<f64>>,
    /// Cumulative chips for contracts.
    firm: [f64; HORIZON],
}

impl Ended {
    fn new(last: usize) -> Self {
        Self { last, paths: vec![Vec::new(); HORIZON], firm: [0.0; HORIZON] }
    }
}

/// Chips that a model needed up to its month `last` and that were not there: what was wanted last waits, of all models alike,
/// when no more than `arrived` came. Later months do not need them: the machines are not built any more. `total` and `own`
/// are cumulative needs by month of all models of the chip, and of the model.
fn not_built(total: impl Fn(usize) -> f64, own: impl Fn(usize) -> f64, last: usize, arrived: f64) -> f64 {
    let mut short = (total(last) - arrived).max(0.0);
    let mut lost = 0.0;
    for h in (0..=last).rev() {
        let before = |of: &dyn Fn(usize) -> f64| h.checked_sub(1).map_or(0.0, of);
        let wanted = (total(h) - before(&total)).max(0.0);
        if wanted > 0.0 {
            let waits = short.min(wanted);
            lost += waits * (own(h) - before(&own)) / wanted;
            short -= waits;
        }
    }
    lost
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

/// The smallest of ascending needs that at least the share `level` of them stay within, whole chips; 0 at level 0.
fn at(needs: &[f64], level: f64) -> f64 {
    let rank = (level * needs.len() as f64 - 1e-9).ceil() as usize;
    rank.checked_sub(1).and_then(|index| needs.get(index)).map_or(0.0, |need| whole_chips(*need))
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
    fn a_later_run_orders_up_to_the_quantile_of_what_is_still_to_come() {
        // Up to the third month the mean is 30; from then to the sixth five paths need 10, 20, 30, 40 and 50 more.
        let mut need = Requirement::of_needs(&[5.0, 4.0, 3.0, 2.0, 1.0]);
        need.mean = [30.0; HORIZON];
        need.paths[5] = vec![15.0, 24.0, 33.0, 42.0, 51.0];
        assert_eq!(need.seen_from(2, 5, 0.6), 60.0);
        assert_eq!(need.seen_from(2, 5, 0.2), 40.0);
    }

    #[test]
    fn values_by_percent_are_means_over_their_paths() {
        // Of four paths with needs of 40, 10, 30 and 20, the lowest quarter of demand is the second path, the highest the first.
        let need = Requirement::of_needs(&[40.0, 10.0, 30.0, 20.0]);
        let found = need.by_percent(0, &[4.0, 1.0, 3.0, 2.0].map(Usd::new));
        assert_eq!([found[0], found[24], found[25], found[99]], [1.0, 1.0, 2.0, 4.0].map(Usd::new));
        assert_eq!([need.curve(0)[24], need.curve(0)[25]], [10.0, 20.0]);
        // Two hundred paths: each percent is two of them.
        let needs: Vec<f64> = (1..=200).map(f64::from).collect();
        let values: Vec<Usd> = needs.iter().map(|need| Usd::new(*need)).collect();
        let found = Requirement::of_needs(&needs).by_percent(0, &values);
        assert_eq!([found[0], found[1], found[99]], [1.5, 3.5, 199.5].map(Usd::new));
    }

    #[test]
    fn what_a_model_lacks_at_its_end_is_not_needed_any_more() {
        // 300 chips are wanted in the first month, all of the model that ends, and 200 in its last, 75 of them its own. Of 300
        // that are there the first month takes all; of 250 it lacks 50.
        let (total, own) = ([300.0, 500.0], [300.0, 375.0]);
        let lost = |arrived| not_built(|h| total[h], |h| own[h], 1, arrived);
        assert_eq!([lost(600.0), lost(400.0), lost(300.0), lost(250.0)], [0.0, 37.5, 75.0, 125.0]);
    }

    #[test]
    fn short_and_left_over_worked_by_hand() {
        // 35 chips for needs of 10, 20, 30, 40, 50: two of five are short, by 5 and 15; left are 25, 15, 5.
        let found = Requirement::of_needs(&[10.0, 20.0, 30.0, 40.0, 50.0]).exposure(0, 35.0);
        assert_eq!(found, Exposure { prob_short: 0.4, short: 4.0, left: 9.0 });
        assert_eq!(Requirement::of_needs(&[10.0]).exposure(0, 10.0).prob_short, 0.0);
    }
}
