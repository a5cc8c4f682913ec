//! `forecast.xlsx`: opened as an archive and read back; every formula's result against the tables.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs,
    reason = "a test may fail loudly, and says when it skips"
)]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use crate::common::{copy_of, edit, reported, root, rows, wafercast};

/// The parts of an xlsx file by name.
fn parts(workbook: &Path) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(workbook).unwrap()).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut part = archive.by_index(index).unwrap();
            let mut text = String::new();
            part.read_to_string(&mut text).unwrap();
            (part.name().unwrap().into_owned(), text)
        })
        .collect()
}

/// What stands between two texts, each time.
fn between<'a>(text: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).filter_map(move |rest| rest.split_once(end).map(|(inside, _)| inside))
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Names of the sheets in their order.
fn names(parts: &BTreeMap<String, String>) -> Vec<String> {
    between(&parts["xl/workbook.xml"], "<sheet name=\"", "\"").map(unescaped).collect()
}

/// A cell as it stands in a sheet.
#[derive(Clone, Debug)]
struct Cell {
    formula: Option<String>,
    /// Text, or the digits of a number.
    value: String,
}

/// The cells of every sheet by name and address.
fn cells(parts: &BTreeMap<String, String>) -> BTreeMap<String, BTreeMap<String, Cell>> {
    let strings: Vec<String> = between(&parts["xl/sharedStrings.xml"], "<si>", "</si>")
        .map(|item| {
            let start = item.find('>').unwrap() + 1;
            unescaped(item[start..].trim_end_matches("</t>"))
        })
        .collect();
    names(parts)
        .into_iter()
        .enumerate()
        .map(|(index, name)| {
            let sheet = &parts[&format!("xl/worksheets/sheet{}.xml", index + 1)];
            let mut found = BTreeMap::new();
            for cell in between(sheet, "<c ", "</c>") {
                // A cell without content closes itself; what follows it belongs to the next one.
                let cell = cell.rsplit("<c ").next().unwrap();
                let address = between(cell, "r=\"", "\"").next().unwrap().to_owned();
                let formula = between(cell, "<f>", "</f>").next().map(unescaped);
                let value = between(cell, "<v>", "</v>").next().unwrap_or_default();
                let value = if cell.contains("t=\"s\"") {
                    strings[value.parse::<usize>().unwrap()].clone()
                } else {
                    unescaped(value)
                };
                found.insert(address, Cell { formula, value });
            }
            (name, found)
        })
        .collect()
}

fn run(job: &str, out: &Path) -> std::path::PathBuf {
    let output = wafercast(&["run", job, "--out", out.to_str().unwrap()]);
    assert!(output.status.success(), "{}", reported(&output));
    out.join("latest/forecast.xlsx")
}

/// Two vintages of the synthetic maker, so that there is something to revise.
fn two_vintages(out: &Path) -> std::path::PathBuf {
    let to = out.to_str().unwrap();
    let earlier = ["run", "jobs/quarterly.toml", "--as-of", "2025-06-30", "--out", to];
    let output = wafercast(&earlier);
    assert!(output.status.success(), "{}", reported(&output));
    run("jobs/quarterly.toml", out)
}

/// The number of a cell.
fn number(cell: &Cell) -> f64 {
    cell.value.parse().unwrap_or_else(|_| panic!("`{}` is not a number", cell.value))
}

/// Where a cell is: its column and its row.
fn place(address: &str) -> (&str, u32) {
    let split = address.find(|c: char| c.is_numeric()).unwrap();
    (&address[..split], address[split..].parse().unwrap())
}

/// The cell of a measure and model of sheet `Shipments` under a head.
fn figure<'a>(sheet: &'a BTreeMap<String, Cell>, measure: &str, model: &str, head: &str) -> &'a Cell {
    let is = |column: &str, row: u32, value: &str| {
        sheet.get(&format!("{column}{row}")).is_some_and(|cell| cell.value == value)
    };
    let rows = sheet.keys().map(|address| place(address)).filter(|(column, _)| *column == "A");
    let row = rows.map(|(_, row)| row).find(|row| is("A", *row, measure) && is("B", *row, model)).unwrap();
    let head = sheet.iter().find(|(a, cell)| place(a).1 == 1 && cell.value == head).unwrap();
    &sheet[&format!("{}{row}", place(head.0).0)]
}

