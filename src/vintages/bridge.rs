//! From the forecast of an earlier vintage to this one, in parts that add up exactly for every month and model.
//!
//! Between the two published numbers stands the earlier as-of date forecast again with today's exports: what differs
//! from the one published is a matter of corrected exports or of method, the rest happened since. The rest is separated
//! by forecasting each date again with one thing left out (cancellations, drivers, orders signed since).

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::Month;
use crate::ingest::Exports;
use crate::job::{Catalogue, Job};
use crate::market::HORIZON;
use crate::publish::{Manifest, VintageName};

use super::book_change::{BookChange, Months, book_changes};
use super::read::{Earlier, PublishedForecast};
use super::rerun::{Again, Origin, Parts, Rerun, elapsed};

/// One month and model, machines. `previous` plus all parts is `now`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct BridgeRow {
    /// Whether the month has passed: `now` is what left the door then.
    pub delivered: bool,
    /// As the earlier vintage published it.
    pub previous: i64,
    /// Exports of the past that were corrected since.
    pub corrections: i64,
    /// Deliveries ahead of schedule.
    pub deliveries: i64,
    /// Orders signed since, less what was forecast of them, and what they change in the forecast of later ones.
    pub new_orders: i64,
    /// Cancellations since, and those expected now less those expected then.
    pub cancellations: i64,
    /// Deliveries that slipped since, and slips expected now less those expected then.
    pub slips: i64,
    /// What the drivers of order intake add now less what they added then.
    pub drivers: i64,
    /// Planners' overrides now less those then.
    pub overrides: i64,
    /// Another job file or another version of wafercast.
    pub method: i64,
    /// As this vintage publishes it, or what left the door.
    pub now: i64,
}

impl BridgeRow {
    /// The parts between `previous` and `now`, with their names.
    pub const fn parts(&self) -> [(&'static str, i64); 8] {
        [
            ("corrections", self.corrections),
            ("deliveries", self.deliveries),
            ("new orders", self.new_orders),
            ("cancellations", self.cancellations),
            ("slips", self.slips),
            ("market and drivers", self.drivers),
            ("overrides", self.overrides),
            ("method", self.method),
        ]
    }

    /// Adds another row up.
    pub(crate) fn add(&mut self, row: &Self) {
        self.delivered = row.delivered;
        self.previous += row.previous;
        self.corrections += row.corrections;
        self.deliveries += row.deliveries;
        self.new_orders += row.new_orders;
        self.cancellations += row.cancellations;
        self.slips += row.slips;
        self.drivers += row.drivers;
        self.overrides += row.overrides;
        self.method += row.method;
        self.now += row.now;
    }
}

/// A bridge from one earlier vintage.
#[derive(Clone, Debug)]
pub struct Bridge {
    /// Where it begins.
    pub previous: VintageName,
    /// Every month that the earlier vintage forecast and this one knows or forecasts, and every model.
    pub rows: BTreeMap<(Month, String), BridgeRow>,
}

/// Two as-of dates forecast again, and their parts.
struct Ladder<'a> {
    then: &'a Origin<'a>,
    then_again: Again,
    now: &'a Origin<'a>,
    now_parts: &'a Parts,
    passed: usize,
}

/// The bridge from `earlier` to what is being published; `None` when the earlier date can no longer be forecast.
pub(super) fn bridge(
    earlier: &Earlier,
    manifest: &Manifest,
    job: &Job,
    exports: &Exports,
    (published, now_parts): (&PublishedForecast, &Parts),
) -> Option<Bridge> {
    let rerun = Rerun::new(exports, job);
    let then = rerun.at(earlier.as_of)?;
    let now = rerun.at(Month::of(exports.as_of))?;
    let known_from = now.book.deliveries_from;
    let passed = elapsed(earlier.as_of, now.book.as_of);
    let ladder = Ladder { then_again: then.again(passed), now_parts, passed, then: &then, now: &now };
    let since = ladder.since(&rerun);
    let before = then_as_it_was(earlier, manifest, job, exports);
    let then_parts = &ladder.then_again.parts;
    let as_corrected = before.as_ref().unwrap_or(then_parts);
    // With another version of wafercast the two cannot be distinguished.
    let comparable = earlier.manifest.version == manifest.version
        && (before.is_some() || earlier.manifest.job_sha256 == manifest.job_sha256);

    let ours = job.catalogue.models.iter().map(|m| m.name().to_owned());
    let theirs = earlier.forecast.months.keys().map(|(_, model)| model.clone());
    let models: BTreeSet<String> = ours.chain(theirs).filter(|model| model != "ALL").collect();
    let mut rows = BTreeMap::new();
    for (h, month) in (earlier.as_of + 1).run(12).enumerate() {
        let delivered = h < ladder.passed;
        if delivered && month < known_from {
            continue;
        }
        for model in &models {
            let previous = earlier.forecast.months.get(&(month, model.clone())).copied().unwrap_or_default();
            let index = job.catalogue.models.iter().position(|m| m.name() == model);
            let (mut row, rerun_then, corrected) = match index {
                Some(index) => (
                    since[index][h].clone(),
                    then_parts.backlog[index][h] + then_parts.new[index][h],
                    as_corrected.backlog[index][h] + as_corrected.new[index][h],
                ),
                // The job does not know the model any more.
                None => (BridgeRow { delivered, ..BridgeRow::default() }, 0, 0),
            };
            let (now_units, now_baseline) = match published.months.get(&(month, model.clone())) {
                _ if delivered => (row.now, row.now),
                Some(machines) => (machines.units, machines.baseline),
                None => (0, 0),
            };
            row.previous = previous.units;
            row.overrides = (now_units - now_baseline) - (previous.units - previous.baseline);
            let (correction, change_of_job) = (corrected - previous.baseline, rerun_then - corrected);
            // What this run publishes beyond what is forecast again here is of its method, too.
            row.method = change_of_job + (now_baseline - row.now);
            if comparable && index.is_some() {
                row.corrections = correction;
            } else {
                row.method += correction;
            }
            row.now = now_units;
            rows.insert((month, model.clone()), row);
        }
    }
    let mut all: BTreeMap<Month, BridgeRow> = BTreeMap::new();
    for ((month, _), row) in &rows {
        all.entry(*month).or_default().add(row);
    }
    rows.extend(all.into_iter().map(|(month, row)| ((month, "ALL".to_owned()), row)));
    Some(Bridge { previous: earlier.name, rows })
}

