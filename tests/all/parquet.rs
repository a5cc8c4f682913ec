//! Parquet exports: every type that a cell can have is read, no column that nobody needs matters, and no file, however
//! damaged, takes the process or the machine down.
//!
//! `WAFERCAST_PARQUET_MUTATIONS=10000 cargo test --release --test all parquet:: -- --nocapture` for more than the usual number.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a test may fail loudly"
)]

use std::io::Write;
use std::path::Path;

use crate::checks::as_recorded;
use crate::common::{copy_of, reported, root, text, wafercast};
use chrono::NaiveDate;
use polars_parquet_format::thrift::protocol::TCompactOutputProtocol;
use polars_parquet_format::{
    ColumnChunk, ColumnMetaData, CompressionCodec, DataPageHeader, DecimalType, Encoding,
    FieldRepetitionType, FileMetaData, Float16Type, IntType, KeyValue, LogicalType, MapType, MicroSeconds,
    PageHeader, PageType, RowGroup, SchemaElement, StringType, TimeUnit, TimestampType, Type,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};
use wafercast::error::Error;
use wafercast::ingest::{Exports, Locations, read};
use wafercast::job::Job;

/// A column to write: its nodes in the schema and, for each that is stored, its type and the plain bytes of its values.
struct Column {
    nodes: Vec<SchemaElement>,
    stored: Vec<(Type, Vec<u8>)>,
}

fn node(
    name: &str,
    stored: Option<(Type, i32)>,
    children: i32,
    logical: Option<LogicalType>,
) -> SchemaElement {
    let (scale, precision) = match &logical {
        Some(LogicalType::DECIMAL(d)) => (Some(d.scale), Some(d.precision)),
        _ => (None, None),
    };
    let length =
        stored.filter(|(of_type, _)| *of_type == Type::FIXED_LEN_BYTE_ARRAY).map(|(_, length)| length);
    let children = (children > 0).then_some(children);
    SchemaElement::new(
        stored.map(|(of_type, _)| of_type),
        length,
        FieldRepetitionType::REQUIRED,
        name.to_owned(),
        children,
        None,
        scale,
        precision,
        None,
        logical,
    )
}

fn column(name: &str, of_type: Type, length: i32, logical: Option<LogicalType>, bytes: Vec<u8>) -> Column {
    Column { nodes: vec![node(name, Some((of_type, length)), 0, logical)], stored: vec![(of_type, bytes)] }
}

fn strings<'a>(name: &str, values: impl Iterator<Item = &'a str>) -> Column {
    let bytes = values
        .flat_map(|v| [u32::try_from(v.len()).unwrap().to_le_bytes().as_slice(), v.as_bytes()].concat())
        .collect();
    column(name, Type::BYTE_ARRAY, 0, Some(LogicalType::STRING(StringType::new())), bytes)
}

fn ints(name: &str, logical: LogicalType, values: impl Iterator<Item = i32>) -> Column {
    column(name, Type::INT32, 0, Some(logical), values.flat_map(i32::to_le_bytes).collect())
}

/// A file of one group of rows, every column on one plain page.
fn written(columns: &[Column], rows: usize, metadata: Option<Vec<KeyValue>>) -> Vec<u8> {
    let mut file = b"PAR1".to_vec();
    let count = i32::try_from(rows).unwrap();
    let mut schema = vec![node("root", None, i32::try_from(columns.len()).unwrap(), None)];
    let mut chunks = Vec::new();
    for column in columns {
        schema.extend(column.nodes.iter().cloned());
        for (of_type, bytes) in &column.stored {
            let start = i64::try_from(file.len()).unwrap();
            let size = i32::try_from(bytes.len()).unwrap();
            let data = DataPageHeader::new(count, Encoding::PLAIN, Encoding::RLE, Encoding::RLE, None);
            let header = PageHeader::new(PageType::DATA_PAGE, size, size, None, data, None, None, None);
            header.write_to_out_protocol(&mut TCompactOutputProtocol::new(&mut file)).unwrap();
            file.extend(bytes);
            let packed = i64::try_from(file.len()).unwrap() - start;
            let meta = ColumnMetaData::new(
                *of_type,
                vec![Encoding::PLAIN],
                vec![column.nodes[0].name.clone()],
                CompressionCodec::UNCOMPRESSED,
                i64::from(count),
                packed,
                packed,
                None,
                start,
                None,
                None,
                None,
                None,
                None,
                None,
                None,
            );
            chunks.push(ColumnChunk::new(None, start, meta, None, None, None, None, None, None));
        }
    }
    let total = i64::try_from(file.len()).unwrap();
    let group = RowGroup::new(chunks, total, i64::from(count), None, None, None, None);
    let footer =
        FileMetaData::new(1, schema, i64::from(count), vec![group], metadata, None, None, None, None);
    let start = file.len();
    footer.write_to_out_protocol(&mut TCompactOutputProtocol::new(&mut file)).unwrap();
    let size = u32::try_from(file.len() - start).unwrap();
    file.extend(size.to_le_bytes());
    file.extend(b"PAR1");
    file
}

