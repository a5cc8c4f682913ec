//! Replay of past quarter ends: the same code on the same exports, with nothing later visible.

use crate::demand::{Calibration, Demand, Forecast, PastOrigins, SpreadError};
use crate::domain::{Month, Quantiles};
use crate::history::{Book, MarketHistory};
use crate::ingest::Ledger;
use crate::job::Job;
use crate::market::{HORIZON, Outlook, Path, Scenario};

use super::baselines::{Baseline, MONTHS, QUARTERS};
use super::keys::{Key, Level, Method, Target};
use super::measures::Pair;
use super::truth::Truth;

/// Paths of one replay: enough for its quantiles, a fraction of the run's.
const PATHS: u32 = 400;

/// Most quarter ends that are replayed, the newest ones.
const MOST_ORIGINS: usize = 24;

/// Months of orders before an origin without which it is not replayed.
const LEAST_MONTHS: i32 = 12;

/// Earlier replays whose pick-up is averaged.
const PICK_UPS: usize = 4;

/// One forecast of one method from one origin; scored when the actual is known.
#[derive(Clone, Copy, Debug)]
pub struct Scored {
    /// As-of month of the replay.
    pub origin: Month,
    /// Cell of the table.
    pub key: Key,
    /// Where the forecast comes from.
    pub method: Method,
    /// Forecast and actual.
    pub pair: Pair,
}

/// What the replays found.
#[derive(Clone, Debug, Default)]
pub struct Replays {
    /// Every forecast whose actual is known, by origin, oldest first.
    pub scored: Vec<Scored>,
    /// Calibration of the run's own forecast, from all replays.
    pub calibration: Calibration,
    /// Standardised errors that the calibration is measured on, by origin.
    pub errors: Vec<SpreadError>,
}

/// A replay before its calibration, which needs the errors of the replays before it.
struct Replay<'a> {
    origin: Month,
    book: Book<'a>,
    demand: Demand,
    outlook: Outlook,
    base: Forecast,
    ex_post: Forecast,
}

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
    let replays = in_parallel(&origins, |origin| replay_one(origin, ledger, market, book.as_of, job, past));
    let mut found = Replays::default();
    for index in 0..replays.len() {
        let replay = &replays[index];
        let calibration = Calibration::measure(&found.errors, replay.origin);
        found.scored.extend(score(&replays[..=index], &calibration, &truth, book, market, job));
        found.errors.extend(spread_errors(replay, &truth));
    }
    found.calibration = Calibration::measure(&found.errors, book.as_of);
    found
}

/// Replays origins side by side; each is independent of the others, so the result does not depend on how many at once.
fn in_parallel<'a>(origins: &[Month], one: impl Fn(Month) -> Option<Replay<'a>> + Sync) -> Vec<Replay<'a>> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let chunk = origins.len().div_ceil(threads).max(1);
    let work = |chunk: &[Month]| chunk.iter().filter_map(|origin| one(*origin)).collect::<Vec<_>>();
    let work = &work;
    std::thread::scope(|scope| {
        let running: Vec<_> = origins
            .chunks(chunk)
            .map(|chunk| {
                // What the system gives no thread for is done here.
                let thread = std::thread::Builder::new().spawn_scoped(scope, move || work(chunk));
                thread.map_err(|_| work(chunk))
            })
            .collect();
        let joined =
            running.into_iter().map(|running| match running.map(std::thread::ScopedJoinHandle::join) {
                Ok(Ok(replays)) | Err(replays) => replays,
                // A panic is a defect: it goes on as it would without threads.
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
            });
        joined.flatten().collect()
    })
}

