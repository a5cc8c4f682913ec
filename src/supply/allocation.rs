//! What supply lets ship, what waits, and the stock that is left: a roll-forward that adds up.

use crate::job::Catalogue;
use crate::market::HORIZON;

use super::committed::Committed;

/// Chips of one kind over one month: `start + on_hand + on_order + proposed - built_in - spares - lost = end`.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct ChipFlow {
    /// Chips at the start of the month that can ship in it.
    pub start: f64,
    /// Stock and die bank that first can ship in it.
    pub on_hand: f64,
    /// Chips of open wafer orders that first can ship in it.
    pub on_order: f64,
    /// Chips of proposed wafer orders that first can ship in it.
    pub proposed: f64,
    /// Built into machines that ship in it.
    pub built_in: f64,
    /// Kept as spare parts for them.
    pub spares: f64,
    /// Lost in assembly.
    pub lost: f64,
    /// Chips left at its end.
    pub end: f64,
}

/// Finished machines of one model over one month: `start + built - shipped = end`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MachineFlow {
    /// Machines on hand at its start.
    pub start: i64,
    /// Built for shipment in it.
    pub built: i64,
    /// Shipped in it.
    pub shipped: i64,
    /// Machines on hand at its end.
    pub end: i64,
}

/// What ships and what waits, by model and month ahead.
#[derive(Clone, Debug)]
pub struct Allocation {
    /// Machines that first become available in the month from committed supply; `None` once new orders can ship.
    pub supply: Vec<[Option<i64>; HORIZON]>,
    /// Machines that ship.
    pub constrained: Vec<[i64; HORIZON]>,
    /// Machines of the month's own demand that do not ship in it.
    pub short: Vec<[i64; HORIZON]>,
    /// Machines waiting at the end of the month.
    pub waiting: Vec<[i64; HORIZON]>,
    /// Stock of each chip; empty where supply is not known.
    pub chips: Vec<[ChipFlow; HORIZON]>,
    /// Stock of each model; empty where supply is not known.
    pub machines: Vec<[MachineFlow; HORIZON]>,
}

impl Allocation {
    /// What is short and what waits against the demand `units`, where less than that was asked of supply.
    pub fn against(&mut self, units: &[[i64; HORIZON]]) {
        for (model, units) in units.iter().enumerate() {
            let mut waiting = 0;
            for (h, machines) in units.iter().enumerate() {
                let ships = self.constrained[model][h];
                // What has waited is served first.
                let own = (ships - waiting).max(0);
                self.short[model][h] = machines - own.min(*machines);
                waiting += machines - ships;
                self.waiting[model][h] = waiting;
            }
        }
    }
}

/// Serves `units` (by model and month) from committed supply and the orders proposed: machines on hand first, then
/// chips, shared among the models of a chip in proportion to what they want. What waits is served before the month's
/// own demand. `proposed` are good chips that first can ship in each month, by chip.
pub fn allocate(
    committed: &Committed,
    proposed: &[[f64; HORIZON]],
    units: &[[i64; HORIZON]],
    catalogue: &Catalogue,
) -> Allocation {
    let zero = vec![[0; HORIZON]; units.len()];
    let mut result = Allocation {
        supply: vec![[None; HORIZON]; units.len()],
        constrained: units.to_vec(),
        short: zero.clone(),
        waiting: zero,
        chips: Vec::new(),
        machines: Vec::new(),
    };
    if !committed.known {
        return result;
    }
    result.machines = vec![[MachineFlow::default(); HORIZON]; units.len()];
    for chip in 0..catalogue.chips.len() {
        let models = catalogue.models_of(chip);
        split_supply(committed, units, chip, &models, &mut result);
        let flows = serve(committed, &proposed[chip], units, chip, &models, &mut result);
        result.chips.push(flows);
    }
    result
}

/// Indicative split of a chip's arrivals to its models, by their demand over the horizon.
fn split_supply(
    committed: &Committed,
    units: &[[i64; HORIZON]],
    chip: usize,
    models: &[usize],
    result: &mut Allocation,
) {
    let chips_of = |m: usize| units[m].iter().sum::<i64>() as f64 * committed.per_machine(m);
    let total: f64 = models.iter().map(|m| chips_of(*m)).sum();
    for &model in models {
        let share = if total > 0.0 { chips_of(model) / total } else { 1.0 / models.len() as f64 };
        for h in 0..committed.open_from[chip].min(HORIZON) {
            let stock = if h == 0 { committed.machines[model] } else { 0 };
            let built = (committed.arrivals(chip, h) * share / committed.per_machine(model)).floor() as i64;
            result.supply[model][h] = Some(stock + built);
        }
    }
}

fn serve(
    committed: &Committed,
    proposed: &[f64; HORIZON],
    units: &[[i64; HORIZON]],
    chip: usize,
    models: &[usize],
    result: &mut Allocation,
) -> [ChipFlow; HORIZON] {
    let mut flows = [ChipFlow::default(); HORIZON];
    let mut pool = 0.0;
    let mut stock: Vec<i64> = models.iter().map(|m| committed.machines[*m]).collect();
    let mut waiting = vec![0_i64; models.len()];
    for h in 0..HORIZON {
        let mut flow = ChipFlow {
            start: pool,
            on_hand: committed.on_hand[chip][h],
            on_order: committed.on_order[chip][h],
            proposed: proposed[h],
            ..ChipFlow::default()
        };
        pool += flow.on_hand + flow.on_order + flow.proposed;
        let wants: Vec<i64> = models.iter().zip(&waiting).map(|(m, w)| w + units[*m][h]).collect();
        let from_stock: Vec<i64> =
            wants.iter().zip(&stock).map(|(want, stock)| (*want).min(*stock)).collect();
        let need: f64 = models
            .iter()
            .enumerate()
            .map(|(i, m)| (wants[i] - from_stock[i]) as f64 * committed.per_machine(*m))
            .sum();
        // An order of exactly what is needed is enough: rounding errors must not make it short.
        let share = if need <= pool * (1.0 + 1e-9) + 1e-6 { 1.0 } else { pool / need };
        for (i, &model) in models.iter().enumerate() {
            let build = ((wants[i] - from_stock[i]) as f64 * share).floor() as i64;
            let ships = from_stock[i] + build;
            let chips = &committed.chips_per_machine[model];
            result.machines[model][h] =
                MachineFlow { start: stock[i], built: build, shipped: ships, end: stock[i] - from_stock[i] };
            stock[i] -= from_stock[i];
            flow.built_in += build as f64 * chips.built_in;
            flow.spares += build as f64 * chips.spares;
            flow.lost += build as f64 * chips.lost;
            pool -= build as f64 * chips.all();
            let own = ships.saturating_sub(waiting[i]).max(0);
            result.constrained[model][h] = ships;
            result.short[model][h] = units[model][h] - own.min(units[model][h]);
            waiting[i] = wants[i] - ships;
            result.waiting[model][h] = waiting[i];
        }
        pool = pool.max(0.0);
        flow.end = pool;
        flows[h] = flow;
    }
    flows
}
