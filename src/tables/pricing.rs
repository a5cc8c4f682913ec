//! `pricing`.

use crate::domain::{HashPrice, Month, Usd};
use crate::job::{Model, ModelId, Pricing};
use crate::market::{HORIZON, Path, Scenario};
use crate::selling::{self, BestUse};
use crate::supply::Salvage;

use super::Context;
use crate::table::{Table, table};

/// A model under a scenario.
struct Sold<'a> {
    scenario: Scenario,
    model: &'a Model,
    list: Option<Usd>,
    cost: Option<Usd>,
    pricing: &'a Pricing,
}

/// It in one month.
pub(super) struct Priced<'a> {
    of: &'a Sold<'a>,
    month: Month,
    hashprice: HashPrice,
    margin: Usd,
    /// `None` without a price, within it where it never pays back.
    payback: Option<Option<f64>>,
    salvage: Salvage,
    free: Option<i64>,
    best: BestUse,
    mining_from: Option<Month>,
}

table! {
    pricing of Priced<'_>: "one scenario, month and model that can ship in it",
    key {
        scenario(Text, "", "bear, base or bull path of the bitcoin price") = |r| r.of.scenario.name();
        month(Month, "", "month, by its first day") = |r| r.month;
        model(Text, "", "machine model") = |r| r.of.model.name();
    }
    columns {
        list_price_usd(Real(2), "USD", "the job's list price, or the median price of a machine in the last three months' orders (machines of the same terms together, none of them more than a quarter of all; those of distributors only where nobody else ordered); empty when there is none")
            .source("[[models]] list_price_usd; futures_orders: unit_price_usd")
            .label("List price", "USD")
            = |r| r.of.list;
        payback_months(Real(1), "months", "list price / monthly margin at the month's hashprice and the job's power price; empty when it never pays back")
            .formula("list_price_usd / ((hashrate_th x hashprice / 1000 - power_w / 1000 x 24 x power_usd_per_kwh) x 30.436875)")
            .source("table market; [policy] power_usd_per_kwh")
            .label("Pays back in", "months").main()
            = |r| r.payback.flatten();
        band(Text, "", "priced_too_low below 12 months, competitive to 18, average to 24, hard_to_sell to 30, dead above, or by the job's borders; never; empty without a price")
            .source("[pricing] payback_bands_months")
            .words()
            = |r| r.payback.map(|months| selling::payback_band(months, r.of.pricing.payback_bands_months));
        target_payback_price_usd(Real(2), "USD", "price that gives the job's target payback (18 months) at the month's hashprice; 0 when mining loses money")
            .label("Price that pays back", "as the job aims, USD")
            = |r| selling::price_for_payback(r.of.pricing.target_payback_months.get(), r.margin);
        efficiency_j_per_th(Real(2), "J/TH", "watts / TH per second")
            .formula("power_w / hashrate_th")
            .source("[[models]]")
            .label("Efficiency", "J/TH")
            = |r| r.of.model.joules_per_th();
        efficiency_class(Text, "", "competitive to 20 J/TH, entry_level to 25, ageing to 30, to_be_shut_down above, or by the job's borders")
            .source("[pricing] efficiency_classes_j_per_th")
            .label("Class", "").words()
            = |r| selling::efficiency_class(r.of.model.joules_per_th(), r.of.pricing.efficiency_classes_j_per_th);
        break_even_power_usd_per_kwh(Real(4), "USD/kWh", "power price at which the machine earns nothing")
            .formula("hashrate_th x hashprice / 1000 / (power_w / 1000 x 24)")
            .source("table market; [[models]]")
            .label("Break-even power", "USD/kWh")
            = |r| selling::break_even_power(r.of.model, r.hashprice);
        machine_cost_usd(Real(2), "USD", "chips with spares, or with [spares] those of its repair under warranty, and assembly loss at the cheapest foundry's price of a good chip, and other cost")
            .label("Costs", "USD")
            = |r| r.of.cost;
        clearance_price_usd(Real(2), "USD", "what one left over fetches: the job's share of its list price or of the price of the longest payback that sells, whichever is lower")
            .label("Cleared", "USD")
            = |r| r.salvage.clearance;
        self_mining_value_usd(Real(2), "USD", "discounted revenue less power and hosting of mining with one from the month on, by the terms of [mining]; months that lose money are switched off")
            .source("table market; [mining]")
            .label("Mined by oneself", "USD")
            = |r| r.salvage.mining;
        free_sockets(Whole, "machines", "machines of the model that the maker's own sites have room and power for in the month beside what runs there; empty where [mining] says neither sockets nor power_mw")
            .source("[mining] sockets, power_mw, fleet, moves")
            .label("Room for", "machines")
            = |r| r.free;
        best_use(Text, "", "of a machine not sold yet: sell at list price where its payback sells, clear where it does not, mine where that brings more; nothing. Where free_sockets is known, mine is for that many machines at most, and never for a model that customers wait for in the month or later")
            .words().main()
            = |r| r.best.name();
        mining_better_from(Month, "", "first month, by its first day, from which on mining is the best use in every month to the last; empty when it is not")
            .label("Mining better from", "")
            = |r| r.mining_from;
    }
}

