//! Paths summed up: whole machines by model and month that add up, and quantiles of path sums.

use std::collections::BTreeMap;

use crate::domain::{Month, Quantiles};
use crate::history::Book;
use crate::ingest::Override;
use crate::job::Catalogue;
use crate::market::{HORIZON, Path, Scenario};

use super::calibration::Calibration;
use super::cells::Cells;
use super::rounding::{quantiles, to_whole, whole};
use super::simulation::Simulation;

/// Whole machines of one scenario. Outer index: model; inner: month ahead, 0 is the first.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// Which scenario.
    pub scenario: Scenario,
    /// Due by contract, of contracts that are secured or whose deposit is not due yet; what is past due counts in the first month.
    pub firm: Vec<[i64; HORIZON]>,
    /// Due alike of contracts that are signed and not secured.
    pub unsecured: Vec<[i64; HORIZON]>,
    /// Expected to ship from today's backlog, after slip and cancellation.
    pub expected: Vec<[i64; HORIZON]>,
    /// Of these, from contracts that are not secured.
    pub expected_unsecured: Vec<[i64; HORIZON]>,
    /// Of today's backlog expected to be cancelled or cut, by the month in which it would have been due.
    pub cancelled: Vec<[i64; HORIZON]>,
    /// Of orders still to come, with intake at its level; what is left of `units` beyond this and `expected` is
    /// the drivers' part.
    pub booking_curve: Vec<[i64; HORIZON]>,
    /// Each driver's part, by its index among the names of the intake; with `booking_curve` and `expected` they add up to
    /// `baseline`.
    pub driver_parts: Vec<(usize, Vec<[i64; HORIZON]>)>,
    /// Expected to ship in all: backlog and orders still to come, before any override.
    pub baseline: Vec<[i64; HORIZON]>,
    /// What is forecast in the end: the baseline, or a planner's override.
    pub units: Vec<[i64; HORIZON]>,
    /// The paths behind it.
    pub simulation: Simulation,
    /// Where a year had no order: how many machines may still be ordered and shipped, and of which model.
    pub silence: Option<Silence>,
    /// Quantiles that [`Forecast::sum_up`] keeps, by first month and the one after the last, and model.
    kept: BTreeMap<(usize, usize, Option<usize>), Quantiles<i64>>,
}

/// What a year without an order leaves open: a maker that signs so few orders that a year without any is no surprise.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Silence {
    /// Model of the newest orders.
    pub model: usize,
    /// 90th percentile of the machines of 12 months.
    pub machines: f64,
}

impl Silence {
    /// `None` unless no order was signed in the year. With orders coming at random at a rate r a year, a year without any
    /// has the chance e^-r: at r = ln 10 it is 10%. So many orders of the mean size are the upper end.
    pub fn new(book: &Book<'_>) -> Option<Self> {
        let newest = book.lots.iter().map(|booked| booked.lot.terms.signed).max()?;
        if newest > book.as_of - 12 {
            return None;
        }
        let (orders, machines) = book
            .lots
            .iter()
            .fold((0_u64, 0_u64), |(orders, machines), b| (orders + b.lot.orders, machines + b.lot.quantity));
        let of_newest = book.lots.iter().filter(|booked| booked.lot.terms.signed == newest);
        let model = of_newest.map(|booked| booked.lot.terms.model.0).max()?;
        let mean = machines as f64 / orders.max(1) as f64;
        Some(Self { model, machines: std::f64::consts::LN_10 * mean })
    }
}

