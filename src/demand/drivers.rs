//! What may move order intake. Candidates only: which of them a forecast uses is decided in `selection.rs`.
//!
//! The value that a forecast made at the end of month t uses is made of what was known then. A lag-only driver has its
//! value of month t. One known in advance has the mean over the quarter ahead of what was known of it by then. One that
//! follows a scenario has the scenario's mean over the quarter ahead; at past origins, where no scenario is known, its
//! last value is held.

use std::collections::BTreeMap;

use crate::domain::{Difficulty, Month};
use crate::history::{Book, MarketHistory};
use crate::ingest::{DriverValue, Exports, Snapshot};
use crate::job::{BUILT_IN_DRIVERS, DriverEffect, DriverKind, Job};
use crate::market::Scenario;

use super::series::Series;

/// Intake of the last quarter over that of the year, as far as it is believed.
const MOMENTUM: (f64, f64) = (0.25, 4.0);

/// Months of channel sell-in that the stock is measured in.
const SELL_IN_MONTHS: i32 = 6;

/// A candidate driver with its values by month and quarter ahead.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Name in the output.
    pub name: String,
    /// What is known of it when.
    pub kind: DriverKind,
    /// Which way it may move intake.
    pub effect: DriverEffect,
    /// Whether a forecast may use it; the others are judged and reported.
    pub admitted: bool,
    first: Month,
    /// By quarter ahead and month of the forecast: what the forecast goes by.
    ahead: [Vec<Option<f64>>; 4],
    /// The same as a row of a regression has it, once the quarter ahead is over.
    row: [Vec<Option<f64>>; 4],
    /// By scenario and quarter ahead of the as-of month.
    scenarios: [[Option<f64>; 4]; 3],
}

impl Candidate {
    /// The value by which a forecast made at the end of `origin` goes, `quarter` (0 to 3) ahead.
    pub fn ahead(&self, origin: Month, quarter: usize) -> Option<f64> {
        *self.ahead[quarter].get(usize::try_from(origin - self.first).ok()?)?
    }

    /// The value of the same, once the quarter ahead is over.
    pub fn row(&self, origin: Month, quarter: usize) -> Option<f64> {
        *self.row[quarter].get(usize::try_from(origin - self.first).ok()?)?
    }

    /// The value in a scenario, from the run's as-of month.
    pub fn in_scenario(&self, scenario: Scenario, quarter: usize) -> Option<f64> {
        self.scenarios[scenario as usize][quarter]
    }

    /// A driver whose forecasts go by its value in their own month.
    fn lag_only(
        name: &str,
        effect: DriverEffect,
        months: &Months,
        value: impl Fn(Month) -> Option<f64>,
    ) -> Self {
        let values: Vec<Option<f64>> =
            months.all().map(|month| value(month).filter(|value| value.is_finite()).map(settled)).collect();
        let last = values.last().copied().flatten();
        Self {
            name: name.to_owned(),
            kind: DriverKind::LagOnly,
            effect,
            admitted: false,
            first: months.first,
            ahead: std::array::from_fn(|_| values.clone()),
            row: std::array::from_fn(|_| values.clone()),
            scenarios: [[last; 4]; 3],
        }
    }
}

/// Rounded to nine decimals: a driver that does not vary must not seem to by the rounding of its logs.
fn settled(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

/// The months in which a forecast can have been made.
struct Months {
    first: Month,
    last: Month,
}

impl Months {
    fn all(&self) -> impl Iterator<Item = Month> + use<> {
        self.first.to(self.last)
    }
}

/// Every candidate of a run.
pub(super) fn candidates(
    book: &Book<'_>,
    market: &MarketHistory,
    series: &Series,
    exports: &Exports,
    job: &Job,
) -> Vec<Candidate> {
    let months = Months { first: book.first, last: book.as_of };
    let difficulty = |month: Month| market.difficulty(month).map(Difficulty::get);
    let growth = |month: Month, over: i32| Some((difficulty(month)? / difficulty(month - over)?).ln());
    let any = DriverEffect::Any;
    let shares = shares(series, market, &months);
    let covers = covers(&exports.inventory, &exports.ledger.channel_sell_in);
    let [price_gap, momentum, share, network, difficulties, cover] = BUILT_IN_DRIVERS;
    let mut found = vec![
        Candidate::lag_only(price_gap, any, &months, |month| market.price_gap(month)),
        Candidate::lag_only(momentum, any, &months, |month| {
            let (quarter, year) = (series.mean(month - 2, month)?, series.mean(month - 11, month)?);
            (year > 0.0).then(|| (quarter / year).clamp(MOMENTUM.0, MOMENTUM.1).ln())
        }),
        Candidate::lag_only(share, any, &months, |month| shares.get(&month).copied()),
        Candidate::lag_only(network, any, &months, |month| growth(month, 12)),
        Candidate::lag_only(difficulties, any, &months, |month| growth(month, 3)),
        Candidate::lag_only(cover, DriverEffect::NotPositive, &months, |month| covers.get(&month).copied()),
    ];
    for candidate in &mut found {
        candidate.admitted = job.demand.candidates.contains(&candidate.name);
    }
    found.extend(job.drivers_of(exports.drivers.keys()).into_iter().map(|(name, kind, effect)| {
        let rows = exports.drivers.get(name).map_or(&[][..], Vec::as_slice);
        exported(name, kind, effect, rows, &months)
    }));
    found
}

/// ln of the trailing-year intake over network hashrate, less its mean over all months before and this one: above 0 the
/// maker sells more of what the network buys than it mostly did.
fn shares(series: &Series, market: &MarketHistory, months: &Months) -> BTreeMap<Month, f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    let mut found = BTreeMap::new();
    for month in months.all() {
        let year = series.mean(month - 11, month).filter(|year| *year > 0.0);
        let network = market.difficulty(month).map(|difficulty| difficulty.hashrate().as_ph());
        if let (Some(year), Some(network)) = (year, network) {
            let log = (year / network).ln();
            sum += log;
            count += 1.0;
            found.insert(month, log - sum / count);
        }
    }
    found
}

