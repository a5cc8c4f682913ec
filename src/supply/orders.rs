//! Wafer orders: periodic review, order up to the critical-ratio quantile of cumulative demand.
//!
//! Timeline: order placed by the last day of month p -> chips in hand by the last day of p + lead -> machines ship from
//! p + lead + assembly on. A run decides the orders of the R months to the next run (review period). Those of ship month s
//! bring the supply up to the level S(s): the quantile, at the critical ratio, of demand from the first month ahead to s,
//! lead time plus review in all, taken from the path sums (Snyder and Shen, Fundamentals of Supply Chain Theory,
//! section 4.3.4: base stock over lead time plus review). Firm orders with a deposit are a floor. Orders that a later run
//! will decide are planned as that run would decide them if the mean came until then: up to the same quantile of what is still to
//! come from then on.

use crate::demand::Forecast;
use crate::domain::Month;
use crate::job::{ChipId, FoundryId, Job};
use crate::market::HORIZON;

use super::assembled::Assembled;
use super::committed::Committed;
use super::economics::{Economics, MixMachine};
use super::plan::{Basis, ChipPlan, Decision, Plan, ProposedOrder, Rule};
use super::requirement::Requirement;
use super::sourcing::{Candidate, Placed, candidates};

impl Plan {
    /// Proposes the orders of every chip: those to be decided now by the paths of the `base` forecast.
    pub fn new(basis: &Basis<'_>, base: &Forecast, scenarios: &[Forecast]) -> Self {
        let assembled = Assembled::new(basis.committed, base, &basis.job.catalogue);
        let of_chip = |chip| plan_chip(basis, base, chip, assembled.as_ref());
        let chips: Vec<ChipPlan> = basis.job.catalogue.chip_ids().map(of_chip).collect();
        let mut plan = Self { chips, orders: Vec::new() };
        let mut decided: Vec<ProposedOrder> = Vec::new();
        for chip in basis.job.catalogue.chip_ids() {
            let (found, short) = fill(basis, base, chip, &plan.chips[chip], None);
            plan.chips[chip].short_wafers = short;
            decided.extend(found);
        }
        for forecast in scenarios {
            let mut orders = Vec::new();
            if forecast.scenario == base.scenario {
                orders.clone_from(&decided);
            } else {
                for (chip, of) in basis.job.catalogue.chip_ids().zip(&plan.chips) {
                    orders.extend(fill(basis, forecast, chip, of, Some(&decided)).0);
                }
            }
            orders.sort_by_key(|o| (o.chip, o.place_by, o.foundry));
            plan.orders.push(orders);
        }
        plan
    }
}

/// First month ahead whose need counts: where supply is unknown, what nothing ordered now can reach is taken to be
/// covered.
fn counted_from(committed: &Committed, chip: ChipId) -> usize {
    if committed.known { 0 } else { committed.open_from[chip].min(HORIZON) }
}

fn ship_month(as_of: Month, h: usize) -> Month {
    (as_of + 1).plus(h)
}

fn plan_chip(basis: &Basis<'_>, base: &Forecast, chip: ChipId, assembled: Option<&Assembled>) -> ChipPlan {
    let Basis { job, as_of, committed, firm, values, errors, lost_share } = *basis;
    let models = job.catalogue.models_of(chip);
    let need =
        Requirement::new(base, firm, committed, (chip, &models), (counted_from(committed, chip), assembled));
    let review = as_of + job.wafers.review_months.cast_signed();
    let cheapest: Vec<Option<Candidate>> =
        (0..HORIZON).map(|h| candidates(chip, ship_month(as_of, h), job, as_of).first().copied()).collect();
    let window = (0..HORIZON).rfind(|h| cheapest[*h].is_some_and(|c| c.place <= review));
    let judged = window.unwrap_or(HORIZON - 1);
    let machine = MixMachine::new(base, &need, committed, &models, judged, (job, values));
    let economics: Vec<(FoundryId, Result<Economics, String>)> = job
        .catalogue
        .foundries_of(chip)
        .into_iter()
        .map(|place| {
            let terms = &job.catalogue.foundries[place];
            let of = (&job.catalogue.chips[chip], terms);
            let found = machine
                .clone()
                .map(|m| Economics::new(m, of, job, (&need, judged), (lost_share, errors[judged / 3])));
            (place, found)
        })
        .collect();
    let mut plan = ChipPlan { need, window, economics, levels: [0.0; HORIZON], short_wafers: [0; HORIZON] };
    let ended = models.iter().any(|model| committed.ends_before_orders(chip, *model).is_some());
    let mut level = 0.0_f64;
    for h in 0..HORIZON {
        if ended && h == committed.open_from[chip] {
            // What a model lacked at its end, before the first order can ship, is not needed any more.
            level = 0.0;
        }
        // A month that no order can reach is judged as the first that one can: its level must not be above what that asks for.
        let at = cheapest[h..].iter().flatten().next().and_then(|c| plan.at(c.foundry));
        let asked = match (at, seen_by(window, h, job)) {
            (Some(economics), None) => plan.need.quantile(h, economics.service_level),
            (Some(economics), Some(from)) => plan.need.seen_from(from, h, economics.service_level),
            (None, _) => plan.need.mean[h],
        };
        // Demand cannot be taken back: what is needed up to one month is needed up to the next.
        level = level.max(asked.max(plan.need.firm[h]));
        plan.levels[h] = level;
    }
    plan
}

