//! What stands in a cell: words for empty and words of columns, forms of dates, text after numbers, currencies. Every way of
//! writing must come to what the plain file comes to, and what is not declared or not covered must be reported with its place.

use std::fmt::Write as _;
use std::path::Path;

use crate::common::{copy_of, edit, quoted, reported, root, text, wafercast};
use chrono::NaiveDate;
use wafercast::ingest::{Exports, Locations, Quote, read};
use wafercast::job::Job;

// The miniature's columns: order_id, customer, customer_segment, model, order_type, signed_date, quantity, unit_price_usd,
// prepaid_usd, delivery_start, delivery_months, delivered_quantity, status, cancelled_date.
const SEGMENT: usize = 2;
const TYPE: usize = 4;
const SIGNED: usize = 5;
const QUANTITY: usize = 6;
const PRICE: usize = 7;
const PREPAID: usize = 8;
const STATUS: usize = 12;
const CANCELLED: usize = 13;

fn put(path: &Path, text: &str) {
    std::fs::File::create(path).and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes())).unwrap();
}

/// The miniature's orders with each row changed, and keys of the export.
fn orders(keys: &str, change: impl Fn(&mut Vec<String>)) -> tempfile::TempDir {
    let folder = copy_of("miniature");
    let plain = text(&root().join("fixtures/miniature/futures_orders.csv"));
    let mut written = String::new();
    for (index, line) in plain.lines().enumerate() {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if index > 0 {
            change(&mut cells);
        }
        writeln!(written, "{}", cells.join(",")).unwrap();
    }
    put(&folder.path().join("futures_orders.csv"), &written);
    let path = "path = \"futures_orders.csv\"\n";
    edit(&folder.path().join("job.toml"), |job| job.replacen(path, &format!("{path}{keys}\n"), 1));
    folder
}

fn exports(folder: &Path) -> Exports {
    let job = Job::load(&folder.join("job.toml")).unwrap();
    let as_of = NaiveDate::from_ymd_opt(2025, 9, 30).unwrap();
    read(&job, &Locations::new(&job, None, as_of), as_of).unwrap_or_else(|e| panic!("{e}"))
}

fn ledger(folder: &Path) -> String {
    format!("{:?}", exports(folder).ledger)
}

/// The rows changed come to the ledger of the plain rows.
fn alike(keys: &str, change: impl Fn(&mut Vec<String>)) {
    let folder = orders(keys, change);
    assert_eq!(ledger(folder.path()), ledger(orders("", |_| ()).path()), "{keys}");
}

fn refused(folder: &Path, code: i32, said: &[&str]) {
    let output = wafercast(&["check", folder.join("job.toml").to_str().unwrap(), "--all"]);
    assert_eq!(output.status.code(), Some(code), "{}", reported(&output));
    for part in said {
        assert!(reported(&output).contains(part), "`{part}` is not in\n{}", reported(&output));
    }
}

#[test]
fn words_for_empty_are_empty_cells() {
    for (written, declared) in
        [("NULL", "NULL"), ("#N/A", "#n/a"), ("nan", "NaN"), ("00.00.0000", "00.00.0000"), (" - ", "-")]
    {
        alike(&format!("empty = [\"{declared}\"]"), |cells| {
            cells[CANCELLED] = written.to_owned();
            cells[PREPAID] = written.to_owned();
        });
    }
    // Undeclared it is refused, and the key is named; line 2 is the first order.
    let folder = orders("", |cells| cells[CANCELLED] = "NULL".to_owned());
    refused(folder.path(), 65, &["futures_orders.csv:2", "cancelled_date", "`NULL`", "empty = [\"NULL\"]"]);
    // Where a value is needed, an empty cell is none.
    let folder = orders("empty = [\"NULL\"]", |cells| cells[QUANTITY] = "NULL".to_owned());
    refused(folder.path(), 65, &["futures_orders.csv:2", "quantity", "is empty"]);
}

#[test]
fn one_code_has_two_meanings_in_two_columns() {
    let keys = "[exports.futures_orders.words.customer_segment]\nA = \"key_account\"\n\
        [exports.futures_orders.words.order_type]\nA = \"futures\"\n\
        [exports.futures_orders.words.status]\nA = \"open\"\n";
    alike(keys, |cells| {
        for column in [SEGMENT, TYPE, STATUS] {
            "A".clone_into(&mut cells[column]);
        }
    });
    // Words of the export hold in every column that has none of its own.
    alike("words = { A = \"open\", order_type = { A = \"futures\" } }", |cells| {
        "A".clone_into(&mut cells[TYPE]);
        "A".clone_into(&mut cells[STATUS]);
    });
    let folder = orders("words = { state = { A = \"open\" } }", |_| ());
    refused(folder.path(), 65, &["words of `state`, which is not a column of this export"]);
}

