//! Which unit a market feed looks to be in, from how far it is off.

use crate::domain::{BLOCK_SECONDS, HASHES_PER_BLOCK};
use crate::ingest::market::series::Taken;

/// Hashes a second at difficulty 1: 2^32 / 600.
const HASHES_PER_SECOND: f64 = HASHES_PER_BLOCK / BLOCK_SECONDS;

/// How far a feed may be from a unit's factor to be taken for it, times or divided: half the way, in logarithms, between
/// the nearest two, difficulty in trillions and hashrate in EH/s.
const NEAR: f64 = 2.6;

/// What a feed looks to be that is `off` times what is known of its days, as `per` times its numbers were taken.
/// `price` is USD per BTC of its days.
pub(super) fn looks_like(taken: Taken, off: f64, per: f64, price: Option<f64>) -> Option<String> {
    let mut readings: Vec<(f64, String)> = Vec::new();
    let mut add = |factor: f64, name: &str| readings.push((factor, name.to_owned()));
    match taken {
        Taken::OverHashrate => {
            // Revenue was divided by hashrate of `per` TH/s each.
            for (th, name) in HASHRATES {
                add(th / per, &format!("revenue over {name}"));
            }
        }
        Taken::Hashrate => {
            // Numbers were taken for hashrate of `per` TH/s each.
            for (th, name) in HASHRATES {
                add(per / th, name);
            }
            add(per * 1e12 / HASHES_PER_SECOND, "difficulty itself, not hashrate");
        }
        Taken::Difficulty => {
            for (factor, name) in [
                (1e-3, "difficulty in thousands"),
                (1e-6, "difficulty in millions (M)"),
                (1e-9, "difficulty in billions (G)"),
                (1e-12, "difficulty in trillions (T): declare unit = \"difficulty_t\""),
                (HASHES_PER_BLOCK, "raw hashes for a block: declare unit = \"hashes_per_block\""),
            ] {
                add(factor, name);
            }
            for (th, name) in HASHRATES {
                add(HASHES_PER_SECOND / 1e12 / th, name);
            }
        }
        Taken::Revenue => {
            add(1e-3, "revenue in thousands of USD");
            add(1e-6, "revenue in millions of USD");
            if let Some(price) = price {
                add(1.0 / price, "revenue in BTC, not USD: multiply it by the price");
            }
            add(7.1, "revenue in CNY, not USD");
        }
        Taken::Hashprice => {
            let units = [(1.0, "PH"), (1e-3, "TH"), (1e3, "EH")];
            for (factor, name) in units {
                add(per * factor, &format!("USD per {name} a day"));
                if let Some(price) = price {
                    add(
                        per * factor / price,
                        &format!(
                            "BTC per {name} a day, not USD: multiply it by the price of bitcoin of the day"
                        ),
                    );
                    add(
                        per * factor / price * 1e8,
                        &format!(
                            "satoshi per {name} a day, not USD: multiply it by the price of bitcoin of the day"
                        ),
                    );
                }
            }
            add(per * 7.1, "CNY per PH a day, not USD");
        }
    }
    let distance = |factor: f64| (off / factor).ln().abs();
    readings
        .into_iter()
        .filter(|(factor, _)| distance(*factor) < NEAR.ln() && (factor - 1.0).abs() > 1e-9)
        .min_by(|a, b| distance(a.0).total_cmp(&distance(b.0)))
        .map(|(_, name)| name)
}

