//! `futures_orders`: one row an order line.

use chrono::NaiveDate;

use crate::diagnostic::Code;
use crate::domain::{Month, Usd};
use crate::ingest::cells::layout::{Column, optional, required};
use crate::ingest::cells::table::{Row, Table};
use crate::job::Catalogue;

use super::order::{Order, OrderType, Segment, Status};

pub(in crate::ingest) const ORDER_ID: usize = 0;
pub(in crate::ingest) const LINE: usize = 1;
const CUSTOMER: usize = 2;
const SEGMENT: usize = 3;
const MODEL: usize = 4;
const TYPE: usize = 5;
const SIGNED: usize = 6;
const QUANTITY: usize = 7;
pub(in crate::ingest) const PRICE: usize = 8;
pub(in crate::ingest) const PREPAID: usize = 9;
const START: usize = 10;
const MONTHS: usize = 11;
const DELIVERED: usize = 12;
const STATUS: usize = 13;
const CANCELLED: usize = 14;
pub(in crate::ingest) const CURRENCY: usize = 15;

/// The columns, in the order of the constants above.
pub(in crate::ingest) const COLUMNS: &[Column] = &[
    required("order_id", &["order no", "order number"]),
    optional("line", &["order_line", "line no"]),
    required("customer", &["customer name"]),
    required("customer_segment", &["segment"]),
    required("model", &["product"]),
    required("order_type", &[]),
    required("signed_date", &["signature date"]),
    required("quantity", &["qty"]),
    optional("unit_price_usd", &[]),
    optional("prepaid_usd", &[]),
    required("delivery_start", &[]),
    required("delivery_months", &[]),
    optional("delivered_quantity", &["delivered", "delivered qty"]),
    required("status", &[]),
    optional("cancelled_date", &["cancellation date"]),
    optional("currency", crate::ingest::cells::currency::NAMES),
];

/// Most months from signature to the first delivery: what lies above is a date of another kind.
const MOST_LEAD: i32 = 36;

/// State word of the row; the date of a cancellation stands in a cell of its own.
#[derive(Clone, Copy, PartialEq)]
enum Word {
    Open,
    Completed,
    Cancelled,
}

/// The order of a row signed up to `as_of`; `None` when it is signed later or was reported as wrong.
pub(in crate::ingest) fn order<'r>(
    table: &mut Table<'_>,
    row: &Row<'r>,
    catalogue: &Catalogue,
    as_of: NaiveDate,
) -> Option<Order<'r>> {
    let before = table.problems();
    let signed = table.need_date(row, SIGNED);
    if let Some(signed) = signed.filter(|signed| *signed > as_of) {
        table.found.goes_on = true;
        table.found.seen.later(signed, row.line);
        return None;
    }
    read_order(table, row, signed, catalogue).filter(|_| table.problems() == before)
}

/// Every cell is tried before the first `?`, so that all problems of the row are reported at once.
fn read_order<'r>(
    table: &mut Table<'_>,
    row: &Row<'r>,
    signed: Option<NaiveDate>,
    catalogue: &Catalogue,
) -> Option<Order<'r>> {
    let id = table.need_text(row, ORDER_ID);
    let line = table.text(row, LINE).unwrap_or_default();
    let customer = table.need_text(row, CUSTOMER);
    let segment = table.need_word(
        row,
        SEGMENT,
        &[("key_account", Segment::KeyAccount), ("retail", Segment::Retail), ("channel", Segment::Channel)],
    );
    let model = table.need_model(row, MODEL, catalogue);
    let order_type =
        table.need_word(row, TYPE, &[("futures", OrderType::Futures), ("spot", OrderType::Spot)]);
    let quantity = table.need_integer(row, QUANTITY, 1, 100_000_000);
    let unit_price = table.maybe_amount(row, PRICE);
    let prepaid = table.maybe_amount(row, PREPAID);
    let start = table.need_month(row, START);
    let months = table.need_integer(row, MONTHS, 1, 36);
    let delivered = table.maybe_integer(row, DELIVERED);
    let state = table.need_word(
        row,
        STATUS,
        &[("open", Word::Open), ("completed", Word::Completed), ("cancelled", Word::Cancelled)],
    );
    let cancelled = table.maybe_date(row, CANCELLED);

    if let (Some(Some(delivered)), Some(quantity)) = (delivered, quantity)
        && delivered > quantity
    {
        let reason = format!("is more than the quantity ordered, {quantity}");
        table.reject(row.line, Some(DELIVERED), &delivered.to_string(), (Code::Contradiction, reason));
    }
    if let (Some(signed), Some(start)) = (signed, start)
        && start - Month::of(signed) > MOST_LEAD
    {
        let months = start - Month::of(signed);
        let serial = if table.counts_days(SIGNED) {
            "; its day may be counted from 1904: declare date_format = \"serial_1904\""
        } else {
            ""
        };
        let reason =
            format!("is {months} months before the first delivery, {MOST_LEAD} are the most{serial}");
        table.reject(row.line, Some(SIGNED), &signed.to_string(), (Code::Contradiction, reason));
    }
    let status = match (state?, cancelled?) {
        (Word::Cancelled, None) => {
            let reason = "is empty, but the order is cancelled: give the date".to_owned();
            table.reject(row.line, Some(CANCELLED), "", (Code::Contradiction, reason));
            return None;
        }
        (Word::Cancelled, Some(date)) => {
            if signed.is_some_and(|signed| date < signed) {
                let reason = "is before the order was signed".to_owned();
                table.reject(row.line, Some(CANCELLED), &date.to_string(), (Code::Contradiction, reason));
            }
            Status::Cancelled(date)
        }
        (Word::Open, _) => Status::Open,
        (Word::Completed, _) => Status::Completed,
    };
    Some(Order {
        id: id?,
        line,
        customer: customer?,
        segment: segment?,
        model: model?,
        order_type: order_type?,
        signed: signed?,
        quantity: quantity?,
        unit_price: unit_price?.map(Usd::new),
        prepaid: prepaid?.map(Usd::new),
        settled: None,
        start: start?,
        months: months?,
        delivered: delivered?,
        status,
    })
}
