//! The paths played one after the other, each with several wafer orders and cases: what is paid in and out on it.

use std::ops::Range;

use crate::job::ChipId;
use crate::market::{HORIZON, Path};
use crate::supply::{ChipPlan, Fetched, ProposedOrder};

use super::path::{Case, PathCash};
use super::side::{Setting, Side};
use super::world::{Ordered, PricePaths, World};

/// Most that planned orders follow what was signed on a path, as a multiple of the plan.
const MOST_PLANNED: f64 = 2.0;

/// Orders and a case that every path is played with.
struct Play {
    orders: Vec<Ordered>,
    /// Place of its customers among the sides.
    side: usize,
    /// Chips and cost of the orders to place now, by chip.
    placed: Vec<(f64, f64)>,
    /// By group of chips: whether its orders are those of the play before with these customers.
    again: Vec<bool>,
}

/// What the chips of each chip's mix fetch on a path, in the month that its orders are judged in and after the last; looked up once.
type Leftovers = [Option<Fetched>; 2];

/// Plays one path after the other, with each of several orders and cases.
pub(super) struct Player<'a> {
    setting: Setting<'a>,
    plays: Vec<Play>,
    sides: Vec<Side<'a>>,
    /// By chip, all its models: a mix has a share of each.
    models: Vec<Vec<usize>>,
    /// Months in which the orders to place now are judged, with the chip.
    judged: Vec<(usize, usize)>,
    /// Chips on hand by chip and month, and what comes on a path.
    on_hand: Vec<[f64; HORIZON]>,
    come: Vec<[f64; HORIZON]>,
    leftovers: Vec<Leftovers>,
}

impl<'a> Player<'a> {
    pub(super) fn new(
        world: &'a World<'a>,
        price_paths: &'a PricePaths<'a>,
        plays: &[(&[ProposedOrder], Case)],
        chips: &'a [ChipPlan],
    ) -> Self {
        let catalogue = &world.of.job.catalogue;
        let models: Vec<Vec<usize>> = catalogue.chip_ids().map(|chip| catalogue.models_of(chip)).collect();
        let setting = Setting::new(world, price_paths, chips);
        let mut sides: Vec<Side<'a>> = Vec::new();
        let mut played: Vec<Play> = Vec::with_capacity(plays.len());
        for (orders, case) in plays {
            let orders = if *case == Case::ContractsOnly { Vec::new() } else { world.ordered(orders) };
            let placed = (0..models.len()).map(|chip| {
                let own = orders.iter().filter(|order| order.chip == chip && order.now);
                own.fold((0.0, 0.0), |(chips, cost), of| {
                    (chips + of.chips, cost + of.prepayment + of.balance)
                })
            });
            let placed = placed.collect();
            let customers = (*case == Case::LargestGone, case.signs());
            let side = sides.iter().position(|side| side.is_of(customers)).unwrap_or_else(|| {
                sides.push(Side::new(&setting, customers));
                sides.len() - 1
            });
            let before = played.iter().rfind(|play| play.side == side);
            let again = setting.groups().map(|group| {
                let of_group = |of: &Vec<Ordered>| -> Vec<Ordered> {
                    of.iter().filter(|order| group.contains(&order.chip)).copied().collect()
                };
                before.is_some_and(|before| of_group(&before.orders) == of_group(&orders))
            });
            played.push(Play { again: again.collect(), placed, orders, side });
        }
        for (index, side) in sides.iter_mut().enumerate() {
            let own: Vec<&[Ordered]> =
                played.iter().filter(|play| play.side == index).map(|play| play.orders.as_slice()).collect();
            side.played_with(&setting, &own);
        }
        let mut judged: Vec<(usize, usize)> =
            chips.iter().enumerate().map(|(chip, plan)| (plan.judged(), chip)).collect();
        judged.retain(|(h, _)| *h < HORIZON);
        judged.sort_unstable();
        let on_hand = world.of.committed.on_hand_for_machines();
        Self {
            plays: played,
            sides,
            leftovers: vec![[None; 2]; models.len()],
            models,
            judged,
            come: on_hand.clone(),
            on_hand,
            setting,
        }
    }

    /// Plays these paths with each of the orders and cases, and tells what was paid with which.
    pub(super) fn paths(&mut self, paths: Range<usize>, tell: &mut impl FnMut(usize, &PathCash)) {
        for path in paths {
            self.path(path, tell);
        }
    }

