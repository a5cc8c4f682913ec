//! Scores of every method in every cell.

use super::keys::{Key, Method, Target};
use super::measures::{Measures, Pair};
use super::replay::Scored;
use super::truth::Truth;
use crate::domain::Month;

/// Accuracy of one method in one cell.
#[derive(Clone, Copy, Debug)]
pub struct Score {
    /// The cell.
    pub key: Key,
    /// The method.
    pub method: Method,
    /// The measures, over the origins that both know.
    pub measures: Measures,
    /// Forecast value added: WAPE of the step before less this one's, over the origins that both have.
    pub fva: Option<f64>,
}

/// Scores every method in every cell that has at least one actual, by the forecasts from each origin, the oldest first.
pub(super) fn scores(scored: &[Vec<Scored>], truth: &Truth, as_of: Month) -> Vec<Score> {
    let mut scores = Vec::new();
    let mut left: Vec<&[Scored]> = scored.iter().map(Vec::as_slice).collect();
    // Each origin has its cells in the same order; one whose actual is not known yet is missing.
    while let Some(key) =
        left.iter().filter_map(|cells| cells.first()).map(|cell| cell.key).min_by_key(Key::rank)
    {
        let mut of_key: Vec<&Scored> = Vec::with_capacity(left.len());
        for cells in &mut left {
            if let Some((first, rest)) = cells.split_first().filter(|(first, _)| first.key == key) {
                of_key.push(first);
                *cells = rest;
            }
        }
        let series = truth.series(key.target, key.model).up_to(as_of, key.level.months());
        let scale = super::measures::Scale::of(&series);
        let pairs: [Vec<Option<Pair>>; Method::ALL.len()] =
            Method::ALL.map(|method| of_key.iter().map(|cell| cell.pair(method)).collect());
        for method in Method::ALL {
            let own: Vec<Pair> = pairs[method.place()].iter().flatten().copied().collect();
            if own.is_empty() {
                continue;
            }
            let mut measures = Measures::of(&own, scale);
            if key.level == super::keys::Level::Year {
                // Twelve-month changes are too few for a scale.
                measures.mase = None;
                measures.rmsse = None;
            }
            let before = method
                .step_before()
                .filter(|before| key.target == Target::Shipments || *before != Method::BacklogOnly);
            let before = before.or_else(|| method.step_before().map(|_| LAST));
            let fva = before.and_then(|before| value_added(&pairs[before.place()], &pairs[method.place()]));
            scores.push(Score { key, method, measures, fva });
        }
    }
    scores.sort_by_key(|score| score.key);
    scores
}

const LAST: Method = Method::Baseline(super::baselines::Baseline::LastValue);

/// WAPE of `before` less that of `after`, over the origins that both have.
fn value_added(before: &[Option<Pair>], after: &[Option<Pair>]) -> Option<f64> {
    let both: Vec<(Pair, Pair)> = before.iter().zip(after).filter_map(|(b, a)| (*b).zip(*a)).collect();
    let actual: f64 = both.iter().map(|(_, pair)| pair.actual).sum();
    let error = |pair: &Pair| (pair.forecast - pair.actual).abs();
    let gained: f64 = both.iter().map(|(before, after)| error(before) - error(after)).sum();
    (actual > 0.0).then(|| gained / actual)
}
