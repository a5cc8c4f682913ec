//! All exports of a job, read as of a date.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::domain::Month;
use crate::error::Error;
use crate::job::Job;

use super::checks;
use super::drivers::{self, DriverValue};
use super::files::{Located, Locations};
use super::inventory::{self, Snapshot};
use super::layout::Layout;
use super::ledger::Ledger;
use super::market::{self, Daily, Role, Series};
use super::order_lines;
use super::overrides::{self, Override};
use super::placed_orders::{self, PlacedOrders};
use super::plausibility::{self, Feeds, Judged, PriceTerms};
use super::reading::{FileRecord, Reading};
use super::shipments::{self, Shipment};
use super::supply::{self, Supply};
use super::table::{Rejected, Row, Table};

/// Everything that was known on `as_of`.
#[derive(Clone, Debug)]
pub struct Exports {
    /// Last day that exists.
    pub as_of: NaiveDate,
    /// Order lines and shipments, added up.
    pub ledger: Ledger,
    /// Channel snapshots, sorted by day.
    pub inventory: Vec<Snapshot>,
    /// USD per PH/s per day, sorted by day.
    pub hashprice: Vec<Daily>,
    /// Difficulty, sorted by day.
    pub difficulty: Vec<Daily>,
    /// Planners' overrides, sorted by month and model.
    pub overrides: Vec<Override>,
    /// What was decided of wafer orders that an earlier vintage proposed; `None` where no file says.
    pub placed: Option<PlacedOrders>,
    /// Values of further drivers by name, each sorted by day.
    pub drivers: BTreeMap<String, Vec<DriverValue>>,
    /// Stock and open wafer orders.
    pub supply: Supply,
    /// The files read.
    pub files: Vec<FileRecord>,
    /// Rows left out, within the job's tolerance.
    pub rejected: Vec<Rejected>,
    /// The first file of each export given, as the user named it.
    pub paths: BTreeMap<&'static str, PathBuf>,
    /// Exports that may be without a row.
    pub may_be_empty: BTreeSet<&'static str>,
    /// What a person should know.
    pub warnings: Vec<Diagnostic>,
}

impl Exports {
    /// The first file of an export, for a message; nowhere when it is not given.
    pub fn place(&self, export: &str) -> Place {
        self.paths.get(export).map(|path| Place::file(path)).unwrap_or_default()
    }
}

