//! Replay of past quarter ends: the same code on the same exports, with nothing later visible.

use crate::demand::{Beside, Calibration, Demand, Forecast, Mean, PastOrigins, SpreadError};
use crate::domain::{Month, Quantiles};
use crate::history::{Book, MarketHistory};
use crate::ingest::Ledger;
use crate::job::Job;
use crate::market::{HORIZON, Outlook, Path, Scenario};
use crate::parallel::{in_parallel, threads};

use super::baselines::{Baseline, MONTHS, QUARTERS};
use super::keys::{Key, Level, Method, Target};
use super::measures::Pair;
use super::truth::{Series, Truth};

/// Paths of one replay: enough for its quantiles, a fraction of the run's.
const PATHS: u32 = 400;

/// Most quarter ends that are replayed, the newest ones.
const MOST_ORIGINS: usize = 24;

/// Months of orders before an origin without which it is not replayed.
const LEAST_MONTHS: i32 = 12;

/// Earlier replays whose pick-up is averaged.
const PICK_UPS: usize = 4;

/// The forecasts of a cell from one origin whose actual is known.
#[derive(Clone, Copy, Debug)]
pub struct Scored {
    /// As-of month of the replay.
    pub origin: Month,
    /// Cell of the table.
    pub key: Key,
    /// What happened.
    pub actual: f64,
    /// Forecast of each method that has one, in the order of [`Method::ALL`].
    pub forecasts: [Option<f64>; Method::ALL.len()],
    /// p10, p50 and p90 of the model's own.
    pub quantiles: Option<Quantiles<f64>>,
}

impl Scored {
    fn put(&mut self, method: Method, forecast: f64) {
        self.forecasts[method.place()] = Some(forecast);
    }

    /// Forecast and actual of a method.
    pub(super) fn pair(&self, method: Method) -> Option<Pair> {
        let forecast = self.forecasts[method.place()]?;
        let quantiles = self.quantiles.filter(|_| method == Method::Model);
        Some(Pair { forecast, actual: self.actual, quantiles })
    }
}

/// What the replays found.
#[derive(Clone, Debug, Default)]
pub struct Replays {
    /// Every cell whose actual is known, by origin, oldest first; of an origin in the order of [`Key::rank`].
    pub scored: Vec<Vec<Scored>>,
    /// Calibration of the run's own forecast, from all replays.
    pub calibration: Calibration,
    /// Standardised errors that the calibration is measured on, by origin.
    pub errors: Vec<SpreadError>,
}

/// A replay before its calibration, which needs the errors of the replays before it.
struct Replay {
    origin: Month,
    /// Contract schedule by model, secured or not.
    signed: Vec<[i64; HORIZON]>,
    demand: Demand,
    outlook: Outlook,
    base: Forecast,
    ex_post: Mean,
}

/// What later replays need of one: its origin, and its contract schedule by model.
type Before = (Month, Vec<[i64; HORIZON]>);

/// Replays every quarter end that has a year of orders before it and a quarter after it.
pub fn replay(
    ledger: &Ledger,
    market: &MarketHistory,
    book: &Book<'_>,
    job: &Job,
    past: &PastOrigins,
) -> Replays {
    let first = book.first.max(book.deliveries_from) + (LEAST_MONTHS - 1);
    let mut origins: Vec<Month> =
        first.to(book.as_of - 3).filter(|month| job.run.fiscal_year_starts.ends_quarter(*month)).collect();
    let skip = origins.len().saturating_sub(MOST_ORIGINS);
    origins.drain(..skip);
    let truth = Truth::new(book, market, &job.catalogue);
    let mut found = Replays::default();
    let mut before: Vec<Before> = Vec::new();
    // As many at once as there are threads: paths of many models take room.
    for origins in origins.chunks(threads()) {
        let one = |origin| replay_one(origin, ledger, market, book.as_of, job, past);
        let replays: Vec<Replay> = in_parallel(origins.to_vec(), one).into_iter().flatten().collect();
        let from = before.len();
        before.extend(replays.iter().map(|replay| (replay.origin, replay.signed.clone())));
        let calibrated: Vec<(usize, Replay, Calibration)> = (from..)
            .zip(replays)
            .map(|(place, replay)| {
                let calibration = Calibration::measure(&found.errors, replay.origin);
                found.errors.extend(spread_errors(&replay, &truth));
                (place, replay, calibration)
            })
            .collect();
        let scored = |(place, replay, calibration): (usize, Replay, Calibration)| {
            score((replay, &before[..place]), &calibration, &truth, book, market)
        };
        found.scored.extend(in_parallel(calibrated, scored));
    }
    found.calibration = Calibration::measure(&found.errors, book.as_of);
    found
}

