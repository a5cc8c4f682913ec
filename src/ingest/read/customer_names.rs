//! Whether `customers`, `pipeline` and the orders speak of the same customers.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::ingest::exports::customers::{Customers, key};
use crate::ingest::exports::pipeline::Deal;
use crate::ingest::files::locations::Locations;
use crate::ingest::orders::ledger::Ledger;
use crate::ingest::orders::named::Named;
use crate::ingest::rows::reading::Reading;

/// Names shown of many.
const SHOWN: usize = 5;

/// Tells once of each export which of its customers the others do not know, and where it contradicts the orders.
pub(super) fn check(
    reading: &mut Reading<'_>,
    locations: &Locations,
    ledger: &Ledger,
    (customers, pipeline): (Option<&Customers>, Option<&[Deal]>),
) {
    if customers.is_none() && pipeline.is_none() {
        return;
    }
    let ordered: BTreeSet<String> = ledger.accounts.keys().map(|name| key(name)).collect();
    let deals = pipeline.unwrap_or_default();
    let talked: BTreeSet<String> = deals.iter().map(|deal| key(&deal.customer)).collect();
    let named = |names: &BTreeSet<&str>| {
        Named::of(names.len() as u64, names.iter().copied()).reported("customer", "customers")
    };
    let mut tell = |export: &str, reason: String| {
        let place = locations.of(export).and_then(|l| l.files.first()).map(|file| Place::file(file));
        reading.warnings.push(Diagnostic::warning(Code::Suspicious, place.unwrap_or_default(), reason));
    };
    if let Some(customers) = customers {
        let parents: BTreeSet<String> =
            customers.by_name.values().filter_map(|known| known.parent.as_deref().map(key)).collect();
        let unknown: BTreeSet<&str> = customers
            .by_name
            .iter()
            .filter(|(name, _)| ![&ordered, &talked, &parents].iter().any(|known| known.contains(*name)))
            .map(|(_, customer)| customer.name.as_str())
            .collect();
        if !unknown.is_empty() {
            tell(
                "customers",
                format!(
                    "{} in no order, no deal of the pipeline and parent of none: written otherwise there, or not sold to yet; what is said of them counts for nothing",
                    named(&unknown)
                ),
            );
        }
        let differing: Vec<String> = ledger
            .accounts
            .iter()
            .filter_map(|(name, account)| {
                let said = customers.by_name.get(&key(name))?.segment?;
                let ordered = account.segment().filter(|ordered| *ordered != said)?;
                Some(format!("{name} ({}, by its orders {})", said.name(), ordered.name()))
            })
            .collect();
        if !differing.is_empty() {
            let more = differing.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let first = differing.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
            tell(
                "customers",
                format!(
                    "the segment differs from that of most machines ordered: {first}{more}; key_accounts has that of customers, the rules of deposits that of the orders"
                ),
            );
        }
    }
    let known = |name: &str| customers.is_some_and(|customers| customers.by_name.contains_key(name));
    let unknown: BTreeSet<&str> = deals
        .iter()
        .map(|deal| deal.customer.as_str())
        .filter(|name| !ordered.contains(&key(name)) && !known(&key(name)))
        .collect();
    if !unknown.is_empty() {
        tell(
            "pipeline",
            format!(
                "{} in no order and not in customers: written otherwise there, or new; each counts as a customer of its own",
                named(&unknown)
            ),
        );
    }
}
