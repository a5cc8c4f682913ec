//! Closed months of this run against what the vintage before had of them.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Severity};
use crate::domain::{Difficulty, HashPrice, Month};
use crate::history::{Book, MarketHistory};
use crate::ingest::Exports;
use crate::job::Job;

use super::{Reconciliation, Row, Verdict, percent, share};

/// What the vintage before read, as it was published.
#[derive(Clone, Debug)]
pub struct Before {
    /// Its name.
    pub name: String,
    /// Its as-of month.
    pub as_of: Month,
    /// Machines signed, by month.
    pub intake: BTreeMap<Month, i64>,
    /// Machines that left, by month; empty where it had no shipments export.
    pub shipped: BTreeMap<Month, i64>,
    /// Mean hashprice and difficulty, by month.
    pub market: BTreeMap<Month, (Option<f64>, Option<f64>)>,
    /// Machines still to deliver of each open order; empty where they were too many to be listed.
    pub open: BTreeMap<String, i64>,
    /// Stock and wafers on order, by check and item of its table `reconciliation`.
    pub positions: BTreeMap<(&'static str, String), f64>,
}

impl Before {
    /// A vintage of which nothing was read yet.
    pub fn new(name: String, as_of: Month) -> Self {
        Self {
            name,
            as_of,
            intake: BTreeMap::new(),
            shipped: BTreeMap::new(),
            market: BTreeMap::new(),
            open: BTreeMap::new(),
            positions: BTreeMap::new(),
        }
    }

