//! Pegging: which demand each source of chips covers, first come first served, nothing twice.
//!
//! Sources in the order in which they can ship (stock, open orders, proposed orders) meet demand in the order of its
//! months, repairs of machines in the field first, then firm backlog, then contracts that are not secured, then forecast within a month. What was ordered above the mean to reach the service level
//! is safety; what whole lots bring beyond that goes to later demand or is left as rounding.

use crate::demand::Forecast;
use crate::domain::Month;
use crate::job::{ChipId, Job};
use crate::market::HORIZON;

use super::committed::Committed;
use super::plan::{ChipPlan, Decision, ProposedOrder};

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
    /// Repair of machines in the field under warranty: chips that complete no machine.
    Repairs,
    /// Expected deliveries of contracts that are secured or not yet due.
    FirmBacklog,
    /// Expected deliveries of contracts that are not secured.
    UnsecuredBacklog,
    /// Forecast beyond them.
    Forecast,
    /// Held against more demand than the mean, and for contracts that may yet be cancelled.
    Safety,
    /// Whole lots and minimum orders beyond what is needed within the twelve months.
    Rounding,
}

impl Use {
    /// All, most certain first.
    pub const ALL: [Self; 6] = [
        Self::Repairs,
        Self::FirmBacklog,
        Self::UnsecuredBacklog,
        Self::Forecast,
        Self::Safety,
        Self::Rounding,
    ];

    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Repairs => "repairs",
            Self::FirmBacklog => "firm_backlog",
            Self::UnsecuredBacklog => "unsecured_backlog",
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
    pub chip: ChipId,
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
    /// Months ahead before which chips must be there: those up to its model's end of life.
    until: usize,
}

/// A source and what is left of it.
struct Lot {
    source: Source,
    chips: f64,
    /// First month ahead in which they can ship.
    month: usize,
}

/// Pegs the supply of one chip to demand. `orders` are all proposed orders of the base scenario.
pub fn peg(
    chip: ChipId,
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
            until: usize::MAX,
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
    chip: ChipId,
    models: &[usize],
    forecast: &Forecast,
    committed: &Committed,
    from: usize,
    pegs: &mut Vec<Peg>,
) -> Vec<Demand> {
    let mut demand = Vec::new();
    let mut stock: Vec<i64> = models.iter().map(|m| committed.machines[*m]).collect();
    for month in from..HORIZON {
        let chips = committed.fleet[chip][month];
        if chips > 0.0 {
            let (purpose, per_machine) = (Use::Repairs, f64::INFINITY);
            demand.push(Demand {
                purpose,
                month,
                model: None,
                chips,
                met: 0.0,
                per_machine,
                until: usize::MAX,
            });
        }
        for purpose in [Use::FirmBacklog, Use::UnsecuredBacklog, Use::Forecast] {
            for (stock, &model) in stock.iter_mut().zip(models) {
                let units = forecast.units[model][month];
                let expected = forecast.expected[model][month];
                // An override below what is on order takes from contracts that are not secured first.
                let firm = (expected - forecast.expected_unsecured[model][month]).min(units);
                let contracts = expected.min(units);
                let machines = match purpose {
                    Use::FirmBacklog => firm,
                    Use::UnsecuredBacklog => contracts - firm,
                    _ => units - contracts,
                };
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
                    let until = committed.ships[model].end.max(month + 1);
                    let model = Some(model);
                    demand.push(Demand { purpose, month, model, chips, met: 0.0, per_machine, until });
                }
            }
        }
    }
    demand
}

/// The sources of one chip in the order in which they can ship.
struct Sources(Vec<Lot>);

impl Sources {
    fn new(chip: ChipId, orders: &[ProposedOrder], committed: &Committed, as_of: Month) -> Self {
        let mut lots = Vec::new();
        let on_hand: f64 = committed.on_hand[chip].iter().sum();
        lots.push(Lot { source: Source::ChipsOnHand, chips: on_hand, month: 0 });
        for month in 0..HORIZON {
            let chips = committed.on_order[chip][month];
            lots.push(Lot { source: Source::OnOrder(month), chips, month });
        }
        for (place, order) in orders.iter().enumerate().filter(|(_, o)| o.chip == chip) {
            let (chips, month) = (order.good_chips(), order.ahead(as_of));
            lots.push(Lot { source: Source::Proposed(place), chips, month });
        }
        lots.retain(|lot| lot.chips > 0.0);
        lots.sort_by_key(|lot| (lot.month, lot.source));
        Self(lots)
    }
}

