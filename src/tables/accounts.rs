//! `key_accounts`.

use super::Context;
use crate::accounts::Group;
use crate::ingest::Segment;
use crate::table::{Table, level, table};

/// A row.
pub(super) struct Account<'a> {
    /// Its place: the largest first, then the others, then all.
    place: usize,
    name: String,
    total: bool,
    of: &'a Group,
    all: &'a Group,
}

table! {
    key_accounts of Account<'_>: "one group of customers that matters: the smallest set that has four fifths of what was delivered in the last 12 months, is open or is talked about by value, and those with a deal in the pipeline or without power; 20 at most",
    key {
        rank(Whole, "", "1 for the largest; the others and all come last") = |r| r.place;
    }
    columns {
        group(Text, "", "the parent, or the customer where none is given; others: every other customer, and those not known yet; ALL")
            .source("customers: parent; futures_orders: customer; pipeline")
            .label("Customer", "")
            .main()
            = |r| r.name.as_str();
        level(Text, "", LEVEL).words() = |r| level(r.total);
        customers(Whole, "customers", "customers of the group with an order or a deal") = |r| r.of.customers;
        segment(Text, "", "key_account, retail or channel; that of most of its machines where customers does not say")
            .source("customers; futures_orders: customer_segment")
            .words()
            = |r| r.of.segment.map(Segment::name);
        region(Text, "", "where it is, as the export says").source("customers") = |r| r.of.region.as_deref();
        kind(Text, "", "kind of miner, as the export says").source("customers") = |r| r.of.kind.as_deref();
        delivered_share(Real(4), "share", "its share of the machines that left in the last 12 months")
            .label("Machines", "share, 12 months")
            = |r| ratio(r.of.taken as f64, r.all.taken as f64);
        revenue_share(Real(4), "share", "its share of their value, at today's list price where an order has none")
            .label("Revenue", "share, 12 months")
            = |r| ratio(r.of.taken_value.dollars(), r.all.taken_value.dollars());
        firm_units(Whole, "machines", "firm machines due by contract within the twelve months; past due ones count")
            .label("Firm", "machines")
            = |r| r.of.firm;
        signed_units(Whole, "machines", "signed machines due, firm or not")
            .label("Signed", "machines")
            = |r| r.of.signed;
        backlog_units(Whole, "machines", "expected to ship of what is signed, after slips and cancellations")
            .formula("expected_units of each model, no more than its units, in proportion to signed_units of the model")
            .source("table shipment_forecast")
            .label("Expected", "of signed")
            = |r| r.of.backlog;
        pipeline_units(Whole, "machines", "not signed yet, and in the pipeline: machines x probability, cut in proportion where they are more than the forecast has unsigned")
            .source("pipeline")
            .label("In the pipeline", "machines")
            = |r| r.of.pipeline;
        usual_units(Whole, "machines", "not signed yet and not in the pipeline, by what the group usually signs")
            .formula("its share of the machines signed in 24 months x k / (k + 1/2), k the months of them in which it signed; the rest is the others'; all cut alike to make room for pipelines that are larger")
            .label("Usual", "beyond it")
            = |r| r.of.usual;
        units(Whole, "machines", "forecast of the base scenario, 12 months")
            .formula("backlog_units + pipeline_units + usual_units")
            .label("Forecast", "machines")
            = |r| r.of.units();
        open_value_usd(Real(2), "USD", "contract value still to deliver, of the machines with a price")
            .label("Open value", "USD")
            = |r| r.of.open_value;
        owed_usd(Real(2), "USD", "of it what was not received")
            .formula("open_value_usd - deposits held on it")
            .label("Owed", "USD")
            = |r| r.of.owed;
        credit_limit_usd(Real(2), "USD", "the most that it may owe: the limits of its customers; empty where none is given, for the others and for all")
            .source("customers")
            .label("Limit", "USD")
            = |r| r.of.credit_limit;
        over_limit_usd(Real(2), "USD", "what it owes beyond its limit; empty where no limit is known")
            .formula("max(0, owed_usd - credit_limit_usd)")
            .label("Over limit", "USD")
            = |r| r.of.over_limit;
        power_mw(Real(3), "MW", "power free for machines still to be delivered, by the end of the twelve months; empty where none is given")
            .source("customers")
            .label("Power", "MW")
            = |r| r.of.power.as_ref().map(|power| power.mw);
        without_power_units(Whole, "machines", "signed machines due in a month in which the power there does not suffice for all due by then; empty where no power is given")
            .formula("machines due by month x power_w, in their order, beyond power_mw of the month")
            .source("customers: power_mw, power_from; [[models]] power_w")
            .label("Without power", "machines")
            = |r| r.of.power.as_ref().map(|power| power.machines);
        power_month(Month, "", "month from which on those have power, by its first day; empty where the power given never suffices, none waits, and for the others and all")
            .label("Power from", "")
            = |r| r.of.power.as_ref().and_then(|power| power.until);
    }
}

fn ratio(part: f64, all: f64) -> Option<f64> {
    (all > 0.0).then(|| part / all)
}

pub(super) fn table(context: &Context<'_>) -> Table {
    let accounts = context.accounts;
    let all = &accounts.all;
    let last = accounts.groups.len() + 1;
    // A customer may be called as the sums are.
    let name = |group: &Group| match group.name.as_str() {
        "others" | "ALL" => format!("{} (customer)", group.name),
        name => name.to_owned(),
    };
    let groups = accounts.groups.iter().enumerate().map(|(place, of)| (place + 1, name(of), false, of));
    let sums = [(last, "others", false, &accounts.others), (last + 1, "ALL", true, all)];
    let rows = groups.chain(sums.map(|(place, name, total, of)| (place, name.to_owned(), total, of)));
    Table::of(&context.stamp(), rows.map(|(place, name, total, of)| Account { place, name, total, of, all }))
}
