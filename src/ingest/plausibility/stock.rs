//! Stock and wafers on order against what the maker sells in its best year.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Place, Severity};
use crate::domain::Month;
use crate::ingest::exports::supply::Supply;
use crate::ingest::frames::{Held, Stock};
use crate::ingest::orders::ledger::Ledger;
use crate::ingest::orders::order::Segment;
use crate::ingest::rows::reading::Reading;
use crate::job::{Job, ModelId, good_chips_per_wafer};

/// Machines that channels hold, over all that channels ever ordered: 0.29 at most with honest makers. Of one model, over all
/// that was ordered of it: 0.19.
const CHANNELS_HOLD: f64 = 1.0;

/// Chips on hand, in best years of orders of their own chip: 0.78 at most with honest makers; and machines of a model, in
/// best years of orders of it: 0.17. A year of less than this share of all models together is taken for as much: what was
/// just launched has no year yet.
const CHIPS_HOLD: f64 = 1.1;
const MACHINES_HOLD: f64 = 0.5;
const LEAST_YEAR: f64 = 0.1;

/// Chips on hand, where there are any, over those of a year's shipments: 0.038 at least with honest makers; counted in
/// thousands or in wafers 0.00004 at most. Machines shipped in the year that make it a year.
const LEAST_CHIPS: f64 = 0.001;
const LEAST_SHIPPED: u64 = 100;

/// The most of twelve months in a row.
pub(super) fn best_year(months: &BTreeMap<Month, f64>) -> f64 {
    let year = |last: &Month| months.range(*last - 11..=*last).map(|(_, n)| n).sum::<f64>();
    months.keys().map(year).fold(0.0, f64::max)
}

/// Checks supply and inventory; `place` gives the file of an export.
pub(in crate::ingest) fn check(
    reading: &mut Reading<'_>,
    job: &Job,
    (ledger, supply, inventory): (&Ledger, Option<&Supply>, Option<&Stock>),
    place: &dyn Fn(&str) -> Place,
) {
    let catalogue = &job.catalogue;
    let (mut machines, mut chips): (BTreeMap<Month, f64>, BTreeMap<Month, f64>) = Default::default();
    let mut ever: BTreeMap<ModelId, u64> = BTreeMap::new();
    for lot in &ledger.lots {
        let needs = f64::from(catalogue.model(lot.terms.model).chips_per_machine);
        *machines.entry(lot.terms.signed).or_default() += lot.quantity as f64;
        *chips.entry(lot.terms.signed).or_default() += lot.quantity as f64 * needs;
        *ever.entry(lot.terms.model).or_default() += lot.quantity;
    }
    // Of a maker that has just begun no year is known.
    let begun = ledger.as_of - 11;
    let usual = if machines.keys().next().is_some_and(|first| *first <= begun) {
        Severity::Error
    } else {
        Severity::Warning
    };
    let (machines, chips) = (best_year(&machines), best_year(&chips));
    let years = job.plausibility.stock_years.get();
    let mut say = |what: String, years_of: f64| {
        if years_of > years {
            let reason = format!(
                "{what} would last {years_of:.1} times the maker's best year of orders, of all models together; more than {years} cannot be: is the quantity right?"
            );
            reading.check(Code::OddStock, usual, place("supply"), reason);
        }
    };
    if let Some(supply) = supply.filter(|_| machines > 0.0) {
        for (id, count) in catalogue.ids().zip(&supply.machines) {
            say(
                format!("{count} machines of {} on hand", catalogue.model(id).name()),
                *count as f64 / machines,
            );
        }
        for (what, counts) in [("chips", &supply.chips), ("dies", &supply.dies)] {
            for (chip, count) in catalogue.chips.iter().zip(counts) {
                say(format!("{count} {what} of {} on hand", chip.name()), *count as f64 / chips);
            }
        }
        for order in &supply.orders {
            let chip = &catalogue.chips[order.chip];
            let good = f64::from(order.wafers) * good_chips_per_wafer(chip, order.yield_share);
            say(
                format!("{} wafers of {} on order, due {}", order.wafers, chip.name(), order.due),
                good / chips,
            );
        }
    }
    if let Some(supply) = supply.filter(|_| machines > 0.0) {
        own_years(reading, job, (ledger, supply), &place("supply"));
        few_chips(reading, job, (ledger, supply), &place("supply"));
    }
    let held: Vec<Held> = inventory.into_iter().flat_map(Stock::held).collect();
    let mut totals: BTreeMap<chrono::NaiveDate, u64> = BTreeMap::new();
    for day in &held {
        *totals.entry(day.date).or_default() += day.quantity;
    }
    let channel_orders = ledger.sold.iter().filter(|((_, segment, _), _)| *segment == Segment::Channel);
    let to_channels: u64 = channel_orders.map(|(_, sold)| sold.machines).sum();
    if let Some((date, count)) = totals.iter().max_by_key(|(date, n)| (**n, **date))
        && to_channels > 0
        && *count as f64 > CHANNELS_HOLD * to_channels as f64
    {
        let reason = format!(
            "distributors hold {count} machines on {date}, more than the {to_channels} that distributors ever ordered: is a count wrong, or a row of sums among them?"
        );
        reading.check(Code::OddStock, Severity::Warning, place("channel_inventory"), reason);
    }
    for (id, ordered) in ever {
        let most = held.iter().filter(|day| day.model == id).max_by_key(|day| (day.quantity, day.date));
        if let Some(Held { date, quantity: count, .. }) = most
            && *count as f64 > CHANNELS_HOLD * ordered as f64
        {
            let reason = format!(
                "distributors hold {count} machines of {} on {date}, more than the {ordered} that were ever ordered of it: is the count right, or is a row of sums among them?",
                catalogue.model(id).name()
            );
            reading.check(Code::OddStock, Severity::Warning, place("channel_inventory"), reason);
        }
    }
}