/// The earlier date forecast with the job of then; `None` when the job is the same or cannot be used any more.
fn then_as_it_was(earlier: &Earlier, manifest: &Manifest, job: &Job, exports: &Exports) -> Option<Parts> {
    if earlier.manifest.job_sha256 == manifest.job_sha256 {
        return None;
    }
    let mut before = earlier.job.clone()?;
    let names = |c: &Catalogue| c.models.iter().map(|m| m.name().to_owned()).collect::<Vec<_>>();
    // The exports were read with today's models: their numbers must mean the same.
    if names(&before.catalogue) != names(&job.catalogue) {
        return None;
    }
    before.run.seed = earlier.manifest.seed;
    before.run.paths = earlier.manifest.paths;
    Some(Rerun::new(exports, &before).at(earlier.as_of)?.again(0).parts)
}

impl Ladder<'_> {
    /// What happened between the two dates, by model and month ahead of the earlier one: from the earlier date forecast
    /// with today's exports to what has left since or is forecast now.
    fn since(&self, rerun: &Rerun<'_>) -> Vec<[BridgeRow; HORIZON]> {
        let signed = self.then.book.as_of;
        let models = self.now_parts.new.len();
        let changes = book_changes(&self.then.book, &self.now.book, models);
        let old = rerun.of_orders_signed_by(self.now, signed);
        let then = Allowance::new(self.then, &self.then_again);
        let now = Allowance::new(&old, &old.again(0));
        let (new_then, then_parts) = (&self.then_again.of_first, &self.then_again.parts);
        let (plain_then, plain_now) = (&then_parts.at_level, &self.now_parts.at_level);
        let row = |model: usize, h: usize| {
            let BookChange { deliveries, slips, cancellations, delivered_new, delivered } = &changes[model];
            // The same month, counted from the later date.
            let coming = h.checked_sub(self.passed);
            let at = |rows: &[Months]| coming.map_or(0, |ahead| rows[model][ahead]);
            let [of_passed, of_passed_plain] = [&new_then[0], &new_then[1]].map(|new| new[model][h]);
            let later_then = then_parts.new[model][h] - of_passed;
            let later_then_plain = plain_then[model][h] - of_passed_plain;
            let backlog_of_new = match coming {
                None => delivered_new[h],
                Some(_) => at(&self.now_parts.backlog) - at(&now.backlog),
            };
            let level = at(plain_now) - later_then_plain;
            BridgeRow {
                delivered: coming.is_none(),
                deliveries: deliveries[h],
                new_orders: backlog_of_new - of_passed + level,
                cancellations: cancellations[h] + at(&now.cancellations) - then.cancellations[model][h],
                slips: slips[h] + at(&now.slips) - then.slips[model][h],
                drivers: (at(&self.now_parts.new) - at(plain_now)) - (later_then - later_then_plain),
                now: match coming {
                    None => delivered[h],
                    Some(_) => at(&self.now_parts.backlog) + at(&self.now_parts.new),
                },
                ..BridgeRow::default()
            }
        };
        (0..models).map(|model| std::array::from_fn(|h| row(model, h))).collect()
    }
}

/// What a forecast expects of the backlog beyond its contract schedule.
struct Allowance {
    backlog: Vec<Months>,
    cancellations: Vec<Months>,
    slips: Vec<Months>,
}

impl Allowance {
    fn new(origin: &Origin<'_>, again: &Again) -> Self {
        let Again { parts, kept, .. } = again;
        let difference = |a: &[Months], b: &[Months]| -> Vec<Months> {
            a.iter().zip(b).map(|(a, b)| std::array::from_fn(|h| a[h] - b[h])).collect()
        };
        Self {
            cancellations: difference(&parts.backlog, kept),
            slips: difference(kept, &origin.signed()),
            backlog: parts.backlog.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_add_up_part_by_part() {
        let row = BridgeRow {
            delivered: true,
            previous: 100,
            corrections: 1,
            deliveries: 2,
            new_orders: 3,
            cancellations: -4,
            slips: -5,
            drivers: 6,
            overrides: 7,
            method: 8,
            now: 118,
        };
        let mut sum = BridgeRow::default();
        sum.add(&row);
        sum.add(&row);
        let parts = sum.parts().map(|(_, machines)| machines);
        assert_eq!(parts, [2, 4, 6, -8, -10, 12, 14, 16]);
        assert_eq!((sum.previous, sum.now, sum.delivered), (200, 236, true));
        assert_eq!(sum.previous + parts.iter().sum::<i64>(), sum.now);
    }
}
