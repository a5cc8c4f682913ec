//! `manifest.json`: what went in, what was decided on the way, what came out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::ingest::Exports;
use crate::job::Job;

use super::files::OutputFile;

/// Version of the tables' columns; it changes when a column does.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// A run on record.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Always `wafercast`.
    pub tool: String,
    /// Version of wafercast.
    pub version: String,
    /// Version of the tables' columns.
    pub schema_version: u32,
    /// Quarter of the as-of date.
    pub vintage: String,
    /// Last day whose data were used.
    pub as_of: String,
    /// Name of the job.
    pub job: String,
    /// SHA-256 of the job file.
    pub job_sha256: String,
    /// Seed of the paths.
    pub seed: u64,
    /// Number of paths.
    pub paths: u32,
    /// Every file read.
    pub inputs: Vec<Input>,
    /// Everything that a person should know.
    pub warnings: Vec<String>,
    /// What each part of the forecast used, and why.
    pub models_used: BTreeMap<String, String>,
    /// Every file written beside this one.
    pub outputs: Vec<Output>,
}

/// A file read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Input {
    /// Which export.
    pub export: String,
    /// File name.
    pub file: String,
    /// SHA-256.
    pub sha256: String,
    /// Rows used: dated up to the as-of date and not rejected.
    pub rows_used: u64,
    /// Rows rejected.
    pub rows_rejected: u64,
}

/// A file written.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Output {
    /// File name.
    pub file: String,
    /// Rows of the table.
    pub rows: usize,
    /// SHA-256.
    pub sha256: String,
}

impl Manifest {
    /// Records a run.
    pub fn new(
        job: &Job,
        exports: &Exports,
        warnings: Vec<String>,
        models_used: BTreeMap<String, String>,
        files: &[OutputFile],
    ) -> Self {
        let inputs = exports.files.iter().map(|f| Input {
            export: f.export.to_owned(),
            file: f.file.clone(),
            sha256: f.sha256.clone(),
            rows_used: f.rows_used,
            rows_rejected: f.rows_rejected,
        });
        let outputs = files.iter().map(|f| Output { file: f.name.clone(), rows: f.rows, sha256: f.sha256() });
        Self {
            tool: "wafercast".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            schema_version: SCHEMA_VERSION,
            vintage: crate::domain::Month::of(exports.as_of).quarter().to_string(),
            as_of: exports.as_of.to_string(),
            job: job.run.name.clone(),
            job_sha256: job.sha256.clone(),
            seed: job.run.seed,
            paths: job.run.paths,
            inputs: inputs.collect(),
            warnings,
            models_used,
            outputs: outputs.collect(),
        }
    }

    /// SHA-256 over what decides the outputs: tool, job, as-of date and inputs.
    pub fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        for part in [&self.version, &self.as_of, &self.job_sha256] {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        for input in &self.inputs {
            digest.update(input.export.as_bytes());
            digest.update(input.sha256.as_bytes());
        }
        format!("{:x}", digest.finalize())
    }

    /// The manifest as a file.
    ///
    /// # Errors
    /// [`Error::Internal`]; it cannot happen with the types it is made of.
    pub fn file(&self) -> Result<OutputFile, Error> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|e| Error::Internal(e.to_string()))?;
        bytes.push(b'\n');
        Ok(OutputFile { name: "manifest.json".to_owned(), bytes, rows: 0 })
    }
}
