//! What a table is: named, typed and documented columns, and rows that fit them.

use chrono::NaiveDate;
use polars::prelude::{Column as Series, DataFrame, DataType, NamedFrom, Series as Values};

use crate::domain::{Month, Usd};
use crate::error::Error;
use crate::text::visible;

use super::column::{Column, Kind, Spec};

/// What `vintage` and `as_of` say in every row of a vintage.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// Name of the vintage.
    pub vintage: String,
    /// Last day whose data were used.
    pub as_of: NaiveDate,
}

/// What a row of a table is made from. [`table!`] declares its columns.
pub(crate) trait Record {
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
            use $crate::table::column::{self, AS_OF, Column, Kind::*, LEVEL, Spec, VINTAGE};
            /// Its name.
            pub(crate) const NAME: &str = stringify!($name);
            $(pub(crate) const $key: Column = column::column(stringify!($key), $($k),*)$(.$kw($($ka),*))*.within(NAME);)*
            $(pub(crate) const $col: Column = column::column(stringify!($col), $($c),*)$(.$cw($($ca),*))*.within(NAME);)*
            /// Its description.
            pub(crate) const SPEC: Spec = Spec {
                name: NAME,
                row: $what,
                key: [VINTAGE $(, $key)*].len(),
                columns: &[VINTAGE, $($key,)* AS_OF, $($col,)*],
            };
        }
        impl $crate::table::schema::Record for $row {
            const SPEC: &'static $crate::table::column::Spec = &$name::SPEC;
            fn cells(&self, stamp: &$crate::table::schema::Stamp) -> Vec<$crate::table::schema::Cell> {
                use $crate::table::schema::Cell;
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
pub(crate) use table;

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

/// A table filled with rows as they are published: sorted by key, numbers rounded to their decimals.
#[derive(Debug)]
pub struct Table {
    /// Its description.
    pub spec: &'static Spec,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without a row.
    #[cfg(test)]
    pub(crate) const fn empty(spec: &'static Spec) -> Self {
        Self { spec, rows: Vec::new() }
    }

    /// A table of these rows.
    pub(crate) fn of<R: Record>(stamp: &Stamp, rows: impl IntoIterator<Item = R>) -> Self {
        let key = R::SPEC.key;
        let mut rows: Vec<Vec<Cell>> = rows.into_iter().map(|row| row.cells(stamp)).collect();
        rows.sort_by(|a, b| a[..key].partial_cmp(&b[..key]).unwrap_or(std::cmp::Ordering::Equal));
        for row in &mut rows {
            for (cell, column) in row.iter_mut().zip(R::SPEC.columns) {
                if let (Cell::Real(number), Kind::Real(decimals)) = (&*cell, column.kind) {
                    *cell = Cell::Real(round(*number, decimals));
                }
            }
        }
        Self { spec: R::SPEC, rows }
    }

    /// The rows.
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// The table as a frame.
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
        let columns: Result<Vec<Series>, Error> =
            self.spec.columns.iter().enumerate().map(|(index, column)| self.series(index, column)).collect();
        Ok(DataFrame::new(self.rows.len(), columns?)?)
    }

    fn series(&self, index: usize, column: &Column) -> Result<Series, Error> {
        let wrong = |cell: &Cell| {
            let (table, column) = (self.spec.name, column.name);
            Error::Internal(format!("table {table}, column {column}: {cell:?} does not fit"))
        };
        let (name, rows) = (column.name.into(), &self.rows);
        let series = match column.kind {
            Kind::Text => Values::new(name, values(rows, index, Cell::text).map_err(wrong)?),
            Kind::Whole => Values::new(name, values(rows, index, Cell::whole).map_err(wrong)?),
            Kind::Real(_) => Values::new(name, values(rows, index, Cell::real).map_err(wrong)?),
            Kind::Date | Kind::Month => {
                Values::new(name, values(rows, index, Cell::days).map_err(wrong)?).cast(&DataType::Date)?
            }
        };
        Ok(series.into())
    }
}

/// The cells of a column, empty ones as `None`; the first that does not fit is the error.
fn values<'a, T>(
    rows: &'a [Vec<Cell>],
    index: usize,
    fitting: impl Fn(&'a Cell) -> Option<T>,
) -> Result<Vec<Option<T>>, &'a Cell> {
    let value = |cell: &'a Cell| match cell {
        Cell::Empty => Ok(None),
        cell => fitting(cell).map(Some).ok_or(cell),
    };
    rows.iter().map(|row| value(&row[index])).collect()
}

impl Cell {
    fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    const fn whole(&self) -> Option<i64> {
        if let Self::Whole(number) = self { Some(*number) } else { None }
    }

    /// A number that is finite: nothing else is ever published.
    fn real(&self) -> Option<f64> {
        if let Self::Real(number) = self { Some(*number).filter(|n| n.is_finite()) } else { None }
    }

    /// Days since 1970.
    fn days(&self) -> Option<i32> {
        let Self::Date(date) = self else { return None };
        i32::try_from((*date - NaiveDate::default()).num_days()).ok()
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

    struct Row(&'static str, f64);

    table! {
        t of Row: "a test",
        key { k(Text, "", "key") = |r| r.0; }
        columns { x(Real(2), "USD", "value") = |r| r.1; }
    }

    fn of(rows: Vec<Row>) -> Table {
        let as_of = NaiveDate::default();
        Table::of(&Stamp { vintage: "2025Q3".to_owned(), as_of }, rows)
    }

    #[test]
    fn rows_are_sorted_and_numbers_rounded() {
        let frame = of(vec![Row("b", 1.005_1), Row("a", -0.001)]).frame().unwrap();
        assert_eq!(frame.get_column_names(), ["vintage", "k", "as_of", "x"]);
        let keys: Vec<_> = frame.column("k").unwrap().str().unwrap().iter().flatten().collect();
        assert_eq!(keys, ["a", "b"]);
        let values: Vec<_> = frame.column("x").unwrap().f64().unwrap().iter().flatten().collect();
        assert_eq!(values, [0.0, 1.01]);
        assert!(values[0].is_sign_positive());
    }

    #[test]
    fn what_is_not_a_number_is_never_published() {
        for bad in [f64::NAN, f64::INFINITY] {
            assert!(matches!(of(vec![Row("a", bad)]).frame(), Err(Error::Internal(_))));
        }
    }

    #[test]
    fn a_column_is_headed_by_its_label_or_by_its_name_and_unit() {
        assert_eq!(t::x.head(), ("X".to_owned(), "USD"));
        assert_eq!(t::x.label("Left over", "wafers").head(), ("Left over".to_owned(), "wafers"));
        assert_eq!((t::SPEC.key, t::x.place(&t::SPEC), t::x.table), (2, Some(3), "t"));
    }
}
