//! Simulated paths of machines shipped: price, intake, its months, cancellations and catch-up, with a fixed seed.

use std::collections::BTreeMap;

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::domain::Month;
use crate::history::{Book, MarketHistory, Rates};
use crate::ingest::State;
use crate::job::{BUILT_IN_DRIVERS, Catalogue, Job};
use crate::market::{HORIZON, Outlook, Path, Scenario};

use super::booking::{LeadTimes, Mix};
use super::intake::{Intake, draw_errors};
use super::response::{Gap, PastOrigins, Selling};
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
    /// Catch-up and cancellation.
    pub rates: Rates,
    /// Multiple of the prior spread of intake.
    spread_of_intake: f64,
    backlog: Vec<BacklogClass>,
    hashrate_th: Vec<f64>,
    /// Months ahead in which each model ships.
    ships: Vec<std::ops::Range<usize>>,
}

/// A price 30% lower, at which the response to the price is told.
const LOWER: f64 = 0.7;

/// Paths that tell it: with the same draws at both prices few are enough.
const RESPONSE_PATHS: u32 = 200;

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
    // Orders of one contract schedule: machines ordered, still to deliver, and the sum of each order's squared. How the book
    // splits them into lots depends on what became of them later, which must not show here.
    let mut schedules = BTreeMap::<(usize, Month, Month, u32), (u64, u64, u128)>::new();
    for booked in book.lots.iter().filter(|booked| booked.state == State::Open) {
        let terms = &booked.lot.terms;
        let key = (terms.model.0, terms.signed, terms.start, terms.months);
        let (ordered, left, squares) = schedules.entry(key).or_default();
        *ordered += booked.lot.quantity;
        *left += booked.remaining();
        *squares += booked.lot.squares;
        if booked.remaining() == 0 {
            continue;
        }
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
        class.machines += booked.remaining() as f64;
    }
    for ((model, signed, ..), (ordered, left, squares)) in schedules {
        if let Some(class) = classes.get_mut(&(model, signed)) {
            class.squares += squares as f64 * (left as f64 / ordered.max(1) as f64).powi(2);
        }
    }
    classes.into_values().collect()
}

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
            rates: Rates::measure(book, market, settings.rate_months),
            spread_of_intake: settings.intake_spread.get(),
            backlog: backlog(book, market),
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
        let mut courses: Vec<Course> = Vec::new();
        for path in 0..paths {
            let steps: [f64; HORIZON] = std::array::from_fn(|_| StandardNormal.sample(&mut rng));
            if given.is_none() || path == 0 {
                let course = outlook.carry(scenario, &given.unwrap_or_else(|| outlook.random_prices(&steps)));
                courses.push(Course::new(outlook, &course));
                simulation.market.push(course);
            }
        }
        // What becomes of 1 TH signed in a month, by stage: at its level by the pooled curve, else by that of the regime.
        let mut sums = vec![Spread::default(); simulation.stages.len()];
        for path in 0..paths {
            let draw = Draw::new(self, errors[path], &mut rng);
            let course = &courses[path.min(courses.len() - 1)];
            let rows = path * HORIZON * models..(path + 1) * HORIZON * models;
            let backlog = &mut simulation.backlog[rows.clone()];
            let cancelled = &mut simulation.cancelled[rows.clone()];
            self.run_off(outlook, &course.price, &draw, (backlog, cancelled), &mut rng);
            let ordered = self.ordered(backlog);
            let beyond = |th: &[f64; HORIZON]| -> [f64; HORIZON] {
                std::array::from_fn(|h| (th[h] - ordered[h]).max(0.0))
            };
            let pooled = self.spread(&draw, |_| &self.lead_times.pooled);
            let spread = self.spread(&draw, |h| self.lead_times.at(course.gaps[Gap::Price as usize][h]));
            let plain: [f64; HORIZON] = std::array::from_fn(|h| self.intake.plain(h) * draw.noise(h));
            let answer: [f64; HORIZON] =
                std::array::from_fn(|h| self.intake.answering(cells[path], &course.gaps, h) * draw.noise(h));
            let answered = self.intake.answer(cells[path]).gap as usize;
            let mut th = if simulation.drivers.is_empty() { plain } else { answer };
            for (stage, sums) in sums.iter_mut().enumerate() {
                match stage {
                    0 => sums.add(&beyond(&plain), &pooled, paths),
                    // So many gaps are in already: the path's own among them, or not yet.
                    gaps if gaps < Gap::ALL.len() => {
                        sums.add(&beyond(if answered < gaps { &answer } else { &plain }), &spread, paths);
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
            self.to_machines(|signed, h| th[signed] * shipped[signed][h], &mut simulation.new[rows]);
        }
        for (stage, sums) in simulation.stages.iter_mut().zip(&sums) {
            self.to_machines(|signed, h| sums.0[signed][h], stage);
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

    /// Today's backlog: each order is cancelled at its own moment, what is due ships by the catch-up share.
    fn run_off(
        &self,
        outlook: &Outlook,
        price: &[f64; HORIZON],
        draw: &Draw,
        (cells, cancelled): (&mut [f64], &mut [f64]),
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
                cancelled[h * models + class.model] += class.due[h] * (1.0 - kept[h]);
            }
        }
        self.catch_up(&mut late, &due, draw, (cells, cancelled));
    }

    /// Ships the share `catch_up` of what is due in each month; the rest is due again in the next. Nothing ships before a
    /// model's launch; in its last month all that is due does, and nothing after it.
    fn catch_up(
        &self,
        late: &mut [f64],
        due: &[f64],
        draw: &Draw,
        (cells, cancelled): (&mut [f64], &mut [f64]),
    ) {
        let models = late.len();
        for h in 0..HORIZON {
            for (model, late) in late.iter_mut().enumerate() {
                let all = *late + due[h * models + model];
                let months = &self.ships[model];
                let ships = match h {
                    _ if !months.contains(&h) => 0.0,
                    _ if h + 1 == months.end => all,
                    _ => all * draw.catch_up[h],
                };
                cells[h * models + model] = ships;
                let waits = if h >= months.end { 0.0 } else { all - ships };
                cancelled[h * models + model] += waits * self.rates.cancellation.calm;
                *late = waits * (1.0 - self.rates.cancellation.calm);
            }
        }
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

    /// What ships in each month of 1 TH signed in each: spread by the curve of the month of signing, then caught up like the
    /// backlog.
    fn spread<'a>(&self, draw: &Draw, curve: impl Fn(usize) -> &'a [f64]) -> [[f64; HORIZON]; HORIZON] {
        let mut shipped = [[0.0; HORIZON]; HORIZON];
        let kept = 1.0 - self.rates.cancellation.calm;
        for (signed, row) in shipped.iter_mut().enumerate() {
            let curve = curve(signed);
            let (mut alive, mut late) = (1.0, 0.0);
            for h in signed..HORIZON {
                let all = late + curve.get(h - signed).copied().unwrap_or(0.0) * alive;
                let catch_up =
                    if self.intake.posterior.selling == Selling::FromStock { 1.0 } else { draw.catch_up[h] };
                row[h] = all * catch_up;
                late = (all - row[h]) * kept;
                alive *= kept;
            }
        }
        shipped
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

/// The price of a path and the gaps along it.
struct Course {
    price: [f64; HORIZON],
    gaps: [[f64; HORIZON]; BUILT_IN_DRIVERS.len()],
}

impl Course {
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
