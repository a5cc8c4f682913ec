//! Cost of the last machine too many.
//!
//! Of what is left over some months of demand can be cleared or mined with at once. What is beyond waits until later demand
//! takes it: it costs money meanwhile, and the machine that it goes into sells for less than the newer one that would have
//! been built instead. So the cost of one more grows with what is left over already, and the critical ratio falls.

use crate::domain::Usd;
use crate::job::Wafers;

use super::requirement::PERCENTS;

/// Longest that chips are taken to wait, months: after that they are lost.
const LONGEST_WAIT: f64 = 24.0;

/// What a machine's chips cost and fetch, USD a machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worth {
    /// Cost of the chips with the cost of money on their deposit.
    pub(super) cost: Usd,
    /// Price less cost besides the chips.
    pub(super) price: Usd,
    /// Cost besides the chips.
    pub(super) other: Usd,
}

/// What chips that are left over fetch when their machine fetches `value`: nothing when building it costs more.
pub(super) fn net_of_building(value: Usd, other: Usd) -> Usd {
    (value - other).max(Usd::ZERO)
}

impl Worth {
    /// Cost of a machine too many that is cleared or mined with at once and fetches `value`: at least the cost of money until the next
    /// run.
    fn cleared(self, value: Usd, rules: &Wafers) -> Usd {
        let holding =
            (1.0 + rules.capital_rate_per_month.get()).powi(rules.review_months.cast_signed()) - 1.0;
        (self.cost - net_of_building(value, self.other)).max(self.cost * holding)
    }

    /// Cost of a machine too many that waits `months` for later demand; at most its chips are lost.
    fn waits(self, months: f64, rules: &Wafers) -> Usd {
        if months >= LONGEST_WAIT {
            return self.cost;
        }
        let money = (1.0 + rules.capital_rate_per_month.get()).powf(months) - 1.0;
        let lost = 1.0 - rules.value_loss_per_month.complement().powf(months);
        (self.cost * money + self.price.max(Usd::ZERO) * lost).min(self.cost)
    }
}

/// The paths by percent of demand: need of a month, and what a leftover machine fetches then.
#[derive(Clone, Debug)]
pub(super) struct Percents {
    /// Last month ahead of the demand.
    pub(super) month: usize,
    /// Least chips that meet the need on so many percent of the paths.
    pub(super) needs: [f64; PERCENTS],
    /// Salvage value of a machine, mean over the paths of the percent.
    pub(super) values: [Usd; PERCENTS],
    /// The same where there is no room to mine with it: clearance.
    pub(super) cleared: [Usd; PERCENTS],
    /// Chips of the machines that there is room for.
    pub(super) room: f64,
}

impl Percents {
    /// What the last machine too many fetches on the paths of a percent, by its place, where supply is `level` chips: clearance where more
    /// is left over than there is room for.
    pub(super) fn fetched(&self, level: f64, place: usize) -> Usd {
        let no_room = self.room <= 0.0 || level - self.needs[place] > self.room;
        if no_room { self.cleared[place] } else { self.values[place] }
    }
}

