//! What can be built and what must be ordered: chips, wafers, committed supply and the orders that follow.

mod committed;
mod dies;
mod orders;

pub use committed::{Allocation, Committed, allocate};
pub use dies::{good_chips_per_wafer, gross_dies, murphy_yield};
pub use orders::{Decision, ProposedOrder, propose, proposed_chips};
