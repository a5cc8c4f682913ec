//! All exports of a job, read as of a date.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::error::Error;
use crate::job::{Export, Job};

use super::inventory::{self, Snapshot};
use super::ledger::{self, Ledger};
use super::market::{self, Daily};
use super::orders;
use super::shipments;
use super::supply::{self, Supply};
use super::table::{Column, Rejected, Table};

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
    /// Stock and open wafer orders.
    pub supply: Supply,
    /// The files read.
    pub files: Vec<FileRecord>,
    /// Rows left out, within the job's tolerance.
    pub rejected: Vec<Rejected>,
    /// What a person should know.
    pub warnings: Vec<Diagnostic>,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct FileRecord {
    /// Which export it is.
    pub export: &'static str,
    /// Its name without folders: the same wherever the exports lie.
    pub file: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Rows used: dated up to `as_of` and not rejected.
    pub rows_used: usize,
    /// Rows rejected.
    pub rows_rejected: usize,
}

/// Where each export is read from.
#[derive(Clone, Debug)]
pub struct Locations {
    orders: Export,
    hashprice: Export,
    difficulty: Export,
    inventory: Option<Export>,
    shipments: Option<Export>,
    supply: Option<Export>,
    /// With `--inputs` an optional export that is not in the folder is absent, not missing.
    optional_may_be_absent: bool,
}

impl Locations {
    /// As the job says, or under their usual names in the folder `inputs`.
    pub fn new(job: &Job, inputs: Option<&Path>) -> Self {
        let exports = &job.exports;
        let place = |export: Option<&Export>, name: &str| -> Option<Export> {
            match (inputs, export) {
                (Some(folder), export) => {
                    let mut moved = export.cloned().unwrap_or_else(|| Export::at(PathBuf::new()));
                    moved.path = folder.join(format!("{name}.csv"));
                    Some(moved)
                }
                (None, Some(export)) => Some(Export { path: job.resolve(&export.path), ..export.clone() }),
                (None, None) => None,
            }
        };
        let must = |export: &Export, name| place(Some(export), name).unwrap_or_else(|| export.clone());
        Self {
            orders: must(&exports.futures_orders, "futures_orders"),
            hashprice: must(&exports.hashprice, "hashprice"),
            difficulty: must(&exports.difficulty, "difficulty"),
            inventory: place(exports.channel_inventory.as_ref(), "channel_inventory"),
            shipments: place(exports.shipments.as_ref(), "shipments"),
            supply: place(exports.supply.as_ref(), "supply"),
            optional_may_be_absent: inputs.is_some(),
        }
    }
}

#[derive(Default)]
struct Reading {
    problems: Vec<Diagnostic>,
    rejected: Vec<Rejected>,
    warnings: Vec<Diagnostic>,
    files: Vec<FileRecord>,
    allowed: u64,
}

impl Reading {
    /// Reads one export with `rows`, which returns the rows and how many there are.
    fn file<T>(
        &mut self,
        name: &'static str,
        export: &Export,
        columns: &'static [Column],
        rows: impl FnOnce(&mut Table<'_>) -> (T, usize),
    ) -> Option<T> {
        let path = &export.path;
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) => {
                self.problems.push(Diagnostic::error(
                    Code::MissingFile,
                    Place::file(path),
                    format!("cannot read the {name} export: {e}"),
                ));
                return None;
            }
        };
        let mut table = match Table::open(path, &bytes, export, columns) {
            Ok(table) => table,
            Err(problems) => {
                self.problems.extend(problems);
                return None;
            }
        };
        let (value, rows_used) = rows(&mut table);
        let mut problems = std::mem::take(&mut table.problems);
        problems.sort();
        let mut bad_rows: Vec<u64> = problems.iter().map(|p| p.place.line).collect();
        bad_rows.dedup();
        let whole_file = problems.iter().any(|p| p.place.line == 0);
        if whole_file || bad_rows.len() as u64 > self.allowed {
            self.problems.extend(problems);
        } else if !problems.is_empty() {
            let reason = format!(
                "{} row(s) left out, within rejected_rows_allowed = {}; see rejected_rows",
                bad_rows.len(),
                self.allowed
            );
            self.warnings.push(Diagnostic::warning(Code::Suspicious, Place::file(path), reason));
            self.rejected.extend(problems.into_iter().map(Rejected));
        }
        self.files.push(FileRecord {
            export: name,
            file: path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
            sha256: format!("{:x}", Sha256::digest(&bytes)),
            rows_used,
            rows_rejected: bad_rows.len(),
        });
        Some(value)
    }
}

fn counted<T>(rows: Vec<T>) -> (Vec<T>, usize) {
    let count = rows.len();
    (rows, count)
}

