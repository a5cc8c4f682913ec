//! The customer that matters most: who has most still to deliver, and what of it all goes with them.

use std::collections::BTreeSet;

use crate::domain::{Month, Usd};
use crate::ingest::{Exports, USUAL_MONTHS, customer_key};
use crate::job::Cash;
use crate::text::visible;
use crate::views::words::grouped;

use super::groups::{Gathered, gather};

/// The group of customers with the most still to deliver by value, of equals by machines and then by what it signs.
#[derive(Clone, PartialEq, Debug)]
pub struct Largest {
    /// The parent, or the customer where it has none.
    pub name: String,
    /// Its customers, as names are compared.
    customers: BTreeSet<String>,
    /// Its share of the value of all open contracts; of their machines where none has a price.
    pub open_share: f64,
    /// Its share of the machines signed in the months that its usual share is taken from.
    pub signed_share: f64,
    /// What it still has to pay of its contracts.
    pub owed: Usd,
}

impl Largest {
    /// Of all groups that have an order; `None` where nothing is open and nothing was signed.
    pub fn of(exports: &Exports, cash: &Cash, as_of: Month) -> Option<Self> {
        let groups: Vec<Gathered> = gather(exports, as_of).into_values().collect();
        let most = |a: &Gathered, b: &Gathered| {
            let open = a.open_value().dollars().total_cmp(&b.open_value().dollars());
            open.then(a.machines_open().cmp(&b.machines_open())).then(a.usual().cmp(&b.usual()))
        };
        // Of equals the first by name.
        let largest = groups.iter().rev().max_by(|a, b| most(a, b))?;
        let share = |of: &dyn Fn(&Gathered) -> f64| {
            let all: f64 = groups.iter().map(of).sum();
            if all > 0.0 { Some(of(largest) / all) } else { None }
        };
        let by_value = share(&|of| of.open_value().dollars());
        let open_share = by_value.or_else(|| share(&|of| of.machines_open() as f64)).unwrap_or(0.0);
        let signed_share = share(&|of| of.usual() as f64).unwrap_or(0.0);
        (open_share > 0.0 || signed_share > 0.0).then(|| Self {
            name: largest.name().to_owned(),
            customers: largest.customers().clone(),
            open_share,
            signed_share,
            owed: largest.owed(cash),
        })
    }

    /// Who it is, and what goes with it, in words.
    pub fn described(&self) -> String {
        let owed = grouped(self.owed.whole());
        format!(
            "{}: {:.1}% of what is on order, {owed} USD of it still to be paid, and {:.1}% of the machines signed in {USUAL_MONTHS} months",
            visible(&self.name),
            100.0 * self.open_share,
            100.0 * self.signed_share
        )
    }

    /// Whether a customer belongs to it.
    pub fn has(&self, customer: &str) -> bool {
        self.customers.contains(&customer_key(customer))
    }
}