/// Months of sell-in that stand in the channel: machines at the month's last counts over the mean monthly sell-in.
fn covers(stock: &[Snapshot], sell_in: &BTreeMap<Month, u64>) -> BTreeMap<Month, f64> {
    let mut newest: BTreeMap<Month, BTreeMap<(&str, usize), f64>> = BTreeMap::new();
    for count in stock {
        let of_month = newest.entry(Month::of(count.date)).or_default();
        of_month.insert((&count.channel, count.model.0), f64::from(count.quantity));
    }
    newest
        .into_iter()
        .filter_map(|(month, counts)| {
            let sold: u64 = sell_in.range(month - (SELL_IN_MONTHS - 1)..=month).map(|(_, q)| *q).sum();
            let monthly = sold as f64 / f64::from(SELL_IN_MONTHS);
            (sold > 0).then(|| (month, counts.values().sum::<f64>() / monthly))
        })
        .collect()
}

/// A driver of the `drivers` export.
fn exported(
    name: &str,
    kind: DriverKind,
    effect: DriverEffect,
    rows: &[DriverValue],
    months: &Months,
) -> Candidate {
    let mut by_month: BTreeMap<Month, Vec<&DriverValue>> = BTreeMap::new();
    for row in rows {
        by_month.entry(Month::of(row.date)).or_default().push(row);
    }
    // Mean over the days of a month, each as last published by the end of `known`.
    let of = |month: Month, known: Month, scenario: Option<Scenario>| -> Option<f64> {
        let mut days = BTreeMap::new();
        for row in by_month.get(&month)? {
            let in_time = row.published_on.is_none_or(|day| day <= known.last_day());
            if in_time && (row.scenario.is_none() || row.scenario == scenario) {
                days.insert(row.date, row.value);
            }
        }
        (!days.is_empty()).then(|| days.values().sum::<f64>() / days.len() as f64)
    };
    // A quarter of which a month is not known has no value.
    let quarter = |origin: Month, k: usize, known: Month, scenario: Option<Scenario>| -> Option<f64> {
        let start = origin + 1 + i32::try_from(3 * k).ok()?;
        let values: Option<Vec<f64>> = start.run(3).map(|month| of(month, known, scenario)).collect();
        values.map(|values| values.iter().sum::<f64>() / 3.0)
    };
    let held = |origin: Month| of(origin, origin, None);
    let by = |value: &dyn Fn(Month, usize) -> Option<f64>| -> [Vec<Option<f64>>; 4] {
        std::array::from_fn(|k| months.all().map(|origin| value(origin, k)).collect())
    };
    let ahead = by(&|origin, k| match kind {
        DriverKind::LagOnly | DriverKind::Scenario => held(origin),
        DriverKind::KnownInAdvance => quarter(origin, k, origin, None),
    });
    let row = by(&|origin, k| match kind {
        DriverKind::LagOnly => held(origin),
        DriverKind::KnownInAdvance => quarter(origin, k, origin, None),
        DriverKind::Scenario => {
            let over = origin + i32::try_from(3 * k + 3).ok()?;
            (over <= months.last).then(|| quarter(origin, k, over, None)).flatten()
        }
    });
    let now = |k: usize| ahead[k].last().copied().flatten();
    let scenarios = Scenario::ALL.map(|scenario| {
        std::array::from_fn(|k| match kind {
            DriverKind::Scenario => quarter(months.last, k, months.last, Some(scenario)).or_else(|| now(k)),
            _ => now(k),
        })
    });
    Candidate {
        name: name.to_owned(),
        kind,
        effect,
        admitted: true,
        first: months.first,
        ahead,
        row,
        scenarios,
    }
}
