//! Which drivers a forecast of order intake uses: those that would have made past forecasts better.
//!
//! For each quarter ahead, every candidate is fitted at the end of every past month on what was known then, and its
//! forecast compared with what was signed. Beginning with the ratio of 1, the driver that lowers the error most is
//! taken in, then one more beside it, each only where it beats the model without it by [`LEAST_GAIN`] at the
//! same past origins. No driver wins ties.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::Month;
use crate::fit::{Design, Ratio, Refusal, ratio_regression};
use crate::history::{Book, MarketHistory};
use crate::ingest::Exports;
use crate::job::{DriverEffect, Job};
use crate::market::Scenario;

use super::drivers::{Candidate, candidates};
use super::series::Series;

/// Fewest past origins, in months for each quarter ahead, that a regression is judged on: origins a month apart have
/// targets that overlap, the more the further ahead.
const LEAST_ORIGINS: usize = 8;

/// Share of the error that a driver must take away.
const LEAST_GAIN: f64 = 0.02;

/// Most drivers of one quarter ahead.
const MOST_DRIVERS: usize = 2;

/// Drivers of one quarter ahead by their place among the candidates, ascending.
type Subset = Vec<usize>;

/// A regression at the end of one past month, and what it forecast then.
#[derive(Clone, Debug)]
pub(super) struct PastFit {
    pub fit: Result<Ratio, Refusal>,
    /// Ratio forecast; `None` where it could not be fitted or a driver had no value.
    pub predicted: Option<f64>,
}

/// The regressions of every quarter ahead as they would have been fitted at the end of every past month.
///
/// What a fit of month t sees ends with t, so the fits of one run serve all its replays.
#[derive(Debug)]
pub struct PastFits {
    series: Series,
    last: Month,
    /// Every candidate driver.
    pub candidates: Vec<Candidate>,
    power: f64,
    penalty: f64,
    /// By quarter ahead (0 to 3) and drivers: one fit a month since the series' first. Made when first asked for.
    fits: Mutex<BTreeMap<(usize, Subset), Arc<Vec<PastFit>>>>,
}

/// How a candidate fared for one quarter ahead.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Place among the candidates.
    pub candidate: usize,
    /// Whether the forecast uses it.
    pub kept: bool,
    /// Why.
    pub reason: String,
    /// The regression that it was judged by, together with the drivers kept before it, and its place in that.
    pub fit: Option<(Ratio, usize)>,
    /// Its value at the as-of month.
    pub value: Option<f64>,
}

impl Verdict {
    /// Its part of the log ratio of the base forecast; 0 when dropped.
    pub fn contribution(&self) -> f64 {
        let (Some((fit, place)), Some(value), true) = (&self.fit, self.value, self.kept) else { return 0.0 };
        fit.contribution(*place, value)
    }
}

/// What was chosen for one quarter ahead.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub drivers: Subset,
    pub fit: Option<Ratio>,
    pub reason: String,
    pub verdicts: Vec<Verdict>,
}

/// Errors of two models at the past origins that both have.
#[derive(Clone, Copy, Default)]
struct Match {
    with: f64,
    without: f64,
    total: f64,
    n: usize,
}

impl PastFits {
    /// Gathers the candidates; regressions are fitted when they are asked for.
    pub fn new(book: &Book<'_>, market: &MarketHistory, exports: &Exports, job: &Job) -> Self {
        let series = Series::new(book, &job.catalogue);
        let candidates = candidates(book, market, &series, exports, job);
        Self {
            series,
            last: book.as_of,
            candidates,
            power: job.demand.tweedie_power.get(),
            penalty: job.demand.penalty.get(),
            fits: Mutex::default(),
        }
    }

