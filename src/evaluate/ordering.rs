//! What following the wafer orders would have earned: every quarter end decided as of that date, the months between played
//! through with the demand that really came, under every regime, with the same accounting for every way of ordering.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::demand::Forecast;
use crate::domain::{Month, Usd};
use crate::error::Error;
use crate::history::MarketHistory;
use crate::job::Job;
use crate::market::{HORIZON, Path, Scenario};
use crate::run::{self, Inputs, Made};
use crate::selling::{Prices, SalvageValues};
use crate::supply::{Basis, Committed, Decision, Plan, Sequence, Values};

use super::future::Future;
use super::layout::Maker;
use super::other_build::OtherBuild;
use super::playing::{Placed, Stock, Sums};
use super::realised::{self, Realised};
use super::regimes::{Customers, Policy};

/// Share of the prepayments that the rule asks for, of the play within a budget.
const HALF: f64 = 0.5;

/// What came of every way of ordering at a maker.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) maker: String,
    /// Whether known supply limits what ships: of the second kind.
    pub(super) supplied: bool,
    pub(super) sums: BTreeMap<(Policy, Customers), Sums>,
    /// What the rule's vintages said, and what came.
    pub(super) realised: Realised,
}

/// Plays every way of ordering through, from the oldest to the newest vintage of a maker; `None` without a vintage.
///
/// # Errors
/// When an export cannot be read as of a quarter end, or the other build does not run.
pub(super) fn play(
    job: &Job,
    maker: &Maker,
    read: &dyn Fn(&Job, &std::path::Path, NaiveDate) -> Result<Inputs, Error>,
    mut other: Option<OtherBuild<'_>>,
) -> Result<Option<Played>, Error> {
    let (Some((oldest, _)), Some((newest, folder))) = (maker.vintages.first(), maker.vintages.last()) else {
        return Ok(None);
    };
    let (first, last) = (Month::of(*oldest), Month::of(*newest));
    let later = read(job, folder, *newest)?;
    let market = MarketHistory::new(&later.exports, job.reading.stale_days);
    let future = Future::new(maker, job, &later, (first, last), market);
    let mut stocks: BTreeMap<(Policy, Customers), Stock> = BTreeMap::new();
    let mut prices = vec![None; job.catalogue.models.len()];
    let mut closing = Vec::new();
    let mut realised = Realised::default();
    let mut as_of = first;
    while as_of < last {
        let day = as_of.last_day();
        let Some((written, exports)) = maker.exports_of(day) else { break };
        let mut inputs = read(&Maker::job_of(job, written), exports, day)?;
        let rule = stocks.get(&(Policy::Rule, realised::CUSTOMERS));
        if let Some(stock) = rule {
            inputs.exports.supply = stock.supply(job, as_of);
        }
        let made = run::make(&inputs, &|_| ())?;
        let mut listed = Prices::new(&made.book, job);
        for (known, new) in prices.iter_mut().zip(&mut listed.list) {
            *known = new.or(*known);
            *new = *known;
        }
        let salvage_values = SalvageValues::new(job, as_of);
        let salvage = |model: usize, path: &Path, from: usize| {
            salvage_values.value(&job.catalogue.models[model], listed.list[model], &path.hashprice, from)
        };
        let values = Values { list: &listed.list, expected: &listed.expected, salvage: &salvage, room: None };
        let units = trailing_mean(&made, job);
        for policy in Policy::all(other.is_some()) {
            for customers in Customers::ALL {
                let stock = stocks
                    .entry((policy, customers))
                    .or_insert_with(|| Stock::begin(job, &units, customers, as_of));
                let placed = if let (Policy::Reference, Some(other)) = (policy, &mut other) {
                    other.orders((day, written, exports), &stock.supply(job, as_of), &stock.waiting(), job)?
                } else {
                    let (forecast, plan) = decide((policy, customers), &made, job, values, stock, &future);
                    if policy == Policy::Rule && customers == realised::CUSTOMERS {
                        realised.say(&inputs, &made, &listed, values, (&forecast, &plan), &future);
                    }
                    let now = plan.orders.iter().flatten().filter(|o| o.decision == Decision::PlaceNow);
                    now.map(|order| Placed::of(order, job)).collect()
                };
                stock.place(&placed);
                for month in (as_of + 1).to((as_of + 3).min(last)) {
                    stock.month(month, &future, job);
                }
            }
        }
        // The worth of what is left at the end, by the newest market known then.
        let path = made.outlook.project(Scenario::Base, &made.outlook.prices(Scenario::Base));
        let worth = job.catalogue.ids().map(|id| {
            salvage(id.0, &path, 2).best().dollars() - job.catalogue.model(id).other_cost_usd.get()
        });
        closing = worth.collect();
        as_of = as_of + 3;
    }
    if let Some(stock) = stocks.get(&(Policy::Rule, realised::CUSTOMERS)) {
        realised.came(stock);
    }
    let sums = stocks.iter().map(|(of, stock)| (*of, stock.close(&closing, last, job))).collect();
    Ok(Some(Played { maker: maker.name.clone(), supplied: maker.supplied, sums, realised }))
}

