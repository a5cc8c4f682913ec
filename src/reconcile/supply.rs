//! Stock and open wafer orders against what the vintage before had.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Severity};
use crate::domain::Month;
use crate::ingest::{Exports, Item};
use crate::job::{ChipId, Job, good_chips_per_wafer};

use super::{Before, Reconciliation, Row, Verdict, percent, share};

/// Rows of wafers on order by chip and month due; the next vintage reads them back.
pub(super) const ON_ORDER: &str = "wafers_on_order";
/// Rows of stock by item; the next vintage reads them back.
pub(super) const STOCK: &str = "stock_counted";

/// The item of a row of wafers on order.
fn due_item(chip: &str, due: Month) -> String {
    format!("{chip} due {due}")
}

/// Chip and month of such an item.
fn due_of(item: &str) -> Option<(&str, Month)> {
    let (chip, due) = item.rsplit_once(" due ")?;
    Some((chip, due.parse().ok()?))
}

pub(super) fn check(found: &mut Reconciliation, job: &Job, exports: &Exports, before: Option<&Before>) {
    let before = before.filter(|before| !before.positions.is_empty());
    wafers(found, job, exports, before);
    stock(found, job, exports, before);
    if let Some(before) = before {
        possible(found, job, exports, before);
    }
}

fn wafers(found: &mut Reconciliation, job: &Job, exports: &Exports, before: Option<&Before>) {
    let catalogue = &job.catalogue;
    let as_of = Month::of(exports.as_of);
    let mut now: BTreeMap<String, f64> = BTreeMap::new();
    let mut kept: BTreeMap<&str, f64> = BTreeMap::new();
    for order in &exports.supply.orders {
        let chip = catalogue.chips[order.chip].name();
        let wafers = f64::from(order.wafers);
        *now.entry(due_item(chip, Month::of(order.due))).or_default() += wafers;
        if before.is_some_and(|before| Month::of(order.placed) <= before.as_of) {
            *kept.entry(chip).or_default() += wafers;
        }
    }
    let theirs = |item: &str| before.and_then(|b| b.positions.get(&(ON_ORDER, item.to_owned())).copied());
    for (item, wafers) in &now {
        let row = Row { theirs: theirs(item), ..Row::new(ON_ORDER, "supply", item.as_str()) };
        found.note(Row { ours: Some(*wafers), ..row }, Verdict::Agrees);
    }
    let Some(before) = before.filter(|_| exports.paths.contains_key("supply")) else { return };
    let mut still_due: BTreeMap<&str, f64> = BTreeMap::new();
    for ((_, item), wafers) in before.positions.iter().filter(|((check, _), _)| *check == ON_ORDER) {
        if let Some((chip, _)) = due_of(item).filter(|(_, due)| *due > as_of) {
            *still_due.entry(chip).or_default() += wafers;
        }
    }
    let limit = job.reconciliation.vanished_wafers_share.get();
    for (chip, due) in still_due {
        let ours = kept.get(chip).copied().unwrap_or(0.0);
        let part = share(due - ours, due);
        let row = Row::new("wafers_vanished", "supply", chip).between(ours, due).against(part, limit);
        if part <= 0.0 {
            found.note(row, Verdict::Agrees);
            continue;
        }
        let reason = format!(
            "{due} wafers of {chip} were on order in vintage {} and are due after {}; of the orders placed then {ours} are left ({} fewer): cancelled, come early, or missing from the export",
            before.name,
            exports.as_of,
            percent(part)
        );
        let usual = if part > limit { Severity::Error } else { Severity::Warning };
        found.report(&job.checks, row, (Code::WafersVanished, usual), exports.place("supply"), reason);
    }
}

