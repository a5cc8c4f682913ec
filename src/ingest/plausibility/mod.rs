//! Whether values can be right: against what is known of their day, against those around them, against another
//! export that speaks of the same thing, and against the rest of the maker's own book.
//!
//! What cannot be right and is rare is left out and reported; what is more than a slip stops the run. The limits stand
//! between the largest value of honest exports and the smallest of wrong ones; `docs/reference/exports.md` has both.

mod counts;
mod dates;
pub(super) mod known;
pub(super) mod market;
mod median;
pub(super) mod orders;
mod stock;
mod supply;

pub(super) use counts::check as counts;
pub(super) use dates::check as dates;
pub(super) use stock::check as stock;
pub(super) use supply::check as wafers;
