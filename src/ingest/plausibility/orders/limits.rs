//! Between which limits prices are believed.

use std::collections::BTreeMap;

use crate::domain::Month;
use crate::job::ModelId;

/// Prices that are believed.
#[derive(Clone, Debug)]
pub(in crate::ingest) struct Limits {
    /// Middle of the book, months of income.
    pub(super) middle: f64,
    pub(super) factor: f64,
    pub(super) income: BTreeMap<Month, f64>,
    pub(super) terahash: Vec<f64>,
}

impl Limits {
    /// Whether a price of one machine is too far from the book.
    pub(super) fn odd(&self, model: ModelId, signed: Month, price: f64) -> bool {
        let (Some(income), Some(terahash)) = (self.income.get(&signed), self.terahash.get(model.0)) else {
            return false;
        };
        (price / terahash / income / self.middle).ln().abs() > self.factor.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 TH that earn 5 a month each, at the middle of the book 1 month of it: 10. Eight times that, 80, may be; so may an eighth.
    #[test]
    fn a_price_at_the_limit_is_believed() {
        let month = |text: &str| -> Month { text.parse().unwrap() };
        let income = BTreeMap::from([(month("2025-03"), 5.0)]);
        let limits = Limits { middle: 1.0, factor: 8.0, income, terahash: vec![2.0] };
        let odd = |price| limits.odd(ModelId(0), month("2025-03"), price);
        assert_eq!([80.0, 81.0, 1.3, 1.2].map(odd), [false, true, false, true]);
        assert!(!limits.odd(ModelId(0), month("2025-04"), 1e6), "no income is known");
        assert!(!limits.odd(ModelId(1), month("2025-03"), 1e6), "no such model");
    }
}
