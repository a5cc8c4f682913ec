//! Hashprice and difficulty together imply a price: a slip of a factor 1000 in either shows.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::{Difficulty, Month, subsidy_btc};

use super::series::Daily;

/// USD per BTC that the price has stayed within since 2017, with room above. A factor 1000 leads out of it.
const PRICES: std::ops::RangeInclusive<f64> = 500.0..=3_000_000.0;

/// Days that the median is taken over.
const DAYS: usize = 365;

/// Says so when the median price that the newest days imply cannot be, but would be with hashprice a thousand
/// times larger or smaller.
pub(crate) fn unit_slip(
    hashprice: &[Daily],
    difficulty: &[Daily],
    next_halving: Month,
    derived: bool,
    path: &Path,
) -> Option<Diagnostic> {
    let newest = hashprice.get(hashprice.len().saturating_sub(DAYS)..)?;
    let mut prices: Vec<(f64, f64)> = newest
        .iter()
        .filter(|day| chrono::Datelike::year(&day.date) >= 2017)
        .filter_map(|day| {
            let place = difficulty.partition_point(|d| d.date <= day.date).checked_sub(1)?;
            let hashrate = Difficulty::new(difficulty.get(place)?.value)?.hashrate().as_ph();
            Some((day.value * hashrate / (144.0 * subsidy_btc(day.date, next_halving)), day.value))
        })
        .collect();
    prices.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (price, hashprice) = *prices.get(prices.len() / 2)?;
    if PRICES.contains(&price) {
        return None;
    }
    let reading = |factor: f64, unit: &str| {
        format!("read as {unit} the newest year implies {:.0} USD per BTC", price * factor)
    };
    let reason = if derived {
        format!(
            "taken for miners' revenue in USD a day it implies {price:.2} USD per BTC, which cannot be: check what the values are"
        )
    } else if PRICES.contains(&(price * 1e3)) {
        format!(
            "its hashprice of about {hashprice:.4} looks per TH, not per PH: {}, {}; correct its header or its unit in the job",
            reading(1.0, "USD/PH/day"),
            reading(1e3, "USD/TH/day")
        )
    } else if PRICES.contains(&(price / 1e3)) {
        format!(
            "its hashprice of about {:.4} looks per PH, not per TH: {}, {}; correct its header or its unit in the job",
            hashprice / 1e3,
            reading(1.0, "USD/TH/day"),
            reading(1e-3, "USD/PH/day")
        )
    } else {
        format!(
            "with the difficulty export it implies {price:.4} USD per BTC, which no unit explains: check that both are of the bitcoin network"
        )
    };
    Some(Diagnostic::error(Code::UnitSlip, Place::file(path), reason))
}
