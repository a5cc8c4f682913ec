//! Exports changed at random: what is read then is what stood there, or it is reported. Never a panic, never a value
//! that was made up.
//!
//! `WAFERCAST_MUTATIONS=50000 cargo test --release --test all mutations::` for more than the usual number.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::common::{self, root};
use chrono::NaiveDate;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use wafercast::error::Error;
use wafercast::ingest::{Exports, Locations, read};
use wafercast::job::Job;

const NAMES: [&str; 6] =
    ["futures_orders", "hashprice", "difficulty", "channel_inventory", "shipments", "supply"];

/// Rows kept of each export of the synthetic maker: the newest.
const ROWS: usize = 45;

struct Small {
    folder: tempfile::TempDir,
    job: Job,
    as_of: NaiveDate,
    texts: Vec<String>,
    plain: Exports,
}

fn put(path: &Path, bytes: &[u8]) {
    std::fs::File::create(path).and_then(|mut f| f.write_all(bytes)).unwrap();
}

impl Small {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let texts: Vec<String> = NAMES
            .iter()
            .map(|name| {
                let text = common::text(&root().join(format!("fixtures/maker/{name}.csv")));
                let lines: Vec<&str> = text.lines().collect();
                let from = lines.len().saturating_sub(ROWS).max(1);
                let mut kept = vec![lines[0]];
                kept.extend(&lines[from..]);
                kept.join("\n") + "\n"
            })
            .collect();
        for (name, text) in NAMES.iter().zip(&texts) {
            put(&folder.path().join(format!("{name}.csv")), text.as_bytes());
        }
        let path = root().join("jobs/quarterly.toml");
        let job = Job::parse(&common::text(&path), &path).unwrap();
        let as_of = NaiveDate::from_ymd_opt(2025, 9, 30).unwrap();
        let mut small = Self {
            plain: read(&job, &Locations::new(&job, Some(&root().join("fixtures/maker")), as_of), as_of)
                .unwrap(),
            folder,
            job,
            as_of,
            texts,
        };
        small.plain = small.read().unwrap();
        small
    }

    fn path(&self, export: usize) -> PathBuf {
        self.folder.path().join(format!("{}.csv", NAMES[export]))
    }

    fn read(&self) -> Result<Exports, Error> {
        read(&self.job, &Locations::new(&self.job, Some(self.folder.path()), self.as_of), self.as_of)
    }

    /// Reads with one export replaced; it is put back after.
    fn with(&self, export: usize, bytes: &[u8]) -> Result<Exports, Error> {
        put(&self.path(export), bytes);
        let result = self.read();
        put(&self.path(export), self.texts[export].as_bytes());
        result
    }
}

/// What was read, without hashes and warnings of the files.
fn values(exports: &Exports) -> String {
    let Exports { ledger, stock, market, supply, rejected, .. } = exports;
    format!("{ledger:?}{stock:?}{market:?}{supply:?}{rejected:?}")
}

fn warnings(exports: &Exports) -> Vec<String> {
    exports.warnings.iter().map(ToString::to_string).collect()
}

fn cells(text: &str) -> Option<Vec<Vec<String>>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    reader
        .records()
        .map(|row| row.ok().map(|row| row.iter().map(|c| c.trim().to_owned()).collect()))
        .collect()
}

/// Whether a cell is a value of its column that nobody could take for anything else.
fn plainly_valid(column: &str, cell: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = |text: &str| match text.split_once('.') {
        None => digits(text),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
    };
    // A group of three that is set apart by a blank or an apostrophe can be nothing but thousands.
    let bare: String = cell.chars().filter(|c| !matches!(c, ' ' | '\'' | '\u{a0}')).collect();
    let scientific = || cell.parse::<f64>().is_ok_and(f64::is_finite) && cell.contains(['e', 'E']);
    match column {
        "order_id" | "customer" | "channel" | "foundry" | "line" => true,
        "customer_segment" | "order_type" | "status" | "kind" => [
            "key_account",
            "retail",
            "channel",
            "futures",
            "spot",
            "open",
            "completed",
            "cancelled",
            "machines_on_hand",
            "chips_on_hand",
            "wafer_order",
        ]
        .contains(&cell.to_lowercase().as_str()),
        "model" | "item" => cell.starts_with('M') || cell.starts_with('C'),
        "delivery_start" => cell.len() >= 6 && digits(&cell.replace(['-', '/', '.'], "")),
        column if column.contains("date") => {
            cell.is_empty() || digits(&cell.replace(['-', '/', '.'], "")) && cell.len() >= 8
        }
        _ => cell.is_empty() || cell == "-0" || number(bare.trim_start_matches(['$', '+'])) || scientific(),
    }
}

/// Whether a difference in what was read is one that the changed text plainly states.
fn stated(original: &str, changed: &str) -> bool {
    let (Some(before), Some(after)) = (cells(original), cells(changed)) else { return false };
    if before[0] != after[0] || before.len() < after.len() {
        return false;
    }
    if before.len() > after.len() {
        // Rows that are gone altogether leave no trace; what is left must be as it was, up to one cell.
        let strange: Vec<&Vec<String>> = after.iter().filter(|row| !before.contains(row)).collect();
        return strange.is_empty();
    }
    let header = &before[0];
    before.iter().zip(&after).all(|(before, after)| {
        before.len() == after.len()
            && header
                .iter()
                .zip(before.iter().zip(after))
                .all(|(column, (before, after))| before == after || plainly_valid(column, after))
    })
}

