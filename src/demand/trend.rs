//! What moves order intake whatever the market does: growth, and the months of the year.

use crate::domain::Month;

use super::gaps::Gaps;
use super::growth::growth;
use super::response::Selling;
use super::season::Season;
use super::series::Series;

/// Growth and season as of the end of a month.
#[derive(Clone, Debug)]
pub(super) struct Trend {
    /// Month that ages are counted from.
    as_of: Month,
    /// Log growth a year.
    growth: f64,
    season: Season,
}

impl Trend {
    /// From a series up to `as_of`.
    pub(super) fn measure(
        series: &Series,
        gaps: &Gaps,
        selling: Selling,
        prior_growth: f64,
        as_of: Month,
    ) -> Self {
        let growth = growth(series, gaps, prior_growth, as_of);
        let season = match selling {
            Selling::Ahead => Season::measure(series, growth, as_of),
            Selling::FromStock => Season::flat(),
        };
        Self { as_of, growth, season }
    }

    /// Growth alone.
    #[cfg(test)]
    pub(super) const fn growing(growth: f64, as_of: Month) -> Self {
        Self { as_of, growth, season: Season::flat() }
    }

    /// Growth from the as-of month to a month before or ahead.
    pub(super) fn growth(&self, month: Month) -> f64 {
        (self.growth * f64::from(month - self.as_of) / 12.0).exp()
    }

    /// Intake of a month ahead over the level of the as-of month.
    pub(super) fn at(&self, month: Month) -> f64 {
        self.growth(month) * self.season.at(month)
    }

    /// The season's part of it.
    pub(super) fn season(&self, month: Month) -> f64 {
        self.season.at(month)
    }
}
