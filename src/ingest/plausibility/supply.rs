//! Wafer orders against the terms of their foundry, and against each other.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Place, Severity};
use crate::ingest::exports::supply::{Supply, WaferOrder};
use crate::ingest::rows::reading::Reading;
use crate::job::{Foundry, Job, good_chips_per_wafer};

use super::known::Known;

/// What was paid on a wafer, over its whole price: 1 at most with honest makers, who pay in advance what the terms say; 5
/// at least where the payment is ten times too large or wafers are counted in lots.
const MOST_PAID: f64 = 2.0;

/// What was paid on a wafer, over the prepayment of the terms, where anything was: 1 with honest makers, a tenth where
/// wafers are ten times too many.
const LEAST_PAID: f64 = 0.25;

/// The same, from which on it is told: 1 with honest makers, 2/3 where wafers are half as many again.
const PAID_IN_FULL: f64 = 0.9;

/// Good chips of a wafer at the order's own yield, over those at the terms': a yield of another number of figures.
const LEAST_YIELD: f64 = 0.5;

/// Months by which a wafer order may be due after its lead time: 1.1 at most with honest makers, 12 where a year is wrong.
const LATE_MONTHS: f64 = 6.0;

/// Share of its lead time that a wafer order takes at least, where it is more than so many months shorter.
const LEAST_LEAD: f64 = 0.5;
const SHORTER_MONTHS: f64 = 1.5;

/// Days in a month.
const MONTH_DAYS: f64 = 365.25 / 12.0;

/// Days by which equal instalments are apart at most by more than others.
const EVEN_DAYS: i64 = 5;

/// Days between two orders alike in all but their days, within which the second is a copy: of placing, and of coming in.
/// Makers who order every week place theirs 7 days apart.
const COPIED_PLACED_DAYS: i64 = 3;
const COPIED_DUE_DAYS: i64 = 21;

/// Days between two instalments of an order, at least, where orders are regularly split.
const INSTALMENT_DAYS: i64 = 10;

/// Wafers on order of all chips over the maker's best year of orders: 0.81 at most with honest makers, 2.2 where wafers are
/// ten times too many.
const ON_ORDER_YEARS: f64 = 1.3;

/// Rows named of many.
const SHOWN: usize = 5;

/// Checks the wafer orders of supply.
pub(in crate::ingest) fn check(reading: &mut Reading<'_>, job: &Job, known: Known<'_>, place: &Place) {
    let Some(supply) = known.supply else { return };
    paid(reading, job, supply, place);
    yields(reading, job, supply, place);
    dates(reading, job, supply, place);
    twice(reading, job, supply, place);
    copied(reading, job, supply, place);
    lots(reading, job, supply, place);
    all_on_order(reading, job, known, supply, place);
}

/// The row of a wafer order, for a message.
fn row(job: &Job, order: &WaferOrder) -> String {
    let chip = job.catalogue.chips[order.chip].name();
    format!("{} wafers of {chip} from {} placed {}", order.wafers, order.foundry, order.placed)
}

/// The terms that an order may have been placed on: of its foundry for its chip, else of all for the chip.
fn terms<'a>(job: &'a Job, order: &WaferOrder) -> Vec<&'a Foundry> {
    let catalogue = &job.catalogue;
    let all: Vec<&Foundry> =
        catalogue.foundries_of(order.chip).into_iter().map(|f| &catalogue.foundries[f]).collect();
    let own: Vec<&Foundry> = all.iter().copied().filter(|f| f.name() == order.foundry).collect();
    if own.is_empty() { all } else { own }
}

fn extreme(values: impl Iterator<Item = f64>, by: fn(f64, f64) -> f64) -> Option<f64> {
    values.reduce(by)
}

/// The first few of many.
fn listed(items: &[String]) -> String {
    let more =
        if items.len() > SHOWN { format!("; and {} more", items.len() - SHOWN) } else { String::new() };
    items.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ") + &more
}