fn stock(found: &mut Reconciliation, job: &Job, exports: &Exports, before: Option<&Before>) {
    let catalogue = &job.catalogue;
    let supply = &exports.supply;
    for item in supply.counts.keys() {
        let of = |counts: &[u64], place: usize| counts.get(place).copied().unwrap_or(0);
        let (count, chip) = match item {
            Item::Machines(model) => (of(&supply.machines, model.0), None),
            Item::Chips(chip) => (of(&supply.chips, chip.0), Some(*chip)),
            Item::Dies(chip) => (of(&supply.dies, chip.0), None),
        };
        let name = item.name(catalogue);
        let theirs = before.and_then(|b| b.positions.get(&(STOCK, name.clone())).copied());
        let row = Row { ours: Some(count as f64), theirs, ..Row::new(STOCK, "supply", name.as_str()) };
        let unmoved = theirs.is_some_and(|then| then > 0.0 && then.to_bits() == (count as f64).to_bits());
        let left =
            before.zip(chip).map_or(0, |(before, chip)| shipped_since(job, exports, chip, before.as_of));
        let (Some(before), true) = (before, unmoved && left > 0) else {
            found.note(row, Verdict::Agrees);
            continue;
        };
        let reason = format!(
            "{name} is {count} as in vintage {}, to the unit, while {left} machines with this chip left since: the old count may have been given a new date",
            before.name
        );
        found.report(
            &job.checks,
            row,
            (Code::StockUnchanged, Severity::Warning),
            exports.place("supply"),
            reason,
        );
    }
}

/// Times the most chips that can be there, beyond which a count is reported; it stops the run beyond its square.
const MOST_POSSIBLE: f64 = 1.5;

/// Chips counted against all that can have come since the vintage before: what was counted then, dies and every wafer then on
/// order. Where no wafer ordered since can have come yet, more cannot be there.
fn possible(found: &mut Reconciliation, job: &Job, exports: &Exports, before: &Before) {
    let catalogue = &job.catalogue;
    let since = Month::of(exports.as_of) - before.as_of;
    let counted = |item: Item| before.positions.get(&(STOCK, item.name(catalogue))).copied();
    for chip in catalogue.chip_ids().filter(|chip| exports.supply.counts.contains_key(&Item::Chips(*chip))) {
        let terms = catalogue.foundries_of(chip).into_iter().map(|place| &catalogue.foundries[place]);
        let soonest = terms.clone().map(|terms| terms.lead_months.months()).min();
        let (Some(then), Some(soonest)) = (counted(Item::Chips(chip)), soonest) else { continue };
        if since > soonest {
            continue;
        }
        let good = terms
            .clone()
            .map(|terms| good_chips_per_wafer(&catalogue.chips[chip], terms.yield_share))
            .fold(0.0, f64::max);
        let lot = terms.map(|terms| f64::from(terms.lot_wafers)).fold(0.0, f64::max);
        let name = catalogue.chips[chip].name();
        let wafers: f64 = before
            .positions
            .iter()
            .filter(|((check, item), _)| *check == ON_ORDER && due_of(item).is_some_and(|(of, _)| of == name))
            .map(|(_, wafers)| wafers)
            .fold(0.0, |sum, wafers| sum + wafers);
        let most = then + counted(Item::Dies(chip)).unwrap_or(0.0) + (wafers + lot) * good;
        let count = exports.supply.chips.get(chip.0).copied().unwrap_or(0) as f64;
        let times = count / most;
        let row = Row::new("stock_possible", "supply", Item::Chips(chip).name(catalogue))
            .between(count, most)
            .against(times, MOST_POSSIBLE);
        if times <= MOST_POSSIBLE {
            found.note(row, Verdict::Agrees);
            continue;
        }
        let reason = format!(
            "counts {count:.0} chips of {name}, {times:.1} times the most that can be there: vintage {} had {then:.0}, and {wafers:.0} wafers were on order then; correct the count, or add the wafer orders that are missing",
            before.name
        );
        let usual = if times > MOST_POSSIBLE * MOST_POSSIBLE { Severity::Error } else { Severity::Warning };
        found.report(&job.checks, row, (Code::OddStock, usual), exports.place("supply"), reason);
    }
}

/// Machines with a chip that left after a month.
fn shipped_since(job: &Job, exports: &Exports, chip: ChipId, month: Month) -> u64 {
    let models = job.catalogue.models_of(chip);
    let Some(shipped) = &exports.ledger.shipped else { return 0 };
    let since = shipped.by_model.iter().filter(|((model, m), _)| *m > month && models.contains(&model.0));
    since.map(|(_, machines)| *machines).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_of_wafers_is_read_back() {
        let due: Month = "2026-02".parse().unwrap();
        assert_eq!(due_of(&due_item("C5 due x", due)), Some(("C5 due x", due)));
        assert_eq!(due_of("C5"), None);
    }
}