/// Cost of the last machine too many at a level that covers `percent` of the paths: the mean over them of what is sunk in its chips less
/// what they fetch then.
///
/// On paths with need D over n = h + 1 months the last chip is one of L = level - D; at D / n chips a month it waits
/// L / (D / n) months, less those that can be cleared at once.
pub(super) fn overage(of: &Percents, percent: usize, worth: Worth, rules: &Wafers) -> Usd {
    let level = of.needs[percent - 1];
    let each = of.needs.iter().enumerate().take(percent).map(|(place, need)| {
        let wait = if *need > 0.0 { (level - need) / (need / (of.month + 1) as f64) } else { LONGEST_WAIT };
        let wait = wait - rules.clearable_months.get();
        let at_once = worth.cleared(of.fetched(level, place), rules);
        if wait <= 0.0 { at_once } else { at_once.max(worth.waits(wait, rules)) }
    });
    each.sum::<Usd>() * (1.0 / percent as f64)
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

    const WORTH: Worth = Worth { cost: Usd::new(200.0), price: Usd::new(900.0), other: Usd::new(30.0) };

    #[test]
    fn waiting_worked_by_hand() {
        let rules = rules("value_loss_per_month = 0.1");
        // Two months: 200 x (1.01^2 - 1) = 4.02, 900 x (1 - 0.9^2) = 171.
        assert!((WORTH.waits(2.0, &rules).dollars() - 175.02).abs() < 1e-9);
        assert_eq!(WORTH.waits(3.0, &rules), Usd::new(200.0), "no more than the chips cost");
        // After two years they are lost, however little that would cost by money and price: 200 x (1.01^24 - 1) = 53.9.
        let cheap = Worth { price: Usd::ZERO, ..WORTH };
        assert_eq!(cheap.waits(24.0, &rules), Usd::new(200.0));
        assert!((cheap.waits(23.0, &rules).dollars() - 200.0 * (1.01_f64.powi(23) - 1.0)).abs() < 1e-9);
        // Cleared for 180 less 30 of building it: 150 of 200 are got.
        assert_eq!(WORTH.cleared(Usd::new(180.0), &rules), Usd::new(50.0));
        assert_eq!(WORTH.cleared(Usd::new(20.0), &rules), Usd::new(200.0), "nobody builds it");
        // Worth more than it cost: the cost of money for three months remains, 200 x 0.030301.
        assert!((WORTH.cleared(Usd::new(530.0), &rules).dollars() - 6.060_2).abs() < 1e-9);
    }

    #[test]
    fn the_last_of_many_costs_more() {
        // Half of the paths need 100 chips in three months, half 300, and a leftover fetches 180 on all of them. A level of 300 leaves 200
        // on the first: 200 / (100 / 3) = 6 months, one of them cleared, 5 wait: 200 x (1.01^5 - 1) + 900 x (1 - 0.97^5). On the
        // second nothing is left: 50.
        let rules = rules("");
        let mut of = Percents {
            month: 2,
            needs: [300.0; PERCENTS],
            values: [Usd::new(180.0); PERCENTS],
            cleared: [Usd::ZERO; PERCENTS],
            room: f64::INFINITY,
        };
        of.needs[..50].fill(100.0);
        let waits = 200.0 * (1.01_f64.powi(5) - 1.0) + 900.0 * (1.0 - 0.97_f64.powi(5));
        let found = overage(&of, 100, WORTH, &rules);
        assert!((found.dollars() - f64::midpoint(waits, 50.0)).abs() < 1e-9, "{found:?}");
        assert!((overage(&of, 50, WORTH, &rules).dollars() - 50.0).abs() < 1e-9);
        // Where demand is low, so is what a leftover fetches: 80 there costs 150 at a level of 100.
        of.values[..50].fill(Usd::new(80.0));
        assert!((overage(&of, 50, WORTH, &rules).dollars() - 150.0).abs() < 1e-9);
    }

    /// One of two percents of the paths needs 80 chips in three months, the other 100. A level of 100 leaves 20 on the first, less than a month's need:
    /// with room for 19 the last is cleared for 130 in place of 180.
    #[test]
    fn what_there_is_no_room_for_is_cleared() {
        let rules = rules("");
        let mut needs = [100.0; PERCENTS];
        needs[0] = 80.0;
        let at = |room: f64| {
            let of = Percents {
                month: 2,
                needs,
                values: [Usd::new(180.0); PERCENTS],
                cleared: [Usd::new(130.0); PERCENTS],
                room,
            };
            overage(&of, 2, WORTH, &rules).dollars()
        };
        // 50 of 200 on both, and (50 + 100) / 2.
        assert!(
            (at(20.0) - 50.0).abs() < 1e-9 && (at(19.0) - 75.0).abs() < 1e-9,
            "{} {}",
            at(20.0),
            at(19.0)
        );
    }

    /// Nobody needs the machine on these paths: its chips wait two years less the month that is cleared, at 1% a month.
    #[test]
    fn what_nobody_needs_waits_longest() {
        let worth = Worth { price: Usd::ZERO, ..WORTH };
        let of = Percents {
            month: 2,
            needs: [0.0; PERCENTS],
            values: [Usd::new(180.0); PERCENTS],
            cleared: [Usd::ZERO; PERCENTS],
            room: f64::INFINITY,
        };
        let found = overage(&of, 100, worth, &rules("clearable_months = 1"));
        assert!((found.dollars() - 200.0 * (1.01_f64.powi(23) - 1.0)).abs() < 1e-9, "{found:?}");
    }

    /// Half of the paths need half a chip in three months, half one. A level of one leaves half on the first: three months, of which one is cleared
    /// and two wait: 200 x (1.01^2 - 1) + 900 x (1 - 0.97^2). On the second nothing is left: 50.
    #[test]
    fn a_need_below_a_chip_counts_too() {
        let mut of = Percents {
            month: 2,
            needs: [1.0; PERCENTS],
            values: [Usd::new(180.0); PERCENTS],
            cleared: [Usd::ZERO; PERCENTS],
            room: f64::INFINITY,
        };
        of.needs[..50].fill(0.5);
        let waits = 200.0 * (1.01_f64.powi(2) - 1.0) + 900.0 * (1.0 - 0.97_f64.powi(2));
        let found = overage(&of, 100, WORTH, &rules(""));
        assert!((found.dollars() - f64::midpoint(waits, 50.0)).abs() < 1e-9, "{found:?}");
    }
}