    /// Checks of the table `reconciliation` whose rows are positions.
    pub const POSITIONS: [&'static str; 2] = [super::supply::ON_ORDER, super::supply::STOCK];
}

pub(super) fn check(
    found: &mut Reconciliation,
    (job, exports): (&Job, &Exports),
    book: &Book<'_>,
    before: &Before,
) {
    intake(found, (job, exports), book, before);
    shipments(found, (job, exports), book, before);
    market(found, job, exports, before);
}

/// Machines of all models in a month of a series that begins in `first`.
pub(super) fn in_month(series: &[Vec<u64>], first: Month, month: Month) -> u64 {
    let index = usize::try_from(month - first).ok();
    index.map_or(0, |index| series.iter().filter_map(|model| model.get(index)).sum())
}

fn intake(found: &mut Reconciliation, (job, exports): (&Job, &Exports), book: &Book<'_>, before: &Before) {
    let limits = &job.reconciliation;
    let now = |month: Month| in_month(&book.intake, book.first, month);
    let year = (before.as_of - 11).to(before.as_of);
    let ours: u64 = year.clone().map(now).sum();
    let theirs: i64 = year.map(|month| before.intake.get(&month).copied().unwrap_or(0)).sum();
    let (ours_all, theirs_all) = (ours as f64, theirs as f64);
    let item = format!("{} to {}", before.as_of - 11, before.as_of);
    let (rise, fall) = (share(ours_all - theirs_all, theirs_all), share(theirs_all - ours_all, theirs_all));
    let place = || exports.place("futures_orders");
    let row = Row::new("closed_intake", "futures_orders", item.as_str()).between(ours_all, theirs_all);
    let (row, beyond, key, way) = if rise > 0.0 {
        let limit = limits.intake_rise.get();
        (row.against(rise, limit), rise > limit, "intake_rise", "more")
    } else {
        let limit = limits.intake_fall.get();
        (row.against(fall, limit), fall > limit, "intake_fall", "fewer")
    };
    if beyond {
        let reason = format!(
            "orders signed {item} are {ours} machines and were {theirs} in vintage {}: {} {way}, beyond {key} of [reconciliation]",
            before.name,
            percent(rise.max(fall))
        );
        found.report(&job.checks, row, (Code::ClosedMonthsChanged, Severity::Error), place(), reason);
    } else {
        // Contracts are cut later and booked late: that is reported by the bridge.
        found.note(
            row,
            if ours_all.to_bits() == theirs_all.to_bits() { Verdict::Agrees } else { Verdict::Noted },
        );
    }
    let lost: Vec<Month> = before
        .intake
        .iter()
        .filter(|(month, machines)| **month <= before.as_of && **machines > 0 && now(**month) == 0)
        .map(|(month, _)| *month)
        .collect();
    let limit = f64::from(limits.intake_months_lost);
    let row = Row::new("closed_intake_months", "futures_orders", "ALL")
        .between(before.intake.len() as f64 - lost.len() as f64, before.intake.len() as f64)
        .against(lost.len() as f64, limit);
    match (lost.first(), lost.last()) {
        (Some(first), Some(last)) if lost.len() as f64 > limit => {
            let reason = format!(
                "{} months from {first} to {last} had orders in vintage {} and have none now, beyond intake_months_lost of [reconciliation]",
                lost.len(),
                before.name
            );
            found.report(&job.checks, row, (Code::ClosedMonthsChanged, Severity::Error), place(), reason);
        }
        (None, _) => found.note(row, Verdict::Agrees),
        _ => found.note(row, Verdict::Noted),
    }
}

fn shipments(found: &mut Reconciliation, (job, exports): (&Job, &Exports), book: &Book<'_>, before: &Before) {
    if exports.ledger.shipped.is_none() || before.shipped.is_empty() {
        return;
    }
    let (mut ours, mut theirs, mut apart, mut year) = (0, 0, 0, 0);
    let mut worst: Option<(u64, Month, u64, u64)> = None;
    for (month, then) in before.shipped.range(book.deliveries_from..=before.as_of) {
        let (now, then) = (in_month(&book.deliveries, book.first, *month), u64::try_from(*then).unwrap_or(0));
        (ours, theirs, apart) = (ours + now, theirs + then, apart + now.abs_diff(then));
        if *month > before.as_of - 12 {
            year += then;
        }
        if worst.is_none_or(|(most, ..)| now.abs_diff(then) > most) {
            worst = Some((now.abs_diff(then), *month, now, then));
        }
    }
    let limit = job.reconciliation.closed_shipments_share.get();
    let part = share(f64::from(u32::try_from(apart).unwrap_or(u32::MAX)), year as f64);
    let row = Row::new("closed_shipments", "shipments", format!("to {}", before.as_of))
        .between(ours as f64, theirs as f64)
        .against(part, limit);
    match worst {
        Some((_, month, now, then)) if part > limit => {
            let reason = format!(
                "closed months up to {} have {ours} machines shipped and had {theirs} in vintage {}: they differ by {apart}, {} of a year's, beyond closed_shipments_share of [reconciliation]; most in {month}, {now} and {then}",
                before.as_of,
                before.name,
                percent(part)
            );
            let place = exports.place("shipments");
            found.report(&job.checks, row, (Code::ClosedMonthsChanged, Severity::Error), place, reason);
        }
        _ => found.note(row, if apart == 0 { Verdict::Agrees } else { Verdict::Noted }),
    }
}

fn market(found: &mut Reconciliation, job: &Job, exports: &Exports, before: &Before) {
    let now = MarketHistory::new(exports, job.reading.stale_days);
    let limit = job.reconciliation.closed_market_share.get();
    for export in ["hashprice", "difficulty"] {
        let hashprice = export == "hashprice";
        let pairs =
            before.market.iter().filter(|(month, _)| **month <= before.as_of).filter_map(|(month, then)| {
                let (ours, theirs) = if hashprice {
                    (now.hashprice(*month).map(HashPrice::usd_per_ph_day), then.0)
                } else {
                    (now.difficulty(*month).map(Difficulty::get), then.1)
                };
                let (ours, theirs) = (ours?, theirs.filter(|theirs| *theirs > 0.0)?);
                Some((*month, ours, theirs, (ours / theirs).max(theirs / ours) - 1.0))
            });
        let Some((month, ours, theirs, part)) = pairs.max_by(|a, b| a.3.total_cmp(&b.3)) else { continue };
        let row =
            Row::new("closed_market", export, month.to_string()).between(ours, theirs).against(part, limit);
        if part <= limit {
            // Published numbers are rounded.
            found.note(row, if part < 1e-4 { Verdict::Agrees } else { Verdict::Noted });
            continue;
        }
        let reason = format!(
            "mean {export} of {month} is {ours:.4} and was {theirs:.4} in vintage {}: {} apart, beyond closed_market_share of [reconciliation]; another source or unit?",
            before.name,
            percent(part)
        );
        found.report(
            &job.checks,
            row,
            (Code::ClosedMonthsChanged, Severity::Error),
            exports.place(export),
            reason,
        );
    }
}
