//! What the orders and shipments of an as-of date come to: lots, and sums of what lots do not hold.

use std::collections::BTreeMap;

use crate::domain::Month;
use crate::job::ModelId;

use super::accounts::Account;
use super::agreement::Agreement;
use super::amended::Amended;
use super::copied::{Copied, Field};
use super::gaps::Gaps;
use super::lots::{Lot, State};
use super::named::Named;
use super::numbers::OrderNumbers;
use super::open_lines::OpenLine;
use super::options::OpenOption;
use super::order::{OrderType, Segment};
use super::settled::{PaymentsSeen, Receivable};
use super::states::States;
use super::totals::{MOST_DELIVERY_MONTHS, OpenOrders, Sold};

/// Everything that the orders and shipments up to the as-of date say.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// The as-of month.
    pub as_of: Month,
    /// Orders added up, sorted by terms.
    pub lots: Vec<Lot>,
    /// What was sold, by month of signature, kind of customer and type of order.
    pub sold: BTreeMap<(Month, Segment, OrderType), Sold>,
    /// Machines that left for distributors, by month.
    pub channel_sell_in: BTreeMap<Month, u64>,
    /// Machines signed in the trailing year, by customer.
    pub customers: BTreeMap<String, u64>,
    /// Machines sold as futures in the trailing year, by months of delivery less 1.
    pub futures_by_delivery: [u64; MOST_DELIVERY_MONTHS],
    /// What customers still are to get at the as-of date, by customer and model; only what is above 0.
    pub open: BTreeMap<String, BTreeMap<ModelId, OpenOrders>>,
    /// What each customer bought, took and still is to get.
    pub accounts: BTreeMap<String, Account>,
    /// Order lines with machines still to deliver at the as-of date, sorted by order, line and signature; `None` where they
    /// are more than anybody reads.
    pub open_lines: Option<Vec<OpenLine>>,
    /// Every order number up to the as-of date, whatever became of the order; `None` where they are too many.
    pub order_numbers: Option<OrderNumbers>,
    /// What the shipments export says; `None` when there is none, or no row of it up to the as-of date.
    pub shipped: Option<Shipped>,
    /// What the orders and the shipments export say of each other; `None` where `shipped` is.
    pub agreement: Option<Agreement>,
    /// Whether states and delivered quantities are from after the as-of date.
    pub exported_later: bool,
    /// Machines ordered by what the export says of the order: open, completed, cancelled.
    pub by_status: [u64; 3],
    /// Orders that were cancelled and signed again, sorted.
    pub amended: Vec<Amended>,
    /// First month of what was signed without a break of years: orders signed before are strays. The month of the first
    /// order where there are none.
    pub begins: Month,
    /// Months by which machines may be past due and count as firm.
    pub past_due_months: u32,
    /// What is due on dates to come by the payments export, of orders that were not cancelled.
    pub receivable: Receivable,
    /// What the payments export and the orders say of each other; `None` without one.
    pub payments: Option<PaymentsSeen>,
    /// Options that customers have, sorted: no orders.
    pub options: Vec<OpenOption>,
    /// What a person should look at.
    pub oddities: Oddities,
}

/// Orders that are strange and yet can be used.
#[derive(Clone, Debug, Default)]
pub struct Oddities {
    /// Due or delivered before they were signed.
    pub delivery_before_signature: Named,
    /// Orders signed before [`Ledger::begins`], and their machines.
    pub stray: (Named, u64),
    /// Orders with machines past due for longer than the job allows, and those machines.
    pub lapsed: (Named, u64),
    /// Orders whose states and dates contradict what left of them.
    pub states: States,
    /// Open orders that stand twice.
    pub copied: Copied,
    /// Open orders that stand beside what they revise.
    pub revised: Copied,
    /// Open orders that stand twice but for one field, where they are several.
    pub near_copies: Vec<(Field, Copied)>,
    /// Order numbers missing among the newest.
    pub gaps: Option<Gaps>,
    /// Whether there were too many order lines to look for those signed again.
    pub amended_unknown: bool,
}

/// What left the door, by the shipments export.
#[derive(Clone, Debug, Default)]
pub struct Shipped {
    /// First month of the export; `None` when it is empty.
    pub first: Option<Month>,
    /// Machines by model and month.
    pub by_model: BTreeMap<(ModelId, Month), u64>,
}

impl Ledger {
    /// Whether deliveries come from the shipments export.
    pub const fn shipments_known(&self) -> bool {
        self.shipped.is_some()
    }

    /// The state of a lot as it was known at the end of `as_of`.
    ///
    /// A later cancellation does not exist yet. `completed` is believed only from an export made on the as-of date. It has
    /// no date of its own: where shipments are known, an order completed with less than its quantity is taken to be closed
    /// from its last delivery on.
    pub fn state(&self, lot: &Lot, as_of: Month) -> State {
        match lot.terms.state {
            State::Cancelled(month) | State::Closed(month) if month > as_of => State::Open,
            State::Completed if self.replayed(as_of) => State::Open,
            state => state,
        }
    }

    /// Whether delivered quantities in the export are from after the end of `as_of`.
    pub fn replayed(&self, as_of: Month) -> bool {
        self.exported_later || as_of < self.as_of
    }

    /// Machines of a lot that left by month up to the end of `as_of`.
    pub fn shipped(&self, lot: &Lot, as_of: Month) -> BTreeMap<Month, u64> {
        match lot.shipped() {
            Some(shipped) if self.shipments_known() => {
                shipped.range(..=as_of).map(|(month, machines)| (*month, *machines)).collect()
            }
            Some(shipped) if !self.replayed(as_of) => shipped.clone(),
            _ => {
                let until = match self.state(lot, as_of) {
                    // Cancelled in its month of signing: nothing of it was scheduled to leave.
                    State::Cancelled(month) if month == lot.terms.signed => return BTreeMap::new(),
                    // Signed again: what leaves is of the new order.
                    State::Cancelled(_) if lot.terms.amended.is_some_and(|known| known <= as_of) => {
                        return BTreeMap::new();
                    }
                    State::Cancelled(month) => as_of.min(month),
                    _ => as_of,
                };
                let due = lot.terms.start.to(lot.last_month().min(until));
                due.map(|month| (month, lot.due_in(month))).filter(|(_, machines)| *machines > 0).collect()
            }
        }
    }
}
