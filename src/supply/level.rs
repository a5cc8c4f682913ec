//! Level loading: machines that are built before the month in which they ship, so that the factory's months are alike.
//!
//! What ships, who waits and which wafers are ordered stay as they are: only the month moves in which a machine is built, and with it that in
//! which its chips are used (level production method, APICS Dictionary). The flattest plan is the shortest line between what must have been
//! built by the end of each month and what chips let be built by then (taut string: Modigliani and Hohn 1955, Econometrica 23(1)).

use crate::job::{Catalogue, ChipId};
use crate::market::HORIZON;

use super::allocation::{Allocation, ChipFlow, MachineFlow};
use super::committed::Committed;

/// Chips and machines, month by month, with machines built ahead.
#[derive(Clone, Debug)]
pub struct Levelled {
    /// Stock of each chip.
    pub chips: Vec<[ChipFlow; HORIZON]>,
    /// Stock of each model.
    pub machines: Vec<[MachineFlow; HORIZON]>,
    /// Most machines at the end of a month that were built ahead, and the first such month ahead.
    pub ahead: (i64, usize),
}

impl Levelled {
    /// Machines of all models built in each month.
    pub fn built(&self) -> [i64; HORIZON] {
        built(&self.machines)
    }
}

/// Machines of all models built in each month.
pub fn built(machines: &[[MachineFlow; HORIZON]]) -> [i64; HORIZON] {
    std::array::from_fn(|h| machines.iter().map(|months| months[h].built).sum())
}

/// Builds machines ahead where chips, parts and the factory let it, until every month is within the share `within` of the flattest plan. `None`
/// where supply is not known.
pub fn level(
    allocation: &Allocation,
    committed: &Committed,
    catalogue: &Catalogue,
    within: f64,
) -> Option<Levelled> {
    if !committed.known {
        return None;
    }
    let mut plan = Loading::new(allocation, committed, catalogue);
    let flattest = flattest(&cumulative(&built(&plan.machines)), &plan.buildable());
    // Rounding of the product must not take a machine off either end.
    let most = flattest.map(|machines| ((1.0 + within) * machines + 1e-9).floor() as i64);
    let fewest = flattest.map(|machines| ((1.0 - within) * machines - 1e-9).ceil() as i64);
    for h in (1..HORIZON).rev() {
        // The month before may be full: then the one before it.
        for to in (0..h).rev() {
            let excess = built(&plan.machines)[h] - most[h];
            plan.bring_forward(h, to, excess);
        }
    }
    for to in 0..HORIZON - 1 {
        for from in to + 1..HORIZON {
            let total = built(&plan.machines);
            plan.bring_forward(from, to, (fewest[to] - total[to]).min(total[from] - fewest[from]));
        }
    }
    let stands = |h: usize| -> i64 {
        let pairs = plan.machines.iter().zip(&allocation.machines);
        pairs.map(|(now, before)| now[h].end - before[h].end).sum()
    };
    let first = (0..HORIZON).max_by_key(|h| (stands(*h), std::cmp::Reverse(*h))).unwrap_or(0);
    Some(Levelled { ahead: (stands(first), first), chips: plan.chips, machines: plan.machines })
}

/// Sums up to the end of each month.
fn cumulative(months: &[i64; HORIZON]) -> [f64; HORIZON] {
    let mut sum = 0;
    months.map(|machines| {
        sum += machines;
        sum as f64
    })
}

/// Machines a month of the flattest plan that by the end of each month has built at least `least` and at most `most`, and in the end `least`:
/// straight on as far as both can be kept, then a bend where the nearer bound is touched.
fn flattest(least: &[f64; HORIZON], most: &[f64; HORIZON]) -> [f64; HORIZON] {
    let mut plan = [0.0; HORIZON];
    let (mut at, mut sum) = (0, 0.0);
    while at < HORIZON {
        let (mut low, mut high) = ((0.0, at), (f64::INFINITY, at));
        let mut bend = None;
        for h in at..HORIZON {
            let months = (h + 1 - at) as f64;
            let end = if h + 1 == HORIZON { least[h] } else { most[h].max(least[h]) };
            let (needs, lets) = ((least[h] - sum) / months, (end - sum) / months);
            if needs > high.0 {
                bend = Some(high);
                break;
            }
            if lets < low.0 {
                bend = Some(low);
                break;
            }
            if needs >= low.0 {
                low = (needs, h);
            }
            if lets <= high.0 {
                high = (lets, h);
            }
        }
        let (machines, until) = bend.unwrap_or(low);
        plan[at..=until].fill(machines);
        sum += machines * (until + 1 - at) as f64;
        at = until + 1;
    }
    plan
}

