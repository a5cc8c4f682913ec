//! Numbers that could be wrong by a factor without any export speaking against them: beside what a person knows of them.

use crate::domain::Month;
use crate::history::Book;
use crate::ingest::Exports;
use crate::views::words::{grouped, number};

/// The bitcoin price that both market exports imply.
pub(crate) fn price(exports: &Exports) -> Option<String> {
    let price = exports.market.closing(Month::of(exports.as_of))?;
    let price = grouped(price.round() as i64);
    Some(format!(
        "a bitcoin at {price} USD, as hashprice and difficulty imply of the last days up to {} (with fees in it a few percent above the market)",
        exports.as_of
    ))
}

/// Machines on hand, in months of what left in the newest year.
pub(crate) fn on_hand(exports: &Exports, book: &Book<'_>) -> Option<String> {
    let machines: u64 = exports.supply.machines.iter().sum();
    let months = book.deliveries_all();
    let year = months.get(months.len().checked_sub(12)?..)?;
    let a_month = year.iter().sum::<f64>() / 12.0;
    (exports.supply.known && machines > 0 && a_month > 0.0).then(|| {
        let months = number(machines as f64 / a_month, 1);
        format!("{} machines on hand, {months} months of what left in the newest year", grouped_of(machines))
    })
}

/// The open order of most machines still to deliver, and how many of all.
fn largest(exports: &Exports) -> Option<String> {
    let lines = exports.ledger.open_lines.as_ref()?;
    let of = |line: &crate::ingest::OpenLine| line.due.iter().map(|(_, n)| u64::from(*n)).sum::<u64>();
    let largest = lines.iter().max_by_key(|line| (of(line), std::cmp::Reverse(&line.order)))?;
    let all: u64 = lines.iter().map(of).sum();
    Some(format!(
        "{} of {} as the largest open order line, with {} of {} machines still to deliver",
        largest.order,
        largest.customer,
        grouped_of(of(largest)),
        grouped_of(all)
    ))
}

fn grouped_of(machines: u64) -> String {
    grouped(i64::try_from(machines).unwrap_or(i64::MAX))
}

/// All of them, as a doubt.
pub(super) fn line(exports: &Exports, book: &Book<'_>) -> Option<String> {
    let known = [price(exports), on_hand(exports, book), largest(exports)];
    let known: Vec<String> = known.into_iter().flatten().collect();
    (!known.is_empty()).then(|| {
        format!("no export speaks for or against these, so look whether they are so: {}", known.join("; "))
    })
}
