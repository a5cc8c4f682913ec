//! Many problems as a text that is read in one look.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::text::visible;

/// How much is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// Repeated problems folded, and at most 20 lines a file: a run.
    Few,
    /// Repeated problems folded: a check.
    Folded,
    /// Every problem on a line of its own: `--all`.
    All,
}

/// Lines of one file that a run shows.
const FEW: usize = 20;

/// Problems of one kind that are shown before the others are counted.
const FIRST: usize = 3;

/// Problems as one text: those of a file together, like ones folded, then one hint a kind and cause of error.
pub fn render(problems: &[Diagnostic], extent: Extent) -> String {
    let mut by_file: BTreeMap<&Path, Vec<&Diagnostic>> = BTreeMap::new();
    for problem in problems {
        by_file.entry(&problem.place.path).or_default().push(problem);
    }
    let mut text = String::new();
    for (path, problems) in by_file {
        let lines = if extent == Extent::All {
            problems.iter().map(|problem| Line { text: line(problem), of: 1 }).collect()
        } else {
            folded(&problems)
        };
        let shown = if extent == Extent::Few { FEW } else { usize::MAX };
        for line in lines.iter().take(shown) {
            let _ = writeln!(text, "{}", line.text);
        }
        let left: usize = lines.iter().skip(shown).map(|line| line.of).sum();
        if left > 0 {
            let _ = writeln!(text, "{}: and {left} more; --all lists all", visible(&path.to_string_lossy()));
        }
    }
    let errors = problems.iter().filter(|p| p.severity == Severity::Error);
    let hints: BTreeSet<(Code, &str)> = errors.map(|p| (p.code, p.remedy())).collect();
    if !hints.is_empty() {
        text.push('\n');
    }
    for (code, remedy) in hints {
        let _ = writeln!(text, "hint: {}: {remedy}", code.name());
    }
    text
}

/// A line, and how many problems it stands for.
struct Line {
    text: String,
    of: usize,
}

fn line(problem: &Diagnostic) -> String {
    format!("{}{problem}", word(problem))
}

fn word(problem: &Diagnostic) -> &'static str {
    if problem.severity == Severity::Warning { "warning: " } else { "" }
}

/// The problems of one file; of more than a few that say the same of the same column the first ones, and how many more
/// there are on which lines. Kinds are in the order in which they first come.
fn folded(problems: &[&Diagnostic]) -> Vec<Line> {
    let mut kinds: Vec<Vec<&Diagnostic>> = Vec::new();
    let mut places: BTreeMap<(Severity, Code, &str, String), usize> = BTreeMap::new();
    for problem in problems {
        let kind = (problem.severity, problem.code, problem.place.column.as_str(), pattern(&problem.reason));
        let place = *places.entry(kind).or_insert(kinds.len());
        match kinds.get_mut(place) {
            Some(kind) => kind.push(problem),
            None => kinds.push(vec![problem]),
        }
    }
    let mut lines = Vec::new();
    for kind in kinds {
        // One more takes no more room than to say so.
        let shown = if kind.len() > FIRST + 1 { FIRST } else { kind.len() };
        lines.extend(kind.iter().take(shown).map(|problem| Line { text: line(problem), of: 1 }));
        if let (Some(first), [next, .., last]) = (kind.first(), kind.get(shown..).unwrap_or_default()) {
            let place = &first.place;
            let mut text = word(first).to_owned();
            if !place.path.as_os_str().is_empty() {
                let _ = write!(text, "{}: ", visible(&place.path.to_string_lossy()));
            }
            if !place.column.is_empty() {
                let _ = write!(text, "{}: ", visible(&place.column));
            }
            let more = kind.len() - shown;
            let _ = write!(text, "and {more} more like it");
            if next.place.line > 0 {
                let _ = write!(text, ", lines {} to {}", next.place.line, last.place.line);
            }
            let _ = write!(text, " [{}]", first.code.name());
            lines.push(Line { text, of: more });
        }
    }
    lines
}

/// A reason without what differs from row to row: numbers, and what it quotes.
fn pattern(reason: &str) -> String {
    let mut pattern = String::with_capacity(reason.len());
    let mut quoted = false;
    for c in reason.chars() {
        if c == '`' {
            quoted = !quoted;
        }
        if !quoted && !c.is_ascii_digit() {
            pattern.push(c);
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Place;

    fn problem(line: u64, column: &str, reason: &str) -> Diagnostic {
        let place = Place { path: "a.csv".into(), line, column: column.into(), value: "y".into() };
        Diagnostic::error(Code::BadDate, place, reason)
    }

    #[test]
    fn like_problems_are_folded_and_can_all_be_had() {
        let mut problems: Vec<Diagnostic> =
            (2..10).map(|n| problem(n, "x", &format!("is already on line {}", n - 1))).collect();
        problems.push(problem(4, "z", "is not a date"));
        let text = render(&problems, Extent::Folded);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..5],
            [
                "a.csv:2: x: `y`, is already on line 1 [bad-date]",
                "a.csv:3: x: `y`, is already on line 2 [bad-date]",
                "a.csv:4: x: `y`, is already on line 3 [bad-date]",
                "a.csv: x: and 5 more like it, lines 5 to 9 [bad-date]",
                "a.csv:4: z: `y`, is not a date [bad-date]",
            ]
        );
        assert_eq!(text.matches("hint:").count(), 1);
        assert_eq!(render(&problems, Extent::All).matches("a.csv:").count(), 9);
    }

    #[test]
    fn a_run_shows_the_first_of_many_and_counts_the_rest() {
        let problems: Vec<Diagnostic> =
            (0..30).map(|n| problem(n + 2, &format!("c{n:02}"), "is not a date")).collect();
        let text = render(&problems, Extent::Few);
        assert_eq!(text.lines().filter(|l| l.starts_with("a.csv:")).count(), 21, "{text}");
        assert!(text.contains("a.csv: and 10 more; --all lists all"), "{text}");
    }
}
