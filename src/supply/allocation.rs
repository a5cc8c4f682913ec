//! What supply lets ship, what waits, and the stock that is left: a roll-forward that adds up.

use crate::job::{Catalogue, ChipId};
use crate::market::HORIZON;

use super::assembly::Factory;
use super::claims::Wanted;
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
    /// Kept as spare parts for them, and drawn for machines in the field.
    pub spares: f64,
    /// Of these for machines in the field.
    pub fleet: f64,
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
    /// Machines that waited before the month and whose customers leave in it.
    pub lost: Vec<[i64; HORIZON]>,
    /// Machines that wait at the end of the month for the factory, and not for chips: stock and chips would have let them ship.
    pub held_back: Vec<[i64; HORIZON]>,
    /// Stock of each chip; empty where supply is not known.
    pub chips: Vec<[ChipFlow; HORIZON]>,
    /// Stock of each model; empty where supply is not known.
    pub machines: Vec<[MachineFlow; HORIZON]>,
}

impl Allocation {
    /// What is short, waits and is lost against the demand `units`, where less than that was asked of supply; `lost` are machines
    /// whose customers had left before it was asked, `held_back` those that waited for the factory.
    pub fn against(
        &mut self,
        units: &[[i64; HORIZON]],
        lost: &[[i64; HORIZON]],
        held_back: &[[i64; HORIZON]],
    ) {
        for (model, units) in units.iter().enumerate() {
            let mut waiting = 0;
            for (h, machines) in units.iter().enumerate() {
                self.lost[model][h] = (self.lost[model][h] + lost[model][h]).min(waiting);
                waiting -= self.lost[model][h];
                let ships = self.constrained[model][h];
                // What has waited is served first.
                let own = (ships - waiting).max(0);
                self.short[model][h] = machines - own.min(*machines);
                waiting += machines - ships;
                self.waiting[model][h] = waiting;
                let held = &mut self.held_back[model][h];
                *held = (*held + held_back[model][h]).min(waiting).max(0);
            }
        }
    }
}

/// Serves `units` (by model and month) from committed supply and the orders proposed: machines on hand first, then
/// chips, which firm contracts of all models of a chip take before others signed, and those before orders to come. What waits is served before the month's
/// own demand; of what waits the share `lost` leaves in a month. Of what chips let build in a month the factory builds what its limits let. `proposed` are good chips that first can ship in each month, by chip.
pub fn allocate(
    committed: &Committed,
    proposed: &[[f64; HORIZON]],
    units: &[[i64; HORIZON]],
    lost: f64,
    catalogue: &Catalogue,
) -> Allocation {
    let zero = vec![[0; HORIZON]; units.len()];
    let mut result = Allocation {
        supply: vec![[None; HORIZON]; units.len()],
        constrained: units.to_vec(),
        short: zero.clone(),
        waiting: zero.clone(),
        held_back: zero.clone(),
        lost: zero,
        chips: Vec::new(),
        machines: Vec::new(),
    };
    if !committed.known {
        return result;
    }
    result.machines = vec![[MachineFlow::default(); HORIZON]; units.len()];
    result.chips = vec![[ChipFlow::default(); HORIZON]; catalogue.chips.len()];
    let mut chips: Vec<OfChip<'_>> = Vec::new();
    for chip in catalogue.chip_ids() {
        let models = catalogue.models_of(chip);
        split_supply(committed, units, chip, &models, &mut result);
        chips.push(OfChip::new(committed, chip, models, &proposed[chip]));
    }
    let mut factory = Factory::new(committed.assembly.as_ref(), units.len());
    for h in 0..HORIZON {
        chips.iter_mut().for_each(|chip| chip.begin(h, (units, lost), &mut result));
        if committed.assembly.is_some() {
            let could: Vec<i64> = chips.iter().flat_map(|chip| chip.build.iter().copied()).collect();
            let builds = chips.iter_mut().flat_map(|chip| chip.models.iter().copied().zip(&mut chip.build));
            let mut builds: Vec<(usize, &mut i64)> = builds.collect();
            factory.cut(h, &mut builds);
            for ((model, build), could) in builds.into_iter().zip(could) {
                result.held_back[model][h] = could - *build;
            }
        }
        for chip in &mut chips {
            result.chips[chip.chip][h] = chip.end(h, units, &mut result);
        }
    }
    result
}

