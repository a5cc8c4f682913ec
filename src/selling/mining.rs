//! Mining with a machine oneself: the present value of its hashprice revenue less power and hosting.
//!
//! Along the forecast the machine earns each month's hashprice. Beyond it the price of bitcoin stands still and
//! hashprice falls by a fixed share a month, as difficulty goes on growing; a halving of the block subsidy halves it
//! on top. In a month in which it would lose money the machine is off and earns and costs nothing. Income comes at
//! the end of its month. Nothing is left of the machine at the end.

use crate::domain::{Month, Usd};
use crate::job::{Job, Model};
use crate::market::{HORIZON, mean_subsidy};

use super::machine::DAYS_PER_MONTH;

/// A stretch of months beyond the forecast with one block subsidy.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    /// Its first month, counted from the first one beyond the forecast.
    from: usize,
    /// The month after its last.
    until: usize,
    /// Its subsidy as a share of that of the last forecast month.
    subsidy: f64,
}

/// Terms of mining, made once for an as-of month and used for any number of hashprice paths.
#[derive(Clone, Debug)]
pub struct Mining {
    /// Months that a machine is mined with.
    months: usize,
    /// Worth at the start of a month of 1 USD at its end.
    discount: f64,
    /// Hashprice of a month beyond the forecast as a share of that of the month before.
    keep: f64,
    /// Price of power, USD per kWh.
    power: f64,
    /// USD a month.
    hosting: f64,
    /// Months beyond the forecast, up to the last that any start month reaches.
    stretches: Vec<Stretch>,
}

impl Mining {
    /// The job's terms, with the halvings that follow the forecast made at the end of `as_of`.
    pub fn new(job: &Job, as_of: Month) -> Self {
        let months = job.mining.months as usize;
        let last = as_of + HORIZON.cast_signed() as i32;
        let subsidy = |month| mean_subsidy(month, job.market.next_halving);
        let mut stretches: Vec<Stretch> = Vec::new();
        // A machine that starts in the month after the forecast reaches farthest.
        for (index, month) in (last + 1).run(job.mining.months.cast_signed()).enumerate() {
            let share = subsidy(month) / subsidy(last);
            match stretches.last_mut() {
                Some(stretch) if stretch.subsidy == share => stretch.until = index + 1,
                _ => stretches.push(Stretch { from: index, until: index + 1, subsidy: share }),
            }
        }
        // Where a machine takes one of few sockets, it must earn what money costs as well.
        let capital = if job.mining.room_known() { job.wafers.capital_rate_per_month.get() } else { 0.0 };
        let rate = job.mining.discount_per_month.get().max(capital);
        Self {
            months,
            discount: 1.0 / (1.0 + rate),
            keep: job.mining.hashprice_decline_per_month.complement(),
            power: job.mining.power_usd_per_kwh.unwrap_or(job.policy.power_usd_per_kwh).get(),
            hosting: job.mining.hosting_usd_per_month.get(),
            stretches,
        }
    }

    /// Worth, at the start of month `start` ahead (0 is the first one forecast, `HORIZON` the first one beyond), of
    /// mining with one machine for the job's months from then on, in USD: at least 0. `hashprice` is that of each
    /// month ahead in USD per PH/s per day, of a scenario or of one simulated path.
    ///
    /// Sum over its months t = 1, 2, ... of max(0, revenue - cost) / (1 + rate)^t: the net present value of an ordinary
    /// annuity (Brealey, Myers, Allen, Principles of Corporate Finance, chapter 2). The months beyond the forecast are
    /// summed in closed form, so that thousands of paths cost little.
    pub fn value(&self, model: &Model, hashprice: &[f64; HORIZON], start: usize) -> Usd {
        let start = start.min(HORIZON);
        let revenue_of = |hashprice: f64| hashprice / 1e3 * model.hashrate_th.get() * DAYS_PER_MONTH;
        let cost = model.power_w.get() / 1e3 * 24.0 * self.power * DAYS_PER_MONTH + self.hosting;
        let (mut value, mut worth) = (0.0, 1.0);
        for hashprice in hashprice[start..].iter().take(self.months) {
            worth *= self.discount;
            value += (revenue_of(*hashprice) - cost).max(0.0) * worth;
        }
        let beyond = self.months.saturating_sub(HORIZON - start);
        Usd::new(value + worth * self.beyond(revenue_of(hashprice[HORIZON - 1]), cost, beyond))
    }

