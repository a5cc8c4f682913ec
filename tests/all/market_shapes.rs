//! Market data in the shapes that their publishers give it, written here with values made up for the purpose.

use std::fmt::Write as _;
use std::path::Path;

use crate::common::{copy_of, edit, reported, wafercast};
use chrono::NaiveDate;
use wafercast::ingest::{Daily, Exports, Locations, Quote, read};
use wafercast::job::Job;

const FIRST: (i32, u32, u32) = (2025, 4, 3);
const DAYS: usize = 181;

fn date(index: usize) -> NaiveDate {
    NaiveDate::from_ymd_opt(FIRST.0, FIRST.1, FIRST.2).unwrap() + chrono::Days::new(index as u64)
}

/// Difficulty steps up by 1% every 14 days, hashprice goes up by 0.1 USD a day.
fn difficulty(index: usize) -> f64 {
    1e14 * 1.01_f64.powf((index / 14) as f64)
}

fn hashprice(index: usize) -> f64 {
    50.0 + 0.1 * index as f64
}

/// Network hashrate in TH/s, by the 600 seconds that a block should take.
fn terahash(index: usize) -> f64 {
    difficulty(index) * 4_294_967_296.0 / 600.0 / 1e12
}

fn revenue(index: usize) -> f64 {
    hashprice(index) * terahash(index) / 1e3
}

fn epoch_ms(index: usize) -> i64 {
    date(index).and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp_millis()
}

/// A text of one line a day.
fn lines(header: &str, line: impl Fn(usize) -> String) -> String {
    (0..DAYS).fold(header.to_owned(), |mut text, place| {
        writeln!(text, "{}", line(place)).unwrap();
        text
    })
}

fn put(path: &Path, text: &str) {
    std::fs::File::create(path).and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes())).unwrap();
}

/// One market export: its text, and the keys that the job declares for it.
type Given<'a> = (&'a str, &'a str);

fn folder(hashprice: Given<'_>, difficulty: Given<'_>) -> tempfile::TempDir {
    let folder = copy_of("miniature");
    for (name, (text, keys)) in [("hashprice", hashprice), ("difficulty", difficulty)] {
        put(&folder.path().join(format!("{name}.csv")), text);
        let path = format!("path = \"{name}.csv\"\n");
        edit(&folder.path().join("job.toml"), |job| job.replacen(&path, &format!("{path}{keys}\n"), 1));
    }
    folder
}

fn exports(hashprice: Given<'_>, difficulty: Given<'_>) -> Exports {
    let folder = folder(hashprice, difficulty);
    let job = Job::load(&folder.path().join("job.toml")).unwrap();
    let as_of = NaiveDate::from_ymd_opt(2025, 9, 30).unwrap();
    read(&job, &Locations::new(&job, None, as_of), as_of).unwrap_or_else(|e| panic!("{e}"))
}

fn own_hashprice() -> String {
    lines("date,hashprice_usd_per_ph_day\n", |p| format!("{},{}", date(p), hashprice(p)))
}

fn own_difficulty() -> String {
    lines("date,difficulty\n", |p| format!("{},{}", date(p), difficulty(p)))
}

fn agree(days: impl Iterator<Item = Daily>, expected: impl Fn(usize) -> f64, relative: f64, what: &str) {
    let days: Vec<Daily> = days.collect();
    assert_eq!(days.len(), DAYS, "{what}");
    for (index, day) in days.iter().enumerate() {
        assert_eq!(day.date, date(index), "{what}");
        let expected = expected(index);
        assert!((day.value / expected - 1.0).abs() <= relative, "{what}: {day:?}, not {expected}");
    }
}

/// The exports whose hashprice (or difficulty) is given like this; the other one is wafercast's own.
fn with_hashprice(what: &str, text: &str, keys: &str) {
    let exports = exports((text, keys), (&own_difficulty(), ""));
    agree(exports.market.days(Quote::Hashprice), hashprice, 1e-9, what);
    agree(exports.market.days(Quote::Difficulty), difficulty, 1e-12, what);
}

fn with_difficulty(what: &str, text: &str, keys: &str) {
    let exports = exports((&own_hashprice(), ""), (text, keys));
    agree(exports.market.days(Quote::Difficulty), difficulty, 1e-9, what);
}

