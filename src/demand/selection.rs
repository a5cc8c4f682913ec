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

/// Why a driver of wafercast's own is not tried unless the job lists it in `demand.candidates`: with simulated makers that
/// no constant was chosen on, those chosen by a maker's own past made its forecasts worse (docs/method.md).
const NOT_ADMITTED: &str = "not among demand.candidates of the job";

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

/// Fits of one set of drivers by month since the first of order intake.
type Months = Arc<Vec<PastFit>>;

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
    fits: Mutex<BTreeMap<(usize, Subset), Months>>,
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

/// What was found of a candidate beside the drivers kept so far.
struct Trial {
    /// Share of the error that it takes away; `None` where it cannot be judged or does not beat the ratio of 1.
    gain: Option<f64>,
    text: String,
    /// The regression with it, and its place in that.
    fit: Option<(Ratio, usize)>,
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
    pub(super) fn of(&self, quarter: usize, drivers: &[usize]) -> Months {
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
        let (mut drivers, mut reasons) = (Subset::new(), Vec::new());
        let mut verdicts: Vec<Verdict> = (0..self.candidates.len())
            .map(|candidate| Verdict {
                candidate,
                kept: false,
                reason: NOT_ADMITTED.to_owned(),
                fit: None,
                value: self.candidates[candidate].ahead(as_of, quarter),
            })
            .collect();
        // What is not admitted is judged for the report of the run alone.
        let judged = |candidate: &usize| self.candidates[*candidate].admitted || as_of == self.last;
        while drivers.len() < MOST_DRIVERS {
            let mut best: Option<(f64, usize)> = None;
            let others: Vec<usize> = (0..self.candidates.len()).filter(|c| !drivers.contains(c)).collect();
            for candidate in others.into_iter().filter(judged) {
                let trial = self.judge(quarter, &drivers, candidate, as_of);
                let admitted = self.candidates[candidate].admitted;
                let verdict = &mut verdicts[candidate];
                verdict.reason =
                    if admitted { trial.text } else { format!("{NOT_ADMITTED}; {}", trial.text) };
                verdict.fit = trial.fit;
                if let Some(gain) = trial.gain.filter(|gain| admitted && *gain > LEAST_GAIN)
                    && best.is_none_or(|(most, _)| gain > most)
                {
                    best = Some((gain, candidate));
                }
            }
            let Some((_, candidate)) = best else { break };
            drivers.push(candidate);
            drivers.sort_unstable();
            verdicts[candidate].kept = true;
            reasons.push(format!("{}: {}", self.candidates[candidate].name, verdicts[candidate].reason));
        }
        let fit = (!drivers.is_empty())
            .then(|| self.at(quarter, &drivers, as_of).and_then(|past| past.fit.ok()))
            .flatten();
        for verdict in verdicts.iter_mut().filter(|verdict| verdict.kept) {
            let place = drivers.iter().position(|driver| *driver == verdict.candidate);
            verdict.fit = fit.clone().zip(place);
        }
        if reasons.is_empty() {
            let tried = verdicts.iter().filter(|verdict| self.candidates[verdict.candidate].admitted);
            reasons.extend(
                tried.map(|v| format!("{} dropped: {}", self.candidates[v.candidate].name, v.reason)),
            );
        }
        Choice { drivers, fit, reason: reasons.join("; "), verdicts }
    }

    /// The fit of a set of drivers at the end of a month.
    fn at(&self, quarter: usize, drivers: &[usize], month: Month) -> Option<PastFit> {
        self.of(quarter, drivers).get(usize::try_from(month - self.series.first).ok()?).cloned()
    }

    /// Judges a candidate beside the drivers kept so far.
    fn judge(&self, quarter: usize, kept: &[usize], candidate: usize, as_of: Month) -> Trial {
        let untried = |text: String, fit| Trial { gain: None, text, fit };
        if self.candidates[candidate].ahead(as_of, quarter).is_none() {
            return untried("it has no value at the as-of month".to_owned(), None);
        }
        let mut with = kept.to_vec();
        with.push(candidate);
        with.sort_unstable();
        let place = with.iter().position(|driver| *driver == candidate);
        let fit = match self.at(quarter, &with, as_of) {
            Some(PastFit { fit: Ok(fit), .. }) => Some(fit).zip(place),
            Some(PastFit { fit: Err(refusal), .. }) => return untried(refusal.to_string(), None),
            None => return untried("there is no order intake to fit it on".to_owned(), None),
        };
        let found = self.compare(quarter, &with, kept, as_of);
        let least = LEAST_ORIGINS * (quarter + 1);
        if found.n < least || found.total <= 0.0 {
            return untried(format!("{} past origins to judge it on, {least} are needed", found.n), fit);
        }
        let names: Vec<&str> = kept.iter().map(|driver| self.candidates[*driver].name.as_str()).collect();
        let beside = match names.as_slice() {
            [] => "with a ratio of 1".to_owned(),
            names => format!("with {} alone", names.join(" and ")),
        };
        let (wape, before) = (found.with / found.total, found.without / found.total);
        let text = format!("WAPE of intake {wape:.3} against {before:.3} {beside}, {} past origins", found.n);
        // It must beat the ratio of 1 too, at the same origins.
        let alone = if kept.is_empty() { found } else { self.compare(quarter, &with, &[], as_of) };
        let gain = (alone.with < alone.without && before > 0.0).then(|| 1.0 - wape / before);
        Trial { gain, text, fit }
    }
}
