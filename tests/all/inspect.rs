//! `wafercast inspect` on exports of several systems: the section that it prints, pasted into a job as it is, reads the file
//! to the tables of the plain one; and what it cannot know stands there as a comment.
#![allow(clippy::assigning_clones, reason = "a table of small changes")]

use std::fmt::Write as _;
use std::path::Path;

use crate::common::{copy_of, quoted, reported, root, text, wafercast};
use chrono::NaiveDate;
use wafercast::ingest::{Exports, Locations, Quote, read};
use wafercast::inspect::inspect;
use wafercast::job::Job;

fn put(path: &Path, bytes: &[u8]) {
    std::fs::File::create(path).and_then(|mut f| std::io::Write::write_all(&mut f, bytes)).unwrap();
}

/// The job of the miniature with the section of an export replaced.
fn exports(folder: &Path, export: &str, section: &str) -> Exports {
    let job = text(&root().join("fixtures/miniature/job.toml"));
    let head = format!("[exports.{export}]\n");
    let (before, after) = job.split_once(&head).unwrap();
    let (_, after) = after.split_once("\n[").unwrap();
    let job = format!("{before}{section}\n[{after}");
    put(&folder.join("job.toml"), job.as_bytes());
    let job = Job::load(&folder.join("job.toml")).unwrap_or_else(|e| panic!("{e}\n{section}"));
    let as_of = NaiveDate::from_ymd_opt(2025, 9, 30).unwrap();
    read(&job, &Locations::new(&job, None, as_of), as_of).unwrap_or_else(|e| panic!("{e}\n{section}"))
}

/// The miniature's orders: some completed or cancelled, so that words are needed, with a channel and a spot order.
fn orders() -> Vec<Vec<String>> {
    let plain = text(&root().join("fixtures/miniature/futures_orders.csv"));
    let mut rows: Vec<Vec<String>> =
        plain.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect();
    for (index, row) in rows.iter_mut().enumerate() {
        // Days above 12 tell day from month.
        row[5] = format!("{}-{:02}", &row[5][..7], 1 + index);
        row[7] = "1000.5".to_owned();
        row[11] = if index < 12 { "60" } else { "0" }.to_owned();
        row[12] = if index < 12 { "completed" } else { "open" }.to_owned();
    }
    rows[3][2] = "channel".to_owned();
    rows[4][2] = "retail".to_owned();
    rows[5][4] = "spot".to_owned();
    rows[20][12] = "cancelled".to_owned();
    rows[20][13] = "2025-09-28".to_owned();
    rows
}

const OURS: &str = "order_id,customer,customer_segment,model,order_type,signed_date,quantity,unit_price_usd,prepaid_usd,delivery_start,delivery_months,delivered_quantity,status,cancelled_date";

fn file(header: &str, mark: &str, rows: &[Vec<String>]) -> String {
    rows.iter().fold(format!("{header}\n"), |mut text, row| {
        writeln!(text, "{}", row.join(mark)).unwrap();
        text
    })
}

fn day(cell: &mut String, form: &str) {
    if !cell.is_empty() {
        *cell = cell.parse::<NaiveDate>().unwrap().format(form).to_string();
    }
}

fn word(cell: &mut String, words: &[(&str, &str)]) {
    if let Some((_, theirs)) = words.iter().find(|(ours, _)| ours == cell) {
        *cell = (*theirs).to_owned();
    }
}

/// The file as the system writes it comes to what the plain one comes to.
fn alike(name: &str, bytes: &[u8]) -> String {
    let folder = copy_of("miniature");
    put(&folder.path().join("futures_orders.csv"), file(OURS, ",", &orders()).as_bytes());
    let plain =
        exports(folder.path(), "futures_orders", "[exports.futures_orders]\npath = \"futures_orders.csv\"\n");
    let path = folder.path().join(name);
    put(&path, bytes);
    let section = inspect(std::slice::from_ref(&path)).unwrap();
    let read = exports(folder.path(), "futures_orders", &section);
    assert_eq!(format!("{:?}", read.ledger), format!("{:?}", plain.ledger), "{section}");
    section
}

