//! Simulated paths of machines shipped: price, intake, its months, cancellations and catch-up, with a fixed seed.

use std::collections::BTreeMap;

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::domain::Month;
use crate::history::{Book, MarketHistory, Rates};
use crate::job::{Catalogue, Job};
use crate::market::{HORIZON, Outlook, Path, Scenario};

use super::booking::{BookingCurve, Mix};
use super::intake::{Intake, PastFits};

/// Everything that the paths are drawn from.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Order intake ahead.
    pub intake: Intake,
    /// Spread over delivery months.
    pub curve: BookingCurve,
    /// Split to models.
    pub mix: Mix,
    /// Catch-up and cancellation.
    pub rates: Rates,
    backlog: Vec<BacklogClass>,
    hashrate_th: Vec<f64>,
}

/// Most orders of a class that are cancelled one by one; of more than these, their mean is taken.
const MOST_SINGLE: f64 = 24.0;

/// Open orders of one model signed in one month: price has changed alike since, so they are cancelled alike.
#[derive(Clone, Debug, Default)]
struct BacklogClass {
    past_due: f64,
    due: [f64; HORIZON],
    /// ln of the price when they were signed; `None` when the market history does not reach.
    log_price_signed: Option<f64>,
    model: usize,
    /// Machines still to deliver, and the sum of each order's squared.
    machines: f64,
    squares: f64,
}

impl BacklogClass {
    /// Number of equal orders that are as lumpy as these: (sum q)^2 / sum q^2, at least 1.
    fn equal_orders(&self) -> f64 {
        if self.squares > 0.0 { (self.machines * self.machines / self.squares).round().max(1.0) } else { 1.0 }
    }
}

/// Today's open orders by model and month of signature.
fn backlog(book: &Book<'_>, market: &MarketHistory) -> Vec<BacklogClass> {
    let mut classes: BTreeMap<(usize, Month), BacklogClass> = BTreeMap::new();
    for booked in book.open() {
        let terms = &booked.lot.terms;
        let class = classes.entry((terms.model.0, terms.signed)).or_insert_with(|| BacklogClass {
            model: terms.model.0,
            log_price_signed: market.implied_price(terms.signed).map(f64::ln),
            ..BacklogClass::default()
        });
        class.past_due += booked.past_due as f64;
        for (month, machines) in &booked.due {
            let ahead = usize::try_from(*month - book.as_of - 1).ok();
            if let Some(cell) = ahead.and_then(|h| class.due.get_mut(h)) {
                *cell += *machines as f64;
            }
        }
        let remaining = booked.remaining() as f64;
        class.machines += remaining;
        class.squares += booked.lot.squares as f64 * (remaining / booked.lot.quantity as f64).powi(2);
    }
    classes.into_values().collect()
}

/// Paths of one scenario. Index of a cell: `(path * HORIZON + month) * models + model`.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// Number of paths.
    pub paths: usize,
    /// Number of models.
    pub models: usize,
    /// Machines shipped from today's backlog.
    pub backlog: Vec<f64>,
    /// Machines shipped from orders still to be signed.
    pub new: Vec<f64>,
    /// Mean TH signed in each month ahead.
    pub intake_th: [f64; HORIZON],
    /// TH signed in each month ahead on each path.
    pub intake_paths: Vec<[f64; HORIZON]>,
    /// Mean machines shipped from orders to come with intake at its trailing mean, by `month * models + model`.
    plain: Vec<f64>,
    /// Whether a driver moves intake from its trailing mean.
    pub driven: bool,
    /// Market path of each path; one for all in a scenario with a fixed price.
    pub market: Vec<Path>,
}

impl Demand {
    /// Measures everything as of the book's last month.
    pub fn new(book: &Book<'_>, market: &MarketHistory, job: &Job, past: &PastFits) -> Self {
        let catalogue: &Catalogue = &job.catalogue;
        let settings = &job.demand;
        Self {
            intake: Intake::new(book, market, catalogue, past),
            curve: BookingCurve::measure(book, catalogue, settings.booking_months),
            mix: Mix::measure(book, catalogue, settings.mix_months, HORIZON),
            rates: Rates::measure(book, market, settings.rate_months),
            backlog: backlog(book, market),
            hashrate_th: catalogue.models.iter().map(|m| m.hashrate_th.get()).collect(),
        }
    }

    /// Draws `paths` paths of a scenario. The same seed gives the same paths.
    pub fn simulate(&self, outlook: &Outlook, scenario: Scenario, paths: u32, seed: u64) -> Simulation {
        let given = (scenario != Scenario::Base).then(|| outlook.prices(scenario));
        self.simulate_at(outlook, given, paths, seed)
    }

