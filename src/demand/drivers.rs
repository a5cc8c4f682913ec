//! Drivers of the `drivers` export: what was known of each when.
//!
//! A driver enters as its distance from its own mean over the trailing year, so that a level that drifts for years does not
//! drag the forecast along. A lag-only driver is its newest value published by the date of the forecast. One known in
//! advance is the mean of the quarter ahead of what was published of it by then; one that follows a scenario is the
//! scenario's mean of the quarter ahead, at past dates its newest value.

use std::collections::BTreeMap;

use crate::domain::Month;
use crate::history::Book;
use crate::ingest::{DriverValue, Exports};
use crate::job::{DriverEffect, DriverKind, Job};
use crate::market::Scenario;

/// Months that a driver's own mean is taken over.
const YEAR: i32 = 12;

/// Fewest of them with a value.
const LEAST_MONTHS: usize = 6;

/// A newest value older than this many months says nothing of today.
const STALE_MONTHS: i32 = 6;

/// A driver with its values by month and quarter ahead.
#[derive(Clone, Debug)]
pub struct Driver {
    /// Name in the output.
    pub name: String,
    /// Which way it may move intake.
    pub effect: DriverEffect,
    first: Month,
    last: Month,
    /// By quarter ahead and month of the forecast: what a forecast goes by.
    ahead: [Vec<Option<f64>>; 4],
    /// The same once the quarter ahead is over, what its effect is measured on.
    row: [Vec<Option<f64>>; 4],
    /// By scenario and quarter ahead of the last month.
    scenarios: [[Option<f64>; 4]; 3],
}

impl Driver {
    /// What a forecast made at the end of `origin` goes by, `quarter` (0 to 3) ahead.
    fn ahead(&self, origin: Month, quarter: usize) -> Option<f64> {
        *self.ahead[quarter].get(usize::try_from(origin - self.first).ok()?)?
    }

    /// The same, once the quarter ahead is over.
    pub(super) fn row(&self, origin: Month, quarter: usize) -> Option<f64> {
        *self.row[quarter].get(usize::try_from(origin - self.first).ok()?)?
    }

    /// The value in a scenario: at the run's own date its scenario's, at earlier ones what was known then.
    pub(super) fn in_scenario(&self, as_of: Month, scenario: Scenario, quarter: usize) -> Option<f64> {
        if as_of == self.last {
            self.scenarios[scenario as usize][quarter]
        } else {
            self.ahead(as_of, quarter)
        }
    }
}

/// Every driver of a run.
pub(super) fn drivers(book: &Book<'_>, exports: &Exports, job: &Job) -> Vec<Driver> {
    let declared = job.drivers_of(exports.drivers.keys()).into_iter();
    declared
        .map(|(name, kind, effect)| {
            let rows = exports.drivers.get(name).map_or(&[][..], Vec::as_slice);
            driver(name, kind, effect, rows, (book.first, book.as_of))
        })
        .collect()
}

/// Values of a driver by month and day.
struct Values<'a>(BTreeMap<Month, Vec<&'a DriverValue>>);

impl Values<'_> {
    /// Mean over the days of a month, each as last published by the end of `known`.
    fn of(&self, month: Month, known: Month, scenario: Option<Scenario>) -> Option<f64> {
        let mut days = BTreeMap::new();
        for row in self.0.get(&month)? {
            let in_time = row.published_on.is_none_or(|day| day <= known.last_day());
            if in_time && (row.scenario.is_none() || row.scenario == scenario) {
                days.insert(row.date, row.value);
            }
        }
        (!days.is_empty()).then(|| days.values().sum::<f64>() / days.len() as f64)
    }

    /// Mean of quarter `k` (0 to 3) ahead; `None` where a month of it is not known.
    fn quarter(&self, origin: Month, k: usize, known: Month, scenario: Option<Scenario>) -> Option<f64> {
        let start = origin + 1 + i32::try_from(3 * k).ok()?;
        let values: Option<Vec<f64>> = start.run(3).map(|month| self.of(month, known, scenario)).collect();
        values.map(|values| values.iter().sum::<f64>() / 3.0)
    }

    /// The newest value published by the end of `origin`, and the mean of the year that ends with its month.
    fn newest(&self, origin: Month) -> Option<(f64, f64)> {
        let mut back = (0..STALE_MONTHS).map(|back| origin - back);
        let (month, newest) = back.find_map(|month| Some((month, self.of(month, origin, None)?)))?;
        let year: Vec<f64> =
            (month - (YEAR - 1)).to(month).filter_map(|month| self.of(month, origin, None)).collect();
        (year.len() >= LEAST_MONTHS).then(|| (newest, year.iter().sum::<f64>() / year.len() as f64))
    }
}

