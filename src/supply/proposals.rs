//! What an earlier vintage proposed to order, and what became of each order.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::PathBuf;

use chrono::NaiveDate;

use crate::diagnostic::Diagnostic;
use crate::domain::Month;
use crate::ingest::{Decided, PlacedOrder, WaferOrder};

/// A wafer order that an earlier vintage proposed, to be decided before the next run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    /// Its chip.
    pub chip: String,
    /// Its foundry.
    pub foundry: String,
    /// Last day to place it.
    pub place_by: NaiveDate,
    /// How many.
    pub wafers: i64,
}

/// What people call the order of a chip at a foundry to be placed by a day, proposed in a period, which is the name of the vintage
/// without its revision, so that a revision names the order alike: 2025Q3/C5/Foundry East/2025-10-31.
pub fn order_name(period: &str, chip: &str, foundry: &str, place_by: impl Display) -> String {
    format!("{period}/{chip}/{foundry}/{place_by}")
}

impl Proposal {
    /// What people call it where a vintage of this period proposes it.
    pub fn order(&self, period: &str) -> String {
        order_name(period, &self.chip, &self.foundry, self.place_by)
    }

    /// The row of the order that nobody has decided.
    pub fn undecided(&self, period: &str) -> PlacedOrder {
        PlacedOrder {
            order: self.order(period),
            chip: self.chip.clone(),
            foundry: self.foundry.clone(),
            place_by: self.place_by.to_string(),
            proposed: self.wafers,
            decided: Decided::Proposed,
            wafers: None,
            date: None,
            approver: String::new(),
            note: String::new(),
            line: 0,
        }
    }
}

/// What a vintage published of an order that was decided before it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    /// Its chip.
    pub chip: String,
    /// Its foundry.
    pub foundry: String,
    /// Wafers proposed.
    pub proposed: i64,
    /// Whether `supply` showed it.
    pub in_supply: bool,
}

/// The wafer orders of the vintage before.
#[derive(Clone, Debug)]
pub struct OrdersBefore {
    /// Its name.
    pub vintage: String,
    /// Its name without its revision, by which its orders are named.
    pub period: String,
    /// Its as-of month.
    pub as_of: Month,
    /// Where people write what they decided; `None` where it was published without such a file.
    pub file: Option<PathBuf>,
    /// What it proposed to place before this run.
    pub proposals: Vec<Proposal>,
    /// Orders of earlier vintages, by name.
    pub known: BTreeMap<String, Known>,
}

/// What has become of an order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Standing {
    /// Neither placed nor declined.
    Undecided,
    /// Decided after the as-of date: not known on it.
    Later,
    /// Not to be placed.
    Declined,
    /// Placed and taken back.
    Cancelled,
    /// Placed and not in `supply` yet: it counts as on order.
    OnOrder,
    /// In `supply`, now or at an earlier run: `supply` counts.
    InSupply,
    /// Placed, due by the as-of date and never in `supply`: it counts as nothing.
    PastDue,
}

impl Standing {
    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Undecided => "undecided",
            Self::Later => "decided_later",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::OnOrder => "on_order",
            Self::InSupply => "in_supply",
            Self::PastDue => "past_due",
        }
    }
}

/// An order and what has become of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrderSettled {
    /// What was decided.
    pub row: PlacedOrder,
    /// What has become of it.
    pub standing: Standing,
    /// Day its chips should be in hand, where it was placed.
    pub due: Option<NaiveDate>,
    /// Wafers of it that `supply` shows.
    pub in_supply: Option<i64>,
    /// Wafers that count as on order beside `supply`.
    pub counted: i64,
}

/// Every order proposed or placed before, and what counts of it.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// The orders, by name.
    pub orders: Vec<OrderSettled>,
    /// What counts as on order beside `supply`.
    pub on_order: Vec<WaferOrder>,
    /// What stops the run.
    pub errors: Vec<Diagnostic>,
    /// What a person should know.
    pub warnings: Vec<Diagnostic>,
    /// Orders that nobody decided, in words.
    pub reminder: Option<String>,
}
