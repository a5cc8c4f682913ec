//! Stock and wafers on order against the machines due before a wafer ordered today could be in.

use crate::diagnostic::{Code, Severity};
use crate::history::Book;
use crate::ingest::Exports;
use crate::job::{Job, good_chips_per_wafer};

use super::{Reconciliation, Row};

/// Months of firm deliveries that are looked at, at most.
const MONTHS: usize = 12;

/// Share of the chips of machines due within the lead time that stock and wafers on order make, below which wafer orders are
/// likely missing from supply: 1.09 at least with honest makers, 0.47 without the orders of the last three months.
const COVERED: f64 = 0.75;

/// Machines due from which on it matters.
const LEAST_DUE: i64 = 100;

pub(super) fn check(found: &mut Reconciliation, job: &Job, exports: &Exports, book: &Book<'_>) {
    let supply = &exports.supply;
    if !supply.known {
        return;
    }
    let catalogue = &job.catalogue;
    let firm = book.signed_to_ship::<MONTHS>(catalogue);
    for chip in catalogue.chip_ids() {
        let foundries = catalogue.foundries_of(chip).into_iter().map(|f| &catalogue.foundries[f]);
        let Some(lead) = foundries.map(|f| f.lead_months.months()).min() else { continue };
        let within = usize::try_from(lead).unwrap_or(MONTHS).min(MONTHS);
        let (mut machines, mut needed, mut have) =
            (0, 0.0, (supply.chips[chip.0] + supply.dies[chip.0]) as f64);
        for model in catalogue.models_of(chip) {
            let each = f64::from(catalogue.models[model].chips_per_machine);
            let due: i64 = firm[model].iter().take(within).sum();
            machines += due;
            needed += due as f64 * each;
            have += supply.machines[model] as f64 * each;
        }
        let orders = supply.orders.iter().filter(|order| order.chip == chip);
        let wafers: u64 = orders.clone().map(|order| u64::from(order.wafers)).sum();
        have += orders
            .map(|o| f64::from(o.wafers) * good_chips_per_wafer(&catalogue.chips[chip], o.yield_share))
            .sum::<f64>();
        let part = have / needed;
        if machines < LEAST_DUE || part >= COVERED {
            continue;
        }
        let name = catalogue.chips[chip].name();
        let reason = format!(
            "stock and {wafers} wafers on order make {:.0}% of the {needed:.0} chips of {name} in the {machines} machines due within its lead time of {lead} months: are wafer orders missing from the export?",
            100.0 * part
        );
        let row = Row::new("covered", "supply", name).between(have, needed).against(part, COVERED);
        found.report(&job.checks, row, (Code::OddWafers, Severity::Warning), exports.place("supply"), reason);
    }
}
