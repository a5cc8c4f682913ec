//! An order line as it was signed and changed since: the parts of it that were signed, or cancelled, on days of their own.
//!
//! What an order line means is the same however it is written: machines cancelled of it are a part that was cancelled on its day,
//! machines added are a part that was signed on its day. What is cancelled is what would have been delivered last.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::domain::Month;
use crate::ingest::exports::order_changes::Change;

use super::order::{Order, Status};

/// Most months from the first to the last delivery.
const MOST_MONTHS: u32 = 36;

/// Machines of a line that were cancelled, and the day.
pub(in crate::ingest) type Cut = (u32, NaiveDate);

/// A change that contradicts its order line: its number among all changes, and why.
pub(in crate::ingest) type Refused = (usize, String);

/// The parts of an order line as of the changes given, sorted by day. Delivered and paid stays with what is left of the line.
///
/// # Errors
/// The change that cannot be, as a sentence fragment.
pub(in crate::ingest) fn parts<'r>(
    order: Order<'r>,
    cut: Option<Cut>,
    changes: &[&Change],
) -> Result<Vec<Order<'r>>, Refused> {
    let mut line = order;
    let mut parts = Vec::new();
    let (last_quantity, last_model) = (
        changes.iter().rev().find_map(|change| change.quantity),
        changes.iter().rev().find_map(|change| change.model),
    );
    // An export that says the present state says what the last change says: it is not changed again.
    let (now_quantity, now_model) =
        (last_quantity == Some(line.quantity), last_model.is_none_or(|model| model == line.model));
    for change in changes {
        if change.date < line.signed && parts.is_empty() {
            return Err((
                change.number,
                format!("is dated {}, before the order was signed on {}", change.date, line.signed),
            ));
        }
        if let Some(price) = change.unit_price {
            line.unit_price = Some(price);
        }
        deliver(&mut line, change)?;
        if let Some(model) = change.model.filter(|model| !now_model && *model != line.model) {
            let old = Order { prepaid: None, delivered: line.delivered.map(|_| 0), ..line.clone() };
            parts.push(Order { status: Status::Cancelled(change.date), ..old });
            line =
                Order { model, signed: change.date, start: line.start.max(Month::of(change.date)), ..line };
        }
        match change.quantity.filter(|_| !now_quantity) {
            Some(quantity) if quantity < line.quantity => {
                if let Some(delivered) = line.delivered.filter(|delivered| quantity < *delivered) {
                    let reason =
                        format!("leaves {quantity} machines, fewer than the {delivered} that were delivered");
                    return Err((change.number, reason));
                }
                let less = line.quantity - quantity;
                take_off(&mut line, less, change.date, &mut parts);
            }
            Some(quantity) if quantity > line.quantity => {
                let added = quantity - line.quantity;
                let start = line.start.max(Month::of(change.date));
                let months = u32::try_from(line.last_month() - start + 1).unwrap_or(1).clamp(1, MOST_MONTHS);
                let beyond = line.delivered.map(|delivered| delivered.saturating_sub(line.quantity));
                line.delivered = line.delivered.map(|delivered| delivered.min(line.quantity));
                parts.push(Order {
                    signed: change.date,
                    quantity: added,
                    prepaid: None,
                    start,
                    months,
                    delivered: beyond,
                    ..line.clone()
                });
            }
            _ => {}
        }
    }
    if let Some((machines, date)) = cut {
        take_off(&mut line, machines, date, &mut parts);
    }
    parts.insert(0, line);
    Ok(parts)
}

/// An option as it was changed: none of it was signed, so that there are no parts.
///
/// # Errors
/// The change that cannot be, as a sentence fragment.
pub(in crate::ingest) fn option<'r>(order: Order<'r>, changes: &[&Change]) -> Result<Order<'r>, Refused> {
    let quantity = changes.iter().rev().find_map(|change| change.quantity).unwrap_or(order.quantity);
    let mut option = order;
    for change in changes {
        if change.date < option.signed {
            let reason =
                format!("is dated {}, before the option was granted on {}", change.date, option.signed);
            return Err((change.number, reason));
        }
        deliver(&mut option, change)?;
        option.unit_price = change.unit_price.or(option.unit_price);
        option.model = change.model.unwrap_or(option.model);
    }
    // An option on nothing is over.
    let status = if quantity == 0 { Status::Completed } else { option.status };
    Ok(Order { quantity, status, ..option })
}

