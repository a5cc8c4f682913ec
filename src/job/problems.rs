//! What is wrong with a job file, line by line: all of it is collected before it is reported.

use std::path::Path;

use crate::error::Error;

/// What ends every report about a job file.
pub(super) const EXAMPLE: &str = "hint: jobs/quarterly.toml shows every key with its meaning and an example";

/// Problems found so far.
pub(super) struct Problems<'a> {
    text: &'a str,
    path: &'a Path,
    found: Vec<String>,
}

impl<'a> Problems<'a> {
    /// None, of the text of the job file at `path`.
    pub(super) const fn new(text: &'a str, path: &'a Path) -> Self {
        Self { text, path, found: Vec::new() }
    }

    /// Adds a problem of what stands at a byte of the text.
    pub(super) fn at(&mut self, offset: usize, message: impl std::fmt::Display) {
        let line = self.line(offset);
        self.found.push(format!("{}:{line}: {message}", self.path.display()));
    }

    /// Adds a problem of a key of a section, such as `lead_months` of `foundries`.
    pub(super) fn key(&mut self, section: &str, key: &str, message: impl std::fmt::Display) {
        self.at(key_offset(self.text, section, key), message);
    }

    /// Line of a byte of the text, counted from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        line_of(self.text, offset)
    }

    /// All of them and a hint; nothing when there are none.
    ///
    /// # Errors
    /// [`Error::Job`] when there is a problem.
    pub(super) fn report(self, hint: &str) -> Result<(), Error> {
        if self.found.is_empty() {
            return Ok(());
        }
        Err(Error::Job(format!("{}\n{hint}", self.found.join("\n"))))
    }
}

/// Line of a byte of a text, counted from 1.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|b| **b == b'\n').count() + 1
}

/// Where the line begins on which a section sets a key, be it below the section's head or in an inline table of its name;
/// where the section begins when the key is not set there, and the start of the file when there is no such section.
fn key_offset(text: &str, section: &str, key: &str) -> usize {
    let (outer, inline) = section.rsplit_once('.').unwrap_or(("", section));
    let (mut head, mut offset, mut begins) = ("", 0, 0);
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let sets =
            |key: &str| trimmed.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
        if trimmed.starts_with('[') {
            head = trimmed.split(']').next().unwrap_or("").trim_start_matches('[').trim();
            if head == section {
                begins = offset;
            }
        } else if (head == section && sets(key)) || (head == outer && sets(inline)) {
            return offset;
        }
        offset += line.len();
    }
    begins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_its_own_section() {
        let text = "months = 1\n[mining]\n# months\n months = 2\n[exports]\nhashprice = { path = \"a\" }\n[exports.supply]\npath = \"b\"\ndelimiter = \"x\"\n";
        let line = |section, key| line_of(text, key_offset(text, section, key));
        assert_eq!(line("mining", "months"), 4);
        assert_eq!(line("exports.hashprice", "delimiter"), 6, "in an inline table");
        assert_eq!(line("exports.supply", "delimiter"), 9);
        assert_eq!(line("exports.supply", "encoding"), 7, "not set: where its section begins");
        assert_eq!(line("output", "formats"), 1, "no such section");
    }
}
