//! Price paths and what follows from them by the market identity.
//!
//! Implied price is a random walk without drift. Difficulty growth is regressed on its own lag and on how rich
//! mining is, ln hashprice less its trailing-year mean. Hashprice follows:
//! 144 x subsidy x price / network hashrate, so a halving inside the horizon halves it.

use crate::domain::{Difficulty, HashPrice, Month, Scenario, hashprice_at, subsidy_btc};
use crate::fit::{Design, LeastSquares, least_squares};
use crate::history::MarketHistory;
use crate::job::{BUILT_IN_DRIVERS, Market, Scenarios};

/// Months forecast.
pub const HORIZON: usize = 12;

/// Standard normal quantile of 0.9 (NIST/SEMATECH e-Handbook, 1.3.6.7.1).
const Z90: f64 = 1.281_551_565_544_600_4;

/// Months of difficulty growth that its regression is fitted on.
const GROWTH_MONTHS: i32 = 60;

/// Monthly price changes up to which a volatility is said to rest on few: its standard error is a fifth of it then.
const FEW_CHANGES: usize = 12;

/// Monthly difficulty growth is held within this of 0, in logs: the fit is not believed beyond what was seen.
const MOST_GROWTH: f64 = 0.25;

/// One path of the market over the horizon, by month ahead.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    /// Implied price, USD per BTC.
    pub price: [f64; HORIZON],
    /// Difficulty.
    pub difficulty: [f64; HORIZON],
    /// Hashprice, USD per PH/s per day.
    pub hashprice: [f64; HORIZON],
}

/// How difficulty grows.
#[derive(Clone, Debug)]
pub enum Growth {
    /// By the regression on its lag and on richness.
    Regression(LeastSquares),
    /// By its trailing mean, because of the reason given.
    TrailingMean {
        /// Log growth a month.
        growth: f64,
        /// Why not by regression.
        reason: String,
    },
}

/// What is known of the market at the as-of date, ready to be projected.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// Implied price at the end of the as-of month, USD per BTC.
    pub start_price: f64,
    /// Standard deviation of the monthly log price change.
    pub volatility: f64,
    /// Price changes that the volatility was measured on.
    pub volatility_n: usize,
    /// How difficulty grows.
    pub growth: Growth,
    /// Implied price of each path month in each scenario, USD per BTC.
    scenario_prices: [[f64; HORIZON]; 3],
    /// Difficulty of each month ahead where the job gives it, by scenario.
    given_difficulty: [Option<[f64; HORIZON]>; 3],
    /// ln implied price of the months up to the as-of month, at most twelve, oldest first.
    log_prices: Vec<f64>,
    log_hashprices: Vec<f64>,
    start_difficulty: f64,
    start_growth: f64,
    subsidies: [f64; HORIZON],
}

impl Outlook {
    /// First month of a history that is too short for the volatility that the job asks for; `None` where it is long enough.
    pub fn short(&self, history: &MarketHistory, settings: &Market) -> Option<Month> {
        let n = self.volatility_n;
        let short = n <= FEW_CHANGES && n < settings.volatility_months as usize;
        history.months.first().filter(|_| short).map(|first| first.month)
    }

    /// Measures volatility and growth; `None` when the as-of month itself is not covered.
    pub fn new(history: &MarketHistory, settings: &Market, scenarios: &Scenarios) -> Option<Self> {
        let last = history.months.last()?;
        let as_of = last.month;
        let start_price = last.closing_price?;
        let start_difficulty = last.difficulty?.get();
        let (volatility, volatility_n) = volatility(history, settings.volatility_months);
        let trailing = |value: fn(&crate::history::MarketMonth) -> Option<f64>| -> Vec<f64> {
            let tail = &history.months[history.months.len().saturating_sub(12)..];
            tail.iter().filter_map(value).map(f64::ln).collect()
        };
        let mut subsidies = [0.0; HORIZON];
        for (subsidy, month) in subsidies.iter_mut().zip((as_of + 1).run(12)) {
            *subsidy = mean_subsidy(month, settings.next_halving);
        }
        let percentile = |z: f64| -> [f64; HORIZON] {
            std::array::from_fn(|h| start_price * (z * volatility * ((h + 1) as f64).sqrt()).exp())
        };
        let given = |path: &Option<Vec<crate::job::Positive>>, z: f64| -> [f64; HORIZON] {
            let default = percentile(z);
            match path {
                Some(path) => {
                    std::array::from_fn(|h| path.get(h).map_or(default[h], |m| m.get() * start_price))
                }
                None => default,
            }
        };
        Some(Self {
            start_price,
            volatility,
            volatility_n,
            growth: growth(history),
            scenario_prices: [
                given(&scenarios.bear, -Z90),
                given(&scenarios.base, 0.0),
                given(&scenarios.bull, Z90),
            ],
            given_difficulty: [
                &scenarios.bear_difficulty,
                &scenarios.base_difficulty,
                &scenarios.bull_difficulty,
            ]
            .map(|path| {
                let path = path.as_ref().filter(|path| path.len() >= HORIZON)?;
                Some(std::array::from_fn(|h| path[h].get() * start_difficulty))
            }),
            log_prices: trailing(|m| m.implied_price),
            log_hashprices: trailing(|m| m.hashprice.map(HashPrice::usd_per_ph_day)),
            start_difficulty,
            start_growth: log_growth(history, as_of).unwrap_or(0.0),
            subsidies,
        })
    }

