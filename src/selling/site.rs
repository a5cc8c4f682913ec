//! The maker's own sites: what runs there, what it brings, and the room that is left.
//!
//! In a month a machine brings max(0, revenue - power - hosting), as in [`Mining`](super::Mining): one that would lose money is off. What
//! goes in is taken from machines on hand; what comes out, and the sites, bring what the job says that they are sold for.

use crate::domain::Month;
use crate::ingest::Supply;
use crate::job::Job;
use crate::market::HORIZON;
use crate::supply::Room;

use super::machine::DAYS_PER_MONTH;

/// Sites whose room is known.
#[derive(Clone, PartialEq, Debug)]
pub struct Site {
    /// Machines that run by model and month ahead, the last the first month beyond.
    pub fleet: Vec<[f64; HORIZON + 1]>,
    /// Machines on hand that go in within the twelve months, by model.
    pub goes_in: Vec<u64>,
    /// Machines that the job has go in and that are not on hand, by model: they do not.
    pub not_there: Vec<u64>,
    /// What comes out and the sites are sold for, by month ahead, USD.
    pub sold: [f64; HORIZON],
    /// Sockets by month; `None` where power alone limits.
    sockets: Option<[f64; HORIZON + 1]>,
    /// Power by month, watts; `None` where sockets alone limit.
    watts: Option<[f64; HORIZON + 1]>,
    /// Hashrate, TH/s, and power, watts, of a machine by model.
    machine: Vec<(f64, f64)>,
    /// Price of power, USD per kWh, and hosting, USD a month.
    costs: (f64, f64),
}

impl Site {
    /// By the job's `[mining]`, for a forecast made at the end of `as_of`; `None` where it says no room.
    pub fn new(job: &Job, supply: &Supply, as_of: Month) -> Option<Self> {
        let mining = &job.mining;
        if !mining.room_known() {
            return None;
        }
        let month = |h: usize| (as_of + 1).plus(h);
        let horizon = (0..=HORIZON).map(month).next_back();
        let (mut fleet, mut goes_in, mut not_there) = (Vec::new(), Vec::new(), Vec::new());
        for (index, model) in job.catalogue.models.iter().enumerate() {
            let moves = mining.moves.iter().filter(|of| of.model == model.name() && of.month > as_of);
            let moves = moves.filter(|of| of.machines > 0 && horizon.is_none_or(|last| of.month < last));
            let wanted: u64 = moves.map(|of| u64::from(of.machines.unsigned_abs())).sum();
            let there = if supply.known { supply.machines.get(index).copied().unwrap_or(0) } else { wanted };
            let missing = wanted.saturating_sub(there);
            goes_in.push(wanted - missing);
            not_there.push(missing);
            // What is not on hand does not run: the last that are to go in.
            let mut running = [0.0; HORIZON + 1];
            for (h, cell) in running.iter_mut().enumerate() {
                let all = mining.running(model.name(), month(h), Some(as_of));
                let in_by: u64 = mining
                    .moves
                    .iter()
                    .filter(|of| of.model == model.name() && of.machines > 0)
                    .filter(|of| of.month > as_of && of.month <= month(h))
                    .map(|of| u64::from(of.machines.unsigned_abs()))
                    .sum();
                let off = in_by.saturating_sub(wanted - missing);
                *cell = if mining.sold(month(h)) { 0.0 } else { (all as f64 - off as f64).max(0.0) };
            }
            fleet.push(running);
        }
        let sold = std::array::from_fn(|h| {
            let out = mining.moves.iter().filter(|of| of.month == month(h) && of.machines < 0);
            let site = if mining.site_sold_in == Some(month(h)) { mining.site_price_usd.get() } else { 0.0 };
            out.map(|of| of.usd.get()).sum::<f64>() + site
        });
        let each = |of: &dyn Fn(Month) -> Option<f64>| {
            let values: Option<Vec<f64>> = (0..=HORIZON).map(|h| of(month(h))).collect();
            values.map(|values| std::array::from_fn(|h| values[h]))
        };
        Some(Self {
            fleet,
            goes_in,
            not_there,
            sold,
            sockets: each(&|month| mining.sockets_in(month)),
            watts: each(&|month| mining.watts_in(month)),
            machine: job.catalogue.models.iter().map(|m| (m.hashrate_th.get(), m.power_w.get())).collect(),
            costs: (
                mining.power_usd_per_kwh.unwrap_or(job.policy.power_usd_per_kwh).get(),
                mining.hosting_usd_per_month.get(),
            ),
        })
    }