fn replay_one<'a>(
    origin: Month,
    ledger: &'a Ledger,
    market: &MarketHistory,
    as_of: Month,
    job: &Job,
    past: &PastOrigins,
) -> Option<Replay<'a>> {
    let ExAnte { book, demand, outlook, base } = ex_ante(origin, ledger, market, job, past)?;
    let price = known_prices(market, origin, as_of, outlook.start_price);
    let simulation = demand.simulate_at(&outlook, Scenario::Base, Some(price), PATHS, job.run.seed);
    let ex_post = Forecast::new(Scenario::Base, simulation, &book, &job.catalogue);
    Some(Replay { origin, book, demand, outlook, base, ex_post })
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
fn spread_errors(replay: &Replay<'_>, truth: &Truth) -> Vec<SpreadError> {
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

/// Every forecast of the last of `replays` whose actual is known.
fn score(
    replays: &[Replay<'_>],
    calibration: &Calibration,
    truth: &Truth,
    run: &Book<'_>,
    market: &MarketHistory,
    job: &Job,
) -> Vec<Scored> {
    let Some(replay) = replays.last() else { return Vec::new() };
    let mut scored = Vec::new();
    let catalogue = &job.catalogue;
    let mut model = replay.base.clone();
    model.calibrate(calibration);
    let ex_post = &replay.ex_post;
    let mut put = |key: Key, method: Method, forecast: f64, quantiles: Option<Quantiles<f64>>| {
        let Some((from, months)) = stretch(replay.origin, &key) else { return };
        let series = truth.series(key.target, key.model);
        let known = from + i32::try_from(months).unwrap_or(0) - 1 <= run.as_of;
        if let Some(actual) = series.stretch(from, months).filter(|_| known) {
            scored.push(Scored {
                origin: replay.origin,
                key,
                method,
                pair: Pair { forecast, actual, quantiles },
            });
        }
    };
    let models = std::iter::once(None).chain((0..catalogue.models.len()).map(Some));
    for only_model in models {
        let baselines = Baselines::new(truth.series(Target::Shipments, only_model).up_to_both(replay.origin));
        let pick_up = pick_up(replays, truth, only_model);
        let consumed = consumed(&replay.book, truth, only_model, replay.origin);
        for level in Level::ALL {
            for horizon in 1..=level.horizons() {
                let key = Key { target: Target::Shipments, level, model: only_model, horizon };
                let span = level.span(horizon);
                let total = |forecast: &Forecast, rows: fn(&Forecast) -> &Vec<[i64; HORIZON]>| -> f64 {
                    let rows = rows(forecast).iter().enumerate();
                    let rows = rows.filter(|(index, _)| only_model.is_none_or(|only| only == *index));
                    rows.flat_map(|(_, row)| &row[span.clone()]).sum::<i64>() as f64
                };
                let quantiles = model.quantiles(span.clone(), only_model).map(|machines| machines as f64);
                put(key, Method::Model, total(&model, |f| &f.units), Some(quantiles));
                put(key, Method::ModelExPost, total(ex_post, |f| &f.units), None);
                let plain = replay.base.simulation.booking_curve(span.clone(), only_model);
                put(key, Method::BookingCurve, plain, None);
                put(key, Method::BacklogOnly, total(&model, |f| &f.firm), None);
                for (method, months) in [(Method::PickUp, &pick_up), (Method::Consumption, &consumed)] {
                    if let Some(months) = months {
                        put(key, method, months[span.clone()].iter().sum(), None);
                    }
                }
                for (baseline, forecast) in baselines.at(level, horizon) {
                    put(key, Method::Baseline(baseline), forecast, None);
                }
            }
        }
    }
    let intake = Baselines::new(truth.series(Target::Intake, None).up_to_both(replay.origin));
    for level in [Level::Quarter, Level::Year] {
        for horizon in 1..=level.horizons() {
            let key = Key { target: Target::Intake, level, model: None, horizon };
            let (mean, quantiles) = replay.base.simulation.intake(level.span(horizon));
            put(key, Method::Model, mean, Some(quantiles));
            let known = replay.ex_post.simulation.intake(level.span(horizon)).0;
            put(key, Method::ModelExPost, known, None);
            let plain = level.span(horizon).map(|h| replay.demand.intake.plain(h)).sum();
            put(key, Method::BookingCurve, plain, None);
            for (baseline, forecast) in intake.at(level, horizon) {
                put(key, Method::Baseline(baseline), forecast, None);
            }
        }
    }
    let middle = replay.outlook.project(Scenario::Base, &replay.outlook.prices(Scenario::Base));
    let ahead = known_prices(market, replay.origin, run.as_of, replay.outlook.start_price);
    let known = replay.outlook.project(Scenario::Base, &ahead);
    for (target, value) in Target::MARKET.into_iter().zip(VALUES) {
        let series = Baselines::new(truth.series(target, None).up_to_both(replay.origin));
        for horizon in 1..=4 {
            let key = Key { target, level: Level::Quarter, model: None, horizon };
            let mean = |path: &Path| Level::Quarter.span(horizon).map(|h| value(path, h)).sum::<f64>() / 3.0;
            let mut means: Vec<f64> = replay.base.simulation.market.iter().map(mean).collect();
            let quantiles =
                Quantiles::from_array(crate::demand::quantiles(&mut means, Quantiles::<f64>::SHARES));
            put(key, Method::Model, mean(&middle), Some(quantiles));
            if target != Target::Price {
                put(key, Method::ModelExPost, mean(&known), None);
            }
            for (baseline, forecast) in series.at(Level::Quarter, horizon) {
                put(key, Method::Baseline(baseline), forecast, None);
            }
        }
    }
    scored
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
fn consumed(book: &Book<'_>, truth: &Truth, model: Option<usize>, origin: Month) -> Option<[f64; HORIZON]> {
    let year = truth.series(Target::Shipments, model).stretch(origin - 11, 12)?;
    let firm = firm(book, model);
    let (net, _) = crate::demand::consume(&[year / 12.0; HORIZON], &firm, 0, 0);
    Some(std::array::from_fn(|h| firm[h] + net[h]))
}

fn firm(book: &Book<'_>, model: Option<usize>) -> [f64; HORIZON] {
    let rows = book.signed::<HORIZON>(book.deliveries.len());
    let mut firm = [0.0; HORIZON];
    for (_, row) in rows.iter().enumerate().filter(|(index, _)| model.is_none_or(|only| only == *index)) {
        firm.iter_mut().zip(row).for_each(|(sum, machines)| *sum += *machines as f64);
    }
    firm
}

/// Additive pick-up by month: firm orders plus the mean of what was shipped beyond them, at the same distance, from
/// the newest earlier origins where it is known by now. `None` without such an origin.
fn pick_up(replays: &[Replay<'_>], truth: &Truth, model: Option<usize>) -> Option<[f64; HORIZON]> {
    let (now, earlier) = replays.split_last()?;
    let series = truth.series(Target::Shipments, model);
    let mut months = firm(&now.book, model);
    for (h, month) in months.iter_mut().enumerate() {
        let ahead = i32::try_from(h).ok()? + 1;
        let known = earlier.iter().rev().filter(|replay| replay.origin + ahead <= now.origin);
        let picked: Option<Vec<f64>> = known
            .take(PICK_UPS)
            .map(|replay| Some(series.stretch(replay.origin + ahead, 1)? - firm(&replay.book, model)[h]))
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
