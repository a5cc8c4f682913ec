//! Dates of orders, shipments and rows against each other and against the launch of their models.

use crate::diagnostic::{Code, Place, Severity};
use crate::domain::Month;
use crate::ingest::orders::lots::State;
use crate::ingest::orders::states::Count;
use crate::ingest::rows::reading::{FileRecord, Reading};
use crate::job::{Job, ModelId};

use super::known::Known;

/// Months before its launch in the job from which on a model can be neither due nor shipped, and after its last sale from
/// which on it cannot be signed: 4 and 0 at most with honest makers.
const OUTSIDE: i32 = 6;

/// Days by which an export may go on after every other: exports of one run are made within weeks.
const BEYOND_DAYS: i64 = 62;

/// Machines due before the shipments export begins, as a share of all that were not cancelled, from which on it is reported:
/// 0.05 at most with honest makers.
const BEFORE_SHIPMENTS: f64 = 0.25;

/// Futures from which on their months of delivery are compared with those in which they left.
const LEAST_FUTURES: u64 = 20;

/// Machines of futures shipped before their first month of delivery, as a share of all shipped: 0.11 at most with honest
/// makers, 0.74 where `delivery_start` holds the last month.
const BEFORE_START: f64 = 0.4;

/// Open orders of which machines left though they begin after the as-of date, as a share of all of which some left, from which
/// on it is reported, and so many at least: none with honest makers.
const BEGUN_AHEAD: f64 = 0.2;
const SEVERAL_AHEAD: u64 = 3;

/// Machines shipped after their last month: 0.21 at most with honest makers, 0.70 where `delivery_start` is the month of
/// signature. Late alone is what a maker short of wafers is: reported where nearly all futures have one form, too.
const AFTER_END: f64 = 0.5;
const NEARLY_ALL: f64 = 0.9;

/// Checks the dates of all exports.
pub(in crate::ingest) fn check(
    reading: &mut Reading<'_>,
    job: &Job,
    known: Known<'_>,
    place: &dyn Fn(&str) -> Place,
) {
    let last = rows_beyond(reading, known, place);
    states(reading, known, last, place);
    off_months(reading, known, place);
    late_begin(reading, known, place);
    models(reading, job, known, place);
    with_signature(reading, known, place);
}

/// The last date in a file, of rows that exist and of those that do not yet.
fn last(file: &FileRecord) -> Option<chrono::NaiveDate> {
    file.seen.later.map(|(date, _)| date).max(file.seen.dates.map(|(_, last)| last))
}

/// Rows dated after the as-of date and long after whatever else was read: a wrong year, and they never count. Returns the
/// last date that more than one export reaches.
fn rows_beyond(
    reading: &mut Reading<'_>,
    known: Known<'_>,
    place: &dyn Fn(&str) -> Place,
) -> chrono::NaiveDate {
    let mut found = Vec::new();
    let mut reached = known.as_of;
    for name in ["futures_orders", "shipments", "channel_inventory", "supply"] {
        let own = reading.files.iter().filter(|file| file.export == name);
        // What these are of may lie ahead.
        let others = reading
            .files
            .iter()
            .filter(|file| {
                file.export != name
                    && !matches!(
                        file.export,
                        "drivers" | "overrides" | "placed_orders" | "payments" | "customers" | "pipeline"
                    )
            })
            .filter_map(last)
            .max();
        let Some((date, line)) = own.filter_map(|file| file.seen.later).max() else { continue };
        let until = others.unwrap_or(known.as_of).max(known.as_of);
        reached = reached.max(until.min(date));
        let days = (date - until).num_days();
        if others.is_some() && days > BEYOND_DAYS {
            found.push((
                Place { line, ..place(name) },
                format!(
                    "a row of {name} is dated {date}, {days} days after the last row of any other export ({until}): it does not count. Is the year right?"
                ),
            ));
        }
    }
    for (place, reason) in found {
        reading.check(Code::OddDates, Severity::Warning, place, reason);
    }
    reached
}

