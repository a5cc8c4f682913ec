//! Why a text cannot be read as a job, in plain words.

use std::path::Path;

use crate::error::Error;

use super::file::File;
use super::missing::missing;
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
    let said = said.map_or_else(|| whole.to_owned(), |before| format!("{before}{}", plain(error.message())));
    Error::Job(format!("{}:{line}: {said}\n{hint}", path.display()))
}

/// What a reader of TOML says of a value of the wrong kind, and what a person says.
const WORDS: [(&str, &str); 20] = [
    ("invalid type: ", "this is "),
    ("invalid value: ", "this is "),
    ("unknown variant ", "unknown word "),
    ("floating point `", "the number `"),
    ("integer `", "the whole number `"),
    ("boolean `", "`"),
    ("this is string ", "this is the text "),
    ("this is sequence", "this is a list"),
    ("this is map", "this is a table"),
    ("expected u32", "expected a whole number from 0 on"),
    ("expected u64", "expected a whole number from 0 on"),
    ("expected usize", "expected a whole number from 0 on"),
    ("expected i64", "expected a whole number"),
    ("expected f64", "expected a number"),
    ("expected a string", "expected a text in quotes"),
    ("expected path string", "expected a path in quotes"),
    ("expected a boolean", "expected true or false"),
    ("expected a sequence", "expected a list, as [1, 2]"),
    ("expected a map", "expected a table, as { key = 1 }"),
    ("expected struct ", "expected keys of the section "),
];

/// A message without the words of a programming language.
fn plain(message: &str) -> String {
    WORDS.iter().fold(message.to_owned(), |said, (theirs, ours)| said.replace(theirs, ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_kind_of_value_is_told_in_plain_words() {
        for (theirs, ours) in [
            (
                "invalid type: string \"many\", expected u32",
                "this is the text \"many\", expected a whole number from 0 on",
            ),
            (
                "invalid value: integer `-5`, expected u32",
                "this is the whole number `-5`, expected a whole number from 0 on",
            ),
            (
                "invalid type: floating point `1.5`, expected u32",
                "this is the number `1.5`, expected a whole number from 0 on",
            ),
            ("invalid type: boolean `true`, expected a string", "this is `true`, expected a text in quotes"),
            ("invalid type: map, expected a sequence", "this is a table, expected a list, as [1, 2]"),
        ] {
            assert_eq!(plain(theirs), ours);
        }
    }
}