/// Rows of a native table, by its heads.
fn native(cells: &BTreeMap<String, BTreeMap<String, Cell>>, name: &str) -> Vec<BTreeMap<String, String>> {
    let sheet = &cells[name];
    let heads: BTreeMap<&str, &str> = sheet
        .iter()
        .filter(|(a, _)| place(a).1 == 1)
        .map(|(a, cell)| (place(a).0, cell.value.as_str()))
        .collect();
    let mut rows: BTreeMap<u32, BTreeMap<String, String>> = BTreeMap::new();
    for (address, cell) in sheet.iter().filter(|(a, _)| place(a).1 > 1) {
        let (column, row) = place(address);
        rows.entry(row).or_default().insert(heads[column].replace(' ', "_"), cell.value.clone());
    }
    rows.into_values().collect()
}

fn sum(rows: &[BTreeMap<String, String>], column: &str, of: &[(&str, &str)]) -> f64 {
    rows.iter()
        .filter(|row| of.iter().all(|(column, value)| row[*column] == *value))
        .filter_map(|row| row[column].parse::<f64>().ok())
        .sum()
}

#[test]
fn the_sheets_charts_and_totals_are_those_of_the_tables() {
    let out = tempfile::tempdir().unwrap();
    let workbook = two_vintages(out.path());
    let parts = parts(&workbook);
    let names = names(&parts);
    assert_eq!(names[..4], ["Summary", "Shipments", "Charts", "shipment_forecast"]);
    assert_eq!(names[names.len() - 4..], ["accuracy", "checks", "run", "Chart data"]);
    let charts: String = parts
        .iter()
        .filter(|(name, _)| name.starts_with("xl/charts/"))
        .map(|(_, xml)| xml.as_str())
        .collect();
    for title in [
        "Machines shipped and forecast, and what supply lets ship",
        "What the forecast rests on",
        "What supply lets ship, and what waits",
        "Wafers to order, by the month of their last day",
        "Cash at month end: half of the paths end below the line, 1 in 20 below the band",
        "Hashprice",
        "Mining difficulty",
        "Bitcoin price, fees included",
        "From the vintage before to this one",
    ] {
        assert!(charts.contains(&format!("<a:t>{title}</a:t>")), "no chart {title}");
    }
    let alternatives: usize = parts
        .iter()
        .filter(|(name, _)| name.starts_with("xl/drawings/drawing"))
        .map(|(_, xml)| xml.matches("descr=\"").count())
        .sum();
    let drawn = parts.keys().filter(|name| name.starts_with("xl/charts/chart")).count();
    assert_eq!(alternatives, drawn, "every chart has a text for who cannot see it");

    let cells = cells(&parts);
    let table = |name: &str| rows(&out.path().join(format!("latest/{name}.csv")));
    let (monthly, orders) = (table("shipment_forecast"), table("wafer_orders"));
    let all = [("scenario", "base"), ("model", "ALL")];
    for (block, column) in [
        ("Firm", "firm_units"),
        ("Expected of orders in hand", "expected_units"),
        ("Forecast", "units"),
        ("Ships with supply and orders", "constrained_units"),
        ("Short in its month", "short_units"),
        ("Revenue, USD", "revenue_usd"),
    ] {
        let cell = figure(&cells["Shipments"], block, "ALL", "12 months");
        assert!(cell.formula.as_ref().unwrap().starts_with("SUM("), "{block}");
        let table = sum(&monthly, column, &all);
        assert!((number(cell) - table).abs() < 0.5, "{block}: {} and not {table}", cell.value);
    }
    let (exposure, low) = (table("exposure"), table("cash_low"));
    for wanted in [
        sum(&orders, "wafers", &[("decision", "place_now")]),
        sum(&orders, "cost_usd", &[("decision", "place_now")]),
        sum(&exposure, "write_down_p95_usd", &[("scenario", "base")]),
        sum(&low, "low_p50_usd", &[("scenario", "base"), ("case", "plan")]),
    ] {
        let mut formulas = cells["Summary"]
            .values()
            .filter(|cell| cell.formula.as_deref().is_some_and(|formula| formula.starts_with("SUMIFS(")));
        assert!(formulas.any(|cell| (number(cell) - wanted).abs() < 0.01), "{wanted}");
    }

    // Every total that has its counterpart in a table: none differs, and there are many.
    let checks = &cells["checks"];
    let verdicts = |word: &str| checks.values().filter(|c| c.formula.is_some() && c.value == word).count();
    assert_eq!(verdicts("differs"), 0);
    assert!(verdicts("agrees") >= 60, "{}", verdicts("agrees"));
}

