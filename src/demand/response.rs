//! How TH signed a month responds to the market: TH h months ahead = level x exp(e x gap + growth x h / 12).
//!
//! The gap is ln of the bitcoin price, or of the hashprice, less its mean over the twelve months that end with the same
//! month, so many months before the signature (the lag). Which gap, which lag and which elasticity e is not decided: each
//! combination, a *cell*, has a weight, its prior times what the maker's own past says, and a forecast is their mean.
//! The prior and where it comes from: `docs/concepts/method.md`.

use crate::history::Book;
use crate::job::{BUILT_IN_DRIVERS, Job};

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
    /// Both, in the order of their indices.
    pub const ALL: [Self; BUILT_IN_DRIVERS.len()] = [Self::Price, Self::Hashprice];

    /// The name in the output.
    pub const fn name(self) -> &'static str {
        BUILT_IN_DRIVERS[self as usize]
    }
}

/// A gap with a lag, in months, and its prior weight.
#[derive(Clone, Copy, Debug)]
pub struct Response {
    /// Which gap.
    pub gap: Gap,
    /// Months before the signature.
    pub lag: usize,
    /// Prior weight among the answers.
    pub prior: f64,
}

/// Answers of one way of selling.
pub const RESPONSES: usize = 6;

/// Elasticities that are weighed: 0 and ten steps.
pub const ELASTICITIES: usize = 13;

/// Combinations of answer and elasticity.
pub const CELLS: usize = RESPONSES * ELASTICITIES;

/// Step between elasticities.
pub(super) const STEP: f64 = 0.2;

/// Prior weight of no response at all.
pub(super) const NO_RESPONSE: f64 = 0.1;

/// Largest log change that a gap makes, either way.
pub(super) const MOST: f64 = 1.6;

/// Elasticity at which the size of errors and growth are measured.
pub(super) const USUAL: f64 = 0.6;

/// Months that the level is measured over, and the age in months at which a month counts half.
const LEVEL_MONTHS: i32 = 36;
const LEVEL_HALF_LIFE: f64 = 12.0;

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
    pub const fn responses(self) -> [Response; RESPONSES] {
        const fn both(lags: [usize; 3], priors: [f64; 3], hashprice: f64) -> [Response; RESPONSES] {
            let mut responses = [Response { gap: Gap::Price, lag: 0, prior: 0.0 }; RESPONSES];
            let mut index = 0;
            while index < RESPONSES {
                let gap = if index < 3 { Gap::Price } else { Gap::Hashprice };
                let of_gap = if index < 3 { 1.0 - hashprice } else { hashprice };
                responses[index] = Response { gap, lag: lags[index % 3], prior: of_gap * priors[index % 3] };
                index += 1;
            }
            responses
        }
        match self {
            Self::Ahead => both([0, 1, 2], [0.5, 0.25, 0.25], 0.5),
            Self::FromStock => both([3, 5, 6], [0.3, 0.4, 0.3], 0.8),
        }
    }

    /// Months that the level is measured over: what is delivered, over the year that its elasticity was measured against.
    pub(super) const fn level_months(self) -> i32 {
        match self {
            Self::Ahead => LEVEL_MONTHS,
            Self::FromStock => 12,
        }
    }

    /// Weight in the level of a month of an age.
    pub(super) fn level_weight(self, age: i32) -> f64 {
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
    pub(super) fn priors(self) -> [f64; CELLS] {
        let (mean, deviation) = self.prior();
        let normal = |index: usize| {
            if index == 0 { 0.0 } else { (-((elasticity(index) - mean) / deviation).powi(2) / 2.0).exp() }
        };
        let sum: f64 = (0..ELASTICITIES).map(normal).sum();
        let responses = self.responses();
        std::array::from_fn(|cell| {
            let index = cell % ELASTICITIES;
            let of_elasticity =
                if index == 0 { NO_RESPONSE } else { (1.0 - NO_RESPONSE) * normal(index) / sum };
            responses[cell / ELASTICITIES].prior * of_elasticity
        })
    }
}

/// Elasticity of an index among those weighed.
pub(super) fn elasticity(index: usize) -> f64 {
    STEP * index as f64
}

/// Elasticity of a cell.
pub(super) fn of_cell(cell: usize) -> f64 {
    elasticity(cell % ELASTICITIES)
}

/// Log change of intake that a gap makes at an elasticity.
pub(super) fn moved(elasticity: f64, gap: f64) -> f64 {
    (elasticity * gap).clamp(-MOST, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priors_sum_to_one_with_each_gap_s_share() {
        for selling in [Selling::Ahead, Selling::FromStock] {
            let prior = selling.priors();
            assert!((prior.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let price: f64 = prior[..3 * ELASTICITIES].iter().sum();
            assert!((price - if selling == Selling::Ahead { 0.5 } else { 0.2 }).abs() < 1e-12);
            let none: f64 = (0..RESPONSES).map(|response| prior[response * ELASTICITIES]).sum();
            assert!((none - NO_RESPONSE).abs() < 1e-12);
        }
        // 0.5 x 0.5 on the price of the month itself.
        let ahead = Selling::Ahead.priors();
        assert!((ahead[..ELASTICITIES].iter().sum::<f64>() - 0.25).abs() < 1e-12);
    }

    #[test]
    fn a_gap_moves_no_more_than_is_believed() {
        assert!((moved(1.2, 0.5) - 0.6).abs() < 1e-12);
        assert_eq!((moved(2.4, 2.0), moved(2.4, -2.0)), (MOST, -MOST));
    }

    /// Signed in January 2025, due then or in March; MINI has 100 TH, NOVA 200.
    fn selling(machines: &[(usize, u32, &str)]) -> Selling {
        use crate::ingest::{Builder, Order};
        let text = include_str!("../../fixtures/second/job.toml");
        let job = Job::parse(text, std::path::Path::new("job.toml")).unwrap();
        let day = |text: &str| -> chrono::NaiveDate { text.parse().unwrap() };
        let mut builder = Builder::new(day("2025-09-30"), false, None);
        for (index, (model, quantity, start)) in machines.iter().enumerate() {
            builder.add(&Order {
                id: ["A", "B", "C"][index],
                model: crate::job::ModelId(*model),
                signed: day("2025-01-10"),
                quantity: *quantity,
                start: start.parse().unwrap(),
                ..Order::usual()
            });
        }
        let ledger = builder.finish();
        Selling::of(&Book::new(&ledger, &job.catalogue, "2025-09".parse().unwrap()), &job)
    }

    #[test]
    fn a_maker_sells_from_stock_where_more_than_half_of_its_th_is_due_at_once() {
        assert_eq!(selling(&[]), Selling::Ahead);
        assert_eq!(selling(&[(0, 51, "2025-01"), (0, 49, "2025-03")]), Selling::FromStock);
        assert_eq!(selling(&[(0, 50, "2025-01"), (0, 50, "2025-03")]), Selling::Ahead, "half is not more");
        // By TH: 30 x 200 against 50 x 100.
        assert_eq!(selling(&[(1, 30, "2025-01"), (0, 50, "2025-03")]), Selling::FromStock);
        assert_eq!(selling(&[(0, 50, "2025-01"), (1, 30, "2025-03")]), Selling::Ahead);
    }
}
