//! What to doubt: how far the forecast was off beside simple methods, where its intervals held too seldom, and what published
//! forecasts came to.

use crate::backtest::{LEAST_FOR_80, Level, Method, Score, Target};
use crate::views::accuracy::{comparable, method_name};
use crate::views::interval::Held;
use crate::views::words;
use crate::vintages::{Chain, LEAST_ERRORS, Realised, Signal, TRACKING_LIMIT};

/// A quarter ahead in words.
fn ahead(k: usize) -> String {
    if k == 1 { "the next quarter".to_owned() } else { format!("the quarter {k} ahead") }
}

/// Share of intervals below which a horizon is named: a tenth below the 0.8 that they are made for.
const SELDOM: f64 = 0.7;

/// The quarter ahead whose intervals held least often, where that is clearly less often than they are made for.
fn held_least(scores: &[Score]) -> Option<String> {
    let of = |score: &&Score| {
        let key = &score.key;
        score.method == Method::Model
            && key.target == Target::Shipments
            && key.level == Level::Quarter
            && key.model.is_none()
            && score.measures.n >= LEAST_FOR_80
    };
    let shares = scores.iter().filter(of).filter_map(|score| Some((score.measures.coverage_80?, score)));
    let (share, worst) = shares.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let held = Held::new(Some(share), worst.measures.n).counts()?;
    let ahead = ahead(worst.key.horizon);
    (share < SELDOM).then(|| {
        format!(
            "intervals made to hold eight times in ten held least often for {ahead}: {held} times at past quarter ends ({}); this forecast's are set by those errors",
            words::percent(share)
        )
    })
}

/// Errors of this forecast beside those of the best simple method that was scored as often.
fn replayed(scores: &[Score]) -> Vec<String> {
    let mut lines = Vec::new();
    for k in [1, 4] {
        let of = |score: &&Score| {
            let key = &score.key;
            key.target == Target::Shipments
                && key.level == Level::Quarter
                && key.horizon == k
                && key.model.is_none()
        };
        let model = scores.iter().filter(of).find(|s| s.method == Method::Model);
        let Some((wape, n)) = model.and_then(|s| Some((s.measures.wape?, s.measures.n))) else { continue };
        let best = scores
            .iter()
            .filter(of)
            .filter(|s| s.method != Method::Model && comparable(s.method.name(), s.measures.n, n))
            .filter_map(|s| Some((s.measures.wape?, s.method)))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((other, method)) = best {
            let ahead = ahead(k);
            lines.push(format!(
                "made again at {n} past quarter ends, this forecast missed the machines of {ahead} by {} (WAPE); the best simple method scored as often, {}, by {}",
                words::percent(wape),
                method_name(method.name()),
                words::percent(other)
            ));
        }
    }
    lines
}

/// What to doubt.
pub(super) fn lines(chain: &Chain, scores: &[Score]) -> Vec<String> {
    let mut lines = replayed(scores);
    lines.extend(held_least(scores));
    let quarters = |k: usize| if k == 1 { "1 quarter".to_owned() } else { format!("{k} quarters") };
    let percent = |share: f64| format!("{:.0}%", share * 100.0);
    let all: Vec<&Realised> =
        chain.realised.iter().filter(|r| r.model == "ALL" && r.role.is_empty()).collect();
    for score in &all {
        if let (Signal::OverForecast | Signal::UnderForecast, Some(signal)) =
            (score.signal, score.tracking_signal)
        {
            let (much, bias) = (
                if score.signal == Signal::OverForecast { "much" } else { "little" },
                score.bias.map(percent).unwrap_or_default(),
            );
            lines.push(format!(
                "published forecasts {} ahead say too {much}: bias {bias}, tracking signal {signal:.1} beyond its limit of {TRACKING_LIMIT:.0} (n = {})",
                quarters(score.lag),
                score.n
            ));
        }
    }
    match all.first() {
        None => lines.push("no published forecast has met its quarter yet: nothing is scored".to_owned()),
        Some(first) if first.signal == Signal::TooFew => lines.push(format!(
            "{} of published forecasts scored; a tracking signal needs {LEAST_ERRORS}",
            quarters(first.n)
        )),
        Some(_) => {}
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::{Key, Measures};

    fn score(method: Method, horizon: usize, n: usize, (wape, coverage_80): (f64, Option<f64>)) -> Score {
        let key = Key { target: Target::Shipments, level: Level::Quarter, model: None, horizon };
        let measures = Measures { n, wape: Some(wape), coverage_80, ..Measures::default() };
        Score { key, method, measures, fva: None }
    }

    /// Pick-up is off by least, at 9 of the 13 quarter ends alone; who knew the price is no rival.
    #[test]
    fn the_best_simple_method_is_scored_as_often() {
        let scores = [
            score(Method::Model, 1, 13, (0.047, Some(0.8462))),
            score(Method::ModelExPost, 1, 13, (0.03, None)),
            score(Method::PickUp, 1, 9, (0.0399, None)),
            score(Method::BacklogOnly, 1, 13, (0.0429, None)),
            score(Method::Consumption, 1, 13, (0.1559, None)),
        ];
        assert_eq!(
            replayed(&scores),
            [
                "made again at 13 past quarter ends, this forecast missed the machines of the next quarter by 4.7% (WAPE); the best simple method scored as often, orders in hand alone, by 4.3%"
            ]
        );
        assert!(replayed(&scores[..3]).is_empty(), "no method was scored as often");
    }

    /// 6 of 10 are below 7 of 10, 7 of 10 are not; three replays say nothing.
    #[test]
    fn the_quarter_whose_intervals_held_least_is_named() {
        let model = |horizon, n, share| score(Method::Model, horizon, n, (0.1, Some(share)));
        let scores = [model(1, 13, 0.8462), model(2, 12, 0.8333), model(3, 3, 0.3333), model(4, 10, 0.6)];
        let said = held_least(&scores).unwrap();
        assert!(said.contains("for the quarter 4 ahead: 6 of 10 times at past quarter ends (60%)"), "{said}");
        assert_eq!(held_least(&[model(1, 13, 0.8462), model(4, 10, 0.7)]), None);
        assert_eq!(held_least(&[]), None);
    }
}