/// The miniature's orders, by column.
fn orders() -> Vec<(String, Vec<String>)> {
    let mut reader = csv::Reader::from_path(root().join("fixtures/miniature/futures_orders.csv")).unwrap();
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let cells = |index: usize| rows.iter().map(|row| row[index].to_owned()).collect();
    header.into_iter().enumerate().map(|(index, name)| (name, cells(index))).collect()
}

fn micros() -> TimeUnit {
    TimeUnit::MICROS(MicroSeconds::new())
}

/// The orders with types as databases give them.
fn typed(zone: Option<Vec<KeyValue>>, hours: i64) -> Vec<u8> {
    let orders = orders();
    let rows = orders[0].1.len();
    let numbers = |cells: &[String]| cells.iter().map(|c| c.parse::<i64>().unwrap()).collect::<Vec<_>>();
    let columns: Vec<Column> = orders
        .iter()
        .filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()))
        .map(|(name, cells)| match name.as_str() {
            "quantity" => ints(
                name,
                LogicalType::INTEGER(IntType::new(8, false)),
                numbers(cells).into_iter().map(|v| v as i32),
            ),
            "delivery_months" => column(
                name,
                Type::FIXED_LEN_BYTE_ARRAY,
                2,
                Some(LogicalType::FLOAT16(Float16Type::new())),
                // 3 is 1.5 times 2.
                numbers(cells)
                    .iter()
                    .flat_map(|v| {
                        assert_eq!(*v, 3);
                        0x4200_u16.to_le_bytes()
                    })
                    .collect(),
            ),
            "unit_price_usd" => column(
                name,
                Type::FIXED_LEN_BYTE_ARRAY,
                5,
                Some(LogicalType::DECIMAL(DecimalType::new(2, 11))),
                numbers(cells).iter().flat_map(|v| (v * 100).to_be_bytes()[3..].to_vec()).collect(),
            ),
            "signed_date" => column(
                name,
                Type::INT64,
                0,
                Some(LogicalType::TIMESTAMP(TimestampType::new(true, micros()))),
                cells
                    .iter()
                    .flat_map(|c| {
                        let day: NaiveDate = c.parse().unwrap();
                        let midnight = day.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp();
                        ((midnight - hours * 3600) * 1_000_000).to_le_bytes()
                    })
                    .collect(),
            ),
            _ => strings(name, cells.iter().map(String::as_str)),
        })
        .collect();
    let mut all = columns;
    // What nobody needs: groups, bytes, a type that no reader knows.
    let bytes = vec![7; rows];
    let group = |name: &str, logical| node(name, None, 1, logical);
    let leaf = |name: &str| node(name, Some((Type::BYTE_ARRAY, 0)), 0, None);
    all.push(Column {
        nodes: vec![group("note", None), leaf("inner")],
        stored: vec![(Type::BYTE_ARRAY, bytes.clone())],
    });
    all.push(Column {
        nodes: vec![group("tags", Some(LogicalType::MAP(MapType::new()))), leaf("entries")],
        stored: vec![(Type::BYTE_ARRAY, bytes.clone())],
    });
    all.push(column("odd", Type(77), 0, None, bytes));
    written(&all, rows, zone)
}

fn put(path: &Path, bytes: &[u8]) {
    std::fs::File::create(path).and_then(|mut f| f.write_all(bytes)).unwrap();
}

