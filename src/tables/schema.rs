//! What a table is: named, typed and documented columns, and rows that fit them.

use chrono::NaiveDate;
use polars::prelude::{Column as Series, DataFrame, DataType, NamedFrom};

use crate::domain::{Month, Usd};
use crate::error::Error;
use crate::text::visible;

/// Type of a column, the same in CSV and Parquet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A day; a month is given by its first day.
    Date,
    /// A whole number.
    Whole,
    /// A number rounded to so many decimals.
    Real(u8),
}

/// A column of an output table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name.
    pub name: &'static str,
    /// Type.
    pub kind: Kind,
    /// Unit; empty for text and dates.
    pub unit: &'static str,
    /// What it says.
    pub meaning: &'static str,
    /// How it is calculated, in other columns and keys of the job; empty where it is read or drawn, not calculated.
    pub formula: &'static str,
    /// What it is made from: an export, a key of the job, a table, or the part of `docs/method.md` that has the method.
    pub source: &'static str,
}

impl Column {
    /// The column with its formula.
    #[must_use]
    pub(super) const fn formula(self, formula: &'static str) -> Self {
        Self { formula, ..self }
    }

    /// The column with its source.
    #[must_use]
    pub(super) const fn source(self, source: &'static str) -> Self {
        Self { source, ..self }
    }
}

/// A documented column.
pub(super) const fn column(
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    meaning: &'static str,
) -> Column {
    Column { name, kind, unit, meaning, formula: "", source: "" }
}

/// An output table: what it is called, what a row is, and its columns. The first `key` columns are its key.
#[derive(Debug)]
pub struct Spec {
    /// Name of the table and of its files.
    pub name: &'static str,
    /// What a row is.
    pub row: &'static str,
    /// How many of the first columns make the key that rows are sorted by.
    pub key: usize,
    /// The columns.
    pub columns: &'static [Column],
}

/// One value.
#[derive(Clone, PartialEq, PartialOrd, Debug)]
pub enum Cell {
    /// Missing. Never written as 0.
    Empty,
    /// Text in which everything can be seen: `From` makes it so.
    Text(String),
    /// A day.
    Date(NaiveDate),
    /// A whole number.
    Whole(i64),
    /// A number.
    Real(f64),
}

macro_rules! cell_from {
    ($($type:ty => |$value:ident| $cell:expr),* $(,)?) => {
        $(impl From<$type> for Cell {
            fn from($value: $type) -> Self {
                $cell
            }
        })*
    };
}

cell_from! {
    &str => |text| Self::Text(visible(text).into_owned()),
    String => |text| Self::Text(visible(&text).into_owned()),
    NaiveDate => |date| Self::Date(date),
    Month => |month| Self::Date(month.first_day()),
    i64 => |number| Self::Whole(number),
    u32 => |number| Self::Whole(i64::from(number)),
    u64 => |number| Self::Whole(i64::try_from(number).unwrap_or(i64::MAX)),
    usize => |number| Self::Whole(i64::try_from(number).unwrap_or(i64::MAX)),
    f64 => |number| Self::Real(number),
    Usd => |amount| Self::Real(amount.dollars()),
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// Makes a row of cells from values of any type a cell can hold.
macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$($crate::tables::schema::Cell::from($value)),*] };
}
pub(super) use row;

/// A table filled with rows.
#[derive(Debug)]
pub struct Table {
    /// Its description.
    pub spec: &'static Spec,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table.
    pub const fn new(spec: &'static Spec) -> Self {
        Self { spec, rows: Vec::new() }
    }

    /// Adds a row, its cells in the order of the columns.
    pub fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows, as pushed.
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// The rows as they are published: sorted by key, every row as long as the columns, numbers rounded to their decimals.
    pub fn published(&self) -> Vec<Vec<Cell>> {
        let key = self.spec.key;
        let mut rows = self.rows.clone();
        rows.sort_by(|a, b| a[..key].partial_cmp(&b[..key]).unwrap_or(std::cmp::Ordering::Equal));
        for row in &mut rows {
            row.resize(self.spec.columns.len(), Cell::Empty);
            for (cell, column) in row.iter_mut().zip(self.spec.columns) {
                if let (Cell::Real(number), Kind::Real(decimals)) = (&*cell, column.kind) {
                    *cell = Cell::Real(round(*number, decimals));
                }
            }
        }
        rows
    }

