//! Everything of a maker's past that a forecast is measured on: one pass serves a run and its replays.

use std::sync::OnceLock;

use crate::domain::{FiscalYear, Month};
use crate::history::{Book, MarketHistory};
use crate::ingest::Exports;
use crate::job::Job;

use super::channel::Channel;
use super::drivers::{Driver, drivers};
use super::effects::Effect;
use super::gaps::Gaps;
use super::origins::Past;
use super::posterior::Posterior;
use super::response::Selling;
use super::series::Series;
use super::trend::Trend;

/// Past origins of a maker: what an origin says does not change with later data, so one pass serves a run and its replays.
#[derive(Debug)]
pub struct PastOrigins {
    signed: Series,
    delivered: Series,
    pub(super) gaps: Gaps,
    /// Prior of the log growth of intake a year.
    prior_growth: f64,
    /// The year whose quarter ends are origins.
    year: FiscalYear,
    past: [OnceLock<Past>; 2],
    /// Drivers of the export.
    pub(super) drivers: Vec<Driver>,
    /// Distributors.
    channel: Option<Channel>,
}

impl PastOrigins {
    /// Gathers what is known at the end of the book's last month.
    pub fn new(book: &Book<'_>, market: &MarketHistory, exports: &Exports, job: &Job) -> Self {
        let (gaps, prior_growth) = (Gaps::new(market), job.demand.growth_per_year.get());
        Self {
            channel: Channel::new(book, exports, job, &gaps),
            signed: Series::signed(book, &job.catalogue),
            delivered: Series::delivered(book, &job.catalogue),
            gaps,
            prior_growth,
            year: job.run.fiscal_year_starts,
            past: [OnceLock::new(), OnceLock::new()],
            drivers: drivers(book, exports, job),
        }
    }

    pub(super) const fn series(&self, selling: Selling) -> &Series {
        match selling {
            Selling::Ahead => &self.signed,
            Selling::FromStock => &self.delivered,
        }
    }

    /// Growth and season of intake as of the end of a month.
    pub(super) fn trend(&self, selling: Selling, as_of: Month) -> Trend {
        Trend::measure(self.series(selling), &self.gaps, selling, self.prior_growth, as_of)
    }

    /// What distributors' cover adds; where orders are signed ahead only.
    pub(super) fn channel(&self, posterior: &Posterior, as_of: Month) -> Option<Effect> {
        let channel = self.channel.as_ref().filter(|_| posterior.selling == Selling::Ahead)?;
        channel.effect(&self.signed, posterior, as_of)
    }

    pub(super) fn past(&self, selling: Selling) -> &Past {
        let make = || Past::new(self.series(selling), &self.gaps, (selling, self.prior_growth), self.year);
        self.past[selling as usize].get_or_init(make)
    }
}