/// What is built when, and what that leaves.
struct Loading<'a> {
    committed: &'a Committed,
    models: Vec<(usize, ChipId)>,
    chips: Vec<[ChipFlow; HORIZON]>,
    machines: Vec<[MachineFlow; HORIZON]>,
    /// Pieces left of every part at the end of each month; without end from the first that a new order can reach.
    parts: Vec<[f64; HORIZON]>,
}

impl<'a> Loading<'a> {
    fn new(allocation: &Allocation, committed: &'a Committed, catalogue: &Catalogue) -> Self {
        let limits = committed.assembly.as_ref();
        let left = |part: &super::parts::PartSupply| {
            let mut used = 0.0;
            let there = part.cumulative();
            std::array::from_fn(|h| {
                let months = allocation.machines.iter().zip(&part.per_machine);
                used += months.map(|(months, pieces)| months[h].built as f64 * pieces).sum::<f64>();
                there[h] - used
            })
        };
        Self {
            committed,
            models: catalogue.ids().map(|id| (id.0, catalogue.chip_of(id))).collect(),
            chips: allocation.chips.clone(),
            machines: allocation.machines.clone(),
            parts: limits.map_or_else(Vec::new, |limits| limits.parts.iter().map(left).collect()),
        }
    }

    /// Machines that chips let be built by the end of each month, of what is built in the twelve: what is built by then, and of the chips left
    /// what later months build of them.
    fn buildable(&self) -> [f64; HORIZON] {
        let mut by = cumulative(&built(&self.machines));
        for (chip, flows) in self.chips.iter().enumerate() {
            let models = || self.models.iter().filter(move |(_, of)| of.0 == chip).map(|(model, _)| *model);
            for h in 0..HORIZON {
                let mut left = flows[h].end;
                for model in models() {
                    let later: i64 = self.machines[model][h + 1..].iter().map(|flow| flow.built).sum();
                    let machines = (left / self.committed.per_machine(model)).min(later as f64).max(0.0);
                    left -= machines * self.committed.per_machine(model);
                    by[h] += machines;
                }
            }
        }
        by
    }

    /// Builds up to so many machines of month `from` in `to`: of the model first of which most are built in `from`.
    fn bring_forward(&mut self, from: usize, to: usize, machines: i64) {
        let mut wanted = machines;
        if let Some(most) = self.committed.assembly.as_ref().and_then(|limits| limits.capacity.most(to)) {
            wanted = wanted.min(most - built(&self.machines)[to]);
        }
        let mut models = self.models.clone();
        models.sort_by_key(|(model, _)| (std::cmp::Reverse(self.machines[*model][from].built), *model));
        for (model, chip) in models {
            let moved = wanted.min(self.machines[model][from].built).min(self.room(model, chip, from, to));
            if moved > 0 {
                self.moved(model, chip, (from, to), moved);
                wanted -= moved;
            }
        }
    }

    /// Machines of a model that what is left of its chips and parts in between lets build in `to` and not in `from`.
    fn room(&self, model: usize, chip: ChipId, from: usize, to: usize) -> i64 {
        let least = |left: &mut dyn Iterator<Item = f64>| left.fold(f64::INFINITY, f64::min);
        let chips = least(&mut self.chips[chip][to..from].iter().map(|flow| flow.end));
        let mut machines = chips / self.committed.per_machine(model);
        let limits = self.committed.assembly.as_ref();
        for (part, left) in limits.iter().flat_map(|limits| &limits.parts).zip(&self.parts) {
            if part.per_machine[model] > 0.0 {
                machines = machines.min(least(&mut left[to..from].iter().copied()) / part.per_machine[model]);
            }
        }
        // Chips of the last machine may be a rounding error short.
        (machines + 1e-6).floor().max(0.0) as i64
    }

