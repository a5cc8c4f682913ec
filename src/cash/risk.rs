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
