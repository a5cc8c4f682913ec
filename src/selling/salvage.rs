//! A machine that nobody has ordered: cleared, or mined with, whichever brings more.

use crate::domain::{HashPrice, Month, Usd};
use crate::job::{Job, Model, Pricing};
use crate::market::HORIZON;
use crate::supply::Salvage;

use super::machine::{monthly_margin, price_for_payback};
use super::mining::Mining;

/// What a machine fetches when it must go: the job's share of what a buyer would pay at most, which is the list price or
/// the price of the longest payback that buyers take at the month's hashprice, whichever is lower. Nothing while a
/// machine does not earn its power: then nobody buys it to mine with. Without a list price the payback alone counts.
/// # Example
/// 24 months of 100 USD are less than the list price, 24 of 150 more; half of the lower is fetched.
/// ```
/// use wafercast::{domain::Usd, job::Pricing, selling::clearance_price};
///
/// let (list, terms) = (Some(Usd::new(3000.0)), Pricing::default());
/// assert_eq!(clearance_price(list, Usd::new(100.0), &terms), Usd::new(1200.0));
/// assert_eq!(clearance_price(list, Usd::new(150.0), &terms), Usd::new(1500.0));
/// assert_eq!(clearance_price(None, Usd::new(150.0), &terms), Usd::new(1800.0));
/// ```
pub fn clearance_price(list: Option<Usd>, margin: Usd, terms: &Pricing) -> Usd {
    let most = price_for_payback(terms.longest_payback_months.get(), margin);
    list.map_or(most, |list| list.min(most)) * terms.clearance_share.get()
}

/// Values machines left over, in any month of any hashprice path.
#[derive(Clone, Debug)]
pub struct SalvageValues {
    mining: Mining,
    pricing: Pricing,
    /// Price of power that buyers reckon with, USD per kWh.
    power: f64,
}

impl SalvageValues {
    /// By the job's terms, for a forecast made at the end of `as_of`.
    pub fn new(job: &Job, as_of: Month) -> Self {
        Self {
            mining: Mining::new(job, as_of),
            pricing: job.pricing.clone(),
            power: job.policy.power_usd_per_kwh.get(),
        }
    }

    /// What one machine left over at month `start` ahead brings (0 is the first one forecast; `HORIZON`, the first one
    /// beyond, is cleared at the last forecast month's hashprice). `list` is its list price, if there is one;
    /// `hashprice` that of each month ahead in USD per PH/s per day, of a scenario or of one simulated path.
    pub fn value(
        &self,
        model: &Model,
        list: Option<Usd>,
        hashprice: &[f64; HORIZON],
        start: usize,
    ) -> Salvage {
        let margin = HashPrice::per_ph_day(hashprice[start.min(HORIZON - 1)])
            .map_or(Usd::ZERO, |hashprice| monthly_margin(model, hashprice, self.power));
        Salvage {
            clearance: clearance_price(list, margin, &self.pricing),
            mining: self.mining.value(model, hashprice, start),
        }
    }
}
