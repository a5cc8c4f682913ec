//! Supply that is already committed: machines, chips and dies on hand, and wafers on order.
//!
//! Chips in hand by the end of month m can ship as machines in month m + assembly. Dies on hand are chips after
//! packaging; wafers on order are chips on the day they are due.

use super::assembly::Limits;
use super::claims::Claims;
use crate::domain::{Month, Share};
use crate::history::Book;
use crate::ingest::{Supply, WaferOrder};
use crate::job::{Catalogue, ChipId, Foundry, FoundryId, Job, Spares};
use crate::market::HORIZON;

use crate::job::good_chips_per_wafer;

/// Chips drawn for one machine.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ChipsPerMachine {
    /// Built into it.
    pub built_in: f64,
    /// Kept as spare parts.
    pub spares: f64,
    /// Lost in assembly.
    pub lost: f64,
    /// Drawn for its repair once it has shipped, by the job's `[spares]`: in later months, and no part of what is drawn for it now.
    pub later: f64,
}

impl ChipsPerMachine {
    /// chips per machine x (1 + spares share) / (1 - assembly loss), by what becomes of them.
    /// # Example
    /// 64 built in and a quarter spare are 80; a fifth of what is drawn is lost, so that 100 are drawn.
    /// ```
    /// use wafercast::{domain::Share, supply::ChipsPerMachine};
    ///
    /// let chips = ChipsPerMachine::new(64, 0.25, Share::new(0.2)?);
    /// assert_eq!((chips.built_in, chips.spares, chips.lost, chips.all()), (64.0, 16.0, 20.0, 100.0));
    /// # Ok::<(), String>(())
    /// ```
    pub fn new(chips: u32, spares_share: f64, assembly_loss: Share) -> Self {
        let built_in = f64::from(chips);
        let good = built_in * (1.0 + spares_share);
        Self {
            built_in,
            spares: built_in * spares_share,
            lost: good / assembly_loss.complement() - good,
            later: 0.0,
        }
    }

    /// All of them.
    pub fn all(&self) -> f64 {
        self.built_in + self.spares + self.lost
    }
}

/// Committed supply by month ahead, 0 is the first.
#[derive(Clone, Debug)]
pub struct Committed {
    /// Whether the supply export was there; without it nothing is limited.
    pub known: bool,
    /// Machines on hand, by model.
    pub machines: Vec<i64>,
    /// Good chips on hand, die bank included, by chip and the month in which they first can ship.
    pub on_hand: Vec<[f64; HORIZON]>,
    /// Good chips of open wafer orders, by chip and the month in which they first can ship.
    pub on_order: Vec<[f64; HORIZON]>,
    /// Wafers of those orders.
    pub wafers: Vec<[i64; HORIZON]>,
    /// First month ahead in which an order placed now can ship, by chip; `HORIZON` or more: beyond it.
    pub open_from: Vec<usize>,
    /// Chips drawn for machines in the field, by chip and month ahead; 0 without `[spares]`.
    pub fleet: Vec<[f64; HORIZON]>,
    /// Chips drawn for one machine, by model.
    pub chips_per_machine: Vec<ChipsPerMachine>,
    /// Months ahead in which each model ships, by its launch and end of life in the job.
    pub ships: Vec<std::ops::Range<usize>>,
    /// What the factory lets build of them; `None` where that is not limited, or supply is not known: nothing is limited then.
    pub assembly: Option<Limits>,
    /// Contracts that have the first claim on what models share.
    pub claims: Claims,
}

