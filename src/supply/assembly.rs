//! What the factory lets ship beside chips: assembly capacity, machines of all chips of a month together, and other parts.

use crate::job::Job;
use crate::market::HORIZON;

use super::parts::PartSupply;

/// Most machines assembled to ship in each month ahead.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Capacity([Option<u32>; HORIZON]);

impl Capacity {
    /// By the job's `[factory]`, for the months after `as_of`.
    pub fn new(job: &Job, as_of: crate::domain::Month) -> Self {
        Self(std::array::from_fn(|h| job.factory.capacity((as_of + 1).plus(h))))
    }

    /// Whether it limits anything.
    pub fn limits(&self) -> bool {
        self.0.iter().any(Option::is_some)
    }

    /// Most machines of a month.
    pub(super) fn most(&self, h: usize) -> Option<i64> {
        self.0[h].map(i64::from)
    }

    /// Share of the machines that could be built in a month that is assembled.
    pub fn share(&self, h: usize, machines: f64) -> f64 {
        self.0[h]
            .map_or(1.0, |most| if machines > f64::from(most) { f64::from(most) / machines } else { 1.0 })
    }

    /// Cuts what could be built in a month to what is assembled, in proportion, whole machines; what is left of the capacity then goes
    /// to the first of them.
    fn cut(&self, h: usize, builds: &mut [(usize, &mut i64)]) {
        let Some(most) = self.most(h) else { return };
        let total: i64 = builds.iter().map(|(_, build)| **build).sum();
        if total <= most {
            return;
        }
        let mut left = most;
        let wanted: Vec<i64> = builds.iter().map(|(_, build)| **build).collect();
        for ((_, build), wanted) in builds.iter_mut().zip(&wanted) {
            // Both are counts of machines: their product is far below 2^63.
            **build = wanted * most / total;
            left -= **build;
        }
        for ((_, build), wanted) in builds.iter_mut().zip(&wanted) {
            let more = left.min(wanted - **build);
            **build += more;
            left -= more;
        }
    }

    /// Machines that can be assembled by the end of each month, where chips for no more than `reach` are there by then; without end
    /// where neither limits.
    pub(super) fn cumulative(&self, reach: &[f64; HORIZON]) -> [f64; HORIZON] {
        let mut sum = 0.0_f64;
        std::array::from_fn(|h| {
            sum = (sum + self.0[h].map_or(f64::INFINITY, f64::from)).min(reach[h]).max(sum);
            sum
        })
    }
}

/// What limits the factory beside chips.
#[derive(Clone, PartialEq, Debug)]
pub struct Limits {
    /// Machines that can be assembled.
    pub(super) capacity: Capacity,
    /// Other parts.
    pub(super) parts: Vec<PartSupply>,
}

impl Limits {
    /// By the job's `[factory]` and `[[parts]]`, for the months after `as_of`; `None` where they limit nothing.
    pub fn new(job: &Job, as_of: crate::domain::Month) -> Option<Self> {
        let capacity = Capacity::new(job, as_of);
        let parts: Vec<PartSupply> = job.parts.iter().map(|part| PartSupply::new(part, job, as_of)).collect();
        (capacity.limits() || !parts.is_empty()).then_some(Self { capacity, parts })
    }
}

/// The factory on one path, month by month: what is left of parts, and what it lets build.
#[derive(Clone, Debug)]
pub struct Factory<'a> {
    limits: Option<&'a Limits>,
    /// Pieces left of every part.
    left: Vec<f64>,
    /// Of each model in the last month.
    shares: Vec<f64>,
}

impl<'a> Factory<'a> {
    /// As it stands at the as-of date.
    pub fn new(limits: Option<&'a Limits>, models: usize) -> Self {
        let parts = limits.map_or(0, |limits| limits.parts.len());
        Self { limits, left: vec![0.0; parts], shares: vec![1.0; models] }
    }

    /// Back to the as-of date, for another path.
    pub fn begin(&mut self) {
        self.left.fill(0.0);
    }

    /// To where another factory of the same limits stands.
    pub(crate) fn go_on_from(&mut self, other: &Self) {
        self.left.copy_from_slice(&other.left);
    }

    /// Of the machines `could` that stock and chips let build of each model in a month, the share that is built: parts first, shared by
    /// models in proportion to what they would take, then capacity. `None` where nothing is limited.
    pub fn assemble(&mut self, h: usize, could: &[f64]) -> Option<&[f64]> {
        let limits = self.limits?;
        self.shares.fill(1.0);
        let built = |shares: &[f64], per: &dyn Fn(usize) -> f64| -> f64 {
            could
                .iter()
                .zip(shares)
                .enumerate()
                .map(|(model, (could, share))| could * share * per(model))
                .sum()
        };
        for (part, left) in limits.parts.iter().zip(&mut self.left) {
            *left += part.arrivals[h];
            let need = built(&self.shares, &|model| part.per_machine[model]);
            if part.limits(h) && need > *left {
                let users = self.shares.iter_mut().zip(&part.per_machine).filter(|(_, per)| **per > 0.0);
                users.for_each(|(share, _)| *share *= *left / need);
            }
        }
        let assembled = limits.capacity.share(h, built(&self.shares, &|_| 1.0));
        self.shares.iter_mut().for_each(|share| *share *= assembled);
        for (part, left) in limits.parts.iter().zip(&mut self.left) {
            *left = (*left - built(&self.shares, &|model| part.per_machine[model])).max(0.0);
        }
        Some(&self.shares)
    }