pub(super) fn driver(
    name: &str,
    kind: DriverKind,
    effect: DriverEffect,
    rows: &[DriverValue],
    (first, last): (Month, Month),
) -> Driver {
    let mut values = Values(BTreeMap::new());
    for row in rows {
        values.0.entry(Month::of(row.date)).or_default().push(row);
    }
    let newest: Vec<Option<(f64, f64)>> = first.to(last).map(|origin| values.newest(origin)).collect();
    let by = |value: &dyn Fn(Month, usize) -> Option<f64>| -> [Vec<Option<f64>>; 4] {
        std::array::from_fn(|k| {
            let origins = first.to(last).zip(&newest);
            origins.map(|(origin, newest)| Some(value(origin, k)? - newest.as_ref()?.1)).collect()
        })
    };
    let held =
        |origin: Month, _: usize| newest.get(usize::try_from(origin - first).ok()?)?.map(|(value, _)| value);
    let (ahead, row) = match kind {
        DriverKind::LagOnly => (by(&held), by(&held)),
        DriverKind::KnownInAdvance => {
            let known = by(&|origin, k| values.quarter(origin, k, origin, None));
            (known.clone(), known)
        }
        DriverKind::Scenario => {
            let came = |origin: Month, k: usize| {
                let over = origin + i32::try_from(3 * k + 3).ok()?;
                (over <= last).then(|| values.quarter(origin, k, over, None)).flatten()
            };
            (by(&held), by(&came))
        }
    };
    let mean = newest.last().copied().flatten().map(|newest| newest.1);
    let scenarios = Scenario::ALL.map(|scenario| {
        std::array::from_fn(|k| {
            let assumed = match kind {
                DriverKind::Scenario => values.quarter(last, k, last, Some(scenario)),
                _ => None,
            };
            assumed.zip(mean).map(|(value, mean)| value - mean).or_else(|| ahead[k].last().copied().flatten())
        })
    });
    Driver { name: name.to_owned(), effect, first, last, ahead, row, scenarios }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    fn value(of: &str, value: f64, published: Option<&str>, scenario: Option<Scenario>) -> DriverValue {
        let date = month(of).first_day();
        DriverValue { date, value, published_on: published.map(|day| day.parse().unwrap()), scenario }
    }

    /// 1 to 12 from October 2024 to September 2025.
    fn year() -> Vec<DriverValue> {
        let months = month("2024-10").run(12).zip(1..);
        months.map(|(month, n)| value(&month.to_string(), f64::from(n), None, None)).collect()
    }

    fn made(kind: DriverKind, rows: &[DriverValue], first: &str) -> Driver {
        driver("D", kind, DriverEffect::Any, rows, (month(first), month("2025-09")))
    }

    /// The newest value, 12, less the mean of the year, 6.5. What is published in October is not known in September.
    #[test]
    fn a_driver_is_its_newest_value_less_its_mean_of_a_year() {
        let as_of = month("2025-09");
        let mut rows = year();
        let found = made(DriverKind::LagOnly, &rows, "2025-09");
        assert_eq!((found.ahead(as_of, 0), found.ahead(as_of, 3)), (Some(5.5), Some(5.5)));
        assert_eq!(found.in_scenario(as_of, Scenario::Bear, 2), Some(5.5));
        rows[11].published_on = Some("2025-10-15".parse().unwrap());
        let before = made(DriverKind::LagOnly, &rows, "2025-09");
        assert_eq!(before.ahead(as_of, 0), Some(11.0 - 6.0), "of eleven months");
        assert_eq!(made(DriverKind::LagOnly, &rows[7..], "2025-09").ahead(as_of, 0), None, "of four");
    }

    /// The quarter ahead is 12 in every scenario but for December, which is 15 in the bull case and 6 in the others; the next quarter is
    /// not known, so that the newest value stands.
    #[test]
    fn a_scenario_has_its_own_values_and_those_of_all() {
        let mut rows = year();
        rows.extend(["2025-10", "2025-11"].map(|of| value(of, 12.0, None, None)));
        let december = [(Scenario::Bear, 6.0), (Scenario::Base, 6.0), (Scenario::Bull, 15.0)];
        rows.extend(december.map(|(scenario, of)| value("2025-12", of, None, Some(scenario))));
        let found = made(DriverKind::Scenario, &rows, "2025-09");
        let in_scenario = |scenario, quarter| found.in_scenario(month("2025-09"), scenario, quarter);
        assert_eq!(in_scenario(Scenario::Base, 0), Some(10.0 - 6.5));
        assert_eq!(in_scenario(Scenario::Bull, 0), Some(13.0 - 6.5));
        assert_eq!(in_scenario(Scenario::Bull, 1), Some(5.5));
    }

    /// What came of a quarter is known when it is over, whatever was assumed of it before: July to September were 10, 11 and 12, and the
    /// year up to June has a mean of 5.
    #[test]
    fn a_quarter_that_is_not_over_says_nothing_of_the_past() {
        let mut rows = year();
        rows.extend(["2025-10", "2025-11", "2025-12"].map(|of| value(of, 12.0, None, None)));
        let found = made(DriverKind::Scenario, &rows, "2025-03");
        assert_eq!(found.row(month("2025-06"), 0), Some(11.0 - 5.0));
        assert_eq!(found.row(month("2025-07"), 0), None);
        assert_eq!(found.row(month("2025-06"), 1), None);
    }

    /// 4 and 8 in September, of which the later day is published in October: 4 until then, and 6 in the mean from then on.
    #[test]
    fn a_month_is_the_mean_of_its_days_that_are_known() {
        let day = |date: &str, value, published: Option<&str>| DriverValue {
            date: date.parse().unwrap(),
            published_on: published.map(|day| day.parse().unwrap()),
            scenario: None,
            value,
        };
        let rows = [day("2025-09-01", 4.0, None), day("2025-09-20", 8.0, Some("2025-10-05"))];
        let values = Values(BTreeMap::from([(month("2025-09"), rows.iter().collect())]));
        let known = |known: &str| values.of(month("2025-09"), month(known), None);
        assert_eq!((known("2025-09"), known("2025-10")), (Some(4.0), Some(6.0)));
        assert_eq!(values.of(month("2025-08"), month("2025-10"), None), None);
    }
}
