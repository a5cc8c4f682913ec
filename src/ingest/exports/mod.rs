//! Exports in which a row is a fact of its own.

pub(super) mod customers;
pub(super) mod drivers;
pub(super) mod inventory;
pub(super) mod order_changes;
pub(super) mod overrides;
pub(super) mod payments;
pub(super) mod pipeline;
pub(super) mod placed_orders;
pub(super) mod rates;
pub(super) mod snapshot;
pub(super) mod supply;
pub(super) mod total_rows;
