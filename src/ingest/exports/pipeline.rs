//! `pipeline`: orders that are talked about and not signed, with the chance that sales gives them.

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::Month;
use crate::ingest::cells::layout::{Column, optional, required};
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::files::locations::Located;
use crate::ingest::rows::reading::Reading;
use crate::job::{Catalogue, ModelId};

/// Machines that a customer may order.
#[derive(Clone, PartialEq, PartialOrd, Debug)]
pub struct Deal {
    /// The customer.
    pub customer: String,
    /// The model.
    pub model: ModelId,
    /// Month in which they would ship.
    pub month: Month,
    /// Machines, if it comes to an order.
    pub machines: u32,
    /// Chance that it does, 0 to 1.
    pub probability: f64,
}

impl Deal {
    /// Machines x probability.
    pub fn weighted(&self) -> f64 {
        f64::from(self.machines) * self.probability
    }
}

pub(in crate::ingest) const COLUMNS: &[Column] = &[
    required("customer", &["customer name", "account"]),
    required("model", &["product"]),
    required("machines", &["units", "qty", "quantity"]),
    required("month", &["ship_month"]),
    required("probability", &["chance"]),
    optional("entered_on", &["entered date"]),
];

/// Most machines of one deal, as of one order.
const MOST_MACHINES: u32 = 100_000_000;

/// Reads every deal that was entered up to `as_of` and ships after it, sorted. One that should have shipped, or whose model does
/// not ship in its month, is left out and told.
pub(in crate::ingest) fn read(
    reading: &mut Reading<'_>,
    located: &Located,
    catalogue: &Catalogue,
    as_of: NaiveDate,
) -> Vec<Deal> {
    let mut deals: Vec<Deal> = Vec::new();
    let each = |table: &mut Table<'_>, row: &Row<'_>, rows: &mut Vec<Deal>| {
        let deal = deal(table, row, catalogue, as_of);
        let used = deal.is_some();
        rows.extend(deal);
        used
    };
    reading.simple(located, COLUMNS, each, |_, rows| {
        deals.extend(rows.into_iter().flatten());
        Vec::new()
    });
    deals.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    reading.identical(located, &deals, |deal| {
        format!("{} machines of {} in {}", deal.machines, deal.customer, deal.month)
    });
    let (past, ahead): (Vec<Deal>, Vec<Deal>) =
        deals.into_iter().partition(|deal| deal.month <= Month::of(as_of));
    let (deals, ended): (Vec<Deal>, Vec<Deal>) =
        ahead.into_iter().partition(|deal| catalogue.model(deal.model).ships_in(deal.month));
    for (left_out, why) in [
        (past, format!("of a month that has passed by {as_of}")),
        (ended, "of a model that does not ship in their month".to_owned()),
    ] {
        let Some(first) = left_out.first() else { continue };
        let machines: u64 = left_out.iter().map(|deal| u64::from(deal.machines)).sum();
        let reason = format!(
            "{} row(s) with {machines} machines are {why} ({} of {} in {}) and count for nothing: sign, move or close them",
            left_out.len(),
            catalogue.model(first.model).name(),
            first.customer,
            first.month
        );
        let place = located.files.first().map(|file| Place::file(file)).unwrap_or_default();
        reading.warnings.push(Diagnostic::warning(Code::Suspicious, place, reason));
    }
    deals
}

fn deal(table: &mut Table<'_>, row: &Row<'_>, catalogue: &Catalogue, as_of: NaiveDate) -> Option<Deal> {
    let entered = table.maybe_date(row, 5);
    if let Some(day) = entered.flatten().filter(|day| *day > as_of) {
        table.found.goes_on = true;
        table.found.seen.later(day, row.line);
        return None;
    }
    let customer = table.need_text(row, 0);
    let model = table.need_model(row, 1, catalogue);
    let machines = table.need_integer(row, 2, 0, MOST_MACHINES);
    let month = table.need_month(row, 3);
    let probability = table.maybe_number(row, 4);
    let wrong = match probability {
        Some(None) => Some((Code::EmptyCell, "is empty: write the chance that it is signed, 0 to 1".to_owned())),
        Some(Some(chance)) if !(0.0..=1.0).contains(&chance) => Some((
            Code::BadNumber,
            "must lie between 0 and 1; percentages are read with suffixes = { \"%\" = 0.01 } for this export in the job"
                .to_owned(),
        )),
        _ => None,
    };
    if let Some(wrong) = wrong {
        let text = table.text(row, 4).unwrap_or_default().to_owned();
        table.reject(row.line, Some(4), &text, wrong);
        return None;
    }
    entered?;
    Some(Deal {
        customer: customer?.to_owned(),
        model: model?,
        machines: machines?,
        month: month?,
        probability: probability??,
    })
}