/// A pivot of a sheet is the published total: rows of totals are not among its rows, and nothing is missing.
#[test]
fn tables_are_native_without_totals_and_pivot_to_what_is_published() {
    let out = tempfile::tempdir().unwrap();
    let workbook = two_vintages(out.path());
    let parts = parts(&workbook);
    let (cells, names) = (cells(&parts), names(&parts));
    let tables: Vec<&str> = parts
        .iter()
        .filter(|(name, _)| name.starts_with("xl/tables/"))
        .map(|(_, xml)| between(xml, "displayName=\"", "\"").next().unwrap())
        .collect();
    let read = ["Summary", "Shipments", "Charts", "Chart data"];
    let wanted: Vec<&String> = names.iter().filter(|name| !read.contains(&name.as_str())).collect();
    assert!(tables.len() == wanted.len() && wanted.iter().all(|name| tables.contains(&name.as_str())));
    for (index, name) in names.iter().enumerate().filter(|(_, name)| wanted.contains(name)) {
        let sheet = &parts[&format!("xl/worksheets/sheet{}.xml", index + 1)];
        assert!(sheet.contains("state=\"frozen\"") && sheet.contains("fitToHeight=\"0\""), "{name}");
    }
    let notes = parts.iter().filter(|(name, _)| name.starts_with("xl/comments"));
    let notes: String = notes.map(|(_, xml)| xml.as_str()).collect();
    assert!(notes.contains("of today's open orders, what is expected to ship"), "heads say what they mean");
    let linked = &parts["xl/worksheets/sheet1.xml"];
    assert!(
        names[1..]
            .iter()
            .filter(|name| *name != "Chart data")
            .all(|name| linked.contains(&format!("location=\"'{name}'!A1\"")))
    );

    let published = rows(&out.path().join("latest/shipment_forecast.csv"));
    let shown = native(&cells, "shipment_forecast");
    for scenario in ["bear", "base", "bull"] {
        for column in ["firm_units", "units", "constrained_units", "revenue_usd"] {
            let of = |rows: &[BTreeMap<String, String>]| -> f64 {
                let rows = rows.iter().filter(|row| row["scenario"] == scenario);
                rows.filter_map(|row| row.get(column)?.parse::<f64>().ok()).sum()
            };
            let all: Vec<BTreeMap<String, String>> =
                published.iter().filter(|row| row["model"] == "ALL").cloned().collect();
            let (pivot, total) = (of(&shown), of(&all));
            assert!((pivot - total).abs() < 0.5, "{scenario} {column}: {pivot} and not {total}");
        }
    }
    assert!(shown.iter().all(|row| row["model"] != "ALL"));
    // A model of which nothing is on order, forecast or waiting has no rows.
    let dead = |row: &&BTreeMap<String, String>| row["model"] == "M50-090";
    assert!(published.iter().any(|row| dead(&row)) && !shown.iter().any(|row| dead(&row)));
    // The least error of a column is marked as on the page: among methods scored as often as this forecast.
    let page = std::fs::read_to_string(out.path().join("latest/report.html")).unwrap();
    let accuracy = native(&cells, "accuracy");
    let marked = accuracy.iter().filter(|row| row.get("least_error").is_some_and(|mark| mark == "least"));
    assert_eq!(marked.count(), page.matches(", least</strong>").count());
}

#[test]
fn the_bytes_are_the_same_on_every_run_and_number_of_threads() {
    let make = |threads: &str| {
        let out = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_wafercast"))
            .args(["run", "jobs/quarterly.toml", "--out", out.path().to_str().unwrap()])
            .env("POLARS_MAX_THREADS", threads)
            .env("TZ", if threads == "1" { "Asia/Shanghai" } else { "America/New_York" })
            .current_dir(root())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", reported(&output));
        std::fs::read(out.path().join("latest/forecast.xlsx")).unwrap()
    };
    let first = make("1");
    assert!(first == make("8"));
    let out = tempfile::tempdir().unwrap();
    std::fs::File::create(out.path().join("forecast.xlsx"))
        .and_then(|mut file| std::io::Write::write_all(&mut file, &first))
        .unwrap();
    let created = &parts(&out.path().join("forecast.xlsx"))["docProps/core.xml"];
    assert!(created.contains("2025-09-30T00:00:00Z"), "made on the as-of date: {created}");
}

