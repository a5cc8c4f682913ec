//! The critical ratio: what a machine too few and a machine too many cost.
//!
//! Newsvendor: order so much that demand is met with probability alpha = Cu / (Cu + Co) (Arrow, Harris and Marschak 1951;
//! Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed., section 4.3). Per machine:
//!
//! - effective cost of its chips `c_eff` = c [d (1 + k)^L + (1 - d)]: what is prepaid d costs k a month for the lead time L;
//! - underage Cu = lost share x (price - other cost - `c_eff`) + penalty: customers who wait are served late, not lost;
//! - overage Co: cost of the last machine too many (`overage.rs`), what is sunk in its chips less what they fetch then, the mean over
//!   the paths that the level covers: each at its own bitcoin price, for a leftover comes when demand is low.
//!
//! Co depends on the level, so ratio and level are found together: the smallest level, in whole percent, whose share of paths
//! reaches Cu / (Cu + Co(level)). Percent times Co never falls with the level, so that there is one.

use crate::demand::Forecast;
use crate::domain::{Share, Usd};
use crate::job::{Chip, Foundry, Job};
use crate::market::Path;

use super::committed::Committed;
use super::overage::{Percents, Worth, net_of_building, overage};
use super::requirement::{PERCENTS, Requirement};
use super::room::Room;
use crate::job::good_chips_per_wafer;

/// What a machine that nobody ordered is worth.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Salvage {
    /// Sold off at a clearance price.
    pub clearance: Usd,
    /// Mined with by the maker: discounted revenue less power.
    pub mining: Usd,
}

impl Salvage {
    /// The better of the two.
    pub fn best(self) -> Usd {
        self.clearance.max(self.mining)
    }
}

/// Salvage value of a machine of a model on a path of the market from a month ahead on.
pub type SalvageOf<'a> = &'a (dyn Fn(usize, &Path, usize) -> Salvage + Sync);

/// What things cost and fetch.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// List price of each model.
    pub list: &'a [Option<Usd>],
    /// What each model is taken to sell for by the time that wafers ordered now ship: its TH at the mean price per TH of the
    /// orders of some months. A price of today, at a peak or in a trough, will have passed by then.
    pub expected: &'a [Option<Usd>],
    /// Value of what is left over.
    pub salvage: SalvageOf<'a>,
    /// Room for machines to be mined with; `None` where it is not known, and limits nothing.
    pub room: Option<&'a Room>,
}

impl std::fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Values").field("list", &self.list).finish_non_exhaustive()
    }
}

/// A machine in the mix that a chip is wanted for.
#[derive(Clone, Debug)]
pub struct MixMachine {
    /// Share of each of the chip's models in the machines, by its place among them.
    pub shares: Vec<f64>,
    /// Chips drawn for it.
    pub chips: f64,
    /// Chips drawn for its repair once it is sold.
    pub later: f64,
    /// List price.
    pub list_price: Usd,
    /// What it is taken to sell for when the orders of this run ship.
    pub price: Usd,
    /// Cost besides its chips; at a foundry, with the chips for its repair.
    pub other_cost: Usd,
    /// Clearance price and own mining, each its mean over the paths of lower demand.
    pub salvage: Salvage,
    /// Mean over those paths of the better of the two; of clearance where there is room for no machine.
    pub salvage_value: Usd,
    /// The better of the two by percent of the paths, those of the lowest demand first.
    pub by_percent: [Usd; PERCENTS],
    /// Clearance by percent of the paths: what a machine fetches for which there is no room to be mined with.
    pub cleared_by_percent: [Usd; PERCENTS],
    /// Machines that there is room for in the month; without end where it is not known.
    pub room: f64,
}

