//! Simulated paths of machines shipped: price, intake, its months, cancellations and catch-up, with a fixed seed.

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::history::{Book, MarketHistory, Rates};
use crate::job::{Catalogue, Job};
use crate::market::{HORIZON, Outlook, Path, Scenario};

use super::booking::{LeadTimes, Mix};
use super::cells::Cells;
use super::intake::{Intake, draw_errors};
use super::lateness::Lateness;
use super::leaving::{Leaving, fall};
use super::mean::{Beside, Mean, by_model};
use super::moving::{Machines, Moving};
use super::options;
use super::past::PastOrigins;
use super::response::{Gap, Selling};
use super::run_off::{Class, RunOff, classes};
use super::simulation::Simulation;

/// Everything that the paths are drawn from.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Order intake ahead.
    pub intake: Intake,
    /// Spread over delivery months.
    pub lead_times: LeadTimes,
    /// Split to models.
    pub mix: Mix,
    /// Catch-up.
    pub rates: Rates,
    /// Cancellations, and orders asked for later.
    pub leaving: Leaving,
    /// Customers who leave because their machine is late.
    pub lateness: Lateness,
    /// Multiple of the prior spread of intake.
    spread_of_intake: f64,
    pub(super) backlog: Vec<Class>,
    pub(super) options: Vec<options::Standing>,
    pub(super) hashrate_th: Vec<f64>,
    /// Months ahead in which each model ships.
    ships: Vec<std::ops::Range<usize>>,
    /// Whether simulations have what is cancelled on each path, and not its mean alone.
    pub cancelled_on_paths: bool,
}

/// A price 30% lower, at which the response to the price is reported.
const LOWER: f64 = 0.7;

/// Paths that tell it: with the same draws at both prices few are enough.
const RESPONSE_PATHS: u32 = 200;

impl Demand {
    /// Measures everything as of the book's last month; `past` may reach further.
    pub fn new(book: &Book<'_>, market: &MarketHistory, job: &Job, past: &PastOrigins) -> Self {
        let catalogue: &Catalogue = &job.catalogue;
        let settings = &job.demand;
        let intake = Intake::new(book, job, past);
        let lead_times = match intake.posterior.selling {
            Selling::Ahead => LeadTimes::measure(book, catalogue, |month| past.gaps.at(Gap::Price, month)),
            Selling::FromStock => LeadTimes::none(),
        };
        Self {
            intake,
            lead_times,
            mix: Mix::measure(book, catalogue, settings.mix_months, (HORIZON, HORIZON)),
            rates: Rates::measure(book, settings.rate_months),
            leaving: Leaving::measure(book, market),
            lateness: Lateness::new(book, job),
            spread_of_intake: settings.intake_spread.get(),
            backlog: classes(book, market),
            options: options::options(book),
            hashrate_th: catalogue.models.iter().map(|m| m.hashrate_th.get()).collect(),
            ships: catalogue.models.iter().map(|m| m.months_ahead(book.as_of)).collect(),
            cancelled_on_paths: true,
        }
    }

    /// Draws `paths` paths of a scenario. The same seed gives the same paths.
    pub fn simulate(&self, outlook: &Outlook, scenario: Scenario, paths: u32, seed: u64) -> Simulation {
        let given = (scenario != Scenario::Base).then(|| outlook.prices(scenario));
        self.simulate_at(outlook, scenario, given, paths, seed)
    }