/// Runs the miniature with these orders: its forecast by quarter, or what was said.
fn forecast(orders: &[u8]) -> Result<String, String> {
    let folder = copy_of("miniature");
    put(&folder.path().join("futures_orders.csv"), orders);
    let output = wafercast(&["run", folder.path().join("job.toml").to_str().unwrap()]);
    assert!([Some(0), Some(65)].contains(&output.status.code()), "{}", reported(&output));
    if output.status.success() {
        Ok(text(&folder.path().join("out/2025Q3/shipment_forecast_quarterly.csv")))
    } else {
        Err(reported(&output))
    }
}

/// Arrow's schema of one timestamp column, as writers leave it in the footer.
fn arrow_schema(zone: &str) -> Vec<KeyValue> {
    let mut flat = Flat(Vec::new());
    flat.word(0);
    let list = flat.list(12, &[0, 0, 4]);
    let message = flat.table(list);
    let header = flat.reference();
    let list = flat.list(8, &[0, 4]);
    let schema = flat.table(list);
    let fields = flat.reference();
    flat.lead(fields);
    flat.word(1);
    let first = flat.reference();
    let list = flat.list(20, &[4, 0, 8, 12]);
    let field = flat.table(list);
    flat.lead_from(first, field);
    let name = flat.reference();
    flat.word(10); // timestamps
    let of_type = flat.reference();
    flat.word(0);
    flat.lead(name);
    flat.text("signed_date");
    let list = flat.list(8, &[0, 4]);
    let stamp = flat.table(list);
    flat.lead_from(of_type, stamp);
    let zone_at = flat.reference();
    flat.lead(zone_at);
    flat.text(zone);
    flat.lead_from(header, schema);
    flat.put(0, u32::try_from(message).unwrap());
    let encoded = base64(&flat.0);
    vec![KeyValue::new("ARROW:schema".to_owned(), encoded)]
}

/// Writes flatbuffers one part after the other.
struct Flat(Vec<u8>);