fn paid(reading: &mut Reading<'_>, job: &Job, supply: &Supply, place: &Place) {
    let (mut dear, mut cheap, mut less) = (Vec::new(), Vec::new(), Vec::new());
    for order in supply.orders.iter().chain(&supply.received) {
        let of = terms(job, order);
        let cost = |f: &&Foundry| f.wafer_cost_usd.get();
        let Some(most) = extreme(of.iter().map(cost), f64::max) else { continue };
        let ahead = of.iter().map(|f| cost(f) * f.prepayment_share.get());
        let least = extreme(ahead, f64::min).unwrap_or(0.0);
        let each = order.prepaid.dollars() / f64::from(order.wafers);
        let reported = |price: f64| {
            let prepaid = order.prepaid.dollars();
            format!(
                "{}: {prepaid:.0} USD prepaid is {each:.0} USD a wafer, by the terms {price:.0} USD",
                row(job, order)
            )
        };
        if each > MOST_PAID * most {
            dear.push(reported(most));
        } else if each > 0.0 && each < LEAST_PAID * least {
            cheap.push(reported(least));
        } else if each > 0.0 && each < PAID_IN_FULL * least {
            less.push(reported(least));
        }
    }
    for (severity, rows, reason) in [
        (
            Severity::Error,
            dear,
            "more was prepaid than twice the whole price of the wafers: are they counted in lots, or is prepaid_usd wrong?",
        ),
        (
            Severity::Error,
            cheap,
            "less was prepaid than a quarter of what the foundry takes in advance: are the wafers too many, or are they chips or dies?",
        ),
        (
            Severity::Warning,
            less,
            "less was prepaid than the foundry takes in advance: are the wafers too many, or are the foundry's terms in the job newer than the order?",
        ),
    ] {
        if !rows.is_empty() {
            let reason = format!("{reason} {}", listed(&rows));
            reading.check(Code::OddWafers, severity, place.clone(), reason);
        }
    }
}

fn yields(reading: &mut Reading<'_>, job: &Job, supply: &Supply, place: &Place) {
    let mut rows = Vec::new();
    for order in supply.orders.iter().filter(|order| order.yield_share.is_some()) {
        let chip = &job.catalogue.chips[order.chip];
        let terms = terms(job, order).into_iter().map(|f| good_chips_per_wafer(chip, f.yield_share));
        let (own, terms) = (good_chips_per_wafer(chip, order.yield_share), extreme(terms, f64::min));
        if let Some(terms) = terms.filter(|terms| own < LEAST_YIELD * terms) {
            rows.push(format!("{}: {own:.0} good chips a wafer, by the terms {terms:.0}", row(job, order)));
        }
    }
    if !rows.is_empty() {
        let reason = format!("wafer orders yield less than half of what the job says: {}", listed(&rows));
        reading.check(Code::OddWafers, Severity::Warning, place.clone(), reason);
    }
}

fn dates(reading: &mut Reading<'_>, job: &Job, supply: &Supply, place: &Place) {
    let mut rows = Vec::new();
    for order in supply.orders.iter().chain(&supply.received).chain(&supply.overdue) {
        let months = (order.due - order.placed).num_days() as f64 / MONTH_DAYS;
        let lead = |f: &&Foundry| f64::from(f.lead_months.months());
        let of = terms(job, order);
        let (Some(least), Some(most)) =
            (extreme(of.iter().map(lead), f64::min), extreme(of.iter().map(lead), f64::max))
        else {
            continue;
        };
        let short = months < LEAST_LEAD * least && least - months > SHORTER_MONTHS;
        if months > most + LATE_MONTHS || short {
            let lead = if short { least } else { most };
            rows.push(format!(
                "{} is due {}, {months:.1} months after it was placed, the terms say {lead:.0}",
                row(job, order),
                order.due
            ));
        }
    }
    if !rows.is_empty() {
        let reason = format!(
            "wafer orders whose dates do not fit the foundry's lead time: is the year of date or due_date right? {}",
            listed(&rows)
        );
        reading.check(Code::OddWafers, Severity::Warning, place.clone(), reason);
    }
}

