//! Supply that is already committed, and what it lets ship.
//!
//! Chips in hand by the end of month m can ship as machines in month m + assembly. Until the first wafers that can
//! still be ordered arrive, shipments are the lesser of demand and this supply; demand above it waits.

use crate::domain::Month;
use crate::ingest::Supply;
use crate::job::{Catalogue, Job, ModelId};
use crate::market::HORIZON;

use super::dies::good_chips_per_wafer;

/// Chips drawn for one machine of each model: chips per machine x (1 + spares share) / (1 - assembly loss).
pub(super) fn chips_per_machine(job: &Job) -> Vec<f64> {
    let factor = (1.0 + job.wafers.spares_share.get()) / job.wafers.assembly_loss.complement();
    job.catalogue.models.iter().map(|m| f64::from(m.chips_per_machine) * factor).collect()
}

/// Committed supply by month ahead, 0 is the first.
#[derive(Clone, Debug)]
pub struct Committed {
    /// Whether the supply export was there; without it nothing is limited.
    pub known: bool,
    /// Machines on hand, by model.
    pub machines: Vec<i64>,
    /// Good chips on hand, by chip; they can ship as machines from month `assembly - 1` on.
    pub chips_on_hand: Vec<f64>,
    /// Good chips that first can ship in each month, stock on hand included, by chip.
    pub chips: Vec<[f64; HORIZON]>,
    /// Wafers on order whose chips first can ship in each month, by chip.
    pub wafers: Vec<[i64; HORIZON]>,
    /// First month ahead in which an order placed now can ship, by chip; `HORIZON` or more: beyond it.
    pub open_from: Vec<usize>,
    /// Chips drawn for one machine, by model.
    pub chips_per_machine: Vec<f64>,
}

impl Committed {
    /// From the supply position at the end of `as_of`.
    pub fn new(supply: &Supply, job: &Job, as_of: Month) -> Self {
        let catalogue = &job.catalogue;
        let assembly = job.wafers.assembly_months as usize;
        let mut chips = vec![[0.0; HORIZON]; catalogue.chips.len()];
        let mut wafers = vec![[0; HORIZON]; catalogue.chips.len()];
        let first = assembly.saturating_sub(1);
        for (row, on_hand) in chips.iter_mut().zip(&supply.chips) {
            if let Some(cell) = row.get_mut(first) {
                *cell += *on_hand as f64;
            }
        }
        for order in &supply.orders {
            let ahead = Month::of(order.due) + job.wafers.assembly_months.cast_signed() - as_of - 1;
            let ahead = usize::try_from(ahead.max(0)).unwrap_or(0);
            if ahead < HORIZON {
                chips[order.chip][ahead] +=
                    f64::from(order.wafers) * good_chips_per_wafer(&catalogue.chips[order.chip]);
                wafers[order.chip][ahead] += i64::from(order.wafers);
            }
        }
        let open_from = catalogue
            .chips
            .iter()
            .map(|chip| {
                let leads = catalogue.foundries.iter().filter(|f| f.chip == chip.name());
                let lead = leads.map(|f| f.lead_months.months()).min().unwrap_or(i32::MAX / 2);
                usize::try_from(lead).unwrap_or(HORIZON) + assembly
            })
            .collect();
        Self {
            known: supply.known,
            machines: supply.machines.iter().map(|m| i64::try_from(*m).unwrap_or(i64::MAX)).collect(),
            chips_on_hand: supply.chips.iter().map(|c| *c as f64).collect(),
            chips,
            wafers,
            open_from,
            chips_per_machine: chips_per_machine(job),
        }
    }
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
    };
    if !committed.known {
        return result;
    }
    for chip in 0..catalogue.chips.len() {
        let models: Vec<usize> =
            catalogue.ids().filter(|id| catalogue.chip_of(*id) == chip).map(|ModelId(m)| m).collect();
        split_supply(committed, units, chip, &models, &mut result);
        serve(committed, &proposed[chip], units, chip, &models, &mut result);
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
    let chips_of = |m: usize| units[m].iter().sum::<i64>() as f64 * committed.chips_per_machine[m];
    let total: f64 = models.iter().map(|m| chips_of(*m)).sum();
    for &model in models {
        let share = if total > 0.0 { chips_of(model) / total } else { 1.0 / models.len() as f64 };
        for h in 0..committed.open_from[chip].min(HORIZON) {
            let stock = if h == 0 { committed.machines[model] } else { 0 };
            let built =
                (committed.chips[chip][h] * share / committed.chips_per_machine[model]).floor() as i64;
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
) {
    let mut pool = 0.0;
    let mut stock: Vec<i64> = models.iter().map(|m| committed.machines[*m]).collect();
    let mut waiting = vec![0_i64; models.len()];
    for h in 0..HORIZON {
        pool += committed.chips[chip][h] + proposed[h];
        let wants: Vec<i64> = models.iter().zip(&waiting).map(|(m, w)| w + units[*m][h]).collect();
        let from_stock: Vec<i64> =
            wants.iter().zip(&stock).map(|(want, stock)| (*want).min(*stock)).collect();
        let need: f64 = models
            .iter()
            .enumerate()
            .map(|(i, m)| (wants[i] - from_stock[i]) as f64 * committed.chips_per_machine[*m])
            .sum();
        // An order of exactly what is needed is enough: rounding errors must not make it short.
        let share = if need <= pool * (1.0 + 1e-9) + 1e-6 { 1.0 } else { pool / need };
        for (i, &model) in models.iter().enumerate() {
            let build = ((wants[i] - from_stock[i]) as f64 * share).floor() as i64;
            let ships = from_stock[i] + build;
            stock[i] -= from_stock[i];
            pool = (pool - build as f64 * committed.chips_per_machine[model]).max(0.0);
            let own = ships.saturating_sub(waiting[i]).max(0);
            result.constrained[model][h] = ships;
            result.short[model][h] = units[model][h] - own.min(units[model][h]);
            waiting[i] = wants[i] - ships;
            result.waiting[model][h] = waiting[i];
        }
    }
}

impl Committed {
    /// Machines on hand of a model.
    pub fn stock(&self, model: usize) -> i64 {
        self.machines[model]
    }
}
