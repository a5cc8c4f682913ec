//! Wafer orders by the mean net requirement: what the mean forecast needs and committed supply does not cover.
//!
//! Timeline: order placed by the last day of month p -> chips in hand by the last day of p + lead -> machines ship from
//! p + lead + assembly on. A need in ship month s is therefore ordered in s - assembly - lead. What waits because it
//! could not be ordered in time is ordered as soon as it can be.

use chrono::NaiveDate;

use crate::demand::Forecast;
use crate::domain::{Month, Usd};
use crate::job::{Catalogue, Foundry, Job, ModelId};
use crate::market::HORIZON;

use super::committed::Committed;
use super::dies::good_chips_per_wafer;

/// Whether an order must be placed before the next run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The place-by date falls before the next run.
    PlaceNow,
    /// A later run will decide.
    Planned,
}

impl Decision {
    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PlaceNow => "place_now",
            Self::Planned => "planned",
        }
    }
}

/// One wafer order proposed.
#[derive(Clone, Debug)]
pub struct ProposedOrder {
    /// Place of the chip in the job's list.
    pub chip: usize,
    /// Place of the foundry's terms in the job's list.
    pub foundry: usize,
    /// Day on which it must be placed at the latest.
    pub place_by: NaiveDate,
    /// Whether it falls before the next run.
    pub decision: Decision,
    /// Month in which its chips are in hand.
    pub wafer_out: Month,
    /// Month in which its machines can first ship.
    pub ship_month: Month,
    /// Chips needed by the machines of this order's months and by those that wait.
    pub chips_required: f64,
    /// Chips on hand and left over from earlier orders that go towards it.
    pub chips_on_hand: f64,
    /// Open wafer orders that go towards it, wafers.
    pub wafers_on_order: i64,
    /// Wafers that are needed, rounded up to whole wafers.
    pub net_wafers: i64,
    /// Wafers to order: whole lots, within minimum and monthly maximum.
    pub wafers: i64,
    /// Lots.
    pub lots: i64,
    /// Wafers needed above what the foundry's monthly maximum lets through.
    pub short_wafers: i64,
    /// Price of the order.
    pub cost: Usd,
    /// Paid when placed.
    pub prepayment: Usd,
    /// Paid when the wafers are out.
    pub balance: Usd,
    /// Machines that its good chips make, in the mix of its months.
    pub machines_covered: i64,
    /// Share of paths in which demand up to its ship month exceeds the supply with it.
    pub prob_short: f64,
    /// Mean over paths of the wafers left over at its ship month.
    pub expected_excess_wafers: f64,
}

/// Proposes the orders of every chip for the 12 months' mean forecast.
pub fn propose(forecast: &Forecast, committed: &Committed, job: &Job, as_of: Month) -> Vec<ProposedOrder> {
    let mut orders = Vec::new();
    for chip in 0..job.catalogue.chips.len() {
        propose_chip(chip, forecast, committed, job, as_of, &mut orders);
    }
    orders.sort_by_key(|o| (o.chip, o.place_by, o.foundry));
    orders
}

/// Good chips of the proposed orders by chip and the month ahead in which their machines first can ship.
pub fn proposed_chips(orders: &[ProposedOrder], job: &Job, as_of: Month) -> Vec<[f64; HORIZON]> {
    let mut chips = vec![[0.0; HORIZON]; job.catalogue.chips.len()];
    for order in orders {
        let ahead = usize::try_from(order.ship_month - as_of - 1).ok();
        if let Some(cell) = ahead.and_then(|h| chips[order.chip].get_mut(h)) {
            *cell += order.wafers as f64 * good_chips_per_wafer(&job.catalogue.chips[order.chip]);
        }
    }
    chips
}

fn models_of(catalogue: &Catalogue, chip: usize) -> Vec<usize> {
    catalogue.ids().filter(|id| catalogue.chip_of(*id) == chip).map(|ModelId(m)| m).collect()
}

