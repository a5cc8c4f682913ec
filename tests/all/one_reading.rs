//! Order lines of which prices are judged on the way, in one reading, against the same lines read twice.

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

/// All that was read and told.
fn all(exports: &Exports) -> String {
    let told: Vec<String> = exports.warnings.iter().map(ToString::to_string).collect();
    format!("{:?} {:?}", exports.ledger, told).replace(".csv.gz", ".csv")
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
