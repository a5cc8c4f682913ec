//! The steps that would bring a file into shape, as they are pasted into a job. What a person must decide has `?` for its value,
//! which no reading of the file takes for a word.

use std::fmt::Write as _;

use crate::ingest::cells::empty::looks_empty;
use crate::ingest::cells::{dates, number};
use crate::ingest::rows::scan;

use super::grid::Grid;
use super::meaning::{self, SURE};
use super::profile::{Kind, Profile};
use super::propose::{comment, quoted};
use super::resemble::Resemblance;

/// Months side by side from which on they are taken for columns of months.
const MONTHS: usize = 3;

/// Most coins that one market file has.
const COINS: usize = 20;

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

    /// One that a person must want.
    fn put_comment(&mut self, why: &str, keys: &[String]) {
        self.text.push('\n');
        comment(&mut self.text, why);
        let _ = writeln!(self.text, "# [[exports.{}.steps]]\n# {}", self.export, keys.join("\n# "));
    }
}

/// Steps, and what they stand in for.
pub(super) struct Proposed {
    /// The steps.
    pub text: String,
    /// Columns of ours that they make, so that none is missing and none is named in `columns`.
    pub makes: Vec<&'static str>,
}

/// What the rows themselves show: rows that are no data, lines below their head, months side by side, words that no column has.
pub(super) fn proposed(grid: &Grid, profiles: &[Profile], alike: &Resemblance) -> Proposed {
    let mut steps = Steps { export: alike.export, text: String::new() };
    let mut makes = Vec::new();
    let seen = Seen { grid, profiles, alike };
    units(&mut steps, &seen);
    heads(&mut steps, &seen);
    no_number(&mut steps, &seen);
    no_orders(&mut steps, &seen);
    cancelled_undated(&mut steps, &seen);
    makes.extend(day_of_file(&mut steps, &seen));
    makes.extend(model_in_brackets(&mut steps, &seen));
    makes.extend(price_per_th(&mut steps, &seen));
    running_line(&mut steps, &seen);
    makes.extend(months(&mut steps, profiles, alike));
    makes.extend(words(&mut steps, profiles, alike));
    delivery(&mut steps, &seen, &makes);
    reversals(&mut steps, &seen);
    warehouses(&mut steps, &seen);
    below_zero(&mut steps, &seen);
    several_a_day(&mut steps, &seen);
    Proposed { text: steps.text, makes }
}

/// A file, its columns, and which of them are which of ours.
struct Seen<'a> {
    grid: &'a Grid,
    profiles: &'a [Profile],
    alike: &'a Resemblance,
}

impl<'a> Seen<'a> {
    /// The place of the column that is taken for one of ours, and what is in it.
    fn of(&self, name: &str) -> Option<(usize, &'a Profile)> {
        let place = self.alike.of(name)?.place;
        Some((place, self.profiles.get(place)?))
    }

    /// Rows that are no sums.
    fn rows(&self) -> impl Iterator<Item = &'a Vec<String>> {
        self.grid.rows.iter().filter(|row| !row.iter().any(|cell| scan::is_total(cell)))
    }

    /// Whether a column holds amounts, of which none is filled down.
    fn is_amount(&self, place: usize) -> bool {
        let ours = self.alike.matches.iter().find(|m| m.place == place && m.likeness >= SURE);
        let name = ours.and_then(|m| self.alike.columns.get(m.column)).map_or("", |column| column.name);
        name.ends_with("_usd")
            || name.contains("quantity")
            || matches!(name, "model" | "line" | "wafers" | "machines")
    }
}

fn cell(row: &[String], place: usize) -> &str {
    row.get(place).map_or("", |cell| cell.trim())
}

fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    format!("[{}]", names.join(", "))
}

/// The header that is taken for a column of ours.
fn of<'p>(profiles: &'p [Profile], alike: &Resemblance, name: &str) -> Option<&'p Profile> {
    alike.of(name).and_then(|m| profiles.get(m.place))
}

fn named(key: &str, value: &str) -> String {
    format!("{key} = {}", quoted(value))
}

/// A row of units below the header.
fn units(steps: &mut Steps<'_>, seen: &Seen<'_>) {
    if seen.grid.units {
        let names: Vec<&str> =
            seen.grid.headers.iter().map(String::as_str).filter(|h| !h.is_empty()).collect();
        let contains = list(names.get(..names.len().min(3)).unwrap_or_default());
        let keys =
            [named("step", "promote_headers"), format!("contains = {contains}"), "rows_below = 1".to_owned()];
        steps.put("the row below the header holds no data, but units or notes", &keys);
    }
}

