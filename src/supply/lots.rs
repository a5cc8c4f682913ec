//! The lots of the orders that the rule asks for now, and what each earns on top of those before it.
//!
//! A lot earns what the critical ratio weighs: Cu x (mean machines short before - after) - Co x (mean machines left after -
//! before), in the month in which that is most, from the first that it can ship in to the last that this run's orders serve.

use crate::domain::Usd;
use crate::job::{ChipId, Foundry};
use crate::market::HORIZON;

use super::economics::Economics;
use super::plan::{Basis, ChipPlan, ProposedOrder};
use super::requirement::Requirement;

/// A lot of one order, or the least that its foundry takes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Lot {
    /// Place of its order among those that the rule asks for.
    pub order: usize,
    /// Wafers.
    pub wafers: i64,
    /// Paid when placed.
    pub prepayment: Usd,
    /// What it earns on the mean of the paths, on top of the lots before it; 0 without a price.
    pub profit: Usd,
    /// The same on the mean of the 5% of paths with the lowest need.
    pub shortfall: Usd,
    /// Mean machines that wait without it in that month.
    pub machines: f64,
    /// Whether secured contracts need it.
    pub secured: bool,
}

impl Lot {
    /// What it earns per dollar prepaid; `None` where nothing is prepaid.
    pub fn per_dollar(&self) -> Option<f64> {
        (self.prepayment > Usd::ZERO).then(|| self.profit / self.prepayment)
    }
}

/// What of the lots comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Class {
    /// What earns.
    Earns,
    /// What has no price, so that nothing says what it earns.
    Unpriced,
    /// What loses on the mean of the paths.
    Loses,
}

/// Needs of a chip up to a month.
struct Needs {
    sorted: Vec<f64>,
    /// Sum of the first so many.
    sums: Vec<f64>,
}

impl Needs {
    fn new(need: &Requirement, h: usize) -> Self {
        let mut sorted = need.paths[h].clone();
        sorted.sort_by(f64::total_cmp);
        let mut sums = vec![0.0];
        sums.extend(sorted.iter().scan(0.0, |sum, need| {
            *sum += need;
            Some(*sum)
        }));
        Self { sorted, sums }
    }

    /// Mean chips short and mean chips left over the `of` paths of lowest need.
    fn at(&self, of: usize, supplied: f64) -> (f64, f64) {
        let met = self.sorted[..of].partition_point(|need| *need <= supplied);
        let n = of.max(1) as f64;
        let short = self.sums[of] - self.sums[met] - (of - met) as f64 * supplied;
        let left = met as f64 * supplied - self.sums[met];
        (short.max(0.0) / n, left.max(0.0) / n)
    }
}

/// A chip as lots are taken.
struct Supplied {
    /// Of each month from `first` on to the last that its orders serve.
    needs: Vec<Needs>,
    first: usize,
    /// Good chips that can ship by each month.
    chips: [f64; HORIZON],
}

/// An order of which lots are taken.
struct Open<'a> {
    order: &'a ProposedOrder,
    terms: &'a Foundry,
    ahead: usize,
    taken: i64,
    /// Cost of a good chip too few and of one too many, USD; `None` without a price.
    worth: Option<(f64, f64)>,
    /// Good chips of a machine.
    per_machine: f64,
}

impl Open<'_> {
    /// Wafers of the next lot, 0 when all are taken. The first has as many as the foundry's least order.
    fn next(&self) -> i64 {
        let least = if self.taken == 0 { super::sourcing::lots(1, self.terms) } else { 0 };
        least.max(i64::from(self.terms.lot_wafers)).min(self.order.wafers - self.taken)
    }

    /// Good chips for a dollar prepaid.
    fn chips_per_dollar(&self) -> f64 {
        self.order.good_per_wafer / prepaid(self.terms, 1).dollars()
    }
}

/// Paid when so many wafers are ordered.
pub(super) fn prepaid(terms: &Foundry, wafers: i64) -> Usd {
    terms.wafer_cost() * wafers as f64 * terms.prepayment_share.get()
}

/// Cost of a good chip too few and too many, USD. Where the job asks for a service level s above the one of the ratio, a machine too few is
/// taken to cost what makes that level the best: Co s / (1 - s).
fn worth(economics: &Economics, paths: usize) -> (f64, f64) {
    let (mut few, many) = (economics.underage.dollars(), economics.overage.dollars());
    if economics.service_level > economics.asked {
        let level = economics.service_level.min(1.0 - 1.0 / paths.max(2) as f64);
        few = few.max(many.max(0.0) * level / (1.0 - level));
    }
    (few / economics.machine.chips, many / economics.machine.chips)
}

/// Orders as their lots are taken one by one.
pub(super) struct Taking<'a> {
    open: Vec<Open<'a>>,
    /// By chip.
    supplied: Vec<Supplied>,
    /// Weight of the worst paths.
    weight: f64,
}

