//! What no file shows alone: exports that do not fit each other, the job or the as-of date.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Place, Severity};
use crate::domain::Month;
use crate::job::Job;

use super::files::Locations;
use super::read::Known;
use super::reading::Reading;

/// Days by which a count of stock may be older than the as-of date.
const STALE_COUNT_DAYS: i64 = 31;

/// Order lines a month on average over the year before, below which a month without any is nothing strange.
const USUAL_LINES: u64 = 36;

/// Runs every check across files.
pub(super) fn across(reading: &mut Reading<'_>, locations: &Locations, job: &Job, known: Known<'_>) {
    let place = |name: &str| {
        locations.of(name).and_then(|l| l.files.first()).map(|f| Place::file(f)).unwrap_or_default()
    };
    absent(reading, known);
    late_export(reading, known, place("futures_orders"));
    stale_counts(reading, known, &place);
    orders(reading, job, known, &place);
    supply(reading, job, known, &place("supply"));
    never_shipped(reading, job, known, &place("channel_inventory"));
}

fn absent(reading: &mut Reading<'_>, known: Known<'_>) {
    let mut say =
        |text: &str| reading.check(Code::NoData, Severity::Warning, Place::default(), text.to_owned());
    if known.inventory.is_none_or(<[_]>::is_empty) {
        say("channel_inventory is absent or empty: channel data is empty, channel cover is not known");
    }
    if !known.ledger.shipments_known() {
        say("shipments is absent: deliveries are taken from the contract schedule");
    }
    match known.supply {
        None => say(
            "supply is absent: stock on hand and open wafer orders count as none, and shipments are not limited by supply",
        ),
        Some(supply) if !supply.known => say(
            "supply has no count of machines or chips up to the as-of date: stock is not known, and shipments are not limited by supply",
        ),
        Some(_) => {}
    }
}

/// One file given as two exports, or twice as one. Hashprice and difficulty may come from one file.
pub(super) fn same_twice(reading: &mut Reading<'_>, locations: &Locations) {
    let place = |name: &str| {
        locations.of(name).and_then(|l| l.files.first()).map(|f| Place::file(f)).unwrap_or_default()
    };
    let market = |name: &str| matches!(name, "hashprice" | "difficulty");
    let mut found = Vec::new();
    for (i, a) in reading.files.iter().enumerate() {
        for b in reading.files.iter().skip(i + 1) {
            let both_market = market(a.export) && market(b.export) && a.export != b.export;
            if a.sha256 == b.sha256 && a.rows_used > 0 && !both_market {
                let reason =
                    format!("`{}` of {} is the same file as `{}` of {}", b.file, b.export, a.file, a.export);
                found.push((place(b.export), reason));
            }
        }
    }
    for (place, reason) in found {
        reading.check(Code::SameExportTwice, Severity::Error, place, reason);
    }
}

/// A month without any order after a year of orders in every month is an export that came too early.
fn late_export(reading: &mut Reading<'_>, known: Known<'_>, place: Place) {
    let lines = |month: Month| -> u64 {
        known.ledger.lots.iter().filter(|l| l.terms.signed == month).map(|l| l.orders).sum()
    };
    let last = known.month();
    let before: Vec<u64> = (last - 12).to(last - 1).map(lines).collect();
    let total: u64 = before.iter().sum();
    if lines(last) == 0 && before.iter().all(|n| *n > 0) && total >= USUAL_LINES {
        let reason = format!(
            "has no order signed in {last}, after {total} in the twelve months before: the export may have been made too early"
        );
        reading.check(Code::LateExport, Severity::Warning, place, reason);
    }
}

fn stale_counts(reading: &mut Reading<'_>, known: Known<'_>, place: &dyn Fn(&str) -> Place) {
    let newest = known.inventory.and_then(|i| i.last()).map(|s| s.date);
    let counted = known.supply.and_then(|s| s.counted);
    for (name, newest) in [("channel_inventory", newest), ("supply", counted)] {
        if let Some(newest) = newest
            && (known.as_of - newest).num_days() > STALE_COUNT_DAYS
        {
            let days = (known.as_of - newest).num_days();
            let reason = format!("its newest count is of {newest}, {days} days before {}", known.as_of);
            reading.check(Code::StaleCount, Severity::Warning, place(name), reason);
        }
    }
}

