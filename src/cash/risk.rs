//! Paths of cash summed up: quantiles by month, the low point, and the write-down.

use crate::demand::{quantile, quantiles};
use crate::domain::Usd;
use crate::job::Cash;
use crate::market::HORIZON;

use super::path::PathCash;

/// Shares of the paths that quantiles are given at.
pub const AT: [f64; 5] = [0.05, 0.1, 0.5, 0.9, 0.95];

/// What is kept of a path, USD.
#[derive(Clone, Copy, Debug)]
pub(super) struct OnPath {
    /// Net since the as-of date.
    sum: [f64; HORIZON],
    advances: [f64; HORIZON],
    salvage_values: f64,
    write_down: f64,
}

impl OnPath {
    pub(super) fn new(path: &PathCash) -> Self {
        let mut sum = 0.0;
        let net = path.net().map(|net| {
            sum += net;
            sum
        });
        Self {
            sum: net,
            advances: path.advances,
            salvage_values: path.salvage_values,
            write_down: path.write_down,
        }
    }
}

/// Cash on the paths of a scenario, opening cash included.
#[derive(Clone, Debug)]
pub struct Risk {
    /// By month ahead, at [`AT`].
    pub months: [[Usd; AT.len()]; HORIZON],
    /// Mean by month.
    pub mean: [Usd; HORIZON],
    /// Share of paths below the limit at the end of the month or of one before.
    pub below: [f64; HORIZON],
    /// Mean deposits received on machines not shipped by the end of the month.
    pub advances: [Usd; HORIZON],
    /// Lower end, at the first of [`AT`], of cash without those.
    pub without_advances: [Usd; HORIZON],
    /// The lowest month end, at [`AT`].
    pub low: [Usd; AT.len()],
    /// Month ahead in which it falls on most paths, and their share.
    pub low_month: (usize, f64),
    /// Mean of what is left at the end and would fetch then.
    pub salvage_values: Usd,
    /// On the orders to place now.
    pub write_down: WriteDown,
}

/// Write-down over the paths.
#[derive(Clone, PartialEq, Debug)]
pub struct WriteDown {
    /// Mean.
    pub mean: Usd,
    /// Exceeded on 10, 5 and 1% of paths.
    pub exceeded: [Usd; 3],
    /// Mean of the largest 5%.
    pub shortfall: Usd,
    sorted: Vec<f64>,
}

impl WriteDown {
    /// Of the write-down of each path, USD.
    /// # Example
    /// Of twenty paths one writes down 100 and one 60: the mean is 8, the largest 5% are the first, and one in ten reaches 60.
    /// ```
    /// use wafercast::{cash::WriteDown, domain::Usd};
    ///
    /// let mut paths = vec![0.0; 20];
    /// (paths[3], paths[7]) = (100.0, 60.0);
    /// let found = WriteDown::new(paths);
    /// assert_eq!((found.mean, found.shortfall), (Usd::new(8.0), Usd::new(100.0)));
    /// assert_eq!(found.probability(Usd::new(60.0)), 0.1);
    /// ```
    pub fn new(mut paths: Vec<f64>) -> Self {
        paths.sort_by(f64::total_cmp);
        let n = paths.len().max(1);
        let worst = paths.len().div_ceil(20).max(1);
        Self {
            mean: Usd::new(paths.iter().sum::<f64>() / n as f64),
            exceeded: [0.9, 0.95, 0.99].map(|share| Usd::new(quantile(&paths, share))),
            shortfall: Usd::new(paths.iter().rev().take(worst).sum::<f64>() / worst as f64),
            sorted: paths,
        }
    }

    /// Share of paths that write down as much or more.
    pub fn probability(&self, amount: Usd) -> f64 {
        let below = self.sorted.partition_point(|path| *path < amount.dollars());
        (self.sorted.len() - below) as f64 / self.sorted.len().max(1) as f64
    }
}