impl<'a> Taking<'a> {
    /// None of the orders' lots taken.
    pub(super) fn new(basis: &Basis<'a>, chips: &[ChipPlan], orders: &'a [ProposedOrder]) -> Self {
        let Basis { job, as_of, committed, .. } = *basis;
        let catalogue = &job.catalogue;
        let supplied = catalogue.chip_ids().zip(chips).map(|(chip, plan)| {
            let own = orders.iter().filter(|order| order.chip == chip);
            let first = own.map(|order| order.ahead(as_of)).min().unwrap_or(HORIZON);
            Supplied {
                needs: (first..=plan.judged().max(first).min(HORIZON - 1))
                    .map(|h| Needs::new(&plan.need, h))
                    .collect(),
                first,
                chips: std::array::from_fn(|h| committed.arrived(chip, h)),
            }
        });
        let open = orders.iter().map(|order| {
            let economics = chips[order.chip].at(order.foundry);
            let mean = committed.mean_per_machine(&catalogue.models_of(order.chip));
            Open {
                order,
                terms: &catalogue.foundries[order.foundry],
                ahead: order.ahead(as_of),
                taken: 0,
                worth: economics.map(|e| worth(e, chips[order.chip].need.paths[0].len())),
                per_machine: economics.map_or(mean, |e| e.machine.chips),
            }
        });
        let weight = job.budget.shortfall_weight.get();
        Self { open: open.collect(), supplied: supplied.collect(), weight }
    }

    /// Takes a lot for the `need` of a chip's month `h` that is secured: of the orders in time the one with most chips for a dollar
    /// prepaid, of like ones the earliest. `None` when the need is met or no lot is left.
    pub(super) fn secured(&mut self, chip: ChipId, h: usize, need: f64) -> Option<Lot> {
        let of_chip = |open: &&Open<'_>| open.order.chip == chip && open.ahead <= h;
        let taken: f64 =
            self.open.iter().filter(of_chip).map(|o| o.taken as f64 * o.order.good_per_wafer).sum();
        if need - taken <= 1e-6 {
            return None;
        }
        let left = self.open.iter().enumerate().filter(|(_, open)| of_chip(open) && open.next() > 0);
        let (index, _) = left.min_by(|(_, a), (_, b)| {
            let most = b.chips_per_dollar().total_cmp(&a.chips_per_dollar());
            most.then(a.order.place_by.cmp(&b.order.place_by))
        })?;
        let lot = Lot { secured: true, ..self.lot(index) };
        Some(self.take(lot))
    }

    /// Takes the lot that earns most per dollar prepaid, of like ones the earliest; `None` when all are taken.
    pub(super) fn best(&mut self) -> Option<(Class, Lot)> {
        let left = (0..self.open.len()).filter(|index| self.open[*index].next() > 0);
        let ranked = left.map(|index| {
            let lot = self.lot(index);
            (self.rank(&lot), lot)
        });
        let ((class, _), lot) = ranked.min_by(|((a, earns_a), lot_a), ((b, earns_b), lot_b)| {
            let day = |lot: &Lot| self.open[lot.order].order.place_by;
            let per_dollar = |index: usize| earns_b[index].total_cmp(&earns_a[index]);
            a.cmp(b).then(per_dollar(0)).then(per_dollar(1)).then(day(lot_a).cmp(&day(lot_b)))
        })?;
        Some((class, self.take(lot)))
    }

    fn take(&mut self, lot: Lot) -> Lot {
        let open = &mut self.open[lot.order];
        open.taken += lot.wafers;
        let more = lot.wafers as f64 * open.order.good_per_wafer;
        self.supplied[open.order.chip.0].chips.iter_mut().skip(open.ahead).for_each(|chips| *chips += more);
        lot
    }

    /// The next lot of an order, on top of what is supplied.
    fn lot(&self, index: usize) -> Lot {
        let open = &self.open[index];
        let Supplied { needs, first, chips } = &self.supplied[open.order.chip.0];
        let wafers = open.next();
        let more = wafers as f64 * open.order.good_per_wafer;
        let (few, many) = open.worth.unwrap_or_default();
        let earns = |needs: &Needs, of: usize, chips: f64| {
            let (before, after) = (needs.at(of, chips), needs.at(of, chips + more));
            (few * (before.0 - after.0) - many * (after.1 - before.1), before.0 - after.0)
        };
        // What can ship only after the last month judged is judged there.
        let from = open.ahead.saturating_sub(*first).min(needs.len().saturating_sub(1));
        let months = needs.iter().zip(chips.iter().skip(*first)).skip(from).map(|(needs, chips)| {
            let all = needs.sorted.len();
            let ((profit, served), worst) =
                (earns(needs, all, *chips), earns(needs, all.div_ceil(20), *chips).0);
            (profit, worst, served)
        });
        let most = months.max_by(|a, b| a.0.total_cmp(&b.0).then(a.2.total_cmp(&b.2)));
        let (profit, worst, served) = most.unwrap_or_default();
        Lot {
            order: index,
            wafers,
            prepayment: prepaid(open.terms, wafers),
            profit: Usd::new(profit),
            shortfall: Usd::new(worst),
            machines: served / open.per_machine,
            secured: false,
        }
    }

