//! What is paid on a path, by kind and month, and which orders come and stay on it.

use crate::domain::Usd;
use crate::market::HORIZON;

/// Which orders come and stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Case {
    /// As forecast and planned.
    Plan,
    /// Contracts and wafer orders of today, and nothing new on either side.
    ContractsOnly,
    /// Customers sign nothing more; the wafer orders to place now are placed.
    NoNewOrders,
    /// The plan, with the largest group of customers gone from the first month on: its contracts, and its share of what is signed.
    LargestGone,
}

impl Case {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Plan, Self::ContractsOnly, Self::NoNewOrders, Self::LargestGone];

    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::ContractsOnly => "contracts_of_today",
            Self::NoNewOrders => "no_new_orders",
            Self::LargestGone => "largest_customer_gone",
        }
    }

    pub(super) const fn signs(self) -> bool {
        matches!(self, Self::Plan | Self::LargestGone)
    }
}

/// What money is paid for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// On signing.
    Deposits,
    /// On delivery.
    Balances,
    /// Of deposits of cancelled orders.
    Refunds,
    /// To foundries, on ordering.
    Prepayments,
    /// To foundries, when wafers are out.
    FoundryBalances,
    /// Of machines besides their chips.
    Machines,
    /// From mining at the maker's own sites, and from selling them.
    Mining,
}

impl Kind {
    /// How many there are.
    pub const COUNT: usize = 7;
}

/// Money of one path in USD; what goes out is negative.
#[derive(Clone, Debug)]
pub struct PathCash {
    /// By [`Kind`] and month.
    pub of: [[f64; HORIZON]; Kind::COUNT],
    /// Deposits received since the as-of date on machines that have not shipped by the end of each month.
    pub advances: [f64; HORIZON],
    /// What is left at the end of the twelve months and would fetch then: no cash before it is sold.
    pub salvage_values: f64,
    /// Write-down on the orders to place now at the end of the months decided.
    pub write_down: f64,
}

impl PathCash {
    pub(super) const fn none() -> Self {
        Self {
            of: [[0.0; HORIZON]; Kind::COUNT],
            advances: [0.0; HORIZON],
            salvage_values: 0.0,
            write_down: 0.0,
        }
    }

    /// Net of each month.
    pub fn net(&self) -> [f64; HORIZON] {
        std::array::from_fn(|h| self.of.iter().map(|kind| kind[h]).sum())
    }
}

/// Cash of a forecast at its mean.
#[derive(Clone, Debug)]
pub struct Planned {
    pub(super) cash: PathCash,
    pub(super) priced: bool,
}

impl Planned {
    /// Of a kind and month; `None` where customers would pay it and a machine that is wanted has no price.
    pub fn of(&self, kind: Kind, h: usize) -> Option<Usd> {
        let customers = matches!(kind, Kind::Deposits | Kind::Balances | Kind::Refunds);
        (self.priced || !customers).then(|| Usd::new(self.cash.of[kind as usize][h]))
    }

    /// Net of a month.
    pub fn net(&self, h: usize) -> Option<Usd> {
        self.priced.then(|| Usd::new(self.cash.net()[h]))
    }
}
