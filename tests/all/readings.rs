//! A small maker with every export (`fixtures/readings`), changed in one place at a time: each column gets each of many cells, is
//! scaled, moved in time, left out and called otherwise; each row goes or comes twice; files come in other forms, jobs with other
//! keys. What is read then, beside what is read of the plain files, or why it is refused, stands in `tests/recorded/readings`:
//! `make bless` accepts it anew.

#![allow(clippy::too_many_lines, clippy::type_complexity, reason = "lists of changes")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate};
use sha2::{Digest, Sha256};
use wafercast::error::Error;
use wafercast::ingest::Quote;
use wafercast::inputs::load;

use crate::checks::as_recorded;
use crate::common::{copy_of, edit, request, root, text};

/// What is read, each value with its name, or each problem that stops the run.
type Read = Result<BTreeMap<String, usize>, Vec<String>>;

/// Values with the names of what they are in, of what Rust prints of a structure.
fn values(printed: &str, found: &mut BTreeMap<String, usize>) {
    let mut within: Vec<&str> = Vec::new();
    for line in printed.lines() {
        let line = line.trim().trim_end_matches(',');
        if let Some(opened) = line.strip_suffix(['{', '[', '(']) {
            within.push(opened.trim().trim_end_matches(':'));
        } else if ["}", "]", ")", "})", "])"].contains(&line) {
            within.pop();
        } else {
            let named: Vec<&str> = within.iter().filter(|name| !name.is_empty()).copied().collect();
            let from = named.len().saturating_sub(2);
            *found.entry(format!("{} {line}", named[from..].join(" "))).or_default() += 1;
        }
    }
}

/// Reads the exports of the folder's job as `wafercast check` does.
fn read(folder: &Path) -> Read {
    let plain = |text: String| text.replace(&format!("{}/", folder.display()), "");
    match load(&request(folder)) {
        Ok(inputs) => {
            let mut found = BTreeMap::new();
            let of = &inputs.exports;
            values(&format!("{:#?}", of.ledger), &mut found);
            values(&format!("{:#?}", (&of.stock, &of.customers, &of.pipeline)), &mut found);
            values(&format!("{:#?}", (&of.overrides, &of.overrides_proposed, &of.placed)), &mut found);
            values(&format!("{:#?}", (&of.drivers, &of.supply)), &mut found);
            for row in &of.rejected {
                *found.entry(plain(format!("left out {row:?}"))).or_default() += 1;
            }
            for row in &inputs.reconciliation.rows {
                *found.entry(plain(format!("{row:?}"))).or_default() += 1;
            }
            for (name, quote) in [("hashprice", Quote::Hashprice), ("difficulty", Quote::Difficulty)] {
                for day in of.market.days(quote) {
                    *found.entry(format!("{name} {} {:?}", day.date, day.value)).or_default() += 1;
                }
            }
            for warning in of.warnings.iter().chain(&inputs.reconciliation.warnings) {
                *found.entry(plain(warning.to_string())).or_default() += 1;
            }
            Ok(found)
        }
        Err(Error::Input(problems)) => {
            let errors =
                problems.iter().filter(|problem| problem.severity == wafercast::diagnostic::Severity::Error);
            Err(errors.map(|problem| plain(problem.to_string())).collect())
        }
        Err(other) => Err(vec![plain(other.to_string())]),
    }
}

/// Most characters that are shown of a line.
const SHOWN: usize = 130;

/// The beginning of the first of many lines, and a digest of all where that is not all of it.
fn shortened(lines: &[String], most: usize) -> String {
    let first = lines.iter().take(most).map(|line| line.chars().take(SHOWN).collect::<String>());
    let mut text = first.collect::<Vec<_>>().join("; ");
    if lines.len() > most || lines.iter().any(|line| line.chars().count() > SHOWN) {
        let digest = Sha256::digest(lines.join("\n").as_bytes());
        let _ = write!(text, "; {} in all, {:02x}{:02x}{:02x}", lines.len(), digest[0], digest[1], digest[2]);
    }
    text
}

