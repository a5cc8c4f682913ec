//! How TH signed a month answers to the market: TH h months ahead = level x exp(e x gap + growth x h / 12).
//!
//! The gap is ln of the bitcoin price, or of the hashprice, less its mean over the twelve months that end with the same
//! month, so many months before the signature (the lag). Which gap, which lag and which elasticity e is not decided: each
//! combination, a *cell*, has a weight, its prior times what the maker's own past says, and a forecast is their mean.
//! The prior and where it comes from: `docs/concepts/method.md`.

use std::sync::OnceLock;

use crate::domain::Month;
use crate::history::{Book, MarketHistory};
use crate::job::{BUILT_IN_DRIVERS, Job};

use super::series::Series;

/// Longest lag, in months.
pub(super) const MOST_LAG: usize = 6;

/// What intake answers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gap {
    /// Of the bitcoin price.
    Price,
    /// Of the hashprice.
    Hashprice,
}

impl Gap {
    /// Both, in the order of their places.
    pub const ALL: [Self; BUILT_IN_DRIVERS.len()] = [Self::Price, Self::Hashprice];

    /// The name in the output.
    pub const fn name(self) -> &'static str {
        BUILT_IN_DRIVERS[self as usize]
    }
}

/// A gap with a lag, in months, and its prior weight.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// Which gap.
    pub gap: Gap,
    /// Months before the signature.
    pub lag: usize,
    /// Prior weight among the answers.
    pub prior: f64,
}

/// Answers of one way of selling.
pub const ANSWERS: usize = 6;

/// Elasticities that are weighed: 0 and ten steps.
pub const ELASTICITIES: usize = 13;

/// Combinations of answer and elasticity.
pub const CELLS: usize = ANSWERS * ELASTICITIES;

/// Step between elasticities.
const STEP: f64 = 0.2;

/// Prior weight of no answer at all.
const NO_ANSWER: f64 = 0.1;

/// Largest log change that a gap makes, either way.
pub(super) const MOST: f64 = 1.6;

/// Months that the level is measured over, and the age in months at which a month counts half.
const LEVEL_MONTHS: i32 = 36;
const LEVEL_HALF_LIFE: f64 = 12.0;

/// Elasticity at which the size of errors is measured.
const USUAL: f64 = 0.6;

/// ln of the evidence is -squared errors / (OVERLAP s^2): twice s^2 as for any normal error, and a twelfth of that, since
/// errors of overlapping quarters from neighbouring origins are much alike.
const OVERLAP: f64 = 24.0;

/// Share of a mean quarter that is added to both sides of a ratio, so that an empty quarter is no infinite error.
pub(super) const CUSHION: f64 = 0.05;

/// Fewest past origins, one a quarter end, that say anything.
const LEAST_ORIGINS: usize = 8;

/// How a maker sells, which decides what is forecast and which prior holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Selling {
    /// Orders are signed ahead of delivery: TH signed are forecast and delivered by lead time.
    Ahead,
    /// The book shows no lead time: TH delivered are forecast. They follow the market months later.
    FromStock,
}

impl Selling {
    /// From the median months between signature and first delivery, by TH.
    pub(super) fn of(book: &Book<'_>, job: &Job) -> Self {
        let (mut soon, mut all) = (0.0, 0.0);
        for booked in &book.lots {
            let terms = &booked.lot.terms;
            let th = booked.lot.quantity as f64 * job.catalogue.model(terms.model).hashrate_th.get();
            all += th;
            soon += if terms.start <= terms.signed { th } else { 0.0 };
        }
        if all > 0.0 && 2.0 * soon > all { Self::FromStock } else { Self::Ahead }
    }

    /// The answers that are weighed.
    pub const fn answers(self) -> [Answer; ANSWERS] {
        const fn both(lags: [usize; 3], priors: [f64; 3]) -> [Answer; ANSWERS] {
            let mut answers = [Answer { gap: Gap::Price, lag: 0, prior: 0.0 }; ANSWERS];
            let mut place = 0;
            while place < ANSWERS {
                let gap = if place < 3 { Gap::Price } else { Gap::Hashprice };
                answers[place] = Answer { gap, lag: lags[place % 3], prior: 0.5 * priors[place % 3] };
                place += 1;
            }
            answers
        }
        match self {
            Self::Ahead => both([0, 3, 6], [0.8, 0.1, 0.1]),
            Self::FromStock => both([3, 5, 6], [0.3, 0.4, 0.3]),
        }
    }

    /// Months that the level is measured over: what is delivered, over the year that its elasticity was measured against.
    const fn level_months(self) -> i32 {
        match self {
            Self::Ahead => LEVEL_MONTHS,
            Self::FromStock => 12,
        }
    }

