//! A lot of orders at a month end: what left of it, what is still due and when.

use std::collections::BTreeMap;

use crate::domain::Month;
use crate::ingest::{Ledger, Lot, Standing, State};

/// A lot of orders as it was known on the book's date.
#[derive(Clone, Debug)]
pub struct BookedLot<'a> {
    /// The orders, added up.
    pub lot: &'a Lot,
    /// Their state.
    pub state: State,
    /// Whether they were cancelled and signed again, as far as it was known.
    pub amended: bool,
    /// Whether the contracts count; at dates before the exports' own, of which it is not known, they do.
    pub standing: Standing,
    /// Machines that left, by month.
    pub shipped: BTreeMap<Month, u64>,
    /// Machines that were due by the book's date and have not left, without those below; 0 unless open.
    pub past_due: u64,
    /// Machines past due for longer than the job allows, which are not firm; 0 unless open.
    pub lapsed: u64,
    /// Machines due in later months; empty unless open.
    pub due: Vec<(Month, u64)>,
}

impl BookedLot<'_> {
    /// Machines still to deliver.
    pub fn remaining(&self) -> u64 {
        self.past_due + self.due.iter().map(|(_, machines)| machines).sum::<u64>()
    }

    /// Month in which the orders were cancelled for good: not those that were signed again.
    pub const fn cancelled(&self) -> Option<Month> {
        match self.state {
            State::Cancelled(month) if !self.amended => Some(month),
            _ => None,
        }
    }

    /// Last month in which something of them could leave: that of their cancellation, or of the last delivery of orders
    /// that were completed short.
    pub const fn ended(&self) -> Option<Month> {
        match self.state {
            State::Cancelled(month) | State::Closed(month) => Some(month),
            _ => None,
        }
    }

    /// Whether the orders count as demand: not those cancelled in their month of signing and not signed again.
    pub fn is_demand(&self) -> bool {
        self.amended || self.state != State::Cancelled(self.lot.terms.signed)
    }

    /// Machines that count as signed: of orders cancelled in their month of signing, what was delivered.
    pub fn intake(&self) -> u64 {
        if self.is_demand() { self.lot.quantity } else { self.shipped.values().sum() }
    }
}

/// A lot as of a month end. Machines delivered ahead of schedule are taken off the earliest batches to come.
pub(super) fn booked<'a>(ledger: &Ledger, lot: &'a Lot, as_of: Month) -> BookedLot<'a> {
    let state = ledger.state(lot, as_of);
    let shipped = ledger.shipped(lot, as_of);
    let amended = lot.terms.amended.is_some_and(|known| known <= as_of);
    let standing = if as_of == ledger.as_of { lot.terms.standing } else { Standing::NotSaid };
    let mut booked =
        BookedLot { lot, state, amended, standing, shipped, past_due: 0, lapsed: 0, due: Vec::new() };
    if state != State::Open {
        return booked;
    }
    let delivered: u64 = booked.shipped.values().sum();
    let due_so_far = lot.due_by(as_of);
    booked.lapsed = lot.due_by(as_of - ledger.past_due_months.cast_signed() - 1).saturating_sub(delivered);
    booked.past_due = due_so_far.saturating_sub(delivered + booked.lapsed);
    let mut ahead = delivered.saturating_sub(due_so_far);
    for month in lot.terms.start.max(as_of + 1).to(lot.last_month()) {
        let batch = lot.due_in(month);
        let taken = batch.min(ahead);
        ahead -= taken;
        if batch > taken {
            booked.due.push((month, batch - taken));
        }
    }
    booked
}
