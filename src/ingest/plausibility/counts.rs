//! Counts of distributors against those of the days before: what no single count shows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::diagnostic::{Code, Place, Severity};
use crate::domain::Month;
use crate::ingest::frames::{MonthCount, Stock};
use crate::ingest::names::core;
use crate::ingest::orders::ledger::Ledger;
use crate::ingest::orders::order::Segment;
use crate::ingest::rows::reading::Reading;
use crate::job::ModelId;

/// Counts before the newest that make it comparable.
const RHYTHM: usize = 12;

/// The newest count over the one before and all that left for distributors since the start of its month: 1.0 at most with
/// honest makers, 2.8 at least in most whose newest count is ten times too large.
const TIMES: f64 = 1.5;

/// What left for distributors over what came in by their own counts in twelve months, or the other way round: 1.00 with all 21 honest
/// makers that say what was sold on; 3 where quantities of one side are three times too large, 2 where shipments stand twice.
const BALANCE: f64 = 1.5;
const BALANCE_MONTHS: i32 = 12;

/// Machines from which on the two are held against each other.
const LEAST_LEFT: u64 = 100;

/// Models and distributors with stock from which on a count that is the one before to the unit is an old one under a new
/// date; of fewer two such repeats: honest makers with two distributors repeated one count of 170 machines once.
const ALIKE: usize = 3;

/// Days before the as-of date that the newest count is taken at least, and days after it that another is dated at most, where
/// counts of a month's end were given a day of the next month.
const MONTH_DAYS: i64 = 25;
const AFTER_DAYS: i64 = 3;

/// What one day counts, by distributor and model.
type Count<'a> = BTreeMap<(&'a str, ModelId), u64>;

