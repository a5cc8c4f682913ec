//! Orders against shipments, order by order and in sum.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::diagnostic::{Code, Severity};
use crate::domain::Month;
use crate::ingest::{Agreement, Difference, Differences, Exports};
use crate::job::{Job, ModelId};

use super::{Reconciliation, Row, Verdict, percent, share};

/// Order numbers of a difference that get a row of their own.
const WORST: usize = 5;

/// Machines of completed orders that were never delivered, as a share of what was ordered by them, from which on they are
/// reported: none with honest makers; 0.2 where a quarter's quantities are ten times too large.
const CLOSED_SHORT: f64 = 0.01;

/// Share of a model's machines shipped in the newest year that are of no order, and of all machines shipped in it, from
/// which on the run stops: none with honest makers.
const UNMATCHED_MODEL: f64 = 0.5;
const UNMATCHED_OF_ALL: f64 = 0.002;

pub(super) fn check(found: &mut Reconciliation, job: &Job, exports: &Exports) {
    closed_short(found, job, exports);
    let Some(agreement) = &exports.ledger.agreement else { return };
    let Some(shipped) = &exports.ledger.shipped else { return };
    let newest = shipped.by_model.keys().map(|(_, month)| *month).max();
    let last_year: u64 = newest.map_or(0, |newest| {
        shipped
            .by_model
            .iter()
            .filter(|((_, month), _)| *month > newest - 12)
            .map(|(_, machines)| *machines)
            .sum()
    });
    delivered(found, job, exports, agreement, last_year);
    unmatched_models(found, job, exports, last_year);
    let all = agreement.shipped as f64;
    let limits = &job.reconciliation;
    let mut set = |check, kind: &Differences, limit: f64, code, reason: String, remedy: &str| {
        let part = share(kind.machines as f64, all);
        let row =
            Row::new(check, "shipments", "ALL").between(all, all - kind.machines as f64).against(part, limit);
        if kind.machines == 0 {
            found.note(row, Verdict::Agrees);
            return;
        }
        let usual = if part > limit { Severity::Error } else { Severity::Warning };
        let reason = format!(
            "{reason} ({} of {} shipped): {}{remedy}",
            percent(part),
            agreement.shipped,
            worst(job, kind)
        );
        found.report(&job.checks, row, (code, usual), exports.place("shipments"), reason);
        each(found, job, check, kind);
    };
    let unknown = &agreement.unknown_order;
    set(
        "unmatched",
        unknown,
        limits.unmatched_share.get(),
        Code::UnknownOrder,
        format!("{} machines were shipped for orders that are not in futures_orders", unknown.machines),
        "; export both again over the same orders, or make the order numbers alike",
    );
    let over = &agreement.over_delivered;
    set(
        "over_delivered",
        over,
        limits.over_delivered_share.get(),
        Code::OverDelivery,
        format!(
            "{} machines were shipped beyond what was ordered, which does not count against any order",
            over.machines
        ),
        "; correct the shipment, or the order's quantity",
    );
    let other = &agreement.other_model;
    set(
        "other_model",
        other,
        limits.other_model_share.get(),
        Code::OtherModel,
        format!(
            "{} machines were shipped as another model than was ordered, and count as delivered of their orders",
            other.machines
        ),
        "; correct the shipment, or the order's model",
    );
}

/// Models of whose machines shipped in the newest year most are of no order: their orders are missing, however small their
/// share of all.
fn unmatched_models(found: &mut Reconciliation, job: &Job, exports: &Exports, last_year: u64) {
    // Orders of the last months are missing for that reason, and it is reported.
    if found.errors.iter().any(|error| error.code == Code::LateExport) {
        return;
    }
    let (Some(agreement), Some(shipped)) = (&exports.ledger.agreement, &exports.ledger.shipped) else {
        return;
    };
    let Some(newest) = shipped.by_model.keys().map(|(_, month)| *month).max() else { return };
    for id in job.catalogue.ids() {
        let year = |by_model: &BTreeMap<(ModelId, Month), u64>| -> u64 {
            by_model.range((id, newest - 11)..=(id, newest)).map(|(_, machines)| machines).sum()
        };
        let (unknown, all) = (year(&agreement.unknown_by_model), year(&shipped.by_model));
        let part = share(unknown as f64, all as f64);
        if part < UNMATCHED_MODEL || (unknown as f64) < UNMATCHED_OF_ALL * last_year as f64 {
            continue;
        }
        let name = job.catalogue.model(id).name();
        let row = Row::new("unmatched", "shipments", name)
            .between(all as f64, (all - unknown) as f64)
            .against(part, UNMATCHED_MODEL);
        let reason = format!(
            "{unknown} of {all} machines of {name} shipped in the newest year are of orders that are not in futures_orders: are the orders of this model missing? Export both again over the same orders"
        );
        found.report(
            &job.checks,
            row,
            (Code::UnknownOrder, Severity::Error),
            exports.place("shipments"),
            reason,
        );
    }
}

/// Completed orders against what was delivered of them.
fn closed_short(found: &mut Reconciliation, job: &Job, exports: &Exports) {
    let states = &exports.ledger.oddities.states;
    let (short, ordered) = (&states.closed_short, states.completed);
    if ordered == 0 {
        return;
    }
    let part = share(short.machines as f64, ordered as f64);
    let row = Row::new("closed_short", "futures_orders", "ALL")
        .between(ordered.saturating_sub(short.machines) as f64, ordered as f64)
        .against(part, CLOSED_SHORT);
    if part <= CLOSED_SHORT {
        let verdict = if short.machines > 0 { Verdict::Noted } else { Verdict::Agrees };
        found.note(row, verdict);
        return;
    }
    let reason = format!(
        "{} of {ordered} machines of completed orders were never delivered ({}), of {}: they count as ordered and no longer as due; were the orders cut, or are quantity, delivered_quantity or status wrong?",
        short.machines,
        percent(part),
        short.orders.reported("order", "orders")
    );
    let usual = (Code::ClosedShort, Severity::Warning);
    found.report(&job.checks, row, usual, exports.place("futures_orders"), reason);
}

