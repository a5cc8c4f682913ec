//! Order books worked out by hand: shared lines, closed, amended, stray and lapsed orders.

use chrono::NaiveDate;

use super::Book;
use crate::domain::Month;
use crate::ingest::{Builder, Ledger, OpenOption, Order, Segment, Shipment, Status};
use crate::job::{Catalogue, Job, ModelId};

fn catalogue() -> Catalogue {
    let text = include_str!("../../fixtures/miniature/job.toml");
    let mut catalogue = Job::parse(text, std::path::Path::new("job.toml")).unwrap().catalogue;
    catalogue.models.push(catalogue.models[0].clone());
    catalogue
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

fn order(id: &'static str, signed: &str, quantity: u32, start: &str, months: u32) -> Order<'static> {
    Order {
        id,
        segment: Segment::KeyAccount,
        signed: day(signed),
        quantity,
        start: month(start),
        months,
        ..Order::usual()
    }
}

fn shipment(order_id: &str, model: usize, date: &str, quantity: u32) -> Shipment {
    Shipment { order_id: order_id.to_owned(), model: ModelId(model), date: day(date), quantity }
}

/// As of 2025-12-31; deliveries are known from 2025-01 on where there are shipments.
fn ledger(orders: &[Order<'_>], shipments: &[Shipment]) -> Ledger {
    let mut rows = shipments.to_vec();
    if !rows.is_empty() {
        rows.push(shipment("none", 0, "2025-01-01", 1));
    }
    rows.sort();
    let mut builder = Builder::new(day("2025-12-31"), false, (!rows.is_empty()).then_some(&rows));
    orders.iter().for_each(|order| builder.add(order));
    builder.finish()
}

/// Machines firm of both models, and past due, at the end of a month.
fn firm(ledger: &Ledger, as_of: &str) -> (i64, u64) {
    let book = Book::new(ledger, &catalogue(), month(as_of));
    let firm = book.firm::<48>(2).iter().flatten().sum();
    (firm, book.open().map(|lot| lot.past_due).sum())
}

/// Machines signed by month, of all models.
fn intake(ledger: &Ledger, as_of: &str) -> Vec<(String, u64)> {
    let book = Book::new(ledger, &catalogue(), month(as_of));
    let months = book.first.to(book.as_of).enumerate();
    let sum = |m: usize| book.intake.iter().map(|model| model[m]).sum::<u64>();
    months.map(|(m, month)| (month.to_string(), sum(m))).filter(|(_, machines)| *machines > 0).collect()
}

#[test]
fn lines_of_an_order_share_its_shipments_whatever_the_split() {
    // 100 machines over two months, 70 of them shipped: 30 are left, all past due, as one line or as any two.
    let shipments = [shipment("A", 0, "2025-06-10", 20), shipment("A", 0, "2025-08-10", 50)];
    let one = ledger(&[order("A", "2025-05-05", 100, "2025-06", 2)], &shipments);
    assert_eq!(firm(&one, "2025-12"), (30, 30));
    assert_eq!(firm(&one, "2025-06"), (80, 30));
    for first in [1, 30, 50, 99] {
        let line = |line, quantity, start| Order { line, ..order("A", "2025-05-05", quantity, start, 2) };
        let alike = ledger(&[line("1", first, "2025-06"), line("2", 100 - first, "2025-06")], &shipments);
        assert_eq!((firm(&alike, "2025-12"), firm(&alike, "2025-06")), ((30, 30), (80, 30)), "{first}");
        assert_eq!(alike.lots.iter().map(|lot| lot.orders).sum::<u64>(), 1);
        // Lines due at other times: the total is the same.
        let other = ledger(&[line("1", first, "2025-06"), line("2", 100 - first, "2025-09")], &shipments);
        assert_eq!(firm(&other, "2025-12").0, 30, "{first}");
    }
}

#[test]
fn lines_that_were_not_shipped_are_one_order_whatever_piece_they_are_read_in() {
    let line = |line, quantity| Order { line, ..order("A", "2025-05-05", quantity, "2026-02", 3) };
    let book = ledger(&[line("1", 5), line("2", 6)], &[shipment("B", 0, "2025-06-10", 1)]);
    assert_eq!((book.lots.len(), book.lots[0].orders, book.lots[0].squares), (1, 1, 121));
    // 11 over three months: 4, 4, 3.
    assert_eq!(book.lots[0].due_in(month("2026-03")), 4);
}

#[test]
fn what_is_shipped_beyond_an_order_counts_against_none() {
    let orders = [order("A", "2025-05-05", 60, "2025-06", 1), order("B", "2025-05-05", 40, "2026-02", 1)];
    let book = ledger(&orders, &[shipment("A", 0, "2025-06-10", 600)]);
    assert_eq!(firm(&book, "2025-12"), (40, 0));
    assert_eq!(book.agreement.unwrap().over_delivered.machines, 540);
}

#[test]
fn another_model_shipped_counts_as_delivered_of_the_order() {
    let book = ledger(&[order("A", "2025-05-05", 60, "2025-06", 1)], &[shipment("A", 1, "2025-06-10", 45)]);
    assert_eq!(firm(&book, "2025-12"), (15, 15));
    let other = book.agreement.unwrap().other_model;
    assert_eq!(
        (other.machines, other.worst[0].model, other.worst[0].ordered),
        (45, ModelId(1), Some(ModelId(0)))
    );
}

#[test]
fn a_completed_order_is_not_firm_from_its_last_delivery_on() {
    let short = Order {
        status: Status::Completed,
        delivered: Some(580),
        ..order("A", "2025-06-01", 600, "2025-07", 1)
    };
    let book = ledger(std::slice::from_ref(&short), &[shipment("A", 0, "2025-08-10", 580)]);
    assert_eq!((firm(&book, "2025-12"), firm(&book, "2025-08")), ((0, 0), (0, 0)));
    // Before the delivery it was open.
    assert_eq!(firm(&book, "2025-07"), (600, 600));
    // One of years ago, whose batches fell around the beginning of the shipments export, does not come back.
    let old = Order { status: Status::Completed, ..order("B", "2024-06-01", 600, "2024-11", 6) };
    let book = ledger(&[short, old], &[shipment("B", 0, "2025-02-10", 150)]);
    assert_eq!(firm(&book, "2025-12"), (0, 0));
}

#[test]
fn an_order_cancelled_in_its_month_of_signing_is_no_intake() {
    let cancelled = |date| Status::Cancelled(day(date));
    let orders = [
        Order { status: cancelled("2025-03-20"), ..order("A", "2025-03-05", 60, "2025-03", 1) },
        Order { status: cancelled("2025-06-20"), ..order("B", "2025-03-05", 70, "2025-09", 1) },
    ];
    assert_eq!(intake(&ledger(&orders, &[]), "2025-12"), [("2025-03".to_owned(), 70)]);
    // What left of it before was wanted.
    let book = ledger(&orders, &[shipment("A", 0, "2025-03-10", 4)]);
    assert_eq!(intake(&book, "2025-12"), [("2025-03".to_owned(), 74)]);
}

#[test]
fn an_amended_order_is_demand_once_from_the_day_it_is_signed_again() {
    let old =
        Order { status: Status::Cancelled(day("2025-05-20")), ..order("A", "2025-03-05", 60, "2025-09", 1) };
    let book = ledger(&[old.clone(), order("A2", "2025-06-10", 60, "2025-10", 1)], &[]);
    let march = || ("2025-03".to_owned(), 60);
    for as_of in ["2025-03", "2025-05", "2025-06", "2025-12"] {
        assert_eq!(intake(&book, as_of), [march()], "{as_of}");
    }
    // Before it is signed again it is simply cancelled.
    let cancelled = |as_of: &str| {
        Book::new(&book, &catalogue(), month(as_of))
            .lots
            .iter()
            .filter(|lot| lot.cancelled().is_some())
            .count()
    };
    assert_eq!((cancelled("2025-04"), cancelled("2025-05"), cancelled("2025-06")), (0, 1, 0));
    assert_eq!(firm(&book, "2025-05").0, 0);
    assert_eq!((book.amended.len(), book.amended[0].machines), (1, 60));
    assert_eq!((book.amended[0].order_id.as_str(), book.amended[0].again_id.as_str()), ("A", "A2"));
    // Another quantity, customer or model, or more than a month later: a cancellation and another order.
    let again = || order("A2", "2025-06-10", 60, "2025-10", 1);
    for other in [
        Order { quantity: 50, ..again() },
        Order { customer: "D", ..again() },
        Order { model: ModelId(1), ..again() },
        Order { signed: day("2025-06-21"), ..again() },
    ] {
        let book = ledger(&[old.clone(), other], &[]);
        assert!(book.amended.is_empty());
        assert_eq!(intake(&book, "2025-12").len(), 2);
    }
}

#[test]
fn an_order_amended_twice_is_demand_once() {
    let cancelled = |date| Status::Cancelled(day(date));
    let orders = [
        Order { status: cancelled("2025-04-10"), ..order("A", "2025-03-05", 60, "2025-09", 1) },
        Order { status: cancelled("2025-04-20"), ..order("A2", "2025-04-10", 60, "2025-09", 2) },
        order("A3", "2025-05-02", 60, "2025-10", 3),
    ];
    let book = ledger(&orders, &[]);
    for as_of in ["2025-03", "2025-04", "2025-05", "2025-12"] {
        assert_eq!(intake(&book, as_of), [("2025-03".to_owned(), 60)], "{as_of}");
    }
}

#[test]
fn a_stray_order_of_years_before_does_not_begin_the_history() {
    let ids: Vec<&'static str> = (1..=12).map(|m| &*format!("O{m:02}").leak()).collect();
    let mut orders: Vec<Order<'_>> = ids
        .iter()
        .enumerate()
        .map(|(m, id)| order(id, &format!("2025-{:02}-03", m + 1), 60, "2026-03", 1))
        .collect();
    orders.push(order("OLD", "2019-02-01", 20, "2026-01", 1));
    let book = ledger(&orders, &[]);
    assert_eq!(Book::new(&book, &catalogue(), book.as_of).first, month("2025-01"));
    assert_eq!(intake(&book, "2025-12").len(), 12);
    // What is open of it is firm all the same.
    assert_eq!(firm(&book, "2025-12").0, 12 * 60 + 20);
    assert_eq!((book.oddities.stray.0.count, book.oddities.stray.1), (1, 20));
    // A maker that sold as much before a pause has that history.
    orders.push(order("OLD2", "2019-02-01", 400, "2019-03", 1));
    assert_eq!(ledger(&orders, &[]).begins, month("2019-02"));
}

#[test]
fn machines_past_due_for_longer_than_the_limit_are_not_firm() {
    let orders = [
        order("A", "2024-09-05", 50, "2024-11", 1), // 13 months late
        order("B", "2024-09-05", 40, "2025-01", 1), // 11 months
        order("D", "2025-09-05", 30, "2025-11", 1), // 1 month
    ];
    let mut rows = vec![shipment("none", 0, "2024-10-01", 1)];
    rows.sort();
    let book = |months| {
        let mut builder = Builder::new(day("2025-12-31"), false, Some(&rows)).lapse_after(months);
        orders.iter().for_each(|order| builder.add(order));
        builder.finish()
    };
    assert_eq!(firm(&book(12), "2025-12"), (70, 70));
    assert_eq!(firm(&book(13), "2025-12"), (120, 120));
    assert_eq!(firm(&book(10), "2025-12"), (30, 30));
    assert_eq!((book(12).oddities.lapsed.0.count, book(12).oddities.lapsed.1), (1, 50));
    let ages = Book::new(&book(12), &catalogue(), month("2025-12")).past_due_by_age();
    assert_eq!(ages, [30, 0, 40, 50]);
    // At the end of 2025-11 the oldest are 12 months late.
    assert_eq!(firm(&book(12), "2025-11").0, 120);
}

/// Orders alike in all but one thing are two lots, and alike in everything one: what is packed into one number keeps them apart.
#[test]
fn orders_of_other_terms_are_other_lots() {
    let plain = || order("A", "2025-03-05", 60, "2025-06", 2);
    let closed = || Order { status: Status::Completed, delivered: Some(20), ..plain() };
    let mut unlike = vec![
        plain(),
        order("A", "2025-04-05", 60, "2025-06", 2),
        order("A", "2025-03-05", 60, "2025-07", 2),
        order("A", "2025-03-05", 60, "2025-06", 3),
        Order { model: ModelId(1), ..plain() },
        Order { segment: Segment::Retail, ..plain() },
        Order { segment: Segment::Channel, ..plain() },
        Order { status: Status::Cancelled(day("2025-06-20")), customer: "D", ..plain() },
        Order { status: Status::Cancelled(day("2025-07-20")), customer: "E", ..plain() },
    ];
    // Paid: unsaid above, then a fifth, a quarter and two fifths of the value.
    for paid in [11_999.0, 15_000.0, 24_000.0] {
        let (unit_price, prepaid) =
            (Some(crate::domain::Usd::new(1000.0)), Some(crate::domain::Usd::new(paid)));
        unlike.push(Order { unit_price, prepaid, ..plain() });
    }
    let ids: Vec<&'static str> = (0..=unlike.len()).map(|n| &*format!("N{n:02}").leak()).collect();
    let named: Vec<Order<'_>> = unlike.iter().zip(&ids).map(|(o, id)| Order { id, ..o.clone() }).collect();
    let book = ledger(&named, &[]);
    assert_eq!(book.lots.len(), named.len(), "{:#?}", book.lots);
    assert!(book.lots.iter().all(|lot| lot.orders == 1 && lot.quantity == 60));
    // Completed short with its last machine in June, and cancelled in June: two lots, one ended each way.
    let last = Order { id: ids[ids.len() - 1], ..closed() };
    let left = [shipment(last.id, 0, "2025-06-11", 20), shipment(ids[7], 0, "2025-06-12", 20)];
    let both = ledger(&[named[7].clone(), last], &left);
    assert_eq!(both.lots.len(), 2, "{:#?}", both.lots);
}

#[test]
fn an_option_stands_from_its_month_up_to_its_last_day() {
    let mut ledger = ledger(&[order("A", "2025-05-05", 10, "2025-06", 1)], &[]);
    ledger.options.push(OpenOption {
        until: day("2025-09-30"),
        granted: day("2025-06-10"),
        model: ModelId(0),
        quantity: 10,
        unit_price: None,
        start: month("2026-01"),
        months: 1,
    });
    let stand = |as_of| Book::new(&ledger, &catalogue(), month(as_of)).options.len();
    assert_eq!(["2025-05", "2025-06", "2025-09", "2025-10"].map(stand), [0, 1, 1, 0]);
}
