//! Order intake ahead: its level, its response to the market, drivers of the export, and the spread around them.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::domain::Month;
use crate::history::Book;
use crate::job::{BUILT_IN_DRIVERS, Job};
use crate::market::{HORIZON, Scenario};

use super::effects::{ANY, Effect, effects};
use super::levels::levels;
use super::past::PastOrigins;
use super::posterior::Posterior;
use super::response::{CELLS, ELASTICITIES, Gap, MOST_LAG, Response, Selling, moved, of_cell};
use super::series::Series;
use super::trend::Trend;

/// Standard deviation of the log error of intake by quarter ahead, before calibration (docs/concepts/method.md).
const DEVIATION: [f64; 4] = [0.9, 1.0, 1.1, 1.2];

/// Share of its variance that the quarters have in common.
const COMMON: f64 = 0.6;

/// Order intake at the as-of month and its path ahead.
#[derive(Clone, Debug)]
pub struct Intake {
    /// How the maker sells, and the weight of every response to the market.
    pub posterior: Posterior,
    /// TH a month at a gap of 0, by cell.
    pub levels: Vec<f64>,
    /// Months that the level was measured over.
    pub months: usize,
    /// Gaps of the last months known, by gap; the as-of month is last.
    past_gaps: [[f64; MOST_LAG]; Gap::ALL.len()],
    /// What drivers of the export add.
    pub effects: Vec<Effect>,
    /// Name of every driver: the gaps, then those of the export.
    pub names: Vec<String>,
    /// Shares of a quarter's intake in its three months, as they were in past quarters.
    pub month_shares: Vec<[f64; 3]>,
    /// Growth and season of each month ahead, over the level.
    ahead: [f64; HORIZON],
    /// Whether the market and drivers move intake; the bridge asks for it without.
    driven: bool,
    /// Quarters ahead, from the first, in which orders are signed; 4 but for what the bridge asks.
    quarters: usize,
}

impl Intake {
    /// Measures intake as of the book's last month; `past` may reach further.
    pub fn new(book: &Book<'_>, job: &Job, past: &PastOrigins) -> Self {
        let selling = Selling::of(book, job);
        let series = past.series(selling);
        let trend = past.trend(selling, book.as_of);
        let posterior = Posterior::new(past.past(selling), selling, book.as_of);
        let mut effects = effects((&past.drivers, ANY), past.past(selling), &posterior, book.as_of);
        effects.extend(past.channel(&posterior, book.as_of));
        let names = BUILT_IN_DRIVERS.iter().map(|name| (*name).to_owned());
        let months = usize::try_from(book.as_of - series.first + 1).unwrap_or(0);
        let back = |gap: Gap, index: usize| {
            past.gaps.at(gap, book.as_of + 1 - i32::try_from(MOST_LAG - index).unwrap_or(0))
        };
        Self {
            levels: levels(series, &past.gaps, (selling, &trend), book.as_of).to_vec(),
            months,
            past_gaps: Gap::ALL.map(|gap| std::array::from_fn(|index| back(gap, index))),
            names: names.chain(effects.iter().map(|effect| effect.name.clone())).collect(),
            effects,
            month_shares: month_shares(series, &trend, book.as_of),
            ahead: std::array::from_fn(|h| trend.at((book.as_of + 1).plus(h))),
            posterior,
            driven: true,
            quarters: 4,
        }
    }

    /// The same with intake at its level whatever the market and the drivers do.
    #[must_use]
    pub fn without_drivers(&self) -> Self {
        Self { driven: false, ..self.clone() }
    }

    /// The same without orders after the first `quarters`.
    #[must_use]
    pub fn of_first(&self, quarters: usize) -> Self {
        Self { quarters, ..self.clone() }
    }

    /// Indices of the drivers that move intake, in the order in which they are added.
    pub(super) fn moving(&self) -> Vec<usize> {
        if !self.driven {
            return Vec::new();
        }
        let exported = self.effects.iter().enumerate();
        let exported = exported.filter(|(_, effect)| effect.parts.iter().flatten().any(|part| *part != 0.0));
        (0..Gap::ALL.len()).chain(exported.map(|(index, _)| Gap::ALL.len() + index)).collect()
    }

    /// TH signed in a month ahead (0 is the first) at its level: no response to the market, no driver.
    pub fn plain(&self, h: usize) -> f64 {
        if h / 3 >= self.quarters { 0.0 } else { self.levels[0] * self.ahead[h] }
    }

    /// TH signed in a month ahead in a cell, at the gaps of a path.
    pub(super) fn responding(&self, cell: usize, gaps: &[[f64; HORIZON]; Gap::ALL.len()], h: usize) -> f64 {
        if h / 3 >= self.quarters {
            return 0.0;
        }
        let Response { gap, lag, .. } = self.response(cell);
        let row = gap as usize;
        let value = match h.checked_sub(lag) {
            Some(ahead) => gaps[row][ahead],
            None => self.past_gaps[row][MOST_LAG + h - lag],
        };
        self.levels[cell] * self.ahead[h] * moved(of_cell(cell), value).exp()
    }

