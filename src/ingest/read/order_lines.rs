//! Every order line of every file into one ledger; a second row of the same order and line is reported.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::domain::Month;
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::cells::{currency, layout};
use crate::ingest::files::locations::Located;
use crate::ingest::orders::builder::Builder;
use crate::ingest::orders::contract::{self, Used};
use crate::ingest::orders::in_usd::in_usd;
use crate::ingest::orders::keys::{self, Bits, Trail, Verdict};
use crate::ingest::orders::ledger::Ledger;
use crate::ingest::orders::order::{Order, Status};
use crate::ingest::orders::order_numbers::{self, Written};
use crate::ingest::orders::row::{self, Signed};
use crate::ingest::orders::shipments::Shipment;
use crate::ingest::orders::twins::{self, Alike, Likes, Twins};
use crate::ingest::orders::unnumbered::{self, Allocated, Waiting};
use crate::ingest::plausibility::orders::bands::Bands;
use crate::ingest::plausibility::orders::kept::RowPlace;
use crate::ingest::plausibility::orders::prices;
use crate::ingest::plausibility::orders::quantities::order_problems;
use crate::ingest::plausibility::orders::watch::Watch;
use crate::ingest::rows::reading::Reading;
use crate::job::{CheckSeverity, Export, OrderIdRule};

use super::order_terms::Terms;
use super::sample;

/// Reads the order lines.
pub(in crate::ingest) fn read(reading: &mut Reading<'_>, terms: Terms<'_>) -> Ledger {
    one_of_two(reading, terms);
    let before = (reading.problems.len(), reading.warnings.len(), reading.files.len());
    let judged = reading.checks.0.get(Code::OddPrice.name()) != Some(&CheckSeverity::Off);
    let guess = if judged { sample::guess(reading, terms) } else { None };
    let mut first = pass(reading, terms, &BTreeSet::new(), guess.as_ref());
    let limits = prices::limits(&first.watch, terms.prices).filter(|_| judged).map(Bands::known);
    let held = guess.map_or(limits.is_none(), |guess| {
        let middle = prices::middle_of(&first.watch, terms.prices);
        middle.is_some_and(|middle| guess.held(middle)) && (limits.is_some() || !first.watch.took())
    });
    if held {
        first.watch.settle(limits.as_ref());
        first.builder.believe(|order| limits.as_ref().is_some_and(|limits| limits.odd(order)));
    } else {
        // Some price may not be believed, and that was not known on the way: read once more.
        rewind(reading, before);
        first = pass(reading, terms, &BTreeSet::new(), limits.as_ref());
    }
    let suspects = match first.keys {
        Verdict::Unique => BTreeSet::new(),
        Verdict::Suspects(suspects) => suspects,
        Verdict::MarkAll => mark_all(terms),
    };
    let repeated = repeated(terms, &suspects);
    let mut problems = first.problems;
    let mut ledger = first.builder.finish();
    let bad: BTreeSet<(&Path, u64)> =
        problems.iter().map(|p| (p.place.path.as_path(), p.place.line)).collect();
    if !repeated.is_empty() && bad.len() as u64 + repeated.len() as u64 <= reading.allowed {
        // Within the tolerance: read once more, without the rows that repeat.
        rewind(reading, before);
        let again = pass(reading, terms, &repeated.keys().copied().collect(), limits.as_ref());
        problems = again.problems;
        ledger = again.builder.finish();
        first.watch = again.watch;
    }
    problems.extend(repeated.into_values());
    if problems.is_empty() {
        // Rows that were refused may be what was changed.
        let place = |number: usize| terms.changes.places().get(number).cloned().unwrap_or_default();
        for (number, reason) in first.changed.of_no_line(terms.changes.places().len()) {
            reading.check(Code::OrderNumbers, Severity::Error, place(number), reason);
        }
        for (number, reason) in first.changed.contradictions() {
            reading.problems.push(Diagnostic::error(Code::Contradiction, place(number), reason));
        }
    }
    problems.sort();
    reading.tolerate(terms.located, problems);
    let year = ledger.customers.values().sum();
    let reported = prices::price_problems(&first.watch, terms.prices);
    // Where the orders were exported later, what was delivered since is not read, either.
    let left_known = terms.shipments.is_some() || terms.exported_later;
    let month = Month::of(terms.as_of);
    let more =
        order_problems(&first.watch, terms.prices.settings, (month, terms.fiscal_year), year, left_known);
    for (code, severity, row, reason) in reported.into_iter().chain(more) {
        let file = row.map_or(0, |(file, _)| file);
        let path = terms.located.files.get(file).cloned().unwrap_or_default();
        let place = Place { path, line: row.map_or(0, |(_, line)| line), ..Place::default() };
        reading.check(code, severity, place, reason);
    }
    let early = &mut ledger.oddities.states.early;
    if early.orders.count <= first.watch.far_ahead() {
        // Their first delivery is reported as far off already.
        *early = crate::ingest::orders::states::Count::default();
    }
    nearly(reading, terms, &ledger);
    twins(reading, terms, &first.likes.suspects());
    ledger
}

