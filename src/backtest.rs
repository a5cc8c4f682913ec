//! Replay at past quarter ends: the same code on the same exports, with nothing later visible.

use crate::demand::{Demand, Forecast, PastFits};
use crate::domain::Month;
use crate::history::{Book, MarketHistory};
use crate::ingest::Ledger;
use crate::job::Job;
use crate::market::{Outlook, Scenario};

/// Paths of one replay: enough for its quantiles, a fraction of the run's.
const PATHS: u32 = 400;

/// Most quarter ends that are replayed, the newest ones.
const MOST_ORIGINS: usize = 16;

/// Months of orders before an origin without which it is not replayed.
const LEAST_MONTHS: i32 = 12;

/// What is scored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Method {
    /// wafercast's forecast.
    Model,
    /// The last quarter again.
    LastValue,
    /// Mean quarter of the trailing year.
    TrailingMean,
    /// The same quarter of the year before.
    SeasonalNaive,
    /// Open orders by their contract schedule and nothing else.
    BacklogOnly,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 5] =
        [Self::Model, Self::LastValue, Self::TrailingMean, Self::SeasonalNaive, Self::BacklogOnly];

    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::LastValue => "last_value",
            Self::TrailingMean => "trailing_mean",
            Self::SeasonalNaive => "seasonal_naive",
            Self::BacklogOnly => "backlog_only",
        }
    }
}

/// Machines forecast from one origin: four quarters, then twelve months.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// As-of month.
    pub origin: Month,
    /// Point forecast of each method, in the order of [`Method::ALL`].
    pub points: Vec<[f64; 5]>,
    /// p10, p50, p90 of the model.
    pub quantiles: [[f64; 3]; 5],
    /// What shipped; `None` where it is not known yet.
    pub actual: [Option<f64>; 5],
}

/// Accuracy of one method at one horizon.
#[derive(Clone, Debug)]
pub struct Score {
    /// The method.
    pub method: Method,
    /// `quarter` or `12M`.
    pub level: &'static str,
    /// Quarters ahead.
    pub horizon: usize,
    /// Forecasts scored.
    pub n: usize,
    /// Sum |e| / sum actual.
    pub wape: Option<f64>,
    /// Mean |e| / mean |quarter on quarter change|.
    pub mase: Option<f64>,
    /// Root mean square error over that of the quarter on quarter change.
    pub rmsse: Option<f64>,
    /// Sum (forecast - actual) / sum actual.
    pub bias: Option<f64>,
    /// Mean pinball loss of three quantiles / mean actual.
    pub pinball: Option<f64>,
    /// Share of actuals within p10..p90.
    pub coverage_80: Option<f64>,
    /// WAPE of the last value less this one's.
    pub fva: Option<f64>,
}

/// Replays every quarter end that has a year of orders before it and a quarter after it.
pub fn replay(
    ledger: &Ledger,
    market: &MarketHistory,
    book: &Book<'_>,
    job: &Job,
    past: &PastFits,
) -> Vec<Replayed> {
    let truth = Quarters {
        first: book.deliveries_from,
        as_of: book.as_of,
        all: book.deliveries_all(),
        start: book.first,
    };
    let first = book.first.max(book.deliveries_from) + (LEAST_MONTHS - 1);
    let mut origins: Vec<Month> =
        first.to(book.as_of - 3).filter(|m| m.quarter().last_month() == *m).collect();
    let skip = origins.len().saturating_sub(MOST_ORIGINS);
    origins.drain(..skip);
    origins.into_iter().filter_map(|origin| replay_one(origin, ledger, market, job, past, &truth)).collect()
}

/// Machines shipped by quarter, with what is known when.
struct Quarters {
    first: Month,
    start: Month,
    as_of: Month,
    all: Vec<f64>,
}

impl Quarters {
    /// Machines shipped in `from..=to`; `None` when not all months are known.
    fn sum(&self, from: Month, to: Month) -> Option<f64> {
        if from < self.first || to > self.as_of {
            return None;
        }
        let place = |m: Month| usize::try_from(m - self.start).ok();
        Some(self.all.get(place(from)?..=place(to)?)?.iter().sum())
    }
}

