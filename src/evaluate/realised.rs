//! What every vintage of the rule said of the lowest cash, the write-down and the worth of leftovers, against what came when it was
//! followed quarter after quarter.

use std::fmt::Write as _;

use crate::cash::{Case, World, WorldOf};
use crate::demand::{Forecast, quantile};
use crate::domain::{Month, Quantiles, Usd};
use crate::job::{Cash, ChipId};
use crate::market::HORIZON;
use crate::run::{Inputs, Made};
use crate::selling::Prices;
use crate::supply::{Committed, Decision, Late, Plan, ProposedOrder, Requirement, Values};

use super::cash::{usual_deposit, wilson};
use super::future::Future;
use super::playing::Stock;
use super::regimes::{Customers, Paid};

/// Customers of the play that is compared.
pub(super) const CUSTOMERS: Customers = Customers::ThreeMonths;

/// What was said of one vintage, and what came, USD.
#[derive(Clone, Copy, Debug)]
struct Compared {
    /// 10th, 50th and 90th percentile of the paths.
    said: Quantiles<f64>,
    mean: f64,
    came: f64,
}

/// Orders of one chip to place now, as they were decided.
#[derive(Clone, Debug)]
struct Ordered {
    chip: ChipId,
    /// Last month of the demand that they serve.
    judged: Month,
    chips: f64,
    /// Cost of one of them, USD.
    per_chip: f64,
    /// What one that is left over fetches in that month, on the market that came.
    fetches: f64,
}

/// A vintage as it was said.
#[derive(Clone, Debug)]
struct Vintage {
    as_of: Month,
    /// 10th, 50th and 90th percentile and mean: lowest cash, write-down.
    low: (Quantiles<f64>, f64),
    write_down: (Quantiles<f64>, f64),
    orders: Vec<Ordered>,
}

/// Salvage value of a machine: assumed when ordering, and on the market that came.
#[derive(Clone, Copy, Debug)]
struct Worth {
    assumed: f64,
    came: f64,
    /// Whether demand came out at most at the median.
    low: bool,
}

/// Every vintage of a maker.
#[derive(Clone, Debug, Default)]
pub(super) struct Realised {
    vintages: Vec<Vintage>,
    low: Vec<Compared>,
    write_down: Vec<Compared>,
    worth: Vec<Worth>,
}

impl Realised {
    /// What a vintage says.
    pub(super) fn say(
        &mut self,
        inputs: &Inputs,
        made: &Made<'_>,
        prices: &Prices,
        values: Values<'_>,
        (forecast, plan): (&Forecast, &Plan),
        future: &Future<'_>,
    ) {
        let as_of = made.book.as_of;
        let mut job = inputs.job.clone();
        job.cash = Cash { customer_deposit_share: usual_deposit(&made.book, &job), ..job.cash };
        let committed =
            Committed::new(&inputs.exports.supply, &job, as_of).with_claims(&made.book, &job.catalogue);
        if !committed.known {
            return;
        }
        let of = WorldOf {
            job: &job,
            book: &made.book,
            exports: &inputs.exports,
            market: &made.market,
            demand: &made.demand,
            committed: &committed,
            prices,
            values,
            late: Late { release: made.demand.rates.catch_up, lost: made.demand.lateness.rate },
            site: None,
        };
        let world = World::new(of, forecast.simulation.paths);
        let price_paths = world.price_paths(forecast);
        let (mut low, mut write_down) = (Vec::new(), Vec::new());
        let orders: Vec<ProposedOrder> = plan.orders.iter().flatten().cloned().collect();
        let played = world.play(&price_paths, &[(&orders, Case::Plan)], &plan.chips, |_, path| {
            let sums = path.net().into_iter().scan(0.0, |sum, net| {
                *sum += net;
                Some(*sum)
            });
            low.push(sums.fold(f64::INFINITY, f64::min));
            write_down.push(path.write_down);
        });
        if played.is_none() {
            return;
        }
        let market = future.market(as_of);
        let mut decided = Vec::new();
        for (chip, plan) in job.catalogue.chip_ids().zip(&plan.chips) {
            let own = orders.iter().filter(|o| o.chip == chip && o.decision == Decision::PlaceNow);
            let (chips, cost) =
                own.fold((0.0, Usd::ZERO), |(chips, cost), o| (chips + o.good_chips(), cost + o.cost));
            let Some(economics) = plan.economics.iter().find_map(|(_, found)| found.as_ref().ok()) else {
                continue;
            };
            let (h, models) = (plan.judged(), job.catalogue.models_of(chip));
            let machine = &economics.machine;
            let worth = machine.leftover_on(&market, &models, h, values, 0.0);
            let fixed = Forecast::fixed(forecast.scenario, came(&job, future, as_of), market);
            let need = Requirement::mean_of(&fixed, &committed, (chip, &models), (0, None))[h];
            self.worth.push(Worth {
                assumed: machine.salvage_value.dollars(),
                came: worth.dollars(),
                low: need <= plan.need.quantile(h, 0.5),
            });
            decided.push(Ordered {
                chip,
                judged: (as_of + 1).plus(h),
                chips,
                per_chip: if chips > 0.0 { cost.dollars() / chips } else { 0.0 },
                fetches: worth.dollars() / machine.chips,
            });
        }
        self.vintages.push(Vintage {
            as_of,
            low: summed_up(low),
            write_down: summed_up(write_down),
            orders: decided,
        });
    }

