//! The same order lines read in other ways: prices judged on the way against a second reading, several files against one.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use crate::common::{self, root};
use chrono::{Days, NaiveDate};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use wafercast::ingest::{Exports, Locations, read};
use wafercast::job::Job;

/// Order lines: enough that a second reading is avoided.
const LINES: u32 = 90_000;

/// Orders of one to three lines, signed in 2025, one price in sixty anywhere between 50 and 80,000 USD.
fn orders() -> String {
    let mut text = "order_id,line,customer,customer_segment,model,order_type,signed_date,quantity,unit_price_usd,prepaid_usd,delivery_start,delivery_months,status,cancelled_date,note\n".to_owned();
    let mut rng = StdRng::seed_from_u64(7);
    let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
    let (mut written, mut order) = (0, 0);
    while written < LINES {
        order += 1;
        let signed = first + Days::new(rng.random_range(0..270));
        let customer = rng.random_range(0..500);
        for line in 1..=rng.random_range(1..=3) {
            let quantity = rng.random_range(1..300_u32);
            let price = if rng.random_range(0..60) == 0 {
                rng.random_range(50_f64.ln()..80_000_f64.ln()).exp()
            } else {
                rng.random_range(2_500.0..3_500.0)
            };
            let paid = if rng.random_bool(0.9) { price * f64::from(quantity) / 2.0 } else { 0.0 };
            let model = ["M90-200", "M95-245"][rng.random_range(0..2)];
            let (status, cancelled) =
                if order % 30 == 0 { ("cancelled", "2025-09-30") } else { ("open", "") };
            writeln!(
                text,
                "FO-{order:06},{line},Customer {customer},channel,{model},futures,{signed},{quantity},{price:.2},{paid:.2},2025-{},2,{status},{cancelled},of some length",
                10 + line % 3
            )
            .unwrap();
            written += 1;
        }
    }
    text
}

fn exports(folder: &Path) -> Exports {
    let path = root().join("jobs/quarterly.toml");
    let job = Job::parse(&common::text(&path), &path).unwrap();
    let as_of = NaiveDate::from_ymd_opt(2025, 9, 30).unwrap();
    read(&job, &Locations::new(&job, Some(folder), as_of), as_of).unwrap()
}

/// All that was read and reported.
fn all(exports: &Exports) -> String {
    let reported: Vec<String> = exports.warnings.iter().map(ToString::to_string).collect();
    format!("{:?} {:?}", exports.ledger, reported).replace(".csv.gz", ".csv")
}

#[test]
fn prices_judged_on_the_way_are_those_judged_in_a_second_reading() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["hashprice.csv", "difficulty.csv"] {
        std::fs::copy(root().join("fixtures/maker").join(name), folder.path().join(name)).unwrap();
    }
    let text = orders();
    assert!(text.len() > 9 << 20, "large enough that the limits are guessed: {}", text.len());
    let plain = folder.path().join("futures_orders.csv");
    std::fs::File::create(&plain).and_then(|mut file| file.write_all(text.as_bytes())).unwrap();
    let once = exports(folder.path());
    std::fs::remove_file(&plain).unwrap();
    // Slices of a packed file cannot be looked at before it is read: it is read twice.
    let packed = std::fs::File::create(folder.path().join("futures_orders.csv.gz")).unwrap();
    let mut packed = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap();
    let twice = exports(folder.path());
    let odd = |e: &Exports| {
        let warning = e.warnings.iter().find(|w| w.code.name() == "odd-price").unwrap();
        warning.reason.split(' ').next().unwrap().parse::<u32>().unwrap()
    };
    assert!((300..1_500).contains(&odd(&once)), "{}", odd(&once));
    assert_eq!(odd(&once), odd(&twice));
    assert!(all(&once) == all(&twice), "what is read and told differs");
}

