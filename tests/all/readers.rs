//! Whatever a file holds, reading it ends with values or with a message at the right line.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::format_push_string,
    missing_docs,
    reason = "a test may fail loudly"
)]

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::common::{self, copy_of, edit, reported, text, wafercast};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

fn put(path: &Path, bytes: &[u8]) {
    std::fs::File::create(path).and_then(|mut f| f.write_all(bytes)).unwrap();
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// Runs the job of a folder: exit code and what it said.
fn run(folder: &Path) -> (i32, String) {
    let output = wafercast(&["run", folder.join("job.toml").to_str().unwrap()]);
    (output.status.code().unwrap_or(-1), reported(&output))
}

/// The miniature with one of its exports written anew and keys added to its section.
fn with(export: &str, keys: &str, bytes: &[u8]) -> (i32, String) {
    let folder = copy_of("miniature");
    put(&folder.path().join(format!("{export}.csv")), bytes);
    declared(folder.path(), export, keys);
    run(folder.path())
}

fn declared(folder: &Path, export: &str, keys: &str) {
    let path = format!("path = \"{export}.csv\"\n");
    edit(&folder.join("job.toml"), |text| text.replacen(&path, &format!("{path}{keys}\n"), 1));
}

fn miniature(export: &str) -> String {
    text(&common::root().join(format!("fixtures/miniature/{export}.csv")))
}

/// Line of a place by a reading of the text that knows nothing of rows: a newline, a carriage return, or both together.
fn line_of(text: &str, place: usize) -> usize {
    let before = text[..place].replace("\r\n", "\n");
    1 + before.matches(['\n', '\r']).count()
}

/// Drivers of several pieces of a file, with line ends of every kind, blank lines, and newlines in cells; bad numbers here
/// and there. Returns the text and the lines on which the bad rows begin.
fn mixed(seed: u64) -> (String, Vec<usize>) {
    let mut rng = StdRng::seed_from_u64(seed);
    let kinds: &[&str] = match seed % 4 {
        0 => &["\r\n"],
        1 => &["\r"],
        2 => &["\n", "\r\n"],
        _ => &["\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "\r\r"],
    };
    let mut text = String::new();
    for _ in 0..rng.random_range(0..3) {
        text.push_str(kinds.choose(&mut rng).unwrap());
    }
    text.push_str("date,name,value");
    text.push_str(kinds.choose(&mut rng).unwrap());
    let (mut bad, mut marks) = (Vec::new(), Vec::new());
    let filler = "x".repeat(if seed.is_multiple_of(5) { 2_000 } else { 20 });
    for row in 0..2_000 {
        let day = format!("2024-{:02}-{:02}", row % 12 + 1, row % 28 + 1);
        let name = if seed >= 6 && rng.random_bool(0.3) {
            format!("\"{filler}{row}{}\"\"b, c\"", kinds.choose(&mut rng).unwrap())
        } else {
            format!("{filler}{row}")
        };
        let wrong = rng.random_bool(0.01);
        if wrong {
            bad.push(text.len());
            marks.push(row);
        }
        text.push_str(&format!("{day},{name},{}", if wrong { format!("bad{row}") } else { row.to_string() }));
        text.push_str(kinds.choose(&mut rng).unwrap());
    }
    let lines = bad.iter().map(|index| line_of(&text, *index)).collect();
    (text, lines)
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let folder = copy_of("miniature");
    edit(&folder.path().join("job.toml"), |text| {
        text.replacen("[exports.supply]", "[exports.drivers]\npath = \"drivers.csv\"\n[exports.supply]", 1)
    });
    for seed in 0..16 {
        let (text, expected) = mixed(seed);
        put(&folder.path().join("drivers.csv"), text.as_bytes());
        let output = wafercast(&["check", "--all", folder.path().join("job.toml").to_str().unwrap()]);
        let said = reported(&output);
        let mut lines: Vec<usize> = said
            .lines()
            .filter(|line| line.contains("`bad"))
            .map(|line| {
                line.split("drivers.csv:").nth(1).unwrap().split(':').next().unwrap().parse().unwrap()
            })
            .collect();
        lines.sort_unstable();
        assert_eq!(lines, expected, "seed {seed}: {}", &said[..said.len().min(600)]);
    }
}

#[test]
fn headers_titles_and_bad_bytes_have_their_lines() {
    for (end, line) in [("\n", 4), ("\r\n", 4), ("\r", 4)] {
        let orders = miniature("futures_orders");
        let without = orders.lines().map(|row| row.rsplit_once(',').unwrap().0).collect::<Vec<_>>();
        let without: Vec<&str> = without.iter().map(|row| row.rsplit_once(',').unwrap().0).collect();
        // Titles, a blank line, and a header that lacks the last two columns: the one that is needed is named.
        let text = format!("Open orders{end}as of today{end}{end}{}{end}", without.join(end));
        let (code, said) = with("futures_orders", "", text.as_bytes());
        assert_eq!(code, 65, "{said}");
        assert!(said.contains(&format!("futures_orders.csv:{line}: has no column `status`")), "{said}");
        assert_eq!(said.matches("has no column").count(), 1, "{said}");
        // A byte that is no text, in the header and below.
        for (row, index) in [(1, 8), (3, 4)] {
            let mut lines: Vec<Vec<u8>> = orders.lines().map(|l| l.as_bytes().to_vec()).collect();
            lines[row - 1].insert(index, 0xff);
            let (code, said) = with("futures_orders", "", &lines.join(end.as_bytes()));
            assert_eq!(code, 65, "{said}");
            assert!(said.contains(&format!("line {row})")), "{end:?} {row}: {said}");
        }
    }
}

#[test]
fn a_no_break_space_in_a_header_is_a_space() {
    let orders = miniature("futures_orders");
    let expected = with("futures_orders", "", orders.as_bytes());
    for blank in ["\u{a0}", "\u{2009}", " \u{200b}"] {
        let header = orders.replacen("customer_segment", &format!("customer{blank}segment"), 1);
        assert_eq!(with("futures_orders", "", header.as_bytes()).0, expected.0, "{blank:?}");
    }
}

#[test]
fn a_long_header_is_read_and_an_endless_one_is_refused() {
    let wide = |columns: usize| {
        let names: Vec<String> = (0..columns).map(|n| format!("further_column_{n}")).collect();
        let cells = ",".repeat(columns);
        let orders = miniature("futures_orders");
        let mut lines = orders.lines();
        let mut text = format!("{},{}\n", lines.next().unwrap(), names.join(","));
        lines.for_each(|line| text.push_str(&format!("{line}{cells}\n")));
        text
    };
    let text = wide(5_000);
    assert!(text.lines().next().unwrap().len() > 80_000);
    assert_eq!(with("futures_orders", "", text.as_bytes()).0, 0);
    let (code, said) = with("futures_orders", "", wide(80_000).as_bytes());
    assert_eq!(code, 65);
    assert!(said.contains("no end of its header within 1 MB") && said.contains("too-large"), "{said}");
}

#[test]
fn what_the_system_cannot_read_is_reported_so() {
    let folder = copy_of("miniature");
    edit(&folder.path().join("job.toml"), |text| {
        text.replacen("path = \"hashprice.csv\"", "path = \"/proc/self/mem\"", 1)
    });
    let (code, said) = run(folder.path());
    assert_eq!(code, 66, "{said}");
    assert!(said.contains("[unreadable]") && !said.contains("not-text"), "{said}");
    let folder = copy_of("miniature");
    edit(&folder.path().join("job.toml"), |text| {
        text.replacen("path = \"hashprice.csv\"", "path = \".\"", 1)
    });
    let (code, said) = run(folder.path());
    assert_eq!(code, 66, "{said}");
    assert!(said.contains("it is not a file"), "{said}");
    // Packed, and cut off.
    let packed = gzip(miniature("hashprice").as_bytes());
    let (code, said) = with("hashprice", "", &packed[..packed.len() / 2]);
    assert_eq!(code, 65, "{said}");
    assert!(said.contains("cannot be unpacked to its end") && said.contains("[damaged-file]"), "{said}");
}

#[test]
fn bombs_are_refused_in_little_memory() {
    let day = "2024-01-01,C,MINI,1\n";
    let megabytes = |unit: &str, many: usize| unit.repeat((many << 20) / unit.len());
    let orders = miniature("futures_orders");
    let header = orders.lines().next().unwrap();
    let cases: [(&str, Vec<u8>, &str); 5] = [
        (
            "futures_orders",
            gzip(format!("{header}\n{}", megabytes("x", 40)).as_bytes()),
            "a row of more than 16 MB",
        ),
        ("futures_orders", gzip(megabytes("\n", 400).as_bytes()), "futures_orders"),
        (
            "supply",
            gzip(format!("date,kind,item,quantity\n{}", megabytes(day, 300)).as_bytes()),
            "unpacks to more than",
        ),
        ("hashprice", gzip(format!("[{}", megabytes("0,", 200)).as_bytes()), "is JSON of more than 16 MB"),
        (
            "hashprice",
            gzip(format!("[{}", megabytes("{\"a\":0},", 10)).as_bytes()),
            "objects and lists; 400000 are the most",
        ),
    ];
    for (export, bytes, expected) in cases {
        let folder = copy_of("miniature");
        put(&folder.path().join(format!("{export}.csv")), &bytes);
        // Memory in kilobytes: the shell's limit stands in for a machine that has no more.
        let binary = env!("CARGO_BIN_EXE_wafercast");
        let job = folder.path().join("job.toml");
        let command = format!("ulimit -v 1500000; exec {binary} check {}", job.display());
        let output = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
        let said = reported(&output);
        assert_eq!(output.status.code(), Some(65), "{export}: {}", &said[..said.len().min(800)]);
        assert!(said.contains(expected), "{expected}: {}", &said[..said.len().min(800)]);
    }
    // The job may allow more.
    let text = format!("{}{}", miniature("supply"), megabytes("\n", 300));
    let folder = copy_of("miniature");
    put(&folder.path().join("supply.csv"), &gzip(text.as_bytes()));
    assert_eq!(run(folder.path()).0, 65);
    edit(&folder.path().join("job.toml"), |text| format!("[reading]\nunpacked_mb_allowed = 400\n{text}"));
    let (code, said) = run(folder.path());
    assert_eq!(code, 0, "{said}");
}

#[test]
fn json_has_the_bounds_that_csv_has() {
    let prices = |day: &str, value: &str| {
        format!(
            "{{\"data\": [{{\"timestamp\": \"2025-09-30\", \"price\": 50}}, {{\"timestamp\": {day}, \"price\": {value}}}]}}"
        )
    };
    let unit = "unit = \"usd_per_ph_day\"";
    for (day, value, expected) in [
        ("\"2025-09-29\"", "1e308", "hashprice.csv:2: hashprice: `1e+308`, must lie between"),
        ("\"2025-09-29\"", "-1", "hashprice.csv:2: hashprice: `-1`, must be above 0"),
        ("\"0025-09-29\"", "50", "hashprice.csv:2: timestamp: `0025-09-29`, has the year 25"),
        ("99999999999", "50", "hashprice.csv:2: timestamp: `99999999999`"),
        ("9999999999999999", "50", "hashprice.csv:2: timestamp:"),
    ] {
        let (code, said) = with("hashprice", unit, prices(day, value).as_bytes());
        assert_eq!(code, 65, "{said}");
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let deep = format!("{{\"data\": {}", "[".repeat(200_000));
    let (code, said) = with("hashprice", unit, deep.as_bytes());
    assert_eq!(code, 65, "{said}");
    assert!(said.contains("recursion limit"), "{said}");
}

#[test]
fn date_forms_of_every_kind_are_read_or_reported() {
    let orders = miniature("futures_orders");
    for form in ["%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S%z", "%s", "%c", "%+", "%b-%y"] {
        // Days year first are read beside every form; one that is spoiled is reported with its line.
        let key = format!("date_format = \"{form}\"");
        let (code, said) = with("futures_orders", &key, orders.as_bytes());
        assert_eq!(code, 0, "{form}: {said}");
        let (code, said) = with("futures_orders", &key, orders.replacen("-10-01", "-1O-01", 1).as_bytes());
        assert_eq!(code, 65, "{form}: {said}");
        assert!(said.contains("futures_orders.csv:2: signed_date:"), "{form}: {said}");
    }
    for form in ["%H:%M", "%d.%m", "abc", "%Q", "%", "%f", "%Z"] {
        let (code, said) = with("futures_orders", &format!("date_format = \"{form}\""), orders.as_bytes());
        assert_eq!(code, 78, "{form}: {said}");
    }
    // A form for one column, and one for a column that is not there.
    let us = orders.replacen("2023-11,3", "11/23,3", 1);
    assert_eq!(with("futures_orders", "date_formats = { delivery_start = \"%m/%y\" }", us.as_bytes()).0, 0);
    let (code, said) = with("futures_orders", "date_formats = { delivery = \"%m/%y\" }", us.as_bytes());
    assert_eq!(code, 65, "{said}");
    assert!(said.contains("`delivery`, which is not a column"), "{said}");
}

#[test]
fn months_as_spreadsheets_show_them_are_read() {
    let orders = miniature("futures_orders");
    let expected = with("futures_orders", "", orders.as_bytes()).1;
    let months = orders.replace(",2023-11,", ",Nov-23,").replace(",2024-11,", ",November 2024,");
    assert_ne!(months, orders);
    let (code, said) = with("futures_orders", "", months.as_bytes());
    assert_eq!(code, 0, "{said}");
    assert_eq!(said.lines().count(), expected.lines().count(), "{said}");
}

#[test]
fn days_counted_from_1904() {
    let orders = miniature("futures_orders");
    let since = chrono::NaiveDate::from_ymd_opt(1904, 1, 1).unwrap();
    let serial: String = orders
        .lines()
        .map(|line| {
            let cells = line.split(',').map(|cell| {
                cell.parse::<chrono::NaiveDate>()
                    .map_or(cell.to_owned(), |day| (day - since).num_days().to_string())
            });
            cells.collect::<Vec<_>>().join(",") + "\n"
        })
        .collect();
    assert_eq!(with("futures_orders", "date_format = \"serial_1904\"", serial.as_bytes()).0, 0);
    let (code, said) = with("futures_orders", "date_format = \"serial\"", serial.as_bytes());
    assert_eq!(code, 65, "{said}");
    assert!(said.contains("serial_1904"), "{said}");
}

#[test]
fn thousands_are_never_read_as_units_in_silence() {
    let orders = miniature("futures_orders");
    // Prices without zeros behind: 6.000 is no six with zeros behind.
    let points = orders.replace(",60,1000,", ",6.000,1000.5,");
    assert_ne!(points, orders);
    let (code, said) = with("futures_orders", "", points.as_bytes());
    assert_eq!(code, 65, "{said}");
    assert!(said.contains("quantity: `6.000`, may be thousands or decimals"), "{said}");
    assert_eq!(with("futures_orders", "decimal_mark = \".\"", points.as_bytes()).0, 0);
    // Zeros behind everywhere: read, and said.
    let padded = orders.replace(",60,1000,", ",60.000,1000.00,");
    let (code, said) = with("futures_orders", "", padded.as_bytes());
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("quantity: `60.000`, is read as a whole number with decimals"), "{said}");
}

#[test]
fn sums_beyond_32_bits_are_no_panic() {
    let folder = copy_of("miniature");
    let mut shipments = "shipped_date,order_id,model,quantity\n".to_owned();
    for day in 1..=60 {
        let (month, day) = (1 + day / 28, 1 + day % 28);
        shipments.push_str(&format!("2025-0{month}-{day:02},O01,MINI,{}\n", 100_000_000 - day));
    }
    put(&folder.path().join("shipments.csv"), shipments.as_bytes());
    edit(&folder.path().join("job.toml"), |text| {
        text.replacen(
            "[exports.supply]",
            "[exports.shipments]\npath = \"shipments.csv\"\n[exports.supply]",
            1,
        )
    });
    let (code, said) = run(folder.path());
    assert!([0, 65, 69].contains(&code), "{code}: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_stamp_just_before_midnight_is_of_its_day_and_one_at_23_of_the_next() {
    let prices = miniature("hashprice");
    let stamped = |time: &str, shift: i64| -> Vec<u8> {
        let rows = prices.lines().enumerate().map(|(row, line)| match line.split_once(',') {
            Some((day, value)) if row > 0 => {
                let day: chrono::NaiveDate = day.parse().unwrap();
                format!("{} {time},{value}\n", day + chrono::Duration::days(shift))
            }
            _ => format!("{line}\n"),
        });
        rows.collect::<String>().into_bytes()
    };
    let table = |bytes: &[u8]| {
        let folder = copy_of("miniature");
        put(&folder.path().join("hashprice.csv"), bytes);
        let (code, said) = run(folder.path());
        assert_eq!(code, 0, "{said}");
        text(&folder.path().join("out/2025Q3/market.csv"))
    };
    let expected = table(prices.as_bytes());
    for (time, shift) in [("23:59:59", 0), ("23:00:00 UTC", 0), ("22:30:00", 0), ("23:00:00", -1)] {
        assert_eq!(table(&stamped(time, shift)), expected, "{time}");
    }
}

#[test]
fn folders_of_impossible_revisions_are_no_vintages() {
    let folder = copy_of("miniature");
    let out: PathBuf = folder.path().join("out");
    std::fs::create_dir_all(out.join("2025Q3-r4294967295")).unwrap();
    put(&out.join("2025Q3-r4294967295/manifest.json"), b"{}");
    let (code, said) = run(folder.path());
    assert_eq!(code, 0, "{said}");
    assert!(out.join("2025Q3/manifest.json").is_file(), "{said}");
}

#[test]
fn what_is_no_table_is_named_and_its_hint_fits() {
    let wide: Vec<u8> = "date,value\n".bytes().flat_map(|b| [b, 0, 0, 0]).collect();
    let office = b"PK\x03\x04\x14\0\x06\0[Content_Types].xml".to_vec();
    for (bytes, said, code) in [
        (
            b"<!DOCTYPE html><html><title>Sign in</title>".to_vec(),
            "is an HTML page (`sign in`)",
            "other-format",
        ),
        (b"\n<table><tr><td>date".to_vec(), "is an HTML page", "other-format"),
        (office, "is a workbook that cannot be unpacked", "damaged-file"),
        (b"%PDF-1.7\n".to_vec(), "is a PDF document", "other-format"),
        (gzip(&gzip(b"date,value\n")), "is packed with gzip twice: unpack it once", "other-format"),
        (wide, "is text in UTF-32", "not-text"),
        (vec![0; 4096], "holds nothing but NUL bytes", "not-text"),
        (b"[{\"date\": \"2025-09-30\"".to_vec(), "is not whole JSON", "damaged-file"),
    ] {
        for export in ["hashprice", "supply"] {
            let (exit, reported) = with(export, "", &bytes);
            assert_eq!(exit, 65, "{reported}");
            assert!(
                reported.contains(said) && reported.contains(&format!("hint: {code}:")),
                "{said}: {reported}"
            );
        }
    }
    let orders = miniature("futures_orders");
    let (_, reported) = with("futures_orders", "", orders.replacen(",60,1000,", ",-3,1000,", 1).as_bytes());
    assert!(reported.contains("hint: bad-number: correct the number in the system"), "{reported}");
    assert!(!reported.contains("write plain digits"), "{reported}");
    let (_, reported) =
        with("futures_orders", "", orders.replacen(",60,1000,", ",sixty,1000,", 1).as_bytes());
    assert!(reported.contains("hint: bad-number: write plain digits"), "{reported}");
    let twice = miniature("hashprice").replacen("2024-05-02,", "2024-05-01,", 1);
    let (_, reported) = with("hashprice", "", twice.as_bytes());
    assert!(
        reported.contains("is already given on line 2 [duplicate-row]") && !reported.contains("`line`"),
        "{reported}"
    );
}

#[test]
fn orders_as_json_are_those_of_csv() {
    let csv = miniature("futures_orders");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let rows: Vec<String> = reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            let cells: Vec<String> = header
                .iter()
                .zip(&row)
                .map(|(name, cell)| match cell {
                    "" => format!("\"{name}\":null"),
                    cell if cell.bytes().all(|b| b.is_ascii_digit()) => format!("\"{name}\":{cell}"),
                    cell => format!("\"{name}\":\"{cell}\""),
                })
                .collect();
            format!("{{{}}}", cells.join(","))
        })
        .collect();
    let forecast = |bytes: &[u8]| {
        let folder = copy_of("miniature");
        put(&folder.path().join("futures_orders.csv"), bytes);
        let (code, reported) = run(folder.path());
        assert_eq!(code, 0, "{reported}");
        text(&folder.path().join("out/2025Q3/shipment_forecast_quarterly.csv"))
    };
    assert_eq!(forecast(format!("[{}]", rows.join(",")).as_bytes()), forecast(csv.as_bytes()));
    let bad = format!("[{}]", rows.join(",").replacen("\"MINI\"", "\"MAXI\"", 1));
    let (code, reported) = with("futures_orders", "", bad.as_bytes());
    assert_eq!(code, 65);
    assert!(reported.contains("futures_orders.csv:1: model: `MAXI`, is not a model"), "{reported}");
}
