//! Published tables read back, checked against the manifest that was published with them.

use std::collections::BTreeMap;
use std::path::Path;

use polars::prelude::{AnyValue, ParquetReader, SerReader};
use sha2::{Digest, Sha256};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::{Interval, Month};
use crate::error::Error;
use crate::job::Job;
use crate::publish::{Listing, Manifest, VintageName, damage, plain, table_file};
use crate::supply::Decision;
use crate::table::{Cell, Column, Dialect, Kind, Spec, Table, as_it_was};

use super::cash::{CashRead, cash_read};
use super::proposed::Proposed;

/// A row of a published table, by column name; an empty cell is an empty text.
pub(super) type Row = BTreeMap<String, String>;

/// Machines of one month (or quarter) and model in the base scenario, as published.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Machines {
    /// The forecast.
    pub units: i64,
    /// The forecast before planners' overrides; the same as `units` in a vintage without them.
    pub baseline: i64,
    /// From the 10th to the 90th percentile, where both are published.
    pub interval: Option<Interval<i64>>,
}

/// The base scenario of `shipment_forecast` and `shipment_forecast_quarterly`.
#[derive(Clone, Debug)]
pub struct PublishedForecast {
    /// By month and model, `ALL` included.
    pub months: BTreeMap<(Month, String), Machines>,
    /// The quarter (`2025Q4`, `FY2026Q3`) that each month is of, as the vintage calls it.
    pub quarter_of: BTreeMap<Month, String>,
    /// By quarter and model, `ALL` included.
    pub quarters: BTreeMap<(String, String), Machines>,
    /// Wafer orders of the base scenario; `None` where they cannot be read.
    pub wafers: Option<Vec<Proposed>>,
    /// What it says of cash.
    pub cash: CashRead,
    /// Overrides that carry a role, whether they counted or not; none where they cannot be read.
    pub by_role: Vec<OfRole>,
}

/// What a role put in place of the forecast of a month and model, as published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OfRole {
    /// Month of shipment.
    pub month: Month,
    /// The model.
    pub model: String,
    /// The role, as it was written.
    pub role: String,
    /// Machines of the override.
    pub units: i64,
    /// Machines forecast without one.
    pub baseline: i64,
}

/// Overrides that carry a role. Before schema version 6 none did.
fn of_roles(rows: &[Row]) -> Result<Vec<OfRole>, String> {
    let of = |row: &Row| {
        let day = text(row, "month")?;
        let whole = |column: &str| -> Result<i64, String> {
            let cell = text(row, column)?;
            cell.parse().map_err(|_| format!("{column} `{cell}` is not a whole number"))
        };
        Ok(OfRole {
            month: day.parse().map(Month::of).map_err(|_| format!("month `{day}` is not a date"))?,
            model: text(row, "model")?,
            role: text(row, "role")?,
            units: whole("units")?,
            baseline: whole("baseline_units")?,
        })
    };
    rows.iter().filter(|row| row.get("role").is_some_and(|role| !role.is_empty())).map(of).collect()
}

impl PublishedForecast {
    /// From tables that are about to be published.
    ///
    /// # Errors
    /// As [`Self::from_rows`].
    pub fn from_tables(tables: &[Table]) -> Result<Self, String> {
        let rows = |name: &str| -> Vec<Row> {
            let tables = tables.iter().filter(|t| t.spec.name == name);
            // Of the scenarios the base alone is looked at.
            let place =
                |table: &Table| table.spec.columns.iter().position(|column| column.name == "scenario");
            let base = |place: Option<usize>, row: &[Cell]| {
                place.is_none_or(|place| matches!(&row[place], Cell::Text(text) if text == "base"))
            };
            let of = |table: &'_ Table| -> Vec<Row> {
                let place = place(table);
                let rows = table.rows().iter().filter(|row| base(place, row));
                rows.map(|row| by_name(table, row)).collect()
            };
            tables.flat_map(of).collect()
        };
        let mut forecast = Self::from_rows(&rows("shipment_forecast"), &rows("shipment_forecast_quarterly"))?;
        let orders = rows("wafer_orders");
        forecast.wafers = Some(proposed(&orders)?);
        forecast.cash = cash_read(&rows("cash_low"), &rows("cash"), &orders);
        Ok(forecast)
    }

    /// From rows by column name.
    ///
    /// # Errors
    /// Names the column when one is missing or holds what it should not.
    fn from_rows(monthly: &[Row], quarterly: &[Row]) -> Result<Self, String> {
        let mut forecast = Self {
            months: BTreeMap::new(),
            quarter_of: BTreeMap::new(),
            quarters: BTreeMap::new(),
            wafers: None,
            cash: CashRead::NoTables,
            by_role: Vec::new(),
        };
        for row in monthly.iter().filter(|row| row.get("scenario").is_some_and(|s| s == "base")) {
            let day = text(row, "month")?;
            let month = day.parse().map(Month::of).map_err(|_| format!("month `{day}` is not a date"))?;
            forecast.months.insert((month, text(row, "model")?), machines(row)?);
            forecast.quarter_of.insert(month, text(row, "quarter")?);
        }
        for row in quarterly.iter().filter(|row| row.get("scenario").is_some_and(|s| s == "base")) {
            forecast.quarters.insert((text(row, "quarter")?, text(row, "model")?), machines(row)?);
        }
        if forecast.months.is_empty() {
            return Err("shipment_forecast has no row of the base scenario".to_owned());
        }
        Ok(forecast)
    }
}