    /// The fits of a set of drivers, one a month since the series' first.
    pub(super) fn of(&self, quarter: usize, drivers: &[usize]) -> Arc<Vec<PastFit>> {
        let key = (quarter, drivers.to_vec());
        let known = self.fits.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(fits) = known {
            return fits;
        }
        let months = || self.series.first.to(self.last);
        // Fitted outside the lock: replays that ask for the same at once make the same.
        let fits = Arc::new(months().map(|month| self.past_fit(quarter, drivers, month)).collect());
        let mut all = self.fits.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(key).or_insert(fits))
    }

    fn past_fit(&self, quarter: usize, drivers: &[usize], known: Month) -> PastFit {
        let fit = self.fit(quarter, drivers, known);
        let predicted = match &fit {
            Ok(fit) => self.values(quarter, drivers, known).map(|values| fit.predict(&values)),
            Err(_) => None,
        };
        PastFit { fit, predicted }
    }

    /// Values by which a forecast made at the end of `origin` goes.
    pub(super) fn values(&self, quarter: usize, drivers: &[usize], origin: Month) -> Option<Vec<f64>> {
        drivers.iter().map(|driver| self.candidates[*driver].ahead(origin, quarter)).collect()
    }

    /// The value of a driver in a scenario: at the run's own date its scenario's, at earlier ones what was known then.
    pub(super) fn in_scenario(
        &self,
        driver: usize,
        quarter: usize,
        as_of: Month,
        scenario: Scenario,
    ) -> Option<f64> {
        let candidate = &self.candidates[driver];
        if as_of == self.last {
            candidate.in_scenario(scenario, quarter)
        } else {
            candidate.ahead(as_of, quarter)
        }
    }

    /// Fits rows whose target was known by `known`: origins t with t + 3k <= known. A driver that may only move intake
    /// one way and is found to move it the other has no effect.
    fn fit(&self, quarter: usize, drivers: &[usize], known: Month) -> Result<Ratio, Refusal> {
        let k = i32::try_from(quarter).unwrap_or(0) + 1;
        let mut columns: Vec<(String, Vec<f64>)> =
            drivers.iter().map(|driver| (self.candidates[*driver].name.clone(), Vec::new())).collect();
        let mut target = Vec::new();
        for origin in (self.series.first + 11).to(known - 3 * k) {
            let row: Option<Vec<f64>> =
                drivers.iter().map(|driver| self.candidates[*driver].row(origin, quarter)).collect();
            if let (Some(row), Some(ratio)) = (row, self.series.ratio(origin, k)) {
                columns.iter_mut().zip(row).for_each(|((_, values), x)| values.push(x));
                target.push(ratio);
            }
        }
        let design = Design { columns, target };
        let fit = ratio_regression(&design, self.power, self.penalty)?;
        let wrong = |place: &usize| match self.candidates[drivers[*place]].effect {
            DriverEffect::Any => false,
            DriverEffect::NotPositive => fit.standardised[*place] > 0.0,
            DriverEffect::NotNegative => fit.standardised[*place] < 0.0,
        };
        let held: Vec<usize> = (0..drivers.len()).filter(wrong).collect();
        if held.is_empty() {
            return Ok(fit);
        }
        let mut free = design;
        let mut place = 0;
        free.columns.retain(|_| {
            place += 1;
            !held.contains(&(place - 1))
        });
        let mut refitted = fit;
        let coefficients = match free.columns.len() {
            0 => Vec::new(),
            _ => ratio_regression(&free, self.power, self.penalty)?.standardised,
        };
        let mut coefficients = coefficients.into_iter();
        for (place, coefficient) in refitted.standardised.iter_mut().enumerate() {
            *coefficient = if held.contains(&place) { 0.0 } else { coefficients.next().unwrap_or(0.0) };
        }
        Ok(refitted)
    }

    /// Errors of TH signed by `with` and by `without` at the origins whose target was known by `as_of`.
    fn compare(&self, quarter: usize, with: &[usize], without: &[usize], as_of: Month) -> Match {
        let k = i32::try_from(quarter).unwrap_or(0) + 1;
        let with = self.of(quarter, with);
        let other = (!without.is_empty()).then(|| self.of(quarter, without));
        let mut found = Match::default();
        for origin in (self.series.first + 11).to(as_of - 3 * k) {
            let Ok(place) = usize::try_from(origin - self.series.first) else { continue };
            let before = match &other {
                None => Some(1.0),
                Some(fits) => fits.get(place).and_then(|past| past.predicted),
            };
            if let (Some(predicted), Some(before), Some(actual), Some(year)) = (
                with.get(place).and_then(|past| past.predicted),
                before,
                self.series.ratio(origin, k),
                self.series.mean(origin - 11, origin),
            ) {
                found.with += year * (predicted - actual).abs();
                found.without += year * (before - actual).abs();
                found.total += year * actual;
                found.n += 1;
            }
        }
        found
    }

    /// Chooses the drivers of a quarter ahead (0 to 3) as of a month.
    pub(super) fn choose(&self, quarter: usize, as_of: Month) -> Choice {
        let least = LEAST_ORIGINS * (quarter + 1);
        let mut drivers: Subset = Vec::new();
        let mut reason = String::new();
        let mut verdicts: Vec<Verdict> = (0..self.candidates.len())
            .map(|candidate| Verdict {
                candidate,
                kept: false,
                reason: String::new(),
                fit: None,
                value: self.candidates[candidate].ahead(as_of, quarter),
            })
            .collect();
        loop {
            let mut best: Option<(f64, usize, String)> = None;
            for candidate in (0..self.candidates.len()).filter(|c| !drivers.contains(c)) {
                let mut with = drivers.clone();
                with.push(candidate);
                with.sort_unstable();
                let (gain, text, fit) = self.judge(quarter, &with, &drivers, candidate, as_of, least);
                if drivers.is_empty() || gain.is_some() {
                    let place = with.iter().position(|driver| *driver == candidate);
                    verdicts[candidate].fit = fit.zip(place);
                }
                if drivers.is_empty() || verdicts[candidate].reason.contains("WAPE") {
                    verdicts[candidate].reason.clone_from(&text);
                }
                if let Some(gain) = gain.filter(|gain| *gain > LEAST_GAIN)
                    && best.as_ref().is_none_or(|(most, ..)| gain > *most)
                {
                    best = Some((gain, candidate, text));
                }
            }
            let Some((_, candidate, text)) = best.filter(|_| drivers.len() < MOST_DRIVERS) else { break };
            drivers.push(candidate);
            drivers.sort_unstable();
            verdicts[candidate].kept = true;
            verdicts[candidate].reason.clone_from(&text);
            reason = if reason.is_empty() { text } else { format!("{reason}; {text}") };
        }
        let fit = (!drivers.is_empty())
            .then(|| self.at(quarter, &drivers, as_of).and_then(|past| past.fit.ok()))
            .flatten();
        for verdict in verdicts.iter_mut().filter(|verdict| verdict.kept) {
            let place = drivers.iter().position(|driver| *driver == verdict.candidate);
            verdict.fit = fit.clone().zip(place);
        }
        if drivers.is_empty() {
            "no driver lowered the error of past forecasts".clone_into(&mut reason);
        }
        Choice { drivers, fit, reason, verdicts }
    }

    /// The fit of a set of drivers at the end of a month.
    fn at(&self, quarter: usize, drivers: &[usize], month: Month) -> Option<PastFit> {
        self.of(quarter, drivers).get(usize::try_from(month - self.series.first).ok()?).cloned()
    }

    /// Share of the error that a candidate takes away, when it can be judged, and what to say of it.
    fn judge(
        &self,
        quarter: usize,
        with: &[usize],
        without: &[usize],
        candidate: usize,
        as_of: Month,
        least: usize,
    ) -> (Option<f64>, String, Option<Ratio>) {
        if self.candidates[candidate].ahead(as_of, quarter).is_none() {
            return (None, "it has no value at the as-of month".to_owned(), None);
        }
        let fit = match self.at(quarter, with, as_of) {
            Some(PastFit { fit: Ok(fit), .. }) => fit,
            Some(PastFit { fit: Err(refusal), .. }) => return (None, refusal.to_string(), None),
            None => return (None, "there is no order intake to fit it on".to_owned(), None),
        };
        let found = self.compare(quarter, with, without, as_of);
        if found.n < least || found.total <= 0.0 {
            return (None, format!("{} past origins to judge it on, {least} are needed", found.n), Some(fit));
        }
        let beside = match without {
            [] => "with a ratio of 1".to_owned(),
            drivers => {
                let names: Vec<&str> = drivers.iter().map(|d| self.candidates[*d].name.as_str()).collect();
                format!("with {} alone", names.join(" and "))
            }
        };
        let (wape, before) = (found.with / found.total, found.without / found.total);
        let text = format!("WAPE of intake {wape:.3} against {before:.3} {beside}, {} past origins", found.n);
        // It must beat the ratio of 1 too, at the same origins.
        let alone = if without.is_empty() { found } else { self.compare(quarter, with, &[], as_of) };
        let gain = if alone.with < alone.without && before > 0.0 { 1.0 - wape / before } else { -1.0 };
        (Some(gain), text, Some(fit))
    }
}
