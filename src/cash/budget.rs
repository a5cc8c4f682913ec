//! What budgets from nothing to all that the rule asks for come to, and how many lots the limits of the job let place.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::demand::Forecast;
use crate::domain::{Scenario, Usd};
use crate::job::Stress;
use crate::market::HORIZON;
use crate::supply::{Basis, Plan, ProposedOrder, Sequence, Taken};

use super::path::Case;
use super::world::{PricePaths, World};

/// Parts of what the rule asks for that are shown as budgets.
const PARTS: usize = 10;

/// Most places of the sequence at which cash is looked at for its limit.
const STOPS: usize = 100;

/// What the first lots of the sequence leave at risk.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AtStake {
    /// Write-down: mean, exceeded on 5% of paths, mean of the worst 5%.
    pub write_down: [Usd; 3],
    /// Lowest month end of cash, below which it lies on 5% of paths.
    pub low: Usd,
    /// Share of paths on which cash falls below the limit.
    pub below: f64,
}

/// A budget.
#[derive(Clone, Debug)]
pub struct Point {
    /// Most that may be prepaid.
    pub budget: Usd,
    /// Lots that it takes.
    pub lots: usize,
    /// What they come to.
    pub taken: Taken,
    /// What is at stake with them; `None` where a machine that is wanted has no price.
    pub at_stake: Option<AtStake>,
    /// Whether it is what this run places.
    pub chosen: bool,
}

/// The orders that the rule asks for, what of them is placed, and what other budgets would come to.
#[derive(Clone, Debug)]
pub struct Budgeted {
    /// Lots of the rule's orders.
    pub sequence: Sequence,
    /// How many of them are placed.
    pub taken: usize,
    /// Budgets, the smallest first; none where the rule asks for nothing.
    pub points: Vec<Point>,
    /// Least share of paths below the limit with any number of lots, and the wafers at which it is, where that is above what the job allows.
    pub never: Option<(f64, i64)>,
    /// Whether the limit on cash could not be looked at for want of a price.
    pub unchecked: bool,
}

/// What budgets are tried with.
struct Trial<'a> {
    world: &'a World<'a>,
    price_paths: PricePaths<'a>,
    basis: &'a Basis<'a>,
    forecast: &'a Forecast,
    case: Case,
    plan: &'a Plan,
    sequence: &'a Sequence,
    known: BTreeMap<usize, Option<AtStake>>,
}

impl Trial<'_> {
    fn at_stake(&mut self, lots: usize) -> Option<AtStake> {
        self.look(&[lots]);
        self.known.get(&lots).copied().flatten()
    }

    /// Plays the paths with each of these numbers of lots that was not looked at yet.
    fn look(&mut self, lots: &[usize]) {
        let new: std::collections::BTreeSet<usize> =
            lots.iter().copied().filter(|lots| !self.known.contains_key(lots)).collect();
        let rule = &self.plan.orders[self.forecast.scenario as usize];
        let orders: Vec<Cow<'_, [ProposedOrder]>> = new
            .iter()
            .map(|lots| {
                if *lots == self.sequence.lots.len() {
                    Cow::Borrowed(rule.as_slice())
                } else {
                    let first = self.sequence.first(*lots, self.basis);
                    Cow::Owned(self.plan.ordering(self.basis, self.forecast, &first))
                }
            })
            .collect();
        let plays: Vec<_> = orders.iter().map(|orders| (orders.as_ref(), self.case)).collect();
        let risks = self.world.risks(&self.price_paths, &plays, &self.plan.chips);
        let mut risks = risks.into_iter().flatten();
        for lots in new {
            let found = risks.next().map(|risk| AtStake {
                write_down: [risk.write_down.mean, risk.write_down.exceeded[1], risk.write_down.shortfall],
                low: risk.low[0],
                below: risk.below[HORIZON - 1],
            });
            self.known.insert(lots, found);
        }
    }

    /// The most lots with which no more than `allowed` of the paths fall below the limit: more than allowed may with fewer, since orders
    /// earn within the year. Where there is no such number, the least share and its lots. Where lots are many, each hundredth of them is
    /// looked at, and `most` itself.
    fn within(&mut self, allowed: f64, most: usize) -> Result<usize, (f64, usize)> {
        let all = self.sequence.lots.len();
        let stops = (0..=STOPS).map(|part| part * all / STOPS).chain([most]).filter(|lots| *lots <= most);
        let stops: Vec<usize> = stops.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        self.look(&stops);
        let below = |lots: usize| self.known.get(&lots).copied().flatten().map_or(0.0, |stake| stake.below);
        if let Some(lots) = stops.iter().rev().find(|lots| below(**lots) <= allowed) {
            return Ok(*lots);
        }
        let least = stops.iter().map(|lots| (below(*lots), *lots)).min_by(|a, b| a.0.total_cmp(&b.0));
        Err(least.unwrap_or_default())
    }
}

