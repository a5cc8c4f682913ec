//! Payments against the order lines of their number: what was received, what is due when, what contradicts the orders.

use std::collections::BTreeMap;

use crate::domain::{MicroUsd, Month, Usd};
use crate::ingest::exports::payments::{Payment, PaymentKind};
use crate::job::ModelId;

use super::named::Named;
use super::sharing::Line;

/// Amounts that differ by less are the same: a dollar, or a thousandth, as bank charges and rounded rates make.
const ROUNDING: (f64, f64) = (1.0, 0.001);

/// Contradictions kept of many.
const WORST: usize = 5;

/// Amounts to come, by month in which they are due and what they are for.
pub(in crate::ingest) type Plan = BTreeMap<(Month, PaymentKind), MicroUsd>;

/// What payments say of an order line beyond what was received in all.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settled {
    /// Received ahead of delivery: deposits and instalments, whatever was paid back since.
    pub ahead: MicroUsd,
    /// Credits of the maker, which take from what is owed.
    pub coupons: MicroUsd,
    /// What is due after the as-of date, not paid yet.
    pub plan: Plan,
    /// What was due by then and is not paid.
    pub overdue: MicroUsd,
}

impl Settled {
    /// Both together.
    pub(super) fn plus(mut self, other: &Self) -> Self {
        self.ahead += other.ahead;
        self.coupons += other.coupons;
        self.overdue += other.overdue;
        for (key, amount) in &other.plan {
            *self.plan.entry(*key).or_default() += *amount;
        }
        self
    }

    /// Due after the as-of date, less what will be paid back.
    pub(super) fn to_come(&self) -> MicroUsd {
        let signed = self.plan.iter().map(|((_, kind), amount)| match kind {
            PaymentKind::Refund => MicroUsd::ZERO - *amount,
            PaymentKind::Coupon => MicroUsd::ZERO,
            _ => *amount,
        });
        signed.sum()
    }
}

/// An order whose amounts differ.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Differs {
    /// Order number.
    pub order_id: String,
    /// By the orders export.
    pub by_orders: MicroUsd,
    /// By the payments export.
    pub by_payments: MicroUsd,
}

/// Orders whose amounts differ: how many, and the first of them by number.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Differing {
    /// How many.
    pub count: u64,
    /// The first by number.
    pub first: Vec<Differs>,
}

impl Differing {
    fn add(&mut self, order_id: &str, by_orders: MicroUsd, by_payments: MicroUsd) {
        self.count += 1;
        self.first.push(Differs { order_id: order_id.to_owned(), by_orders, by_payments });
        self.first.sort();
        self.first.truncate(WORST);
    }
}

/// What the payments export and the orders say of each other.
#[derive(Clone, Debug, Default)]
pub struct PaymentsSeen {
    /// Rows seen.
    pub rows: u64,
    /// Received, credited, paid back, and due after the as-of date.
    pub sums: [MicroUsd; 4],
    /// Amounts of them, and of those whose order number stands in no order.
    pub amounts: (MicroUsd, MicroUsd),
    /// Order numbers that stand in no order.
    pub unknown: Named,
    /// Numbers of options that were not taken, and amounts of their payments.
    pub options: (Named, MicroUsd),
    /// Orders that have no line or model that a payment names: it counts for all of the order.
    pub other_line: Named,
    /// Orders of which `prepaid_usd` is another amount than was received.
    pub differing: Differing,
    /// Orders of which more is received, credited and due than they are worth.
    pub over: Differing,
    /// Orders of which more is paid back, or to be, than was received and is due: what was received less paid back, and what is to come.
    pub paid_back: Differing,
    /// Orders with amounts past due and not paid, and those amounts.
    pub overdue: (Named, MicroUsd),
    /// Open orders of which machines were delivered that are neither paid nor due by payments, and what those owe: where deposits count
    /// pro rata, and where the first machines are paid by them.
    pub not_said: [(Named, MicroUsd); 2],
}

/// The payments of one order number, sorted as all of them are.
pub(super) fn of_order<'a>(payments: &'a [Payment], id: &str) -> &'a [Payment] {
    let first = payments.partition_point(|p| p.order_id.as_str() < id);
    let rest = &payments[first..];
    &rest[..rest.partition_point(|p| p.order_id == id)]
}

fn same(a: MicroUsd, b: MicroUsd) -> bool {
    let (a, b) = (Usd::from(a).dollars(), Usd::from(b).dollars());
    (a - b).abs() <= ROUNDING.0.max(ROUNDING.1 * a.abs().max(b.abs()))
}

/// Sums of the payments of a line as they are handed out.
#[derive(Clone, Default)]
struct OfLine {
    received: MicroUsd,
    settled: Settled,
}