/// Reads every export as of `as_of`.
///
/// # Errors
/// [`Error::Input`] with every problem of every file when one of them stops the run.
#[expect(
    clippy::too_many_lines,
    reason = "one export after another, in the order in which they need each other"
)]
pub fn read(job: &Job, locations: &Locations, as_of: NaiveDate) -> Result<Exports, Error> {
    let catalogue = &job.catalogue;
    let mut reading = Reading::new(&job.checks, job.reading.rejected_rows_allowed);
    reading.unpacked = job.reading.unpacked_mb_allowed.saturating_mul(1 << 20);
    reading.problems.extend(locations.problems().iter().cloned());
    for found in locations.warnings() {
        reading.check(found.code, Severity::Warning, found.place.clone(), found.reason.clone());
    }
    // Shipments come first: each order is added up with what left of it.
    let shipments: Option<Vec<Shipment>> = locations
        .of("shipments")
        .map(|located| shipments::read(&mut reading, located, catalogue, &job.reading.order_id_rule, as_of));
    let made_later = job.exports.exported_on.is_some_and(|made| made > as_of);
    let exported_later = made_later || job.run.as_of.is_some_and(|of_job| as_of < of_job);
    let mut series =
        |name, role| locations.of(name).and_then(|l| Some((l, market_series(&mut reading, l, role, as_of)?)));
    let hashprice = series("hashprice", Role::Hashprice);
    let difficulty = series("difficulty", Role::Difficulty);
    let derived = hashprice.as_ref().is_some_and(|(_, series)| series.kind == market::Kind::Revenue);
    let feeds = Feeds {
        difficulty: difficulty.as_ref().map(|(located, series)| (*located, series)),
        hashprice: hashprice.as_ref().map(|(located, series)| (*located, series)),
    };
    let Judged { difficulty, hashprice, left_out, sound } =
        plausibility::judge(&mut reading, feeds, job, as_of);
    let ledger = locations.of("futures_orders").map(|located| {
        let shipments = shipments.as_deref();
        let settings = &job.plausibility;
        // Prices held against a hashprice that is wrong would be told for nothing.
        let market = if sound { hashprice.as_slice() } else { &[] };
        let prices = PriceTerms { catalogue, hashprice: market, settings, as_of: Month::of(as_of) };
        order_lines::read(
            &mut reading,
            order_lines::Terms {
                located,
                catalogue,
                as_of,
                exported_later,
                shipments,
                shipments_at: locations
                    .of("shipments")
                    .and_then(|l| l.files.first())
                    .map(std::path::PathBuf::as_path),
                rule: &job.reading.order_id_rule,
                past_due_months: job.demand.past_due_months,
                prices,
            },
        )
    });
    let inventory = locations
        .of("channel_inventory")
        .map(|located| inventory::read(&mut reading, located, catalogue, as_of));
    let overrides = locations.of("overrides").map(|l| overrides::read(&mut reading, l, catalogue, as_of));
    let placed = locations
        .of("placed_orders")
        .map(|located| placed_orders::read(&mut reading, located, locations.decided_in_vintage()));
    if placed.as_ref().is_some_and(|placed| placed.from_vintage && !placed.used()) {
        // A template that nobody filled in decides nothing: it is no input of the vintage.
        reading.files.retain(|file| file.export != "placed_orders");
    }
    let drivers = locations.of("drivers").map(|l| drivers::read(&mut reading, l, job, as_of));
    let supply = locations
        .of("supply")
        .map(|located| supply::read(&mut reading, located, catalogue, job.wafers.overdue_days, as_of));

    checks::same_twice(&mut reading, locations);
    let readable = |name: &str| {
        locations.of(name).and_then(|l| l.files.first()).filter(|path| {
            !reading.problems.iter().any(|p| p.severity == Severity::Error && p.place.path == **path)
        })
    };
    let mut late = Vec::new();
    for (name, days) in [("hashprice", &hashprice), ("difficulty", &difficulty)] {
        // Rows that were refused leave holes of their own: telling those too would hide the cause.
        let depends = name == "hashprice" && derived && readable("difficulty").is_none();
        if let Some(path) = readable(name).filter(|_| !depends) {
            let left: Vec<NaiveDate> =
                left_out.iter().filter(|(export, _)| *export == name).map(|(_, day)| *day).collect();
            late.extend(stale((name, path), days, &left, as_of, job.reading.stale_days));
        }
    }
    let orders_path = readable("futures_orders").cloned();
    if late.is_empty()
        && let (Some(path), Some(_)) = (readable("hashprice"), readable("difficulty"))
        && let Some(slip) = market::unit_slip(&hashprice, &difficulty, job.market.next_halving, derived, path)
    {
        late.push(slip);
    }
    for problem in late {
        reading.check(problem.code, problem.severity, problem.place, problem.reason);
    }
    if let (Some(located), Some(shipments)) = (locations.of("shipments"), &shipments) {
        let agreement = ledger.as_ref().and_then(|ledger| ledger.agreement.as_ref());
        shipments::copies(&mut reading, located, shipments, agreement);
    }
    if let (Some(path), Some(ledger)) = (orders_path, &ledger)
        && ledger.lots.is_empty()
    {
        let reason = format!("has no order signed up to {as_of}: there is nothing to forecast from");
        reading.problems.push(Diagnostic::error(Code::Stale, Place::file(&path), reason));
    }
    reading.tell_unended();
    let Some(ledger) = ledger.filter(|_| !reading.problems.iter().any(|p| p.severity == Severity::Error))
    else {
        return Err(refused(reading));
    };
    let known = Known { ledger: &ledger, inventory: inventory.as_deref(), supply: supply.as_ref(), as_of };
    checks::across(&mut reading, locations, job, known);
    let place = |name: &str| {
        locations.of(name).and_then(|l| l.files.first()).map(|f| Place::file(f)).unwrap_or_default()
    };
    plausibility::stock(&mut reading, job, (known.ledger, known.supply, known.inventory), &place);
    if reading.problems.iter().any(|p| p.severity == Severity::Error) {
        return Err(refused(reading));
    }
    locations.release();
    reading.warnings.sort();
    let order = |file: &FileRecord| job.exports.all().position(|(name, _)| name == file.export);
    reading.files.sort_by_key(order);
    Ok(Exports {
        as_of,
        ledger,
        inventory: inventory.unwrap_or_default(),
        hashprice,
        difficulty,
        overrides: overrides.unwrap_or_default(),
        placed,
        drivers: drivers.unwrap_or_default(),
        supply: supply.unwrap_or_else(|| Supply::unknown(catalogue)),
        files: reading.files,
        rejected: reading.rejected,
        paths: locations.paths(),
        may_be_empty: locations.may_be_empty(),
        warnings: reading.warnings,
    })
}

/// What the checks across files look at.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub ledger: &'a Ledger,
    pub inventory: Option<&'a [Snapshot]>,
    pub supply: Option<&'a Supply>,
    pub as_of: NaiveDate,
}

impl Known<'_> {
    /// The last month that exists.
    pub(super) fn month(&self) -> Month {
        Month::of(self.as_of)
    }
}

/// Errors, and the warnings that may name their cause.
fn refused(reading: Reading<'_>) -> Error {
    let mut problems = reading.problems;
    problems.extend(reading.warnings);
    problems.sort();
    problems.dedup();
    Error::Input(problems)
}

