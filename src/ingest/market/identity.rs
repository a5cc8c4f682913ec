//! Hashprice and difficulty together imply a price: a slip of a factor 1000 in either shows.

use std::path::Path;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::ingest::frames::{MarketDays, Quote};

/// USD per BTC that the price has stayed within since 2017, with room above. A factor 1000 leads out of it.
const PRICES: std::ops::RangeInclusive<f64> = 500.0..=3_000_000.0;

/// Days that the median is taken over.
const DAYS: usize = 365;

/// Days over which a price in USD must move, and the ratio of a high (the 9th tenth) to a low (the 1st) that it is above: of two
/// years since 2011 none stayed below 2, while bitcoin a hash moves with fees alone, by 1.15.
const LONG_DAYS: i64 = 730;
const MOVES: f64 = 1.3;

/// The price that each day since 2017 implies, the lowest first, with its hashprice.
fn implied(days: impl Iterator<Item = (NaiveDate, f64, f64)>) -> Vec<(f64, f64)> {
    let recent = days.filter(|(date, ..)| chrono::Datelike::year(date) >= 2017);
    let mut prices: Vec<(f64, f64)> = recent.map(|(_, own, implied)| (implied, own)).collect();
    prices.sort_by(|a, b| a.0.total_cmp(&b.0));
    prices
}

/// A price that stands still for years is that of bitcoin in bitcoin.
fn still(days: &MarketDays, prices: &[(f64, f64)], path: &Path) -> Option<Diagnostic> {
    let mut hashprice = days.days(Quote::Hashprice);
    let first = hashprice.next()?.date;
    let span = hashprice.next_back()?.date - first;
    let at = |tenth: usize| prices.get(prices.len() * tenth / 10).map(|(price, _)| *price);
    let (low, high) = at(1).zip(at(9))?;
    // A file that stands still itself is another matter, and told as that.
    let mut own: Vec<f64> = prices.iter().map(|(_, own)| *own).collect();
    own.sort_by(f64::total_cmp);
    let of = |tenth: usize| own.get(own.len() * tenth / 10).copied();
    let moves = of(1).zip(of(9)).is_some_and(|(low, high)| high >= MOVES * low);
    (span.num_days() >= LONG_DAYS && moves && high < MOVES * low).then(|| {
        let reason = format!(
            "with the difficulty export it implies a bitcoin price from {low:.0} to {high:.0} USD on most days of {:.1} years, and no price in USD stands so still: are its values in bitcoin or satoshi? Declare unit = \"sats_per_th_day\" (or btc_per_ph_day, btc_per_th_day) and rates for it in the job",
            span.num_days() as f64 / 365.25
        );
        Diagnostic::error(Code::UnitSlip, Place::file(path), reason)
    })
}

/// Says so when the median price that the newest days imply cannot be, but would be with hashprice a thousand
/// times larger or smaller; or when it stands still for years.
pub(crate) fn unit_slip(days: &MarketDays, derived: bool, path: &Path) -> Option<Diagnostic> {
    let prices = implied(days.priced().rev().take(DAYS));
    let (price, middle) = *prices.get(prices.len() / 2)?;
    if PRICES.contains(&price) {
        return still(days, &implied(days.priced()), path);
    }
    let hashprice = middle;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::market::series::Daily;

    /// 60 USD/PH/day at a difficulty of 5e13 (358 EH/s) imply 24,000 USD with a subsidy of 6.25 BTC, and half as much at twice the difficulty does, on
    /// every day of 2021 to 2023. What does not move itself says nothing.
    #[test]
    fn a_price_that_stands_still_for_years_is_no_price() {
        let first: chrono::NaiveDate = "2021-01-01".parse().unwrap();
        let daily = |days: u64, value: &dyn Fn(u64) -> f64| -> Vec<Daily> {
            let day = |day: u64| Daily { date: first + chrono::Days::new(day), value: value(day) };
            (0..days).map(day).collect()
        };
        let grown = |day: u64| if day < 500 { 1.0 } else { 2.0 };
        let difficulty = daily(1000, &|day| 5e13 * grown(day));
        let found = |hashprice: &[Daily]| {
            let days = MarketDays::new(hashprice, &difficulty, "2028-04".parse().unwrap()).unwrap();
            unit_slip(&days, false, Path::new("h.csv"))
        };
        let said = found(&daily(1000, &|day| 60.0 / grown(day))).unwrap().to_string();
        assert!(
            said.starts_with(
                "h.csv: with the difficulty export it implies a bitcoin price from 23861 to 23861 USD"
            ),
            "{said}"
        );
        assert!(said.contains("of 2.7 years") && said.contains("sats_per_th_day"), "{said}");
        // Fees move it by a seventh, which bitcoin a hash does as well; a price that moved by half is one.
        assert!(found(&daily(1000, &|day| if day % 2 == 0 { 60.0 } else { 68.0 } / grown(day))).is_some());
        assert_eq!(found(&daily(1000, &|day| if day % 2 == 0 { 60.0 } else { 90.0 } / grown(day))), None);
        assert_eq!(
            found(&daily(700, &|day| 60.0 / grown(day))),
            None,
            "of less than two years nothing is said"
        );
    }
}