/// Shipments with an order number each: where the export has none, that of the line that has waited longest, which is said. The
/// orders are looked at once more for it.
pub(in crate::ingest) fn numbered(
    reading: &mut Reading<'_>,
    terms: Terms<'_>,
    shipments: Vec<Shipment>,
) -> Vec<Shipment> {
    if shipments.iter().all(|shipment| !shipment.order_id.is_empty()) {
        return shipments;
    }
    let place = terms.shipments_at.map(Place::file).unwrap_or_default();
    let Terms { catalogue, as_of, rule, exported_later, .. } = terms;
    let lines = look_again(terms, Vec::new, |_, table, row, lines: &mut Vec<Waiting>| {
        let signed = row::order(table, row, catalogue, as_of).filter(|_| lines.len() <= unnumbered::MOST);
        let Some(Signed { order, cut, option_until: None }) = signed else { return };
        let number = rule.apply(order.id);
        let changed = terms.changes.of(&number, order.line);
        // What contradicts its line is reported where orders are read.
        let parts = contract::parts(order, cut, &changed).unwrap_or_default();
        lines.extend(parts.iter().map(|part| Waiting::new(&number, part)));
    });
    let lines: Vec<Waiting> = lines.into_iter().flat_map(|(_, lines)| lines).collect();
    if lines.len() > unnumbered::MOST {
        let reason = format!(
            "has no order numbers, and there are more than {} order lines among which they could be shared: export them with the number of the order",
            unnumbered::MOST
        );
        reading.problems.push(Diagnostic::error(Code::MissingColumn, place, reason));
        return Vec::new();
    }
    let (shipments, Allocated { machines, left_over }) =
        unnumbered::allocate(shipments, lines, as_of, exported_later);
    let beyond =
        if left_over > 0 { format!("; for {left_over} of them no line waited") } else { String::new() };
    let reason = format!(
        "has no order numbers: its {machines} machines count as shipped by model and month, and are taken to be of the open order lines of their model that were due first{beyond}; which order is late is not known"
    );
    reading.check(Code::Estimated, Severity::Warning, place, reason);
    shipments
}

/// Takes back what a pass reported.
fn rewind(reading: &mut Reading<'_>, before: (usize, usize, usize)) {
    reading.problems.truncate(before.0);
    reading.warnings.truncate(before.1);
    reading.files.truncate(before.2);
}

struct Pass<'a> {
    builder: Builder<'a>,
    problems: Vec<Diagnostic>,
    keys: Verdict,
    watch: Watch,
    changed: Used,
    likes: Likes,
}

