//! Earlier vintages scored against what has left the door since, by lag.

use std::collections::BTreeMap;

use crate::backtest::{self, Measures, Scale};
use crate::domain::{Interval, Month};
use crate::history::Book;
use crate::job::Catalogue;

use super::read::{Earlier, PublishedForecast};

/// Errors without which nothing but their sum is reported: as many as an 80% interval needs.
pub const LEAST_ERRORS: usize = 4;

/// Limits of the tracking signal, in mean absolute deviations (APICS: 4 to either side).
pub const TRACKING_LIMIT: f64 = 4.0;

/// Most errors that a tracking signal is summed over, the newest: two years of quarters. A sum over ever more of them
/// would leave any limit in the end.
const SIGNAL_ERRORS: usize = 8;

/// What the tracking signal says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// Fewer than [`LEAST_ERRORS`] errors.
    TooFew,
    /// Within the limits.
    Within,
    /// Beyond the upper limit: the forecast is too high.
    OverForecast,
    /// Beyond the lower limit: the forecast is too low.
    UnderForecast,
}

impl Signal {
    /// The word in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooFew => "too_few",
            Self::Within => "within",
            Self::OverForecast => "over_forecast",
            Self::UnderForecast => "under_forecast",
        }
    }
}

/// Accuracy of one model at one lag. Errors are of quarter totals, forecast - actual.
#[derive(Clone, Debug)]
pub struct Realised {
    /// Model, or `ALL`.
    pub model: String,
    /// Quarters between the as-of date and the end of the quarter forecast, 1..=4.
    pub lag: usize,
    /// The role whose overrides it is of, each a month and model; empty: what was forecast.
    pub role: String,
    /// Errors.
    pub n: usize,
    /// Machines forecast, all together.
    pub forecast: i64,
    /// Machines that left.
    pub actual: i64,
    /// Sum |e| / sum actual.
    pub wape: Option<f64>,
    /// The same of the baselines, before planners' overrides.
    pub baseline_wape: Option<f64>,
    /// Sum e / sum actual.
    pub bias: Option<f64>,
    /// Sum of the errors that the tracking signal is made of, over their mean absolute value.
    pub tracking_signal: Option<f64>,
    /// How often errors of these sizes and signs at random give a tracking signal at least as far from 0.
    pub chance: Option<f64>,
    /// What the tracking signal says.
    pub signal: Signal,
    /// Share of actuals within p10 and p90, and of how many.
    pub coverage_80: Option<f64>,
}

/// One error, in machines.
#[derive(Clone, Copy, Debug)]
struct Pair {
    forecast: i64,
    baseline: i64,
    actual: i64,
    within: Option<bool>,
}

/// Scores every model and `ALL` at lags of 1 to 4 quarters. `earlier` is oldest first.
pub(super) fn realised(earlier: &[Earlier], book: &Book<'_>, catalogue: &Catalogue) -> Vec<Realised> {
    let mut rows = Vec::new();
    let models = catalogue.models.iter().map(crate::job::Model::name);
    for (index, model) in models.map(Some).chain([None]).enumerate() {
        for lag in 1..=4 {
            let own = model.is_some().then_some(index);
            let pairs: Vec<Pair> = earlier
                .iter()
                .filter_map(|vintage| pair(vintage, lag, model.unwrap_or("ALL"), own, book))
                .collect();
            if !pairs.is_empty() {
                rows.push(score(model.unwrap_or("ALL"), lag, "", &pairs));
            }
        }
    }
    rows.extend(by_role(earlier, book, catalogue));
    rows
}