/// TH/s of one unit of a hashrate, and what it is called.
const HASHRATES: [(f64, &str); 5] = [
    (
        1e-12,
        "hashrate in H/s: declare unit = \"h_per_s\" and, without a header that says so, chart = \"hash-rate\"",
    ),
    (
        1e-3,
        "hashrate in GH/s: declare unit = \"gh_per_s\" and, without a header that says so, chart = \"hash-rate\"",
    ),
    (
        1.0,
        "hashrate in TH/s: declare unit = \"th_per_s\" and, without a header that says so, chart = \"hash-rate\"",
    ),
    (
        1e3,
        "hashrate in PH/s: declare unit = \"ph_per_s\" and, without a header that says so, chart = \"hash-rate\"",
    ),
    (
        1e6,
        "hashrate in EH/s: declare unit = \"eh_per_s\" and, without a header that says so, chart = \"hash-rate\"",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_known_by_how_far_a_feed_is_off() {
        let difficulty = |off| looks_like(Taken::Difficulty, off, 1.0, None);
        assert!(difficulty(1.1e-12).unwrap().contains("trillions"));
        assert!(difficulty(4.3e9).unwrap().contains("hashes_per_block"));
        assert!(difficulty(1.0 / 139.7).unwrap().contains("GH/s"));
        assert!(difficulty(7.2e-12).unwrap().contains("EH/s"));
        assert!(difficulty(30.0).is_none());
        let rate = |off, per| looks_like(Taken::Hashrate, off, per, None);
        assert!(rate(1e-6, 1.0).unwrap().contains("EH/s"));
        let hashprice = |off, per| looks_like(Taken::Hashprice, off, per, Some(1e5));
        assert_eq!(hashprice(0.9e-3, 1.0).unwrap(), "USD per TH a day");
        assert!(hashprice(1.1e-5, 1.0).unwrap().starts_with("BTC per PH"));
        assert!(hashprice(1.1e-2, 1e3).unwrap().starts_with("BTC per PH"));
        assert!(hashprice(7.0, 1.0).unwrap().starts_with("CNY"));
        // Hashrate in EH/s that was taken for TH/s makes hashprice a million times too large.
        assert!(looks_like(Taken::OverHashrate, 0.9e6, 1.0, None).unwrap().contains("EH/s"));
    }

    /// Every unit at its own factor and at twice and half of it, less than half the way to the next. Hashes for a block are 2^32 of
    /// difficulty 1, which 7.158 MH/s find in 600 seconds.
    #[test]
    fn every_unit_is_known_at_its_factor_and_twice_as_far() {
        let price = 4e4;
        let rate = 4_294_967_296.0 / 600.0;
        for (taken, per, factor, name) in [
            (Taken::OverHashrate, 1.0, 1e3, "revenue over hashrate in PH/s"),
            (Taken::OverHashrate, 1e3, 1e-6, "revenue over hashrate in GH/s"),
            (Taken::Hashrate, 1e6, 1e3, "hashrate in PH/s"),
            (Taken::Hashrate, 1.0, 1e12, "hashrate in H/s"),
            (Taken::Hashrate, 1.0, 1e12 / rate, "difficulty itself"),
            (Taken::Difficulty, 1.0, 1e-3, "difficulty in thousands"),
            (Taken::Difficulty, 1.0, 1e-6, "difficulty in millions"),
            (Taken::Difficulty, 1.0, 1e-9, "difficulty in billions"),
            (Taken::Difficulty, 1.0, 1e-12, "difficulty in trillions"),
            (Taken::Difficulty, 1.0, 4_294_967_296.0, "raw hashes"),
            (Taken::Difficulty, 1.0, rate, "hashrate in H/s"),
            (Taken::Difficulty, 1.0, rate / 1e12, "hashrate in TH/s"),
            (Taken::Revenue, 1.0, 1e-3, "revenue in thousands"),
            (Taken::Revenue, 1.0, 1e-6, "revenue in millions"),
            (Taken::Revenue, 1.0, 2.5e-5, "revenue in BTC"),
            (Taken::Revenue, 1.0, 7.1, "revenue in CNY"),
            (Taken::Hashprice, 1e3, 1e6, "USD per EH"),
            (Taken::Hashprice, 1.0, 1e3, "USD per EH"),
            (Taken::Hashprice, 1.0, 2.5e-5, "BTC per PH"),
            (Taken::Hashprice, 1.0, 2.5e-8, "BTC per TH"),
            (Taken::Hashprice, 2.0, 14.2, "CNY per PH"),
        ] {
            // Units of hashprice in satoshi lie too near to others to be told at a distance.
            let times = if taken == Taken::Hashprice { [1.0; 3] } else { [1.0, 2.5, 1.0 / 2.5] };
            for times in times {
                let found = looks_like(taken, factor * times, per, Some(price)).unwrap_or_default();
                assert!(found.starts_with(name), "{name} {factor} {times}: {found}");
            }
        }
        // A satoshi is a hundred millionth of a bitcoin; what is right is no other unit, and what no unit explains is none.
        assert!(looks_like(Taken::Hashprice, 1e4, 1.0, Some(1e4)).unwrap().starts_with("satoshi per PH"));
        assert_eq!(looks_like(Taken::Difficulty, 1.0, 1.0, None), None);
        assert_eq!(looks_like(Taken::Hashprice, 1.0, 1.0, None), None);
        assert!(looks_like(Taken::Difficulty, 1e-12 * 2.59, 1.0, None).is_some());
        assert_eq!(looks_like(Taken::Hashrate, 2.7e-3, 1e3, None), None);
    }
}
