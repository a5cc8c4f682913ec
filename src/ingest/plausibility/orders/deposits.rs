//! What open orders are paid and cost, against all others: quotes among orders, payments in another unit, prices of 0.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Severity};
use crate::domain::{MicroUsd, Month, Usd};
use crate::ingest::orders::order::{Order, OrderType, Status};

use super::kept::{First, RowPlace, joined};

/// Futures from which on payments of a book tell something.
const LEAST_ORDERS: u64 = 10;

/// Open futures of which nothing was paid, and their share of the machines of all, from which on they are reported where others
/// are paid: none with honest makers, 0.25 where quotes of half a year stand among the orders. One customer may be trusted.
const UNPAID: u64 = 3;
const UNPAID_SHARE: f64 = 0.02;

/// Share of the other futures that may be unpaid, too, without it being the maker's habit.
const UNPAID_OTHERS: f64 = 0.05;

/// Share of their value that is paid of all futures of a kind together: 0.17 at least with honest makers, 0.001 where amounts
/// are in thousands, per machine or per cent.
const LEAST_SHARE: f64 = 0.02;

/// Machines of open orders at a price of 0, as a share of all open ones: a replacement may be free.
const FREE_SHARE: f64 = 0.01;

/// Futures of which something was paid.
#[derive(Clone, Copy, Default, Debug)]
struct Paid {
    orders: u64,
    value: MicroUsd,
    received: MicroUsd,
    /// The largest payment.
    most: MicroUsd,
}

impl Paid {
    fn merge(&mut self, other: Self) {
        self.orders += other.orders;
        self.value += other.value;
        self.received += other.received;
        self.most = self.most.max(other.most);
    }

    fn share(&self) -> f64 {
        Usd::from(self.received).dollars() / Usd::from(self.value).dollars()
    }
}

/// Payments and prices as order lines go by.
#[derive(Clone, Default, Debug)]
pub(super) struct Deposits {
    /// Of completed futures and of open ones.
    paid: [Paid; 2],
    /// Machines of open futures, and of all open orders.
    open: [u64; 2],
    /// Open futures of which nothing was paid: orders and machines by month of signature.
    unpaid: BTreeMap<Month, (u64, u64)>,
    unpaid_rows: First,
    /// Completed futures of which nothing was paid.
    unpaid_before: u64,
    free: First,
    free_machines: u64,
    priced: u64,
}

