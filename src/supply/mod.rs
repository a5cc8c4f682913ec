//! What can be built and what must be ordered.
//!
//! committed (what is there) + requirement (what demand takes) + economics (critical ratio) -> orders, by sourcing -> shipping (what
//! ships on every path), allocation (what ships), pegging (what each order is for), quantities (what if), promise, shortage and exposure (what it means).

mod allocation;
mod assembled;
mod assembly;
mod budget;
mod cancelling;
mod claims;
mod committed;
mod deposits;
mod economics;
mod exposure;
mod fleet;
mod keep;
mod level;
mod lots;
mod orders;
mod overage;
mod parts;
mod pegging;
mod placed;
mod plan;
mod promise;
mod proposals;
mod requirement;
mod room;
mod shipping;
mod shortage;
mod sourcing;
mod waiting;
mod what_if;

pub use allocation::{Allocation, ChipFlow, MachineFlow, allocate};
pub use assembly::{Capacity, Factory, Limits};
pub use budget::{Sequence, Taken};
pub use cancelling::forfeited;
pub use claims::Claims;
pub use committed::{ChipsPerMachine, Committed, good_chips, terms_of};
pub use deposits::{AtDeposit, at_deposits};
pub use economics::{
    Economics, Fetched, MixMachine, Salvage, SalvageOf, Values, critical_ratio, effective_cost,
    supported_level,
};
pub use exposure::{Forfeit, Left, forfeit, forfeit_placed, left_over, open_balance, reservation_fees};
pub use fleet::Fleet;
pub use keep::{Held, Keep, keep_or_cancel};
pub use level::{Levelled, built, level};
pub use lots::Lot;
pub use parts::{PartNeed, PartSupply, part_needs};
pub use pegging::{Peg, Source, Use, peg};
pub use placed::settle;
pub use plan::{Basis, ChipPlan, Decision, Plan, ProposedOrder, Rule, proposed_chips};
pub use promise::{Promise, available_to_promise};
pub use proposals::{Known, OrderSettled, OrdersBefore, Proposal, Settled, Standing, order_name};
pub use requirement::{Exposure, Requirement};
pub use room::Room;
pub(crate) use shipping::{LATE, YIELD};
pub use shipping::{Late, Line, Shipping};
pub use shortage::{Shortage, shortages};
pub use sourcing::{Candidate, Placed, candidates};
pub use waiting::{Shipments, Waiting, who_waits};
pub use what_if::{Quantity, WhatIf, what_if};
