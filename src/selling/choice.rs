//! What to do with a machine that is not sold yet.

use crate::domain::Usd;
use crate::supply::Salvage;

/// The best that can be done with a machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BestUse {
    /// Sold at list price: buyers take its payback.
    Sell,
    /// Cleared: its list price is not paid.
    Clear,
    /// Mined with.
    Mine,
    /// Nothing is to be had for it.
    Nothing,
}

impl BestUse {
    /// What brings most: the list price where its payback is not longer than `longest` months, clearance, or mining.
    /// What brings as much as mining is sold.
    /// # Example
    /// At a payback of 20 months a list price of 1,000 USD is paid; at 30 it is not, and the machine is cleared for 800.
    /// ```
    /// use wafercast::{domain::Usd, selling::BestUse, supply::Salvage};
    ///
    /// let list = Some(Usd::new(1000.0));
    /// let salvage = Salvage { clearance: Usd::new(800.0), mining: Usd::new(700.0) };
    /// assert_eq!(BestUse::of(list, Some(20.0), 24.0, salvage), BestUse::Sell);
    /// assert_eq!(BestUse::of(list, Some(30.0), 24.0, salvage), BestUse::Clear);
    /// ```
    pub fn of(list: Option<Usd>, payback: Option<f64>, longest: f64, salvage: Salvage) -> Self {
        let sale = list.filter(|_| payback.is_some_and(|months| months <= longest));
        if salvage.mining > sale.unwrap_or(salvage.clearance).max(salvage.clearance) {
            Self::Mine
        } else if sale.is_some() {
            Self::Sell
        } else if salvage.clearance > Usd::ZERO {
            Self::Clear
        } else {
            Self::Nothing
        }
    }

    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sell => "sell",
            Self::Clear => "clear",
            Self::Mine => "mine",
            Self::Nothing => "nothing",
        }
    }
}

/// Place of the first use from which on mining is the best to the last; `None` where it is not at the last.
pub fn mining_from(uses: &[BestUse]) -> Option<usize> {
    let others = uses.iter().rposition(|best| *best != BestUse::Mine).map_or(0, |index| index + 1);
    (others < uses.len()).then_some(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_goes_where_it_brings_most() {
        let best = |list: Option<f64>, payback, clearance, mining| {
            let salvage = Salvage { clearance: Usd::new(clearance), mining: Usd::new(mining) };
            BestUse::of(list.map(Usd::new), payback, 24.0, salvage)
        };
        assert_eq!(best(Some(1000.0), Some(20.0), 800.0, 900.0), BestUse::Sell);
        assert_eq!(best(Some(1000.0), Some(20.0), 800.0, 1000.0), BestUse::Sell);
        assert_eq!(best(Some(1000.0), Some(20.0), 800.0, 1000.1), BestUse::Mine);
        // A payback of 30 months is not paid: the machine is cleared, or mined with where that brings more.
        assert_eq!(best(Some(1000.0), Some(30.0), 640.0, 600.0), BestUse::Clear);
        assert_eq!(best(Some(1000.0), Some(30.0), 640.0, 700.0), BestUse::Mine);
        assert_eq!(best(Some(1000.0), None, 0.0, 0.0), BestUse::Nothing);
        assert_eq!(best(None, None, 640.0, 600.0), BestUse::Clear);
    }

    #[test]
    fn mining_is_better_from_the_month_after_the_last_one_in_which_it_is_not() {
        use BestUse::{Clear, Mine, Sell};
        assert_eq!(mining_from(&[Sell, Mine, Clear, Mine, Mine]), Some(3));
        assert_eq!(mining_from(&[Mine, Mine]), Some(0));
        assert_eq!(mining_from(&[Mine, Sell]), None);
        assert_eq!(mining_from(&[]), None);
    }
}
