//! Sheet `run`: what went in, and what was said of it.

use crate::error::Error;
use crate::publish::Manifest;
use crate::summary::Summary;
use crate::views::{Entry, Form, Grid, Head};

use super::tidy::Native;

/// Name of the sheet.
pub(super) const RUN: &str = "run";

/// What went in, and what to doubt.
pub(super) fn run(manifest: &Manifest, summary: &Summary) -> Result<Native, Error> {
    let mut lines: Vec<[String; 3]> = Vec::new();
    let mut line =
        |subject: &str, what: &str, said: String| lines.push([subject.to_owned(), what.to_owned(), said]);
    for (what, said) in [
        ("vintage", manifest.vintage.clone()),
        ("revises", manifest.revises.clone().unwrap_or_else(|| "nothing".to_owned())),
        ("as of", manifest.as_of.clone()),
        ("job", manifest.job.clone()),
        ("SHA-256 of the job", manifest.job_sha256.clone()),
        ("wafercast", manifest.version.clone()),
        ("schema version", manifest.schema_version.to_string()),
        ("seed and paths", format!("{} and {}", manifest.seed, manifest.paths)),
    ] {
        line("this run", what, said);
    }
    for input in &manifest.inputs {
        let said = format!(
            "{}: {} rows used, {} rejected, SHA-256 {}",
            input.file, input.rows_used, input.rows_rejected, input.sha256
        );
        line("export", &input.export, said);
    }
    for (part, used) in &manifest.models_used {
        line("used", part, used.clone());
    }
    for (subject, all) in [
        ("read first", summary.first()),
        ("warning", summary.warnings()),
        ("doubt", summary.doubts()),
        ("assumption", &manifest.assumptions),
    ] {
        all.iter().for_each(|said| line(subject, "", said.clone()));
    }
    let notes = ["what the row is about", "which of them", "what is known of it"].map(str::to_owned);
    let rows = lines.into_iter().map(|line| line.map(Entry::text).to_vec()).collect();
    let heads = ["subject", "what", "said"].map(|head| Head::new(head, "", Form::Text)).to_vec();
    Native::new(RUN, &Grid::made("", "", heads, rows), &notes, (manifest, 1))
}
