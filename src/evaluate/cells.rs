//! Every way of ordering in every regime, pooled over the makers of a kind.

use std::fmt::Write as _;

use super::ordering::Played;
use super::realised::Realised;
use super::regimes::{Customers, LEVELS, Paid, Policy};

/// Makers that were played through.
#[derive(Debug, Default)]
pub(super) struct Pool(pub(super) Vec<Played>);

/// A kind of makers under a regime.
#[derive(Clone, Copy)]
struct Cell {
    supplied: bool,
    customers: Customers,
    paid: Paid,
}

/// A column of the tables.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Of(Policy),
    /// The constant level that earned most at all other makers.
    BestConstant,
}

impl Pool {
    /// All tables.
    pub(super) fn tables(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let mut text = String::new();
        for played in &self.0 {
            text += &of_maker(played);
        }
        text += &self.shares();
        text += &self.of("lowest cash since the beginning, mean over makers, M USD", &|sums, paid| {
            sums.cash_low[paid as usize] / 1e6
        });
        text += &self.of("write-down at the end, mean over makers, M USD", &|sums, _| sums.write_down / 1e6);
        let mut realised = Realised::default();
        self.0.iter().for_each(|played| realised.extend(&played.realised));
        text + &realised.table()
    }

    fn cells(&self) -> Vec<Cell> {
        let kinds = [false, true].into_iter().filter(|kind| self.0.iter().any(|p| p.supplied == *kind));
        let cells = kinds.flat_map(|supplied| {
            let customers = Customers::ALL.into_iter();
            customers.flat_map(move |customers| Paid::ALL.map(|paid| Cell { supplied, customers, paid }))
        });
        cells.collect()
    }

    fn ways(&self) -> Vec<Way> {
        let reference = self.0.iter().any(|p| p.sums.contains_key(&(Policy::Reference, Customers::Lost)));
        let mut ways = vec![Way::Of(Policy::Rule)];
        ways.extend(reference.then_some(Way::Of(Policy::Reference)));
        ways.extend([Way::Of(Policy::HalfBudget), Way::Of(Policy::MeanForecast), Way::BestConstant]);
        ways.extend([Policy::TrailingMean, Policy::BacklogOnly].map(Way::Of));
        ways
    }

    /// The policy that a way stands for at a maker.
    fn policy(&self, way: Way, index: usize, cell: Cell) -> Policy {
        let level = match way {
            Way::Of(policy) => return policy,
            Way::BestConstant => LEVELS.into_iter().max_by(|a, b| {
                let of = |level: u8| -> f64 {
                    let others = self.0.iter().enumerate().filter(|(other, _)| *other != index);
                    others.map(|(_, played)| share(played, Policy::Constant(level), cell)).sum()
                };
                of(*a).total_cmp(&of(*b))
            }),
        };
        Policy::Constant(level.unwrap_or(50))
    }

    fn of_kind(&self, cell: Cell) -> impl Iterator<Item = (usize, &Played)> {
        self.0.iter().enumerate().filter(move |(_, played)| played.supplied == cell.supplied)
    }

    fn mean(&self, cell: Cell, of: impl Fn(usize, &Played) -> f64) -> f64 {
        let n = self.of_kind(cell).count().max(1) as f64;
        self.of_kind(cell).map(|(index, played)| of(index, played)).sum::<f64>() / n
    }

