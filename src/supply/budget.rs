//! Which of the orders that the rule asks for now a budget lets place.
//!
//! The orders are cut into lots, and the lots stand in one sequence that no budget changes: a budget takes as many of the
//! first ones as it pays for. So the orders at a smaller budget are contained in those at a larger one. First comes what
//! secured contracts need, month by month; then always the lot that earns most per dollar prepaid, given all before it
//! (marginal allocation: Fox 1966, Management Science 13(3)); then what has no price. What would lose is in no budget.
//!
//! Ranked is what a lot earns on the mean of the paths with the mean of the worst 5% (expected shortfall: Rockafellar and
//! Uryasev 2000, Journal of Risk 2(3)), at the weight of `[budget] shortfall_weight`.

use crate::demand::Forecast;
use crate::domain::Usd;
use crate::market::HORIZON;

use super::lots::{Class, Lot, Taking, prepaid};
use super::orders::fill;
use super::plan::{Basis, ChipPlan, Decision, Plan, ProposedOrder};
use super::requirement::whole_chips;

/// Half a cent: amounts that differ by less are the same.
const SAME: Usd = Usd::new(0.005);

/// The orders that the rule asks for now, lot by lot.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// The orders.
    pub orders: Vec<ProposedOrder>,
    /// Their lots, in the order in which a growing budget takes them.
    pub lots: Vec<Lot>,
    /// How many of them a budget takes at most: those after lose.
    worth: usize,
}

/// What the first lots of a sequence come to.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Taken {
    /// Wafers.
    pub wafers: i64,
    /// Paid when placed.
    pub prepayment: Usd,
    /// What they earn on the mean of the paths against placing none.
    pub profit: Usd,
    /// Mean machines that wait at the end of the months decided without them.
    pub machines: f64,
}

impl Taken {
    /// And one more lot.
    #[must_use]
    pub fn with(self, lot: &Lot) -> Self {
        Self {
            wafers: self.wafers + lot.wafers,
            prepayment: self.prepayment + lot.prepayment,
            profit: self.profit + lot.profit,
            machines: self.machines + lot.machines,
        }
    }
}

impl Sequence {
    /// Of the orders that a plan places now.
    pub fn new(basis: &Basis<'_>, chips: &[ChipPlan], orders: &[ProposedOrder]) -> Self {
        let now = orders.iter().filter(|order| order.decision == Decision::PlaceNow);
        let orders: Vec<ProposedOrder> = now.cloned().collect();
        let mut taking = Taking::new(basis, chips, &orders);
        let mut lots = Vec::new();
        for h in 0..HORIZON {
            let decided = basis.job.catalogue.chip_ids().zip(chips).filter(|(_, plan)| h <= plan.judged());
            for (chip, plan) in decided {
                let need = plan.need.firm[h] - basis.committed.arrived(chip, h);
                while let Some(lot) = taking.secured(chip, h, need) {
                    lots.push(lot);
                }
            }
        }
        let mut worth = None;
        while let Some((class, lot)) = taking.best() {
            if class == Class::Loses {
                worth.get_or_insert(lots.len());
            }
            lots.push(lot);
        }
        let worth = worth.unwrap_or(lots.len());
        Self { orders, lots, worth }
    }

    /// How many lots a limit on prepayments lets place: all of them without one.
    pub fn within(&self, limit: Option<Usd>) -> usize {
        let Some(limit) = limit else { return self.lots.len() };
        let mut sum = Usd::ZERO;
        let fits = self.lots[..self.worth].iter().take_while(|lot| {
            sum += lot.prepayment;
            sum <= limit + SAME
        });
        fits.count()
    }

    /// How many lots any limit lets place at most: those after lose.
    pub const fn worth(&self) -> usize {
        self.worth
    }

    /// What the lots of a part of the sequence come to.
    pub fn sum(&self, lots: impl std::slice::SliceIndex<[Lot], Output = [Lot]>) -> Taken {
        self.lots.get(lots).unwrap_or_default().iter().fold(Taken::default(), Taken::with)
    }

    /// The orders of the first lots, at their prices; those of no lot are left out.
    pub fn first(&self, taken: usize, basis: &Basis<'_>) -> Vec<ProposedOrder> {
        if taken >= self.lots.len() {
            return self.orders.clone();
        }
        let orders = self.orders.iter().enumerate().map(|(place, order)| {
            let own = self.lots[..taken].iter().filter(|lot| lot.order == place);
            let wafers = own.map(|lot| lot.wafers).sum::<i64>();
            let terms = &basis.job.catalogue.foundries[order.foundry];
            let cost = terms.wafer_cost() * wafers as f64;
            let prepayment = prepaid(terms, wafers);
            ProposedOrder {
                wafers,
                lots: wafers / i64::from(terms.lot_wafers),
                cost,
                prepayment,
                balance: cost - prepayment,
                ..order.clone()
            }
        });
        orders.filter(|order| order.wafers > 0).collect()
    }
}

impl ProposedOrder {
    /// Whether it is the same order, of whatever quantity.
    pub fn same_as(&self, other: &Self) -> bool {
        (self.chip, self.foundry, self.place_by) == (other.chip, other.foundry, other.place_by)
    }
}

impl Plan {
    /// The orders of a scenario when `decided` are placed now: later runs order what is then missing.
    pub fn ordering(
        &self,
        basis: &Basis<'_>,
        forecast: &Forecast,
        decided: &[ProposedOrder],
    ) -> Vec<ProposedOrder> {
        let chips = basis.job.catalogue.chip_ids().zip(&self.chips);
        let mut orders: Vec<ProposedOrder> =
            chips.flat_map(|(chip, plan)| fill(basis, forecast, chip, plan, Some(decided)).0).collect();
        orders.sort_by_key(|o| (o.chip, o.place_by, o.foundry));
        orders
    }

    /// The plan with the first lots of a sequence as what is placed now, judged as the rule's orders are; `base` is the place of the
    /// base scenario.
    #[must_use]
    pub fn placing(
        mut self,
        basis: &Basis<'_>,
        (scenarios, base): (&[Forecast], usize),
        (sequence, taken): (&Sequence, usize),
    ) -> Self {
        if taken >= sequence.lots.len() {
            return self;
        }
        let decided = sequence.first(taken, basis);
        self.orders = scenarios.iter().map(|forecast| self.ordering(basis, forecast, &decided)).collect();
        let planned = self.orders[base].clone();
        for order in self.orders.iter_mut().flatten().filter(|o| o.decision == Decision::PlaceNow) {
            let by = |other: &&ProposedOrder| {
                other.chip == order.chip && other.ahead(basis.as_of) <= order.through
            };
            let proposed: f64 = planned.iter().filter(by).map(ProposedOrder::good_chips).sum();
            let supplied = basis.committed.arrived(order.chip, order.through) + proposed;
            let exposure = self.chips[order.chip].need.exposure(order.through, supplied);
            order.short_wafers = whole_chips((order.level - supplied) / order.good_per_wafer) as i64;
            order.prob_short = exposure.prob_short;
            order.expected_excess_wafers = exposure.left / order.good_per_wafer;
        }
        self
    }
}
