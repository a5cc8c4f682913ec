//! Reading the published tables by column. A table or column that is not there gives nothing, never an error: what needs it
//! says that there are no data.

use chrono::NaiveDate;

use crate::table::{Cell, Column, Spec, Table};

use super::form::Form;

/// The tables of a vintage, to be read from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables<'a>(pub(crate) &'a [Table]);

/// A row of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    /// Its table.
    pub(crate) spec: &'static Spec,
    /// Its cells, in the order of the columns.
    pub(crate) cells: &'a [Cell],
}

impl<'a> Tables<'a> {
    /// Rows of a table in the order of its file; none when it is not published.
    pub(crate) fn rows(self, table: &str) -> Vec<Row<'a>> {
        let found = self.0.iter().filter(|of| of.spec.name == table).take(1);
        found.flat_map(|of| of.rows().iter().map(move |cells| Row { spec: of.spec, cells })).collect()
    }

    /// Rows in which a column has a text.
    pub(crate) fn with(self, column: Column, text: &str) -> Vec<Row<'a>> {
        let mut rows = self.rows(column.table);
        let place = rows.first().and_then(|row| column.place(row.spec));
        let has = |cell: Option<&Cell>| match cell {
            Some(Cell::Text(found)) => found == text,
            _ => text.is_empty(),
        };
        rows.retain(|row| has(place.and_then(|place| row.cells.get(place))));
        rows
    }
}

/// The different texts of a column, in the order of the rows.
pub(crate) fn texts<'a>(rows: &[Row<'a>], column: Column) -> Vec<&'a str> {
    let mut found = Vec::new();
    for text in rows.iter().map(|row| row.text(column)) {
        if !text.is_empty() && !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// The different days of a column, in order.
pub(crate) fn days(rows: &[Row<'_>], column: Column) -> Vec<NaiveDate> {
    let mut days: Vec<NaiveDate> = rows.iter().filter_map(|row| row.date(column)).collect();
    days.sort_unstable();
    days.dedup();
    days
}

impl<'a> Row<'a> {
    /// A cell; [`Cell::Empty`] where the table does not have the column.
    pub(crate) fn cell(&self, column: Column) -> &'a Cell {
        column.place(self.spec).and_then(|place| self.cells.get(place)).unwrap_or(&Cell::Empty)
    }

    /// A text; empty when missing.
    pub(crate) fn text(&self, column: Column) -> &'a str {
        match self.cell(column) {
            Cell::Text(text) => text,
            _ => "",
        }
    }

    /// Whether a column has this text.
    pub(crate) fn is(&self, column: Column, text: &str) -> bool {
        self.text(column) == text
    }

    /// A day.
    pub(crate) fn date(&self, column: Column) -> Option<NaiveDate> {
        match self.cell(column) {
            Cell::Date(date) => Some(*date),
            _ => None,
        }
    }

    /// A number as published.
    pub(crate) fn number(&self, column: Column) -> Option<f64> {
        match self.cell(column) {
            Cell::Whole(number) => Some(*number as f64),
            Cell::Real(number) => Some(*number),
            _ => None,
        }
    }

    /// A whole number, as published.
    pub(crate) fn whole(&self, column: Column) -> Option<i64> {
        self.number(column).map(|number| number.round() as i64)
    }

    /// A cell as people read it; what is missing is a dash.
    pub(crate) fn shown(&self, column: Column) -> String {
        Form::of(&column).shown(self.cell(column))
    }
}
