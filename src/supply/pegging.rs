//! Pegging: which demand each source of chips covers, first come first served, nothing twice.
//!
//! Sources in the order in which they can ship (stock, open orders, proposed orders) meet demand in the order of its
//! months, firm backlog before forecast within a month. What was ordered above the mean to reach the service level
//! is safety; what whole lots bring beyond that goes to later demand or is left as rounding.

use crate::demand::Forecast;
use crate::domain::Month;
use crate::job::Job;
use crate::market::HORIZON;

use super::committed::Committed;
use super::orders::{ChipPlan, Decision, ProposedOrder};

/// Where chips come from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Source {
    /// Finished machines.
    MachinesOnHand,
    /// Chips in stock and the die bank.
    ChipsOnHand,
    /// Open wafer orders whose chips first can ship in a month ahead.
    OnOrder(usize),
    /// The proposed order at this place of the plan's list.
    Proposed(usize),
    /// Nothing: the demand waits.
    None,
}

/// What chips go to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Use {
    /// Expected deliveries of open orders.
    FirmBacklog,
    /// Forecast beyond them.
    Forecast,
    /// Held against more demand than the mean, and for contracts that may yet be cancelled.
    Safety,
    /// Whole lots and minimum orders beyond what is needed within the twelve months.
    Rounding,
}

impl Use {
    /// All, most certain first.
    pub const ALL: [Self; 4] = [Self::FirmBacklog, Self::Forecast, Self::Safety, Self::Rounding];

    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirmBacklog => "firm_backlog",
            Self::Forecast => "forecast",
            Self::Safety => "safety",
            Self::Rounding => "rounding",
        }
    }
}

/// Chips of one source for one use.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Peg {
    /// Place of the chip in the job's list.
    pub chip: usize,
    /// Where they come from.
    pub source: Source,
    /// What they are for.
    pub purpose: Use,
    /// Month ahead of the demand, 0 is the first; of safety: the month up to which it is held.
    pub month: usize,
    /// The model; `None` for safety and rounding, which any model of the chip may use.
    pub model: Option<usize>,
    /// Chips, spares and assembly loss included.
    pub chips: f64,
    /// Machines that they complete: each machine counts where its last chip comes from.
    pub machines: i64,
}

/// A stretch of demand and what of it is met.
struct Demand {
    purpose: Use,
    month: usize,
    model: Option<usize>,
    chips: f64,
    met: f64,
    per_machine: f64,
}

/// A source and what is left of it.
struct Lot {
    source: Source,
    chips: f64,
}

/// Pegs the supply of one chip to demand. `orders` are all proposed orders of the base scenario.
pub fn peg(
    chip: usize,
    plan: &ChipPlan,
    orders: &[ProposedOrder],
    forecast: &Forecast,
    committed: &Committed,
    (job, as_of): (&Job, Month),
) -> Vec<Peg> {
    let models = job.catalogue.models_of(chip);
    let mean_chips = plan
        .economics
        .iter()
        .find_map(|(_, e)| e.as_ref().ok())
        .map_or_else(|| committed.mean_per_machine(&models), |e| e.machine.chips);
    let mut pegs = Vec::new();
    // Where supply is unknown, earlier months are taken to be covered, by nothing that is known.
    let from = if committed.known { 0 } else { committed.open_from[chip].min(HORIZON) };
    let mut demand = machines_on_hand(chip, &models, forecast, committed, from, &mut pegs);
    let window = plan.window.unwrap_or(0);
    let decided = plan.window.is_some();
    let safety = plan.levels[window] - plan.need.mean[window];
    let later = demand.split_off(demand.partition_point(|d| decided && d.month <= window));
    if decided && safety > 0.0 {
        demand.push(Demand {
            purpose: Use::Safety,
            month: window,
            model: None,
            chips: safety,
            met: 0.0,
            per_machine: mean_chips,
        });
    }
    let mut sources = Sources::new(chip, orders, committed, as_of);
    let first = |lot: &Lot| match lot.source {
        Source::OnOrder(month) => month <= window,
        Source::Proposed(place) => orders[place].decision == Decision::PlaceNow,
        _ => true,
    };
    let (mut now, then): (Vec<Lot>, Vec<Lot>) = sources.0.drain(..).partition(first);
    match_up(chip, &mut now, &mut demand, &mut pegs);
    let mut rest: Vec<Lot> = now.into_iter().chain(then).filter(|lot| lot.chips > 1e-6).collect();
    let mut later = later;
    match_up(chip, &mut rest, &mut later, &mut pegs);
    for lot in rest.iter().filter(|lot| lot.chips > 1e-6) {
        let machines = (lot.chips / mean_chips + 1e-9).floor() as i64;
        let peg = Peg {
            chip,
            source: lot.source,
            purpose: Use::Rounding,
            month: HORIZON - 1,
            model: None,
            chips: lot.chips,
            machines,
        };
        pegs.push(peg);
    }
    for unmet in demand.iter().chain(&later).filter(|d| d.chips - d.met > 1e-6) {
        let machines = whole(unmet.chips, unmet.per_machine) - whole(unmet.met, unmet.per_machine);
        let Demand { purpose, month, model, .. } = *unmet;
        let chips = unmet.chips - unmet.met;
        pegs.push(Peg { chip, source: Source::None, purpose, month, model, chips, machines });
    }
    pegs.sort_by(|a, b| {
        (a.source, a.month, a.purpose, a.model).cmp(&(b.source, b.month, b.purpose, b.model))
    });
    pegs
}

