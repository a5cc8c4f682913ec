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
}

impl Factory {
    /// Most machines that are assembled to ship in `month`.
    pub fn capacity(&self, month: Month) -> Option<u32> {
        self.months.get(&month.to_string()).copied().or(self.machines_per_month)
    }
}
