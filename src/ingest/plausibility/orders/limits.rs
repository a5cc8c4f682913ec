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
