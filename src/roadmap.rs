//! What a launch that slips takes from forecast and orders: the models of the job with another launch, everything else as it is.

use crate::backtest::Replays;
use crate::demand::{Demand, Forecast, PastOrigins};
use crate::domain::Scenario;
use crate::history::{Book, MarketHistory};
use crate::inputs::Inputs;
use crate::job::{ChipId, Job, ModelId};
use crate::market::Outlook;
use crate::mix::{PATHS, placed_now};
use crate::supply::{Basis, Committed, Fleet, Plan};

/// A launch that slips.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct LaunchSlip {
    /// Model.
    pub(crate) model: ModelId,
    /// Months that it slips by.
    pub(crate) months: u32,
    /// Machines of this model and of all that twelve months lose, on the mean of the paths; below 0 where they gain.
    pub(crate) machines: [i64; 2],
    /// Wafers to place now by chip: as proposed, and about what they would be.
    pub(crate) wafers: Vec<(ChipId, i64, i64)>,
}

/// A forecast and the wafers to place now by chip, of the same draws whatever the launches are.
fn forecast_of(
    (job, inputs): (&Job, &Inputs),
    (market, outlook): (&MarketHistory, &Outlook),
    replays: &Replays,
    basis: &Basis<'_>,
) -> (Forecast, Vec<i64>) {
    let exports = &inputs.exports;
    let book = Book::new(&exports.ledger, &job.catalogue, basis.as_of);
    let past = PastOrigins::new(&book, market, exports, job);
    let demand = Demand::new(&book, market, job, &past);
    let simulation = demand.simulate(outlook, Scenario::Base, PATHS, job.run.seed);
    let mut forecast = Forecast::new(Scenario::Base, simulation, &book, &job.catalogue);
    forecast.calibrate(&replays.calibration);
    forecast.override_with(&exports.overrides, basis.as_of);
    let (mut committed, firm) =
        (Committed::new(&exports.supply, job, basis.as_of), book.firm_with_deposit(&job.catalogue));
    // What goes into the maker's own sites is off hand there as here.
    committed.machines.clone_from(&basis.committed.machines);
    if let Some(fleet) = Fleet::new(&book, job, &forecast.units) {
        committed = committed.with_fleet(fleet.chips);
    }
    let plan = Plan::new(
        &Basis { job, committed: &committed, firm: &firm, ..*basis },
        &forecast,
        std::slice::from_ref(&forecast),
    );
    (forecast, placed_now(&plan, job))
}

impl LaunchSlip {
    /// Of every model yet to be launched whose launch may slip.
    pub(crate) fn all(
        inputs: &Inputs,
        (market, outlook): (&MarketHistory, &Outlook),
        replays: &Replays,
        basis: &Basis<'_>,
        plan: &Plan,
    ) -> Vec<Self> {
        let job = basis.job;
        let may_slip = |id: &ModelId| {
            let model = job.catalogue.model(*id);
            model.launch_slip_months > 0 && model.launch > basis.as_of
        };
        let slips: Vec<ModelId> = job.catalogue.ids().filter(may_slip).collect();
        if slips.is_empty() {
            return Vec::new();
        }
        let (own, own_wafers) = forecast_of((job, inputs), (market, outlook), replays, basis);
        let proposed = placed_now(plan, job);
        let of = |id: ModelId| {
            let months = job.catalogue.model(id).launch_slip_months;
            let mut later = job.clone();
            let model = &mut later.catalogue.models[id.0];
            model.launch = model.launch.plus(months as usize);
            // A model that would end before it begins is not sold at all.
            model.end_of_life = model.end_of_life.max(model.launch);
            let (slipped, wafers) = forecast_of((&later, inputs), (market, outlook), replays, basis);
            let year = |of: &Forecast, only: Option<usize>| -> i64 {
                let rows = of.units.iter().enumerate().filter(|(m, _)| only.is_none_or(|only| only == *m));
                rows.flat_map(|(_, row)| row).sum()
            };
            let lost = |only| year(&own, only) - year(&slipped, only);
            let chips = job.catalogue.chip_ids().map(|chip| {
                let now = proposed[chip.0];
                (chip, now, (now + wafers[chip.0] - own_wafers[chip.0]).max(0))
            });
            let wanted = chips.filter(|(_, now, then)| *now > 0 || *then > 0).collect();
            Self { model: id, months, machines: [lost(Some(id.0)), lost(None)], wafers: wanted }
        };
        slips.into_iter().map(of).collect()
    }

    /// In a line; `grouped` writes a number as its screen writes others.
    pub(crate) fn described(&self, job: &Job, grouped: impl Fn(i64) -> String) -> String {
        let parts = |of: fn(&(ChipId, i64, i64)) -> i64| {
            let named = self
                .wafers
                .iter()
                .map(|row| format!("{} {}", job.catalogue.chips[row.0].name(), grouped(of(row))));
            named.collect::<Vec<_>>().join(", ")
        };
        let moved = |machines: i64| {
            let way = if machines < 0 { "more" } else { "fewer" };
            format!("{} {way}", grouped(machines.abs()))
        };
        format!(
            "if {} launches {} months later (launch_slip_months), twelve months have about {} of its machines and {} of all; about {} wafers would be ordered now in place of {}",
            job.catalogue.model(self.model).name(),
            self.months,
            moved(self.machines[0]),
            moved(self.machines[1]),
            if self.wafers.is_empty() { "no".to_owned() } else { parts(|row| row.2) },
            if self.wafers.is_empty() { "none".to_owned() } else { parts(|row| row.1) },
        )
    }
}