/// What each role's overrides added to the forecast, whether they counted or not: single months of models that have passed, all
/// models together, by the quarter ahead that the month is in. A role is one whatever its case and blanks.
fn by_role(earlier: &[Earlier], book: &Book<'_>, catalogue: &Catalogue) -> Vec<Realised> {
    let mut roles: BTreeMap<(String, usize), (&str, Vec<Pair>)> = BTreeMap::new();
    for vintage in earlier {
        for of in &vintage.forecast.by_role {
            let Ok(ahead @ 1..=12) = usize::try_from(of.month - vintage.as_of) else { continue };
            let place = catalogue.models.iter().position(|model| model.name() == of.model);
            let Some(actual) = place.and_then(|place| delivered(book, of.month, Some(place))) else {
                continue;
            };
            let pair = Pair { forecast: of.units, baseline: of.baseline, actual, within: None };
            let key = (crate::text::folded(&of.role), ahead.div_ceil(3));
            let known = roles.entry(key).or_insert_with(|| (&of.role, Vec::new()));
            known.0 = &of.role;
            known.1.push(pair);
        }
    }
    roles.into_iter().map(|((_, lag), (role, pairs))| score("ALL", lag, role, &pairs)).collect()
}

/// Machines that left in a month, of one model or all; `None` where it is not known.
pub(super) fn delivered(book: &Book<'_>, month: Month, model: Option<usize>) -> Option<i64> {
    if month < book.deliveries_from || month > book.as_of {
        return None;
    }
    let at = usize::try_from(month - book.first).ok()?;
    let of = |m: &Vec<u64>| m.get(at).map(|q| i64::try_from(*q).unwrap_or(i64::MAX));
    match model {
        Some(model) => of(book.deliveries.get(model)?),
        None => book.deliveries.iter().map(of).sum(),
    }
}

fn pair(vintage: &Earlier, lag: usize, model: &str, place: Option<usize>, book: &Book<'_>) -> Option<Pair> {
    let last = vintage.as_of + i32::try_from(3 * lag).ok()?;
    let (mut forecast, mut baseline, mut actual) = (0, 0, 0);
    for month in (last - 2).to(last) {
        let machines = vintage.forecast.months.get(&(month, model.to_owned()))?;
        forecast += machines.units;
        baseline += machines.baseline;
        actual += delivered(book, month, place)?;
    }
    let within = interval(&vintage.forecast, last, model).map(|interval| interval.holds(&actual));
    Some(Pair { forecast, baseline, actual, within })
}

/// The interval of the three months up to `last`, where they are a quarter of the year that the vintage was made with.
fn interval(forecast: &PublishedForecast, last: Month, model: &str) -> Option<Interval<i64>> {
    let name = forecast.quarter_of.get(&last)?;
    let whole = (last - 2).to(last).all(|month| forecast.quarter_of.get(&month) == Some(name));
    let key = whole.then(|| (name.clone(), model.to_owned()))?;
    forecast.quarters.get(&key)?.interval
}

fn score(model: &str, lag: usize, role: &str, pairs: &[Pair]) -> Realised {
    let recent = &pairs[pairs.len().saturating_sub(SIGNAL_ERRORS)..];
    let enough = recent.len() >= LEAST_ERRORS;
    let all = measures(pairs, |pair| pair.forecast);
    let tracking_signal = measures(recent, |pair| pair.forecast).tracking_signal.filter(|_| enough);
    let errors: Vec<f64> = recent.iter().map(|p| (p.forecast - p.actual) as f64).collect();
    let within: Vec<bool> = pairs.iter().filter_map(|p| p.within).collect();
    Realised {
        model: model.to_owned(),
        lag,
        role: role.to_owned(),
        n: pairs.len(),
        forecast: pairs.iter().map(|p| p.forecast).sum(),
        actual: pairs.iter().map(|p| p.actual).sum(),
        wape: all.wape,
        baseline_wape: measures(pairs, |pair| pair.baseline).wape,
        bias: all.bias,
        tracking_signal,
        chance: tracking_signal.map(|_| chance(&errors)),
        signal: match tracking_signal {
            _ if !enough => Signal::TooFew,
            Some(signal) if signal > TRACKING_LIMIT => Signal::OverForecast,
            Some(signal) if signal < -TRACKING_LIMIT => Signal::UnderForecast,
            _ => Signal::Within,
        },
        coverage_80: (within.len() >= LEAST_ERRORS)
            .then(|| within.iter().filter(|w| **w).count() as f64 / within.len() as f64),
    }
}