/// Orders whose state or dates contradict what left of them.
fn states(
    reading: &mut Reading<'_>,
    known: Known<'_>,
    reached: chrono::NaiveDate,
    place: &dyn Fn(&str) -> Place,
) {
    let states = &known.ledger.oddities.states;
    let mut say = |count: &Count, what: &str, place: Place| {
        if count.machines > 0 {
            let orders = count.orders.reported("order", "orders");
            let reason = format!("{} machines of {orders} {what}", count.machines);
            reading.check(Code::OddDates, Severity::Warning, place, reason);
        }
    };
    say(
        &states.early,
        "were shipped a year or more before their first delivery was due: is the year of delivery_start or shipped_date right?",
        place("futures_orders"),
    );
    let (ahead, begun) = &states.ahead;
    if ahead.orders.count as f64 >= BEGUN_AHEAD * *begun as f64 && ahead.orders.count >= SEVERAL_AHEAD {
        let what = format!(
            "left already, of {begun} open orders of which some did, and the first delivery of the orders is after the as-of date: is delivery_start a later month than the first?"
        );
        say(ahead, &what, place("futures_orders"));
    }
    say(
        &states.late,
        "were shipped eleven months or more after their last delivery was due: is the year of shipped_date or delivery_start right?",
        place("shipments"),
    );
    say(
        &states.after_cancelled,
        "were shipped in months after the order was cancelled: is the status, the cancelled_date or the order number of the shipment right?",
        place("futures_orders"),
    );
    say(
        &states.cancelled_full,
        "were all delivered, and the order is cancelled: is it completed?",
        place("futures_orders"),
    );
    let (count, newest) = &states.cancelled_later;
    if let Some(date) = newest.filter(|date| (*date - reached).num_days() > BEYOND_DAYS) {
        let what = format!(
            "are cancelled after the as-of date, the last on {date}, long after the last row of any export ({reached}), and count as open until then: is the year of cancelled_date right?"
        );
        say(count, &what, place("futures_orders"));
    }
}

/// Futures that did not leave in their months of delivery: another date stands in `delivery_start`.
fn off_months(reading: &mut Reading<'_>, known: Known<'_>, place: &dyn Fn(&str) -> Place) {
    let off = &known.ledger.oddities.states.off;
    let share = |machines: u64| machines as f64 / off.shipped.max(1) as f64;
    if off.orders < LEAST_FUTURES {
        return;
    }
    let most = |orders: u64| orders as f64 >= NEARLY_ALL * off.orders as f64;
    let reason = if share(off.before) >= BEFORE_START {
        format!(
            "{} of {} machines shipped of futures left before their first month of delivery: does delivery_start hold the last one, or is it too late?",
            off.before, off.shipped
        )
    } else if share(off.after) >= AFTER_END && most(off.at_once) {
        format!(
            "{} of {} machines shipped of futures left after their last month of delivery, and {} of {} futures have their first delivery in the month of signature: does delivery_start hold the day of signature?",
            off.after, off.shipped, off.at_once, off.orders
        )
    } else if share(off.after) >= AFTER_END && most(off.one_month) {
        format!(
            "{} of {} machines shipped of futures left after their last month of delivery, and {} of {} futures have delivery_months 1: over how many months are they delivered?",
            off.after, off.shipped, off.one_month, off.orders
        )
    } else {
        return;
    };
    reading.check(Code::OddDates, Severity::Warning, place("futures_orders"), reason);
}

/// A shipments export that begins long after the orders do.
fn late_begin(reading: &mut Reading<'_>, known: Known<'_>, place: &dyn Fn(&str) -> Place) {
    let (before, all) = known.ledger.oddities.states.before_shipments;
    let first = known.ledger.shipped.as_ref().and_then(|shipped| shipped.first);
    if let Some(first) = first.filter(|_| before as f64 > BEFORE_SHIPMENTS * all as f64) {
        let reason = format!(
            "covers shipments from {first} on: {before} of {all} machines ordered were due before and count as delivered on time, unseen; export shipments from the first order on, where they are known"
        );
        reading.check(Code::NoData, Severity::Warning, place("shipments"), reason);
    }
}

/// Machines of futures that left in the month in which they were signed, as a share of those that left: 0.03 at most with
/// honest makers, all where the day of signature stands in the shipments.
const SIGNED_AND_LEFT: f64 = 0.5;

/// Open orders that are due in later months alone, and of those the share of which some left in the newest month: where every
/// open order left, picking lists stand among the shipments.
const LEAST_AHEAD: u64 = 5;
const AHEAD: f64 = 0.5;

