//! Reading the published tables by column name. A table or column that is not there gives nothing, never an error: the
//! section that needs it says that there are no data.

use std::cmp::Ordering;

use chrono::NaiveDate;

use crate::tables::{Cell, Kind, Spec, Table};

use super::words;
use crate::tables::Column;

/// The tables of a vintage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tables<'a>(pub(super) &'a [Table]);

/// A row of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    spec: &'static Spec,
    cells: &'a [Cell],
}

impl<'a> Tables<'a> {
    /// Rows of a table in the order of its file; none when it is not published.
    pub(super) fn rows(self, table: &str) -> Vec<Row<'a>> {
        let Some(table) = self.0.iter().find(|t| t.spec.name == table) else {
            return Vec::new();
        };
        let mut rows: Vec<Row<'a>> =
            table.rows().iter().map(|cells| Row { spec: table.spec, cells }).collect();
        let key = table.spec.key;
        rows.sort_by(|a, b| {
            let (a, b) = (a.cells.get(..key), b.cells.get(..key));
            a.partial_cmp(&b).unwrap_or(Ordering::Equal)
        });
        rows
    }

    /// Rows in which a column has a text.
    pub(super) fn with(self, col: Column, text: &str) -> Vec<Row<'a>> {
        self.rows(col.table).into_iter().filter(|row| row.is(col, text)).collect()
    }
}

impl<'a> Row<'a> {
    fn place(&self, col: Column) -> Option<usize> {
        if self.spec.name != col.table {
            return None;
        }
        self.spec.columns.iter().position(|column| column.name == col.name)
    }

    fn cell(&self, col: Column) -> &'a Cell {
        const EMPTY: &Cell = &Cell::Empty;
        self.place(col).and_then(|place| self.cells.get(place)).unwrap_or(EMPTY)
    }

    /// A text; empty when missing.
    pub(super) fn text(&self, col: Column) -> &'a str {
        match self.cell(col) {
            Cell::Text(text) => text,
            _ => "",
        }
    }

    /// Whether a column has this text.
    pub(super) fn is(&self, col: Column, text: &str) -> bool {
        self.text(col) == text
    }

    /// A day.
    pub(super) fn date(&self, col: Column) -> Option<NaiveDate> {
        match self.cell(col) {
            Cell::Date(date) => Some(*date),
            _ => None,
        }
    }

    /// A number as published, with the decimals of its column.
    pub(super) fn number(&self, col: Column) -> Option<f64> {
        match self.cell(col) {
            Cell::Whole(number) => Some(*number as f64),
            Cell::Real(number) => Some(words::round(*number, self.decimals(col))),
            _ => None,
        }
    }

    /// A whole number, as published.
    pub(super) fn whole(&self, col: Column) -> Option<i64> {
        self.number(col).map(|number| number.round() as i64)
    }

    /// Decimals of a column in its file.
    fn decimals(&self, col: Column) -> u8 {
        match self.place(col).and_then(|place| self.spec.columns.get(place)).map(|column| column.kind) {
            Some(Kind::Real(decimals)) => decimals,
            _ => 0,
        }
    }

    /// A number for people with every decimal of its file; what is missing is a dash.
    pub(super) fn figure(&self, col: Column) -> String {
        self.number(col).map_or_else(words::missing, |number| words::number(number, self.decimals(col)))
    }

    /// A sum of money for people: whole dollars where its cents are zero, or where it is so large that they do not matter.
    pub(super) fn money(&self, col: Column) -> String {
        self.number(col).map_or_else(words::missing, words::money)
    }

    /// A share as a percentage, with the decimals that its file supports.
    pub(super) fn percent(&self, col: Column) -> String {
        self.number(col).map_or_else(words::missing, words::percent)
    }

    /// A month for people.
    pub(super) fn month(&self, col: Column) -> String {
        self.date(col).map_or_else(words::missing, words::month)
    }

    /// A day for people.
    pub(super) fn day(&self, col: Column) -> String {
        self.date(col).map_or_else(words::missing, words::day)
    }
}
