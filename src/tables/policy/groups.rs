//! Rules of the trade by revenue and by group of customers, and whether key accounts come back.

use crate::accounts::{accounts, cohorts};
use crate::domain::{MicroUsd, Usd};
use crate::ingest::Account;

use super::{Checks, Target, top_fifth};

pub(super) fn rules(checks: &mut Checks<'_, '_>) {
    let context = checks.context;
    let period = format!("orders signed {} to {}", context.as_of - 11, context.as_of);
    let customers: Vec<&Account> = context.exports.ledger.accounts.values().collect();
    by_revenue(checks, "ALL_by_revenue", &customers, &period);
    let grouped = context.exports.customers.as_ref().is_some_and(crate::ingest::Customers::has_parents);
    let groups = accounts(context.exports);
    if grouped {
        by_group(checks, &groups, &period);
        by_revenue(checks, "groups_by_revenue", &groups.iter().collect::<Vec<_>>(), &period);
    }
    for (year, cohort) in cohorts(groups.iter(), context.as_of) {
        checks.add(
            "key_account_retention",
            (&year.to_string(), "share"),
            Some(cohort.again as f64 / cohort.customers as f64),
            Target::Nothing,
            cohort.customers,
            format!(
                "key accounts {}that first signed in the year, by the orders given, and signed again in a later month of the twelve after it: {} of {}",
                if grouped { "by group " } else { "" },
                cohort.again,
                cohort.customers
            ),
        );
    }
}

/// The largest fifth and futures by contract value of the orders with a price.
fn by_revenue(checks: &mut Checks<'_, '_>, item: &str, accounts: &[&Account], period: &str) {
    let dollars = |of: &dyn Fn(&Account) -> MicroUsd| -> Vec<f64> {
        accounts.iter().map(|account| Usd::from(of(account)).dollars()).filter(|usd| *usd > 0.0).collect()
    };
    let sold = dollars(&|account| account.sold.value);
    let futures: f64 = dollars(&|account| account.futures.value).iter().sum();
    let all: f64 = sold.iter().sum();
    let n = sold.len() as u64;
    if item == "ALL_by_revenue" {
        checks.add(
            "futures_share",
            (item, "share"),
            (all > 0.0).then(|| futures / all),
            Target::Nothing,
            n,
            format!("contract value sold as futures / sold, of orders with a price, {period}"),
        );
    }
    checks.add(
        "top_fifth_of_customers_share",
        (item, "share"),
        top_fifth(sold).0,
        Target::Nothing,
        n,
        format!("contract value of the largest fifth / sold, of orders with a price, {period}"),
    );
}

/// The same rules as of customers, with those of one parent taken together.
fn by_group(checks: &mut Checks<'_, '_>, groups: &[Account], period: &str) {
    let policy = &checks.context.job.policy;
    let (targets, largest) = (
        (policy.top_fifth_share.get(), policy.backlog_concentration.get()),
        policy.largest_customer_share.get(),
    );
    let machines = |of: &dyn Fn(&Account) -> u64| -> Vec<f64> {
        groups.iter().map(|group| of(group) as f64).filter(|machines| *machines > 0.0).collect()
    };
    let sold = machines(&|group| group.sold.machines);
    let n = sold.len() as u64;
    checks.add(
        "top_fifth_of_customers_share",
        ("groups", "share"),
        top_fifth(sold).0,
        Target::AtLeast(targets.0),
        n,
        format!("machines of the largest fifth of the groups of customers / machines sold, {period}"),
    );
    let open = machines(&|group| group.open);
    let all: f64 = open.iter().sum();
    let n = open.len() as u64;
    checks.add(
        "backlog_concentration",
        ("groups", "index"),
        (all > 0.0).then(|| open.iter().map(|of| (of / all).powi(2)).sum()),
        Target::AtMost(targets.1),
        n,
        "Herfindahl-Hirschman index of the open machines by group of customers".to_owned(),
    );
    checks.add(
        "largest_customer_machines_share",
        ("groups", "share"),
        (all > 0.0).then(|| open.iter().copied().fold(0.0, f64::max) / all),
        Target::AtMost(largest),
        n,
        format!("open machines of the largest group of customers / all open machines of {n} groups"),
    );
}