/// Lines of an order below its head.
fn heads(steps: &mut Steps<'_>, seen: &Seen<'_>) {
    let all = seen.rows().count();
    // What stands on the head alone: the number, or where that is on every line all else.
    let key = ["order_id", "customer", "channel", "snapshot_date", "shipped_date"];
    let head = key.iter().filter_map(|name| seen.of(name)).min_by_key(|(place, _)| *place);
    if let Some((_, head)) = head.filter(|(_, head)| head.filled > 0 && head.filled * 4 < all * 3) {
        let why = format!(
            "`{}` is empty in {} of {all} rows: check that they belong to the row above; amounts are not filled",
            head.header,
            all - head.filled
        );
        let filled = seen.profiles.iter().enumerate().filter(|(place, p)| {
            p.filled > 0 && p.filled <= head.filled && !p.header.is_empty() && !seen.is_amount(*place)
        });
        let mut columns: Vec<&str> = filled.map(|(_, p)| p.header.as_str()).collect();
        // Whether a row is a head is told by the first of them.
        columns.sort_by_key(|header| *header != head.header);
        steps.put(&why, &[named("step", "fill_down"), format!("columns = {}", list(&columns))]);
        return;
    }
    let Some((number, head)) = seen.of("order_id").filter(|(_, head)| head.filled == all) else { return };
    let rows: Vec<&Vec<String>> = seen.rows().collect();
    let pairs = || rows.iter().zip(rows.iter().skip(1)).filter(|(a, b)| cell(a, number) == cell(b, number));
    let below = pairs().count();
    let bare = |place: usize| {
        pairs().all(|(_, row)| cell(row, place).is_empty())
            && rows.iter().any(|row| !cell(row, place).is_empty())
    };
    let columns: Vec<&str> = seen
        .profiles
        .iter()
        .enumerate()
        .filter(|(place, p)| below > 0 && !p.header.is_empty() && !seen.is_amount(*place) && bare(*place))
        .map(|(_, p)| p.header.as_str())
        .collect();
    if !columns.is_empty() {
        let why = format!(
            "{below} of {all} rows have the `{}` of the row above and lack what stands there; amounts are not filled",
            head.header
        );
        let keys = [
            named("step", "fill_down"),
            format!("columns = {}", list(&columns)),
            format!("by = {}", list(&[&head.header])),
        ];
        steps.put(&why, &keys);
    }
}

/// Rows without what every row of data has: sums, footers, rules.
fn no_number(steps: &mut Steps<'_>, seen: &Seen<'_>) {
    let rows = &seen.grid.rows;
    let all = rows.len();
    for name in ["order_id", "channel", "model"] {
        let Some((place, column)) = seen.of(name) else { continue };
        let without = rows.iter().filter(|row| cell(row, place).is_empty()).count();
        // A mark such as `*`, or a word for a sum.
        let sums: std::collections::BTreeSet<&str> = rows
            .iter()
            .map(|row| cell(row, place))
            .filter(|text| {
                !text.is_empty() && (scan::is_total(text) || !text.chars().any(char::is_alphanumeric))
            })
            .collect();
        let repeats = rows.iter().any(|row| cell(row, place) == column.header);
        if (without == 0 || without * 4 > all) && sums.is_empty() && !repeats {
            continue;
        }
        let why = format!(
            "rows without `{}`, or with a mark of sums there, {without} of {all}: check that they are sums, footers or notes",
            column.header
        );
        let mut keys = vec![named("step", "skip_rows"), named("column", &column.header)];
        if without > 0 && without * 4 <= all {
            keys.push("empty = true".to_owned());
        }
        if !sums.is_empty() {
            keys.push(format!("is = {}", list(&sums.into_iter().collect::<Vec<_>>())));
        }
        if keys.len() == 2 {
            keys.pop();
        }
        if repeats {
            keys.push("header = true".to_owned());
        }
        steps.put(&why, &keys);
        return;
    }
}

/// Quotations, and lines of nothing.
fn no_orders(steps: &mut Steps<'_>, seen: &Seen<'_>) {
    if seen.alike.export != "futures_orders" {
        return;
    }
    if let Some((_, status)) = seen.of("status") {
        let words: Vec<&str> = status
            .values
            .iter()
            .map(|(value, _)| value.as_str())
            .filter(|value| meaning::is_quotation(value))
            .collect();
        if !words.is_empty() {
            let keys = [
                named("step", "skip_rows"),
                named("column", &status.header),
                format!("is = {}", list(&words)),
            ];
            steps.put("quotations and drafts are no orders", &keys);
        }
    }
    if let Some((_, quantity)) = seen.of("quantity") {
        let mark = quantity.mark();
        let zero = |value: &str| number::decimal(value, mark).is_ok_and(|(number, _)| number == 0.0);
        if quantity.values.iter().any(|(value, _)| zero(value)) {
            let keys =
                [named("step", "skip_rows"), named("column", &quantity.header), "zero = true".to_owned()];
            steps.put("lines of no machine: check that nothing is ordered by them", &keys);
        }
    }
}