    /// Draws `paths` paths at given prices, or at random ones around the base path.
    pub fn simulate_at(
        &self,
        outlook: &Outlook,
        scenario: Scenario,
        given: Option<[f64; HORIZON]>,
        paths: u32,
        seed: u64,
    ) -> Simulation {
        let moving = Moving::new(self);
        let cells = |models: &[usize]| Cells::of_models(models.to_vec(), paths as usize);
        let (mut backlog, mut new) = (cells(&moving.backlog), cells(&moving.new));
        let mut cancelled = self.cancelled_on_paths.then(|| cells(&moving.backlog));
        let mut mean_cancelled = vec![0.0; HORIZON * moving.backlog.len()];
        let (market, none) = ((outlook, scenario, given), Beside::default());
        let walked = self.walk(&moving, market, (paths, seed), &none, |path, machines| {
            backlog.put(path, &machines.backlog);
            if let Some(cancelled) = &mut cancelled {
                cancelled.put(path, &machines.cancelled);
            }
            mean_cancelled.iter_mut().zip(&machines.cancelled).for_each(|(sum, cell)| *sum += cell);
            new.put(path, &machines.new);
        });
        let Walked { unsecured, intake_th, intake_paths, stages, drivers, market, .. } = walked;
        Simulation {
            paths: paths as usize,
            models: self.hashrate_th.len(),
            backlog,
            unsecured,
            new,
            cancelled: cancelled.unwrap_or_else(|| cells(&[])),
            mean_cancelled: by_model(
                &moving.backlog,
                &mean_cancelled,
                f64::from(paths.max(1)),
                self.hashrate_th.len(),
            ),
            intake_th,
            intake_paths,
            stages,
            drivers,
            market,
        }
    }

    /// The mean alone of what the same paths ship, with what is asked beside it.
    pub fn mean_at(
        &self,
        outlook: &Outlook,
        scenario: Scenario,
        given: Option<[f64; HORIZON]>,
        (paths, seed): (u32, u64),
        beside: &Beside,
    ) -> Mean {
        let moving = Moving::new(self);
        let mut sums = Machines::none(&moving, beside);
        let add = |sums: &mut [f64], cells: &[f64]| {
            sums.iter_mut().zip(cells).for_each(|(sum, cell)| *sum += cell);
        };
        let walked = self.walk(&moving, (outlook, scenario, given), (paths, seed), beside, |_, machines| {
            add(&mut sums.backlog, &machines.backlog);
            add(&mut sums.kept, &machines.kept);
            add(&mut sums.new, &machines.new);
            sums.first.iter_mut().zip(&machines.first).for_each(|(sums, first)| add(sums, first));
        });
        let all = self.hashrate_th.len();
        let by_model = |models: &[usize], cells: &[f64], count: f64| by_model(models, cells, count, all);
        let count = f64::from(paths.max(1));
        let first = sums.first.iter().zip(&walked.first_plain);
        Mean {
            backlog: by_model(&moving.backlog, &sums.backlog, count),
            kept: by_model(&moving.backlog, &sums.kept, count),
            new: by_model(&moving.new, &sums.new, count),
            first: first
                .map(|(new, plain)| [by_model(&moving.new, new, count), by_model(&moving.new, plain, 1.0)])
                .collect(),
            plain: walked.stages.first().map(|stage| {
                let months =
                    |model: usize| std::array::from_fn(|h| stage[h * self.hashrate_th.len() + model]);
                (0..self.hashrate_th.len()).map(months).collect()
            }),
            intake_paths: walked.intake_paths,
        }
    }

