//! `order_changes`: what was agreed of an order line after it was signed.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::{Month, Usd};
use crate::ingest::cells::currency;
use crate::ingest::cells::layout::{Column, optional, required};
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::files::locations::Located;
use crate::ingest::rows::reading::Reading;
use crate::job::{Catalogue, ModelId, OrderIdRule};

use super::rates::Rates;

pub(in crate::ingest) const COLUMNS: &[Column] = &[
    required("order_id", &["order no", "order number"]),
    optional("line", &["order_line", "line no"]),
    required("changed_date", &["date", "change date", "amended_date"]),
    optional("quantity", &["qty", "new quantity"]),
    optional("model", &["product", "new model"]),
    optional("unit_price_usd", &["new price"]),
    optional("delivery_start", &["new delivery_start"]),
    optional("delivery_months", &[]),
    optional("delivery_end", &["last delivery"]),
    optional("currency", currency::NAMES),
];

const ORDER_ID: usize = 0;
const LINE: usize = 1;
const DATE: usize = 2;
const QUANTITY: usize = 3;
const MODEL: usize = 4;
const PRICE: usize = 5;
const START: usize = 6;
const MONTHS: usize = 7;
const END: usize = 8;
const CURRENCY: usize = 9;

/// What an order line is from a day on; what did not change is empty.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::ingest) struct Change {
    /// Day on which it was agreed.
    pub date: NaiveDate,
    /// Machines in all, delivered ones among them; 0: nothing more is delivered.
    pub quantity: Option<u32>,
    /// What is to be delivered.
    pub model: Option<ModelId>,
    /// Price of one machine.
    pub unit_price: Option<Usd>,
    /// First delivery month.
    pub start: Option<Month>,
    /// Number of monthly batches.
    pub months: Option<u32>,
    /// Last delivery month.
    pub end: Option<Month>,
    /// File and line that say so.
    pub place: Place,
    /// Its number among all changes.
    pub number: usize,
    /// Whether it names the line of the order.
    pub of_line: bool,
}

/// Changes by order number, as the job compares it, and line; empty where the export names no line.
#[derive(Clone, Debug, Default)]
pub(in crate::ingest) struct Changes {
    by_order: BTreeMap<String, BTreeMap<String, Vec<Change>>>,
    places: Vec<Place>,
}

impl Changes {
    /// The changes of an order line, by day: those of the line, and those of the whole order.
    pub(in crate::ingest) fn of(&self, id: &str, line: &str) -> Vec<&Change> {
        let Some(lines) = self.by_order.get(id) else { return Vec::new() };
        let own = lines.get(line).into_iter().flatten();
        let whole = lines.get("").filter(|_| !line.is_empty()).into_iter().flatten();
        let mut found: Vec<&Change> = own.chain(whole).collect();
        found.sort_by_key(|change| (change.date, change.number));
        found
    }

    /// Where each stands.
    pub(in crate::ingest) fn places(&self) -> &[Place] {
        &self.places
    }
}

/// Reads every change up to `as_of`; later ones do not exist.
pub(in crate::ingest) fn read(
    reading: &mut Reading<'_>,
    located: &Located,
    catalogue: &Catalogue,
    rule: &OrderIdRule,
    as_of: NaiveDate,
) -> Changes {
    let rates = Rates::of(reading, &located.export);
    let mut rows: Vec<(String, String, Change)> = Vec::new();
    let each = |table: &mut Table<'_>, row: &Row<'_>, found: &mut Vec<(String, String, Change)>| {
        let before = table.problems();
        let change = change(table, row, (catalogue, &rates, rule), as_of);
        let change = change.filter(|_| table.problems() == before);
        let used = change.is_some();
        found.extend(change);
        used
    };
    reading.of_amounts(located, (COLUMNS, &[PRICE]), each, |path, found| {
        let mut found: Vec<_> = found.into_iter().flatten().collect();
        found.sort_by_key(|(_, _, change)| change.place.line);
        let mut problems = Vec::new();
        let mut seen: BTreeMap<(String, String, NaiveDate), u64> = BTreeMap::new();
        for (id, line, mut change) in found {
            path.clone_into(&mut change.place.path);
            let key = (id.clone(), line.clone(), change.date);
            if let Some(first) = seen.insert(key, change.place.line) {
                let reason = format!(
                    "is the second change of this order line on {}, beside line {first}: write what changed on a day in one row",
                    change.date
                );
                problems.push(Diagnostic::error(Code::DuplicateRow, change.place.clone(), reason));
            }
            rows.push((id, line, change));
        }
        problems
    });
    let mut changes = Changes::default();
    for (id, line, mut change) in rows {
        change.number = changes.places.len();
        change.of_line = !line.is_empty();
        changes.places.push(change.place.clone());
        changes.by_order.entry(id).or_default().entry(line).or_default().push(change);
    }
    changes
}

fn change(
    table: &mut Table<'_>,
    row: &Row<'_>,
    (catalogue, rates, rule): (&Catalogue, &Rates, &OrderIdRule),
    as_of: NaiveDate,
) -> Option<(String, String, Change)> {
    let date = table.need_date(row, DATE);
    if let Some(date) = date.filter(|date| *date > as_of) {
        table.found.goes_on = true;
        table.found.seen.later(date, row.line);
        return None;
    }
    let id = table.need_text(row, ORDER_ID);
    let line = table.text(row, LINE).unwrap_or_default().to_owned();
    let quantity = match table.text(row, QUANTITY) {
        Some(_) => table.need_integer(row, QUANTITY, 0, 100_000_000).map(Some),
        None => Some(None),
    };
    let model = match table.text(row, MODEL) {
        Some(_) => Some(table.need_model(row, MODEL, catalogue)?),
        None => None,
    };
    let price = table.maybe_amount(row, PRICE, CURRENCY);
    let month = |table: &mut Table<'_>, column: usize| match table.text(row, column) {
        Some(_) => table.need_month(row, column).map(Some),
        None => Some(None),
    };
    let (start, end) = (month(table, START), month(table, END));
    let months = match table.text(row, MONTHS) {
        Some(_) => table.need_integer(row, MONTHS, 1, 36).map(Some),
        None => Some(None),
    };
    let (date, quantity, start, end, months) = (date?, quantity?, start?, end?, months?);
    let unit_price = match price? {
        None => None,
        Some(price) => {
            let code = currency::of_row(table, row, CURRENCY, rates.own());
            match code.map(|code| rates.usd(&code, date)).transpose() {
                Ok(rate) => Some(Usd::new(rate.map_or(price, |rate| rate.usd(price)))),
                Err(reason) => {
                    let text = table.text(row, CURRENCY).unwrap_or_default().to_owned();
                    table.reject(row.line, Some(CURRENCY), &text, (Code::OtherCurrency, reason));
                    return None;
                }
            }
        }
    };
    let nothing = quantity.is_none()
        && model.is_none()
        && unit_price.is_none()
        && start.is_none()
        && end.is_none()
        && months.is_none();
    let value = id?.to_owned();
    if nothing {
        let reason = "changes nothing: give the new quantity, model, unit_price_usd, delivery_start, delivery_months or delivery_end";
        table.reject(row.line, Some(ORDER_ID), &value, (Code::EmptyCell, reason.to_owned()));
        return None;
    }
    let id = rule.apply(&value).into_owned();
    let place = Place { line: row.line, column: "order_id".to_owned(), value, ..Place::default() };
    let change =
        Change { date, quantity, model, unit_price, start, months, end, place, number: 0, of_line: false };
    Some((id, line, change))
}
