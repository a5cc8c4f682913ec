//! Available-to-promise: what can still be promised to customers without taking it from those who have a contract.
//!
//! Cumulative with look-ahead: what can be promised by month h is the least, over h and every later month, of cumulative
//! supply less cumulative firm orders (APICS dictionary, cumulative ATP with look-ahead).

use crate::job::Catalogue;
use crate::market::HORIZON;

use super::committed::Committed;

/// Available-to-promise of one model, cumulated from the first month ahead to each month.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Promise {
    /// Firm machines due by the month.
    pub firm: i64,
    /// Machines that can still be promised for delivery by the month from stock and orders on the way, if no other model
    /// takes the chips.
    pub committed: i64,
    /// The same with the proposed wafer orders.
    pub with_orders: i64,
}

/// By model and month ahead. `proposed` are good chips of proposed orders by chip and month; `firm` machines by model
/// and month.
pub fn available_to_promise(
    committed: &Committed,
    proposed: &[[f64; HORIZON]],
    firm: &[[i64; HORIZON]],
    catalogue: &Catalogue,
) -> Vec<[Promise; HORIZON]> {
    let mut result = vec![[Promise::default(); HORIZON]; catalogue.models.len()];
    for chip in catalogue.chip_ids() {
        let models = catalogue.models_of(chip);
        let mut due = vec![0_i64; models.len()];
        let mut cumulative_due = vec![[0_i64; HORIZON]; models.len()];
        let mut free = [[0.0; HORIZON]; 2];
        let mut supplied = [0.0; 2];
        for h in 0..HORIZON {
            supplied[0] += committed.arrivals(chip, h);
            supplied[1] += committed.arrivals(chip, h) + proposed[chip][h];
            let mut taken = 0.0;
            for (i, &model) in models.iter().enumerate() {
                due[i] += firm[model][h];
                cumulative_due[i][h] = due[i];
                taken += (due[i] - committed.machines[model]).max(0) as f64 * committed.per_machine(model);
            }
            free[0][h] = supplied[0] - taken;
            free[1][h] = supplied[1] - taken;
        }
        for (i, &model) in models.iter().enumerate() {
            let (mut stock, mut chips) = (i64::MAX, [f64::INFINITY; 2]);
            for h in (0..HORIZON).rev() {
                stock = stock.min((committed.machines[model] - cumulative_due[i][h]).max(0));
                let promise = |chips: f64| {
                    stock + (chips.max(0.0) / committed.per_machine(model) + 1e-9).floor() as i64
                };
                for (least, free) in chips.iter_mut().zip(&free) {
                    *least = least.min(free[h]);
                }
                result[model][h] = Promise {
                    firm: cumulative_due[i][h],
                    committed: promise(chips[0]),
                    with_orders: promise(chips[1]),
                };
            }
        }
    }
    result
}
