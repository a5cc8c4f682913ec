//! Published tables, read by column name.

use chrono::NaiveDate;

use crate::tables::{Cell, Spec, Table};

use crate::tables::Column;

/// A table as it is published: sorted, rounded. Without rows where the vintage does not have it.
#[derive(Debug)]
pub(super) struct View {
    /// Its description; `None` where there is no such table.
    pub(super) spec: Option<&'static Spec>,
    rows: Vec<Vec<Cell>>,
}

impl View {
    /// The table of this name.
    pub(super) fn of(tables: &[Table], table: &str) -> Self {
        let found = tables.iter().find(|t| t.spec.name == table);
        Self { spec: found.map(|t| t.spec), rows: found.map(Table::published).unwrap_or_default() }
    }

    /// Its rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let spec = self.spec;
        self.rows.iter().filter_map(move |cells| Some(Row { spec: spec?, cells }))
    }

    /// The rows in which a column holds a text.
    pub(super) fn with<'a>(&'a self, name: Column, text: &'a str) -> impl Iterator<Item = Row<'a>> {
        self.rows().filter(move |row| row.text(name) == text)
    }

    /// Leaves out the rows in which a column holds another text.
    pub(super) fn keep(&mut self, name: Column, text: &str) {
        let place = self.spec.and_then(|spec| name.place(spec));
        if let Some(place) = place {
            self.rows.retain(|row| row[place] == Cell::from(text));
        }
    }

    /// Whether there is no row.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() || self.spec.is_none()
    }

    /// The different texts of a column, in the order of the rows.
    pub(super) fn texts(&self, name: Column) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for row in self.rows() {
            let text = row.text(name);
            if !text.is_empty() && !found.iter().any(|f| f == text) {
                found.push(text.to_owned());
            }
        }
        found
    }
}

/// The different days of a column, in order.
pub(super) fn days<'a>(rows: impl Iterator<Item = Row<'a>>, name: Column) -> Vec<NaiveDate> {
    let mut days: Vec<NaiveDate> = rows.filter_map(|row| row.date(name)).collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// A row of a [`View`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    spec: &'static Spec,
    /// The cells, in the order of the columns.
    pub(super) cells: &'a [Cell],
}

impl<'a> Row<'a> {
    /// A cell; [`Cell::Empty`] where the table does not have the column.
    pub(super) fn cell(self, name: Column) -> &'a Cell {
        name.place(self.spec).and_then(|place| self.cells.get(place)).unwrap_or(&Cell::Empty)
    }

    /// A cell's text; empty where it holds none.
    pub(super) fn text(self, name: Column) -> &'a str {
        match self.cell(name) {
            Cell::Text(text) => text,
            _ => "",
        }
    }

    /// A cell's number.
    pub(super) fn number(self, name: Column) -> Option<f64> {
        match self.cell(name) {
            Cell::Whole(number) => Some(*number as f64),
            Cell::Real(number) => Some(*number),
            _ => None,
        }
    }

    /// A cell's day.
    pub(super) fn date(self, name: Column) -> Option<NaiveDate> {
        match self.cell(name) {
            Cell::Date(date) => Some(*date),
            _ => None,
        }
    }
}
