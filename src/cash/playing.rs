//! The months of a path: what is paid in and out with the machines that ship on it.

use crate::market::{HORIZON, Path};
use crate::supply::{ChipPlan, Factory, Fetched, Line, ProposedOrder};

use super::path::{Case, PathCash};
use super::paying::Machines;
use super::queue::Shipped;
use super::world::{Ordered, PricePaths, World};

/// Most that planned orders follow what was signed on a path, as a multiple of the plan.
const MOST_PLANNED: f64 = 2.0;

/// Orders and a case that every path is played with.
struct Play {
    orders: Vec<Ordered>,
    case: Case,
    /// Chips and cost of the orders to place now, by chip.
    placed: Vec<(f64, f64)>,
}

/// What a path has whatever the orders are, by whether the largest customer is gone.
#[derive(Clone, Default)]
struct Customers {
    /// Share of contracts whose customers still pay.
    paying: Vec<[f64; HORIZON]>,
    /// Machines wanted, without orders to come and with them.
    wanted: [Vec<[Shipped; HORIZON]>; 2],
    known: [bool; 2],
}

/// What the chips of each chip's mix fetch on a path, in the month that its orders are judged in and after the last; looked up once.
type Leftovers = [Option<Fetched>; 2];

/// Plays one path after the other, with each of several orders and cases.
pub(super) struct Player<'a> {
    world: &'a World<'a>,
    price_paths: &'a PricePaths<'a>,
    chips: &'a [ChipPlan],
    plays: Vec<Play>,
    /// By chip, all its models: a mix has a share of each.
    models: Vec<Vec<usize>>,
    /// Place of each model among those that move; of the others none is asked.
    place: Vec<usize>,
    /// Chips on hand by chip and month.
    on_hand: Vec<[f64; HORIZON]>,
    come: Vec<[f64; HORIZON]>,
    lines: Vec<Line>,
    factory: Factory<'a>,
    /// What could be built, by model of the job.
    could: Vec<f64>,
    /// What ships of the backlog and of orders to come, and what is cancelled, by path, for each place and month.
    columns: Vec<[[&'a [f64]; 3]; HORIZON]>,
    customers: [Customers; 2],
    leftovers: Vec<Leftovers>,
    cancelled: Vec<[f64; HORIZON]>,
    ships: Vec<[f64; HORIZON]>,
    built: Vec<[f64; HORIZON]>,
    lost: Vec<[f64; HORIZON]>,
}

impl<'a> Player<'a> {
    pub(super) fn new(
        world: &'a World<'a>,
        price_paths: &'a PricePaths<'a>,
        plays: &[(&[ProposedOrder], Case)],
        chips: &'a [ChipPlan],
    ) -> Self {
        let catalogue = &world.of.job.catalogue;
        let committed = world.of.committed;
        let (moving, simulation) = (&price_paths.moving, &price_paths.forecast.simulation);
        let mut place = vec![0; catalogue.models.len()];
        moving.iter().enumerate().for_each(|(index, model)| place[*model] = index);
        let models: Vec<Vec<usize>> = catalogue.chip_ids().map(|chip| catalogue.models_of(chip)).collect();
        let of_line = |models: &Vec<usize>| {
            let moves = models.iter().copied().filter(|model| moving.binary_search(model).is_ok());
            Line::new(moves.collect(), committed)
        };
        let play = |(orders, case): &(&[ProposedOrder], Case)| {
            let orders = if *case == Case::ContractsOnly { Vec::new() } else { world.ordered(orders) };
            let placed = (0..models.len()).map(|chip| {
                let own = orders.iter().filter(|order| order.chip == chip && order.now);
                own.fold((0.0, 0.0), |(chips, cost), of| {
                    (chips + of.chips, cost + of.prepayment + of.balance)
                })
            });
            Play { placed: placed.collect(), orders, case: *case }
        };
        let none = vec![[0.0; HORIZON]; moving.len()];
        let wanted = vec![[Shipped::default(); HORIZON]; moving.len()];
        let customers =
            Customers { paying: none.clone(), wanted: [wanted.clone(), wanted], known: [false; 2] };
        Self {
            lines: models.iter().map(of_line).collect(),
            plays: plays.iter().map(play).collect(),
            leftovers: vec![[None; 2]; models.len()],
            models,
            place,
            on_hand: committed.on_hand_for_machines(),
            come: Vec::new(),
            factory: Factory::new(committed.assembly.as_ref(), catalogue.models.len()),
            could: vec![0.0; catalogue.models.len()],
            columns: moving
                .iter()
                .map(|model| {
                    let parts = [&simulation.backlog, &simulation.new, &simulation.cancelled];
                    std::array::from_fn(|h| parts.map(|part| part.of(*model, h)))
                })
                .collect(),
            customers: [customers.clone(), customers],
            cancelled: none.clone(),
            ships: none.clone(),
            built: none.clone(),
            lost: none,
            world,
            price_paths,
            chips,
        }
    }

    /// Plays a path with each of the orders and cases, and tells what was paid with which.
    pub(super) fn path(&mut self, path: usize, tell: &mut impl FnMut(usize, &PathCash)) {
        let (world, price_paths) = (self.world, self.price_paths);
        let simulation = &price_paths.forecast.simulation;
        let price_path = path.min(price_paths.exposure.len() - 1);
        let market = &simulation.market[price_path];
        self.customers.iter_mut().for_each(|of| of.known = [false; 2]);
        self.leftovers.fill([None; 2]);
        for (cells, columns) in self.cancelled.iter_mut().zip(&self.columns) {
            *cells = std::array::from_fn(|h| columns[h][2].get(path).copied().unwrap_or(0.0));
        }
        let plays = std::mem::take(&mut self.plays);
        for (index, play) in plays.iter().enumerate() {
            let (gone, signs) = (play.case == Case::LargestGone, play.case.signs());
            self.want(path, price_path, (gone, signs));
            let th = if signs { simulation.intake_paths[path] } else { [0.0; HORIZON] };
            let share = self.planned(&th, &simulation.intake_th);
            let taken = |order: &Ordered| if order.now { 1.0 } else { share[order.placed.min(HORIZON - 1)] };
            let mut cash = PathCash::none();
            world.foundries(&play.orders, taken, &mut cash);
            world.mine(market, &mut cash);
            self.ship(play, taken, (path, market), &mut cash);
            let list = price_paths.list(price_path);
            if world.protects() {
                world.protect(|model, h| list[self.place[model]][h], &mut cash);
            }
            let customers = &self.customers[usize::from(gone)];
            let wanted = &customers.wanted[usize::from(signs)];
            for (place, model) in price_paths.moving.iter().enumerate() {
                let machines = Machines {
                    wanted: &wanted[place],
                    ships: &self.ships[place],
                    built: &self.built[place],
                    cancelled: &self.cancelled[place],
                    paying: &customers.paying[place],
                    list: &list[place],
                    lost: &self.lost[place],
                };
                world.terms[*model].pay(&world.of.job.cash, &th, machines, &mut cash);
            }
            tell(index, &cash);
        }
        self.plays = plays;
    }

    /// What is wanted on a path, and who still pays.
    fn want(&mut self, path: usize, price_path: usize, (gone, signs): (bool, bool)) {
        let price_paths = self.price_paths;
        let customers = &mut self.customers[usize::from(gone)];
        if customers.known[usize::from(signs)] {
            return;
        }
        if customers.known == [false; 2] {
            let exposure = &price_paths.exposure[price_path];
            price_paths.customers.paying(path, exposure, gone, &mut customers.paying);
        }
        customers.known[usize::from(signs)] = true;
        let wanted = customers.wanted[usize::from(signs)].iter_mut().zip(&customers.paying);
        let columns = self.columns.iter().zip(&price_paths.overrides);
        for ((wanted, paying), (columns, added)) in wanted.zip(columns) {
            for (h, wanted) in wanted.iter_mut().enumerate() {
                let [backlog, new, _] = columns[h].map(|column| column.get(path).copied().unwrap_or(0.0));
                let contracts = backlog * paying[h];
                let new = if signs { new + added[h] } else { 0.0 };
                // An override below what is on order takes from contracts.
                *wanted = Shipped { contracts: (contracts + new.min(0.0)).max(0.0), new: new.max(0.0) };
            }
        }
    }

    /// What of the orders planned for each month is placed on a path: the run that decides them has seen what was signed until
    /// then, and orders in proportion to the forecast of that.
    fn planned(&self, th: &[f64; HORIZON], expected: &[f64; HORIZON]) -> [f64; HORIZON] {
        let review = self.world.of.job.wafers.review_months as usize;
        std::array::from_fn(|h| {
            let seen = h / review * review;
            let (found, mean): (f64, f64) = (th[..seen].iter().sum(), expected[..seen].iter().sum());
            if mean > 0.0 { (found / mean).min(MOST_PLANNED) } else { 1.0 }
        })
    }

    /// Ships what chips allow, and values what is left.
    fn ship(
        &mut self,
        play: &Play,
        taken: impl Fn(&Ordered) -> f64,
        (path, market): (usize, &Path),
        cash: &mut PathCash,
    ) {
        let world = self.world;
        let (job, committed, late) = (world.of.job, world.of.committed, world.of.late);
        let (gone, signs) = (play.case == Case::LargestGone, play.case.signs());
        self.come.clone_from(&self.on_hand);
        for ((chip, line), arrivals) in job.catalogue.chip_ids().zip(&mut self.lines).zip(&mut self.come) {
            let mut lots = committed.on_order[chip];
            for order in play.orders.iter().filter(|order| order.chip == chip.0) {
                if let Some(cell) = lots.get_mut(order.ships) {
                    *cell += order.chips * taken(order);
                }
            }
            let draws = (path * committed.on_hand.len() + chip.0) * HORIZON;
            for (h, (good, late)) in world.lots[draws..draws + HORIZON].iter().enumerate() {
                if let Some(cell) = arrivals.get_mut(h + usize::from(*late)) {
                    *cell += lots[h] * good;
                }
            }
            line.begin(committed);
        }
        self.factory.begin();
        for h in 0..HORIZON {
            let (place, wanted) =
                (&self.place, &self.customers[usize::from(gone)].wanted[usize::from(signs)]);
            let wanted = |model: usize| {
                let of = wanted[place[model]][h];
                of.contracts + of.new
            };
            for ((chip, line), arrivals) in job.catalogue.chip_ids().zip(&mut self.lines).zip(&self.come) {
                // Where supply is not known, what no order can reach is taken to be covered.
                let come = (arrivals[h], !committed.known && h < committed.open_from[chip]);
                line.want(committed, h, come, late, wanted);
                if committed.assembly.is_some() {
                    line.could_build(|model, machines| self.could[model] = machines);
                }
            }
            let assembled = self.factory.assemble(h, &self.could);
            for line in &mut self.lines {
                line.ship(assembled, wanted, |model, ships, built| {
                    self.ships[place[model]][h] = ships;
                    self.built[place[model]][h] = built;
                });
                line.left_waiting(|model, machines| self.lost[place[model]][h] = machines);
            }
            for (chip, plan) in self.chips.iter().enumerate().filter(|(_, plan)| h == plan.judged()) {
                cash.write_down += self.write_down(chip, play.placed[chip], (plan, h), market);
            }
        }
        for (chip, plan) in self.chips.iter().enumerate() {
            let left = self.lines.get(chip).map_or(0.0, |line| line.left(committed));
            cash.salvage_values += self.fetched(chip, left, (plan, HORIZON), market);
        }
    }

    /// What chips left fetch as machines from month `h` on; nothing where no machine with a price needs them.
    fn fetched(&mut self, chip: usize, chips: f64, (plan, h): (&ChipPlan, usize), market: &Path) -> f64 {
        let economics = plan.economics.iter().find_map(|(_, found)| found.as_ref().ok());
        let Some(economics) = economics.filter(|_| chips > 0.0) else { return 0.0 };
        let (machine, values) = (&economics.machine, self.world.of.values);
        let known = &mut self.leftovers[chip][usize::from(h == HORIZON)];
        let fetched = known.get_or_insert_with(|| machine.fetched_on(market, &self.models[chip], h, values));
        fetched.of_each(chips / machine.chips).dollars() * chips / machine.chips
    }

    /// Cost less worth of what is left of the orders to place now.
    fn write_down(
        &mut self,
        chip: usize,
        (all, cost): (f64, f64),
        (plan, h): (&ChipPlan, usize),
        market: &Path,
    ) -> f64 {
        let left = self.lines.get(chip).map_or(0.0, |line| line.left(self.world.of.committed)).min(all);
        if left <= 0.0 {
            return 0.0;
        }
        (cost / all * left - self.fetched(chip, left, (plan, h), market)).max(0.0)
    }
}
