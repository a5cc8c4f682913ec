//! Machines that come before their customer has power for them.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::Month;

/// Megawatts that become free for machines still to be delivered, by the day from which on; `None`: by the as-of date.
pub type Power = BTreeMap<Option<NaiveDate>, f64>;

/// Machines that wait for power.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Waiting {
    /// Megawatts free by the end of the twelve months.
    pub mw: f64,
    /// Machines due in a month in which not all that are due by then can be plugged in.
    pub machines: i64,
    /// Month from which on all of those can be; `None`: no power given is enough, or none waits.
    pub until: Option<Month>,
}

const WATTS: f64 = 1e6;

/// Megawatts free in a month: what is there by its last day.
fn free(power: &Power, month: Month) -> f64 {
    power.iter().filter(|(from, _)| from.is_none_or(|from| from <= month.last_day())).map(|(_, mw)| mw).sum()
}

impl Waiting {
    /// Of machines due by month, with the watts of one, in the order in which they are plugged in; `last` is the last month
    /// looked at.
    ///
    /// # Example
    /// 3.5 MW are free, and 3.5 MW more from March on. 600 machines of 3,500 W are due in each of October, November and December:
    /// 1,000 of 1,800 can be plugged in until March. 200 of November and 600 of December wait.
    /// ```
    /// use wafercast::{accounts::Waiting, domain::Month};
    ///
    /// let month = |text: &str| text.parse::<Month>().unwrap();
    /// let due = ["2025-10", "2025-11", "2025-12"].map(|of| (month(of), 3500.0, 600));
    /// let power = [(None, 3.5), (chrono::NaiveDate::from_ymd_opt(2026, 3, 1), 3.5)].into();
    /// let found = Waiting::new(&due, &power, month("2026-09"));
    /// assert_eq!((found.machines, found.until, found.mw), (800, Some(month("2026-03")), 7.0));
    /// ```
    pub fn new(due: &[(Month, f64, u64)], power: &Power, last: Month) -> Self {
        let mut found = Self { mw: free(power, last), ..Self::default() };
        let (mut used, mut needed) = (0.0, None);
        for (month, watts, machines) in due {
            let left = (free(power, *month) * WATTS - used).max(0.0);
            // Whole machines, but for rounding errors.
            let fit = if *watts > 0.0 { (left / watts + 1e-9).floor() } else { f64::INFINITY };
            let plugged = fit.min(*machines as f64) as u64;
            used += *machines as f64 * watts;
            if plugged < *machines {
                found.machines += i64::try_from(machines - plugged).unwrap_or(i64::MAX);
                needed = Some((*month, used));
            }
        }
        found.until = needed.and_then(|(month, watts)| {
            let enough = |month: Month| free(power, month) * WATTS >= watts * (1.0 - 1e-12);
            let later = power.keys().flatten().map(|from| Month::of(*from)).filter(|from| *from > month);
            later.filter(|month| enough(*month)).min()
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    #[test]
    fn power_that_never_suffices_has_no_month_and_enough_power_lets_none_wait() {
        let due = [(month("2025-10"), 3500.0, 10), (month("2025-11"), 3500.0, 10)];
        let day = |text: &str| Some(text.parse::<NaiveDate>().unwrap());
        let of = |power: Power| {
            let found = Waiting::new(&due, &power, month("2026-09"));
            (found.machines, found.until)
        };
        assert_eq!(of([(None, 0.07)].into()), (0, None), "20 machines of 3.5 kW to the watt");
        assert_eq!(of([(None, 0.0)].into()), (20, None));
        assert_eq!(
            of([(day("2025-11-30"), 0.035)].into()),
            (20, None),
            "October's take what comes in November"
        );
        assert_eq!(
            of([(day("2025-11-30"), 0.07)].into()),
            (10, Some(month("2025-11"))),
            "October's alone wait"
        );
        assert_eq!(of([(day("2026-02-15"), 0.07)].into()), (20, Some(month("2026-02"))));
    }
}
