//! Files of the guide changed at random: what steps make of them is read or refused, never a panic; a cell of garbage where a
//! number, day or model stands is refused with its line, or its row was left out and counted.
//!
//! `WAFERCAST_MUTATIONS=70000 cargo test --release --test all shaping_mutations::` for more than the usual number.

use std::io::Write as _;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use crate::common::root;
use crate::shaping::{exports, maker};
use crate::systems::blocks;

/// File of each system that is changed, and the columns of it that hold numbers, days, months or models.
const FILES: [(&str, &str, &[&str]); 7] = [
    (
        "odoo",
        "sale.order.csv",
        &[
            "Order Lines/Product",
            "Order Lines/Quantity",
            "Order Lines/Unit Price",
            "Order Lines/First Delivery",
            "Order Lines/Batches",
            "Order Lines/Delivered Quantity",
        ],
    ),
    (
        "netsuite",
        "SavedSearch.csv",
        &["Item", "Date", "Quantity", "Item Rate", "Ship Month", "Batches", "Quantity Fulfilled"],
    ),
    (
        "salesforce",
        "report.csv",
        &["Product", "Order Start Date", "Quantity", "Unit Price", "First Batch", "Last Batch", "Delivered"],
    ),
    (
        "dynamics",
        "SalesOrderLinesV2.csv",
        &[
            "CREATEDDATETIME",
            "ORDEREDSALESQUANTITY",
            "SALESPRICE",
            "CONFIRMEDSHIPPINGDATE",
            "BATCHES",
            "DELIVEREDQTY",
        ],
    ),
    ("shopify", "orders_export_1.csv", &["Lineitem quantity", "Lineitem price", "Lineitem sku"]),
    ("excel", "stock.csv", &["Model", "Jul-25 on hand", "Sep-25 on hand", "Sep-25 sold"]),
    ("excel", "shipments.csv", &["shipped_date", "model", "quantity"]),
];

const GARBAGE: [&str; 12] = [
    "abc",
    "#REF!",
    "NaN",
    "1.2.3",
    "2025-13-01",
    "--5",
    "50%",
    "1e999",
    "TRUE",
    "12,5;",
    "=1+1",
    "\u{661}\u{662}",
];

fn mutations() -> usize {
    std::env::var("WAFERCAST_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(280)
}

#[test]
fn changed_files_are_read_or_refused_and_garbage_never_passes() {
    let mut rng = StdRng::seed_from_u64(20_251_126);
    let blocks = blocks();
    for (system, file, columns) in FILES {
        let (_, block) = blocks.iter().find(|(name, _)| name == system).unwrap();
        let folder = maker(&format!("{block}\n"), &[]);
        for entry in std::fs::read_dir(root().join("fixtures/systems")).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        let path = folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let rows: Vec<(u64, csv::StringRecord)> = reader
            .records()
            .map(|row| row.unwrap())
            .map(|row| (row.position().unwrap().line(), row))
            .collect();
        let header = rows
            .iter()
            .position(|(_, row)| columns.iter().all(|c| row.iter().any(|cell| cell == *c)))
            .unwrap();
        let plain = format!("{:?}", exports(folder.path()).unwrap().ledger);
        for _ in 0..mutations() / FILES.len() {
            let put =
                |bytes: &[u8]| std::fs::File::create(&path).and_then(|mut f| f.write_all(bytes)).unwrap();
            if rng.random_bool(0.5) {
                // Bytes, lines and pieces of the text.
                let mut bytes = text.clone().into_bytes();
                match rng.random_range(0..4) {
                    0 => {
                        let place = rng.random_range(0..bytes.len());
                        bytes[place] = *b"\",;\n\r|\0x9-.{".choose(&mut rng).unwrap();
                    }
                    1 => bytes.truncate(rng.random_range(0..bytes.len())),
                    2 => {
                        let (from, to) = (rng.random_range(0..bytes.len()), rng.random_range(0..bytes.len()));
                        bytes.drain(from.min(to)..from.max(to).min(from.min(to) + 40));
                    }
                    _ => {
                        let mut lines: Vec<&str> = text.lines().collect();
                        let (from, to) = (rng.random_range(0..lines.len()), rng.random_range(0..lines.len()));
                        let line = lines.remove(from);
                        lines.insert(to.min(lines.len()), line);
                        bytes = lines.join("\n").into_bytes();
                    }
                }
                put(&bytes);
                drop(exports(folder.path()));
                continue;
            }
            let place = rng.random_range(header + 1..rows.len());
            let column = columns.choose(&mut rng).unwrap();
            let at = rows[header].1.iter().position(|cell| cell == *column).unwrap();
            let garbage = GARBAGE.choose(&mut rng).unwrap();
            let mut written = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for (other, (_, row)) in rows.iter().enumerate() {
                let cells: Vec<&str> = row
                    .iter()
                    .enumerate()
                    .map(|(c, cell)| if other == place && c == at { garbage } else { cell })
                    .collect();
                written.write_record(cells).unwrap();
            }
            let changed = written.into_inner().unwrap();
            put(&changed);
            match exports(folder.path()) {
                // Titles, footers, sums and what is no machine were left out before.
                Ok(read) => assert_eq!(
                    format!("{:?}", read.ledger),
                    plain,
                    "{system}: {garbage} in {column} of row {place} passed"
                ),
                Err(reported) => {
                    // Blank lines are not written again: the row stands where its number says.
                    assert!(
                        reported.contains(&format!("{file}:{}:", place + 1)),
                        "{system}: {garbage} in {column} of row {place}: {reported}"
                    );
                }
            }
        }
    }
}
