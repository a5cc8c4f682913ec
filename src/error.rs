//! Why a run ended without publishing, and the exit code that says so to cron.

use std::path::PathBuf;

use crate::diagnostic::{Diagnostic, Severity};
use crate::exit_code::ExitCode;
use crate::render::{Extent, render};
use crate::text::visible;

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line asks for something that cannot be.
    #[error("{0}")]
    Usage(String),
    /// The job file is wrong; the text shows file, line and hint.
    #[error("{0}")]
    Job(String),
    /// The exports are wrong; at least one problem is an error, the others are what a person should know beside it.
    #[error("{}", render_input(.0, Extent::Few))]
    Input(Vec<Diagnostic>),
    /// There are warnings, and the run was asked to take them for errors.
    #[error("{}", denied(.0, Extent::Few))]
    Denied(Vec<Diagnostic>),
    /// The output cannot be written.
    #[error(
        "cannot write {}: {source}\nhint: check that the folder exists, is writable and has room; earlier vintages are untouched",
        shown(path)
    )]
    Write {
        /// What was being written.
        path: PathBuf,
        /// Why it could not be.
        source: std::io::Error,
    },
    /// Another run holds the lock.
    #[error(
        "another run is writing to {}: {}\nhint: wait for it to end and run again; if it hangs, end that process: the lock ends with it, and .lock must stay where it is; nothing was changed",
        shown(path),
        visible(owner)
    )]
    Locked {
        /// The output folder.
        path: PathBuf,
        /// Who holds the lock, for example `process 42 on forecast-1`.
        owner: String,
    },
    /// The output folder, or a vintage in it, is not what a run can go on from.
    #[error("{0}")]
    Folder(String),
    /// A defect in wafercast, not in the input.
    #[error("internal error: {0}\nhint: this is a defect in wafercast; please report it with the job file")]
    Internal(String),
}

fn shown(path: &std::path::Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}

fn denied(warnings: &[Diagnostic], extent: Extent) -> String {
    format!(
        "{}\n{} warning(s), and --deny-warnings was given; nothing was published",
        render(warnings, extent).trim_end(),
        warnings.len()
    )
}

fn render_input(problems: &[Diagnostic], extent: Extent) -> String {
    let (errors, _) = apart(problems);
    let files: std::collections::BTreeSet<_> = errors.iter().map(|p| &p.place.path).collect();
    format!(
        "{}\n{} problem(s) in {} file(s); nothing was published",
        render(&errors, extent).trim_end(),
        errors.len(),
        files.len()
    )
}

/// Errors and warnings.
fn apart(problems: &[Diagnostic]) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
    problems.iter().cloned().partition(|p| p.severity == Severity::Error)
}

impl Error {
    /// What was warned of beside the errors, which often names their cause.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        match self {
            Self::Input(problems) => apart(problems).1,
            _ => Vec::new(),
        }
    }

    /// The message, with as much of the problems as is asked for.
    pub fn reported(&self, extent: Extent) -> String {
        match self {
            Self::Input(problems) => render_input(problems, extent),
            Self::Denied(warnings) => denied(warnings, extent),
            other => other.to_string(),
        }
    }

    /// The exit code of this failure. With several input problems a missing file outranks a rejected row,
    /// which outranks stale data: the order in which they must be mended.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::Usage,
            Self::Job(_) => ExitCode::Job,
            Self::Input(problems) => {
                let has = |code| {
                    problems.iter().any(|p| p.severity == Severity::Error && p.code.exit_code() == code)
                };
                [ExitCode::InputMissing, ExitCode::InputRejected, ExitCode::InputStale]
                    .into_iter()
                    .find(|code| has(*code))
                    .unwrap_or(ExitCode::InputRejected)
            }
            Self::Denied(_) => ExitCode::InputRejected,
            Self::Write { .. } | Self::Folder(_) => ExitCode::CannotWrite,
            Self::Locked { .. } => ExitCode::Locked,
            Self::Internal(_) => ExitCode::Internal,
        }
    }

    /// A failure to write `path`.
    pub fn write(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Write { path, source }
    }
}

/// A polars failure can only be a defect: every value was checked before it came to a frame.
impl From<polars::error::PolarsError> for Error {
    fn from(error: polars::error::PolarsError) -> Self {
        Self::Internal(error.to_string())
    }
}
