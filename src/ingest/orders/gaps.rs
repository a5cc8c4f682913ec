//! Order numbers that are missing among those of the newest months: an export without some customers, models or kinds of order.

use std::collections::BTreeMap;

use crate::domain::Month;

/// Months of the newest numbers that are looked at, the longest stretch first, and months before them that they are held against.
const NEWEST: [i32; 3] = [12, 6, 3];
const BEFORE: i32 = 24;

/// Numbers of the months before without which they have no rhythm.
const RHYTHM: u64 = 24;

/// Share of the steps between numbers of the months before that may leave some out: the numbers are then not of orders alone.
/// None with seven honest makers, nearly all with the four whose orders share their numbers with other documents.
const SHARED: f64 = 0.2;

/// Steps that leave numbers out from which on they are more than chance, as a share of all of the newest beyond that before.
const SEVERAL: u64 = 3;
const SHARE: f64 = 0.05;

/// Steps of the months before without one that leaves a number out from which on a single number missing is told: none is with makers
/// whose numbers are of orders alone.
const SPOTLESS: usize = 60;

/// Numbers that a step may leave out: a longer one begins another range of numbers.
const JUMP: u64 = 100;

/// What is missing.
#[derive(Clone, PartialEq, Debug)]
pub struct Gaps {
    /// First month in which it is.
    pub since: Month,
    /// Order numbers missing.
    pub missing: u64,
    /// Order numbers there, of the same months.
    pub there: u64,
    /// Share of the numbers of the months before that was missing.
    pub before: f64,
    /// The first missing number's neighbours.
    pub between: (String, String),
}

/// A step from one number to the next.
#[derive(Clone, Copy)]
struct Step<'a> {
    /// Month of signature of the greater.
    month: Month,
    /// How far it is.
    far: u64,
    ids: (&'a str, &'a str),
}

/// The number at the end of an order number, and what stands before it.
fn parted(id: &str) -> Option<(&str, u64)> {
    let prefix = id.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = id.get(prefix.len()..)?;
    if digits.is_empty() || digits.len() > 12 {
        return None;
    }
    Some((prefix, digits.parse().ok()?))
}

impl Gaps {
    /// Looks at the orders signed up to a month, each with its number.
    pub(super) fn new<'a>(signed: impl Iterator<Item = (Month, &'a str)>, as_of: Month) -> Option<Self> {
        let mut ranges: BTreeMap<&str, Vec<(u64, Month, &str)>> = BTreeMap::new();
        for (month, id) in signed {
            if let Some((prefix, number)) = parted(id) {
                ranges.entry(prefix).or_default().push((number, month, id));
            }
        }
        let mut steps: Vec<Step<'a>> = Vec::new();
        for numbers in ranges.values_mut() {
            numbers.sort_unstable();
            numbers.dedup_by_key(|(number, ..)| *number);
            let pairs = numbers.iter().zip(numbers.iter().skip(1));
            steps.extend(pairs.map(|(a, b)| Step { month: b.1, far: b.0 - a.0, ids: (a.2, b.2) }));
        }
        NEWEST.iter().find_map(|months| Self::within(&steps, as_of, *months))
    }

    fn within(steps: &[Step<'_>], as_of: Month, months: i32) -> Option<Self> {
        let first = as_of - months + 1;
        let newest: Vec<&Step<'_>> = steps.iter().filter(|s| s.month >= first && s.month <= as_of).collect();
        let before: Vec<&Step<'_>> =
            steps.iter().filter(|s| s.month < first && s.month >= first - BEFORE).collect();
        if (before.len() as u64) < RHYTHM {
            return None;
        }
        // Numbers may go up by tens.
        let mut usual: BTreeMap<u64, usize> = BTreeMap::new();
        before.iter().for_each(|step| *usual.entry(step.far).or_default() += 1);
        let (one, _) = usual.into_iter().max_by_key(|(far, count)| (*count, std::cmp::Reverse(*far)))?;
        let leaves_out = |step: &&&Step<'_>| step.far > one && step.far <= one * JUMP;
        let missing =
            |of: &[&Step<'_>]| -> u64 { of.iter().filter(leaves_out).map(|s| s.far / one - 1).sum() };
        let share = |count: u64, of: usize| count as f64 / of.max(1) as f64;
        let other = before.iter().filter(|step| step.far != one).count() as u64;
        let found: Vec<&&Step<'_>> = newest.iter().filter(leaves_out).collect();
        let (now, then) = (share(found.len() as u64, newest.len()), share(other, before.len()));
        let expected = then * newest.len() as f64;
        let many = found.len() as u64 >= SEVERAL
            && found.len() as f64 > expected + 3.0 * expected.sqrt()
            && now - then >= SHARE;
        let spotless = other == 0 && before.len() >= SPOTLESS;
        if then > SHARED || !(many || spotless) {
            return None;
        }
        let since = found.iter().map(|step| step.month).min()?;
        let begun: Vec<&Step<'_>> = newest.iter().copied().filter(|step| step.month >= since).collect();
        let earliest = found.iter().min_by_key(|step| (step.month, step.ids))?;
        Some(Self {
            since,
            missing: missing(&begun),
            there: begun.len() as u64,
            before: share(missing(&before), before.len() + usize::try_from(missing(&before)).unwrap_or(0)),
            between: (earliest.ids.0.to_owned(), earliest.ids.1.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    /// Four orders a month from 2023-01 to 2025-09, without those that are left out.
    fn orders(left_out: impl Fn(u64) -> bool, number: impl Fn(u64) -> String) -> Vec<(Month, String)> {
        let all = (0..33 * 4).map(|index| (month("2023-01") + (index / 4) as i32, index));
        all.filter(|(_, index)| !left_out(*index)).map(|(month, index)| (month, number(index))).collect()
    }

    fn found(orders: &[(Month, String)]) -> Option<Gaps> {
        Gaps::new(orders.iter().map(|(month, id)| (*month, id.as_str())), month("2025-09"))
    }

    #[test]
    fn numbers_missing_of_the_newest_months_are_seen() {
        let id = |index: u64| format!("SO-{:05}", 10 * index + 100);
        // July to September are orders 120 to 131: of each month the second is missing.
        let gaps = found(&orders(|index| index >= 120 && index % 4 == 1, id)).unwrap();
        assert_eq!((gaps.since, gaps.missing, gaps.there, gaps.before), (month("2025-07"), 3, 9, 0.0));
        assert_eq!(gaps.between, ("SO-01300".to_owned(), "SO-01320".to_owned()));
        // One is told where none of a hundred was missing before, and chance where one was: 40 is of November 2023.
        let one = found(&orders(|index| index == 121, id)).unwrap();
        assert_eq!((one.missing, one.before, one.since), (1, 0.0, month("2025-07")));
        assert_eq!(found(&orders(|index| index == 121 || index == 125 || index == 40, id)), None);
        // None is missing; those that were missing all along are another document's.
        assert_eq!(found(&orders(|_| false, id)), None);
        assert_eq!(found(&orders(|index| index % 4 == 1, id)), None);
        // A new range of numbers is no gap, nor are numbers that begin anew with the year.
        assert_eq!(
            found(&orders(|_| false, |index| (index + if index > 124 { 9000 } else { 0 }).to_string())),
            None
        );
        assert_eq!(found(&orders(|_| false, |index| format!("{}/{}", 2023 + index / 48, index % 48))), None);
        // Names have no numbers.
        assert_eq!(found(&orders(|index| index > 120 && index % 2 == 1, |index| format!("{index}-A"))), None);
    }
}
