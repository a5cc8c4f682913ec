//! What to doubt of the orders: what they hang on that is assumed, and models whose intervals do not hold.

use crate::assumed::Otherwise;
use crate::backtest::{Level, Method, Score, Target};
use crate::job::Catalogue;
use crate::market::Scenario;
use crate::tables::Context;
use crate::views::interval::Held;
use crate::views::words::grouped;

/// Least share of a model in the machines of the twelve months for it to be named.
const LEAST_SHARE: f64 = 0.05;

/// What to doubt, in lines.
pub(crate) fn doubts(context: &Context<'_>, otherwise: &[Otherwise]) -> Vec<String> {
    let mut lines: Vec<String> =
        otherwise.iter().map(|of| of.described(grouped) + context.budget.aside()).collect();
    let units = &context.forecasts[Scenario::Base as usize].units;
    let units: Vec<i64> = units.iter().map(|months| months.iter().sum()).collect();
    lines.extend(models(context.scores, &units, &context.job.catalogue));
    lines.extend(super::unchecked::line(context.exports, context.book));
    lines
}

/// Models of which the forecast has `units` machines and whose 12-month intervals held too seldom, or were never compared.
fn models(scores: &[Score], units: &[i64], catalogue: &Catalogue) -> Option<String> {
    let all: i64 = units.iter().sum();
    let mut named = Vec::new();
    for (id, units) in catalogue.ids().zip(units) {
        if (*units as f64) < LEAST_SHARE * all as f64 || *units == 0 {
            continue;
        }
        let score = scores.iter().find(|score| {
            score.method == Method::Model
                && score.key.target == Target::Shipments
                && score.key.level == Level::Year
                && score.key.model == Some(id.0)
        });
        let held = score.map(|score| Held::new(score.measures.coverage_80, score.measures.n));
        let name = catalogue.model(id).name();
        match held.and_then(|held| Some((held, held.counts()?))) {
            Some((held, counts)) if !held.honest() => named.push(format!("{name} held {counts}")),
            Some(_) => {}
            None => named.push(format!("{name} was compared too seldom to say")),
        }
    }
    (!named.is_empty()).then(|| {
        format!(
            "12-month intervals of single models, made to hold eight times in ten: {}; which chip is ordered rests on the split to models",
            named.join(", ")
        )
    })
}
