//! Order intake ahead: the trailing-year mean times a ratio, which chosen drivers may move from 1.

use crate::domain::Month;
use crate::fit::{RATIO_RANGE, Ratio};
use crate::history::Book;
use crate::job::{BUILT_IN_DRIVERS, Catalogue};
use crate::market::Scenario;

use super::selection::{PastFits, Verdict};
use super::series::Series;

/// Most past origins that errors are drawn from, in months.
const ERROR_ORIGINS: i32 = 48;

/// The ratio of one quarter ahead.
#[derive(Clone, Debug)]
pub struct QuarterRatio {
    /// Quarters ahead, 1..=4.
    pub quarter: usize,
    /// Drivers that the forecast uses, by their place among the candidates.
    pub kept: Vec<usize>,
    /// Their regression on all that is known.
    pub fit: Option<Ratio>,
    /// Why these, or none.
    pub reason: String,
    /// What was found of every candidate.
    pub verdicts: Vec<Verdict>,
    /// Part of the log ratio by scenario and kept driver.
    pub parts: [Vec<f64>; 3],
}

impl QuarterRatio {
    /// The ratio that a scenario's forecast uses.
    pub fn ratio(&self, scenario: Scenario) -> f64 {
        self.up_to(scenario, usize::MAX)
    }

    /// The same with the candidates up to place `last` alone.
    fn up_to(&self, scenario: Scenario, last: usize) -> f64 {
        let parts = self.kept.iter().zip(&self.parts[scenario as usize]);
        let log: f64 = parts.filter(|(driver, _)| **driver <= last).map(|(_, part)| part).sum();
        log.exp().clamp(RATIO_RANGE.0, RATIO_RANGE.1)
    }
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
    /// Change of the log ratio per unit of price gap one quarter before; 0 when no regression uses it.
    pub price_elasticity: f64,
    /// Drivers used in any quarter, by their place among the candidates, ascending.
    pub used: Vec<usize>,
    /// Name of every candidate driver, in the order of their places.
    pub names: Vec<String>,
    /// Place of the price gap among the candidates.
    price_gap: Option<usize>,
    /// Quarters ahead, from the first, in which orders are signed; 4 but for what the bridge asks.
    quarters: usize,
}

impl Intake {
    /// Chooses the drivers as of the book's last month; `past` may reach further.
    pub fn new(book: &Book<'_>, catalogue: &Catalogue, past: &PastFits) -> Self {
        let series = Series::new(book, catalogue);
        let year = &series.th[series.th.len().saturating_sub(12)..];
        let trailing_th = year.iter().sum::<f64>() / year.len().max(1) as f64;
        let trailing_months = year.len();
        let ratios: Vec<QuarterRatio> = (0..4).map(|k| quarter_ratio(k, book.as_of, past)).collect();
        let price_gap = past.candidates.iter().position(|c| c.name == BUILT_IN_DRIVERS[0]);
        let first = &ratios[0];
        let place = first.kept.iter().position(|driver| Some(*driver) == price_gap);
        let price_elasticity = first.fit.as_ref().zip(place).map_or(0.0, |(fit, place)| fit.estimate(place));
        let mut used: Vec<usize> = ratios.iter().flat_map(|ratio| ratio.kept.iter().copied()).collect();
        used.sort_unstable();
        used.dedup();
        Self {
            trailing_th,
            trailing_months,
            errors: past_errors(&series, book.as_of, &ratios, past),
            month_shares: month_shares(&series, book.as_of),
            ratios,
            price_elasticity,
            used,
            names: past.candidates.iter().map(|candidate| candidate.name.clone()).collect(),
            price_gap,
            quarters: 4,
        }
    }

    /// The same with intake at its trailing mean.
    #[must_use]
    pub fn without_drivers(&self) -> Self {
        let mut plain = self.clone();
        for ratio in &mut plain.ratios {
            ratio.kept.clear();
            ratio.parts = Default::default();
        }
        plain.price_elasticity = 0.0;
        plain.used.clear();
        plain
    }

    /// The same without orders after the first `quarters`.
    #[must_use]
    pub fn of_first(&self, quarters: usize) -> Self {
        Self { quarters, ..self.clone() }
    }

    /// Factor by which intake answers to a price gap that has `moved` from the base path's.
    pub(super) fn answer(&self, moved: f64) -> f64 {
        (self.price_elasticity * moved).clamp(-MOST_ANSWER, MOST_ANSWER).exp()
    }

    /// Mean TH signed a month in quarter `quarter` (0 to 3) ahead where it answers to the price by the factor `answer`,
    /// with the drivers up to place `last` among the candidates alone; `None` for no driver.
    pub(super) fn level(&self, quarter: usize, scenario: Scenario, answer: f64, last: Option<usize>) -> f64 {
        if quarter >= self.quarters {
            return 0.0;
        }
        let Some(last) = last else { return self.trailing_th };
        let answers = self.price_gap.is_some_and(|gap| gap <= last);
        let answer = if answers { answer } else { 1.0 };
        self.trailing_th * self.ratios[quarter].up_to(scenario, last) * answer
    }
}

/// Largest log change of intake that the course of the price ahead may make, either way.
const MOST_ANSWER: f64 = 1.4;

fn quarter_ratio(quarter: usize, as_of: Month, past: &PastFits) -> QuarterRatio {
    let choice = past.choose(quarter, as_of);
    let parts = Scenario::ALL.map(|scenario| {
        let values: Option<Vec<f64>> =
            choice.drivers.iter().map(|driver| past.in_scenario(*driver, quarter, as_of, scenario)).collect();
        match (&choice.fit, values) {
            (Some(fit), Some(values)) => fit.contributions(&values),
            _ => vec![0.0; choice.drivers.len()],
        }
    });
    QuarterRatio {
        quarter: quarter + 1,
        kept: choice.drivers,
        fit: choice.fit,
        reason: choice.reason,
        verdicts: choice.verdicts,
        parts,
    }
}

/// Actual ratio over the one forecast of all four quarters, at each past origin where all four are known; the drivers
/// are today's, their regression the one of the origin. Each quarter's errors are scaled to mean 1: they spread the
/// forecast, the ratio alone sets its level.
fn past_errors(series: &Series, as_of: Month, ratios: &[QuarterRatio], past: &PastFits) -> Vec<[f64; 4]> {
    let first = (series.first + 11).max(as_of - 12 - ERROR_ORIGINS);
    let fits: Vec<_> = ratios.iter().map(|ratio| past.of(ratio.quarter - 1, &ratio.kept)).collect();
    let mut errors: Vec<[f64; 4]> = first
        .to(as_of - 12)
        .filter_map(|origin| {
            let place = usize::try_from(origin - series.first).ok()?;
            let mut vector = [0.0; 4];
            for (cell, (ratio, fits)) in vector.iter_mut().zip(ratios.iter().zip(&fits)) {
                let actual = series.ratio(origin, i32::try_from(ratio.quarter).ok()?)?;
                let kept = fits.get(place).filter(|_| !ratio.kept.is_empty());
                *cell = actual / kept.and_then(|past| past.predicted).unwrap_or(1.0);
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
