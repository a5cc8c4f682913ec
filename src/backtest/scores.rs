//! Scores of every method in every cell.

use std::collections::BTreeMap;

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

/// Scores every method in every cell that has at least one actual.
pub(super) fn scores(scored: &[Scored], truth: &Truth, as_of: Month) -> Vec<Score> {
    let mut cells: BTreeMap<Key, BTreeMap<Method, BTreeMap<Month, Pair>>> = BTreeMap::new();
    for Scored { origin, key, method, pair } in scored {
        cells.entry(*key).or_default().entry(*method).or_default().insert(*origin, *pair);
    }
    let mut scores = Vec::new();
    for (key, methods) in &cells {
        let series = truth.series(key.target, key.model).up_to(as_of, key.level.months());
        let scale = super::measures::Scale::of(&series);
        for (method, pairs) in methods {
            let own: Vec<Pair> = pairs.values().copied().collect();
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
            let fva = before.and_then(|before| value_added(methods.get(&before)?, pairs));
            scores.push(Score { key: *key, method: *method, measures, fva });
        }
    }
    scores
}

const LAST: Method = Method::Baseline(super::baselines::Baseline::LastValue);

/// WAPE of `before` less that of `after`, over the origins that both have.
fn value_added(before: &BTreeMap<Month, Pair>, after: &BTreeMap<Month, Pair>) -> Option<f64> {
    let both: Vec<(Pair, Pair)> =
        after.iter().filter_map(|(origin, pair)| Some((*before.get(origin)?, *pair))).collect();
    let actual: f64 = both.iter().map(|(_, pair)| pair.actual).sum();
    let error = |pair: &Pair| (pair.forecast - pair.actual).abs();
    let gained: f64 = both.iter().map(|(before, after)| error(before) - error(after)).sum();
    (actual > 0.0).then(|| gained / actual)
}
