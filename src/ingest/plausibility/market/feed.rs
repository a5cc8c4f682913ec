//! A market export under judgement: its days, what other sources say of them, and where they stand in its files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;

use crate::diagnostic::Place;
use crate::ingest::files::locations::Located;
use crate::ingest::market::series::{Daily, Series};

use super::bounds::{Quantity, usual};

/// Sources of a day within this factor agree: the move is real, however large.
pub(super) const AGREES: f64 = 2.0;

/// One export under judgement.
pub(super) struct Feed<'a> {
    pub(super) quantity: Quantity,
    pub(super) located: &'a Located,
    pub(super) series: &'a Series,
    pub(super) days: Vec<Daily>,
    /// What another column or export says of a day.
    pub(super) sources: BTreeMap<NaiveDate, f64>,
}

/// A day that cannot be right, by its index, and what it was held against.
pub(super) struct Wrong {
    pub(super) index: usize,
    pub(super) expected: f64,
    pub(super) against: &'static str,
}

impl Feed<'_> {
    /// Whether another source has about the same for a day.
    pub(super) fn agreed(&self, index: usize) -> bool {
        let source = self.days.get(index).and_then(|day| Some(day.value / self.sources.get(&day.date)?));
        source.is_some_and(|apart| apart.ln().abs() < AGREES.ln())
    }

    /// How far a day is outside what is known of it, in logarithms; `None` inside.
    pub(super) fn outside(&self, day: &Daily, factor: f64) -> Option<f64> {
        let usual = usual(self.quantity, day.date)?;
        let off = day.value.ln() - usual.log;
        (off.abs() > factor.ln() + usual.wider).then_some(off)
    }

    pub(super) fn path(&self, date: NaiveDate, line: u64) -> PathBuf {
        let file = self.series.files.get(&(date, line)).copied().unwrap_or(0);
        self.located.files.get(file).cloned().unwrap_or_default()
    }

    /// File, line and cell of a day.
    pub(super) fn place(&self, day: usize) -> Place {
        let Some(day) = self.days.get(day) else { return Place::default() };
        let at = self.series.points.partition_point(|p| p.date < day.date);
        let Some(point) = self.series.points.get(at) else { return Place::default() };
        Place {
            path: self.path(point.date, point.line),
            line: point.line,
            column: self.quantity.name().to_owned(),
            value: number(point.value),
        }
    }
}

/// A number of any size, short.
pub(super) fn number(value: f64) -> String {
    if (1e-3..1e6).contains(&value.abs()) {
        let text = format!("{value:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        format!("{value:.3e}")
    }
}
