//! The forecast against the orders, counts and overrides that it is made from.

use std::collections::BTreeMap;

use crate::demand::Forecast;
use crate::diagnostic::{Code, Severity};
use crate::domain::Month;
use crate::ingest::{Exports, Item};
use crate::job::{ChipId, Job, ModelId};
use crate::market::HORIZON;
use crate::supply::{Decision, ProposedOrder};

use super::{Reconciliation, Row, Verdict};

/// What a run made of its exports.
#[derive(Debug)]
pub struct Made<'a> {
    /// The base scenario.
    pub base: &'a Forecast,
    /// Wafer orders of the base scenario.
    pub orders: &'a [ProposedOrder],
    /// Machines on order that ship within the horizon by contract: those due after their model's end of life do not.
    pub firm_to_ship: i64,
}

pub(super) fn check(found: &mut Reconciliation, job: &Job, exports: &Exports, made: &Made<'_>) {
    firm(found, job, exports, made);
    counts(found, job, exports, made.orders);
    overrides(found, job, exports, made.base);
}

/// Machines on order against machines forecast, before planners' overrides.
fn firm(found: &mut Reconciliation, job: &Job, exports: &Exports, made: &Made<'_>) {
    // Of contracts that are not secured, those that mostly stay.
    let doubtful: i64 = made.base.expected_unsecured.iter().flatten().sum();
    let firm = made.firm_to_ship + doubtful;
    let forecast: i64 = made.base.baseline.iter().flatten().sum();
    let limit = job.reconciliation.firm_over_forecast.get();
    let ratio = super::share(firm as f64, forecast as f64);
    let row = Row::new("firm_over_forecast", "futures_orders", "ALL")
        .between(firm as f64, forecast as f64)
        .against(ratio, limit);
    if firm == 0 || (forecast > 0 && ratio <= limit) {
        found.note(row, Verdict::Agrees);
        return;
    }
    let reason = if forecast == 0 {
        format!(
            "{firm} machines are on order for the next 12 months and 0 are forecast to ship: shipments may be missing, or name other order numbers"
        )
    } else {
        format!(
            "{firm} machines are on order for the next 12 months, {ratio:.1} times the {forecast} that are forecast to ship: shipments may be missing, or name other order numbers"
        )
    };
    let place = exports.place("futures_orders");
    found.report(&job.checks, row, (Code::ContradictsItself, Severity::Error), place, reason);
}

/// Items without a count that an order to place now depends on.
fn counts(found: &mut Reconciliation, job: &Job, exports: &Exports, orders: &[ProposedOrder]) {
    let supply = &exports.supply;
    if !supply.known {
        counted_later(found, job, exports, orders);
        return;
    }
    let catalogue = &job.catalogue;
    let as_of = Month::of(exports.as_of);
    let machines_counted = supply.counts.keys().any(|item| matches!(item, Item::Machines(_)));
    let due = |model: ModelId| {
        let ordered =
            exports.ledger.lots.iter().any(|lot| lot.terms.model == model && lot.terms.start <= as_of);
        let shipped = exports.ledger.shipped.as_ref();
        ordered || shipped.is_some_and(|s| s.by_model.keys().any(|(shipped, _)| *shipped == model))
    };
    // The first ship month of each chip's orders to place now.
    let mut now: BTreeMap<ChipId, Month> = BTreeMap::new();
    for order in orders.iter().filter(|o| o.decision == Decision::PlaceNow && o.wafers > 0) {
        let first = now.entry(order.chip).or_insert(order.ship_month);
        *first = order.ship_month.min(*first);
    }
    for chip in catalogue.chip_ids() {
        let models: Vec<ModelId> = catalogue.models_of(chip).into_iter().map(ModelId).collect();
        let built = |model: ModelId| (as_of + 1).run(12).any(|month| catalogue.model(model).ships_in(month));
        let ordered = supply
            .orders
            .iter()
            .chain(&supply.received)
            .chain(&supply.overdue)
            .any(|order| order.chip == chip);
        let mut items = vec![(Item::Chips(chip), ordered || models.iter().any(|model| due(*model)))];
        items.extend(models.iter().filter(|m| built(**m)).map(|m| (Item::Machines(*m), due(*m))));
        if !models.iter().any(|model| built(*model)) {
            continue;
        }
        for (item, ever_due) in items {
            if supply.counts.contains_key(&item) {
                continue;
            }
            let row = Row { ours: Some(0.0), ..Row::new("uncounted", "supply", item.name(catalogue)) };
            let name = item.name(catalogue);
            if !ever_due {
                // Nothing of it can be there: zero is right.
                found.note(row, Verdict::Noted);
                continue;
            }
            // A maker that counts no machines builds to order; one that counts some has left this model out.
            let reported = matches!(item, Item::Chips(_)) || machines_counted;
            // Machines of a model that ends before the order's own ship do not change it, and a list of stock leaves out the
            // models that are sold no more.
            let depends = now.get(&chip).is_some_and(|ships| match item {
                Item::Machines(model) => {
                    let model = catalogue.model(model);
                    model.end_of_life >= *ships && model.last_sale() > as_of
                }
                Item::Chips(_) | Item::Dies(_) => true,
            });
            if !depends && matches!(item, Item::Machines(_)) {
                found.note(row, Verdict::Noted);
                continue;
            }
            let few = match item {
                Item::Machines(model) => few_shipped(exports, &models, model),
                Item::Chips(_) | Item::Dies(_) => false,
            };
            let usual = if depends && reported && !few { Severity::Error } else { Severity::Warning };
            let reason = format!(
                "has no count of {name}, which was taken for 0{}: add its count, 0 where there is none",
                if depends {
                    format!("; wafers of {} to order now depend on it", catalogue.chips[chip].name())
                } else {
                    String::new()
                }
            );
            found.report(&job.checks, row, (Code::UncountedItem, usual), exports.place("supply"), reason);
        }
    }
}