    /// Worth at the end of the forecast of the first `months` beyond it, from the last month's revenue and the monthly
    /// cost. Revenue never rises again, so the machine runs in the first months of a stretch and is off in the rest:
    /// those k for which revenue x subsidy x keep^k is above cost. Two geometric sums a stretch give their worth.
    fn beyond(&self, revenue: f64, cost: f64, months: usize) -> f64 {
        let mut value = 0.0;
        for stretch in &self.stretches {
            let until = stretch.until.min(months);
            if until <= stretch.from {
                break;
            }
            let before = stretch.from.cast_signed() as i32;
            let revenue = revenue * stretch.subsidy * self.keep.powi(before);
            let running = running_months(revenue, cost, self.keep, until - stretch.from);
            let worth = self.discount.powi(before);
            value += worth * revenue * geometric_sum(self.keep * self.discount, running);
            value -= worth * cost * geometric_sum(self.discount, running);
        }
        value.max(0.0)
    }
}

/// Months k = 1, 2, ... up to `most` in which revenue x keep^k is above cost.
fn running_months(revenue: f64, cost: f64, keep: f64, most: usize) -> i32 {
    let most = most as f64;
    let months = if revenue * keep <= cost {
        0.0
    } else if keep >= 1.0 || cost <= 0.0 {
        most
    } else {
        ((cost / revenue).ln() / keep.ln()).floor().min(most)
    };
    months as i32
}

/// r + r^2 + ... + r^n.
fn geometric_sum(r: f64, n: i32) -> f64 {
    if (1.0 - r).abs() < 1e-9 { f64::from(n) } else { r * (1.0 - r.powi(n)) / (1.0 - r) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn job(mining: &str, next_halving: &str) -> Job {
        let text = format!(
            "{}\n[mining]\n{mining}\n[market]\nnext_halving = \"{next_halving}\"\n",
            include_str!("../../fixtures/miniature/job.toml")
        );
        Job::parse(&text, std::path::Path::new("job.toml")).unwrap()
    }

    fn as_of() -> Month {
        "2025-09".parse().unwrap()
    }

    /// The definition, month by month.
    fn by_month(job: &Job, hashprice: &[f64; HORIZON], start: usize) -> f64 {
        let model = &job.catalogue.models[0];
        let terms = &job.mining;
        let cost = model.power_w.get() / 1e3 * 24.0 * job.policy.power_usd_per_kwh.get() * DAYS_PER_MONTH
            + terms.hosting_usd_per_month.get();
        let last = as_of() + 12;
        let mut sum = 0.0;
        for t in 0..terms.months as usize {
            let ahead = start + t;
            let hashprice = hashprice.get(ahead).copied().unwrap_or_else(|| {
                let beyond = (ahead - HORIZON + 1).cast_signed() as i32;
                let subsidy = |month| mean_subsidy(month, job.market.next_halving);
                hashprice[HORIZON - 1]
                    * terms.hashprice_decline_per_month.complement().powi(beyond)
                    * subsidy(last + beyond)
                    / subsidy(last)
            });
            let margin = hashprice / 1e3 * model.hashrate_th.get() * DAYS_PER_MONTH - cost;
            sum += margin.max(0.0) / (1.0 + terms.discount_per_month.get()).powi(t.cast_signed() as i32 + 1);
        }
        sum
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn the_closed_form_is_the_sum_of_the_months(
            hashprice in proptest::array::uniform12(20.0..120.0_f64),
            start in 0..=HORIZON,
            months in 1..=60_u32,
            (discount, decline) in (0..=4_u32, 0..=6_u32),
            hosting in 0..=20_u32,
            halving in 0..48,
        ) {
            let next = as_of() + 1 + halving;
            let job = job(
                &format!(
                    "months = {months}\ndiscount_per_month = {}\nhashprice_decline_per_month = {}\nhosting_usd_per_month = {hosting}",
                    f64::from(discount) / 100.0, f64::from(decline) / 100.0
                ),
                &next.to_string(),
            );
            let value = Mining::new(&job, as_of()).value(&job.catalogue.models[0], &hashprice, start).dollars();
            let expected = by_month(&job, &hashprice, start);
            prop_assert!((value - expected).abs() <= 1e-9 * (1.0 + expected), "{} and {}", value, expected);
        }

        #[test]
        fn more_hashprice_is_never_worth_less(
            hashprice in proptest::array::uniform12(20.0..120.0_f64), rise in 0.0..30.0_f64, start in 0..=HORIZON,
        ) {
            let job = job("", "2028-04");
            let mining = Mining::new(&job, as_of());
            let value = |path: &[f64; HORIZON]| mining.value(&job.catalogue.models[0], path, start).dollars();
            prop_assert!(value(&hashprice.map(|h| h + rise)) >= value(&hashprice));
        }
    }

    #[test]
    fn a_machine_that_never_earns_its_power_is_worth_nothing() {
        let job = job("", "2028-04");
        // 3 kW x 24 h x 0.06 = 4.32 USD a day of 100 TH: 43.2 USD per PH is what the power costs.
        for start in 0..=HORIZON {
            let value = Mining::new(&job, as_of()).value(&job.catalogue.models[0], &[43.2; HORIZON], start);
            assert_eq!(value, Usd::ZERO);
        }
    }
}