    /// Class of a lot, and what a dollar prepaid for it earns, the worst paths weighed in, and a dollar of its price: that tells lots
    /// apart for which nothing is prepaid.
    fn rank(&self, lot: &Lot) -> (Class, [f64; 2]) {
        let open = &self.open[lot.order];
        let class = match open.worth {
            Some(_) if lot.profit < Usd::ZERO => Class::Loses,
            Some(_) => Class::Earns,
            None => Class::Unpriced,
        };
        let earns = (1.0 - self.weight) * lot.profit.dollars() + self.weight * lot.shortfall.dollars();
        let per = |dollars: Usd| match dollars.dollars() {
            dollars if dollars > 0.0 => earns / dollars,
            _ if earns == 0.0 => 0.0,
            _ => earns * f64::INFINITY,
        };
        (class, [per(lot.prepayment), per(open.terms.wafer_cost() * lot.wafers as f64)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Needs of 10, 20, 30 and 40 chips: 25 leave 15 and 5 on the first two, 5 on average, and lack 5 and 15. Of the lowest two alone
    /// 10 are left on average and none lacks.
    #[test]
    fn short_and_left_of_all_and_of_the_lowest() {
        let needs = Needs::new(&Requirement::of_needs(&[30.0, 10.0, 40.0, 20.0]), 0);
        assert_eq!(needs.at(4, 25.0), (5.0, 5.0));
        assert_eq!(needs.at(2, 25.0), (0.0, 10.0));
        assert_eq!(needs.at(4, 0.0), (25.0, 0.0));
    }

    use crate::domain::Month;
    use crate::job::FoundryId;
    use crate::supply::{Decision, MixMachine, Rule, Salvage};

    /// A foundry that takes lots of 5 wafers for `cost` USD each, half of it prepaid.
    fn foundry(cost: f64) -> Foundry {
        let text = format!(
            "name = \"F\"\nchip = \"C\"\nwafer_cost_usd = {cost}\nlead_months = 4\nprepayment_share = 0.5\nlot_wafers = 5"
        );
        toml::from_str(&text).unwrap()
    }

    /// An order of 10 wafers that first can ship so many months ahead of September 2025.
    fn order(ahead: usize, good_per_wafer: f64) -> ProposedOrder {
        let as_of: Month = "2025-09".parse().unwrap();
        let ship_month = (as_of + 1).plus(ahead);
        ProposedOrder {
            chip: ChipId(0),
            foundry: FoundryId(0),
            place_by: (as_of + 1).last_day(),
            decision: Decision::PlaceNow,
            rule: Rule::OrderUpTo,
            wafer_out: ship_month - 1,
            ship_month,
            through: ahead,
            level: 0.0,
            chips_on_hand: 0.0,
            chips_on_order: 0.0,
            wafers_on_order: 0,
            chips_proposed: 0.0,
            net_wafers: 10,
            wafers: 10,
            lots: 2,
            short_wafers: 0,
            good_per_wafer,
            cost: Usd::ZERO,
            prepayment: Usd::ZERO,
            balance: Usd::ZERO,
            prob_short: 0.0,
            expected_excess_wafers: 0.0,
            sourcing: String::new(),
        }
    }

    fn taking<'a>(orders: &[(&'a ProposedOrder, &'a Foundry)], weight: f64) -> Taking<'a> {
        let open = |(order, terms): &(&'a ProposedOrder, &'a Foundry)| Open {
            order,
            terms,
            ahead: order.ahead("2025-09".parse().unwrap()),
            taken: 0,
            worth: Some((1.0, 1.0)),
            per_machine: 100.0,
        };
        Taking {
            open: orders.iter().map(open).collect(),
            supplied: vec![Supplied { needs: Vec::new(), first: 0, chips: [0.0; HORIZON] }],
            weight,
        }
    }

    /// 2,000 chips are needed by the fourth month. A wafer of the first order gives 500 chips for 500 USD prepaid, of the second 400 for
    /// 500, of the third, which ships later, 900: five wafers of the first are 2,500 chips, and none is needed then.
    #[test]
    fn a_secured_need_takes_the_most_chips_for_a_dollar_in_time() {
        let terms = foundry(1000.0);
        let orders = [order(2, 400.0), order(3, 500.0), order(5, 900.0)];
        let each: Vec<_> = orders.iter().map(|order| (order, &terms)).collect();
        let mut taking = taking(&each, 0.0);
        let lot = taking.secured(ChipId(0), 3, 2000.0).unwrap();
        assert_eq!((lot.order, lot.wafers, lot.prepayment, lot.secured), (1, 5, Usd::new(2500.0), true));
        assert_eq!(taking.secured(ChipId(0), 3, 2000.0), None, "2,500 are taken");
        // By the third month only the first is in time.
        assert_eq!(taking.secured(ChipId(0), 2, 2000.0).unwrap().order, 0);
    }

    /// 100 USD in the mean and -60 on the worst paths, which count for a quarter: 75 - 15 for 50 prepaid, and for 10 wafers at 12 USD.
    #[test]
    fn a_lot_ranks_by_what_a_prepaid_dollar_earns_the_worst_paths_weighed_in() {
        let (terms, of) = (foundry(12.0), order(2, 500.0));
        let taking = taking(&[(&of, &terms)], 0.25);
        let lot = |profit: f64| Lot {
            order: 0,
            wafers: 10,
            prepayment: Usd::new(50.0),
            profit: Usd::new(profit),
            shortfall: Usd::new(-60.0),
            machines: 0.0,
            secured: false,
        };
        assert_eq!(taking.rank(&lot(100.0)), (Class::Earns, [1.2, 0.5]));
        assert_eq!(taking.rank(&lot(0.0)).0, Class::Earns);
        assert_eq!(taking.rank(&lot(-1.0)).0, Class::Loses);
        assert_eq!(lot(100.0).per_dollar(), Some(2.0));
        // Half a dollar counts as it is. Where nothing is prepaid, what earns comes before all, and what loses on the worst paths after all; 20 in the
        // mean are outweighed by them.
        let ahead = |usd: f64, profit: f64| {
            let lot = Lot { prepayment: Usd::new(usd), ..lot(profit) };
            taking.rank(&lot).1[0]
        };
        assert_eq!(ahead(0.5, 100.0), 120.0);
        assert_eq!(
            [100.0, 20.0, 0.0].map(|profit| ahead(0.0, profit)),
            [f64::INFINITY, 0.0, f64::NEG_INFINITY]
        );
    }

    /// A machine of two chips too few costs 10 USD, one too many 20. Asked for 0.5 and set at 0.8, one too few is taken to cost 20 x 0.8 / 0.2.
    #[test]
    fn a_level_above_the_ratio_says_what_a_machine_too_few_costs() {
        let machine = MixMachine {
            shares: vec![1.0],
            chips: 2.0,
            later: 0.0,
            list_price: Usd::ZERO,
            price: Usd::ZERO,
            other_cost: Usd::ZERO,
            salvage: Salvage { clearance: Usd::ZERO, mining: Usd::ZERO },
            salvage_value: Usd::ZERO,
            by_percent: [Usd::ZERO; super::super::requirement::PERCENTS],
            cleared_by_percent: [Usd::ZERO; super::super::requirement::PERCENTS],
            room: f64::INFINITY,
        };
        let economics = |service_level| Economics {
            machine: machine.clone(),
            chip_cost: Usd::ZERO,
            effective_cost: Usd::ZERO,
            lost_share: 1.0,
            underage: Usd::new(10.0),
            overage: Usd::new(20.0),
            fetched: [Usd::ZERO; super::super::requirement::PERCENTS],
            critical_ratio: 0.5,
            asked: 0.5,
            service_level,
            supported: (0.9, 4),
            margin: Usd::ZERO,
        };
        assert_eq!(worth(&economics(0.5), 100), (5.0, 10.0));
        let (few, many) = worth(&economics(0.8), 100);
        assert!((few - 40.0).abs() < 1e-9 && many == 10.0, "{few} {many}");
    }

    /// A foundry takes 20 wafers at least, and lots of 5: of 33 the first lot has 20, the next two 5, and the last the 3 that are left.
    #[test]
    fn the_first_lot_has_the_least_that_a_foundry_takes() {
        let text = "name = \"F\"\nchip = \"C\"\nwafer_cost_usd = 1\nlead_months = 4\nprepayment_share = 0.5\nlot_wafers = 5\nmin_wafers = 20";
        let terms: Foundry = toml::from_str(text).unwrap();
        let of = ProposedOrder { wafers: 33, ..order(2, 500.0) };
        let mut taking = taking(&[(&of, &terms)], 0.0);
        let open = &mut taking.open[0];
        let lots: Vec<i64> = (0..5)
            .map(|_| {
                let next = open.next();
                open.taken += next;
                next
            })
            .collect();
        assert_eq!(lots, [20, 5, 5, 3, 0]);
    }
}