impl Risk {
    pub(super) fn new(paths: &[OnPath], terms: &Cash) -> Self {
        let n = paths.len().max(1) as f64;
        let opening = terms.opening_cash_usd.get();
        let limit = -terms.credit_line_usd.get() - opening;
        let mut column = vec![0.0; paths.len()];
        let mut at = |of: &dyn Fn(&OnPath) -> f64| {
            column.iter_mut().zip(paths).for_each(|(cell, path)| *cell = of(path));
            quantiles(&mut column, AT).map(|usd| Usd::new(opening + usd))
        };
        let mean = |of: &dyn Fn(&OnPath) -> f64| Usd::new(paths.iter().map(of).sum::<f64>() / n);
        let mut lows = [0_u32; HORIZON];
        for path in paths {
            let lowest = (0..HORIZON).min_by(|a, b| path.sum[*a].total_cmp(&path.sum[*b])).unwrap_or(0);
            lows[lowest] += 1;
        }
        let month = (0..HORIZON).rev().max_by_key(|h| lows[*h]).unwrap_or(0);
        Self {
            months: std::array::from_fn(|h| at(&|path| path.sum[h])),
            mean: std::array::from_fn(|h| mean(&|path| opening + path.sum[h])),
            below: std::array::from_fn(|h| {
                let fallen = paths.iter().filter(|path| path.sum[..=h].iter().any(|sum| *sum < limit));
                fallen.count() as f64 / n
            }),
            advances: std::array::from_fn(|h| mean(&|path| path.advances[h])),
            without_advances: std::array::from_fn(|h| at(&|path| path.sum[h] - path.advances[h])[0]),
            low: at(&|path| path.sum.iter().copied().fold(f64::INFINITY, f64::min)),
            low_month: (month, f64::from(lows[month]) / n),
            salvage_values: mean(&|path| path.salvage_values),
            write_down: WriteDown::new(paths.iter().map(|path| path.write_down).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cash::Kind;
    use crate::job::AtLeastZero;

    /// A path of these nets in the first months: machines cost 5 in each of them.
    fn on_path(nets: &[f64], advances: f64, write_down: f64) -> OnPath {
        let mut cash = PathCash::none();
        for (h, net) in nets.iter().enumerate() {
            cash.of[Kind::Balances as usize][h] = net + 5.0;
            cash.of[Kind::Machines as usize][h] = -5.0;
        }
        cash.advances = [advances; HORIZON];
        (cash.salvage_values, cash.write_down) = (2.0 * write_down, write_down);
        OnPath::new(&cash)
    }

    /// With 100 in hand and 40 of credit, since the as-of date:
    ///
    /// | path | 1 | 2 | 3 and on |
    /// |---|---|---|---|
    /// | A | 10 | -50 | -20 |
    /// | B | -20 | -140 | -150, from the fourth month on -100 |
    /// | C | 5 | 10 | -30 |
    #[test]
    fn cash_of_three_paths_by_hand() {
        let usd = |value| AtLeastZero::try_from(value).unwrap();
        let terms = Cash { opening_cash_usd: usd(100.0), credit_line_usd: usd(40.0), ..Cash::default() };
        let paths = [
            on_path(&[10.0, -60.0, 30.0], 20.0, 3.0),
            on_path(&[-20.0, -120.0, -10.0, 50.0], 50.0, 6.0),
            on_path(&[5.0, 5.0, -40.0], 20.0, 0.0),
        ];
        let found = Risk::new(&paths, &terms);
        let near = |found: Usd, by_hand: f64| {
            assert!((found.dollars() - by_hand).abs() < 1e-9, "{found:?} is not {by_hand}");
        };
        // 100 + (10 - 20 + 5) / 3, 100 + (-50 - 140 + 10) / 3, 100 + (-20 - 150 - 30) / 3, 100 + (-20 - 100 - 30) / 3.
        for (h, mean) in [(0, 100.0 - 5.0 / 3.0), (1, 40.0), (2, 100.0 / 3.0), (3, 50.0), (11, 50.0)] {
            near(found.mean[h], mean);
        }
        // -140, -50, 10 of the second month: 5% lie at -140 + 0.1 x 90, 95% at -50 + 0.9 x 60.
        for (index, by_hand) in [(0, -31.0), (1, -22.0), (2, 50.0), (3, 98.0), (4, 104.0)] {
            near(found.months[1][index], by_hand);
        }
        // B is at the limit of -140 in the second month, and below it in the third.
        let third = 1.0 / 3.0;
        assert_eq!(found.below, std::array::from_fn(|h| if h < 2 { 0.0 } else { third }));
        // The lows are -50, -150 and -30; B and C have them in the third month.
        for (index, by_hand) in [(0, -40.0), (2, 50.0), (4, 68.0)] {
            near(found.low[index], by_hand);
        }
        assert_eq!(found.low_month, (2, 2.0 / 3.0));
        // Without advances -70, -190 and -10 in the second month: 5% lie at -190 + 0.1 x 120.
        near(found.advances[1], 30.0);
        near(found.without_advances[1], -78.0);
        near(found.salvage_values, 6.0);
        near(found.write_down.mean, 3.0);
    }

    /// Two paths are lowest in the first month, two in the second: the earlier is meant.
    #[test]
    fn of_months_with_as_many_lows_the_first_is_told() {
        let paths = [[-1.0, 5.0], [-1.0, 5.0], [5.0, -9.0], [5.0, -9.0]].map(|nets| on_path(&nets, 0.0, 0.0));
        assert_eq!(Risk::new(&paths, &Cash::default()).low_month, (0, 0.5));
    }
}