impl Flat {
    fn word(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }
    fn put(&mut self, at: usize, value: u32) {
        self.0[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    /// The list of a table's fields, by their offsets in it; returns where it begins.
    fn list(&mut self, size: u16, fields: &[u16]) -> usize {
        let at = self.0.len();
        let length = u16::try_from(4 + 2 * fields.len()).unwrap();
        for half in [length, size].iter().chain(fields) {
            self.0.extend(half.to_le_bytes());
        }
        while !self.0.len().is_multiple_of(4) {
            self.0.push(0);
        }
        at
    }
    fn table(&mut self, list: usize) -> usize {
        let at = self.0.len();
        self.word(u32::try_from(at - list).unwrap());
        at
    }
    fn reference(&mut self) -> usize {
        self.word(0);
        self.0.len() - 4
    }
    fn lead(&mut self, reference: usize) {
        let to = self.0.len();
        self.lead_from(reference, to);
    }
    fn lead_from(&mut self, reference: usize, to: usize) {
        self.put(reference, u32::try_from(to - reference).unwrap());
    }
    fn text(&mut self, text: &str) {
        self.word(u32::try_from(text.len()).unwrap());
        self.0.extend(text.as_bytes());
        self.0.push(0);
        while !self.0.len().is_multiple_of(4) {
            self.0.push(0);
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().chain([0, 0].iter()).take(3).fold(0_u32, |word, b| word << 8 | u32::from(*b));
        for place in 0..=chunk.len() {
            text.push(char::from(DIGITS[(word >> (18 - 6 * place) & 63) as usize]));
        }
        (chunk.len()..3).for_each(|_| text.push('='));
    }
    text
}

#[test]
fn every_type_of_a_cell_is_read_and_others_do_not_matter() {
    let expected = forecast(text(&root().join("fixtures/miniature/futures_orders.csv")).as_bytes()).unwrap();
    assert_eq!(forecast(&typed(None, 0)).unwrap(), expected);
}

#[test]
fn a_timestamp_in_a_zone_is_the_day_on_the_clock_there() {
    let expected = forecast(text(&root().join("fixtures/miniature/futures_orders.csv")).as_bytes()).unwrap();
    // Midnight in Shanghai is 16:00 of the day before in UTC; orders of the first of a month would move a month.
    for zone in ["Asia/Shanghai", "+08:00"] {
        assert_eq!(forecast(&typed(Some(arrow_schema(zone)), 8)).unwrap(), expected, "{zone}");
    }
    assert_ne!(forecast(&typed(None, 8)).unwrap(), expected, "in UTC they are of the day before");
    let said = forecast(&typed(Some(arrow_schema("Mars/Olympus")), 8)).unwrap_err();
    assert!(
        said.contains("its column `signed_date` is a timestamp in the time zone `Mars/Olympus`"),
        "{said}"
    );
    let damaged = vec![KeyValue::new("ARROW:schema".to_owned(), "/////w".to_owned())];
    let said = forecast(&typed(Some(damaged), 8)).unwrap_err();
    assert!(said.contains("its column `signed_date` is a timestamp in a time zone, but"), "{said}");
}

/// Every byte of the footer and the page headers changed by one: what is said of the file, or that it still reads. `make bless` accepts
/// what is recorded in `tests/recorded/readings/parquet.txt` anew.
fn each_byte(of: usize, parts: usize) -> Vec<(usize, String)> {
    let folder = copy_of("miniature");
    let path = folder.path().join("futures_orders.csv");
    let job = Job::load(&folder.path().join("job.toml")).unwrap();
    let as_of = NaiveDate::from_ymd_opt(2025, 9, 30).unwrap();
    let said = |bytes: &[u8]| {
        put(&path, bytes);
        match read(&job, &Locations::new(&job, None, as_of), as_of) {
            Ok(exports) => {
                let digest = Sha256::digest(format!("{:?}", exports.ledger).as_bytes());
                format!("read {:02x}{:02x}{:02x}", digest[0], digest[1], digest[2])
            }
            Err(Error::Input(problems)) => {
                let of_it = problems.iter().find(|problem| problem.place.path == path);
                let said = of_it.or(problems.first()).unwrap().to_string();
                said.replace(&format!("{}/", folder.path().display()), "")
            }
            Err(other) => other.to_string(),
        }
    };
    let bytes = typed(Some(arrow_schema("Asia/Shanghai")), 8);
    let footer =
        bytes.len() - 8 - u32::from_le_bytes(bytes[bytes.len() - 8..][..4].try_into().unwrap()) as usize;
    let plain = said(&bytes);
    let places: Vec<usize> = (4..40).chain(footer..bytes.len()).skip(of).step_by(parts).collect();
    let changed = places.into_iter().map(|place| {
        let mut changed = bytes.clone();
        changed[place] = changed[place].wrapping_add(1);
        let said = said(&changed);
        (place, if said == plain { "the same".to_owned() } else { said })
    });
    changed.collect()
}

#[test]
fn each_byte_of_the_end_is_held_against_the_others() {
    let parts = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..4).map(|of| scope.spawn(move || each_byte(of, 4))).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect::<std::collections::BTreeMap<_, _>>()
    });
    let mut recorded = String::new();
    let mut run: Option<(usize, usize, String)> = None;
    for (place, said) in parts.into_iter().chain([(usize::MAX, String::new())]) {
        match &mut run {
            Some((_, last, same)) if *same == said => *last = place,
            _ => {
                if let Some((first, last, said)) = run.take() {
                    recorded += &format!("{first} to {last}: {said}\n");
                }
                run = Some((place, place, said));
            }
        }
    }
    as_recorded("readings/parquet.txt", &recorded);
}

