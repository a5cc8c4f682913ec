//! `futures_orders`: one row an order line.

use chrono::NaiveDate;

use crate::diagnostic::Code;
use crate::domain::{Month, Usd};
use crate::ingest::cells::layout::{Column, optional, required};
use crate::ingest::cells::table::{Row, Table};
use crate::job::Catalogue;

use super::contract::{Cut, months_to};
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
pub(in crate::ingest) const MONTHS: usize = 11;
const DELIVERED: usize = 12;
const STATUS: usize = 13;
const CANCELLED: usize = 14;
pub(in crate::ingest) const CURRENCY: usize = 15;
pub(in crate::ingest) const END: usize = 16;
const CANCELLED_QUANTITY: usize = 17;
const OPTION_UNTIL: usize = 18;

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
    optional("delivery_months", &[]),
    optional("delivered_quantity", &["delivered", "delivered qty"]),
    required("status", &[]),
    optional("cancelled_date", &["cancellation date"]),
    optional("currency", crate::ingest::cells::currency::NAMES),
    optional("delivery_end", &["last delivery", "last_delivery"]),
    optional("cancelled_quantity", &["cancelled qty", "quantity cancelled"]),
    optional("option_until", &["option expiry"]),
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

/// An order line as its row says it.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::ingest) struct Signed<'r> {
    /// Its terms.
    pub order: Order<'r>,
    /// Machines of it that were cancelled, and the day: the rest goes on.
    pub cut: Option<Cut>,
    /// Of an option: the last day on which it may be taken. It is no order as long as it is not taken.
    pub option_until: Option<NaiveDate>,
}

/// The order of a row signed up to `as_of`; `None` when it is signed later or was reported as wrong.
pub(in crate::ingest) fn order<'r>(
    table: &mut Table<'_>,
    row: &Row<'r>,
    catalogue: &Catalogue,
    as_of: NaiveDate,
) -> Option<Signed<'r>> {
    let before = table.problems();
    let signed = table.need_date(row, SIGNED);
    if let Some(signed) = signed.filter(|signed| *signed > as_of) {
        table.found.goes_on = true;
        table.found.seen.later(signed, row.line);
        return None;
    }
    let read = read_order(table, row, signed, catalogue).filter(|_| table.problems() == before);
    // What is cancelled of it after the as-of date is not known yet.
    read.map(|signed| Signed { cut: signed.cut.filter(|(_, day)| *day <= as_of), ..signed })
}

