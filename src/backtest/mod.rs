//! Accuracy by replay: past quarter ends forecast with what was known then, beside what a planner would otherwise use.

mod baselines;
mod keys;
mod measures;
mod replay;
mod scores;
mod truth;

pub use baselines::Baseline;
pub use keys::{Key, Level, Method, Target};
pub use measures::{LEAST_FOR_80, Measures, Pair, Scale};
pub use replay::{ExAnte, Replays, Scored, ex_ante, replay};
pub use scores::Score;

use crate::history::{Book, MarketHistory};
use crate::job::Catalogue;

/// Scores every method in every cell.
pub fn scores(
    replays: &Replays,
    book: &Book<'_>,
    market: &MarketHistory,
    catalogue: &Catalogue,
) -> Vec<Score> {
    scores::scores(&replays.scored, &truth::Truth::new(book, market, catalogue), book.as_of)
}