/// A day of the miniature in another form; its orders are signed on the first of a month.
fn written(day: &str, form: &str) -> String {
    day.parse::<NaiveDate>().unwrap().format(form).to_string()
}

#[test]
fn dates_of_several_forms_and_periods() {
    let both = "date_format = [\"%d.%m.%Y\", \"%d-%b-%y\"]";
    alike(both, |cells| {
        let odd = cells[0].ends_with(['1', '3', '5', '7', '9']);
        cells[SIGNED] = written(&cells[SIGNED], if odd { "%d.%m.%Y" } else { "%d-%b-%y" });
    });
    // 01/02/2024 is two days by two forms, whichever stands first; 2024-02-01 is on line 6.
    let folder = orders("date_format = [\"%d/%m/%Y\", \"%m/%d/%Y\"]", |cells| {
        cells[SIGNED] = written(&cells[SIGNED], "%d/%m/%Y");
    });
    refused(
        folder.path(),
        65,
        &["futures_orders.csv:6", "01/02/2024", "is 2024-02-01 by %d/%m/%Y and 2024-01-02 by %m/%d/%Y"],
    );
    let folder = orders("date_format = []", |_| ());
    refused(folder.path(), 78, &["date_format = [] has no form"]);
    let folder = orders("", |cells| "2024-W27".clone_into(&mut cells[SIGNED]));
    refused(folder.path(), 65, &["futures_orders.csv:2", "is a week: declare date_format = \"iso_week\""]);

    // Quarters and weeks as days: the orders of a quarter's first month are signed on its first day.
    let folder = orders("date_formats = { signed_date = \"quarter\" }", |cells| {
        let day: NaiveDate = cells[SIGNED].parse().unwrap();
        let quarter = (chrono::Datelike::month(&day) - 1) / 3 + 1;
        cells[SIGNED] = format!("Q{quarter} {}", chrono::Datelike::year(&day));
        let first = NaiveDate::from_ymd_opt(chrono::Datelike::year(&day), quarter * 3 - 2, 1).unwrap();
        cells[9] = first.format("%Y-%m").to_string();
    });
    let plain = orders("", |cells| {
        let day: NaiveDate = cells[SIGNED].parse().unwrap();
        let month = (chrono::Datelike::month(&day) - 1) / 3 * 3 + 1;
        let first = NaiveDate::from_ymd_opt(chrono::Datelike::year(&day), month, 1).unwrap();
        cells[SIGNED] = first.to_string();
        cells[9] = first.format("%Y-%m").to_string();
    });
    assert_eq!(ledger(folder.path()), ledger(plain.path()));
}

