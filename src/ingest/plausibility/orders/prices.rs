//! Prices of machines against the rest of the book, mining income and what their chips cost.
//!
//! Prices per TH moved a hundredfold in eight years, and mining income with them: what holds still is their ratio, the
//! months of gross mining income that a price stands for. Each order's is held against the middle of the book.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Severity};
use crate::domain::Month;
use crate::ingest::frames::{MarketDays, Quote};
use crate::ingest::plausibility::median::median;
use crate::job::{Catalogue, ModelId, Plausibility, good_chips_per_wafer};

use super::bands::Bands;
use super::kept::RowPlace;
use super::limits::Limits;
use super::price_bins::{Prices, of_bin};
use super::watch::Watch;

/// Days in a month.
const MONTH_DAYS: f64 = 365.25 / 12.0;

/// Priced orders of a book from which on it has a middle.
const LEAST_ORDERS: u64 = 10;

/// Prices that may be left out: this share of them, or so many.
const SLIPS_SHARE: f64 = 0.02;
const SLIPS: u64 = 3;

/// Months of gross mining income that the middle price of a book stood for: 8 to 12 with honest makers, 6 in public orders
/// of 2020 to 2024. A book per TH stands for less than 0.2, one in CNY for more than 50.
const MONTHS: std::ops::RangeInclusive<f64> = 2.0..=25.0;

/// Least price of the newest year's orders, in costs of the machine's chips: 0.6 with honest makers, in the worst of markets.
const LEAST_CHIP_COSTS: f64 = 0.2;

/// What prices are held against.
#[derive(Clone, Copy)]
pub(in crate::ingest) struct PriceTerms<'a> {
    pub catalogue: &'a Catalogue,
    /// `None` where it cannot be held against anything.
    pub market: Option<&'a MarketDays>,
    pub settings: &'a Plausibility,
    pub as_of: Month,
}

impl PriceTerms<'_> {
    /// Gross income of a TH/s in a month with data, USD.
    fn income(&self) -> BTreeMap<Month, f64> {
        let mut sums: BTreeMap<Month, (f64, u32)> = BTreeMap::new();
        for day in self.market.into_iter().flat_map(|market| market.days(Quote::Hashprice)) {
            let (sum, days) = sums.entry(Month::of(day.date)).or_default();
            *sum += day.value;
            *days += 1;
        }
        sums.into_iter()
            .map(|(month, (sum, days))| (month, sum / f64::from(days) / 1e3 * MONTH_DAYS))
            .collect()
    }

    /// Limits around the middle of a book.
    fn around(&self, middle: f64, income: BTreeMap<Month, f64>) -> Limits {
        let terahash = self.catalogue.ids().map(|id| self.terahash(id)).collect();
        Limits { middle, factor: self.settings.price_factor.get(), income, terahash }
    }

    fn terahash(&self, model: ModelId) -> f64 {
        self.catalogue.model(model).hashrate_th.get()
    }
}

/// Months of income of every bin of prices, with its orders.
fn spread(prices: &Prices, terms: PriceTerms<'_>, income: &BTreeMap<Month, f64>) -> Vec<(f64, u64)> {
    let mut spread = Vec::new();
    for ((model, month), bins) in prices.iter() {
        let Some(income) = income.get(&month) else { continue };
        let per = terms.terahash(model) * income;
        spread.extend(
            bins.iter()
                .enumerate()
                .filter(|(_, n)| **n > 0)
                .map(|(bin, n)| (of_bin(bin) / per, u64::from(*n))),
        );
    }
    spread.sort_by(|a, b| a.0.total_cmp(&b.0));
    spread
}

/// The value below which half of the orders lie.
fn middle(spread: &[(f64, u64)]) -> Option<f64> {
    let all: u64 = spread.iter().map(|(_, n)| n).sum();
    let mut below = 0;
    spread
        .iter()
        .find(|(_, n)| {
            below += n;
            2 * below >= all
        })
        .map(|(value, _)| *value)
}

/// The middle of all prices, those included that were judged already; `None` of none.
pub(in crate::ingest) fn middle_of(watch: &Watch, terms: PriceTerms<'_>) -> Option<f64> {
    middle(&spread(&watch.all_prices(), terms, &terms.income()))
}

/// The limits, when some price of the book may be beyond them.
pub(in crate::ingest) fn limits(watch: &Watch, terms: PriceTerms<'_>) -> Option<Limits> {
    let income = terms.income();
    let spread = spread(&watch.all_prices(), terms, &income);
    let middle = middle(&spread)?;
    let factor = terms.settings.price_factor.get();
    // A bin is a twelfth of a doubling wide: what may be beyond is looked at once more.
    let near = factor.ln() - 0.1;
    let enough = spread.iter().map(|(_, n)| n).sum::<u64>() >= LEAST_ORDERS;
    let beyond = spread.iter().any(|(value, _)| (value / middle).ln().abs() > near);
    (enough && beyond).then(|| terms.around(middle, income))
}

