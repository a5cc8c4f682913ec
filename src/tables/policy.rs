//! `policy_checks`.

mod channel;
mod groups;
mod trade;

use crate::domain::{MicroUsd, Usd};
use crate::ingest::{Lot, OrderType, Segment};
use crate::selling::Backlog;

use super::Context;
use crate::table::{Table, table};
use crate::views::words::grouped;

/// What was measured.
pub(super) struct Check {
    rule: &'static str,
    item: String,
    value: Option<f64>,
    unit: &'static str,
    target: Target,
    n: u64,
    note: String,
}

table! {
    policy_checks of Check: "one rule of the trade compared with the job's target, or what stands behind it",
    key {
        check(Text, "", "the rule")
            .label("Rule", "").words() = |r| r.rule;
        item(Text, "", "what it is measured on: ALL, ALL_by_revenue, groups of customers, a distributor, customer, model, generation, scenario, chip, month or year")
            .label("Of", "")
            = |r| r.item.as_str();
    }
    columns {
        value(Real(4), "", "what was measured; empty when it cannot be") = |r| r.value;
        unit(Text, "", "unit of value and target: share, months, machines, wafers, USD") = |r| r.unit;
        target(Real(4), "", "the job's target; empty where there is none to meet") = |r| r.target.number(r.value);
        status(Text, "", "ok, off_target, no_data, or measured where there is no target")
            .words()
            = |r| r.status();
        n(Whole, "", "orders, customers or distributors that it rests on")
            .label("n", "")
            = |r| r.n;
        note(Text, "", "what was measured and over which period")
            .label("What was measured", "").long()
            = |r| r.note.as_str();
    }
}

/// What a value is held against.
#[derive(Clone, Copy)]
enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// From one to the other; the nearer one is shown.
    Between(f64, f64),
    Nothing,
}

impl Target {
    /// What is missed, or nearest to being missed.
    fn number(self, value: Option<f64>) -> Option<f64> {
        match self {
            Self::AtLeast(target) | Self::AtMost(target) => Some(target),
            Self::Between(least, most) => {
                Some(if value.is_some_and(|value| value > f64::midpoint(least, most)) { most } else { least })
            }
            Self::Nothing => None,
        }
    }
}

impl Check {
    /// For example `futures share 62% (at least 80%)`.
    fn told(&self) -> String {
        let number = |value: f64| match self.unit {
            "share" => format!("{:.0}%", 100.0 * value),
            _ if value.fract() == 0.0 => grouped(value as i64),
            unit => format!("{value:.2} {unit}"),
        };
        let target = match self.target {
            Target::AtLeast(target) => format!(" (at least {})", number(target)),
            Target::AtMost(target) => format!(" (at most {})", number(target)),
            Target::Between(least, most) => format!(" ({} to {})", number(least), number(most)),
            Target::Nothing => String::new(),
        };
        let of = if self.item == "ALL" { String::new() } else { format!(" of {}", self.item) };
        let value = self.value.map(number).unwrap_or_default();
        format!("{}{of} {value}{target}", self.rule.replace('_', " "))
    }

    fn status(&self) -> &'static str {
        let met = self.value.map(|value| match self.target {
            Target::AtLeast(target) => Some(value >= target),
            Target::AtMost(target) => Some(value <= target),
            Target::Between(least, most) => Some((least..=most).contains(&value)),
            Target::Nothing => None,
        });
        match met {
            None => "no_data",
            Some(Some(true)) => "ok",
            Some(Some(false)) => "off_target",
            Some(None) => "measured",
        }
    }
}

/// Rows as they are made.
struct Checks<'a, 'b> {
    context: &'a Context<'b>,
    rows: Vec<Check>,
}

