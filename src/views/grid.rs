//! A grid: heads, rows and a total, as data.

use crate::table::{Cell, Column};

use super::form::Form;
use super::rows::Row;

/// What a word of a closed list says of its row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// As it should be.
    Good,
    /// Needs a look.
    Watch,
    /// Not as it should be.
    Bad,
}

impl Verdict {
    /// Every word that says something.
    pub(crate) const WORDS: [(&str, Self); 13] = [
        ("ok", Self::Good),
        ("within", Self::Good),
        ("competitive", Self::Good),
        ("no_data", Self::Watch),
        ("place_now", Self::Watch),
        ("hard_to_sell", Self::Watch),
        ("priced_too_low", Self::Watch),
        ("off_target", Self::Bad),
        ("over_forecast", Self::Bad),
        ("under_forecast", Self::Bad),
        ("dead", Self::Bad),
        ("never", Self::Bad),
        ("to_be_shut_down", Self::Bad),
    ];

    /// Of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, verdict)| *verdict)
    }
}

/// Head of a column, and what stands below it.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// What it is.
    pub(crate) what: String,
    /// Its unit, or what is special about it.
    pub(crate) below: String,
    /// How its cells are written.
    pub(crate) form: Form,
    /// The column that it is the head of; empty for one of its own.
    pub(crate) name: &'static str,
    /// Whether a phone held upright shows it.
    pub(crate) phone: bool,
}

impl Head {
    /// A head of its own.
    pub(crate) fn new(what: &str, below: &str, form: Form) -> Self {
        Self { what: what.to_owned(), below: below.to_owned(), form, name: "", phone: true }
    }

    /// As a column is declared.
    pub(crate) fn of(column: &Column) -> Self {
        let (what, below) = column.head();
        Self { what, below: below.to_owned(), form: Form::of(column), name: column.name, phone: true }
    }
}

/// A cell of a grid.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its value.
    pub(crate) cell: Cell,
    /// How it is written.
    pub(crate) form: Form,
    /// Whether people look for it.
    pub(crate) main: bool,
}

impl Entry {
    /// A value in a form.
    pub(crate) fn new(cell: impl Into<Cell>, form: Form) -> Self {
        Self { cell: cell.into(), form, main: false }
    }

    /// A cell of a table.
    pub(crate) fn of(row: &Row<'_>, column: Column) -> Self {
        Self { cell: row.cell(column).clone(), form: Form::of(&column), main: column.main }
    }

    /// A text.
    pub(crate) fn text(text: impl Into<Cell>) -> Self {
        Self::new(text, Form::Text)
    }

    /// The same, as what people look for.
    #[must_use]
    pub(crate) fn main(self, main: bool) -> Self {
        Self { main, ..self }
    }

    /// As people read it; an empty text is nothing at all.
    pub(crate) fn shown(&self) -> String {
        self.form.shown(&self.cell)
    }

    /// Its number.
    pub(crate) fn number(&self) -> Option<f64> {
        match self.cell {
            Cell::Whole(number) => Some(number as f64),
            Cell::Real(number) => Some(number),
            _ => None,
        }
    }
}

/// Rows and columns for people. The first column names the row.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    /// What it shows.
    pub(crate) title: String,
    /// The published tables that it was made from, separated by commas.
    pub(crate) source: &'static str,
    /// Heads of the columns.
    pub(crate) heads: Vec<Head>,
    /// Cells by row.
    pub(crate) rows: Vec<Vec<Entry>>,
    /// A last row of totals.
    pub(crate) total: Option<Vec<Entry>>,
}