    /// The price of each month ahead in a scenario, USD per BTC.
    pub const fn prices(&self, scenario: Scenario) -> [f64; HORIZON] {
        self.scenario_prices[scenario as usize]
    }

    /// A random walk around the base path from 12 standard normal steps.
    pub fn random_prices(&self, steps: &[f64; HORIZON]) -> [f64; HORIZON] {
        let base = self.prices(Scenario::Base);
        let mut sum = 0.0;
        std::array::from_fn(|h| {
            sum += steps[h];
            base[h] * (self.volatility * sum).exp()
        })
    }

    /// Difficulty and hashprice along a price path of a scenario: difficulty as the job gives it, or as it responds to the
    /// price.
    pub fn project(&self, scenario: Scenario, price: &[f64; HORIZON]) -> Path {
        let mut path = Path { price: *price, difficulty: [0.0; HORIZON], hashprice: [0.0; HORIZON] };
        let mut logs = self.log_hashprices.clone();
        let (mut difficulty, mut last_growth) = (self.start_difficulty, self.start_growth);
        for h in 0..HORIZON {
            let growth = match &self.growth {
                Growth::Regression(fit) => {
                    let mean = logs.iter().sum::<f64>() / logs.len().max(1) as f64;
                    let richness = logs.last().map_or(0.0, |last| last - mean);
                    fit.predict(&[last_growth, richness])
                }
                Growth::TrailingMean { growth, .. } => *growth,
            };
            last_growth = growth.clamp(-MOST_GROWTH, MOST_GROWTH);
            difficulty *= last_growth.exp();
            if let Some(given) = &self.given_difficulty[scenario as usize] {
                last_growth = (given[h] / if h == 0 { self.start_difficulty } else { given[h - 1] }).ln();
                difficulty = given[h];
            }
            path.difficulty[h] = difficulty;
            path.hashprice[h] = Difficulty::new(difficulty)
                .map_or(f64::NAN, |d| hashprice_at(price[h], d.hashrate(), self.subsidies[h]));
            logs.push(path.hashprice[h].ln());
            if logs.len() > 12 {
                logs.remove(0);
            }
        }
        path
    }

    /// Gaps of price and hashprice in each month ahead on a path: ln less its mean over the twelve months that end with it. A
    /// path has the price at the end of each month; the mean of a month lies half way to the month before.
    pub fn gaps(&self, path: &Path) -> [[f64; HORIZON]; BUILT_IN_DRIVERS.len()] {
        let half: [f64; HORIZON] = std::array::from_fn(|h| {
            let before = if h == 0 { self.start_price } else { path.price[h - 1] };
            0.5 * (before / path.price[h]).ln()
        });
        let gaps = |past: &[f64], ahead: &[f64; HORIZON]| {
            let ahead = ahead.iter().zip(&half).map(|(value, half)| value.ln() + half);
            let logs: Vec<f64> = past.iter().copied().chain(ahead).collect();
            std::array::from_fn(|h| {
                let end = past.len() + h + 1;
                let year = &logs[end.saturating_sub(12)..end];
                logs[end - 1] - year.iter().sum::<f64>() / year.len() as f64
            })
        };
        [gaps(&self.log_prices, &path.price), gaps(&self.log_hashprices, &path.hashprice)]
    }
}

/// Gaps of a month of the past, as [`Outlook::gaps`] has them of the months ahead; `None` where a year of market data is not
/// known.
pub fn past_gaps(market: &MarketHistory, month: Month) -> [Option<f64>; BUILT_IN_DRIVERS.len()] {
    [market.price_gap(month), market.gap(month, |m| m.hashprice.map(HashPrice::usd_per_ph_day))]
}

