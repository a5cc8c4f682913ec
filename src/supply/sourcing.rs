//! Which foundry gets an order, and when it is placed: the cheapest good chip that is in hand in time.

use std::collections::BTreeMap;

use crate::domain::{Month, Usd};
use crate::job::{ChipId, Foundry, FoundryId, Job};

use super::economics::effective_cost;
use crate::job::good_chips_per_wafer;

/// A month in which a foundry can be given an order for a ship month.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Candidate {
    /// Place of the foundry's terms in the job's list.
    pub foundry: FoundryId,
    /// Month of placement.
    pub place: Month,
    /// Months earlier than the ship month asks for.
    pub early: i32,
    /// Good chips from one wafer.
    pub good_per_wafer: f64,
    /// Effective cost of a good chip: price, cost of money on the deposit until the chips are in hand, and on all of it while
    /// they wait.
    pub cost_per_chip: Usd,
}

/// Every way to have chips for ship month `ship`, cheapest good chip first; the later placement of two alike.
/// # Example
/// `Foundry` (4 months, half prepaid) makes 500 good chips of a wafer for 1,000 USD, `Fast` (3 months, prepaid) 400 for 1,200.
/// Machines of March 2026 are built in a month from chips in hand in February. Money costs 1% a month: a chip is 2 x (0.5 x
/// 1.01^4 + 0.5) from `Foundry` in October, 3 x 1.01^3 from `Fast` in November, and 1% more in October, for the month it waits.
/// ```
/// use std::path::Path;
/// use wafercast::{job::{ChipId, Job}, supply::candidates};
///
/// let job = Job::load(Path::new("fixtures/miniature/job.toml"))?;
/// let found = candidates(ChipId(0), "2026-03".parse().unwrap(), &job, "2025-09".parse().unwrap());
/// let ways: Vec<_> = found
///     .iter()
///     .map(|way| (job.catalogue.foundries[way.foundry].name(), way.place.to_string(), way.cost_per_chip.dollars()))
///     .collect();
/// let by_hand = [
///     ("Foundry", "2025-10", 2.0 * (0.5 * 1.01_f64.powi(4) + 0.5)),
///     ("Fast", "2025-11", 3.0 * 1.01_f64.powi(3)),
///     ("Fast", "2025-10", 3.0 * 1.01_f64.powi(4)),
/// ];
/// assert_eq!(ways.len(), 3);
/// for ((name, place, cost), (foundry, month, usd)) in ways.into_iter().zip(by_hand) {
///     assert_eq!((name, place.as_str()), (foundry, month));
///     assert!((cost - usd).abs() < 1e-9);
/// }
/// # Ok::<(), wafercast::error::Error>(())
/// ```
pub fn candidates(chip: ChipId, ship: Month, job: &Job, as_of: Month) -> Vec<Candidate> {
    let terms_of_chip = &job.catalogue.chips[chip];
    let mut found = Vec::new();
    for foundry in job.catalogue.foundries_of(chip) {
        let terms = &job.catalogue.foundries[foundry];
        let good_per_wafer = good_chips_per_wafer(terms_of_chip, terms.yield_share);
        let latest = ship - job.wafers.assembly_months.cast_signed() - terms.lead_months.months();
        for place in (as_of + 1).to(latest) {
            if terms.last_day_to_place(place, terms_of_chip).is_none() {
                continue;
            }
            let early = latest - place;
            let capital = job.wafers.capital_rate_per_month.get();
            let wafer = effective_cost(
                terms.wafer_cost(),
                terms.prepayment_share.get(),
                capital,
                terms.lead_months.months(),
            ) * (1.0 + capital).powi(early);
            let cost_per_chip = wafer * (1.0 / good_per_wafer);
            found.push(Candidate { foundry, place, early, good_per_wafer, cost_per_chip });
        }
    }
    found.sort_by(|a, b| {
        let cost = a.cost_per_chip.dollars().total_cmp(&b.cost_per_chip.dollars());
        cost.then(b.place.cmp(&a.place)).then(a.foundry.cmp(&b.foundry))
    });
    found
}

/// Wafers ordered of each foundry in each month so far.
#[derive(Clone, Debug, Default)]
pub struct Placed(BTreeMap<(FoundryId, Month), i64>);

impl Placed {
    /// Orders `wafers` more in a candidate's month: whole lots, at least the minimum, as far as the monthly maximum goes.
    /// Returns how many more are ordered.
    pub fn add(&mut self, candidate: &Candidate, wafers: i64, job: &Job) -> i64 {
        let terms = &job.catalogue.foundries[candidate.foundry];
        let ordered = self.0.entry((candidate.foundry, candidate.place)).or_default();
        let before = *ordered;
        *ordered = lots(before + wafers, terms).max(before);
        *ordered - before
    }
}

/// Wafers to order for `net`: at least the minimum, whole lots, at most the monthly maximum; none for none.
pub(super) fn lots(net: i64, foundry: &Foundry) -> i64 {
    if net <= 0 {
        return 0;
    }
    let lot = i64::from(foundry.lot_wafers);
    let up = |wafers: i64| (wafers + lot - 1) / lot * lot;
    let wafers = up(net.max(i64::from(foundry.min_wafers)));
    foundry.max_wafers_per_month.map_or(wafers, |max| wafers.min(i64::from(max) / lot * lot))
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
        assert_eq!(lots(0, &foundry(25, 90, None)), 0);
        assert_eq!(lots(1, &foundry(25, 0, None)), 25);
        assert_eq!(lots(50, &foundry(25, 0, None)), 50);
        assert_eq!(lots(51, &foundry(25, 0, None)), 75);
        assert_eq!(lots(10, &foundry(25, 90, None)), 100);
        assert_eq!(lots(500, &foundry(25, 0, Some(210))), 200);
    }
}