fn replay_one(
    origin: Month,
    ledger: &Ledger,
    market: &MarketHistory,
    as_of: Month,
    job: &Job,
    past: &PastOrigins,
) -> Option<Replay> {
    let ExAnte { book, demand, outlook, base } = ex_ante(origin, ledger, market, job, past)?;
    let price = known_prices(market, origin, as_of, outlook.start_price);
    let draws = (PATHS, job.run.seed);
    let ex_post = demand.mean_at(&outlook, Scenario::Base, Some(price), draws, &Beside::default());
    Some(Replay { origin, signed: book.signed(job.catalogue.models.len()), demand, outlook, base, ex_post })
}

/// A forecast made again as of a past month end, of what was known then.
#[derive(Debug)]
pub struct ExAnte<'a> {
    /// The order book of then.
    pub book: Book<'a>,
    /// What demand was drawn from.
    pub demand: Demand,
    /// The market ahead, seen from then.
    pub outlook: Outlook,
    /// The base scenario, before its calibration.
    pub base: Forecast,
}

/// The forecast as of the past month end `origin`. `ledger`, `market` and `past` may reach further: nothing later than
/// `origin` changes a bit of what is returned, which `tests/all/leak.rs` shows by cutting every export there. `None` where the
/// market data do not cover the origin.
pub fn ex_ante<'a>(
    origin: Month,
    ledger: &'a Ledger,
    market: &MarketHistory,
    job: &Job,
    past: &PastOrigins,
) -> Option<ExAnte<'a>> {
    let book = Book::new(ledger, &job.catalogue, origin);
    let known = market.up_to(origin);
    let outlook = Outlook::new(&known, &job.market, &crate::job::Scenarios::default())?;
    let demand = Demand::new(&book, &known, job, past);
    let simulation = demand.simulate(&outlook, Scenario::Base, PATHS, job.run.seed);
    let base = Forecast::new(Scenario::Base, simulation, &book, &job.catalogue);
    Some(ExAnte { book, demand, outlook, base })
}

/// Closing price of each month after the origin; the last one known from where it is not.
fn known_prices(market: &MarketHistory, origin: Month, as_of: Month, start: f64) -> [f64; HORIZON] {
    let mut last = start;
    let months: Vec<Month> = (origin + 1).run(12).collect();
    std::array::from_fn(|h| {
        if let Some(price) = market.closing_price(months[h]).filter(|_| months[h] <= as_of) {
            last = price;
        }
        last
    })
}

/// How far the uncalibrated paths were from what shipped, by quarter and for twelve months.
fn spread_errors(replay: &Replay, truth: &Truth) -> Vec<SpreadError> {
    let series = truth.series(Target::Shipments, None);
    let stretches = (1..=4).map(|k| (Level::Quarter, k)).chain([(Level::Year, 1)]);
    stretches
        .filter_map(|(level, horizon)| {
            let span = level.span(horizon);
            let last = replay.origin + i32::try_from(span.end).ok()?;
            let actual = series.stretch(last + 1 - i32::try_from(span.len()).ok()?, span.len())?;
            SpreadError::new(last, span.clone(), &replay.base.simulation, actual)
        })
        .collect()
}