/// Indicative split of a chip's arrivals to its models, by their demand over the horizon.
fn split_supply(
    committed: &Committed,
    units: &[[i64; HORIZON]],
    chip: ChipId,
    models: &[usize],
    result: &mut Allocation,
) {
    let chips_of = |m: usize| units[m].iter().sum::<i64>() as f64 * committed.per_machine(m);
    let total: f64 = models.iter().map(|m| chips_of(*m)).sum();
    let arrivals = committed.arrivals_for_machines(chip);
    for &model in models {
        let share = if total > 0.0 { chips_of(model) / total } else { 1.0 / models.len() as f64 };
        for h in 0..committed.open_from[chip].min(HORIZON) {
            let stock = if h == 0 { committed.machines[model] } else { 0 };
            let over = h >= committed.ships[model].end;
            let share = if over { 0.0 } else { share };
            let built = (arrivals[h] * share / committed.per_machine(model)).floor() as i64;
            result.supply[model][h] = Some(stock + built);
        }
    }
}

/// The models of one chip, month by month.
struct OfChip<'a> {
    committed: &'a Committed,
    chip: ChipId,
    models: Vec<usize>,
    proposed: &'a [f64; HORIZON],
    /// Good chips that no machine was built of yet.
    pool: f64,
    /// Chips that machines in the field wait for.
    owed: f64,
    stock: Vec<i64>,
    waiting: Vec<i64>,
    /// Parts of machines that leave, carried on to the next month.
    leave: Vec<f64>,
    /// Of those who wait, whose model still ships.
    served: Vec<i64>,
    from_stock: Vec<i64>,
    /// Machines that chips let build in the month.
    build: Vec<i64>,
    /// Machines shipped so far.
    shipped: Vec<i64>,
    flow: ChipFlow,
}

impl<'a> OfChip<'a> {
    fn new(committed: &'a Committed, chip: ChipId, models: Vec<usize>, proposed: &'a [f64; HORIZON]) -> Self {
        let zero = vec![0; models.len()];
        Self {
            stock: models.iter().map(|m| committed.machines[*m]).collect(),
            leave: vec![0.0; models.len()],
            waiting: zero.clone(),
            served: zero.clone(),
            from_stock: zero.clone(),
            shipped: zero.clone(),
            build: zero,
            pool: 0.0,
            owed: 0.0,
            flow: ChipFlow::default(),
            committed,
            chip,
            models,
            proposed,
        }
    }

    /// Who leaves, what is wanted, and what of it stock and chips let ship.
    fn begin(&mut self, h: usize, (units, lost): (&[[i64; HORIZON]], f64), result: &mut Allocation) {
        let (committed, chip) = (self.committed, self.chip);
        for (i, &model) in self.models.iter().enumerate() {
            self.leave[i] += self.waiting[i] as f64 * lost;
            let left = ((self.leave[i] + 1e-9).floor() as i64).min(self.waiting[i]);
            self.leave[i] -= left as f64;
            self.waiting[i] -= left;
            result.lost[model][h] = left;
        }
        self.flow = ChipFlow {
            start: self.pool,
            on_hand: committed.on_hand[chip][h],
            on_order: committed.on_order[chip][h],
            proposed: self.proposed[h],
            ..ChipFlow::default()
        };
        self.pool += self.flow.on_hand + self.flow.on_order + self.flow.proposed;
        // What was sold with a warranty is repaired before more is built.
        self.owed += committed.fleet[chip][h];
        self.flow.fleet = self.owed.min(self.pool);
        self.flow.spares = self.flow.fleet;
        self.owed -= self.flow.fleet;
        self.pool -= self.flow.fleet;
        let mut wanted = Vec::with_capacity(self.models.len());
        for (i, &model) in self.models.iter().enumerate() {
            // What waits after its model's end of life does not ship any more; an override of such a month does.
            self.served[i] = if committed.ships[model].contains(&h) { self.waiting[i] } else { 0 };
            let wants = self.served[i] + units[model][h];
            self.from_stock[i] = wants.min(self.stock[i]);
            self.build[i] = wants - self.from_stock[i];
            wanted.push(Wanted {
                model,
                shipped: (self.shipped[i] + self.from_stock[i]) as f64,
                machines: self.build[i] as f64,
                per_machine: committed.per_machine(model),
            });
        }
        let need: f64 = wanted.iter().map(|of| of.machines * of.per_machine).sum();
        // An order of exactly what is needed is enough: rounding errors must not make it short.
        if need > self.pool * (1.0 + 1e-9) + 1e-6 {
            let mut could = vec![0.0; wanted.len()];
            committed.claims.share_out(h, self.pool, &wanted, &mut could);
            for (build, could) in self.build.iter_mut().zip(could) {
                *build = (could + 1e-9).floor() as i64;
            }
        }
    }