/// Hands the payments of one order number to its lines: each to the line or model that it names, else to all of them by value
/// (by machines where a price is missing). What was received takes the place of `prepaid` where any row says that something was
/// paid, or the order says nothing; both must agree unless orders were exported `later`.
pub(super) fn settle(
    (id, payments): (&str, &[Payment]),
    lines: &mut [Line],
    (as_of, later): (chrono::NaiveDate, bool),
    seen: &mut PaymentsSeen,
) {
    if payments.is_empty() || lines.is_empty() {
        return;
    }
    let now = Month::of(as_of);
    let priced = lines.iter().all(|line| line.terms.unit_price.is_some());
    let one = MicroUsd::from(Usd::new(1.0));
    let value = |line: &Line| {
        line.terms.unit_price.map(|price| MicroUsd::from(price) * line.terms.quantity).filter(|_| priced)
    };
    let weights: Vec<MicroUsd> =
        lines.iter().map(|line| value(line).unwrap_or(one * line.terms.quantity)).collect();
    let mut sums = vec![OfLine::default(); lines.len()];
    let (mut other_line, mut overdue) = (false, MicroUsd::ZERO);
    for payment in payments {
        let named = |line: &Line, by_model: bool| {
            let of_line = payment.line.is_empty() || *line.line == *payment.line;
            of_line && (!by_model || payment.model.is_none_or(|model| model == line.terms.model))
        };
        let mut part: Vec<bool> = lines.iter().map(|line| named(line, true)).collect();
        if !part.contains(&true) {
            other_line = true;
            part.fill(true);
        }
        live(lines, &mut part);
        let own: Vec<MicroUsd> =
            weights.iter().zip(&part).filter(|(_, own)| **own).map(|(weight, _)| *weight).collect();
        let places = (0..lines.len()).filter(|place| part[*place]);
        for (place, amount) in places.zip(payment.amount.split(&own)) {
            sums[place].add(payment, amount, as_of);
        }
        if payment.paid.is_none()
            && payment.due.is_some_and(|due| due <= as_of)
            && !matches!(payment.kind, PaymentKind::Coupon | PaymentKind::Refund)
        {
            overdue += payment.amount;
        }
    }
    if other_line {
        seen.other_line.add(id);
    }
    let said: Option<MicroUsd> = lines.iter().map(|line| line.terms.prepaid.map(MicroUsd::from)).sum();
    let made = payments.iter().any(|p| p.paid.is_some() && p.kind != PaymentKind::Coupon);
    let received: MicroUsd = sums.iter().map(|sum| sum.received).sum();
    if let Some(said) = said.filter(|said| made && !later && !same(*said, received)) {
        seen.differing.add(id, said, received);
    }
    let open = lines.iter().any(|line| line.terms.status == super::order::Status::Open);
    if overdue > MicroUsd::ZERO && open {
        seen.overdue.0.add(id);
        seen.overdue.1 += overdue;
    }
    for (line, mut sum) in lines.iter_mut().zip(sums) {
        if let Some(prepaid) = line.terms.prepaid.filter(|_| !made) {
            // Rows that are all to come say nothing of what was received.
            sum.settled.ahead = MicroUsd::from(prepaid);
        }
        if made || line.terms.prepaid.is_none() {
            line.terms.prepaid = Some(Usd::from(sum.received.max(MicroUsd::ZERO)));
        }
        line.terms.settled = Some(Box::new(sum.settled));
    }
    let worth: Option<MicroUsd> = lines.iter().map(value).sum();
    let all: MicroUsd = lines
        .iter()
        .filter_map(|line| {
            let settled = line.terms.settled.as_ref()?;
            Some(MicroUsd::from(line.terms.prepaid?) + settled.coupons + settled.to_come())
        })
        .sum();
    let to_come: MicroUsd = sums_to_come(lines);
    if received + to_come < MicroUsd::ZERO {
        seen.paid_back.add(id, received, to_come);
    }
    if let Some(worth) = worth.filter(|worth| all > *worth && !same(all, *worth)) {
        seen.over.add(id, worth, all);
    }
    debug_assert!(lines.iter().flat_map(|l| &l.terms.settled).all(|s| s.plan.keys().all(|(m, _)| *m >= now)));
}

/// What was paid stays with what is left of an order: of the lines that a payment is for those that were not cancelled have it, and
/// where all of them were, what is left of a line of their name, if it has one.
fn live(lines: &[Line], part: &mut [bool]) {
    let lives = |line: &Line| !matches!(line.terms.status, super::order::Status::Cancelled(_));
    let own: Vec<bool> = part.iter().zip(lines).map(|(part, line)| *part && lives(line)).collect();
    if own.contains(&true) {
        part.copy_from_slice(&own);
        return;
    }
    let named = |line: &Line| {
        !line.line.is_empty() && lines.iter().zip(part.iter()).any(|(of, part)| *part && of.line == line.line)
    };
    let rest: Vec<bool> = lines.iter().map(|line| lives(line) && named(line)).collect();
    if rest.contains(&true) {
        part.copy_from_slice(&rest);
    }
}