    /// Goes along the paths and tells of each what its machines are.
    fn walk(
        &self,
        moving: &Moving,
        (outlook, scenario, given): (&Outlook, Scenario, Option<[f64; HORIZON]>),
        (paths, seed): (u32, u64),
        beside: &Beside,
        mut tell: impl FnMut(usize, &Machines),
    ) -> Walked {
        let paths = paths as usize;
        let models = self.hashrate_th.len();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let drivers = self.intake.moving();
        let mut walked = Walked {
            unsecured: vec![0.0; HORIZON * models],
            intake_th: [0.0; HORIZON],
            intake_paths: Vec::with_capacity(paths),
            stages: vec![vec![0.0; HORIZON * models]; drivers.len()],
            drivers,
            first_plain: vec![vec![0.0; HORIZON * moving.new.len()]; beside.first.len()],
            market: Vec::new(),
        };
        let cells = self.intake.draw_cells(paths, &mut rng);
        let errors = draw_errors(paths, self.spread_of_intake, &mut rng);
        let markets: Vec<MarketPath>;
        (markets, walked.market) = markets_of((outlook, scenario, given), paths, &mut rng);
        // What becomes of 1 TH signed in a month, by stage: at its level by the pooled curve, else by that of the regime.
        let mut sums = vec![Spread::default(); walked.stages.len()];
        let mut machines = Machines::none(moving, beside);
        let mut taken = machines.new.clone();
        let run_off = |leaving| RunOff::new(&self.backlog, leaving, &moving.backlog, &self.ships);
        let all_stay = self.leaving.without_cancellations();
        let mut kept = beside.without_cancellations.then(|| run_off(&all_stay));
        let mut run_off = run_off(&self.leaving);
        let from_stock = self.intake.posterior.selling == Selling::FromStock;
        for path in 0..paths {
            let draw = Draw::new(self, errors[path], &mut rng);
            let market = &markets[path.min(markets.len() - 1)];
            if path < markets.len() {
                run_off.at_prices(outlook.start_price, &market.price);
            }
            if let Some(kept) = &mut kept {
                if path < markets.len() {
                    kept.at_prices(outlook.start_price, &market.price);
                }
                // With the same draws, which go on from here below.
                kept.run(&draw.catch_up, (&mut machines.kept, &mut machines.cancelled), &mut rng.clone());
            }
            if let Some(unsecured) =
                run_off.run(&draw.catch_up, (&mut machines.backlog, &mut machines.cancelled), &mut rng)
            {
                for (h, row) in unsecured.chunks_exact(moving.backlog.len().max(1)).enumerate() {
                    let cells = moving.backlog.iter().zip(row);
                    cells.for_each(|(model, cell)| {
                        walked.unsecured[h * models + model] += cell / paths as f64;
                    });
                }
            }
            let ordered = self.ordered(moving, &machines.backlog);
            let beyond = |th: &[f64; HORIZON]| -> [f64; HORIZON] {
                std::array::from_fn(|h| (th[h] - ordered[h]).max(0.0))
            };
            let catch_up = if from_stock { &[1.0; HORIZON] } else { &draw.catch_up };
            let pooled = spread(catch_up, &self.leaving, None, |_| &self.lead_times.pooled);
            let regime = |h: usize| self.lead_times.at(market.gaps[Gap::Price as usize][h]);
            let plain: [f64; HORIZON] = std::array::from_fn(|h| self.intake.plain(h) * draw.noise(h));
            let driven = !walked.drivers.is_empty();
            let (shipped, mut th) = if driven {
                let response = std::array::from_fn(|h| {
                    self.intake.responding(cells[path], &market.gaps, h) * draw.noise(h)
                });
                (spread(catch_up, &self.leaving, Some(&market.price), regime), response)
            } else {
                (pooled, plain)
            };
            let responded = self.intake.response(cells[path]).gap as usize;
            for (stage, sums) in sums.iter_mut().enumerate() {
                match stage {
                    0 => sums.add(&beyond(&plain), &pooled, paths),
                    // So many gaps are in already: the path's own among them, or not yet.
                    gaps if gaps < Gap::ALL.len() => {
                        sums.add(&beyond(if responded < gaps { &th } else { &plain }), &shipped, paths);
                    }
                    _ => sums.add(&beyond(&th), &shipped, paths),
                }
                if stage >= Gap::ALL.len() {
                    let exported = walked.drivers[stage] - Gap::ALL.len();
                    for (h, th) in th.iter_mut().enumerate() {
                        *th *= self.intake.driver_factor(exported, scenario, h);
                    }
                }
            }
            let th = beyond(&th);
            walked.intake_th.iter_mut().zip(th).for_each(|(sum, th)| *sum += th / paths as f64);
            walked.intake_paths.push(th);
            machines.new.fill(0.0);
            moving.to_machines(|signed, h| th[signed] * shipped[signed][h], &mut machines.new);
            for (months, cells) in beside.first.iter().zip(&mut machines.first) {
                cells.fill(0.0);
                moving.of_first(*months, |signed, h| th[signed] * shipped[signed][h], cells);
            }
            if !self.options.is_empty() {
                let price = (&market.price, outlook.start_price);
                let added = options::take(&self.options, price, &moving.new, &mut machines.new);
                taken.iter_mut().zip(added).for_each(|(sum, more)| *sum += more / paths as f64);
            }
            tell(path, &machines);
        }
        walked.put_stages(moving, beside, (&sums, &taken));
        walked
    }