/// Checks the counts of distributors up to the as-of date.
pub(in crate::ingest) fn check(
    reading: &mut Reading<'_>,
    (ledger, stock): (&Ledger, &Stock),
    as_of: NaiveDate,
    place: &Place,
) {
    let mut days: BTreeMap<NaiveDate, Count<'_>> = BTreeMap::new();
    for count in stock.counts() {
        days.entry(count.date).or_default().insert((count.channel, count.model), count.quantity);
    }
    let files = reading.files.iter().filter(|file| file.export == "channel_inventory");
    let later = files.filter_map(|file| file.seen.later).max().map(|(date, _)| date);
    let days: Vec<(NaiveDate, Count<'_>)> = days.into_iter().collect();
    let mut reported = Vec::new();
    reported.extend(day_off(&days, as_of, later));
    reported.extend(spelled_twice(&days));
    reported.extend(stopped(&days));
    reported.extend(newest(&days, ledger));
    reported.extend(repeated(&days));
    reported.extend(balance(stock, ledger));
    let orders = ledger.sold.keys().any(|(_, segment, _)| *segment == Segment::Channel);
    let held = total(days.last());
    if !orders && held > 0 && !ledger.sold.is_empty() {
        reported.push((
            Code::OddStock,
            format!(
                "distributors hold {held} machines and none of the orders is of a distributor: are orders missing, or is customer_segment wrong?"
            ),
        ));
    }
    for (code, reason) in reported {
        reading.check(code, Severity::Warning, place.clone(), reason);
    }
}

fn total(day: Option<&(NaiveDate, Count<'_>)>) -> u64 {
    day.map_or(0, |(_, count)| count.values().sum())
}

/// Counts of the as-of date that are dated after it.
fn day_off(
    days: &[(NaiveDate, Count<'_>)],
    as_of: NaiveDate,
    later: Option<NaiveDate>,
) -> Option<(Code, String)> {
    let (newest, later) = (days.last()?.0, later?);
    let (old, after) = ((as_of - newest).num_days(), (later - as_of).num_days());
    (old >= MONTH_DAYS && after <= AFTER_DAYS).then(|| {
        let reason = format!(
            "its newest count up to {as_of} is of {newest}, {old} days before, and the next is dated {later} and does not exist yet then: are counts of a month's end dated a day late?"
        );
        (Code::OddDates, reason)
    })
}

/// Names of distributors that differ in capitals, blanks or dashes alone and are counted on the same day.
fn spelled_twice(days: &[(NaiveDate, Count<'_>)]) -> Option<(Code, String)> {
    let (date, count) = days.last()?;
    let mut names: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (channel, _) in count.keys() {
        names.entry(core(channel)).or_default().insert(channel);
    }
    let twice: Vec<String> = names
        .values()
        .filter(|names| names.len() > 1)
        .map(|names| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and "))
        .collect();
    (!twice.is_empty()).then(|| {
        let reason = format!(
            "{} are counted both on {date}, and differ in capitals, blanks or dashes alone: write them alike and count each once",
            twice.join("; ")
        );
        (Code::OddStock, reason)
    })
}

/// Distributors counted at each of many days in a row, and not since.
fn stopped(days: &[(NaiveDate, Count<'_>)]) -> Vec<(Code, String)> {
    let counted = |(_, count): &(NaiveDate, Count<'_>)| -> BTreeSet<String> {
        count.keys().map(|(channel, _)| (*channel).to_owned()).collect()
    };
    let channels: Vec<BTreeSet<String>> = days.iter().map(counted).collect();
    let Some((now, before)) = channels.split_last() else { return Vec::new() };
    let mut reported = Vec::new();
    for channel in before.iter().flatten().collect::<BTreeSet<_>>() {
        if now.contains(channel) {
            continue;
        }
        let Some(last) = before.iter().rposition(|day| day.contains(channel)) else { continue };
        let row = before[..=last].iter().rev().take_while(|day| day.contains(channel)).count();
        let of = |((name, _), n): (&(&str, ModelId), &u64)| if *name == channel.as_str() { *n } else { 0 };
        let held: u64 = days[last].1.iter().map(of).sum();
        // One that was left long ago is one that sells no more.
        if row >= RHYTHM && held > 0 && days.len() - 1 - last < RHYTHM {
            reported.push((
                Code::StaleCount,
                format!(
                    "{channel} was counted at each of {row} counts up to {} with {held} machines, and is not in those since, up to {}: its stock counts as none; add its count, 0 where there is none",
                    days[last].0,
                    days[days.len() - 1].0
                ),
            ));
        }
    }
    reported
}

/// The newest count against what can be there by the one before, and one that is 0 throughout.
fn newest(days: &[(NaiveDate, Count<'_>)], ledger: &Ledger) -> Option<(Code, String)> {
    let (last, before) = days.split_last().filter(|(_, before)| before.len() >= RHYTHM)?;
    let previous = before.last()?;
    let then = total(Some(previous));
    // A distributor that is counted for the first time brings its stock along.
    let channels: BTreeSet<&str> = previous.1.keys().map(|(channel, _)| *channel).collect();
    let known = last.1.iter().filter(|((channel, _), _)| channels.contains(channel));
    let now: u64 = known.map(|(_, machines)| machines).sum();
    let since = Month::of(previous.0)..=Month::of(last.0);
    let left: u64 = ledger.channel_sell_in.range(since).map(|(_, machines)| machines).sum();
    let sells = ledger.shipments_known() && !ledger.channel_sell_in.is_empty();
    if sells && now as f64 > TIMES * (then + left) as f64 {
        let reason = format!(
            "distributors hold {now} machines on {}, more than the {then} of {} and the {left} that left for them since {}: is the count right?",
            last.0,
            previous.0,
            Month::of(previous.0)
        );
        return Some((Code::OddStock, reason));
    }
    (total(Some(last)) == 0 && before.iter().all(|day| total(Some(day)) > 0)).then(|| {
        let reason = format!(
            "every count of {} is 0, which none of {} days before was: is the column of quantities filled?",
            last.0,
            before.len()
        );
        (Code::OddStock, reason)
    })
}

/// The newest counts that are those of the day before to the unit.
fn repeated(days: &[(NaiveDate, Count<'_>)]) -> Option<(Code, String)> {
    let held = |day: &(NaiveDate, Count<'_>)| -> Vec<((String, ModelId), u64)> {
        let some = day.1.iter().filter(|(_, n)| **n > 0);
        some.map(|((channel, model), n)| (((*channel).to_owned(), *model), *n)).collect()
    };
    let newest = held(days.last()?);
    let alike = days.iter().rev().skip(1).take_while(|day| held(day) == newest).count();
    let reported = !newest.is_empty() && (alike >= 2 || (alike == 1 && newest.len() >= ALIKE));
    let first = days.len().checked_sub(alike + 1)?;
    reported.then(|| {
        let reason = format!(
            "the counts of {} are those of {} to the machine, {} of them: were old counts given new dates?",
            days.last().map(|day| day.0.to_string()).unwrap_or_default(),
            days.get(first).map(|day| day.0.to_string()).unwrap_or_default(),
            newest.len()
        );
        (Code::StaleCount, reason)
    })
}

/// What left for distributors in twelve months against what came in by their counts: sold on, and more on hand than before.
fn balance(stock: &Stock, ledger: &Ledger) -> Option<(Code, String)> {
    let last = Month::of(stock.newest()?);
    let first = last - BALANCE_MONTHS;
    let begun = ledger.shipped.as_ref()?.first.is_some_and(|begun| begun <= first + 1);
    let rows: Vec<MonthCount<'_>> = stock.months().filter(|row| row.month >= first).collect();
    let counted = |month: Month| rows.iter().filter(move |row| row.month == month);
    let channels = |month: Month| counted(month).map(|row| row.channel).collect::<BTreeSet<_>>();
    if !begun || channels(first) != channels(last) {
        return None;
    }
    let held = |month: Month| counted(month).map(|row| row.on_hand).sum::<u64>();
    let sold: Option<u64> = rows.iter().filter(|row| row.month > first).map(|row| row.sold_on).sum();
    let (sold, before, after) = (sold?, held(first), held(last));
    let came = (sold + after).saturating_sub(before);
    let left: u64 = ledger.channel_sell_in.range(first + 1..=last).map(|(_, machines)| machines).sum();
    let (least, most) = (came.min(left), came.max(left));
    (most >= LEAST_LEFT && most as f64 > BALANCE * least as f64).then(|| {
        let reason = format!(
            "by their counts {came} machines came in to distributors from {} to {last} ({sold} sold on, {after} on hand after {before}), and {left} left for them: are quantities of one of the exports in another unit, rows there twice, or orders, shipments or sell-through missing?",
            first + 1
        );
        (Code::OddStock, reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::ingest::Builder;

    fn day(month: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2024, 1, 31).unwrap() + chrono::Months::new(month)
    }

    /// Counts of distributors A, B and C at the end of so many months.
    fn counts(each: &[[u64; 3]]) -> Vec<(NaiveDate, Count<'static>)> {
        let count = |machines: &[u64; 3]| {
            ["A", "B", "C"].into_iter().zip(*machines).map(|(name, n)| ((name, ModelId(0)), n)).collect()
        };
        (0..).zip(each).map(|(month, machines)| (day(month), count(machines))).collect()
    }

    /// Three distributors counted alike twice; one that is, once or three times.
    #[test]
    fn counts_to_the_machine_are_old_ones_under_a_new_date() {
        let told = |each: &[[u64; 3]]| repeated(&counts(each)).map(|(_, reason)| reason);
        assert_eq!(
            told(&[[5, 6, 7], [10, 20, 30], [10, 20, 30]]).as_deref(),
            Some(
                "the counts of 2024-03-31 are those of 2024-02-29 to the machine, 3 of them: were old counts given new dates?"
            )
        );
        assert_eq!(told(&[[5, 6, 7], [10, 20, 0], [10, 20, 0]]), None, "two may be alike once");
        assert!(
            told(&[[10, 0, 0], [10, 0, 0], [10, 0, 0]])
                .unwrap()
                .starts_with("the counts of 2024-03-31 are those of 2024-01-31")
        );
        assert_eq!(told(&[[0, 0, 0], [0, 0, 0], [0, 0, 0]]), None, "nothing is nothing");
        assert_eq!(told(&[[10, 20, 30], [10, 20, 31]]), None);
    }

    /// Twelve counts of 100 machines, and 100 left for distributors since: up to 300 can be there.
    #[test]
    fn a_count_is_held_against_the_one_before_and_what_left() {
        let mut ledger = Builder::new(day(12), false, Some(&[])).finish();
        ledger.shipped = Some(crate::ingest::Shipped::default());
        ledger.channel_sell_in = [(Month::of(day(12)), 100)].into();
        let told = |newest: [u64; 3], before: usize| {
            let mut each = vec![[50, 30, 20]; before];
            each.push(newest);
            super::newest(&counts(&each), &ledger).map(|(_, reason)| reason)
        };
        assert_eq!(told([100, 100, 100], 12), None);
        let found = told([100, 100, 101], 12).unwrap();
        assert!(found.starts_with("distributors hold 301 machines on 2025-01-31, more than the 100 of 2024-12-31 and the 100 that left for them since 2024-12"), "{found}");
        assert_eq!(told([100, 100, 101], 11), None, "too few counts to tell");
        assert!(told([0, 0, 0], 12).unwrap().starts_with("every count of 2025-01-31 is 0"));
    }

    /// Counts at the ends of September 2024 and of the twelve months after it: 100 and in the end 160 on hand, 20 sold on a month. 240 sold and 60 more on
    /// hand are 300 that came in: 200 or 450 that left are within half of it, 199 and 451 are not.
    #[test]
    fn what_left_for_distributors_is_what_came_in() {
        let month = |n: u32| Month::of("2024-09-30".parse().unwrap()).plus(n as usize);
        let count = |n: u32| crate::ingest::Snapshot {
            date: month(n).last_day(),
            channel: "A".to_owned(),
            model: ModelId(0),
            quantity: if n == 12 { 160 } else { 100 },
            sell_through: Some(if n == 0 { 999 } else { 20 }),
        };
        let stock = Stock::new((0..=12).map(count).collect()).unwrap();
        let mut ledger = Builder::new(month(12).last_day(), false, Some(&[])).finish();
        let mut told = |left: u64, begun: u32| {
            ledger.shipped = Some(crate::ingest::Shipped {
                first: Some(month(begun)),
                ..crate::ingest::Shipped::default()
            });
            ledger.channel_sell_in = [(month(0), 5_000), (month(1), left)].into();
            balance(&stock, &ledger).map(|(_, reason)| reason)
        };
        assert_eq!((told(200, 1), told(450, 1), told(10, 2)), (None, None, None));
        let found = told(199, 1).unwrap();
        assert!(
            found.starts_with("by their counts 300 machines came in to distributors from 2024-10 to 2025-09 (240 sold on, 160 on hand after 100), and 199 left"),
            "{found}"
        );
        assert!(told(451, 1).is_some());
    }
}
