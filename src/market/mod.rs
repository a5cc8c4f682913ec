//! The market carried forward: price paths, difficulty's answer to them, and the hashprice that follows.

mod outlook;

pub use outlook::{Growth, HORIZON, Outlook, Path, Scenario, mean_subsidy};