#[test]
fn what_no_cell_holds_is_refused_with_column_and_type() {
    let rows = orders()[0].1.len();
    let replaced = |name: &str, with: Column| {
        let mut columns: Vec<Column> = orders()
            .iter()
            .filter(|(known, _)| known != name && known != "prepaid_usd" && known != "delivered_quantity")
            .map(|(name, cells)| strings(name, cells.iter().map(String::as_str)))
            .collect();
        columns.push(with);
        forecast(&written(&columns, rows, None)).unwrap_err()
    };
    let leaf = node("inner", Some((Type::INT32, 0)), 0, None);
    let of_group = |logical| Column {
        nodes: vec![node("quantity", None, 1, logical), leaf.clone()],
        stored: vec![(Type::INT32, vec![0; 4 * rows])],
    };
    assert!(replaced("quantity", of_group(None)).contains("its column `quantity` is a STRUCT"));
    let map = of_group(Some(LogicalType::MAP(MapType::new())));
    assert!(replaced("quantity", map).contains("its column `quantity` is a MAP"));
    let day = ints(
        "signed_date",
        LogicalType::DATE(polars_parquet_format::DateType::new()),
        (0..).map(|_| i32::MAX).take(rows),
    );
    let said = replaced("signed_date", day);
    assert!(said.contains("futures_orders.csv:2: signed_date: `day 2147483647 after 1970-01-01`"), "{said}");
    let bytes = column("model", Type::BYTE_ARRAY, 0, None, [4, 0, 0, 0, 0xff, 0xfe, 0xfd, 0xfc].repeat(rows));
    let said = replaced("model", bytes);
    assert!(
        said.contains("futures_orders.csv:2: its column `model` holds bytes that are not UTF-8 text"),
        "{said}"
    );
}

#[test]
fn text_of_one_width_uuids_and_missing_numbers() {
    let rows = orders()[0].1.len();
    let with = |replaced: &[Column], lacking: &[&str]| {
        let mut columns: Vec<Column> = orders()
            .iter()
            .filter(|(name, _)| !lacking.contains(&name.as_str()))
            .map(|(name, cells)| strings(name, cells.iter().map(String::as_str)))
            .collect();
        columns.extend(replaced.iter().map(|c| Column { nodes: c.nodes.clone(), stored: c.stored.clone() }));
        forecast(&written(&columns, rows, None))
    };
    let expected = with(&[], &[]).unwrap();
    // Filled up with NUL to one width, with and without being called text.
    for logical in [None, Some(LogicalType::STRING(StringType::new()))] {
        let cells = orders().into_iter().find(|(name, _)| name == "model").unwrap().1;
        let bytes = cells.iter().flat_map(|cell| {
            let mut bytes = cell.clone().into_bytes();
            bytes.resize(100, 0);
            bytes
        });
        let model = column("model", Type::FIXED_LEN_BYTE_ARRAY, 100, logical, bytes.collect());
        assert_eq!(with(&[model], &["model"]).unwrap(), expected);
    }
    let noise = column("model", Type::FIXED_LEN_BYTE_ARRAY, 4, None, [0xff, 0xfe, 1, 2].repeat(rows));
    assert!(with(&[noise], &["model"]).unwrap_err().contains("holds bytes that are not UTF-8 text"));
    let ids =
        (0..rows).flat_map(|row| (0x0123_4567_89ab_cdef_u128 << 64 | row as u128).to_be_bytes()).collect();
    let uuid = LogicalType::UUID(polars_parquet_format::UUIDType::new());
    let ids = column("order_id", Type::FIXED_LEN_BYTE_ARRAY, 16, Some(uuid), ids);
    let quantity = || column("quantity", Type::DOUBLE, 0, None, f64::NAN.to_le_bytes().repeat(rows));
    let said = with(&[ids, quantity()], &["order_id", "quantity"]).unwrap_err();
    for part in [
        "quantity: `NaN`, is NaN, which programs write where a value is missing; it stands for an empty cell",
        "hint: bad-number: leave the cell empty where there is no value",
    ] {
        assert!(said.contains(part), "{said}");
    }
    // What is not read never matters: NaN, a unit of time and a scale that nobody knows, a group of nothing.
    let more = |name: &str, logical| column(name, Type::INT64, 0, Some(logical), vec![0; 8 * rows]);
    let odd = [
        Column { nodes: vec![node("nothing", None, 0, None)], stored: Vec::new() },
        column("index", Type::DOUBLE, 0, None, f64::NAN.to_le_bytes().repeat(rows)),
        column("key", Type::FIXED_LEN_BYTE_ARRAY, 300, None, vec![0xff; 300 * rows]),
        more("scaled", LogicalType::DECIMAL(DecimalType::new(-2, 9))),
    ];
    assert_eq!(with(&odd, &[]).unwrap(), expected);
}

