//! Rules of the trade about contracts: which count, what their deposits pay for, how far ahead they are signed, and classes of
//! efficiency.

use crate::domain::Usd;
use crate::ingest::Standing;
use crate::selling::machine_cost;

use super::{Checks, Target};

pub(super) fn rules(checks: &mut Checks<'_, '_>) {
    standing(checks);
    machine_costs(checks);
    look_ahead(checks);
    classes(checks);
}

/// The signed backlog by whether it counts.
fn standing(checks: &mut Checks<'_, '_>) {
    let book = checks.context.book;
    let signed = book.machines(|_| true);
    let parts = [Standing::Secured, Standing::NotYetDue, Standing::Unsecured, Standing::NotSaid];
    for part in parts {
        let of = |standing: Standing| standing.name() == part.name();
        let orders = book.open().filter(|booked| of(booked.standing)).map(|booked| booked.lot.orders).sum();
        let target = if part == Standing::Unsecured { Target::AtMost(0.0) } else { Target::Nothing };
        checks.add(
            "signed_machines",
            (part.name(), "machines"),
            Some(book.machines(of) as f64),
            target,
            orders,
            format!(
                "machines still to deliver, of {signed} signed, by effective_deposit_share and deposit_due_days: all but unsecured ones are firm"
            ),
        );
    }
}

/// What customers have paid on machines still to deliver against what those cost to make.
fn machine_costs(checks: &mut Checks<'_, '_>) {
    let context = checks.context;
    let (mut held, mut cost, mut orders) = (Usd::ZERO, Some(Usd::ZERO), 0);
    for (model, open) in context.exports.ledger.open.values().flatten() {
        held += open.money.held(&context.job.cash);
        let each = machine_cost(context.job, *model, context.committed.cost_chips(model.0));
        cost = cost.zip(each).map(|(cost, each)| cost + each * open.machines as f64);
        orders += open.orders;
    }
    checks.add(
        "machine_cost_covered",
        ("ALL", "USD per USD"),
        cost.filter(|cost| *cost > Usd::ZERO).map(|cost| held / cost),
        Target::AtLeast(context.job.policy.machine_cost_covered.get()),
        orders,
        "deposits held / cost of the machines still to deliver: chips from the cheapest foundry, spares and assembly loss, other cost"
            .to_owned(),
    );
}

/// Mean months from signing to delivery by contract, by machines, of what is not sold from stock.
fn look_ahead(checks: &mut Checks<'_, '_>) {
    let context = checks.context;
    let policy = &context.job.policy;
    let (mut months, mut machines, mut orders) = (0.0, 0.0, 0);
    for booked in context.book.lots.iter().filter(|booked| booked.is_demand()) {
        let (lot, terms) = (booked.lot, &booked.lot.terms);
        if terms.signed + 12 <= context.as_of || lot.last_month() <= terms.signed + 1 {
            continue;
        }
        for month in terms.start.to(lot.last_month()) {
            let due = lot.due_in(month) as f64;
            months += due * f64::from(month - terms.signed);
            machines += due;
        }
        orders += lot.orders;
    }
    checks.add(
        "look_ahead_months",
        ("ALL", "months"),
        (machines > 0.0).then(|| months / machines),
        Target::Between(policy.least_look_ahead_months.get(), policy.most_look_ahead_months.get()),
        orders,
        format!(
            "mean months from signing to delivery by contract, of machines signed {} to {} in orders that are not all due by the month after signing",
            context.as_of - 11,
            context.as_of
        ),
    );
}

/// How near each model that is on sale is to the border of its class of efficiency.
fn classes(checks: &mut Checks<'_, '_>) {
    let job = checks.context.job;
    let tolerance = job.policy.efficiency_tolerance_share.get();
    let first = checks.context.as_of + 1;
    for model in job.catalogue.models.iter().filter(|model| model.offered_in(first)) {
        let efficiency = model.power_w.get() / model.hashrate_th.get();
        let borders = job.pricing.efficiency_classes_j_per_th.get();
        let off = borders.map(|border| (efficiency / border - 1.0).abs());
        let nearest = off.into_iter().fold(f64::INFINITY, f64::min);
        checks.add(
            "efficiency_class_margin",
            (model.name(), "share"),
            Some(nearest),
            Target::AtLeast(tolerance),
            1,
            format!(
                "distance of {efficiency:.1} J/TH from the nearest border of a class of efficiency: within the tolerance single machines may be of either class"
            ),
        );
    }
}
