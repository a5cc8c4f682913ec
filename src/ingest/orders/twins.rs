//! Lines of one order that are alike in everything but their line number: a row that was exported twice.
//!
//! Where the order's system numbers its lines, a second line with a number of its own may be meant. Where the step `number_rows` made
//! the numbers, rows that are alike would else be refused as rows of one key: the step hides that they are.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use crate::ingest::cells::table::{Row, Table};
use crate::job::Step;

use super::row;

/// Most rows that are looked at by one thread; of more, none are.
const MOST: usize = 1 << 18;

/// Twins named of many.
const NAMED: usize = 5;

/// Whether a step of the job made the line numbers.
pub(in crate::ingest) fn numbered_by_step(table: &Table<'_>) -> bool {
    let header = table.layout.positions[row::LINE].and_then(|place| table.layout.headers.get(place));
    let steps = table.export.steps.list().iter();
    header.is_some_and(|header| {
        steps.rev().any(|step| matches!(step, Step::NumberRows(step) if step.column == *header))
    })
}

/// What a row says beside its line number: every cell where a step numbered it, else the cells that are read.
pub(in crate::ingest) fn rest<'r>(table: &Table<'_>, row: &Row<'r>, by_step: bool) -> Vec<&'r str> {
    let line = table.layout.positions[row::LINE];
    if by_step {
        let cells = row.cells().enumerate().filter(|(place, _)| Some(*place) != line);
        return cells.map(|(_, cell)| cell.trim()).collect();
    }
    let places = table.layout.positions.iter().copied().filter(|place| *place != line);
    places.map(|place| place.and_then(|place| row.get(place)).unwrap_or_default().trim()).collect()
}

/// What one thread has seen of rows with a line number.
#[derive(Default, Debug)]
pub(in crate::ingest) struct Likes {
    seen: Vec<u64>,
    too_many: bool,
}

/// One number for what a row says beside its line number.
pub(in crate::ingest) fn hash(id: &str, rest: &[&str]) -> u64 {
    FixedState::with_seed(0).hash_one((id, rest))
}

impl Likes {
    /// Notes a row of order `id`.
    pub(in crate::ingest) fn note(&mut self, id: &str, table: &Table<'_>, row: &Row<'_>) {
        if self.too_many || table.text(row, row::LINE).is_none() {
            return;
        }
        if self.seen.len() == MOST {
            *self = Self { too_many: true, ..Self::default() };
            return;
        }
        self.seen.push(hash(id, &rest(table, row, numbered_by_step(table))));
    }

    /// Takes over what another thread saw.
    pub(in crate::ingest) fn merge(&mut self, other: Self) {
        self.too_many |= other.too_many;
        self.seen.extend(other.seen);
    }

    /// Rows of which there may be two.
    pub(in crate::ingest) fn suspects(mut self) -> BTreeSet<u64> {
        if self.too_many {
            return BTreeSet::new();
        }
        self.seen.sort_unstable();
        self.seen.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect()
    }
}

/// A row, as others of its order are held against it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::ingest) struct Alike {
    /// Order number.
    pub id: String,
    /// What it says beside its line number.
    pub rest: Vec<String>,
    /// File and line.
    pub place: (usize, u64),
    /// Its line number.
    pub line: String,
    /// Machines.
    pub machines: u32,
    /// Whether a step made its line number.
    pub by_step: bool,
}

/// Rows that are alike but for their line numbers.
#[derive(Default, Debug)]
pub(in crate::ingest) struct Twins {
    /// File and line of the first copy.
    pub first: (usize, u64),
    /// Copies.
    pub rows: u64,
    /// Machines of the copies.
    pub machines: u64,
    /// Which line is like which, of some of them.
    pub named: Vec<String>,
}

impl Twins {
    /// The copies among the suspects: those that a step numbered, and those with numbers of their own. Rows that steps made of one
    /// row of the file are none, nor are rows of one line number, which are refused as that.
    pub(in crate::ingest) fn of(mut rows: Vec<Alike>) -> [Self; 2] {
        rows.sort_by(|a, b| (&a.id, &a.rest, a.place).cmp(&(&b.id, &b.rest, b.place)));
        let mut copies: BTreeMap<(usize, u64), (bool, u64, String)> = BTreeMap::new();
        for likes in rows.chunk_by(|a, b| (&a.id, &a.rest) == (&b.id, &b.rest)) {
            let Some((first, more)) = likes.split_first() else { continue };
            for copy in more.iter().filter(|copy| copy.place != first.place && copy.line != first.line) {
                let ((_, of), (_, line)) = (first.place, copy.place);
                let file = if copy.place.0 == first.place.0 { "" } else { " of another file" };
                let named =
                    format!("line {line} as line {of}{file} ({} of order {})", copy.machines, copy.id);
                copies.insert(copy.place, (copy.by_step, u64::from(copy.machines), named));
            }
        }
        let mut twins = [Self::default(), Self::default()];
        for (place, (by_step, machines, named)) in copies {
            let own = &mut twins[usize::from(!by_step)];
            if own.rows == 0 {
                own.first = place;
            }
            own.rows += 1;
            own.machines += machines;
            if own.named.len() < NAMED {
                own.named.push(named);
            }
        }
        twins
    }

    /// Lines named.
    pub(in crate::ingest) fn listed(&self) -> String {
        let more = self.rows.saturating_sub(self.named.len() as u64);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        self.named.join(", ") + &more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, line: u64, number: &str, by_step: bool) -> Alike {
        let (id, number) = (id.to_owned(), number.to_owned());
        Alike { id, rest: vec!["x".to_owned()], place: (0, line), line: number, machines: 10, by_step }
    }

    #[test]
    fn copies_are_counted_beside_the_first_of_their_likes() {
        let rows = vec![
            row("A", 9, "3", true),
            row("A", 2, "1", true),
            row("A", 4, "2", true),
            row("B", 5, "10", false),
            row("B", 6, "20", false),
            // One line number is a row of the same key; two rows made of one row of the file are no copies.
            row("C", 7, "1", true),
            row("C", 8, "1", true),
            row("D", 10, "1", true),
            row("D", 10, "2", true),
        ];
        let [by_step, own] = Twins::of(rows);
        assert_eq!((by_step.first, by_step.rows, by_step.machines), ((0, 4), 2, 20));
        assert_eq!(by_step.listed(), "line 4 as line 2 (10 of order A), line 9 as line 2 (10 of order A)");
        assert_eq!(
            (own.first, own.rows, own.listed().as_str()),
            ((0, 6), 1, "line 6 as line 5 (10 of order B)")
        );
    }
}
