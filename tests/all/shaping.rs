//! Exports as systems write them, brought into shape by steps of the job: each kind is read to the very same orders, counts and
//! shipments as the plain file, and every message names the line that the row came from.

use std::fmt::Write as _;
use std::path::Path;

use chrono::NaiveDate;
use wafercast::ingest::{Exports, Locations, read};
use wafercast::job::Job;

use crate::common::{copy_of, edit};

pub(crate) fn put(path: &Path, text: &str) {
    std::fs::File::create(path).and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes())).unwrap();
}

/// A section of the job: path, keys and steps of an export.
pub(crate) fn section(name: &str, path: &str, keys: &str, steps: &[&str]) -> String {
    let mut text = format!("[exports.{name}]\npath = \"{path}\"\n{keys}\n");
    for step in steps {
        let _ = write!(text, "[[exports.{name}.steps]]\n{step}\n");
    }
    text
}

/// The miniature with a second model, and these sections in place of its orders.
pub(crate) fn maker(sections: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = copy_of("miniature");
    for (name, text) in files {
        put(&folder.path().join(name), text);
    }
    edit(&folder.path().join("job.toml"), |job| {
        let model = job.split("[[models]]").nth(1).unwrap().split("[[chips]]").next().unwrap().to_owned();
        let second = model.replace("\"MINI\"", "\"MAXI\"").replace("hashrate_th = 100", "hashrate_th = 200");
        job.replace("[exports.futures_orders]\npath = \"futures_orders.csv\"\n", sections)
            .replace("[[chips]]", &format!("[[models]]{second}[[chips]]"))
    });
    folder
}

pub(crate) fn exports(folder: &Path) -> Result<Exports, String> {
    let job = Job::load(&folder.join("job.toml")).map_err(|e| e.to_string())?;
    let as_of = NaiveDate::from_ymd_opt(2025, 9, 30).unwrap();
    read(&job, &Locations::new(&job, None, as_of), as_of).map_err(|e| e.to_string())
}

/// What is read of orders alone.
pub(crate) fn orders_of(
    path: &str,
    keys: &str,
    steps: &[&str],
    files: &[(&str, &str)],
) -> Result<String, String> {
    let folder = maker(&section("futures_orders", path, keys, steps), files);
    exports(folder.path()).map(|exports| format!("{:?}", exports.ledger))
}

/// An order line: number, line, model, day signed, machines, price, paid, first month, delivered.
type Order = (&'static str, u32, &'static str, &'static str, u32, u32, u32, &'static str, u32);

pub(crate) const ORDERS: [Order; 6] = [
    ("SO1", 1, "MINI", "2025-02-03", 60, 1000, 30_000, "2025-03", 60),
    ("SO1", 2, "MAXI", "2025-02-03", 30, 2100, 31_500, "2025-03", 30),
    ("SO2", 1, "MAXI", "2025-04-17", 12, 2200, 11_000, "2025-05", 12),
    ("SO3", 1, "MINI", "2025-07-05", 60, 1000, 30_000, "2025-08", 40),
    ("SO3", 2, "MAXI", "2025-07-05", 30, 2100, 31_500, "2025-08", 20),
    ("SO4", 1, "MINI", "2025-09-17", 21, 1010, 10_605, "2025-10", 0),
];

pub(crate) fn customer(order: &str) -> (&'static str, &'static str) {
    match order {
        "SO2" => ("Borealis, Farm", "retail"),
        "SO4" => ("Kanal Ost", "channel"),
        _ => ("Acme Mining", "key_account"),
    }
}

pub(crate) fn status(ordered: u32, delivered: u32) -> &'static str {
    if delivered < ordered { "open" } else { "completed" }
}

/// The orders as wafercast names them.
pub(crate) fn plain_text() -> String {
    let mut text = "order_id,line,customer,customer_segment,model,order_type,signed_date,quantity,unit_price_usd,prepaid_usd,delivery_start,delivery_months,delivered_quantity,status,cancelled_date\n".to_owned();
    for (id, line, model, signed, quantity, price, paid, start, delivered) in ORDERS {
        let (customer, segment) = customer(id);
        let status = status(quantity, delivered);
        writeln!(text, "{id},{line},\"{customer}\",{segment},{model},futures,{signed},{quantity},{price},{paid},{start},3,{delivered},{status},").unwrap();
    }
    text
}