impl OfLine {
    fn add(&mut self, payment: &Payment, amount: MicroUsd, as_of: chrono::NaiveDate) {
        match (payment.paid, payment.due) {
            (Some(_), _) => match payment.kind {
                PaymentKind::Coupon => self.settled.coupons += amount,
                PaymentKind::Refund => self.received = self.received - amount,
                kind => {
                    self.received += amount;
                    if kind != PaymentKind::Balance {
                        self.settled.ahead += amount;
                    }
                }
            },
            // A coupon is granted, whenever it is used.
            (None, Some(_)) if payment.kind == PaymentKind::Coupon => self.settled.coupons += amount,
            (None, Some(due)) if due > as_of => {
                *self.settled.plan.entry((Month::of(due), payment.kind)).or_default() += amount;
            }
            // What is past due is billed on delivery.
            (None, _) if payment.kind != PaymentKind::Refund => self.settled.overdue += amount,
            (None, _) => {}
        }
    }
}

/// What is due after the as-of date of all lines, less what will be paid back.
fn sums_to_come(lines: &[Line]) -> MicroUsd {
    lines.iter().filter_map(|line| line.terms.settled.as_ref()).map(|settled| settled.to_come()).sum()
}

/// Counts the payments, and names the order numbers that are not among `known`: those of options, and others.
pub(super) fn unknown(
    payments: &[Payment],
    as_of: chrono::NaiveDate,
    (known, is_option): (impl Fn(&str) -> bool, impl Fn(&str) -> bool),
    seen: &mut PaymentsSeen,
) {
    for payment in payments {
        let part = match (payment.kind, payment.paid, payment.due) {
            (PaymentKind::Coupon, ..) => 1,
            (PaymentKind::Refund, Some(_), _) => 2,
            (_, Some(_), _) => 0,
            (_, None, Some(due)) if due > as_of => 3,
            _ => continue,
        };
        seen.sums[part] += payment.amount;
    }
    let mut rest = payments;
    while let Some(head) = rest.first() {
        let (of_order, others) = rest.split_at(rest.partition_point(|p| p.order_id == head.order_id));
        let amount: MicroUsd = of_order.iter().map(|p| p.amount).sum();
        seen.rows += of_order.len() as u64;
        seen.amounts.0 += amount;
        if is_option(&head.order_id) && !known(&head.order_id) {
            seen.options.0.add(&head.order_id);
            seen.options.1 += amount;
        } else if !known(&head.order_id) {
            seen.unknown.add(&head.order_id);
            seen.amounts.1 += amount;
        }
        rest = others;
    }
}

/// What of a model's orders is due after the as-of date.
pub type Receivable = BTreeMap<(ModelId, Month, PaymentKind), MicroUsd>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::orders::order::{Order, Segment, Status};

    /// 1,300 machines at 1,000 USD are left of 2,300, the rest was cancelled: what was paid is of those that are left. A payment that names the
    /// model that the line was of before is of the line, too.
    #[test]
    fn what_was_paid_stays_with_what_is_left() {
        let day = |month: u32| chrono::NaiveDate::from_ymd_opt(2025, month, 10).unwrap();
        let part = |line: &str, model: usize, quantity: u32, status: Status| Line {
            line: line.into(),
            customer: "C".into(),
            terms: Order {
                id: "",
                customer: "",
                segment: Segment::KeyAccount,
                model: ModelId(model),
                signed: day(1),
                quantity,
                unit_price: Some(Usd::new(1000.0)),
                start: Month::of(day(11)),
                status,
                ..Order::usual()
            },
        };
        let payment = |model: Option<usize>| Payment {
            order_id: "A".to_owned(),
            line: String::new(),
            model: model.map(ModelId),
            paid: Some(day(2)),
            due: None,
            kind: PaymentKind::Deposit,
            amount: Usd::new(650_000.0).into(),
        };
        let settled = |mut lines: Vec<Line>, payment: Payment| -> Vec<f64> {
            let mut seen = PaymentsSeen::default();
            settle(("A", &[payment]), &mut lines, (day(9), false), &mut seen);
            lines.iter().map(|line| line.terms.prepaid.unwrap().dollars()).collect()
        };
        let cancelled = Status::Cancelled(day(8));
        let cut = vec![part("1", 0, 1300, Status::Open), part("1", 0, 1000, cancelled)];
        assert_eq!(settled(cut, payment(None)), [650_000.0, 0.0]);
        let changed = || vec![part("1", 1, 1300, Status::Open), part("1", 0, 1300, cancelled)];
        assert_eq!(settled(changed(), payment(None)), [650_000.0, 0.0]);
        assert_eq!(settled(changed(), payment(Some(0))), [650_000.0, 0.0]);
        // Of a line that was cancelled whole it stays where it was paid.
        let two = vec![part("1", 1, 1300, Status::Open), part("2", 0, 1300, cancelled)];
        assert_eq!(settled(two, payment(Some(0))), [0.0, 650_000.0]);
    }
}
