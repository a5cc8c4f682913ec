//! What `wafercast check` shows of every export: enough to see in one look that a mapping is right.

use std::collections::BTreeMap;

use crate::domain::{MicroUsd, Month, Usd};
use crate::history::Book;
use crate::ingest::{Daily, Exports, FileRecord, Ledger, Quote};
use crate::run::Inputs;
use crate::selling::Prices;
use crate::summary::unchecked;
use crate::views::words::grouped;

/// What was read: every file with its rows, dates and columns, and what the rows of each export come to.
pub fn lines(inputs: &Inputs) -> String {
    let exports = &inputs.exports;
    let mut lines = Vec::new();
    let mut before = "";
    let mut by_export: Vec<&FileRecord> = exports.files.iter().collect();
    by_export.sort_by_key(|file| place(file.export));
    for (at, file) in by_export.iter().enumerate() {
        if file.export != before {
            lines.push(format!("{}:", file.export));
        }
        before = file.export;
        lines.extend(of_file(file));
        if by_export.get(at + 1).is_none_or(|next| next.export != file.export) {
            lines.extend(sums(inputs, file.export).into_iter().map(|line| format!("  {line}")));
        }
    }
    lines.join("\n") + "\n"
}

/// The order of reading: what is sold first.
fn place(export: &str) -> usize {
    ["futures_orders", "shipments", "payments", "channel_inventory", "supply", "hashprice", "difficulty"]
        .iter()
        .position(|known| *known == export)
        .unwrap_or(usize::MAX)
}

fn count(number: u64) -> String {
    grouped(i64::try_from(number).unwrap_or(i64::MAX))
}

fn usd(amount: MicroUsd) -> String {
    format!("{} USD", grouped(Usd::from(amount).whole()))
}

fn of_file(file: &FileRecord) -> Vec<String> {
    let seen = &file.seen;
    let dates = seen.dates.map_or_else(String::new, |(first, last)| format!(", {first} to {last}"));
    let left_out = seen.rows.saturating_sub(file.rows_used);
    let mut lines = vec![format!(
        "  {}: {} rows read, {} used{dates}, {} left out{}",
        file.file,
        count(seen.rows),
        count(file.rows_used),
        count(left_out),
        if file.rows_rejected > 0 {
            format!(" ({} of them rejected)", count(file.rows_rejected))
        } else {
            String::new()
        }
    )];
    for done in &file.steps {
        let skipped =
            if done.skipped > 0 { format!(", {} left out", count(done.skipped)) } else { String::new() };
        lines.push(format!(
            "    {}: {} rows, then {}{skipped}",
            done.step,
            count(done.before),
            count(done.after)
        ));
    }
    if !seen.columns.is_empty() {
        let pair = |(ours, theirs): &(String, String)| {
            if ours == theirs { ours.clone() } else { format!("{ours} = `{theirs}`") }
        };
        lines.push(format!("    columns: {}", seen.columns.iter().map(pair).collect::<Vec<_>>().join(", ")));
    }
    for (code, hundredths) in &seen.amounts {
        let amount = grouped(i64::try_from(hundredths / 100).unwrap_or(i64::MAX));
        lines.push(format!("    amounts in {code}: {amount} {code}, taken in USD by the rates of the job"));
    }
    if !seen.not_read.is_empty() {
        let names: Vec<String> = seen.not_read.iter().map(|name| format!("`{name}`")).collect();
        lines.push(format!("    not read: {}", names.join(", ")));
    }
    lines
}

fn sums(inputs: &Inputs, export: &str) -> Vec<String> {
    let Inputs { job, exports, .. } = inputs;
    let model = |id: crate::job::ModelId| job.catalogue.model(id).name().to_owned();
    let list = |title: &str, amounts: BTreeMap<String, u64>| {
        let parts: Vec<String> =
            amounts.iter().map(|(name, machines)| format!("{name} {}", count(*machines))).collect();
        format!("{title}: {}", if parts.is_empty() { "none".to_owned() } else { parts.join(", ") })
    };
    match export {
        "futures_orders" => {
            let mut lines = of_orders(&exports.ledger, &model, &list);
            lines.push(still_open(inputs));
            lines
        }
        "shipments" => {
            let Some(shipped) = &exports.ledger.shipped else { return Vec::new() };
            let mut by_model = BTreeMap::new();
            for ((id, _), machines) in &shipped.by_model {
                *by_model.entry(model(*id)).or_insert(0) += machines;
            }
            let all: u64 = by_model.values().sum();
            vec![
                list("machines by model", by_model),
                format!(
                    "covers shipments from {} on: {} machines ordered were due before and count as delivered on time",
                    shipped.first.map_or_else(String::new, |first| first.to_string()),
                    count(exports.ledger.oddities.states.before_shipments.0)
                ),
                format!(
                    "machines of orders that are not in futures_orders: {} of {}",
                    count(exports.ledger.agreement.as_ref().map_or(0, |a| a.unknown_order.machines)),
                    count(all)
                ),
            ]
        }
        "payments" => paid(exports).into_iter().collect(),
        "channel_inventory" => {
            let newest = exports.stock.newest();
            let held = exports.stock.held().filter(|held| Some(held.date) == newest);
            let by_model = held.map(|held| (model(held.model), held.quantity)).collect();
            newest.map(|day| list(&format!("machines by model on {day}"), by_model)).into_iter().collect()
        }
        "supply" => {
            let supply = &exports.supply;
            let of = |names: &mut dyn Iterator<Item = &str>, pieces: &[u64]| {
                names.map(str::to_owned).zip(pieces.iter().copied()).filter(|(_, n)| *n > 0).collect()
            };
            let models = || job.catalogue.models.iter().map(crate::job::Model::name);
            let chips = || job.catalogue.chips.iter().map(crate::job::Chip::name);
            let wafers: u64 = supply.orders.iter().map(|order| u64::from(order.wafers)).sum();
            let book = Book::new(&exports.ledger, &job.catalogue, Month::of(exports.as_of));
            let on_hand = list("machines on hand", of(&mut models(), &supply.machines));
            vec![
                unchecked::on_hand(exports, &book)
                    .map_or(on_hand.clone(), |all| format!("{on_hand} ({all})")),
                list("chips on hand", of(&mut chips(), &supply.chips)),
                list("dies on hand", of(&mut chips(), &supply.dies)),
                format!(
                    "open wafer orders: {}, of {} wafers{}, {} USD prepaid",
                    supply.orders.len(),
                    count(wafers),
                    supply
                        .orders
                        .iter()
                        .map(|order| order.due)
                        .min()
                        .zip(supply.orders.iter().map(|order| order.due).max())
                        .map_or_else(String::new, |(first, last)| format!(", due from {first} to {last}")),
                    grouped(supply.orders.iter().map(|order| order.prepaid).sum::<Usd>().whole())
                ),
            ]
        }
        "hashprice" => {
            let mut lines = newest(exports.market.days(Quote::Hashprice), "USD per PH/s per day");
            lines.extend(unchecked::price(exports));
            lines
        }
        "difficulty" => newest(exports.market.days(Quote::Difficulty), "difficulty"),
        _ => Vec::new(),
    }
}