/// Every cell is tried before the first `?`, so that all problems of the row are reported at once.
fn read_order<'r>(
    table: &mut Table<'_>,
    row: &Row<'r>,
    signed: Option<NaiveDate>,
    catalogue: &Catalogue,
) -> Option<Signed<'r>> {
    let id = table.need_text(row, ORDER_ID);
    let line = table.text(row, LINE).unwrap_or_default();
    let customer = table.need_text(row, CUSTOMER);
    let segment = table.need_word(row, SEGMENT, &Segment::WORDS);
    let model = table.need_model(row, MODEL, catalogue);
    let order_type = table.need_word(
        row,
        TYPE,
        &[
            ("futures", Type::Order(OrderType::Futures)),
            ("spot", Type::Order(OrderType::Spot)),
            ("option", Type::Option),
        ],
    );
    let quantity = table.need_integer(row, QUANTITY, 1, 100_000_000);
    let unit_price = table.maybe_amount(row, PRICE, CURRENCY);
    let prepaid = table.maybe_amount(row, PREPAID, CURRENCY);
    let start = table.need_month(row, START);
    let months = months(table, row, start);
    let delivered = table.maybe_integer(row, DELIVERED);
    let state = table.need_word(
        row,
        STATUS,
        &[("open", Word::Open), ("completed", Word::Completed), ("cancelled", Word::Cancelled)],
    );
    let cancelled = table.maybe_date(row, CANCELLED);
    let cancelled_quantity = table.maybe_integer(row, CANCELLED_QUANTITY);
    let option_until = option(table, row, (order_type, signed));

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
    let cut = cut(table, row, (cancelled_quantity?, cancelled?), (quantity?, delivered?));
    let status = match (state?, cancelled?) {
        (Word::Cancelled, None) => {
            let reason = "is empty, but the order is cancelled: give the date, or leave such rows out by step = \"skip_rows\" with the word for cancelled in `is` and and = [{ column = ..., empty = true }]".to_owned();
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
    let order = Order {
        id: id?,
        line,
        customer: customer?,
        segment: segment?,
        model: model?,
        order_type: match order_type? {
            Type::Order(order_type) => order_type,
            Type::Option => OrderType::Futures,
        },
        signed: signed?,
        quantity: quantity?,
        unit_price: unit_price?.map(Usd::new),
        prepaid: prepaid?.map(Usd::new),
        settled: None,
        start: start?,
        months: months?,
        delivered: delivered?,
        status,
    };
    // All of it cancelled is cancelled.
    let cut = cut?.filter(|_| !matches!(order.status, Status::Cancelled(_)));
    Some(Signed { order, cut, option_until: option_until? })
}

/// What the word for the type of an order says.
#[derive(Clone, Copy, PartialEq)]
enum Type {
    Order(OrderType),
    Option,
}

/// The number of monthly batches: as it is given, or from the first to the last delivery.
fn months(table: &mut Table<'_>, row: &Row<'_>, start: Option<Month>) -> Option<u32> {
    let given = match table.text(row, MONTHS) {
        Some(_) => Some(table.need_integer(row, MONTHS, 1, 36)?),
        None => None,
    };
    let Some(text) = table.text(row, END).map(str::to_owned) else {
        if given.is_none() {
            let reason =
                "is empty: give the number of monthly batches, or delivery_end, the month of the last"
                    .to_owned();
            table.reject(row.line, Some(MONTHS), "", (Code::EmptyCell, reason));
        }
        return given;
    };
    let (end, start) = (table.need_month(row, END)?, start?);
    let counted = match months_to(start, end) {
        Ok(counted) => counted,
        Err(reason) => {
            table.reject(row.line, Some(END), &text, (Code::Contradiction, reason));
            return None;
        }
    };
    if let Some(given) = given.filter(|given| *given != counted) {
        let reason = format!(
            "its deliveries, {start} to {end}, are {counted} months, and delivery_months says {given}: leave one of them out"
        );
        table.reject(row.line, Some(END), &text, (Code::Contradiction, reason));
        return None;
    }
    Some(counted)
}

/// The last day of an option: only options have one, and each does.
fn option(
    table: &mut Table<'_>,
    row: &Row<'_>,
    (order_type, signed): (Option<Type>, Option<NaiveDate>),
) -> Option<Option<NaiveDate>> {
    let until = table.maybe_date(row, OPTION_UNTIL)?;
    match (order_type?, until) {
        (Type::Option, None) => {
            let reason =
                "is empty, but the row is an option: give the last day on which it may be taken".to_owned();
            table.reject(row.line, Some(OPTION_UNTIL), "", (Code::Contradiction, reason));
            None
        }
        (Type::Option, Some(until)) if signed.is_some_and(|signed| until < signed) => {
            let reason = "is before the option was granted, on signed_date".to_owned();
            table.reject(row.line, Some(OPTION_UNTIL), &until.to_string(), (Code::Contradiction, reason));
            None
        }
        // An option that was taken is an order: its last day says no more.
        (Type::Order(_), _) => Some(None),
        (Type::Option, until) => Some(until),
    }
}

/// Machines of a line that were cancelled: `None` where that cannot be, which is reported.
fn cut(
    table: &mut Table<'_>,
    row: &Row<'_>,
    (machines, date): (Option<u32>, Option<NaiveDate>),
    (quantity, delivered): (u32, Option<u32>),
) -> Option<Option<Cut>> {
    let Some(machines) = machines.filter(|machines| *machines > 0) else { return Some(None) };
    let beyond = match delivered {
        _ if machines > quantity => Some(format!("is more than the quantity ordered, {quantity}")),
        Some(delivered) if u64::from(machines) + u64::from(delivered) > u64::from(quantity) => {
            Some(format!("and the {delivered} delivered are more than the quantity ordered, {quantity}"))
        }
        _ => None,
    };
    let wrong = beyond.or_else(|| {
        date.is_none().then(|| "has no cancelled_date: give the day on which they were cancelled".to_owned())
    });
    if let Some(reason) = wrong {
        let text = machines.to_string();
        table.reject(row.line, Some(CANCELLED_QUANTITY), &text, (Code::Contradiction, reason));
        return None;
    }
    Some(date.map(|date| (machines, date)))
}
