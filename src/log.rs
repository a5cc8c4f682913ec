//! Messages on stderr: as text for people, or one JSON object a line for machines.

use std::io::Write;

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, Severity};
use crate::error::Error;
use crate::publish::Published;
use crate::render::{Extent, render};
use crate::text;
use crate::today::Chosen;

/// Form of the messages on stderr.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub enum Log {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line: `level` (info, warning, error), `event`, `message`, and what belongs to it.
    Json,
}

impl Log {
    /// Why the command failed: what was warned of before, then the errors.
    pub fn error(self, error: &Error, extent: Extent) {
        self.warnings(&error.warnings(), extent);
        match (self, error) {
            (Self::Text, _) => say(&format!("error: {}\n", error.reported(extent))),
            (Self::Json, Error::Input(problems) | Error::Denied(problems)) => {
                let denied = matches!(error, Error::Denied(_));
                let stops = |problem: &&Diagnostic| denied || problem.severity == Severity::Error;
                problems.iter().filter(stops).for_each(|problem| line(&problem_line(problem)));
                line(&failed(error, "the exports are wrong; nothing was published"));
            }
            (Self::Json, _) => line(&failed(error, &error.to_string())),
        }
    }

    /// What a person should know.
    pub fn warnings(self, warnings: &[Diagnostic], extent: Extent) {
        match self {
            Self::Text if warnings.is_empty() => {}
            Self::Text => say(&render(warnings, extent)),
            Self::Json => warnings.iter().for_each(|warning| line(&problem_line(warning))),
        }
    }

    /// What decided two vintages and differs.
    pub fn changes(self, changes: &[String]) {
        for change in changes {
            match self {
                Self::Text => say(&format!("changed: {change}\n")),
                Self::Json => line(&json!({ "level": "info", "event": "changed", "message": change })),
            }
        }
    }

    /// Which quarter was chosen, and by what date; people read it on stdout.
    pub fn chosen(self, chosen: &Chosen) {
        if self == Self::Json {
            line(&json!({
                "level": "info",
                "event": "as-of",
                "message": chosen.to_string(),
                "as_of": chosen.as_of.to_string(),
                "today": chosen.on.to_string(),
                "utc_offset": chosen.offset.to_string(),
            }));
        }
    }

    /// A stage of the run begins; people see it as progress, or as a line where they asked for it.
    pub fn stage(self, name: &str, verbose: bool) {
        match self {
            Self::Json => line(&json!({ "level": "info", "event": "stage", "message": name })),
            Self::Text if verbose => say(&format!("{name}\n")),
            Self::Text => {}
        }
    }

    /// What was published, and what the run found.
    pub fn published(self, published: &Published, summary: &[String]) {
        if self == Self::Json {
            let event = if matches!(published, Published::New(_)) { "published" } else { "unchanged" };
            let vintage = published.path().file_name().map(|n| n.to_string_lossy().into_owned());
            line(&json!({
                "level": "info",
                "event": event,
                "message": format!("{event} {}", published.path().display()),
                "path": published.path().display().to_string(),
                "vintage": vintage,
                "summary": summary,
            }));
        }
    }
}

fn failed(error: &Error, message: &str) -> Value {
    json!({ "level": "error", "event": "failed", "message": message, "exit_code": error.exit_code() as u8 })
}

fn problem_line(problem: &Diagnostic) -> Value {
    let place = &problem.place;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({
        "level": if problem.severity == Severity::Error { "error" } else { "warning" },
        "event": "problem",
        "code": problem.code.name(),
        "message": problem.reason,
        "file": some(&place.path.display().to_string()),
        "line": (place.line > 0).then_some(place.line),
        "column": some(&place.column),
        "value": some(&place.value),
        "hint": problem.remedy(),
    })
}

fn line(value: &Value) {
    let _ = std::io::stderr().write_all(format!("{}\n", text::json(&value.to_string())).as_bytes());
}

/// Whoever closed stderr does not want to know.
fn say(message: &str) {
    let _ = std::io::stderr().write_all(text::visible_lines(message).as_bytes());
}

/// Text for people or tables on stdout.
///
/// # Errors
/// [`Error::Write`] when it cannot be written.
pub fn print(message: &str) -> Result<(), Error> {
    print_as_it_is(&text::visible_lines(message))
}

/// wafercast's own text on stdout, which may hold what a shell or a pager acts on.
///
/// # Errors
/// As [`print`].
pub fn print_as_it_is(message: &str) -> Result<(), Error> {
    let mut stdout = std::io::stdout();
    match stdout.write_all(message.as_bytes()).and_then(|()| stdout.flush()) {
        // Whoever was reading has seen enough.
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Error::write("<stdout>")),
    }
}