pub(super) fn table(context: &Context<'_>) -> Table {
    let sold = |scenario: Scenario, id: ModelId| Sold {
        scenario,
        model: context.job.catalogue.model(id),
        list: context.prices.list[id.0],
        cost: selling::machine_cost(context.job, id, context.committed.cost_chips(id.0)),
        pricing: &context.job.pricing,
    };
    let scenarios = context.forecasts.iter().map(|forecast| forecast.scenario);
    let models: Vec<(Scenario, ModelId, Sold<'_>)> = scenarios
        .flat_map(|scenario| context.job.catalogue.ids().map(move |id| (scenario, id)))
        .map(|(scenario, id)| (scenario, id, sold(scenario, id)))
        .collect();
    let rows = models.iter().flat_map(|(scenario, id, of)| {
        let path = context.outlook.project(*scenario, &context.outlook.prices(*scenario));
        let mut months = months(context, *id, of, &path);
        let uses: Vec<BestUse> = months.iter().map(|m| m.best).collect();
        let mining_from = selling::mining_from(&uses).map(|index| months[index].month);
        months.iter_mut().for_each(|of| of.mining_from = mining_from);
        months
    });
    Table::of(&context.stamp(), rows)
}

/// The months of a scenario in which a model can ship.
fn months<'a>(context: &Context<'_>, id: ModelId, of: &'a Sold<'a>, path: &Path) -> Vec<Priced<'a>> {
    let longest = context.job.pricing.longest_payback_months.get();
    let room = context.site.map(|site| site.room(&[]));
    let waiting = &context.allocations[of.scenario as usize].waiting[id.0];
    (0..HORIZON)
        .filter(|h| of.model.offered_in(context.month(*h)))
        .filter_map(|h| {
            let hashprice = HashPrice::per_ph_day(path.hashprice[h])?;
            let margin =
                selling::monthly_margin(of.model, hashprice, context.job.policy.power_usd_per_kwh.get());
            let salvage = (context.values.salvage)(id.0, path, h);
            let payback = of.list.map(|list| selling::payback_months(list, margin));
            let free = room.as_ref().map(|room| room.machines(of.model.power_w.get(), h).floor() as i64);
            let waits = waiting.iter().skip(h).any(|machines| *machines > 0);
            let mined = free.is_none_or(|free| free > 0 && !waits);
            let mining = if mined { salvage.mining } else { Usd::ZERO };
            let best = BestUse::of(of.list, payback.flatten(), longest, Salvage { mining, ..salvage });
            let month = context.month(h);
            Some(Priced { of, month, hashprice, margin, payback, salvage, free, best, mining_from: None })
        })
        .collect()
}