fn pass<'a>(
    reading: &mut Reading<'_>,
    terms: Terms<'a>,
    left_out: &BTreeSet<RowPlace>,
    limits: Option<&Bands>,
) -> Pass<'a> {
    let Terms { located, catalogue, as_of, exported_later, shipments, rule, past_due_months, .. } = terms;
    let (contracts, payments) = (terms.contracts, terms.payments);
    let export = &located.export;
    let bits = bits(located);
    let lines = Arc::default();
    let builder = || {
        let builder = Builder::new(as_of, exported_later, shipments).lapse_after(past_due_months);
        builder.settled_by(contracts, payments).count_in(&lines).of_numbers(terms.numbered)
    };
    let (mut trails, mut problems) = (Vec::new(), Vec::new());
    let mut all: Option<(Builder<'_>, Watch, Used, Likes)> = None;
    for (file, path) in located.files.iter().enumerate() {
        let bind = |headers: &[String]| layout::bind(path, headers, export, row::COLUMNS);
        let start = || (builder(), Trail::default(), Watch::default(), Used::default(), Likes::default());
        let prepare = |layout: &layout::Layout| prepared(path, layout, export);
        let each =
            |(): &(),
             table: &mut Table<'_>,
             row: &Row<'_>,
             (builder, trail, watch, used, likes): &mut (Builder<'_>, Trail, Watch, Used, Likes)| {
                if left_out.contains(&(file, row.line)) {
                    return false;
                }
                let signed = row::order(table, row, catalogue, as_of);
                let Some(Signed { order, cut, option_until }) = signed else { return false };
                let Some(mut order) = in_usd(table, row, order, terms.rates) else { return false };
                let number = rule.apply(order.id);
                trail.note(&bits, (file, row.piece), &number, order.line);
                likes.note(&number, table, row);
                let changed = terms.changes.of(&number, order.line);
                if let Some(until) = option_until {
                    used.note(&changed);
                    // An option may have any price: its machines alone are judged.
                    watch.note(
                        &mut Order { unit_price: None, prepaid: None, ..order.clone() },
                        (file, row.line),
                        limits,
                    );
                    match contract::option(Order { id: &number, ..order }, &changed) {
                        Ok(option) => builder.add_option(&option, until),
                        Err(refused) => used.refuse(refused),
                    }
                    return true;
                }
                // What is plausible is asked of the line as it is now.
                let quantity = order.quantity;
                order.quantity =
                    changed.iter().rev().find_map(|c| c.quantity).filter(|q| *q > 0).unwrap_or(quantity);
                let new_price = changed.iter().rev().find_map(|change| change.unit_price);
                order.unit_price = new_price.or(order.unit_price);
                let priced = watch.note(&mut order, (file, row.line), limits);
                let no_price = new_price.is_some() && order.unit_price.is_none();
                order.quantity = quantity;
                let order = Order { id: &number, ..order };
                if changed.is_empty() && cut.is_none() {
                    builder.add_of((file, row.piece), &order, priced);
                    return true;
                }
                used.note(&changed);
                match contract::parts(order, cut, &changed) {
                    Ok(parts) => {
                        parts.into_iter().map(|part| believed(part, no_price)).for_each(|part| {
                            builder.add_of((file, row.piece), &part, priced);
                        });
                    }
                    Err(refused) => used.refuse(refused),
                }
                true
            };
        let read = reading.file(path, located, row::COLUMNS, &bind, prepare, start, each);
        if let Some(rows) = read {
            problems.extend(rows.problems);
            for (builder, trail, watch, used, likes) in rows.states {
                match &mut all {
                    None => all = Some((builder, watch, used, likes)),
                    Some((of_all, seen, changed, alike)) => {
                        of_all.merge(builder);
                        seen.merge(watch);
                        changed.merge(used);
                        alike.merge(likes);
                    }
                }
                trails.push(trail);
            }
        }
    }
    let (builder, watch, changed, likes) =
        all.unwrap_or_else(|| (builder(), Watch::default(), Used::default(), Likes::default()));
    Pass { builder, problems, keys: keys::judge(trails), watch, changed, likes }
}

/// Refuses a header without the months of delivery, or with amounts in a currency that the job does not know.
fn prepared(path: &Path, layout: &layout::Layout, export: &Export) -> Result<(), Diagnostic> {
    let amounts = [row::PRICE, row::PREPAID].into_iter().filter_map(|c| layout.positions[c]);
    let mut columns: Vec<usize> = amounts.collect();
    if layout.positions[row::PRICE].is_none() {
        columns.extend(currency::unread_prices(&layout.headers));
    }
    if layout.positions[row::MONTHS].is_none() && layout.positions[row::END].is_none() {
        let place = Place { line: layout.line, ..Place::file(path) };
        let reason = format!(
            "has no column `delivery_months`, nor `delivery_end` (its columns: {})",
            layout.headers.join(", ")
        );
        return Err(Diagnostic::error(Code::MissingColumn, place, reason));
    }
    currency::amounts(path, &layout.headers, export, &columns)
}

fn bits(located: &Located) -> Bits {
    Bits::new(located.files.iter().filter_map(|f| std::fs::metadata(f).ok()).map(|m| m.len()).sum())
}