/// Reads a market export; `None` when it cannot be read, which is told.
fn market_series(
    reading: &mut Reading<'_>,
    located: &Located,
    role: Role,
    as_of: NaiveDate,
) -> Option<Series> {
    let export = &located.export;
    let (mut problems, mut all): (Vec<Diagnostic>, Option<Series>) = (Vec::new(), None);
    let mut whole = true;
    for (file, path) in located.files.iter().enumerate() {
        let bind = |headers: &[String]| market::bind_market(path, headers, export);
        let prepare = |layout: &Layout| market::Reader::new(path, layout, export, role, as_of);
        let each =
            |reader: &market::Reader, table: &mut Table<'_>, row: &Row<'_>, rows: &mut market::Rows| {
                let before = rows.points.len();
                reader.row(table, row, rows);
                rows.points.len() > before
            };
        let columns = market::COLUMNS;
        let read = reading.file(path, located, columns, &bind, prepare, market::Rows::default, each);
        let series = read.map(|rows| {
            problems.extend(rows.problems);
            let mut all = market::Rows::default();
            rows.states.into_iter().for_each(|more| all.merge(more));
            rows.context.series(all, path, &mut problems)
        });
        let series = series.map(|series| series.of_file(file));
        whole &= series.is_some();
        all = match (all, series) {
            (Some(mut all), Some(more)) if all.kind == more.kind => {
                all.extend(more);
                Some(all)
            }
            (Some(all), Some(_)) => {
                let reason =
                    format!("holds something else than the other files of the {} export", located.name);
                problems.push(Diagnostic::error(Code::Contradiction, Place::file(path), reason));
                Some(all)
            }
            (all, series) => all.or(series),
        };
    }
    if let (Some(series), Some(path)) = (&mut all, located.files.first()) {
        problems.extend(market::one_a_day(series, path));
        let estimated = match series.kind {
            market::Kind::EstimatedDifficulty => {
                Some("difficulty is estimated from hashrate: a day is off by some 8%, a month by some 5%")
            }
            market::Kind::Revenue => Some(
                "hashprice is derived from miners' revenue and difficulty: a day is off by some 8%, a month by up to 12% while hashrate grows fast",
            ),
            _ => None,
        };
        if let Some(reason) = estimated {
            reading.check(Code::Estimated, Severity::Warning, Place::file(path), reason.to_owned());
        }
    }
    let failed = problems.iter().any(|p| p.place.line == 0);
    problems.sort();
    reading.tolerate(located, problems);
    all.filter(|_| whole && !failed)
}

/// Days without a value from which on a hole is told that is too old to stop the run: a month cannot be measured then.
const OLD_HOLE_DAYS: i64 = 31;

/// First year of market data that is looked at: before, publishers' files are thin.
const FIRST_YEAR: i32 = 2014;

/// Market data that stop before `as_of`, or have a hole longer than `days` in the trailing two years; older holes are
/// warnings. Days `left` out because they cannot be right make holes too.
fn stale(
    (name, path): (&str, &std::path::Path),
    series: &[Daily],
    left: &[NaiveDate],
    as_of: NaiveDate,
    days: u32,
) -> Vec<Diagnostic> {
    let limit = chrono::Duration::days(i64::from(days));
    let say = |code, reason: String| Diagnostic::error(code, Place::file(path), reason);
    let Some(last) = series.last() else {
        return vec![say(Code::Stale, format!("{name} has no value up to {as_of}"))];
    };
    let mut problems = Vec::new();
    if as_of - last.date > limit {
        let before = (as_of - last.date).num_days();
        problems
            .push(say(Code::Stale, format!("{name} stops on {}, {before} days before {as_of}", last.date)));
    }
    let since = as_of - chrono::Duration::days(730);
    for pair in series.windows(2) {
        let [before, after] = pair else { continue };
        let missing = (after.date - before.date).num_days() - 1;
        if after.date > since && after.date - before.date > limit {
            let of_them = left.iter().filter(|day| (before.date..after.date).contains(*day)).count();
            let why = if of_them > 0 {
                format!(": {of_them} of its {missing} days cannot be right and were left out")
            } else {
                String::new()
            };
            let reason = format!("{name} has no value between {} and {}{why}", before.date, after.date);
            problems.push(say(Code::Gap, reason));
        } else if missing > OLD_HOLE_DAYS.max(i64::from(days))
            && chrono::Datelike::year(&before.date) >= FIRST_YEAR
        {
            let reason = format!(
                "{name} has no value between {} and {}, {missing} days: volatility, growth and what orders made of the market are measured without them",
                before.date, after.date
            );
            problems.push(Diagnostic::warning(Code::Gap, Place::file(path), reason));
        }
    }
    problems
}
