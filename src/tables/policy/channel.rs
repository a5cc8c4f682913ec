//! Rules of the trade about the channel.

use crate::cash::Protection;
use crate::domain::{MicroUsd, Scenario, Usd};
use crate::history::BookedLot;
use crate::ingest::Segment;
use crate::job::ModelId;
use crate::market::HORIZON;
use crate::selling::{CHANNEL_MONTHS, Channel, LIST_MONTHS};

use super::{Checks, Target};

/// What stands in the channel and what that does to sell-in.
pub(super) fn rules(checks: &mut Checks<'_, '_>) {
    let context = checks.context;
    contracts(checks);
    let target = context.job.policy.channel_cover_months.get();
    let exports = context.exports;
    let Some(channel) = Channel::new(&exports.stock, &exports.ledger.channel_sell_in, context.as_of) else {
        let note = exports.stock.newest().map_or_else(
            || "channel data is empty".to_owned(),
            |day| format!("the newest count, of {day}, is older than three months"),
        );
        checks.add("channel_cover_months", ("ALL", "months"), None, Target::AtMost(target), 0, note.clone());
        checks.add("channel_overhang", ("ALL", "machines"), None, Target::AtMost(0.0), 0, note);
        return;
    };
    by_model(checks, &channel);
    let n = channel.each.len() as u64;
    let counted = format!("machines counted in the month of {}", channel.counted);
    checks.add(
        "channel_cover_months",
        ("ALL", "months"),
        channel.sell_in.map(|sell_in| channel.all.on_hand / sell_in),
        Target::AtMost(target),
        n,
        format!(
            "{} {counted} / mean monthly sell-in of the last {CHANNEL_MONTHS} months",
            channel.all.on_hand
        ),
    );
    let how = if channel.sell_through_given {
        "sell-through as the export has it"
    } else {
        "sell-through by sell-in less growth of stock, all distributors together"
    };
    let stocks = channel.each.iter().map(|(name, stock)| (name.as_str(), *stock));
    for (name, stock) in std::iter::once(("ALL", channel.all)).chain(stocks) {
        let rate = stock.sold_on.filter(|rate| *rate > 0.0);
        checks.add(
            "channel_sell_through_cover_months",
            (name, "months"),
            rate.map(|rate| stock.on_hand / rate),
            Target::AtMost(target),
            if name == "ALL" { n } else { 1 },
            format!("{} {counted} / mean monthly sell-through, {how}", stock.on_hand),
        );
        let overhang = if name == "ALL" { channel.overhang(target) } else { stock.overhang(target) };
        let sold = match (overhang, stock.months_to_clear(target)) {
            (Some(0.0), _) => String::new(),
            (Some(_), None) => "; nothing is sold on, so it stays".to_owned(),
            (Some(_), Some(months)) if name != "ALL" => format!("; sold off in {months:.1} months"),
            _ => String::new(),
        };
        checks.add(
            "channel_overhang",
            (name, "machines"),
            overhang,
            Target::AtMost(0.0),
            if name == "ALL" { n } else { 1 },
            format!("machines above {target} months of sell-through{sold}"),
        );
    }
    for (ahead, blocked) in channel.blocked(target, HORIZON).unwrap_or_default().into_iter().enumerate() {
        if blocked > 0.0 {
            checks.add(
                "channel_sell_in_blocked",
                (&context.month(ahead).to_string(), "machines"),
                Some(blocked),
                Target::Nothing,
                n,
                "machines that distributors sell from their overhang instead of buying them".to_owned(),
            );
        }
    }
}

/// How old a model is among those that have been launched.
const GENERATIONS: [&str; 3] = ["newest", "one before", "older"];