/// A part of an order line; without its price where that is not believed.
fn believed(part: Order<'_>, no_price: bool) -> Order<'_> {
    Order { unit_price: part.unit_price.filter(|_| !no_price), ..part }
}

/// Looks at the keys of every file once more; what is wrong with rows was reported by the first look.
fn look_again<S: Send>(
    terms: Terms<'_>,
    start: impl Fn() -> S + Sync,
    each: impl Fn(usize, &mut Table<'_>, &Row<'_>, &mut S) + Sync,
) -> Vec<(usize, S)> {
    let export = &terms.located.export;
    let checks = crate::job::Checks::default();
    let mut silent = Reading::new(&checks, 0);
    let mut states = Vec::new();
    for (file, path) in terms.located.files.iter().enumerate() {
        let bind = |headers: &[String]| layout::bind(path, headers, export, row::COLUMNS);
        let each = |(): &(), table: &mut Table<'_>, row: &Row<'_>, state: &mut S| {
            each(file, table, row, state);
            true
        };
        let read = silent.file(path, terms.located, row::COLUMNS, &bind, |_| Ok(()), &start, each);
        states.extend(read.into_iter().flat_map(|rows| rows.states).map(|state| (file, state)));
    }
    states
}

/// Order and line of a row, as they are compared.
fn key<'r>(table: &Table<'_>, row: &Row<'r>, rule: &OrderIdRule) -> (Cow<'r, str>, &'r str) {
    let text = |column| table.text(row, column).unwrap_or_default();
    (rule.apply(text(row::ORDER_ID)), text(row::LINE))
}

/// Tells orders that the declared rule would make one.
fn one_of_two(reading: &mut Reading<'_>, terms: Terms<'_>) {
    if terms.rule.is_empty() {
        return;
    }
    let Terms { located, catalogue, as_of, rule, .. } = terms;
    let seen = look_again(terms, Written::default, |_, table, row, written| {
        if let Some(Signed { order, .. }) = row::order(table, row, catalogue, as_of) {
            written.note(&rule.apply(order.id), order.id, order.customer, order.signed);
        }
    });
    let mut all = Written::default();
    seen.into_iter().for_each(|(_, written)| all.merge(written));
    if let Some(reason) = all.reported() {
        let place = located.files.first().map(|f| Place::file(f)).unwrap_or_default();
        reading.problems.push(Diagnostic::error(Code::OrderNumbers, place, reason));
    }
}

/// Tells shipments of unknown orders whose numbers are those of orders, written in another way.
fn nearly(reading: &mut Reading<'_>, terms: Terms<'_>, ledger: &Ledger) {
    let unknown = ledger.agreement.as_ref().map_or(0, |agreement| agreement.unknown_order.machines);
    let (Some(shipments), 1..) = (terms.shipments, unknown) else { return };
    let mut cores = BTreeSet::new();
    for (place, shipment) in shipments.iter().enumerate() {
        if place == 0 || shipments[place - 1].order_id != shipment.order_id {
            cores.insert(order_numbers::core(&shipment.order_id));
            cores.extend(order_numbers::head(&shipment.order_id).map(|(head, _)| order_numbers::core(head)));
        }
    }
    let found = look_again(terms, BTreeSet::new, |_, table, row, found: &mut BTreeSet<String>| {
        let (id, _) = key(table, row, terms.rule);
        if cores.contains(&order_numbers::core(&id)) {
            found.insert(id.into_owned());
        }
    });
    let ordered: BTreeSet<String> = found.into_iter().flat_map(|(_, found)| found).collect();
    let place = terms.shipments_at.map(Place::file).unwrap_or_default();
    if let Some(near) = order_numbers::near(shipments, &ordered, terms.rule) {
        let severity = if near.stops() { Severity::Error } else { Severity::Warning };
        reading.check(Code::OrderNumbers, severity, place, near.reported());
    } else if let Some(reason) = order_numbers::longer(shipments, &ordered) {
        reading.check(Code::OrderNumbers, Severity::Error, place, reason);
    }
}