impl Forecast {
    /// Sums up the paths of a scenario.
    pub fn new(scenario: Scenario, simulation: Simulation, book: &Book<'_>, catalogue: &Catalogue) -> Self {
        let of = |value: &dyn Fn(usize, usize) -> f64| -> Vec<[i64; HORIZON]> {
            (0..simulation.models)
                .map(|model| whole(std::array::from_fn(|month| value(month, model))))
                .collect()
        };
        let expected = of(&|month, model| simulation.mean_backlog(month, model));
        let cancelled = of(&|month, model| simulation.mean_cancelled(month, model));
        let new = of(&|month, model| simulation.mean_new(month, model));
        let stage = |stage: usize| of(&|month, model| simulation.mean_stage(stage, month, model));
        let booking_curve = if simulation.drivers.is_empty() { new.clone() } else { stage(0) };
        let mut before = booking_curve.clone();
        let mut driver_parts = Vec::new();
        for (index, driver) in simulation.drivers.iter().enumerate() {
            let now = if index + 1 == simulation.drivers.len() { new.clone() } else { stage(index + 1) };
            let part = now.iter().zip(&before);
            let part = part.map(|(now, before)| std::array::from_fn(|h| now[h] - before[h])).collect();
            driver_parts.push((*driver, part));
            before = now;
        }
        let baseline: Vec<[i64; HORIZON]> = expected
            .iter()
            .zip(&new)
            .map(|(expected, new)| std::array::from_fn(|h| expected[h] + new[h]))
            .collect();
        let firm: Vec<[i64; HORIZON]> = book.firm(catalogue.models.len());
        let signed: Vec<[i64; HORIZON]> = book.signed(catalogue.models.len());
        let unsecured = signed.iter().zip(&firm);
        let doubtful = of(&|month, model| simulation.unsecured[month * simulation.models + model]);
        let part =
            |(part, all): (&[i64; HORIZON], &[i64; HORIZON])| std::array::from_fn(|h| part[h].min(all[h]));
        Self {
            scenario,
            unsecured: unsecured.map(|(all, firm)| std::array::from_fn(|h| all[h] - firm[h])).collect(),
            firm,
            expected_unsecured: doubtful.iter().zip(&expected).map(part).collect(),
            expected,
            cancelled,
            booking_curve,
            driver_parts,
            units: baseline.clone(),
            baseline,
            simulation,
            silence: Silence::new(book),
            kept: BTreeMap::new(),
        }
    }

    /// A forecast of exactly `units` (by model and month), to compare decisions with.
    pub fn fixed(scenario: Scenario, units: Vec<[i64; HORIZON]>, market: Path) -> Self {
        let simulation = Simulation::given(std::slice::from_ref(&units), market);
        let zero = vec![[0; HORIZON]; units.len()];
        Self {
            scenario,
            firm: zero.clone(),
            unsecured: zero.clone(),
            expected_unsecured: zero.clone(),
            cancelled: zero.clone(),
            expected: zero,
            booking_curve: units.clone(),
            driver_parts: Vec::new(),
            baseline: units.clone(),
            units,
            simulation,
            silence: None,
            kept: BTreeMap::new(),
        }
    }

    /// Spreads the paths as past errors show they must be. Means are left as they are: what is expected of the backlog
    /// and of orders to come does not change because it is less certain.
    pub fn calibrate(&mut self, calibration: &Calibration) {
        calibration.apply(&mut self.simulation);
    }

    /// Puts planners' overrides in place of the forecast. The paths, and so the intervals, stay those of the baseline.
    pub fn override_with(&mut self, overrides: &[Override], as_of: Month) {
        for adjustment in overrides {
            let ahead = usize::try_from(adjustment.month - as_of - 1).ok();
            if let Some(cell) = ahead.and_then(|h| self.units[adjustment.model.0].get_mut(h)) {
                *cell = i64::from(adjustment.machines);
            }
        }
    }

    /// Keeps the quantiles over these stretches of months, of every model and of all, and gives the room of the paths back: nothing else
    /// can be asked of what ships on them from then on.
    pub fn sum_up(&mut self, stretches: &[std::ops::Range<usize>]) {
        for months in stretches {
            for model in std::iter::once(None).chain((0..self.simulation.models).map(Some)) {
                let found = self.quantiles(months.clone(), model);
                self.kept.insert((months.start, months.end, model), found);
            }
        }
        let none = Cells::of_models(Vec::new(), self.simulation.paths);
        self.simulation.new = none.clone();
        self.simulation.cancelled = none.clone();
        self.simulation.backlog = none;
    }

    /// Quantiles of machines shipped over `months`, of one model or all.
    pub fn quantiles(&self, months: std::ops::Range<usize>, model: Option<usize>) -> Quantiles<i64> {
        if let Some(kept) = self.kept.get(&(months.start, months.end, model)) {
            return *kept;
        }
        let open = self.silence.filter(|silence| model.is_none_or(|model| model == silence.model));
        let upper = open.map_or(0.0, |silence| silence.machines * months.len() as f64 / HORIZON as f64);
        let found = if model.is_some_and(|model| !self.simulation.ships(model)) {
            Quantiles::default()
        } else {
            let mut sums = self.simulation.sums(months, model);
            Quantiles::from_array(quantiles(&mut sums, Quantiles::<f64>::SHARES)).map(f64::round)
        };
        Quantiles { p90: found.p90.max(upper.round()), ..found }.map(to_whole)
    }
}