/// Orders alike in all but the day due: an order that was given a new day, left in with the old one. Three or more that
/// are due in even steps are instalments, and so are pairs of several orders with one and the same step.
fn twice(reading: &mut Reading<'_>, job: &Job, supply: &Supply, place: &Place) {
    let mut likes: BTreeMap<_, Vec<&WaferOrder>> = BTreeMap::new();
    for order in all(supply) {
        likes.entry((order.placed, kind(order))).or_default().push(order);
    }
    let mut pairs = Vec::new();
    for orders in likes.values_mut() {
        orders.sort_by_key(|order| order.due);
        orders.dedup_by_key(|order| order.due);
        let steps: Vec<i64> = orders.windows(2).map(|pair| (pair[1].due - pair[0].due).num_days()).collect();
        let even = steps.iter().max().zip(steps.iter().min()).is_some_and(|(a, b)| a - b <= EVEN_DAYS);
        if orders.len() < 2 || (orders.len() > 2 && even) {
            continue;
        }
        let due: Vec<String> = orders.iter().map(|order| order.due.to_string()).collect();
        let step = if orders.len() == 2 { steps.first().copied() } else { None };
        pairs.push((step, format!("{} is due {}", row(job, orders[0]), due.join(" and "))));
    }
    let regular = |step: &i64| {
        let alike = pairs.iter().filter(|(other, _)| other.is_some_and(|o| (o - step).abs() <= EVEN_DAYS));
        *step >= INSTALMENT_DAYS && alike.count() >= 2
    };
    let rows: Vec<String> = pairs
        .iter()
        .filter(|(step, _)| !step.as_ref().is_some_and(regular))
        .map(|(_, reported)| reported.clone())
        .collect();
    if !rows.is_empty() {
        let reason = format!(
            "wafer orders with the same day of placing, wafers and prepayment stand there for several due dates, and count each time: was a new due date added and the old row left? {}",
            listed(&rows)
        );
        reading.check(Code::CopiedOrders, Severity::Warning, place.clone(), reason);
    }
}

/// Every wafer order, come in or not.
fn all(supply: &Supply) -> impl Iterator<Item = &WaferOrder> {
    supply.orders.iter().chain(&supply.received).chain(&supply.overdue)
}

/// What copies of an order have in common.
fn kind(order: &WaferOrder) -> (usize, String, u32, u64) {
    (order.chip.0, order.foundry.to_lowercase(), order.wafers, order.prepaid.dollars().to_bits())
}

/// Orders alike in all but days that are next to each other: one order, entered twice.
fn copied(reading: &mut Reading<'_>, job: &Job, supply: &Supply, place: &Place) {
    let mut likes: BTreeMap<_, Vec<&WaferOrder>> = BTreeMap::new();
    for order in all(supply) {
        likes.entry(kind(order)).or_default().push(order);
    }
    let (mut rows, mut wafers) = (Vec::new(), 0);
    for orders in likes.values_mut() {
        orders.sort_by_key(|order| (order.placed, order.due));
        for pair in orders.windows(2) {
            let placed = (pair[1].placed - pair[0].placed).num_days();
            let due = (pair[1].due - pair[0].due).num_days().abs();
            if (1..=COPIED_PLACED_DAYS).contains(&placed) && due <= COPIED_DUE_DAYS {
                wafers += u64::from(pair[1].wafers);
                rows.push(format!(
                    "{} due {} and placed {} due {}",
                    row(job, pair[0]),
                    pair[0].due,
                    pair[1].placed,
                    pair[1].due
                ));
            }
        }
    }
    if !rows.is_empty() {
        let reason = format!(
            "{wafers} wafers stand there twice, with the same prepayment and days of placing and coming in next to each other, and count each time: take the copies out, or confirm that each was ordered: {}",
            listed(&rows)
        );
        reading.check(Code::CopiedOrders, Severity::Warning, place.clone(), reason);
    }
}

