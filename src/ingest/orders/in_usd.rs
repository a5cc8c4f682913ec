//! Amounts of an order line in USD, by the currency that its row or the job names.

use crate::domain::Usd;
use crate::ingest::cells::currency;
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::exports::rates::Rates;

use super::order::Order;
use super::row::{CURRENCY, PREPAID, PRICE};

/// The order with its amounts in USD by the rate of the day of signature; `None` where there is no rate, which is reported. What
/// the order is worth in its own currency is kept for the report of what was read.
pub(in crate::ingest) fn in_usd<'r>(
    table: &mut Table<'_>,
    row: &Row<'_>,
    mut order: Order<'r>,
    rates: &Rates,
) -> Option<Order<'r>> {
    if [PRICE, PREPAID].iter().all(|amount| table.text(row, *amount).is_none()) {
        return Some(order);
    }
    let Some(code) = currency::of_row(table, row, CURRENCY, rates.own()) else { return Some(order) };
    let rate = match rates.usd(&code, order.signed) {
        Ok(rate) => rate,
        Err(reason) => {
            let text = table.text(row, CURRENCY).unwrap_or_default().to_owned();
            table.reject(row.line, Some(CURRENCY), &text, (crate::diagnostic::Code::OtherCurrency, reason));
            return None;
        }
    };
    if let Some(price) = order.unit_price {
        table.found.seen.amount(&code, price.dollars() * f64::from(order.quantity));
    }
    order.unit_price = order.unit_price.map(|price| Usd::new(rate.usd(price.dollars())));
    order.prepaid = order.prepaid.map(|prepaid| Usd::new(rate.usd(prepaid.dollars())));
    Some(order)
}