pub(crate) fn plain() -> String {
    orders_of("plain.csv", "", &[], &[("plain.csv", &plain_text())]).unwrap()
}

/// Names of our columns by those of the header below, where they differ.
const COLUMNS: &str = "columns = { order_id = \"No\", customer = \"Customer\", customer_segment = \"Group\", signed_date = \"Date\", model = \"Product\", quantity = \"Qty\", unit_price_usd = \"Price\", prepaid_usd = \"Deposit\", delivery_start = \"First\", delivered_quantity = \"Done\", status = \"State\" }";

const FUTURES: &str = "step = \"constant\"\ncolumn = \"order_type\"\nvalue = \"futures\"";
const MONTHS: &str = "step = \"constant\"\ncolumn = \"delivery_months\"\nvalue = \"3\"";
const LINES: &str = "step = \"number_rows\"\ncolumn = \"line\"\nby = [\"No\"]";

/// Lines of orders below their heads, which alone have number, customer, group, day and state.
fn child_rows(more: impl Fn(usize) -> &'static str) -> String {
    let mut text = "No,Customer,Group,Date,State,Product,Qty,Price,Deposit,First,Done\n".to_owned();
    for (index, (id, line, model, signed, quantity, price, paid, start, delivered)) in
        ORDERS.iter().enumerate()
    {
        let (customer, segment) = customer(id);
        let head =
            format!("{id},\"{customer}\",{segment},{signed} 06:49:12,{}", status(*quantity, *delivered));
        let head = if *line == 1 { head.as_str() } else { ",,,," };
        writeln!(
            text,
            "{head},[{model}] {model} miner,{quantity} PC,{price}.00,{paid},{start},{delivered}{}",
            more(index)
        )
        .unwrap();
    }
    text
}

const FILL: &str = "step = \"fill_down\"\ncolumns = [\"No\", \"Customer\", \"Group\", \"Date\", \"State\"]";
const MODEL: &str = "step = \"extract\"\ncolumn = \"Product\"\npattern = [\"[{Product}] *\"]";
const UNIT: &str = "step = \"extract\"\ncolumn = \"Qty\"\npattern = [\"{Qty:number} PC\", \"{Qty:number}\"]";

#[test]
fn lines_below_their_heads_with_units_and_names_in_brackets() {
    let text = child_rows(|_| "");
    let steps = [FILL, MODEL, UNIT, LINES, FUTURES, MONTHS];
    assert_eq!(orders_of("o.csv", COLUMNS, &steps, &[("o.csv", &text)]).unwrap(), plain());
    // Footers, a subtotal without the word, blank rows between, a freight line, the header once more.
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.insert(4, String::new());
    lines.insert(4, ",,,,,Freight,1,250,,,".to_owned());
    lines.insert(4, lines[0].clone());
    lines.insert(0, "\"Orders, all\"".to_owned());
    lines.extend(["", ",,,,,,213,,,,", "printed 2025-10-01", "page 1 of 1"].map(str::to_owned));
    let skips = [
        "step = \"skip_rows\"\nheader = true",
        "step = \"skip_rows\"\ncolumn = \"Product\"\nempty = true\nlike = [\"freight*\"]",
    ];
    let steps: Vec<&str> = skips.into_iter().chain(steps).collect();
    assert_eq!(orders_of("o.csv", COLUMNS, &steps, &[("o.csv", &lines.join("\r\n"))]).unwrap(), plain());
}

#[test]
fn every_step_keeps_the_line_of_a_row() {
    let bad = |line: usize, from: &str, to: &str| {
        let text = child_rows(|_| "");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines[line - 1] = lines[line - 1].replacen(from, to, 1);
        lines.insert(2, String::new());
        lines.join("\n")
    };
    let steps = [FILL, MODEL, UNIT, LINES, FUTURES, MONTHS];
    // The blank line moves what stands below it.
    for (line, from, to, reported) in [
        (5, "1000.00", "x", ["o.csv:6", "Price", "`x`"]),
        (6, "[MAXI]", "(MAXI)", ["o.csv:7", "step 2 (extract)", "fits no pattern"]),
        (5, "60 PC", "60 PC.", ["o.csv:6", "step 3 (extract)", "60 PC."]),
        (3, "30 PC,", "30 PC,,", ["o.csv:4", "the row has 12 cells, the header has 11", "skip_rows"]),
        (2, "2025-02-03 06", "2025-02-33 06", ["o.csv:2", "Date", "2025-02-33"]),
    ] {
        let text = bad(line, from, to);
        assert_ne!(text, bad(1, "none", ""), "{from}");
        let refused = orders_of("o.csv", COLUMNS, &steps, &[("o.csv", &text)]).unwrap_err();
        for part in reported {
            assert!(refused.contains(part), "{from} to {to}: no `{part}` in {refused}");
        }
    }
}

