//! Which files make up each export.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::job::{Export, Job};

use super::file_names;
use super::shapes::Shapes;

/// An export and its files.
#[derive(Clone, Debug)]
pub(in crate::ingest) struct Located {
    /// Its key in the job.
    pub name: &'static str,
    /// How it is written.
    pub export: Export,
    /// Its files, sorted by name.
    pub files: Vec<PathBuf>,
    /// Files that steps brought into its shape.
    pub shapes: Shapes,
}

/// Where each export is read from.
#[derive(Clone, Debug)]
pub struct Locations {
    exports: Vec<Located>,
    problems: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    from_vintage: bool,
    shapes: Shapes,
}

/// Endings under which an export is looked for in a folder of exports.
const ENDINGS: [&str; 7] = ["csv", "csv.gz", "parquet", "json", "tsv", "xlsx", "ods"];

/// How an export is written, with its file of rates where the job has it.
fn with_rates(job: &Job, export: &Export) -> Export {
    Export { rates: export.rates.as_ref().map(|path| job.resolve(path)), ..export.clone() }
}

/// Exports without which there is no forecast.
const REQUIRED: [&str; 3] = ["futures_orders", "hashprice", "difficulty"];

/// Every export.
const NAMES: [&str; 13] = [
    "futures_orders",
    "hashprice",
    "difficulty",
    "channel_inventory",
    "shipments",
    "payments",
    "supply",
    "order_changes",
    "customers",
    "pipeline",
    "overrides",
    "drivers",
    "placed_orders",
];

impl Locations {
    /// As the job says for `as_of`, or under their usual names in the folder `inputs`.
    pub fn new(job: &Job, inputs: Option<&Path>, as_of: NaiveDate) -> Self {
        let mut found = Self {
            exports: Vec::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
            from_vintage: false,
            shapes: Shapes::new(job, as_of),
        };
        let year = job.run.fiscal_year_starts;
        match inputs {
            None => {
                for (name, export) in job.exports.all() {
                    let mut export = with_rates(job, export);
                    export.steps.place_files(|path| job.resolve(&file_names::dated(path, as_of, year)));
                    let path = job.resolve(&file_names::dated(&export.path, as_of, year));
                    found.add(name, export, &path);
                }
            }
            Some(folder) => {
                for name in NAMES {
                    let export = job
                        .exports
                        .all()
                        .find(|(known, _)| *known == name)
                        .map(|(_, export)| with_rates(job, export));
                    let mut export = export.unwrap_or_default();
                    export.steps.place_files(|path| {
                        let path = file_names::dated(path, as_of, year);
                        path.file_name().map_or_else(|| folder.to_owned(), |name| folder.join(name))
                    });
                    found.look_for(name, export, folder);
                }
                found.look_alikes(folder);
            }
        }
        found
    }

    /// Where decisions on wafer orders are read when neither the job nor the folder of exports has them: the file that the
    /// vintage before was published with.
    #[must_use]
    pub fn decided_in(mut self, file: Option<PathBuf>) -> Self {
        if let Some(file) = file.filter(|_| self.of("placed_orders").is_none()) {
            self.add_file("placed_orders", file);
            self.from_vintage = true;
        }
        self
    }

    /// Whether decisions on wafer orders are read from the vintage before.
    pub(in crate::ingest) fn decided_in_vintage(&self) -> bool {
        self.from_vintage
    }

    fn add_file(&mut self, name: &'static str, file: PathBuf) {
        let shapes = self.shapes.clone();
        let export = crate::ingest::exports::placed_orders::as_saved(&file);
        self.exports.push(Located { name, export, files: vec![file], shapes });
    }

    /// The files of an export; `None` when it is not given.
    pub(in crate::ingest) fn of(&self, name: &str) -> Option<&Located> {
        self.exports.iter().find(|e| e.name == name)
    }