    /// What came of every vintage whose months were played.
    pub(super) fn came(&mut self, stock: &Stock) {
        for vintage in &self.vintages {
            let Some(low) = stock.low_after(vintage.as_of, Paid::Contract) else { continue };
            let (said, mean) = vintage.low;
            self.low.push(Compared { said, mean, came: low });
            let write_down = vintage.orders.iter().map(|of| {
                let free = stock.months.get(&of.judged).map_or(0.0, |end| end.free[of.chip.0]);
                (free.min(of.chips) * (of.per_chip - of.fetches)).max(0.0)
            });
            let (said, mean) = vintage.write_down;
            self.write_down.push(Compared { said, mean, came: write_down.sum() });
        }
    }

    /// With those of another maker.
    pub(super) fn extend(&mut self, other: &Self) {
        self.low.extend(&other.low);
        self.write_down.extend(&other.write_down);
        self.worth.extend(&other.worth);
    }

    /// How often what came lay within the 80% of the paths, with the binomial interval that n such cases give.
    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "what came within twelve months when the rule was followed ({}, {}), against the 80% of the paths\n{:<14}{:>5}{:>9}{:>16}{:>9}{:>9}{:>14}{:>14}\n",
            CUSTOMERS.name(),
            Paid::Contract.name(),
            "",
            "n",
            "within",
            "95% interval",
            "below",
            "above",
            "mean said",
            "came, M USD"
        );
        for (name, rows) in [("low of cash", &self.low), ("write-down", &self.write_down)] {
            let n = rows.len() as f64;
            let share =
                |test: &dyn Fn(&Compared) -> bool| rows.iter().filter(|row| test(row)).count() as f64 / n;
            let within = share(&|row| row.said.interval().holds(&row.came));
            let (low, high) = wilson(within, n);
            let mean = |of: &dyn Fn(&Compared) -> f64| rows.iter().map(of).sum::<f64>() / n / 1e6;
            let _ = writeln!(
                text,
                "{name:<14}{:>5}{within:>9.2}{:>16}{:>9.2}{:>9.2}{:>14.2}{:>14.2}",
                rows.len(),
                format!("{low:.2} to {high:.2}"),
                share(&|row| row.came < row.said.p10),
                share(&|row| row.came > row.said.p90),
                mean(&|row| row.mean),
                mean(&|row| row.came)
            );
        }
        text.push_str(
            "value of a leftover machine, USD: assumed when ordering, and on the market that came\n",
        );
        for (name, low) in [("all", false), ("demand at most the median", true)] {
            let rows: Vec<&Worth> = self.worth.iter().filter(|row| row.low || !low).collect();
            let mean = |of: &dyn Fn(&Worth) -> f64| {
                rows.iter().map(|row| of(row)).sum::<f64>() / rows.len().max(1) as f64
            };
            let _ = writeln!(
                text,
                "{name:<28}n {:>4}  assumed {:>7.0}  came {:>7.0}",
                rows.len(),
                mean(&|row| row.assumed),
                mean(&|row| row.came)
            );
        }
        text.push('\n');
        text
    }
}

/// The machines that came.
fn came(job: &crate::job::Job, future: &Future<'_>, as_of: Month) -> Vec<[i64; HORIZON]> {
    let mut units = vec![[0; HORIZON]; job.catalogue.models.len()];
    for h in 0..HORIZON {
        for (model, machines) in future.machines((as_of + 1).plus(h)).into_iter().enumerate() {
            units[model][h] = machines;
        }
    }
    units
}

/// 10th, 50th and 90th percentile, and the mean.
fn summed_up(mut paths: Vec<f64>) -> (Quantiles<f64>, f64) {
    paths.sort_by(f64::total_cmp);
    let mean = paths.iter().sum::<f64>() / paths.len().max(1) as f64;
    (Quantiles::at(|share| quantile(&paths, share)), mean)
}
