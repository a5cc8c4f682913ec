//! `pricing`.

use crate::domain::{HashPrice, Month, Usd};
use crate::job::ModelId;
use crate::market::{HORIZON, Path};
use crate::selling::{self, BestUse};
use crate::supply::Leftover;

use super::Context;
use super::schema::{Kind, Spec, Table, column, row};

pub(super) const SPEC: Spec = Spec {
    name: "pricing",
    row: "one scenario, month and model that can ship in it",
    key: 4,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column("scenario", Kind::Text, "", "bear, base or bull course of the bitcoin price"),
        column("month", Kind::Date, "", "month, by its first day"),
        column("model", Kind::Text, "", "machine model"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column(
            "list_price_usd",
            Kind::Real(2),
            "USD",
            "the job's list price, or the mean price of the last three months' orders; empty when neither exists",
        ).source("[[models]] list_price_usd; futures_orders: unit_price_usd"),
        column(
            "payback_months",
            Kind::Real(1),
            "months",
            "list price / monthly margin at the month's hashprice and the job's power price; empty when it never pays back",
        )
        .formula("list_price_usd / ((hashrate_th x hashprice / 1000 - power_w / 1000 x 24 x power_usd_per_kwh) x 30.436875)")
        .source("table market; [policy] power_usd_per_kwh"),
        column(
            "band",
            Kind::Text,
            "",
            "priced_too_low below 12 months, competitive to 18, average to 24, hard_to_sell to 30, dead above; never; empty without a price",
        ),
        column(
            "target_payback_price_usd",
            Kind::Real(2),
            "USD",
            "price that gives the job's target payback (18 months) at the month's hashprice; 0 when mining loses money",
        ),
        column("efficiency_j_per_th", Kind::Real(2), "J/TH", "watts / TH per second")
            .formula("power_w / hashrate_th")
            .source("[[models]]"),
        column(
            "efficiency_class",
            Kind::Text,
            "",
            "competitive to 20 J/TH, entry_level to 25, ageing to 30, to_be_shut_down above",
        ),
        column(
            "break_even_power_usd_per_kwh",
            Kind::Real(4),
            "USD/kWh",
            "power price at which the machine earns nothing",
        )
        .formula("hashrate_th x hashprice / 1000 / (power_w / 1000 x 24)")
        .source("table market; [[models]]"),
        column(
            "machine_cost_usd",
            Kind::Real(2),
            "USD",
            "chips with spares and assembly loss at the cheapest foundry's price of a good chip, and other cost",
        ),
        column(
            "clearance_price_usd",
            Kind::Real(2),
            "USD",
            "what one left over fetches: the job's share of its list price or of the price of the longest payback that sells, whichever is lower",
        ),
        column(
            "self_mining_value_usd",
            Kind::Real(2),
            "USD",
            "discounted revenue less power and hosting of mining with one from the month on, by the terms of [mining]; months that lose money are switched off",
        ).source("table market; [mining]"),
        column(
            "mining_less_clearance_usd",
            Kind::Real(2),
            "USD",
            "self_mining_value_usd - clearance_price_usd",
        ).formula("self_mining_value_usd - clearance_price_usd"),
        column("mining_less_cost_usd", Kind::Real(2), "USD", "self_mining_value_usd - machine_cost_usd")
            .formula("self_mining_value_usd - machine_cost_usd"),
        column(
            "best_use",
            Kind::Text,
            "",
            "of a machine not sold yet: sell at list price where its payback sells, clear where it does not, mine where that brings more; nothing",
        ),
        column(
            "mining_better_from",
            Kind::Date,
            "",
            "first month, by its first day, from which on mining is the best use in every month to the last; empty when it is not",
        ),
    ],
};

/// A model in one month of a scenario.
struct Priced {
    month: Month,
    hashprice: HashPrice,
    margin: Usd,
    leftover: Leftover,
    best: BestUse,
}

pub(super) fn table(context: &Context<'_>) -> Table {
    let mut table = Table::new(&SPEC);
    for forecast in context.forecasts {
        let path = context.outlook.carry(forecast.scenario, &context.outlook.prices(forecast.scenario));
        for id in context.job.catalogue.ids() {
            let months = months(context, id, &path);
            let uses: Vec<BestUse> = months.iter().map(|m| m.best).collect();
            let mining_from = selling::mining_from(&uses).map(|place| months[place].month);
            let model = context.job.catalogue.model(id);
            let list = context.prices.list[id.0];
            let cost = selling::machine_cost(context.job, id, context.committed.per_machine(id.0));
            for of in months {
                let payback = list.map(|price| selling::payback_months(price, of.margin));
                let target = context.job.pricing.target_payback_months.get();
                table.push(row![
                    context.vintage(),
                    forecast.scenario.name(),
                    of.month,
                    model.name(),
                    context.as_of.last_day(),
                    list,
                    payback.flatten(),
                    payback.map(selling::payback_band),
                    selling::price_for_payback(target, of.margin),
                    model.joules_per_th(),
                    selling::efficiency_class(model.joules_per_th()),
                    selling::break_even_power(model, of.hashprice),
                    cost,
                    of.leftover.clearance,
                    of.leftover.mining,
                    of.leftover.mining - of.leftover.clearance,
                    cost.map(|cost| of.leftover.mining - cost),
                    of.best.name(),
                    mining_from,
                ]);
            }
        }
    }
    table
}

/// The months of a scenario in which a model is offered.
fn months(context: &Context<'_>, id: ModelId, path: &Path) -> Vec<Priced> {
    let model = context.job.catalogue.model(id);
    let list = context.prices.list[id.0];
    let longest = context.job.pricing.longest_payback_months.get();
    (0..HORIZON)
        .filter(|h| model.offered_in(context.month(*h)))
        .filter_map(|h| {
            let hashprice = HashPrice::per_ph_day(path.hashprice[h])?;
            let margin =
                selling::monthly_margin(model, hashprice, context.job.policy.power_usd_per_kwh.get());
            let leftover = (context.values.leftover)(id.0, path, h);
            let payback = list.and_then(|list| selling::payback_months(list, margin));
            let best = BestUse::of(list, payback, longest, leftover);
            Some(Priced { month: context.month(h), hashprice, margin, leftover, best })
        })
        .collect()
}
