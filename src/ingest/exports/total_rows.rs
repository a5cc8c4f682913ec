//! Rows of an inventory that are sums of other rows: a channel named total, or one that is the sum of others throughout.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::ingest::names::folded;
use crate::job::ModelId;

use super::snapshot::Snapshot;

/// What a row of sums is called.
const NAMES: &[&str] = &[
    "total",
    "totals",
    "grandtotal",
    "overalltotal",
    "subtotal",
    "sum",
    "all",
    "allchannels",
    "overall",
    "total:",
    "合计",
    "总计",
    "小计",
    "共计",
    "总和",
    "合計",
    "小計",
    "總計",
    "総計",
    "합계",
    "총계",
    "소계",
    "итого",
    "всего",
    "итог",
    "gesamt",
    "summe",
    "gesamtsumme",
    "zwischensumme",
    "insgesamt",
    "totale",
    "totaal",
    "razem",
    "suma",
    "totales",
    "toplam",
];

/// Counts that must be sums before a channel is taken for one: fewer may be so by chance.
const LEAST_CELLS: usize = 6;

/// Channels whose sum a channel may be, at least.
const LEAST_OTHERS: usize = 3;

/// Channels among which sums of some are looked for: more take too long, and then sums of all others only.
const MOST_CHANNELS: usize = 14;

/// Channels that are sums of others, each with why it is taken for one.
pub(in crate::ingest) fn totals<'a>(
    snapshots: impl Iterator<Item = &'a Snapshot> + Clone,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let channels: BTreeSet<&str> = snapshots.clone().map(|s| s.channel.as_str()).collect();
    for channel in &channels {
        if NAMES.contains(&folded(channel).as_str()) {
            found.insert((*channel).to_owned(), "is named like a sum of the others".to_owned());
        }
    }
    let rest: Vec<&str> = channels.into_iter().filter(|c| !found.contains_key(*c)).collect();
    let place = |name: &str| rest.iter().position(|c| *c == name);
    // One row a day and model: the counts of every channel.
    let mut days: BTreeMap<&str, BTreeSet<NaiveDate>> = BTreeMap::new();
    let mut cells: BTreeMap<(NaiveDate, ModelId), Vec<u64>> = BTreeMap::new();
    for snapshot in snapshots {
        days.entry(&snapshot.channel).or_default().insert(snapshot.date);
        if let Some(channel) = place(&snapshot.channel) {
            let cell = cells.entry((snapshot.date, snapshot.model)).or_insert_with(|| vec![0; rest.len()]);
            cell[channel] = u64::from(snapshot.quantity);
        }
    }
    for (channel, name) in rest.iter().enumerate() {
        // A row of sums may have begun late: what counts is every day that has it.
        let has = |date: &NaiveDate| days.get(name).is_some_and(|days| days.contains(date));
        let own = cells.iter().filter(|((date, _), _)| has(date));
        let cells: Vec<&[u64]> = own.map(|(_, counts)| counts.as_slice()).collect();
        let reported = cells.iter().filter(|cell| cell[channel] > 0).count();
        if reported < LEAST_CELLS || rest.len() <= LEAST_OTHERS {
            continue;
        }
        if let Some(others) = parts(&cells, channel, rest.len()) {
            let names: Vec<&str> =
                others.iter().take(4).filter_map(|other| rest.get(*other).copied()).collect();
            let more = if others.len() > 4 { ", ..." } else { "" };
            let reason = format!(
                "is the sum of {} others ({}{more}) on each of its days",
                others.len(),
                names.join(", ")
            );
            found.insert((*name).to_owned(), reason);
        }
    }
    found
}

/// Three or more channels whose sum a channel is in every cell.
fn parts(cells: &[&[u64]], channel: usize, channels: usize) -> Option<Vec<usize>> {
    let others: Vec<usize> = (0..channels).filter(|other| *other != channel).collect();
    let sums = |some: &[usize]| {
        cells.iter().all(|cell| cell[channel] == some.iter().map(|other| cell[*other]).sum::<u64>())
    };
    let ever = |some: &[usize]| some.iter().all(|other| cells.iter().any(|cell| cell[*other] > 0));
    if sums(&others) {
        return Some(others).filter(|all| all.len() >= LEAST_OTHERS && ever(all));
    }
    if channels > MOST_CHANNELS {
        return None;
    }
    (0_u32..1 << others.len())
        .filter(|set| set.count_ones() as usize >= LEAST_OTHERS)
        .map(|set| (0..others.len()).filter(|n| set >> n & 1 == 1).map(|n| others[n]).collect::<Vec<_>>())
        .find(|some| sums(some) && ever(some))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(channel: &str, month: u32, quantity: u32) -> Snapshot {
        Snapshot {
            date: NaiveDate::from_ymd_opt(2025, month, 1).unwrap(),
            channel: channel.to_owned(),
            model: ModelId(0),
            quantity,
            sell_through: None,
        }
    }

    #[test]
    fn a_sum_by_name_or_throughout_is_found_and_one_by_chance_is_not() {
        let mut rows = Vec::new();
        for month in 1..=8 {
            let counts = [10 + month, 2 * month, 30 - month];
            rows.extend(["A", "B", "C"].iter().zip(counts).map(|(name, n)| counted(name, month, n)));
            rows.push(counted("Region", month, counts.iter().sum()));
            // Of two others only, and by chance of all in seven of eight months.
            rows.push(counted("Pair", month, counts[0] + counts[1]));
            rows.push(counted("合计", month, 7));
        }
        let found = totals(rows.iter());
        assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), ["Region", "合计"]);
        let chance: Vec<Snapshot> = rows
            .iter()
            .filter(|s| s.channel != "合计")
            .cloned()
            .map(|mut s| {
                if s.channel == "Region" && s.date == NaiveDate::from_ymd_opt(2025, 5, 1).unwrap() {
                    s.quantity += 1;
                }
                s
            })
            .collect();
        assert!(totals(chance.iter()).is_empty());
    }

    #[test]
    fn a_sum_of_three_is_found_among_others_and_one_of_two_is_not() {
        let with = |counts: &dyn Fn(u32) -> Vec<(&'static str, u32)>| {
            let months = (1..=6).flat_map(|month| counts(month).into_iter().map(move |row| (month, row)));
            let rows: Vec<Snapshot> = months.map(|(month, (name, n))| counted(name, month, n)).collect();
            totals(rows.iter())
        };
        // All others, and no more than three of them: 10 + 2 + 30 in the first month, ...
        let three = |month: u32| {
            vec![("A", 9 + month), ("B", 2 * month), ("C", 31 - month), ("West", 40 + 2 * month)]
        };
        let found = with(&three);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["West"]);
        assert_eq!(found["West"], "is the sum of 3 others (A, B, C) on each of its days");
        // Three of four: D is no part of it.
        let of_four = |month: u32| [three(month), vec![("D", 100 + month * month)]].concat();
        assert_eq!(with(&of_four), found);
        // A count of one tells as much as any: of five or six months with counts.
        let from_one = |first: u32| {
            with(&|month: u32| match month {
                1 => vec![("A", first), ("B", 0), ("C", 0), ("West", first)],
                month => three(month),
            })
        };
        assert_eq!((from_one(0).len(), from_one(1).len()), (0, 1));
        let two = |month: u32| {
            vec![("A", 9 + month), ("B", 2 * month), ("West", 9 + 3 * month), ("D", 100 + month * month)]
        };
        assert!(with(&two).is_empty());
    }
}
