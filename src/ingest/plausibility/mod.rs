//! Whether values can be right: against what is known of their day, against those around them, against another
//! export that speaks of the same thing, and against the rest of the maker's own book.
//!
//! What cannot be right and is rare is left out and told; what is more than a slip stops the run. The limits stand
//! between the largest value of honest exports and the smallest of wrong ones; `docs/reference/exports.md` has both.

mod counts;
mod dates;
pub(super) mod market;
pub(super) mod orders;
mod stock;
mod supply;

pub(super) use counts::check as counts;
pub(super) use dates::check as dates;
pub(super) use stock::check as stock;
pub(super) use supply::check as wafers;

/// Middle of numbers; `None` of none. The numbers are put into order.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}