#[test]
fn a_german_export_with_semicolons() {
    let mut rows = orders();
    for row in &mut rows {
        word(&mut row[2], &[("key_account", "Großkunde"), ("channel", "Händler"), ("retail", "Endkunde")]);
        word(&mut row[4], &[("futures", "Termin"), ("spot", "Lager")]);
        word(&mut row[12], &[("completed", "Erledigt"), ("open", "Offen"), ("cancelled", "Storniert")]);
        day(&mut row[5], "%d.%m.%Y");
        day(&mut row[13], "%d.%m.%Y");
        row[7] = "1.000,50".to_owned();
    }
    let header = "Auftragsnummer;Kunde;Kundengruppe;Artikel;Auftragsart;Auftragsdatum;Auftragsmenge;Einzelpreis;Anzahlung;Lieferbeginn;Raten;Geliefert;Auftragsstatus;Storniert am";
    let text = file(header, ";", &rows);
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(&text);
    let section = alike("auftraege.csv", &bytes);
    for part in ["encoding = \"windows-1252\"", "decimal_mark = \",\"", "%d.%m.%Y"] {
        assert!(section.contains(part), "{part}\n{section}");
    }
}

#[test]
fn an_american_export_with_null_units_and_titles() {
    let mut rows = orders();
    for row in &mut rows {
        word(&mut row[2], &[("key_account", "Key Account"), ("channel", "Reseller")]);
        word(
            &mut row[12],
            &[("completed", "Billed"), ("open", "Pending Fulfillment"), ("cancelled", "Voided")],
        );
        day(&mut row[5], "%m/%d/%Y");
        day(&mut row[13], "%m/%d/%Y");
        row[6].push_str(" Nos");
        row[7] = "$1000.50".to_owned();
        if row[13].is_empty() {
            row[13] = "NULL".to_owned();
        }
    }
    let header = "Order No.,Account Name,Customer Group,Item Code,Order Type,Order Date,Ordered Qty,Net Price,Deposit,First Delivery,Batches,Qty. Shipped,Order Status,Cancelled On";
    let text = format!("Sales orders of all customers\n\n{}", file(header, ",", &rows));
    let section = alike("sales.csv", text.as_bytes());
    for part in [
        "empty = [\"NULL\"]",
        "suffixes = { Nos = 1 }",
        "%m/%d/%Y",
        "order_id = \"Order No.\"",
        "header on line 3",
    ] {
        assert!(section.contains(part), "{part}\n{section}");
    }
}

#[test]
fn a_chinese_export_in_gb18030() {
    let mut rows = orders();
    for row in &mut rows {
        word(&mut row[2], &[("key_account", "大客户"), ("channel", "渠道"), ("retail", "散户")]);
        word(&mut row[4], &[("futures", "期货"), ("spot", "现货")]);
        word(&mut row[12], &[("completed", "已关闭"), ("open", "已审核"), ("cancelled", "已作废")]);
        word(&mut row[12], &[("已作废", "作废")]);
        row[9] = format!("{}年{}月", &row[9][..4], &row[9][5..]);
    }
    let header = "单据编号,客户,客户分类,物料名称,业务类型,日期,数量,含税单价,已收定金,首批交货月,分批数,已出库数量,单据状态,关闭日期";
    let text = file(header, ",", &rows);
    let (bytes, _, _) = encoding_rs::GB18030.encode(&text);
    let section = alike("销售订单.csv", &bytes);
    assert!(section.contains("encoding = \"gb18030\""), "{section}");
}