/// Stock beyond what was ever ordered of the same item in a year; what is beyond years of all items is reported elsewhere.
fn own_years(reading: &mut Reading<'_>, job: &Job, (ledger, supply): (&Ledger, &Supply), place: &Place) {
    let catalogue = &job.catalogue;
    let year = |of: &dyn Fn(ModelId) -> f64| {
        let mut months: BTreeMap<Month, f64> = BTreeMap::new();
        for lot in &ledger.lots {
            *months.entry(lot.terms.signed).or_default() += lot.quantity as f64 * of(lot.terms.model);
        }
        best_year(&months)
    };
    let chips_in = |id: ModelId| f64::from(catalogue.model(id).chips_per_machine);
    let (all_machines, all_chips) = (year(&|_| 1.0), year(&chips_in));
    let most = job.plausibility.stock_years.get();
    let mut reported: Vec<String> = Vec::new();
    let mut say = |name: String, count: u64, (own, all): (f64, f64), limit: f64| {
        let years = count as f64 / own.max(LEAST_YEAR * all);
        if years > limit && count as f64 <= most * all {
            reported.push(format!("{count} {name} on hand, {own:.0} ordered in the best year"));
        }
    };
    for (id, count) in catalogue.ids().zip(&supply.machines) {
        let own = year(&|of| f64::from(u8::from(of == id)));
        let name = format!("machines of {}", catalogue.model(id).name());
        say(name, *count, (own, all_machines), MACHINES_HOLD);
    }
    for (chip, count) in catalogue.chip_ids().zip(&supply.chips) {
        let models = catalogue.models_of(chip);
        let own = year(&|id| if models.contains(&id.0) { chips_in(id) } else { 0.0 });
        say(format!("chips of {}", catalogue.chips[chip].name()), *count, (own, all_chips), CHIPS_HOLD);
    }
    if !reported.is_empty() {
        let reason = format!(
            "stock is far beyond a year of orders of the same item: is the count right? {}",
            reported.join("; ")
        );
        reading.check(Code::OddStock, Severity::Warning, place.clone(), reason);
    }
}

/// Chips on hand that would last for less than an hour.
fn few_chips(reading: &mut Reading<'_>, job: &Job, (ledger, supply): (&Ledger, &Supply), place: &Place) {
    let Some(shipped) = &ledger.shipped else { return };
    let catalogue = &job.catalogue;
    for (chip, count) in catalogue.chip_ids().zip(&supply.chips) {
        let models = catalogue.models_of(chip);
        let year = shipped
            .by_model
            .iter()
            .filter(|((model, month), _)| *month > ledger.as_of - 12 && models.contains(&model.0));
        let (machines, chips) = year.fold((0, 0.0), |(machines, chips), ((model, _), n)| {
            let each = catalogue.model(*model).chips_per_machine;
            (machines + n, chips + *n as f64 * f64::from(each))
        });
        if *count > 0 && machines >= LEAST_SHIPPED && (*count as f64) < LEAST_CHIPS * chips {
            let reason = format!(
                "{count} chips of {} are on hand, and {chips:.0} were built into the {machines} machines shipped in a year: are they counted in thousands, in wafers or in machines?",
                catalogue.chips[chip].name()
            );
            reading.check(Code::OddStock, Severity::Warning, place.clone(), reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Builder, Shipment};

    /// 60 and 40 machines of 64 chips shipped in two months of the newest year, and 500 before it: 6,400 chips were built in. Seven are more than
    /// a thousandth of them, six are not.
    #[test]
    fn chips_for_less_than_an_hour_are_told() {
        let job = Job::parse(
            include_str!("../../../fixtures/miniature/job.toml"),
            std::path::Path::new("job.toml"),
        )
        .unwrap();
        let shipment = |date: &str, quantity| Shipment {
            order_id: "A".to_owned(),
            model: ModelId(0),
            date: date.parse().unwrap(),
            quantity,
        };
        let rows = [shipment("2024-09-20", 500), shipment("2025-03-20", 60), shipment("2025-09-20", 40)];
        let ledger = Builder::new("2025-09-30".parse().unwrap(), false, Some(&rows)).finish();
        let told = |chips| {
            let supply = Supply {
                machines: vec![0],
                chips: vec![chips],
                dies: vec![0],
                known: true,
                ..Supply::default()
            };
            let mut reading = Reading::new(&job.checks, 0);
            few_chips(&mut reading, &job, (&ledger, &supply), &Place::default());
            reading.warnings.into_iter().map(|warning| warning.reason).collect::<Vec<_>>()
        };
        assert_eq!(
            told(6),
            [
                "6 chips of CHIP are on hand, and 6400 were built into the 100 machines shipped in a year: are they counted in thousands, in wafers or in machines?"
            ]
        );
        assert_eq!((told(7).len(), told(0).len()), (0, 0));
    }
}