/// What the orders export says was delivered, against what the shipments export says left.
fn delivered(
    found: &mut Reconciliation,
    job: &Job,
    exports: &Exports,
    agreement: &Agreement,
    last_year: u64,
) {
    if !agreement.delivered_known || agreement.compared_by_orders + agreement.compared_by_shipments == 0 {
        return;
    }
    let (less, more) = (&agreement.less_shipped, &agreement.more_shipped);
    // What is beyond an order is reported as that.
    let beyond = agreement.over_delivered.machines.min(more.machines);
    let machines = less.machines + more.machines - beyond;
    let part = share(machines as f64, last_year as f64);
    let limit = job.reconciliation.delivered_share.get();
    let row = Row::new("delivered", "futures_orders", "ALL")
        .between(agreement.compared_by_orders as f64, agreement.compared_by_shipments as f64)
        .against(part, limit);
    if machines == 0 {
        found.note(row, Verdict::Agrees);
        return;
    }
    let mut parts = Vec::new();
    if less.machines > 0 {
        parts.push(format!("{} more by futures_orders ({})", less.machines, worst(job, less)));
    }
    if more.machines > 0 {
        let of_them =
            if beyond > 0 { format!(", {beyond} of them beyond what was ordered") } else { String::new() };
        parts.push(format!("{} more by shipments{of_them} ({})", more.machines, worst(job, more)));
    }
    let (older, why) = cause(exports, agreement);
    let reason = format!(
        "futures_orders has {} machines delivered and shipments {}: {}; {machines} machines in all, {} of what was shipped in a year; {why}",
        agreement.compared_by_orders,
        agreement.compared_by_shipments,
        parts.join(", "),
        percent(part),
    );
    let usual = if part > limit { Severity::Error } else { Severity::Warning };
    found.report(&job.checks, row, (Code::DeliveredDiffers, usual), exports.place(older), reason);
    each(found, job, "delivered", less);
    each(found, job, "delivered", more);
}

/// Days between the newest rows of two exports from which on one looks older than the other.
const OLDER_DAYS: i64 = 28;

/// Where to look first, and what the data show of the cause: an export is called the older one only where its newest row is
/// and what is missing is missing from it.
fn cause(exports: &Exports, agreement: &Agreement) -> (&'static str, String) {
    let (less, more) = (&agreement.less_shipped, &agreement.more_shipped);
    let newest = |export: &str| {
        let files = exports.files.iter().filter(|file| file.export == export);
        files.filter_map(|file| Some(file.seen.dates?.1)).max()
    };
    if let (Some(signed), Some(shipped)) = (newest("futures_orders"), newest("shipments")) {
        let rows = format!("the last order was signed on {signed}, the last machine shipped on {shipped}");
        let ahead = (signed - shipped).num_days();
        if ahead >= OLDER_DAYS && less.machines > more.machines {
            let why =
                format!("{rows}: shipments looks the older of the two, export both up to the as-of date");
            return ("shipments", why);
        }
        if ahead <= -OLDER_DAYS && more.machines > less.machines {
            let why = format!(
                "{rows}: futures_orders looks the older of the two, export both up to the as-of date"
            );
            return ("futures_orders", why);
        }
    }
    let mut why = "their dates do not show that one is older: compare the orders named".to_owned();
    for (kind, how) in [
        (&agreement.other_model, "as another model than was ordered"),
        (&agreement.unknown_order, "under numbers that no order has"),
    ] {
        if kind.machines > 0 {
            let _ = write!(why, "; {} machines were shipped {how}", kind.machines);
        }
    }
    ("futures_orders", why)
}

/// Rows of the worst order numbers.
fn each(found: &mut Reconciliation, job: &Job, check: &'static str, kind: &Differences) {
    let export = if check == "delivered" { "futures_orders" } else { "shipments" };
    for difference in kind.worst.iter().take(WORST) {
        let Difference { order_id, model, by_orders, by_shipments, .. } = difference;
        let item = format!("{order_id}, {}", job.catalogue.model(*model).name());
        let (orders, shipments) = (*by_orders as f64, *by_shipments as f64);
        let row = Row::new(check, export, item);
        let row = if export == "shipments" {
            row.between(shipments, orders)
        } else {
            row.between(orders, shipments)
        };
        found.note(row, Verdict::Noted);
    }
}

/// The worst order numbers, for a message.
fn worst(job: &Job, kind: &Differences) -> String {
    let named: Vec<String> = kind
        .worst
        .iter()
        .take(3)
        .map(|d| {
            let model = job.catalogue.model(d.model).name();
            match d.ordered {
                Some(ordered) => format!(
                    "order {} is of {}, {} of {model} were shipped",
                    d.order_id,
                    job.catalogue.model(ordered).name(),
                    d.by_shipments
                ),
                None => format!(
                    "order {} ({model}): {} by orders, {} by shipments",
                    d.order_id, d.by_orders, d.by_shipments
                ),
            }
        })
        .collect();
    let more = kind.items.saturating_sub(named.len() as u64);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    named.join("; ") + &more
}