/// The limits as a sample of the order lines has them.
pub(in crate::ingest) fn guess(sample: &Watch, terms: PriceTerms<'_>) -> Option<Bands> {
    let income = terms.income();
    let middle = middle(&spread(&sample.all_prices(), terms, &income))?;
    Some(Bands::guessed(terms.around(middle, income)))
}

/// What is reported of prices: code, severity, row and reason.
pub(in crate::ingest) fn price_problems(
    watch: &Watch,
    terms: PriceTerms<'_>,
) -> Vec<(Code, Severity, Option<RowPlace>, String)> {
    let mut reported = Vec::new();
    let income = terms.income();
    let spread = spread(&watch.prices, terms, &income);
    let all = spread.iter().map(|(_, n)| n).sum::<u64>() + watch.odd.count;
    let factor = terms.settings.price_factor.get();
    if let Some(first) = watch.odd.rows.first() {
        let rows: Vec<String> =
            watch.odd.rows.iter().map(|row| format!("{} on line {}", row.id, row.place.1)).collect();
        let more = if watch.odd.count > rows.len() as u64 { ", ..." } else { "" };
        let which = format!(
            "{} of {all} prices stand for more than {factor} times, or less than 1/{factor} of, the months of mining income that the middle of the book does (price per TH over hashprice): {}{more}",
            watch.odd.count,
            rows.join(", ")
        );
        let few = watch.odd.count as f64 <= (SLIPS_SHARE * all as f64).max(SLIPS as f64);
        let (severity, then) = if few {
            (Severity::Warning, "; these prices count as not given")
        } else {
            (Severity::Error, "; too many to leave out: are they per TH, or in another currency?")
        };
        reported.push((Code::OddPrice, severity, Some(first.place), format!("{which}{then}")));
    }
    if let Some(middle) = middle(&spread).filter(|m| all >= LEAST_ORDERS && !MONTHS.contains(m)) {
        let reason = format!(
            "the middle price stands for {middle:.2} months of the machine's gross mining income, where {} to {} are usual: is it per machine and in USD, and is hashrate_th right in the job?",
            MONTHS.start(),
            MONTHS.end()
        );
        reported.push((Code::OddPrice, Severity::Warning, None, reason));
    }
    if let Some((model, share)) = below_chips(watch, terms) {
        let reason = format!(
            "the newest year's orders of {} are at {share:.3} of what its chips alone cost: is the price per machine and in USD, and are the chip's terms right in the job?",
            terms.catalogue.model(model).name()
        );
        reported.push((Code::OddPrice, Severity::Warning, None, reason));
    }
    reported
}

