//! The block subsidy and its halvings.

use chrono::NaiveDate;

use super::Month;

/// Days on which the block subsidy was halved, from 25 BTC on; the first day with the new subsidy (UTC).
const HALVINGS: [(i32, u32, u32); 4] = [(2012, 11, 28), (2016, 7, 9), (2020, 5, 11), (2024, 4, 20)];

/// Month of the last of them.
pub const LAST_HALVING: Month = Month::from_index(2024 * 12 + 3);

/// Block subsidy on a day, BTC. `next` is the first month with the subsidy after the last known halving;
/// later halvings are taken to come every 48 months.
pub fn subsidy_btc(day: NaiveDate, next: Month) -> f64 {
    let known = HALVINGS
        .iter()
        .filter(|(y, m, d)| NaiveDate::from_ymd_opt(*y, *m, *d).is_some_and(|halving| halving <= day))
        .count();
    let later = match Month::of(day) - next {
        months if months >= 0 => months / 48 + 1,
        _ => 0,
    };
    50.0 * 0.5_f64.powi(i32::try_from(known).unwrap_or(0) + later)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsidy_follows_the_halvings() {
        let next: Month = "2028-04".parse().unwrap();
        for (date, btc) in [
            ("2016-07-08", 25.0),
            ("2016-07-09", 12.5),
            ("2020-05-10", 12.5),
            ("2020-05-11", 6.25),
            ("2024-04-19", 6.25),
            ("2024-04-20", 3.125),
            ("2028-03-31", 3.125),
            ("2028-04-01", 1.5625),
            ("2032-04-01", 0.781_25),
        ] {
            assert_eq!(subsidy_btc(date.parse().unwrap(), next), btc, "{date}");
        }
        assert_eq!(LAST_HALVING.to_string(), "2024-04");
    }
}