    /// Ships what is built and on hand.
    fn end(&mut self, h: usize, units: &[[i64; HORIZON]], result: &mut Allocation) -> ChipFlow {
        for (i, &model) in self.models.iter().enumerate() {
            let (build, from_stock) = (self.build[i], self.from_stock[i]);
            let ships = from_stock + build;
            let chips = &self.committed.chips_per_machine[model];
            let start = self.stock[i];
            self.stock[i] -= from_stock;
            self.shipped[i] += ships;
            result.machines[model][h] =
                MachineFlow { start, built: build, shipped: ships, end: self.stock[i] };
            self.flow.built_in += build as f64 * chips.built_in;
            self.flow.spares += build as f64 * chips.spares;
            self.flow.lost += build as f64 * chips.lost;
            self.pool -= build as f64 * chips.all();
            let own = ships.saturating_sub(self.served[i]).max(0);
            result.constrained[model][h] = ships;
            result.short[model][h] = units[model][h] - own.min(units[model][h]);
            self.waiting[i] += units[model][h] - ships;
            result.waiting[model][h] = self.waiting[i];
        }
        self.pool = self.pool.max(0.0);
        self.flow.end = self.pool;
        self.flow
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Month, Usd};
    use crate::ingest::{Supply, WaferOrder};
    use crate::job::Job;

    /// The miniature's supply: 30 machines; 3,000 chips that ship in October; 2,000 dies and 4,000 chips on order that ship in
    /// November; a machine draws 100 chips, 64 built in, 16 spare, 20 lost.
    fn allocated(end_of_life: &str, units: &[i64], proposed: &[f64], lost: f64) -> Allocation {
        let text = include_str!("../../fixtures/miniature/job.toml").replace("\"2027-12\"", end_of_life);
        allocated_with(&text, units, proposed, lost)
    }

