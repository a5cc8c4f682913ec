//! Days of hashprice and difficulty: against what is known of them, against those around them, against another source.

pub(in crate::ingest) mod bounds;
pub(in crate::ingest) mod days;
pub(in crate::ingest) mod gaps;
pub(in crate::ingest) mod judge;
pub(in crate::ingest) mod still;
pub(in crate::ingest) mod units;