/// Months side by side, sums between the rows and no state: the steps that it prints are pasted as they are.
#[test]
fn steps_are_proposed_as_they_are_pasted() {
    let months: Vec<String> =
        (0..30).map(|m| format!("{}-{:02}", 2023 + (m + 9) / 12, (m + 9) % 12 + 1)).collect();
    let head = "order_id,customer,customer_segment,model,order_type,signed_date,quantity,unit_price_usd,prepaid_usd,delivered_quantity,cancelled_date";
    let mut text = format!("{head},{}\n", months.join(","));
    for (index, row) in orders().iter().enumerate() {
        let (count, first) =
            (row[10].parse::<usize>().unwrap(), months.iter().position(|m| *m == row[9]).unwrap());
        let batch = row[6].parse::<usize>().unwrap() / count;
        let cells: Vec<String> = (0..months.len())
            .map(|m| if (first..first + count).contains(&m) { batch.to_string() } else { String::new() })
            .collect();
        writeln!(text, "{},{},{},{}", row[..9].join(","), row[11], row[13], cells.join(",")).unwrap();
        if index % 8 == 7 {
            writeln!(text, ",Zwischensumme,,,,,480,,,,,{}", ",".repeat(months.len() - 1)).unwrap();
        }
    }
    let section = alike("schedule.csv", text.as_bytes());
    for part in [
        "[[exports.futures_orders.steps]]\nstep = \"skip_rows\"\ncolumn = \"order_id\"\nempty = true",
        "[[exports.futures_orders.steps]]\nstep = \"unpivot\"\nname = \"delivery_start\"\nvalues = { batch = \"{month}\" }",
        "step = \"compute\"\ncolumn = \"status\"\nstatus = [\"quantity\", \"delivered_quantity\", \"cancelled_date\"]",
    ] {
        assert!(section.contains(part), "{part}\n{section}");
    }
}

/// What only a person knows is no word: pasted as it is, it is refused by its name.
#[test]
fn a_proposed_value_that_nobody_gave_is_refused() {
    let folder = copy_of("miniature");
    let mut rows = orders();
    for row in &mut rows {
        row.remove(4);
    }
    let path = folder.path().join("orders.csv");
    put(&path, file(&OURS.replace("order_type,", ""), ",", &rows).as_bytes());
    let section = inspect(std::slice::from_ref(&path)).unwrap();
    assert!(section.contains("step = \"constant\"\ncolumn = \"order_type\"\nvalue = \"?\""), "{section}");
    put(
        &folder.path().join("futures_orders.csv"),
        file(&OURS.replace("order_type,", ""), ",", &rows).as_bytes(),
    );
    let sections = section.replace(path.to_str().unwrap(), "futures_orders.csv");
    let job = text(&root().join("fixtures/miniature/job.toml"));
    let job = job.replace("[exports.futures_orders]\npath = \"futures_orders.csv\"\n", &sections);
    put(&folder.path().join("job.toml"), job.as_bytes());
    let job = Job::load(&folder.path().join("job.toml")).unwrap();
    let as_of = NaiveDate::from_ymd_opt(2025, 9, 30).unwrap();
    let refused = read(&job, &Locations::new(&job, None, as_of), as_of).unwrap_err().to_string();
    assert!(refused.contains("order_type: `?`"), "{refused}");
}

#[test]
fn what_is_missing_or_not_sure_is_said_and_not_guessed() {
    let folder = copy_of("miniature");
    let mut rows = orders();
    for row in &mut rows {
        word(&mut row[12], &[("completed", "C"), ("open", "A"), ("cancelled", "X")]);
        word(&mut row[2], &[("key_account", "01"), ("channel", "02"), ("retail", "03")]);
        // Only days up to 12: day or month first.
        row[5] = format!("0{}/02/2024", row[0].trim_start_matches('O').parse::<u32>().unwrap() % 9 + 1);
        row.remove(4);
    }
    let header = OURS.replace("order_type,", "");
    let path = folder.path().join("orders.csv");
    put(&path, file(&header, ",", &rows).as_bytes());
    let section = inspect(std::slice::from_ref(&path)).unwrap();
    for part in [
        "# MISSING: order_type (futures, spot)",
        "# UNSURE: days of signed_date may be of several forms; take the right one: date_formats.signed_date = \"%d/%m/%Y\" or \"%m/%d/%Y\"",
        "# 01 = ?   # 22 rows: one of key_account, retail, channel",
        "C = \"completed\"   # 12 rows, by what was delivered and cancelled of them: check",
        "# none of the files resembles hashprice, difficulty, which a job needs",
    ] {
        assert!(section.contains(part), "{part}\n{section}");
    }
    // It is a section of a job all the same.
    assert!(section.parse::<toml::Table>().is_ok(), "{section}");
}

