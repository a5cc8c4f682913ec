//! Order intake ahead: the trailing-year mean times a ratio, which a shrunken regression may move from 1.

use crate::domain::Month;
use crate::fit::{Design, Ratio, Refusal, ratio_regression};
use crate::history::{Book, MarketHistory};
use crate::job;
use crate::job::Catalogue;

use super::drivers::Driver;

/// Fewest past origins, in months for each quarter ahead, that a regression is judged on: origins a month apart have
/// targets that overlap, the more the further ahead.
const LEAST_ORIGINS: usize = 8;

/// Most past origins that errors are drawn from, in months.
const ERROR_ORIGINS: i32 = 48;

/// The ratio of one quarter ahead.
#[derive(Clone, Debug)]
pub struct QuarterRatio {
    /// Quarters ahead, 1..=4.
    pub quarter: usize,
    /// The regression on all that is known, when it can be fitted.
    pub fit: Option<Ratio>,
    /// Whether the forecast uses it.
    pub kept: bool,
    /// Why it is kept or dropped.
    pub reason: String,
    /// The ratio that the forecast uses.
    pub ratio: f64,
    /// Values of the drivers at the as-of month.
    pub drivers: Vec<f64>,
}

/// Order intake at the as-of month and its course ahead.
#[derive(Clone, Debug)]
pub struct Intake {
    /// Mean TH signed a month over the trailing year.
    pub trailing_th: f64,
    /// Months that the trailing mean was taken over, at most 12.
    pub trailing_months: usize,
    /// One a quarter ahead.
    pub ratios: Vec<QuarterRatio>,
    /// Past errors: actual over forecast ratio of the four quarters from one origin, each quarter's mean 1.
    pub errors: Vec<[f64; 4]>,
    /// Shares of a quarter's intake in its three months, as they were in past quarters.
    pub month_shares: Vec<[f64; 3]>,
    /// Change of the log ratio per unit of price gap one quarter before; 0 when the regression is not used.
    pub price_elasticity: f64,
}

/// TH signed by month, with the arithmetic of ratios.
#[derive(Clone, Debug)]
struct Series {
    first: Month,
    th: Vec<f64>,
}

impl Series {
    fn mean(&self, from: Month, to: Month) -> Option<f64> {
        let start = usize::try_from(from - self.first).ok()?;
        let end = usize::try_from(to - self.first + 1).ok()?;
        let months = self.th.get(start..end)?;
        Some(months.iter().sum::<f64>() / months.len().max(1) as f64)
    }

    /// Mean of quarter `k` ahead of `t` over the mean of the year up to `t`.
    fn ratio(&self, t: Month, k: i32) -> Option<f64> {
        let year = self.mean(t - 11, t)?;
        let quarter = self.mean(t + (3 * k - 2), t + 3 * k)?;
        (year > 0.0).then_some(quarter / year)
    }
}

/// The regression of every quarter ahead as it would have been fitted at the end of every past month.
///
/// What a fit of month t sees ends with t, so the fits of one run serve all its replays.
#[derive(Clone, Debug)]
pub struct PastFits {
    series: Series,
    /// By quarter ahead and month from the series' first; empty where no target was known.
    fits: Vec<Vec<Result<Ratio, Refusal>>>,
}

impl PastFits {
    /// Fits every quarter ahead at every month up to the book's last.
    pub fn new(
        book: &Book<'_>,
        market: &MarketHistory,
        catalogue: &Catalogue,
        settings: &job::Demand,
    ) -> Self {
        let series = Series { first: book.first, th: book.intake_th(catalogue) };
        let fits = (1..=4)
            .map(|k| {
                let months = book.first.to(book.as_of);
                let fit = |known| {
                    ratio_regression(
                        &design(&series, market, known, k),
                        settings.tweedie_power.get(),
                        settings.penalty.get(),
                    )
                };
                months.map(fit).collect()
            })
            .collect();
        Self { series, fits }
    }

    /// The regression of quarter `k` ahead on what was known at the end of `known`.
    fn at(&self, known: Month, k: i32) -> Option<&Result<Ratio, Refusal>> {
        let quarter = usize::try_from(k - 1).ok()?;
        self.fits.get(quarter)?.get(usize::try_from(known - self.series.first).ok()?)
    }
}

impl Intake {
    /// Judges the ratio regressions as of the book's last month; `past` may reach further.
    pub fn new(book: &Book<'_>, market: &MarketHistory, catalogue: &Catalogue, past: &PastFits) -> Self {
        let series = Series { first: book.first, th: book.intake_th(catalogue) };
        let year = &series.th[series.th.len().saturating_sub(12)..];
        let trailing_th = year.iter().sum::<f64>() / year.len().max(1) as f64;
        let trailing_months = year.len();
        let ratios: Vec<QuarterRatio> =
            (1..=4).map(|k| quarter_ratio(&series, book.as_of, k, market, past)).collect();
        let price_elasticity = match &ratios[0] {
            QuarterRatio { kept: true, fit: Some(fit), .. } => fit.estimate(0),
            _ => 0.0,
        };
        Self {
            trailing_th,
            trailing_months,
            errors: past_errors(&series, book.as_of, &ratios, market),
            month_shares: month_shares(&series, book.as_of),
            ratios,
            price_elasticity,
        }
    }
}