#[test]
fn text_that_looks_like_a_formula_stays_text() {
    let folder = copy_of("miniature");
    let name = "=HYPERLINK(\"http://evil\",\"Süd\") <r>&amp; 矿机";
    for file in ["job.toml", "futures_orders.csv", "supply.csv"] {
        edit(&folder.path().join(file), |text| {
            if file == "job.toml" {
                text.replace("\"MINI\"", &format!("{:?}", name.replace('"', "'")))
            } else {
                text.replace("MINI", &format!("\"{}\"", name.replace('"', "'")))
            }
        });
    }
    let out = folder.path().join("out");
    let workbook = run(folder.path().join("job.toml").to_str().unwrap(), &out);
    let parts = parts(&workbook);
    assert!(!parts.values().any(|xml| xml.contains("<f>HYPERLINK")));
    let model = name.replace('"', "'");
    let found = cells(&parts)["Shipments"].values().filter(|cell| cell.value == model).count();
    assert!(found > 0, "the model's name is as it was");
}

#[test]
fn a_vintage_without_supply_or_an_earlier_one_says_that_there_is_no_data() {
    let folder = copy_of("miniature");
    edit(&folder.path().join("job.toml"), |text| {
        text.replace("[exports.supply]\npath = \"supply.csv\"\n", "")
    });
    let out = folder.path().join("out");
    let workbook = run(folder.path().join("job.toml").to_str().unwrap(), &out);
    let cells = cells(&parts(&workbook));
    let said = cells["Summary"].values().find(|cell| cell.value.starts_with("No sheet")).unwrap();
    for table in ["revisions", "shortages"] {
        assert!(said.value.contains(table) && !cells.contains_key(table), "{table}: {}", said.value);
    }
    let measures: Vec<&str> = cells["Shipments"].values().map(|cell| cell.value.as_str()).collect();
    assert!(
        measures.contains(&"Forecast") && !measures.contains(&"Short in its month"),
        "supply is not known"
    );
}

/// With `LibreOffice`, every formula recalculated and compared with the result that was written.
#[test]
#[allow(clippy::print_stderr, reason = "says that it was skipped, or how much was compared")]
fn libreoffice_comes_to_the_same_results() {
    let soffice = Command::new("soffice").arg("--version").output();
    if !soffice.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no soffice on the path to recalculate the workbook with");
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let workbook = two_vintages(out.path());
    let before = cells(&parts(&workbook));
    // The cached results are taken out, so that what comes back was calculated.
    let blank = out.path().join("blank");
    std::fs::create_dir(&blank).unwrap();
    let stripped = blank.join("forecast.xlsx");
    strip(&workbook, &stripped);
    let profile = format!("-env:UserInstallation=file://{}", out.path().join("profile").display());
    let output = Command::new("soffice")
        .args([&profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"])
        .arg(out.path().join("recalculated"))
        .arg(&stripped)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", reported(&output));
    let after = cells(&parts(&out.path().join("recalculated/forecast.xlsx")));
    let mut compared = 0;
    for (sheet, cells) in &before {
        for (address, cell) in cells.iter().filter(|(_, cell)| cell.formula.is_some()) {
            let again = &after[sheet][address].value;
            let same = match (cell.value.parse::<f64>(), again.parse::<f64>()) {
                (Ok(a), Ok(b)) => (a - b).abs() <= 1e-6 * a.abs().max(1.0),
                _ => cell.value == *again,
            };
            assert!(same, "{sheet}!{address} {:?}: {} and not {again}", cell.formula, cell.value);
            compared += 1;
        }
    }
    eprintln!("{compared} formulas recalculated");
    assert!(compared > 400);
}

/// A copy of a workbook whose formulas have no results.
fn strip(from: &Path, to: &Path) {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(from).unwrap()).unwrap();
    let mut copy = zip::ZipWriter::new(std::fs::File::create(to).unwrap());
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).unwrap();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        while let Some(at) = text.find("</f><v>") {
            let end = at + text[at..].find("</v>").unwrap() + "</v>".len();
            text.replace_range(at + "</f>".len()..end, "");
        }
        copy.start_file(part.name().unwrap().into_owned(), zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut copy, text.as_bytes()).unwrap();
    }
    copy.finish().unwrap();
}
