//! List prices ahead: they follow what buyers can pay back, as far and as late as the maker's own contracts show.
//!
//! ln p(h) = ln p(now) + sum over lags L of c(L) x (ln q(h - L) - ln q(now - L)), q the payback price: what a machine earns its
//! buyer a month, less power. c(L) is the mean over the posterior of slope b and lag L together.

use std::collections::BTreeMap;

use crate::domain::{HashPrice, Month, Usd};
use crate::history::{Book, MarketHistory};
use crate::job::{Job, Model, ModelId};
use crate::market::HORIZON;

/// Lags in months, 0 to 3, and their prior weights.
const LAGS: [f64; 4] = [0.4, 0.3, 0.2, 0.1];

/// Slopes b = 0, 0.1, ... 1.4.
const SLOPES: usize = 15;

/// Prior of the slope, N(0.7, 0.2): from May 2021 to December 2022 public prices below 38 J/TH fell from 119 to 15.7 USD per TH
/// and the payback price of such a machine to about a thirtieth, which is 0.6; eleven simulated makers have 0.5 to 0.95.
const SLOPE: (f64, f64) = (0.7, 0.2);

/// Months of prices that the fit looks at.
const MONTHS: i32 = 60;

/// Prices of neighbouring months and models err alike: so many count as one.
const ALIKE: f64 = 6.0;

/// Least standard deviation of the logarithm of a price: small samples may fit better by chance.
const LEAST_ERROR: f64 = 0.05;

/// Least margin as a share of revenue: a machine that hardly earns its power still sells, to who has cheaper power.
const LEAST_MARGIN: f64 = 0.1;

/// What a machine earns a buyer a month and TH, revenue less power, at least a tenth of its revenue. Payback prices are in
/// proportion to it.
/// # Example
/// 100 TH at 50 USD per PH/s a day bring 5 USD a day; 3 kW cost 4.32 at 0.06 USD: 0.68 a day. At 45 the 0.18 left are less than a
/// tenth of 4.50.
/// ```
/// use std::path::Path;
/// use wafercast::{cash::payback_price, domain::HashPrice, job::Job};
///
/// let job = Job::load(Path::new("fixtures/miniature/job.toml"))?;
/// let at = |usd: f64| payback_price(&job.catalogue.models[0], HashPrice::per_ph_day(usd).unwrap(), 0.06).dollars();
/// assert!((at(50.0) - 0.006_8).abs() < 1e-12);
/// assert!((at(45.0) - 0.004_5).abs() < 1e-12);
/// # Ok::<(), wafercast::error::Error>(())
/// ```
pub fn payback_price(model: &Model, hashprice: HashPrice, power_usd_per_kwh: f64) -> Usd {
    let revenue = hashprice.usd_per_th_day();
    let power = model.joules_per_th() / 1e3 * 24.0 * power_usd_per_kwh;
    Usd::new((revenue - power).max(LEAST_MARGIN * revenue))
}

/// How list prices follow payback prices.
#[derive(Clone, PartialEq, Debug)]
pub struct Following {
    /// Log change of the list price for one of the payback price so many months before.
    pub by_lag: [f64; LAGS.len()],
    /// Prices that it was measured on: months of a model.
    pub n: usize,
}

impl Following {
    /// From the prices of all orders by model and month of signing.
    pub fn measure(book: &Book<'_>, market: &MarketHistory, job: &Job) -> Self {
        let mut priced: BTreeMap<(ModelId, Month), (Usd, f64)> = BTreeMap::new();
        for booked in book.lots.iter().filter(|b| b.lot.terms.signed > book.as_of - MONTHS) {
            let (terms, money) = (&booked.lot.terms, &booked.lot.money);
            if money.priced > 0 {
                let (value, machines) = priced.entry((terms.model, terms.signed)).or_default();
                *value += Usd::from(money.value);
                *machines += money.priced as f64;
            }
        }
        let mut rows: BTreeMap<ModelId, Vec<[f64; LAGS.len() + 1]>> = BTreeMap::new();
        for ((id, signed), (value, machines)) in priced {
            let mut row = [(value.dollars() / machines).ln(); LAGS.len() + 1];
            let known = (0..LAGS.len()).all(|lag| {
                let month = signed - i32::try_from(lag).unwrap_or(0);
                let log = log_payback(market, job, id, month);
                row[lag] = log.unwrap_or(0.0);
                log.is_some()
            });
            if known && row[LAGS.len()].is_finite() {
                rows.entry(id).or_default().push(row);
            }
        }
        Self::fit(rows.values())
    }