/// Tells rows of one order that are alike but for their line numbers.
fn twins(reading: &mut Reading<'_>, terms: Terms<'_>, suspects: &BTreeSet<u64>) {
    if suspects.is_empty() {
        return;
    }
    let Terms { located, catalogue, as_of, .. } = terms;
    let found = look_again(terms, Vec::new, |file, table, row, found: &mut Vec<Alike>| {
        let (id, line) = key(table, row, terms.rule);
        let by_step = twins::numbered_by_step(table);
        let rest = twins::rest(table, row, by_step);
        if line.is_empty() || !suspects.contains(&twins::hash(&id, &rest)) {
            return;
        }
        let Some(Signed { order, .. }) = row::order(table, row, catalogue, as_of) else { return };
        // Of what has left it says nothing that could still be mended.
        if by_step || order.status == Status::Open {
            found.push(Alike {
                id: id.into_owned(),
                rest: rest.into_iter().map(str::to_owned).collect(),
                place: (file, row.line),
                line: line.to_owned(),
                machines: order.quantity,
                by_step,
            });
        }
    });
    let [by_step, own] = Twins::of(found.into_iter().flat_map(|(_, found)| found).collect());
    let place = |twins: &Twins| {
        let path = located.files.get(twins.first.0).cloned().unwrap_or_default();
        Place { path, line: twins.first.1, ..Place::default() }
    };
    if by_step.rows > 0 {
        let reason = format!(
            "{} of {} machines in all, alike in every cell to another of their order and told apart by the step number_rows alone: {}; take the copies out of the export, or confirm with identical-rows = \"warning\" in [checks] that each was ordered",
            counted(by_step.rows, "row"),
            by_step.machines,
            by_step.listed()
        );
        reading.check(Code::IdenticalRows, Severity::Error, place(&by_step), reason);
    }
    if own.rows > 0 {
        let reason = format!(
            "{} of {} machines in all, alike to another of their order in every column that is read but `line`, and each counts: {}",
            counted(own.rows, "open order line"),
            own.machines,
            own.listed()
        );
        reading.check(Code::CopiedOrders, Severity::Warning, place(&own), reason);
    }
}

fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Marks the keys of all rows; returns those that may repeat.
fn mark_all(terms: Terms<'_>) -> BTreeSet<u64> {
    let bits = bits(terms.located);
    let trails = look_again(terms, Trail::default, |_, table, row, trail| {
        let (id, line) = key(table, row, terms.rule);
        trail.mark(&bits, keys::hash(&id, line));
    });
    keys::suspects(trails.into_iter().map(|(_, trail)| trail).collect())
}

/// Rows whose order and line stand in an earlier row, by their place.
fn repeated(terms: Terms<'_>, suspects: &BTreeSet<u64>) -> BTreeMap<RowPlace, Diagnostic> {
    let mut repeated = BTreeMap::new();
    if suspects.is_empty() {
        return repeated;
    }
    let Terms { located, catalogue, as_of, .. } = terms;
    // Steps may make several rows of one line: each is one.
    let mut seen: BTreeMap<(String, String), Vec<RowPlace>> = BTreeMap::new();
    let found = look_again(terms, Vec::new, |_, table, row, found: &mut Vec<(String, String, u64)>| {
        let (id, line) = key(table, row, terms.rule);
        if suspects.contains(&keys::hash(&id, line)) && row::order(table, row, catalogue, as_of).is_some() {
            found.push((id.into_owned(), line.to_owned(), row.line));
        }
    });
    for (file, found) in found {
        for (id, line, row) in found {
            seen.entry((id, line)).or_default().push((file, row));
        }
    }
    for ((id, _), mut places) in seen {
        places.sort_unstable();
        let mut places = places.into_iter();
        let Some((first_file, first_line)) = places.next() else { continue };
        for (file, line) in places {
            let same_file = first_file == file;
            let of = if same_file {
                String::new()
            } else {
                format!(" of {}", located.files[first_file].display())
            };
            let reason = format!(
                "is already the order of line {first_line}{of}; lines of one order need different values in `line`: number them by step = \"number_rows\", or, where rows are revisions of a line, take its last by \"group\""
            );
            let place = Place {
                path: located.files[file].clone(),
                line,
                column: "order_id".to_owned(),
                value: id.clone(),
            };
            repeated.insert((file, line), Diagnostic::error(Code::DuplicateRow, place, reason));
        }
    }
    repeated
}
