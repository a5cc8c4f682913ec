//! What every vintage forecast for the same month, one under the other.

use crate::domain::Month;
use crate::history::Book;
use crate::job::Catalogue;
use crate::publish::VintageName;

use super::read::{Earlier, PublishedForecast};
use super::realised::delivered;

/// One shipment month and model as one vintage saw it.
#[derive(Clone, Debug)]
pub struct WaterfallRow {
    /// Month of shipment.
    pub month: Month,
    /// Model, or `ALL`.
    pub model: String,
    /// The vintage that made the forecast.
    pub vintage: VintageName,
    /// Months between its as-of date and the month of shipment.
    pub lag: i32,
    /// Its forecast, machines.
    pub units: i64,
    /// What left the door; `None` while it is not known.
    pub actual: Option<i64>,
}

/// The rows of all earlier vintages and of the one being published.
pub(super) fn waterfall(
    earlier: &[Earlier],
    now: (VintageName, &PublishedForecast),
    book: &Book<'_>,
    catalogue: &Catalogue,
) -> Vec<WaterfallRow> {
    let (name, forecast) = now;
    let before = earlier.iter().filter(|v| v.name.as_of != name.as_of);
    let all = before.map(|v| (v.name, v.as_of, &v.forecast)).chain([(name, book.as_of, forecast)]);
    let mut rows = Vec::new();
    for (vintage, as_of, forecast) in all {
        for ((month, model), machines) in &forecast.months {
            let index = catalogue.models.iter().position(|m| m.name() == model);
            let actual = match index {
                None if model != "ALL" => None,
                index => delivered(book, *month, index),
            };
            rows.push(WaterfallRow {
                month: *month,
                model: model.clone(),
                vintage,
                lag: *month - as_of,
                units: machines.units,
                actual,
            });
        }
    }
    rows
}