/// The model that sells furthest below the cost of its chips, by its middle price of the newest year, where that is too far.
fn below_chips(watch: &Watch, terms: PriceTerms<'_>) -> Option<(ModelId, f64)> {
    let catalogue = terms.catalogue;
    let shares = catalogue.ids().filter_map(|id| {
        let mut prices: Vec<f64> = watch
            .prices
            .iter()
            .filter(|((model, month), _)| *model == id && *month > terms.as_of - 12 && *month <= terms.as_of)
            .flat_map(|(_, bins)| bins.iter().enumerate())
            .flat_map(|(bin, n)| std::iter::repeat_n(of_bin(bin), (*n).min(1000) as usize))
            .collect();
        let price = median(&mut prices)?;
        let chip = catalogue.chip_of(id);
        let cost = catalogue
            .foundries_of(chip)
            .into_iter()
            .map(|index| &catalogue.foundries[index])
            .map(|f| f.wafer_cost_usd.get() / good_chips_per_wafer(&catalogue.chips[chip], f.yield_share))
            .min_by(f64::total_cmp)?;
        let chips = f64::from(catalogue.model(id).chips_per_machine);
        Some((id, price / (chips * cost)))
    });
    shares.filter(|(_, share)| *share < LEAST_CHIP_COSTS).min_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Usd;
    use crate::ingest::Daily;
    use crate::ingest::orders::order::Order;
    use crate::job::Job;

    use chrono::NaiveDate;

    fn job() -> Job {
        Job::parse(include_str!("../../../../fixtures/miniature/job.toml"), std::path::Path::new("job.toml"))
            .unwrap()
    }

    /// 40 and 60 USD per PH in May, 80 in June.
    fn days() -> MarketDays {
        let days = [("2025-05-01", 40.0), ("2025-05-02", 60.0), ("2025-06-01", 80.0)]
            .map(|(date, value)| Daily { date: date.parse().unwrap(), value });
        MarketDays::new(&days, &[], "2028-04".parse().unwrap()).unwrap()
    }

    fn told<T>(prices: &[(f64, usize)], of: impl Fn(&Watch, PriceTerms<'_>) -> T) -> T {
        let (job, market) = (job(), days());
        let as_of = "2025-06".parse().unwrap();
        let terms = PriceTerms {
            catalogue: &job.catalogue,
            market: Some(&market),
            settings: &job.plausibility,
            as_of,
        };
        let mut watch = Watch::default();
        for (price, count) in prices {
            for _ in 0..*count {
                let mut order = Order {
                    signed: NaiveDate::from_ymd_opt(2025, 5, 10).unwrap(),
                    unit_price: Some(Usd::new(*price)),
                    ..Order::usual()
                };
                assert!(watch.note(&mut order, (0, 2), None));
            }
        }
        of(&watch, terms)
    }

    /// A mean of 50 USD per PH is 0.05 per TH and day, 1.521875 in a month of 365.25 / 12 days; 80 are 2.435.
    #[test]
    fn income_of_a_month_is_the_mean_of_its_days() {
        let income = told(&[], |_, terms| terms.income());
        let of = |month: &str| income[&month.parse::<Month>().unwrap()];
        assert!(
            (of("2025-05") - 1.521_875).abs() < 1e-12 && (of("2025-06") - 2.435).abs() < 1e-12,
            "{income:?}"
        );
        assert_eq!(income.len(), 2);
    }

    /// MINI has 100 TH, which earned 152.1875 USD in May. 1,000 lies in the bin whose middle is 2^(9 15/16) = 980.6, 6.443 months of
    /// it; 2,000 in the next doubling, twice that. Of four prices the second is the middle one, of five the third.
    #[test]
    fn the_middle_price_is_that_below_which_half_of_the_orders_lie() {
        let months = 9.9375_f64.exp2() / 152.1875;
        let spread =
            told(&[(2000.0, 2), (1000.0, 2)], |watch, terms| spread(&watch.prices, terms, &terms.income()));
        assert_eq!(spread.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [2, 2]);
        assert!(
            (spread[0].0 - months).abs() < 1e-9 && (spread[1].0 - 2.0 * months).abs() < 1e-9,
            "{spread:?}"
        );
        let middle = |prices: &[(f64, usize)]| told(prices, middle_of).unwrap();
        assert!((middle(&[(2000.0, 2), (1000.0, 2)]) - months).abs() < 1e-9);
        assert!((middle(&[(2000.0, 3), (1000.0, 2)]) - 2.0 * months).abs() < 1e-9);
        assert_eq!(told(&[], middle_of), None);
    }

    /// Prices may be four times the middle. One of 4,500 and one of 230 are beyond 1,000 times or divided by four; ten prices tell.
    #[test]
    fn limits_are_there_where_some_price_may_be_beyond_them() {
        let limits = |prices: &[(f64, usize)]| {
            told(prices, |watch, terms| limits(watch, terms).map(|l| (l.middle, l.factor)))
        };
        let found = limits(&[(1000.0, 9), (4500.0, 1)]).unwrap();
        assert!(
            (found.0 - 9.9375_f64.exp2() / 152.1875).abs() < 1e-9 && (found.1 - 4.0).abs() < 1e-12,
            "{found:?}"
        );
        assert!(limits(&[(1000.0, 9), (230.0, 1)]).is_some());
        assert_eq!(limits(&[(1000.0, 8), (4500.0, 1)]), None, "nine prices");
        assert_eq!(limits(&[(1000.0, 9), (3000.0, 1)]), None, "three times the middle");
        assert_eq!(limits(&[(1000.0, 9), (350.0, 1)]), None, "a third of it");
    }

    /// 64 chips at 1,000 USD for 500 good ones, which is less than 1,200 for 400: 128 USD. 24 USD lie in the bin of 2^4.5625 = 23.6, 0.185
    /// of that; 25 in that of 25.8, 0.201.
    #[test]
    fn a_price_below_a_fifth_of_the_chips_is_told() {
        let below = |prices: &[(f64, usize)]| told(prices, below_chips);
        let (model, share) = below(&[(24.0, 3), (25.0, 1)]).unwrap();
        assert_eq!(model, ModelId(0));
        assert!((share - 4.5625_f64.exp2() / 128.0).abs() < 1e-9, "{share}");
        assert_eq!(below(&[(25.0, 3), (24.0, 1)]), None);
    }

    /// 24 USD stand for 0.16 months of income, less than two.
    #[test]
    fn a_book_far_from_mining_income_is_told_from_ten_orders_on() {
        let told = |prices: &[(f64, usize)]| {
            let reported = told(prices, price_problems);
            reported
                .into_iter()
                .map(|(_, _, _, reason)| reason.split(' ').take(7).collect::<Vec<_>>().join(" "))
                .collect::<Vec<_>>()
        };
        let chips = "the newest year's orders of MINI are";
        let middle = |months: &str| format!("the middle price stands for {months} months");
        assert_eq!(told(&[(24.0, 10)]), [middle("0.16"), chips.to_owned()]);
        assert_eq!(told(&[(24.0, 9)]), [chips.to_owned()]);
        // 2^8.1875 = 291.6 USD are 1.92 months, 2^8.3125 = 318.0 are 2.09; 2^11.8125 = 3596 are 23.6, 2^11.9375 = 3922 are 25.8.
        assert_eq!(told(&[(290.0, 10)]), [middle("1.92")]);
        assert_eq!(told(&[(310.0, 10)]), [""; 0]);
        assert_eq!(told(&[(3600.0, 10)]), [""; 0]);
        assert_eq!(told(&[(3900.0, 10)]), [middle("25.77")]);
    }
}
