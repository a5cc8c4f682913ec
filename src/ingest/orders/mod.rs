//! The order book: order lines, what left of them, and both added up.

pub(super) mod agreement;
pub(super) mod amended;
pub(super) mod batches;
pub(super) mod builder;
pub(super) mod contract;
pub(super) mod copied;
pub(super) mod dates;
pub(super) mod in_usd;
pub(super) mod keys;
pub(super) mod ledger;
pub(super) mod lots;
pub(super) mod matching;
pub(super) mod named;
pub(super) mod open_lines;
pub(super) mod options;
pub(super) mod order;
pub(super) mod order_numbers;
pub(super) mod row;
pub(super) mod schedule;
pub(super) mod sharing;
pub(super) mod shipments;
pub(super) mod signed;
pub(super) mod states;
pub(super) mod sums;
pub(super) mod totals;
pub(super) mod unnumbered;