/// The fixture maker's orders in a mixed order, some of them wrong in each way that is reported of many.
fn odd_orders() -> Vec<String> {
    let text = common::text(&root().join("fixtures/maker/futures_orders.csv"));
    let mut rows: Vec<Vec<String>> =
        text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect();
    let mut rng = StdRng::seed_from_u64(11);
    for index in (1..rows.len()).rev() {
        rows.swap(index, rng.random_range(0..=index));
    }
    for (index, row) in rows.iter_mut().enumerate() {
        let open = row[12] == "open";
        let value = row[6].parse::<f64>().unwrap() * row[7].parse::<f64>().unwrap();
        match index % 23 {
            0 => row[8] = format!("{:.2}", value * (1.1 + index as f64 / 1000.0)),
            1 if open => row[7] = "0".to_owned(),
            2 if open => row[8] = "0".to_owned(),
            3 if index < 140 => row[7] = format!("{:.2}", row[7].parse::<f64>().unwrap() * 50.0),
            4 => row[8] = format!("{:.2}", value / 1000.0),
            5 => row[6] = format!("{}", row[6].parse::<u32>().unwrap() * 9),
            6 if row[12] == "completed" => row[11] = (row[6].parse::<u32>().unwrap() / 2).to_string(),
            7 if !open => (row[12], row[13]) = ("cancelled".to_owned(), "2025-09-15".to_owned()),
            8 if row[5].as_str() > "2024" => row[9] = "2026-12".to_owned(),
            9 if !open => row[9] = "2023-01".to_owned(),
            10 => row[7] = String::new(),
            11 if open => row[11] = row[6].clone(),
            12 => (row[5], row[9]) = (format!("2018-01-{:02}", index % 28 + 1), "2018-03".to_owned()),
            13 if open => (row[12], row[13]) = ("cancelled".to_owned(), "2026-03-15".to_owned()),
            14 => row[10] = "13".to_owned(),
            _ => {}
        }
    }
    rows.into_iter().map(|row| row.join(",")).collect()
}

/// What is reported, without the names of rows: the first few are those of the smallest line numbers, of whichever file.
fn without_rows(exports: &Exports) -> Vec<String> {
    let reported = exports.warnings.iter().map(|warning| {
        let reason = warning.reason.split(": SO-").next().unwrap_or_default();
        format!("{} {reason}", warning.code.name())
    });
    let mut reported: Vec<String> = reported.collect();
    reported.sort();
    reported
}

#[test]
fn orders_in_several_files_are_those_of_one() {
    let header =
        common::text(&root().join("fixtures/maker/futures_orders.csv")).lines().next().unwrap().to_owned();
    let rows = odd_orders();
    let read_in = |files: usize, shipments: bool| {
        let folder = common::copy_of("maker");
        std::fs::remove_file(folder.path().join("futures_orders.csv")).unwrap();
        for (n, part) in rows.chunks(rows.len().div_ceil(files)).enumerate() {
            let text = format!("{header}\n{}\n", part.join("\n"));
            let path = folder.path().join(format!("orders-{n}.csv"));
            std::fs::File::create(path).and_then(|mut file| file.write_all(text.as_bytes())).unwrap();
        }
        let text = common::text(&root().join("jobs/quarterly.toml"));
        let text = text.replace("../fixtures/maker/", "").replace("\"futures_orders.csv", "\"orders-*.csv");
        let text =
            text.replace("[checks]\n", "[checks]\nodd-price = \"warning\"\nodd-quantity = \"warning\"\n");
        let shipments_too = |line: &&str| {
            shipments || !(line.contains("[exports.shipments]") || line.contains("shipments.csv"))
        };
        let text: String = text.lines().filter(shipments_too).map(|line| line.to_owned() + "\n").collect();
        let path = folder.path().join("job.toml");
        let job = Job::parse(&text, &path).unwrap();
        let as_of = NaiveDate::from_ymd_opt(2025, 9, 30).unwrap();
        read(&job, &Locations::new(&job, None, as_of), as_of).unwrap()
    };
    let mut recorded = String::new();
    for shipments in [true, false] {
        let one = read_in(1, shipments);
        for files in [2, 5] {
            let several = read_in(files, shipments);
            assert_eq!(format!("{:#?}", one.ledger), format!("{:#?}", several.ledger), "{files} {shipments}");
            let (one, several) = (without_rows(&one), without_rows(&several));
            let differ: Vec<_> = one.iter().zip(&several).filter(|(a, b)| a != b).collect();
            assert!(one == several, "{files} {shipments}: {differ:#?}");
        }
        recorded += &(without_rows(&one).join("\n") + "\n");
    }
    // What is said of them: counts and sums of every kind.
    crate::checks::as_recorded("odd_orders.txt", &recorded);
}