    /// The answer of a cell.
    pub(super) fn response(&self, cell: usize) -> Response {
        self.posterior.selling.responses()[cell / ELASTICITIES]
    }

    /// Factor of driver `index` among the export's in a month ahead.
    pub(super) fn driver_factor(&self, index: usize, scenario: Scenario, h: usize) -> f64 {
        self.effects[index].parts[scenario as usize][h / 3].exp()
    }

    /// A gap at the as-of month.
    pub fn gap_now(&self, gap: Gap) -> f64 {
        self.past_gaps[gap as usize][MOST_LAG - 1]
    }

    /// What the forecast of intake rests on, in a line.
    pub fn described(&self) -> String {
        let (before, after) = self.posterior.elasticities();
        format!(
            "level of {} months, mean elasticity {after:.2} (prior {before:.2}), {} past origins",
            self.months.min(36),
            self.posterior.n
        )
    }

    /// The cell of every path: each cell has as many paths as its weight says, in a random order.
    pub(super) fn draw_cells(&self, paths: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
        let mut cells = Vec::with_capacity(paths);
        let (mut sum, mut cell) = (self.posterior.weights[0], 0);
        for path in 0..paths {
            let share = (path as f64 + 0.5) / paths as f64;
            while sum < share && cell + 1 < CELLS {
                cell += 1;
                sum += self.posterior.weights[cell];
            }
            cells.push(cell);
        }
        for path in (1..paths).rev() {
            cells.swap(path, rng.random_range(0..=path));
        }
        cells
    }
}

/// Errors of intake of every path: lognormal, with mean 1 in each quarter over the paths, so that the mean of the paths is the
/// forecast and not a matter of the seed.
pub(super) fn draw_errors(paths: usize, spread: f64, rng: &mut ChaCha8Rng) -> Vec<[f64; 4]> {
    let mut errors: Vec<[f64; 4]> = (0..paths)
        .map(|_| {
            let mut normal = || -> f64 { StandardNormal.sample(rng) };
            let common = normal();
            DEVIATION.map(|deviation| {
                let own: f64 = normal();
                let z = COMMON.sqrt() * common + (1.0 - COMMON).sqrt() * own;
                (deviation * spread * z).exp()
            })
        })
        .collect();
    for k in 0..4 {
        let mean = errors.iter().map(|e| e[k]).sum::<f64>() / paths.max(1) as f64;
        if mean > 0.0 {
            errors.iter_mut().for_each(|e| e[k] /= mean);
        }
    }
    errors
}

/// Shares of the three months in past quarters, counted back from the as-of month: a quarter that always begins with
/// its orders goes on doing so.
fn month_shares(series: &Series, trend: &Trend, as_of: Month) -> Vec<[f64; 3]> {
    (0..12)
        .rev()
        .map(|back| as_of - 3 * back)
        .filter_map(|last| {
            let start = usize::try_from(last - 2 - series.first).ok()?;
            let th = series.th.get(start..start + 3)?;
            let usual = |m: usize| th[m] / trend.season((last - 2).plus(m));
            let months = [usual(0), usual(1), usual(2)];
            let sum: f64 = months.iter().sum();
            (sum > 0.0).then(|| [months[0] / sum, months[1] / sum, months[2] / sum])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The market's two gaps come first; of two drivers of the export the first moves nothing.
    #[test]
    fn drivers_that_move_intake_have_their_places_among_all() {
        let effect = |part: f64| Effect {
            name: String::new(),
            prior: 0.1,
            weight: 0.1,
            slope: 0.0,
            n: 0,
            value: None,
            parts: [[part; 4]; 3],
        };
        let weights = [1.0 / CELLS as f64; CELLS];
        let intake = Intake {
            posterior: Posterior { selling: Selling::Ahead, prior: weights, weights, n: 0 },
            levels: vec![100.0; CELLS],
            months: 36,
            past_gaps: [[0.0; MOST_LAG]; Gap::ALL.len()],
            effects: vec![effect(0.0), effect(0.2)],
            names: Vec::new(),
            month_shares: Vec::new(),
            ahead: [1.5; HORIZON],
            driven: true,
            quarters: 4,
        };
        assert_eq!(intake.moving(), [0, 1, 3]);
        assert!(intake.without_drivers().moving().is_empty());
        assert!((intake.driver_factor(1, Scenario::Base, 5) - 0.2_f64.exp()).abs() < 1e-12);
        // 100 TH a month at today's level, half as much more ahead; nothing after the first two quarters.
        let half = intake.of_first(2);
        assert_eq!([half.plain(0), half.plain(5), half.plain(6)], [150.0, 150.0, 0.0]);
    }
}
