//! What the orders to place now would be if foundries took none, half or all of their price ahead.
//!
//! A deposit costs money over the lead time, which is in the cost of a chip and so in the critical ratio; it is what is lost
//! when an order is cancelled; and under a budget it takes dollars that other lots would earn with.

use crate::demand::Forecast;
use crate::domain::{Share, Usd};
use crate::job::AtLeastZero;

use super::budget::{Sequence, Taken};
use super::plan::{Basis, Plan};

/// Shares of the price that are taken ahead.
const SHARES: [f64; 3] = [0.0, 0.5, 1.0];

/// The orders to place now if every foundry took the same share ahead.
#[derive(Clone, Debug)]
pub struct AtDeposit {
    /// The share.
    pub share: f64,
    /// What the rule asks for then.
    pub asked: Taken,
    /// Cost of money on its deposits until the chips are in hand.
    pub money: Usd,
    /// What the limit on prepayments lets place of it.
    pub within: Taken,
    /// What one more dollar of budget would earn; `None` where all is placed or nothing is prepaid for the next lot.
    pub next: Option<f64>,
}

/// At each share; base scenario.
pub fn at_deposits(basis: &Basis<'_>, base: &Forecast) -> Vec<AtDeposit> {
    let limit = basis.job.budget.prepayment_usd.map(AtLeastZero::get).map(Usd::new);
    let rate = 1.0 + basis.job.wafers.capital_rate_per_month.get();
    let of = |share: f64| {
        let mut job = basis.job.clone();
        let terms = Share::new(share).unwrap_or(Share::ZERO);
        job.catalogue.foundries.iter_mut().for_each(|foundry| foundry.prepayment_share = terms);
        let basis = Basis { job: &job, ..*basis };
        let plan = Plan::new(&basis, base, std::slice::from_ref(base));
        let sequence = Sequence::new(&basis, &plan.chips, &plan.orders[0]);
        let placed = sequence.within(limit);
        let money = sequence.orders.iter().map(|order| {
            let lead = job.catalogue.foundries[order.foundry].lead_months.months();
            order.prepayment * (rate.powi(lead) - 1.0)
        });
        AtDeposit {
            share,
            asked: sequence.sum(..),
            money: money.sum(),
            within: sequence.sum(..placed),
            next: sequence.lots.get(placed).and_then(super::lots::Lot::per_dollar),
        }
    };
    SHARES.into_iter().map(of).collect()
}