fn propose_chip(
    chip: usize,
    forecast: &Forecast,
    committed: &Committed,
    job: &Job,
    as_of: Month,
    orders: &mut Vec<ProposedOrder>,
) {
    let catalogue = &job.catalogue;
    let models = models_of(catalogue, chip);
    let good = good_chips_per_wafer(&catalogue.chips[chip]);
    let mut stock: Vec<i64> = models.iter().map(|m| committed.stock(*m)).collect();
    // Chips: what is there, what still is needed, and what the orders on the way brought since the last order.
    let (mut pool, mut owed, mut wafers_seen) = (0.0_f64, 0.0_f64, 0_i64);
    let mut supplied = 0.0;
    for h in 0..HORIZON {
        if !committed.known && h < committed.open_from[chip] {
            // Supply of these months is unknown, not none: what they need is taken to be covered.
            continue;
        }
        let mut needed = 0.0;
        let mut machines = 0;
        for (i, &model) in models.iter().enumerate() {
            let from_stock = forecast.units[model][h].min(stock[i]);
            stock[i] -= from_stock;
            machines += forecast.units[model][h] - from_stock;
            needed += (forecast.units[model][h] - from_stock) as f64 * committed.chips_per_machine[model];
        }
        let arrived: f64 = committed.wafers[chip][h] as f64 * good;
        let on_hand = pool + committed.chips[chip][h] - arrived;
        wafers_seen += committed.wafers[chip][h];
        pool += committed.chips[chip][h];
        supplied += committed.chips[chip][h];
        let required = owed + needed;
        if required <= pool {
            pool -= required;
            owed = 0.0;
            continue;
        }
        let net_wafers = ((required - pool) / good).ceil() as i64;
        let placed = place(chip, h, net_wafers, job, as_of);
        let per_machine =
            if machines > 0 { needed / machines as f64 } else { mean_chips(committed, &models) };
        let mut open = net_wafers;
        for (foundry, wafers) in placed {
            let place_month = place_month(h, &catalogue.foundries[foundry], job, as_of);
            supplied += wafers as f64 * good;
            let (prob_short, excess) =
                exposure(forecast, committed, &models, committed.open_from[chip], h, supplied);
            orders.push(ProposedOrder {
                chip,
                foundry,
                place_by: last_day_to_place(place_month, &catalogue.foundries[foundry]),
                decision: decision(place_month, job, as_of),
                wafer_out: place_month + catalogue.foundries[foundry].lead_months.months(),
                ship_month: as_of + 1 + i32::try_from(h).unwrap_or(0),
                chips_required: required,
                chips_on_hand: on_hand,
                wafers_on_order: wafers_seen,
                net_wafers: open,
                wafers,
                lots: wafers / i64::from(catalogue.foundries[foundry].lot_wafers),
                short_wafers: (open - wafers).max(0),
                cost: catalogue.foundries[foundry].wafer_cost() * wafers as f64,
                prepayment: catalogue.foundries[foundry].wafer_cost()
                    * (wafers as f64 * catalogue.foundries[foundry].prepayment_share.get()),
                balance: catalogue.foundries[foundry].wafer_cost()
                    * (wafers as f64 * catalogue.foundries[foundry].prepayment_share.complement()),
                machines_covered: (wafers as f64 * good / per_machine).floor() as i64,
                prob_short,
                expected_excess_wafers: excess / good,
            });
            open = (open - wafers).max(0);
            pool += wafers as f64 * good;
            wafers_seen = 0;
        }
        let used = required.min(pool);
        pool -= used;
        owed = required - used;
    }
}

/// Month by whose end an order for ship month `h` (0 = first month ahead) must be placed.
fn place_month(h: usize, foundry: &Foundry, job: &Job, as_of: Month) -> Month {
    let assembly = job.wafers.assembly_months.cast_signed();
    as_of + 1 + i32::try_from(h).unwrap_or(0) - assembly - foundry.lead_months.months()
}

/// Last day of the month, or the last on which the foundry takes orders.
fn last_day_to_place(month: Month, foundry: &Foundry) -> NaiveDate {
    let last = month.last_day();
    foundry.until.map_or(last, |until| until.min(last))
}

fn decision(place: Month, job: &Job, as_of: Month) -> Decision {
    if place - as_of <= job.wafers.review_months.cast_signed() {
        Decision::PlaceNow
    } else {
        Decision::Planned
    }
}