    /// Weight in the level of a month of an age.
    fn level_weight(self, age: i32) -> f64 {
        match self {
            Self::Ahead => (-f64::from(age) / LEVEL_HALF_LIFE).exp2(),
            Self::FromStock => 1.0,
        }
    }

    /// Mean and deviation of the prior of the elasticity.
    const fn prior(self) -> (f64, f64) {
        match self {
            Self::Ahead => (1.2, 0.4),
            Self::FromStock => (0.6, 0.4),
        }
    }

    /// Prior weight of every cell; they sum to 1.
    fn priors(self) -> [f64; CELLS] {
        let (mean, deviation) = self.prior();
        let normal = |place: usize| {
            if place == 0 { 0.0 } else { (-((elasticity(place) - mean) / deviation).powi(2) / 2.0).exp() }
        };
        let sum: f64 = (0..ELASTICITIES).map(normal).sum();
        let answers = self.answers();
        std::array::from_fn(|cell| {
            let place = cell % ELASTICITIES;
            let of_elasticity = if place == 0 { NO_ANSWER } else { (1.0 - NO_ANSWER) * normal(place) / sum };
            answers[cell / ELASTICITIES].prior * of_elasticity
        })
    }
}

/// Elasticity of a place among those weighed.
pub(super) fn elasticity(place: usize) -> f64 {
    STEP * place as f64
}

/// Elasticity of a cell.
pub(super) fn of_cell(cell: usize) -> f64 {
    elasticity(cell % ELASTICITIES)
}

/// Log change of intake that a gap makes at an elasticity.
pub(super) fn moved(elasticity: f64, gap: f64) -> f64 {
    (elasticity * gap).clamp(-MOST, MOST)
}

/// Gaps by month; 0 where a year of market data is not known.
#[derive(Clone, Debug)]
pub(super) struct Gaps {
    first: Month,
    of: [Vec<f64>; BUILT_IN_DRIVERS.len()],
}

impl Gaps {
    pub(super) fn new(market: &MarketHistory) -> Self {
        let first = market.months.first().map_or(Month::from_index(0), |m| m.month);
        let months = || market.months.iter().map(|m| m.month);
        let hashprice =
            |month: Month| market.gap(month, |m| m.hashprice.map(crate::domain::HashPrice::usd_per_ph_day));
        Self {
            first,
            of: [
                months().map(|month| market.price_gap(month).unwrap_or(0.0)).collect(),
                months().map(|month| hashprice(month).unwrap_or(0.0)).collect(),
            ],
        }
    }

    pub(super) fn at(&self, gap: Gap, month: Month) -> f64 {
        let place = usize::try_from(month - self.first).ok();
        place.and_then(|place| self.of[gap as usize].get(place)).copied().unwrap_or(0.0)
    }

    /// The gap that intake of `month` answers to.
    fn answered(&self, answer: &Answer, month: Month) -> f64 {
        self.at(answer.gap, month - i32::try_from(answer.lag).unwrap_or(0))
    }
}

/// Level of intake of every cell at the end of `as_of`: sum of w TH / sum of w exp(e gap + growth x age), ages negative, so
/// that a month counts as what it would have been at a gap of 0.
pub(super) fn levels(
    series: &Series,
    gaps: &Gaps,
    (selling, growth): (Selling, f64),
    as_of: Month,
) -> [f64; CELLS] {
    let (mut th, mut expected) = (0.0, [0.0; CELLS]);
    let answers = selling.answers();
    for age in 0..selling.level_months() {
        let month = as_of - age;
        let Some(signed) = series.at(month) else { break };
        let years = f64::from(age) / 12.0;
        let weight = selling.level_weight(age);
        th += weight * signed;
        let grown = weight * (-growth * years).exp();
        for (answer, cells) in answers.iter().zip(expected.chunks_exact_mut(ELASTICITIES)) {
            let gap = gaps.answered(answer, month);
            for (place, cell) in cells.iter_mut().enumerate() {
                *cell += grown * moved(elasticity(place), gap).exp();
            }
        }
    }
    expected.map(|expected| if expected > 0.0 { th / expected } else { 0.0 })
}

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
    sums: Vec<[[f64; CELLS]; 2]>,
}

