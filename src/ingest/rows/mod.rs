//! Rows of a file, read once by as many threads as help.

pub(super) mod reading;
pub(super) mod scan;
pub(super) mod shaped;