#[test]
fn a_printed_list_with_rules_pages_and_totals() {
    let rule = "-".repeat(60);
    let head =
        "|No   |Customer      |Group|Product|Date      |Qty   |Price   |Deposit  |First  |Done  |State|";
    let mut text = format!("30.09.2025     Open orders      1\n\nPlant 1\n\n{rule}\n\n{head}\n{rule}\n");
    for (index, (id, _, model, signed, quantity, price, paid, start, delivered)) in ORDERS.iter().enumerate()
    {
        if index == 3 {
            write!(text, "{rule}\n| *   |              |     |       |          |{:>5},000|        |         |       |      |     |\n{rule}\n{head}\n", 102).unwrap();
        }
        let (customer, segment) = customer(id);
        let (year, rest) = signed.split_once('-').unwrap();
        let (month, day) = rest.split_once('-').unwrap();
        let (first_year, first) = start.split_once('-').unwrap();
        let paid = format!("{}.{:03},00", paid / 1000, paid % 1000);
        let state = if status(*quantity, *delivered) == "open" { "B" } else { "C" };
        writeln!(text, "|{id:>5}|{customer}|{segment}|{model}|{day}.{month}.{year}|{quantity},000|{price},00|{paid}|{first}.{first_year}|{delivered},000|  {state}|").unwrap();
    }
    let keys = format!(
        "{COLUMNS}\nwords = {{ B = \"open\", C = \"completed\" }}\ndate_format = \"%d.%m.%Y\"\ndecimal_mark = \",\""
    );
    let steps = [
        "step = \"skip_rows\"\nheader = true\ncolumn = \"No\"\nempty = true\nis = [\"*\"]",
        LINES,
        FUTURES,
        MONTHS,
    ];
    assert_eq!(orders_of("va05.txt", &keys, &steps, &[("va05.txt", &text)]).unwrap(), plain());
    // The header by its row, and by names that it has.
    for found in ["row = 7", "contains = [\"no\", \"QTY\"]"] {
        let promote = format!("step = \"promote_headers\"\n{found}");
        let steps: Vec<&str> = std::iter::once(promote.as_str()).chain(steps).collect();
        assert_eq!(orders_of("va05.txt", &keys, &steps, &[("va05.txt", &text)]).unwrap(), plain(), "{found}");
    }
    let steps = ["step = \"promote_headers\"\nrow = 6"];
    let refused = orders_of("va05.txt", &keys, &steps, &[("va05.txt", &text)]).unwrap_err();
    assert!(refused.contains("step 1 (promote_headers): row 6 is blank"), "{refused}");
}

