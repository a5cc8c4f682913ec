//! The market projected: price paths, difficulty's response to them, and the hashprice that follows.

mod outlook;

pub use crate::domain::Scenario;
pub use outlook::{Growth, HORIZON, Outlook, Path, mean_subsidy, past_gaps};