impl Committed {
    /// From the supply position at the end of `as_of`.
    pub fn new(supply: &Supply, job: &Job, as_of: Month) -> Self {
        let catalogue = &job.catalogue;
        let assembly = job.wafers.assembly_months as usize;
        let packaging = job.wafers.packaging_months as usize;
        let mut on_hand = vec![[0.0; HORIZON]; catalogue.chips.len()];
        let mut on_order = on_hand.clone();
        let mut wafers = vec![[0; HORIZON]; catalogue.chips.len()];
        for (stock, wait) in [(&supply.chips, assembly), (&supply.dies, packaging + assembly)] {
            for (row, quantity) in on_hand.iter_mut().zip(stock) {
                if let Some(cell) = row.get_mut(wait.saturating_sub(1)) {
                    *cell += *quantity as f64;
                }
            }
        }
        for order in supply.on_order() {
            let ahead = Month::of(order.due) + job.wafers.assembly_months.cast_signed() - as_of - 1;
            let ahead = usize::try_from(ahead.max(0)).unwrap_or(0);
            if ahead < HORIZON {
                on_order[order.chip][ahead] += good_chips(order, catalogue);
                wafers[order.chip][ahead] += i64::from(order.wafers);
            }
        }
        let lead = |foundry: &FoundryId| catalogue.foundries[*foundry].lead_months.months();
        let open_from: Vec<usize> = catalogue
            .chip_ids()
            .map(|chip| {
                let lead = catalogue.foundries_of(chip).iter().map(lead).min().unwrap_or(i32::MAX / 2);
                usize::try_from(lead).unwrap_or(HORIZON) + assembly
            })
            .collect();
        if !supply.known {
            // What is there and on order is taken to cover the months that no order can reach, no less and no more.
            for (chip, open_from) in open_from.iter().enumerate() {
                for h in 0..(*open_from).min(HORIZON) {
                    on_hand[chip][h] = 0.0;
                    on_order[chip][h] = 0.0;
                    wafers[chip][h] = 0;
                }
            }
        }
        let (spares, loss) = (job.spares_share(), job.wafers.assembly_loss);
        let later = job.spares.as_ref().map_or(0.0, Spares::share_of_chips);
        let per_machine = catalogue.models.iter();
        Self {
            known: supply.known,
            machines: supply.machines.iter().map(|m| i64::try_from(*m).unwrap_or(i64::MAX)).collect(),
            on_hand,
            on_order,
            wafers,
            open_from,
            fleet: vec![[0.0; HORIZON]; catalogue.chips.len()],
            chips_per_machine: per_machine
                .map(|m| ChipsPerMachine {
                    later: later * f64::from(m.chips_per_machine),
                    ..ChipsPerMachine::new(m.chips_per_machine, spares, loss)
                })
                .collect(),
            ships: catalogue.models.iter().map(|m| m.months_ahead(as_of)).collect(),
            assembly: supply.known.then(|| Limits::new(job, as_of)).flatten(),
            claims: Claims::default(),
        }
    }

    /// With the contracts that have the first claim on chips that models share.
    #[must_use]
    pub fn with_claims(self, book: &Book<'_>, catalogue: &Catalogue) -> Self {
        Self { claims: Claims::new(&book.firm_to_ship(catalogue), &book.signed_to_ship(catalogue)), ..self }
    }

    /// With the chips that machines in the field draw in each month, by chip. Where supply is not known, months that no order can reach
    /// are taken to be covered for them too.
    #[must_use]
    pub fn with_fleet(mut self, fleet: Vec<[f64; HORIZON]>) -> Self {
        self.fleet = fleet;
        for (draws, open_from) in self.fleet.iter_mut().zip(&self.open_from) {
            if !self.known {
                draws[..(*open_from).min(HORIZON)].fill(0.0);
            }
        }
        self
    }

    /// Without machines on hand that go elsewhere, by model.
    #[must_use]
    pub fn without(mut self, machines: &[u64]) -> Self {
        for (there, gone) in self.machines.iter_mut().zip(machines) {
            *there -= i64::try_from(*gone).unwrap_or(i64::MAX).min(*there);
        }
        self
    }

    /// Chips that machines in the field draw by the end of a month.
    pub fn fleet_by(&self, chip: ChipId, month: usize) -> f64 {
        self.fleet[chip].iter().take(month + 1).sum()
    }

    /// Good chips on hand less those for machines in the field, by the month in which they first can ship; below 0 where a month draws
    /// more than comes.
    pub fn on_hand_for_machines(&self) -> Vec<[f64; HORIZON]> {
        let each = self.on_hand.iter().zip(&self.fleet);
        each.map(|(on_hand, fleet)| std::array::from_fn(|h| on_hand[h] - fleet[h])).collect()
    }

    /// Last month ahead in which a model ships, where that is within the horizon and before an order placed now can ship:
    /// what committed supply does not cover by then is not built any more.
    pub fn ends_before_orders(&self, chip: ChipId, model: usize) -> Option<usize> {
        let last = self.ships[model].end.checked_sub(1)?;
        (last + 1 < HORIZON && last < self.open_from[chip]).then_some(last)
    }

    /// Good chips that first can ship in a month: on hand and on order.
    pub fn arrivals(&self, chip: ChipId, month: usize) -> f64 {
        self.on_hand[chip][month] + self.on_order[chip][month]
    }

    /// Good chips that can ship by the end of a month, on hand and on order.
    pub fn arrived(&self, chip: ChipId, month: usize) -> f64 {
        (0..=month).map(|h| self.arrivals(chip, h)).sum()
    }

    /// Good chips that first can ship in a month and are not for machines in the field: what draws more than comes in one month takes
    /// from the next.
    pub fn arrivals_for_machines(&self, chip: ChipId) -> [f64; HORIZON] {
        let mut owed = 0.0;
        std::array::from_fn(|h| {
            let free = self.arrivals(chip, h) - self.fleet[chip][h] - owed;
            owed = (-free).max(0.0);
            free.max(0.0)
        })
    }