const GARBAGE: [&str; 30] = [
    "",
    " ",
    "abc",
    "-5",
    "--5",
    "NaN",
    "inf",
    "1e999",
    "1e3",
    "0x10",
    "12,5",
    "1.2.3",
    "1.234",
    "#REF!",
    "#N/A",
    "31/12/2024",
    "03/04/2025",
    "2025-13-01",
    "2025-02-30",
    "45930",
    "99999999999999999999",
    "0",
    "-0",
    "TRUE",
    "null",
    "\u{661}\u{662}",
    "１２x",
    "1 2",
    "50%",
    "=1+1",
];

/// One change, and whether the oracle can judge what comes of it.
fn mutate(text: &str, rng: &mut StdRng) -> (Vec<u8>, &'static str) {
    let mut rows: Vec<Vec<String>> = cells(text).unwrap();
    let write = |rows: &[Vec<String>]| -> Vec<u8> {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.into_inner().unwrap()
    };
    let row = rng.random_range(1..rows.len());
    let column = rng.random_range(0..rows[0].len());
    match rng.random_range(0..11) {
        0 | 1 => {
            (*GARBAGE.choose(rng).unwrap()).clone_into(&mut rows[row][column]);
            (write(&rows), "garbage in a cell")
        }
        2 => {
            let next = (column + 1) % rows[0].len();
            rows[row].swap(column, next);
            (write(&rows), "cells swapped")
        }
        3 => {
            rows[row].remove(column);
            (write(&rows), "a cell too few")
        }
        4 => {
            rows[row].insert(column, GARBAGE.choose(rng).unwrap().to_string());
            (write(&rows), "a cell too many")
        }
        5 => {
            let copy = rows[row].clone();
            rows.insert(row, copy);
            (write(&rows), "a row twice")
        }
        6 => {
            let mut bytes = text.as_bytes().to_vec();
            let index = rng.random_range(0..bytes.len());
            bytes[index] = rng.random();
            (bytes, "a byte changed")
        }
        7 => {
            let mut bytes = text.as_bytes().to_vec();
            bytes.remove(rng.random_range(0..bytes.len()));
            (bytes, "a byte lost")
        }
        8 => {
            let mut bytes = text.as_bytes().to_vec();
            let index = rng.random_range(0..bytes.len());
            bytes.insert(index, *b"\",;\t\n\r \0\xff'".choose(rng).unwrap());
            (bytes, "a byte too many")
        }
        9 => (text.as_bytes()[..rng.random_range(0..text.len())].to_vec(), "cut off"),
        _ => {
            let delimiter = *[";", "\t", "|"].choose(rng).unwrap();
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let from = rng.random_range(0..lines.len());
            lines[from..].iter_mut().for_each(|line| *line = line.replace(',', delimiter));
            ((lines.join("\n") + "\n").into_bytes(), "another delimiter from some row on")
        }
    }
}

#[test]
fn what_is_read_stood_there_or_is_reported() {
    let small = Small::new();
    let (expected, usual) = (values(&small.plain), warnings(&small.plain));
    let count: u64 = std::env::var("WAFERCAST_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(3_000);
    let (mut refused, mut reported, mut same, mut differs) = (0, 0, 0, 0);
    for seed in 0..count {
        let mut rng = StdRng::seed_from_u64(seed);
        let export = rng.random_range(0..NAMES.len());
        let (bytes, what) = mutate(&small.texts[export], &mut rng);
        match small.with(export, &bytes) {
            Err(Error::Input(problems)) => {
                assert!(!problems.is_empty());
                refused += 1;
            }
            Err(other) => panic!("seed {seed}: {what} of {}: {other}", NAMES[export]),
            Ok(read) if values(&read) == expected => same += 1,
            Ok(read) if warnings(&read).iter().any(|w| !usual.contains(w)) => reported += 1,
            Ok(_) => {
                let changed = String::from_utf8_lossy(&bytes).into_owned();
                let cut_at_a_row = what == "cut off" && changed.ends_with('\n');
                assert!(
                    cut_at_a_row || stated(&small.texts[export], &changed),
                    "seed {seed}: {what} of {} went through unsaid:\n{}",
                    NAMES[export],
                    difference(&small.texts[export], &changed)
                );
                differs += 1;
            }
        }
    }
    // Each way out must be taken, or the changes are not what they should be.
    assert!(
        refused > count / 4 && reported > 0 && same > 0 && differs > 0,
        "{refused} {reported} {same} {differs}"
    );
}

fn difference(before: &str, after: &str) -> String {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let at = before.iter().zip(&after).position(|(a, b)| a != b).unwrap_or(before.len().min(after.len()));
    let line = |lines: &[&str]| lines.get(at).map_or("(end)".to_owned(), |l| (*l).to_owned());
    format!("line {}\n- {}\n+ {}", at + 1, line(&before), line(&after))
}

#[test]
fn a_whole_file_in_another_encoding_is_read_right_or_refused() {
    let small = Small::new();
    let expected = values(&small.plain);
    for (export, text) in small.texts.iter().enumerate() {
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let encodings: [(&str, Vec<u8>); 6] = [
            ("UTF-16 without mark", wide.clone()),
            ("UTF-16 with mark", [vec![0xff, 0xfe], wide].concat()),
            ("GB18030", encoding_rs::GB18030.encode(text).0.into_owned()),
            ("windows-1252", encoding_rs::WINDOWS_1252.encode(text).0.into_owned()),
            ("UTF-8 with mark", [vec![0xef, 0xbb, 0xbf], text.as_bytes().to_vec()].concat()),
            ("zeros", vec![0; 100]),
        ];
        for (what, bytes) in encodings {
            if let Ok(read) = small.with(export, &bytes) {
                assert_eq!(values(&read), expected, "{what} of {}", NAMES[export]);
            }
        }
    }
}