fn replay_one(
    origin: Month,
    ledger: &Ledger,
    market: &MarketHistory,
    job: &Job,
    past: &PastFits,
    truth: &Quarters,
) -> Option<Replayed> {
    let book = Book::new(ledger, &job.catalogue, origin);
    let market = market.up_to(origin);
    let outlook = Outlook::new(&market, &job.market, &crate::job::Scenarios::default())?;
    let demand = Demand::new(&book, &market, job, past);
    let simulation = demand.simulate(&outlook, Scenario::Base, PATHS, job.run.seed);
    let forecast = Forecast::new(Scenario::Base, simulation, &book, &job.catalogue);
    let span = |k: usize| if k < 4 { 3 * k..3 * k + 3 } else { 0..12 };
    let total = |rows: &[[i64; 12]], k: usize| -> f64 {
        rows.iter().flat_map(|row| &row[span(k)]).sum::<i64>() as f64
    };
    let known = |back: i32| truth.sum(origin - (3 * back + 2), origin - 3 * back);
    let year = truth.sum(origin - 11, origin);
    let per = |quarter: Option<f64>, k: usize| quarter.map(|q| if k < 4 { q } else { 4.0 * q });
    let points: Option<Vec<[f64; 5]>> = Method::ALL
        .iter()
        .map(|method| {
            let mut row = [0.0; 5];
            for (k, cell) in row.iter_mut().enumerate() {
                *cell = match method {
                    Method::Model => Some(total(&forecast.units, k)),
                    Method::BacklogOnly => Some(total(&forecast.firm, k)),
                    Method::LastValue => per(known(0), k),
                    Method::TrailingMean => per(year.map(|y| y / 4.0), k),
                    Method::SeasonalNaive if k < 4 => known(3 - i32::try_from(k).unwrap_or(0)),
                    Method::SeasonalNaive => year,
                }?;
            }
            Some(row)
        })
        .collect();
    let quantiles = std::array::from_fn(|k| {
        let interval = forecast.interval(span(k), None);
        [interval.p10, interval.p50, interval.p90].map(|q| q as f64)
    });
    let actual = std::array::from_fn(|k| {
        let months = span(k);
        let at = |h: usize| origin + 1 + i32::try_from(h).unwrap_or(0);
        truth.sum(at(months.start), at(months.end - 1))
    });
    Some(Replayed { origin, points: points?, quantiles, actual })
}

/// Scores every method at every horizon.
pub fn scores(replays: &[Replayed], book: &Book<'_>) -> Vec<Score> {
    let quarterly = quarter_changes(book);
    let mut scores: Vec<Score> = Vec::new();
    for k in 0..5 {
        let mut naive = None;
        for (place, method) in Method::ALL.iter().enumerate() {
            let pairs: Vec<(f64, f64, [f64; 3])> = replays
                .iter()
                .filter_map(|r| r.actual[k].map(|actual| (r.points[place][k], actual, r.quantiles[k])))
                .collect();
            let mut score = score(*method, k, &pairs, &quarterly);
            if *method == Method::LastValue {
                naive = score.wape;
            }
            score.fva = None;
            scores.push(score);
        }
        let from = scores.len() - Method::ALL.len();
        for score in &mut scores[from..] {
            score.fva = naive.zip(score.wape).map(|(naive, own)| naive - own);
        }
    }
    scores
}

fn quarter_changes(book: &Book<'_>) -> Vec<f64> {
    let months = book.deliveries_all();
    let start = usize::try_from(book.deliveries_from - book.first).unwrap_or(0);
    let quarters: Vec<f64> =
        months[start.min(months.len())..].rchunks_exact(3).map(|q| q.iter().sum()).collect();
    quarters.windows(2).map(|pair| pair[0] - pair[1]).collect()
}

fn score(method: Method, k: usize, pairs: &[(f64, f64, [f64; 3])], changes: &[f64]) -> Score {
    let n = pairs.len();
    let count = n as f64;
    let actual: f64 = pairs.iter().map(|(_, a, _)| a).sum();
    let share = |sum: f64| (n > 0 && actual > 0.0).then(|| sum / actual);
    let absolute: f64 = pairs.iter().map(|(f, a, _)| (f - a).abs()).sum();
    let squares: f64 = pairs.iter().map(|(f, a, _)| (f - a).powi(2)).sum();
    let scale = changes.iter().map(|c| c.abs()).sum::<f64>() / changes.len().max(1) as f64;
    let scale_squares = changes.iter().map(|c| c * c).sum::<f64>() / changes.len().max(1) as f64;
    let scaled = n > 0 && k < 4 && scale > 0.0;
    let own = method == Method::Model && n > 0;
    let pinball = |q: f64, level: f64, a: f64| if a >= q { level * (a - q) } else { (1.0 - level) * (q - a) };
    let loss: f64 = pairs
        .iter()
        .map(|(_, a, q)| (pinball(q[0], 0.1, *a) + pinball(q[1], 0.5, *a) + pinball(q[2], 0.9, *a)) / 3.0)
        .sum();
    let within = pairs.iter().filter(|(_, a, q)| (q[0]..=q[2]).contains(a)).count() as f64;
    Score {
        method,
        level: if k < 4 { "quarter" } else { "12M" },
        horizon: (k + 1).min(4),
        n,
        wape: share(absolute),
        mase: scaled.then(|| absolute / count / scale),
        rmsse: scaled.then(|| (squares / count / scale_squares).sqrt()),
        bias: share(pairs.iter().map(|(f, a, _)| f - a).sum()),
        pinball: if own { share(loss) } else { None },
        // Fewer than 4 absolute errors cannot support an 80% level.
        coverage_80: (own && n >= 4).then(|| within / count),
        fva: None,
    }
}
