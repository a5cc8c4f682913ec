//! Simulated paths of machines shipped: price, intake, its months, cancellations and catch-up, with a fixed seed.

use std::collections::BTreeMap;

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::domain::Month;
use crate::history::{Book, MarketHistory, Rates};
use crate::ingest::State;
use crate::job::{Catalogue, Job};
use crate::market::{HORIZON, Outlook, Path, Scenario};

use super::booking::{BookingCurve, Mix};
use super::intake::Intake;
use super::selection::PastFits;

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
    prior_origins: f64,
    backlog: Vec<BacklogClass>,
    hashrate_th: Vec<f64>,
    /// Months ahead in which each model ships.
    ships: Vec<std::ops::Range<usize>>,
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
    /// Mean machines shipped from orders to come, by `month * models + model`: first with intake at its trailing mean,
    /// then with one driver more each, in the order of `drivers`; the last stage is `new` and left out.
    stages: Vec<Vec<f64>>,
    /// Drivers that move intake from its trailing mean, by their place among the candidates.
    pub drivers: Vec<usize>,
    /// Market path of each path; one for all in a scenario with a fixed price.
    pub market: Vec<Path>,
}

impl Demand {
    /// Measures everything as of the book's last month.
    pub fn new(book: &Book<'_>, market: &MarketHistory, job: &Job, past: &PastFits) -> Self {
        let catalogue: &Catalogue = &job.catalogue;
        let settings = &job.demand;
        let curve = BookingCurve::measure(book, catalogue, settings.booking_months);
        let reach = curve.shares.len();
        Self {
            intake: Intake::new(book, catalogue, past),
            curve,
            mix: Mix::measure(book, catalogue, settings.mix_months, (HORIZON, reach)),
            rates: Rates::measure(book, market, settings.rate_months),
            prior_origins: settings.prior_origins.get(),
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
        let mut simulation = Simulation {
            paths,
            models,
            backlog: vec![0.0; paths * HORIZON * models],
            new: vec![0.0; paths * HORIZON * models],
            intake_th: [0.0; HORIZON],
            intake_paths: Vec::with_capacity(paths),
            stages: vec![vec![0.0; HORIZON * models]; self.intake.used.len().max(1)],
            drivers: self.intake.used.clone(),
            market: Vec::new(),
        };
        let errors = intake_errors(&self.intake.errors, self.prior_origins, paths, &mut rng);
        let prices: Vec<[f64; HORIZON]> = (0..paths)
            .map(|_| {
                let steps: [f64; HORIZON] = std::array::from_fn(|_| StandardNormal.sample(&mut rng));
                given.unwrap_or_else(|| outlook.random_prices(&steps))
            })
            .collect();
        let answers = self.answers(outlook, &prices, given.is_none().then_some(&errors));
        let mut stage = vec![0.0; HORIZON * models];
        for path in 0..paths {
            let (price, answer) = (prices[path], &answers[path]);
            if given.is_none() || path == 0 {
                simulation.market.push(outlook.carry(scenario, &price));
            }
            let draw = Draw::new(self, errors[path], &mut rng);
            let cells = path * HORIZON * models..(path + 1) * HORIZON * models;
            self.run_off(outlook, &price, &draw, &mut simulation.backlog[cells.clone()], &mut rng);
            let th = self.intake_path(scenario, answer, &draw, Some(usize::MAX));
            simulation.intake_th.iter_mut().zip(th).for_each(|(sum, th)| *sum += th / paths as f64);
            simulation.intake_paths.push(th);
            self.ship_new(&th, &draw, &mut simulation.new[cells]);
            // Up to which driver each stage goes: none, the first, the second; all of them are `new`.
            let upto = std::iter::once(None).chain(self.intake.used.iter().map(|driver| Some(*driver)));
            for (sums, last) in simulation.stages.iter_mut().zip(upto) {
                self.ship_new(&self.intake_path(scenario, answer, &draw, last), &draw, &mut stage);
                sums.iter_mut().zip(&stage).for_each(|(sum, cell)| *sum += cell / paths as f64);
            }
        }
        simulation
    }

    /// Factor by which intake of each quarter answers to each path's price, against the base path. With `errors`, those of
    /// random paths, scaled so that paths add uncertainty and leave the mean: what exp makes of a symmetric walk is no
    /// forecast of growth.
    fn answers(
        &self,
        outlook: &Outlook,
        prices: &[[f64; HORIZON]],
        errors: Option<&Vec<[f64; 4]>>,
    ) -> Vec<[f64; 4]> {
        let base = outlook.prices(Scenario::Base);
        let base_gaps: [f64; 4] = std::array::from_fn(|k| outlook.gap_before(&base, k));
        let answer = |price: &[f64; HORIZON]| -> [f64; 4] {
            std::array::from_fn(|k| self.intake.answer(outlook.gap_before(price, k) - base_gaps[k]))
        };
        let mut answers: Vec<[f64; 4]> = prices.iter().map(answer).collect();
        for k in 0..4 {
            let Some(errors) = errors else { break };
            let sum: f64 = errors.iter().map(|error| error[k]).sum();
            let both: f64 = errors.iter().zip(&answers).map(|(error, answer)| error[k] * answer[k]).sum();
            if sum > 0.0 && both > 0.0 {
                answers.iter_mut().for_each(|answer| answer[k] *= sum / both);
            }
        }
        answers
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

    /// Ships the share `catch_up` of what is due in each month; the rest is due again in the next. Nothing ships before a
    /// model's launch; in its last month all that is due does, and nothing after it.
    fn catch_up(&self, late: &mut [f64], due: &[f64], draw: &Draw, cells: &mut [f64]) {
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
                let over = h >= months.end;
                *late = if over { 0.0 } else { (all - ships) * (1.0 - self.rates.cancellation.calm) };
            }
        }
    }

