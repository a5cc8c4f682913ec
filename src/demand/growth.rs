//! Growth of order intake at an unchanged market, from the maker's own history with the job's growth as prior.

use crate::domain::Month;
use crate::fit::slope_with_prior;

use super::gaps::Gaps;
use super::response::{Gap, USUAL};
use super::series::{CUSHION, Series};

/// Deviation of the prior, log a year.
const DEVIATION: f64 = 0.1;

/// Fewest quarters that say anything.
const LEAST_QUARTERS: usize = 8;

/// Quarters alike as one: errors around a trend last, and count so many times less.
const ALIKE: f64 = 4.0;

/// Growth that is believed, log a year.
const MOST: f64 = 0.5;

/// Log growth a year as of the end of a month: the slope over time of ln of quarterly intake, less what the gaps of the market
/// explain at the usual elasticity, pulled towards `prior`.
pub(super) fn growth(series: &Series, gaps: &Gaps, prior: f64, as_of: Month) -> f64 {
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
        .map(|((th, gap), years)| (th + CUSHION * mean).ln() - USUAL * gap - prior * years)
        .collect();
    let centre = logs.iter().sum::<f64>() / n;
    logs.iter_mut().for_each(|log| *log -= centre);
    let error = (ALIKE * logs.iter().map(|log| log * log).sum::<f64>() / n).sqrt();
    if error <= 0.0 {
        return prior;
    }
    let slope = slope_with_prior(&years, &logs, error, DEVIATION).map_or(0.0, |found| found.slope);
    (prior + slope).clamp(-MOST, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(quarters: &[f64]) -> Series {
        let th = quarters.iter().flat_map(|th| [*th; 3]).collect();
        Series { first: "2020-01".parse().unwrap(), th }
    }

    fn still() -> Gaps {
        Gaps { first: "2020-01".parse().unwrap(), of: std::array::from_fn(|_| vec![0.0; 48]) }
    }

    /// Eight quarters that alternate around a level: no trend but that of the alternation; with a step of ln 2 between two years the
    /// slope by hand.
    #[test]
    fn a_trend_is_pulled_to_the_prior_by_how_sure_it_is() {
        let quarters = [100.0, 100.0, 100.0, 100.0, 200.0, 200.0, 200.0, 200.0];
        let found = growth(&series(&quarters), &still(), 0.0, "2021-12".parse().unwrap());
        // Cushion 7.5: y is -+d with d = ln(207.5 / 107.5) / 2, years -+(1, 3, 5, 7) / 8. Sum x^2 = 2 x 84 / 64, sum xy = 2 d x 16 / 8,
        // error^2 = 4 d^2.
        let d = (207.5_f64 / 107.5).ln() / 2.0;
        let slope = (4.0 * d / (4.0 * d * d)) / (2.625 / (4.0 * d * d) + 100.0);
        assert!((found - slope).abs() < 1e-9, "{found} {slope}");
    }

    #[test]
    fn little_history_leaves_the_prior() {
        let last = "2021-09".parse().unwrap();
        assert_eq!(growth(&series(&[100.0; 7]), &still(), 0.05, last), 0.05);
        assert_eq!(growth(&series(&[0.0; 8]), &still(), 0.05, "2021-12".parse().unwrap()), 0.05);
    }

    /// What the gap explains is no growth: intake that follows it at the usual elasticity.
    #[test]
    fn a_gap_is_no_growth() {
        let gap: Vec<f64> = (0..48).map(|month| if month < 12 { 0.0 } else { 0.5 }).collect();
        let gaps = Gaps { first: "2020-01".parse().unwrap(), of: std::array::from_fn(|_| gap.clone()) };
        let quarters: Vec<f64> = (0..8).map(|q| if q < 4 { 100.0 } else { 100.0 * 0.3_f64.exp() }).collect();
        let last = "2021-12".parse().unwrap();
        let (moved, grown) =
            (growth(&series(&quarters), &gaps, 0.0, last), growth(&series(&quarters), &still(), 0.0, last));
        assert!(moved.abs() < 0.3 * grown, "{moved} {grown}");
    }
}