/// Orders of less than a lot: a foundry starts whole lots.
fn lots(reading: &mut Reading<'_>, job: &Job, supply: &Supply, place: &Place) {
    let mut rows = Vec::new();
    for order in &supply.orders {
        let terms = terms(job, order);
        let lot = terms.iter().map(|f| f.lot_wafers).min();
        // What was paid for them is reported already where it fits no such number of wafers.
        let dearest = terms.iter().map(|f| f.wafer_cost().dollars()).fold(0.0, f64::max);
        let reported = order.prepaid.dollars() > MOST_PAID * dearest * f64::from(order.wafers);
        if let Some(lot) = lot.filter(|lot| order.wafers < *lot && !reported) {
            rows.push(format!("{} due {}, a lot is {lot}", row(job, order), order.due));
        }
    }
    if !rows.is_empty() {
        let reason = format!(
            "{} of {} wafer orders are of less than one lot of their foundry: are wafers counted in lots? {}",
            rows.len(),
            supply.orders.len(),
            listed(&rows)
        );
        reading.check(Code::OddWafers, Severity::Warning, place.clone(), reason);
    }
}

/// All wafers on order against the maker's best year.
fn all_on_order(reading: &mut Reading<'_>, job: &Job, known: Known<'_>, supply: &Supply, place: &Place) {
    let catalogue = &job.catalogue;
    let mut chips: BTreeMap<crate::domain::Month, f64> = BTreeMap::new();
    for lot in &known.ledger.lots {
        let each = f64::from(catalogue.model(lot.terms.model).chips_per_machine);
        *chips.entry(lot.terms.signed).or_default() += lot.quantity as f64 * each;
    }
    // Of a maker that has just begun no year is known.
    if chips.keys().next().is_none_or(|first| *first > known.ledger.as_of - 11) {
        return;
    }
    let good = |order: &WaferOrder| {
        f64::from(order.wafers) * good_chips_per_wafer(&catalogue.chips[order.chip], order.yield_share)
    };
    let wafers: u64 = supply.orders.iter().map(|order| u64::from(order.wafers)).sum();
    let years = supply.orders.iter().map(good).sum::<f64>() / super::stock::best_year(&chips);
    if years > ON_ORDER_YEARS {
        let reason = format!(
            "{wafers} wafers are on order in all, enough for {years:.1} times the maker's best year of orders: are they wafers, and is each order there once?"
        );
        reading.check(Code::OddStock, Severity::Warning, place.clone(), reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use chrono::NaiveDate;

    use crate::domain::{Month, Usd};
    use crate::ingest::{Builder, Order};
    use crate::job::ChipId;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Of `Foundry`: 4 months, half of 1,000 USD a wafer paid ahead, lots of 5; a wafer has 500 good chips.
    fn wafers(placed: &str, due: &str, wafers: u32) -> WaferOrder {
        WaferOrder {
            chip: ChipId(0),
            due: day(due),
            placed: day(placed),
            foundry: "Foundry".to_owned(),
            wafers,
            prepaid: Usd::new(500.0 * f64::from(wafers)),
            yield_share: None,
        }
    }

    /// What is told as of September 2025 of wafer orders, of a maker that signed 10 machines of 64 chips in a month.
    fn told(orders: Vec<WaferOrder>, signed: &str, lead: u32) -> Vec<String> {
        let text = include_str!("../../../fixtures/miniature/job.toml")
            .replace("lead_months = 4", &format!("lead_months = {lead}"));
        let job = Job::parse(&text, std::path::Path::new("job.toml")).unwrap();
        let as_of = day("2025-09-30");
        let mut builder = Builder::new(as_of, false, None);
        let signed = day(signed);
        builder.add(&Order { signed, quantity: 1000, start: Month::of(signed) + 1, ..Order::usual() });
        let ledger = builder.finish();
        let supply = Supply { orders, known: true, ..Supply::default() };
        let known = Known { ledger: &ledger, inventory: None, supply: Some(&supply), as_of };
        let mut reading = Reading::new(&job.checks, 0);
        check(&mut reading, &job, known, &Place::default());
        assert_eq!(reading.problems, [], "nothing here stops the run");
        reading.warnings.iter().map(|warning| warning.reason.clone()).collect()
    }

    fn one(orders: Vec<WaferOrder>, lead: u32) -> String {
        let found = told(orders, "2024-01-10", lead);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    }

    #[test]
    fn orders_that_fit_their_terms_are_not_told() {
        let orders = vec![wafers("2025-07-01", "2025-11-01", 10), wafers("2025-08-01", "2025-12-01", 10)];
        assert_eq!(told(orders, "2024-01-10", 4), Vec::<String>::new());
    }

    /// 49 days are 1.6 months, less than half of four; a year and ten months are six and more beyond it. A month of a lead time of two is
    /// less than half of it, and no wrong year.
    #[test]
    fn dates_are_held_against_the_lead_time() {
        let short = one(vec![wafers("2025-08-20", "2025-10-08", 10)], 4);
        assert!(
            short.contains("is due 2025-10-08, 1.6 months after it was placed, the terms say 4"),
            "{short}"
        );
        let late = one(vec![wafers("2025-08-20", "2026-08-20", 10)], 4);
        assert!(
            late.contains("is due 2026-08-20, 12.0 months after it was placed, the terms say 4"),
            "{late}"
        );
        assert_eq!(told(vec![wafers("2025-09-10", "2025-10-06", 10)], "2024-01-10", 2), Vec::<String>::new());
        // 2.3 months are more than half of four, though 1.7 less.
        assert_eq!(told(vec![wafers("2025-08-20", "2025-10-29", 10)], "2024-01-10", 4), Vec::<String>::new());
    }

    /// An order with two due dates is a new date beside the old one; two orders that both have a second one 30 days later are split.
    #[test]
    fn one_order_due_twice_is_told_and_instalments_are_not() {
        let twice =
            |placed: &str, first: &str, then: &str| vec![wafers(placed, first, 10), wafers(placed, then, 10)];
        let found = one(twice("2025-07-01", "2025-11-01", "2025-12-01"), 4);
        assert!(
            found.starts_with("wafer orders with the same day of placing")
                && found.ends_with(
                    "10 wafers of CHIP from Foundry placed 2025-07-01 is due 2025-11-01 and 2025-12-01"
                ),
            "{found}"
        );
        let mut both = twice("2025-07-01", "2025-11-01", "2025-12-01");
        both.extend(twice("2025-08-01", "2025-12-01", "2025-12-31"));
        assert_eq!(told(both, "2024-01-10", 4), Vec::<String>::new());
    }

    /// Placed a day apart and due ten days apart: entered twice. Due 60 days apart, or placed a week apart: another order.
    #[test]
    fn an_order_entered_twice_is_told() {
        let pair =
            |placed: &str, due: &str| vec![wafers("2025-07-01", "2025-11-01", 10), wafers(placed, due, 10)];
        assert!(one(pair("2025-07-02", "2025-11-11"), 4).starts_with("10 wafers stand there twice"));
        for (placed, due) in [("2025-07-02", "2025-12-31"), ("2025-07-08", "2025-11-08")] {
            assert_eq!(told(pair(placed, due), "2024-01-10", 4), Vec::<String>::new(), "{placed}");
        }
    }

    #[test]
    fn less_than_a_lot_is_told() {
        let found = one(vec![wafers("2025-07-01", "2025-11-01", 4)], 4);
        assert!(
            found.starts_with("1 of 1 wafer orders are of less than one lot of their foundry"),
            "{found}"
        );
        assert!(
            found.ends_with("4 wafers of CHIP from Foundry placed 2025-07-01 due 2025-11-01, a lot is 5"),
            "{found}"
        );
    }

    /// The best year needs 64,000 chips: 128 wafers. 170 are 1.33 times that, 165 are 1.29. Of a maker that began less than a year ago no
    /// year is known.
    #[test]
    fn wafers_on_order_are_held_against_the_best_year() {
        let all =
            |wafers_of, signed: &str| told(vec![wafers("2025-07-01", "2025-11-01", wafers_of)], signed, 4);
        assert!(
            all(170, "2024-10-10")[0].starts_with("170 wafers are on order in all, enough for 1.3 times")
        );
        assert_eq!(all(165, "2024-10-10"), Vec::<String>::new());
        assert_eq!(all(170, "2024-11-10"), Vec::<String>::new());
    }
}