#[test]
fn claims_are_held_against_the_bytes_that_there_are() {
    let file = typed(None, 0);
    let footer = u32::from_le_bytes(file[file.len() - 8..file.len() - 4].try_into().unwrap()) as usize;
    let with_footer = |end: Vec<u8>| {
        let mut claimed = file[..file.len() - 8 - footer].to_vec();
        let size = u32::try_from(end.len()).unwrap();
        claimed.extend(end);
        claimed.extend(size.to_le_bytes());
        claimed.extend(b"PAR1");
        claimed
    };
    // A list of two thousand million columns; a schema of groups in groups, a hundred thousand deep.
    let list = vec![0x15, 2, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 7];
    let mut deep = vec![0x15, 2, 0x19, 0xfc, 0xa0, 0x8d, 6];
    (0..100_000).for_each(|_| deep.extend([0x35, 0, 0x18, 1, b'g', 0x15, 2, 0]));
    deep.extend([0x16, 0, 0x19, 0x0c, 0]);
    for (end, what) in
        [(list, "list"), (deep, "depth"), (vec![0], "nothing"), (vec![0x1c; 5000], "structures")]
    {
        let said = forecast(&with_footer(end)).unwrap_err();
        assert!(said.contains("[damaged-file]") || said.contains("[missing-column]"), "{what}: {said}");
    }
    // Rows without end: one run of a dictionary's only value.
    let rows = 2_000_000_000;
    let mut columns = strings("order_id", std::iter::once("x"));
    columns.stored[0].1.truncate(5);
    let said = forecast(&written(&[columns], rows, None)).unwrap_err();
    assert!(said.contains("claims 2000000000 rows in"), "{said}");
}

