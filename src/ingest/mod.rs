//! Exports in, typed rows out. Every problem of every file is collected; nothing is guessed.
//!
//! A row dated after `as_of` does not exist: it is left out before anything else in it is looked at.
//!
//! ```text
//! files   where exports lie; a file opened (gzip, encoding, Parquet, JSON) and cut into pieces and records
//! cells   a header bound to columns; a cell as number, date, word, model
//! rows    every row of a file, read by as many threads as help; what is wrong, against the job's tolerance
//!   orders   order lines with what left of them, added up to lots and a ledger
//!   market   hashprice and difficulty, one number a day
//!   exports  inventory, payments, supply, customers, pipeline, overrides, drivers, placed orders
//! frames  market days and stock as typed frames, which history and checks are built from
//! plausibility   what cannot be right is reported, left out where it is rare, and else stops the run
//! read    all exports of a job as of a date, and what they say of each other
//! inspect what an unknown file looks like, and a section of the job that would read it
//! ```

mod cells;
mod exports;
mod files;
mod frames;
mod inspect;
mod market;
mod names;
mod orders;
mod plausibility;
mod read;
mod rows;

pub use cells::seen::Seen;
pub use cells::table::Rejected;
pub use exports::customers::{Customer, Customers, key as customer_key};
pub use exports::drivers::DriverValue;
pub use exports::overrides::{Override, Overrides};
pub use exports::payments::PaymentKind;
pub use exports::pipeline::Deal;
pub(crate) use exports::placed_orders::cell;
pub use exports::placed_orders::{Decided, PlacedOrder, PlacedOrders, decisions};
#[cfg(test)]
pub(crate) use exports::snapshot::Snapshot;
pub use exports::supply::{Item, Supply, WaferOrder};
pub use files::locations::Locations;
pub use frames::{Counted, Held, MarketDays, MonthCount, Quote, Stock};
pub use inspect::{Proposal, inspect};
pub use market::series::Daily;
pub use orders::accounts::{Account, USUAL_MONTHS, Worth};
pub use orders::agreement::{Agreement, Difference, Differences};
pub use orders::amended::{AMENDED_DAYS, Amended};
#[cfg(test)]
pub(crate) use orders::builder::Builder;
pub use orders::copied::{Copied, Field};
pub use orders::ledger::{Ledger, Shipped};
pub use orders::lots::{Lot, Paid, State, Terms};
pub use orders::money::Money;
pub use orders::numbers::OrderNumbers;
pub use orders::open_lines::OpenLine;
pub use orders::options::OpenOption;
pub use orders::order::{Order, OrderType, Segment, Status};
pub use orders::settled::{Differing, PaymentsSeen, Receivable, Settled};
pub use orders::shipments::Shipment;
pub use orders::standing::Standing;
pub use orders::states::{Count, States};
pub use orders::totals::{OpenOrders, Sold};
pub use read::{Exports, read};
pub use rows::reading::FileRecord;