/// Orders that were cancelled on a day that no column says.
fn cancelled_undated(steps: &mut Steps<'_>, seen: &Seen<'_>) {
    let (Some((place, status)), "futures_orders") = (seen.of("status"), seen.alike.export) else { return };
    let day = seen.of("cancelled_date");
    let undated =
        |row: &[String]| day.is_none_or(|(day, _)| looks_empty(cell(row, day)) || cell(row, day).is_empty());
    let is_cancelled = |word: &str| meaning::word("status", word) == Some("cancelled");
    let words: std::collections::BTreeSet<&str> = seen
        .rows()
        .filter(|row| is_cancelled(cell(row, place)) && undated(row))
        .map(|row| cell(row, place))
        .collect();
    if words.is_empty() {
        return;
    }
    let mut keys = vec![
        named("step", "skip_rows"),
        named("column", &status.header),
        format!("is = {}", list(&words.into_iter().collect::<Vec<_>>())),
    ];
    keys.extend(day.map(|(_, day)| format!("and = [{{ column = {}, empty = true }}]", quoted(&day.header))));
    steps.put(
        "orders that were cancelled on a day that is not said are left out, as if they had never been signed: check, or give the day",
        &keys,
    );
}

/// A price in USD per TH/s.
fn price_per_th(steps: &mut Steps<'_>, seen: &Seen<'_>) -> Option<&'static str> {
    if seen.alike.export != "futures_orders" || seen.of("unit_price_usd").is_some() {
        return None;
    }
    let (_, model) = seen.of("model")?;
    let is_price = |profile: &&Profile| {
        let name: String = profile.header.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
        let dollars = name.contains("usd") || name.contains('$') || name.contains("price");
        let a_terahash = ["/th", "perth", "perterahash", "/t"].iter().any(|part| {
            name.split_once(part)
                .is_some_and(|(_, rest)| !rest.starts_with(|c: char| c.is_alphanumeric()) || rest == "s")
        });
        profile.kind == Kind::Number && dollars && a_terahash
    };
    let price = seen.profiles.iter().find(is_price)?;
    let keys = [
        named("step", "compute"),
        named("column", "unit_price_usd"),
        format!("price_per_th = {}", list(&[&price.header, &model.header])),
    ];
    steps.put("prices are per TH/s: those of machines follow from the hashrate of the model", &keys);
    Some("unit_price_usd")
}

/// Counts below 0, for which a person must say what they are.
fn below_zero(steps: &mut Steps<'_>, seen: &Seen<'_>) {
    let export = seen.alike.export;
    let (Some((place, quantity)), "channel_inventory" | "futures_orders") = (seen.of("quantity"), export)
    else {
        return;
    };
    let mark = quantity.mark();
    let below =
        |row: &&Vec<String>| number::decimal(cell(row, place), mark).is_ok_and(|(value, _)| value < 0.0);
    let rows = seen.rows().filter(below).count();
    if rows == 0 {
        return;
    }
    let by: Vec<&str> = if export == "channel_inventory" {
        ["snapshot_date", "model"].iter().filter_map(|name| Some(seen.of(name)?.1.header.as_str())).collect()
    } else {
        ["order_id", "model"].iter().filter_map(|name| Some(seen.of(name)?.1.header.as_str())).collect()
    };
    let mut keys = vec![
        named("step", "net_reversals"),
        format!("by = {}", list(&by)),
        named("quantity", &quantity.header),
    ];
    if export == "channel_inventory" {
        keys.extend(seen.of("snapshot_date").map(|(_, day)| named("date", &day.header)));
    }
    let why = if export == "channel_inventory" {
        "are below 0: where what one distributor owes lies with others, take away the marks before these lines"
    } else {
        "are below 0: where they are returns of what was ordered before, take away the marks before these lines"
    };
    steps.put_comment(&format!("UNSURE: `{}` of {rows} row(s) {why}", quantity.header), &keys);
}

