//! Cost of the last machine too many.
//!
//! Of what is left over some months of demand can be cleared or mined with at once. What is beyond waits until later demand
//! takes it: it costs money meanwhile, and the machine that it goes into sells for less than the newer one that would have
//! been built instead. So the cost of one more grows with what is left over already, and the critical ratio falls.

use crate::domain::Usd;
use crate::job::Wafers;

use super::requirement::Requirement;

/// Longest that chips are taken to wait, months: after that they are lost.
const LONGEST_WAIT: f64 = 24.0;

/// What a machine's chips cost and fetch, USD a machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worth {
    /// Cost of the chips with the cost of money on their deposit.
    pub(super) cost: Usd,
    /// Price less cost besides the chips.
    pub(super) price: Usd,
    /// What the chips fetch when their machine is cleared or mined with, other cost taken off.
    pub(super) cleared: Usd,
}

/// Cost of a machine too many that is cleared or mined with at once: at least the cost of money until the next run.
fn cleared(worth: Worth, rules: &Wafers) -> Usd {
    let holding = (1.0 + rules.capital_rate_per_month.get()).powi(rules.review_months.cast_signed()) - 1.0;
    (worth.cost - worth.cleared).max(worth.cost * holding)
}

/// Cost of a machine too many that waits `months` for later demand; at most its chips are lost.
fn waits(worth: Worth, months: f64, rules: &Wafers) -> Usd {
    if months >= LONGEST_WAIT {
        return worth.cost;
    }
    let money = (1.0 + rules.capital_rate_per_month.get()).powf(months) - 1.0;
    let lost = 1.0 - rules.value_loss_per_month.complement().powf(months);
    (worth.cost * money + worth.price.max(Usd::ZERO) * lost).min(worth.cost)
}

/// Mean cost of the last machine too many over the paths whose need of month `h` is at most `level` chips.
///
/// On a path with need D over n = h + 1 months the last chip is one of L = level - D; at D / n chips a month it waits
/// L / (D / n) months, less those that can be cleared at once.
pub(super) fn overage(need: &Requirement, h: usize, level: f64, worth: Worth, rules: &Wafers) -> Usd {
    let months = (h + 1) as f64;
    let (mut sum, mut paths) = (Usd::ZERO, 0.0);
    for need in need.up_to(h, level) {
        let wait = if *need > 0.0 { (level - need) / (need / months) } else { LONGEST_WAIT };
        let wait = wait - rules.clearable_months.get();
        let at_once = cleared(worth, rules);
        sum += if wait <= 0.0 { at_once } else { at_once.max(waits(worth, wait, rules)) };
        paths += 1.0;
    }
    if paths > 0.0 { sum * (1.0 / paths) } else { cleared(worth, rules) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Job;

    fn rules(keys: &str) -> Wafers {
        let text = include_str!("../../fixtures/miniature/job.toml")
            .replace("review_months = 3", &format!("review_months = 3\n{keys}"));
        Job::parse(&text, std::path::Path::new("job.toml")).unwrap().wafers
    }

    #[test]
    fn waiting_worked_by_hand() {
        let worth = Worth { cost: Usd::new(200.0), price: Usd::new(900.0), cleared: Usd::new(150.0) };
        let rules = rules("value_loss_per_month = 0.1");
        // Two months: 200 x (1.01^2 - 1) = 4.02, 900 x (1 - 0.9^2) = 171.
        assert!((waits(worth, 2.0, &rules).dollars() - 175.02).abs() < 1e-9);
        assert_eq!(waits(worth, 3.0, &rules), Usd::new(200.0), "no more than the chips cost");
        // After two years they are lost, however little that would cost by money and price: 200 x (1.01^24 - 1) = 53.9.
        let cheap = Worth { price: Usd::ZERO, ..worth };
        assert_eq!(waits(cheap, 24.0, &rules), Usd::new(200.0));
        assert!((waits(cheap, 23.0, &rules).dollars() - 200.0 * (1.01_f64.powi(23) - 1.0)).abs() < 1e-9);
        assert_eq!(cleared(worth, &rules), Usd::new(50.0));
        // Worth more than it cost: the cost of money for three months remains, 200 x 0.030301.
        let rich = Worth { cleared: Usd::new(500.0), ..worth };
        assert!((cleared(rich, &rules).dollars() - 6.060_2).abs() < 1e-9);
    }

    #[test]
    fn the_last_of_many_costs_more() {
        // Needs of 100 and 300 chips in three months; a level of 300 leaves 200 on the first: 200 / (100 / 3) = 6 months,
        // one of them cleared, 5 wait: 200 x (1.01^5 - 1) + 900 x (1 - 0.97^5). On the second nothing is left: 50.
        let worth = Worth { cost: Usd::new(200.0), price: Usd::new(900.0), cleared: Usd::new(150.0) };
        let rules = rules("");
        let need = Requirement::of_needs(&[100.0, 300.0]);
        let found = overage(&need, 2, 300.0, worth, &rules);
        let waits = 200.0 * (1.01_f64.powi(5) - 1.0) + 900.0 * (1.0 - 0.97_f64.powi(5));
        assert!((found.dollars() - f64::midpoint(waits, 50.0)).abs() < 1e-9, "{found:?}");
        assert_eq!(overage(&need, 2, 100.0, worth, &rules), Usd::new(50.0));
    }
}
