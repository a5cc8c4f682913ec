//! What would have been forecast at past quarter ends, and what came.

use std::sync::OnceLock;

use crate::domain::Month;
use crate::history::{Book, MarketHistory};
use crate::job::Job;

use super::channel::Channel;
use super::effects::Effect;
use super::growth::growth;
use super::levels::{Gaps, levels};
use super::posterior::Posterior;
use super::response::{CELLS, ELASTICITIES, Selling, elasticity, moved};
use super::series::Series;

/// Share of a mean quarter that is added to both sides of a ratio, so that an empty quarter is no infinite error.
pub(super) const CUSHION: f64 = 0.05;

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
    pub(super) fn new(series: &Series, gaps: &Gaps, selling: Selling, prior_growth: f64) -> Self {
        let answers = selling.answers();
        let last = series.first + i32::try_from(series.th.len()).unwrap_or(0) - 1;
        let mut past = Self::default();
        let mut sums = [[0.0; CELLS]; 2];
        for month in (series.first + 11).to(last - 12).filter(|month| month.quarter().last_month() == *month)
        {
            let Some(mean) = series.mean(series.first, month + 12).filter(|mean| *mean > 0.0) else {
                continue;
            };
            let growth = growth(series, gaps, prior_growth, month);
            let levels = levels(series, gaps, (selling, growth), month);
            let mut origin =
                Origin { month, forecast: [[0.0; CELLS]; 4], actual: [0.0; 4], cushion: CUSHION * mean };
            for k in 0..4 {
                let start = 3 * i32::try_from(k).unwrap_or(0);
                origin.actual[k] = series.mean(month + start + 1, month + start + 3).unwrap_or(0.0);
                for h in start + 1..=start + 3 {
                    let grown = (growth * f64::from(h) / 12.0).exp() / 3.0;
                    for (place, answer) in answers.iter().enumerate() {
                        let gap = gaps.answered(answer, month + h);
                        for e in 0..ELASTICITIES {
                            let cell = place * ELASTICITIES + e;
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

/// Past origins of a maker: what an origin says does not change with later data, so one pass serves a run and its replays.
#[derive(Debug)]
pub struct PastOrigins {
    signed: Series,
    delivered: Series,
    pub(super) gaps: Gaps,
    /// Prior of the log growth of intake a year.
    prior_growth: f64,
    past: [OnceLock<Past>; 2],
    /// Drivers of the export.
    pub(super) drivers: Vec<super::drivers::Driver>,
    /// Distributors.
    channel: Option<Channel>,
}

impl PastOrigins {
    /// Gathers what is known at the end of the book's last month.
    pub fn new(book: &Book<'_>, market: &MarketHistory, exports: &crate::ingest::Exports, job: &Job) -> Self {
        let (gaps, prior_growth) = (Gaps::new(market), job.demand.growth_per_year.get());
        Self {
            channel: Channel::new(book, exports, &job.catalogue, (&gaps, prior_growth)),
            signed: Series::signed(book, &job.catalogue),
            delivered: Series::delivered(book, &job.catalogue),
            gaps,
            prior_growth,
            past: [OnceLock::new(), OnceLock::new()],
            drivers: super::drivers::drivers(book, exports, job),
        }
    }

    pub(super) const fn series(&self, selling: Selling) -> &Series {
        match selling {
            Selling::Ahead => &self.signed,
            Selling::FromStock => &self.delivered,
        }
    }

    /// Log growth of intake a year as of the end of a month.
    pub(super) fn growth(&self, selling: Selling, as_of: Month) -> f64 {
        growth(self.series(selling), &self.gaps, self.prior_growth, as_of)
    }

    /// What distributors' cover adds; where orders are signed ahead only.
    pub(super) fn channel(&self, posterior: &Posterior, as_of: Month) -> Option<Effect> {
        let channel = self.channel.as_ref().filter(|_| posterior.selling == Selling::Ahead)?;
        channel.effect(&self.signed, posterior, as_of)
    }

    pub(super) fn past(&self, selling: Selling) -> &Past {
        let make = || Past::new(self.series(selling), &self.gaps, selling, self.prior_growth);
        self.past[selling as usize].get_or_init(make)
    }
}
