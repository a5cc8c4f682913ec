//! What could be lost on wafers: by cancelling them, and by a market that turns.

use crate::demand::Forecast;
use crate::domain::{Month, Usd};
use crate::ingest::{Supply, WaferOrder};
use crate::job::{Foundry, Job};
use crate::market::Path;

use super::cancelling::forfeited;
use super::committed::{Committed, terms_of};
use super::economics::Values;
use super::plan::{ChipPlan, Decision, ProposedOrder};
use super::requirement::Requirement;
use crate::job::good_chips_per_wafer;

/// Chips of one kind left at the end of the months decided, in one scenario.
#[derive(Clone, Debug)]
pub struct Left {
    /// Chips left over when demand is as the scenario's mean, with the orders decided now.
    pub chips: f64,
    /// Machines that they would make; `None` where no machine with a price needs the chip.
    pub machines: Option<f64>,
    /// What they cost.
    pub cost: Usd,
    /// What they fetch in the scenario; `None` without a price.
    pub value: Option<Usd>,
}

impl Left {
    /// Cost less value, at least nothing: the write-down.
    pub fn write_down(&self) -> Option<Usd> {
        self.value.map(|value| (self.cost - value).max(Usd::ZERO))
    }
}

/// What is left over of every chip in a scenario on its path of the market.
pub fn left_over(
    chips: &[ChipPlan],
    orders: &[ProposedOrder],
    forecast: &Forecast,
    path: &Path,
    committed: &Committed,
    (job, values): (&Job, Values<'_>),
) -> Vec<Left> {
    let catalogue = &job.catalogue;
    let each = catalogue.chip_ids().zip(chips).map(|(chip, plan)| {
        let h = plan.judged();
        let models = catalogue.models_of(chip);
        let need = Requirement::mean_of(forecast, committed, (chip, &models), (0, None))[h];
        let decided = orders.iter().filter(|o| o.chip == chip && o.decision == Decision::PlaceNow);
        let supplied = committed.arrived(chip, h) + decided.map(ProposedOrder::good_chips).sum::<f64>();
        let left = (supplied - need).max(0.0);
        let economics = plan.economics.iter().find_map(|(_, e)| e.as_ref().ok());
        // The chips left over cost what those ordered now cost on average.
        let ordered: (Usd, f64) = orders
            .iter()
            .filter(|o| o.chip == chip && o.decision == Decision::PlaceNow)
            .fold((Usd::ZERO, 0.0), |(cost, chips), o| (cost + o.cost, chips + o.good_chips()));
        let first = catalogue.foundries_of(chip).first().copied();
        let per_chip = match (ordered.1 > 0.0, first) {
            (true, _) => ordered.0 * (1.0 / ordered.1),
            (false, Some(place)) => {
                let terms = &catalogue.foundries[place];
                terms.wafer_cost() * (1.0 / good_chips_per_wafer(&catalogue.chips[chip], terms.yield_share))
            }
            (false, None) => Usd::ZERO,
        };
        Left {
            chips: left,
            machines: economics.map(|e| left / e.machine.chips),
            cost: per_chip * left,
            value: economics.map(|e| {
                let machines = left / e.machine.chips;
                e.machine.leftover_on(path, &models, h, values, machines) * machines
            }),
        }
    });
    each.collect()
}

/// What is lost when wafer orders are cancelled.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Forfeit {
    /// On the orders to place now.
    pub place_now: Usd,
    /// On the open orders.
    pub open: Usd,
}

/// The forfeits of the proposed and the open orders: those once they are placed, these today.
pub fn forfeit(orders: &[ProposedOrder], supply: &Supply, (job, as_of): (&Job, Month)) -> Forfeit {
    let now = orders.iter().filter(|o| o.decision == Decision::PlaceNow);
    let open = supply.on_order();
    Forfeit {
        place_now: now.map(|order| forfeit_placed(order, job)).sum(),
        open: open.map(|order| forfeit_open(order, job, as_of)).sum(),
    }
}

/// What an order to place loses when it is cancelled once it is placed.
pub fn forfeit_placed(order: &ProposedOrder, job: &Job) -> Usd {
    let days = (order.place_by, order.wafer_out.last_day());
    forfeited(job.catalogue.foundries.get(order.foundry.0), (order.cost, order.prepayment), days)
}

/// What an open order loses when it is cancelled at the end of a month.
pub(super) fn forfeit_open(order: &WaferOrder, job: &Job, as_of: Month) -> Usd {
    let terms = terms_of(order, &job.catalogue);
    let cost = terms.map_or(Usd::ZERO, Foundry::wafer_cost) * f64::from(order.wafers);
    forfeited(terms, (cost, order.prepaid), (as_of.last_day(), order.due))
}

/// Fees for wafers that foundries keep for the maker in a month.
pub fn reservation_fees(job: &Job, month: Month) -> Usd {
    job.catalogue.foundries.iter().map(|terms| terms.reservation_fee(month)).sum()
}

/// What is still to be paid for open orders in a month: the price of the wafers due less what was prepaid.
pub fn open_balance(supply: &Supply, job: &Job, month: Month) -> Usd {
    let due = supply.on_order().filter(|o| Month::of(o.due) == month);
    due.map(|order| {
        let price = terms_of(order, &job.catalogue).map_or(Usd::ZERO, crate::job::Foundry::wafer_cost);
        (price * f64::from(order.wafers) - order.prepaid).max(Usd::ZERO)
    })
    .sum()
}
