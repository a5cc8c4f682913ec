//! `docs/reference/job.md` is made from the structs that read the job file: their keys, types, defaults and comments. A key
//! without a comment, a unit or a known type fails here; so does a page that is not what the code has (`make dictionary`).

use crate::common;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use wafercast::job::Job;

/// Every required key and no other, but for two of a chip that others can stand in for. `[spares]` and `[[drivers]]` may be left out.
const LEAST: &str = r#"[job]
name = "least"
out = "out"
seed = 1
[exports.futures_orders]
path = "futures_orders.csv"
[exports.hashprice]
path = "hashprice.csv"
[exports.difficulty]
path = "difficulty.csv"
[spares]
[[assumptions]]
text = "T"
owner = "O"
[[drivers]]
name = "D"
[[parts]]
name = "P"
per_machine = { M = 1 }
lead_months = 3
[[models]]
name = "M"
hashrate_th = 100
power_w = 3000
launch = "2024-01"
end_of_life = "2027-12"
chips_per_machine = 100
chip = "C"
[[chips]]
name = "C"
gross_dies_per_wafer = 500
yield = 0.8
[[foundries]]
name = "F"
chip = "C"
wafer_cost_usd = 10000
lead_months = 4
prepayment_share = 0.5
"#;

/// A chip needs these, or what they are computed from: its comments say so.
const ONE_OF_SEVERAL: [&str; 2] = ["gross_dies_per_wafer", "yield"];

fn least() -> Job {
    Job::parse(LEAST, Path::new("job.toml")).unwrap()
}

