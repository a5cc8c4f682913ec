//! A step in hand: the columns that it names, what is wrong with cells, and what it left out.

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::text::short;

use super::World;
use super::decimal::Decimal;
use super::frame::Frame;

/// Most problems of one step that are listed; more are counted.
const MOST: usize = 1000;

/// Most headers that a message lists, and most characters of each.
const LISTED: (usize, usize) = (60, 60);

/// A step that is being carried out.
pub(super) struct Hand<'w> {
    pub world: &'w dyn World,
    number: usize,
    name: &'static str,
    problems: Vec<Diagnostic>,
    more: usize,
    /// Rows left out so far.
    pub skipped: u64,
}

impl<'w> Hand<'w> {
    pub(super) const fn new(world: &'w dyn World, number: usize, name: &'static str) -> Self {
        Self { world, number, name, problems: Vec::new(), more: 0, skipped: 0 }
    }

    /// Number and name, as messages begin.
    pub(super) fn title(&self) -> String {
        format!("step {} ({})", self.number, self.name)
    }

    /// Whether something is wrong.
    pub(super) const fn failed(&self) -> bool {
        !self.problems.is_empty()
    }

    /// What is wrong.
    pub(super) fn problems(mut self) -> Vec<Diagnostic> {
        if self.more > 0 {
            let reason = format!("{} more problems, which are not listed", self.more);
            self.refuse_file(Code::Step, reason);
        }
        self.problems
    }

    fn say(&mut self, code: Code, place: Place, reason: String) {
        if self.problems.len() > MOST {
            self.more += 1;
            return;
        }
        let reason = if self.number == 0 { reason } else { format!("{}: {reason}", self.title()) };
        self.problems.push(Diagnostic::error(code, place, reason));
    }

    /// Takes over what is wrong with another file.
    pub(super) fn refuse_with(&mut self, problems: Vec<Diagnostic>) {
        for Diagnostic { code, place, reason, .. } in problems {
            self.say(code, place, reason);
        }
    }

    /// Says that the file cannot be used so.
    pub(super) fn refuse_file(&mut self, code: Code, reason: String) {
        self.say(code, Place::file(self.world.path()), reason);
    }

    /// Says that a row cannot be used.
    pub(super) fn refuse_row(&mut self, code: Code, line: u64, reason: String) {
        self.say(code, Place { line, ..Place::file(self.world.path()) }, reason);
    }

    /// Says that a cell cannot be used.
    pub(super) fn refuse(&mut self, code: Code, frame: &Frame, row: usize, place: usize, reason: String) {
        let place = Place {
            path: self.world.path().to_owned(),
            line: frame.lines.get(row).copied().unwrap_or_default(),
            column: frame.header(place).to_owned(),
            value: frame.cell(place, row).to_owned(),
        };
        self.say(code, place, reason);
    }

    /// The place of a column; `None` where there is none or more than one, which is reported.
    pub(super) fn find(&mut self, frame: &Frame, name: &str) -> Option<usize> {
        let line = frame.header_line;
        let listed = |headers: &[String]| {
            let names: Vec<_> = headers.iter().take(LISTED.0).map(|header| short(header, LISTED.1)).collect();
            let more = headers.len() - names.len();
            if more == 0 { names.join(", ") } else { format!("{} and {more} more", names.join(", ")) }
        };
        if frame.headers.is_empty() {
            let reason = format!("names the column `{name}` before promote_headers: put it behind that step");
            self.refuse_row(Code::MissingColumn, line, reason);
            return None;
        }
        match frame.places(name).as_slice() {
            [one] => Some(*one),
            [] => {
                let reason = format!("has no column `{name}` (its columns: {})", listed(&frame.headers));
                self.refuse_row(Code::MissingColumn, line, reason);
                None
            }
            several => {
                let names: Vec<&str> = several.iter().map(|index| frame.header(*index)).collect();
                let reason = format!("has several columns for `{name}`: `{}`", names.join("`, `"));
                self.refuse_row(Code::AmbiguousColumn, line, reason);
                None
            }
        }
    }

    /// The places of columns; `None` where one is missing, which is reported.
    pub(super) fn find_all(&mut self, frame: &Frame, names: &[String]) -> Option<Vec<usize>> {
        let places: Vec<Option<usize>> = names.iter().map(|name| self.find(frame, name)).collect();
        places.into_iter().collect()
    }

    /// Whether a new column may have a name; it is reported when it may not.
    pub(super) fn is_new(&mut self, frame: &Frame, name: &str, unless: Option<usize>) -> bool {
        let taken = frame.places(name).into_iter().any(|index| Some(index) != unless);
        if taken {
            let reason = format!("there is a column `{name}` already: give the new one another name");
            self.refuse_row(Code::AmbiguousColumn, frame.header_line, reason);
        }
        !taken
    }

    /// A cell without blanks around it; `None` where it is empty.
    pub(super) fn text<'f>(&self, frame: &'f Frame, index: usize, row: usize) -> Option<&'f str> {
        let text = frame.cell(index, row).trim();
        (!self.world.is_empty(text)).then_some(text)
    }

    /// A cell as a number: `None` where it is none, which is reported; `Some(None)` where it is empty.
    pub(super) fn number(&mut self, frame: &Frame, place: usize, row: usize) -> Option<Option<Decimal>> {
        let Some(text) = self.text(frame, place, row) else { return Some(None) };
        match self.world.number(text) {
            Ok(value) => {
                if let Some(decimal) = Decimal::of(value) {
                    Some(Some(decimal))
                } else {
                    self.refuse(Code::BadNumber, frame, row, place, "is too large a number".to_owned());
                    None
                }
            }
            Err(reason) => {
                self.refuse(Code::BadNumber, frame, row, place, reason);
                None
            }
        }
    }

    /// A number as a cell of this export.
    pub(super) fn written(&self, number: Decimal) -> String {
        number.text(self.world.export().decimal_mark.unwrap_or('.'))
    }

    /// Refuses rows with more or fewer cells than the header: their cells would stand under wrong names.
    pub(super) fn whole_rows(&mut self, frame: &Frame) {
        let header = frame.headers.len();
        if header == 0 || frame.widths.is_empty() {
            return;
        }
        for (row, width) in frame.widths.iter().enumerate() {
            let width = *width as usize;
            let beyond = || (header..frame.width()).all(|index| frame.cell(index, row).trim().is_empty());
            if width == header || (width > header && beyond()) {
                continue;
            }
            let blank = (0..frame.width()).all(|index| frame.cell(index, row).trim().is_empty());
            if !blank {
                let reason = format!(
                    "the row has {width} cells, the header has {header}; where it is no row of data, leave it out by skip_rows before other steps"
                );
                let line = frame.lines.get(row).copied().unwrap_or_default();
                self.refuse_row(Code::WrongCellCount, line, reason);
            }
        }
    }
}