/// Mean subsidy over the days of a month, BTC.
pub fn mean_subsidy(month: Month, next_halving: Month) -> f64 {
    let days: Vec<f64> = month
        .first_day()
        .iter_days()
        .take_while(|day| *day <= month.last_day())
        .map(|day| subsidy_btc(day, next_halving))
        .collect();
    days.iter().sum::<f64>() / days.len().max(1) as f64
}

/// Root mean square of the monthly log changes of the closing price: without drift, the mean is 0 by assumption.
fn volatility(history: &MarketHistory, months: u32) -> (f64, usize) {
    let closes: Vec<Option<f64>> = history.months.iter().map(|m| m.closing_price).collect();
    let changes: Vec<f64> = closes
        .windows(2)
        .filter_map(|pair| match pair {
            [Some(before), Some(after)] => Some((after / before).ln()),
            _ => None,
        })
        .collect();
    let tail = &changes[changes.len().saturating_sub(months as usize)..];
    let squares: f64 = tail.iter().map(|c| c * c).sum();
    ((squares / tail.len().max(1) as f64).sqrt(), tail.len())
}

fn log_growth(history: &MarketHistory, month: Month) -> Option<f64> {
    Some((history.difficulty(month)?.get() / history.difficulty(month - 1)?.get()).ln())
}