#[test]
fn two_header_rows_with_merged_cells_and_units_below() {
    let mut text = "Order book\nOrder,,,Machine,,,Delivery,,\nNo,Date,Customer,Product,Qty,Price,Start,Done,Paid\n,,,,pieces,USD,month,pieces,USD\n".to_owned();
    for (id, _, model, signed, quantity, price, paid, start, delivered) in ORDERS {
        writeln!(
            text,
            "{id},{signed},\"{}\",{model},{quantity},{price},{start},{delivered},{paid}",
            customer(id).0
        )
        .unwrap();
    }
    let segments = "Customers of 2025,\nName,Class\nAcme Mining,key_account\n\"Borealis, Farm\",retail\nKanal Ost,channel\n";
    let keys = "columns = { order_id = \"Order No\", signed_date = \"Order Date\", customer = \"Order Customer\", model = \"Machine Product\", quantity = \"Machine Qty\", unit_price_usd = \"Machine Price\", delivery_start = \"Delivery Start\", delivered_quantity = \"Delivery Done\", prepaid_usd = \"Delivery Paid\", customer_segment = \"Class\" }";
    let join = "step = \"join\"\npath = \"customers.csv\"\non = { \"Order Customer\" = \"Name\" }\ncolumns = [\"Class\"]";
    let steps = [
        "step = \"promote_headers\"\ncontains = [\"No\", \"Qty\"]\nrows = 2\nmerged = true\nrows_below = 1",
        join,
        "step = \"compute\"\ncolumn = \"status\"\nstatus = [\"Machine Qty\", \"Delivery Done\"]",
        "step = \"number_rows\"\ncolumn = \"line\"\nby = [\"Order No\"]",
        FUTURES,
        MONTHS,
    ];
    let files = [("o.csv", text.as_str()), ("customers.csv", segments)];
    assert_eq!(orders_of("o.csv", keys, &steps, &files).unwrap(), plain());
    let short = segments.replace("Kanal Ost,channel\n", "");
    let files = [("o.csv", text.as_str()), ("customers.csv", short.as_str())];
    let refused = orders_of("o.csv", keys, &steps, &files).unwrap_err();
    assert!(refused.contains("o.csv:10") && refused.contains("has no row for it"), "{refused}");
    let twice = format!("{segments}Acme Mining,retail\n");
    let files = [("o.csv", text.as_str()), ("customers.csv", twice.as_str())];
    let refused = orders_of("o.csv", keys, &steps, &files).unwrap_err();
    assert!(refused.contains("customers.csv:6") && refused.contains("line 3 too"), "{refused}");
}

/// Both conditions must hold: the row that goes is void and nothing of it was delivered.
#[test]
fn rows_go_by_conditions_that_hold_together() {
    let more = format!(
        "{}SO9,1,Kanal Ost,channel,MINI,futures,2025-09-18,7,1010,,2025-10,3,0,Void,\n",
        plain_text()
    );
    let step = "step = \"skip_rows\"\ncolumn = \"status\"\nis = \"void\"\nand = [{ column = \"delivered_quantity\", zero = true }, { column = \"customer\", like = \"kanal*\" }]";
    assert_eq!(orders_of("o.csv", "", &[step], &[("o.csv", &more)]).unwrap(), plain());
    // A void order of which something was delivered is not meant, and refused by its word.
    let kept = more.replace(",7,1010,,2025-10,3,0,Void", ",7,1010,,2025-10,3,5,Void");
    let refused = orders_of("o.csv", "", &[step], &[("o.csv", &kept)]).unwrap_err();
    assert!(refused.contains("o.csv:8: status: `Void`"), "{refused}");
}

/// A log: 60 machines become 55, then 50 on the same day, and the price 990: one change, as if it were written so.
#[test]
fn a_log_of_fields_becomes_changes() {
    let read = |log: &str, keys: &str, steps: &[&str]| {
        let orders = section("futures_orders", "o.csv", "", &[]);
        let changes = section("order_changes", "log.csv", keys, steps);
        let folder = maker(&format!("{orders}{changes}"), &[("o.csv", &plain_text()), ("log.csv", log)]);
        // The place of a change is that of its row, which differs.
        exports(folder.path()).map(|exports| format!("{:?}", exports.ledger))
    };
    let row = "SO3,1,2025-08-20,50,990\n";
    let written = read(&format!("order_id,line,date,quantity,unit_price_usd\n{row}"), "", &[]).unwrap();
    assert_ne!(written, plain());
    let log = "Order,Item,Day,Field,Old,New\nSO3,1,2025-08-20,Quantity,60,55\nSO3,1,2025-08-20,Note,,late\nSO3,1,2025-08-20,quantity,55,50\nSO3,1,2025-08-20,Price,1000,990\n";
    let keys = "columns = { order_id = \"Order\", line = \"Item\", changed_date = \"Day\" }";
    let step = "step = \"pivot\"\nby = [\"Order\", \"Item\", \"Day\"]\nname = \"Field\"\nvalue = \"New\"\nold = \"Old\"\nignore = \"Note\"\ncolumns = { Quantity = \"quantity\", Price = \"unit_price_usd\" }";
    assert_eq!(read(log, keys, &[step]).unwrap(), written);
    for (log, told) in [
        (
            log.replace("55,50", "54,50"),
            "log.csv:4: New: `50`, step 1 (pivot): is said once more of the same key as on line 2",
        ),
        (
            log.replace("Note", "Discount"),
            "log.csv:3: Field: `Discount`, step 1 (pivot): is none of Price, Quantity",
        ),
    ] {
        let refused = read(&log, keys, &[step]).unwrap_err();
        assert!(refused.contains(told), "{refused}");
    }
}