/// Last month ahead that the run which decides the orders for month `h` has seen; `None` for those of this run, the last of which are for
/// the month `window`.
fn seen_by(window: Option<usize>, h: usize, job: &Job) -> Option<usize> {
    let later =
        h.checked_sub(window.map_or(0, |window| window + 1)).filter(|_| window.is_some_and(|w| h > w))?;
    let review = job.wafers.review_months as usize;
    Some(((later / review + 1) * review).min(h) - 1)
}

/// The levels in a scenario: as decided up to the window's end, then as far above its mean demand as in the base.
fn levels_in(basis: &Basis<'_>, forecast: &Forecast, chip: ChipId, plan: &ChipPlan) -> [f64; HORIZON] {
    let models = basis.job.catalogue.models_of(chip);
    let from = counted_from(basis.committed, chip);
    let assembled = Assembled::new(basis.committed, forecast, &basis.job.catalogue);
    let mean = Requirement::mean_of(forecast, basis.committed, (chip, &models), (from, assembled.as_ref()));
    std::array::from_fn(|h| match plan.window {
        Some(window) if h <= window => plan.levels[h],
        _ => plan.levels[h] + mean[h] - plan.need.mean[h],
    })
}

/// An order as it fills up.
struct Draft {
    candidate: Candidate,
    wafers: i64,
    /// Months ahead in which its chips first can ship: from then on they count, whatever month they were ordered for.
    ahead: usize,
    /// Last month that it was ordered for.
    through: usize,
    /// Good chips of the other orders when it was last added to.
    before: f64,
    net_wafers: i64,
    sourcing: String,
}

impl Draft {
    fn chips(&self) -> f64 {
        self.wafers as f64 * self.candidate.good_per_wafer
    }
}

/// Orders what is missing to each month's level of the cheapest good chips in time. `given` are the orders of the base
/// scenario: those of them that this run decides stand in every other scenario too, in which only later ones are planned.
pub(super) fn fill(
    basis: &Basis<'_>,
    forecast: &Forecast,
    chip: ChipId,
    plan: &ChipPlan,
    given: Option<&[ProposedOrder]>,
) -> (Vec<ProposedOrder>, [i64; HORIZON]) {
    let Basis { job, as_of, committed, .. } = *basis;
    let levels = levels_in(basis, forecast, chip, plan);
    let review = as_of + job.wafers.review_months.cast_signed();
    let own = given.unwrap_or_default().iter().filter(|o| o.chip == chip);
    let decided: Vec<&ProposedOrder> = own.filter(|o| o.decision == Decision::PlaceNow).collect();
    let chips_decided =
        |h| decided.iter().filter(|o| o.ahead(as_of) <= h).map(|o| o.good_chips()).sum::<f64>();
    let mut drafts: Vec<Draft> = Vec::new();
    let mut placed = Placed::default();
    let from = counted_from(committed, chip);
    for h in from..HORIZON {
        let mut ways = candidates(chip, ship_month(as_of, h), job, as_of);
        ways.retain(|way| given.is_none() || way.place > review);
        let foundries: std::collections::BTreeSet<FoundryId> = ways.iter().map(|way| way.foundry).collect();
        for (rank, way) in ways.iter().enumerate() {
            let all = chips_decided(h) + in_hand(&drafts, h);
            let missing = levels[h] - committed.arrived(chip, h) - all;
            let wafers = wafers_for(missing, way.good_per_wafer);
            if wafers <= 0 {
                break;
            }
            let more = placed.add(way, wafers, job);
            if more == 0 {
                continue;
            }
            let at = drafts
                .iter()
                .position(|d| d.candidate.foundry == way.foundry && d.candidate.place == way.place)
                .unwrap_or_else(|| {
                    drafts.push(Draft {
                        candidate: *way,
                        wafers: 0,
                        ahead: h - usize::try_from(way.early).unwrap_or(0),
                        through: h,
                        before: 0.0,
                        net_wafers: 0,
                        sourcing: sourcing(way, rank, foundries.len(), job),
                    });
                    drafts.len() - 1
                });
            // Whole lots beyond the need of an earlier month go towards this one's.
            let draft = &mut drafts[at];
            draft.before = all - draft.chips();
            draft.net_wafers = wafers_for(missing + draft.chips(), way.good_per_wafer);
            draft.wafers += more;
            if draft.through < h && way.early > 0 {
                let more = format!("; for {} too, {}", ship_month(as_of, h), early(way, job));
                draft.sourcing.push_str(&more);
            }
            draft.through = h;
        }
    }
    let short = std::array::from_fn(|h| {
        let cheapest = candidates(chip, ship_month(as_of, h), job, as_of).first().copied();
        cheapest.filter(|_| h >= from).map_or(0, |way| {
            let missing = levels[h] - committed.arrived(chip, h) - chips_decided(h) - in_hand(&drafts, h);
            wafers_for(missing, way.good_per_wafer)
        })
    });
    drafts.sort_by_key(|d| (d.candidate.place, d.candidate.foundry));
    let planned = drafts.iter().map(|draft| {
        let h = draft.through;
        let supplied = committed.arrived(chip, h) + chips_decided(h) + in_hand(&drafts, h);
        order(basis, chip, plan, draft, (levels[h], supplied))
    });
    let orders = decided.iter().copied().cloned().chain(planned).collect();
    (orders, short)
}

