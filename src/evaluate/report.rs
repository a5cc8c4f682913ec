//! Tables of a kind of makers: accuracy ex ante and given the market, intervals, and what the price does.

use std::fmt::Write as _;

use crate::backtest::{Measures, Pair, Scale};
use crate::domain::{Month, Quantiles};

use super::figures::{Figure, Figures, PERIODS};

/// A vintage as one build forecast it.
#[derive(Clone, Debug)]
pub(super) struct Forecasts {
    /// With what was known.
    pub ante: Figures,
    /// With the price and difficulty that came, in the bull scenario.
    pub given: Figures,
}

/// One vintage of one maker.
#[derive(Clone, Debug)]
pub(super) struct Vintage {
    pub maker: String,
    pub as_of: Month,
    /// Whether known supply limits what ships.
    pub supplied: bool,
    /// Machines in a mean quarter of the maker: every figure is a share of it.
    pub unit: f64,
    /// What shipped, by period.
    pub actual: [Option<f64>; PERIODS],
    /// Last value and trailing mean, by period.
    pub simple: [[f64; PERIODS]; 2],
    /// The true elasticity of machines shipped, by quarter ahead, where it is known.
    pub elasticity: [Option<f64>; 4],
    /// This build, then the reference.
    pub builds: Vec<Forecasts>,
}

/// What of a figure is scored.
#[derive(Clone, Copy)]
enum Of {
    Units,
    Constrained,
}

impl Of {
    fn value(self, figure: &Figure) -> f64 {
        match self {
            Self::Units => figure.units,
            Self::Constrained => figure.constrained,
        }
    }

    fn quantiles(self, figure: &Figure) -> Quantiles<f64> {
        match self {
            Self::Units => figure.quantiles,
            Self::Constrained => figure.constrained_quantiles.unwrap_or(figure.quantiles),
        }
    }
}

/// Machines of bull and bear that differ by less count as the same.
const SAME: f64 = 0.02;

/// The tables of one kind of makers.
pub(super) fn tables(title: &str, vintages: &[Vintage]) -> String {
    let makers: std::collections::BTreeSet<&str> = vintages.iter().map(|v| v.maker.as_str()).collect();
    let mut text = format!("{title}: {} makers, {} vintages\n", makers.len(), vintages.len());
    let supplied = vintages.iter().any(|v| v.supplied);
    let scored = [("units", Of::Units), ("constrained_units", Of::Constrained)];
    let scored = &scored[..if supplied { 2 } else { 1 }];
    for &(name, of) in scored {
        accuracy(&mut text, name, of, vintages);
    }
    for &(name, of) in scored {
        let _ = writeln!(text, "{name}: ln(bull / bear) / ln(bull price / bear price), median of vintages");
        for maker in &makers {
            let own: Vec<&Vintage> = vintages.iter().filter(|v| v.maker == *maker).collect();
            responses(&mut text, maker, of, &own);
            if own.iter().any(|v| v.elasticity[0].is_some()) {
                for v in own {
                    let each: Vec<Option<f64>> = (0..4).map(|k| elasticity(v, 0, k, of)).collect();
                    line(&mut text, &format!("  {}", v.as_of), &each, 2);
                }
            }
        }
        responses(&mut text, "all", of, &vintages.iter().collect::<Vec<_>>());
    }
    text.push('\n');
    text
}

fn line(text: &mut String, name: &str, values: &[Option<f64>], digits: usize) {
    let _ = write!(text, "  {name:<44}");
    for value in values {
        let _ = match value {
            Some(value) => write!(text, "{value:>10.digits$}"),
            None => write!(text, "{:>10}", ""),
        };
    }
    text.push('\n');
}

/// Forecast and actual of a period, in mean quarters of the maker.
fn pairs(
    vintages: &[Vintage],
    period: usize,
    forecast: impl Fn(&Vintage) -> Option<(f64, Option<Quantiles<f64>>)>,
) -> Vec<Pair> {
    let pair = |v: &Vintage| {
        let (value, quantiles) = forecast(v)?;
        Some(Pair {
            forecast: value / v.unit,
            actual: v.actual[period]? / v.unit,
            quantiles: quantiles.map(|q| q.map(|q| q / v.unit)),
        })
    };
    vintages.iter().filter_map(pair).collect()
}