/// SO3 stands twice, 60 and 30 machines: only the step tells its rows apart. Confirmed, each counts.
#[test]
fn rows_that_number_rows_alone_tells_apart_are_refused() {
    let text = child_rows(|_| "");
    let again: Vec<&str> = text.lines().skip(4).take(2).collect();
    let text = format!("{text}{}\n", again.join("\n"));
    let steps = [FILL, MODEL, UNIT, LINES, FUTURES, MONTHS];
    let files = [("o.csv", text.as_str())];
    let refused = orders_of("o.csv", COLUMNS, &steps, &files).unwrap_err();
    let said = "o.csv:8: 2 rows of 90 machines in all, alike in every cell to another of their order and told apart by the step number_rows alone: line 8 as line 5 (60 of order SO3), line 9 as line 6 (30 of order SO3); take";
    assert!(refused.contains(said) && refused.contains("[identical-rows]"), "{refused}");
    let confirmed = format!(
        "[checks]\nidentical-rows = \"warning\"\n{}",
        section("futures_orders", "o.csv", COLUMNS, &steps)
    );
    let folder = maker(&confirmed, &files);
    let read = exports(folder.path()).unwrap();
    let told: Vec<String> = read.warnings.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|told| told.contains(said)), "{told:?}");
    // 213 machines were signed, and 90 again.
    assert_eq!(read.ledger.lots.iter().map(|lot| lot.quantity).sum::<u64>(), 303);
}

/// An open line beside another of its order but for the number that its system gave it is told; so is none that has left.
#[test]
fn open_lines_alike_but_for_their_own_number_are_told() {
    let text = plain_text();
    let told = |from: &str, to: &str| -> Vec<String> {
        let line = text.lines().find(|line| line.starts_with(from)).unwrap();
        let text = format!("{text}{}\n", line.replacen(from, to, 1));
        let folder = maker(&section("futures_orders", "o.csv", "", &[]), &[("o.csv", &text)]);
        let warnings = exports(folder.path()).unwrap().warnings;
        warnings.iter().map(ToString::to_string).filter(|told| told.contains("but `line`")).collect()
    };
    let said = told("SO4,1,", "SO4,2,");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("o.csv:8: 1 open order line of 21 machines in all"), "{said:?}");
    assert!(said[0].contains("line 8 as line 7 (21 of order SO4) [copied-orders]"), "{said:?}");
    assert!(told("SO2,1,", "SO2,2,").is_empty());
}

/// What the job declares as a word for empty is empty in steps too: an order whose day of cancellation is `00.00.0000` was not cancelled.
#[test]
fn words_for_empty_are_empty_in_steps() {
    let state = "step = \"compute\"\ncolumn = \"status\"\nstatus = [\"quantity\", \"delivered_quantity\", \"cancelled_date\"]";
    let text: String = plain_text().replace(",status,cancelled_date", ",cancelled_date");
    let text = text.replace(",open,\n", ",00.00.0000\n").replace(",completed,\n", ",00.00.0000\n");
    let found = orders_of("o.csv", "empty = [\"00.00.0000\"]", &[state], &[("o.csv", &text)]);
    assert_eq!(found.unwrap(), plain());
}

/// A page that repeats the header is left out behind a step that added a column, which the header of the file has not.
#[test]
fn a_header_is_repeated_whatever_steps_added() {
    let plain_rows = plain_text();
    let (head, rows) = plain_rows.split_once('\n').unwrap();
    let first: String = rows.lines().take(3).fold(String::new(), |text, row| text + row + "\n");
    let rest: String = rows.lines().skip(3).fold(String::new(), |text, row| text + row + "\n");
    let text = format!("{head}\n{first}{head}\n{rest}");
    let steps =
        ["step = \"constant\"\ncolumn = \"page\"\nvalue = \"1\"", "step = \"skip_rows\"\nheader = true"];
    assert_eq!(orders_of("o.csv", "", &steps, &[("o.csv", &text)]).unwrap(), plain());
}
