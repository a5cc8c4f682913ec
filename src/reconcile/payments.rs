//! The payments export against the orders.

use crate::diagnostic::{Code, Severity};
use crate::domain::{MicroUsd, Usd};
use crate::ingest::{Differing, Exports};
use crate::job::Job;

use super::{Reconciliation, Row, Verdict, percent, share};

pub(super) fn check(found: &mut Reconciliation, job: &Job, exports: &Exports) {
    options(found, job, exports);
    let Some(seen) = &exports.ledger.payments else { return };
    let place = || exports.place("payments");
    let usd = |amount: MicroUsd| Usd::from(amount).dollars();
    let limit = job.reconciliation.unmatched_share.get();
    let (all, unknown) = (usd(seen.amounts.0), usd(seen.amounts.1));
    let part = share(unknown, all);
    let row = Row::new("unmatched", "payments", "ALL").between(all, all - unknown).against(part, limit);
    if seen.unknown.count == 0 {
        found.note(row, Verdict::Agrees);
    } else {
        let reason = format!(
            "{unknown:.2} USD of {all:.2} ({}) are of {}, not in futures_orders: they count for no order; is order_id_rule in [reading] right?",
            percent(part),
            seen.unknown.reported("order number", "order numbers")
        );
        let severity = if part > limit { Severity::Error } else { Severity::Warning };
        found.report(&job.checks, row, (Code::UnknownOrder, severity), place(), reason);
    }
    let differing = [
        (
            &seen.differing,
            "prepaid",
            Code::Payments,
            "differ from prepaid_usd beyond rounding, and payments are used",
            ["prepaid_usd", "received by payments"],
        ),
        (
            &seen.over,
            "overpaid",
            Code::Overpaid,
            "have more received, credited and due than they are worth",
            ["value", "payments"],
        ),
    ];
    let paid_back = (
        &seen.paid_back,
        "paid_back",
        Code::Payments,
        "have more paid back than was received and is due; cash counts what is paid back as the export has it",
        ["received less paid back", "to come"],
    );
    for (differing, check, code, how, words) in differing.into_iter().chain([paid_back]) {
        let row = Row::new(check, "payments", "ALL").between(differing.count as f64, 0.0);
        if differing.count == 0 {
            found.note(row, Verdict::Agrees);
            continue;
        }
        let reason = format!("payments of {} order(s) {how}: {}", differing.count, listed(differing, words));
        found.report(&job.checks, row, (code, Severity::Warning), place(), reason);
    }
    let not_said = &seen.not_said[job.cash.deposit_use as usize];
    let told = [
        (
            not_said.0.count,
            format!(
                "{:.2} USD of machines delivered on {} are in no row, neither paid nor due: cash takes them for paid, and does not bill them with the next deliveries; add the balances of what was delivered, with a due_date where they are owed and a paid_date where they are not",
                usd(not_said.1),
                not_said.0.reported("open order", "open orders")
            ),
        ),
        (
            seen.other_line.count,
            format!(
                "payments name a line or model that is not in {}: they count for all of the order",
                seen.other_line.reported("order", "orders")
            ),
        ),
        (
            seen.overdue.0.count,
            format!(
                "{:.2} USD of {} were due by {} and are not paid: they count as not received, and are billed on delivery",
                usd(seen.overdue.1),
                seen.overdue.0.reported("open order", "open orders"),
                exports.as_of
            ),
        ),
    ];
    for (check, (count, reason)) in
        ["payment_balances", "payment_lines", "payments_overdue"].into_iter().zip(told)
    {
        let row = Row::new(check, "payments", "ALL").between(count as f64, 0.0);
        if count == 0 {
            found.note(row, Verdict::Agrees);
        } else {
            found.report(&job.checks, row, (Code::Payments, Severity::Warning), place(), reason);
        }
    }
}

/// What was paid of options that were not taken.
fn options(found: &mut Reconciliation, job: &Job, exports: &Exports) {
    let Some(seen) = exports.ledger.payments.as_ref().filter(|seen| seen.options.0.count > 0) else { return };
    let row = Row::new("payment_options", "payments", "ALL").between(seen.options.0.count as f64, 0.0);
    let reason = format!(
        "{:.2} USD are of {}, not taken: they count for no order and in no cash; an option that was taken is an order",
        Usd::from(seen.options.1).dollars(),
        seen.options.0.reported("option", "options")
    );
    let place = exports.place("payments");
    found.report(&job.checks, row, (Code::Payments, Severity::Warning), place, reason);
}

/// Order numbers with both amounts.
fn listed(differing: &Differing, [ours, theirs]: [&str; 2]) -> String {
    let items = differing.first.iter().map(|of| {
        let (by_orders, by_payments) = (Usd::from(of.by_orders), Usd::from(of.by_payments));
        format!("{} ({ours} {:.2}, {theirs} {:.2})", of.order_id, by_orders.dollars(), by_payments.dollars())
    });
    let more = if differing.count > differing.first.len() as u64 { ", ..." } else { "" };
    format!("{}{more}", items.collect::<Vec<_>>().join(", "))
}