#[test]
fn market_files_by_their_headers() {
    let plain = exports(copy_of("miniature").path(), "supply", "[exports.supply]\npath = \"supply.csv\"\n");
    let folder = copy_of("miniature");
    let path = folder.path().join("market.csv");
    let mut rows = "Date,Hashprice (USD/PH/Day),Network Difficulty (T)\n".to_owned();
    for (day, difficulty) in quoted(&plain, Quote::Hashprice).iter().zip(&quoted(&plain, Quote::Difficulty)) {
        writeln!(rows, "{},{},{}", day.date.format("%d-%b-%Y"), day.value, difficulty.value / 1e12).unwrap();
    }
    put(&path, rows.as_bytes());
    let section = inspect(std::slice::from_ref(&path)).unwrap();
    let (hashprice, difficulty) = section.split_once("[exports.difficulty]").unwrap();
    let read = exports(folder.path(), "hashprice", hashprice);
    assert_eq!(quoted(&read, Quote::Hashprice), quoted(&plain, Quote::Hashprice), "{section}");
    let read = exports(folder.path(), "difficulty", &format!("[exports.difficulty]{difficulty}"));
    assert_eq!(quoted(&read, Quote::Difficulty), quoted(&plain, Quote::Difficulty), "{section}");
}

#[test]
fn a_new_folder_has_the_sections_of_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stock.csv");
    put(&path, b"Week,Dealer,SKU,Stock on hand,Sold\n2025-W38,Ost,MINI,30,3\n2025-W39,Ost,MINI,33,4\n");
    let made = folder.path().join("job");
    let (stock, made_at) = (path.to_str().unwrap(), made.to_str().unwrap());
    let output = wafercast(&["init", made_at, "--from", stock]);
    assert_eq!(output.status.code(), Some(0), "{}", reported(&output));
    let job = Job::load(&made.join("job.toml")).unwrap();
    let inventory = job.exports.channel_inventory.as_ref().unwrap();
    assert_eq!(inventory.path, path.canonicalize().unwrap());
    assert_eq!(inventory.columns["quantity"], "Stock on hand");
    // Samples of other exports that a run can do without would contradict one's own.
    assert!(job.exports.shipments.is_none() && job.exports.supply.is_none());
    assert!(text(&made.join("job.toml")).contains("date_format = \"iso_week\""));
    // The sample's market is not one's own.
    assert!(text(&made.join("job.toml")).contains("# MISSING: no file resembles hashprice"));
    assert!(
        reported(&output).contains("no file resembles futures_orders, hashprice, difficulty"),
        "{}",
        reported(&output)
    );
    let checked = wafercast(&["check", made.join("job.toml").to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(66), "{}", reported(&checked));
    // What is no table stops it before anything is made.
    put(&path, b"<html><body>no table</body></html>");
    let output = wafercast(&["init", folder.path().join("other").to_str().unwrap(), "--from", stock]);
    assert_eq!(output.status.code(), Some(65), "{}", reported(&output));
    assert!(!folder.path().join("other").exists());
    let none = folder.path().join("none.csv");
    let output = wafercast(&["inspect", stock, none.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(66), "{}", reported(&output));
    // Beside a table it is a comment.
    put(&path, b"Week,Dealer,SKU,Stock on hand,Sold\n2025-W38,Ost,MINI,30,3\n2025-W39,Ost,MINI,33,4\n");
    let output = wafercast(&["inspect", none.to_str().unwrap(), stock]);
    assert_eq!(output.status.code(), Some(0), "{}", reported(&output));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("# not read: ") && said.contains("none.csv"), "{said}");
    assert!(said.contains("[missing-file]; ") && said.contains("[exports.channel_inventory]"), "{said}");
}

