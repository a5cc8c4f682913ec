//! `cash`: money in and out by month.

use crate::demand::Forecast;
use crate::domain::{Month, Usd};
use crate::market::HORIZON;
use crate::supply::{Allocation, ProposedOrder, open_balance};

use super::Context;
use crate::table::{Table, table};

/// A month of a scenario.
pub(super) struct Scheduled {
    scenario: &'static str,
    month: Month,
    of: CashMonth,
    complete: bool,
}

table! {
    cash of Scheduled: "one scenario and month; money in is positive, money out negative",
    key {
        scenario(Text, "", "bear, base or bull course of the bitcoin price") = |r| r.scenario;
        month(Month, "", "month, by its first day") = |r| r.month;
    }
    columns {
        customer_deposits_usd(Real(2), "USD", "deposits on orders signed in the month, at list price; empty without a price")
            .formula("new machines x list price x customer_deposit_share")
            .source("[cash] customer_deposit_share; [[models]] list_price_usd")
            .label("Deposits in", "USD")
            = |r| r.of.deposits;
        customer_balances_usd(Real(2), "USD", "rest of the price of machines that supply lets ship in the month, late ones too: those of contracts at their contracts' price less what was paid on it, those of orders to come at list price less the usual deposit; empty without a price")
            .formula("machines of contracts x contract price x (1 - share paid) + other machines x list price x (1 - customer_deposit_share)")
            .source("futures_orders: prepaid_usd; table shipment_forecast")
            .label("Balances in", "USD")
            = |r| r.of.balances;
        foundry_prepayments_usd(Real(2), "USD", "paid on wafer orders placed in the month for machines of the twelve months; orders decided now are the same in every scenario, planned ones follow its demand")
            .formula("-sum of prepayment_usd")
            .source("table wafer_orders")
            .label("Foundry prepayments", "USD")
            = |r| r.of.prepayments;
        foundry_balances_usd(Real(2), "USD", "paid on wafers out in the month, open orders included")
            .formula("-sum of balance_usd and of what open orders still cost")
            .source("table wafer_orders; supply")
            .label("Foundry balances", "USD")
            = |r| r.of.foundry_balances;
        machine_costs_usd(Real(2), "USD", "cost besides the chips of the machines built to ship in the month; machines on hand have cost it already")
            .formula("-(constrained_units - machines on hand used) x other_cost_usd of the job")
            .label("Machines besides chips", "USD")
            = |r| r.of.machines;
        net_usd(Real(2), "USD", "sum of the five")
            .formula("customer_deposits_usd + customer_balances_usd + foundry_prepayments_usd + foundry_balances_usd + machine_costs_usd")
            .label("Net", "USD").main()
            = |r| r.of.net;
        cumulative_usd(Real(2), "USD", "net since the as-of date; its lowest value is the largest exposure")
            .formula("sum of net_usd up to the month")
            .label("Sum", "USD")
            = |r| r.of.cumulative;
        wafer_orders_complete(Text, "", "no: wafers ordered in the month are for machines of a later year too, whose prepayment is not in it")
            .label("Wafer orders complete", "")
            = |r| if r.complete { "yes" } else { "no" };
    }
}

/// Money of one month; what goes out is negative.
#[derive(Clone, Copy, Debug)]
pub(super) struct CashMonth {
    deposits: Option<Usd>,
    balances: Option<Usd>,
    pub(super) prepayments: Usd,
    pub(super) foundry_balances: Usd,
    machines: Usd,
    net: Option<Usd>,
    /// Net since the as-of date; `None` from the first month without a price on.
    pub(super) cumulative: Option<Usd>,
}

