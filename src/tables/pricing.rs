//! `pricing` and `policy_checks`.

use std::collections::BTreeMap;

use crate::domain::{HashPrice, MicroUsd, Month, Usd};
use crate::ingest::{Lot, OrderType, Segment};
use crate::job::ModelId;
use crate::market::HORIZON;
use crate::pricing;

use super::Context;
use super::schema::{Kind, Spec, Table, column, row};

pub(super) const PRICING: Spec = Spec {
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
        ).formula("list_price_usd / (hashrate_th x hashprice / 1000 - power_w / 1000 x 24 x power_usd_per_kwh) / 30.436875").source("table market; [policy] power_usd_per_kwh"),
        column(
            "band",
            Kind::Text,
            "",
            "priced_too_low below 12 months, competitive to 18, average to 24, hard_to_sell to 30, dead above; never; empty without a price",
        ),
        column("efficiency_j_per_th", Kind::Real(2), "J/TH", "watts / TH per second").formula("power_w / hashrate_th").source("[[models]]"),
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
        ).formula("hashrate_th x hashprice / 1000 / (power_w / 1000 x 24)").source("table market; [[models]]"),
        column(
            "self_mining_value_usd",
            Kind::Real(2),
            "USD",
            "36 months of margin at the month's hashprice, discounted by 1% a month; 0 when mining loses money",
        ).formula("monthly margin x (1 - 1.01^-36) / 0.01").source("table market; [policy] power_usd_per_kwh"),
    ],
};

pub(super) fn table(context: &Context<'_>) -> Table {
    let mut table = Table::new(&PRICING);
    let power = context.job.policy.power_usd_per_kwh.get();
    for forecast in context.forecasts {
        let path = context.outlook.carry(&context.outlook.prices(forecast.scenario));
        for (h, hashprice) in path.hashprice.iter().enumerate().take(HORIZON) {
            let month = context.as_of + 1 + i32::try_from(h).unwrap_or(0);
            let Some(hashprice) = HashPrice::per_ph_day(*hashprice) else { continue };
            for (place, model) in context.job.catalogue.models.iter().enumerate() {
                if !model.ships_in(month) {
                    continue;
                }
                let margin = pricing::monthly_margin(model, hashprice, power);
                let list = context.prices.list[place];
                let payback = list.map(|price| pricing::payback_months(price, margin));
                table.push(row![
                    context.vintage(),
                    forecast.scenario.name(),
                    month,
                    model.name(),
                    context.as_of.last_day(),
                    list,
                    payback.flatten(),
                    payback.map(pricing::payback_band),
                    model.joules_per_th(),
                    pricing::efficiency_class(model.joules_per_th()),
                    pricing::break_even_power(model, hashprice),
                    pricing::self_mining_value(margin),
                ]);
            }
        }
    }
    table
}

pub(super) const POLICY: Spec = Spec {
    name: "policy_checks",
    row: "one rule of the trade, compared with the job's target",
    key: 2,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column("check", Kind::Text, "", "the rule"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column("value", Kind::Real(4), "", "what was measured; empty when it cannot be"),
        column("target", Kind::Real(4), "", "the job's target"),
        column("status", Kind::Text, "", "ok, off_target or no_data"),
        column("note", Kind::Text, "", "what was measured and over which period"),
    ],
};

pub(super) fn policy(context: &Context<'_>) -> Table {
    let mut table = Table::new(&POLICY);
    let policy = &context.job.policy;
    let year = context.as_of - 11;
    let sold: Vec<_> =
        context.exports.ledger.sold.range((year, Segment::KeyAccount, OrderType::Futures)..).collect();
    let machines: u64 = sold.iter().map(|(_, s)| s.machines).sum();
    let share_of = |test: &dyn Fn(Segment, OrderType) -> bool| -> Option<f64> {
        let part: u64 = sold.iter().filter(|((_, s, t), _)| test(*s, *t)).map(|(_, s)| s.machines).sum();
        (machines > 0).then(|| part as f64 / machines as f64)
    };
    let mut check = |name: &str, value: Option<f64>, target: f64, at_least: bool, note: String| {
        let status = match value {
            None => "no_data",
            Some(value) if (value >= target) == at_least || value == target => "ok",
            Some(_) => "off_target",
        };
        table.push(row![context.vintage(), name, context.as_of.last_day(), value, target, status, note]);
    };
    let period = format!("orders signed {} to {}", year, context.as_of);
    let n: u64 = sold.iter().map(|(_, s)| s.orders).sum();
    check(
        "futures_share",
        share_of(&|_, order_type| order_type == OrderType::Futures),
        policy.futures_share.get(),
        true,
        format!("machines sold as futures / machines sold, {period}, n = {n}"),
    );
    check(
        "key_account_share",
        share_of(&|segment, _| segment == Segment::KeyAccount),
        policy.top_fifth_share.get(),
        true,
        format!("machines sold to key accounts / machines sold, {period}, n = {n}"),
    );
    check(
        "prepayment_share",
        prepayment_share(&context.book.open().map(|l| l.lot).collect::<Vec<_>>()),
        policy.prepayment_share.get(),
        true,
        "received from customers / value of orders, of open orders where both are given".to_owned(),
    );
    let (top, customers) = top_fifth(&context.exports.ledger.customers);
    check(
        "top_fifth_of_customers_share",
        top,
        policy.top_fifth_share.get(),
        true,
        format!("machines of the largest fifth of {customers} customers / machines sold, {period}"),
    );
    let (cover, note) = channel_cover(context);
    check("channel_cover_months", cover, policy.channel_cover_months.get(), false, note);
    table
}

fn prepayment_share(lots: &[&Lot]) -> Option<f64> {
    let paid = Usd::from(lots.iter().map(|l| l.money.prepaid).sum::<MicroUsd>());
    let value = Usd::from(lots.iter().map(|l| l.money.value_with_prepaid).sum::<MicroUsd>());
    (value > Usd::ZERO).then(|| paid / value)
}

fn top_fifth(customers: &BTreeMap<String, u64>) -> (Option<f64>, usize) {
    let mut sizes: Vec<u64> = customers.values().copied().collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let total: u64 = sizes.iter().sum();
    let top: u64 = sizes.iter().take(sizes.len().div_ceil(5)).sum();
    ((total > 0).then(|| top as f64 / total as f64), sizes.len())
}

/// Machines in the channel's newest snapshots over the mean monthly sell-in of the last six months.
fn channel_cover(context: &Context<'_>) -> (Option<f64>, String) {
    let stock = &context.exports.inventory;
    let Some(last) = stock.last().map(|s| s.date) else {
        return (None, "channel data is empty".to_owned());
    };
    let on_hand: f64 = stock
        .iter()
        .filter(|s| Month::of(s.date) == Month::of(last))
        .map(|s| (s, s.date))
        .fold(BTreeMap::<(&str, ModelId), f64>::new(), |mut newest, (s, _)| {
            newest.insert((&s.channel, s.model), f64::from(s.quantity));
            newest
        })
        .into_values()
        .sum();
    let sell_in: u64 =
        context.exports.ledger.channel_sell_in.range(context.as_of - 5..).map(|(_, q)| *q).sum();
    let note = format!("{on_hand} machines on hand on {last} / mean monthly sell-in of the last 6 months");
    ((sell_in > 0).then(|| on_hand / (sell_in as f64 / 6.0)), note)
}