/// Products with a code in brackets, a code for each state that the rows themselves explain, a quotation: the section reads as
/// it was printed.
#[test]
fn codes_and_quotations_need_no_editing() {
    let mut rows = orders();
    for row in &mut rows {
        row[3] = format!("[{}] {} miner", row[3], row[3]);
        word(&mut row[4], &[("futures", "ZFUT"), ("spot", "ZSPO")]);
        word(&mut row[12], &[("completed", "C"), ("open", "B"), ("cancelled", "X")]);
    }
    let header = OURS
        .replace("order_id", "Name")
        .replace("model", "Order Lines/Product")
        .replace("order_type", "SaTy")
        .replace("status", "OvSt")
        .replace("cancelled_date", "Rejection date");
    let mut text = file(&header, ",", &rows);
    text.push_str(
        "SO999,Nobody,key_account,[MINI] MINI miner,ZFUT,2025-09-01,5,1000,,2025-12,1,0,Quotation,\n",
    );
    let section = alike("sale.order.csv", text.as_bytes());
    for part in
        ["pattern = \"[{model}] *\"", "ZFUT = \"futures\"", "C = \"completed\"", "is = [\"Quotation\"]"]
    {
        assert!(section.contains(part), "{part}\n{section}");
    }
}

/// What inspect prints for one file.
fn printed(name: &str, bytes: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    put(&path, bytes.as_bytes());
    inspect(std::slice::from_ref(&path)).unwrap()
}

/// The days of the miniature's difficulty and hashprice in another unit, under these names.
fn market(header: &str, value: impl Fn(f64, f64) -> String) -> String {
    let plain = exports(copy_of("miniature").path(), "supply", "[exports.supply]\npath = \"supply.csv\"\n");
    quoted(&plain, Quote::Difficulty).iter().zip(&quoted(&plain, Quote::Hashprice)).fold(
        format!("{header}\n"),
        |mut text, (d, h)| {
            writeln!(text, "{},{}", d.date, value(d.value, h.value)).unwrap();
            text
        },
    )
}

#[test]
fn unnamed_market_values_are_known_by_their_size() {
    let hashes = |d: f64| d * 4_294_967_296.0;
    let th = |d: f64| hashes(d) / 600.0 / 1e12;
    for (file, chart, unit) in [
        (market("Date,Value", |d, _| d.to_string()), "difficulty", ""),
        (market("timestamp,value", |d, _| hashes(d).to_string()), "difficulty", "hashes_per_block"),
        (market("Date,Data", |d, _| (th(d) * 1e3).to_string()), "hash-rate", "gh_per_s"),
        (market("time,close", |d, _| th(d).to_string()), "hash-rate", "th_per_s"),
        (market("Date,Value", |d, h| (h * th(d) / 1e3).to_string()), "miners-revenue", ""),
    ] {
        let section = printed("market.csv", &file);
        assert!(section.contains(&format!("chart = \"{chart}\"   # by its size")), "{section}");
        assert!(unit.is_empty() || section.contains(&format!("unit = \"{unit}\"")), "{section}");
        assert_eq!(section.matches("\npath = ").count(), 1, "{section}");
    }
    // A pool's own hashrate is not that of the network; prices stand beside difficulty.
    let pool = market("Date,Hashrate (PH/s),Price (USD/PH/s/Day)", |_, h| format!("1234.5,{h}"));
    let section = printed("pool.csv", &pool);
    assert!(
        section.contains("[exports.hashprice]") && !section.contains("[exports.difficulty]"),
        "{section}"
    );
    let merged = market("Date,Close,difficulty", |d, _| format!("60000,{d}"));
    let section = printed("merged.csv", &merged);
    assert!(
        section.contains("[exports.difficulty]") && !section.contains("[exports.hashprice]"),
        "{section}"
    );
    // Two coins, a row each a day.
    let one = market("day,coin,difficulty", |d, _| format!("btc,{d}"));
    let two: String =
        one.lines().skip(1).map(|line| format!("{line}\n{}\n", line.replace("btc", "bch"))).collect();
    let section = printed("coins.csv", &format!("day,coin,difficulty\n{two}"));
    assert!(section.contains("step = \"keep_rows\"\ncolumn = \"coin\"\nis = [\"btc\"]"), "{section}");
    // A file that is like no export is no panic.
    assert!(printed("other.csv", "timestamp,what\n1,2\n2,3\n").contains("resembles no export"));
    let several = "{\"currentHashrate\": 1, \"hashrates\": [{\"timestamp\": 1714539600, \"avgHashrate\": 6.2e20}], \"difficulty\": [{\"time\": 1714521600, \"difficulty\": 88000000000000, \"height\": 1}]}";
    assert!(printed("mining.json", several).contains("[exports.difficulty]"));
}

