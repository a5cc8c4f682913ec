//! `payments`: what customers paid of their orders, and what is due when.

use chrono::NaiveDate;

use crate::diagnostic::Code;
use crate::domain::{MicroUsd, Usd};
use crate::ingest::cells::currency;
use crate::ingest::cells::layout::{self, Column, optional, required};
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::files::locations::Located;
use crate::ingest::rows::reading::Reading;
use crate::job::{Catalogue, ModelId, OrderIdRule};

use super::rates::Rates;

/// What a payment is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PaymentKind {
    /// On signing.
    Deposit,
    /// On a date of the contract.
    Instalment,
    /// What is left, on delivery or after it.
    Balance,
    /// Paid back to the customer.
    Refund,
    /// A credit of the maker, which takes from what is owed: no cash.
    Coupon,
}

impl PaymentKind {
    /// The words of the export.
    const WORDS: [(&'static str, Self); 5] = [
        ("deposit", Self::Deposit),
        ("instalment", Self::Instalment),
        ("balance", Self::Balance),
        ("refund", Self::Refund),
        ("coupon", Self::Coupon),
    ];
}

/// One payment, made or to come.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::ingest) struct Payment {
    /// The order paid for, by its number as the job compares it.
    pub order_id: String,
    /// Line of the order; empty where the payment is for all of it.
    pub line: String,
    /// Model of the order that it is for, where the export says.
    pub model: Option<ModelId>,
    /// Day on which it was made, up to the as-of date; `None`: not made yet.
    pub paid: Option<NaiveDate>,
    /// Day on which it is or was due.
    pub due: Option<NaiveDate>,
    /// What it is for.
    pub kind: PaymentKind,
    /// How much, never negative: of a refund what is paid back.
    pub amount: MicroUsd,
}

const ORDER_ID: usize = 0;
const LINE: usize = 1;
const MODEL: usize = 2;
const PAID: usize = 3;
const DUE: usize = 4;
const AMOUNT: usize = 5;
const KIND: usize = 6;
const CURRENCY: usize = 7;

/// The columns, in the order of the constants above.
pub(in crate::ingest) const COLUMNS: &[Column] = &[
    required("order_id", &["order no", "order number"]),
    optional("line", &["order_line", "line no"]),
    optional("model", &["product"]),
    optional("paid_date", &["payment date", "received_date"]),
    optional("due_date", &[]),
    required("amount_usd", &["amount"]),
    required("kind", &["payment kind", "payment type"]),
    optional("currency", currency::NAMES),
];

/// What payments are read with.
#[derive(Clone, Copy)]
pub(in crate::ingest) struct PaymentTerms<'a> {
    pub catalogue: &'a Catalogue,
    pub rule: &'a OrderIdRule,
    pub as_of: NaiveDate,
    /// Whether the exports were made after the as-of date: payments of later days are then to be expected.
    pub exported_later: bool,
}

/// Reads every payment that was made up to the as-of date or is due, sorted by order number.
pub(in crate::ingest) fn read(
    reading: &mut Reading<'_>,
    located: &Located,
    terms: PaymentTerms<'_>,
) -> Vec<Payment> {
    let export = &located.export;
    let rates = Rates::of(reading, export);
    let (mut payments, mut problems) = (Vec::new(), Vec::new());
    for path in &located.files {
        let bind = |headers: &[String]| layout::bind(path, headers, export, COLUMNS);
        let prepare = |layout: &layout::Layout| {
            let amounts: Vec<usize> = layout.positions[AMOUNT].into_iter().collect();
            currency::amounts(path, &layout.headers, export, &amounts)
        };
        let each = |(): &(), table: &mut Table<'_>, row: &Row<'_>, rows: &mut Vec<Payment>| {
            let payment = payment(table, row, terms, &rates);
            let used = payment.is_some();
            rows.extend(payment);
            used
        };
        if let Some(read) = reading.file(path, located, COLUMNS, &bind, prepare, Vec::new, each) {
            problems.extend(read.problems);
            payments.extend(read.states.into_iter().flatten());
        }
    }
    problems.sort();
    reading.tolerate(located, problems);
    payments.sort();
    reading.identical(located, &payments, |p: &Payment| {
        format!("{} USD of order {}", Usd::from(p.amount).dollars(), p.order_id)
    });
    payments
}

/// The payment of a row; `None` when it is not seen as of the date, or was reported as wrong.
fn payment(table: &mut Table<'_>, row: &Row<'_>, terms: PaymentTerms<'_>, rates: &Rates) -> Option<Payment> {
    let before = table.problems();
    let paid = table.maybe_date(row, PAID).flatten();
    let due = table.maybe_date(row, DUE).flatten();
    let later = paid.filter(|paid| *paid > terms.as_of);
    if let Some(day) = later {
        if !terms.exported_later {
            let reason = format!(
                "is after the as-of date {}: what is still to come has a due_date and no paid_date; where the exports were made later, say so with exported_on",
                terms.as_of
            );
            table.reject(row.line, Some(PAID), &day.to_string(), (Code::Contradiction, reason));
        } else if due.is_none() {
            table.found.goes_on = true;
            table.found.seen.later(day, row.line);
            return None;
        }
    }
    if paid.is_none() && due.is_none() && table.problems() == before {
        let reason = "is empty, and so is due_date: write when it was paid, or when it is due".to_owned();
        table.reject(row.line, Some(PAID), "", (Code::EmptyCell, reason));
    }
    let order_id = table.need_text(row, ORDER_ID);
    let line = table.text(row, LINE).unwrap_or_default().to_owned();
    let model = match table.text(row, MODEL) {
        Some(_) => table.need_model(row, MODEL, terms.catalogue).map(Some),
        None => Some(None),
    };
    let kind = table.need_word(row, KIND, &PaymentKind::WORDS);
    let amount = table.maybe_number(row, AMOUNT);
    let written = table.text(row, AMOUNT).unwrap_or_default().to_owned();
    let mut refuse = |reason: &str, code: Code| {
        table.reject(row.line, Some(AMOUNT), &written, (code, reason.to_owned()));
    };
    match (amount, kind) {
        (Some(None), _) => refuse("is empty: write the amount of the payment", Code::EmptyCell),
        (Some(Some(amount)), Some(kind)) if amount < 0.0 && kind != PaymentKind::Refund => {
            refuse("is below 0: what is paid back to the customer has the kind refund", Code::Contradiction);
        }
        _ => {}
    }
    if table.problems() > before {
        return None;
    }
    // A payment to come is taken at the newest rate.
    let day = paid.or(due)?.min(terms.as_of);
    let amount = rates.taken(table, row, CURRENCY, (amount??.abs(), day))?;
    Some(Payment {
        order_id: terms.rule.apply(order_id?).into_owned(),
        line,
        model: model?,
        paid: paid.filter(|_| later.is_none()),
        due,
        kind: kind?,
        amount: MicroUsd::from(Usd::new(amount)),
    })
}
