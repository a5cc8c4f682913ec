//! The job file: one TOML file holds every number of a quarter's decision.
//!
//! [`Job::load`] returns a job only when every key is known, every number lies in its range and every name
//! that one section uses is defined in another.

mod cash;
mod date_format;
mod dies;
mod drivers;
mod export;
mod ids;
mod load;
mod order_ids;
mod plausibility;
mod products;
mod reconciliation;
mod sections;
mod values;
mod words;

pub use cash::{CancelledDeposits, Cash, DepositUse};
pub use date_format::DateFormat;
pub use dies::{good_chips_per_wafer, gross_dies, murphy_yield};
pub use drivers::{BUILT_IN_DRIVERS, Driver, DriverEffect, DriverKind};
pub use export::{Chart, Export, Exports, Unit};
pub use ids::{ChipId, FoundryId, ModelId};
pub use order_ids::{Alike, OrderIdRule};
pub use plausibility::Plausibility;
pub use products::{Catalogue, Chip, Foundry, Model};
pub use reconciliation::Limits;
pub use sections::{
    CheckSeverity, Checks, Demand, Format, Job, Market, Mining, Output, Policy, Pricing, Priority, Reading,
    Run, Scenarios, Wafers,
};
pub use values::{Ascending, AtLeastZero, LeadMonths, Positive};
pub use words::Words;