/// Good chips of the orders whose machines can ship by month `h`.
fn in_hand(drafts: &[Draft], h: usize) -> f64 {
    drafts.iter().filter(|d| d.ahead <= h).map(Draft::chips).sum()
}

/// Wafers that give `chips` good chips, rounded up but for rounding errors.
fn wafers_for(chips: f64, good_per_wafer: f64) -> i64 {
    super::requirement::whole_chips(chips / good_per_wafer) as i64
}

/// Why an order goes to this foundry in this month.
fn sourcing(way: &Candidate, rank: usize, foundries: usize, job: &Job) -> String {
    let price = format!("{:.2} USD a good chip with the cost of money", way.cost_per_chip.dollars());
    let mut text = match (rank, foundries) {
        (0, 1) => format!("the only foundry in time, {price}"),
        (0, _) => format!("the cheapest of {foundries} foundries in time, {price}"),
        _ => format!("takes what is above the monthly maximum of what is cheaper, {price}"),
    };
    if way.early > 0 {
        text.push_str("; ");
        text.push_str(&early(way, job));
    }
    text
}

/// Why an order is placed earlier than its ship month asks for.
fn early(way: &Candidate, job: &Job) -> String {
    let months = if way.early == 1 { "1 month".to_owned() } else { format!("{} months", way.early) };
    let terms = &job.catalogue.foundries[way.foundry];
    let chip = job.catalogue.find_chip(&terms.chip).map(|chip| &job.catalogue.chips[chip]);
    let closed = chip.is_some_and(|chip| terms.last_day_to_place(way.place + way.early, chip).is_none());
    let why = if closed { "no order can be placed later" } else { "later months are full or dearer" };
    format!("{months} early, {why}")
}

