//! What a run has to say about the vintages before it.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::Month;
use crate::history::Book;
use crate::ingest::Exports;
use crate::job::Job;
use crate::publish::{Listing, Manifest, VintageName};
use crate::supply::Settled;
use crate::table::Spec;

use super::bridge::{Bridge, bridge};
use super::cash::{CashChanged, cash_changed};
use super::placed::{OrderBridge, orders_revised};
use super::read::{Earlier, PublishedForecast, earlier};
use super::realised::{Realised, realised};
use super::rerun::Parts;
use super::wafers::{WafersChanged, wafers_changed};
use super::waterfall::{WaterfallRow, waterfall};

/// Bridges, realised accuracy and waterfall of a vintage.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The vintage.
    pub name: VintageName,
    /// Its as-of month.
    pub as_of: Month,
    /// From the vintage that it revises, if any, and from that of the as-of date before.
    pub bridges: Vec<Bridge>,
    /// Wafers to order against those that the same vintages planned.
    pub wafers: Vec<WafersChanged>,
    /// Cash against that of the same vintages.
    pub cash: Vec<CashChanged>,
    /// Wafer orders bridged from the same vintages.
    pub orders: Vec<OrderBridge>,
    /// What was decided of earlier orders.
    pub settled: Settled,
    /// Earlier vintages scored.
    pub realised: Vec<Realised>,
    /// Every vintage's forecast by month.
    pub waterfall: Vec<WaterfallRow>,
    /// Vintages that could not be read or bridged.
    pub warnings: Vec<Diagnostic>,
}

/// Compares a vintage that is about to be published as `name` with the earlier ones in `out` that stand; `parts` are those of its
/// forecast.
pub fn chain(
    (out, listing): (&Path, &Listing),
    name: VintageName,
    manifest: &Manifest,
    (job, exports, settled): (&Job, &Exports, &Settled),
    (published, parts): (&PublishedForecast, &Parts),
    specs: &[&Spec],
) -> Chain {
    let as_of = Month::of(exports.as_of);
    let (vintages, mut warnings) = earlier((out, listing), as_of, specs);
    let book = Book::new(&exports.ledger, &job.catalogue, as_of);
    let (mut bridges, mut wafers, mut orders) = (Vec::new(), Vec::new(), Vec::new());
    let mut cash = Vec::new();
    for vintage in bridged_from(&vintages, name) {
        orders.extend(orders_revised(vintage, published, (as_of, settled)));
        cash.extend(cash_changed(vintage, published));
        match bridge(vintage, manifest, job, exports, (published, parts)) {
            Some(bridge) => {
                bridges.push(bridge);
                wafers.extend(wafers_changed(vintage, published, exports.as_of));
            }
            None => warnings.push(Diagnostic::warning(
                Code::Suspicious,
                Place::default(),
                format!(
                    "vintage {} is not compared with: market data no longer cover {}",
                    vintage.name, vintage.as_of
                ),
            )),
        }
    }
    let before: Vec<Earlier> = vintages.into_iter().filter(|v| v.as_of < as_of).collect();
    Chain {
        name,
        as_of,
        bridges,
        wafers,
        cash,
        orders,
        settled: settled.clone(),
        realised: realised(&before, &book, &job.catalogue),
        waterfall: waterfall(&before, (name, published), &book, &job.catalogue),
        warnings,
    }
}

/// The vintage before, and the one that this one revises.
fn bridged_from(vintages: &[Earlier], name: VintageName) -> impl Iterator<Item = &Earlier> {
    let before = vintages.iter().rfind(|v| v.name.as_of < name.as_of);
    let revised = vintages.iter().rfind(|v| v.name.as_of == name.as_of);
    before.into_iter().chain(revised)
}
