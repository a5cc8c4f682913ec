//! The months of the year in which orders are signed: key accounts that sign a contract a year sign it about the same month again.
//!
//! A factor a calendar month: its mean share of a year's intake, over the years before the as-of date, times twelve. Factors are pulled
//! towards 1 by how little the years agree (empirical Bayes; Miller and Williams 2003, "Shrinkage estimators of time series
//! seasonal factors", International Journal of Forecasting 19), and by one year more in which all months are alike: where the same month
//! differs from year to year as much as months differ from each other, all are 1.

use crate::domain::Month;

use super::series::Series;

/// Months of a year.
const MONTHS: usize = 12;

/// Most years that are looked at.
const MOST_YEARS: i32 = 6;

/// Factors by calendar month, January first; their mean is 1, and with the year that is added none is 0.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Season {
    factors: [f64; MONTHS],
}

impl Season {
    /// No month is unlike another.
    pub(super) const fn flat() -> Self {
        Self { factors: [1.0; MONTHS] }
    }

    /// From the whole years of a series that end with `as_of`, at a log growth a year. Two years at least: one cannot agree with
    /// another.
    pub(super) fn measure(series: &Series, growth: f64, as_of: Month) -> Self {
        let years: Vec<[f64; MONTHS]> = (0..MOST_YEARS)
            .map_while(|back| shares(series, growth, as_of - 12 * back))
            .filter(|shares| shares.iter().sum::<f64>() > 0.0)
            .collect();
        if years.len() < 2 {
            return Self::flat();
        }
        let n = years.len() as f64;
        let means: [f64; MONTHS] = std::array::from_fn(|c| years.iter().map(|year| year[c]).sum::<f64>() / n);
        let square = |from: &[f64; MONTHS], to: &[f64; MONTHS]| -> f64 {
            from.iter().zip(to).map(|(a, b)| (a - b).powi(2)).sum()
        };
        // Mean squares, of months and of years within months.
        let between = n * square(&means, &[1.0; MONTHS]);
        let within = years.iter().map(|year| square(year, &means)).sum::<f64>() / (n - 1.0);
        if between <= within {
            return Self::flat();
        }
        let kept = (1.0 - within / between) * n / (n + 1.0);
        let mut factors = [1.0; MONTHS];
        for (c, mean) in means.iter().enumerate() {
            // A year begins with the month after that of the as-of date.
            factors[calendar((as_of + 1).plus(c))] = 1.0 + kept * (mean - 1.0);
        }
        Self { factors }
    }

    /// Factor of a month.
    pub(super) fn at(&self, month: Month) -> f64 {
        self.factors[calendar(month)]
    }
}

/// January is 0.
fn calendar(month: Month) -> usize {
    (month.number() as usize + MONTHS - 1) % MONTHS
}

/// Shares of the twelve months up to `last` in their sum as if nothing grew, times twelve; zeros where nothing was signed, `None` where the
/// series does not hold them.
fn shares(series: &Series, growth: f64, last: Month) -> Option<[f64; MONTHS]> {
    let mut th = [0.0; MONTHS];
    for (month, th) in (last - 11).to(last).zip(&mut th) {
        *th = series.at(month)? * (growth * f64::from(last - month) / 12.0).exp();
    }
    let sum: f64 = th.iter().sum();
    // A contract may be signed a month earlier or later than the year before: a quarter of each month counts in either neighbour.
    let around = |c: usize| 0.5 * th[c] + 0.25 * (th[(c + 1) % MONTHS] + th[(c + MONTHS - 1) % MONTHS]);
    let scale = if sum > 0.0 { MONTHS as f64 / sum } else { 0.0 };
    Some(std::array::from_fn(|c| around(c) * scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(months: &[f64]) -> Series {
        Series { first: "2020-01".parse().unwrap(), th: months.to_vec() }
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    /// All of each year is signed in April: shares of 12 are 3 in March, 6 in April, 3 in May, the same in both years, of which all but
    /// the year that is added is kept: two thirds.
    #[test]
    fn what_comes_back_every_year_is_kept() {
        let year = |th: f64| (1..=12).map(move |month| if month == 4 { th } else { 0.0 });
        let months: Vec<f64> = year(100.0).chain(year(150.0)).collect();
        let found = Season::measure(&series(&months), 0.0, "2021-12".parse().unwrap());
        let shares = [0.0, 0.0, 3.0, 6.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        found
            .factors
            .iter()
            .zip(shares)
            .for_each(|(found, share)| close(*found, 1.0 + (share - 1.0) * 2.0 / 3.0));
    }

    /// April in one year, April and October alike in the other. Shares: 3, 6, 3 around April; then 1.5, 3, 1.5 around both. Means of
    /// the two: 2.25, 4.5, 2.25 and 0.75, 1.5, 0.75. Between: 2 x (2 x 1.25^2 + 3.5^2 + 2 x 0.25^2 + 0.5^2 + 6) = 43.5; within: each
    /// of the two years is off by 0.75, 1.5, 0.75 twice: 2 x 2 x 3.375 = 13.5. Kept: two thirds of 1 - 13.5 / 43.5
    /// = 20 / 29.
    #[test]
    fn what_years_do_not_share_is_pulled_to_one() {
        let mut months = [0.0; 24];
        (months[3], months[15], months[21]) = (100.0, 50.0, 50.0);
        let found = Season::measure(&series(&months), 0.0, "2021-12".parse().unwrap());
        let at = |month: &str| found.at(month.parse().unwrap());
        let kept = 2.0 / 3.0 * 20.0 / 29.0;
        close(at("2022-04"), 1.0 + kept * 3.5);
        close(at("2022-10"), 1.0 + kept * 0.5);
        close(at("2022-01"), 1.0 - kept);
        close(found.factors.iter().sum::<f64>(), 12.0);
    }

    /// April in one year and October in the next say nothing of the year after; nor does a year alone.
    #[test]
    fn years_that_do_not_agree_leave_every_month_alike() {
        let mut months = [0.0; 24];
        (months[3], months[21]) = (100.0, 100.0);
        let last = "2021-12".parse().unwrap();
        assert_eq!(Season::measure(&series(&months), 0.0, last), Season::flat());
        assert_eq!(Season::measure(&series(&months[..23]), 0.0, last - 1), Season::flat());
    }

    /// Months that grow by ln 2 a year are alike once growth is taken out: each is 2^(-age / 12) of the last.
    #[test]
    fn growth_is_no_season() {
        let months: Vec<f64> = (0..24).map(|m| (f64::from(m) / 12.0).exp2()).collect();
        let found = Season::measure(&series(&months), 2.0_f64.ln(), "2021-12".parse().unwrap());
        found.factors.iter().for_each(|factor| assert!((factor - 1.0).abs() < 1e-9, "{factor}"));
    }
}
