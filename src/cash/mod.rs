//! Money on every path: one world of prices, orders, defaults, supply and payments, and what it leaves in the account.
//!
//! [`Following`] says how list prices follow what buyers can pay back, `defaults` who does not pay, [`World`] plays the months of a
//! path, [`Risk`] sums up the paths. `docs/concepts/cash.md` has the rules, their sources and priors.

mod budget;
mod defaults;
mod path;
mod paying;
mod playing;
mod prices;
mod protection;
mod queue;
mod risk;
mod side;
mod world;

pub use budget::{AtStake, Budgeted, Point};
pub use defaults::Customers;
pub use path::{Case, Kind, PathCash, Planned};
pub use prices::{Following, payback_price};
pub use protection::Protection;
pub use queue::{Queue, Shipped};
pub use risk::{AT, Risk, WriteDown};
pub use world::{PricePaths, World, WorldOf};

use crate::accounts::Largest;
use crate::demand::Forecast;
use crate::domain::Scenario;
use crate::market::{HORIZON, Outlook};
use crate::supply::{Allocation, Plan};

/// Cash of every scenario.
#[derive(Clone, Debug)]
pub struct Found {
    /// At the mean of the forecast, by scenario.
    pub planned: Vec<Planned>,
    /// List prices ahead by scenario and model, USD a machine; `None` without one today.
    pub list: Vec<Vec<Option<[f64; HORIZON]>>>,
    /// On the paths, by scenario and [`Case`]; `None` where a machine that is wanted has no price.
    pub risks: Vec<(Scenario, Case, Option<Risk>)>,
    /// Whom the case of the largest customer takes away.
    pub largest: Option<Largest>,
}

impl Found {
    /// Plays every case of every scenario.
    pub fn new(
        world: &World<'_>,
        forecasts: &[Forecast],
        outlook: &Outlook,
        plan: &Plan,
        allocations: &[Allocation],
    ) -> Self {
        let mut found = Self {
            planned: Vec::new(),
            list: Vec::new(),
            risks: Vec::new(),
            largest: world.largest().cloned(),
        };
        for ((forecast, orders), allocation) in forecasts.iter().zip(&plan.orders).zip(allocations) {
            let scenario = forecast.scenario;
            let price_paths = world.price_paths(forecast);
            let market = outlook.project(scenario, &outlook.prices(scenario));
            found.list.push(world.list_ahead(&market));
            found.planned.push(world.of_forecast(&price_paths, &market, orders, allocation));
            let plays = Case::ALL.map(|case| (orders.as_slice(), case));
            let risks = world.risks(&price_paths, &plays, &plan.chips);
            let mut risks = risks.into_iter().flatten();
            found.risks.extend(Case::ALL.map(|case| (scenario, case, risks.next())));
        }
        found
    }

    /// The risk of a scenario's plan; `None` where a machine that is wanted has no price.
    pub fn of_plan(&self, scenario: Scenario) -> Option<&Risk> {
        self.of(scenario, Case::Plan)
    }

    /// The risk of a case of a scenario; `None` where a machine that is wanted has no price.
    pub fn of(&self, scenario: Scenario, case: Case) -> Option<&Risk> {
        let found = self.risks.iter().find(|(of, found, _)| *of == scenario && *found == case);
        found.and_then(|(.., risk)| risk.as_ref())
    }
}
