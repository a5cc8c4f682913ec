//! What a table is: named, typed and documented columns, and rows that fit them.

use chrono::NaiveDate;
use polars::prelude::{Column as Series, DataFrame, DataType, NamedFrom};

use crate::domain::{Month, Usd};
use crate::error::Error;

/// Type of a column, the same in CSV and Parquet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A day.
    Date,
    /// A month, given by its first day.
    Month,
    /// A whole number.
    Whole,
    /// A number rounded to so many decimals.
    Real(u8),
}

impl Kind {
    /// Whether it is a number.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Whole | Self::Real(_))
    }

    /// Decimals that it is published with.
    pub const fn decimals(self) -> u8 {
        match self {
            Self::Real(decimals) => decimals,
            _ => 0,
        }
    }
}

/// How people see the texts of a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    /// As they are, on one line.
    Plain,
    /// Words of a closed list, written with spaces: `place_now` is `place now`.
    Words,
    /// Sentences, on as many lines as they need.
    Long,
}

/// A column of an output table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name of its table.
    pub table: &'static str,
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
    /// Its head on the page and in the workbook, and what stands below it; where there is none, its name and unit.
    pub label: Option<(&'static str, &'static str)>,
    /// How people see its texts.
    pub look: Look,
    /// Whether it is what people look for in a row.
    pub main: bool,
}

impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        (self.table, self.name) == (other.table, other.name)
    }
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

    /// The column with a head for people, and what stands below it.
    #[must_use]
    pub(super) const fn label(self, head: &'static str, below: &'static str) -> Self {
        Self { label: Some((head, below)), ..self }
    }

    /// The column with texts of a closed list.
    #[must_use]
    pub(super) const fn words(self) -> Self {
        Self { look: Look::Words, ..self }
    }

    /// The column with sentences.
    #[must_use]
    pub(super) const fn long(self) -> Self {
        Self { look: Look::Long, ..self }
    }

    /// The column as what people look for in a row.
    #[must_use]
    pub(super) const fn main(self) -> Self {
        Self { main: true, ..self }
    }

    /// The column within its table.
    #[must_use]
    pub(super) const fn within(self, table: &'static str) -> Self {
        Self { table, ..self }
    }

    /// Its place among the columns of a table; `None` where it is another table's.
    pub fn place(&self, spec: &Spec) -> Option<usize> {
        (spec.name == self.table)
            .then(|| spec.columns.iter().position(|column| column.name == self.name))
            .flatten()
    }

    /// Its head for people and what stands below it.
    pub fn head(&self) -> (String, &'static str) {
        if let Some((head, below)) = self.label {
            return (head.to_owned(), below);
        }
        let name = self.name.replace('_', " ");
        let name = if self.unit.starts_with("USD") { name.trim_end_matches(" usd") } else { &name };
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        (first + letters.as_str(), self.unit)
    }
}

/// A documented column.
pub(super) const fn column(
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    meaning: &'static str,
) -> Column {
    let (formula, source, table) = ("", "", "");
    Column { table, name, kind, unit, meaning, formula, source, label: None, look: Look::Plain, main: false }
}

/// The first column of every table.
pub const VINTAGE: Column =
    column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none");
/// The column after the key of every table.
pub const AS_OF: Column = column("as_of", Kind::Date, "", "last day whose data were used");

/// Meaning of the column `level`.
pub(super) const LEVEL: &str =
    "total for ALL or 12M, detail for a row of its own: add up rows of one level only";

/// The word of the column `level`.
pub(super) const fn level(total: bool) -> &'static str {
    if total { "total" } else { "detail" }
}

/// What [`VINTAGE`] and [`AS_OF`] say in every row of a vintage.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// Name of the vintage.
    pub vintage: String,
    /// Last day whose data were used.
    pub as_of: NaiveDate,
}