/// The twelve months of a scenario, by its place.
pub(super) fn months(context: &Context<'_>, scenario: usize) -> Vec<CashMonth> {
    let paid = paid_share(context);
    let (forecast, allocation) = (&context.forecasts[scenario], &context.allocations[scenario]);
    let orders = &context.plan.orders[scenario];
    let rests: Vec<Rest> = (0..paid.len()).map(|model| Rest::of(context, model, paid[model])).collect();
    let shipped: Vec<[Shipped; HORIZON]> = (0..paid.len())
        .map(|model| {
            let (expected, units) = (&forecast.expected[model], &forecast.units[model]);
            shipped(expected, units, &allocation.constrained[model])
        })
        .collect();
    let mut cumulative = Some(Usd::ZERO);
    (0..HORIZON)
        .map(|h| {
            let month = context.month(h);
            let deposits = deposits(context, forecast, h);
            let balances = rests.iter().zip(&shipped).map(|(rest, months)| rest.due(months[h])).sum();
            let prepayments = -prepayments(orders, month);
            let out: Usd = orders.iter().filter(|o| o.wafer_out == month).map(|o| o.balance).sum();
            let foundry_balances = -(out + open_balance(&context.exports.supply, context.job, month));
            let machines = -machine_costs(context, allocation, h);
            let net = deposits.zip(balances).map(|(a, b)| a + b + prepayments + foundry_balances + machines);
            cumulative = cumulative.zip(net).map(|(sum, net)| sum + net);
            CashMonth { deposits, balances, prepayments, foundry_balances, machines, net, cumulative }
        })
        .collect()
}

pub(super) fn table(context: &Context<'_>) -> Table {
    // Months from placing an order to its machines, of the slowest chip that can be ordered.
    let longest =
        context.committed.open_from.iter().filter(|months| **months < 36).max().copied().unwrap_or(0);
    let rows = context.forecasts.iter().enumerate().flat_map(|(place, forecast)| {
        months(context, place).into_iter().enumerate().map(move |(h, of)| Scheduled {
            scenario: forecast.scenario.name(),
            month: context.month(h),
            of,
            complete: h + longest < HORIZON,
        })
    });
    Table::of(&context.stamp(), rows)
}

/// Of what open orders of each model still have to deliver, the share of value that is paid already. Where the
/// export does not say, the job's deposit share.
fn paid_share(context: &Context<'_>) -> Vec<f64> {
    let share = context.job.cash.customer_deposit_share.get();
    let mut sums = vec![(Usd::ZERO, Usd::ZERO); context.job.catalogue.models.len()];
    for booked in context.book.open() {
        let money = &booked.lot.money;
        let (paid, left) = &mut sums[booked.lot.terms.model.0];
        let not_said = Usd::from(money.left_value - money.left_with_prepaid);
        *paid += Usd::from(money.left_prepaid) + not_said * share;
        *left += Usd::from(money.left_value);
    }
    sums.iter().map(|(paid, left)| if *left > Usd::ZERO { *paid / *left } else { share }).collect()
}

fn priced(machines: f64, price: Option<Usd>) -> Option<Usd> {
    if machines == 0.0 { Some(Usd::ZERO) } else { price.map(|p| p * machines) }
}

fn deposits(context: &Context<'_>, forecast: &Forecast, h: usize) -> Option<Usd> {
    let models = context.job.catalogue.models.iter().enumerate();
    let shares = context.demand.mix.signed(h, &context.demand.lead_times.pooled);
    models
        .map(|(model, terms)| {
            let th = forecast.simulation.intake_th[h] * shares[model];
            let machines = th / terms.hashrate_th.get();
            priced(machines * context.job.cash.customer_deposit_share.get(), context.prices.list[model])
        })
        .sum()
}

/// Machines of one model that ship in a month, by where they come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Shipped {
    /// Of contracts signed by the as-of date.
    contracts: i64,
    /// Of orders still to come.
    new: i64,
}