fn orders(reading: &mut Reading<'_>, job: &Job, known: Known<'_>, place: &dyn Fn(&str) -> Place) {
    let oddities = &known.ledger.oddities;
    let unknown = known.ledger.shipped.as_ref().map_or(0, |s| s.of_unknown_orders);
    if unknown > 0 {
        let reason = format!("{unknown} machines were shipped for orders that are not in futures_orders");
        reading.check(Code::UnknownOrder, Severity::Warning, place("shipments"), reason);
    }
    if oddities.delivery_before_signature.count > 0 {
        let reason = format!(
            "{} before the order was signed",
            oddities
                .delivery_before_signature
                .told("delivery is due or was made", "deliveries are due or were made")
        );
        reading.check(Code::DeliveryBeforeSignature, Severity::Warning, place("futures_orders"), reason);
    }
    ship_months(reading, job, known, place);
}

/// Contracts due in months in which the job says that their model does not ship.
fn ship_months(reading: &mut Reading<'_>, job: &Job, known: Known<'_>, place: &dyn Fn(&str) -> Place) {
    let now = known.month();
    for id in job.catalogue.ids() {
        let model = job.catalogue.model(id);
        let (launch, last) = (model.launch, model.end_of_life);
        let (mut early, mut late) = (0, 0);
        for lot in known.ledger.lots.iter().filter(|lot| lot.terms.model == id) {
            if known.ledger.state(lot, now) != super::State::Open {
                continue;
            }
            // What left counts against the batches that were due first.
            let left: u64 = known.ledger.shipped(lot, now).values().sum();
            let by = if last > now { lot.due_by(last) } else { 0 };
            late += lot.quantity.saturating_sub(left.max(by));
            if launch > now + 1 {
                early += lot.due_by(launch - 1).saturating_sub(left);
            }
        }
        let chips = |machines: u64| {
            format!(
                "{} chips of {} built into them",
                machines * u64::from(model.chips_per_machine),
                model.chip
            )
        };
        if late > 0 {
            let reason = format!(
                "{late} machines of {} are due after {last}, its end of life in the job: they are neither forecast to ship nor ordered wafers for ({})",
                model.name(),
                chips(late)
            );
            reading.check(Code::AfterEndOfLife, Severity::Warning, place("futures_orders"), reason);
        }
        if early > 0 {
            let reason = format!(
                "{early} machines of {} are due before {launch}, its launch in the job: they are forecast to ship from then on ({})",
                model.name(),
                chips(early)
            );
            reading.check(Code::BeforeLaunch, Severity::Warning, place("futures_orders"), reason);
        }
    }
}

fn supply(reading: &mut Reading<'_>, job: &Job, known: Known<'_>, place: &Place) {
    let Some(supply) = known.supply else { return };
    let late: Vec<String> = supply
        .received
        .iter()
        .filter(|order| {
            supply.counted.is_none_or(|counted| (counted - order.due).num_days() < STALE_COUNT_DAYS)
        })
        .map(|o| format!("{} wafers of {} due {}", o.wafers, job.catalogue.chips[o.chip].name(), o.due))
        .collect();
    if !late.is_empty() {
        let reason = format!(
            "wafer orders due by the as-of date count as received and paid: {}; give a later due_date to what has not come",
            late.join(", ")
        );
        reading.check(Code::OverdueWafers, Severity::Warning, place.clone(), reason);
    }
    let foundries: BTreeSet<(&str, &str)> =
        job.catalogue.foundries.iter().map(|f| (f.name(), f.chip.as_str())).collect();
    for order in &supply.orders {
        let chip = job.catalogue.chips[order.chip].name();
        if !foundries.contains(&(order.foundry.as_str(), chip)) {
            let reason = format!(
                "{} wafers of {chip} are on order at `{}`, whose terms are not in the job: their balance is reckoned at another foundry's price",
                order.wafers, order.foundry
            );
            reading.check(Code::UnknownFoundry, Severity::Warning, place.clone(), reason);
        }
    }
}

fn never_shipped(reading: &mut Reading<'_>, job: &Job, known: Known<'_>, place: &Place) {
    let shipped: BTreeSet<crate::job::ModelId> = match &known.ledger.shipped {
        Some(shipped) => shipped.by_model.keys().map(|(model, _)| *model).collect(),
        None => known
            .ledger
            .lots
            .iter()
            .filter(|l| l.terms.start <= known.month())
            .map(|l| l.terms.model)
            .collect(),
    };
    let stocked: BTreeSet<crate::job::ModelId> =
        known.inventory.unwrap_or_default().iter().filter(|s| s.quantity > 0).map(|s| s.model).collect();
    for model in stocked.difference(&shipped) {
        let reason =
            format!("channels hold {}, of which none was ever shipped", job.catalogue.model(*model).name());
        reading.check(Code::NeverShipped, Severity::Warning, place.clone(), reason);
    }
}
