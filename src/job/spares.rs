//! `[spares]`: chips for machines that come back.

use serde::Deserialize;

use crate::domain::Share;

use super::values::share;

/// `[spares]`
///
/// Its defaults are a prior, not a measurement: in a steady year they draw what the default `spares_share` of `[wafers]` does,
/// 0.06 x 1/3 = 0.02 chips for every chip built in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Spares {
    /// Share of the machines shipped that come back in their first, second, ... year; the last holds for later years.
    pub return_rate_by_year: Vec<Share>,
    /// Share of its chips that are replaced in a machine that comes back: a third is one hashboard of three.
    pub chips_share: Share,
    /// Months from shipping in which machines that come back are repaired, 1 to 120.
    pub warranty_months: u32,
}
defaults!(Spares {
    return_rate_by_year: vec![share(0.06)],
    chips_share: share(1.0 / 3.0),
    warranty_months: 12,
});

impl Spares {
    /// Share of the machines shipped so many months ago that come back in a month; 0 after the warranty.
    /// # Example
    /// ```
    /// use wafercast::{domain::Share, job::Spares};
    ///
    /// let rates = [0.12, 0.06].map(|rate| Share::new(rate).unwrap()).to_vec();
    /// let spares = Spares { return_rate_by_year: rates, warranty_months: 30, ..Spares::default() };
    /// let found = [0, 1, 12, 13, 30, 31].map(|months| (spares.returns(months) * 1000.0).round());
    /// assert_eq!(found, [0.0, 10.0, 10.0, 5.0, 5.0, 0.0]);
    /// ```
    pub fn returns(&self, months: u32) -> f64 {
        let Some(before) = months.checked_sub(1).filter(|_| months <= self.warranty_months) else {
            return 0.0;
        };
        let year = self.return_rate_by_year.get((before / 12) as usize);
        year.or(self.return_rate_by_year.last()).map_or(0.0, |rate| rate.get() / 12.0)
    }

    /// Chips drawn for a machine's repair until its warranty ends, as a share of those built in.
    pub fn share_of_chips(&self) -> f64 {
        (1..=self.warranty_months).map(|months| self.returns(months)).sum::<f64>() * self.chips_share.get()
    }
}
