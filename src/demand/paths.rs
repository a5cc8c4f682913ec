//! Simulated paths of machines shipped: price, intake, its months, cancellations and catch-up, with a fixed seed.

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::history::{Book, MarketHistory, Rates};
use crate::job::{Catalogue, Job};
use crate::market::{HORIZON, Outlook, Path, Scenario};

use super::booking::{LeadTimes, Mix};
use super::intake::{Intake, draw_errors};
use super::lateness::Lateness;
use super::leaving::{Leaving, fall};
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
    backlog: Vec<Class>,
    options: Vec<options::Standing>,
    hashrate_th: Vec<f64>,
    /// Months ahead in which each model ships.
    ships: Vec<std::ops::Range<usize>>,
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
        let paths = paths as usize;
        let models = self.hashrate_th.len();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let drivers = self.intake.moving();
        let mut simulation = Simulation {
            paths,
            models,
            backlog: vec![0.0; paths * HORIZON * models],
            unsecured: vec![0.0; HORIZON * models],
            new: vec![0.0; paths * HORIZON * models],
            cancelled: vec![0.0; paths * HORIZON * models],
            intake_th: [0.0; HORIZON],
            intake_paths: Vec::with_capacity(paths),
            stages: vec![vec![0.0; HORIZON * models]; drivers.len()],
            drivers,
            market: Vec::new(),
        };
        let cells = self.intake.draw_cells(paths, &mut rng);
        let errors = draw_errors(paths, self.spread_of_intake, &mut rng);
        let mut markets: Vec<MarketPath> = Vec::new();
        for path in 0..paths {
            let steps: [f64; HORIZON] = std::array::from_fn(|_| StandardNormal.sample(&mut rng));
            if given.is_none() || path == 0 {
                let market =
                    outlook.project(scenario, &given.unwrap_or_else(|| outlook.random_prices(&steps)));
                markets.push(MarketPath::new(outlook, &market));
                simulation.market.push(market);
            }
        }
        // What becomes of 1 TH signed in a month, by stage: at its level by the pooled curve, else by that of the regime.
        let mut sums = vec![Spread::default(); simulation.stages.len()];
        let mut taken = vec![0.0; HORIZON * models];
        let from_stock = self.intake.posterior.selling == Selling::FromStock;
        for path in 0..paths {
            let draw = Draw::new(self, errors[path], &mut rng);
            let market = &markets[path.min(markets.len() - 1)];
            let rows = path * HORIZON * models..(path + 1) * HORIZON * models;
            let backlog = &mut simulation.backlog[rows.clone()];
            let cancelled = &mut simulation.cancelled[rows.clone()];
            let run_off = RunOff {
                classes: &self.backlog,
                leaving: &self.leaving,
                ships: &self.ships,
                start: outlook.start_price,
                price: &market.price,
                catch_up: &draw.catch_up,
            };
            if let Some(unsecured) = run_off.run(backlog, cancelled, &mut rng) {
                let cells = simulation.unsecured.iter_mut().zip(unsecured);
                cells.for_each(|(sum, cell)| *sum += cell / paths as f64);
            }
            let ordered = self.ordered(backlog);
            let beyond = |th: &[f64; HORIZON]| -> [f64; HORIZON] {
                std::array::from_fn(|h| (th[h] - ordered[h]).max(0.0))
            };
            let catch_up = if from_stock { &[1.0; HORIZON] } else { &draw.catch_up };
            let pooled = spread(catch_up, &self.leaving, None, |_| &self.lead_times.pooled);
            let regime = |h: usize| self.lead_times.at(market.gaps[Gap::Price as usize][h]);
            let spread = spread(catch_up, &self.leaving, Some(&market.price), regime);
            let plain: [f64; HORIZON] = std::array::from_fn(|h| self.intake.plain(h) * draw.noise(h));
            let response: [f64; HORIZON] =
                std::array::from_fn(|h| self.intake.responding(cells[path], &market.gaps, h) * draw.noise(h));
            let responded = self.intake.response(cells[path]).gap as usize;
            let mut th = if simulation.drivers.is_empty() { plain } else { response };
            for (stage, sums) in sums.iter_mut().enumerate() {
                match stage {
                    0 => sums.add(&beyond(&plain), &pooled, paths),
                    // So many gaps are in already: the path's own among them, or not yet.
                    gaps if gaps < Gap::ALL.len() => {
                        sums.add(&beyond(if responded < gaps { &response } else { &plain }), &spread, paths);
                    }
                    _ => sums.add(&beyond(&th), &spread, paths),
                }
                if stage >= Gap::ALL.len() {
                    let exported = simulation.drivers[stage] - Gap::ALL.len();
                    for (h, th) in th.iter_mut().enumerate() {
                        *th *= self.intake.driver_factor(exported, scenario, h);
                    }
                }
            }
            let th = beyond(&th);
            simulation.intake_th.iter_mut().zip(th).for_each(|(sum, th)| *sum += th / paths as f64);
            simulation.intake_paths.push(th);
            let shipped = if simulation.drivers.is_empty() { &pooled } else { &spread };
            let new = &mut simulation.new[rows];
            self.to_machines(|signed, h| th[signed] * shipped[signed][h], new);
            if !self.options.is_empty() {
                let added = options::take(&self.options, (&market.price, outlook.start_price), models, new);
                taken.iter_mut().zip(added).for_each(|(sum, more)| *sum += more / paths as f64);
            }
        }
        for (stage, sums) in simulation.stages.iter_mut().zip(&sums) {
            self.to_machines(|signed, h| sums.0[signed][h], stage);
            stage.iter_mut().zip(&taken).for_each(|(cell, more)| *cell += more);
        }
        simulation
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
    fn ordered(&self, backlog: &[f64]) -> [f64; HORIZON] {
        let models = self.hashrate_th.len();
        match self.intake.posterior.selling {
            Selling::Ahead => [0.0; HORIZON],
            Selling::FromStock => std::array::from_fn(|h| {
                let month = backlog[h * models..(h + 1) * models].iter().zip(&self.hashrate_th);
                month.map(|(machines, size)| machines * size).sum()
            }),
        }
    }

    /// Machines by month and model of the TH that `shipped` in a month of what was signed in another.
    fn to_machines(&self, shipped: impl Fn(usize, usize) -> f64, cells: &mut [f64]) {
        let models = self.hashrate_th.len();
        for signed in 0..HORIZON {
            for h in signed..HORIZON {
                // What ships in a month is of the models that ship then, late machines among it.
                let mix = self.mix.due(signed, h - signed);
                let th = shipped(signed, h);
                for (model, size) in self.hashrate_th.iter().enumerate() {
                    cells[h * models + model] += th * mix[model] / size;
                }
            }
        }
    }
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