/// What is read beyond what is read of the plain files, and what is not read any more.
fn against(plain: &BTreeMap<String, usize>, changed: &Read) -> String {
    let found = match changed {
        Err(problems) => return format!("refused: {}", shortened(problems, 2)),
        Ok(found) => found,
    };
    let beyond = |more: &BTreeMap<String, usize>, less: &BTreeMap<String, usize>| -> Vec<String> {
        let more =
            more.iter().filter_map(|(line, n)| Some((line, n.checked_sub(*less.get(line).unwrap_or(&0))?)));
        let mut lines: Vec<String> = more
            .filter(|(_, n)| *n > 0)
            .map(|(line, n)| if n > 1 { format!("{n} x {line}") } else { line.clone() })
            .collect();
        // What a person is told comes first.
        lines.sort_by_key(|line| !line.ends_with(']'));
        lines
    };
    let (gone, new) = (beyond(plain, found), beyond(found, plain));
    match (gone.is_empty(), new.is_empty()) {
        (true, true) => "the same".to_owned(),
        (false, true) => format!("without {}", shortened(&gone, 2)),
        _ => format!(
            "{} [{} gone, {}]",
            shortened(&new, 2),
            gone.len(),
            shortened(&gone, 0).rsplit(' ').next().unwrap_or_default()
        ),
    }
}

/// The folder of the maker, and what is recorded of its changes.
struct Changes {
    folder: tempfile::TempDir,
    plain: BTreeMap<String, usize>,
    recorded: String,
}

impl Changes {
    fn new() -> Self {
        Self::of("readings")
    }

