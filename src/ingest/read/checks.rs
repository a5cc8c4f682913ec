//! What no file shows alone: exports that do not fit each other, the job or the as-of date.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Place, Severity};
use crate::domain::Month;
use crate::ingest::exports::supply::WaferOrder;
use crate::ingest::files::locations::{Located, Locations};
use crate::ingest::frames::Stock;
use crate::ingest::names::near;
use crate::ingest::orders::amended::{AMENDED_DAYS, Amended};
use crate::ingest::orders::copied::Copied;
use crate::ingest::orders::ledger::Ledger;
use crate::ingest::plausibility;
use crate::ingest::plausibility::known::Known;
use crate::ingest::rows::reading::Reading;
use crate::job::Job;

/// Items shown of many.
const SHOWN: usize = 5;

/// Runs every check across files.
pub(super) fn across(reading: &mut Reading<'_>, locations: &Locations, job: &Job, known: Known<'_>) {
    let place = |name: &str| {
        locations.of(name).and_then(|l| l.files.first()).map(|f| Place::file(f)).unwrap_or_default()
    };
    absent(reading, known);
    made_later(reading, job, known, &place("futures_orders"));
    no_wafer_orders(reading, known, &place("supply"));
    orders(reading, job, known, &place);
    supply(reading, job, known, &place("supply"));
    plausibility::wafers(reading, job, known, &place("supply"));
    plausibility::dates(reading, job, known, &place);
    never_shipped(reading, job, known, &place("channel_inventory"));
    never_ordered(reading, job, known, &place("futures_orders"));
    if let Some(stock) = known.inventory {
        plausibility::counts(reading, (known.ledger, stock), known.as_of, &place("channel_inventory"));
    }
}