/// Which foundries take how much of `net` wafers for ship month `h`: the cheapest first, up to its maximum.
/// Empty when no foundry can deliver by then.
fn place(chip: usize, h: usize, net: i64, job: &Job, as_of: Month) -> Vec<(usize, i64)> {
    let catalogue = &job.catalogue;
    let name = catalogue.chips[chip].name();
    let mut able: Vec<usize> = (0..catalogue.foundries.len())
        .filter(|f| {
            let terms = &catalogue.foundries[*f];
            let month = place_month(h, terms, job, as_of);
            terms.chip == name
                && month > as_of
                && terms.from.is_none_or(|from| from <= month.last_day())
                && terms.until.is_none_or(|until| month.first_day() <= until)
        })
        .collect();
    able.sort_by(|a, b| {
        let cost = |f: &usize| catalogue.foundries[*f].wafer_cost_usd.get();
        cost(a).total_cmp(&cost(b)).then(a.cmp(b))
    });
    let mut open = net;
    let mut placed = Vec::new();
    for foundry in able {
        if open <= 0 {
            break;
        }
        let wafers = lots(open, &catalogue.foundries[foundry]);
        if wafers > 0 {
            placed.push((foundry, wafers));
            open -= wafers;
        }
    }
    placed
}

/// Wafers to order for `net`: at least the minimum, whole lots, at most the monthly maximum.
fn lots(net: i64, foundry: &Foundry) -> i64 {
    let lot = i64::from(foundry.lot_wafers);
    let up = |wafers: i64| (wafers + lot - 1) / lot * lot;
    let wafers = up(net.max(i64::from(foundry.min_wafers)));
    foundry.max_wafers_per_month.map_or(wafers, |max| wafers.min(i64::from(max) / lot * lot))
}

fn mean_chips(committed: &Committed, models: &[usize]) -> f64 {
    models.iter().map(|m| committed.chips_per_machine[*m]).sum::<f64>() / models.len().max(1) as f64
}

/// Over the paths: share in which chips needed up to month `h` exceed `supplied`, and mean chips left over.
fn exposure(
    forecast: &Forecast,
    committed: &Committed,
    models: &[usize],
    first_open: usize,
    h: usize,
    supplied: f64,
) -> (f64, f64) {
    let mut needed = vec![0.0; forecast.simulation.paths];
    // Where supply is unknown, the months that nothing ordered now can reach are taken to be covered.
    let from = if committed.known { 0 } else { first_open.min(h) };
    for &model in models {
        let sums = forecast.simulation.sums(from..h + 1, Some(model));
        let stock = committed.stock(model) as f64;
        for (need, machines) in needed.iter_mut().zip(sums) {
            *need += (machines - stock).max(0.0) * committed.chips_per_machine[model];
        }
    }
    let n = needed.len() as f64;
    // A path of exactly the supplied chips is not short: rounding errors must not make it so.
    let short = needed.iter().filter(|need| **need > supplied * (1.0 + 1e-9) + 1e-6).count() as f64;
    let excess: f64 = needed.iter().map(|need| (supplied - need).max(0.0)).sum();
    (short / n, excess / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foundry(lot: u32, min: u32, max: Option<u32>) -> Foundry {
        let max = max.map_or(String::new(), |max| format!("max_wafers_per_month = {max}"));
        let text = format!(
            "name = \"F\"\nchip = \"C\"\nwafer_cost_usd = 1.0\nlead_months = 5\nprepayment_share = 0.5\nlot_wafers = {lot}\nmin_wafers = {min}\n{max}"
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn orders_are_whole_lots_within_minimum_and_maximum() {
        assert_eq!(lots(1, &foundry(25, 0, None)), 25);
        assert_eq!(lots(50, &foundry(25, 0, None)), 50);
        assert_eq!(lots(51, &foundry(25, 0, None)), 75);
        assert_eq!(lots(10, &foundry(25, 90, None)), 100);
        assert_eq!(lots(500, &foundry(25, 0, Some(210))), 200);
    }
}
