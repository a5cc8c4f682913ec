//! Totals of orders: what was sold, and what is still to deliver.

use super::money::Money;

/// Most months that an order may be delivered over.
pub(super) const MOST_DELIVERY_MONTHS: usize = 36;

/// Orders added up.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Sold {
    /// Orders.
    pub orders: u64,
    /// Machines ordered.
    pub machines: u64,
}

/// What is still to deliver of some orders.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct OpenOrders {
    /// Orders.
    pub orders: u64,
    /// Machines still to deliver.
    pub machines: u64,
    /// Money of those orders: prices, and what was received.
    pub money: Money,
}

impl OpenOrders {
    /// Takes over others.
    pub fn merge(&mut self, other: &Self) {
        self.orders += other.orders;
        self.machines += other.machines;
        self.money.merge(&other.money);
    }
}