    fn moved(&mut self, model: usize, chip: ChipId, (from, to): (usize, usize), machines: i64) {
        let of = &self.committed.chips_per_machine[model];
        for (h, sign) in [(to, 1.0), (from, -1.0)] {
            let flow = &mut self.chips[chip][h];
            flow.built_in += sign * machines as f64 * of.built_in;
            flow.spares += sign * machines as f64 * of.spares;
            flow.lost += sign * machines as f64 * of.lost;
        }
        self.machines[model][to].built += machines;
        self.machines[model][from].built -= machines;
        for h in to..from {
            self.machines[model][h].end += machines;
            self.machines[model][h + 1].start += machines;
            let chips = machines as f64 * of.all();
            let left = (self.chips[chip][h].end - chips).max(0.0);
            self.chips[chip][h].end = left;
            self.chips[chip][h + 1].start = left;
        }
        let limits = self.committed.assembly.as_ref();
        for (part, left) in limits.iter().flat_map(|limits| &limits.parts).zip(&mut self.parts) {
            left[to..from].iter_mut().for_each(|left| *left -= machines as f64 * part.per_machine[model]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Supply;
    use crate::job::Job;
    use crate::supply::allocate;

    /// What the miniature builds with so many chips in hand: a machine draws 100, 64 built in, 16 spare, 20 lost.
    fn levelled(factory: &str, chips: u64, units: &[i64], within: f64) -> Levelled {
        let text = include_str!("../../fixtures/miniature/job.toml").to_owned() + factory;
        let job = Job::parse(&text, std::path::Path::new("job.toml")).unwrap();
        let supply =
            Supply { machines: vec![0], chips: vec![chips], dies: vec![0], known: true, ..Supply::default() };
        let committed = Committed::new(&supply, &job, "2025-09".parse().unwrap());
        let units = std::array::from_fn(|h| units.get(h).copied().unwrap_or(0));
        let catalogue = &job.catalogue;
        let allocation = allocate(&committed, &[[0.0; HORIZON]], &[units], 0.0, catalogue);
        let plan = level(&allocation, &committed, catalogue, within).unwrap();
        for h in 0..HORIZON {
            let (flow, chips) = (plan.machines[0][h], plan.chips[0][h]);
            assert_eq!(flow.start + flow.built - flow.shipped, flow.end);
            assert_eq!(flow.shipped, allocation.machines[0][h].shipped, "what ships stays");
            let used = chips.built_in + chips.spares + chips.lost;
            assert!((used - 100.0 * flow.built as f64).abs() < 1e-6);
            let left = chips.start + chips.on_hand + chips.on_order + chips.proposed - used;
            assert!((left - chips.end).abs() < 1e-6 && left > -1e-6);
        }
        plan
    }

    /// 160 machines by December need 53.3 a month, 20 by February 10, 60 by September 8.6. Within a tenth: 48 to 58, 9 to 11, 8 to 9. From
    /// September back all above the most goes to the month before: 44, 58, 58, 10, 10, 6 and 9 a month. October then takes 4 of November, March
    /// 1 each of April and May.
    #[test]
    fn months_are_levelled_by_hand() {
        let units = [20, 20, 120, 10, 10, 0, 0, 0, 0, 0, 0, 60];
        let plan = levelled("", 24_000, &units, 0.1);
        assert_eq!(plan.built(), [48, 54, 58, 10, 10, 8, 8, 8, 9, 9, 9, 9]);
        assert_eq!(plan.ahead, (62, 1), "102 built by the end of November, 40 shipped");
        // Within all of the flattest plan no month is above twice of it: 106, 20 and 17.
        assert_eq!(levelled("", 24_000, &units, 1.0).built(), [20, 34, 106, 10, 10, 0, 0, 0, 9, 17, 17, 17]);
    }

    /// The factory takes 50 in November: October takes what it cannot. Chips for no more than shipped by then leave all as it was.
    #[test]
    fn neither_chips_nor_the_factory_are_overdrawn() {
        let units = [20, 20, 60];
        let plan = levelled("\n[factory]\nmonths = { \"2025-11\" = 25 }\n", 10_000, &units, 0.0);
        assert_eq!(plan.built()[..4], [42, 25, 33, 0]);
        let plan = levelled("", 4_000, &units, 0.0);
        assert_eq!(plan.built()[..4], [20, 20, 0, 0]);
    }

    #[test]
    fn the_flattest_plan_by_hand() {
        let at = |first: &[f64], then: f64| std::array::from_fn(|h| first.get(h).copied().unwrap_or(then));
        // 30 in the first three months, and the rest of 120 at 10 a month.
        let free = [f64::INFINITY; HORIZON];
        assert_eq!(flattest(&at(&[0.0, 0.0, 30.0], 120.0), &free)[..5], [30.0, 30.0, 30.0, 30.0, 0.0]);
        assert_eq!(flattest(&at(&[10.0, 20.0, 90.0], 90.0), &free)[..4], [30.0, 30.0, 30.0, 0.0]);
        // Chips for 5 by the first month: 5, then 42.5 twice.
        let chips = at(&[5.0, f64::INFINITY], f64::INFINITY);
        assert_eq!(flattest(&at(&[5.0, 20.0, 90.0], 90.0), &chips)[..4], [5.0, 42.5, 42.5, 0.0]);
    }
}