/// Days of a market file that stand in several rows: of several coins, or a row a block.
fn several_a_day(steps: &mut Steps<'_>, seen: &Seen<'_>) {
    let (Some((days, _)), "hashprice" | "difficulty") = (seen.of("date"), seen.alike.export) else { return };
    let once = |by: Option<usize>| {
        let mut known = std::collections::BTreeSet::new();
        seen.rows()
            .all(|row| known.insert((cell(row, days).to_owned(), by.map(|by| cell(row, by).to_owned()))))
    };
    if once(None) || seen.of("height").is_some() {
        return;
    }
    let of_kind = seen.profiles.iter().enumerate().find(|(place, profile)| {
        profile.kind == Kind::Text && (2..=COINS).contains(&profile.values.len()) && once(Some(*place))
    });
    if let Some((_, profile)) = of_kind {
        let bitcoin = |value: &&str| ["btc", "xbt", "bitcoin"].contains(&value.to_lowercase().as_str());
        let value = profile.values.iter().map(|(value, _)| value.as_str()).find(bitcoin).unwrap_or("?");
        let keys = [
            named("step", "keep_rows"),
            named("column", &profile.header),
            format!("is = {}", list(&[value])),
        ];
        steps.put("each day stands in several rows, of which one is of bitcoin: check", &keys);
    } else if let Some(number) = seen.profiles.iter().find(|p| p.is_whole() && p.values.len() > COINS) {
        let why = format!(
            "UNSURE: days stand in several rows; where a row is a block, name its height: columns = {{ height = {} }}",
            quoted(&number.header)
        );
        comment(&mut steps.text, &why);
    }
}

/// A day that only the name of the file has.
fn day_of_file(steps: &mut Steps<'_>, seen: &Seen<'_>) -> Option<&'static str> {
    let wanted = match seen.alike.export {
        "channel_inventory" => "snapshot_date",
        "supply" => "date",
        _ => return None,
    };
    let name = seen.grid.path.file_name()?.to_string_lossy().into_owned();
    if seen.of(wanted).is_some() || !name.is_ascii() {
        return None;
    }
    // The longest part of the name that is a day.
    let day = [10, 8].iter().find_map(|length| {
        (0..name.len()).find_map(|at| {
            let part = name.get(at..at + length)?;
            dates::date(part, None).is_ok().then(|| part.to_owned())
        })
    })?;
    let pattern = name.replacen(&day, &format!("{{{wanted}}}"), 1);
    let why = format!(
        "the day stands in the name of the file alone; all files of its kind: path = {}",
        quoted(&name.replacen(&day, "*", 1))
    );
    let keys = [named("step", "extract"), named("of", "file_name"), named("pattern", &pattern)];
    steps.put(&why, &keys);
    Some(wanted)
}

/// A product such as `[MINI] MINI miner`.
fn model_in_brackets(steps: &mut Steps<'_>, seen: &Seen<'_>) -> Option<&'static str> {
    let (_, model) = seen.of("model")?;
    let bracketed = |value: &str| {
        value
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("] "))
            .is_some_and(|(code, _)| !code.is_empty())
    };
    if model.header == "model"
        || model.values.is_empty()
        || !model.values.iter().all(|(value, _)| bracketed(value))
    {
        return None;
    }
    let keys = [named("step", "extract"), named("column", &model.header), named("pattern", "[{model}] *")];
    steps.put("the code of the product stands in brackets before its name", &keys);
    Some("model")
}

/// Lines of one order that have no number.
fn running_line(steps: &mut Steps<'_>, seen: &Seen<'_>) {
    if seen.alike.export != "futures_orders" || seen.of("line").is_some() {
        return;
    }
    let Some((place, number)) = seen.of("order_id") else { return };
    let mut known = std::collections::BTreeSet::new();
    let rows = seen.rows().map(|row| cell(row, place));
    let twice = rows.filter(|id| id.is_empty() || !known.insert((*id).to_owned())).count();
    if twice > 0 && seen.grid.headers.iter().all(|header| header != "line") {
        let keys = [
            named("step", "number_rows"),
            named("column", "line"),
            format!("by = {}", list(&[&number.header])),
        ];
        steps.put("orders have several lines, and no column numbers them", &keys);
    }
}

/// When delivery begins, where no column says it: for a person to say.
fn delivery(steps: &mut Steps<'_>, seen: &Seen<'_>, makes: &[&str]) {
    if seen.alike.export != "futures_orders" {
        return;
    }
    let lacks = |name: &str| seen.of(name).is_none() && !makes.contains(&name);
    if lacks("delivery_start")
        && let Some((_, signed)) = seen.of("signed_date")
    {
        let keys =
            [named("step", "compute"), named("column", "delivery_start"), named("month", &signed.header)];
        steps.put_comment(
            "no column says when delivery begins: where machines ship in the month of signature, take away the marks before these lines",
            &keys,
        );
    }
    if lacks("delivery_months") && lacks("delivery_end") {
        let keys = [named("step", "constant"), named("column", "delivery_months"), named("value", "?")];
        steps.put(
            "no column has the number of monthly batches: write \"1\" if every row ships in one month",
            &keys,
        );
    }
}