    /// The first file of each export given.
    pub(in crate::ingest) fn paths(&self) -> BTreeMap<&'static str, PathBuf> {
        self.exports.iter().filter_map(|e| Some((e.name, e.files.first()?.clone()))).collect()
    }

    /// Exports that the job lets be without a row.
    pub(in crate::ingest) fn may_be_empty(&self) -> BTreeSet<&'static str> {
        self.exports.iter().filter(|e| e.export.may_be_empty).map(|e| e.name).collect()
    }

    /// What is wrong with the places themselves.
    pub(in crate::ingest) fn problems(&self) -> &[Diagnostic] {
        &self.problems
    }

    /// Files of the folder that look like an export and are not read.
    pub(in crate::ingest) fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    fn add(&mut self, name: &'static str, export: Export, path: &Path) {
        let pattern = path.to_string_lossy();
        let mut files = vec![path.to_owned()];
        if pattern.contains(['*', '?']) && !path.exists() {
            files =
                glob::glob(&pattern).map(|paths| paths.filter_map(Result::ok).collect()).unwrap_or_default();
            if files.is_empty() {
                let reason = format!("no file matches the path of the {name} export");
                self.problems.push(Diagnostic::error(Code::MissingFile, Place::file(path), reason));
            }
        }
        if export.newest {
            file_names::last_alone(&mut files);
        }
        let shapes = self.shapes.clone();
        self.exports.push(Located { name, export, files, shapes });
    }

    /// Gives the memory of shaped files back.
    pub(in crate::ingest) fn release(&self) {
        self.shapes.clear();
    }

    fn look_for(&mut self, name: &'static str, export: Export, folder: &Path) {
        let shapes = self.shapes.clone();
        let files: Vec<PathBuf> = ENDINGS
            .iter()
            .map(|ending| folder.join(format!("{name}.{ending}")))
            // A link that leads nowhere was put there to be read, and is reported when it cannot be.
            .filter(|path| path.symlink_metadata().is_ok())
            .collect();
        match files.as_slice() {
            // An optional export that is not in the folder is absent, not missing.
            [] if !REQUIRED.contains(&name) => {}
            [] => {
                let files = vec![folder.join(format!("{name}.csv"))];
                self.exports.push(Located { name, export, files, shapes });
            }
            [_] => self.exports.push(Located { name, export, files, shapes }),
            [first, ..] => {
                let names: Vec<String> = files
                    .iter()
                    .filter_map(|f| Some(f.file_name()?.to_string_lossy().into_owned()))
                    .collect();
                let reason = format!("the folder has the {name} export several times: {}", names.join(", "));
                self.problems.push(Diagnostic::error(Code::AmbiguousFile, Place::file(first), reason));
            }
        }
    }

    /// Notes files that nearly have the name of an export: of one that is not there at all, or numbered copies of one that is.
    fn look_alikes(&mut self, folder: &Path) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        let mut files: Vec<String> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        files.sort();
        let read: BTreeSet<&Path> =
            self.exports.iter().flat_map(|e| &e.files).map(PathBuf::as_path).collect();
        let there =
            |name: &str| self.exports.iter().any(|e| e.name == name && e.files.iter().any(|f| f.exists()));
        let mut warnings = Vec::new();
        for file in &files {
            let path = folder.join(file);
            let Some((name, is_copy)) = looks_like(file).filter(|_| !read.contains(path.as_path())) else {
                continue;
            };
            let (code, reason) = match (there(name), is_copy) {
                (false, _) => (
                    Code::NoData,
                    format!(
                        "is not read: the {name} export must be named {name}.csv here (or .csv.gz, .parquet, .json, .tsv, .xlsx, .ods)"
                    ),
                ),
                (true, true) => (
                    Code::AmbiguousFile,
                    format!(
                        "is not read: the {name} export is read from the file without a number, which may be the older of the two"
                    ),
                ),
                (true, false) => continue,
            };
            warnings.push(Diagnostic::warning(code, Place::file(&path), reason));
        }
        self.warnings.extend(warnings);
    }
}

/// Endings of files that an export may lie in.
const TABLES: [&str; 12] =
    ["csv", "tsv", "txt", "parquet", "pq", "json", "jsonl", "xlsx", "xls", "ods", "gz", "zip"];

/// The export whose name a file nearly has, and whether it is a numbered copy of it: `Supply.csv`, `supply (1).csv`,
/// `channel-inventory_2025-09.xlsx`, `shipment.csv`.
fn looks_like(file: &str) -> Option<(&'static str, bool)> {
    if file.starts_with(['.', '~']) {
        return None;
    }
    let (mut stem, mut is_table) = (file, false);
    let table = |(_, ending): &(&str, &str)| TABLES.iter().any(|table| ending.eq_ignore_ascii_case(table));
    while let Some((rest, _)) = stem.rsplit_once('.').filter(table) {
        (stem, is_table) = (rest, true);
    }
    if !is_table {
        return None;
    }
    let letters: String = stem.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect();
    let bare =
        ["copy", "export", "final", "new", "latest"].iter().find_map(|word| letters.strip_suffix(word));
    let bare = bare.unwrap_or(&letters);
    let name = NAMES.into_iter().find(|name| strsim::osa_distance(&name.replace('_', ""), bare) <= 1)?;
    let number =
        stem.strip_prefix(name).map(str::trim).and_then(|rest| rest.strip_prefix('(')?.strip_suffix(')'));
    Some((name, number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_nearly_an_export_are_known_and_others_are_not() {
        for (file, name) in [
            ("Supply.csv", "supply"),
            ("SUPPLY.CSV", "supply"),
            ("supply-2025-09.csv.gz", "supply"),
            ("overrides.xlsx", "overrides"),
            ("channel-inventory.csv", "channel_inventory"),
            ("Channel Inventory.txt", "channel_inventory"),
            ("shipment.csv", "shipments"),
            ("drivers - Copy.csv", "drivers"),
        ] {
            assert_eq!(looks_like(file), Some((name, false)), "{file}");
        }
        assert_eq!(looks_like("supply (1).csv"), Some(("supply", true)));
        for file in [
            "README.md",
            ".DS_Store",
            "~$overrides.xlsx",
            ".supply.csv.swp",
            "supply.csv.bak",
            "supply.md",
            "competitors.csv",
            "models.csv",
            "truth.csv",
            "supplier list.csv",
            "supply_old.csv",
            "supply",
        ] {
            assert_eq!(looks_like(file), None, "{file}");
        }
    }
}