impl Grid {
    /// Rows and columns of a table, headed and written as the columns are declared.
    pub(crate) fn new(title: impl Into<String>, rows: &[Row<'_>], columns: &[Column]) -> Self {
        let cells = |row: &Row<'_>| columns.iter().map(|column| Entry::of(row, *column)).collect();
        Self {
            title: title.into(),
            source: columns.first().map_or("", |column| column.table),
            heads: columns.iter().map(Head::of).collect(),
            rows: rows.iter().map(cells).collect(),
            total: None,
        }
    }

    /// Rows of its own.
    pub(crate) fn made(
        title: impl Into<String>,
        source: &'static str,
        heads: Vec<Head>,
        rows: Vec<Vec<Entry>>,
    ) -> Self {
        Self { title: title.into(), source, heads, rows, total: None }
    }

    /// One column of a table spread over the texts or days of another.
    pub(crate) fn spread(
        title: impl Into<String>,
        rows: &[Row<'_>],
        (down, across): (Column, Column),
        value: Column,
    ) -> Self {
        let different = |column: Column| {
            let mut cells: Vec<&Cell> = rows.iter().map(|row| row.cell(column)).collect();
            cells.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
            cells.dedup();
            cells
        };
        let columns = different(across);
        let mut heads = vec![Head::of(&down)];
        let named = |cell: &&Cell| Head::new(&Form::of(&across).shown(cell), "", Form::of(&value));
        heads.extend(columns.iter().map(named));
        let line = |first: &Cell| {
            let mut entries = vec![Entry::new(first.clone(), Form::of(&down))];
            entries.extend(columns.iter().map(|column| {
                let found = rows.iter().find(|row| row.cell(down) == first && row.cell(across) == *column);
                found.map_or_else(|| Entry::new(Cell::Empty, Form::of(&value)), |row| Entry::of(row, value))
            }));
            entries
        };
        Self::made(title, value.table, heads, different(down).into_iter().map(line).collect())
    }

    /// With these columns and the first alone on a phone held upright.
    #[must_use]
    pub(crate) fn phone(mut self, columns: &[Column]) -> Self {
        let rest = self.heads.iter_mut().skip(1);
        rest.for_each(|head| head.phone = columns.iter().any(|column| column.name == head.name));
        self
    }

    /// Another source.
    #[must_use]
    pub(crate) fn from(self, source: &'static str) -> Self {
        Self { source, ..self }
    }

    /// With a column before the others.
    #[must_use]
    pub(crate) fn first(mut self, head: Head, entries: impl IntoIterator<Item = Entry>) -> Self {
        self.heads.insert(0, head);
        self.rows.iter_mut().zip(entries).for_each(|(row, entry)| row.insert(0, entry));
        self
    }

    /// With a column after the others.
    #[must_use]
    pub(crate) fn last(mut self, head: Head, entries: impl IntoIterator<Item = Entry>) -> Self {
        let phone = self.heads.iter().all(|head| head.phone);
        self.heads.push(Head { phone, ..head });
        self.rows.iter_mut().zip(entries).for_each(|(row, entry)| row.push(entry));
        self
    }

    /// With sums of those columns that add up, where there is more than one row. What is missing never counts as 0.
    #[must_use]
    pub(crate) fn sum(mut self, columns: &[Column]) -> Self {
        let sum = |(index, head): (usize, &Head)| {
            if index == 0 {
                return Entry::text("Total");
            }
            if !columns.iter().any(|column| column.name == head.name) {
                return Entry::text("");
            }
            let sum: Option<f64> = self.rows.iter().map(|row| row.get(index).and_then(Entry::number)).sum();
            Entry::new(sum, head.form)
        };
        self.total = (self.rows.len() > 1).then(|| self.heads.iter().enumerate().map(sum).collect());
        self
    }

    /// With a row of the table as its total.
    #[must_use]
    pub(crate) fn total(mut self, row: Option<&Row<'_>>, name: &str, columns: &[Column]) -> Self {
        self.total = row.map(|row| {
            let cells = columns.iter().enumerate().map(|(index, column)| match index {
                0 => Entry::text(name),
                _ => Entry::of(row, *column),
            });
            cells.collect()
        });
        self
    }

    /// The grid where it has rows.
    pub(crate) fn some(self) -> Option<Self> {
        (!self.rows.is_empty()).then_some(self)
    }
}
