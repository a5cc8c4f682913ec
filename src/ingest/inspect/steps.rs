//! The steps that would bring a file into shape, as they are pasted into a job. What a person must decide has `?` for its value,
//! which no reading of the file takes for a word.

use std::fmt::Write as _;

use crate::ingest::cells::dates;

use super::grid::Grid;
use super::meaning::{self, SURE};
use super::profile::Profile;
use super::propose::{comment, quoted};
use super::resemble::Resemblance;

/// Months side by side from which on they are taken for columns of months.
const MONTHS: usize = 3;

/// Steps as they are found, one below the other.
struct Steps<'a> {
    export: &'a str,
    text: String,
}

impl Steps<'_> {
    /// A step with the reason for it; `keys` are its lines.
    fn put(&mut self, why: &str, keys: &[String]) {
        self.text.push('\n');
        comment(&mut self.text, why);
        let _ = writeln!(self.text, "[[exports.{}.steps]]\n{}", self.export, keys.join("\n"));
    }
}

/// What the rows themselves show: months side by side, lines below their head, words that no column has.
pub(super) fn proposed(grid: &Grid, profiles: &[Profile], alike: &Resemblance) -> String {
    let mut steps = Steps { export: alike.export, text: String::new() };
    heads(&mut steps, grid, profiles);
    no_number(&mut steps, grid, profiles, alike);
    months(&mut steps, profiles, alike);
    words(&mut steps, profiles, alike);
    steps.text
}

/// The header that is taken for a column of ours.
fn of<'p>(profiles: &'p [Profile], alike: &Resemblance, name: &str) -> Option<&'p Profile> {
    let sure = alike.matches.iter().find(|m| {
        m.likeness >= SURE && alike.columns.get(m.column).is_some_and(|column| column.name == name)
    });
    sure.and_then(|m| profiles.get(m.place))
}

fn named(key: &str, value: &str) -> String {
    format!("{key} = {}", quoted(value))
}

/// Lines of an order below its head.
fn heads(steps: &mut Steps<'_>, grid: &Grid, profiles: &[Profile]) {
    let all = grid.rows.len();
    let Some(head) = profiles.first() else { return };
    if head.header.is_empty() || head.filled == 0 || head.filled * 4 >= all * 3 {
        return;
    }
    let why = format!(
        "`{}` is empty in {} of {all} rows: check that they belong to the row above",
        head.header,
        all - head.filled
    );
    let alike = profiles.iter().filter(|p| p.filled > 0 && p.filled <= head.filled);
    let columns: Vec<String> = alike.map(|p| quoted(&p.header)).collect();
    steps.put(&why, &[named("step", "fill_down"), format!("columns = [{}]", columns.join(", "))]);
}

/// Rows without what every row of data has: sums, footers, rules.
fn no_number(steps: &mut Steps<'_>, grid: &Grid, profiles: &[Profile], alike: &Resemblance) {
    let all = grid.rows.len();
    for name in ["order_id", "channel", "model"] {
        let Some(column) = of(profiles, alike, name) else { continue };
        let place = profiles.iter().position(|p| p.header == column.header).unwrap_or_default();
        let empty = |row: &&Vec<String>| row.get(place).is_none_or(|cell| cell.trim().is_empty());
        let without = grid.rows.iter().filter(empty).count();
        if without > 0 && without * 4 <= all {
            let why = format!(
                "{without} of {all} rows have no `{}`: check that they are sums, footers or notes",
                column.header
            );
            let keys =
                [named("step", "skip_rows"), named("column", &column.header), "empty = true".to_owned()];
            steps.put(&why, &keys);
            return;
        }
    }
}

/// Months that stand side by side.
fn months(steps: &mut Steps<'_>, profiles: &[Profile], alike: &Resemblance) {
    let is_month = |header: &str| dates::month(header, None).is_ok();
    let months: Vec<&str> = profiles.iter().map(|p| p.header.as_str()).filter(|h| is_month(h)).collect();
    let (MONTHS.., Some(first), Some(last)) = (months.len(), months.first(), months.last()) else { return };
    let why = format!("months stand side by side, {first} to {last}: they become rows");
    if alike.export == "channel_inventory" {
        let keys = [
            named("step", "unpivot"),
            named("name", "snapshot_date"),
            "values = { quantity = \"{month}\" }".to_owned(),
            "day = \"last\"   # counted at the end of the month: check".to_owned(),
        ];
        steps.put(&why, &keys);
        return;
    }
    let batch = if of(profiles, alike, "quantity").is_some() { "batch" } else { "quantity" };
    let keys = [
        named("step", "unpivot"),
        named("name", "delivery_start"),
        format!("values = {{ {batch} = \"{{month}}\" }}"),
    ];
    steps.put(&why, &keys);
    if let Some(number) = of(profiles, alike, "order_id") {
        let by: Vec<String> = [Some(number), of(profiles, alike, "line"), of(profiles, alike, "model")]
            .into_iter()
            .flatten()
            .map(|p| quoted(&p.header))
            .collect();
        let keys = [
            named("step", "group"),
            format!("by = [{}]", by.join(", ")),
            "first = \"delivery_start\"".to_owned(),
            format!("sum = \"{batch}\""),
            "count = \"delivery_months\"".to_owned(),
        ];
        steps.put("batches of one line are one line: leave this step out where they differ in size", &keys);
    }
}

/// Words that no column has: by quantities where they tell, else the person says it.
fn words(steps: &mut Steps<'_>, profiles: &[Profile], alike: &Resemblance) {
    for name in alike.missing() {
        let allowed = meaning::allowed(name);
        let quantities = of(profiles, alike, "quantity").zip(of(profiles, alike, "delivered_quantity"));
        if let ("status", Some((ordered, delivered))) = (name, quantities) {
            let mut columns = vec![quoted(&ordered.header), quoted(&delivered.header)];
            columns.extend(of(profiles, alike, "cancelled_date").map(|p| quoted(&p.header)));
            let keys = [
                named("step", "compute"),
                named("column", "status"),
                format!("status = [{}]", columns.join(", ")),
            ];
            steps.put("no column has the state of the order: it follows from what was delivered", &keys);
        } else if !allowed.is_empty() {
            let why =
                format!("no column has {name}: write one of {} if all rows are alike", allowed.join(", "));
            steps.put(&why, &[named("step", "constant"), named("column", name), named("value", "?")]);
        }
    }
}
