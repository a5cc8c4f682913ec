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
            let arrivals = committed.arrivals(chip, h) - committed.fleet[chip][h];
            supplied[0] += arrivals;
            supplied[1] += arrivals + proposed[chip][h];
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
            let mut least = [f64::INFINITY; 2];
            for h in (0..HORIZON).rev() {
                let stock = (committed.machines[model] - cumulative_due[i][h]).max(0) as f64;
                for (least, free) in least.iter_mut().zip(&free) {
                    // Machines on hand and chips stand in for each other: the least is that of their sum.
                    *least = least.min(stock + free[h].max(0.0) / committed.per_machine(model));
                }
                let [committed, with_orders] = least.map(|machines| (machines + 1e-9).floor() as i64);
                result[model][h] = Promise { firm: cumulative_due[i][h], committed, with_orders };
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supply::committed::holding;

    /// MINI draws 100 chips. 30 machines on hand, 3,000 chips in the second month, firm 20 in the first and 5 in the third. By the
    /// first month 30 - 20 = 10 are free, by the second 10 + 30, by the third 5 + 30: the least from the first on is 10, from
    /// the second on 35. With 1,000 chips more in the third month: 10, 40 and 45, the least 10, then 40.
    #[test]
    fn machines_and_chips_stand_in_for_each_other() {
        let (job, mut committed) = holding(30);
        committed.on_hand[0][1] = 3000.0;
        let mut proposed = [[0.0; HORIZON]];
        proposed[0][2] = 1000.0;
        let mut firm = [[0; HORIZON]];
        (firm[0][0], firm[0][2]) = (20, 5);
        let found = available_to_promise(&committed, &proposed, &firm, &job.catalogue);
        let promises = found[0].iter().take(3).map(|p| (p.firm, p.committed, p.with_orders));
        assert_eq!(promises.collect::<Vec<_>>(), [(20, 10, 10), (20, 35, 40), (25, 35, 45)]);
    }

    /// The same with 100 chips for repairs in the second month: one machine less from then on. A machine of one chip, of which 40 are promised
    /// with 30 on hand: ten too many leave none.
    #[test]
    fn repairs_come_before_what_is_promised() {
        let (job, mut committed) = holding(30);
        committed.on_hand[0][1] = 3000.0;
        committed.fleet[0][1] = 100.0;
        let promised = |committed: &Committed, first| {
            let mut firm = [[0; HORIZON]];
            firm[0][0] = first;
            let found = available_to_promise(committed, &[[0.0; HORIZON]], &firm, &job.catalogue);
            [0, 1].map(|h| found[0][h].committed)
        };
        assert_eq!(promised(&committed, 20), [10, 39]);
        committed.chips_per_machine =
            vec![crate::supply::ChipsPerMachine::new(1, 0.0, crate::domain::Share::ZERO)];
        committed.on_hand[0][1] = 0.0;
        committed.fleet[0][1] = 0.0;
        assert_eq!(promised(&committed, 40), [0, 0]);
    }
}