#[test]
fn prices_per_terahash_and_cancellations_without_a_day() {
    let mut rows = orders();
    let header = OURS.replace("unit_price_usd", "USD/TH");
    rows[20][13] = String::new();
    let section = printed("o.csv", &file(&header, ",", &rows));
    for part in [
        "step = \"compute\"\ncolumn = \"unit_price_usd\"\nprice_per_th = [\"USD/TH\", \"model\"]",
        "step = \"skip_rows\"\ncolumn = \"status\"\nis = [\"cancelled\"]\nand = [{ column = \"cancelled_date\", empty = true }]",
    ] {
        assert!(section.contains(part), "{part}\n{section}");
    }
    // That nothing was delivered of it says nothing against the word.
    assert!(!section.contains("cancelled = \"open\""), "{section}");
    let mut rows = orders();
    rows[3].push("north".to_owned());
    rows.iter_mut().filter(|row| row.len() < 15).for_each(|row| row.push("south".to_owned()));
    let section = printed("o.csv", &file(&format!("{OURS},Plant"), ",", &rows));
    assert!(section.contains("# not read: `Plant`"), "{section}");
}

/// A row a block: its height goes up by one, whatever its column is called. A price beside a time is hashprice where its size says so, and is
/// read under the name that the file has.
#[test]
fn heights_of_blocks_and_prices_of_hashes_are_found() {
    let plain = exports(copy_of("miniature").path(), "supply", "[exports.supply]\npath = \"supply.csv\"\n");
    let folder = copy_of("miniature");
    let mut blocks = "id\ttime\tdifficulty\tminer\n".to_owned();
    for (n, day) in quoted(&plain, Quote::Difficulty).iter().enumerate() {
        for block in 0..3 {
            writeln!(blocks, "{}\t{} 0{block}:10:00\t{}\tA", 800_000 + 3 * n + block, day.date, day.value)
                .unwrap();
        }
    }
    put(&folder.path().join("blocks.tsv"), blocks.as_bytes());
    let proposed = |file: &str, export: &str| {
        let printed = inspect(&[folder.path().join(file)]).unwrap();
        printed[printed.find(&format!("[exports.{export}]")).unwrap()..].to_owned()
    };
    let section = &proposed("blocks.tsv", "difficulty");
    assert!(section.contains("height = \"id\""), "{section}");
    let read = exports(folder.path(), "difficulty", section);
    assert_eq!(quoted(&read, Quote::Difficulty), quoted(&plain, Quote::Difficulty));
    let days: Vec<String> = quoted(&plain, Quote::Hashprice)
        .iter()
        .map(|day| format!("{{\"price\": {}, \"timestamp\": \"{}T00:00:00Z\"}}", day.value, day.date))
        .collect();
    put(&folder.path().join("index.json"), format!("{{\"data\": [{}]}}", days.join(",")).as_bytes());
    let section = &proposed("index.json", "hashprice");
    let read = exports(folder.path(), "hashprice", section);
    assert_eq!(quoted(&read, Quote::Hashprice), quoted(&plain, Quote::Hashprice), "{section}");
}