impl Past {
    fn new(series: &Series, gaps: &Gaps, selling: Selling, growth: f64) -> Self {
        let answers = selling.answers();
        let last = series.first + i32::try_from(series.th.len()).unwrap_or(0) - 1;
        let mut past = Self::default();
        let mut sums = [[0.0; CELLS]; 2];
        for month in (series.first + 11).to(last - 12).filter(|month| month.quarter().last_month() == *month)
        {
            let Some(mean) = series.mean(series.first, month + 12).filter(|mean| *mean > 0.0) else {
                continue;
            };
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
    /// Log growth of intake a year.
    pub(super) growth: f64,
    past: [OnceLock<Past>; 2],
    /// Drivers of the export.
    pub(super) drivers: Vec<super::drivers::Driver>,
}

impl PastOrigins {
    /// Gathers what is known at the end of the book's last month.
    pub fn new(book: &Book<'_>, market: &MarketHistory, exports: &crate::ingest::Exports, job: &Job) -> Self {
        Self {
            signed: Series::signed(book, &job.catalogue),
            delivered: Series::delivered(book, &job.catalogue),
            gaps: Gaps::new(market),
            growth: job.demand.growth_per_year.get(),
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

    pub(super) fn past(&self, selling: Selling) -> &Past {
        let make = || Past::new(self.series(selling), &self.gaps, selling, self.growth);
        self.past[selling as usize].get_or_init(make)
    }
}

/// Weight of every cell.
#[derive(Clone, Debug)]
pub struct Posterior {
    /// How the maker sells.
    pub selling: Selling,
    /// Before the maker's own past is looked at; they sum to 1.
    pub prior: [f64; CELLS],
    /// After; they sum to 1.
    pub weights: [f64; CELLS],
    /// Past origins, one a quarter end, that spoke; 0 where they are too few.
    pub n: usize,
}

impl Posterior {
    /// As of the end of a month.
    pub(super) fn new(past: &Past, selling: Selling, as_of: Month) -> Self {
        let prior = selling.priors();
        let n = past.known(as_of).len();
        match n.checked_sub(1).and_then(|last| past.sums.get(last)) {
            Some([sum, squares]) if n >= LEAST_ORIGINS => {
                let weights = weigh(&prior, &squared_errors(sum, squares, n), n);
                Self { selling, prior, weights, n }
            }
            _ => Self { selling, prior, weights: prior, n: 0 },
        }
    }

    /// Mean and deviation of the elasticity under weights.
    fn moments(weights: &[f64; CELLS]) -> (f64, f64) {
        let mean: f64 = weights.iter().enumerate().map(|(cell, w)| w * of_cell(cell)).sum();
        let squares: f64 =
            weights.iter().enumerate().map(|(cell, w)| w * (of_cell(cell) - mean).powi(2)).sum();
        (mean, squares.sqrt())
    }

    /// Mean elasticity before and after.
    pub fn elasticities(&self) -> (f64, f64) {
        (Self::moments(&self.prior).0, Self::moments(&self.weights).0)
    }

    /// Prior weight, weight and mean elasticity of an answer, by its place.
    pub fn of_answer(&self, place: usize) -> [f64; 3] {
        let cells = place * ELASTICITIES..(place + 1) * ELASTICITIES;
        let prior = self.prior[cells.clone()].iter().sum();
        let weight: f64 = self.weights[cells.clone()].iter().sum();
        let moved: f64 = cells.map(|cell| self.weights[cell] * of_cell(cell)).sum();
        [prior, weight, if weight > 0.0 { moved / weight } else { 0.0 }]
    }

    /// Share of what is said of the elasticity that comes from the maker's history: 1 less the variance that it left of the
    /// prior's.
    pub fn history_share(&self) -> f64 {
        let (before, after) = (Self::moments(&self.prior).1, Self::moments(&self.weights).1);
        if before > 0.0 { (1.0 - (after / before).powi(2)).clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// Squared log errors less their mean, by cell, over `n` origins of four quarters.
fn squared_errors(sum: &[f64; CELLS], squares: &[f64; CELLS], n: usize) -> [f64; CELLS] {
    let count = 4.0 * n as f64;
    std::array::from_fn(|cell| (squares[cell] - sum[cell] * sum[cell] / count).max(0.0))
}

/// Prior weights times exp(-squared errors / (24 s^2)), s^2 the mean squared error at the usual elasticity.
fn weigh(prior: &[f64; CELLS], squared: &[f64; CELLS], n: usize) -> [f64; CELLS] {
    let usual = |cell: &usize| (of_cell(*cell) - USUAL).abs() < STEP / 2.0;
    let at: Vec<usize> = (0..CELLS).filter(usual).collect();
    let weight: f64 = at.iter().map(|cell| prior[*cell]).sum();
    let mean: f64 =
        at.iter().map(|cell| prior[*cell] * squared[*cell]).sum::<f64>() / weight / (4.0 * n as f64);
    if mean <= 0.0 {
        return *prior;
    }
    let least = squared.iter().copied().fold(f64::INFINITY, f64::min);
    let raw: [f64; CELLS] =
        std::array::from_fn(|cell| prior[cell] * (-(squared[cell] - least) / (OVERLAP * mean)).exp());
    let sum: f64 = raw.iter().sum();
    raw.map(|weight| weight / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priors_sum_to_one_and_half_of_each_gap() {
        for selling in [Selling::Ahead, Selling::FromStock] {
            let prior = selling.priors();
            assert!((prior.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let price: f64 = prior[..3 * ELASTICITIES].iter().sum();
            assert!((price - 0.5).abs() < 1e-12);
            let none: f64 = (0..ANSWERS).map(|answer| prior[answer * ELASTICITIES]).sum();
            assert!((none - NO_ANSWER).abs() < 1e-12);
        }
        // 0.5 x 0.8 on the price of the month itself.
        let ahead = Selling::Ahead.priors();
        assert!((ahead[..ELASTICITIES].iter().sum::<f64>() - 0.4).abs() < 1e-12);
    }

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    /// Two months of 100 and 200 TH, gaps of the price 0 and ln 2, growth 0: weights 2^(-1/12) and 1. At e = 1 the second month
    /// counts double: level = (100 w + 200) / (w + 2).
    #[test]
    fn a_level_is_what_was_signed_over_what_the_gaps_say() {
        let first = month("2025-01");
        let series = Series { first, th: vec![100.0, 200.0] };
        let gaps = Gaps { first, of: [vec![0.0, 2.0_f64.ln()], vec![0.0, 0.0]] };
        let found = levels(&series, &gaps, (Selling::Ahead, 0.0), month("2025-02"));
        let w = (-1.0_f64 / 12.0).exp2();
        assert!((found[0] - (100.0 * w + 200.0) / (w + 1.0)).abs() < 1e-9, "no answer: {}", found[0]);
        assert!((found[5] - (100.0 * w + 200.0) / (w + 2.0)).abs() < 1e-9, "e = 1: {}", found[5]);
        // Growth of ln 2 a year: a month old counts as 2^(1/12) of itself today.
        let grown = levels(&series, &gaps, (Selling::Ahead, 2.0_f64.ln()), month("2025-02"));
        assert!((grown[0] - (100.0 * w + 200.0) / (w * w + 1.0)).abs() < 1e-9, "{}", grown[0]);
    }

    /// Squared errors 3 above the usual cell's mean square of 1: exp(-3 / 24).
    #[test]
    fn evidence_weighs_cells_and_drops_none() {
        let prior = Selling::Ahead.priors();
        let n = 10;
        let mut squared = [40.0; CELLS];
        squared[0] = 43.0;
        let found = weigh(&prior, &squared, n);
        let ratio = found[0] / found[5] / (prior[0] / prior[5]);
        assert!((ratio - (-3.0_f64 / 24.0).exp()).abs() < 1e-12, "{ratio}");
        assert!(found.iter().zip(&prior).all(|(w, p)| *w > 0.0 || *p == 0.0));
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_mean_of_errors_counts_for_nothing() {
        // Four errors of 1 and four of 3 have mean 2: squares 4 + 36 - 8 x 4 = 8.
        let found = squared_errors(&[16.0; CELLS], &[40.0; CELLS], 2);
        assert_eq!(found[7], 8.0);
    }

    #[test]
    fn a_gap_moves_no_more_than_is_believed() {
        assert!((moved(1.2, 0.5) - 0.6).abs() < 1e-12);
        assert_eq!((moved(2.4, 2.0), moved(2.4, -2.0)), (MOST, -MOST));
    }

    /// Orders that follow the price with elasticity 1.2 for twelve years, and orders that do not.
    #[test]
    fn a_maker_that_answers_keeps_its_prior_and_one_that_does_not_loses_it() {
        let first = month("2013-01");
        let gap: Vec<f64> = (0..144).map(|m| 0.8 * (f64::from(m) / 7.0).sin()).collect();
        let gaps = Gaps { first, of: [gap.clone(), gap.clone()] };
        let mean = |th: Vec<f64>| {
            let past = Past::new(&Series { first, th }, &gaps, Selling::Ahead, 0.0);
            Posterior::new(&past, Selling::Ahead, month("2024-12")).elasticities()
        };
        let (before, answers) = mean(gap.iter().map(|gap| 100.0 * (1.2 * gap).exp()).collect());
        let (_, flat) = mean(vec![100.0; 144]);
        assert!((answers - before).abs() < 0.2, "{answers} of {before}");
        assert!(flat < 0.5 * before, "{flat} of {before}");
    }
}
