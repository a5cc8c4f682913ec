//! Batches that stand as lines of their own, a month each, as the one contract that they are.

use std::collections::BTreeMap;

use super::order::{Order, Status};
use super::sharing::{Line, paid_together};

/// Lines of one order number; those of a month each that are alike in all but their month, follow each other month by month and
/// are as large as the batches of one contract would be are put together.
pub(super) fn as_contracts(lines: Vec<Line>) -> Vec<Line> {
    if lines.len() < 2 {
        return lines;
    }
    let mut alike: BTreeMap<(Box<str>, usize, bool), Vec<Line>> = BTreeMap::new();
    let mut contracts = Vec::with_capacity(lines.len());
    for line in lines {
        if line.terms.months == 1 {
            let spot = line.terms.order_type == super::order::OrderType::Spot;
            alike.entry((line.customer.clone(), line.terms.model.0, spot)).or_default().push(line);
        } else {
            contracts.push(line);
        }
    }
    for (_, mut lines) in alike {
        lines.sort_by(|a, b| {
            (a.terms.signed, a.terms.start, &a.line).cmp(&(b.terms.signed, b.terms.start, &b.line))
        });
        for line in lines {
            let longer = contracts.last().and_then(|contract| one(contract, &line));
            match (longer, contracts.last_mut()) {
                (Some(terms), Some(contract)) => contract.terms = terms,
                _ => contracts.push(line),
            }
        }
    }
    contracts.sort_by(|a, b| a.line.cmp(&b.line));
    contracts
}

/// A contract with one batch more; `None` where the line is no such batch.
fn one(contract: &Line, batch: &Line) -> Option<Order<'static>> {
    let (one, other) = (&contract.terms, &batch.terms);
    let follows = other.start == one.last_month() + 1 && contract.customer == batch.customer;
    // Of a level contract the first batches are one larger than the others.
    let smallest = one.due_in(one.last_month());
    let largest = one.due_in(one.start);
    let level = other.quantity == smallest || (other.quantity + 1 == smallest && smallest == largest);
    let (status, delivered) = state(one, other)?;
    let (prepaid, settled) = paid_together(one, other)?;
    let sum = Order {
        settled: settled.clone(),
        quantity: one.quantity.checked_add(other.quantity)?,
        months: one.months + 1,
        status,
        delivered,
        prepaid,
        ..one.clone()
    };
    let same = Order {
        settled,
        start: one.start,
        quantity: sum.quantity,
        months: sum.months,
        status,
        delivered,
        prepaid,
        ..other.clone()
    };
    (follows && level && sum.months <= 36 && sum == same).then_some(sum)
}

/// State of two batches together, and what was delivered of them: none of them was completed short, and both were cancelled on one
/// day or neither was.
fn state(one: &Order<'_>, other: &Order<'_>) -> Option<(Status, Option<u32>)> {
    let sum = |one: Option<u32>, other: Option<u32>| match (one, other) {
        (None, None) => Some(None),
        (Some(one), Some(other)) => Some(one.checked_add(other)),
        _ => None,
    };
    let whole = |order: &Order<'_>| order.delivered.is_none_or(|delivered| delivered == order.quantity);
    match (one.status, other.status) {
        (Status::Completed, Status::Completed) if whole(one) && whole(other) => {
            Some((Status::Completed, sum(one.delivered, other.delivered)?))
        }
        (Status::Completed, Status::Open) if whole(one) && other.delivered.is_some() => {
            Some((Status::Open, sum(Some(one.quantity), other.delivered)?))
        }
        (Status::Open, Status::Open) => Some((Status::Open, sum(one.delivered, other.delivered)?)),
        (Status::Cancelled(day), Status::Cancelled(other_day)) if day == other_day => {
            Some((Status::Cancelled(day), sum(one.delivered, other.delivered)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Month, Usd};
    use crate::ingest::orders::order::Segment;

    fn batch(line: &str, month: u32, quantity: u32, delivered: u32) -> Line {
        let day = |month: u32| chrono::NaiveDate::from_ymd_opt(2025, month, 1).unwrap();
        let terms = Order {
            id: "",
            customer: "",
            segment: Segment::KeyAccount,
            signed: day(1),
            quantity,
            unit_price: Some(Usd::new(1000.0)),
            start: Month::of(day(month)),
            delivered: Some(delivered),
            status: if delivered == quantity { Status::Completed } else { Status::Open },
            ..Order::usual()
        };
        Line { line: line.into(), customer: "C".into(), terms }
    }

    fn found(lines: Vec<Line>) -> Vec<(u32, u32, u32, Option<u32>)> {
        as_contracts(lines)
            .iter()
            .map(|line| {
                let terms = &line.terms;
                (terms.start.number(), terms.months, terms.quantity, terms.delivered)
            })
            .collect()
    }

    #[test]
    fn level_batches_are_one_contract() {
        // 62 machines in six months are 11, 11, 10, 10, 10, 10; two are delivered and part of the third.
        let sizes = [11, 11, 10, 10, 10, 10];
        let delivered = [11, 11, 4, 0, 0, 0];
        let mut lines: Vec<Line> = (0..6_u32)
            .map(|k| batch(&format!("10-{}", k + 1), k + 2, sizes[k as usize], delivered[k as usize]))
            .collect();
        lines.swap(0, 4);
        assert_eq!(found(lines), [(2, 6, 62, Some(26))]);
        // Batches that grow, a month without one, another price: none of them is.
        assert_eq!(found(vec![batch("1", 2, 10, 0), batch("2", 3, 20, 0)]).len(), 2);
        assert_eq!(found(vec![batch("1", 2, 10, 0), batch("2", 4, 10, 0)]).len(), 2);
        let mut dearer = batch("2", 3, 10, 0);
        dearer.terms.unit_price = Some(Usd::new(1100.0));
        assert_eq!(found(vec![batch("1", 2, 10, 0), dearer]).len(), 2);
    }
}
