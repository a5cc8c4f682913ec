//! The mean alone of what ships on paths, and what is asked beside it.

use crate::market::HORIZON;

use super::rounding::whole;
use super::simulation::intake_over;

/// What is asked of paths beside what ships on them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Beside {
    /// What would ship of the backlog if no order were cancelled.
    pub without_cancellations: bool,
    /// Of orders to come, those signed in so many first months only.
    pub first: Vec<usize>,
}

/// By model and month.
pub(super) type Months = Vec<[f64; HORIZON]>;

/// Cells by `month * places + place` of these models, over `count`, by model of all.
pub(super) fn by_model(models: &[usize], cells: &[f64], count: f64, all: usize) -> Months {
    let mut found = vec![[0.0; HORIZON]; all];
    for (h, row) in cells.chunks_exact(models.len().max(1)).enumerate() {
        models.iter().zip(row).for_each(|(model, sum)| found[*model][h] = sum / count);
    }
    found
}

/// Mean machines shipped, by model and month, and TH signed on every path.
#[derive(Clone, Debug)]
pub struct Mean {
    pub(super) backlog: Months,
    pub(super) kept: Months,
    pub(super) new: Months,
    /// `None` where nothing moves intake: it is at its level.
    pub(super) plain: Option<Months>,
    pub(super) first: Vec<[Months; 2]>,
    pub(super) intake_paths: Vec<[f64; HORIZON]>,
}

impl Mean {
    /// Whole machines expected of today's backlog, by model.
    pub fn expected(&self) -> Vec<[i64; HORIZON]> {
        wholes(&self.backlog)
    }

    /// The same if no order were cancelled, where that was asked.
    pub fn kept(&self) -> Vec<[i64; HORIZON]> {
        wholes(&self.kept)
    }

    /// Whole machines of orders still to be signed.
    pub fn to_come(&self) -> Vec<[i64; HORIZON]> {
        wholes(&self.new)
    }

    /// The same with intake at its level, whatever the market and the drivers do.
    pub fn at_level(&self) -> Vec<[i64; HORIZON]> {
        wholes(self.plain.as_ref().unwrap_or(&self.new))
    }

    /// Of both, those signed in the first months, for each number of them that was asked.
    pub fn of_first(&self) -> impl Iterator<Item = [Vec<[i64; HORIZON]>; 2]> {
        self.first.iter().map(|both| [wholes(&both[0]), wholes(&both[1])])
    }

    /// TH signed over `months`, mean over the paths.
    pub fn intake(&self, months: std::ops::Range<usize>) -> f64 {
        intake_over(&self.intake_paths, months).0
    }
}

/// Months of each model in whole machines.
fn wholes(models: &[[f64; HORIZON]]) -> Vec<[i64; HORIZON]> {
    models.iter().map(|months| whole(*months)).collect()
}
