//! Market data that stop before the as-of date, and days without a value.

use std::path::Path;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};

/// Days without a value from which on a hole is reported that is too old to stop the run: a month cannot be measured then.
const OLD_HOLE_DAYS: i64 = 31;

/// First year of market data that is looked at: before, publishers' files are thin.
const FIRST_YEAR: i32 = 2014;

/// Market data that stop before `as_of`, or have a hole longer than `days` in the trailing two years; older holes are
/// warnings. Days `left` out because they cannot be right make holes too.
pub(in crate::ingest) fn stale(
    (name, path): (&str, &Path),
    dated: &[NaiveDate],
    left: &[NaiveDate],
    as_of: NaiveDate,
    days: u32,
) -> Vec<Diagnostic> {
    let limit = chrono::Duration::days(i64::from(days));
    let say = |code, reason: String| Diagnostic::error(code, Place::file(path), reason);
    let Some(last) = dated.last() else {
        return vec![say(Code::Stale, format!("{name} has no value up to {as_of}"))];
    };
    let mut problems = Vec::new();
    if as_of - *last > limit {
        let before = (as_of - *last).num_days();
        problems.push(say(Code::Stale, format!("{name} stops on {last}, {before} days before {as_of}")));
    }
    let since = as_of - chrono::Duration::days(730);
    for pair in dated.windows(2) {
        let &[before, after] = pair else { continue };
        let missing = (after - before).num_days() - 1;
        if after > since && after - before > limit {
            let of_them = left.iter().filter(|day| (before..after).contains(*day)).count();
            let why = if of_them > 0 {
                format!(": {of_them} of its {missing} days cannot be right and were left out")
            } else {
                String::new()
            };
            let reason = format!("{name} has no value between {before} and {after}{why}");
            problems.push(say(Code::Gap, reason));
        } else if missing > OLD_HOLE_DAYS.max(i64::from(days))
            && chrono::Datelike::year(&before) >= FIRST_YEAR
        {
            let reason = format!(
                "{name} has no value between {before} and {after}, {missing} days: volatility, growth and what orders made of the market are measured without them"
            );
            problems.push(Diagnostic::warning(Code::Gap, Place::file(path), reason));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(days: &[&str], as_of: &str) -> Vec<(Code, bool)> {
        let dated: Vec<NaiveDate> = days.iter().map(|day| day.parse().unwrap()).collect();
        let found = stale(("hashprice", Path::new("h.csv")), &dated, &[], as_of.parse().unwrap(), 7);
        found.iter().map(|d| (d.code, d.severity == crate::diagnostic::Severity::Error)).collect()
    }

    /// With seven days allowed: eight before the as-of date or between two days of the newest two years stop the run; an older hole of
    /// more than 31 days is told.
    #[test]
    fn holes_and_ends_are_told_by_their_length_and_age() {
        assert_eq!(told(&["2025-09-23"], "2025-09-30"), []);
        assert_eq!(told(&["2025-09-22"], "2025-09-30"), [(Code::Stale, true)]);
        assert_eq!(told(&[], "2025-09-30"), [(Code::Stale, true)]);
        assert_eq!(told(&["2025-09-20", "2025-09-27"], "2025-09-30"), []);
        assert_eq!(told(&["2025-09-19", "2025-09-27"], "2025-09-30"), [(Code::Gap, true)]);
        // 31 days are missing, then 32.
        assert_eq!(told(&["2020-01-01", "2020-02-02"], "2020-02-02"), [(Code::Gap, true)]);
        let old = |until| {
            told(&["2020-01-01", until, "2020-02-10"], "2023-02-10")
                .into_iter()
                .filter(|(code, _)| *code == Code::Gap)
                .collect::<Vec<_>>()
        };
        assert_eq!(old("2020-02-02"), []);
        assert_eq!(old("2020-02-03"), [(Code::Gap, false)]);
    }
}