    fn path(&mut self, path: usize, tell: &mut impl FnMut(usize, &PathCash)) {
        let (world, price_paths) = (self.setting.world, self.setting.price_paths);
        let simulation = &price_paths.forecast.simulation;
        self.leftovers.fill([None; 2]);
        self.setting.look_at(path);
        let market = &simulation.market[self.setting.price_path];
        self.arrive(path, 0..self.models.len(), &[], |_| 0.0);
        for index in 0..self.sides.len() {
            let (before, rest) = self.sides.split_at_mut(index);
            rest[0].begin(&self.setting, before, &self.come);
        }
        let plays = std::mem::take(&mut self.plays);
        for (index, play) in plays.iter().enumerate() {
            let share = self.planned(&self.sides[play.side].th, &simulation.intake_th);
            let taken = |order: &Ordered| if order.now { 1.0 } else { share[order.placed.min(HORIZON - 1)] };
            let mut cash = PathCash::none();
            world.foundries(&play.orders, taken, &mut cash);
            world.mine(market, &mut cash);
            for (group, again) in play.again.iter().enumerate() {
                let chips = self.setting.group(group);
                if !again && self.sides[play.side].differs(group) {
                    self.arrive(path, chips, &play.orders, taken);
                    self.sides[play.side].go_on(&self.setting, group, &self.come);
                }
            }
            self.value(play, market, &mut cash);
            let list = price_paths.list(self.setting.price_path);
            if world.protects() {
                world.protect(|model, h| list[self.setting.place[model]][h], &mut cash);
            }
            self.sides[play.side].add_to(&self.setting, &mut cash);
            tell(index, &cash);
        }
        self.plays = plays;
    }

    /// What of the orders planned for each month is placed on a path: the run that decides them has seen what was signed until
    /// then, and orders in proportion to the forecast of that.
    fn planned(&self, th: &[f64; HORIZON], expected: &[f64; HORIZON]) -> [f64; HORIZON] {
        let review = self.setting.world.of.job.wafers.review_months as usize;
        std::array::from_fn(|h| {
            let seen = h / review * review;
            let (found, mean): (f64, f64) = (th[..seen].iter().sum(), expected[..seen].iter().sum());
            if mean > 0.0 { (found / mean).min(MOST_PLANNED) } else { 1.0 }
        })
    }

    /// Good chips that come on a path with these orders, of these chips.
    fn arrive(
        &mut self,
        path: usize,
        chips: Range<usize>,
        orders: &[Ordered],
        taken: impl Fn(&Ordered) -> f64,
    ) {
        let world = self.setting.world;
        let committed = world.of.committed;
        for chip in chips {
            let mut lots = committed.on_order[ChipId(chip)];
            for order in orders.iter().filter(|order| order.chip == chip) {
                if let Some(cell) = lots.get_mut(order.ships) {
                    *cell += order.chips * taken(order);
                }
            }
            let arrivals = &mut self.come[chip];
            *arrivals = self.on_hand[chip];
            let draws = (path * committed.on_hand.len() + chip) * HORIZON;
            for (h, (good, late)) in world.lots[draws..draws + HORIZON].iter().enumerate() {
                if let Some(cell) = arrivals.get_mut(h + usize::from(*late)) {
                    *cell += lots[h] * good;
                }
            }
        }
    }

    /// Values what is left: the write-down on the orders to place now, and what all of it fetches after the last month.
    fn value(&mut self, play: &Play, market: &Path, cash: &mut PathCash) {
        let plans = self.setting.chips;
        for place in 0..self.judged.len() {
            let (h, chip) = self.judged[place];
            let (all, cost) = play.placed[chip];
            let left = self.sides[play.side].left[chip][0].min(all);
            if left > 0.0 {
                let worth = self.fetched(chip, left, (&plans[chip], h), market);
                cash.write_down += (cost / all * left - worth).max(0.0);
            }
        }
        for (chip, plan) in plans.iter().enumerate() {
            let left = self.sides[play.side].left[chip][1];
            cash.salvage_values += self.fetched(chip, left, (plan, HORIZON), market);
        }
    }

    /// What chips left fetch as machines from month `h` on; nothing where no machine with a price needs them.
    fn fetched(&mut self, chip: usize, chips: f64, (plan, h): (&ChipPlan, usize), market: &Path) -> f64 {
        let economics = plan.economics.iter().find_map(|(_, found)| found.as_ref().ok());
        let Some(economics) = economics.filter(|_| chips > 0.0) else { return 0.0 };
        let (machine, values) = (&economics.machine, self.setting.world.of.values);
        let known = &mut self.leftovers[chip][usize::from(h == HORIZON)];
        let fetched = known.get_or_insert_with(|| machine.fetched_on(market, &self.models[chip], h, values));
        fetched.of_each(chips / machine.chips).dollars() * chips / machine.chips
    }
}