    /// Share of the machines of each quarter ahead that a price [`LOWER`] as high from now on takes, if supply allows.
    pub fn at_lower_price(&self, outlook: &Outlook, seed: u64) -> [f64; 4] {
        let base = outlook.prices(Scenario::Base);
        let machines = |factor: f64| -> [f64; 4] {
            let prices = base.map(|price| price * factor);
            let simulation = self.simulate_at(outlook, Scenario::Base, Some(prices), RESPONSE_PATHS, seed);
            std::array::from_fn(|k| simulation.sums(3 * k..3 * k + 3, None).iter().sum())
        };
        let (plain, lower) = (machines(1.0), machines(LOWER));
        std::array::from_fn(|k| if plain[k] > 0.0 { 1.0 - lower[k] / plain[k] } else { 0.0 })
    }

    /// TH that ships from today's backlog in each month ahead where deliveries are forecast, orders or not: what is to come is
    /// beyond it. 0 where signatures are forecast.
    fn ordered(&self, moving: &Moving, backlog: &[f64]) -> [f64; HORIZON] {
        let places = moving.backlog.len();
        match self.intake.posterior.selling {
            Selling::Ahead => [0.0; HORIZON],
            Selling::FromStock => std::array::from_fn(|h| {
                let month = backlog[h * places..(h + 1) * places].iter().zip(&moving.backlog);
                month.map(|(machines, model)| machines * self.hashrate_th[*model]).sum()
            }),
        }
    }
}

/// What the paths of a simulation have in common beside their machines.
struct Walked {
    unsecured: Vec<f64>,
    intake_th: [f64; HORIZON],
    intake_paths: Vec<[f64; HORIZON]>,
    stages: Vec<Vec<f64>>,
    drivers: Vec<usize>,
    /// Of orders to come at their level, those signed in the first months that [`Beside`] asks for, by `month * places + place`.
    first_plain: Vec<Vec<f64>>,
    market: Vec<Path>,
}

impl Walked {
    /// Machines of orders to come by stage, of what was signed and ships on the mean of the paths, with what is `taken` of options.
    fn put_stages(&mut self, moving: &Moving, beside: &Beside, (sums, taken): (&[Spread], &[f64])) {
        for (months, cells) in beside.first.iter().zip(&mut self.first_plain) {
            let plain = sums.first();
            moving.of_first(*months, |signed, h| plain.map_or(0.0, |plain| plain.0[signed][h]), cells);
        }
        let mut of_new = vec![0.0; taken.len()];
        for (stage, sums) in self.stages.iter_mut().zip(sums) {
            of_new.fill(0.0);
            moving.to_machines(|signed, h| sums.0[signed][h], &mut of_new);
            of_new.iter_mut().zip(taken).for_each(|(cell, more)| *cell += more);
            let models = stage.len() / HORIZON;
            for (h, row) in of_new.chunks_exact(moving.new.len().max(1)).enumerate() {
                moving.new.iter().zip(row).for_each(|(model, cell)| stage[h * models + model] = *cell);
            }
        }
    }
}

/// The market on each path, one for all where prices are given: with its gaps, and as it is.
fn markets_of(
    (outlook, scenario, given): (&Outlook, Scenario, Option<[f64; HORIZON]>),
    paths: usize,
    rng: &mut ChaCha8Rng,
) -> (Vec<MarketPath>, Vec<Path>) {
    let (mut with_gaps, mut markets) = (Vec::new(), Vec::new());
    for path in 0..paths {
        // As many numbers are drawn whether prices are given or not.
        let steps: [f64; HORIZON] = std::array::from_fn(|_| StandardNormal.sample(rng));
        if given.is_none() || path == 0 {
            let market = outlook.project(scenario, &given.unwrap_or_else(|| outlook.random_prices(&steps)));
            with_gaps.push(MarketPath::new(outlook, &market));
            markets.push(market);
        }
    }
    (with_gaps, markets)
}

/// What ships in each month of 1 TH signed in each: spread by the curve of the month of signing, thinned by cancellations as the
/// price falls from the month of signing on (at an unchanged one without a price), and caught up like the backlog.
fn spread<'a>(
    catch_up: &[f64; HORIZON],
    leaving: &Leaving,
    price: Option<&[f64; HORIZON]>,
    curve: impl Fn(usize) -> &'a [f64],
) -> [[f64; HORIZON]; HORIZON] {
    let mut shipped = [[0.0; HORIZON]; HORIZON];
    let calm = 1.0 - leaving.on_average(1.0);
    for (signed, row) in shipped.iter_mut().enumerate() {
        let curve = curve(signed);
        let (mut alive, mut late) = (1.0, 0.0);
        for h in signed..HORIZON {
            let all = late + curve.get(h - signed).copied().unwrap_or(0.0) * alive;
            row[h] = all * catch_up[h];
            let kept = match price {
                Some(price) if price[h] < price[signed] => {
                    1.0 - leaving.on_average(fall(price[signed], price[h]))
                }
                _ => calm,
            };
            late = (all - row[h]) * kept;
            alive *= kept;
        }
    }
    shipped
}

