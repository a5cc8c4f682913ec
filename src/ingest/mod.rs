//! Exports in, typed rows out. Every problem of every file is collected; nothing is guessed.
//!
//! A row dated after `as_of` does not exist: it is left out before anything else in it is looked at.

mod cell;
mod inventory;
mod ledger;
mod lots;
mod market;
mod orders;
mod read;
mod shipments;
mod supply;
mod table;

pub use inventory::Snapshot;
#[cfg(test)]
pub(crate) use ledger::Builder;
pub use ledger::{Ledger, Shipped};
pub use lots::{Lot, Money, State, Terms};
pub use market::Daily;
pub use orders::{Order, OrderType, Segment, Status};
pub use read::{Exports, FileRecord, Locations, read};
pub use shipments::Shipment;
pub use supply::{Supply, WaferOrder};
pub use table::Rejected;
