//! What the numbers of a market file are, by their size on the newest day, where no header says it.

use chrono::NaiveDate;

use crate::domain::{BLOCK_SECONDS, HASHES_PER_BLOCK};
use crate::ingest::cells::{dates, number};
use crate::ingest::plausibility::market::bounds::{Quantity, usual};

use super::grid::Grid;
use super::profile::Profile;
use super::resemble::Resemblance;

/// How far a value may be from what is known of its day, times or divided, to be taken for it: by its size alone, and where a
/// name says what it is of. Difficulty in trillions and hashrate in EH/s are a factor of 7 apart.
const NEAR: f64 = 1.8;
const NEAR_NAMED: f64 = 2.6;

/// What a column is taken for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Guess {
    /// The export that it gives.
    pub export: &'static str,
    /// Its key `chart`.
    pub chart: &'static str,
    /// Its key `unit`, where it needs one.
    pub unit: Option<&'static str>,
    /// What was looked at.
    pub newest: (NaiveDate, f64),
}

/// Each thing that a number of a day may be, with its unit and what it was about.
fn readings(day: NaiveDate) -> Vec<(&'static str, Option<&'static str>, f64)> {
    let of = |quantity| usual(quantity, day).map(|usual| usual.log.exp());
    let (Some(difficulty), Some(hashprice)) = (of(Quantity::Difficulty), of(Quantity::Hashprice)) else {
        return Vec::new();
    };
    let hashes = difficulty * HASHES_PER_BLOCK / BLOCK_SECONDS;
    vec![
        ("difficulty", None, difficulty),
        ("difficulty", Some("difficulty_t"), difficulty / 1e12),
        ("difficulty", Some("hashes_per_block"), difficulty * HASHES_PER_BLOCK),
        ("hash-rate", Some("h_per_s"), hashes),
        ("hash-rate", Some("gh_per_s"), hashes / 1e9),
        ("hash-rate", Some("th_per_s"), hashes / 1e12),
        ("hash-rate", Some("ph_per_s"), hashes / 1e15),
        ("hash-rate", Some("eh_per_s"), hashes / 1e18),
        ("hashprice", Some("usd_per_ph_day"), hashprice),
        ("hashprice", Some("usd_per_th_day"), hashprice / 1e3),
        ("miners-revenue", None, hashprice * hashes / 1e15),
    ]
}

/// What a name says that the numbers are of.
fn named(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase().replace([' ', '_', '-'], "");
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match () {
        () if has(&["hashprice", "profitability"]) => Some("hashprice"),
        () if has(&["hashrate", "hrate", "算力", "хешрейт"]) => Some("hash-rate"),
        () if has(&["diff", "难度", "сложность"]) => Some("difficulty"),
        () if has(&["rev"]) => Some("miners-revenue"),
        () => None,
    }
}

/// The one reading that is near, if there is one.
fn nearest((day, value): (NaiveDate, f64), of: Option<&str>) -> Option<(&'static str, Option<&'static str>)> {
    let limit = if of.is_some() { NEAR_NAMED } else { NEAR };
    let mut near = readings(day)
        .into_iter()
        .filter(|(chart, ..)| of.is_none_or(|of| of == *chart))
        .filter(|(.., expected)| (value / expected).ln().abs() < limit.ln());
    let (chart, unit, _) = near.next()?;
    near.next().is_none().then_some((chart, unit))
}

/// The unit of a column that is known to be difficulty or hashrate, by its size.
pub(super) fn unit(newest: (NaiveDate, f64), chart: &'static str) -> Option<&'static str> {
    nearest(newest, Some(chart))?.1
}

/// Whether a hashrate in TH/s is about that of the network: a pool's or a miner's own is far below.
pub(super) fn is_network(newest: (NaiveDate, f64), terahash: f64) -> bool {
    let (day, value) = newest;
    let known = readings(day);
    let network = known.iter().find(|(_, unit, _)| *unit == Some("th_per_s"));
    network.is_none_or(|(.., expected)| (value * terahash / expected).ln().abs() < 10.0_f64.ln())
}

/// The newest day of a file and the value of a column on it.
pub(super) fn newest(
    grid: &Grid,
    profiles: &[Profile],
    days: usize,
    values: usize,
) -> Option<(NaiveDate, f64)> {
    let (of_days, of_values) = (profiles.get(days)?, profiles.get(values)?);
    let form = of_days.days.first()?.clone();
    let mark = of_values.mark();
    let pairs = grid.rows.iter().filter_map(|row| {
        let day = dates::date(row.get(days)?.trim(), form.as_ref()).ok()?;
        let text = row.get(values)?.trim().trim_start_matches('$');
        let bare = number::suffix(text).and_then(|suffix| text.strip_suffix(suffix)).unwrap_or(text).trim();
        let (value, _) = number::decimal(bare, mark).ok()?;
        (value > 0.0).then_some((day, value))
    });
    pairs.max_by_key(|(day, _)| *day)
}

/// What the unnamed values of a file are.
pub(super) fn guess(grid: &Grid, profiles: &[Profile], alike: &[Resemblance], file: &str) -> Option<Guess> {
    let best = alike.first().filter(|best| best.is_market())?;
    let (days, values) = (best.of("date")?.place, best.of("y")?.place);
    let newest = newest(grid, profiles, days, values)?;
    let header = profiles.get(values).map_or("", |profile| profile.header.as_str());
    let (chart, unit) = nearest(newest, named(header).or_else(|| named(file)))?;
    let export = if matches!(chart, "hashprice" | "miners-revenue") { "hashprice" } else { "difficulty" };
    Some(Guess { export, chart, unit, newest })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On 2025-07-01 difficulty was about 1.3e14 and hashprice 59 USD: hashrate is 1.3e14 x 2^32 / 600 = 9.3e20 H/s, revenue
    /// 59 x 930,600 PH/s = 5.5e7 USD.
    #[test]
    fn numbers_are_known_by_their_size() {
        let on = |value: f64, of: Option<&str>| nearest(("2025-07-01".parse().unwrap(), value), of);
        assert_eq!(on(1.1e14, None), Some(("difficulty", None)));
        assert_eq!(on(5.6e23, None), Some(("difficulty", Some("hashes_per_block"))));
        assert_eq!(on(9.0e8, None), Some(("hash-rate", Some("th_per_s"))));
        assert_eq!(on(9.0e11, None), Some(("hash-rate", Some("gh_per_s"))));
        assert_eq!(on(5.0e7, None), Some(("miners-revenue", None)));
        assert_eq!(on(50.0, None), Some(("hashprice", Some("usd_per_ph_day"))));
        // 90 may be difficulty in trillions or hashprice, unless a name tells.
        assert_eq!(on(90.0, None), None);
        assert_eq!(on(90.0, Some("difficulty")), Some(("difficulty", Some("difficulty_t"))));
        assert_eq!(on(5.0, None), None);
        assert_eq!(named("BCHAIN-HRATE.csv"), Some("hash-rate"));
        let day = "2025-07-01".parse().unwrap();
        assert!(is_network((day, 930.0), 1e6) && !is_network((day, 1234.5), 1e3));
    }
}
