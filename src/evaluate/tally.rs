//! Forecasts and actuals by level, horizon and method, and their table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::backtest::{Baseline, Level, Measures, Method, Pair, Scale};

/// Pairs by level, horizon and method.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    cells: BTreeMap<(Level, usize), BTreeMap<Method, Vec<Pair>>>,
}

impl Tally {
    pub(super) fn add(&mut self, level: Level, horizon: usize, method: Method, pair: Pair) {
        self.cells.entry((level, horizon)).or_default().entry(method).or_default().push(pair);
    }

    /// Measures of a method in a cell.
    pub(super) fn measures(&self, level: Level, horizon: usize, method: Method) -> Option<Measures> {
        let pairs = self.cells.get(&(level, horizon))?.get(&method)?;
        Some(Measures::of(pairs, Scale::default()))
    }

    /// WAPE of the model over that of the better of last value and trailing mean.
    pub(super) fn ratio(&self, level: Level, horizon: usize) -> Option<f64> {
        let wape = |method| self.measures(level, horizon, method).and_then(|m| m.wape);
        let last = wape(Method::Baseline(Baseline::LastValue))?;
        let mean = wape(Method::Baseline(Baseline::TrailingMean))?;
        Some(wape(Method::Model)? / last.min(mean))
    }

    /// Accuracy by method and coverage, one line a horizon.
    pub(super) fn table(&self, title: &str) -> String {
        let mut text = format!("{title}\n");
        let methods: Vec<Method> = Method::ALL
            .into_iter()
            .filter(|m| self.cells.values().any(|cell| cell.contains_key(m)))
            .collect();
        let _ = write!(text, "{:<10}{:>4}{:>7}", "WAPE", "n", "ratio");
        for method in &methods {
            let _ = write!(text, "  {}", method.name());
        }
        text.push('\n');
        let show = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.3}"));
        for (level, horizon) in self.cells.keys() {
            let name = if *level == Level::Year { "12M".to_owned() } else { format!("quarter {horizon}") };
            let n = self.measures(*level, *horizon, Method::Model).map_or(0, |m| m.n);
            let _ = write!(text, "{name:<10}{n:>4}{:>7}", show(self.ratio(*level, *horizon)));
            for method in &methods {
                let wape = self.measures(*level, *horizon, *method).and_then(|m| m.wape);
                let _ = write!(text, "  {:>width$}", show(wape), width = method.name().len());
            }
            text.push('\n');
        }
        let _ = writeln!(
            text,
            "{:<10}{:>4}{:>8}{:>9}{:>8}{:>8}",
            "model", "n", "bias", "covered", "width", "pinball"
        );
        let (mut within, mut count) = (0.0, 0.0);
        for (level, horizon) in self.cells.keys() {
            let Some(m) = self.measures(*level, *horizon, Method::Model) else { continue };
            let name = if *level == Level::Year { "12M".to_owned() } else { format!("quarter {horizon}") };
            let _ = writeln!(
                text,
                "{name:<10}{:>4}{:>8}{:>9}{:>8}{:>8}",
                m.n,
                m.bias.map_or_else(String::new, |b| format!("{b:+.3}")),
                m.coverage_80.map_or_else(String::new, |c| format!("{:.0}%", 100.0 * c)),
                show(m.width_80),
                show(m.pinball)
            );
            if let Some(coverage) = m.coverage_80 {
                within += coverage * m.n as f64;
                count += m.n as f64;
            }
        }
        if count > 0.0 {
            let _ =
                writeln!(text, "80% intervals covered {:.1}% of {count:.0} totals", 100.0 * within / count);
        }
        text.push('\n');
        text
    }
}