    /// The table as a frame of its published rows.
    ///
    /// # Errors
    /// [`Error::Internal`] when a cell does not fit its column or is not a finite number: nothing of the kind is
    /// ever published.
    pub fn frame(&self) -> Result<DataFrame, Error> {
        let rows = self.published();
        let columns: Result<Vec<Series>, Error> = self
            .spec
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| self.series(&rows, place, column))
            .collect();
        Ok(DataFrame::new(rows.len(), columns?)?)
    }

    fn series(&self, rows: &[Vec<Cell>], place: usize, column: &Column) -> Result<Series, Error> {
        let cells = rows.iter().map(|row| &row[place]);
        let wrong = |cell: &Cell| {
            Error::Internal(format!(
                "table {}, column {}: {cell:?} does not fit",
                self.spec.name, column.name
            ))
        };
        let name = column.name.into();
        Ok(match column.kind {
            Kind::Text => {
                let values: Result<Vec<Option<&str>>, Error> = cells
                    .map(|cell| match cell {
                        Cell::Text(text) => Ok(Some(text.as_str())),
                        Cell::Empty => Ok(None),
                        other => Err(wrong(other)),
                    })
                    .collect();
                polars::prelude::Series::new(name, values?).into()
            }
            Kind::Whole => {
                let values: Result<Vec<Option<i64>>, Error> = cells
                    .map(|cell| match cell {
                        Cell::Whole(number) => Ok(Some(*number)),
                        Cell::Empty => Ok(None),
                        other => Err(wrong(other)),
                    })
                    .collect();
                polars::prelude::Series::new(name, values?).into()
            }
            Kind::Real(_) => {
                let values: Result<Vec<Option<f64>>, Error> = cells
                    .map(|cell| match cell {
                        Cell::Real(number) if number.is_finite() => Ok(Some(*number)),
                        Cell::Empty => Ok(None),
                        other => Err(wrong(other)),
                    })
                    .collect();
                polars::prelude::Series::new(name, values?).into()
            }
            Kind::Date => {
                let epoch = NaiveDate::default();
                let values: Result<Vec<Option<i32>>, Error> = cells
                    .map(|cell| match cell {
                        Cell::Date(date) => Ok(i32::try_from((*date - epoch).num_days()).ok()),
                        Cell::Empty => Ok(None),
                        other => Err(wrong(other)),
                    })
                    .collect();
                polars::prelude::Series::new(name, values?).cast(&DataType::Date)?.into()
            }
        })
    }
}

/// Rounds half away from zero to `decimals`; never gives -0.
fn round(value: f64, decimals: u8) -> f64 {
    let scale = 10_f64.powi(i32::from(decimals));
    let rounded = (value * scale).round() / scale;
    if rounded == 0.0 { 0.0 } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: Spec = Spec {
        name: "t",
        row: "a test",
        key: 1,
        columns: &[column("k", Kind::Text, "", "key"), column("x", Kind::Real(2), "USD", "value")],
    };

    #[test]
    fn rows_are_sorted_and_numbers_rounded() {
        let mut table = Table::new(&SPEC);
        table.push(row!["b", 1.005_1]);
        table.push(row!["a", -0.001]);
        let frame = table.frame().unwrap();
        let keys: Vec<_> = frame.column("k").unwrap().str().unwrap().iter().flatten().collect();
        assert_eq!(keys, ["a", "b"]);
        let values: Vec<_> = frame.column("x").unwrap().f64().unwrap().iter().flatten().collect();
        assert_eq!(values, [0.0, 1.01]);
        assert!(values[0].is_sign_positive());
    }

    #[test]
    fn what_is_not_a_number_is_never_published() {
        for bad in [f64::NAN, f64::INFINITY] {
            let mut table = Table::new(&SPEC);
            table.push(row!["a", bad]);
            assert!(matches!(table.frame(), Err(Error::Internal(_))));
        }
    }
}