/// The price of a path and the gaps along it.
struct MarketPath {
    price: [f64; HORIZON],
    gaps: [[f64; HORIZON]; Gap::ALL.len()],
}

impl MarketPath {
    fn new(outlook: &Outlook, path: &Path) -> Self {
        Self { price: path.price, gaps: outlook.gaps(path) }
    }
}

/// Mean over paths of TH shipped by month of signing and month of shipment.
#[derive(Clone, Default)]
struct Spread([[f64; HORIZON]; HORIZON]);

impl Spread {
    fn add(&mut self, th: &[f64; HORIZON], shipped: &[[f64; HORIZON]; HORIZON], paths: usize) {
        for signed in 0..HORIZON {
            for h in signed..HORIZON {
                self.0[signed][h] += th[signed] * shipped[signed][h] / paths as f64;
            }
        }
    }
}

/// The random part of one path.
struct Draw {
    errors: [f64; 4],
    month_shares: [[f64; 3]; 4],
    catch_up: [f64; HORIZON],
}

impl Draw {
    fn new(demand: &Demand, errors: [f64; 4], rng: &mut ChaCha8Rng) -> Self {
        let month_shares = &demand.intake.month_shares;
        let one = |rng: &mut ChaCha8Rng, n: usize| if n == 0 { None } else { Some(rng.random_range(0..n)) };
        let month_shares =
            std::array::from_fn(|_| one(rng, month_shares.len()).map_or([1.0 / 3.0; 3], |i| month_shares[i]));
        let months = &demand.rates.catch_up_months;
        let catch_up =
            std::array::from_fn(|_| one(rng, months.len()).map_or(demand.rates.catch_up, |i| months[i].0));
        Self { errors, month_shares, catch_up }
    }

    /// Factor of a month's intake: its quarter's error and its share of the quarter.
    fn noise(&self, h: usize) -> f64 {
        self.errors[h / 3] * self.month_shares[h / 3][h % 3] * 3.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half is due in the month of signing, half in the next; 0.8 of what is due ships; a tenth a month is cancelled, a fifth at half
    /// the price of signing.
    #[test]
    fn a_contract_is_spread_thinned_and_caught_up() {
        let leaving = Leaving::in_proportion(0.1, 0.0);
        let curve = [0.5, 0.5];
        let calm = spread(&[0.8; HORIZON], &leaving, None, |_| &curve);
        let close =
            |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        close(calm[3][3], 0.4);
        // Due: 0.1 that was late and 0.5, nine tenths of each.
        close(calm[3][4], 0.8 * 0.9 * 0.6);
        close(calm[3][5], 0.8 * 0.9 * 0.2 * 0.9 * 0.6);
        close(calm[3][2], 0.0);
        // Signed at 2 in the first month; the price stands at 1 at the end of the second.
        let mut price = [1.0; HORIZON];
        price[0] = 2.0;
        let fallen = spread(&[1.0; HORIZON], &leaving, Some(&price), |_| &[0.0, 0.5, 0.5]);
        close(fallen[0][1], 0.5 * 0.9);
        close(fallen[0][2], 0.5 * 0.9 * 0.8);
        close(fallen[1][3], 0.5 * 0.9 * 0.9);
    }

    #[test]
    fn a_month_has_its_quarter_s_error_and_its_share() {
        let mut draw = Draw {
            errors: [1.0, 2.0, 1.0, 1.0],
            month_shares: [[1.0 / 3.0; 3]; 4],
            catch_up: [1.0; HORIZON],
        };
        draw.month_shares[1] = [0.5, 0.25, 0.25];
        assert_eq!((draw.noise(3), draw.noise(5)), (3.0, 1.5));
    }
}
