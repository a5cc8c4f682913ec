//! Checked types: a value that exists is a valid one, and its unit is in its type or its name.

mod calendar;
pub(crate) mod date_form;
mod fiscal;
mod interval;
mod money;
mod month_names;
mod network;
mod scenario;
mod share;
mod subsidy;

pub use calendar::{Month, month_end};
pub use fiscal::{FiscalYear, Quarter};
pub use interval::{Interval, Quantiles};
pub use money::{MicroUsd, Usd};
pub use network::{
    BLOCK_SECONDS, BLOCKS_PER_DAY, DAY_SECONDS, Difficulty, HASHES_PER_BLOCK, HashPrice, Hashrate,
    hashprice_at, implied_price,
};
pub use scenario::Scenario;
pub use share::Share;
pub use subsidy::{LAST_HALVING, subsidy_btc};
