//! Why a text cannot be read as a job, in plain words.

use std::path::Path;

use crate::error::Error;

use super::file::File;
use super::missing::missing;
use super::plain_words::in_plain_words;
use super::problems::{EXAMPLE, Problems, line_of};

/// Why a text is no job: every required key that it lacks, or the first problem of another kind.
pub(super) fn unreadable(error: &toml::de::Error, text: &str, path: &Path) -> Error {
    if error.message().starts_with("missing field") {
        let mut problems = Problems::new(text, path);
        missing::<File>(text).into_iter().for_each(|(offset, message)| problems.at(offset, message));
        let hint = "hint: add each key to its section; jobs/quarterly.toml shows every key with its meaning";
        if let Err(reported) = problems.report(hint) {
            return reported;
        }
    }
    let line = error.span().map_or(1, |span| line_of(text, span.start));
    let hint = if error.message().starts_with("unknown field") {
        "hint: remove the key or correct its spelling; the keys that may stand there are listed above"
    } else {
        EXAMPLE
    };
    let whole = error.to_string();
    let whole = whole.trim_end();
    // The message ends the report; what stands before it is the line of the file.
    let said = whole.strip_suffix(error.message().trim_end());
    let said = said
        .map_or_else(|| whole.to_owned(), |before| format!("{before}{}", in_plain_words(error.message())));
    Error::Job(format!("{}:{line}: {said}\n{hint}", path.display()))
}
