//! `wafercast inspect`: sections of a job for files that nobody has mapped yet.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::ingest::{self, Proposal};

/// Exports without which there is no forecast.
pub(crate) const NEEDED: [&str; 3] = ["futures_orders", "hashprice", "difficulty"];

/// What the files look like, and the sections of the job that would read them; everything else in it is a comment.
///
/// # Errors
/// [`Error::Input`] where no file is a table; beside others, one that is none is a comment.
pub fn inspect(files: &[PathBuf]) -> Result<String, Error> {
    let written = |path: &Path| path.to_string_lossy().into_owned();
    let (proposals, problems) = proposals(files, written)?;
    let mut text = String::new();
    for problem in &problems {
        text.push_str(&not_read(problem));
        text.push('\n');
    }
    let mut known = BTreeSet::new();
    for proposal in &proposals {
        text.push_str(&proposal.seen);
        for (export, block) in &proposal.sections {
            text.push('\n');
            text.push_str(&if known.insert(*export) { block.clone() } else { beside(block) });
        }
        text.push('\n');
    }
    let lacking: Vec<&str> = NEEDED.into_iter().filter(|export| !known.contains(export)).collect();
    if !lacking.is_empty() {
        let lacking = lacking.join(", ");
        text.push_str("# none of the files resembles ");
        text.push_str(&lacking);
        text.push_str(", which a job needs\n");
    }
    Ok(text)
}

/// A section that resembles an export for which there is one already.
pub fn beside(block: &str) -> String {
    let head = "# a second file of this export: give both by one path with * or ?, or take one of them\n";
    let commented: Vec<String> = block.lines().map(|line| format!("# {line}")).collect();
    format!("{head}{}\n", commented.join("\n"))
}

/// A file that is no table, beside others that are.
pub(crate) fn not_read(problem: &Diagnostic) -> String {
    format!("# not read: {problem}; {}", problem.remedy())
}

/// What each file looks like, and what is wrong with those that are no table.
///
/// # Errors
/// [`Error::Input`] with every file, where none is a table.
pub fn proposals(
    files: &[PathBuf],
    written: impl Fn(&Path) -> String,
) -> Result<(Vec<Proposal>, Vec<Diagnostic>), Error> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for path in files {
        match ingest::inspect(path, &written(path)) {
            Ok(proposal) => found.push(proposal),
            Err(problem) => problems.push(problem),
        }
    }
    if found.is_empty() && !problems.is_empty() { Err(Error::Input(problems)) } else { Ok((found, problems)) }
}