/// Wafer orders.
pub(super) fn proposed(rows: &[Row]) -> Result<Vec<Proposed>, String> {
    let day = |row: &Row, column: &str| -> Result<chrono::NaiveDate, String> {
        let cell = text(row, column)?;
        cell.parse().map_err(|_| format!("{column} `{cell}` is not a date"))
    };
    let order = |row: &Row| {
        let wafers = text(row, "wafers")?;
        let wafers = wafers.parse().map_err(|_| format!("wafers `{wafers}` is not a whole number"))?;
        let ship = Month::of(day(row, "ship_month")?);
        Ok(Proposed {
            chip: text(row, "chip")?,
            foundry: text(row, "foundry")?,
            place_now: text(row, "decision")? == Decision::PlaceNow.name(),
            place_by: day(row, "place_by")?,
            ship,
            wafers,
        })
    };
    rows.iter().map(order).collect()
}

fn text(row: &Row, column: &str) -> Result<String, String> {
    row.get(column).cloned().ok_or_else(|| format!("it has no column `{column}`"))
}

fn machines(row: &Row) -> Result<Machines, String> {
    let whole = |column: &str| -> Result<i64, String> {
        let cell = text(row, column)?;
        cell.parse().map_err(|_| format!("{column} `{cell}` is not a whole number"))
    };
    let units = whole("units")?;
    let given = |column: &str| row.get(column).is_some_and(|cell| !cell.is_empty());
    let baseline = if given("baseline_units") { whole("baseline_units")? } else { units };
    let interval = match (given("units_p10"), given("units_p90")) {
        (true, true) => Some(Interval::of_80(whole("units_p10")?, whole("units_p90")?)),
        _ => None,
    };
    Ok(Machines { units, baseline, interval })
}

fn by_name(table: &Table, row: &[Cell]) -> Row {
    let cell = |cell: &Cell| match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Date(date) => date.to_string(),
        Cell::Whole(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
    };
    table.spec.columns.iter().zip(row).map(|(column, value)| (column.name.to_owned(), cell(value))).collect()
}

/// A vintage published before.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// Its name.
    pub name: VintageName,
    /// Its as-of month.
    pub as_of: Month,
    /// What it was made of.
    pub manifest: Manifest,
    /// The job it was made with; `None` where it cannot be read any more.
    pub job: Option<Job>,
    /// What it forecast.
    pub forecast: PublishedForecast,
}

/// The vintages that were made as of `as_of` or before, oldest first, of each as-of month the newest revision; and a
/// warning for each that cannot be read, or of which a file is no longer what was published.
pub fn earlier(
    (out, listing): (&Path, &Listing),
    as_of: Month,
    specs: &[&Spec],
) -> (Vec<Earlier>, Vec<Diagnostic>) {
    let (mut vintages, mut warnings) = (Vec::new(), Vec::new());
    // Sorted by revision: the last of a month stays.
    let newest: BTreeMap<Month, (VintageName, &Manifest)> =
        listing.standing.iter().map(|(name, manifest)| (name.as_of, (*name, manifest))).collect();
    for (name, manifest) in newest.into_values().filter(|(name, _)| name.as_of <= as_of) {
        let folder = out.join(name.to_string());
        let mut say = |reason: String| {
            let reason = format!("vintage {name}{reason}");
            warnings.push(Diagnostic::warning(Code::Vintage, Place::default(), reason));
        };
        let damage = damage(&folder, manifest);
        match read(&folder, name, manifest, specs) {
            Ok(vintage) => {
                if !damage.is_empty() {
                    say(format!(
                        ": {}; the tables that later vintages are compared with can be read",
                        damage.join(", ")
                    ));
                }
                if vintage.as_of <= as_of {
                    vintages.push(vintage);
                }
            }
            Err(reason) => {
                let others: Vec<&str> =
                    damage.iter().map(String::as_str).filter(|other| *other != reason).collect();
                let others =
                    if others.is_empty() { String::new() } else { format!("; {}", others.join(", ")) };
                say(format!(" is left out of revisions and realised accuracy: {reason}{others}"));
            }
        }
    }
    (vintages, warnings)
}

