//! Open orders of the vintage before that are not in the export any more, in whatever state.

use std::cmp::Reverse;

use crate::diagnostic::{Code, Severity};
use crate::ingest::Exports;
use crate::job::Job;

use super::{Before, Reconciliation, Row, percent, share};

/// Orders named of many.
const SHOWN: usize = 5;

/// Share of the orders above which their numbers were changed, or the export is of other orders: closed months tell that.
const RENUMBERED: f64 = 0.5;

pub(super) fn check(found: &mut Reconciliation, job: &Job, exports: &Exports, before: &Before) {
    let Some(numbers) = &exports.ledger.order_numbers else { return };
    let mut gone: Vec<(&str, i64)> = before
        .open
        .iter()
        .filter(|(order, _)| !numbers.has(order))
        .map(|(order, machines)| (order.as_str(), *machines))
        .collect();
    if gone.is_empty() || gone.len() as f64 > RENUMBERED * before.open.len() as f64 {
        return;
    }
    gone.sort_by_key(|(order, machines)| (Reverse(*machines), *order));
    let machines: i64 = gone.iter().map(|(_, machines)| machines).sum();
    let then: i64 = before.open.values().sum();
    let part = share(machines as f64, then as f64);
    let named: Vec<String> =
        gone.iter().take(SHOWN).map(|(order, machines)| format!("{machines} of {order}")).collect();
    let more = gone.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let reason = format!(
        "{} order(s) of {machines} machines that were open in vintage {} ({} of all then) are not in it any more, neither open nor completed nor cancelled: {}{more}; export orders whatever became of them, or they count as never signed",
        gone.len(),
        before.name,
        percent(part),
        named.join(", ")
    );
    let row = Row { share: Some(part), ..Row::new("orders_vanished", "futures_orders", "ALL") }
        .between((then - machines) as f64, then as f64);
    let place = exports.place("futures_orders");
    found.report(&job.checks, row, (Code::ClosedMonthsChanged, Severity::Warning), place, reason);
}
