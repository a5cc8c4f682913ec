//! Where a published number comes from, step by step: a wafer order, a customer's order or a month. Every number is one of the
//! vintage's tables; sums of them are checked against the published result, and nothing else is calculated.

mod account;
mod contract;
mod month;
mod order;
mod resemble;

pub use account::Detail;

use std::path::Path;

use crate::domain::Month;
use crate::error::Error;
use crate::publish::{Wanted, WrittenName};
use crate::tables::SPECS;
use crate::tables::declared::{
    open_orders as open, order_decisions as decisions, shipment_forecast as forecast, wafer_orders as orders,
};
use crate::text::visible;
use crate::vintages::Stored;

/// What is to be explained, and of which vintage.
#[derive(Clone, Debug)]
pub struct Asked {
    /// A wafer order, a customer's order number, or a month.
    pub what: String,
    /// The model of a month's forecast; all where none is given.
    pub model: Option<String>,
    /// The vintage; the one of the wafer order, or `latest`, where none is given.
    pub vintage: Option<WrittenName>,
    /// How much is said of each number.
    pub detail: Detail,
}

/// Explains one number of a vintage in the output folder `out`.
///
/// # Errors
/// As [`Stored::open`]; [`Error::Usage`] when the vintage has nothing of that name, [`Error::Internal`] when its numbers do not
/// add up.
pub fn explain(out: &Path, asked: &Asked) -> Result<String, Error> {
    let what = asked.what.trim();
    let of_order = what.split_once('/').and_then(|(vintage, _)| vintage.parse::<WrittenName>().ok());
    let wanted = match (asked.vintage, of_order) {
        (Some(name), _) => Wanted::Named(name),
        (None, Some(name)) => Wanted::Newest(name),
        (None, None) => Wanted::Latest,
    };
    let stored = Stored::open(out, wanted, &SPECS)?;
    let proposed = stored.rows(orders::NAME)?;
    let lines = stored.rows(open::NAME)?;
    let decided = stored.rows(decisions::NAME)?;
    let period = stored.name.period();
    // An order is the same whether its vintage is written before it or not.
    let name = |row| order::name(&period, row);
    let is = |name: &str| name == what || name.split_once('/').is_some_and(|(_, rest)| rest == what);
    if let Some(row) = proposed.iter().find(|row| is(&name(row))) {
        return order::proposed(&stored, row, asked.detail);
    }
    if let Some(row) = decided.iter().find(|row| row.is(decisions::order, what)) {
        return order::decided(&stored, row, asked.detail);
    }
    if !what.is_empty() && lines.iter().any(|row| row.is(open::order, what)) {
        let of: Vec<_> = lines.iter().filter(|row| row.is(open::order, what)).cloned().collect();
        return contract::explain(&stored, what, (&of, &lines), asked.detail);
    }
    let rows = stored.rows(forecast::NAME)?;
    let day = what.strip_suffix("-01").filter(|month| month.parse::<Month>().is_ok());
    if let Ok(month) = day.unwrap_or(what).parse::<Month>() {
        return month::explain(&stored, month, asked.model.as_deref(), (&rows, &lines), asked.detail);
    }
    let mut known: Vec<String> = proposed.iter().map(name).collect();
    known.extend(decided.iter().map(|row| row.text(decisions::order).to_owned()));
    known.extend(lines.iter().map(|row| row.text(open::order).to_owned()));
    known.extend(rows.iter().map(|row| row.month(forecast::month).to_owned()));
    let meant = resemble::meant(what, known.iter().map(String::as_str));
    let example = proposed.first().map_or_else(String::new, |row| format!(", such as {}", name(row)));
    let (first, last) = month::range(&rows);
    Err(Error::Usage(format!(
        "`{}` is no wafer order, no open order of a customer and no month of vintage {}\nhint: {meant}wafer orders are named as in placed_orders.csv{example}, customers' orders as in open_orders, months are {first} to {last}",
        visible(what),
        stored.name
    )))
}
