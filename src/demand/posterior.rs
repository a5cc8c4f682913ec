//! The weight of every response to the market: its prior times what the maker's own past says.

use crate::domain::Month;

use super::origins::Past;
use super::response::{CELLS, ELASTICITIES, STEP, Selling, USUAL, of_cell};

/// ln of the evidence is -squared errors / (OVERLAP s^2): twice s^2 as for any normal error, and a twelfth of that, since
/// errors of overlapping quarters from neighbouring origins are much alike.
const OVERLAP: f64 = 24.0;

/// Fewest past origins, one a quarter end, that say anything.
const LEAST_ORIGINS: usize = 8;

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

    /// Prior weight, weight and mean elasticity of an answer, by its index.
    pub fn of_response(&self, index: usize) -> [f64; 3] {
        let cells = index * ELASTICITIES..(index + 1) * ELASTICITIES;
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
    use crate::demand::gaps::Gaps;
    use crate::demand::series::Series;
    use crate::domain::FiscalYear;

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

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    /// Orders that follow the price with elasticity 1.2 for twelve years, and orders that do not.
    #[test]
    fn a_maker_that_answers_keeps_its_prior_and_one_that_does_not_loses_it() {
        let first = month("2013-01");
        let gap: Vec<f64> = (0..144).map(|m| 0.8 * (f64::from(m) / 7.0).sin()).collect();
        let gaps = Gaps { first, of: std::array::from_fn(|_| gap.clone()) };
        let mean = |th: Vec<f64>| {
            let past = Past::new(&Series { first, th }, &gaps, (Selling::Ahead, 0.0), FiscalYear::CALENDAR);
            Posterior::new(&past, Selling::Ahead, month("2024-12")).elasticities()
        };
        let (before, responses) = mean(gap.iter().map(|gap| 100.0 * (1.2 * gap).exp()).collect());
        let (_, flat) = mean(vec![100.0; 144]);
        assert!((responses - before).abs() < 0.2, "{responses} of {before}");
        assert!(flat < 0.5 * before, "{flat} of {before}");
    }

    /// Elasticities of 0.2 and 1 deviate by 0.4 from their mean, 0.4 and 0.8 by 0.2: a quarter of the variance is left.
    #[test]
    fn the_variance_that_is_gone_is_the_share_of_history() {
        let halves = |cells: [usize; 2]| {
            let mut weights = [0.0; CELLS];
            cells.iter().for_each(|cell| weights[*cell] += 0.5);
            weights
        };
        let share = |prior: [usize; 2], weights: [usize; 2]| {
            let (prior, weights) = (halves(prior), halves(weights));
            Posterior { selling: Selling::Ahead, prior, weights, n: 8 }.history_share()
        };
        assert!((share([1, 5], [2, 4]) - 0.75).abs() < 1e-12);
        assert_eq!(share([1, 5], [3, 3]), 1.0);
        assert_eq!(share([1, 5], [1, 5]), 0.0);
        assert_eq!(share([1, 5], [0, 6]), 0.0, "it says less than the prior");
        assert_eq!(share([3, 3], [1, 5]), 0.0, "nothing was open");
    }

    /// Errors are measured by those of the usual elasticity, 0.6, alone: 40 over ten origins of four quarters are 1 each, and 3 more
    /// elsewhere weigh exp(-3 / 24) there, though all others are ten times as far off.
    #[test]
    fn the_usual_elasticity_alone_is_the_measure() {
        let prior = Selling::Ahead.priors();
        let mut squared = [400.0; CELLS];
        (0..CELLS).filter(|cell| cell % ELASTICITIES == 3).for_each(|cell| squared[cell] = 40.0);
        squared[2] = 403.0;
        let found = weigh(&prior, &squared, 10);
        let ratio = found[2] / found[4] / (prior[2] / prior[4]);
        assert!((ratio - (-3.0_f64 / 24.0).exp()).abs() < 1e-9, "{ratio}");
    }
}
