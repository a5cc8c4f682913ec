//! What would have been forecast at past quarter ends, and what came.

use crate::domain::{FiscalYear, Month};

use super::gaps::Gaps;
use super::levels::levels;
use super::response::{CELLS, ELASTICITIES, Selling, elasticity, moved};
use super::series::{CUSHION, Series};
use super::trend::Trend;

/// What would have been forecast at the end of a past month, the gaps since known, and what came.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub month: Month,
    /// By quarter ahead: mean TH a month of every cell.
    pub forecast: [[f64; CELLS]; 4],
    /// The same that came.
    pub actual: [f64; 4],
    /// What is added to both sides of a ratio.
    pub cushion: f64,
}

/// Origins of one series, with running sums of every cell's errors.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    pub origins: Vec<Origin>,
    /// By origin: sum and sum of squares of the log errors of all origins up to it.
    pub sums: Vec<[[f64; CELLS]; 2]>,
}

impl Past {
    pub(super) fn new(
        series: &Series,
        gaps: &Gaps,
        (selling, prior_growth): (Selling, f64),
        year: FiscalYear,
    ) -> Self {
        let responses = selling.responses();
        let last = series.first + i32::try_from(series.th.len()).unwrap_or(0) - 1;
        let mut past = Self::default();
        let mut sums = [[0.0; CELLS]; 2];
        for month in (series.first + 11).to(last - 12).filter(|month| year.ends_quarter(*month)) {
            let Some(mean) = series.mean(series.first, month + 12).filter(|mean| *mean > 0.0) else {
                continue;
            };
            let trend = Trend::measure(series, gaps, selling, prior_growth, month);
            let levels = levels(series, gaps, (selling, &trend), month);
            let mut origin =
                Origin { month, forecast: [[0.0; CELLS]; 4], actual: [0.0; 4], cushion: CUSHION * mean };
            for k in 0..4 {
                let start = 3 * i32::try_from(k).unwrap_or(0);
                origin.actual[k] = series.mean(month + start + 1, month + start + 3).unwrap_or(0.0);
                for h in start + 1..=start + 3 {
                    let grown = trend.at(month + h) / 3.0;
                    for (index, response) in responses.iter().enumerate() {
                        let gap = gaps.responded(response, month + h);
                        for e in 0..ELASTICITIES {
                            let cell = index * ELASTICITIES + e;
                            origin.forecast[k][cell] +=
                                levels[cell] * grown * moved(elasticity(e), gap).exp();
                        }
                    }
                }
                for cell in 0..CELLS {
                    let error = origin.error(k, origin.forecast[k][cell]);
                    sums[0][cell] += error;
                    sums[1][cell] += error * error;
                }
            }
            past.origins.push(origin);
            past.sums.push(sums);
        }
        past
    }

    /// Origins whose four quarters are known at the end of `as_of`.
    pub(super) fn known(&self, as_of: Month) -> &[Origin] {
        &self.origins[..self.origins.partition_point(|origin| origin.month + 12 <= as_of)]
    }
}

impl Origin {
    /// Log error of a forecast of a quarter: ln(actual / forecast), both cushioned.
    pub(super) fn error(&self, quarter: usize, forecast: f64) -> f64 {
        ((self.actual[quarter] + self.cushion) / (forecast + self.cushion)).ln()
    }
}