/// Share of a year's shipments of its chip up to which a model's machines on hand matter little: what was just launched.
const FEW_SHIPPED: f64 = 0.05;

/// Whether few machines of a model left in the year, of all with its chip or of all models: no more can be on hand that
/// would change an order.
fn few_shipped(exports: &Exports, of_chip: &[ModelId], model: ModelId) -> bool {
    let Some(shipped) = &exports.ledger.shipped else { return false };
    let since = Month::of(exports.as_of) - 12;
    let left = |counts: &dyn Fn(ModelId) -> bool| {
        let year = shipped.by_model.iter().filter(|((of, month), _)| *month > since && counts(*of));
        year.map(|(_, machines)| *machines).sum::<u64>() as f64
    };
    let first = shipped.by_model.keys().filter(|(of, _)| *of == model).map(|(_, month)| *month).min();
    let launched = first.is_none_or(|first| first > since + 9);
    let whole = left(&|of| of_chip.contains(&of)).max(left(&|_| true));
    launched && left(&|of| of == model) <= FEW_SHIPPED * whole
}

/// Days after the as-of date within which a count may be that day's, dated late.
const DATED_LATE_DAYS: i64 = 15;

/// Stock that is counted within two weeks after the as-of date alone, where orders to place now depend on it.
fn counted_later(found: &mut Reconciliation, job: &Job, exports: &Exports, orders: &[ProposedOrder]) {
    let Some((later, line)) = exports.supply.counted_later else { return };
    // A count of months later is of another time: that run looks back, and its stock is not known.
    if (later - exports.as_of).num_days() > DATED_LATE_DAYS {
        return;
    }
    let now = orders.iter().filter(|order| order.decision == Decision::PlaceNow);
    let wafers: i64 = now.map(|order| order.wafers).sum();
    if wafers == 0 {
        return;
    }
    let place = crate::diagnostic::Place { line, ..exports.place("supply") };
    let reason = format!(
        "has no count up to {}, and one of {later}, which does not exist yet then: {wafers} wafers to order now would be reckoned without any stock. Export the count of {}, or date it so where it is that day's",
        exports.as_of, exports.as_of
    );
    let row = Row { ours: Some(0.0), ..Row::new("uncounted", "supply", "ALL") };
    found.report(&job.checks, row, (Code::UncountedItem, Severity::Error), place, reason);
}

/// Overrides against the interval of their own month.
fn overrides(found: &mut Reconciliation, job: &Job, exports: &Exports, base: &Forecast) {
    let as_of = Month::of(exports.as_of);
    for adjustment in &exports.overrides {
        let Ok(ahead) = usize::try_from(adjustment.month - as_of - 1) else { continue };
        if ahead >= HORIZON {
            continue;
        }
        let interval = base.quantiles(ahead..ahead + 1, Some(adjustment.model.0)).interval();
        let name = job.catalogue.model(adjustment.model).name();
        let machines = i64::from(adjustment.machines);
        let baseline = base.baseline[adjustment.model.0][ahead];
        let row = Row::new("override", "overrides", format!("{}, {name}", adjustment.month))
            .between(machines as f64, baseline as f64);
        if interval.holds(&machines) {
            found.note(row, Verdict::Noted);
            continue;
        }
        let reason = format!(
            "{machines} machines of {name} in {}: outside the interval of its own month, 10th to 90th percentile {} to {} (forecast {baseline})",
            adjustment.month, interval.low, interval.high
        );
        found.report(
            &job.checks,
            row,
            (Code::OverrideOutside, Severity::Warning),
            exports.place("overrides"),
            reason,
        );
    }
}
