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

#[cfg(test)]
mod tests {
    use super::*;

    /// All of two years is signed in April: six times a mean month, of which two thirds of what is above it are kept, 1 + 5 x 2 / 3. What is
    /// signed doubles in a year, a third of it by April.
    #[test]
    fn a_month_ahead_is_growth_times_its_season() {
        let as_of: Month = "2021-12".parse().unwrap();
        let mut th = vec![0.0; 24];
        (th[3], th[15]) = (100.0, 100.0);
        let series = Series { first: "2020-01".parse().unwrap(), th };
        let trend = Trend { as_of, growth: 2.0_f64.ln(), season: Season::measure(&series, 0.0, as_of) };
        let april: Month = "2022-04".parse().unwrap();
        for (found, expected) in [
            (trend.season(april), 13.0 / 3.0),
            (trend.growth(as_of + 12), 2.0),
            (trend.growth(as_of - 12), 0.5),
            (trend.at(april), 13.0 / 3.0 * (4.0_f64 / 12.0).exp2()),
        ] {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }
}