/// Measures of what was published, oldest first, as the replays have them.
fn measures(pairs: &[Pair], forecast: impl Fn(&Pair) -> i64) -> Measures {
    let scored: Vec<_> = pairs
        .iter()
        .map(|pair| backtest::Pair {
            forecast: forecast(pair) as f64,
            actual: pair.actual as f64,
            quantiles: None,
        })
        .collect();
    Measures::of(&scored, Scale::default())
}

/// Exact sign test on the sum: share of all assignments of signs whose sum is at least as far from 0 (Fisher 1935).
/// At most 2^8 of them.
fn chance(errors: &[f64]) -> f64 {
    let sum: f64 = errors.iter().sum::<f64>().abs();
    let all = 1_u32 << errors.len();
    let far = (0..all)
        .filter(|signs| {
            let signed =
                errors.iter().enumerate().map(|(i, e)| if signs >> i & 1 == 1 { -e.abs() } else { e.abs() });
            // Sums of whole machines: exact.
            signed.sum::<f64>().abs() >= sum
        })
        .count();
    far as f64 / f64::from(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vintages::cash::CashRead;
    use crate::vintages::read::Machines;

    fn of(pairs: &[(i64, i64)]) -> Realised {
        let pairs: Vec<Pair> = pairs
            .iter()
            .map(|(forecast, actual)| Pair {
                forecast: *forecast,
                baseline: *forecast,
                actual: *actual,
                within: None,
            })
            .collect();
        score("ALL", 1, "", &pairs)
    }

    /// August to October are a quarter of a year from February; July to September are none, and neither is what a vintage does not call
    /// by a name.
    #[test]
    fn an_interval_is_of_a_quarter_as_the_vintage_calls_it() {
        let month = |text: &str| -> Month { text.parse().unwrap() };
        let names = [
            ("2025-07", "FY2026Q2"),
            ("2025-08", "FY2026Q3"),
            ("2025-09", "FY2026Q3"),
            ("2025-10", "FY2026Q3"),
        ];
        let of = Machines { units: 180, baseline: 180, interval: Some(Interval::of_80(150, 210)) };
        let forecast = PublishedForecast {
            months: BTreeMap::new(),
            quarter_of: names.map(|(of, name)| (month(of), name.to_owned())).into(),
            quarters: [(("FY2026Q3".to_owned(), "ALL".to_owned()), of)].into(),
            wafers: None,
            cash: CashRead::NoTables,
            by_role: Vec::new(),
        };
        assert_eq!(interval(&forecast, month("2025-10"), "ALL"), of.interval);
        assert_eq!(interval(&forecast, month("2025-09"), "ALL"), None);
        assert_eq!(interval(&forecast, month("2025-10"), "MINI"), None);
        assert_eq!(interval(&forecast, month("2025-12"), "ALL"), None);
    }

    #[test]
    fn few_errors_say_so() {
        let few = of(&[(120, 100), (90, 100), (130, 100)]);
        assert_eq!((few.signal, few.tracking_signal), (Signal::TooFew, None));
        assert!((few.wape.unwrap() - 60.0 / 300.0).abs() < 1e-12);
        assert!((few.bias.unwrap() - 40.0 / 300.0).abs() < 1e-12);
    }

    #[test]
    fn a_lasting_bias_leaves_the_limits_and_errors_to_both_sides_do_not() {
        let over = of(&[(200, 100), (210, 100), (190, 100), (205, 100), (200, 100)]);
        assert_eq!(over.signal, Signal::OverForecast);
        assert!((over.chance.unwrap() - 2.0 / 32.0).abs() < 1e-12, "all five to one side");
        assert_eq!(
            of(&[(50, 100), (40, 100), (60, 100), (45, 100), (50, 100)]).signal,
            Signal::UnderForecast
        );
        assert_eq!(of(&[(110, 100), (90, 100), (105, 100), (95, 100), (110, 100)]).signal, Signal::Within);
        assert_eq!(of(&[(100, 100); 5]).signal, Signal::Within, "no error at all");
    }

    #[test]
    fn old_errors_leave_the_signal() {
        let mut pairs = vec![(300, 100); 6];
        pairs.extend([(110, 100), (90, 100)].repeat(4));
        let score = of(&pairs);
        assert_eq!((score.n, score.signal), (14, Signal::Within));
    }
}
