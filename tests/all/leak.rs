//! Nothing later than an origin is seen by its replay: the replay on the whole history equals, bit for bit, one on every
//! export cut at the origin, with states and deliveries as they were known then.

use crate::common;
use std::collections::BTreeMap;
use std::path::Path;

use wafercast::backtest::{ExAnte, ex_ante, replay};
use wafercast::demand::{Demand, PastOrigins};
use wafercast::domain::Month;
use wafercast::history::{Book, MarketHistory};
use wafercast::market::HORIZON;
use wafercast::run::{self, Inputs, Request};

fn load(folder: &Path, as_of: Month) -> Inputs {
    run::load(&Request {
        job: common::root().join("jobs/quarterly.toml"),
        inputs: Some(folder.to_path_buf()),
        as_of: Some(as_of.last_day()),
        out: None,
        now: chrono::DateTime::UNIX_EPOCH,
        no_create: false,
        deny_warnings: false,
    })
    .unwrap_or_else(|e| panic!("{as_of}: {e}"))
}

/// Rewrites a CSV file: `row` changes a row in place and says whether it stays.
fn rewrite(path: &Path, row: impl Fn(&mut BTreeMap<String, String>) -> bool) {
    let rows = common::rows(path);
    let header: Vec<String> =
        csv::Reader::from_path(path).unwrap().headers().unwrap().iter().map(Into::into).collect();
    let mut writer = csv::Writer::from_path(path).unwrap();
    writer.write_record(&header).unwrap();
    for mut cells in rows {
        if row(&mut cells) {
            writer.write_record(header.iter().map(|column| &cells[column])).unwrap();
        }
    }
    writer.flush().unwrap();
}

/// The fixtures' exports as they would have been made on the last day of `origin`.
fn cut(origin: Month) -> tempfile::TempDir {
    let folder = common::copy_of("maker");
    let last = origin.last_day().to_string();
    let mut shipped: BTreeMap<String, u32> = BTreeMap::new();
    for row in
        common::rows(&folder.path().join("shipments.csv")).iter().filter(|row| row["shipped_date"] <= last)
    {
        *shipped.entry(row["order_id"].clone()).or_default() += row["quantity"].parse::<u32>().unwrap();
    }
    for (file, column) in [
        ("shipments.csv", "shipped_date"),
        ("hashprice.csv", "date"),
        ("difficulty.csv", "date"),
        ("channel_inventory.csv", "snapshot_date"),
        ("supply.csv", "date"),
    ] {
        let path = folder.path().join(file);
        rewrite(&path, |row| row[column] <= last);
        if std::fs::read_to_string(&path).unwrap().lines().count() < 2 {
            // An export of a later day alone did not exist yet; an empty one would be refused.
            std::fs::remove_file(&path).unwrap();
        }
    }
    rewrite(&folder.path().join("futures_orders.csv"), |row| {
        if row["status"] != "cancelled" || row["cancelled_date"] > last {
            let delivered = shipped.get(&row["order_id"]).copied().unwrap_or(0);
            let all = delivered >= row["quantity"].parse().unwrap();
            row.insert("status".to_owned(), if all { "completed" } else { "open" }.to_owned());
            row.insert("cancelled_date".to_owned(), String::new());
            row.insert("delivered_quantity".to_owned(), String::new());
        }
        row["signed_date"] <= last
    });
    folder
}

/// What a replay is made from, and what replays found.
struct History<'a> {
    inputs: &'a Inputs,
    market: MarketHistory,
    past: PastOrigins,
    errors: Vec<String>,
}

impl<'a> History<'a> {
    fn new(inputs: &'a Inputs) -> Self {
        let Inputs { job, exports, .. } = inputs;
        let market = MarketHistory::new(exports, job.reading.stale_days);
        let book = Book::new(&exports.ledger, &job.catalogue, exports.ledger.as_of);
        let past = PastOrigins::new(&book, &market, exports, job);
        let replays = replay(&exports.ledger, &market, &book, job, &past);
        let errors = replays.errors.iter().map(|error| format!("{error:?}")).collect();
        Self { inputs, market, past, errors }
    }