    /// Mean over models of the chips drawn for one machine, where no mix is known.
    pub fn mean_per_machine(&self, models: &[usize]) -> f64 {
        models.iter().map(|m| self.per_machine(*m)).sum::<f64>() / models.len().max(1) as f64
    }

    /// Chips drawn for one machine of a model.
    pub fn per_machine(&self, model: usize) -> f64 {
        self.chips_per_machine[model].all()
    }

    /// Chips that a machine of a model costs: those drawn for it, and for its repair later.
    pub fn cost_chips(&self, model: usize) -> f64 {
        self.per_machine(model) + self.chips_per_machine[model].later
    }
}

/// The terms that an open order was placed on: those of its foundry for its chip, else the first for the chip.
pub fn terms_of<'a>(order: &WaferOrder, catalogue: &'a Catalogue) -> Option<&'a Foundry> {
    let places = catalogue.foundries_of(order.chip);
    let mut terms = places.iter().map(|index| &catalogue.foundries[*index]);
    terms.clone().find(|f| f.name() == order.foundry).or_else(|| terms.next())
}

/// Good chips expected of an open order: at its own yield, else its foundry's, else the chip's.
pub fn good_chips(order: &WaferOrder, catalogue: &Catalogue) -> f64 {
    let of_foundry = terms_of(order, catalogue).filter(|f| f.name() == order.foundry);
    let share = order.yield_share.or(of_foundry.and_then(|f| f.yield_share));
    f64::from(order.wafers) * good_chips_per_wafer(&catalogue.chips[order.chip], share)
}

/// The job of the miniature, and its supply as of September 2025 with so many machines on hand and nothing else.
#[cfg(test)]
pub(super) fn holding(machines: u64) -> (Job, Committed) {
    let text = include_str!("../../fixtures/miniature/job.toml");
    let job = Job::parse(text, std::path::Path::new("job.toml")).unwrap();
    let supply = crate::ingest::Supply {
        machines: vec![machines],
        chips: vec![0],
        dies: vec![0],
        known: true,
        ..crate::ingest::Supply::default()
    };
    let committed = Committed::new(&supply, &job, "2025-09".parse().unwrap());
    (job, committed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Usd;

    #[test]
    fn without_a_count_what_comes_before_new_orders_covers_those_months_and_nothing_beyond() {
        let text = include_str!("../../fixtures/miniature/job.toml");
        let job = Job::parse(text, std::path::Path::new("job.toml")).unwrap();
        let as_of: Month = "2025-09".parse().unwrap();
        let order = |due: &str| WaferOrder {
            chip: ChipId(0),
            due: due.parse().unwrap(),
            placed: "2025-08-01".parse().unwrap(),
            foundry: "Foundry".to_owned(),
            wafers: 10,
            prepaid: Usd::ZERO,
            yield_share: None,
        };
        let mut supply = Supply {
            machines: vec![0],
            chips: vec![0],
            dies: vec![0],
            orders: vec![order("2025-10-15"), order("2026-03-15")],
            ..Supply::default()
        };
        // Fast delivers in three months and assembly takes one: February is the first month of new orders, place 4.
        let unknown = Committed::new(&supply, &job, as_of);
        assert_eq!(unknown.open_from, [4]);
        assert_eq!(unknown.on_hand, [[0.0; HORIZON]]);
        assert_eq!(unknown.on_order[0].iter().sum::<f64>(), 5000.0, "what is due in March counts");
        supply.known = true;
        assert_eq!(Committed::new(&supply, &job, as_of).on_order[0].iter().sum::<f64>(), 10_000.0);
    }

    #[test]
    fn a_model_ends_before_orders_where_its_last_month_is_ahead_of_the_first_that_they_can_ship_in() {
        let of = |ships: std::ops::Range<usize>, open_from: usize| Committed {
            known: true,
            machines: vec![0],
            on_hand: vec![[0.0; HORIZON]],
            on_order: vec![[0.0; HORIZON]],
            wafers: vec![[0; HORIZON]],
            fleet: vec![[0.0; HORIZON]],
            open_from: vec![open_from],
            chips_per_machine: vec![ChipsPerMachine::new(100, 0.0, Share::ZERO)],
            ships: vec![ships],
            assembly: None,
            claims: Claims::default(),
        };
        let last = |end, open_from| of(0..end, open_from).ends_before_orders(ChipId(0), 0);
        assert_eq!((last(3, 4), last(3, 3), last(3, 2)), (Some(2), Some(2), None));
        // What ships to the end of the twelve months ends in none of them.
        assert_eq!((last(11, 12), last(12, 12), last(0, 4)), (Some(10), None, None));
    }
}