    /// TH signed in each month ahead on one path, with the drivers up to place `last` among the candidates alone.
    /// `answer` is how intake of each quarter answers to the path's price.
    fn intake_path(
        &self,
        scenario: Scenario,
        answer: &[f64; 4],
        draw: &Draw,
        last: Option<usize>,
    ) -> [f64; HORIZON] {
        let levels: [f64; 4] = std::array::from_fn(|k| self.intake.level(k, scenario, answer[k], last));
        std::array::from_fn(|h| levels[h / 3] * draw.errors[h / 3] * draw.month_shares[h / 3][h % 3] * 3.0)
    }

    /// New intake spread over models and delivery months, then caught up like the backlog.
    fn ship_new(&self, th: &[f64; HORIZON], draw: &Draw, cells: &mut [f64]) {
        let models = self.hashrate_th.len();
        let mut due = vec![0.0; HORIZON * models];
        for (signed, th) in th.iter().enumerate() {
            let mut alive = 1.0;
            for (after, share) in self.curve.shares.iter().enumerate().take(HORIZON - signed) {
                let mix = self.mix.due(signed, after);
                for model in 0..models {
                    let machines = th * mix[model] / self.hashrate_th[model];
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

/// Prior standard deviation of the log error of intake by quarter ahead: about 0.6 of what 19 simulated makers had with a
/// ratio of 1 (1.0, 1.2, 1.3, 1.4).
const PRIOR_DEVIATION: [f64; 4] = [0.6, 0.7, 0.8, 0.8];

/// Share of its variance that the quarters have in common.
const PRIOR_COMMON: f64 = 0.6;

/// Errors of intake of every path: the maker's own at past origins, or, the rarer the more there are of those, drawn from the
/// prior. Scaled to mean 1 in each quarter, so that the mean of the paths is the forecast and not a matter of the seed.
fn intake_errors(own: &[[f64; 4]], prior_origins: f64, paths: usize, rng: &mut ChaCha8Rng) -> Vec<[f64; 4]> {
    let prior = prior_origins / (prior_origins + own.len() as f64);
    let mut errors: Vec<[f64; 4]> = (0..paths)
        .map(|_| {
            if prior_origins > 0.0 && rng.random::<f64>() < prior {
                prior_errors(rng)
            } else if own.is_empty() {
                [1.0; 4]
            } else {
                own[rng.random_range(0..own.len())]
            }
        })
        .collect();
    for k in 0..4 {
        let mean = errors.iter().map(|e| e[k]).sum::<f64>() / paths.max(1) as f64;
        if mean > 0.0 {
            errors.iter_mut().for_each(|e| e[k] /= mean);
        }
    }
    errors
}

/// Lognormal errors, for a maker whose own are few.
fn prior_errors(rng: &mut ChaCha8Rng) -> [f64; 4] {
    let mut normal = || -> f64 { StandardNormal.sample(rng) };
    let common = normal();
    PRIOR_DEVIATION.map(|deviation| {
        let own: f64 = normal();
        let z = PRIOR_COMMON.sqrt() * common + (1.0 - PRIOR_COMMON).sqrt() * own;
        (deviation * z).exp()
    })
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
            stages: Vec::new(),
            drivers: Vec::new(),
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
        self.mean_stage(0, month, model)
    }

    /// The same with the first `stage` drivers moving intake; all of them are [`Simulation::mean_new`].
    pub fn mean_stage(&self, stage: usize, month: usize, model: usize) -> f64 {
        match self.stages.get(stage) {
            Some(cells) => cells[month * self.models + model],
            None => self.mean_new(month, model),
        }
    }

    /// Mean machines shipped over `months` from the backlog and from orders to come at their trailing mean.
    pub fn booking_curve(&self, months: std::ops::Range<usize>, model: Option<usize>) -> f64 {
        let backlog = mean(&self.each(&[&self.backlog], months.clone(), model));
        let cells = months.flat_map(|month| (0..self.models).map(move |m| (month, m)));
        let cells = cells.filter(|(_, m)| model.is_none_or(|only| only == *m));
        backlog + cells.map(|(month, m)| self.mean_plain(month, m)).sum::<f64>()
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
