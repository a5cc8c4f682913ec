//! Who has the first claim on chips that several models share: contracts that count, then others signed, then orders to come.

use crate::market::HORIZON;

/// Machines that contracts have due, by model, summed up to the end of each month ahead.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Claims {
    /// Of firm contracts, and of all that are signed; empty where none are known.
    due: [Vec<[f64; HORIZON]>; 2],
}

impl Claims {
    /// From machines of firm contracts and of all signed ones, by model and the month in which they are due.
    pub fn new(firm: &[[i64; HORIZON]], signed: &[[i64; HORIZON]]) -> Self {
        let summed = |months: &[i64; HORIZON]| {
            let mut sum = 0;
            months.map(|machines| {
                sum += machines;
                sum as f64
            })
        };
        Self { due: [firm, signed].map(|models| models.iter().map(summed).collect()) }
    }

    /// What each model of a chip builds in month `h` where the chips do not reach for all that is wanted: firm contracts of all models first, then
    /// others signed, then orders to come, within each in proportion to what they want.
    pub(super) fn share_out(&self, h: usize, chips: f64, models: &[Wanted], could: &mut [f64]) {
        could.fill(0.0);
        let mut left = chips;
        for due in self.due.iter().map(Some).chain([None]) {
            let more = |of: &Wanted, so_far: f64| {
                let claim = match due.map(|due| due.get(of.model)) {
                    Some(Some(months)) => (months[h] - of.shipped).min(of.machines),
                    Some(None) => 0.0,
                    None => of.machines,
                };
                (claim - so_far).max(0.0)
            };
            let need: f64 =
                models.iter().zip(&*could).map(|(of, so_far)| more(of, *so_far) * of.per_machine).sum();
            let share = if need <= left { 1.0 } else { left / need };
            models
                .iter()
                .zip(&mut *could)
                .for_each(|(of, machines)| *machines += more(of, *machines) * share);
            left -= need * share;
        }
    }
}

/// What one model of a chip would build in a month.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Place of the model in the job's list.
    pub model: usize,
    /// Machines that shipped before, and those that ship from stock in the month.
    pub shipped: f64,
    /// Machines wanted beyond stock.
    pub machines: f64,
    /// Chips drawn for one.
    pub per_machine: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(model: usize, shipped: f64, machines: f64) -> Wanted {
        Wanted { model, shipped, machines, per_machine: 100.0 }
    }

    /// 30 firm and 10 more signed of one model, of which 10 shipped; of the other 20 signed, none firm. Wanted are 50 and 40 machines of 100
    /// chips. 1,500 chips: 15 of the 20 that are firm and open. 3,500: those 20, and of the 10 + 20 others signed half. 9,000 and more than is
    /// wanted: signed 30 and 20, and of the 20 + 20 to come all.
    #[test]
    fn firm_contracts_of_one_model_come_before_others_of_another() {
        let at = |machines: i64| std::array::from_fn(|h| if h == 0 { machines } else { 0 });
        let claims = Claims::new(&[at(30), at(0)], &[at(40), at(20)]);
        let share = |chips: f64| {
            let mut could = [0.0; 2];
            claims.share_out(1, chips, &[of(0, 10.0, 50.0), of(1, 0.0, 40.0)], &mut could);
            could
        };
        assert_eq!(share(1_500.0), [15.0, 0.0]);
        assert_eq!(share(3_500.0), [25.0, 10.0]);
        assert_eq!(share(7_000.0), [40.0, 30.0]);
        assert_eq!(share(9_000.0), [50.0, 40.0]);
    }

    #[test]
    fn without_contracts_all_share_in_proportion() {
        let mut could = [0.0; 2];
        Claims::default().share_out(0, 4_500.0, &[of(0, 0.0, 50.0), of(1, 0.0, 40.0)], &mut could);
        assert_eq!(could, [25.0, 20.0]);
    }
}