    /// Profit as a share of that of perfect foresight, and in how many cells the rule has at least as much.
    fn shares(&self) -> String {
        let ways = self.ways();
        let mut text = self.head("profit as a share of perfect foresight, mean over makers", &ways);
        let cells = self.cells();
        let mut at_least = vec![0; ways.len()];
        let mut both = 0;
        for cell in &cells {
            let shares: Vec<f64> = ways
                .iter()
                .map(|way| {
                    self.mean(*cell, |index, played| share(played, self.policy(*way, index, *cell), *cell))
                })
                .collect();
            line(&mut text, *cell, &shares, 4);
            for (count, share) in at_least.iter_mut().zip(&shares) {
                *count += usize::from(shares[0] >= *share - 5e-5);
            }
            let beaten = [Way::Of(Policy::MeanForecast), Way::BestConstant].map(|way| {
                ways.iter().position(|of| *of == way).is_none_or(|index| shares[0] >= shares[index] - 5e-5)
            });
            both += usize::from(beaten.into_iter().all(|beaten| beaten));
        }
        let _ = write!(text, "{:<44}", format!("order_up_to at least that, of {} cells", cells.len()));
        for count in at_least {
            let _ = write!(text, "{count:>15}");
        }
        let _ = writeln!(text, "\norder_up_to at least mean_forecast and best constant level: {both}\n");
        text
    }

    fn of(&self, title: &str, value: &dyn Fn(&super::playing::Sums, Paid) -> f64) -> String {
        let ways = self.ways();
        let mut text = self.head(title, &ways);
        for cell in self.cells() {
            let values: Vec<f64> = ways
                .iter()
                .map(|way| {
                    self.mean(cell, |place, played| {
                        let of = (self.policy(*way, place, cell), cell.customers);
                        played.sums.get(&of).map_or(0.0, |sums| value(sums, cell.paid))
                    })
                })
                .collect();
            line(&mut text, cell, &values, 2);
        }
        text.push('\n');
        text
    }

    fn head(&self, title: &str, ways: &[Way]) -> String {
        let mut text = format!("{title}; {} makers\n{:<44}", self.0.len(), "");
        for way in ways {
            let name = match way {
                Way::Of(policy) => policy.name(),
                Way::BestConstant => "constant_level".to_owned(),
            };
            let _ = write!(text, "{name:>15}");
        }
        text.push('\n');
        text
    }
}

fn line(text: &mut String, cell: Cell, values: &[f64], digits: usize) {
    let kind = if cell.supplied { "second kind" } else { "first kind" };
    let name = format!("{kind}, {}, {}", cell.customers.name(), cell.paid.name());
    let _ = write!(text, "{name:<44}");
    for value in values {
        let _ = write!(text, "{value:>15.digits$}");
    }
    text.push('\n');
}

/// Profit of a policy as a share of that of perfect foresight; 0 where that earns nothing.
fn share(played: &Played, policy: Policy, cell: Cell) -> f64 {
    let profit =
        |policy: Policy| played.sums.get(&(policy, cell.customers)).map(|sums| sums.profit(cell.paid));
    match (profit(policy), profit(Policy::Foresight)) {
        (Some(own), Some(best)) if best > 0.0 => own / best,
        _ => 0.0,
    }
}

/// One maker where customers wait three months and pay the list price of the month.
fn of_maker(played: &Played) -> String {
    let mut text = format!(
        "{}: customers wait three months, market at delivery\n{:<18}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>10}{:>11}\n",
        played.maker,
        "M USD / machines",
        "profit",
        "revenue",
        "wafers",
        "capital",
        "wr.down",
        "cash low",
        "shipped",
        "lost",
        "late",
        "left over"
    );
    for ((policy, customers), sums) in &played.sums {
        if *customers != Customers::ThreeMonths {
            continue;
        }
        let m = |usd: f64| usd / 1e6;
        let _ = writeln!(
            text,
            "{:<18}{:>9.1}{:>9.1}{:>9.1}{:>9.1}{:>9.1}{:>9.1}{:>9}{:>9}{:>10}{:>11.0}",
            policy.name(),
            m(sums.profit(Paid::Market)),
            m(sums.revenue[Paid::Market as usize]),
            m(sums.wafers),
            m(sums.capital),
            m(sums.write_down),
            m(sums.cash_low[Paid::Market as usize]),
            sums.shipped,
            sums.lost,
            sums.late,
            sums.salvage
        );
    }
    text.push('\n');
    text
}