/// All of `src/job/`, file after file.
fn sources() -> String {
    let mut paths: Vec<_> = std::fs::read_dir(common::root().join("src/job"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect();
    paths.sort();
    paths.iter().map(|path| common::text(path)).collect()
}

/// A field of a struct, or a variant of an enum, as the source has it.
#[derive(Debug, Default)]
struct Item {
    name: String,
    kind: String,
    comment: String,
    attributes: String,
}

impl Item {
    /// Its name in the job file.
    fn key(&self) -> String {
        let renamed = self.attributes.split_once("rename = \"").and_then(|(_, rest)| rest.split_once('"'));
        renamed.map_or_else(|| self.name.clone(), |(name, _)| name.to_owned())
    }

    fn optional(&self) -> bool {
        self.kind.starts_with("Option<") || self.attributes.contains("default")
    }
}

/// What is declared with `head`, such as `struct Wafers`: the attributes above it, and its fields or variants.
fn declared(sources: &str, head: &str) -> Option<(String, Vec<Item>)> {
    let start = ["", "pub ", "pub(super) "]
        .map(|seen| format!("{seen}{head} {{\n"))
        .iter()
        .find_map(|line| sources.find(&format!("\n{line}")).map(|at| at + 1))?;
    let above =
        sources[..start].lines().rev().take_while(|line| line.starts_with("#[") || line.starts_with("///"));
    let attributes: Vec<&str> = above.filter(|line| line.starts_with("#[")).collect();
    let body = sources[start..].lines().skip(1).take_while(|line| *line != "}");
    let mut items = Vec::new();
    let mut next = Item::default();
    for line in body.map(str::trim) {
        if let Some(comment) = line.strip_prefix("///") {
            let _ =
                write!(next.comment, "{}{}", if next.comment.is_empty() { "" } else { " " }, comment.trim());
        } else if line.starts_with("#[") {
            next.attributes.push_str(line);
        } else if let Some(item) = line.strip_suffix(',') {
            let (name, kind) = item
                .trim_start_matches("pub ")
                .trim_start_matches("pub(super) ")
                .split_once(": ")
                .unwrap_or((item, ""));
            (next.name, next.kind) = (name.to_owned(), kind.to_owned());
            items.push(std::mem::take(&mut next));
        }
    }
    Some((attributes.concat(), items))
}

/// The words of an enum as the job writes them; `None` where it is no enum, or reads its words itself.
fn words(sources: &str, name: &str) -> Option<String> {
    let (attributes, variants) = declared(sources, &format!("enum {name}"))?;
    let word = |variant: &Item| {
        if variant.key() != variant.name {
            return variant.key();
        }
        let gap = if attributes.contains("snake_case") {
            "_"
        } else if attributes.contains("kebab-case") {
            "-"
        } else {
            ""
        };
        snake(&variant.name).replace('_', gap)
    };
    let plain = !attributes.contains("from = ") && variants.iter().all(|variant| !variant.name.contains('('));
    plain.then(|| variants.iter().map(|v| format!("`{}`", word(v))).collect::<Vec<_>>().join(" "))
}

/// The type of a key in words.
fn type_of(sources: &str, kind: &str) -> String {
    let inner = |outer: &str| kind.strip_prefix(outer).and_then(|rest| rest.strip_suffix('>'));
    if let Some(kind) = inner("Option<").or_else(|| inner("Spanned<")).or_else(|| inner("toml::Spanned<")) {
        return type_of(sources, kind);
    }
    if let Some(kind) = inner("Vec<") {
        return format!("list: {}", type_of(sources, kind));
    }
    if let Some(kinds) = inner("BTreeMap<String, ") {
        return format!("table: {}", type_of(sources, kinds));
    }
    if let Some(kind) = inner("BySegment<") {
        let of = type_of(sources, kind);
        return format!("{of}, or table of `key_account`, `retail` and `channel`: {of}");
    }
    if let Some(count) = inner("Ascending<") {
        return format!("list of {count} rising numbers above 0");
    }
    let known = match kind {
        "Steps" => "list of steps",
        "MiningMove" => {
            "`month` (month, as `2026-02`), `model` (text), `machines` (whole number, below 0 for those that come out) and `usd` (number from 0, left out: 0)"
        }
        "CancellationStep" => "`months_before_due` (whole number) and `forfeit_share` (number from 0 to 1)",
        "HeaderPattern" => "text, or list of text",
        "HeaderRows" => "whole number from 1 to 5",
        "ReportingCurrency" => "`USD`",
        "Condition" => "`column`, and of it `empty`, `zero`, `is` or `like`, as of the step",
        "String" | "chrono_tz::Tz" => "text",
        "DateFormat" => "text, or list: text",
        "OrderIdRule" => "list: text",
        "Words" => "table: text, or of a column a table: text",
        "PathBuf" => "path",
        "bool" => "true or false",
        "char" => "one character",
        "u32" | "u64" => "whole number",
        "FiscalYear" => "month of the year, 1 to 12",
        "LeadMonths" => "whole number from 1 to 24",
        "f64" | "Positive" | "Factor" => "number above 0",
        "AtLeastZero" => "number from 0 on",
        "Share" => "number from 0 to 1",
        "Month" => "month, `YYYY-MM`",
        "NaiveDate" => "day, `YYYY-MM-DD`",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    words(sources, kind)
        .unwrap_or_else(|| panic!("tests/all/job_reference.rs: say in words what a `{kind}` is"))
}

/// The unit of a number by its key. What a key does not say itself stands here, so that no number is without one.
fn unit(key: &str) -> Option<&'static str> {
    let whole = match key {
        "seed" | "suffixes" => "",
        "cancellation" => "months, share",
        "return_rate_by_year" => "share a year",
        "sockets" | "sockets_from" | "fleet" => "machines",
        "moves" => "machines, USD",
        "power_mw" | "power_mw_from" => "MW",
        "row" => "line",
        "rejected_rows_allowed" | "rows" | "rows_below" | "first" | "last" => "rows",
        "year" => "year",
        "rates" => "USD a unit",
        "paths" => "paths",
        "months" | "rate_months" | "late_months" | "intake_months_lost" => "months",
        "stock_years" => "best years",
        "growth_per_year" => "log a year",
        "intake_spread" => "times the prior's",
        "below_limit_probability"
        | "shortfall_weight"
        | "intake_rise"
        | "intake_fall"
        | "yield"
        | "assembly_loss"
        | "service_level"
        | "most_service_level" => "share",
        "backlog_concentration" => "index, 0 to 1",
        "foundry_prepayments_covered" | "machine_cost_covered" => "USD a USD paid ahead",
        "firm_over_forecast" => "ratio",
        "bear" | "base" | "bull" | "bear_difficulty" | "base_difficulty" | "bull_difficulty" => {
            "times today's"
        }
        "chips_per_machine" => "chips",
        "gross_dies_per_wafer" => "dies",
        "max_wafers_per_month" => "wafers a month",
        "level_within" => "share, 0 to 1",
        "machines_per_month" => "machines a month",
        "per_machine" | "stock" | "arrivals" => "pieces",
        "usd_per" => "USD for one unit",
        "per_usd" => "units for one USD",
        "capital_rate_per_month"
        | "discount_per_month"
        | "hashprice_decline_per_month"
        | "value_loss_per_month"
        | "leave_share_per_month" => "share a month",
        _ => "none",
    };
    if whole != "none" {
        return Some(whole);
    }
    [
        ("_usd_per_kwh", "USD/kWh"),
        ("_usd_per_month", "USD a month"),
        ("_usd", "USD"),
        ("_months", "months"),
        ("_days", "days"),
        ("_share", "share"),
        ("_factor", "factor"),
        ("_mb_allowed", "MB"),
        ("_j_per_th", "J/TH"),
        ("_th", "TH/s"),
        ("_w", "W"),
        ("_mm2", "mm2"),
        ("_mm", "mm"),
        ("_per_cm2", "per cm2"),
        ("_wafers", "wafers"),
    ]
    .iter()
    .find_map(|(ending, unit)| key.ends_with(ending).then_some(*unit))
}

/// The parts of `text` between commas that stand in no bracket and no quotes.
fn parts(text: &str) -> Vec<&str> {
    let (mut found, mut start, mut depth, mut quote, mut escaped) = (Vec::new(), 0, 0, None, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' | '\'' if quote.is_none() => quote = Some(c),
            c if quote == Some(c) => quote = None,
            _ if quote.is_some() => {}
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                found.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(text[start..].trim());
    found
}

/// The value of a field in what `{:?}` prints of a struct.
fn field<'a>(printed: &'a str, name: &str) -> Option<&'a str> {
    let (_, body) = printed.split_once(" { ")?;
    let body = body.strip_suffix(" }")?;
    parts(body).into_iter().find_map(|part| part.strip_prefix(&format!("{name}: ")))
}

/// `LagOnly` as `lag_only`.
fn snake(word: &str) -> String {
    let mut written = String::new();
    for (index, letter) in word.char_indices() {
        if letter.is_uppercase() && index > 0 {
            written.push('_');
        }
        written.push(letter.to_ascii_lowercase());
    }
    written
}

/// A default as the job file would have it.
fn written(printed: &str) -> String {
    if let Some(list) = printed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let items: Vec<String> =
            parts(list).into_iter().filter(|item| !item.is_empty()).map(written).collect();
        return if items.is_empty() { String::new() } else { format!("[{}]", items.join(", ")) };
    }
    if let Some((_, value)) = printed.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        return written(value);
    }
    match printed {
        "None" | "{}" => String::new(),
        "true" | "false" => printed.to_owned(),
        number if number.parse::<f64>().is_ok() => number.trim_end_matches(".0").to_owned(),
        character if character.starts_with('\'') => format!("\"{}\"", character.trim_matches('\'')),
        word => format!("\"{}\"", snake(word)),
    }
}