/// What a row of a table is made from. [`table!`] declares its columns.
pub(super) trait Record {
    /// The table.
    const SPEC: &'static Spec;
    /// The cells of the row, in the order of the columns.
    fn cells(&self, stamp: &Stamp) -> Vec<Cell>;
}

/// Declares a table: what a row is made from and what it is, and each column once, with its kind, unit and meaning, and how
/// its cell comes from the row. The columns of the key come first, after the vintage; the as-of date follows them.
///
/// ```text
/// table! {
///     overrides of Override<'_>: "one planner's override of a month and a model",
///     key {
///         month(Month, "", "month of shipment, by its first day") = |r| r.month;
///     }
///     columns {
///         units(Whole, "machines", "forecast with the override").label("Forecast", "machines") = |r| r.units;
///     }
/// }
/// ```
///
/// It makes a module of the table's name with its `SPEC` and each [`Column`] as a constant of its own name, by which the
/// page and the workbook read it, and the row's [`Record`].
macro_rules! table {
    (
        $name:ident of $row:ty: $what:expr,
        key { $($key:ident($($k:expr),*) $(.$kw:ident($($ka:expr),*))* = |$kr:ident| $kc:expr;)* }
        columns { $($col:ident($($c:expr),*) $(.$cw:ident($($ca:expr),*))* = |$cr:ident| $cc:expr;)* }
    ) => {
        #[allow(non_upper_case_globals, unused_imports, dead_code, reason = "spelled as the columns are; not all are read by name")]
        pub(crate) mod $name {
            use $crate::tables::schema::{self, AS_OF, Column, Kind::*, LEVEL, Spec, VINTAGE};
            /// Its name.
            pub(crate) const NAME: &str = stringify!($name);
            $(pub(crate) const $key: Column = schema::column(stringify!($key), $($k),*)$(.$kw($($ka),*))*.within(NAME);)*
            $(pub(crate) const $col: Column = schema::column(stringify!($col), $($c),*)$(.$cw($($ca),*))*.within(NAME);)*
            /// Its description.
            pub(crate) const SPEC: Spec = Spec {
                name: NAME,
                row: $what,
                key: [VINTAGE $(, $key)*].len(),
                columns: &[VINTAGE, $($key,)* AS_OF, $($col,)*],
            };
        }
        impl $crate::tables::schema::Record for $row {
            const SPEC: &'static $crate::tables::schema::Spec = &$name::SPEC;
            fn cells(&self, stamp: &$crate::tables::schema::Stamp) -> Vec<$crate::tables::schema::Cell> {
                use $crate::tables::schema::Cell;
                vec![
                    Cell::from(stamp.vintage.as_str()),
                    $({ let $kr = self; Cell::from($kc) },)*
                    Cell::from(stamp.as_of),
                    $({ let $cr = self; Cell::from($cc) },)*
                ]
            }
        }
    };
}
pub(super) use table;

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
    /// Text.
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
    &str => |text| Self::Text(text.to_owned()),
    String => |text| Self::Text(text),
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

    /// A table of these rows.
    pub(super) fn of<R: Record>(stamp: &Stamp, rows: impl IntoIterator<Item = R>) -> Self {
        Self { spec: R::SPEC, rows: rows.into_iter().map(|row| row.cells(stamp)).collect() }
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

    /// The rows as they are published: sorted by key, numbers rounded to their decimals.
    pub fn published(&self) -> Vec<Vec<Cell>> {
        let key = self.spec.key;
        let mut rows = self.rows.clone();
        rows.sort_by(|a, b| a[..key].partial_cmp(&b[..key]).unwrap_or(std::cmp::Ordering::Equal));
        for row in &mut rows {
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
        let width = self.spec.columns.len();
        if let Some(row) = self.rows.iter().find(|row| row.len() != width) {
            let reason = format!("table {}: a row of {} cells, not {width}", self.spec.name, row.len());
            return Err(Error::Internal(reason));
        }
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
            Kind::Date | Kind::Month => {
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
pub(crate) fn round(value: f64, decimals: u8) -> f64 {
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
