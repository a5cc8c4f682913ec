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
    let left = cut.and_then(|(machines, _)| line.quantity.checked_sub(machines));
    let now_quantity = last_quantity.is_some_and(|last| last == line.quantity || Some(last) == left);
    let now_model = last_model.is_none_or(|model| model == line.model);
    for change in changes {
        if change.date < line.signed && parts.is_empty() {
            return Err((
                change.number,
                format!("is dated {}, before the order was signed on {}", change.date, line.signed),
            ));
        }
        ended(&line, change, now_quantity)?;
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

/// Refuses what is added to a line that has ended.
fn ended(line: &Order<'_>, change: &Change, now_quantity: bool) -> Result<(), Refused> {
    let refused = |reason: String| Err((change.number, reason));
    let more = change.quantity.filter(|quantity| !now_quantity && *quantity > line.quantity);
    match (line.status, more) {
        (Status::Cancelled(day), _)
            if change.date > day && (change.quantity, change.model) != (None, None) =>
        {
            refused(format!("is dated {}, after the order was cancelled on {day}", change.date))
        }
        (Status::Completed, Some(quantity)) => refused(format!(
            "asks for {quantity} machines of an order that is completed with {}: what was signed since is an order of its own",
            line.quantity
        )),
        _ => Ok(()),
    }
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
        if let Some(given) = change.months.filter(|given| *given != line.months) {
            let reason = format!(
                "its deliveries, {} to {end}, are {} months, and delivery_months says {given}: leave one of them out",
                line.start, line.months
            );
            return Err((change.number, reason));
        }
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

    /// Which of so many changes are of no order line, or of which is not said.
    pub(in crate::ingest) fn of_no_line(&self, count: usize) -> Vec<(usize, String)> {
        let none = (0..count).filter(|number| !self.once.contains_key(number)).map(|number| {
            (number, "is changed, but no order line of futures_orders has this number and line".to_owned())
        });
        let again = self
            .again
            .iter()
            .map(|number| (*number, "is changed, but has several lines: say in `line` which one".to_owned()));
        none.chain(again).collect()
    }

    /// Changes that contradict their line, and why.
    pub(in crate::ingest) fn contradictions(&self) -> impl Iterator<Item = (usize, String)> {
        self.refused.iter().map(|(number, reason)| (*number, reason.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Usd;
    use crate::ingest::orders::order::Segment;

    fn day(month: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, month, 10).unwrap()
    }

    fn line(status: Status) -> Order<'static> {
        Order {
            id: "1",
            line: "1",
            segment: Segment::KeyAccount,
            signed: day(1),
            quantity: 100,
            unit_price: Some(Usd::new(1000.0)),
            start: Month::of(day(8)),
            status,
            ..Order::usual()
        }
    }

    fn quantity(month: u32, quantity: u32) -> Change {
        Change {
            date: day(month),
            quantity: Some(quantity),
            model: None,
            unit_price: None,
            start: None,
            months: None,
            end: None,
            place: crate::diagnostic::Place::default(),
            number: 3,
            of_line: true,
        }
    }

    /// 40 of 100 are cancelled; both exports say so: 60 are left once.
    #[test]
    fn a_cancellation_that_both_exports_have_is_taken_once() {
        let change = quantity(5, 60);
        let parts = parts(line(Status::Open), Some((40, day(5))), &[&change]).unwrap();
        let left: Vec<(u32, bool)> = parts.iter().map(|p| (p.quantity, p.status == Status::Open)).collect();
        assert_eq!(left, [(60, true), (40, false)]);
    }

    /// August to October are three months.
    #[test]
    fn an_end_that_contradicts_the_months_is_refused() {
        let change = |months: u32| Change {
            quantity: None,
            start: None,
            months: Some(months),
            end: Some(Month::of(day(10))),
            ..quantity(5, 1)
        };
        let (number, reason) = parts(line(Status::Open), None, &[&change(2)]).unwrap_err();
        assert_eq!(
            (number, reason.as_str()),
            (
                3,
                "its deliveries, 2025-08 to 2025-10, are 3 months, and delivery_months says 2: leave one of them out"
            )
        );
        assert_eq!(parts(line(Status::Open), None, &[&change(3)]).unwrap()[0].months, 3);
    }

    #[test]
    fn nothing_is_added_to_an_order_that_has_ended() {
        let refused = |status, change: Change| parts(line(status), None, &[&change]).unwrap_err();
        let (number, reason) = refused(Status::Cancelled(day(4)), quantity(5, 500));
        assert_eq!(
            (number, reason.as_str()),
            (3, "is dated 2025-05-10, after the order was cancelled on 2025-04-10")
        );
        let (_, reason) = refused(Status::Completed, quantity(5, 500));
        assert!(
            reason.starts_with("asks for 500 machines of an order that is completed with 100"),
            "{reason}"
        );
        // A change before the end is history.
        assert!(parts(line(Status::Cancelled(day(6))), None, &[&quantity(5, 100)]).is_ok());
    }

    /// 100 machines of August to October. 60 are left of it: the first two months have them, and October's 40 are cancelled. 130 are asked
    /// for in May, and in September: 30 more over the months that are left.
    #[test]
    fn less_is_taken_off_the_last_months_and_more_is_added_to_those_left() {
        let of = |month, machines, months| {
            let line = Order { months, ..line(Status::Open) };
            let parts = parts(line, None, &[&quantity(month, machines)]).unwrap();
            parts
                .iter()
                .map(|p| (p.quantity, p.start.to_string(), p.months, p.status == Status::Open))
                .collect::<Vec<_>>()
        };
        let part =
            |machines: u32, start: &str, months: u32, open: bool| (machines, start.to_owned(), months, open);
        assert_eq!(of(5, 60, 3), [part(60, "2025-08", 2, true), part(40, "2025-10", 1, false)]);
        // Of one month alone both parts are due in it.
        assert_eq!(of(5, 60, 1), [part(60, "2025-08", 1, true), part(40, "2025-08", 1, false)]);
        assert_eq!(of(5, 130, 3), [part(100, "2025-08", 3, true), part(30, "2025-08", 3, true)]);
        assert_eq!(of(9, 130, 3), [part(100, "2025-08", 3, true), part(30, "2025-09", 2, true)]);
    }

    #[test]
    fn an_option_on_nothing_is_over() {
        let status = |machines| {
            let changed = option(line(Status::Open), &[&quantity(5, 70), &quantity(6, machines)]).unwrap();
            (changed.quantity, changed.status)
        };
        assert_eq!(status(0), (0, Status::Completed));
        assert_eq!(status(1), (1, Status::Open));
    }
}
