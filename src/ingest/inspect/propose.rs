//! The section of the job that would read a file. What is not sure stands in it as a comment.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::ingest::names::folded;
use crate::job::DateFormat;
use crate::text::visible;

use super::grid::Grid;
use super::market::{self, Guess};
use super::meaning::{self, SURE};
use super::profile::{Kind, Profile};
use super::resemble::{Match, Resemblance};
use super::states;
use super::steps;

/// Most names that a comment lists.
const LISTED: usize = 12;

/// Text as a TOML string.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A key of TOML: bare where it may be.
fn key(text: &str) -> String {
    let bare = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare { text.to_owned() } else { quoted(text) }
}

/// A comment, whatever the file has in it.
pub(super) fn comment(lines: &mut String, text: &str) {
    let text = visible(text).replace(['\n', '\r'], " ");
    let _ = writeln!(lines, "# {text}");
}

/// The section.
pub(super) fn section(
    grid: &Grid,
    profiles: &[Profile],
    alike: &Resemblance,
    (written, guess): (&str, Option<&Guess>),
) -> String {
    let mut lines = String::new();
    let export = alike.export;
    let _ = writeln!(lines, "[exports.{export}]\npath = {}", quoted(written));
    if let Some(encoding) = grid.encoding {
        let _ =
            writeln!(lines, "encoding = \"{encoding}\"   # seen by its bytes: check that names look right");
    }
    if let Some(b'|') = grid.delimiter {
        lines.push_str("delimiter = \"|\"\n");
    }
    let sure: Vec<(&'static str, &Profile)> = alike
        .matches
        .iter()
        .filter(|m| m.likeness >= SURE)
        .filter_map(|m| Some((alike.columns.get(m.column)?.name, profiles.get(m.place)?)))
        .collect();
    let (forms, unsure_forms) = forms(&sure);
    scalars(&mut lines, &sure, &forms);
    let newest = |name: &str| market::newest(grid, profiles, alike.of("date")?.place, alike.of(name)?.place);
    units(&mut lines, &sure, guess, &newest);
    for reported in unsure_forms {
        comment(&mut lines, &reported);
    }
    models(&mut lines, &sure);
    let steps = steps::proposed(grid, profiles, alike);
    missing(&mut lines, alike, profiles, &steps.makes);
    if alike.missing().iter().all(|name| steps.makes.contains(name)) {
        unread(&mut lines, alike, profiles, &steps.text);
    }
    if forms.len() > 1 || sure.iter().filter(|(name, _)| is_day(name)).count() > forms.len() {
        tables(
            &mut lines,
            &format!("[exports.{export}.date_formats]"),
            forms.iter().map(|(c, form)| (*c, form_of(form))),
        );
    }
    columns(&mut lines, alike, profiles, &steps.makes);
    words(&mut lines, export, &sure, &states::by_quantities(grid, profiles, alike));
    lines.push_str(&steps.text);
    lines
}

fn is_day(name: &str) -> bool {
    name.ends_with("date")
        || matches!(
            name,
            "delivery_start"
                | "delivery_end"
                | "month"
                | "made_on"
                | "published_on"
                | "place_by"
                | "option_until"
        )
}

/// A form as TOML.
fn form_of(form: &DateFormat) -> String {
    match form {
        DateFormat::Several(forms) => {
            let forms: Vec<String> = forms.iter().map(|form| quoted(&form.written())).collect();
            format!("[{}]", forms.join(", "))
        }
        one => quoted(&one.written()),
    }
}

/// The form of every column of days that needs one, and what is not sure of others.
fn forms<'a>(sure: &[(&'a str, &Profile)]) -> (BTreeMap<&'a str, DateFormat>, Vec<String>) {
    let (mut forms, mut reported) = (BTreeMap::new(), Vec::new());
    let mut unsure: Vec<(&'a str, Vec<DateFormat>)> = Vec::new();
    for (name, profile) in sure.iter().filter(|(name, p)| is_day(name) && p.filled > 0) {
        let of_months =
            matches!(*name, "delivery_start" | "delivery_end" | "month") && !profile.months.is_empty();
        let found = if of_months { &profile.months } else { &profile.days };
        match found.as_slice() {
            [None, ..] => {}
            [Some(one)] => {
                forms.insert(*name, one.clone());
            }
            [] => reported.push(format!("dates of `{}` have no form that fits all of them", profile.header)),
            several => unsure.push((*name, several.iter().flatten().cloned().collect())),
        }
    }
    for (name, choices) in unsure {
        // What another column of the system can only be, this one is taken to be, too, and that is said.
        let known: Vec<&DateFormat> =
            choices.iter().filter(|choice| forms.values().any(|form| form == *choice)).collect();
        let written: Vec<String> = choices.iter().map(|choice| quoted(&choice.written())).collect();
        if let [one] = known.as_slice() {
            reported.push(format!(
                "{name} fits {}; taken as {} for another column can only be that",
                written.join(" and "),
                quoted(&one.written())
            ));
            let one = (*one).clone();
            forms.insert(name, one);
        } else if matches!(
            choices.as_slice(),
            [DateFormat::Serial | DateFormat::Quarter(_) | DateFormat::IsoWeek, ..]
        ) {
            forms.extend(choices.first().map(|one| (name, one.clone())));
        } else {
            reported.push(format!("UNSURE: days of {name} may be of several forms; take the right one: date_formats.{name} = {}", written.join(" or ")));
        }
    }
    (forms, reported)
}

/// Keys of the whole export.
fn scalars(lines: &mut String, sure: &[(&'static str, &Profile)], forms: &BTreeMap<&str, DateFormat>) {
    let distinct: BTreeSet<String> = forms.values().map(form_of).collect();
    let days = sure.iter().filter(|(name, p)| is_day(name) && p.filled > 0).count();
    if let (1, 1, Some(form)) = (days, distinct.len(), distinct.first()) {
        let _ = writeln!(lines, "date_format = {form}");
    }
    // Order numbers, days and names may look like numbers and are not read as such.
    let counts = |name: &str| {
        !is_day(name) && !matches!(name, "order_id" | "line" | "customer" | "model" | "item" | "date")
    };
    let counts = |name: &str| counts(name) && meaning::allowed(name).is_empty();
    let numbers: Vec<&Profile> =
        sure.iter().filter(|(name, p)| counts(name) && p.kind == Kind::Number).map(|(_, p)| *p).collect();
    let all = |mark: Option<char>| numbers.iter().all(|p| p.marks.contains(&mark));
    if numbers.iter().any(|p| !p.marks.contains(&None)) {
        if all(Some(',')) && !all(Some('.')) {
            lines.push_str("decimal_mark = \",\"\n");
        } else if all(Some('.')) && !all(Some(',')) {
            lines.push_str("decimal_mark = \".\"\n");
        } else {
            comment(
                lines,
                "UNSURE: numbers may be read with a point or a comma: decimal_mark = \".\" or \",\"",
            );
        }
    } else if let Some(one) = numbers.iter().find(|p| p.ambiguous) {
        let example = one.values.first().map_or("", |(value, _)| value.as_str());
        comment(
            lines,
            &format!(
                "UNSURE: `{example}` of `{}` may be thousands or decimals: decimal_mark = \".\" or \",\"",
                one.header
            ),
        );
    }
    let empty: BTreeSet<&str> = sure.iter().flat_map(|(_, p)| p.empty.keys()).map(String::as_str).collect();
    if !empty.is_empty() {
        let empty: Vec<String> = empty.into_iter().map(quoted).collect();
        let _ = writeln!(lines, "empty = [{}]", empty.join(", "));
    }
    let suffixes: BTreeSet<&String> = numbers.iter().flat_map(|p| &p.suffixes).collect();
    if !suffixes.is_empty() {
        let factor = |suffix: &str| match suffix {
            "K" | "k" => "1e3",
            "M" | "m" | "Mio" => "1e6",
            "B" | "bn" | "Bn" => "1e9",
            "T" => "1e12",
            _ => "1",
        };
        let listed: Vec<String> = suffixes.iter().map(|s| format!("{} = {}", key(s), factor(s))).collect();
        let _ = writeln!(
            lines,
            "suffixes = {{ {} }}   # what each multiplies its number by: check",
            listed.join(", ")
        );
    }
}

/// The unit of a hashrate that its header names, and how many TH/s that is.
pub(super) fn unit_of(header: &str) -> Option<(&'static str, f64)> {
    let units =
        [("eh", "eh_per_s", 1e6), ("ph", "ph_per_s", 1e3), ("th", "th_per_s", 1.0), ("gh", "gh_per_s", 1e-3)];
    let rest = header.to_lowercase().replace("hashrate", "").replace("hash rate", "");
    units.iter().find(|(part, ..)| rest.contains(part)).map(|(_, unit, terahash)| (*unit, *terahash))
}

/// Currency and units that its values seem to have.
fn units(
    lines: &mut String,
    sure: &[(&'static str, &Profile)],
    guess: Option<&Guess>,
    newest: &dyn Fn(&str) -> Option<(NaiveDate, f64)>,
) {
    for (name, profile) in sure {
        if *name == "currency"
            && let Some(other) = profile.names_currency()
        {
            let reason = format!(
                "UNSURE: `{}` names {other}: write USD for one unit of it, usd_per = {{ {} = ? }}, or rates = a file by day",
                profile.header,
                key(other)
            );
            comment(lines, &reason);
        }
        if *name == "difficulty"
            && let Some((day, value)) = newest(name)
            && let Some(unit) = market::unit((day, value), "difficulty")
        {
            let _ = writeln!(lines, "unit = \"{unit}\"   # by its size, {value} on {day}: check");
        }
        match guess.filter(|_| *name == "y") {
            Some(Guess { chart, unit, newest: (day, value), .. }) => {
                let _ = writeln!(lines, "chart = \"{chart}\"   # by its size, {value} on {day}: check");
                if let Some(unit) = unit {
                    let _ = writeln!(lines, "unit = \"{unit}\"");
                }
            }
            None if *name == "y" => comment(
                lines,
                "UNSURE: what its values are: chart = \"difficulty\", \"hash-rate\", \"miners-revenue\", or \"hashprice\" with its unit",
            ),
            None => {}
        }
        if *name == "hashprice" {
            // A petahash earns tens of dollars a day, a terahash cents, and either some millionth of that in bitcoin.
            let most =
                profile.range.as_ref().and_then(|(_, most)| most.parse::<f64>().ok()).unwrap_or(f64::NAN);
            let unit = match most {
                most if most < 2e-5 => "btc_per_th_day",
                most if most < 0.012 => "btc_per_ph_day",
                most if most < 5.0 => "usd_per_th_day",
                _ => "usd_per_ph_day",
            };
            let _ = writeln!(lines, "unit = \"{unit}\"   # by its size, up to {most}: check");
            if unit.starts_with("btc") && !sure.iter().any(|(name, _)| *name == "PriceUSD") {
                comment(
                    lines,
                    "MISSING: the price of bitcoin of each day: a column PriceUSD, or rates = a file with date and PriceUSD",
                );
            }
        }
        if *name == "hashrate" && !sure.iter().any(|(name, _)| *name == "difficulty") {
            let by_size = || {
                let (day, value) = newest(name)?;
                Some((
                    market::unit((day, value), "hash-rate")?,
                    format!("   # by its size, {value} on {day}: check"),
                ))
            };
            let by_name = unit_of(&profile.header).map(|(unit, _)| (unit, String::new()));
            match by_name.or_else(by_size) {
                Some((unit, why)) => {
                    let _ = writeln!(lines, "unit = \"{unit}\"{why}");
                }
                None => comment(
                    lines,
                    "UNSURE: the unit of the hashrate: unit = \"th_per_s\" or eh_per_s, ph_per_s, gh_per_s, h_per_s",
                ),
            }
        }
    }
}

/// The models that it names.
fn models(lines: &mut String, sure: &[(&'static str, &Profile)]) {
    for (_, profile) in sure.iter().filter(|(name, p)| *name == "model" && p.filled > 0) {
        let names: Vec<&str> = profile.values.iter().take(LISTED).map(|(value, _)| value.as_str()).collect();
        let more = if profile.values.len() > LISTED { ", ..." } else { "" };
        let names = names.join(", ");
        comment(
            lines,
            &format!(
                "its models: {names}{more}; each must be a [[models]] entry, or stand in the aliases of one; rows of other goods are left out by keep_rows or skip_rows"
            ),
        );
    }
}

/// Columns that are missing, each with what may stand in for it.
fn missing(lines: &mut String, alike: &Resemblance, profiles: &[Profile], made: &[&str]) {
    let taken = |place: usize| alike.matches.iter().any(|m| m.place == place && m.likeness >= SURE);
    for name in alike.missing().into_iter().filter(|name| !made.contains(name)) {
        let free: Vec<String> = profiles
            .iter()
            .enumerate()
            .filter(|(place, profile)| !taken(*place) && !profile.header.is_empty())
            .map(|(_, profile)| format!("`{}`", profile.header))
            .take(LISTED)
            .collect();
        let free = if free.is_empty() {
            "none is left".to_owned()
        } else {
            format!("not read yet: {}", free.join(", "))
        };
        let words = meaning::allowed(name);
        let hint = if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) };
        comment(lines, &format!("MISSING: {name}{hint}. {free}"));
    }
}

/// Columns that nothing reads, where nothing is missing that they could be.
fn unread(lines: &mut String, alike: &Resemblance, profiles: &[Profile], steps: &str) {
    let taken = |place: usize| alike.matches.iter().any(|m| m.place == place && m.likeness >= SURE);
    let free: Vec<String> = profiles
        .iter()
        .enumerate()
        .filter(|(place, p)| {
            !taken(*place) && p.filled > 0 && !p.header.is_empty() && !steps.contains(&quoted(&p.header))
        })
        .filter(|(_, p)| crate::ingest::cells::dates::month(&p.header, None).is_err())
        .map(|(_, profile)| format!("`{}`", profile.header))
        .take(LISTED)
        .collect();
    if !free.is_empty() && !matches!(alike.export, "hashprice" | "difficulty") {
        comment(lines, &format!("not read: {}", free.join(", ")));
    }
}

fn tables<'a>(lines: &mut String, head: &str, pairs: impl Iterator<Item = (&'a str, String)>) {
    let pairs: Vec<String> = pairs.map(|(name, value)| format!("{} = {value}\n", key(name))).collect();
    if !pairs.is_empty() {
        let _ = write!(lines, "\n{head}\n{}", pairs.concat());
    }
}

/// `columns`: names that are not read by themselves; those that are not sure as comments.
fn columns(lines: &mut String, alike: &Resemblance, profiles: &[Profile], made: &[&str]) {
    let mut reported = String::new();
    for Match { column, place, likeness, contested } in &alike.matches {
        let (Some(ours), Some(profile)) = (alike.columns.get(*column), profiles.get(*place)) else {
            continue;
        };
        if made.contains(&ours.name) {
            continue;
        }
        let same = profiles.iter().filter(|p| folded(&p.header) == folded(&profile.header)).count();
        let readable = *likeness == 100 && !contested;
        let line = format!("{} = {}", ours.name, quoted(&profile.header));
        if same > 1 {
            comment(
                &mut reported,
                &format!("{line}   # {same} columns have this name: rename one where the export is made"),
            );
        } else if *likeness < SURE {
            comment(
                &mut reported,
                &format!("{line}   # UNSURE: by a name that is nearly alike, or cells of another kind"),
            );
        } else if *contested {
            let _ = writeln!(reported, "{line}   # others have as good a name: check");
        } else if !readable {
            let _ = writeln!(reported, "{line}");
        }
    }
    if !reported.is_empty() {
        let _ = write!(lines, "\n[exports.{}.columns]\n{reported}", alike.export);
    }
}

/// `words` of the columns that have some.
fn words(
    lines: &mut String,
    export: &str,
    sure: &[(&'static str, &Profile)],
    states: &BTreeMap<String, &'static str>,
) {
    for (name, profile) in sure {
        let allowed = meaning::allowed(name);
        if allowed.is_empty() {
            continue;
        }
        let mut reported = String::new();
        for (value, rows) in &profile.values {
            let known = meaning::word(name, value);
            let by_rows = (*name == "status").then(|| states.get(value).copied()).flatten();
            if known.is_none() && *name == "status" && meaning::is_quotation(value) {
                // A step leaves its rows out.
                continue;
            }
            // That nothing was delivered or cancelled of its rows says nothing against a word that is known.
            let by_rows = by_rows.filter(|rows| known.is_none() || *rows != "open");
            match known.filter(|known| by_rows.is_none_or(|other| other == *known)) {
                Some(word) if value.eq_ignore_ascii_case(word) => {}
                Some(word) => {
                    let _ = writeln!(reported, "{} = \"{word}\"   # {rows} rows", key(value));
                }
                None if by_rows.is_some() => {
                    let word = by_rows.unwrap_or_default();
                    let why = "by what was delivered and cancelled of them: check";
                    let _ = writeln!(reported, "{} = \"{word}\"   # {rows} rows, {why}", key(value));
                }
                None if meaning::by_letters(name, value).is_some() => {
                    let word = meaning::by_letters(name, value).unwrap_or_default();
                    let _ = writeln!(
                        reported,
                        "{} = \"{word}\"   # {rows} rows, by its letters: check",
                        key(value)
                    );
                }
                None => comment(
                    &mut reported,
                    &format!("{} = ?   # {rows} rows: one of {}", key(value), allowed.join(", ")),
                ),
            }
        }
        if !reported.is_empty() {
            let _ = write!(lines, "\n[exports.{export}.words.{name}]\n{reported}");
        }
    }
}