    fn of(fixture: &str) -> Self {
        let folder = copy_of(fixture);
        if fixture == "maker" {
            let job = text(&root().join("jobs/quarterly.toml")).replace("../fixtures/maker/", "");
            std::fs::File::create(folder.path().join("job.toml"))
                .and_then(|mut f| std::io::Write::write_all(&mut f, job.as_bytes()))
                .unwrap();
        }
        let plain = read(folder.path()).unwrap();
        Self { folder, plain, recorded: String::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What is read with this text of a file, which then is as before.
    fn with(&self, name: &str, changed: &[u8]) -> String {
        let path = self.path(name);
        let before = std::fs::read(&path).unwrap();
        std::fs::File::create(&path).and_then(|mut f| std::io::Write::write_all(&mut f, changed)).unwrap();
        let found = against(&self.plain, &read(self.folder.path()));
        std::fs::File::create(&path).and_then(|mut f| std::io::Write::write_all(&mut f, &before)).unwrap();
        found
    }

    /// Changes that come to the same stand in one line.
    fn record(&mut self, head: &str, changes: Vec<(String, String)>) {
        let mut by_outcome: Vec<(String, Vec<String>)> = Vec::new();
        for (change, outcome) in changes {
            let outcome = outcome.replace(&format!("`{change}`"), "`~`");
            match by_outcome.iter_mut().find(|(known, _)| *known == outcome) {
                Some((_, changes)) => changes.push(change),
                None => by_outcome.push((outcome, vec![change])),
            }
        }
        let _ = writeln!(self.recorded, "{head}");
        for (outcome, changes) in by_outcome {
            let _ = writeln!(self.recorded, "  {}: {outcome}", changes.join(" | "));
        }
    }
}

/// The cells of a line; none of the fixture has a comma or a quote in it.
type Table = Vec<Vec<String>>;

fn table(text: &str) -> Table {
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn written(table: &[Vec<String>], mark: &str) -> String {
    table.iter().fold(String::new(), |text, row| text + &row.join(mark) + "\n")
}

/// Cells that are tried in columns of numbers, of days and months, of words, and of names.
const NUMBERS: &[&str] = &[
    "",
    "-",
    "0",
    "1",
    "7",
    "-3",
    "1.5",
    "\"2,5\"",
    "\"1,234\"",
    "1 234",
    "1e3",
    "(5)",
    "5%",
    "$5",
    "5 EUR",
    "20 pcs",
    "x",
    "NaN",
    "99999999999",
    "30000",
    "２",
    "'4",
    "\"=\"\"6\"\"\"",
    "#N/A",
];
const DAYS: &[&str] = &[
    "",
    "7",
    "2025-09-30",
    "2025-10-01",
    "2025-08-15",
    "2025-02-29",
    "15.08.2025",
    "08/15/2025",
    "45884",
    "2025-08",
    "Q3 2025",
    "Aug 2025",
    "20250815",
    "2025-08-15T23:30:00Z",
    "2019-01-01",
    "2031-05",
    "2025-12",
    "2026-04-30",
];
const WORDS: &[&str] = &[
    "",
    "x",
    "open",
    "CANCELLED",
    "completed",
    "futures",
    "spot",
    "option",
    "key_account",
    "channel",
    "retail",
    "mini 100t",
    "MAXI",
    "CORE",
    "EUR",
    "CNY",
    "bear",
    "deposit",
    "refund",
    "coupon",
    "balance",
    "placed",
    "declined",
    "machines_on_hand",
    "dies_on_hand",
    "wafer_order",
    "yes",
    "no",
    "Foundry",
];
const NAMES: &[&str] = &["", "-", "x", "Total", "F05", "F22", "f30", "Acme Mining", "delta  hash", "tariff"];

/// What is tried in a column.
fn cells(name: &str) -> &'static [&'static str] {
    let any = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if any(&["date", "_on", "_from", "month", "start", "_end", "until", "place_by"])
        && name != "delivery_months"
    {
        DAYS
    } else if any(&[
        "segment", "type", "model", "status", "kind", "item", "chip", "foundry", "scenario", "final",
        "currency",
    ]) {
        WORDS
    } else if any(&[
        "quantity",
        "usd",
        "months",
        "wafers",
        "yield",
        "machines",
        "_mw",
        "prob",
        "value",
        "difficulty",
    ]) {
        NUMBERS
    } else {
        NAMES
    }
}

const FACTORS: [f64; 8] = [0.001, 0.1, 0.25, 0.5, 2.0, 5.0, 30.0, 1000.0];

const SHIFTS: [i64; 6] = [-365, -31, -1, 1, 31, 365];

/// A cell with its number multiplied, or its day moved; others stay.
fn scaled(cell: &str, factor: f64) -> String {
    match cell.parse::<f64>() {
        Ok(number) if cell.contains('.') || factor < 1.0 => format!("{}", number * factor),
        Ok(number) => format!("{:.0}", number * factor),
        Err(_) => cell.to_owned(),
    }
}

fn moved(cell: &str, days: i64) -> String {
    let month = cell.len() == 7;
    let day = if month { format!("{cell}-15") } else { cell.to_owned() };
    let Ok(day) = day.parse::<NaiveDate>() else { return cell.to_owned() };
    let day =
        if days < 0 { day - Days::new(days.unsigned_abs()) } else { day + Days::new(days.unsigned_abs()) };
    if month { day.format("%Y-%m").to_string() } else { day.to_string() }
}

/// Every change of an export. `rows`: those in whose cells values are tried, from 1.
fn changed(export: &str, rows: &[usize]) {
    let mut changes = Changes::new();
    let file = format!("{export}.csv");
    let plain = table(&text(&changes.path(&file)));
    let with = |changes: &Changes, change: &dyn Fn(&mut Table)| {
        let mut table = plain.clone();
        change(&mut table);
        changes.with(&file, written(&table, ",").as_bytes())
    };
    for (column, name) in plain[0].iter().enumerate() {
        for &row in rows {
            if let Some(cell) = Some(&plain[row][column]).filter(|cell| cell.parse::<f64>().is_ok()) {
                let each = |factor: &f64| {
                    (
                        format!("x {factor}"),
                        with(&changes, &|table| table[row][column] = scaled(cell, *factor)),
                    )
                };
                let tried = FACTORS.iter().map(each).collect();
                changes.record(&format!("{name} of line {}", row + 1), tried);
            }
            let tried = cells(name).iter().map(|cell| {
                ((*cell).to_owned(), with(&changes, &|table| table[row][column] = (*cell).to_owned()))
            });
            let head = format!("{name} of line {}, now `{}`", row + 1, plain[row][column]);
            let tried = tried.collect();
            changes.record(&head, tried);
        }
        if plain[1..].iter().any(|row| row[column].parse::<f64>().is_ok()) {
            let each = |factor: &f64| {
                let scale = |table: &mut Table| {
                    table[1..].iter_mut().for_each(|row| row[column] = scaled(&row[column], *factor));
                };
                (format!("x {factor}"), with(&changes, &scale))
            };
            let tried = FACTORS.iter().map(each).collect();
            changes.record(&format!("{name} of every line"), tried);
        }
        if plain[1..].iter().any(|row| moved(&row[column], 1) != row[column]) {
            let each = |days: &i64| {
                let shift = |table: &mut Table| {
                    table[1..].iter_mut().for_each(|row| row[column] = moved(&row[column], *days));
                };
                (format!("{days:+} days"), with(&changes, &shift))
            };
            let tried = SHIFTS.iter().map(each).collect();
            changes.record(&format!("{name} of every line"), tried);
        }
        let tried = vec![
            (
                "left out".to_owned(),
                with(&changes, &|table| table.iter_mut().for_each(|row| drop(row.remove(column)))),
            ),
            ("another name".to_owned(), with(&changes, &|table| table[0][column] = "Remark".to_owned())),
            (
                "twice".to_owned(),
                with(&changes, &|table| table.iter_mut().for_each(|row| row.push(row[column].clone()))),
            ),
            (
                "empty".to_owned(),
                with(&changes, &|table| table[1..].iter_mut().for_each(|row| row[column].clear())),
            ),
            ("in capitals".to_owned(), with(&changes, &|table| table[0][column] = name.to_uppercase())),
            ("nearly".to_owned(), with(&changes, &|table| table[0][column].truncate(name.len() - 1))),
        ];
        changes.record(&format!("{name} as a column"), tried);
    }
    let each_row = (1..plain.len()).take(8).flat_map(|row| {
        [
            (format!("{} goes", row + 1), with(&changes, &|table| drop(table.remove(row)))),
            (format!("{} twice", row + 1), with(&changes, &|table| table.insert(row, table[row].clone()))),
        ]
    });
    let tried = each_row.collect();
    changes.record("a line", tried);
    let forms: [(&str, &dyn Fn(&mut Table)); 9] = [
        ("the first half alone", &|table| table.truncate(1 + table.len() / 2)),
        ("the second half alone", &|table| drop(table.drain(1..=table.len() / 2))),
        ("the header alone", &|table| table.truncate(1)),
        ("no header", &|table| drop(table.remove(0))),
        ("the last line first", &|table| table[1..].reverse()),
        ("the header twice", &|table| table.insert(3, table[0].clone())),
        ("an empty line", &|table| table.insert(2, vec![String::new()])),
        ("a title above", &|table| table.insert(0, vec!["Report".to_owned()])),
        ("columns in reverse", &|table| table.iter_mut().for_each(|row| row.reverse())),
    ];
    let mut tried: Vec<(String, String)> =
        forms.iter().map(|(name, form)| ((*name).to_owned(), with(&changes, *form))).collect();
    let as_it_is = written(&plain, ",");
    let texts = [
        ("no end of the last line", as_it_is.trim_end().to_owned()),
        ("a mark of UTF-8", format!("\u{feff}{as_it_is}")),
        ("ends of Windows", as_it_is.replace('\n', "\r\n")),
        ("ends of old Macs", as_it_is.replace('\n', "\r")),
        ("semicolons", written(&plain, ";")),
        ("tabs", written(&plain, "\t")),
        ("blanks around", written(&plain, " , ")),
        ("in quotes", format!("\"{}\"\n", written(&plain, "\",\"").trim_end().replace('\n', "\"\n\""))),
        ("half a line", as_it_is[..as_it_is.len() - 9].to_owned()),
        ("a cell more", format!("{},1\n", as_it_is.trim_end())),
        ("sums below", format!("{as_it_is}Total{}\n", ",9".repeat(plain[0].len() - 1))),
        ("a note below", format!("{as_it_is}printed by Kim\n")),
        ("nothing", String::new()),
    ];
    tried.extend(texts.iter().map(|(name, text)| ((*name).to_owned(), changes.with(&file, text.as_bytes()))));
    changes.record("the file", tried);
    as_recorded(&format!("readings/{export}.txt"), &changes.recorded);
}

#[test]
fn futures_orders() {
    changed("futures_orders", &[25]);
}

#[test]
fn shipments() {
    changed("shipments", &[3]);
}

#[test]
fn payments() {
    changed("payments", &[2]);
}

#[test]
fn order_changes() {
    changed("order_changes", &[2]);
}

#[test]
fn channel_inventory() {
    changed("channel_inventory", &[8]);
}

#[test]
fn supply() {
    changed("supply", &[6]);
}

#[test]
fn customers() {
    changed("customers", &[1]);
}

#[test]
fn pipeline() {
    changed("pipeline", &[1]);
}

#[test]
fn overrides() {
    changed("overrides", &[2]);
}

#[test]
fn drivers() {
    changed("drivers", &[25]);
}

#[test]
fn placed_orders() {
    changed("placed_orders", &[1]);
}

#[test]
fn rates() {
    changed("rates", &[1]);
}

#[test]
fn hashprice() {
    changed("hashprice", &[300]);
}

#[test]
fn difficulty() {
    changed("difficulty", &[394]);
}

/// A section of an export in the job with further keys.
fn with_keys(job: &str, export: &str, keys: &str) -> String {
    let head = format!("[exports.{export}]\n");
    assert!(job.contains(&head), "{export}");
    job.replacen(&head, &format!("{head}{keys}\n"), 1)
}

/// Numbers and days as the job declares them.
#[test]
fn forms_that_are_declared() {
    let mut changes = Changes::new();
    let job = text(&changes.path("job.toml"));
    let cells =
        |keys: &str, column: usize, row: usize, cells: &[&str], changes: &Changes| -> Vec<(String, String)> {
            let plain = table(&text(&changes.path("supply.csv")));
            edit(&changes.path("job.toml"), |job| with_keys(&job, "supply", keys));
            let tried = cells.iter().map(|cell| {
                let mut table = plain.clone();
                table[row][column] = (*cell).to_owned();
                ((*cell).to_owned(), changes.with("supply.csv", written(&table, ",").as_bytes()))
            });
            let tried = tried.collect();
            edit(&changes.path("job.toml"), |_| job.clone());
            tried
        };
    let marked = [
        "\"1,5\"",
        "1.5",
        "\"1.234,5\"",
        "\"1,234.5\"",
        "\"1,234\"",
        "1.234",
        "\"12,34\"",
        "\"1,234,567\"",
        "1.234.567",
        "1 234",
        "1'234",
        "\"0,123\"",
        "0.123",
        "1234.567",
        "\"1234,567\"",
        "\"1,23,456\"",
        "1_234",
        "-1.5",
        "\"(1,5)\"",
        "\"1,5-\"",
        "+7",
        "\"1.5e3\"",
        "\"1,5e3\"",
    ];
    for keys in ["", "decimal_mark = \",\"", "decimal_mark = \".\""] {
        let tried = cells(keys, 7, 6, &marked, &changes);
        changes.record(&format!("prepaid_usd of supply, {keys}"), tried);
    }
    let suffixed =
        ["5 Nos", "5Nos", "5 K", "1.5K", "5 k", "5 pcs", "Nos", "5 Nos Nos", "K5", "\"1,5 K\"", "5 M"];
    for keys in ["", "suffixes = { Nos = 1, K = 1000 }"] {
        let tried = cells(keys, 3, 2, &suffixed, &changes);
        changes.record(&format!("quantity of supply, {keys}"), tried);
    }
    let days = [
        "2025-09-30",
        "30.09.2025",
        "09/30/2025",
        "30/09/25",
        "30-Sep-25",
        "30. September 2025",
        "45930",
        "44468",
        "45930.5",
        "1759190400",
        "1759190400000",
        "Q3 2025",
        "2025-Q3",
        "3/2025",
        "2025-09",
        "09.2025",
        "2025-09-30 23:59",
        "2025-09-30T23:59:59Z",
        "2025-09-30T02:00:00+08:00",
        "31.09.2025",
        "2025273",
        "20250930",
        "2025W39",
        "",
    ];
    for form in [
        "%Y-%m-%d",
        "%d.%m.%Y",
        "%m/%d/%Y",
        "%d/%m/%y",
        "%d-%b-%y",
        "%d. %B %Y",
        "serial",
        "serial_1904",
        "epoch_s",
        "epoch_ms",
        "quarter",
        "quarter_end",
        "%m.%Y",
        "%Y-%m",
    ] {
        let tried = cells(&format!("date_formats = {{ date = \"{form}\" }}"), 0, 2, &days, &changes);
        changes.record(&format!("date of supply, {form}"), tried);
    }
    for keys in [
        "empty = [\"-\", \"x\"]",
        "words = { bestand = \"machines_on_hand\" }",
        "columns = { quantity = \"yield\" }",
        "currency = \"EUR\"\nusd_per = { EUR = 1.2 }",
        "currency = \"CNY\"\nper_usd = { CNY = 7.1 }",
        "delimiter = \";\"",
        "encoding = \"latin1\"",
    ] {
        let tried = cells(keys, 1, 2, &["", "-", "bestand", "machines_on_hand"], &changes);
        changes.record(&format!("kind of supply, {keys}"), tried);
    }
    as_recorded("readings/forms.txt", &changes.recorded);
}

/// Market files whose column of values is called this or that, of each unit and chart that the job may declare.
#[test]
fn market_files() {
    let mut changes = Changes::new();
    let job = text(&changes.path("job.toml"));
    let units = [
        "usd_per_ph_day",
        "usd_per_th_day",
        "btc_per_ph_day",
        "btc_per_th_day",
        "sats_per_th_day",
        "difficulty_t",
        "hashes_per_block",
        "h_per_s",
        "gh_per_s",
        "th_per_s",
        "ph_per_s",
        "eh_per_s",
    ];
    let headers = [
        "hashprice_usd_per_ph_day",
        "hashprice_usd_per_th_day",
        "hashprice",
        "value",
        "HashRate",
        "hash_rate_eh_s",
        "hashrate_th_s",
        "difficulty",
        "difficulty_t",
        "revenue_usd",
        "miners revenue",
        "y",
    ];
    for export in ["hashprice", "difficulty"] {
        let file = format!("{export}.csv");
        let mut plain = table(&text(&changes.path(&file)));
        // A month is enough to see what its values are taken for.
        plain.drain(1..plain.len() - 40);
        for header in headers {
            let mut tried = Vec::new();
            let declared = units.iter().map(|unit| format!("unit = \"{unit}\""));
            let charts = ["miners-revenue", "hashprice", "difficulty", "hash-rate"]
                .map(|chart| format!("chart = \"{chart}\""));
            for keys in [String::new()].into_iter().chain(declared).chain(charts) {
                let mut table = plain.clone();
                table[0][1] = header.to_owned();
                edit(&changes.path("job.toml"), |job| with_keys(&job, export, &keys));
                tried.push((keys, changes.with(&file, written(&table, ",").as_bytes())));
                edit(&changes.path("job.toml"), |_| job.clone());
            }
            changes.record(&format!("{export} called {header}"), tried);
        }
    }
    as_recorded("readings/market.txt", &changes.recorded);
}

/// A maker of 541 orders, of which all, the newest, every third or the largest are scaled or moved in time.
fn larger(export: &str, signed: usize, size: usize) {
    let mut changes = Changes::of("maker");
    let file = format!("{export}.csv");
    let plain = table(&text(&changes.path(&file)));
    let largest =
        (1..plain.len()).max_by_key(|row| plain[*row][size].parse::<u64>().unwrap_or(0)).unwrap_or(1);
    let newest = plain.iter().map(|row| row[signed].clone()).max().unwrap_or_default();
    let from = moved(&newest, -60);
    let chosen: [(&str, &dyn Fn(usize, &[String]) -> bool); 4] = [
        ("all", &|_, _| true),
        ("of the last two months", &|_, row| row[signed] >= from),
        ("every third", &|index, _| index % 3 == 0),
        ("the largest", &|index, _| index == largest),
    ];
    for (column, name) in plain[0].iter().enumerate() {
        let number = plain[1..].iter().any(|row| row[column].parse::<f64>().is_ok());
        let day = plain[1..].iter().any(|row| moved(&row[column], 1) != row[column]);
        for (called, chosen) in chosen {
            let each = |what: String, change: &dyn Fn(&str) -> String, changes: &Changes| {
                let mut table = plain.clone();
                for (_, row) in
                    table.iter_mut().enumerate().skip(1).filter(|(index, row)| chosen(*index, row))
                {
                    row[column] = change(&row[column]);
                }
                (what, changes.with(&file, written(&table, ",").as_bytes()))
            };
            let mut tried = Vec::new();
            if number {
                for factor in [0.01, 0.5, 2.0, 8.0, 1000.0] {
                    tried.push(each(format!("x {factor}"), &|cell| scaled(cell, factor), &changes));
                }
            } else if day {
                for days in [-400, -31, 31, 400] {
                    tried.push(each(format!("{days:+} days"), &|cell| moved(cell, days), &changes));
                }
            }
            if number || day {
                tried.push(each("empty".to_owned(), &|_| String::new(), &changes));
            }
            if !tried.is_empty() {
                changes.record(&format!("{name}, {called}"), tried);
            }
        }
    }
    let whole = written(&plain, ",");
    let lines: Vec<&str> = whole.lines().collect();
    let kept = |kept: &dyn Fn(usize, &[String]) -> bool| {
        let rows: Vec<Vec<String>> = plain
            .iter()
            .enumerate()
            .filter(|(index, row)| *index == 0 || kept(*index, row))
            .map(|(_, row)| row.clone())
            .collect();
        written(&rows, ",")
    };
    let tried = [
        ("without the last two months", kept(&|_, row| row[signed] < from)),
        ("without every fifth", kept(&|index, _| index % 5 != 0)),
        ("the last two months alone", kept(&|_, row| row[signed] >= from)),
        ("without the largest", kept(&|index, _| index != largest)),
        ("the second half twice", format!("{whole}{}\n", lines[lines.len() / 2..].join("\n"))),
    ];
    let tried = tried
        .into_iter()
        .map(|(what, text)| (what.to_owned(), changes.with(&file, text.as_bytes())))
        .collect();
    changes.record("lines", tried);
    as_recorded(&format!("readings/larger_{export}.txt"), &changes.recorded);
}

#[test]
fn orders_of_a_larger_maker() {
    larger("futures_orders", 5, 6);
}

#[test]
fn shipments_of_a_larger_maker() {
    larger("shipments", 0, 3);
}

#[test]
fn supply_of_a_larger_maker() {
    larger("supply", 0, 3);
}

#[test]
fn channel_inventory_of_a_larger_maker() {
    larger("channel_inventory", 0, 3);
}

/// The supply as a sheet whose header is in B4, numbers as numbers, days as days, with a cell that is otherwise.
fn book(path: &Path, other: Option<(u32, u16, &str)>, notes: bool) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("Supply").unwrap();
    let day = rust_xlsxwriter::Format::new().set_num_format("dd.mm.yyyy");
    sheet.write(0, 1, "Stock and orders").unwrap();
    for (row, cells) in (3..).zip(table(&text(&root().join("fixtures/readings/supply.csv")))) {
        for (column, cell) in (1..).zip(cells) {
            let (cell, odd) = match other {
                Some((of, at, kind)) if (of, at) == (row, column) => (kind.to_owned(), true),
                _ => (cell, false),
            };
            if cell == "error" && odd {
                let formula = rust_xlsxwriter::Formula::new("=1/0").set_result("#DIV/0!");
                sheet.write_formula(row, column, formula).unwrap();
            } else if cell == "true" && odd {
                sheet.write(row, column, true).unwrap();
            } else if let Ok(number) = cell.parse::<f64>() {
                sheet.write(row, column, number).unwrap();
            } else if let Ok(moment) = rust_xlsxwriter::ExcelDateTime::parse_from_str(&cell) {
                sheet.write_with_format(row, column, moment, &day).unwrap();
            } else if !cell.is_empty() {
                sheet.write(row, column, cell).unwrap();
            }
        }
    }
    let second = book.add_worksheet().set_name("Notes").unwrap();
    if notes {
        second.write(0, 0, "nothing").unwrap();
    }
    book.save(path).unwrap();
}

/// Sheets, areas of them and cells of every kind.
#[test]
fn workbooks() {
    let mut changes = Changes::new();
    let path = changes.path("supply.xlsx");
    let job = text(&changes.path("job.toml")).replace("path = \"supply.csv\"", "path = \"supply.xlsx\"");
    let with =
        |keys: &str, changes: &Changes| changes.with("job.toml", with_keys(&job, "supply", keys).as_bytes());
    for notes in [false, true] {
        book(&path, None, notes);
        let sheets =
            ["", "sheet = \"Supply\"", "sheet = \"supply\"", "sheet = \"Notes\"", "sheet = \"Other\""];
        let tried = sheets.iter().map(|keys| ((*keys).to_owned(), with(keys, &changes))).collect();
        changes.record(if notes { "two sheets" } else { "one sheet and an empty one" }, tried);
    }
    let areas = [
        "B4:K12",
        "$B$4:$K$12",
        "b4:k12",
        "B:K",
        "4:12",
        "B4:K8",
        "C4:K12",
        "B4:H12",
        "A1:K12",
        "B5:K12",
        "B4",
        "K12:B4",
        "B4:ZZ99",
        "0:5",
        "B0:K5",
        "1:1",
        "B4:C",
        "Z1:AB9",
        "4:K12",
        "B4:K",
        "B4:K12:L13",
        "",
    ];
    let tried = areas
        .iter()
        .map(|area| ((*area).to_owned(), with(&format!("sheet = \"Supply\"\nrange = \"{area}\""), &changes)));
    let tried = tried.collect();
    changes.record("areas", tried);
    let cells = [
        "error",
        "true",
        "30",
        "30.5",
        "1e15",
        "-4",
        " 30 ",
        "x",
        "2025-09-29",
        "2025-09-29T13:30:00",
        "",
        "0.1",
    ];
    for (row, column, what) in
        [(5, 4, "quantity"), (5, 1, "date"), (9, 8, "prepaid_usd"), (3, 4, "head of quantity")]
    {
        let tried = cells.iter().map(|cell| {
            book(&path, Some((row, column, cell)), false);
            ((*cell).to_owned(), with("", &changes))
        });
        let tried = tried.collect();
        changes.record(what, tried);
    }
    // A cell far away.
    for (row, column) in [(5, 900), (5, 1001), (900, 4), (12, 4), (2, 4)] {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (row, cells) in (0..).zip(table(&text(&root().join("fixtures/readings/supply.csv")))) {
            cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()).for_each(|(column, cell)| {
                sheet.write(row, u16::try_from(column).unwrap(), cell).unwrap();
            });
        }
        sheet.write(row, column, "far").unwrap();
        book.save(&path).unwrap();
        let tried = vec![("far".to_owned(), with("", &changes))];
        changes.record(&format!("a word in row {}, column {}", row + 1, column + 1), tried);
    }
    as_recorded("readings/workbooks.txt", &changes.recorded);
}
