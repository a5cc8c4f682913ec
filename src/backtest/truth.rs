//! What really happened, by month, up to the as-of date of the run.

use crate::domain::{HashPrice, Month};
use crate::history::{Book, MarketHistory, MarketMonth};
use crate::job::Catalogue;

use super::keys::Target;

/// A monthly series without holes.
#[derive(Clone, Debug)]
pub(super) struct Series {
    first: Month,
    values: Vec<f64>,
    /// Whether a stretch is the sum of its months; else their mean.
    sums: bool,
}

impl Series {
    /// The value of `months` months from `from` on; `None` when one of them is not known.
    pub(super) fn stretch(&self, from: Month, months: usize) -> Option<f64> {
        let start = usize::try_from(from - self.first).ok()?;
        let sum: f64 = self.values.get(start..start + months)?.iter().sum();
        Some(if self.sums { sum } else { sum / months as f64 })
    }

    /// Whether a stretch is the sum of its months; else their mean.
    pub(super) const fn is_sum(&self) -> bool {
        self.sums
    }

    /// The stretches of `months` months that end with `last`, oldest first; those that the series does not fill are
    /// left out.
    pub(super) fn up_to(&self, last: Month, months: usize) -> Vec<f64> {
        let length = usize::try_from(last - self.first + 1).unwrap_or(0).min(self.values.len());
        self.values[..length]
            .rchunks_exact(months)
            .rev()
            .map(|chunk| chunk.iter().sum::<f64>() / if self.sums { 1.0 } else { months as f64 })
            .collect()
    }
}

/// The series of every target.
#[derive(Clone, Debug)]
pub(super) struct Truth {
    models: Vec<Series>,
    all: Series,
    intake: Series,
    market: [Series; 3],
}

impl Truth {
    pub(super) fn new(book: &Book<'_>, market: &MarketHistory, catalogue: &Catalogue) -> Self {
        let skip = usize::try_from(book.deliveries_from - book.first).unwrap_or(0);
        let shipped = |values: Vec<f64>| {
            let values = values.into_iter().skip(skip).collect();
            Series { first: book.deliveries_from, values, sums: true }
        };
        let models = book
            .deliveries
            .iter()
            .map(|machines| shipped(machines.iter().map(|m| *m as f64).collect()))
            .collect();
        Self {
            models,
            all: shipped(book.deliveries_all()),
            intake: Series { first: book.first, values: book.intake_th(catalogue), sums: true },
            market: [
                last_run(market, |m| m.implied_price),
                last_run(market, |m| m.difficulty.map(crate::domain::Difficulty::get)),
                last_run(market, |m| m.hashprice.map(HashPrice::usd_per_ph_day)),
            ],
        }
    }

    /// The series of a target; `model` for machines of one model.
    pub(super) fn series(&self, target: Target, model: Option<usize>) -> &Series {
        match (target, model) {
            (Target::Shipments, Some(model)) => &self.models[model],
            (Target::Shipments, None) => &self.all,
            (Target::Intake, _) => &self.intake,
            (Target::Price, _) => &self.market[0],
            (Target::Difficulty, _) => &self.market[1],
            (Target::Hashprice, _) => &self.market[2],
        }
    }
}

/// The months of the market without a hole up to the last one.
fn last_run(market: &MarketHistory, value: impl Fn(&MarketMonth) -> Option<f64>) -> Series {
    let mut values: Vec<f64> = market.months.iter().rev().map_while(value).collect();
    values.reverse();
    let last = market.months.last().map_or(Month::from_index(0), |m| m.month);
    let length = i32::try_from(values.len()).unwrap_or(0);
    Series { first: last + 1 - length, values, sums: false }
}
