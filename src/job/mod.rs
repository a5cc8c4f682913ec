//! The job file: one TOML file holds every number of a quarter's decision.
//!
//! [`Job::load`] returns a job only when every key is known, every number lies in its range and every name
//! that one section uses is defined in another.

#[macro_use]
mod values;

mod assumptions;
mod budget;
mod cash;
mod check_catalogue;
mod check_exports;
mod check_factory;
mod check_mining;
mod check_sections;
mod date_format;
mod dies;
mod drivers;
mod export;
mod factory;
mod file;
mod ids;
mod load;
mod missing;
mod order_ids;
mod parts;
mod plain_words;
mod plausibility;
mod policy;
mod pricing;
mod problems;
mod products;
mod reconciliation;
mod resolve;
mod sections;
mod spares;
mod steps;
mod unreadable;
mod words;

pub use assumptions::Assumption;
pub use budget::{Budget, Stress};
pub use cash::{CancelledDeposits, Cash, DepositUse};
pub use date_format::{DateFormat, Quarters};
pub use dies::{good_chips_per_wafer, gross_dies, murphy_yield};
pub use drivers::{BUILT_IN_DRIVERS, Driver, DriverEffect, DriverKind};
pub use export::{Chart, Export, Exports, Unit};
pub use factory::Factory;
pub use ids::{ChipId, FoundryId, ModelId};
pub use order_ids::{Alike, OrderIdRule};
pub use parts::Part;
pub use plausibility::Plausibility;
pub use policy::{BySegment, Policy, Priority};
pub use pricing::{Mining, MiningMove, Pricing};
pub use products::{CancellationStep, Catalogue, Chip, Foundry, Model};
pub use reconciliation::Limits;
pub use sections::{
    CheckSeverity, Checks, Demand, Format, Job, Market, Output, Reading, Run, Scenarios, Wafers,
};
pub use spares::Spares;
pub use steps::{
    Compute, Condition, Constant, DayOfMonth, Extract, FillDown, Group, HeaderPattern, HeaderRows, Join,
    Missing, NetReversals, NumberRows, Pivot, PromoteHeaders, Rows, SplitRows, Step, Steps, TextOf, Unpivot,
};
pub use values::{Ascending, AtLeastZero, Factor, LeadMonths, Positive};
pub use words::Words;