/// Every forecast of a replay whose actual is known.
fn score(
    (mut replay, before): (Replay, &[Before]),
    calibration: &Calibration,
    truth: &Truth,
    run: &Book<'_>,
    market: &MarketHistory,
) -> Vec<Scored> {
    let mut cells = Vec::new();
    let origin = replay.origin;
    let models = replay.signed.len();
    let cell = |target: Target, level: Level, model: Option<usize>, horizon: usize| {
        let key = Key { target, level, model, horizon };
        let (from, months) = stretch(origin, &key)?;
        let known = from + i32::try_from(months).unwrap_or(0) - 1 <= run.as_of;
        let actual = truth.series(target, model).stretch(from, months).filter(|_| known)?;
        Some(Scored { origin, key, actual, forecasts: [None; Method::ALL.len()], quantiles: None })
    };
    let levels = |levels: &'static [Level]| {
        levels.iter().flat_map(|level| (1..=level.horizons()).map(move |horizon| (*level, horizon)))
    };
    let only = || std::iter::once(None).chain((0..models).map(Some));
    // Before the paths are spread by past errors.
    let shipments = only().flat_map(|model| {
        levels(&Level::ALL).filter_map(move |(level, horizon)| cell(Target::Shipments, level, model, horizon))
    });
    let mut shipments: Vec<Scored> = shipments.collect();
    for cell in &mut shipments {
        let plain = replay.base.simulation.booking_curve(cell.key.span(), cell.key.model);
        cell.put(Method::BookingCurve, plain);
    }
    replay.base.calibrate(calibration);
    let (expected, to_come) = (replay.ex_post.expected(), replay.ex_post.to_come());
    let mut of_model: Option<OfModel> = None;
    for cell in &mut shipments {
        let Key { level, horizon, model, .. } = cell.key;
        let span = cell.key.span();
        let of = match &mut of_model {
            Some(of) if of.model == model => of,
            other => other.insert(OfModel::new(model, (origin, &replay.signed), before, truth)),
        };
        let of_rows = |rows: &[[i64; HORIZON]]| -> f64 {
            let rows = model.map_or(rows, |model| &rows[model..=model]);
            rows.iter().flat_map(|row| &row[span.clone()]).sum::<i64>() as f64
        };
        cell.quantiles = Some(replay.base.quantiles(span.clone(), model).map(|machines| machines as f64));
        cell.put(Method::Model, of_rows(&replay.base.units));
        cell.put(Method::ModelExPost, of_rows(&expected) + of_rows(&to_come));
        cell.put(Method::BacklogOnly, of_rows(&replay.base.firm));
        for (method, months) in [(Method::PickUp, &of.pick_up), (Method::Consumption, &of.consumed)] {
            if let Some(months) = months {
                cell.put(method, months[span.clone()].iter().sum());
            }
        }
        for (baseline, forecast) in of.baselines.at(level, horizon) {
            cell.put(Method::Baseline(baseline), forecast);
        }
    }
    cells.extend(shipments);
    let intake = Baselines::new(truth.series(Target::Intake, None).up_to_both(origin));
    for (level, horizon) in levels(&[Level::Quarter, Level::Year]) {
        let Some(mut cell) = cell(Target::Intake, level, None, horizon) else { continue };
        let (mean, quantiles) = replay.base.simulation.intake(level.span(horizon));
        cell.quantiles = Some(quantiles);
        cell.put(Method::Model, mean);
        cell.put(Method::ModelExPost, replay.ex_post.intake(level.span(horizon)));
        cell.put(Method::BookingCurve, level.span(horizon).map(|h| replay.demand.intake.plain(h)).sum());
        for (baseline, forecast) in intake.at(level, horizon) {
            cell.put(Method::Baseline(baseline), forecast);
        }
        cells.push(cell);
    }
    let middle = replay.outlook.project(Scenario::Base, &replay.outlook.prices(Scenario::Base));
    let ahead = known_prices(market, origin, run.as_of, replay.outlook.start_price);
    let known = replay.outlook.project(Scenario::Base, &ahead);
    for (target, value) in Target::MARKET.into_iter().zip(VALUES) {
        let series = Baselines::new(truth.series(target, None).up_to_both(origin));
        for (level, horizon) in levels(&[Level::Quarter]) {
            let Some(mut cell) = cell(target, level, None, horizon) else { continue };
            let mean = |path: &Path| level.span(horizon).map(|h| value(path, h)).sum::<f64>() / 3.0;
            let mut means: Vec<f64> = replay.base.simulation.market.iter().map(mean).collect();
            let quantiles = crate::demand::quantiles(&mut means, Quantiles::<f64>::SHARES);
            cell.quantiles = Some(Quantiles::from_array(quantiles));
            cell.put(Method::Model, mean(&middle));
            if target != Target::Price {
                cell.put(Method::ModelExPost, mean(&known));
            }
            for (baseline, forecast) in series.at(level, horizon) {
                cell.put(Method::Baseline(baseline), forecast);
            }
            cells.push(cell);
        }
    }
    cells
}

/// What forecasts of a model, or of all, share from one stretch to the next.
struct OfModel {
    model: Option<usize>,
    baselines: Baselines,
    pick_up: Option<[f64; HORIZON]>,
    consumed: Option<[f64; HORIZON]>,
}