/// Reads every export as of `as_of`.
///
/// # Errors
/// [`Error::Input`] with every problem of every file when one of them stops the run.
pub fn read(job: &Job, locations: &Locations, as_of: NaiveDate) -> Result<Exports, Error> {
    let catalogue = &job.catalogue;
    let mut reading = Reading { allowed: job.reading.rejected_rows_allowed, ..Reading::default() };
    let present = |export: &Option<Export>| -> Option<Export> {
        export.clone().filter(|e| !locations.optional_may_be_absent || e.path.exists())
    };
    // Shipments come first: each order is added up with what left of it.
    let shipments = present(&locations.shipments).and_then(|export| {
        reading.file("shipments", &export, shipments::COLUMNS, |table| {
            counted(shipments::read(table, catalogue, as_of))
        })
    });
    let exported_later = job.exports.exported_on.is_some_and(|made| made > as_of);
    let mut builder = ledger::Builder::new(as_of, exported_later, shipments.as_deref());
    let orders = reading.file("futures_orders", &locations.orders, orders::COLUMNS, |table| {
        let count = orders::read(table, catalogue, as_of, &mut |order| builder.add(order));
        (count, count)
    });
    let ledger = builder.finish();
    let hashprice = reading.file("hashprice", &locations.hashprice, market::HASHPRICE, |table| {
        let Export { unit, path, .. } = &locations.hashprice;
        counted(market::read_hashprice(table, unit.as_deref(), path, as_of))
    });
    let difficulty = reading.file("difficulty", &locations.difficulty, market::DIFFICULTY, |table| {
        counted(market::read_difficulty(table, as_of))
    });
    let inventory = present(&locations.inventory).and_then(|export| {
        reading.file("channel_inventory", &export, inventory::COLUMNS, |table| {
            counted(inventory::read(table, catalogue, as_of))
        })
    });
    let supply = present(&locations.supply).and_then(|export| {
        reading.file("supply", &export, supply::COLUMNS, |table| {
            let supply = supply::read(table, catalogue, as_of);
            let rows = supply.orders.len();
            (supply, rows)
        })
    });
    finish(job, locations, as_of, reading, Read { ledger, orders, hashprice, difficulty, inventory, supply })
}

struct Read {
    ledger: Ledger,
    /// Orders read.
    orders: Option<usize>,
    hashprice: Option<Vec<Daily>>,
    difficulty: Option<Vec<Daily>>,
    inventory: Option<Vec<Snapshot>>,
    supply: Option<Supply>,
}

fn finish(
    job: &Job,
    locations: &Locations,
    as_of: NaiveDate,
    mut reading: Reading,
    read: Read,
) -> Result<Exports, Error> {
    for (name, location, days) in [
        ("hashprice", &locations.hashprice, &read.hashprice),
        ("difficulty", &locations.difficulty, &read.difficulty),
    ] {
        if let Some(days) = days {
            let problems = stale(name, &location.path, days, as_of, job.reading.stale_days);
            // Rows that were refused leave holes of their own: telling those too would hide the cause.
            if !reading.problems.iter().any(|p| p.place.path == location.path) {
                reading.problems.extend(problems);
            }
        }
    }
    if read.orders == Some(0) && !reading.problems.iter().any(|p| p.place.path == locations.orders.path) {
        let reason = format!("has no order signed up to {as_of}: there is nothing to forecast from");
        reading.problems.push(Diagnostic::error(Code::Stale, Place::file(&locations.orders.path), reason));
    }
    if reading.problems.iter().any(|p| p.severity == Severity::Error) {
        let mut problems = reading.problems;
        problems.sort();
        return Err(Error::Input(problems));
    }
    let absent = |what: &str| Diagnostic::warning(Code::NoData, Place::default(), what.to_owned());
    if read.inventory.as_ref().is_none_or(Vec::is_empty) {
        reading.warnings.push(absent(
            "channel_inventory is absent or empty: channel data is empty, channel cover is not known",
        ));
    }
    if !read.ledger.shipments_known() {
        reading.warnings.push(absent("shipments is absent: deliveries are taken from the contract schedule"));
    }
    if read.supply.is_none() {
        reading.warnings.push(absent("supply is absent: stock on hand and open wafer orders count as none, and shipments are not limited by supply"));
    }
    let none = || Supply {
        machines: vec![0; job.catalogue.models.len()],
        chips: vec![0; job.catalogue.chips.len()],
        ..Supply::default()
    };
    Ok(Exports {
        as_of,
        ledger: read.ledger,
        inventory: read.inventory.unwrap_or_default(),
        hashprice: read.hashprice.unwrap_or_default(),
        difficulty: read.difficulty.unwrap_or_default(),
        supply: read.supply.unwrap_or_else(none),
        files: reading.files,
        rejected: reading.rejected,
        warnings: reading.warnings,
    })
}

/// Market data that stop before `as_of`, or have a hole longer than `days` in the trailing two years.
fn stale(name: &str, path: &Path, series: &[Daily], as_of: NaiveDate, days: u32) -> Vec<Diagnostic> {
    let limit = chrono::Duration::days(i64::from(days));
    let say = |reason: String| Diagnostic::error(Code::Stale, Place::file(path), reason);
    let Some(last) = series.last() else {
        return vec![say(format!("{name} has no value up to {as_of}"))];
    };
    let mut problems = Vec::new();
    if as_of - last.date > limit {
        problems.push(say(format!(
            "{name} stops on {}, {} days before {as_of}",
            last.date,
            (as_of - last.date).num_days()
        )));
    }
    let since = as_of - chrono::Duration::days(730);
    for pair in series.windows(2) {
        let [before, after] = pair else { continue };
        if after.date > since && after.date - before.date > limit {
            problems.push(say(format!("{name} has no value between {} and {}", before.date, after.date)));
        }
    }
    problems
}