/// A section: its heading, what it is for, the struct that reads it, and what `{:?}` prints of it without any optional key.
struct Section {
    heading: String,
    meaning: String,
    of: String,
    printed: String,
}

fn sections(sources: &str) -> Vec<Section> {
    let job = least();
    let whole = format!("{job:?}");
    let catalogue = format!("{:?}", job.catalogue);
    let (_, meanings) = declared(sources, "struct Job").unwrap();
    let (_, file) = declared(sources, "struct File").unwrap();
    let mut found = Vec::new();
    for Item { name, kind, .. } in file {
        let inner = |outer: &str| kind.strip_prefix(outer).and_then(|rest| rest.strip_suffix('>'));
        let (of, many) = match (inner("Vec<"), inner("Option<")) {
            (Some(of), _) => (of.to_owned(), true),
            (_, Some(of)) => (of.to_owned(), false),
            _ => (kind, false),
        };
        let field_name = if name == "job" { "run" } else { &name };
        let printed = field(&whole, field_name).or_else(|| field(&catalogue, field_name)).unwrap_or_default();
        let printed = match printed.strip_prefix("Some(").and_then(|rest| rest.strip_suffix(')')) {
            Some(given) => given.to_owned(),
            None => printed.to_owned(),
        };
        let printed = printed.as_str();
        let first =
            printed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map(|list| parts(list)[0]);
        let meaning = meanings.iter().find(|item| item.name == field_name).map(|item| item.comment.clone());
        let meaning = meaning.unwrap_or_else(|| comment(sources, &of));
        let heading = if many { format!("[[{name}]]") } else { format!("[{name}]") };
        found.push(Section { heading, meaning, of, printed: first.unwrap_or(printed).to_owned() });
    }
    let at = found.iter().position(|section| section.of == "Exports").unwrap();
    let printed = format!("{:?}", job.exports.futures_orders);
    let meaning = comment(sources, "Export");
    let heading = "[exports.NAME]".to_owned();
    found.insert(at + 1, Section { heading, meaning, of: "Export".to_owned(), printed });
    let mut index = at + 2;
    for (name, keys, of) in steps(sources) {
        if name == "keep_rows" {
            // It reads the same keys as the step before.
            continue;
        }
        let printed = printed_step(&name, &keys);
        let names = if name == "skip_rows" { "skip_rows\"`, `step = \"keep_rows".to_owned() } else { name };
        let heading = format!("[[exports.NAME.steps]]` `step = \"{names}\"");
        let meaning = comment(sources, &of);
        found.insert(index, Section { heading, meaning, of, printed });
        index += 1;
    }
    found
}

