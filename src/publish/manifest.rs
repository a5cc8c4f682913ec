//! `manifest.json`: what went in, what was decided on the way, what came out.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::Month;
use crate::error::Error;
use crate::ingest::Exports;
use crate::job::Job;
use crate::table::SCHEMA_VERSION;
use crate::text::visible;

use super::files::OutputFile;
use super::name::VintageName;
use crate::table::Dialect;

/// Its file name.
pub(super) const MANIFEST: &str = "manifest.json";

/// A run on record.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Always `wafercast`.
    pub tool: String,
    /// Version of wafercast.
    pub version: String,
    /// Version of the tables' columns.
    pub schema_version: u32,
    /// Name of the vintage: quarter of the as-of date, with `-r2` and so on for a revision.
    pub vintage: String,
    /// The vintage that this one revises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revises: Option<String>,
    /// What is not as it was in the vintage that this one revises.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
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
    /// Most that may be prepaid for the orders to place now, USD, where it is limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_usd: Option<f64>,
    /// How the CSV files are written, where it is not as RFC 4180 has it.
    #[serde(default, skip_serializing_if = "Dialect::is_plain")]
    pub csv: Dialect,
    /// Every file read.
    pub inputs: Vec<Input>,
    /// What the job takes for granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assumptions: Vec<String>,
    /// Everything that a person should know.
    pub warnings: Vec<String>,
    /// What each part of the forecast used, and why.
    pub models_used: BTreeMap<String, String>,
    /// Every file written beside this one.
    pub outputs: Vec<Output>,
    /// Files that people write in, as they were published: what is in them later is no damage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<Output>,
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
    /// Rows that steps of the job left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows_skipped: u64,
    /// Rows that are not blank and no row of sums.
    #[serde(default)]
    pub rows_read: u64,
    /// First date of the rows used, YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_date: Option<String>,
    /// Last date of the rows used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_date: Option<String>,
    /// Columns read: our name, and the name in the file.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Columns of the file that were not read.
    #[serde(default)]
    pub columns_not_read: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_zero(rows: &u64) -> bool {
    *rows == 0
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

impl Output {
    fn of(file: &OutputFile) -> Self {
        Self { file: file.name.clone(), rows: file.rows, sha256: file.sha256() }
    }
}

/// The newest vintage of the same as-of month that stands, where a new one revises it.
#[derive(Default, Debug)]
pub struct Revised {
    /// Its manifest.
    pub manifest: Option<Box<Manifest>>,
    /// What of its files is no longer as it was published, where that alone is why it is made again.
    pub damage: Vec<String>,
}

/// Name in `models_used` of what the split of orders to chips hangs on.
pub(crate) const MIX: &str = "mix_of_chips";

/// Name in `models_used` of what cash is counted from.
pub(crate) const OPENING_CASH: &str = "opening_cash";

/// Name in `models_used` of the customer that the case of the largest takes away.
pub(crate) const LARGEST_CUSTOMER: &str = "largest_customer";

/// Name in `models_used` of what launches that slip would take.
pub(crate) const LAUNCH_SLIP: &str = "launch_slip";

impl Manifest {
    /// A run that has read its inputs: what decides the outputs is known, the outputs are not.
    pub fn new(job: &Job, exports: &Exports) -> Self {
        let seen = |text: &str| visible(text).into_owned();
        let inputs = exports.files.iter().map(|f| Input {
            export: f.export.to_owned(),
            file: seen(&f.file),
            sha256: f.sha256.clone(),
            rows_used: f.rows_used,
            rows_rejected: f.rows_rejected,
            rows_skipped: f.rows_skipped,
            rows_read: f.seen.rows,
            first_date: f.seen.dates.map(|(first, _)| first.to_string()),
            last_date: f.seen.dates.map(|(_, last)| last.to_string()),
            columns: f.seen.columns.iter().map(|(ours, theirs)| (ours.clone(), seen(theirs))).collect(),
            columns_not_read: f.seen.not_read.iter().map(|name| seen(name)).collect(),
        });
        Self {
            tool: "wafercast".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            schema_version: SCHEMA_VERSION,
            vintage: VintageName::new(Month::of(exports.as_of), job.run.fiscal_year_starts).period(),
            revises: None,
            changed: Vec::new(),
            as_of: exports.as_of.to_string(),
            job: seen(&job.run.name),
            job_sha256: job.sha256.clone(),
            seed: job.run.seed,
            paths: job.run.paths,
            budget_usd: job.budget.prepayment_usd.map(crate::job::AtLeastZero::get),
            csv: job.output.dialect(),
            inputs: inputs.collect(),
            assumptions: job.assumptions.iter().map(|a| seen(&a.described(exports.as_of))).collect(),
            warnings: Vec::new(),
            models_used: BTreeMap::new(),
            outputs: Vec::new(),
            templates: Vec::new(),
        }
    }

    /// Names the vintage; where it revises one, says what changed.
    #[must_use]
    pub fn named(mut self, name: VintageName, revised: &Revised) -> Self {
        self.vintage = name.to_string();
        self.revises = revised.manifest.as_ref().map(|r| r.vintage.clone());
        self.changed = revised.manifest.as_ref().map(|r| self.changes_since(r)).unwrap_or_default();
        self.changed.extend(revised.damage.iter().cloned());
        self
    }

    /// Records what was found on the way.
    #[must_use]
    pub fn found(self, warnings: Vec<String>, models_used: BTreeMap<String, String>) -> Self {
        Self { warnings, models_used, ..self }
    }

    /// Records what was written.
    #[must_use]
    pub fn wrote(self, files: &[OutputFile]) -> Self {
        Self { outputs: files.iter().map(Output::of).collect(), ..self }
    }

    /// Records a file for people to write in.
    #[must_use]
    pub fn with_template(mut self, file: &OutputFile) -> Self {
        self.templates.push(Output::of(file));
        self
    }

    /// Reads the manifest of a vintage's folder.
    ///
    /// # Errors
    /// Says why when it is not there or not a manifest.
    pub fn read(vintage: &Path) -> Result<Self, String> {
        let bytes = std::fs::read(vintage.join(MANIFEST)).map_err(|e| e.to_string())?;
        serde_json::from_slice(&bytes).map_err(|e| format!("{MANIFEST}: {e}"))
    }

    /// As-of month; `None` where the text is no date.
    pub(super) fn as_of_month(&self) -> Option<Month> {
        self.as_of.parse().ok().map(Month::of)
    }

    /// What decides the outputs and is not as it was: as-of date, job, program, each export.
    pub fn changes_since(&self, earlier: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        let mut differ = |what: &str, before: &str, now: &str| {
            if before != now {
                changes.push(format!("{what}: {now}, before {before}"));
            }
        };
        differ("as-of date", &earlier.as_of, &self.as_of);
        differ("wafercast", &earlier.version, &self.version);
        if earlier.job_sha256 != self.job_sha256 {
            changes.push("the job file".to_owned());
        }
        let limit = |of: Option<f64>| of.map_or_else(|| "none".to_owned(), |usd| format!("{usd} USD"));
        if earlier.budget_usd != self.budget_usd {
            changes.push(format!(
                "limit on prepayments: {}, before {}",
                limit(self.budget_usd),
                limit(earlier.budget_usd)
            ));
        }
        // Of several files of an export the one of the same name.
        let find = |inputs: &[Input], wanted: &Input| {
            let same = inputs.iter().find(|i| i.export == wanted.export && i.file == wanted.file);
            same.or_else(|| inputs.iter().find(|i| i.export == wanted.export)).cloned()
        };
        for input in &self.inputs {
            match find(&earlier.inputs, input) {
                None => changes.push(format!("{}: new, {} rows used", input.export, input.rows_used)),
                Some(before) if before.sha256 != input.sha256 => changes.push(format!(
                    "{}: {} rows used, before {}; {} rejected, before {}",
                    input.export,
                    input.rows_used,
                    before.rows_used,
                    input.rows_rejected,
                    before.rows_rejected
                )),
                Some(_) => {}
            }
        }
        let gone = earlier.inputs.iter().filter(|i| find(&self.inputs, i).is_none());
        changes.extend(gone.map(|input| format!("{}: no longer given", input.export)));
        changes
    }

    /// Where a table comes from, as key and value: vintage, as-of date, version of the program and of the columns, and the
    /// SHA-256 of the job and of every input.
    pub fn provenance(&self) -> Vec<(String, String)> {
        let mut pairs = vec![
            ("wafercast.vintage".to_owned(), self.vintage.clone()),
            ("wafercast.as_of".to_owned(), self.as_of.clone()),
            ("wafercast.version".to_owned(), self.version.clone()),
            ("wafercast.schema_version".to_owned(), self.schema_version.to_string()),
            ("wafercast.job".to_owned(), self.job.clone()),
            ("wafercast.job_sha256".to_owned(), self.job_sha256.clone()),
        ];
        let inputs = self.inputs.iter();
        pairs.extend(inputs.map(|i| (format!("wafercast.input.{}.sha256", i.export), i.sha256.clone())));
        pairs
    }

    /// SHA-256 over what decides the outputs: tool, job, as-of date and inputs.
    pub fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        for part in [&self.version, &self.as_of, &self.job_sha256] {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        if let Some(budget) = self.budget_usd {
            digest.update(budget.to_bits().to_le_bytes());
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
        Ok(OutputFile { name: MANIFEST.to_owned(), bytes, rows: 0 })
    }
}