    /// Draws `paths` paths at given prices, or at random ones around the base path.
    pub fn simulate_at(
        &self,
        outlook: &Outlook,
        given: Option<[f64; HORIZON]>,
        paths: u32,
        seed: u64,
    ) -> Simulation {
        let paths = paths as usize;
        let models = self.hashrate_th.len();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut simulation = Simulation {
            paths,
            models,
            backlog: vec![0.0; paths * HORIZON * models],
            new: vec![0.0; paths * HORIZON * models],
            intake_th: [0.0; HORIZON],
            intake_paths: Vec::with_capacity(paths),
            plain: vec![0.0; HORIZON * models],
            driven: self.intake.price_elasticity != 0.0 || self.intake.ratios.iter().any(|r| r.ratio != 1.0),
            market: Vec::new(),
        };
        let mut plain = vec![0.0; HORIZON * models];
        for path in 0..paths {
            let steps: [f64; HORIZON] = std::array::from_fn(|_| StandardNormal.sample(&mut rng));
            let price = given.unwrap_or_else(|| outlook.random_prices(&steps));
            if given.is_none() || path == 0 {
                simulation.market.push(outlook.carry(&price));
            }
            let draw = Draw::new(self, &mut rng);
            let cells = path * HORIZON * models..(path + 1) * HORIZON * models;
            self.run_off(outlook, &price, &draw, &mut simulation.backlog[cells.clone()], &mut rng);
            let th = self.intake_path(outlook, &price, &draw);
            simulation.intake_th.iter_mut().zip(th).for_each(|(sum, th)| *sum += th / paths as f64);
            simulation.intake_paths.push(th);
            self.ship_new(&th, &draw, &mut simulation.new[cells]);
            self.ship_new(&self.plain_path(&draw), &draw, &mut plain);
            simulation.plain.iter_mut().zip(&plain).for_each(|(sum, cell)| *sum += cell / paths as f64);
        }
        simulation
    }

    /// Today's backlog: each order is cancelled at its own moment, what is due ships by the catch-up share.
    fn run_off(
        &self,
        outlook: &Outlook,
        price: &[f64; HORIZON],
        draw: &Draw,
        cells: &mut [f64],
        rng: &mut ChaCha8Rng,
    ) {
        let models = self.hashrate_th.len();
        let log_price: [f64; HORIZON] = std::array::from_fn(|h| price[h].ln());
        let start = outlook.start_price.ln();
        let mut late = vec![0.0; models];
        let mut due = vec![0.0; HORIZON * models];
        for class in &self.backlog {
            let mut alive = [1.0; HORIZON];
            let mut before = 1.0;
            for (h, alive) in alive.iter_mut().enumerate() {
                let now = if h == 0 { start } else { log_price[h - 1] };
                let change = class.log_price_signed.map_or(0.0, |signed| now - signed);
                before *= 1.0 - self.rates.cancellation.at(change);
                *alive = before;
            }
            late[class.model] += class.past_due;
            let kept = survivors(&alive, class.equal_orders(), rng);
            for h in 0..HORIZON {
                due[h * models + class.model] += class.due[h] * kept[h];
            }
        }
        self.catch_up(&mut late, &due, draw, cells);
    }

    /// Ships the share `catch_up` of what is due in each month; the rest is due again in the next.
    fn catch_up(&self, late: &mut [f64], due: &[f64], draw: &Draw, cells: &mut [f64]) {
        let models = late.len();
        for h in 0..HORIZON {
            for (model, late) in late.iter_mut().enumerate() {
                let all = *late + due[h * models + model];
                let ships = all * draw.catch_up[h];
                cells[h * models + model] = ships;
                *late = (all - ships) * (1.0 - self.rates.cancellation.calm);
            }
        }
    }

    /// TH signed in each month ahead on one path.
    fn intake_path(&self, outlook: &Outlook, price: &[f64; HORIZON], draw: &Draw) -> [f64; HORIZON] {
        let base = outlook.prices(Scenario::Base);
        std::array::from_fn(|h| {
            let quarter = h / 3;
            let moved = match quarter {
                0 => 0.0,
                k => outlook.price_gap(price, 3 * k) - outlook.price_gap(&base, 3 * k),
            };
            let answer = (self.intake.price_elasticity * moved).clamp(-1.4, 1.4).exp();
            let share = draw.month_shares[quarter][h % 3] * 3.0;
            self.intake.trailing_th
                * self.intake.ratios[quarter].ratio
                * answer
                * draw.errors[quarter]
                * share
        })
    }