    /// Cuts what could be built of each model in a month to what parts and capacity let build, whole machines. What rounding leaves goes to the
    /// first of them.
    pub fn cut(&mut self, h: usize, builds: &mut [(usize, &mut i64)]) {
        let Some(limits) = self.limits else { return };
        for (part, left) in limits.parts.iter().zip(&mut self.left) {
            *left += part.arrivals[h];
            if part.limits(h) {
                part.cut(*left, builds);
            }
        }
        limits.capacity.cut(h, builds);
        for (part, left) in limits.parts.iter().zip(&mut self.left) {
            let built = builds.iter().map(|(model, build)| **build as f64 * part.per_machine[*model]);
            *left = (*left - built.sum::<f64>()).max(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_assembled_by_hand() {
        let mut most = [None; HORIZON];
        most[0] = Some(10);
        let capacity = Capacity(most);
        // 10 of 12, 6 and 3: 120 / 21 = 5, 60 / 21 = 2, 30 / 21 = 1; two are left, for the first.
        let (mut a, mut b, mut c) = (12, 6, 3);
        capacity.cut(0, &mut [(0, &mut a), (1, &mut b), (2, &mut c)]);
        assert_eq!((a, b, c), (7, 2, 1));
        capacity.cut(1, &mut [(1, &mut b)]);
        assert_eq!(b, 2, "no limit in the second month");
        // Chips for 4 machines in the first month leave 6 of its capacity unused.
        let mut reach = [f64::INFINITY; HORIZON];
        reach[0] = 4.0;
        most[1] = Some(5);
        assert_eq!(Capacity(most).cumulative(&reach)[..3], [4.0, 9.0, f64::INFINITY]);
        assert_eq!(
            (capacity.share(0, 40.0), capacity.share(0, 8.0), capacity.share(1, 40.0)),
            (0.25, 1.0, 1.0)
        );
    }

    /// Two models take 2 and 1 of a part, a third none. Of 20, 10 and 5 machines that chips let build 50 pieces are needed and 30 are there:
    /// three fifths of two models, 12 and 6, all of the third. Five pieces that come in the second month, in which 5 and 0 of them
    /// could be built: 2.5 machines on a path, whole ones 2, and the piece that is left builds one of the third month.
    #[test]
    fn a_part_limits_the_models_that_need_it_by_hand() {
        let mut arrivals = [0.0; HORIZON];
        (arrivals[0], arrivals[1]) = (30.0, 5.0);
        let part = PartSupply { per_machine: vec![2.0, 1.0, 0.0], arrivals, open_from: 3 };
        let limits = Limits { capacity: Capacity([None; HORIZON]), parts: vec![part] };
        let mut path = Factory::new(Some(&limits), 3);
        assert_eq!(path.assemble(0, &[20.0, 10.0, 5.0]), Some(&[0.6, 0.6, 1.0][..]));
        assert_eq!(path.assemble(1, &[5.0, 0.0, 5.0]), Some(&[0.5, 0.5, 1.0][..]));
        assert_eq!(path.assemble(2, &[1.0, 0.0, 0.0]), Some(&[0.0, 0.0, 1.0][..]), "none is left");
        // From the fourth month on they can be ordered.
        assert_eq!(path.assemble(3, &[90.0, 90.0, 90.0]), Some(&[1.0; 3][..]));
        let mut whole = Factory::new(Some(&limits), 3);
        let mut cut = |h, [mut a, mut b, mut c]: [i64; 3]| {
            whole.cut(h, &mut [(0, &mut a), (1, &mut b), (2, &mut c)]);
            [a, b, c]
        };
        assert_eq!(cut(0, [20, 10, 5]), [12, 6, 5]);
        assert_eq!(cut(1, [5, 0, 5]), [2, 0, 5]);
        assert_eq!(cut(2, [1, 9, 0]), [0, 1, 0]);
        assert_eq!(cut(3, [90, 90, 90]), [90, 90, 90]);
        // With a capacity of ten beside it the capacity is what is left to the machines that parts let build: 10 of 20 + 10.
        let mut most = [None; HORIZON];
        most[0] = Some(10);
        let both = Limits { capacity: Capacity(most), parts: Vec::new() };
        assert_eq!(Factory::new(Some(&both), 2).assemble(0, &[20.0, 20.0]), Some(&[0.25; 2][..]));
    }
}