impl Budgeted {
    /// Of the rule's plan, and the plan within the job's limits: the rule's own without any.
    pub fn new(world: &World<'_>, basis: &Basis<'_>, plan: &Plan, forecasts: &[Forecast]) -> (Self, Plan) {
        let base = Scenario::Base as usize;
        let sequence = Sequence::new(basis, &plan.chips, &plan.orders[base]);
        let limits = &basis.job.budget;
        let prepayment = limits.prepayment_usd.map(|limit| Usd::new(limit.get()));
        let trial = |scenario: Scenario, case: Case| Trial {
            world,
            price_paths: world.price_paths(&forecasts[scenario as usize]),
            basis,
            forecast: &forecasts[scenario as usize],
            case,
            plan,
            sequence: &sequence,
            known: BTreeMap::new(),
        };
        let mut planned = trial(Scenario::Base, Case::Plan);
        let mut taken = sequence.within(prepayment);
        let (mut never, mut unchecked) = (None, false);
        if let Some(allowed) = limits.below_limit_probability {
            taken = taken.min(sequence.worth());
            let mut own = match limits.below_limit_if {
                Stress::Plan => None,
                Stress::Bear => Some(trial(Scenario::Bear, Case::Plan)),
                Stress::NoNewOrders => Some(trial(Scenario::Base, Case::NoNewOrders)),
                Stress::LargestCustomerGone => Some(trial(Scenario::Base, Case::LargestGone)),
            };
            let held = own.as_mut().unwrap_or(&mut planned);
            unchecked = held.at_stake(0).is_none();
            if !unchecked {
                match held.within(allowed.get(), taken) {
                    Ok(lots) => taken = lots,
                    Err((below, lots)) => (taken, never) = (0, Some((below, sequence.sum(..lots).wafers))),
                }
            }
        }
        let points = points(&mut planned, prepayment, taken);
        let chosen = plan.clone().placing(basis, (forecasts, base), (&sequence, taken));
        (Self { sequence, taken, points, never, unchecked }, chosen)
    }

    /// What the rule asks for.
    pub fn asked(&self) -> Taken {
        self.sequence.sum(..)
    }

    /// What is placed.
    pub fn placed(&self) -> Taken {
        self.sequence.sum(..self.taken)
    }

    /// What is cut.
    pub fn cut(&self) -> Taken {
        self.sequence.sum(self.taken..)
    }

    /// What is said behind wafers that the rule asks for, set beside what it would ask for otherwise, where fewer are placed.
    pub(crate) fn aside(&self) -> &'static str {
        if self.cut().wafers == 0 { "" } else { ", both before the budget" }
    }
}

/// Budgets in tenths of what the rule asks for, and the one that this run has.
fn points(trial: &mut Trial<'_>, limit: Option<Usd>, taken: usize) -> Vec<Point> {
    let sequence = trial.sequence;
    let all = sequence.sum(..).prepayment;
    if sequence.lots.is_empty() {
        return Vec::new();
    }
    let own = limit.unwrap_or_else(|| sequence.sum(..taken).prepayment);
    let tenths = (0..=PARTS).map(|part| (all * (part as f64 / PARTS as f64), None));
    let mut budgets: Vec<(Usd, Option<usize>)> = tenths.chain([(own, Some(taken))]).collect();
    budgets.sort_by(|a, b| a.0.dollars().total_cmp(&b.0.dollars()).then(b.1.cmp(&a.1)));
    budgets.dedup_by(|later, earlier| (later.0 - earlier.0).dollars().abs() < 0.005);
    let lots = |budget: Usd, chosen: Option<usize>| chosen.unwrap_or_else(|| sequence.within(Some(budget)));
    trial.look(&budgets.iter().map(|(budget, chosen)| lots(*budget, *chosen)).collect::<Vec<_>>());
    let each = budgets.into_iter().map(|(budget, chosen)| {
        let lots = lots(budget, chosen);
        Point {
            budget,
            lots,
            taken: sequence.sum(..lots),
            at_stake: trial.at_stake(lots),
            chosen: chosen.is_some(),
        }
    });
    each.collect()
}