/// The least that each step needs.
const LEAST_STEPS: &str = r#"
promote_headers:
skip_rows: first = 1
keep_rows: first = 1
fill_down: columns = ["A"]
constant: column = "A" | value = "1"
extract: column = "A" | pattern = ["{B}"]
split_rows: column = "A" | by = ";"
unpivot: name = "A" | values = { B = "{month}" }
pivot: by = ["A"] | name = "B" | value = "C" | columns = { D = "E" }
join: path = "b.csv" | on = { A = "B" } | columns = ["C"]
group: by = ["A"]
net_reversals: by = ["A"] | quantity = "B"
number_rows: column = "A"
compute: column = "A" | add = ["B"]
"#;

fn job_with_step(step: &str, keys: &[&str]) -> Result<Job, String> {
    let step = format!("[[exports.difficulty.steps]]\nstep = \"{step}\"\n{}\n[[drivers]]", keys.join("\n"));
    Job::parse(&LEAST.replacen("[[drivers]]", &step, 1), Path::new("job.toml")).map_err(|e| e.to_string())
}

/// The steps: name, least keys, and the name of the struct that reads it.
fn steps(sources: &str) -> Vec<(String, Vec<&'static str>, String)> {
    let listed = LEAST_STEPS.trim().lines().map(|line| line.split_once(':').unwrap());
    let found: Vec<(String, Vec<&str>, String)> = listed
        .map(|(name, keys)| {
            let keys = keys.split('|').map(str::trim).filter(|key| !key.is_empty()).collect();
            let (_, rest) = sources.split_once(&format!("\"{name}\" = ")).unwrap();
            let of = rest.split(['(', ')']).nth(1).unwrap().to_owned();
            (name.to_owned(), keys, of)
        })
        .collect();
    let names: Vec<&str> = found.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, wafercast::job::Step::NAMES, "a step is missing from LEAST_STEPS");
    found
}

