//! The same exports written in the dialects of spreadsheets and ERP systems give the same tables, byte for byte.

use std::io::Write;
use std::path::Path;

use crate::common::{self, copy_of, edit, files, reported, root, wafercast};

const EXPORTS: [&str; 4] = ["futures_orders", "hashprice", "difficulty", "supply"];

/// Cells of an export of the miniature, header first.
type Cells = Vec<Vec<String>>;

fn cells(folder: &Path, export: &str) -> Cells {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_path(folder.join(format!("{export}.csv"))).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Changes every cell below the header that is not empty; `change` gets the column's name.
fn each_cell(cells: &mut Cells, change: impl Fn(&str, &str) -> String) {
    let header = cells[0].clone();
    for row in cells.iter_mut().skip(1) {
        for (column, cell) in header.iter().zip(row) {
            if !cell.is_empty() {
                *cell = change(column, cell);
            }
        }
    }
}

fn written(cells: &Cells, delimiter: &str, end: &str) -> String {
    cells.iter().map(|row| row.join(delimiter) + end).collect()
}

fn put(path: &Path, bytes: &[u8]) {
    std::fs::File::create(path).and_then(|mut f| f.write_all(bytes)).unwrap();
}

/// Adds keys to every export's section of the job.
fn declare(folder: &Path, keys: &str) {
    edit(&folder.join("job.toml"), |text| {
        EXPORTS.iter().fold(text, |text, export| {
            let path = format!("path = \"{export}.csv\"\n");
            assert!(text.contains(&path));
            text.replacen(&path, &format!("{path}{keys}\n"), 1)
        })
    });
}

/// The customer of the miniature.
const CUSTOMER: &str = "Only Customer";

/// Runs the folder's job; the tables must be those worked out by hand, byte for byte.
fn same_tables(folder: &Path, what: &str) {
    same_tables_of(folder, what, CUSTOMER);
}

/// The same where the customer has another name: every cell as it is there, but for the name.
fn same_tables_of(folder: &Path, what: &str, customer: &str) {
    let output = wafercast(&["run", folder.join("job.toml").to_str().unwrap()]);
    assert!(output.status.success(), "{what}: {}", reported(&output));
    let made = files(&folder.join("out/2025Q3"));
    for (name, expected) in files(&root().join("fixtures/miniature/expected")) {
        if customer == CUSTOMER {
            let (made, expected) =
                (String::from_utf8_lossy(&made[&name]), String::from_utf8_lossy(&expected));
            assert_eq!(made, expected, "{what}: {name}");
        } else {
            // A line end within a name is shown, never obeyed.
            let shown = customer.replace('\n', "\\n");
            let mut expected = table(&expected);
            expected.iter_mut().flatten().for_each(|cell| *cell = cell.replace(CUSTOMER, &shown));
            assert_eq!(table(&made[&name]), expected, "{what}: {name}");
        }
    }
}

fn table(bytes: &[u8]) -> Cells {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Rewrites every export as bytes.
fn dialect(what: &str, keys: &str, rewrite: impl Fn(&str, Cells) -> Vec<u8>) {
    dialect_of(CUSTOMER, what, keys, rewrite);
}

/// The same with a customer of another name, such as plain ASCII does not have.
fn dialect_of(customer: &str, what: &str, keys: &str, rewrite: impl Fn(&str, Cells) -> Vec<u8>) {
    let folder = copy_of("miniature");
    for export in EXPORTS {
        let bytes = rewrite(export, named(cells(folder.path(), export), customer));
        put(&folder.path().join(format!("{export}.csv")), &bytes);
    }
    if !keys.is_empty() {
        declare(folder.path(), keys);
    }
    same_tables_of(folder.path(), what, customer);
}

/// Every customer gets the name.
fn named(mut all: Cells, name: &str) -> Cells {
    each_cell(&mut all, |column, cell| if column == "customer" { name.to_owned() } else { cell.to_owned() });
    all
}

#[test]
fn line_ends_and_byte_order_marks() {
    for (what, mark, end) in [
        ("byte order mark", "\u{feff}", "\n"),
        ("CRLF", "", "\r\n"),
        ("mark and CRLF", "\u{feff}", "\r\n"),
        ("CR", "", "\r"),
    ] {
        dialect(what, "", |_, all| (mark.to_owned() + &written(&all, ",", end)).into_bytes());
    }
}

#[test]
fn encodings() {
    let utf16 = |text: &str, big: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    for big in [false, true] {
        dialect_of("矿工 & Söhne", "UTF-16 with mark", "", |_, all| {
            utf16(&("\u{feff}".to_owned() + &written(&all, ",", "\r\n")), big)
        });
    }
    dialect_of("矿工", "UTF-16 without mark", "encoding = \"utf-16le\"", |_, all| {
        utf16(&written(&all, "\t", "\r\n"), false)
    });
    dialect_of("深圳矿工", "GB18030", "encoding = \"gb18030\"", |_, all| {
        encoding_rs::GB18030.encode(&written(&all, ",", "\n")).0.into_owned()
    });
    dialect_of("Größe – Käufer", "Windows-1252", "encoding = \"windows-1252\"", |_, all| {
        encoding_rs::WINDOWS_1252.encode(&written(&all, ";", "\r\n")).0.into_owned()
    });
}

#[test]
fn delimiters() {
    for delimiter in [";", "\t", "|"] {
        dialect(delimiter, "", |_, all| written(&all, delimiter, "\n").into_bytes());
    }
    dialect("sep=;", "", |_, all| ("sep=;\r\n".to_owned() + &written(&all, ";", "\r\n")).into_bytes());
    dialect("declared", "delimiter = \"|\"", |_, all| written(&all, "|", "\n").into_bytes());
}

#[test]
fn quoted_cells_with_newlines_and_delimiters() {
    dialect_of("Miner, \"the\"\nsecond line", "quoted", "", |_, mut all| {
        for cell in all.iter_mut().flatten() {
            *cell = format!("\"{}\"", cell.replace('"', "\"\""));
        }
        written(&all, ",", "\r\n").into_bytes()
    });
}

fn is_amount(column: &str) -> bool {
    matches!(column, "unit_price_usd" | "prepaid_usd" | "difficulty" | "hashprice_usd_per_ph_day")
}

fn is_count(column: &str) -> bool {
    matches!(column, "quantity" | "wafers")
}

/// Digits in groups of three.
fn grouped(digits: &str, mark: &str) -> String {
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(mark)
}

#[test]
fn numbers_as_countries_and_currencies_write_them() {
    for (what, keys, group, decimals, sign, delimiter) in [
        ("1.234,00", "decimal_mark = \",\"", ".", ",00", "", ";"),
        ("1 234,00", "decimal_mark = \",\"", " ", ",00", "", ";"),
        ("1\u{a0}234,00", "decimal_mark = \",\"", "\u{a0}", ",00", "", ";"),
        ("1'234.00", "", "'", ".00", "", ";"),
        ("$1,234.00", "", ",", ".00", "$", "\t"),
        ("$ 1,234.00", "", ",", ".00", "$ ", "\t"),
        ("1,234 declared", "decimal_mark = \".\"", ",", "", "", "\t"),
    ] {
        dialect(what, keys, |_, mut all| {
            each_cell(&mut all, |column, cell| {
                if is_amount(column) {
                    format!("{sign}{}{decimals}", grouped(cell, group))
                } else if is_count(column) && (group != "," || !keys.is_empty()) {
                    // Undeclared, `3,000` alone could be three: that must be declared.
                    grouped(cell, group)
                } else if column == "yield" && decimals.starts_with(',') {
                    cell.replace('.', ",")
                } else {
                    cell.to_owned()
                }
            });
            written(&all, delimiter, "\n").into_bytes()
        });
    }
    dialect("E-notation", "", |_, mut all| {
        each_cell(&mut all, |column, cell| match column {
            "difficulty" => "1.0E+14".to_owned(),
            "hashprice_usd_per_ph_day" => "5E1".to_owned(),
            _ => cell.to_owned(),
        });
        written(&all, ",", "\n").into_bytes()
    });
}

/// A date cell of the miniature, or a month as its first day.
fn day(cell: &str) -> chrono::NaiveDate {
    let text = if cell.len() == 7 { format!("{cell}-01") } else { cell.to_owned() };
    text.parse().unwrap()
}

fn is_date(column: &str) -> bool {
    column.contains("date") || column == "delivery_start"
}

#[test]
fn dates_in_declared_forms() {
    for form in ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y", "%Y年%m月%d日"] {
        dialect(form, &format!("date_format = \"{form}\""), |_, mut all| {
            each_cell(&mut all, |column, cell| {
                if is_date(column) { day(cell).format(form).to_string() } else { cell.to_owned() }
            });
            written(&all, ",", "\n").into_bytes()
        });
    }
    let since = |cell: &str, from: (i32, u32, u32)| {
        (day(cell) - chrono::NaiveDate::from_ymd_opt(from.0, from.1, from.2).unwrap()).num_days()
    };
    dialect("spreadsheet serial", "date_format = \"serial\"", |_, mut all| {
        each_cell(&mut all, |column, cell| {
            if is_date(column) { since(cell, (1899, 12, 30)).to_string() } else { cell.to_owned() }
        });
        written(&all, ",", "\n").into_bytes()
    });
    dialect("epoch", "date_format = \"epoch_s\"", |_, mut all| {
        each_cell(&mut all, |column, cell| {
            if is_date(column) { (since(cell, (1970, 1, 1)) * 86_400).to_string() } else { cell.to_owned() }
        });
        written(&all, ",", "\n").into_bytes()
    });
    // Undeclared, as long as the year comes first.
    for form in ["%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y-%m-%d 00:00:00", "%Y-%m-%dT00:00:00Z"] {
        dialect(form, "", |_, mut all| {
            each_cell(&mut all, |column, cell| {
                if is_date(column) { day(cell).format(form).to_string() } else { cell.to_owned() }
            });
            written(&all, ",", "\n").into_bytes()
        });
    }
}

#[test]
fn headers_of_other_names_and_words() {
    dialect("other case and order", "", |_, mut all| {
        for name in &mut all[0] {
            *name = name.replace('_', " ").to_uppercase();
        }
        for row in &mut all {
            row.reverse();
            row.push("note".to_owned());
        }
        written(&all, ",", "\n").into_bytes()
    });
    let folder = copy_of("miniature");
    let orders = folder.path().join("futures_orders.csv");
    edit(&orders, |text| {
        text.replacen("order_id,customer,customer_segment,model", "合同编号,客户,客户类型,机型", 1)
            .replacen("quantity", "数量", 1)
            .replace(",open,", ",执行中,")
            .replace(",key_account,", ",大客户,")
    });
    edit(&folder.path().join("job.toml"), |text| {
        text.replacen(
            "path = \"futures_orders.csv\"\n",
            "path = \"futures_orders.csv\"\n\
             columns = { order_id = \"合同编号\", customer = \"客户\", customer_segment = \"客户类型\", model = \"机型\", quantity = \"数量\" }\n\
             words = { \"执行中\" = \"open\", \"大客户\" = \"key_account\" }\n",
            1,
        )
    });
    same_tables(folder.path(), "Chinese headers and words");
}

#[test]
fn blank_rows_and_totals_at_the_end() {
    for total in ["Total", "合计", "Gesamtsumme:", "Grand Total"] {
        dialect(total, "", |_, mut all| {
            let width = all[0].len();
            all.insert(1, vec![String::new(); width]);
            let mut row = vec![String::new(); width];
            row[0] = total.to_owned();
            row[width - 1] = "1440".to_owned();
            all.push(vec![String::new(); width]);
            all.push(row);
            all.push(vec![" ".to_owned(); width]);
            written(&all, ",", "\n").into_bytes()
        });
    }
}

#[test]
fn gzip_and_parquet_under_any_name() {
    dialect("gzip", "", |_, all| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(written(&all, ",", "\n").as_bytes()).unwrap();
        packed.finish().unwrap()
    });
    dialect("Parquet", "", |_, all| parquet(&all));
}

