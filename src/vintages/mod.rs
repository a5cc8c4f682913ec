//! The chain of vintages: earlier ones read back, the bridge from the one before, and how they did.
//!
//! Nothing here has a part in the forecast: earlier vintages are compared and scored, never used.

mod before;
mod book_change;
mod bridge;
mod cash;
mod chain;
mod compare;
mod placed;
mod proposed;
mod read;
mod realised;
mod rerun;
mod stored;
mod wafers;
mod waterfall;

pub use before::before;
pub use bridge::{Bridge, BridgeRow};
pub use cash::{CashChanged, CashRead, CashSaid};
pub use chain::{Chain, chain};
pub use compare::compare;
pub(crate) use placed::proposals;
pub use placed::{OrderBridge, OrdersRevised, orders_before};
pub(crate) use read::JOB_FILE;
pub use read::{Earlier, OfRole, PublishedForecast, earlier};
pub use realised::{LEAST_ERRORS, Realised, Signal, TRACKING_LIMIT};
pub use rerun::Parts;
pub use stored::Stored;
pub(crate) use stored::StoredRow;
pub use wafers::WafersChanged;
pub use waterfall::WaterfallRow;