/// Orders of the synthetic maker as polars writes them.
fn published() -> Vec<Vec<u8>> {
    use polars::prelude::{
        Column, DataFrame, DataType, NamedFrom, ParquetCompression, ParquetWriter, Series,
    };
    let mut reader = csv::Reader::from_path(root().join("fixtures/maker/futures_orders.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let rows = &rows[rows.len() - 400..];
    let columns = header.iter().enumerate().map(|(index, name)| {
        let cells: Vec<Option<&str>> =
            rows.iter().map(|row| row.get(index).filter(|c| !c.is_empty())).collect();
        Column::from(Series::new(name.into(), cells))
    });
    let plain = DataFrame::new(rows.len(), columns.collect()).unwrap();
    let typed: Vec<Column> = plain
        .columns()
        .iter()
        .map(|column| match column.name().as_str() {
            "quantity" | "delivery_months" | "delivered_quantity" => column.cast(&DataType::Int32).unwrap(),
            "unit_price_usd" | "prepaid_usd" => column.cast(&DataType::Float64).unwrap(),
            "signed_date" | "cancelled_date" => column.cast(&DataType::Date).unwrap(),
            _ => column.clone(),
        })
        .collect();
    let typed = DataFrame::new(plain.height(), typed).unwrap();
    let write = |frame: &DataFrame, packed: ParquetCompression, rows: usize| {
        let mut bytes = Vec::new();
        let writer = ParquetWriter::new(&mut bytes).with_compression(packed).with_row_group_size(Some(rows));
        writer.finish(&mut frame.clone()).unwrap();
        bytes
    };
    vec![
        write(&plain, ParquetCompression::Uncompressed, 150),
        write(&typed, ParquetCompression::Uncompressed, 1000),
        write(&typed, ParquetCompression::Snappy, 150),
        write(&typed, ParquetCompression::Gzip(None), 1000),
        write(&typed, ParquetCompression::Zstd(None), 150),
        write(&typed, ParquetCompression::Lz4Raw, 1000),
        write(&plain, ParquetCompression::Brotli(None), 1000),
    ]
}

/// Kilobytes that the process has had in memory at most.
fn peak() -> u64 {
    let status = text(Path::new("/proc/self/status"));
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn mutate(bytes: &[u8], rng: &mut StdRng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let footer = u32::from_le_bytes(bytes[bytes.len() - 8..bytes.len() - 4].try_into().unwrap()) as usize;
    // Half of the changes fall into the end of the file, where a little says much.
    let place = |bytes: &[u8], rng: &mut StdRng| {
        if rng.random_bool(0.5) {
            rng.random_range(bytes.len().saturating_sub(footer + 8)..bytes.len())
        } else {
            rng.random_range(0..bytes.len())
        }
    };
    for _ in 0..rng.random_range(1..4) {
        let at = place(&bytes, rng);
        match rng.random_range(0..8) {
            0 => bytes[at] = rng.random(),
            1 | 2 => bytes[at] ^= 1 << rng.random_range(0..8),
            3 => bytes[at] = 0xff,
            4 => drop(bytes.remove(at)),
            5 => bytes.insert(at, rng.random()),
            6 => {
                let end = (at + rng.random_range(1..9)).min(bytes.len());
                bytes[at..end].fill(*[0x00, 0x7f, 0x80, 0xff].get(rng.random_range(0..4)).unwrap());
            }
            _ => bytes.truncate(at.max(64)),
        }
    }
    bytes
}

#[test]
fn no_damage_takes_the_process_down() {
    // Memory is that of a whole process: this test has one of its own.
    if std::env::var_os("WAFERCAST_ALONE").is_none() {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "parquet::no_damage_takes_the_process_down", "--nocapture"])
            .env("WAFERCAST_ALONE", "1")
            .output()
            .unwrap();
        println!("{}", String::from_utf8_lossy(&output.stdout));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let originals = published();
    let path = root().join("jobs/quarterly.toml");
    let job = Job::parse(&text(&path), &path).unwrap();
    let as_of = NaiveDate::from_ymd_opt(2025, 9, 30).unwrap();
    for name in ["hashprice", "difficulty"] {
        let from = root().join(format!("fixtures/maker/{name}.csv"));
        std::fs::copy(from, folder.path().join(format!("{name}.csv"))).unwrap();
    }
    let orders = folder.path().join("futures_orders.parquet");
    let read = |bytes: &[u8]| -> Result<Exports, Error> {
        put(&orders, bytes);
        read(&job, &Locations::new(&job, Some(folder.path()), as_of), as_of)
    };
    let expected: Vec<String> =
        originals.iter().map(|bytes| format!("{:?}", read(bytes).unwrap().ledger)).collect();
    assert!(expected.iter().all(|ledger| *ledger == expected[0]), "the same, however it is written");
    let asked = std::env::var("WAFERCAST_PARQUET_MUTATIONS").ok().and_then(|n| n.parse().ok());
    let count: u64 = asked.unwrap_or(300);
    let (mut refused, mut same, mut differs) = (0, 0, 0);
    for seed in 0..count {
        let mut rng = StdRng::seed_from_u64(seed);
        let which = rng.random_range(0..originals.len());
        match read(&mutate(&originals[which], &mut rng)) {
            Err(Error::Input(problems)) => {
                assert!(!problems.is_empty());
                refused += 1;
            }
            Err(other) => panic!("seed {seed}: {other}"),
            Ok(read) if format!("{:?}", read.ledger) == expected[0] => same += 1,
            Ok(_) => differs += 1,
        }
    }
    let peak = peak() / 1024;
    println!(
        "{count} damaged files: {refused} refused, {same} read the same, {differs} other values; {peak} MB at most"
    );
    assert!(refused > count / 4 && same > 0, "{refused} {same} {differs}");
    assert!(peak < 700, "{peak} MB");
}

#[test]
fn a_bomb_is_refused_in_little_memory() {
    // Text that packs to a thousandth, many times over, and one page of it.
    let folder = copy_of("miniature");
    let rows = 2_000;
    let long = "x".repeat(60_000);
    let columns = [strings("order_id", std::iter::repeat_n(long.as_str(), rows))];
    let plain = written(&columns, rows, None);
    put(&folder.path().join("futures_orders.csv"), &{
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&plain.repeat(3)).unwrap();
        packed.finish().unwrap()
    });
    let command = format!(
        "ulimit -v 1200000; exec {} check {}",
        env!("CARGO_BIN_EXE_wafercast"),
        folder.path().join("job.toml").display()
    );
    let output = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
    assert_eq!(output.status.code(), Some(65), "{}", reported(&output));
    assert!(reported(&output).contains("[too-large]"), "{}", reported(&output));
}
