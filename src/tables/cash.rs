//! `cash`: money in and out by month.

use crate::cash::Kind;
use crate::domain::{Month, Usd};
use crate::market::HORIZON;

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
        scenario(Text, "", "bear, base or bull path of the bitcoin price") = |r| r.scenario;
        month(Month, "", "month, by its first day") = |r| r.month;
    }
    columns {
        customer_deposits_usd(Real(2), "USD", "deposits on orders signed in the month, at the list price of the month, which follows what buyers can pay back; empty without a price")
            .formula("new machines x list price of the month x customer_deposit_share")
            .source("[cash] customer_deposit_share; [[models]] list_price_usd")
            .label("Deposits in", "USD")
            = |r| r.of.deposits;
        customer_balances_usd(Real(2), "USD", "rest of the price of machines that supply lets ship in the month, late ones too: those of contracts at their contracts' price less what was paid on it, those of orders to come at the list price when they were signed less the usual deposit; empty without a price")
            .formula("machines of contracts x contract price x (1 - share paid) + other machines x list price when signed x (1 - customer_deposit_share)")
            .source("futures_orders: prepaid_usd; table shipment_forecast")
            .label("Balances in", "USD")
            = |r| r.of.balances;
        customer_refunds_usd(Real(2), "USD", "deposits paid back on contracts that are cancelled, 0 where they are forfeited, and what the payments export has to be paid back; and with price_protection_share what distributors are paid back when the list price of machines that they hold falls; empty without a price")
            .formula("-machines cancelled x contract price x share paid - machines held x fall of list price x price_protection_share")
            .source("[cash] cancelled_deposits, price_protection_share; payments")
            .label("Deposits back", "USD")
            = |r| r.of.refunds;
        foundry_prepayments_usd(Real(2), "USD", "paid on wafer orders placed in the month for machines of the twelve months; orders decided now are the same in every scenario, planned ones follow its demand")
            .formula("-sum of prepayment_usd")
            .source("table wafer_orders")
            .label("Foundry prepayments", "USD")
            = |r| r.of.prepayments;
        foundry_balances_usd(Real(2), "USD", "paid on wafers out in the month, open orders and reservation fees included")
            .formula("-sum of balance_usd and of what open orders still cost")
            .source("table wafer_orders; supply")
            .label("Foundry balances", "USD")
            = |r| r.of.foundry_balances;
        machine_costs_usd(Real(2), "USD", "cost besides the chips of the machines built to ship in the month; machines on hand have cost it already")
            .formula("-(constrained_units - machines on hand used) x other_cost_usd of the job")
            .label("Machines besides chips", "USD")
            = |r| r.of.machines;
        mining_usd(Real(2), "USD", "from mining at the maker's own sites, months that lose money switched off, and from selling machines there and the sites; empty where [mining] does not say their room")
            .formula("machines that run x max(0, hashrate_th x hashprice / 1000 x 30.436875 - power - hosting) + what is sold")
            .source("[mining]; table market")
            .label("Own mining", "USD")
            = |r| r.of.mining;
        net_usd(Real(2), "USD", "sum of the seven")
            .formula("customer_deposits_usd + customer_balances_usd + customer_refunds_usd + foundry_prepayments_usd + foundry_balances_usd + machine_costs_usd + mining_usd")
            .label("Net", "USD").main()
            = |r| r.of.net;
        cumulative_usd(Real(2), "USD", "net since the as-of date, at the mean: how low it may fall is in cash_low")
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
    refunds: Option<Usd>,
    pub(super) prepayments: Option<Usd>,
    pub(super) foundry_balances: Option<Usd>,
    machines: Option<Usd>,
    mining: Option<Usd>,
    net: Option<Usd>,
    /// Net since the as-of date; `None` without a price.
    cumulative: Option<Usd>,
}

/// The twelve months of a scenario, by its index.
pub(super) fn months(context: &Context<'_>, scenario: usize) -> Vec<CashMonth> {
    let planned = &context.cash.planned[scenario];
    let mut cumulative = Some(Usd::ZERO);
    (0..HORIZON)
        .map(|h| {
            let net = planned.net(h);
            cumulative = cumulative.zip(net).map(|(sum, net)| sum + net);
            CashMonth {
                deposits: planned.of(Kind::Deposits, h),
                balances: planned.of(Kind::Balances, h),
                refunds: planned.of(Kind::Refunds, h),
                prepayments: planned.of(Kind::Prepayments, h),
                foundry_balances: planned.of(Kind::FoundryBalances, h),
                machines: planned.of(Kind::Machines, h),
                mining: context.site.and_then(|_| planned.of(Kind::Mining, h)),
                net,
                cumulative,
            }
        })
        .collect()
}

pub(super) fn table(context: &Context<'_>) -> Table {
    // Months from placing an order to its machines, of the slowest chip that can be ordered.
    let longest =
        context.committed.open_from.iter().filter(|months| **months < 36).max().copied().unwrap_or(0);
    let rows = context.forecasts.iter().enumerate().flat_map(|(index, forecast)| {
        months(context, index).into_iter().enumerate().map(move |(h, of)| Scheduled {
            scenario: forecast.scenario.name(),
            month: context.month(h),
            of,
            complete: h + longest < HORIZON,
        })
    });
    Table::of(&context.stamp(), rows)
}