impl Deposits {
    pub(super) fn note(&mut self, order: &Order<'_>, place: RowPlace) {
        let open = order.status == Status::Open;
        let futures = order.order_type == OrderType::Futures;
        let machines = u64::from(order.quantity);
        let price = order.unit_price.map(Usd::dollars);
        self.priced += u64::from(price.is_some_and(|price| price > 0.0));
        if open {
            self.open[0] += if futures { machines } else { 0 };
            self.open[1] += machines;
            if price == Some(0.0) {
                self.free.add(-f64::from(order.quantity), place, order);
                self.free_machines += machines;
            }
        }
        let Some(paid) = order.prepaid.filter(|_| futures && !matches!(order.status, Status::Cancelled(_)))
        else {
            return;
        };
        if paid == Usd::ZERO {
            if open {
                let unpaid = self.unpaid.entry(Month::of(order.signed)).or_default();
                *unpaid = (unpaid.0 + 1, unpaid.1 + machines);
                self.unpaid_rows.add(-f64::from(order.quantity), place, order);
            } else {
                self.unpaid_before += 1;
            }
        } else if let Some(price) = order.unit_price.filter(|price| *price > Usd::ZERO) {
            let (value, received) = (MicroUsd::from(price) * order.quantity, MicroUsd::from(paid));
            self.paid[usize::from(open)].merge(Paid { orders: 1, value, received, most: received });
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (mine, more) in self.paid.iter_mut().zip(other.paid) {
            mine.merge(more);
        }
        for (mine, more) in self.open.iter_mut().zip(other.open) {
            *mine += more;
        }
        for (month, more) in other.unpaid {
            let mine = self.unpaid.entry(month).or_default();
            *mine = (mine.0 + more.0, mine.1 + more.1);
        }
        self.unpaid_rows.merge(other.unpaid_rows);
        self.unpaid_before += other.unpaid_before;
        self.free.merge(other.free);
        self.free_machines += other.free_machines;
        self.priced += other.priced;
    }

    /// What is reported: code, severity, row and reason. Without `unit` payments are not held against values: a quarter's quantities
    /// are reported as wrong already.
    pub(super) fn reported(
        &self,
        as_of: Month,
        unit: bool,
    ) -> Vec<(Code, Severity, Option<RowPlace>, String)> {
        let found = [self.unpaid(as_of), self.unit().filter(|_| unit), self.free()];
        found
            .into_iter()
            .flatten()
            .map(|(code, rows, reason)| (code, Severity::Warning, rows.and_then(First::place), reason))
            .collect()
    }

    /// Open futures of which nothing was paid, signed before the as-of month: a deposit may be on its way.
    fn unpaid(&self, as_of: Month) -> Option<(Code, Option<&First>, String)> {
        let due = self.unpaid.range(..as_of).map(|(_, unpaid)| unpaid);
        let (orders, machines) = due.fold((0, 0), |sum, unpaid| (sum.0 + unpaid.0, sum.1 + unpaid.1));
        let paid: u64 = self.paid.iter().map(|paid| paid.orders).sum();
        let tells = orders >= UNPAID
            && machines as f64 >= UNPAID_SHARE * self.open[0] as f64
            && paid >= LEAST_ORDERS
            && self.unpaid_before as f64 <= UNPAID_OTHERS * paid as f64;
        tells.then(|| {
            let reason = format!(
                "nothing was paid of {orders} open futures of {machines} machines ({:.0}% of all open) that were signed before {as_of}, where {paid} others have a deposit: are they quotes, or orders not confirmed? {}",
                100.0 * machines as f64 / self.open[0] as f64,
                joined(&self.unpaid_rows)
            );
            (Code::OddQuantity, Some(&self.unpaid_rows), reason)
        })
    }

    /// Payments of the whole book, or of what is open, that are a sliver of its value.
    fn unit(&self) -> Option<(Code, Option<&First>, String)> {
        let [before, open] = self.paid;
        let mut all = before;
        all.merge(open);
        let low = |paid: &Paid| paid.orders >= LEAST_ORDERS && paid.share() < LEAST_SHARE;
        let (which, paid) =
            [("all", all), ("completed", before), ("open", open)].into_iter().find(|(_, paid)| low(paid))?;
        let most = Usd::from(paid.most).dollars();
        let unit = if most <= 1.0 {
            "shares of it"
        } else if most <= 100.0 {
            "per cent of it"
        } else {
            "amounts per machine or in thousands"
        };
        let reason = format!(
            "prepaid_usd of {} ({which}) futures comes to {:.2e} of their value, {most} USD at most: is it {unit}? Write what was received on the order in USD",
            paid.orders,
            paid.share()
        );
        Some((Code::OddPrice, None, reason))
    }

    /// Open orders at a price of 0.
    fn free(&self) -> Option<(Code, Option<&First>, String)> {
        let tells = self.priced >= LEAST_ORDERS
            && self.free_machines > 0
            && self.free_machines as f64 >= FREE_SHARE * self.open[1] as f64;
        tells.then(|| {
            let reason = format!(
                "{} open order(s) of {} machines, of {} in all, have a price of 0 and add nothing to backlog, revenue and deposits; leave the cell empty where the price is not known: {}",
                self.free.count,
                self.free_machines,
                self.open[1],
                joined(&self.free)
            );
            (Code::OddPrice, Some(&self.free), reason)
        })
    }
}
