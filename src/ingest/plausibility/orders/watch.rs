//! What is kept of order lines as they go by: how their prices are spread, the largest, those paid beyond their value.

use crate::domain::{Month, Usd};
use crate::ingest::orders::order::{Order, OrderType, Status};

use super::bands::{Bands, Verdict};
use super::deposits::Deposits;
use super::kept::{First, RowPlace};
use super::leads::Leads;
use super::open::Open;
use super::price_bins::Prices;
use super::quarters::Months;

/// The price of an order in USD, where one is given and not 0.
fn price_of(order: &Order<'_>) -> Option<f64> {
    order.unit_price.map(Usd::dollars).filter(|price| *price > 0.0)
}

/// An order line whose price is too near to a guessed limit.
#[derive(Clone, Debug)]
struct Waiting {
    place: RowPlace,
    id: Box<str>,
    terms: Order<'static>,
}

/// Order lines as they go by.
#[derive(Clone, Default, Debug)]
pub(in crate::ingest) struct Watch {
    /// Those that are believed.
    pub(super) prices: Prices,
    /// Those that are not.
    odd_prices: Prices,
    /// Those of which that is not known yet.
    waiting: Vec<Waiting>,
    /// By kind of customer, the largest first.
    pub(super) largest: [First; 3],
    /// Futures by the share that was paid, the least first; those of which nothing was paid do not count.
    pub(super) least_paid: First,
    /// Paid beyond the value, by line.
    pub(super) overpaid: First,
    /// The largest share paid.
    pub(super) most_paid: f64,
    /// Prices that are not believed, by line.
    pub(super) odd: First,
    /// Orders by month of signature.
    pub(super) signed: Months,
    /// Months from signature to the first delivery.
    pub(super) leads: Leads,
    /// What was paid of orders, and their prices of 0.
    pub(super) deposits: Deposits,
    /// Dates of open orders.
    pub(super) open: Open,
}

impl Watch {
    /// Notes an order line; takes away its price where that cannot be believed. `false`: that is not known yet, and
    /// [`Watch::settle`] will say.
    pub(in crate::ingest) fn note(
        &mut self,
        order: &mut Order<'_>,
        place: RowPlace,
        bands: Option<&Bands>,
    ) -> bool {
        let segment = order.segment as usize;
        self.signed.size(order);
        self.leads.note(order, place);
        self.deposits.note(order, place);
        self.open.note(order);
        self.largest[segment].add(-f64::from(order.quantity), place, order);
        let Some(price) = price_of(order) else { return true };
        match bands.map_or(Verdict::Sound, |bands| bands.judge(order.model, Month::of(order.signed), price)) {
            Verdict::Sound => self.sound(order, place, price),
            Verdict::Odd => {
                self.odd(order, place, price);
                order.unit_price = None;
            }
            Verdict::Unsure => {
                self.waiting.push(Waiting { place, id: order.id.into(), terms: order.bare() });
                return false;
            }
        }
        true
    }

    /// Settles the order lines whose prices waited for their limits; none without limits is odd.
    pub(in crate::ingest) fn settle(&mut self, known: Option<&Bands>) {
        for Waiting { place, id, terms } in std::mem::take(&mut self.waiting) {
            let order = Order { id: &id, ..terms };
            let Some(price) = price_of(&order) else { continue };
            if known.is_some_and(|bands| bands.odd(&order)) {
                self.odd(&order, place, price);
            } else {
                self.sound(&order, place, price);
            }
        }
    }

    /// Whether any price was taken away.
    pub(in crate::ingest) const fn took(&self) -> bool {
        self.odd.count > 0
    }

    fn odd(&mut self, order: &Order<'_>, place: RowPlace, price: f64) {
        self.odd.add(place.1 as f64, place, order);
        self.odd_prices.add(order, price);
    }

