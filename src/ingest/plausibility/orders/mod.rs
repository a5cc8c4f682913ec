//! Prices, quantities, payments and dates of order lines: against the rest of the book.

pub(in crate::ingest) mod bands;
mod counts;
pub(in crate::ingest) mod deposits;
pub(in crate::ingest) mod kept;
pub(in crate::ingest) mod leads;
pub(in crate::ingest) mod limits;
pub(in crate::ingest) mod open;
pub(in crate::ingest) mod price_bins;
pub(in crate::ingest) mod prices;
pub(in crate::ingest) mod quantities;
pub(in crate::ingest) mod quarters;
pub(in crate::ingest) mod watch;