/// Typed as a warehouse hands it over: dates as dates, counts as integers, amounts as floats.
fn parquet(all: &Cells) -> Vec<u8> {
    use polars::prelude::*;
    let columns: Vec<Column> = all[0]
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let cells: Vec<Option<&str>> =
                all.iter().skip(1).map(|row| Some(row[index].as_str()).filter(|c| !c.is_empty())).collect();
            let text = Series::new(name.as_str().into(), cells);
            let kind = match name.as_str() {
                name if name.ends_with("date") => DataType::Date,
                name if is_count(name) || name == "delivery_months" => DataType::Int32,
                name if is_amount(name) => DataType::Float64,
                _ => DataType::String,
            };
            match kind {
                DataType::Date => {
                    let days: Vec<Option<i32>> = all
                        .iter()
                        .skip(1)
                        .map(|row| {
                            let day: Option<chrono::NaiveDate> = row[index].parse().ok();
                            day.map(|d| (d - chrono::NaiveDate::default()).num_days() as i32)
                        })
                        .collect();
                    Series::new(name.as_str().into(), days).cast(&DataType::Date).unwrap().into()
                }
                kind => text.cast(&kind).unwrap().into(),
            }
        })
        .collect();
    let mut frame = DataFrame::new(all.len() - 1, columns).unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    bytes
}

