//! Signed contracts against the deposits that secure them.

use crate::diagnostic::{Code, Severity};
use crate::history::Book;
use crate::ingest::{Exports, OpenLine, Standing};
use crate::job::Job;
use crate::selling::Prices;

use super::{Reconciliation, Row, Verdict, percent, share};

/// Contracts named of many.
const SHOWN: usize = 5;

pub(super) fn check(found: &mut Reconciliation, job: &Job, exports: &Exports, book: &Book<'_>) {
    let signed = book.machines(|_| true);
    let not_said = book.machines(|standing| standing.name() == "not_said");
    let unsecured = book.machines(|standing| !standing.is_firm());
    let list = Prices::new(book, job).list;
    let lines = exports.ledger.open_lines.as_deref().unwrap_or_default();
    let of = |which: &dyn Fn(Standing) -> bool| -> Vec<&OpenLine> {
        let judged = |line: &OpenLine| line.standing.by_list(list[line.model.0], line.segment, &job.policy);
        let mut of: Vec<&OpenLine> = lines.iter().filter(|line| which(judged(line))).collect();
        of.sort_by_key(|line| std::cmp::Reverse(line.machines()));
        of
    };
    let place = || exports.place("futures_orders");
    let row = |check, part: u64| {
        Row::new(check, "futures_orders", "ALL").between(signed as f64, (signed - part) as f64)
    };
    let told = row("deposit_unknown", not_said);
    // Amounts of orders have no date: those of exports made later may have come since.
    let undated = exports.ledger.exported_later && exports.ledger.payments.is_none() && not_said < signed;
    if not_said == 0 && !undated {
        found.note(told, Verdict::Agrees);
    } else {
        let reason = if undated {
            format!(
                "what was received of {} of {signed} machines signed is that of the day the exports were made, which is after {} (exported_on, or a later as_of of the job): what came since counts as received by then, and too many may be firm; give the export `payments`, whose rows are dated",
                signed - not_said,
                exports.as_of
            )
        } else if not_said == signed && book.machines(|s| s == Standing::NotYetDue) == 0 {
            format!(
                "no amounts paid are given, neither prepaid_usd nor payments: all {signed} machines signed count as firm, secured or not"
            )
        } else {
            format!(
                "{not_said} of {signed} machines signed do not say what was received, and count as firm: {}",
                named(&of(&|standing| standing.name() == "not_said"), exports)
            )
        };
        found.report(&job.checks, told, (Code::DepositUnknown, Severity::Warning), place(), reason);
    }
    let row = row("unsecured", unsecured);
    if unsecured == 0 {
        found.note(row, Verdict::Agrees);
        return;
    }
    let part = share(unsecured as f64, signed as f64);
    let reason = format!(
        "{unsecured} of {signed} machines signed ({}) are not secured: less was received than effective_deposit_share of [policy] within deposit_due_days. They are not firm, and buy wafers only as far as such contracts mostly stay: {}",
        percent(part),
        named(&of(&|standing| !standing.is_firm()), exports)
    );
    found.report(&job.checks, row, (Code::Unsecured, Severity::Warning), place(), reason);
}

/// Order, customer, machines and age of the largest.
fn named(lines: &[&OpenLine], exports: &Exports) -> String {
    if lines.is_empty() {
        return "there are more open order lines than are listed".to_owned();
    }
    let items = lines.iter().take(SHOWN).map(|line| {
        let age = (exports.as_of - line.signed).num_days();
        let paid = line.received.map_or_else(String::new, |share| format!(", {:.0}% paid", 100.0 * share));
        format!("{} of {} for {} (signed {age} days ago{paid})", line.machines(), line.order, line.customer)
    });
    let more = lines.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(", and {more} more order lines in open_orders") } else { String::new() };
    format!("{}{more}", items.collect::<Vec<_>>().join(", "))
}