    fn sound(&mut self, order: &Order<'_>, place: RowPlace, price: f64) {
        self.prices.add(order, price);
        let Some(paid) = order.prepaid.map(Usd::dollars).filter(|paid| *paid > 0.0) else { return };
        let share = paid / (price * f64::from(order.quantity));
        // Amounts are rounded to cents, a price by up to half a cent.
        if share > 1.0 + 1e-6 + 0.01 / price {
            self.overpaid.add(place.1 as f64, place, order);
            self.most_paid = self.most_paid.max(share);
        }
        self.signed.paid(order, share);
        if order.order_type == OrderType::Futures && !matches!(order.status, Status::Cancelled(_)) {
            self.least_paid.add(share, place, order);
        }
    }

    /// Futures whose first delivery is far later than all others'.
    pub(in crate::ingest) fn far_ahead(&self) -> u64 {
        self.leads.beyond()
    }

    /// All prices, believed or not.
    pub(super) fn all_prices(&self) -> Prices {
        let mut all = self.prices.clone();
        all.merge(self.odd_prices.clone());
        for waiting in &self.waiting {
            if let Some(price) = price_of(&waiting.terms) {
                all.add(&waiting.terms, price);
            }
        }
        all
    }

    /// Takes over what another thread saw.
    pub(in crate::ingest) fn merge(&mut self, other: Self) {
        self.prices.merge(other.prices);
        self.odd_prices.merge(other.odd_prices);
        self.waiting.extend(other.waiting);
        for (mine, more) in self.largest.iter_mut().zip(other.largest) {
            mine.merge(more);
        }
        self.least_paid.merge(other.least_paid);
        self.overpaid.merge(other.overpaid);
        self.most_paid = self.most_paid.max(other.most_paid);
        self.odd.merge(other.odd);
        self.signed.merge(other.signed);
        self.leads.merge(other.leads);
        self.deposits.merge(other.deposits);
        self.open.merge(other.open);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;
    use crate::domain::FiscalYear;
    use crate::ingest::orders::order::Segment;

    use chrono::NaiveDate;

    use super::super::quantities::order_problems;

    use crate::job::Plausibility;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Ten machines at 1,000 USD, of which a quarter of the value was paid, due two months after they were signed.
    fn order(id: &'static str, signed: &str, status: Status) -> Order<'static> {
        let signed = day(signed);
        Order {
            id,
            customer: id,
            signed,
            unit_price: Some(Usd::new(1000.0)),
            prepaid: Some(Usd::new(2500.0)),
            start: Month::of(signed) + 2,
            status,
            ..Order::usual()
        }
    }

    /// Five completed futures of each of six quarters, the first of 2023 to the second of 2024.
    fn usual() -> Vec<Order<'static>> {
        let quarters = ["2023-01-10", "2023-04-10", "2023-07-10", "2023-10-10", "2024-01-10", "2024-04-10"];
        quarters.iter().flat_map(|day| (0..5).map(|_| order("U", day, Status::Completed))).collect()
    }

    /// What is reported as of September 2025 of orders that so many hands note in turn.
    fn reported(orders: &[Order<'static>], hands: usize) -> Vec<(Severity, String)> {
        let mut watches = vec![Watch::default(); hands];
        for (place, order) in orders.iter().enumerate() {
            watches[place % hands].note(&mut order.clone(), (0, place as u64 + 2), None);
        }
        let mut all = Watch::default();
        watches.into_iter().for_each(|watch| all.merge(watch));
        let as_of = Month::of(day("2025-09-30"));
        let found =
            order_problems(&all, &Plausibility::default(), (as_of, FiscalYear::CALENDAR), 100_000, true);
        found.into_iter().map(|(_, severity, _, reason)| (severity, reason)).collect()
    }

    /// The reasons that begin, or go on, like this, whoever noted the orders.
    fn reasons(orders: &[Order<'static>], like: &str) -> Vec<String> {
        let one = reported(orders, 1);
        assert_eq!(one, reported(orders, 3), "three hands see what one sees");
        one.into_iter().map(|(_, reason)| reason).filter(|reason| reason.contains(like)).collect()
    }

    #[test]
    fn orders_as_usual_are_not_reported() {
        assert_eq!(reported(&usual(), 1), []);
    }

    /// Four open futures of ten machines each without a payment, of 40 open machines; thirty others have one.
    #[test]
    fn open_futures_without_a_payment_are_told_where_others_pay() {
        let unpaid = |n: usize| {
            let mut orders = usual();
            orders.extend(
                (0..n).map(|_| Order { prepaid: Some(Usd::ZERO), ..order("Q", "2025-06-10", Status::Open) }),
            );
            orders
        };
        let found = reasons(&unpaid(4), "nothing was paid");
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with(
            "nothing was paid of 4 open futures of 40 machines (100% of all open) that were signed before 2025-09, where 30 others have a deposit"
        ), "{found:?}");
        assert!(found[0].ends_with("Q on line 32, Q on line 33, Q on line 34, Q on line 35"), "{found:?}");
        assert!(reasons(&unpaid(2), "nothing was paid").is_empty(), "two may be trusted");
        // 40 machines are less than a fiftieth of 2,540 open ones.
        let mut many = unpaid(4);
        many.extend((0..50).map(|_| Order {
            quantity: 50,
            prepaid: Some(Usd::new(12_500.0)),
            ..order("B", "2025-06-10", Status::Open)
        }));
        assert!(reasons(&many, "nothing was paid").is_empty());
    }

    /// Two open orders of ten machines at a price of 0, of 20 open ones, beside thirty with a price.
    #[test]
    fn open_orders_at_a_price_of_0_are_told_where_others_have_a_price() {
        let free = || Order { unit_price: Some(Usd::ZERO), ..order("F", "2025-06-10", Status::Open) };
        let mut orders = usual();
        orders.extend([free(), free()]);
        let found = reasons(&orders, "have a price of 0");
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("2 open order(s) of 20 machines, of 20 in all, have a price of 0"),
            "{found:?}"
        );
        assert!(reasons(&[free(), free()], "have a price of 0").is_empty(), "no other says a price");
    }

    /// What was received comes to 2% of the value, and just less.
    #[test]
    fn payments_are_in_another_unit_below_a_fiftieth_of_the_value() {
        let paid = |usd: f64| {
            let each = |of| Order { prepaid: Some(Usd::new(usd)), ..of };
            usual().into_iter().map(each).collect::<Vec<_>>()
        };
        assert!(reasons(&paid(200.0), "prepaid_usd of").is_empty());
        let found = reasons(&paid(50.0), "prepaid_usd of");
        assert!(found[0].starts_with("prepaid_usd of 30 (all) futures comes to 5.00e-3 of their value, 50 USD at most: is it per cent of it?"), "{found:?}");
        let unit = |usd: f64| reasons(&paid(usd), "prepaid_usd of").remove(0);
        assert!(unit(1.0).contains("1 USD at most: is it shares of it?"));
        assert!(
            unit(1.01).contains("is it per cent of it?") && unit(100.0).contains("is it per cent of it?")
        );
        assert!(unit(100.01).contains("is it amounts per machine or in thousands?"));
    }

    /// Thirty futures have their first delivery two months after they were signed, and one 14.
    #[test]
    fn a_first_delivery_a_year_late_is_told() {
        let mut orders = usual();
        orders.push(Order { start: "2025-08".parse().unwrap(), ..order("L", "2024-06-10", Status::Open) });
        let found = reasons(&orders, "first delivery");
        assert_eq!(
            found,
            [
                "1 futures of 10 machines have their first delivery 14 months after signature or later, all others within 2: is the year of delivery_start or signed_date right? L on line 32"
            ]
        );
    }

    /// The middle order of a quarter has 2.5% of its value paid, a tenth of what all others have: ten times too many machines. It is told
    /// once, though the orders are ten times the size of others, too.
    #[test]
    fn a_quarter_of_ten_times_the_machines_is_told_by_its_payments() {
        let ten_times = |signed: &'static str| {
            let mut orders = usual();
            orders.extend((0..5).map(|_| Order { quantity: 100, ..order("T", signed, Status::Completed) }));
            orders
        };
        let found = reasons(&ten_times("2024-07-10"), "2024Q3");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("of the 5 completed futures signed in 2024Q3 (500 machines) the middle one has 2.4% of its value paid") || found[0].starts_with("of the 5 completed futures signed in 2024Q3 (500 machines) the middle one has 2.5% of its value paid"), "{found:?}");
        // Of the newest year it stops the run.
        let severity = |signed| {
            let found = reported(&ten_times(signed), 1);
            found.into_iter().find(|(_, reason)| reason.contains("the middle one")).unwrap().0
        };
        assert_eq!((severity("2024-07-10"), severity("2024-11-10")), (Severity::Warning, Severity::Error));
    }

    /// Orders without payments are known by their size: 21 times that of any other quarter stops the run where it is of the newest year,
    /// 10 times does not.
    #[test]
    fn a_quarter_far_larger_than_any_other_is_told_by_its_size() {
        let larger = |quantity| {
            let mut orders = usual();
            orders.extend((0..5).map(|_| Order { quantity, ..order("S", "2025-01-10", Status::Completed) }));
            orders.iter_mut().for_each(|order| order.prepaid = None);
            let found = reported(&orders, 1);
            found
                .into_iter()
                .find(|(_, reason)| reason.contains("the middle order"))
                .map(|(severity, _)| severity)
        };
        assert_eq!(larger(40), None);
        assert_eq!(larger(100), Some(Severity::Warning));
        assert_eq!(larger(250), Some(Severity::Error));
        // Four orders are too few to tell.
        let mut few = usual();
        few.extend((0..4).map(|_| Order { quantity: 250, ..order("S", "2025-01-10", Status::Completed) }));
        few.iter_mut().for_each(|order| order.prepaid = None);
        assert!(reasons(&few, "the middle order").is_empty());
    }

    /// One order of 400 machines beside thirty of ten is the largest, and named.
    #[test]
    fn the_largest_order_is_named_where_it_is_far_larger_than_any_other() {
        let mut orders = usual();
        orders.push(Order {
            quantity: 400,
            prepaid: Some(Usd::new(100_000.0)),
            ..order("Z", "2024-04-20", Status::Completed)
        });
        let found = reasons(&orders, "order Z of 400 machines is 40.0 times the next largest of 31");
        assert_eq!(found.len(), 1, "{:?}", reported(&orders, 1));
    }

    /// More was received than an order's whole value of 10,000 USD: of one order, and of nine, of which eight are named.
    #[test]
    fn orders_paid_beyond_their_value_are_named() {
        let overpaid = |n: usize| {
            let mut orders = usual();
            orders.extend((0..n).map(|_| Order {
                prepaid: Some(Usd::new(12_500.0)),
                ..order("O", "2024-04-20", Status::Completed)
            }));
            reasons(&orders, "more was received").remove(0)
        };
        assert_eq!(
            overpaid(1),
            "more was received on 1 order(s) than their whole value, up to 1.25 times it: O on line 32; no more than the value counts"
        );
        assert!(overpaid(9).contains("O on line 39, ...; no more"), "{}", overpaid(9));
    }

    /// One future of 2,000 machines has 6% of its value paid, all others a quarter.
    #[test]
    fn an_order_paid_like_a_fraction_of_its_quantity_is_told() {
        let least = |paid: f64| {
            let mut orders = usual();
            orders.push(Order {
                quantity: 2000,
                prepaid: Some(Usd::new(paid)),
                ..order("P", "2024-04-20", Status::Completed)
            });
            reasons(&orders, "of its value paid, no other of")
        };
        let found = least(120_000.0);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].contains("has 6.0% of its value paid, no other of 31 futures less than 25.0%"),
            "{found:?}"
        );
        assert!(least(200_000.0).is_empty(), "a tenth is more than a third of a quarter");
    }

    /// Orders of two years - of five customers and three kinds, futures and spot, some open, some cancelled - with all, the newest, every
    /// third, or one of them otherwise: what is then told stands in `tests/recorded/watch.txt`, and is told alike where three hands
    /// note them.
    #[test]
    #[allow(clippy::too_many_lines, reason = "a list of changes")]
    fn what_is_told_of_orders_that_are_otherwise() {
        type Change = (&'static str, fn(&mut Order<'static>));
        type Choice = (&'static str, fn(usize) -> bool);
        let plain: Vec<Order<'static>> = (0..72_i32)
            .map(|n| {
                let signed = NaiveDate::from_ymd_opt(
                    2023 + (9 + n / 3) / 12,
                    u32::try_from((9 + n / 3) % 12).unwrap() + 1,
                    3 + n as u32 % 20,
                )
                .unwrap();
                let open = n > 60;
                Order {
                    id: ["A", "B", "C", "D", "E", "F", "G"][n as usize % 7],
                    customer: ["a", "b", "c", "d", "e"][n as usize % 5],
                    segment: [Segment::KeyAccount, Segment::Retail, Segment::Channel][n as usize / 3 % 3],
                    order_type: if n % 4 == 0 { OrderType::Spot } else { OrderType::Futures },
                    quantity: 20 + n as u32 % 11,
                    start: Month::of(signed) + 1 + n % 3,
                    months: 1 + n as u32 % 4,
                    unit_price: Some(Usd::new(1000.0 + f64::from(n))),
                    prepaid: Some(Usd::new(
                        f64::from(20 + n % 11) * 1000.0 * if n % 6 == 0 { 0.5 } else { 0.3 },
                    )),
                    delivered: if n % 5 == 0 && open { Some(3) } else { None },
                    ..order("", &signed.to_string(), if open { Status::Open } else { Status::Completed })
                }
            })
            .collect();
        let chosen: [Choice; 6] = [
            ("all", |_| true),
            ("the newest nine", |n| n >= 63),
            ("every third", |n| n % 3 == 0),
            ("nine of a year ago", |n| (30..39).contains(&n)),
            ("the last", |n| n == 71),
            ("one of before", |n| n == 40),
        ];
        let changes: [Change; 24] = [
            ("ten times the machines", |o| o.quantity *= 10),
            ("forty times the machines", |o| o.quantity *= 40),
            ("one machine", |o| o.quantity = 1),
            ("ten times the machines, paid alike", |o| {
                o.quantity *= 10;
                o.prepaid = o.prepaid.map(|paid| Usd::new(paid.dollars() * 10.0));
            }),
            ("a tenth of the price", |o| {
                o.unit_price = o.unit_price.map(|price| Usd::new(price.dollars() / 10.0));
            }),
            ("ten times the price", |o| {
                o.unit_price = o.unit_price.map(|price| Usd::new(price.dollars() * 10.0));
            }),
            ("a price of 0", |o| o.unit_price = Some(Usd::ZERO)),
            ("no price", |o| o.unit_price = None),
            ("nothing paid", |o| o.prepaid = Some(Usd::ZERO)),
            ("no payment said", |o| o.prepaid = None),
            ("a share paid", |o| o.prepaid = Some(Usd::new(0.3))),
            ("per cent paid", |o| o.prepaid = Some(Usd::new(30.0))),
            ("thousands paid", |o| o.prepaid = o.prepaid.map(|paid| Usd::new(paid.dollars() / 1000.0))),
            ("three times the payment", |o| o.prepaid = o.prepaid.map(|paid| Usd::new(paid.dollars() * 3.0))),
            ("at once", |o| o.start = Month::of(o.signed)),
            ("half a year later", |o| o.start = o.start + 6),
            ("two years later", |o| o.start = o.start + 24),
            ("in 13 batches", |o| o.months = 13),
            ("in 6 batches", |o| o.months = 6),
            ("signed on one day", |o| o.signed = day("2025-06-03")),
            ("to begin in one month", |o| o.start = Month::of(day("2025-12-01"))),
            ("all delivered", |o| o.delivered = Some(o.quantity)),
            ("open", |o| o.status = Status::Open),
            ("cancelled on one day", |o| o.status = Status::Cancelled(day("2025-09-12"))),
        ];
        let mut found = Vec::new();
        for (what, change) in changes {
            for (which, chosen) in chosen {
                let mut orders = plain.clone();
                orders
                    .iter_mut()
                    .enumerate()
                    .filter(|(n, _)| chosen(*n))
                    .for_each(|(_, order)| change(order));
                let told = reported(&orders, 1);
                assert_eq!(told, reported(&orders, 3), "{what}, {which}");
                found.push(format!("{what}, {which}"));
                found.extend(told.into_iter().map(|(severity, reason)| format!("  {severity:?}: {reason}")));
            }
        }
        crate::recorded::as_recorded("watch.txt", &(found.join("\n") + "\n"));
    }
}
