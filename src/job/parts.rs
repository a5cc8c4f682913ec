//! `[[parts]]`: parts of machines, other than chips, that take long to come.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::domain::Month;

use super::values::LeadMonths;

/// A part that limits how many machines can be built, as chips do: power supplies, boards.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Name.
    pub name: Spanned<String>,
    /// Pieces in one machine, by model. A model that is not named needs none.
    pub per_machine: BTreeMap<String, u32>,
    /// Pieces in stock at the as-of date.
    #[serde(default)]
    pub stock: u32,
    /// Pieces that are on order, by the month in which they come, `YYYY-MM`. What came up to the as-of date is in `stock`.
    #[serde(default)]
    pub arrivals: BTreeMap<String, u32>,
    /// Months from placing an order to pieces in hand: machines that one placed now can reach are not limited.
    pub lead_months: LeadMonths,
}

impl Part {
    /// Name.
    pub fn name(&self) -> &str {
        self.name.as_ref()
    }

    /// Pieces that come, by month. Months that cannot be read were refused with the job.
    pub fn arriving(&self) -> impl Iterator<Item = (Month, u32)> {
        self.arrivals.iter().filter_map(|(month, pieces)| Some((month.parse().ok()?, *pieces)))
    }
}