/// Shipments with another date than the one on which machines left.
fn with_signature(reading: &mut Reading<'_>, known: Known<'_>, place: &dyn Fn(&str) -> Place) {
    if !known.ledger.shipments_known() {
        return;
    }
    let (now, lots) = (known.month(), known.ledger.lots.iter());
    let (mut at_once, mut left) = (0, 0);
    let (mut begun, mut ahead) = ((0, 0), 0);
    for lot in lots.filter(|lot| lot.terms.start > lot.terms.signed) {
        let shipped = known.ledger.shipped(lot, now);
        at_once += shipped.get(&lot.terms.signed).copied().unwrap_or(0);
        left += shipped.values().sum::<u64>();
        if lot.terms.start > now && known.ledger.state(lot, now) == State::Open {
            ahead += lot.orders;
            if let Some(machines) = shipped.get(&now) {
                begun = (begun.0 + lot.orders, begun.1 + machines);
            }
        }
    }
    if at_once as f64 > SIGNED_AND_LEFT * left as f64 {
        let reason = format!(
            "{at_once} of {left} machines that were due in later months left in the month in which their order was signed: is shipped_date the day of the order?"
        );
        reading.check(Code::OddDates, Severity::Warning, place("shipments"), reason);
    }
    if ahead >= LEAST_AHEAD && begun.0 as f64 > AHEAD * ahead as f64 {
        let reason = format!(
            "{} machines of {} of the {ahead} open orders that are due after {now} alone left in {now}: are lists of what is to be picked among the shipments?",
            begun.1, begun.0
        );
        reading.check(Code::OddDates, Severity::Warning, place("shipments"), reason);
    }
}

/// Machines of models that were not there yet, or no longer sold: models exchanged, or a wrong launch in the job.
fn models(reading: &mut Reading<'_>, job: &Job, known: Known<'_>, place: &dyn Fn(&str) -> Place) {
    for id in job.catalogue.ids() {
        let model = job.catalogue.model(id);
        let (launch, last_sale) = (model.launch, model.last_sale());
        // A launch that is yet to come is reported with what is due before it.
        let early = |month: Month| launch <= known.month() + 1 && month < launch - OUTSIDE;
        let of_model = || known.ledger.lots.iter().filter(|lot| lot.terms.model == id);
        // What is due before its signature is reported as that.
        let due = of_model().filter(|l| early(l.terms.start) && l.terms.start >= l.terms.signed);
        let due = sum(due.map(|lot| (lot.terms.start, lot.quantity)));
        let left = sum(shipped(known, id).filter(|(month, _)| early(*month)));
        let late = of_model().filter(|lot| lot.terms.signed > last_sale + OUTSIDE);
        let late = sum(late.map(|lot| (lot.terms.signed, lot.quantity)));
        if let (Some(first), _) = due {
            let reason = format!(
                "{} machines of {} were to be delivered and {} were shipped more than {OUTSIDE} months before {launch}, its launch in the job, the first in {first}: are models exchanged?",
                due.1,
                model.name(),
                left.1
            );
            reading.check(Code::BeforeLaunch, Severity::Warning, place("futures_orders"), reason);
        }
        if let (Some(first), machines) = late {
            let reason = format!(
                "{machines} machines of {} were signed more than {OUTSIDE} months after {last_sale}, its last sale in the job, the first in {first}: are models exchanged?",
                model.name()
            );
            reading.check(Code::AfterEndOfLife, Severity::Warning, place("futures_orders"), reason);
        }
    }
}

/// The first month and all machines.
fn sum(machines: impl Iterator<Item = (Month, u64)>) -> (Option<Month>, u64) {
    machines.fold((None, 0), |(first, all), (month, machines)| {
        (Some(first.map_or(month, |first: Month| first.min(month))), all + machines)
    })
}

fn shipped(known: Known<'_>, id: ModelId) -> impl Iterator<Item = (Month, u64)> + '_ {
    let shipped = known.ledger.shipped.iter().flat_map(|shipped| &shipped.by_model);
    shipped.filter(move |((model, _), _)| *model == id).map(|((_, month), machines)| (*month, *machines))
}