/// Whole machines that chips complete.
fn whole(chips: f64, per_machine: f64) -> i64 {
    (chips / per_machine + 1e-6).floor() as i64
}

/// Meets demand from the sources, both in their order.
fn match_up(chip: ChipId, sources: &mut [Lot], demand: &mut [Demand], pegs: &mut Vec<Peg>) {
    let mut at = 0;
    for want in demand.iter_mut() {
        while want.chips - want.met > 1e-6 {
            let Some(lot) = sources.get_mut(at) else { return };
            if lot.chips <= 1e-6 {
                at += 1;
                continue;
            }
            if lot.month >= want.until {
                // Not built any more when these chips are there.
                break;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Usd;
    use crate::ingest::{Supply, WaferOrder};
    use crate::market::{Path, Scenario};
    use crate::supply::requirement::Requirement;

    /// The miniature's supply (30 machines, 5,000 chips and dies on hand, 4,000 chips on order for November) pegged to `units`, of
    /// which `expected` are of contracts; 100 chips a machine, no new order. Source, month, use and machines.
    fn pegged(end_of_life: &str, units: &[i64], expected: &[i64]) -> Vec<(Source, usize, Use, i64)> {
        let text = include_str!("../../fixtures/miniature/job.toml").replace("\"2027-12\"", end_of_life);
        let job = Job::parse(&text, std::path::Path::new("job.toml")).unwrap();
        let as_of: Month = "2025-09".parse().unwrap();
        let order = WaferOrder {
            chip: ChipId(0),
            due: "2025-10-15".parse().unwrap(),
            placed: "2025-06-01".parse().unwrap(),
            foundry: "Foundry".to_owned(),
            wafers: 8,
            prepaid: Usd::ZERO,
            yield_share: None,
        };
        let supply = Supply {
            machines: vec![30],
            chips: vec![3000],
            dies: vec![2000],
            orders: vec![order],
            known: true,
            ..Supply::default()
        };
        let committed = Committed::new(&supply, &job, as_of);
        let at = |values: &[i64]| std::array::from_fn(|h| values.get(h).copied().unwrap_or(0));
        let market = Path { price: [1.0; HORIZON], difficulty: [1.0; HORIZON], hashprice: [1.0; HORIZON] };
        let mut forecast = Forecast::fixed(Scenario::Base, vec![at(units)], market);
        forecast.expected = vec![at(expected)];
        let plan = ChipPlan {
            need: Requirement::of_needs(&[0.0]),
            window: None,
            economics: Vec::new(),
            levels: [0.0; HORIZON],
            short_wafers: [0; HORIZON],
        };
        let pegs = peg(ChipId(0), &plan, &[], &forecast, &committed, (&job, as_of));
        pegs.iter().map(|p| (p.source, p.month, p.purpose, p.machines)).collect()
    }

    #[test]
    fn first_come_first_served_worked_by_hand() {
        // October: 60 of contracts, 30 from stock and 30 built. November: 40 of contracts and 20 others, 20 of the chips that
        // are left and 40 of those on order, contracts first. December waits.
        assert_eq!(
            pegged("\"2027-12\"", &[60, 60, 60], &[60, 40, 20]),
            [
                (Source::MachinesOnHand, 0, Use::FirmBacklog, 30),
                (Source::ChipsOnHand, 0, Use::FirmBacklog, 30),
                (Source::ChipsOnHand, 1, Use::FirmBacklog, 20),
                (Source::OnOrder(1), 1, Use::FirmBacklog, 20),
                (Source::OnOrder(1), 1, Use::Forecast, 20),
                (Source::None, 2, Use::FirmBacklog, 20),
                (Source::None, 2, Use::Forecast, 40),
            ]
        );
    }

    #[test]
    fn chips_that_come_after_an_end_of_life_do_not_cover_it() {
        // 100 machines in October, the last month: 30 from stock and 50 built; the 4,000 chips of November are left over.
        assert_eq!(
            pegged("\"2025-10\"", &[100], &[100]),
            [
                (Source::MachinesOnHand, 0, Use::FirmBacklog, 30),
                (Source::ChipsOnHand, 0, Use::FirmBacklog, 50),
                (Source::OnOrder(1), HORIZON - 1, Use::Rounding, 40),
                (Source::None, 0, Use::FirmBacklog, 20),
            ]
        );
    }
}
