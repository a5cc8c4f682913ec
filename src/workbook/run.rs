//! Sheets `run` and `dictionary`: what went in, what was said of it, and what every column means.

use crate::error::Error;
use crate::publish::Manifest;
use crate::summary::Summary;
use crate::tables::dictionary::{HEADER, rows};
use crate::views::{Entry, Form, Grid, Head};

use super::tidy::Native;

/// Name of the sheet of what went in.
pub(super) const RUN: &str = "run";
/// Name of the sheet of what columns mean.
pub(super) const DICTIONARY: &str = "dictionary";

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
    Native::new(RUN, &texts(&["subject", "what", "said"], rows), &notes, manifest)
}

/// Every column of the files beside the workbook.
pub(super) fn dictionary(manifest: &Manifest) -> Result<Native, Error> {
    // What a row of the table is stands on the first sheet.
    let kept: Vec<usize> = (0..HEADER.len()).filter(|index| HEADER[*index] != "row").collect();
    let heads: Vec<&str> = kept.iter().map(|index| HEADER[*index]).collect();
    let lines = rows().map(|entry| kept.iter().map(|index| Entry::text(entry[*index].as_str())).collect());
    Native::new(DICTIONARY, &texts(&heads, lines.collect()), &[], manifest)
}

fn texts(heads: &[&str], rows: Vec<Vec<Entry>>) -> Grid {
    Grid::made("", "", heads.iter().map(|head| Head::new(head, "", Form::Text)).collect(), rows)
}
