//! What was read, as typed frames of polars: the door between the exports and what is built from them.
//!
//! A frame has declared columns, is checked against them once and is sorted; what several places ask of its rows is added
//! up here. Order lines and shipments are none: they are added up as they are read (docs/reference/size.md has the figures).

mod market_days;
mod stock;

use chrono::NaiveDate;
use polars::prelude::{Column, DataFrame, DataType, Int32Chunked};

use crate::error::Error;

pub use market_days::{MarketDays, Quote};
pub use stock::{Counted, Held, MonthCount, Stock};

/// A column that a frame must have, and its type.
type Declared = (&'static str, DataType);

/// A frame of these columns, in this order.
///
/// # Errors
/// [`Error::Internal`] where a column has another type, name or length: a defect, since rows are typed before.
fn declared(columns: Vec<Column>, schema: &[Declared]) -> Result<DataFrame, Error> {
    let frame = DataFrame::new_infer_height(columns)?;
    let found = frame.columns().iter().map(|column| (column.name().as_str(), column.dtype()));
    if found.eq(schema.iter().map(|(name, of)| (*name, of))) {
        Ok(frame)
    } else {
        Err(Error::Internal(format!("a frame has the columns {:?} and not {schema:?}", frame.schema())))
    }
}

/// Days since 1970, as polars counts dates.
fn days(date: NaiveDate) -> i32 {
    i32::try_from((date - NaiveDate::default()).num_days()).unwrap_or(i32::MAX)
}

/// The date so many days after 1970.
fn date(days: i32) -> NaiveDate {
    NaiveDate::default() + chrono::Duration::days(i64::from(days))
}

/// Days of a column of dates, none of them missing.
fn dates(frame: &DataFrame, name: &str) -> Result<Int32Chunked, Error> {
    Ok(frame.column(name)?.date()?.physical().rechunk().into_owned())
}
