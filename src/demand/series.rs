//! TH by month.

use crate::domain::Month;
use crate::history::Book;
use crate::ingest::Segment;
use crate::job::Catalogue;

/// Share of a mean quarter that is added to both sides of a ratio, so that an empty quarter is no infinite error.
pub(super) const CUSHION: f64 = 0.05;

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

    /// TH signed by a kind of customer.
    pub(super) fn signed_by(book: &Book<'_>, catalogue: &Catalogue, segment: Segment) -> Self {
        let mut machines = vec![vec![0_u64; catalogue.models.len()]; book.intake.first().map_or(0, Vec::len)];
        let own = book.lots.iter().filter(|booked| booked.lot.terms.segment == segment && !booked.amended);
        for booked in own {
            let month = usize::try_from(booked.lot.terms.signed - book.first).ok();
            if let Some(month) = month.and_then(|month| machines.get_mut(month)) {
                month[booked.lot.terms.model.0] += booked.intake();
            }
        }
        let month = |machines: &Vec<u64>| {
            machines.iter().zip(&catalogue.models).map(|(n, model)| *n as f64 * model.hashrate_th.get()).sum()
        };
        Self { first: book.first, th: machines.iter().map(month).collect() }
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
