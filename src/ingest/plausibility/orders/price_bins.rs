//! Orders counted by price, in bins.

use crate::domain::Month;
use crate::ingest::orders::order::Order;
use crate::job::ModelId;

use super::counts::Slots;

/// Bins of prices: eight to a doubling, from 2^-10 USD on.
const BINS: usize = 400;
const BINS_A_DOUBLING: f64 = 8.0;
const FIRST_DOUBLING: f64 = -10.0;

/// Middle of a bin, USD.
pub(super) fn of_bin(bin: usize) -> f64 {
    ((bin as f64 + 0.5) / BINS_A_DOUBLING + FIRST_DOUBLING).exp2()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the bins")]
fn bin(price: f64) -> usize {
    ((price.log2() - FIRST_DOUBLING) * BINS_A_DOUBLING).clamp(0.0, (BINS - 1) as f64) as usize
}

/// Orders by price, of each model and month of signature.
#[derive(Clone, Default, Debug)]
pub(super) struct Prices(Vec<Slots<Vec<u32>>>);

impl Prices {
    pub(super) fn add(&mut self, order: &Order<'_>, price: f64) {
        let bins = self.of(order.model.0).at(Month::of(order.signed).index());
        if bins.is_empty() {
            bins.resize(BINS, 0);
        }
        bins[bin(price)] += 1;
    }

    fn of(&mut self, model: usize) -> &mut Slots<Vec<u32>> {
        if model >= self.0.len() {
            self.0.resize_with(model + 1, Slots::default);
        }
        &mut self.0[model]
    }

    /// Orders by bin, of each model and month that has any.
    pub(super) fn iter(&self) -> impl Iterator<Item = ((ModelId, Month), &[u32])> {
        let models = self.0.iter().enumerate();
        let months =
            models.flat_map(|(model, months)| months.iter().map(move |(month, bins)| (model, month, bins)));
        months
            .filter(|(.., bins)| !bins.is_empty())
            .map(|(model, month, bins)| ((ModelId(model), Month::from_index(month)), bins.as_slice()))
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (model, months) in other.0.into_iter().enumerate() {
            self.of(model).merge_with(months, |mine, more| {
                if mine.is_empty() {
                    *mine = more;
                } else {
                    mine.iter_mut().zip(more).for_each(|(mine, more)| *mine += more);
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_bin_is_within_a_sixteenth_of_a_doubling_of_its_prices() {
        // 2^10 x 2^(1/16): the 161st bin begins at 1,024.
        assert_eq!(bin(1024.0), 160);
        assert!((of_bin(160) - 1024.0 * (1.0_f64 / 16.0).exp2()).abs() < 1e-9);
        for price in [0.5, 7.0, 999.0, 4321.0] {
            let off = (of_bin(bin(price)) / price).log2().abs();
            assert!(off <= 1.0 / 16.0 + 1e-12, "{price}");
        }
    }
}