/// What ships of contracts and of orders to come: what was wanted first ships first, in a month contracts before orders to
/// come. `expected` of contracts and all `units` are wanted in each month, `ships` of them ship.
fn shipped(expected: &[i64; HORIZON], units: &[i64; HORIZON], ships: &[i64; HORIZON]) -> [Shipped; HORIZON] {
    let mut waiting = [Shipped::default(); HORIZON];
    let mut first = 0;
    std::array::from_fn(|h| {
        let contracts = expected[h].min(units[h]);
        waiting[h] = Shipped { contracts, new: units[h] - contracts };
        let (mut left, mut out) = (ships[h], Shipped::default());
        while left > 0 && first <= h {
            let old = waiting[first].contracts.min(left);
            let new = waiting[first].new.min(left - old);
            waiting[first].contracts -= old;
            waiting[first].new -= new;
            out.contracts += old;
            out.new += new;
            left -= old + new;
            if waiting[first] == Shipped::default() {
                first += 1;
            }
        }
        out
    })
}

/// What customers still pay for one machine when it ships; `None` without a price.
#[derive(Clone, Copy, Debug)]
struct Rest {
    contract: Option<Usd>,
    new: Option<Usd>,
}

impl Rest {
    /// Of a model of whose open contracts the share `paid` of the value is paid.
    fn of(context: &Context<'_>, model: usize, paid: f64) -> Self {
        let list = context.prices.list[model];
        let contract = context.prices.contract[model].or(list);
        let deposit = context.job.cash.customer_deposit_share;
        Self { contract: contract.map(|p| p * (1.0 - paid)), new: list.map(|p| p * deposit.complement()) }
    }

    fn due(&self, ships: Shipped) -> Option<Usd> {
        let contracts = priced(ships.contracts as f64, self.contract);
        contracts.zip(priced(ships.new as f64, self.new)).map(|(a, b)| a + b)
    }
}

/// Cost besides the chips of machines built to ship in a month: what ships less what was on hand already.
fn machine_costs(context: &Context<'_>, allocation: &Allocation, h: usize) -> Usd {
    let models = context.job.catalogue.models.iter().enumerate();
    models
        .map(|(model, terms)| {
            let shipped = |months: &[i64]| months.iter().sum::<i64>();
            let ships = &allocation.constrained[model];
            let beyond = |months: &[i64]| (shipped(months) - context.committed.machines[model]).max(0);
            let built = beyond(&ships[..=h]) - beyond(&ships[..h]);
            Usd::new(terms.other_cost_usd.get()) * built as f64
        })
        .sum()
}

fn prepayments(orders: &[ProposedOrder], month: Month) -> Usd {
    orders.iter().filter(|o| Month::of(o.place_by) == month).map(|o| o.prepayment).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_late_is_billed_as_what_it_is() {
        // Wanted: in month 1 ten machines of contracts and five of orders to come, in month 2 two and one. Supply lets 6, 10
        // and 2 ship: 6 of the contracts; their other 4, the 5 and one contract of month 2; the rest of month 2.
        let month = |a, b, c| std::array::from_fn(|h| [a, b, c].get(h).copied().unwrap_or(0));
        let out = shipped(&month(10, 2, 0), &month(15, 3, 0), &month(6, 10, 2));
        let found: Vec<_> = out.iter().take(3).map(|s| (s.contracts, s.new)).collect();
        assert_eq!(found, [(6, 0), (5, 5), (1, 1)]);
        // Contracts at 1,000 USD of which 800 are paid, others at 2,000 with a deposit of 600: 6 x 200, 5 x 200 + 5 x 1,400,
        // 200 + 1,400.
        let rest = Rest { contract: Some(Usd::new(200.0)), new: Some(Usd::new(1400.0)) };
        let due: Vec<_> = out.iter().take(3).map(|s| rest.due(*s)).collect();
        assert_eq!(due, [1200.0, 8000.0, 1600.0].map(|usd| Some(Usd::new(usd))));
        // What ships without a price is not billed at 0.
        assert_eq!(Rest { contract: None, new: rest.new }.due(out[0]), None);
        assert_eq!(Rest { contract: None, new: rest.new }.due(Shipped::default()), Some(Usd::ZERO));
    }
}