    /// What the machines that run bring in each month, and what is sold, USD; `hashprice` is that of each month ahead in USD per PH/s per
    /// day.
    pub fn income(&self, hashprice: &[f64; HORIZON]) -> [f64; HORIZON] {
        let (power, hosting) = self.costs;
        std::array::from_fn(|h| {
            let each = self.fleet.iter().zip(&self.machine).map(|(fleet, (th, watts))| {
                let revenue = hashprice[h] / 1e3 * th * DAYS_PER_MONTH;
                let cost = watts / 1e3 * 24.0 * power * DAYS_PER_MONTH + hosting;
                fleet[h] * (revenue - cost).max(0.0)
            });
            each.sum::<f64>() + self.sold[h]
        })
    }

    /// Room that nothing runs in; `machines` are those forecast of each model's chip.
    pub fn room(&self, machines: &[f64]) -> Room {
        let (total, models) = (machines.iter().sum::<f64>(), machines.len().max(1) as f64);
        let used = |h: usize, each: &dyn Fn(f64) -> f64| -> f64 {
            self.fleet.iter().zip(&self.machine).map(|(fleet, (_, watts))| fleet[h] * each(*watts)).sum()
        };
        let free = |all: [f64; HORIZON + 1], each: &dyn Fn(f64) -> f64| {
            std::array::from_fn(|h| (all[h] - used(h, each)).max(0.0))
        };
        Room {
            sockets: self.sockets.map(|all| free(all, &|_| 1.0)),
            watts: self.watts.map(|all| free(all, &|watts| watts)),
            machine_watts: self.machine.iter().map(|(_, watts)| *watts).collect(),
            share: machines.iter().map(|of| if total > 0.0 { of / total } else { 1.0 / models }).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(keys: &str) -> Option<Site> {
        let text = include_str!("../../fixtures/miniature/job.toml");
        let job =
            Job::parse(&format!("{text}\n[mining]\n{keys}\n"), std::path::Path::new("job.toml")).unwrap();
        let supply =
            Supply { machines: vec![30], chips: vec![0], dies: vec![0], known: true, ..Supply::default() };
        Site::new(&job, &supply, "2025-09".parse().unwrap())
    }

    /// 10 machines of 100 TH and 3 kW run; 20 more go in in December and 15 come out in February, sold for 900 USD; the site has 40 sockets, from
    /// January 50, and is sold with the rest in April for 5,000. At 50 USD per PH a day a machine brings 5 - 4.32 = 0.68 a day, 20.697075 a month less 0.697075 of
    /// hosting: 20.
    #[test]
    fn what_runs_and_brings_by_hand() {
        let keys = "hosting_usd_per_month = 0.697075\nsockets = 40\nsockets_from = { \"2026-01\" = 50 }\nfleet = { MINI = 10 }\n\
            moves = [{ month = \"2025-12\", model = \"MINI\", machines = 20 }, { month = \"2026-02\", model = \"MINI\", machines = -15, usd = 900 }]\n\
            site_sold_in = \"2026-04\"\nsite_price_usd = 5000";
        let site = site(keys).unwrap();
        assert_eq!(site.fleet[0][..7], [10.0, 10.0, 30.0, 30.0, 15.0, 15.0, 0.0]);
        let income = site.income(&[50.0; HORIZON]).map(f64::round);
        assert_eq!(income[..8], [200.0, 200.0, 600.0, 600.0, 1200.0, 300.0, 5000.0, 0.0]);
        assert_eq!(site.income(&[40.0; HORIZON])[..2], [0.0, 0.0], "what loses money is off");
        let room = site.room(&[1.0]);
        assert_eq!(room.sockets.unwrap()[..7], [30.0, 30.0, 10.0, 20.0, 35.0, 35.0, 0.0]);
        assert_eq!((site.goes_in, site.not_there), (vec![20], vec![0]));
    }

    /// 40 are to go in and 30 are on hand: ten do not.
    #[test]
    fn what_is_not_on_hand_does_not_go_in() {
        let site = site("power_mw = 0.3\nmoves = [{ month = \"2025-11\", model = \"MINI\", machines = 40 }]")
            .unwrap();
        assert_eq!(
            (site.fleet[0][..3].to_vec(), site.goes_in.clone(), site.not_there.clone()),
            (vec![0.0, 30.0, 30.0], vec![30], vec![10])
        );
        // 0.3 MW less 30 x 3 kW: 210 kW.
        assert_eq!(site.room(&[1.0]).watts.unwrap()[1], 210_000.0);
    }

    #[test]
    fn without_sockets_or_power_nothing_is_known() {
        assert_eq!(site("months = 24"), None);
    }
}
