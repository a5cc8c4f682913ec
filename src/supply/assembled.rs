//! What the factory can use of chips: those beyond that would only wait for it, and are not needed yet.

use crate::demand::Forecast;
use crate::job::{Catalogue, ChipId};
use crate::market::HORIZON;

use super::assembly::Limits;
use super::committed::Committed;

/// How much of the cumulative need of each month can be built by then, by chip, on every path and in the mean.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// By chip and path.
    paths: Vec<Vec<[f64; HORIZON]>>,
    mean: Vec<[f64; HORIZON]>,
}

/// A limit on what can be built by the end of each month, in machines or in pieces of a part.
struct Limit {
    /// What a machine takes of it, by model.
    takes: Vec<f64>,
    most: [f64; HORIZON],
}

impl Assembled {
    /// Of a forecast; `None` where nothing is limited.
    pub(super) fn new(committed: &Committed, forecast: &Forecast, catalogue: &Catalogue) -> Option<Self> {
        let limits = cumulative(committed.assembly.as_ref()?, committed, catalogue);
        let models = committed.machines.len();
        let chips: Vec<(ChipId, Vec<usize>)> =
            catalogue.chip_ids().map(|chip| (chip, catalogue.models_of(chip))).collect();
        let shares = |h: usize, beyond: &[f64]| -> Vec<f64> {
            let of_model = of_models(&limits, h, beyond);
            let of_chip = |models: &[usize]| {
                let chips = |m: usize| beyond[m] * committed.per_machine(m);
                let all: f64 = models.iter().map(|m| chips(*m)).sum();
                let built: f64 = models.iter().map(|m| chips(*m) * of_model[*m]).sum();
                if all > 0.0 { built / all } else { 1.0 }
            };
            chips.iter().map(|(_, models)| of_chip(models)).collect()
        };
        let paths = forecast.simulation.paths;
        let mut found = Self {
            paths: vec![vec![[1.0; HORIZON]; paths]; chips.len()],
            mean: vec![[1.0; HORIZON]; chips.len()],
        };
        let stock = |model: usize| committed.machines[model] as f64;
        let mut sums = vec![vec![0.0; paths]; models];
        let (mut units, mut overridden) = (vec![0.0; models], vec![0.0; models]);
        let mut beyond = vec![0.0; models];
        for h in 0..HORIZON {
            for model in 0..models {
                overridden[model] += (forecast.units[model][h] - forecast.baseline[model][h]) as f64;
                units[model] += forecast.units[model][h] as f64;
                beyond[model] = (units[model] - stock(model)).max(0.0);
                let month = forecast.simulation.sums(h..h + 1, Some(model));
                sums[model].iter_mut().zip(month).for_each(|(sum, machines)| *sum += machines);
            }
            let of_mean = shares(h, &beyond);
            found.mean.iter_mut().zip(of_mean).for_each(|(row, share)| row[h] = share);
            for path in 0..paths {
                for model in 0..models {
                    beyond[model] = (sums[model][path] + overridden[model] - stock(model)).max(0.0);
                }
                let of_path = shares(h, &beyond);
                found.paths.iter_mut().zip(of_path).for_each(|(rows, share)| rows[path][h] = share);
            }
        }
        Some(found)
    }

    /// Cuts a chip's cumulative need on a path; what is needed up to one month is needed up to the next.
    pub(super) fn cut_path(&self, chip: ChipId, path: usize, needs: &mut [Vec<f64>]) {
        let Some(shares) = self.paths.get(chip.0).and_then(|paths| paths.get(path)) else { return };
        let mut before = 0.0_f64;
        for (share, needs) in shares.iter().zip(needs) {
            if let Some(need) = needs.get_mut(path) {
                // A model's end takes need away; that stays.
                let all = *need;
                *need = (all * share).max(before.min(all));
                before = *need;
            }
        }
    }

    /// Cuts the mean's cumulative need of a chip.
    pub(super) fn cut_mean(&self, chip: ChipId, needs: &mut [f64; HORIZON]) {
        let Some(shares) = self.mean.get(chip.0) else { return };
        let mut before = 0.0_f64;
        for (need, share) in needs.iter_mut().zip(shares) {
            let all = *need;
            *need = (all * share).max(before.min(all));
            before = *need;
        }
    }
}

