//! Kinds of customers in messages.

use crate::ingest::orders::order::Segment;

/// What kinds of customers are called.
pub(super) const SEGMENTS: [(Segment, &str); 3] = [
    (Segment::KeyAccount, "key accounts"),
    (Segment::Retail, "retail customers"),
    (Segment::Channel, "distributors"),
];
