//! Hashprice and difficulty day by day: the bitcoin price that they imply together does not leap.

use crate::diagnostic::{Code, Severity};
use crate::ingest::{Daily, Exports, Quote};
use crate::job::Job;

use super::{Reconciliation, Row, Verdict};

/// Days whose median a day is set against, and fewest of them.
const DAYS: i64 = 30;
const FEWEST: usize = 10;

/// First year that is looked at.
const FIRST_YEAR: i32 = 2017;

/// A day, its implied price, the median before it, and how many times one is the other.
struct Leap {
    day: Daily,
    median: f64,
    factor: f64,
}

pub(super) fn check(found: &mut Reconciliation, job: &Job, exports: &Exports) {
    let implied: Vec<Daily> = exports.market.days(Quote::ImpliedPrice).collect();
    // Before, the price did leap so far within a month.
    let since = implied.partition_point(|day| chrono::Datelike::year(&day.date) < FIRST_YEAR);
    let leaps = leaps(implied.get(since..).unwrap_or_default());
    let Some(worst) = leaps.iter().max_by(|a, b| a.factor.total_cmp(&b.factor)) else { return };
    let limit = job.reconciliation.implied_price_factor.get();
    let row = Row::new("implied_price", "hashprice", worst.day.date.to_string())
        .between(worst.day.value, worst.median)
        .against(worst.factor, limit);
    if worst.factor <= limit {
        found.note(row, Verdict::Agrees);
        return;
    }
    let beyond: Vec<&Leap> = leaps.iter().filter(|leap| leap.factor > limit).collect();
    let (first, last) = (beyond.first().map_or(worst, |l| l), beyond.last().map_or(worst, |l| l));
    let reason = format!(
        "with the difficulty export, {} day(s) from {} to {} imply a bitcoin price more than {limit} times off the {DAYS} days before: worst {}, {:.2} USD after {:.2} USD: look for a unit that changes within the file",
        beyond.len(),
        first.day.date,
        last.day.date,
        worst.day.date,
        worst.day.value,
        worst.median
    );
    let place = exports.place("hashprice");
    found.report(&job.checks, row, (Code::UnitSlip, Severity::Error), place, reason);
}

/// Every day with enough days before it.
fn leaps(implied: &[Daily]) -> Vec<Leap> {
    let mut found = Vec::new();
    let mut window: Vec<f64> = Vec::new();
    for (place, day) in implied.iter().enumerate() {
        let since = day.date - chrono::Duration::days(DAYS);
        let before = implied.get(..place).unwrap_or_default();
        let start = before.partition_point(|d| d.date < since);
        let before = before.get(start..).unwrap_or_default();
        if before.len() < FEWEST {
            continue;
        }
        window.clear();
        window.extend(before.iter().map(|d| d.value));
        let middle = window.len() / 2;
        let median = *window.select_nth_unstable_by(middle, f64::total_cmp).1;
        if median > 0.0 && day.value > 0.0 {
            let factor = (day.value / median).max(median / day.value);
            found.push(Leap { day: *day, median, factor });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_set_against_the_days_before() {
        let day = |n: i64, value: f64| Daily {
            date: chrono::NaiveDate::from_ymd_opt(2025, 1, 1).unwrap() + chrono::Duration::days(n),
            value,
        };
        let mut days: Vec<Daily> = (0..40).map(|n| day(n, 50_000.0)).collect();
        assert!(leaps(&days).iter().all(|leap| leap.factor == 1.0));
        days[39].value = 50.0;
        let worst = leaps(&days).pop().unwrap();
        assert_eq!((worst.median, worst.factor), (50_000.0, 1000.0));
        assert!(leaps(&days[..10]).is_empty(), "nine days before are too few");
    }
}