#[test]
fn several_files_make_one_export() {
    let folder = copy_of("miniature");
    for export in EXPORTS {
        let all = cells(folder.path(), export);
        for part in 0..3 {
            let mut rows = vec![all[0].clone()];
            rows.extend(all.iter().skip(1).skip(part).step_by(3).cloned());
            put(&folder.path().join(format!("{export}-{part}.csv")), written(&rows, ",", "\n").as_bytes());
        }
        std::fs::remove_file(folder.path().join(format!("{export}.csv"))).unwrap();
    }
    edit(&folder.path().join("job.toml"), |text| {
        EXPORTS.iter().fold(text, |text, export| {
            text.replacen(&format!("\"{export}.csv\""), &format!("\"{export}-?.csv\""), 1)
        })
    });
    same_tables(folder.path(), "several files");
    // One order in two of them is reported, with both places.
    let twice = folder.path().join("futures_orders-1.csv");
    let row = common::text(&folder.path().join("futures_orders-0.csv")).lines().nth(1).unwrap().to_owned();
    edit(&twice, |text| text + &row + "\n");
    let output = wafercast(&["check", folder.path().join("job.toml").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(65));
    let text = reported(&output);
    assert!(
        text.contains("futures_orders-1.csv:10: order_id: `O01`, is already the order of line 2 of "),
        "{text}"
    );
    assert!(text.contains("[duplicate-row]"));
}