/// What `{:?}` prints of a step that has its least keys.
fn printed_step(name: &str, keys: &[&str]) -> String {
    let job = job_with_step(name, keys).unwrap();
    let whole = format!("{:?}", job.exports.difficulty.steps.list()[0]);
    let inner = whole.split_once('(').unwrap().1;
    inner.strip_suffix(')').unwrap().to_owned()
}

/// The comment above a struct.
fn comment(sources: &str, name: &str) -> String {
    let at = sources.find(&format!("\npub struct {name} {{")).unwrap() + 1;
    let above: Vec<&str> =
        sources[..at].lines().rev().take_while(|l| l.starts_with("#[") || l.starts_with("///")).collect();
    let lines = above.iter().rev().filter_map(|line| line.strip_prefix("/// "));
    lines.collect::<Vec<_>>().join(" ")
}

fn page() -> String {
    let sources = sources();
    let mut page = "# Keys of the job\n\n\
        Written by `make dictionary` from the code that reads the job file (`src/job/`). `jobs/quarterly.toml` is an example that shows them all. \
        A key that is not here is refused, and so is a value outside its range, with line and what was expected.\n\n\
        **required** keys have no default; what is not required and has no default is described under its meaning. Numbers are at most 1e9.\n"
        .to_owned();
    for Section { heading, meaning, of, printed } in sections(&sources) {
        let _ = write!(page, "\n## `{heading}`\n\n{meaning}\n");
        let Some((attributes, items)) = declared(&sources, &format!("struct {of}")) else {
            assert_eq!(of, "Checks", "tests/all/job_reference.rs: a section that is no struct");
            let severity = words(&sources, "CheckSeverity").unwrap();
            let _ = writeln!(
                page,
                "\n`code = severity`, one of {severity}: [the codes and how seriously each is usually taken](exports.md#checks)."
            );
            continue;
        };
        page.push_str("\n| key | type | unit | default | meaning |\n|---|---|---|---|---|\n");
        for item in &items {
            let key = item.key();
            assert!(!item.comment.is_empty(), "`{key}` of {heading} needs a comment that says what it means");
            if item.kind.contains("IgnoredAny") {
                let _ = writeln!(page, "| `{key}` | any | | | without effect: a key of earlier versions |");
                continue;
            }
            if item.kind == "Export" || item.kind == "Option<Export>" {
                let required = if item.kind == "Export" { "**required**" } else { "" };
                let _ = writeln!(page, "| `{key}` | section | | {required} | {} |", item.comment);
                continue;
            }
            let kind = type_of(&sources, &item.kind);
            let unit = if kind.contains("number") {
                unit(&key).unwrap_or_else(|| {
                    panic!("tests/all/job_reference.rs: `{key}` of {heading} needs a unit")
                })
            } else {
                ""
            };
            let default = if !attributes.contains("default") && !item.optional() {
                if heading.contains("step = ") {
                    "**required** here".to_owned()
                } else {
                    "**required**".to_owned()
                }
            } else if item.kind.starts_with("Option<") {
                String::new()
            } else {
                let value = written(field(&printed, &item.name).unwrap_or_default());
                if value.is_empty() { value } else { format!("`{value}`") }
            };
            let cells = [&format!("`{key}`"), &kind, unit, &default, &item.comment];
            let _ = writeln!(page, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
        }
    }
    page
}

#[test]
fn the_page_of_job_keys_is_what_the_code_reads() {
    let path = common::root().join("docs/reference/job.md");
    let made = page();
    if std::env::var_os("WAFERCAST_BLESS").is_some() {
        std::fs::File::create(&path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, made.as_bytes()))
            .unwrap();
    }
    assert!(common::text(&path) == made, "docs/reference/job.md is not up to date: `make dictionary`");
}

