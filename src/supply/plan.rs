//! The wafer orders of a run: what is proposed, what it was found from, and what it was judged by.

use chrono::NaiveDate;

use crate::domain::{Month, Usd};
use crate::job::{ChipId, FoundryId, Job};
use crate::market::HORIZON;

use super::committed::Committed;
use super::economics::{Economics, Values};
use super::requirement::Requirement;

/// Whether an order must be placed before the next run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The place-by date falls before the next run.
    PlaceNow,
    /// A later run will decide.
    Planned,
}

impl Decision {
    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PlaceNow => "place_now",
            Self::Planned => "planned",
        }
    }
}

/// How a quantity was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// Up to the quantile of cumulative demand at the service level.
    OrderUpTo,
    /// What the mean forecast needs beyond what is supplied, for want of a price.
    MeanNetRequirement,
}

impl Rule {
    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrderUpTo => "order_up_to",
            Self::MeanNetRequirement => "mean_net_requirement",
        }
    }
}

/// One wafer order proposed.
#[derive(Clone, Debug)]
pub struct ProposedOrder {
    /// Place of the chip in the job's list.
    pub chip: ChipId,
    /// Place of the foundry's terms in the job's list.
    pub foundry: FoundryId,
    /// Day on which it must be placed at the latest.
    pub place_by: NaiveDate,
    /// Whether it falls before the next run.
    pub decision: Decision,
    /// How its quantity was found.
    pub rule: Rule,
    /// Month in which its chips are in hand.
    pub wafer_out: Month,
    /// Month in which its machines can first ship.
    pub ship_month: Month,
    /// Months ahead of the last ship month that it was ordered for, 0 is the first: the supply is brought up to the level
    /// of that month.
    pub through: usize,
    /// Order-up-to level: chips for demand up to that month beyond machines on hand.
    pub level: f64,
    /// Chips and dies on hand that can ship by then.
    pub chips_on_hand: f64,
    /// Good chips of open wafer orders that can ship by then.
    pub chips_on_order: f64,
    /// Wafers of those orders.
    pub wafers_on_order: i64,
    /// Good chips of other orders that can ship by then, as proposed before this one's last wafers: what is added to
    /// them for a later month is counted there.
    pub chips_proposed: f64,
    /// Wafers missing to the level, rounded up.
    pub net_wafers: i64,
    /// Wafers to order: whole lots, within minimum and monthly maximum.
    pub wafers: i64,
    /// Lots.
    pub lots: i64,
    /// Wafers missing to the level with every order that can ship by then: what no foundry takes in time.
    pub short_wafers: i64,
    /// Good chips from one of its wafers.
    pub good_per_wafer: f64,
    /// Price of the order.
    pub cost: Usd,
    /// Paid when placed.
    pub prepayment: Usd,
    /// Paid when the wafers are out.
    pub balance: Usd,
    /// Share of paths in which demand up to the month exceeds every chip that can ship by then.
    pub prob_short: f64,
    /// Mean over paths of the wafers left over at that month.
    pub expected_excess_wafers: f64,
    /// Why this foundry and this day.
    pub sourcing: String,
}

impl ProposedOrder {
    /// Good chips that it brings.
    pub fn good_chips(&self) -> f64 {
        self.wafers as f64 * self.good_per_wafer
    }

    /// Months ahead of the month in which its machines can first ship, 0 is the first.
    pub fn ahead(&self, as_of: Month) -> usize {
        usize::try_from(self.ship_month - as_of - 1).unwrap_or(0)
    }
}

/// What the orders of one chip were found from.
#[derive(Clone, Debug)]
pub struct ChipPlan {
    /// Chips that demand takes, base scenario.
    pub need: Requirement,
    /// Last month ahead whose orders this run decides, 0 is the first; `None` where it decides none within the twelve.
    pub window: Option<usize>,
    /// Costs of too few and too many, by the foundries for the chip in the job's order; why there are none otherwise.
    pub economics: Vec<(FoundryId, Result<Economics, String>)>,
    /// Order-up-to level of each month.
    pub levels: [f64; HORIZON],
    /// Wafers that no foundry takes in time for the month, cumulated.
    pub short_wafers: [i64; HORIZON],
}

impl ChipPlan {
    /// Month up to which the orders decided now are judged: the window's last, or the horizon's.
    pub fn judged(&self) -> usize {
        self.window.unwrap_or(HORIZON - 1)
    }

    /// The economics at a foundry.
    pub fn at(&self, foundry: FoundryId) -> Option<&Economics> {
        self.economics.iter().find(|(index, _)| *index == foundry).and_then(|(_, found)| found.as_ref().ok())
    }
}

/// The orders of every chip, and what they were found from.
#[derive(Clone, Debug)]
pub struct Plan {
    /// One a chip, in the job's order.
    pub chips: Vec<ChipPlan>,
    /// The orders by scenario, in the order of `Scenario::ALL`: those decided now are the same in each, those planned follow
    /// its mean demand.
    pub orders: Vec<Vec<ProposedOrder>>,
}

/// What orders are proposed from.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// The job.
    pub job: &'a Job,
    /// Last month known.
    pub as_of: Month,
    /// Committed supply.
    pub committed: &'a Committed,
    /// Machines of contracts with a deposit, by model and month ahead.
    pub firm: &'a [[i64; HORIZON]],
    /// Prices.
    pub values: Values<'a>,
    /// Past errors of the forecast by quarter ahead: they limit the service level.
    pub errors: [usize; 4],
    /// Share of machines short that is lost, because their customers leave before the next run's orders ship.
    pub lost_share: f64,
}

/// Good chips of proposed orders by chip and the month ahead in which their machines first can ship.
pub fn proposed_chips(orders: &[ProposedOrder], job: &Job, as_of: Month) -> Vec<[f64; HORIZON]> {
    let mut chips = vec![[0.0; HORIZON]; job.catalogue.chips.len()];
    for order in orders {
        if let Some(cell) = chips[order.chip].get_mut(order.ahead(as_of)) {
            *cell += order.good_chips();
        }
    }
    chips
}