fn absent(reading: &mut Reading<'_>, known: Known<'_>) {
    let mut say =
        |text: &str| reading.check(Code::NoData, Severity::Warning, Place::default(), text.to_owned());
    if known.inventory.is_none_or(Stock::is_empty) {
        say("channel_inventory is absent or empty: channel data is empty, channel cover is not known");
    }
    if !known.ledger.shipments_known() {
        say(
            "shipments is absent, or has no row up to the as-of date: deliveries are taken from the contract schedule",
        );
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

/// Days by which orders go on after the as-of date from which on what was delivered since matters: few export on the day.
const LATER_DAYS: i64 = 7;

/// Orders that go on after the as-of date, where the job does not say that the exports were made later.
fn made_later(reading: &mut Reading<'_>, job: &Job, known: Known<'_>, place: &Place) {
    if job.exports.exported_on.is_some() || known.ledger.exported_later {
        return;
    }
    let last = |exports: &[&str]| {
        let files = reading.files.iter().filter(|file| exports.contains(&file.export));
        files.filter_map(|file| Some(file.seen.later?.0)).max()
    };
    let all =
        last(&["futures_orders", "shipments", "hashprice", "difficulty", "channel_inventory", "supply"]);
    let (Some(signed), Some(made)) = (last(&["futures_orders"]), all) else { return };
    if (signed - known.as_of).num_days() < LATER_DAYS {
        return;
    }
    let reason = format!(
        "has rows up to {signed}, after as_of {}: it was made later, and its delivered quantities, states and amounts paid are not of that date; write exported_on = {made} in [exports], or the day it was made",
        known.as_of
    );
    reading.check(Code::OddDates, Severity::Warning, place.clone(), reason);
}

/// Months in each of which machines left, of a maker whose foundries must be at work.
const SHIPPING_MONTHS: i32 = 12;

/// No wafer order at all of a maker who ships every month.
fn no_wafer_orders(reading: &mut Reading<'_>, known: Known<'_>, place: &Place) {
    let (Some(supply), Some(shipped)) = (known.supply, &known.ledger.shipped) else { return };
    let none = supply.orders.is_empty() && supply.received.is_empty() && supply.overdue.is_empty();
    if !(supply.known && none) {
        return;
    }
    let months: BTreeSet<Month> = shipped.by_model.keys().map(|(_, month)| *month).collect();
    if (known.month() - SHIPPING_MONTHS + 1).to(known.month()).all(|month| months.contains(&month)) {
        let reason = format!(
            "has no row wafer_order, though machines left in each of the last {SHIPPING_MONTHS} months: nothing counts as on order with a foundry; add the open orders, or confirm that there are none"
        );
        reading.check(Code::NoData, Severity::Warning, place.clone(), reason);
    }
}

/// One file given as two exports, or twice as one. Hashprice and difficulty may come from one file.
pub(super) fn same_twice(reading: &mut Reading<'_>, locations: &Locations) {
    let place = |name: &str| {
        locations.of(name).and_then(|l| l.files.first()).map(|f| Place::file(f)).unwrap_or_default()
    };
    let part = |name: &str| {
        let export = locations.of(name).map(|located| &located.export);
        export.map(|export| (&export.sheet, &export.range, &export.json_path, &export.steps))
    };
    let market = |name: &str| matches!(name, "hashprice" | "difficulty");
    let mut found = Vec::new();
    for (i, a) in reading.files.iter().enumerate() {
        for b in reading.files.iter().skip(i + 1) {
            let both_market = market(a.export) && market(b.export) && a.export != b.export;
            // A workbook may have a sheet for each, and a second file belongs to whoever joins it.
            let apart = a.joined || b.joined || part(a.export) != part(b.export);
            if a.sha256 == b.sha256 && a.rows_used > 0 && !both_market && !apart {
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

fn orders(reading: &mut Reading<'_>, job: &Job, known: Known<'_>, place: &dyn Fn(&str) -> Place) {
    let oddities = &known.ledger.oddities;
    amended(reading, known.ledger, &place("futures_orders"));
    let (stray, machines) = &oddities.stray;
    if stray.count > 0 {
        let reason = format!(
            "{} of {machines} machines, more than a year before the next: history begins in {}; what is open of them is firm all the same",
            stray.reported("order was signed", "orders were signed"),
            known.ledger.begins
        );
        reading.check(Code::StrayOrders, Severity::Warning, place("futures_orders"), reason);
    }
    let found = [
        (
            &oddities.copied,
            "are like another one in customer, model, quantity, price, day of signature and delivery",
        ),
        (
            &oddities.revised,
            "are like another one in all but quantity, under its order number with something added, as revisions are",
        ),
    ];
    for (copied, how) in found {
        self::copied(reading, known.ledger, copied, how, &place("futures_orders"));
    }
    for (field, copied) in &oddities.near_copies {
        let how = format!("are like another one under another order number in all but {}", field.name());
        self::copied(reading, known.ledger, copied, &how, &place("futures_orders"));
    }
    if let Some(gaps) = &oddities.gaps {
        let (numbers, are) = if gaps.missing == 1 { ("number", "is") } else { ("numbers", "are") };
        let reason = format!(
            "{} order {numbers} {are} missing since {} beside {} that are there, the first between {} and {}, where {:.0}% were missing in the months before: are some orders, customers or models left out of the export?",
            gaps.missing,
            gaps.since,
            gaps.there,
            gaps.between.0,
            gaps.between.1,
            100.0 * gaps.before
        );
        reading.check(Code::LateExport, Severity::Warning, place("futures_orders"), reason);
    }
    let (lapsed, machines) = &oddities.lapsed;
    if lapsed.count > 0 {
        let reason = format!(
            "{machines} machines of {} are past due for more than {} months and do not count as firm",
            lapsed.reported("order", "orders"),
            known.ledger.past_due_months
        );
        reading.check(Code::LapsedOrders, Severity::Warning, place("futures_orders"), reason);
    }
    if oddities.delivery_before_signature.count > 0 {
        let reason = format!(
            "{} before the order was signed",
            oddities
                .delivery_before_signature
                .reported("delivery is due or was made", "deliveries are due or were made")
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
            if known.ledger.state(lot, now) != crate::ingest::orders::lots::State::Open {
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

/// Share of the open machines from which on copies stop the run, and so many copies at least: wafers would be ordered twice.
const COPIED_SHARE: f64 = 0.25;
const COPIES: u64 = 3;

/// Open orders that stand twice, and how they are alike.
fn copied(reading: &mut Reading<'_>, ledger: &Ledger, copied: &Copied, how: &str, place: &Place) {
    if copied.orders == 0 {
        return;
    }
    let open: u64 = ledger.open.values().flatten().map(|(_, open)| open.machines).sum();
    let items: Vec<String> = copied
        .worst
        .iter()
        .map(|(machines, first, copy)| format!("{machines} of {copy} as of {first}"))
        .collect();
    let many = copied.orders >= COPIES && copied.machines as f64 >= COPIED_SHARE * open as f64;
    let reason = format!(
        "{} open order(s) of {} machines still to deliver, of {open} in all, {how}, and count twice: {}{}",
        copied.orders,
        copied.machines,
        items.join(", "),
        if copied.orders > items.len() as u64 { ", ..." } else { "" }
    );
    let severity = if many { Severity::Error } else { Severity::Warning };
    reading.check(Code::CopiedOrders, severity, place.clone(), reason);
}

/// Orders that were cancelled and signed again.
fn amended(reading: &mut Reading<'_>, ledger: &Ledger, place: &Place) {
    let known = &ledger.amended;
    if !known.is_empty() {
        let mut worst: Vec<&Amended> = known.iter().collect();
        worst.sort_by_key(|a| (std::cmp::Reverse(a.machines), *a));
        let items: Vec<String> = worst
            .iter()
            .take(SHOWN)
            .map(|a| format!("{} of {} as {}", a.machines, a.order_id, a.again_id))
            .collect();
        let machines: u64 = known.iter().map(|a| a.machines).sum();
        let reason = format!(
            "{machines} machines of {} order(s) were cancelled and signed again by the same customer within {AMENDED_DAYS} days, and are demand once: {}{}",
            known.len(),
            items.join(", "),
            if known.len() > SHOWN { ", ..." } else { "" }
        );
        reading.check(Code::AmendedOrders, Severity::Warning, place.clone(), reason);
    }
    if ledger.oddities.amended_unknown {
        let reason =
            "has too many order lines to look for orders that were cancelled and signed again: each counts as demand".to_owned();
        reading.check(Code::AmendedOrders, Severity::Warning, place.clone(), reason);
    }
}

fn supply(reading: &mut Reading<'_>, job: &Job, known: Known<'_>, place: &Place) {
    let Some(supply) = known.supply else { return };
    let reported = |order: &WaferOrder| {
        format!(
            "{} wafers of {} from {} due {}, {} days before {}",
            order.wafers,
            job.catalogue.chips[order.chip].name(),
            order.foundry,
            order.due,
            (known.as_of - order.due).num_days(),
            known.as_of
        )
    };
    let both = [
        (&supply.received, "count as received and paid, their chips in the counts or used"),
        (
            &supply.overdue,
            "are overdue for longer than overdue_days: they count neither as chips in hand nor as on order",
        ),
    ];
    for (orders, how) in both.into_iter().filter(|(orders, _)| !orders.is_empty()) {
        let orders: Vec<String> = orders.iter().map(reported).collect();
        let reason = format!(
            "wafer orders due by the as-of date {how}: {}; leave out what has come, and give a later due_date to what has not",
            orders.join("; ")
        );
        reading.check(Code::OverdueWafers, Severity::Warning, place.clone(), reason);
    }
    let mut unused: BTreeMap<&str, u64> = BTreeMap::new();
    for order in supply.orders.iter().filter(|order| job.catalogue.models_of(order.chip).is_empty()) {
        *unused.entry(job.catalogue.chips[order.chip].name()).or_default() += u64::from(order.wafers);
    }
    for (chip, wafers) in unused {
        let reason = format!(
            "{wafers} wafers of {chip} are on order, and no model of the job is built with {chip}: no machine comes of them; correct the chip, or add its model to the job"
        );
        reading.check(Code::OddWafers, Severity::Warning, place.clone(), reason);
    }
    let foundries: BTreeSet<(&str, &str)> =
        job.catalogue.foundries.iter().map(|f| (f.name(), f.chip.as_str())).collect();
    let mut unknown: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for order in &supply.orders {
        let of = (order.foundry.as_str(), job.catalogue.chips[order.chip].name());
        if !foundries.contains(&of) {
            *unknown.entry(of).or_default() += u64::from(order.wafers);
        }
    }
    for ((foundry, chip), wafers) in unknown {
        let names = foundries.iter().filter(|(_, of)| *of == chip).map(|(name, _)| *name);
        let near = near(foundry, names).map_or_else(String::new, |name| {
            format!("; it is `{name}` but for capitals, blanks or dashes: write both alike")
        });
        let reason = format!(
            "{wafers} wafers of {chip} are on order at `{foundry}`, whose terms are not in the job: their balance is reckoned at another foundry's price{near}"
        );
        reading.check(Code::UnknownFoundry, Severity::Warning, place.clone(), reason);
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
    let stocked: BTreeSet<crate::job::ModelId> = known
        .inventory
        .into_iter()
        .flat_map(Stock::held)
        .filter(|h| h.quantity > 0)
        .map(|h| h.model)
        .collect();
    for model in stocked.difference(&shipped) {
        let reason =
            format!("channels hold {}, of which none was ever shipped", job.catalogue.model(*model).name());
        reading.check(Code::NeverShipped, Severity::Warning, place.clone(), reason);
    }
}

/// Models launched, and still sold, of which no order is there: with each of 55 right exports orders of a model are signed before its launch.
fn never_ordered(reading: &mut Reading<'_>, job: &Job, known: Known<'_>, place: &Place) {
    let ordered: BTreeSet<crate::job::ModelId> =
        known.ledger.lots.iter().map(|lot| lot.terms.model).collect();
    let month = known.month();
    for id in job.catalogue.ids().filter(|id| !ordered.contains(id)) {
        let model = job.catalogue.model(id);
        if model.launch <= month && model.last_sale() > month {
            let reason = format!(
                "no order of {} is there, which the job has as launched in {} and sold up to {}: are its orders left out of the export, or under another name?",
                model.name(),
                model.launch,
                model.last_sale()
            );
            reading.check(Code::LateExport, Severity::Warning, place.clone(), reason);
        }
    }
}

/// Says what of the orders export is no order: options that may still be taken.
pub(super) fn options(reading: &mut Reading<'_>, located: &Located, ledger: &Ledger) {
    let machines: u64 = ledger.options.iter().map(|option| u64::from(option.quantity)).sum();
    let Some(first) = ledger.options.first() else { return };
    let reason = format!(
        "{machines} machines of {} option(s) are no orders: none of them is firm; they are taken on the paths where the price on the last day (the first is {}) is at or above theirs, and ship there beside other orders to come where they are more",
        ledger.options.len(),
        first.until
    );
    let place = located.files.first().map(|file| Place::file(file)).unwrap_or_default();
    reading.check(Code::Estimated, Severity::Warning, place, reason);
}