#[test]
fn what_the_page_calls_required_is_and_nothing_else_is() {
    let page = page();
    let required: Vec<&str> = page
        .lines()
        .filter(|line| line.contains("| **required** |") && !line.contains("| section |"))
        .map(|line| line.split('`').nth(1).unwrap())
        .collect();
    let mut left_out = 0;
    for (index, line) in LEAST.lines().enumerate().filter(|(_, line)| line.contains(" = ")) {
        let key = line.split(" = ").next().unwrap();
        let others = LEAST.lines().enumerate().filter(|(at, _)| *at != index);
        let rest = others.map(|(_, line)| line).collect::<Vec<_>>().join("\n");
        let refused = Job::parse(&rest, Path::new("job.toml")).unwrap_err().to_string();
        if !ONE_OF_SEVERAL.contains(&key) {
            assert!(refused.contains(&format!("missing field `{key}`")), "without {key}: {refused}");
            assert!(required.contains(&key), "{key} is required and the page does not say so");
            left_out += 1;
        }
    }
    // `path` is required of three exports and stands on the page once.
    assert_eq!(left_out, required.len() + 2, "{required:?}");
}

#[test]
fn what_a_step_needs_is_what_the_page_calls_required() {
    let page = page();
    for (name, keys, _) in steps(&sources()) {
        assert!(job_with_step(&name, &keys).is_ok(), "{name}");
        let (_, of_step) = page.split_once(&format!("step = \"{name}\"`")).unwrap();
        let of_step = of_step.split("\n## ").next().unwrap();
        for key in &keys {
            let rest: Vec<&str> = keys.iter().copied().filter(|other| other != key).collect();
            let refused = job_with_step(&name, &rest).unwrap_err();
            let key = key.split(" = ").next().unwrap();
            let required = of_step.lines().any(|line| {
                line.starts_with(&format!("| `{key}`")) && line.contains("| **required** here |")
            });
            // Every key of `compute` may be left out for serde; its column is asked for by name.
            let reported = refused.contains(&format!("missing field `{key}`"));
            assert_eq!(
                reported,
                required || (name == "compute" && key == "column"),
                "{name}: {key}: {refused}"
            );
        }
        let required = of_step.matches("| **required** here |").count();
        assert!(required <= keys.len(), "{name}: the page calls {required} keys required");
    }
}

#[test]
fn every_key_stands_in_the_example() {
    let example = common::text(&common::root().join("jobs/quarterly.toml"));
    let page = page();
    let keys =
        page.lines().filter(|line| line.starts_with("| `")).filter(|line| !line.contains("without effect"));
    let words: BTreeSet<&str> = example.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    for line in keys {
        let key = line.split('`').nth(1).unwrap();
        assert!(words.contains(key), "jobs/quarterly.toml does not name {line}");
    }
}

/// The example says that a key without the mark "required" may be left out.
#[test]
fn the_example_marks_what_is_required() {
    let example = common::text(&common::root().join("jobs/quarterly.toml"));
    let mut section = String::new();
    let mut unmarked = Vec::new();
    let mut seen = BTreeSet::new();
    let required = LEAST.lines().map(|line| line.split(" = ").next().unwrap());
    let required: BTreeSet<&str> = required.filter(|key| !ONE_OF_SEVERAL.contains(key)).collect();
    for line in example.lines().map(|line| line.trim_start_matches("# ")) {
        if line.starts_with('[') {
            line.split('.').next().unwrap().clone_into(&mut section);
            section.truncate(section.find(']').map_or(section.len(), |end| end + 1));
        }
        let Some((key, rest)) = line.split_once(" = ") else { continue };
        // `prepayment_share` is a target in [policy], too.
        let of_section = LEAST.contains(&section) && section != "[policy]";
        if required.contains(key) && of_section && seen.insert((section.clone(), key.to_owned())) {
            let marked = rest.contains("required");
            if !marked {
                unmarked.push(format!("{section} {key}"));
            }
        }
    }
    assert!(seen.len() > 15, "{seen:?}");
    assert!(unmarked.is_empty(), "not marked as required in jobs/quarterly.toml: {unmarked:?}");
}