/// An order of its draft, judged at the last month that it was ordered for: the level there, and all chips that can
/// ship by then.
fn order(
    basis: &Basis<'_>,
    chip: ChipId,
    plan: &ChipPlan,
    draft: &Draft,
    (level, supplied): (f64, f64),
) -> ProposedOrder {
    let Basis { job, as_of, committed, .. } = *basis;
    let Candidate { foundry, place, good_per_wafer, .. } = draft.candidate;
    let terms = &job.catalogue.foundries[foundry];
    let h = draft.through;
    let exposure = plan.need.exposure(h, supplied);
    let now = place <= as_of + job.wafers.review_months.cast_signed();
    let economics = plan.at(foundry);
    let cost = terms.wafer_cost() * draft.wafers as f64;
    let lead = terms.lead_months.months();
    ProposedOrder {
        chip,
        foundry,
        place_by: terms.last_day_to_place(place, &job.catalogue.chips[chip]).unwrap_or(place.last_day()),
        decision: if now { Decision::PlaceNow } else { Decision::Planned },
        rule: if economics.is_some() { Rule::OrderUpTo } else { Rule::MeanNetRequirement },
        wafer_out: place + lead,
        ship_month: place + lead + job.wafers.assembly_months.cast_signed(),
        through: h,
        level,
        chips_on_hand: committed.on_hand[chip][..=h].iter().sum(),
        chips_on_order: committed.on_order[chip][..=h].iter().sum(),
        wafers_on_order: committed.wafers[chip][..=h].iter().sum(),
        chips_proposed: draft.before,
        net_wafers: draft.net_wafers,
        wafers: draft.wafers,
        lots: draft.wafers / i64::from(terms.lot_wafers),
        short_wafers: wafers_for(level - supplied, good_per_wafer),
        good_per_wafer,
        cost,
        prepayment: cost * terms.prepayment_share.get(),
        balance: cost * terms.prepayment_share.complement(),
        prob_short: exposure.prob_short,
        expected_excess_wafers: exposure.left / good_per_wafer,
        sourcing: draft.sourcing.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::Simulation;
    use crate::domain::Usd;
    use crate::ingest::Supply;
    use crate::market::{Path, Scenario};
    use crate::supply::{Salvage, Values};

    /// The miniature's chip from its cheap foundry alone, nothing in stock, five paths of 20, 40, 60, 80 and 100 machines
    /// a month.
    fn orders(level: &str, closing: &str) -> (Vec<ProposedOrder>, ChipPlan) {
        orders_beyond(0, "", level, closing)
    }

    /// The same with `chips` on hand, and a monthly maximum.
    fn orders_beyond(chips: u64, most: &str, level: &str, closing: &str) -> (Vec<ProposedOrder>, ChipPlan) {
        let text = include_str!("../../fixtures/miniature/job.toml")
            .replace("max_wafers_per_month = 20", "max_wafers_per_month = 20\nuntil = 2025-01-01")
            .replace("last_order = 2026-03-31", closing)
            .replace("lot_wafers = 5", &format!("lot_wafers = 5\n{most}"))
            .replace("review_months = 3", &format!("review_months = 3\n{level}"));
        let job = Job::parse(&text, std::path::Path::new("job.toml")).unwrap();
        let as_of: Month = "2025-09".parse().unwrap();
        let market = Path { price: [1.0; HORIZON], difficulty: [1.0; HORIZON], hashprice: [1.0; HORIZON] };
        let mut base = Forecast::fixed(Scenario::Base, vec![[60; HORIZON]], market);
        let paths: Vec<_> = [20, 40, 60, 80, 100].map(|machines| vec![[machines; HORIZON]]).into();
        base.simulation = Simulation::given(&paths, market);
        let supply =
            Supply { machines: vec![0], chips: vec![chips], dies: vec![0], known: true, ..Supply::default() };
        let committed = Committed::new(&supply, &job, as_of);
        let (list, firm) = ([Some(Usd::new(1000.0))], [[0; HORIZON]]);
        let salvage = |_: usize, _: &Path, _: usize| Salvage { clearance: Usd::ZERO, mining: Usd::ZERO };
        let values = Values { list: &list, expected: &list, salvage: &salvage, room: None };
        let basis = Basis {
            job: &job,
            as_of,
            committed: &committed,
            firm: &firm,
            values,
            errors: [9; 4],
            lost_share: 0.3,
        };
        let mut plan = Plan::new(&basis, &base, std::slice::from_ref(&base));
        (plan.orders.remove(0), plan.chips.remove(0))
    }

    #[test]
    fn order_up_to_worked_by_hand() {
        // Lead 4, assembly 1: the first machines ship in month 6, the last that this run decides in month 8. 60% of five
        // paths are met by the third, 60 machines of 100 chips a month: levels 36,000, 42,000 and 48,000. A wafer has 500
        // good chips, a lot 5 wafers: 72 -> 75; (42,000 - 37,500) / 500 = 9 -> 10; (48,000 - 42,500) / 500 = 11 -> 15.
        let (orders, plan) = orders("service_level = 0.6", "");
        let now: Vec<_> = orders.iter().filter(|o| o.decision == Decision::PlaceNow).collect();
        assert_eq!(now.iter().map(|o| o.level).collect::<Vec<_>>(), [36_000.0, 42_000.0, 48_000.0]);
        assert_eq!(
            now.iter().map(|o| (o.net_wafers, o.wafers)).collect::<Vec<_>>(),
            [(72, 75), (9, 10), (11, 15)]
        );
        // 37,500 chips for 12,000, 24,000, 36,000, 48,000 and 60,000: two of five short; 25,500, 13,500 and 1,500 left,
        // 8,100 on average or 16.2 wafers.
        assert!((now[0].prob_short - 0.4).abs() < 1e-12);
        assert!((now[0].expected_excess_wafers - 16.2).abs() < 1e-9);
        assert_eq!(plan.window, Some(7));
        // The next run sees three months at the mean of 60 and orders up to the third path of what is still to come, 60 a month: 9 to 12
        // months of 6,000 chips.
        assert_eq!(plan.levels[8..], [54_000.0, 60_000.0, 66_000.0, 72_000.0]);
    }

    #[test]
    fn planned_orders_follow_the_service_level_of_those_decided() {
        // At 20% the first path is ordered for, 20 machines a month: 12,000 chips for month 6, 16,000 by month 8. The next run decides months 9 to
        // 11. It has seen 3 at the mean, 18,000, and 20 a month are to come: 18,000 + 2,000 x 6 = 30,000 for month 9. The one after it
        // decides month 12 and has seen 6: 36,000 + 2,000 x 6.
        let (_, plan) = orders("service_level = 0.2", "");
        assert_eq!(plan.levels[5..8], [12_000.0, 14_000.0, 16_000.0]);
        assert_eq!(plan.levels[8..], [30_000.0, 32_000.0, 34_000.0, 48_000.0]);
    }

    #[test]
    fn wafers_added_for_a_later_month_count_from_the_month_in_which_they_are_in_hand() {
        // As above with 35,000 chips on hand and 10 wafers a month at most. Month 6: (36,000 - 35,000) / 500 = 2 -> 5 in
        // October. Month 7: (42,000 - 37,500) / 500 = 9 -> 10 in November. Month 8: (48,000 - 42,500) / 500 = 11, of which
        // December takes 10; the last goes to October, whose 10 wafers are now judged at month 8.
        let (orders, plan) = orders_beyond(35_000, "max_wafers_per_month = 10", "service_level = 0.6", "");
        let found =
            orders.iter().take(3).map(|o| (o.through, o.level, o.chips_proposed, o.net_wafers, o.wafers));
        assert_eq!(
            found.collect::<Vec<_>>(),
            [
                (7, 48_000.0, 10_000.0, 6, 10), // (48,000 - 35,000 - 10,000) / 500 = 6
                (6, 42_000.0, 2_500.0, 9, 10),
                (7, 48_000.0, 7_500.0, 11, 10),
            ]
        );
        // All 30 wafers are in hand for month 8: 50,000 chips. November's month 7 has October's ten and its own, 45,000:
        // two of five paths need more (14,000, 28,000, 42,000, 56,000 and 70,000); 31,000, 17,000 and 3,000 are left.
        assert_eq!(orders.iter().take(3).map(|o| o.short_wafers).collect::<Vec<_>>(), [0, 0, 0]);
        assert!((orders[1].prob_short - 0.4).abs() < 1e-12, "{}", orders[1].prob_short);
        assert!((orders[1].expected_excess_wafers - 51_000.0 / 5.0 / 500.0).abs() < 1e-9);
        // 10 wafers a month are 50 machines of 60: month 11 needs 66,000 of 65,000 chips, month 12 72,000 of 70,000.
        assert_eq!(plan.short_wafers[..10], [0; 10]);
        assert_eq!(plan.short_wafers[10..], [2, 4]);
    }

    #[test]
    fn the_critical_ratio_sets_the_level() {
        // Chips 200 USD, half prepaid: 200 (0.5 x 1.01^4 + 0.5) = 204.06. Cu = 0.3 x 795.94 = 238.78, Co = 204.06:
        // 0.5392, the third of five paths.
        let (_, plan) = orders("", "");
        let economics = plan.at(FoundryId(1)).unwrap();
        assert!((economics.critical_ratio - 238.781_8 / 442.842_2).abs() < 1e-6, "{economics:?}");
        assert_eq!(plan.levels[7], 48_000.0);
        // A machine short that costs 100 more: 338.78 of 542.84, 0.6241, which the fourth of five paths meets.
        let (_, plan) = orders("shortage_penalty_usd = 100", "");
        let economics = plan.at(FoundryId(1)).unwrap();
        assert!((economics.critical_ratio - 338.781_8 / 542.842_2).abs() < 1e-6, "{economics:?}");
        assert_eq!(plan.levels[7], 64_000.0);
    }

    #[test]
    fn the_last_order_covers_all_that_is_still_to_come() {
        // Orders end with October: its one order serves ship months 6 to 12, up to 60% of the paths' twelve months.
        let (orders, _) = orders("service_level = 0.6", "last_order = 2025-10-31");
        assert_eq!(orders.len(), 1);
        assert_eq!((orders[0].level, orders[0].wafers), (72_000.0, 145));
        assert!(orders[0].sourcing.contains("no order can be placed later"), "{}", orders[0].sourcing);
    }
}