impl OfModel {
    fn new(
        model: Option<usize>,
        (origin, signed): (Month, &[[i64; HORIZON]]),
        before: &[Before],
        truth: &Truth,
    ) -> Self {
        let firm = firm(signed, model);
        let series = truth.series(Target::Shipments, model);
        Self {
            model,
            baselines: Baselines::new(series.up_to_both(origin)),
            pick_up: pick_up((origin, firm), before, series, model),
            consumed: consumed(&firm, series, origin),
        }
    }
}

/// What each market target is on a path, in the order of [`Target::MARKET`].
const VALUES: [fn(&Path, usize) -> f64; 3] =
    [|path, h| path.price[h], |path, h| path.difficulty[h], |path, h| path.hashprice[h]];

/// First month and number of months of a key's stretch.
fn stretch(origin: Month, key: &Key) -> Option<(Month, usize)> {
    let span = key.level.span(key.horizon);
    Some((origin + 1 + i32::try_from(span.start).ok()?, span.len()))
}

/// Baseline forecasts of one series: months from months, quarters and the year from quarters.
struct Baselines {
    months: Vec<(Baseline, Vec<f64>)>,
    quarters: Vec<(Baseline, Vec<f64>)>,
    sums: bool,
}

impl Baselines {
    fn new((months, quarters, sums): (Vec<f64>, Vec<f64>, bool)) -> Self {
        let all = |series: &[f64], year: usize| -> Vec<(Baseline, Vec<f64>)> {
            let found = Baseline::ALL.into_iter().filter_map(|b| Some((b, b.forecast(series, year)?)));
            found.collect()
        };
        Self { months: all(&months, MONTHS), quarters: all(&quarters, QUARTERS), sums }
    }

    fn at(&self, level: Level, horizon: usize) -> Vec<(Baseline, f64)> {
        let (rows, span) = match level {
            Level::Month => (&self.months, horizon - 1..horizon),
            Level::Quarter => (&self.quarters, horizon - 1..horizon),
            Level::Year => (&self.quarters, 0..4),
        };
        let count = if self.sums { 1.0 } else { span.len() as f64 };
        rows.iter()
            .map(|(baseline, row)| (*baseline, row[span.clone()].iter().sum::<f64>() / count))
            .collect()
    }
}

/// Forecast consumption by month: the greater of firm orders and the trailing-year mean.
fn consumed(firm: &[f64; HORIZON], series: &Series, origin: Month) -> Option<[f64; HORIZON]> {
    let year = series.stretch(origin - 11, 12)?;
    let (net, _) = crate::demand::consume(&[year / 12.0; HORIZON], firm, 0, 0);
    Some(std::array::from_fn(|h| firm[h] + net[h]))
}

/// What is signed of a model, or of all.
fn firm(signed: &[[i64; HORIZON]], model: Option<usize>) -> [f64; HORIZON] {
    let mut firm = [0.0; HORIZON];
    for row in model.map_or(signed, |model| &signed[model..=model]) {
        firm.iter_mut().zip(row).for_each(|(sum, machines)| *sum += *machines as f64);
    }
    firm
}

/// Additive pick-up by month: firm orders plus the mean of what was shipped beyond them, at the same distance, from
/// the newest earlier origins where it is known by now. `None` without such an origin.
fn pick_up(
    (now, mut months): (Month, [f64; HORIZON]),
    earlier: &[Before],
    series: &Series,
    model: Option<usize>,
) -> Option<[f64; HORIZON]> {
    for (h, month) in months.iter_mut().enumerate() {
        let ahead = i32::try_from(h).ok()? + 1;
        let known = earlier.iter().rev().filter(|(origin, _)| *origin + ahead <= now);
        let picked: Option<Vec<f64>> = known
            .take(PICK_UPS)
            .map(|(origin, signed)| Some(series.stretch(*origin + ahead, 1)? - firm(signed, model)[h]))
            .collect();
        let picked = picked.filter(|picked| !picked.is_empty())?;
        *month = (*month + picked.iter().sum::<f64>() / picked.len() as f64).max(0.0);
    }
    Some(months)
}

impl super::truth::Series {
    /// Months and quarters up to `last`, and whether stretches are sums.
    fn up_to_both(&self, last: Month) -> (Vec<f64>, Vec<f64>, bool) {
        (self.up_to(last, 1), self.up_to(last, 3), self.is_sum())
    }
}