/// A measure with its title.
type Named = (&'static str, fn(&Measures) -> Option<f64>);

fn accuracy(text: &mut String, name: &str, of: Of, vintages: &[Vintage]) {
    let per =
        |value: &dyn Fn(usize) -> Option<f64>| -> Vec<Option<f64>> { (0..PERIODS).map(value).collect() };
    let measures = |period: usize, build: usize, given: bool| {
        let found = pairs(vintages, period, |v| {
            let forecasts = v.builds.get(build)?;
            let figures = if given { forecasts.given.get("bull") } else { forecasts.ante.get("base") };
            let figure = figures?.get(period)?;
            Some((of.value(figure), Some(of.quantiles(figure))))
        });
        Measures::of(&found, Scale::default())
    };
    let simple = |period: usize| {
        let wape = |which: usize| {
            let found = pairs(vintages, period, |v| Some((v.simple[which][period], None)));
            Measures::of(&found, Scale::default()).wape
        };
        Some(wape(0)?.min(wape(1)?))
    };
    let ratio = |build: usize, given: bool| per(&|p| Some(measures(p, build, given).wape? / simple(p)?));
    let _ = writeln!(
        text,
        "  {name:<44}{:>10}{:>10}{:>10}{:>10}{:>10}",
        "quarter 1", "quarter 2", "quarter 3", "quarter 4", "12M"
    );
    line(text, "n", &per(&|p| Some(measures(p, 0, false).n as f64)), 0);
    line(text, "WAPE", &per(&|p| measures(p, 0, false).wape), 3);
    let compared = vintages.iter().all(|v| v.builds.len() > 1);
    let mut both = |name: &str, values: &dyn Fn(usize) -> Vec<Option<f64>>| {
        line(text, name, &values(0), 3);
        if compared {
            line(text, "  reference", &values(1), 3);
            let pairs = values(0).into_iter().zip(values(1));
            let difference: Vec<Option<f64>> = pairs.map(|(a, b)| Some(a? - b?)).collect();
            line(text, "  difference", &difference, 3);
        }
    };
    both("ratio to better of last value, trailing mean", &|build| ratio(build, false));
    if vintages.iter().flat_map(|v| &v.builds).any(|build| !build.given.is_empty()) {
        both("  the same given price and difficulty", &|build| ratio(build, true));
    }
    let named: [Named; 4] = [
        ("bias", |m| m.bias),
        ("share of 80% intervals that held", |m| m.coverage_80),
        ("width of the 80% interval", |m| m.width_80),
        ("pinball", |m| m.pinball),
    ];
    for (name, of) in named {
        both(name, &|build| per(&|p| of(&measures(p, build, false))));
    }
}

/// Machines of bull and bear, and the mean prices.
fn machines(v: &Vintage, build: usize, k: usize, of: Of) -> Option<[f64; 4]> {
    let of_scenario = |name: &str| v.builds.get(build)?.ante.get(name)?.get(k);
    let (bull, bear) = (of_scenario("bull")?, of_scenario("bear")?);
    Some([of.value(bull), of.value(bear), bull.price, bear.price])
}

fn elasticity(v: &Vintage, build: usize, k: usize, of: Of) -> Option<f64> {
    let [bull, bear, high, low] = machines(v, build, k, of)?;
    (bull > 0.0 && bear > 0.0).then(|| (bull / bear).ln() / (high / low).ln())
}

/// Elasticity of each quarter: the product's, the truth where it is known, and how often bull and bear are the same.
fn responses(text: &mut String, name: &str, of: Of, vintages: &[&Vintage]) {
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        (!values.is_empty()).then(|| crate::demand::quantile(&values, 0.5))
    };
    let builds = vintages.iter().map(|v| v.builds.len()).min().unwrap_or(0);
    for build in 0..builds {
        let found: Vec<Option<f64>> = (0..4)
            .map(|k| median(vintages.iter().filter_map(|v| elasticity(v, build, k, of)).collect()))
            .collect();
        let title = if build == 0 { name.to_owned() } else { format!("{name}, reference") };
        line(text, &title, &found, 2);
    }
    let truth: Vec<Option<f64>> =
        (0..4).map(|k| median(vintages.iter().filter_map(|v| v.elasticity[k]).collect())).collect();
    if truth.iter().any(Option::is_some) {
        line(text, &format!("{name}, truth"), &truth, 2);
    }
    for build in 0..builds {
        let same = vintages.iter().filter(|v| {
            let sums = (1..4)
                .filter_map(|k| machines(v, build, k, of))
                .fold([0.0, 0.0], |sums, m| [sums[0] + m[0], sums[1] + m[1]]);
            (sums[0] / sums[1] - 1.0).abs() < SAME
        });
        let title = if build == 0 { "" } else { " (reference)" };
        let _ = writeln!(
            text,
            "    {name}: bear and bull within 2% over quarters 2 to 4 in {} of {} vintages{title}",
            same.count(),
            vintages.len()
        );
    }
}

/// Intervals and their pinball loss over all makers: of what ships where supply is known, else of the forecast.
pub(super) fn intervals(vintages: &[Vintage]) -> String {
    let mut text = "all makers: intervals of what ships within known supply\n".to_owned();
    let builds = vintages.iter().map(|v| v.builds.len()).min().unwrap_or(0);
    for build in 0..builds {
        let measures: Vec<Measures> = (0..PERIODS)
            .map(|period| {
                let found = pairs(vintages, period, |v| {
                    let of = if v.supplied { Of::Constrained } else { Of::Units };
                    let figure = v.builds.get(build)?.ante.get("base")?.get(period)?;
                    Some((of.value(figure), Some(of.quantiles(figure))))
                });
                Measures::of(&found, Scale::default())
            })
            .collect();
        let title = |name: &str| if build == 0 { name.to_owned() } else { format!("{name}, reference") };
        let per = |of: &dyn Fn(&Measures) -> Option<f64>| measures.iter().map(of).collect::<Vec<_>>();
        if build == 0 {
            line(&mut text, "n", &per(&|m| Some(m.n as f64)), 0);
        }
        line(&mut text, &title("share of 80% intervals that held"), &per(&|m| m.coverage_80), 3);
        line(&mut text, &title("width"), &per(&|m| m.width_80), 3);
        line(&mut text, &title("pinball"), &per(&|m| m.pinball), 3);
    }
    text.push('\n');
    text
}