/// Takes machines on hand off each model's demand and returns the rest of it in chips.
fn machines_on_hand(
    chip: usize,
    models: &[usize],
    forecast: &Forecast,
    committed: &Committed,
    from: usize,
    pegs: &mut Vec<Peg>,
) -> Vec<Demand> {
    let mut demand = Vec::new();
    let mut stock: Vec<i64> = models.iter().map(|m| committed.machines[*m]).collect();
    for month in from..HORIZON {
        for purpose in [Use::FirmBacklog, Use::Forecast] {
            for (stock, &model) in stock.iter_mut().zip(models) {
                let units = forecast.units[model][month];
                let firm = forecast.expected[model][month].min(units);
                let machines = if purpose == Use::FirmBacklog { firm } else { units - firm };
                let taken = machines.min(*stock);
                *stock -= taken;
                let per_machine = committed.per_machine(model);
                let chips = (machines - taken) as f64 * per_machine;
                if taken > 0 {
                    let source = Source::MachinesOnHand;
                    let model = Some(model);
                    pegs.push(Peg { chip, source, purpose, month, model, chips: 0.0, machines: taken });
                }
                if chips > 0.0 {
                    demand.push(Demand { purpose, month, model: Some(model), chips, met: 0.0, per_machine });
                }
            }
        }
    }
    demand
}

/// The sources of one chip in the order in which they can ship.
struct Sources(Vec<Lot>);

impl Sources {
    fn new(chip: usize, orders: &[ProposedOrder], committed: &Committed, as_of: Month) -> Self {
        let mut lots = Vec::new();
        let on_hand: f64 = committed.on_hand[chip].iter().sum();
        lots.push((0, Lot { source: Source::ChipsOnHand, chips: on_hand }));
        for h in 0..HORIZON {
            lots.push((h, Lot { source: Source::OnOrder(h), chips: committed.on_order[chip][h] }));
        }
        for (place, order) in orders.iter().enumerate().filter(|(_, o)| o.chip == chip) {
            lots.push((
                order.ahead(as_of),
                Lot { source: Source::Proposed(place), chips: order.good_chips() },
            ));
        }
        lots.retain(|(_, lot)| lot.chips > 0.0);
        lots.sort_by_key(|(month, lot)| (*month, lot.source));
        Self(lots.into_iter().map(|(_, lot)| lot).collect())
    }
}

/// Whole machines that chips complete.
fn whole(chips: f64, per_machine: f64) -> i64 {
    (chips / per_machine + 1e-6).floor() as i64
}

/// Meets demand from the sources, both in their order.
fn match_up(chip: usize, sources: &mut [Lot], demand: &mut [Demand], pegs: &mut Vec<Peg>) {
    let mut at = 0;
    for want in demand.iter_mut() {
        while want.chips - want.met > 1e-6 {
            let Some(lot) = sources.get_mut(at) else { return };
            if lot.chips <= 1e-6 {
                at += 1;
                continue;
            }
            let chips = lot.chips.min(want.chips - want.met);
            let before = whole(want.met, want.per_machine);
            want.met += chips;
            lot.chips -= chips;
            let machines = whole(want.met, want.per_machine) - before;
            let Demand { purpose, month, model, .. } = *want;
            pegs.push(Peg { chip, source: lot.source, purpose, month, model, chips, machines });
        }
    }
}
