//! TH signed by month, with the arithmetic of ratios.

use crate::domain::Month;
use crate::history::Book;
use crate::job::Catalogue;

/// TH signed in each month since `first`.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub first: Month,
    pub th: Vec<f64>,
}

impl Series {
    pub(super) fn new(book: &Book<'_>, catalogue: &Catalogue) -> Self {
        Self { first: book.first, th: book.intake_th(catalogue) }
    }

    /// Mean of the months `from..=to`; `None` when one of them is not in the series.
    pub(super) fn mean(&self, from: Month, to: Month) -> Option<f64> {
        let start = usize::try_from(from - self.first).ok()?;
        let end = usize::try_from(to - self.first + 1).ok()?;
        let months = self.th.get(start..end)?;
        Some(months.iter().sum::<f64>() / months.len().max(1) as f64)
    }

    /// Mean of quarter `k` (1 to 4) ahead of `t` over the mean of the year up to `t`.
    pub(super) fn ratio(&self, t: Month, k: i32) -> Option<f64> {
        let year = self.mean(t - 11, t)?;
        let quarter = self.mean(t + (3 * k - 2), t + 3 * k)?;
        (year > 0.0).then_some(quarter / year)
    }
}
