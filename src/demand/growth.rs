//! Growth of order intake at an unchanged market, from the maker's own history with the job's growth as prior.

use crate::domain::Month;
use crate::fit::slope_with_prior;

use super::levels::Gaps;
use super::origins::CUSHION;
use super::posterior::USUAL;
use super::response::Gap;
use super::series::Series;

/// Deviation of the prior, log a year.
const DEVIATION: f64 = 0.1;

/// Fewest quarters that say anything.
const LEAST_QUARTERS: usize = 8;

/// Quarters alike as one: errors around a trend last, and count so many times less.
const ALIKE: f64 = 4.0;

/// Growth that is believed, log a year.
const MOST: f64 = 0.5;

pub(super) fn knob(name: &str, value: f64) -> f64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(value)
}

/// Log growth a year as of the end of a month: the slope over time of ln of quarterly intake, less what the gaps of the market
/// explain at the usual elasticity, pulled towards `prior`.
pub(super) fn growth(series: &Series, gaps: &Gaps, prior: f64, as_of: Month) -> f64 {
    let deviation = knob("WF_GSD", DEVIATION);
    let usual = knob("WF_GE", USUAL);
    let alike = knob("WF_GA", ALIKE);
    if deviation <= 0.0 {
        return prior;
    }
    let quarters: Vec<(f64, f64)> = (0..)
        .map_while(|back| {
            let last = as_of - 3 * back;
            let th = series.mean(last - 2, last)?;
            let gap = |month: Month| 0.5 * (gaps.at(Gap::Price, month) + gaps.at(Gap::Hashprice, month));
            Some((th, (0..3).map(|m| gap(last - m)).sum::<f64>() / 3.0))
        })
        .collect();
    let n = quarters.len() as f64;
    let mean = quarters.iter().map(|(th, _)| th).sum::<f64>() / n;
    if quarters.len() < LEAST_QUARTERS || mean <= 0.0 {
        return prior;
    }
    let years: Vec<f64> = (0..quarters.len()).map(|back| ((n - 1.0) / 2.0 - back as f64) / 4.0).collect();
    let mut logs: Vec<f64> = quarters
        .iter()
        .zip(&years)
        .map(|((th, gap), years)| (th + CUSHION * mean).ln() - usual * gap - prior * years)
        .collect();
    let centre = logs.iter().sum::<f64>() / n;
    logs.iter_mut().for_each(|log| *log -= centre);
    let error = (alike * logs.iter().map(|log| log * log).sum::<f64>() / n).sqrt();
    if error <= 0.0 {
        return prior;
    }
    let slope = slope_with_prior(&years, &logs, error, deviation).map_or(0.0, |found| found.slope);
    (prior + slope).clamp(-MOST, MOST)
}