impl MixMachine {
    /// The mix of the machines that the mean forecast needs up to month `h`, beyond those on hand. The models that
    /// have no list price are left out of it.
    ///
    /// # Errors
    /// Why there is none: no model has a price or is wanted.
    pub fn new(
        forecast: &Forecast,
        need: &Requirement,
        committed: &Committed,
        models: &[usize],
        h: usize,
        (job, values): (&Job, Values<'_>),
    ) -> Result<Self, String> {
        let wanted = |model: &usize| -> f64 {
            let machines: i64 = forecast.units[*model][..=h].iter().sum();
            (machines - committed.machines[*model]).max(0) as f64
        };
        let priced: Vec<(f64, Option<Usd>)> = models.iter().map(|m| (wanted(m), values.list[*m])).collect();
        let total: f64 =
            priced.iter().filter(|(_, price)| price.is_some()).map(|(machines, _)| machines).sum();
        if total <= 0.0 {
            return Err("no machine with a list price needs this chip".to_owned());
        }
        let shares: Vec<f64> =
            priced.iter().map(|(machines, price)| price.map_or(0.0, |_| machines / total)).collect();
        let mix = |of: &dyn Fn(usize) -> Usd| -> Usd {
            models.iter().zip(&shares).filter(|(_, share)| **share > 0.0).map(|(m, s)| of(*m) * *s).sum()
        };
        // Clearance, mining and the better of the two on every path, USD.
        let on_paths: Vec<[f64; 3]> = forecast
            .simulation
            .market
            .iter()
            .map(|path| {
                let mut sums = [0.0; 3];
                for (model, share) in models.iter().zip(&shares).filter(|(_, share)| **share > 0.0) {
                    let found = (values.salvage)(*model, path, h);
                    let parts = [found.clearance, found.mining, found.best()];
                    sums.iter_mut().zip(parts).for_each(|(sum, usd)| *sum += usd.dollars() * share);
                }
                sums
            })
            .collect();
        let low = low_half(need, h);
        let last = on_paths.len().saturating_sub(1);
        let mean = |part: usize| -> Usd {
            let of = |path: &usize| on_paths.get((*path).min(last)).map_or(0.0, |values| values[part]);
            Usd::new(low.iter().map(of).sum::<f64>() / low.len().max(1) as f64)
        };
        let cleared: Vec<Usd> = on_paths.iter().map(|values| Usd::new(values[0])).collect();
        let best: Vec<Usd> = on_paths.iter().map(|values| Usd::new(values[2])).collect();
        let room = values.room.map_or(f64::INFINITY, |room| room.of_mix(models, &shares, h));
        Ok(Self {
            chips: models.iter().zip(&shares).map(|(m, s)| s * committed.per_machine(*m)).sum(),
            later: models.iter().zip(&shares).map(|(m, s)| s * committed.chips_per_machine[*m].later).sum(),
            list_price: mix(&|m| values.list[m].unwrap_or(Usd::ZERO)),
            price: mix(&|m| {
                let list = values.list[m].unwrap_or(Usd::ZERO);
                let share = job.wafers.list_price_share;
                list * share.get() + values.expected[m].unwrap_or(list) * share.complement()
            }),
            other_cost: mix(&|m| Usd::new(job.catalogue.models[m].other_cost_usd.get())),
            salvage: Salvage { clearance: mean(0), mining: mean(1) },
            salvage_value: mean(if room < 1.0 { 0 } else { 2 }),
            by_percent: need.by_percent(h, &best),
            cleared_by_percent: need.by_percent(h, &cleared),
            room,
            shares,
        })
    }

    /// What is got for the chips of each of so many `machines` of the mix that are left over on one path of the market, from month `h` on:
    /// nothing where building the machine costs more than it fetches. Those that there is room for fetch the better of clearance and own
    /// mining, the others clearance.
    pub fn leftover_on(
        &self,
        path: &Path,
        models: &[usize],
        h: usize,
        values: Values<'_>,
        machines: f64,
    ) -> Usd {
        self.fetched_on(path, models, h, values).of_each(machines)
    }

    /// What the chips of one machine of the mix fetch on a path of the market, however many are left over.
    pub fn fetched_on(&self, path: &Path, models: &[usize], h: usize, values: Values<'_>) -> Fetched {
        let (mut best, mut cleared) = (Usd::ZERO, Usd::ZERO);
        for (model, share) in models.iter().zip(&self.shares).filter(|(_, share)| **share > 0.0) {
            let of = (values.salvage)(*model, path, h);
            best += of.best() * *share;
            cleared += of.clearance * *share;
        }
        Fetched {
            best: net_of_building(best, self.other_cost),
            cleared: net_of_building(cleared, self.other_cost),
            room: values.room.map_or(f64::INFINITY, |room| room.of_mix(models, &self.shares, h)),
        }
    }
}

/// What the chips of a machine that is left over fetch, less what building it costs.
#[derive(Clone, Copy, Debug)]
pub struct Fetched {
    /// The better of clearance and own mining.
    best: Usd,
    /// Clearance.
    cleared: Usd,
    /// Machines that there is room for to be mined with.
    room: f64,
}

impl Fetched {
    /// Of each of so many machines.
    pub fn of_each(self, machines: f64) -> Usd {
        if machines <= self.room {
            return self.best;
        }
        let mined = self.room / machines;
        self.best * mined + self.cleared * (1.0 - mined)
    }
}

/// Places of the paths whose need of month `h` is at most the median.
fn low_half(need: &Requirement, h: usize) -> Vec<usize> {
    let median = need.quantile(h, 0.5);
    (0..need.paths[h].len()).filter(|path| need.paths[h][*path] <= median).collect()
}

/// Cost of a machine's chips with the cost of money on what is prepaid: c [d (1 + k)^L + (1 - d)].
///
/// `chips` cost c; `deposit` d in 0..=1; `capital` k a month; `lead` L months.
/// # Example
/// Half of 100 USD is prepaid for two months at 10% a month: 50 x 1.21 + 50.
/// ```
/// use wafercast::{domain::Usd, supply::effective_cost};
///
/// assert!((effective_cost(Usd::new(100.0), 0.5, 0.1, 2).dollars() - 110.5).abs() < 1e-9);
/// ```
pub fn effective_cost(chips: Usd, deposit: f64, capital: f64, lead: i32) -> Usd {
    chips * (deposit * (1.0 + capital).powi(lead) + (1.0 - deposit))
}

/// Cu / (Cu + Co): 0 when a sale loses money, 1 when a leftover does not.
/// # Example
/// A machine too few costs 30 USD and one too many 90: ordered is what 30 / 120 of all paths of demand stay within.
/// ```
/// use wafercast::{domain::Usd, supply::critical_ratio};
///
/// assert_eq!(critical_ratio(Usd::new(30.0), Usd::new(90.0)), 0.25);
/// assert_eq!(critical_ratio(Usd::new(-1.0), Usd::new(90.0)), 0.0);
/// assert_eq!(critical_ratio(Usd::new(30.0), Usd::ZERO), 1.0);
/// ```
pub fn critical_ratio(underage: Usd, overage: Usd) -> f64 {
    if underage <= Usd::ZERO {
        0.0
    } else if overage <= Usd::ZERO {
        1.0
    } else {
        underage / (underage + overage)
    }
}

/// Overage and critical ratio at the smallest percent of the paths that reaches the ratio, and that percent; the search halves.
fn balance(of: &Percents, underage: Usd, worth: Worth, job: &Job) -> (Usd, f64, usize) {
    let at = |percent: usize| {
        let overage = overage(of, percent, worth, &job.wafers);
        (overage, critical_ratio(underage, overage))
    };
    let (mut low, mut high) = (1, PERCENTS);
    while low < high {
        let middle = usize::midpoint(low, high);
        if middle as f64 / PERCENTS as f64 >= at(middle).1 {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    let (overage, ratio) = at(low);
    (overage, ratio, if ratio > 0.0 { low } else { 0 })
}

/// A share as whole percent, rounded down.
fn percent(share: f64) -> f64 {
    (share * PERCENTS as f64 + 1e-9).floor() / PERCENTS as f64
}

/// The critical ratio of a chip at a foundry, per machine of the mix.
#[derive(Clone, Debug)]
pub struct Economics {
    /// The mix.
    pub machine: MixMachine,
    /// Cost of its chips.
    pub chip_cost: Usd,
    /// The same with the cost of money on the deposit.
    pub effective_cost: Usd,
    /// Share of machines short that is lost.
    pub lost_share: f64,
    /// Cost of a machine too few.
    pub underage: Usd,
    /// Cost of a machine too many.
    pub overage: Usd,
    /// What it is taken to fetch by percent of the paths, at the level of the ratio.
    pub fetched: [Usd; PERCENTS],
    /// Cu / (Cu + Co).
    pub critical_ratio: f64,
    /// Smallest whole percent of the paths that reaches it.
    pub asked: f64,
    /// Service level that is ordered for.
    pub service_level: f64,
    /// Highest level that past forecast errors support, and their number.
    pub supported: (f64, usize),
    /// Price less other cost and effective cost of the chips.
    pub margin: Usd,
}

/// Highest service level that n past errors support: n absolute errors support an interval of n / (n + 1), of which one
/// half of what is outside lies above it (4 errors: 0.9, 9: 0.95; Vovk, Gammerman and Shafer 2005, section 2.2).
/// ```
/// assert!((wafercast::supply::supported_level(4) - 0.9).abs() < 1e-12);
/// assert!((wafercast::supply::supported_level(9) - 0.95).abs() < 1e-12);
/// ```
pub fn supported_level(errors: usize) -> f64 {
    1.0 - 0.5 / (errors as f64 + 1.0)
}

impl Economics {
    /// Of a chip bought on a foundry's terms for the need of month `h`; of machines short then `lost_share` is lost, and `errors` past errors
    /// of the forecast were measured.
    pub fn new(
        mut machine: MixMachine,
        (chip, terms): (&Chip, &Foundry),
        job: &Job,
        (need, h): (&Requirement, usize),
        (lost_share, errors): (f64, usize),
    ) -> Self {
        let rules = &job.wafers;
        let good = good_chips_per_wafer(chip, terms.yield_share);
        let chip_cost = terms.wafer_cost() * (machine.chips / good);
        // Whoever buys it is owed its repair.
        machine.other_cost += terms.wafer_cost() * (machine.later / good);
        let effective_cost = effective_cost(
            chip_cost,
            terms.prepayment_share.get(),
            rules.capital_rate_per_month.get(),
            terms.lead_months.months(),
        );
        let penalty = Usd::new(rules.shortage_penalty_usd.get());
        let margin = machine.price - machine.other_cost - effective_cost;
        let underage = margin * lost_share + penalty;
        let (price, other) = (machine.price - machine.other_cost, machine.other_cost);
        let worth = Worth { cost: effective_cost, price, other };
        let of = Percents {
            month: h,
            needs: need.curve(h),
            values: machine.by_percent,
            cleared: machine.cleared_by_percent,
            room: machine.room * machine.chips,
        };
        let (overage, critical_ratio, reached) = balance(&of, underage, worth, job);
        let level = of.needs[reached.max(1) - 1];
        let supported = (supported_level(errors), errors);
        let most = percent(rules.most_service_level.get().min(supported.0));
        let asked = reached as f64 / PERCENTS as f64;
        let service_level = rules.service_level.map_or(asked.min(most), Share::get);
        Self {
            machine,
            chip_cost,
            effective_cost,
            lost_share,
            underage,
            overage,
            fetched: std::array::from_fn(|place| of.fetched(level, place)),
            critical_ratio,
            asked,
            service_level,
            supported,
            margin,
        }
    }

    /// How the service level was come to, in words.
    pub fn reason(&self, job: &Job) -> String {
        let usd = |amount: Usd| format!("{:.0}", amount.dollars());
        let ratio = match (self.underage > Usd::ZERO, self.overage > Usd::ZERO) {
            (false, _) if self.margin > Usd::ZERO => "a machine short costs nothing: every customer waits and pays the same then (lost_share 0, no shortage_penalty_usd); only firm orders are covered".to_owned(),
            (false, _) => format!(
                "a sale at {} USD does not pay for chips and other cost: only firm orders are covered",
                usd(self.machine.price)
            ),
            (true, false) => "a leftover costs nothing, so the ratio is 1".to_owned(),
            (true, true) => format!(
                "{:.4} = {} / ({} + {}) USD a machine",
                self.critical_ratio,
                usd(self.underage),
                usd(self.underage),
                usd(self.overage)
            ),
        };
        let most = job.wafers.most_service_level.get();
        match job.wafers.service_level {
            Some(level) => format!("{ratio}; the job sets {} in its place", level.get()),
            None if self.asked > self.service_level && self.supported.0 < most => format!(
                "{ratio}; held at {}, the most that {} past errors support",
                self.service_level, self.supported.1
            ),
            None if self.asked > self.service_level => {
                format!("{ratio}; held at {most}, the most that the job allows")
            }
            None => ratio,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_published_prepayment_example() {
        // c = 100, price 130, salvage 40, k = 1%, L = 6: 0.265 fully prepaid, 0.299 half prepaid.
        for (deposit, cost, ratio) in [(1.0, 106.152_015, 0.264_98), (0.5, 103.076_008, 0.299_155)] {
            let effective = effective_cost(Usd::new(100.0), deposit, 0.01, 6);
            assert!((effective.dollars() - cost).abs() < 1e-5, "{effective:?}");
            let found = critical_ratio(Usd::new(130.0) - effective, effective - Usd::new(40.0));
            assert!((found - ratio).abs() < 1e-5, "{found}");
        }
    }

    #[test]
    fn published_newsvendor_of_price_cost_and_salvage() {
        // Snyder and Shen, section 4.3: r = 1, c = 0.3, v = 0.12 and demand N(50, 8): S = 56.60395592743389.
        let ratio = critical_ratio(Usd::new(1.0 - 0.3), Usd::new(0.3 - 0.12));
        // The quantile of the standard normal at 0.7 / 0.88, from (S - 50) / 8.
        let z = (56.603_955_927_433_89 - 50.0) / 8.0;
        let density = |x: f64| (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let steps = 100_000;
        let width = z / f64::from(steps);
        let below = 0.5 + (0..steps).map(|i| density((f64::from(i) + 0.5) * width) * width).sum::<f64>();
        assert!((ratio - below).abs() < 1e-9, "{ratio} {below}");
    }

    /// Leftovers of a mix of two models, building which costs 50 more, cleared for `clear` and mined with for `mine`; what so many fetch with so
    /// many sockets.
    fn fetched(sockets: f64, machines: f64, [clear, mine]: [f64; 2]) -> f64 {
        let zero = [Usd::ZERO; PERCENTS];
        let machine = MixMachine {
            shares: vec![0.25, 0.75],
            chips: 100.0,
            later: 0.0,
            list_price: Usd::ZERO,
            price: Usd::ZERO,
            other_cost: Usd::new(50.0),
            salvage: Salvage { clearance: Usd::ZERO, mining: Usd::ZERO },
            salvage_value: Usd::ZERO,
            by_percent: zero,
            cleared_by_percent: zero,
            room: f64::INFINITY,
        };
        let room = Room {
            sockets: Some([sockets; crate::market::HORIZON + 1]),
            watts: None,
            machine_watts: vec![3000.0, 3000.0],
            share: vec![1.0, 1.0],
        };
        let salvage =
            |_: usize, _: &Path, _: usize| Salvage { clearance: Usd::new(clear), mining: Usd::new(mine) };
        let none = [None; 2];
        let values = Values { list: &none, expected: &none, salvage: &salvage, room: Some(&room) };
        let flat = [1.0; crate::market::HORIZON];
        let path = Path { price: flat, difficulty: flat, hashprice: flat };
        machine.leftover_on(&path, &[0, 1], 0, values, machines).dollars() * machines
    }

    /// Of 20 left over 5 are mined with for 300, 250 beside building them, and 15 cleared for 80, 30 beside it: 1,250 + 450.
    #[test]
    fn sockets_limit_what_is_mined_with() {
        let at = |sockets| (fetched(sockets, 20.0, [80.0, 300.0]) * 1e6).round() / 1e6;
        assert_eq!([at(0.0), at(5.0), at(20.0), at(500.0)], [600.0, 1700.0, 5000.0, 5000.0]);
    }

    proptest! {
        #[test]
        fn more_sockets_never_lower_the_value_of_leftovers(
            sockets in 0.0..500.0_f64, more in 0.0..500.0_f64, machines in 1.0..800.0_f64,
            worth in proptest::array::uniform2(0.0..3000.0_f64),
        ) {
            let (few, many) = (fetched(sockets, machines, worth), fetched(sockets + more, machines, worth));
            prop_assert!(many >= few - 1e-9 * few.abs(), "{few} {many}");
        }

        #[test]
        fn a_higher_deposit_never_raises_the_critical_ratio(
            cost in 1.0..5000.0_f64, price in 1.0..9000.0_f64, left in 0.0..4000.0_f64,
            low in 0.0..=1.0_f64, more in 0.0..=1.0_f64, capital in 0.0..0.05_f64, lead in 1..24_i32,
        ) {
            let at = |deposit: f64| {
                let c = effective_cost(Usd::new(cost), deposit, capital, lead);
                critical_ratio(Usd::new(price) - c, c - Usd::new(left))
            };
            prop_assert!(at((low + more).min(1.0)) <= at(low) + 1e-12);
        }
    }
}