/// Moves the delivery of a line.
fn deliver(line: &mut Order<'_>, change: &Change) -> Result<(), Refused> {
    if let Some(start) = change.start {
        line.start = start;
    }
    if let Some(months) = change.months {
        line.months = months;
    }
    if let Some(end) = change.end {
        line.months = months_to(line.start, end).map_err(|reason| (change.number, reason))?;
    }
    Ok(())
}

/// Months from the first to the last delivery, both counted.
///
/// # Errors
/// Why they are none, as a sentence fragment.
pub(in crate::ingest) fn months_to(start: Month, end: Month) -> Result<u32, String> {
    let months = end - start + 1;
    match u32::try_from(months) {
        Ok(months) if (1..=MOST_MONTHS).contains(&months) => Ok(months),
        Ok(0) | Err(_) => Err(format!("its last delivery, {end}, is before its first, {start}")),
        Ok(_) => {
            Err(format!("its deliveries, {start} to {end}, are {months} months, {MOST_MONTHS} are the most"))
        }
    }
}

/// Takes machines off the last batches of a line; a line of which nothing is left is cancelled.
fn take_off<'r>(line: &mut Order<'r>, machines: u32, date: NaiveDate, parts: &mut Vec<Order<'r>>) {
    if machines == 0 {
        return;
    }
    if machines >= line.quantity {
        line.status = Status::Cancelled(date);
        return;
    }
    let rest = line.quantity - machines;
    // So many of the first batches that they hold what is left, to the nearest.
    let months = (u64::from(rest) * u64::from(line.months) * 2 + u64::from(line.quantity))
        / (u64::from(line.quantity) * 2);
    let months = u32::try_from(months).unwrap_or(line.months).clamp(1, line.months);
    let after = line.months - months;
    parts.push(Order {
        quantity: machines,
        prepaid: None,
        start: if after > 0 { line.start + months.cast_signed() } else { line.last_month() },
        months: after.max(1),
        delivered: line.delivered.map(|_| 0),
        status: Status::Cancelled(date),
        ..line.clone()
    });
    (line.quantity, line.months) = (rest, months);
}

/// Changes by how many order lines they were of: what is changed must be clear.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Used {
    /// Changes of an order line, and whether they may be of one alone.
    once: BTreeMap<usize, bool>,
    /// Changes that may be of one line alone and were of several.
    again: BTreeSet<usize>,
    /// Changes that contradict their line, and why.
    refused: BTreeMap<usize, String>,
}

impl Used {
    /// Notes the changes of an order line. What moves its delivery may be of every line of an order.
    pub(in crate::ingest) fn note(&mut self, changes: &[&Change]) {
        for change in changes {
            let of_all = change.quantity.is_none() && change.model.is_none() && change.unit_price.is_none();
            self.put(change.number, !of_all && !change.of_line);
        }
    }

    /// Notes a change that cannot be.
    pub(in crate::ingest) fn refuse(&mut self, (number, reason): Refused) {
        self.refused.insert(number, reason);
    }

    fn put(&mut self, number: usize, of_one: bool) {
        if self.once.insert(number, of_one).is_some() && of_one {
            self.again.insert(number);
        }
    }

    /// Takes over what another thread noted.
    pub(in crate::ingest) fn merge(&mut self, other: Self) {
        other.once.into_iter().for_each(|(number, of_one)| self.put(number, of_one));
        self.again.extend(other.again);
        self.refused.extend(other.refused);
    }

    /// What is wrong with which of so many changes.
    pub(in crate::ingest) fn wrong(&self, count: usize) -> Vec<(usize, String)> {
        let none = (0..count).filter(|number| !self.once.contains_key(number)).map(|number| {
            (number, "is changed, but no order line of futures_orders has this number and line".to_owned())
        });
        let again = self
            .again
            .iter()
            .map(|number| (*number, "is changed, but has several lines: say in `line` which one".to_owned()));
        let refused = self.refused.iter().map(|(number, reason)| (*number, reason.clone()));
        none.chain(again).chain(refused).collect()
    }
}