/// Rows below 0, which reverse others.
fn reversals(steps: &mut Steps<'_>, seen: &Seen<'_>) {
    let Some((place, quantity)) = seen.of("quantity").filter(|_| seen.alike.export == "shipments") else {
        return;
    };
    let mark = quantity.mark();
    if !seen.rows().any(|row| number::decimal(cell(row, place), mark).is_ok_and(|(number, _)| number < 0.0)) {
        return;
    }
    let by: Vec<&str> =
        ["order_id", "model"].iter().filter_map(|name| Some(seen.of(name)?.1.header.as_str())).collect();
    let mut keys = vec![
        named("step", "net_reversals"),
        format!("by = {}", list(&by)),
        named("quantity", &quantity.header),
    ];
    keys.extend(seen.of("shipped_date").map(|(_, day)| named("date", &day.header)));
    steps.put("rows below 0 are taken off the rows that they reverse", &keys);
}

/// Counts of one day, distributor and model in several rows.
fn warehouses(steps: &mut Steps<'_>, seen: &Seen<'_>) {
    if seen.alike.export != "channel_inventory" {
        return;
    }
    let key: Vec<(usize, &Profile)> =
        ["snapshot_date", "channel", "model"].iter().filter_map(|name| seen.of(name)).collect();
    if key.len() < 3 {
        return;
    }
    let mut known = std::collections::BTreeSet::new();
    let twice = seen.rows().any(|row| {
        let of: Vec<String> = key.iter().map(|(place, _)| cell(row, *place).to_owned()).collect();
        !known.insert(of)
    });
    if !twice {
        return;
    }
    let sums: Vec<(usize, &Profile)> =
        ["quantity", "sell_through_quantity"].iter().filter_map(|name| seen.of(name)).collect();
    let used = |place: usize| key.iter().chain(&sums).any(|(known, _)| *known == place);
    let others: Vec<&str> = seen
        .profiles
        .iter()
        .enumerate()
        .filter(|(place, p)| !used(*place) && !p.header.is_empty())
        .map(|(_, p)| p.header.as_str())
        .collect();
    let headers =
        |of: &[(usize, &Profile)]| list(&of.iter().map(|(_, p)| p.header.as_str()).collect::<Vec<_>>());
    let mut keys =
        vec![named("step", "group"), format!("by = {}", headers(&key)), format!("sum = {}", headers(&sums))];
    if !others.is_empty() {
        keys.push(format!("drop = {}", list(&others)));
    }
    steps.put("a day, distributor and model stand in several rows: check that they add up", &keys);
}

/// Months that stand side by side.
fn months(steps: &mut Steps<'_>, profiles: &[Profile], alike: &Resemblance) -> Vec<&'static str> {
    let is_month = |header: &str| dates::month(header, None).is_ok();
    let months: Vec<&str> = profiles.iter().map(|p| p.header.as_str()).filter(|h| is_month(h)).collect();
    let (MONTHS.., Some(first), Some(last)) = (months.len(), months.first(), months.last()) else {
        return Vec::new();
    };
    let why = format!("months stand side by side, {first} to {last}: they become rows");
    if alike.export == "channel_inventory" {
        let keys = [
            named("step", "unpivot"),
            named("name", "snapshot_date"),
            "values = { quantity = \"{month}\" }".to_owned(),
            "day = \"last\"   # counted at the end of the month: check".to_owned(),
        ];
        steps.put(&why, &keys);
        return vec!["snapshot_date", "quantity"];
    }
    if alike.export != "futures_orders" {
        return Vec::new();
    }
    let mut makes = vec!["delivery_start"];
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
        makes.push("delivery_months");
    }
    if batch == "quantity" {
        makes.push("quantity");
    }
    makes
}

/// Words that no column has: by quantities where they tell, else the person says it.
fn words(steps: &mut Steps<'_>, profiles: &[Profile], alike: &Resemblance) -> Option<&'static str> {
    let mut made = None;
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
            made = Some("status");
        } else if !allowed.is_empty() {
            let why =
                format!("no column has {name}: write one of {} if all rows are alike", allowed.join(", "));
            steps.put(&why, &[named("step", "constant"), named("column", name), named("value", "?")]);
        }
    }
    made
}