    fn at(&self, origin: Month) -> ExAnte<'_> {
        let Inputs { job, exports, .. } = self.inputs;
        ex_ante(origin, &exports.ledger, &self.market, job, &self.past).unwrap()
    }
}

/// Every number of a replay in full: a float prints the shortest text that reads back as the same bits.
fn numbers(replay: &ExAnte<'_>) -> [(&'static str, String); 4] {
    let ExAnte { book, demand, outlook, base } = replay;
    let firm: Vec<[i64; HORIZON]> = book.firm(book.intake.len());
    [
        ("the order book", format!("{firm:?} {:?} {:?}", book.intake, book.deliveries)),
        ("what demand is drawn from", format!("{demand:?}")),
        ("the market ahead", format!("{outlook:?}")),
        ("the forecast", format!("{base:?}")),
    ]
}

/// The first place where two texts differ, with what is around it.
fn difference(a: &str, b: &str) -> String {
    let at = a.bytes().zip(b.bytes()).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
    let around = |text: &str| {
        let bytes = &text.as_bytes()[at.saturating_sub(200)..text.len().min(at + 100)];
        String::from_utf8_lossy(bytes).into_owned()
    };
    format!("...{}\nand\n...{}", around(a), around(b))
}

#[test]
fn a_replay_sees_nothing_that_came_later() {
    let whole_inputs = load(&common::root().join("fixtures/maker"), "2025-09".parse().unwrap());
    let whole = History::new(&whole_inputs);
    let mut differ = Vec::new();
    let origins: Vec<Month> = [
        "2022-12", "2023-03", "2023-06", "2023-09", "2023-12", "2024-03", "2024-06", "2024-09", "2024-12",
        "2025-03", "2025-06",
    ]
    .map(|month| month.parse().unwrap())
    .into();
    for origin in origins {
        let folder = cut(origin);
        let cut_inputs = load(folder.path(), origin);
        let then = History::new(&cut_inputs);
        let (of_whole, of_cut) = (numbers(&whole.at(origin)), numbers(&then.at(origin)));
        for ((what, one), (_, other)) in of_whole.iter().zip(&of_cut) {
            if one != other {
                differ.push(format!("{origin}: {what}: {}", difference(one, other)));
            }
        }
        // What calibrates it: the errors known by then are those that the replays of then had. A longer history drops the
        // oldest origins.
        let known: Vec<&String> = whole
            .errors
            .iter()
            .filter(|error| {
                let month = error.split("known: ").nth(1).unwrap();
                month[..7].parse::<Month>().unwrap() <= origin
            })
            .collect();
        let of_then: Vec<&String> = then.errors.iter().collect();
        if !of_then.ends_with(&known) {
            differ.push(format!("{origin}: errors {known:?} and {of_then:?}"));
        }
    }
    assert!(differ.is_empty(), "{} differences\n{}", differ.len(), differ.join("\n\n"));
}

#[test]
fn a_replay_that_sees_the_market_ahead_would_be_noticed() {
    let inputs = load(&common::root().join("fixtures/maker"), "2025-09".parse().unwrap());
    let whole = History::new(&inputs);
    let origin: Month = "2024-06".parse().unwrap();
    let Inputs { job, exports, .. } = &inputs;
    let book = Book::new(&exports.ledger, &job.catalogue, origin);
    let leaking = Demand::new(&book, &whole.market, job, &whole.past);
    let honest = whole.at(origin);
    let seen =
        wafercast::market::Outlook::new(&whole.market, &job.market, &wafercast::job::Scenarios::default());
    assert_ne!(format!("{:?}", seen.unwrap()), format!("{:?}", honest.outlook));
    // Later deliveries and cancellations are in the exports too: a book of the whole history is another one.
    let later = Book::new(&exports.ledger, &job.catalogue, exports.ledger.as_of);
    let with_later = Demand::new(&later, &whole.market, job, &whole.past);
    assert_ne!(format!("{with_later:?}"), format!("{:?}", honest.demand));
    assert_eq!(
        format!("{leaking:?}"),
        format!("{:?}", honest.demand),
        "demand looks prices up by month alone"
    );
}
