//! TH by month.

use crate::domain::Month;
use crate::history::Book;
use crate::job::Catalogue;

/// TH in each month since `first`.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub first: Month,
    pub th: Vec<f64>,
}

impl Series {
    /// TH signed.
    pub(super) fn signed(book: &Book<'_>, catalogue: &Catalogue) -> Self {
        Self { first: book.first, th: book.intake_th(catalogue) }
    }

    /// TH that left the door, since deliveries are known.
    pub(super) fn delivered(book: &Book<'_>, catalogue: &Catalogue) -> Self {
        let skip = usize::try_from(book.deliveries_from - book.first).unwrap_or(0);
        let months = book.deliveries.first().map_or(0, Vec::len);
        let month = |m: usize| {
            let models = book.deliveries.iter().zip(&catalogue.models);
            models.map(|(machines, model)| machines[m] as f64 * model.hashrate_th.get()).sum()
        };
        Self { first: book.deliveries_from, th: (skip..months).map(month).collect() }
    }

    /// TH of one month; `None` outside the series.
    pub(super) fn at(&self, month: Month) -> Option<f64> {
        self.th.get(usize::try_from(month - self.first).ok()?).copied()
    }

    /// Mean of the months `from..=to`; `None` when one of them is not in the series.
    pub(super) fn mean(&self, from: Month, to: Month) -> Option<f64> {
        let start = usize::try_from(from - self.first).ok()?;
        let end = usize::try_from(to - self.first + 1).ok()?;
        let months = self.th.get(start..end)?;
        Some(months.iter().sum::<f64>() / months.len().max(1) as f64)
    }
}
