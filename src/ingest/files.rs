//! Which files make up each export.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::job::{Export, Job};

/// An export and its files.
#[derive(Clone, Debug)]
pub(super) struct Located {
    /// Its key in the job.
    pub name: &'static str,
    /// How it is written.
    pub export: Export,
    /// Its files, sorted by name.
    pub files: Vec<PathBuf>,
}

/// Where each export is read from.
#[derive(Clone, Debug)]
pub struct Locations {
    exports: Vec<Located>,
    problems: Vec<Diagnostic>,
}

/// Endings under which an export is looked for in a folder of exports.
const ENDINGS: [&str; 5] = ["csv", "csv.gz", "parquet", "json", "tsv"];

/// Exports without which there is no forecast.
const REQUIRED: [&str; 3] = ["futures_orders", "hashprice", "difficulty"];

impl Locations {
    /// As the job says, or under their usual names in the folder `inputs`.
    pub fn new(job: &Job, inputs: Option<&Path>) -> Self {
        let mut found = Self { exports: Vec::new(), problems: Vec::new() };
        match inputs {
            None => {
                for (name, export) in job.exports.all() {
                    found.add(name, export.clone(), &job.resolve(&export.path));
                }
            }
            Some(folder) => {
                for name in [
                    "futures_orders",
                    "hashprice",
                    "difficulty",
                    "channel_inventory",
                    "shipments",
                    "supply",
                    "overrides",
                    "drivers",
                ] {
                    let export =
                        job.exports.all().find(|(known, _)| *known == name).map(|(_, export)| export.clone());
                    found.look_for(name, export.unwrap_or_default(), folder);
                }
            }
        }
        found
    }

    /// The files of an export; `None` when it is not given.
    pub(super) fn of(&self, name: &str) -> Option<&Located> {
        self.exports.iter().find(|e| e.name == name)
    }

    /// The first file of each export given.
    pub(super) fn paths(&self) -> BTreeMap<&'static str, PathBuf> {
        self.exports.iter().filter_map(|e| Some((e.name, e.files.first()?.clone()))).collect()
    }

    /// Exports that the job lets be without a row.
    pub(super) fn may_be_empty(&self) -> BTreeSet<&'static str> {
        self.exports.iter().filter(|e| e.export.may_be_empty).map(|e| e.name).collect()
    }

    /// What is wrong with the places themselves.
    pub(super) fn problems(&self) -> &[Diagnostic] {
        &self.problems
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
        self.exports.push(Located { name, export, files });
    }

    fn look_for(&mut self, name: &'static str, export: Export, folder: &Path) {
        let files: Vec<PathBuf> = ENDINGS
            .iter()
            .map(|ending| folder.join(format!("{name}.{ending}")))
            .filter(|path| path.exists())
            .collect();
        match files.as_slice() {
            // An optional export that is not in the folder is absent, not missing.
            [] if !REQUIRED.contains(&name) => {}
            [] => {
                self.exports.push(Located { name, export, files: vec![folder.join(format!("{name}.csv"))] });
            }
            [_] => self.exports.push(Located { name, export, files }),
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
}
