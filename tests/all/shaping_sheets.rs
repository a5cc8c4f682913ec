//! Sheets of workbooks as exports: XLSX by the writer of the project, ODS by hand.

use std::io::Write as _;
use std::path::Path;

use rust_xlsxwriter::{Format, Formula, Workbook};

use crate::shaping::{ORDERS, customer, exports, maker, orders_of, plain, plain_text, put, section, status};

const STEPS: [&str; 2] = [
    "step = \"constant\"\ncolumn = \"order_type\"\nvalue = \"futures\"",
    "step = \"constant\"\ncolumn = \"delivery_months\"\nvalue = \"3\"",
];

const KEYS: &str = "columns = { order_id = \"Order\", customer = \"Customer\", customer_segment = \"Class\", signed_date = \"Signed\", delivery_start = \"First month\" }";

/// Orders with titles above them from column B on, days as days, months as days shown as months, text numbers and a formula.
fn book(path: &Path, error: bool, second: bool) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Orders").unwrap();
    let day = Format::new().set_num_format("dd.mm.yyyy");
    let month = Format::new().set_num_format("mmm-yy");
    sheet.merge_range(0, 1, 0, 5, "Order book", &Format::new()).unwrap();
    let heads = [
        "Order",
        "line",
        "Customer",
        "Class",
        "model",
        "Signed",
        "quantity",
        "unit_price_usd",
        "prepaid_usd",
        "First month",
        "delivered_quantity",
        "status",
        "Note",
    ];
    for (column, head) in (1..).zip(heads) {
        sheet.write(3, column, head).unwrap();
    }
    for (row, (id, line, model, signed, quantity, price, paid, start, delivered)) in (4..).zip(ORDERS) {
        let (customer, segment) = customer(id);
        sheet.write(row, 1, id).unwrap().write(row, 2, line).unwrap().write(row, 3, customer).unwrap();
        sheet.write(row, 4, segment).unwrap().write(row, 5, model).unwrap();
        let date = |text: &str| rust_xlsxwriter::ExcelDateTime::parse_from_str(text).unwrap();
        sheet.write_with_format(row, 6, date(signed), &day).unwrap();
        sheet.write(row, 7, quantity).unwrap().write(row, 8, f64::from(price)).unwrap();
        sheet.write_formula(row, 9, Formula::new("=I5*H5/2").set_result(paid.to_string())).unwrap();
        sheet.write_with_format(row, 10, date(&format!("{start}-01")), &month).unwrap();
        sheet.write(row, 11, delivered).unwrap().write(row, 12, status(quantity, delivered)).unwrap();
    }
    sheet.write(11, 3, "made by hand").unwrap();
    if error {
        sheet.write_formula(6, 9, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    }
    if second {
        book.add_worksheet().set_name("Notes").unwrap().write(0, 0, "nothing").unwrap();
    } else {
        book.add_worksheet().set_name("Empty").unwrap();
    }
    book.save(path).unwrap();
}

fn of_book(error: bool, second: bool, keys: &str, skip: bool) -> Result<String, String> {
    let skip = skip.then_some("step = \"skip_rows\"\ncolumn = \"Order\"\nempty = true");
    let steps: Vec<&str> = skip.into_iter().chain(STEPS).collect();
    let folder = maker(&section("futures_orders", "o.xlsx", &format!("{KEYS}\n{keys}"), &steps), &[]);
    book(&folder.path().join("o.xlsx"), error, second);
    exports(folder.path()).map(|exports| format!("{:?}", exports.ledger))
}

