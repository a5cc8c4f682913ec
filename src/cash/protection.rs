//! Price protection: what distributors are paid back when the list price of machines that they hold falls.

use crate::market::HORIZON;
use crate::selling::Channel;

/// Machines that distributors hold, and what of a fall of their price they are paid.
#[derive(Clone, PartialEq, Debug)]
pub struct Protection {
    /// By model and month ahead, at the beginning of the month, of those counted.
    machines: Vec<[f64; HORIZON]>,
    share: f64,
}

impl Protection {
    /// Of a channel that goes on selling what it holds at the same pace, of so many `models`; what it buys later is not counted.
    pub fn new(channel: &Channel, models: usize, share: f64) -> Self {
        let mut machines = vec![[0.0; HORIZON]; models];
        for (model, stock) in &channel.by_model {
            if let Some(months) = machines.get_mut(model.0) {
                *months = std::array::from_fn(|h| {
                    (stock.on_hand - stock.sold_on.unwrap_or(0.0) * h as f64).max(0.0)
                });
            }
        }
        Self { machines, share }
    }

    /// Whether any machine of a model is held.
    pub(super) fn holds(&self, model: usize) -> bool {
        self.machines.get(model).is_some_and(|months| months.iter().any(|machines| *machines > 0.0))
    }

    /// What falls of list prices cost in each month, USD: `today` by model and `list` by model and month.
    pub fn cost(&self, today: impl Fn(usize) -> f64, list: impl Fn(usize, usize) -> f64) -> [f64; HORIZON] {
        std::array::from_fn(|h| {
            let held = self.machines.iter().enumerate().filter(|(_, machines)| machines[h] > 0.0);
            let each = held.map(|(model, machines)| {
                let before = h.checked_sub(1).map_or_else(|| today(model), |before| list(model, before));
                machines[h] * (before - list(model, h)).max(0.0)
            });
            each.sum::<f64>() * self.share
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::collections::BTreeMap;

    use crate::job::ModelId;
    use crate::selling::Stock;

    /// 100 machines, 30 sold on a month: 100, 70, 40, 10 and none at the beginning of the months. The list price falls from 1,000 to 900 at once, to
    /// 850 in the third month, rises, and falls again when nothing is held: half of 100 x 100 and of 40 x 50.
    #[test]
    fn a_fall_is_paid_on_what_is_held_worked_by_hand() {
        let stock = Stock { on_hand: 100.0, sold_on: Some(30.0) };
        let channel = Channel {
            counted: "2025-09-30".parse().unwrap(),
            sell_in: None,
            all: stock,
            each: BTreeMap::new(),
            by_model: BTreeMap::from([(ModelId(1), stock)]),
            sell_through_given: true,
        };
        let protection = Protection::new(&channel, 2, 0.5);
        let prices = [900.0, 900.0, 850.0, 950.0, 500.0];
        let list = |_: usize, h: usize| prices.get(h).copied().unwrap_or(500.0);
        let found = protection.cost(|_| 1000.0, list);
        assert_eq!(found[..5], [5000.0, 0.0, 1000.0, 0.0, 0.0]);
        assert_eq!(found.iter().sum::<f64>(), 6000.0);
    }
}
