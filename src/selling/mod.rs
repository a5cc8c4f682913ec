//! What a machine is worth: to its buyer at a price, to the maker who must clear it, and to the maker who mines with
//! it; what stands in the channel; and what the largest customer owes. `docs/concepts/selling.md` has the formulas, their
//! sources and an example of each, which the tests here recompute.

mod backlog;
mod channel;
mod choice;
mod cost;
mod machine;
mod mining;
mod prices;
mod salvage;
mod site;

pub use backlog::{Backlog, Loss};
pub use channel::{CHANNEL_MONTHS, Channel, Stock};
pub use choice::{BestUse, mining_from};
pub use cost::{ChipCost, chip_cost, machine_cost};
pub use machine::{
    break_even_power, efficiency_class, monthly_margin, payback_band, payback_months, price_for_payback,
};
pub use mining::Mining;
pub(crate) use prices::recent_price;
pub use prices::{LIST_MONTHS, Prices};
pub use salvage::{SalvageValues, clearance_price};
pub use site::Site;

#[cfg(test)]
mod examples;
