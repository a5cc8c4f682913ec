//! Files that steps of the job brought into shape, each kept as long as it is read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;

use crate::domain::FiscalYear;
use crate::job::{Export, Job};
use crate::shape::Shaped;

/// What steps know of the job, and the files that were shaped already.
#[derive(Clone, Default, Debug)]
pub(in crate::ingest) struct Shapes {
    /// Hashrate of every model under every name of it, in TH/s.
    pub hashrates: Arc<BTreeMap<String, f64>>,
    /// The job's fiscal year.
    pub fiscal_year: FiscalYear,
    /// Last day that exists.
    pub as_of: NaiveDate,
    made: Arc<Mutex<BTreeMap<PathBuf, Arc<Made>>>>,
}

/// A file after its steps.
#[derive(Debug)]
pub(in crate::ingest) struct Made {
    pub shaped: Shaped,
    /// SHA-256 of the file.
    pub sha256: String,
    /// How its cells are to be read.
    pub export: Export,
    /// Second files that were joined.
    pub seconds: Vec<Second>,
    /// Whether the last line is ended; the line where it is not.
    pub end: Option<Result<(), u64>>,
}

impl Made {
    /// Rows that its steps left out.
    pub(in crate::ingest) fn skipped(&self) -> u64 {
        self.shaped.done.iter().map(|done| done.skipped).sum()
    }
}

/// A second file that was read for a join.
#[derive(Clone, Debug)]
pub(in crate::ingest) struct Second {
    pub path: PathBuf,
    pub sha256: String,
    pub rows: u64,
}

impl Shapes {
    /// For a job, as of a date.
    pub(in crate::ingest) fn new(job: &Job, as_of: NaiveDate) -> Self {
        let models = job.catalogue.models.iter();
        let names = |model: &crate::job::Model| {
            let all: Vec<String> =
                std::iter::once(model.name().to_owned()).chain(model.aliases.iter().cloned()).collect();
            all
        };
        let hashrates = models
            .flat_map(|model| names(model).into_iter().map(|name| (name, model.hashrate_th.get())))
            .collect();
        Self {
            hashrates: Arc::new(hashrates),
            fiscal_year: job.run.fiscal_year_starts,
            as_of,
            made: Arc::default(),
        }
    }

    /// A file that was shaped already.
    pub(in crate::ingest) fn made(&self, path: &Path) -> Option<Arc<Made>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    /// Keeps a file that was shaped.
    pub(in crate::ingest) fn keep(&self, path: &Path, made: Made) -> Arc<Made> {
        let made = Arc::new(made);
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), Arc::clone(&made));
        made
    }

    /// Gives the memory of shaped files back.
    pub(in crate::ingest) fn clear(&self) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
