//! Exports in, typed rows out. Every problem of every file is collected; nothing is guessed.
//!
//! A row dated after `as_of` does not exist: it is left out before anything else in it is looked at.
//!
//! ```text
//! files -> source (gzip, encoding, parquet/, JSON) -> chunks -> layout (header) -> scan (threads) -> table (cells)
//!       -> one file an export: orders, shipments, inventory, supply, market/ -> ledger, checks
//!       plausibility: what cannot be right is told, left out where it is rare, and else stops the run
//! ```

mod agreement;
mod amended;
mod builder;
mod checks;
mod chunks;
mod copied;
mod dates;
mod drivers;
mod encoding;
mod file_names;
mod files;
mod form;
mod inventory;
mod json;
mod json_path;
mod keys;
mod layout;
mod ledger;
mod limits;
mod lines;
mod lots;
mod market;
mod number;
mod open_lines;
mod order_lines;
mod order_numbers;
mod orders;
mod overrides;
mod parquet;
mod placed_orders;
mod plausibility;
mod read;
mod reading;
mod record;
mod sample;
mod scan;
mod schedule;
mod seen;
mod shaped;
mod sharing;
mod shipments;
mod source;
mod states;
mod sums;
mod supply;
mod table;
mod workbook;

/// What is wrong with a cell: the kind, and the reason in a sentence fragment.
type Wrong = (crate::diagnostic::Code, String);

pub use agreement::{Agreement, Difference, Differences};
pub use amended::{AMENDED_DAYS, Amended};
#[cfg(test)]
pub(crate) use builder::Builder;
pub use copied::Copied;
pub(crate) use dates::readable_dates;
pub use drivers::DriverValue;
pub use files::Locations;
pub use inventory::Snapshot;
pub use ledger::{Ledger, OpenOrders, Shipped, Sold};
pub use lots::{Lot, Money, Paid, State, Terms};
pub use market::Daily;
pub use open_lines::OpenLine;
pub use orders::{Order, OrderType, Segment, Status};
pub use overrides::Override;
pub(crate) use placed_orders::cell;
pub use placed_orders::{Decided, PlacedOrder, PlacedOrders, decisions};
pub use read::{Exports, read};
pub use reading::FileRecord;
pub use seen::Seen;
pub use shipments::Shipment;
pub use states::{Count, States};
pub use supply::{Item, Supply, WaferOrder};
pub use table::Rejected;
