//! Keep or cancel: what cancelling a wafer order loses now, against what keeping it is expected to lose. Nothing is cancelled by itself.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::demand::Forecast;
use crate::domain::{Month, Usd};
use crate::ingest::Supply;
use crate::job::{ChipId, Job};
use crate::market::HORIZON;

use super::committed::{Committed, good_chips, terms_of};
use super::economics::Values;
use super::exposure::{forfeit_open, forfeit_placed};
use super::plan::{ChipPlan, Decision, ProposedOrder};

/// How far an order is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Held {
    /// With a foundry.
    Open,
    /// To be placed now: what it would lose once it is placed.
    PlaceNow,
}

/// An order that could be kept or cancelled.
#[derive(Clone, Debug)]
pub struct Keep {
    /// How far it is.
    pub held: Held,
    /// Its chip.
    pub chip: ChipId,
    /// Its foundry.
    pub foundry: String,
    /// Day on which it was placed, or must be.
    pub placed: NaiveDate,
    /// Day on which its wafers are out.
    pub due: NaiveDate,
    /// Wafers.
    pub wafers: i64,
    /// Price.
    pub cost: Usd,
    /// Lost when it is cancelled.
    pub forfeit: Usd,
    /// Mean machines' chips of it that are left over, as the last one used; `None` for a chip that no model is built with.
    pub left: Option<f64>,
    /// Mean loss on those: cost less what they fetch on the path; `None` without a price.
    pub loss: Option<Usd>,
    /// Mean profit of sales that would be lost without it; `None` without a price.
    pub profit: Option<Usd>,
}

impl Keep {
    fn unjudged(held: Held, chip: ChipId, foundry: &str, (placed, due): (NaiveDate, NaiveDate)) -> Self {
        let (foundry, zero) = (foundry.to_owned(), Usd::ZERO);
        Self {
            held,
            chip,
            foundry,
            placed,
            due,
            wafers: 0,
            cost: zero,
            forfeit: zero,
            left: None,
            loss: None,
            profit: None,
        }
    }

    /// Whether cancelling loses less than keeping on the mean of the paths; `None` without a price.
    pub fn cancelling_loses_less(&self) -> Option<bool> {
        let (loss, profit) = self.loss.zip(self.profit)?;
        Some(self.forfeit + profit.max(Usd::ZERO) < loss)
    }
}

/// What distinguishes orders: how far they are, chip, foundry, day of placing and of delivery.
type Key = (Held, ChipId, String, NaiveDate, NaiveDate);

/// What is the same of all orders of a chip.
struct Chips<'a> {
    plan: &'a ChipPlan,
    /// Good chips of the orders to place now.
    now: f64,
}

/// Every open order and every one to place now, base scenario.
pub fn keep_or_cancel(
    chips: &[ChipPlan],
    orders: &[ProposedOrder],
    supply: &Supply,
    base: &Forecast,
    committed: &Committed,
    (job, values, as_of): (&Job, Values<'_>, Month),
) -> Vec<Keep> {
    let open = supply.on_order().map(|order| {
        let price = terms_of(order, &job.catalogue).map_or(Usd::ZERO, crate::job::Foundry::wafer_cost);
        let keep = Keep {
            wafers: i64::from(order.wafers),
            cost: price * f64::from(order.wafers),
            forfeit: forfeit_open(order, job, as_of),
            ..Keep::unjudged(Held::Open, order.chip, &order.foundry, (order.placed, order.due))
        };
        (keep, good_chips(order, &job.catalogue))
    });
    let now: Vec<&ProposedOrder> =
        orders.iter().filter(|order| order.decision == Decision::PlaceNow).collect();
    let proposed = now.iter().map(|order| {
        let foundry = job.catalogue.foundries[order.foundry].name();
        let days = (order.place_by, order.wafer_out.last_day());
        let keep = Keep {
            wafers: order.wafers,
            cost: order.cost,
            forfeit: forfeit_placed(order, job),
            ..Keep::unjudged(Held::PlaceNow, order.chip, foundry, days)
        };
        (keep, order.good_chips())
    });
    // Deliveries of one order on one day are one row.
    let mut found: BTreeMap<Key, (Keep, f64)> = BTreeMap::new();
    for (keep, good) in open.chain(proposed) {
        let key = (keep.held, keep.chip, keep.foundry.clone(), keep.placed, keep.due);
        if let Some((sum, all)) = found.get_mut(&key) {
            sum.wafers += keep.wafers;
            sum.cost += keep.cost;
            sum.forfeit += keep.forfeit;
            *all += good;
        } else {
            found.insert(key, (keep, good));
        }
    }
    let judge = |(mut keep, good): (Keep, f64)| {
        let plan = &chips[keep.chip];
        let of_chip = Chips {
            plan,
            now: now.iter().filter(|order| order.chip == keep.chip).map(|order| order.good_chips()).sum(),
        };
        let ships = Month::of(keep.due) + job.wafers.assembly_months.cast_signed() - as_of - 1;
        let h = plan.judged().max(usize::try_from(ships).unwrap_or(0)).min(HORIZON - 1);
        of_chip.judge(&mut keep, (good, h), base, committed, (job, values));
        keep
    };
    found.into_values().map(judge).collect()
}

impl Chips<'_> {
    /// What is left of an order's `good` chips at the end of month `h`, and what it is worth.
    fn judge(
        &self,
        keep: &mut Keep,
        (good, h): (f64, usize),
        base: &Forecast,
        committed: &Committed,
        (job, values): (&Job, Values<'_>),
    ) {
        let models = job.catalogue.models_of(keep.chip);
        // Where no machine is built with the chip, there is none to count.
        if models.is_empty() {
            return;
        }
        let economics = self.plan.economics.iter().find_map(|(_, found)| found.as_ref().ok());
        let per_machine = economics.map_or(committed.mean_per_machine(&models), |e| e.machine.chips);
        let supplied = committed.arrived(keep.chip, h) + self.now;
        let needs = &self.plan.need.paths[h];
        let (mut left, mut loss, mut lost) = (0.0, 0.0, 0.0);
        let per_chip = keep.cost.dollars() / good;
        let market = &base.simulation.market;
        for (path, need) in needs.iter().enumerate() {
            let over = (supplied - need).clamp(0.0, good);
            lost += (need - (supplied - good)).max(0.0) - (need - supplied).max(0.0);
            left += over;
            if let Some(machine) = economics.map(|e| &e.machine).filter(|_| over > 0.0)
                && let Some(price_path) = market.get(path.min(market.len().saturating_sub(1)))
            {
                let worth = machine.leftover_on(price_path, &models, h, values, over / machine.chips);
                loss += over * (per_chip - worth.dollars() / machine.chips).max(0.0);
            }
        }
        let n = needs.len().max(1) as f64;
        keep.left = Some(left / n / per_machine);
        keep.loss = economics.map(|_| Usd::new(loss / n));
        keep.profit = economics.map(|e| e.underage * (lost / n / per_machine));
    }
}