    /// Of each model's rows: ln payback price by lag, then ln price. Each model has a level of its own.
    fn fit<'a>(models: impl Iterator<Item = &'a Vec<[f64; LAGS.len() + 1]>>) -> Self {
        let (mut xx, mut xy, mut yy) = ([0.0; LAGS.len()], [0.0; LAGS.len()], 0.0);
        let (mut n, mut levels) = (0, 0);
        for rows in models {
            let mean = |at: usize| rows.iter().map(|row| row[at]).sum::<f64>() / rows.len() as f64;
            let means: [f64; LAGS.len() + 1] = std::array::from_fn(mean);
            for row in rows {
                let y = row[LAGS.len()] - means[LAGS.len()];
                yy += y * y;
                for lag in 0..LAGS.len() {
                    let x = row[lag] - means[lag];
                    xx[lag] += x * x;
                    xy[lag] += x * y;
                }
            }
            n += rows.len();
            levels += 1;
        }
        let slope = |index: usize| index as f64 / 10.0;
        let squares = |lag: usize, b: f64| (yy - 2.0 * b * xy[lag] + b * b * xx[lag]).max(0.0);
        let cells = || (0..LAGS.len()).flat_map(|lag| (0..SLOPES).map(move |index| (lag, slope(index))));
        let least = cells().map(|(lag, b)| squares(lag, b)).fold(f64::INFINITY, f64::min);
        let freedom = n.saturating_sub(levels + 1).max(1) as f64;
        let variance = (least / freedom).max(LEAST_ERROR * LEAST_ERROR);
        let (mut by_lag, mut sum) = ([0.0; LAGS.len()], 0.0);
        for (lag, b) in cells() {
            let prior = LAGS[lag] * (-0.5 * ((b - SLOPE.0) / SLOPE.1).powi(2)).exp();
            let weight = prior * (-(squares(lag, b) - least) / (2.0 * variance * ALIKE)).exp();
            by_lag[lag] += weight * b;
            sum += weight;
        }
        Self { by_lag: by_lag.map(|of| of / sum), n }
    }

    /// Factor of a model's list price in each month ahead on a path of the hashprice, USD per PH/s a day; 1 at today's payback
    /// price.
    pub fn ahead(
        &self,
        past: &[f64; LAGS.len()],
        model: &Model,
        hashprice: &[f64; HORIZON],
        power: f64,
    ) -> [f64; HORIZON] {
        let log = |usd: f64| {
            let price =
                HashPrice::per_ph_day(usd).map(|price| payback_price(model, price, power).dollars().ln());
            price.unwrap_or(past[0])
        };
        let ahead = hashprice.map(log);
        std::array::from_fn(|h| {
            let change = |lag: usize| match h.checked_sub(lag) {
                Some(month) => ahead[month] - past[lag],
                None => past[lag - h - 1] - past[lag],
            };
            self.by_lag.iter().enumerate().map(|(lag, c)| c * change(lag)).sum::<f64>().exp()
        })
    }

    /// ln payback price of a model in the as-of month and the three before it; where the market does not reach, that of the
    /// month after.
    pub fn past(market: &MarketHistory, job: &Job, id: ModelId, as_of: Month) -> [f64; LAGS.len()] {
        let mut last = log_payback(market, job, id, as_of).unwrap_or(0.0);
        std::array::from_fn(|lag| {
            let month = as_of - i32::try_from(lag).unwrap_or(0);
            last = log_payback(market, job, id, month).unwrap_or(last);
            last
        })
    }
}