#[test]
fn a_sheet_is_read_with_its_days_numbers_and_formulas() {
    assert_eq!(of_book(false, false, "", true).unwrap(), plain());
    assert_eq!(of_book(false, true, "sheet = \"Orders\"", true).unwrap(), plain());
    assert_eq!(of_book(false, true, "sheet = \"Orders\"\nrange = \"B4:M10\"", false).unwrap(), plain());
    let refused = of_book(false, true, "", true).unwrap_err();
    assert!(refused.contains("declare sheet = for it in the job, one of `Orders`, `Notes`"), "{refused}");
    let refused = of_book(false, true, "sheet = \"orders 2\"", true).unwrap_err();
    assert!(refused.contains("has no sheet `orders 2`"), "{refused}");
    let refused = of_book(true, false, "", true).unwrap_err();
    assert!(refused.contains("o.xlsx:7: J7: `#DIV/0!`"), "{refused}");
    // The footer has a name where customers stand.
    let refused = of_book(false, false, "", false).unwrap_err();
    assert!(refused.contains("o.xlsx:12"), "{refused}");
}

/// A spreadsheet of `OpenDocument` with one table of these cells.
fn ods(path: &Path, rows: &[Vec<String>]) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    let plain = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("mimetype", plain).unwrap();
    zip.write_all(b"application/vnd.oasis.opendocument.spreadsheet").unwrap();
    zip.start_file("META-INF/manifest.xml", plain).unwrap();
    zip.write_all(b"<?xml version=\"1.0\"?><manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>").unwrap();
    zip.start_file("content.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let cell = |text: &String| {
        if text.len() == 10 && text.starts_with("2025-") {
            format!(
                "<table:table-cell office:value-type=\"date\" office:date-value=\"{text}\"><text:p>{text}</text:p></table:table-cell>"
            )
        } else if text.parse::<f64>().is_ok() {
            format!(
                "<table:table-cell office:value-type=\"float\" office:value=\"{text}\"><text:p>{text}</text:p></table:table-cell>"
            )
        } else {
            format!(
                "<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>"
            )
        }
    };
    let row = |cells: &Vec<String>| {
        format!("<table:table-row>{}</table:table-row>", cells.iter().map(cell).collect::<String>())
    };
    let rows: String = rows.iter().map(row).collect();
    write!(zip, "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet><table:table table:name=\"T\">{rows}</table:table></office:spreadsheet></office:body></office:document-content>").unwrap();
    zip.finish().unwrap();
}

#[test]
fn a_spreadsheet_of_opendocument_is_read_as_a_workbook() {
    let text = plain_text();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let rows: Vec<Vec<String>> =
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let folder = maker(&section("futures_orders", "o.ods", "", &[]), &[]);
    ods(&folder.path().join("o.ods"), &rows);
    assert_eq!(exports(folder.path()).map(|exports| format!("{:?}", exports.ledger)).unwrap(), plain());
}

#[test]
fn what_is_no_workbook_or_a_damaged_one_is_refused() {
    for (name, bytes) in [
        ("o.xlsx", &b"PK\x03\x04[Content_Types].xml and nothing else"[..]),
        ("o.zip", b"PK\x03\x04orders.csv"),
    ] {
        let folder = maker(&section("futures_orders", name, "", &[]), &[]);
        std::fs::File::create(folder.path().join(name)).unwrap().write_all(bytes).unwrap();
        let refused = exports(folder.path()).unwrap_err();
        assert!(refused.contains(name), "{refused}");
    }
    let folder = maker(&section("futures_orders", "o.xlsx", KEYS, &STEPS), &[]);
    let path = folder.path().join("o.xlsx");
    book(&path, false, false);
    let whole = std::fs::read(&path).unwrap();
    for cut in (100..whole.len()).step_by(whole.len() / 40) {
        std::fs::File::create(&path).unwrap().write_all(&whole[..cut]).unwrap();
        assert!(exports(folder.path()).is_err(), "{cut} of {} bytes", whole.len());
    }
    for place in (0..whole.len()).step_by(whole.len() / 60) {
        let mut changed = whole.clone();
        changed[place] ^= 0x55;
        std::fs::File::create(&path).unwrap().write_all(&changed).unwrap();
        // Read or refused, but never a panic.
        drop(exports(folder.path()));
    }
    put(&folder.path().join("p.html"), "<html><body><table><tr><td>order_id</td></tr></table>");
    let refused =
        orders_of("p.html", "", &[], &[("p.html", "<html><body><table><tr><td>order_id")]).unwrap_err();
    assert!(refused.contains("is an HTML page"), "{refused}");
}