/// What the payments come to.
fn paid(exports: &Exports) -> Option<String> {
    let [received, credited, repaid, due] = exports.ledger.payments.as_ref()?.sums;
    let back = if repaid > MicroUsd::ZERO { format!(", paid back {}", usd(repaid)) } else { String::new() };
    Some(format!("received {}, credited {}, due later {}{back}", usd(received), usd(credited), usd(due)))
}

/// What is still to deliver, what it is worth and what is paid of it: the backlog that the forecast begins with.
fn still_open(inputs: &Inputs) -> String {
    let Inputs { job, exports, .. } = inputs;
    let mut book = Book::new(&exports.ledger, &job.catalogue, Month::of(exports.as_of));
    Prices::judge(&mut book, job);
    let unsecured = book.machines(|standing| !standing.is_firm());
    let (mut machines, mut value, mut paid) = (0, MicroUsd::ZERO, MicroUsd::ZERO);
    for booked in book.open() {
        machines += booked.remaining();
        value += booked.lot.money.left_value;
        paid += booked.lot.money.left_prepaid;
    }
    format!(
        "still to deliver: {} machines worth {}, of which {} are paid; {} are firm, {} signed and not secured",
        count(machines),
        usd(value),
        usd(paid),
        count(machines - unsecured),
        count(unsecured)
    )
}

fn newest(mut series: impl DoubleEndedIterator<Item = Daily>, unit: &str) -> Vec<String> {
    // Six figures tell every two days apart; what binary fractions add behind them is nobody's.
    let range = |day: Daily| format!("{} {unit} on {}", figures(day.value), day.date);
    let Some(first) = series.next() else { return Vec::new() };
    vec![format!("from {} to {}", range(first), range(series.next_back().unwrap_or(first)))]
}

/// A number with six significant figures at most, all of them before the point kept.
fn figures(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".to_owned();
    }
    let behind = (5 - value.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{value:.behind$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn of_orders(
    ledger: &Ledger,
    model: &dyn Fn(crate::job::ModelId) -> String,
    list: &dyn Fn(&str, BTreeMap<String, u64>) -> String,
) -> Vec<String> {
    let mut by_model = BTreeMap::new();
    let (mut lines, mut machines, mut priced, mut value) = (0, 0, 0, MicroUsd::ZERO);
    let (mut first, mut last): (Option<Month>, Option<Month>) = (None, None);
    for lot in &ledger.lots {
        *by_model.entry(model(lot.terms.model)).or_insert(0) += lot.quantity;
        lines += lot.orders;
        machines += lot.quantity;
        priced += lot.money.priced;
        value += lot.money.value;
        first = first.into_iter().chain([lot.terms.start]).min();
        last = last.max(Some(lot.last_month()));
    }
    let [open, completed, cancelled] = ledger.by_status;
    let due = match (first, last) {
        (Some(first), Some(last)) => format!(", due from {first} to {last}"),
        _ => String::new(),
    };
    vec![
        format!("{} order lines of {} machines{due}", count(lines), count(machines)),
        format!(
            "machines by status: open {}, completed {}, cancelled {}",
            count(open),
            count(completed),
            count(cancelled)
        ),
        format!(
            "closed short: {} orders completed with {} machines less than ordered",
            count(ledger.oddities.states.closed_short.orders.count),
            count(ledger.oddities.states.closed_short.machines)
        ),
        list("machines by model", by_model),
        format!("value: {} for {} machines with a price", usd(value), count(priced)),
    ]
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_have_six_figures_and_what_stands_before_the_point() {
        let of = [
            250.470_000_000_000_03,
            55.419_999_999_999_995,
            14_146_826_824_665.9,
            0.000_012_345_678,
            50.0,
            -3.5,
        ];
        let texts = ["250.47", "55.42", "14146826824666", "0.0000123457", "50", "-3.5"];
        assert_eq!(of.map(super::figures), texts);
    }
}