fn drivers_at(market: &MarketHistory, month: Month) -> Option<Vec<f64>> {
    Driver::ALL.iter().map(|driver| driver.at(market, month)).collect()
}

/// Rows whose target was known by `known`: origins t with t + 3k <= known.
fn design(series: &Series, market: &MarketHistory, known: Month, k: i32) -> Design {
    let mut columns: Vec<(String, Vec<f64>)> =
        Driver::ALL.iter().map(|d| (d.name().to_owned(), Vec::new())).collect();
    let mut target = Vec::new();
    for origin in (series.first + 11).to(known - 3 * k) {
        if let (Some(drivers), Some(ratio)) = (drivers_at(market, origin), series.ratio(origin, k)) {
            columns.iter_mut().zip(drivers).for_each(|((_, values), x)| values.push(x));
            target.push(ratio);
        }
    }
    Design { columns, target }
}

fn quarter_ratio(
    series: &Series,
    as_of: Month,
    quarter: usize,
    market: &MarketHistory,
    past: &PastFits,
) -> QuarterRatio {
    let k = i32::try_from(quarter).unwrap_or(1);
    let unused = |reason: String| QuarterRatio {
        quarter,
        fit: None,
        kept: false,
        reason,
        ratio: 1.0,
        drivers: Vec::new(),
    };
    let Some(drivers) = drivers_at(market, as_of) else {
        return unused("the drivers have no value at the as-of month".to_owned());
    };
    let fit = match past.at(as_of, k) {
        Some(Ok(fit)) => fit,
        Some(Err(refusal)) => return unused(refusal.to_string()),
        None => return unused("there is no order intake to fit it on".to_owned()),
    };
    // Replay: at each past origin the regression on what was known then, against the ratio of 1.
    let (mut error, mut error_one, mut total, mut n) = (0.0, 0.0, 0.0, 0);
    for origin in (series.first + 11).to(as_of - 3 * k) {
        if let (Some(Ok(past)), Some(x), Some(actual), Some(year)) = (
            past.at(origin, k),
            drivers_at(market, origin),
            series.ratio(origin, k),
            series.mean(origin - 11, origin),
        ) {
            error += year * (past.predict(&x) - actual).abs();
            error_one += year * (1.0 - actual).abs();
            total += year * actual;
            n += 1;
        }
    }
    let ratio = fit.predict(&drivers);
    let result = |kept: bool, reason: String| QuarterRatio {
        quarter,
        ratio: if kept { ratio } else { 1.0 },
        fit: Some(fit.clone()),
        kept,
        reason,
        drivers: drivers.clone(),
    };
    let least = LEAST_ORIGINS * quarter;
    if n < least || total <= 0.0 {
        return result(false, format!("{n} past origins to judge it on, {least} are needed"));
    }
    let (wape, wape_one) = (error / total, error_one / total);
    let text = format!("WAPE of intake {wape:.3} against {wape_one:.3} with a ratio of 1, {n} past origins");
    if wape < wape_one { result(true, text) } else { result(false, text) }
}

/// Actual over fitted ratio of all four quarters, at each past origin where all four are known. Each quarter's
/// errors are scaled to mean 1: they spread the forecast, the ratio alone sets its level.
fn past_errors(
    series: &Series,
    as_of: Month,
    ratios: &[QuarterRatio],
    market: &MarketHistory,
) -> Vec<[f64; 4]> {
    let first = (series.first + 11).max(as_of - 12 - ERROR_ORIGINS);
    let mut errors: Vec<[f64; 4]> = first
        .to(as_of - 12)
        .filter_map(|origin| {
            let drivers = drivers_at(market, origin);
            let mut vector = [0.0; 4];
            for (cell, ratio) in vector.iter_mut().zip(ratios) {
                let actual = series.ratio(origin, i32::try_from(ratio.quarter).ok()?)?;
                let fitted = match (&ratio.fit, &drivers) {
                    (Some(fit), Some(drivers)) if ratio.kept => fit.predict(drivers),
                    _ => 1.0,
                };
                *cell = actual / fitted;
            }
            Some(vector)
        })
        .collect();
    for k in 0..4 {
        let mean = errors.iter().map(|e| e[k]).sum::<f64>() / errors.len().max(1) as f64;
        if mean > 0.0 {
            errors.iter_mut().for_each(|e| e[k] /= mean);
        } else {
            return Vec::new();
        }
    }
    errors
}

/// Shares of the three months in past quarters, counted back from the as-of month: a quarter that always begins with
/// its orders goes on doing so.
fn month_shares(series: &Series, as_of: Month) -> Vec<[f64; 3]> {
    (0..12)
        .rev()
        .map(|back| as_of - 3 * back)
        .filter_map(|last| {
            let start = usize::try_from(last - 2 - series.first).ok()?;
            let months = series.th.get(start..start + 3)?;
            let sum: f64 = months.iter().sum();
            (sum > 0.0).then(|| [months[0] / sum, months[1] / sum, months[2] / sum])
        })
        .collect()
}