#[test]
fn what_stands_after_a_number_is_declared() {
    alike("suffixes = { Nos = 1, K = 1000, \"/Nos\" = 1 }", |cells| {
        cells[QUANTITY].push_str(" Nos");
        // The price of the miniature is 1000 throughout.
        assert_eq!(cells[PRICE], "1000");
        cells[PRICE] = if cells[0] == "O01" { "1K".to_owned() } else { "1000.00/Nos".to_owned() };
    });
    let folder = orders("", |cells| cells[QUANTITY].push_str(" Nos"));
    refused(folder.path(), 65, &["futures_orders.csv:2", "`60 Nos`", "suffixes = { \"Nos\" = 1 }"]);
    // Half a machine stays none, and a currency is no suffix to be waved through.
    let folder = orders("suffixes = { K = 1000 }", |cells| "0.0605K".clone_into(&mut cells[QUANTITY]));
    refused(folder.path(), 65, &["futures_orders.csv:2", "is not a whole number from 1"]);
    let folder = orders("", |cells| cells[PRICE].push_str(" CNY"));
    let output = wafercast(&["check", folder.path().join("job.toml").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(65));
    assert!(!reported(&output).contains("suffixes"), "{}", reported(&output));
}

#[test]
fn amounts_in_another_currency_by_rate() {
    // At 8 CNY a dollar a machine of 1000 USD costs 8000 CNY.
    let cny = |cells: &mut Vec<String>| "8000".clone_into(&mut cells[PRICE]);
    alike("currency = \"CNY\"\nper_usd = { CNY = 8 }", cny);
    alike("currency = \"RMB\"\nusd_per = { CNY = 0.125 }", cny);
    // By day, monthly: 4 CNY a dollar before 2025, 8 from then on.
    let folder = orders("currency = \"CNY\"\nrates = \"rates.csv\"", |cells| {
        let price = if cells[SIGNED].as_str() < "2025-01-01" { "4000" } else { "8000" };
        price.clone_into(&mut cells[PRICE]);
    });
    let mut rates = "date,currency,per_usd\n".to_owned();
    for place in 0..24 {
        let (year, month) = (2023 + (9 + place) / 12, (9 + place) % 12 + 1);
        writeln!(rates, "{year}-{month:02}-01,CNY,{}", if year < 2025 { 4 } else { 8 }).unwrap();
    }
    put(&folder.path().join("rates.csv"), &rates);
    assert_eq!(ledger(folder.path()), ledger(orders("", |_| ()).path()));
    // The file is an input, and what was ordered in CNY is reported: by the miniature's README 24 orders of 60 machines, 15 signed
    // before 2025 at 4000 CNY and 9 at 8000: 15 x 240,000 + 9 x 480,000.
    let output = wafercast(&["check", folder.path().join("job.toml").to_str().unwrap()]);
    assert!(reported(&output).contains("amounts in CNY: 7,920,000 CNY"), "{}", reported(&output));
    assert!(
        exports(folder.path()).files.iter().any(|file| file.export == "rates" && file.sha256.len() == 64)
    );
    // A rate holds for 31 days: without those of 2025 the first order of the year is from 31 days after the last.
    let cut: String =
        rates.lines().filter(|line| !line.starts_with("2025")).fold(String::new(), |t, l| t + l + "\n");
    put(&folder.path().join("rates.csv"), &cut);
    refused(folder.path(), 65, &["futures_orders.csv:18", "have none for 2025-02-01", "of 2024-12-01"]);
    put(&folder.path().join("rates.csv"), "date,currency,per_usd\n2024-01-01,CNY,\n");
    refused(folder.path(), 65, &["rates.csv:2", "give one of usd_per"]);
    // Without a rate it is refused by name.
    refused(
        orders("currency = \"CNY\"", cny).path(),
        65,
        &["futures_orders.csv:2", "is in CNY, not USD", "usd_per"],
    );
    refused(
        orders("usd_per = { CNY = 0.1 }\nper_usd = { CNY = 10 }", cny).path(),
        78,
        &["per_usd and usd_per both give CNY"],
    );
}

#[test]
fn a_currency_column_takes_each_row_at_its_own_rate() {
    let folder = copy_of("miniature");
    let plain = text(&folder.path().join("futures_orders.csv"));
    let mut written = String::new();
    for (index, line) in plain.lines().enumerate() {
        let (price, currency) = match index {
            0 => ("unit_price_usd", "currency"),
            index if index % 2 == 0 => ("8000", "人民币"),
            _ => ("1000", "USD"),
        };
        let mut cells: Vec<&str> = line.split(',').collect();
        cells[PRICE] = price;
        cells.push(currency);
        writeln!(written, "{}", cells.join(",")).unwrap();
    }
    put(&folder.path().join("futures_orders.csv"), &written);
    refused(folder.path(), 65, &["futures_orders.csv:3", "is in CNY, not USD"]);
    let path = "path = \"futures_orders.csv\"\n";
    edit(&folder.path().join("job.toml"), |job| {
        job.replacen(path, &format!("{path}per_usd = {{ CNY = 8 }}\n"), 1)
    });
    assert_eq!(ledger(folder.path()), ledger(orders("", |_| ()).path()));
}

/// Hashprice of the miniature in bitcoin, at 50,000 USD a bitcoin: 50 USD/PH/day are 0.001 BTC/PH/day.
#[test]
fn hashprice_in_bitcoin_by_the_price_of_the_day() {
    let plain = exports(copy_of("miniature").path());
    let folder = copy_of("miniature");
    let (mut hashprice, mut prices) = ("date,hashprice\n".to_owned(), "date,PriceUSD\n".to_owned());
    for day in &quoted(&plain, Quote::Hashprice) {
        writeln!(hashprice, "{},{}", day.date, day.value / 50_000.0).unwrap();
        writeln!(prices, "{},50000", day.date).unwrap();
    }
    put(&folder.path().join("hashprice.csv"), &hashprice);
    put(&folder.path().join("btc.csv"), &prices);
    let path = "path = \"hashprice.csv\"\n";
    let with = |keys: &str| {
        edit(&folder.path().join("job.toml"), |job| {
            let (before, after) = job.split_once(path).unwrap();
            let (_, after) = after.split_once("[exports.difficulty]").unwrap();
            format!("{before}{path}{keys}\n[exports.difficulty]{after}")
        });
    };
    with("unit = \"btc_per_ph_day\"");
    refused(
        folder.path(),
        65,
        &["hashprice.csv: is in bitcoin", "rates = a file", "1 problem(s) in 1 file(s)"],
    );
    with("unit = \"btc_per_ph_day\"\nusd_per = { BTC = 50000 }");
    refused(folder.path(), 78, &["one price of a bitcoin for every day cannot be right", "rates"]);
    with("unit = \"btc_per_ph_day\"\nrates = \"btc.csv\"");
    for (by_rate, day) in
        quoted(&exports(folder.path()), Quote::Hashprice).iter().zip(&quoted(&plain, Quote::Hashprice))
    {
        assert_eq!(by_rate.date, day.date);
        assert!((by_rate.value / day.value - 1.0).abs() < 1e-12, "{by_rate:?}");
    }
    // 0.001 BTC/PH/day are 100 satoshi per TH a day.
    let sats =
        quoted(&plain, Quote::Hashprice).iter().fold("date,hashprice\n".to_owned(), |mut text, day| {
            writeln!(text, "{},{}", day.date, day.value / 50_000.0 * 1e5).unwrap();
            text
        });
    let in_btc = std::mem::replace(&mut hashprice, sats);
    put(&folder.path().join("hashprice.csv"), &hashprice);
    with("unit = \"sats_per_th_day\"\nrates = \"btc.csv\"");
    let by_sats = quoted(&exports(folder.path()), Quote::Hashprice);
    assert!(
        by_sats
            .iter()
            .zip(&quoted(&plain, Quote::Hashprice))
            .all(|(a, b)| (a.value / b.value - 1.0).abs() < 1e-12)
    );
    let hashprice = in_btc;
    // The price may stand in the same row.
    let rows =
        hashprice.lines().skip(1).fold("date,hashprice,PriceUSD\n".to_owned(), |t, l| t + l + ",50000\n");
    put(&folder.path().join("hashprice.csv"), &rows);
    with("unit = \"btc_per_ph_day\"");
    let by_row = quoted(&exports(folder.path()), Quote::Hashprice);
    assert!(
        by_row
            .iter()
            .zip(&quoted(&plain, Quote::Hashprice))
            .all(|(a, b)| (a.value / b.value - 1.0).abs() < 1e-12)
    );
    assert_eq!(by_row.len(), quoted(&plain, Quote::Hashprice).len());
}

/// Amounts with the sign of the currency that their row names: 1,000 USD are 7,000 yuan at 7 a dollar. In a row of US dollars the sign is refused.
#[test]
fn amounts_may_have_the_sign_of_their_own_currency() {
    let currency = |rows: &mut Vec<Vec<String>>, code: &str| {
        for row in rows.iter_mut() {
            row[PRICE] = format!("\"￥{}\"", row[PRICE].parse::<f64>().unwrap() * 7.0);
            row[PREPAID] = String::new();
            row.push(code.to_owned());
        }
    };
    let folder = copy_of("miniature");
    let path = folder.path().join("futures_orders.csv");
    let given = text(&path);
    let written = |code: &str| {
        let mut lines = given.lines();
        let head = format!("{},currency\n", lines.next().unwrap());
        let mut rows: Vec<Vec<String>> = lines.map(|l| l.split(',').map(str::to_owned).collect()).collect();
        currency(&mut rows, code);
        put(&path, &rows.iter().fold(head, |text, row| text + &row.join(",") + "\n"));
    };
    edit(&folder.path().join("job.toml"), |job| {
        job.replacen(
            "path = \"futures_orders.csv\"\n",
            "path = \"futures_orders.csv\"\nper_usd = { CNY = 7.0 }\n",
            1,
        )
    });
    let values =
        |exports: &Exports| exports.ledger.lots.iter().map(|lot| lot.money.value).collect::<Vec<_>>();
    let expected = values(&exports(copy_of("miniature").path()));
    for code in ["CNY", "人民币"] {
        written(code);
        assert_eq!(values(&exports(folder.path())), expected, "{code}");
    }
    written("USD");
    refused(folder.path(), 65, &["unit_price_usd: `￥", "is not in US dollars"]);
}