fn growth(history: &MarketHistory) -> Growth {
    let Some(last) = history.months.last().map(|m| m.month) else {
        return Growth::TrailingMean { growth: 0.0, reason: "no market history".to_owned() };
    };
    let (mut lag, mut rich, mut target) = (Vec::new(), Vec::new(), Vec::new());
    for month in (last - (GROWTH_MONTHS - 1)).to(last) {
        let richness = history.gap(month - 1, |m| m.hashprice.map(HashPrice::usd_per_ph_day));
        if let (Some(before), Some(richness), Some(now)) =
            (log_growth(history, month - 1), richness, log_growth(history, month))
        {
            lag.push(before);
            rich.push(richness);
            target.push(now);
        }
    }
    let design =
        Design { columns: vec![("growth_lag".to_owned(), lag), ("richness".to_owned(), rich)], target };
    match least_squares(&design) {
        Ok(fit) => Growth::Regression(fit),
        Err(refusal) => {
            let recent: Vec<f64> = (last - 11).to(last).filter_map(|m| log_growth(history, m)).collect();
            let growth = recent.iter().sum::<f64>() / recent.len().max(1) as f64;
            Growth::TrailingMean { growth, reason: refusal.to_string() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eleven months at 1, then 4 at the end of the first month ahead and from then on: its mean is half way in logs, 2. The gap is
    /// ln 2 less a twelfth of it; in the next month ln 4 less (ln 2 + ln 4) / 12.
    #[test]
    fn a_gap_on_a_path_is_that_of_the_means_of_months() {
        let outlook = Outlook {
            start_price: 1.0,
            volatility: 0.0,
            volatility_n: 0,
            growth: Growth::TrailingMean { growth: 0.0, reason: String::new() },
            scenario_prices: [[1.0; HORIZON]; 3],
            given_difficulty: [None; 3],
            log_prices: vec![0.0; 12],
            log_hashprices: vec![0.0; 12],
            start_difficulty: 1.0,
            start_growth: 0.0,
            subsidies: [1.0; HORIZON],
        };
        let path = Path { price: [4.0; HORIZON], difficulty: [1.0; HORIZON], hashprice: [4.0; HORIZON] };
        let ln2 = 2.0_f64.ln();
        for gaps in outlook.gaps(&path) {
            assert!((gaps[0] - ln2 * 11.0 / 12.0).abs() < 1e-12, "{gaps:?}");
            assert!((gaps[1] - (2.0 * ln2 - 3.0 * ln2 / 12.0)).abs() < 1e-12, "{gaps:?}");
        }
    }

    fn outlook(growth: Growth) -> Outlook {
        Outlook {
            start_price: 1.0,
            volatility: 0.1,
            volatility_n: 5,
            growth,
            scenario_prices: [[2.0; HORIZON]; 3],
            given_difficulty: [None; 3],
            log_prices: vec![0.0; 12],
            log_hashprices: vec![0.0; 12],
            start_difficulty: 1.0,
            start_growth: 0.0,
            subsidies: [1.0; HORIZON],
        }
    }

    /// Steps of 1 and 2 deviations of 0.1 around a base of 2: e^0.1, then e^0.3 times.
    #[test]
    fn steps_of_a_price_path_add_up() {
        let mut steps = [0.0; HORIZON];
        (steps[0], steps[1]) = (1.0, 2.0);
        let still = Growth::TrailingMean { growth: 0.0, reason: String::new() };
        let found = outlook(still).random_prices(&steps);
        for (h, expected) in [(0, 0.1_f64), (1, 0.3), (11, 0.3)] {
            assert!((found[h] - 2.0 * expected.exp()).abs() < 1e-12, "{h}: {}", found[h]);
        }
    }

    /// Difficulty grows by a hundredth of how rich mining is: of the last hashprice over the mean of twelve months, the eleven before it at e and
    /// the first of all, which leaves the window next month, at e^13.
    #[test]
    fn difficulty_answers_to_hashprice_over_its_year() {
        let fit = LeastSquares {
            intercept: 0.0,
            coefficients: vec![0.0, 0.01],
            residual_deviation: 0.0,
            r_squared: 1.0,
            n: 60,
        };
        let mut outlook = outlook(Growth::Regression(fit));
        outlook.log_hashprices = vec![13.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        let found = outlook.project(Scenario::Base, &[1.0; HORIZON]);
        // 1 - 24 / 12 = -1: a hundredth less.
        assert!((found.difficulty[0].ln() + 0.01).abs() < 1e-12, "{found:?}");
        let newest = found.hashprice[0].ln();
        let richness = newest - (11.0 + newest) / 12.0;
        let expected = -0.01 + (0.01 * richness).clamp(-MOST_GROWTH, MOST_GROWTH);
        assert!((found.difficulty[1].ln() - expected).abs() < 1e-12, "{found:?}");
        // Of eleven months known, all of them and the first ahead are the year of the second.
        outlook.log_hashprices = vec![1.0; 11];
        let found = outlook.project(Scenario::Base, &[1.0; HORIZON]);
        let newest = found.hashprice[0].ln();
        let expected = (0.01 * (newest - (11.0 + newest) / 12.0)).clamp(-0.24, 0.24);
        assert!(expected.abs() < 0.24 && (found.difficulty[1].ln() - expected).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn a_history_is_short_where_it_has_few_changes_and_fewer_than_asked_for() {
        let month = |month: Month| crate::history::MarketMonth {
            month,
            hashprice: None,
            difficulty: None,
            implied_price: None,
            closing_price: None,
        };
        let first: Month = "2025-04".parse().unwrap();
        let history = MarketHistory { months: first.run(6).map(month).collect() };
        let outlook = outlook(Growth::TrailingMean { growth: 0.0, reason: String::new() });
        let short =
            |volatility_months| outlook.short(&history, &Market { volatility_months, ..Market::default() });
        assert_eq!((short(6), short(36), short(5)), (Some(first), Some(first), None));
    }

    /// 100 months in which difficulty grows by 0.01, half of the growth before and a fifth of how rich mining was the month before: the
    /// newest 60 of them show just that.
    #[test]
    fn growth_is_found_from_the_growth_and_richness_before() {
        let first: Month = "2017-06".parse().unwrap();
        let mut history = MarketHistory { months: Vec::new() };
        let (mut log, mut growth) = (30.0_f64, 0.0);
        for n in 0..100 {
            let month = first.plus(n);
            let rich = history.gap(month - 1, |m| m.hashprice.map(HashPrice::usd_per_ph_day));
            growth = 0.01 + 0.5 * growth + 0.2 * rich.unwrap_or(0.0);
            log += growth;
            let hashprice = 60.0 * (0.3 * (n as f64 * 0.7).sin() + 0.1 * (n as f64 * 0.23).cos()).exp();
            history.months.push(crate::history::MarketMonth {
                month,
                hashprice: HashPrice::per_ph_day(hashprice),
                difficulty: Difficulty::new(log.exp()),
                implied_price: None,
                closing_price: None,
            });
        }
        let Growth::Regression(fit) = super::growth(&history) else { panic!("no regression") };
        assert_eq!(fit.n, 60);
        for (found, expected) in
            [(fit.intercept, 0.01), (fit.coefficients[0], 0.5), (fit.coefficients[1], 0.2)]
        {
            assert!((found - expected).abs() < 1e-6, "{fit:?}");
        }
    }
}
