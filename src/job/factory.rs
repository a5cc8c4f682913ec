//! `[factory]`: how many machines can be assembled.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::Month;

/// `[factory]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Factory {
    /// Most machines that are assembled in a month. Empty: no limit.
    pub machines_per_month: Option<u32>,
    /// The same in single months, `YYYY-MM`.
    pub months: BTreeMap<String, u32>,
    /// Levels the plan: machines are built ahead of the month in which they ship, until every month is within this share of the flattest
    /// plan that chips and promised months allow. Table `stock` has what is built when. Empty: nothing is built ahead.
    pub level_within: Option<f64>,
}

impl Factory {
    /// Whether it limits anything.
    pub fn limits(&self) -> bool {
        self.machines_per_month.is_some() || !self.months.is_empty()
    }

    /// Months of `months` after the `last` one forecast.
    pub fn beyond(&self, last: Month) -> impl Iterator<Item = Month> {
        self.months.keys().filter_map(|month| month.parse().ok()).filter(move |month| *month > last)
    }

    /// Most machines that are assembled to ship in `month`.
    pub fn capacity(&self, month: Month) -> Option<u32> {
        self.months.get(&month.to_string()).copied().or(self.machines_per_month)
    }
}
