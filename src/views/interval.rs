//! What an interval is called, on every screen: "80% interval" only where intervals made so have held often enough at past
//! quarter ends, else by how often they held. The tables keep p10 and p90 under their names.

use std::collections::BTreeMap;

use crate::backtest::LEAST_FOR_80;
use crate::table::Column;
use crate::tables::declared::backtest;

use super::accuracy::THIS;
use super::{ALL, Grid, Tables, YEAR};

/// How often intervals from p10 to p90 held at past quarter ends.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Held {
    held: u64,
    n: u64,
}

impl Held {
    /// From the share of `n` replays that held; `None` where too few were scored to say.
    pub(crate) fn new(share: Option<f64>, n: usize) -> Self {
        let n = n as u64;
        Self {
            held: (share.unwrap_or(0.0) * n as f64).round() as u64,
            n: if share.is_some() { n } else { 0 },
        }
    }

    /// Whether it can be an 80% interval: not where one would hold so seldom in fewer than one of twenty times (binomial).
    pub(crate) fn honest(self) -> bool {
        let power = |base: f64, k: u64| base.powi(i32::try_from(k).unwrap_or(i32::MAX));
        let (mut chance, mut ways) = (0.0, 1.0);
        for k in 0..=self.held.min(self.n) {
            if k > 0 {
                ways *= (self.n - k + 1) as f64 / k as f64;
            }
            chance += ways * power(0.8, k) * power(0.2, self.n - k);
        }
        self.n < LEAST_FOR_80 as u64 || chance >= 0.05
    }

    /// `9 of 10`; `None` where too few were scored.
    pub(crate) fn counts(self) -> Option<String> {
        (self.n >= LEAST_FOR_80 as u64).then(|| format!("{} of {}", self.held, self.n))
    }

    /// What a person must know where it held too seldom: of which totals it is the interval.
    pub(crate) fn doubt(self, of: &str) -> Option<String> {
        (!self.honest()).then(|| {
            format!(
                "intervals of {of}, made to hold eight times in ten, held {} of {} times at past quarter ends ({:.0}%): read p10 and p90 as that, and expect totals outside them",
                self.held,
                self.n,
                100.0 * self.held as f64 / self.n as f64
            )
        })
    }

    /// Share that held, as n / 1000 so that it can be ordered.
    fn share(self) -> u64 {
        1000 * self.held / self.n.max(1)
    }
}

/// The name of an interval, or of several that share a head: that of the worst where one held too seldom.
pub(crate) fn name(all: &[Held]) -> String {
    let worst = all.iter().filter(|held| !held.honest()).min_by_key(|held| held.share());
    match worst {
        None => "80% interval".to_owned(),
        Some(Held { held, n }) => {
            let worst = if all.len() > 1 { " at worst" } else { "" };
            format!("interval that held {held} of {n}{worst}")
        }
    }
}

/// Replays of machines of 12 months, of a model or [`ALL`].
pub(crate) fn of_year(tables: Tables<'_>, model: &str) -> Held {
    replays(tables, "shipments", model, true).first().copied().unwrap_or_default()
}

/// The same of every model that was replayed.
pub(crate) fn of_years(tables: Tables<'_>) -> BTreeMap<&str, Held> {
    let mut rows = tables.with(backtest::method, THIS);
    rows.retain(|row| row.is(backtest::target, "shipments") && row.is(backtest::level, YEAR));
    rows.iter().map(|row| (row.text(backtest::model), held(row))).collect()
}

/// Replays of machines of every quarter ahead and of 12 months, all models.
pub(crate) fn of_machines(tables: Tables<'_>) -> Vec<Held> {
    [replays(tables, "shipments", ALL, false), vec![of_year(tables, ALL)]].concat()
}

/// Replays of the price or hashprice of every quarter ahead.
pub(crate) fn of_market(tables: Tables<'_>, target: &str) -> Vec<Held> {
    replays(tables, target, "", false)
}

fn replays(tables: Tables<'_>, target: &str, model: &str, year: bool) -> Vec<Held> {
    let mut rows = tables.with(backtest::method, THIS);
    let level = if year { YEAR } else { "quarter" };
    rows.retain(|row| {
        row.is(backtest::model, model) && row.is(backtest::level, level) && row.is(backtest::target, target)
    });
    rows.sort_by_key(|row| row.whole(backtest::horizon));
    rows.iter().map(held).collect()
}

/// How often the interval of a row of replays held.
fn held(row: &super::Row<'_>) -> Held {
    // Nothing forecast and nothing shipped at every origin: an interval of no width says nothing.
    let share = row.number(backtest::coverage_80).filter(|_| row.number(backtest::width_80) != Some(0.0));
    Held::new(share, usize::try_from(row.whole(backtest::n).unwrap_or(0)).unwrap_or(0))
}

impl Grid {
    /// With the heads of an interval's two columns called so.
    #[must_use]
    pub(crate) fn interval(mut self, ends: &[Column; 2], name: &str) -> Self {
        let heads = self.heads.iter_mut().filter(|head| ends.iter().any(|end| end.name == head.name));
        heads.for_each(|head| head.what = capital(name));
        self
    }
}

/// With its first letter as that of a head.
pub(crate) fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_that_held_too_seldom_is_not_called_one_of_80_percent() {
        // Chance of so few of so many where each holds with 0.8: 3 of 10 0.0009, 5 of 10 0.033, 6 of 10 0.12, 2 of 4 0.18.
        for (held, n, honest) in
            [(3, 10, false), (5, 10, false), (6, 10, true), (10, 10, true), (2, 4, true), (0, 3, true)]
        {
            assert_eq!(Held { held, n }.honest(), honest, "{held} of {n}");
        }
        let (bad, worse, good) = (Held { held: 5, n: 10 }, Held { held: 3, n: 10 }, Held { held: 9, n: 10 });
        assert_eq!(name(&[good]), "80% interval");
        assert_eq!(name(&[]), "80% interval");
        assert_eq!(name(&[worse]), "interval that held 3 of 10");
        assert_eq!(name(&[good, bad, worse]), "interval that held 3 of 10 at worst");
        assert!(worse.doubt("12 months").unwrap().contains("held 3 of 10 times at past quarter ends (30%)"));
        assert_eq!(good.doubt("12 months"), None);
    }

    #[test]
    fn shares_become_counts() {
        assert_eq!(Held::new(Some(0.6923), 13), Held { held: 9, n: 13 });
        assert_eq!(Held::new(Some(0.6923), 13).counts().as_deref(), Some("9 of 13"));
        assert_eq!(Held::new(None, 3).counts(), None);
    }
}
