//! What the split of orders to chips hangs on: the mix of recent months, how it has moved, and what the mix of fewer months would order.

use crate::backtest::Replays;
use crate::demand::{Demand, Forecast, Mix};
use crate::domain::Scenario;
use crate::history::Book;
use crate::ingest::Override;
use crate::job::{Catalogue, ChipId, Job};
use crate::market::{HORIZON, Outlook};
use crate::supply::{Basis, Decision, Plan};

/// Months of the mix that is set beside the one used.
const FEW: u32 = 3;

/// Paths that both are compared on: with the same draws few are enough.
pub(crate) const PATHS: u32 = 400;

/// The mix used and another one, by chip.
#[derive(Clone, PartialEq, Debug)]
pub struct MixUsed {
    /// Months of intake that give it.
    pub months: u32,
    /// Months of the other mix.
    pub few: u32,
    /// Every chip of which something was signed or is ordered.
    pub chips: Vec<OfChip>,
}

/// A chip.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct OfChip {
    /// Its place in the job's list.
    pub chip: ChipId,
    /// Share of the TH signed in the months of the mix, and in the same months a year before.
    pub shares: [Option<f64>; 2],
    /// Wafers to place now.
    pub wafers: i64,
    /// The same with the mix of few months: `wafers` and what the other mix adds on the paths that both are compared on.
    pub with_few: i64,
}

impl MixUsed {
    /// Of a plan; `None` where no second chip has a share.
    pub fn new(
        (book, demand, outlook): (&Book<'_>, &Demand, &Outlook),
        replays: &Replays,
        overrides: &[Override],
        basis: &Basis<'_>,
        plan: &Plan,
    ) -> Option<Self> {
        let job = basis.job;
        let months = job.demand.mix_months;
        let now = shares(book, &job.catalogue, months, 0);
        let before = shares(book, &job.catalogue, months, 12);
        let wafers = placed_now(plan, job);
        let several = |of: &Option<Vec<f64>>| {
            of.as_ref().is_some_and(|shares| shares.iter().filter(|share| **share > 0.0).count() > 1)
        };
        if months == FEW || !(several(&now) || several(&before)) {
            return None;
        }
        let plan_of = |mix: Option<Mix>| -> Vec<i64> {
            let other = mix.map(|mix| {
                let mut other = demand.clone();
                other.mix = mix;
                other
            });
            let simulation =
                other.as_ref().unwrap_or(demand).simulate(outlook, Scenario::Base, PATHS, job.run.seed);
            let mut forecast = Forecast::new(Scenario::Base, simulation, book, &job.catalogue);
            forecast.calibrate(&replays.calibration);
            forecast.override_with(overrides, book.as_of);
            placed_now(&Plan::new(basis, &forecast, std::slice::from_ref(&forecast)), job)
        };
        let own = plan_of(None);
        let few = plan_of(Some(Mix::measure(book, &job.catalogue, FEW, (HORIZON, HORIZON))));
        let each = job.catalogue.chip_ids().map(|chip| {
            let share = |of: &Option<Vec<f64>>| of.as_ref().map(|shares| shares[chip.0]);
            OfChip {
                chip,
                shares: [share(&now), share(&before)],
                wafers: wafers[chip.0],
                with_few: (wafers[chip.0] + few[chip.0] - own[chip.0]).max(0),
            }
        });
        let known = |of: &OfChip| of.wafers > 0 || of.shares.iter().flatten().any(|share| *share > 0.0);
        Some(Self { months, few: FEW, chips: each.filter(known).collect() })
    }

    /// In a line; `grouped` writes a number of wafers as its screen writes others.
    pub fn described(&self, catalogue: &Catalogue, grouped: impl Fn(i64) -> String) -> String {
        let percent =
            |share: Option<f64>| share.map_or("none".to_owned(), |share| format!("{:.0}%", 100.0 * share));
        let parts = |of: &dyn Fn(&OfChip) -> String| {
            let named =
                self.chips.iter().map(|chip| format!("{} {}", catalogue.chips[chip.chip].name(), of(chip)));
            named.collect::<Vec<_>>().join(", ")
        };
        format!(
            "new orders are split to chips by the TH signed in the last {} months (mix_months): {}; a year before: {}; with the mix of the last {} months about {} wafers would be ordered now in place of {}",
            self.months,
            parts(&|chip| percent(chip.shares[0])),
            parts(&|chip| percent(chip.shares[1])),
            self.few,
            parts(&|chip| grouped(chip.with_few)),
            parts(&|chip| grouped(chip.wafers)),
        )
    }
}

/// Share of each chip in the TH signed in `months` up to so many months `ago`; `None` where nothing was.
fn shares(book: &Book<'_>, catalogue: &Catalogue, months: u32, ago: usize) -> Option<Vec<f64>> {
    let end = book.intake.first().map_or(0, Vec::len).checked_sub(ago)?;
    let window = end.saturating_sub(months as usize)..end;
    let mut th = vec![0.0; catalogue.chips.len()];
    for id in catalogue.ids() {
        let machines: u64 = book.intake[id.0][window.clone()].iter().sum();
        th[catalogue.chip_of(id).0] += machines as f64 * catalogue.model(id).hashrate_th.get();
    }
    let sum: f64 = th.iter().sum();
    (sum > 0.0).then(|| th.iter().map(|th| th / sum).collect())
}

/// Wafers to place before the next run, by chip.
pub(crate) fn placed_now(plan: &Plan, job: &Job) -> Vec<i64> {
    let mut wafers = vec![0; job.catalogue.chips.len()];
    // Those decided now are the same in every scenario.
    let now = plan.orders.first().into_iter().flatten().filter(|o| o.decision == Decision::PlaceNow);
    now.for_each(|order| wafers[order.chip.0] += order.wafers);
    wafers
}