    fn allocated_with(text: &str, units: &[i64], proposed: &[f64], lost: f64) -> Allocation {
        let job = Job::parse(text, std::path::Path::new("job.toml")).unwrap();
        let as_of: Month = "2025-09".parse().unwrap();
        let order = WaferOrder {
            chip: ChipId(0),
            due: "2025-10-15".parse().unwrap(),
            placed: "2025-06-01".parse().unwrap(),
            foundry: "Foundry".to_owned(),
            wafers: 10,
            prepaid: Usd::ZERO,
            yield_share: crate::domain::Share::new(0.4).ok(),
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
        let proposed = std::array::from_fn(|h| proposed.get(h).copied().unwrap_or(0.0));
        allocate(&committed, &[proposed], &[at(units)], lost, &job.catalogue)
    }

    #[test]
    fn stock_rolled_forward_by_hand() {
        let found = allocated("\"2027-12\"", &[60, 70, 5, 5], &[0.0, 0.0, 0.0, 1_600.0], 0.0);
        // October: 30 on hand and 30 built of 3,000 chips. November: 60 built of 6,000, 10 of 70 wait. December nothing; 15
        // wait. January 1,600 chips make 16 of the 20 wanted.
        assert_eq!(found.constrained[0][..4], [60, 60, 0, 16]);
        assert_eq!(found.waiting[0][..4], [0, 10, 15, 4]);
        // In January the waiting 15 come first: one of its own 5 ships.
        assert_eq!(found.short[0][..4], [0, 10, 5, 4]);
        let flow = |h: usize| {
            let f = found.chips[0][h];
            [f.start, f.on_hand, f.on_order, f.proposed, f.built_in, f.spares, f.lost, f.end]
                .map(|chips| (chips * 1e6).round() / 1e6)
        };
        assert_eq!(flow(0), [0.0, 3000.0, 0.0, 0.0, 1920.0, 480.0, 600.0, 0.0]);
        assert_eq!(flow(1), [0.0, 2000.0, 4000.0, 0.0, 3840.0, 960.0, 1200.0, 0.0]);
        assert_eq!(flow(3), [0.0, 0.0, 0.0, 1600.0, 1024.0, 256.0, 320.0, 0.0]);
        let machines = |h: usize| {
            let f = found.machines[0][h];
            (f.start, f.built, f.shipped, f.end)
        };
        assert_eq!((machines(0), machines(1)), ((30, 30, 60, 0), (0, 60, 60, 0)));
    }

    #[test]
    fn of_what_waits_a_share_leaves() {
        let found = allocated("\"2027-12\"", &[60, 70, 5, 5], &[0.0, 0.0, 0.0, 1_600.0], 0.1);
        // 10 wait from November on: one leaves in December. 9 + 5 = 14 wait: 1.4 in January, one of them, and 0.4 is carried on.
        // 16 of 13 + 5 are built then, and 2 wait.
        assert_eq!(found.lost[0][..4], [0, 0, 1, 1]);
        assert_eq!(found.constrained[0][..4], [60, 60, 0, 16]);
        assert_eq!(found.waiting[0][..4], [0, 10, 14, 2]);
        let demanded: i64 = 60 + 70 + 5 + 5;
        let gone: i64 = found.constrained[0].iter().chain(&found.lost[0]).sum();
        assert_eq!(demanded, gone + found.waiting[0][11]);
    }

    #[test]
    fn what_waits_after_an_end_of_life_does_not_ship() {
        let found = allocated("\"2025-11\"", &[60, 70], &[0.0, 0.0, 0.0, 0.0, 8_000.0], 0.0);
        assert_eq!(found.constrained[0][..6], [60, 60, 0, 0, 0, 0]);
        assert_eq!(found.waiting[0][11], 10);
        assert_eq!(found.chips[0][4].end.round(), 8_000.0);
    }

    /// One chip of the 3,000 for the 30 machines beyond stock is missing: 29 are built.
    #[test]
    fn a_chip_short_is_a_machine_short() {
        let found = allocated("\"2027-12\"", &[60], &[-1.0], 0.0);
        assert_eq!((found.constrained[0][0], found.short[0][0]), (59, 1));
        assert_eq!(found.chips[0][0].end.round(), 99.0);
    }

    /// Two models draw 100 chips each and 2,000 are there. Of one 20 are wanted, 15 of them firm; of the other 20, signed and not
    /// secured: it gets the 5 machines that are left. What waits keeps its place: with 2,000 more in the next month, in which nothing else is wanted,
    /// both get the rest.
    #[test]
    fn firm_orders_of_one_model_come_before_those_of_another() {
        let text = include_str!("../../fixtures/miniature/trade.toml");
        let job = Job::parse(text, std::path::Path::new("job.toml")).unwrap();
        let supply = Supply {
            machines: vec![0, 0],
            chips: vec![2_000],
            dies: vec![0],
            known: true,
            ..Supply::default()
        };
        let mut committed = Committed::new(&supply, &job, "2026-03".parse().unwrap());
        let first = |machines: i64| std::array::from_fn(|h| if h == 0 { machines } else { 0 });
        committed.claims = crate::supply::Claims::new(&[first(15), first(0)], &[first(15), first(20)]);
        committed.assembly = None;
        let mut more = [0.0; HORIZON];
        more[1] = 2_000.0;
        let found = allocate(&committed, &[more], &[first(20), first(20)], 0.0, &job.catalogue);
        assert_eq!(found.constrained.iter().map(|model| model[0]).collect::<Vec<_>>(), [15, 5]);
        assert_eq!(found.constrained.iter().map(|model| model[1]).collect::<Vec<_>>(), [5, 15]);
    }

    /// October ships the 30 on hand and 18 assembled of the 30 that chips would have built: 12 are held back, and 2 wait for chips, of 62.
    /// November's chips build 60 more than the 12 of October's that are left, none of which the factory limits.
    #[test]
    fn what_the_factory_holds_back_is_told_from_what_waits_for_chips() {
        let text = include_str!("../../fixtures/miniature/job.toml")
            .replace("[[models]]", "[factory]\nmonths = { \"2025-10\" = 18 }\n\n[[models]]");
        let found = allocated_with(&text, &[62, 70], &[], 0.0);
        assert_eq!(found.constrained[0][..3], [48, 72, 0]);
        assert_eq!(found.waiting[0][..3], [14, 12, 12]);
        assert_eq!(found.held_back[0][..3], [12, 0, 0]);
    }

    /// Where nothing is asked for all the same: 30 machines on hand and 30 of October's 3,000 chips, 60 of November's 6,000.
    #[test]
    fn what_supply_makes_available_does_not_hang_on_demand() {
        for units in [&[][..], &[60, 70]] {
            assert_eq!(
                allocated("\"2027-12\"", units, &[], 0.0).supply[0][..3],
                [Some(60), Some(60), Some(0)],
                "{units:?}"
            );
        }
    }
}