fn read(folder: &Path, name: VintageName, manifest: &Manifest, specs: &[&Spec]) -> Result<Earlier, String> {
    let day: chrono::NaiveDate =
        manifest.as_of.parse().map_err(|_| format!("as_of `{}` is not a date", manifest.as_of))?;
    let rows = |table: &str| rows(folder, manifest, table, specs);
    let mut forecast =
        PublishedForecast::from_rows(&rows("shipment_forecast")?, &rows("shipment_forecast_quarterly")?)?;
    // Reported in words only: a vintage without it is compared with all the same.
    let orders = rows("wafer_orders");
    let of_cash = |table: &str| rows(table).unwrap_or_default();
    forecast.cash = cash_read(&of_cash("cash_low"), &of_cash("cash"), orders.as_deref().unwrap_or_default());
    forecast.wafers = orders.and_then(|rows| proposed(&rows)).ok();
    forecast.by_role = rows("overrides").and_then(|rows| of_roles(&rows)).unwrap_or_default();
    let path = folder.join(JOB_FILE);
    let job = std::fs::read_to_string(&path).ok().and_then(|text| Job::parse(&text, &path).ok());
    Ok(Earlier { name, as_of: Month::of(day), job, manifest: manifest.clone(), forecast })
}

/// The job file as it was, beside the tables made with it.
pub(crate) const JOB_FILE: &str = "job.toml";

/// The rows of a published table, from its Parquet file or else its CSV file, which is read in the dialect that the
/// manifest names. Cells are plain text, numbers with the decimals that their columns have now, by `specs`: the same from both.
///
/// # Errors
/// When neither is there, or one is not as it was published.
pub(super) fn rows(
    folder: &Path,
    manifest: &Manifest,
    table: &str,
    specs: &[&Spec],
) -> Result<Vec<Row>, String> {
    let columns = specs.iter().find(|spec| spec.name == table).map_or(&[][..], |spec| spec.columns);
    // Before schema version 4 every file of a vintage lay beside the others.
    let file = |ending: &str| {
        let flat = format!("{table}.{ending}");
        let is_flat = manifest.outputs.iter().any(|output| output.file == flat);
        if is_flat { flat } else { table_file(table, ending) }
    };
    let (parquet, csv) = (file("parquet"), file("csv"));
    match (as_published(folder, manifest, &parquet)?, as_published(folder, manifest, &csv)?) {
        (Some(bytes), _) => from_parquet(bytes, columns).map_err(|e| format!("{parquet}: {e}")),
        (None, Some(bytes)) => from_csv(&bytes, manifest.csv, columns).map_err(|e| format!("{csv}: {e}")),
        (None, None) => Err(format!("it has no table {table}")),
    }
}

/// Whether a vintage was published with a table.
pub(super) fn has(manifest: &Manifest, table: &str) -> bool {
    let is = |file: &str| {
        ["parquet", "csv"].iter().any(|e| file == table_file(table, e) || file == format!("{table}.{e}"))
    };
    manifest.outputs.iter().any(|output| is(&output.file))
}

/// The bytes of a file; `None` where the vintage was published without it or it is gone.
pub(super) fn as_published(
    folder: &Path,
    manifest: &Manifest,
    file: &str,
) -> Result<Option<Vec<u8>>, String> {
    let Some(output) = manifest.outputs.iter().find(|o| o.file == file) else { return Ok(None) };
    match std::fs::read(folder.join(file)) {
        Ok(bytes) if format!("{:x}", Sha256::digest(&bytes)) == output.sha256 => Ok(Some(bytes)),
        Ok(_) => Err(format!("{file} was changed after it was published")),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(format!("{file}: {e}")),
    }
}

fn kind_of(columns: &[Column], name: &str) -> Option<Kind> {
    columns.iter().find(|column| column.name == name).map(|column| column.kind)
}

fn from_csv(bytes: &[u8], dialect: Dialect, columns: &[Column]) -> Result<Vec<Row>, String> {
    let delimiter = u8::try_from(dialect.delimiter).map_err(|e| e.to_string())?;
    // The reader takes a byte order mark off.
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes);
    let header = reader.headers().map_err(|e| e.to_string())?.clone();
    let cell = |name: &str, cell: &str| match kind_of(columns, name) {
        Some(kind @ Kind::Real(_)) => {
            let number = dialect.plain_number(cell);
            number.parse().map_or(number, |value| plain(&Cell::Real(value), kind))
        }
        Some(Kind::Whole | Kind::Date | Kind::Month) => cell.to_owned(),
        Some(Kind::Text) | None => as_it_was(cell).to_owned(),
    };
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|e| e.to_string())?;
            Ok(header.iter().zip(&record).map(|(name, text)| (name.to_owned(), cell(name, text))).collect())
        })
        .collect()
}

fn from_parquet(bytes: Vec<u8>, columns: &[Column]) -> Result<Vec<Row>, String> {
    let read = || -> Result<Vec<Row>, Error> {
        let frame = ParquetReader::new(std::io::Cursor::new(bytes)).finish()?;
        let mut rows = vec![Row::new(); frame.height()];
        for column in frame.columns() {
            let kind = kind_of(columns, column.name());
            for (index, row) in rows.iter_mut().enumerate() {
                let text = match (&column.get(index)?, kind) {
                    (AnyValue::Null, _) => String::new(),
                    (AnyValue::Float64(number), Some(kind)) => plain(&Cell::Real(*number), kind),
                    (value, _) => value.get_str().map_or_else(|| value.to_string(), str::to_owned),
                };
                row.insert(column.name().to_string(), text);
            }
        }
        Ok(rows)
    };
    read().map_err(|e| e.to_string())
}