/// Share of the machines beyond stock by the end of month `h` that can be built by then, by model: of the tightest of its limits.
fn of_models(limits: &[Limit], h: usize, beyond: &[f64]) -> Vec<f64> {
    let mut shares = vec![1.0_f64; beyond.len()];
    for limit in limits {
        let all: f64 = beyond.iter().zip(&limit.takes).map(|(machines, takes)| machines * takes).sum();
        if all > limit.most[h] {
            let users = shares.iter_mut().zip(&limit.takes).filter(|(_, takes)| **takes > 0.0);
            users.for_each(|(share, _)| *share = share.min(limit.most[h] / all));
        }
    }
    shares
}

/// Capacity and parts, cumulated over the months.
fn cumulative(limits: &Limits, committed: &Committed, catalogue: &Catalogue) -> Vec<Limit> {
    let machines = Limit {
        takes: vec![1.0; committed.machines.len()],
        most: limits.capacity.cumulative(&within_reach(committed, catalogue)),
    };
    let parts = limits.parts.iter();
    let parts = parts.map(|part| Limit { takes: part.per_machine.clone(), most: part.cumulative() });
    std::iter::once(machines).chain(parts).collect()
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

    /// 60 and 40 machines beyond stock; 80 can be assembled, and 90 pieces are there of a part of which the first takes 2: four fifths of the
    /// second, three quarters (90 of 120) of the first. A month later both are 1.
    #[test]
    fn the_tightest_limit_counts_by_hand() {
        let mut limits = [
            Limit { takes: vec![1.0, 1.0], most: [80.0; HORIZON] },
            Limit { takes: vec![2.0, 0.0], most: [90.0; HORIZON] },
        ];
        assert_eq!(of_models(&limits, 0, &[60.0, 40.0]), [0.75, 0.8]);
        (limits[0].most[1], limits[1].most[1]) = (f64::INFINITY, 120.0);
        assert_eq!(of_models(&limits, 1, &[60.0, 40.0]), [1.0, 1.0]);
    }

    /// 60 machines a month in the mean, 90 on a path, 30 on hand, chips for all, and 45 assembled a month. Beyond the 30 the mean needs 30, 90 and
    /// 150 by the first three months, of which 45, 90 and 135 can be built; the path 60, 150 and 240.
    #[test]
    fn needs_are_cut_to_what_can_be_assembled_by_hand() {
        use crate::demand::Simulation;
        use crate::ingest::Supply;
        use crate::job::Job;
        use crate::market::{Path, Scenario};

        let text = include_str!("../../fixtures/miniature/job.toml")
            .replace("[[models]]", "[factory]\nmachines_per_month = 45\n\n[[models]]");
        let job = Job::parse(&text, std::path::Path::new("job.toml")).unwrap();
        let market = Path { price: [1.0; HORIZON], difficulty: [1.0; HORIZON], hashprice: [1.0; HORIZON] };
        let mut base = Forecast::fixed(Scenario::Base, vec![[60; HORIZON]], market);
        let paths: Vec<_> = [60, 90].map(|machines| vec![[machines; HORIZON]]).into();
        base.simulation = Simulation::given(&paths, market);
        let supply = Supply {
            machines: vec![30],
            chips: vec![1_000_000],
            dies: vec![0],
            known: true,
            ..Supply::default()
        };
        let committed = Committed::new(&supply, &job, "2025-09".parse().unwrap());
        let assembled = Assembled::new(&committed, &base, &job.catalogue).unwrap();
        let mut mean = [0.0; HORIZON];
        mean[..3].copy_from_slice(&[3_000.0, 9_000.0, 15_000.0]);
        assembled.cut_mean(ChipId(0), &mut mean);
        let near = |found: &[f64], expected: [f64; 3]| {
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?} {expected:?}");
        };
        near(&mean[..3], [3_000.0, 9_000.0, 13_500.0]);
        let mut needs = [6_000.0, 15_000.0, 24_000.0].map(|chips| vec![0.0, chips]);
        assembled.cut_path(ChipId(0), 1, &mut needs);
        near(&needs.each_ref().map(|paths| paths[1]), [4_500.0, 9_000.0, 13_500.0]);
    }
}
