//! Why a run ended without publishing, and the exit code that says so to cron.

use std::path::PathBuf;

use crate::diagnostic::{Diagnostic, Severity, render};

/// Exit codes, after BSD `sysexits.h` where it has a fitting one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ExitCode {
    /// Wrong command line.
    Usage = 2,
    /// An export has rows that cannot be used.
    InputRejected = 65,
    /// An export is not there.
    InputMissing = 66,
    /// The exports stop before the as-of date.
    InputStale = 69,
    /// A defect in wafercast.
    Internal = 70,
    /// The output cannot be written.
    CannotWrite = 73,
    /// Another run is writing to the same folder.
    Locked = 75,
    /// The job file is wrong.
    Job = 78,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line asks for something that cannot be.
    #[error("{0}")]
    Usage(String),
    /// The job file is wrong; the text shows file, line and hint.
    #[error("{0}")]
    Job(String),
    /// The exports are wrong; at least one problem is an error.
    #[error("{}", render_input(.0, FEW))]
    Input(Vec<Diagnostic>),
    /// There are warnings, and the run was told to take them for errors.
    #[error("{}\n{} warning(s), and --deny-warnings was given; nothing was published", render(.0, FEW).trim_end(), .0.len())]
    Denied(Vec<Diagnostic>),
    /// The output cannot be written.
    #[error("cannot write {}: {source}\nhint: check that the folder exists, is writable and has room; earlier vintages are untouched", path.display())]
    Write {
        /// What was being written.
        path: PathBuf,
        /// Why it could not be.
        source: std::io::Error,
    },
    /// Another run holds the lock.
    #[error("another run is writing to {}{owner}\nhint: wait for it to end and run again; if it hangs, end that process: the lock ends with it, and .lock must stay where it is; nothing was changed", path.display())]
    Locked {
        /// The output folder.
        path: PathBuf,
        /// Who holds the lock, as ` (process 42 ...)`, or empty when unknown.
        owner: String,
    },
    /// A defect in wafercast, not in the input.
    #[error("internal error: {0}\nhint: this is a defect in wafercast; please report it with the job file")]
    Internal(String),
}

/// Problems of one file that a run shows; `check` shows all.
pub(crate) const FEW: usize = 20;

fn render_input(problems: &[Diagnostic], limit: usize) -> String {
    let errors = problems.iter().filter(|p| p.severity == Severity::Error);
    let files: std::collections::BTreeSet<_> = errors.clone().map(|p| &p.place.path).collect();
    format!(
        "{}\n{} problem(s) in {} file(s); nothing was published",
        render(problems, limit).trim_end(),
        errors.count(),
        files.len()
    )
}

impl Error {
    /// The message with every problem of every file.
    pub fn in_full(&self) -> String {
        match self {
            Self::Input(problems) => render_input(problems, usize::MAX),
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
            Self::Write { .. } => ExitCode::CannotWrite,
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