/// What a way of ordering plans now, and from which forecast.
fn decide(
    (policy, customers): (Policy, Customers),
    made: &Made<'_>,
    job: &Job,
    values: Values<'_>,
    stock: &Stock,
    future: &Future<'_>,
) -> (Forecast, Plan) {
    let base = &made.forecasts[Scenario::Base as usize];
    let as_of = made.book.as_of;
    let models = job.catalogue.models.len();
    let path = made.outlook.project(Scenario::Base, &made.outlook.prices(Scenario::Base));
    let fixed = |units: Vec<[i64; HORIZON]>| Forecast::fixed(Scenario::Base, units, path);
    let mut forecast = match policy {
        Policy::Rule | Policy::HalfBudget | Policy::Reference | Policy::Constant(_) => base.clone(),
        Policy::MeanForecast => fixed(base.units.clone()),
        Policy::BacklogOnly => fixed(made.book.signed(base.firm.len())),
        Policy::TrailingMean => fixed(trailing_mean(made, job)),
        Policy::Foresight => {
            let mut units = vec![[0; HORIZON]; models];
            for h in 0..HORIZON {
                for (model, machines) in future.machines((as_of + 1).plus(h)).into_iter().enumerate() {
                    units[model][h] = machines;
                }
            }
            fixed(units)
        }
    };
    let committed = Committed::new(&stock.supply(job, as_of), job, as_of);
    // Who waits is served first: their machines are part of the first month's demand.
    for (units, waiting) in forecast.units.iter_mut().zip(stock.waiting()) {
        units[0] += waiting;
    }
    let with_deposit = made.book.firm_with_deposit(&job.catalogue);
    let firm = match policy {
        Policy::Rule | Policy::HalfBudget => with_deposit,
        _ => vec![[0; HORIZON]; models],
    };
    let mut own = job.clone();
    own.wafers.service_level = match policy {
        Policy::Rule | Policy::HalfBudget | Policy::Reference => job.wafers.service_level,
        Policy::Constant(percent) => crate::domain::Share::new(f64::from(percent) / 100.0).ok(),
        _ => crate::domain::Share::new(0.5).ok(),
    };
    let errors = made.replays.calibration.n;
    own.wafers.lost_share = customers.lost_share().unwrap_or(own.wafers.lost_share);
    let lost_share = made.demand.lateness.lost_share(&own.wafers);
    let basis = Basis { job: &own, as_of, committed: &committed, firm: &firm, values, errors, lost_share };
    let scenarios = std::slice::from_ref(&forecast);
    let plan = Plan::new(&basis, &forecast, scenarios);
    let limit = job.budget.prepayment_usd.map(|limit| Usd::new(limit.get()));
    let plan = match policy {
        Policy::Rule if limit.is_some() => within(plan, &basis, scenarios, |_| limit),
        Policy::HalfBudget => within(plan, &basis, scenarios, |asked| Some(asked * HALF)),
        _ => plan,
    };
    (forecast, plan)
}

/// The plan within a limit on prepayments, from those that it asks for.
fn within(
    plan: Plan,
    basis: &Basis<'_>,
    scenarios: &[Forecast],
    limit: impl FnOnce(Usd) -> Option<Usd>,
) -> Plan {
    let sequence = Sequence::new(basis, &plan.chips, plan.orders.first().map_or(&[], Vec::as_slice));
    let taken = sequence.within(limit(sequence.sum(..).prepayment));
    plan.placing(basis, (scenarios, 0), (&sequence, taken))
}

/// TH shipped a month over the trailing year, split to models as the forecast splits new orders.
fn trailing_mean(made: &Made<'_>, job: &Job) -> Vec<[i64; HORIZON]> {
    let months = made.book.deliveries.first().map_or(0, Vec::len);
    let year = months.saturating_sub(12)..months;
    let th: f64 = made
        .book
        .deliveries
        .iter()
        .zip(&job.catalogue.models)
        .map(|(machines, model)| machines[year.clone()].iter().sum::<u64>() as f64 * model.hashrate_th.get())
        .sum::<f64>()
        / year.len().max(1) as f64;
    let models = job.catalogue.models.iter().enumerate();
    models
        .map(|(index, model)| {
            std::array::from_fn(|h| {
                (th * made.demand.mix.due(h, 0)[index] / model.hashrate_th.get()).round() as i64
            })
        })
        .collect()
}