/// ln of the payback price of a month; `None` where its hashprice is not known.
fn log_payback(market: &MarketHistory, job: &Job, id: ModelId, month: Month) -> Option<f64> {
    let power = job.policy.power_usd_per_kwh.get();
    Some(payback_price(job.catalogue.model(id), market.hashprice(month)?, power).dollars().ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Payback prices that swing over 60 months, and prices that follow them by half two months later.
    fn rows(slope: f64, lag: usize) -> Vec<[f64; 5]> {
        let x = |month: usize| (month as f64 / 5.0).sin();
        let row = |m: usize| [x(m), x(m - 1), x(m - 2), x(m - 3), 1.0 + slope * x(m - lag)];
        (3..63).map(row).collect()
    }

    #[test]
    fn without_a_price_the_prior_stands_and_with_many_the_makers_own() {
        let prior = Following::fit([].iter());
        for (found, weight) in prior.by_lag.iter().zip(LAGS) {
            assert!((found - 0.7 * weight).abs() < 0.001, "{prior:?}");
        }
        let found = Following::fit([rows(0.5, 2)].iter());
        assert_eq!(found.n, 60);
        assert!((found.by_lag.iter().sum::<f64>() - 0.5).abs() < 0.03, "{found:?}");
        assert!(found.by_lag[2] > 0.35, "{found:?}");
    }

    /// Half of the change at once, a quarter a month later. The payback price falls to a quarter: 3 kW at 100 TH cost 0.0432 a
    /// TH, so that 0.0568 at 100 USD per PH/s, 0.0142 at 57.4. A price falls to 4^-0.5 = 0.5, then to 4^-0.75.
    #[test]
    fn a_list_price_follows_with_its_lags() {
        let job =
            Job::parse(include_str!("../../fixtures/miniature/job.toml"), std::path::Path::new("job.toml"))
                .unwrap();
        let following = Following { by_lag: [0.5, 0.25, 0.0, 0.0], n: 0 };
        let now = 0.0568_f64.ln();
        let found = following.ahead(&[now; 4], &job.catalogue.models[0], &[57.4; HORIZON], 0.06);
        for (h, expected) in [(0, 0.5), (1, 4.0_f64.powf(-0.75)), (11, 4.0_f64.powf(-0.75))] {
            assert!((found[h] - expected).abs() < 1e-9, "{h}: {}", found[h]);
        }
        // Before, it was half as high: what a month ago did not follow yet comes now.
        let past = [now, now - 2.0_f64.ln(), now, now];
        let same = following.ahead(&past, &job.catalogue.models[0], &[100.0; HORIZON], 0.06);
        assert!((same[0] - 2.0_f64.powf(0.25)).abs() < 1e-9, "{}", same[0]);
    }

    /// Ten machines at 1,000 USD in each of two months, in a market that stands still: two prices to measure on. In a month without a
    /// hashprice three months before there is none.
    #[test]
    fn prices_are_measured_in_months_whose_market_is_known() {
        use crate::history::MarketMonth;
        use crate::ingest::{Builder, Order};

        let text = include_str!("../../fixtures/miniature/job.toml");
        let job = Job::parse(text, std::path::Path::new("job.toml")).unwrap();
        let as_of: Month = "2025-09".parse().unwrap();
        let mut builder = Builder::new(as_of.last_day(), false, None);
        for (id, signed) in [("A", "2025-08-10"), ("B", "2025-09-10")] {
            builder.add(&Order {
                id,
                signed: signed.parse().unwrap(),
                unit_price: Some(Usd::new(1000.0)),
                start: as_of + 2,
                ..Order::usual()
            });
        }
        let ledger = builder.finish();
        let book = Book::new(&ledger, &job.catalogue, as_of);
        let measured = |first: &str| {
            let first: Month = first.parse().unwrap();
            let month = |month| MarketMonth {
                month,
                hashprice: HashPrice::per_ph_day(100.0),
                difficulty: None,
                implied_price: None,
                closing_price: None,
            };
            let market = MarketHistory { months: first.to(as_of).map(month).collect() };
            Following::measure(&book, &market, &job).n
        };
        assert_eq!((measured("2025-05"), measured("2025-06"), measured("2025-07")), (2, 1, 0));
    }
}