    /// TH signed in each month ahead on one path with the trailing mean as forecast.
    fn plain_path(&self, draw: &Draw) -> [f64; HORIZON] {
        std::array::from_fn(|h| {
            self.intake.trailing_th * draw.errors[h / 3] * draw.month_shares[h / 3][h % 3] * 3.0
        })
    }

    /// New intake spread over models and delivery months, then caught up like the backlog.
    fn ship_new(&self, th: &[f64; HORIZON], draw: &Draw, cells: &mut [f64]) {
        let models = self.hashrate_th.len();
        let mut due = vec![0.0; HORIZON * models];
        for (signed, th) in th.iter().enumerate() {
            let mut alive = 1.0;
            for (after, share) in self.curve.shares.iter().enumerate().take(HORIZON - signed) {
                for model in 0..models {
                    let machines = th * self.mix.shares[signed][model] / self.hashrate_th[model];
                    due[(signed + after) * models + model] += machines * share * alive;
                }
                alive *= 1.0 - self.rates.cancellation.calm;
            }
        }
        self.catch_up(&mut vec![0.0; models], &due, draw, cells);
    }
}

/// Share of `orders` equal orders that is not cancelled yet in each month, when each is alive with probability
/// `alive`.
fn survivors(alive: &[f64; HORIZON], orders: f64, rng: &mut ChaCha8Rng) -> [f64; HORIZON] {
    if orders > MOST_SINGLE || alive[HORIZON - 1] >= 1.0 {
        return *alive;
    }
    let mut kept = [0.0; HORIZON];
    for _ in 0..orders as usize {
        let threshold: f64 = rng.random();
        kept.iter_mut()
            .zip(alive)
            .filter(|(_, alive)| **alive > threshold)
            .for_each(|(kept, _)| *kept += 1.0);
    }
    kept.map(|kept| kept / orders)
}

/// The random part of one path.
struct Draw {
    errors: [f64; 4],
    month_shares: [[f64; 3]; 4],
    catch_up: [f64; HORIZON],
}

impl Draw {
    fn new(demand: &Demand, rng: &mut ChaCha8Rng) -> Self {
        let Intake { errors, month_shares, .. } = &demand.intake;
        let one = |rng: &mut ChaCha8Rng, n: usize| if n == 0 { None } else { Some(rng.random_range(0..n)) };
        let errors = one(rng, errors.len()).map_or([1.0; 4], |i| errors[i]);
        let month_shares =
            std::array::from_fn(|_| one(rng, month_shares.len()).map_or([1.0 / 3.0; 3], |i| month_shares[i]));
        let months = &demand.rates.catch_up_months;
        let catch_up =
            std::array::from_fn(|_| one(rng, months.len()).map_or(demand.rates.catch_up, |i| months[i].0));
        Self { errors, month_shares, catch_up }
    }
}

impl Simulation {
    /// Paths that ship what is given, machines by path, model and month, on one course of the market each.
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
            new,
            intake_th: [0.0; HORIZON],
            intake_paths: vec![[0.0; HORIZON]; paths.len()],
            plain: vec![0.0; HORIZON * models],
            driven: false,
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

    /// Mean machines shipped from orders still to be signed.
    pub fn mean_new(&self, month: usize, model: usize) -> f64 {
        mean(&self.each(&[&self.new], month..month + 1, Some(model)))
    }

    /// Mean machines shipped from orders still to be signed, with intake at its trailing mean.
    pub fn mean_plain(&self, month: usize, model: usize) -> f64 {
        self.plain[month * self.models + model]
    }

    /// Mean machines shipped over `months` from the backlog and from orders to come at their trailing mean.
    pub fn booking_curve(&self, months: std::ops::Range<usize>, model: Option<usize>) -> f64 {
        let backlog = mean(&self.each(&[&self.backlog], months.clone(), model));
        let cells = months.flat_map(|month| (0..self.models).map(move |m| (month, m)));
        let cells = cells.filter(|(_, m)| model.is_none_or(|only| only == *m));
        backlog + cells.map(|(month, m)| self.plain[month * self.models + m]).sum::<f64>()
    }

    /// Mean, and p10, p50 and p90, of TH signed over `months`.
    pub fn intake(&self, months: std::ops::Range<usize>) -> (f64, [f64; 3]) {
        let mut sums: Vec<f64> = self.intake_paths.iter().map(|th| th[months.clone()].iter().sum()).collect();
        sums.sort_by(f64::total_cmp);
        (mean(&sums), [0.1, 0.5, 0.9].map(|share| super::forecast::quantile(&sums, share)))
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