/// What distributors hold of each model and generation, at what cover, and what a fall of list prices costs on it.
fn by_model(checks: &mut Checks<'_, '_>, channel: &Channel) {
    let context = checks.context;
    let catalogue = &context.job.catalogue;
    let mut launches: Vec<_> =
        catalogue.models.iter().map(|m| m.launch).filter(|m| *m <= context.as_of).collect();
    launches.sort_unstable();
    launches.dedup();
    let generation = |id: ModelId| {
        let launch = catalogue.model(id).launch;
        launches.iter().filter(|later| **later > launch).count().min(GENERATIONS.len() - 1)
    };
    let distributors = channel.each.len() as u64;
    let mut held = [0.0; GENERATIONS.len()];
    for (id, stock) in &channel.by_model {
        let (name, age) = (catalogue.model(*id).name(), generation(*id));
        held[age] += stock.on_hand;
        checks.add(
            "channel_model_stock",
            (name, "machines"),
            Some(stock.on_hand),
            Target::Nothing,
            distributors,
            format!(
                "held by distributors in the month of {}; generation: {}",
                channel.counted, GENERATIONS[age]
            ),
        );
        checks.add(
            "channel_model_cover_months",
            (name, "months"),
            stock.sold_on.filter(|sold| *sold > 0.0).map(|sold| stock.on_hand / sold),
            Target::Nothing,
            distributors,
            match stock.sold_on {
                Some(sold) => format!("{} machines / {sold:.1} sold on a month of it", stock.on_hand),
                None => "a count of it does not say what was sold on".to_owned(),
            },
        );
    }
    for (generation, machines) in GENERATIONS.into_iter().zip(held) {
        checks.add(
            "channel_generation_stock",
            (generation, "machines"),
            Some(machines),
            Target::Nothing,
            distributors,
            "held by distributors, of models by their launch among those launched".to_owned(),
        );
    }
    let share = context.job.cash.price_protection_share.get();
    if share > 0.0 {
        let protection = Protection::new(channel, catalogue.models.len(), share);
        let today = |model: usize| context.prices.list[model].map_or(0.0, Usd::dollars);
        for scenario in [Scenario::Base, Scenario::Bear] {
            let list = &context.cash.list[scenario as usize];
            let costs = protection.cost(today, |model, h| list[model].map_or(0.0, |prices| prices[h]));
            checks.add(
                "channel_price_protection",
                (scenario.name(), "USD"),
                Some(costs.iter().sum()),
                Target::Nothing,
                distributors,
                format!("what the fall of list prices in twelve months costs on what distributors hold today, at {share} of it; in customer_refunds_usd of cash"),
            );
        }
    }
}

/// Contracts of distributors apart from the others: what was paid on them, and at what price against the list.
fn contracts(checks: &mut Checks<'_, '_>) {
    let context = checks.context;
    let book = context.book;
    if !book.lots.iter().any(|booked| booked.lot.terms.segment == Segment::Channel) {
        return;
    }
    for (name, own) in [("channel", true), ("own sales", false)] {
        let of = || book.open().filter(|booked| (booked.lot.terms.segment == Segment::Channel) == own);
        let machines: u64 = of().map(BookedLot::remaining).sum();
        let paid = Usd::from(of().map(|booked| booked.lot.money.prepaid).sum::<MicroUsd>());
        let value = Usd::from(of().map(|booked| booked.lot.money.value_with_prepaid).sum::<MicroUsd>());
        checks.add(
            "open_deposit_share",
            (name, "share"),
            (value > Usd::ZERO).then(|| paid / value),
            Target::Nothing,
            of().map(|booked| booked.lot.orders).sum(),
            format!("received / value of open orders that say both; {machines} machines still to deliver"),
        );
    }
    let since = context.as_of - LIST_MONTHS;
    for id in context.job.catalogue.ids() {
        let newest = book.lots.iter().filter(|booked| {
            let terms = &booked.lot.terms;
            terms.model == id
                && terms.segment == Segment::Channel
                && terms.signed > since
                && booked.is_demand()
        });
        let (mut value, mut priced, mut orders) = (MicroUsd::ZERO, 0, 0);
        for booked in newest {
            value += booked.lot.money.value;
            priced += booked.lot.money.priced;
            orders += booked.lot.orders;
        }
        let list = context.prices.list[id.0].filter(|list| *list > Usd::ZERO);
        if priced > 0 {
            let mean = Usd::from(value) * (1.0 / priced as f64);
            checks.add(
                "channel_price_to_list",
                (context.job.catalogue.model(id).name(), "share"),
                list.map(|list| mean / list),
                Target::Nothing,
                orders,
                format!("mean price of {priced} machines that distributors ordered in {LIST_MONTHS} months / list price, which others' orders give"),
            );
        }
    }
}
