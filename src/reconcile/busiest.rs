//! Machines due in the next twelve months against the busiest twelve in which machines ever left.

use crate::diagnostic::{Code, Severity};
use crate::history::{Book, Delivered};
use crate::ingest::Exports;
use crate::job::Job;

use super::before::in_month;
use super::{Reconciliation, Row};

/// Months that are compared.
const MONTHS: usize = 12;

/// Months of shipments without which no twelve of them say what a maker can ship.
const LEAST_KNOWN: i32 = 24;

/// Machines due over those of the busiest twelve months: 1.26 at most with honest makers; 2.1 at least where quantities and
/// payments of open orders are five times too large.
const MOST: f64 = 1.8;

pub(super) fn check(found: &mut Reconciliation, job: &Job, exports: &Exports, book: &Book<'_>) {
    let first = book.deliveries_from;
    if book.delivered != Delivered::Shipments || book.as_of - first + 1 < LEAST_KNOWN {
        return;
    }
    let left: Vec<u64> =
        first.to(book.as_of).map(|month| in_month(&book.deliveries, book.first, month)).collect();
    let busiest: u64 = left.windows(MONTHS).map(|year| year.iter().sum()).max().unwrap_or(0);
    let due: i64 = book.signed_to_ship::<MONTHS>(&job.catalogue).iter().flatten().sum();
    let times = due as f64 / busiest as f64;
    if busiest == 0 || times <= MOST {
        return;
    }
    let reason = format!(
        "{due} machines of open orders are due in the next 12 months, {times:.1} times the {busiest} of the busiest 12 months in which machines ever left: are quantities, and payments with them, too large, or is part of the book there twice?"
    );
    let row = Row::new("busiest_year", "futures_orders", "ALL")
        .between(due as f64, busiest as f64)
        .against(times, MOST);
    let place = exports.place("futures_orders");
    found.report(&job.checks, row, (Code::OddQuantity, Severity::Warning), place, reason);
}