fn refused(hashprice: Given<'_>, difficulty: Given<'_>, code: i32, said: &[&str]) {
    let folder = folder(hashprice, difficulty);
    let output = wafercast(&["check", folder.path().join("job.toml").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(code), "{}", reported(&output));
    for part in said {
        assert!(reported(&output).contains(part), "`{part}` is not in\n{}", reported(&output));
    }
}

#[test]
fn unnamed_values_may_be_hashprice() {
    let text = lines("x,y\n", |p| format!("{},{}", epoch_ms(p), hashprice(p)));
    with_hashprice("x,y", &text, "chart = \"hashprice\"\nunit = \"usd_per_ph_day\"");
    let pairs: Vec<String> =
        (0..DAYS).map(|p| format!("[{}, {}]", epoch_ms(p), hashprice(p) / 1e3)).collect();
    let json = format!("{{\"result\": {{\"BTC\": [{}]}}}}", pairs.join(", "));
    let keys = "json_path = \"result.BTC\"\nchart = \"hashprice\"\nunit = \"usd_per_th_day\"";
    with_hashprice("pairs of a path", &json, keys);
}

#[test]
fn coin_metrics_of_every_year() {
    // The oldest has difficulty and no hashrate, the newest hashrate and no difficulty, fees in coins only.
    let blocks = |p: usize| 140 + p % 9;
    let old =
        lines("date,AdrActCnt,BlkCnt,DiffMean,FeeTotNtv,FeeTotUSD,IssContUSD,IssTotUSD,PriceUSD\n", |p| {
            let usd = revenue(p) * blocks(p) as f64 / 144.0;
            format!("{},1,{},{},1,{},{usd},{},90000", date(p), blocks(p), difficulty(p), usd * 0.1, usd * 0.9)
        });
    let exports = exports((&old, ""), (&old, ""));
    agree(exports.market.days(Quote::Hashprice), hashprice, 1e-9, "DiffMean");
    agree(exports.market.days(Quote::Difficulty), difficulty, 1e-12, "DiffMean");

    let new = lines("time,BlkCnt,FeeTotNtv,HashRate,IssTotNtv,IssTotUSD,PriceUSD,ReferenceRateUSD\n", |p| {
        let (usd, rate) = (revenue(p) * blocks(p) as f64 / 144.0, terahash(p) * blocks(p) as f64 / 144.0);
        format!("{},{},{},{rate},1,{},80000,80000", date(p), blocks(p), usd * 0.25 / 80_000.0, usd * 0.75)
    });
    // The last day is half filled: it has a reference rate only, and no value.
    let half = new.clone() + &format!("{},,,,,,,81000\n", date(DAYS));
    for text in [new, half] {
        let exports = self::exports((&text, ""), (&text, ""));
        agree(exports.market.days(Quote::Hashprice), hashprice, 1e-9, "HashRate");
        agree(exports.market.days(Quote::Difficulty), difficulty, 1e-9, "HashRate");
        assert!(exports.warnings.iter().any(|w| w.code.name() == "estimated"));
    }
}

#[test]
fn charts_of_blockchain_com() {
    let ms = |value: &dyn Fn(usize) -> f64| {
        lines("\u{feff}\"x\",\"y\"\n", |p| format!("\"{}\",\"{}\"", epoch_ms(p), value(p)))
    };
    with_difficulty("x, y", &ms(&difficulty), "");
    with_difficulty("x, y of hashrate", &ms(&terahash), "");
    with_difficulty("x, y declared", &ms(&terahash), "chart = \"hash-rate\"");
    with_hashprice("x, y of revenue", &ms(&revenue), "chart = \"miners-revenue\"");
    let stamp = |header: &str, value: &dyn Fn(usize) -> f64| {
        lines(header, |p| format!("{} 00:00:00,{}\r", date(p), value(p)))
    };
    with_difficulty("Timestamp", &stamp("\u{feff}Timestamp,difficulty\r\n", &difficulty), "");
    with_difficulty("Timestamp of hashrate", &stamp("Timestamp,hash-rate\r\n", &terahash), "");
    with_hashprice("Timestamp of revenue", &stamp("Timestamp,miners-revenue\r\n", &revenue), "");
    with_difficulty("no header", &stamp("", &difficulty), "");
    with_hashprice("no header", &stamp("", &revenue), "chart = \"miners-revenue\"");
    let json = |name: &str, value: &dyn Fn(usize) -> f64| {
        let points: Vec<String> =
            (0..DAYS).map(|p| format!("{{\"x\":{},\"y\":{}}}", epoch_ms(p), value(p))).collect();
        format!("{{\"metric1\":\"{name}\",\"{name}\":[{}],\"type\":\"linear\"}}", points.join(","))
    };
    with_difficulty("explorer", &json("difficulty", &difficulty), "");
    with_hashprice("explorer", &json("miners-revenue", &revenue), "");
    refused(
        (&json("transaction-fees", &revenue), ""),
        (&own_difficulty(), ""),
        65,
        &["has no hashprice, nor miners' revenue", "its columns: x, transaction-fees", "[missing-column]"],
    );
    // Values that do not say what they are.
    refused(
        (&ms(&revenue), ""),
        (&own_difficulty(), ""),
        65,
        &["chart = \"miners-revenue\"", "[ambiguous-unit]"],
    );
    refused((&own_hashprice(), ""), (&ms(&|_| 29_000.0), ""), 65, &["[ambiguous-unit]"]);
}

#[test]
fn other_publishers() {
    let visuals = lines("\u{feff}\"DateTime\",\"Hash Rate\"\n", |p| {
        format!("\"{} 00:00:00\",{}", date(p), terahash(p) * 1e12)
    });
    with_difficulty("bitcoinvisuals, H/s", &visuals, "");
    let damaged =
        lines("\u{feff}Date,Data\n", |p| format!("{},{:E}", date(p).format("%Y.%m.%d"), difficulty(p)));
    with_difficulty("Date,Data with E-notation", &damaged, "");
    let array: Vec<String> = (0..DAYS)
        .step_by(14)
        .rev()
        .map(|p| format!("[{},{},{},1.01]", epoch_ms(p) / 1000, 890_000 + 144 * p, difficulty(p)))
        .collect();
    with_difficulty("mempool, newest first", &format!("[{}]", array.join(",")), "");
    let object: Vec<String> = (0..DAYS)
        .step_by(14)
        .map(|p| {
            let (seconds, height) = (epoch_ms(p) / 1000, 890_000 + 144 * p);
            format!("{{\"timestamp\":{seconds},\"difficulty\":{},\"height\":{height}}}", difficulty(p))
        })
        .collect();
    let hashrates = "\"hashrates\":[{\"timestamp\":1652486400,\"avgHashrate\":236499762108771800000}]";
    with_difficulty(
        "mempool, hashrate",
        &format!("{{{hashrates},\"difficulty\":[{}]}}", object.join(",")),
        "",
    );
    let retargets = (0..DAYS).step_by(14).fold("height,date,difficulty\n".to_owned(), |text, p| {
        text + &format!("{},{},{}\n", 890_000 + 144 * p, date(p), difficulty(p))
    });
    with_difficulty("list of retargets", &retargets, "");

    with_hashprice(
        "usd_per_ph_day",
        &lines("date,usd_per_ph_day\n", |p| format!("{},{}", date(p), hashprice(p))),
        "",
    );
    let per_th = |header: &str| lines(header, |p| format!("{},{}", date(p), hashprice(p) / 1e3));
    with_hashprice("per TH by header", &per_th("date,hashprice_usd_per_th_day\n"), "");
    with_hashprice("per TH by the job", &per_th("date,hashprice\n"), "unit = \"usd_per_th_day\"");
    let luxor: Vec<String> = (0..DAYS)
        .map(|p| format!("{{\"price\":{},\"timestamp\":\"{}T00:00:00Z\"}}", hashprice(p), date(p)))
        .collect();
    let luxor = format!("{{\"$schema\":\"x\",\"data\":[{}]}}", luxor.join(","));
    with_hashprice("Hashrate Index", &luxor, "unit = \"usd_per_ph_day\"");
    refused((&luxor, ""), (&own_difficulty(), ""), 65, &["\"usd_per_th_day\"", "[ambiguous-unit]"]);
    refused(
        (&per_th("date,hashprice\n"), ""),
        (&own_difficulty(), ""),
        65,
        &["per TH or per PH", "[ambiguous-unit]"],
    );
}

#[test]
fn json_of_every_shape_is_read_as_the_same_csv() {
    let seconds = |p: usize| epoch_ms(p) / 1000;
    let list = |row: &dyn Fn(usize) -> String| (0..DAYS).map(row).collect::<Vec<_>>().join(",");
    let points = list(&|p| format!("{{\"x\":{},\"y\":{}}}", seconds(p), difficulty(p)));
    let declared = "chart = \"difficulty\"";
    with_difficulty("values of x, y", &format!("{{\"unit\":\"\",\"values\":[{points}]}}"), declared);
    with_difficulty("a list of x, y", &format!("[{points}]"), declared);
    let pairs = list(&|p| format!("[\"{}\",\"{}\"]", date(p), difficulty(p)));
    with_difficulty("pairs of text", &format!("{{\"data\":[{pairs}]}}"), "");
    let named = format!("{{\"dataset\":{{\"column_names\":[\"Date\",\"Value\"],\"data\":[{pairs}]}}}}");
    with_difficulty("names beside the rows", &named, "");
    let lines =
        list(&|p| format!("{{\"date\":\"{}\",\"hashprice_usd_per_ph_day\":{}}}", date(p), hashprice(p)));
    with_hashprice("an object a line", &lines.replace("},{", "}\n{"), "");
    let rates = list(&|p| format!("{{\"x\":{},\"y\":{}}}", seconds(p), terahash(p)));
    with_difficulty("hash-rate", &format!("{{\"hash-rate\":[{rates}],\"metric1\":\"hash-rate\"}}"), "");
    let times = list(&|p| {
        format!("{{\"time\":{},\"height\":{},\"difficulty\":{}}}", seconds(p), 144 * p, difficulty(p))
    });
    with_difficulty("retargets by time", &format!("{{\"hashrates\":[],\"difficulty\":[{times}]}}"), "");
    let names: Vec<String> = (0..=1000).map(|n| format!("\"n{n}\":0")).collect();
    for (text, said) in [
        ("[1,2,3]".to_owned(), "is JSON of a shape that gives no difficulty"),
        ("{\"a\":[{}],\"b\":[{}]}".to_owned(), "holds no list that gives difficulty (its lists: a, b)"),
        (format!("[{points}"), "is not whole JSON"),
        (format!("[{{{}}}]", names.join(",")), "of at most 1000 columns"),
    ] {
        refused((&own_hashprice(), ""), (&text, declared), 65, &[said]);
    }
}

#[test]
fn a_zero_is_no_value_in_json_as_in_csv() {
    // Publishers' files begin in 2009 with zeros; a null between is an empty cell.
    let old = |p: usize| NaiveDate::from_ymd_opt(2009, 1, 3).unwrap() + chrono::Days::new(p as u64);
    let json: Vec<String> = (0..300)
        .map(|p| format!("[\"{}\",{}]", old(p), ["0", "0.0", "\"0\""][p % 3]))
        .chain((0..DAYS).map(|p| format!("[\"{}\",{}]", date(p), revenue(p))))
        .chain([format!("[\"{}\",null]", date(DAYS))])
        .collect();
    let json = format!("{{\"data\":[{}]}}", json.join(","));
    let zeros: Vec<String> =
        (0..300).map(|p| format!("{},{}", old(p), ["0", "0.0", "0.00"][p % 3])).collect();
    let csv =
        lines(&format!("Date,Value\n{}\n", zeros.join("\n")), |p| format!("{},{}", date(p), revenue(p)));
    let keys = "chart = \"miners-revenue\"";
    let read = |text: &str| exports((text, keys), (&own_difficulty(), ""));
    let (json, csv) = (read(&json), read(&csv));
    for (read, what) in [(&json, "JSON"), (&csv, "CSV")] {
        agree(read.market.days(Quote::Hashprice), hashprice, 1e-12, what);
    }
    let reported =
        |exports: &Exports| exports.warnings.iter().filter(|w| w.code.name() == "implausible-market").count();
    assert_eq!((reported(&json), reported(&csv)), (0, 0), "zeros before the first value are not told");
    // A zero between is reported, with its place in the list.
    let between: Vec<String> = (0..DAYS)
        .map(|p| format!("[\"{}\",{}]", date(p), if p == 40 { 0.0 } else { difficulty(p) }))
        .collect();
    let exports = exports((&own_hashprice(), ""), (&format!("[{}]", between.join(",")), ""));
    let zero = exports.warnings.iter().find(|w| w.code.name() == "implausible-market").unwrap();
    assert_eq!(zero.place.line, 41);
    assert!(zero.reason.contains("1 day(s) have a difficulty of 0"), "{}", zero.reason);
}

#[test]
fn newest_first_thinned_and_blended() {
    let reversed: Vec<usize> = (0..DAYS).rev().collect();
    let text = reversed
        .iter()
        .fold("date,difficulty\n".to_owned(), |text, p| text + &format!("{},{}\n", date(*p), difficulty(*p)));
    with_difficulty("newest first", &text, "");
    // Every third day: the values given are those read, nothing is made up between them.
    let thinned = (0..DAYS)
        .step_by(3)
        .fold("date,difficulty\n".to_owned(), |text, p| text + &format!("{},{}\n", date(p), difficulty(p)));
    let exports = exports((&own_hashprice(), ""), (&thinned, ""));
    assert_eq!(exports.market.days(Quote::Difficulty).count(), DAYS.div_ceil(3));
    assert!(exports.market.days(Quote::Difficulty).zip((0..DAYS).step_by(3)).all(|(d, p)| d.date == date(p)));
    // On the day of a retarget a chart may give a mean of both: it is read as it stands.
    let blended =
        |p: usize| if p == 14 { difficulty(13) * 0.4 + difficulty(14) * 0.6 } else { difficulty(p) };
    let text = lines("date,difficulty\n", |p| format!("{},{}", date(p), blended(p)));
    let exports = self::exports((&own_hashprice(), ""), (&text, ""));
    agree(exports.market.days(Quote::Difficulty), blended, 1e-12, "blended");
    // Stamps of midnight UTC shown in a zone an hour west of it, until its clocks change.
    let local = lines("timestamp,difficulty\n", |p| {
        if p < 90 {
            format!("{} 23:00:00,{}", date(p).pred_opt().unwrap(), difficulty(p))
        } else {
            format!("{} 00:00:00,{}", date(p), difficulty(p))
        }
    });
    with_difficulty("local time", &local, "");
    // A hole of more than a week stops the run.
    let hole: String = own_difficulty()
        .lines()
        .enumerate()
        .filter(|(n, _)| !(100..110).contains(n))
        .fold(String::new(), |text, (_, line)| text + line + "\n");
    refused((&own_hashprice(), ""), (&hole, ""), 69, &["difficulty has no value between", "[gap]"]);
}

#[test]
fn a_slip_of_a_factor_of_a_thousand_is_refused_with_both_readings() {
    let th = lines("date,hashprice_usd_per_ph_day\n", |p| format!("{},{}", date(p), hashprice(p) / 1e3));
    refused(
        (&th, ""),
        (&own_difficulty(), ""),
        65,
        &["looks per TH, not per PH", "read as USD/PH/day", "read as USD/TH/day", "[unit-slip]"],
    );
    let ph = lines("date,hashprice_usd_per_th_day\n", |p| format!("{},{}", date(p), hashprice(p)));
    refused((&ph, ""), (&own_difficulty(), ""), 65, &["looks per PH, not per TH", "[unit-slip]"]);
    refused(
        (&own_hashprice(), "unit = \"usd_per_th_day\""),
        (&own_difficulty(), ""),
        65,
        &["differ by a factor of 1000", "[contradiction]"],
    );
}

/// Hashrate Index's own header, the newest day first, with weekdays and dollar signs.
#[test]
fn hashprice_by_its_unit_in_the_header() {
    let text = (0..DAYS).rev().fold("Date (UTC),Hashprice (USD/PH/Day)\n".to_owned(), |text, p| {
        text + &format!("\"{}\",${}\n", date(p).format("%a %b %d, %Y"), hashprice(p))
    });
    let keys = "date_format = \"%a %b %d, %Y\"\ncolumns = { date = \"Date (UTC)\" }";
    with_hashprice("with weekdays", &text, keys);
}