impl Checks<'_, '_> {
    /// Adds a row; what it is `of` is its item and unit.
    fn add(
        &mut self,
        rule: &'static str,
        (item, unit): (&str, &'static str),
        value: Option<f64>,
        target: Target,
        n: u64,
        note: String,
    ) {
        self.rows.push(Check { rule, item: item.to_owned(), value, unit, target, n, note });
    }
}

fn rows(context: &Context<'_>) -> Vec<Check> {
    let mut checks = Checks { context, rows: Vec::new() };
    sales(&mut checks);
    money(&mut checks);
    channel::rules(&mut checks);
    concentration(&mut checks);
    groups::rules(&mut checks);
    trade::rules(&mut checks);
    checks.rows
}

pub(super) fn table(context: &Context<'_>) -> Table {
    Table::of(&context.stamp(), rows(context))
}

/// Rules that are off the job's target, in words.
pub(crate) fn off_target(context: &Context<'_>) -> Vec<String> {
    rows(context).iter().filter(|check| check.status() == "off_target").map(Check::told).collect()
}

/// How and to whom machines were sold in the trailing year.
fn sales(checks: &mut Checks<'_, '_>) {
    let context = checks.context;
    let policy = &context.job.policy;
    let year = context.as_of - 11;
    let sold: Vec<_> =
        context.exports.ledger.sold.range((year, Segment::KeyAccount, OrderType::Futures)..).collect();
    let machines: u64 = sold.iter().map(|(_, s)| s.machines).sum();
    let share_of = |test: &dyn Fn(Segment, OrderType) -> bool| -> Option<f64> {
        let part: u64 = sold.iter().filter(|((_, s, t), _)| test(*s, *t)).map(|(_, s)| s.machines).sum();
        (machines > 0).then(|| part as f64 / machines as f64)
    };
    let n: u64 = sold.iter().map(|(_, s)| s.orders).sum();
    let period = format!("orders signed {} to {}", year, context.as_of);
    let all = ("ALL", "share");
    checks.add(
        "futures_share",
        all,
        share_of(&|_, order_type| order_type == OrderType::Futures),
        Target::AtLeast(policy.futures_share.get()),
        n,
        format!("machines sold as futures / machines sold, {period}"),
    );
    let by_delivery = &context.exports.ledger.futures_by_delivery;
    let futures: u64 = by_delivery.iter().sum();
    let level: u64 = by_delivery.iter().skip(policy.delivery_months as usize - 1).sum();
    let orders: u64 =
        sold.iter().filter(|((_, _, t), _)| *t == OrderType::Futures).map(|(_, s)| s.orders).sum();
    checks.add(
        "level_delivery_share",
        all,
        (futures > 0).then(|| level as f64 / futures as f64),
        Target::AtLeast(policy.level_delivery_share.get()),
        orders,
        format!(
            "futures machines delivered in equal batches over {} months or more / futures machines, {period}",
            policy.delivery_months
        ),
    );
    checks.add(
        "key_account_share",
        all,
        share_of(&|segment, _| segment == Segment::KeyAccount),
        Target::AtLeast(policy.key_account_share.get()),
        n,
        format!("machines sold to key accounts / machines sold, {period}"),
    );
    let customers = &context.exports.ledger.customers;
    let (top, customers) = top_fifth(customers.values().map(|machines| *machines as f64).collect());
    checks.add(
        "top_fifth_of_customers_share",
        all,
        top,
        Target::AtLeast(policy.top_fifth_share.get()),
        customers,
        format!("machines of the largest fifth of the customers / machines sold, {period}"),
    );
}

/// What the largest fifth of the customers bought, rounded up to a whole one, over all; and how many customers.
fn top_fifth(mut sizes: Vec<f64>) -> (Option<f64>, u64) {
    sizes.sort_unstable_by(|a, b| b.total_cmp(a));
    let total: f64 = sizes.iter().sum();
    let top: f64 = sizes.iter().take(sizes.len().div_ceil(5)).sum();
    ((total > 0.0).then(|| top / total), sizes.len() as u64)
}

/// What customers have paid.
fn money(checks: &mut Checks<'_, '_>) {
    let context = checks.context;
    let policy = &context.job.policy;
    let lots: Vec<&Lot> = context.book.open().map(|l| l.lot).collect();
    let orders = lots.iter().map(|l| l.orders).sum();
    let paid = Usd::from(lots.iter().map(|l| l.money.prepaid).sum::<MicroUsd>());
    let value = Usd::from(lots.iter().map(|l| l.money.value_with_prepaid).sum::<MicroUsd>());
    checks.add(
        "prepayment_share",
        ("ALL", "share"),
        (value > Usd::ZERO).then(|| paid / value),
        Target::AtLeast(policy.prepayment_share.get()),
        orders,
        "received from customers / value of open orders, where price and payment are both given".to_owned(),
    );
    let ages = context.book.past_due_by_age();
    for (machines, age) in ages.into_iter().zip(["0 to 2", "3 to 5", "6 to 11", "12 or more"]) {
        checks.add(
            "past_due_machines",
            (&format!("{age} months"), "machines"),
            Some(machines as f64),
            Target::Nothing,
            orders,
            format!(
                "due and not delivered, by months since they were due; firm up to {} months",
                context.book.past_due_months
            ),
        );
    }
    let backlog = Backlog::new(&context.exports.ledger.open, context.job);
    let deposits = backlog.deposits();
    let said = if backlog.deposits_given() {
        "as the export has it"
    } else {
        "the job's deposit share where the export does not say"
    };
    checks.add(
        "deposits_held",
        ("ALL", "USD"),
        deposits.map(|(held, _)| held.dollars()),
        Target::Nothing,
        orders,
        format!("paid by customers on machines still to deliver, {said}"),
    );
    checks.add(
        "backlog_value",
        ("ALL", "USD"),
        deposits.map(|(_, value)| value.dollars()),
        Target::Nothing,
        orders,
        "contract value still to deliver, of the machines with a price".to_owned(),
    );
    let supply = &context.exports.supply;
    let ahead: f64 = supply.on_order().map(|o| o.prepaid.dollars()).sum();
    checks.add(
        "foundry_prepayments_covered",
        ("ALL", "USD per USD"),
        deposits.filter(|_| ahead > 0.0).map(|(held, _)| held.dollars() / ahead),
        Target::AtLeast(policy.foundry_prepayments_covered.get()),
        supply.on_order().count() as u64,
        format!("deposits held / {ahead:.2} USD paid ahead on open wafer orders"),
    );
}

/// Who the backlog belongs to and what the default of the largest customer would do.
fn concentration(checks: &mut Checks<'_, '_>) {
    let context = checks.context;
    let policy = &context.job.policy;
    let backlog = Backlog::new(&context.exports.ledger.open, context.job);
    let customers = backlog.customers() as u64;
    checks.add(
        "backlog_concentration",
        ("ALL", "index"),
        backlog.concentration(),
        Target::AtMost(policy.backlog_concentration.get()),
        customers,
        "Herfindahl-Hirschman index of the open machines by customer: 1 / customers to 1".to_owned(),
    );
    let most = Target::AtMost(policy.largest_customer_share.get());
    let Some(loss) = backlog.largest() else {
        let note = "no open orders".to_owned();
        checks.add("largest_customer_machines_share", ("ALL", "share"), None, most, 0, note);
        return;
    };
    let of = |unit: &'static str| (loss.customer, unit);
    let n = loss.orders;
    checks.add(
        "largest_customer_machines_share",
        of("share"),
        Some(loss.machines_share),
        most,
        n,
        format!("its open machines / all open machines of {customers} customers"),
    );
    checks.add(
        "largest_customer_value_share",
        of("share"),
        loss.value_share,
        most,
        n,
        "the same by contract value still to deliver".to_owned(),
    );
    checks.add(
        "largest_customer_default_machines",
        of("machines"),
        Some(loss.machines as f64),
        Target::Nothing,
        n,
        "machines that would be left over if it took none of what is still to deliver".to_owned(),
    );
    checks.add(
        "largest_customer_default_revenue",
        of("USD"),
        loss.revenue.map(Usd::dollars),
        Target::Nothing,
        n,
        "contract value that would not be delivered; deposits kept are part of it".to_owned(),
    );
    checks.add(
        "largest_customer_default_deposits_kept",
        of("USD"),
        loss.deposits.map(Usd::dollars),
        Target::Nothing,
        n,
        "paid on that; the job's deposit share where the export does not say".to_owned(),
    );
    let wafers = loss.wafers(context.job, &|model| context.committed.per_machine(model));
    for (chip, wafers) in wafers {
        checks.add(
            "largest_customer_default_wafers",
            (context.job.catalogue.chips[chip].name(), "wafers"),
            Some(wafers),
            Target::Nothing,
            n,
            format!(
                "wafers that the machines of {} need, built or not; what is not ordered yet need not be",
                loss.customer
            ),
        );
    }
}
