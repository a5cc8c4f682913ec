//! `forecast.xlsx`: the vintage for people who plan in a workbook.
//!
//! Made of the published tables, the manifest and the summary, and of nothing else: what a sheet says, a table says. First
//! come what people read, `Summary`, `Shipments` and `Charts`, then a sheet a table: a native table of the table's name
//! without rows of totals, so that a pivot adds up. Sums are formulas, written with the result they come to; `checks`
//! compares them with the tables. The same bytes on every run: the creation time is the as-of date, the archive's entries
//! carry no time.

mod address;
mod checks;
mod figures;
mod overview;
mod run;
mod sheet;
mod shipments;
mod style;
mod tidy;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};

use crate::error::Error;
use crate::publish::{Manifest, OutputFile};
use crate::summary::Summary;
use crate::table::Table;
use crate::tables::SPECS;
use crate::views::{Tables, accuracy};

use checks::Checks;
use figures::Plotted;
use sheet::wrong;
use tidy::Native;

/// Its file name.
const FILE: &str = "forecast.xlsx";

/// What a row of the sheet of replays is.
const ACCURACY: &str =
    "a method and a stretch ahead: how far forecasts made again at past quarter ends were off";

/// The workbook of a vintage.
///
/// # Errors
/// [`Error::Internal`] when the workbook's limits are exceeded.
pub(crate) fn workbook(
    tables: &[Table],
    manifest: &Manifest,
    summary: &Summary,
) -> Result<OutputFile, Error> {
    let tables = Tables(tables);
    let mut checks = Checks::default();
    let (plotted, charts, data) = Plotted::new(tables, manifest)?;
    let (shipments, shipped) = shipments::sheet(tables, manifest, &mut checks)?;
    let mut native: Vec<Native> = Vec::new();
    let mut about: Vec<(&str, &str)> = Vec::new();
    let mut left_out: Vec<&str> = Vec::new();
    for spec in SPECS {
        match tidy::sheet(tables, manifest, spec)? {
            Some(sheet) => {
                native.push(sheet);
                about.push((spec.name, spec.row));
            }
            None => left_out.push(spec.name),
        }
    }
    if let Some(grid) = accuracy::tidy(tables).some() {
        let column = |name: &str| {
            let spec = &crate::tables::declared::backtest::SPEC;
            spec.columns.iter().find(|column| column.name == name).map_or_else(String::new, tidy::meaning)
        };
        let notes: Vec<String> = grid.heads.iter().map(|head| column(head.name)).collect();
        native.push(Native::new("accuracy", &grid, &notes, (manifest, 2))?);
        about.push(("accuracy", ACCURACY));
    }
    checks.tables(tables, &native);
    let (checked, agreement) = checks.sheet(manifest)?;
    native.extend([checked, run::run(manifest, summary)?]);
    about.extend([
        (checks::SHEET, "a total of this workbook beside that of the tables"),
        (run::RUN, "something that went in, or that was said of it"),
    ]);
    let figures =
        overview::Figures { shipped, native: &native, agreement, about: &about, left_out: &left_out };
    let overview = overview::sheet(tables, manifest, summary, &plotted, &figures)?;

    let mut workbook = Workbook::new();
    let created = ExcelDateTime::parse_from_str(&manifest.as_of).map_err(wrong)?;
    let properties = DocProperties::new()
        .set_title(format!("Forecast {} of job {}, as of {}", manifest.vintage, manifest.job, manifest.as_of))
        .set_author(format!("wafercast {}", manifest.version))
        .set_creation_datetime(&created);
    workbook.set_properties(&properties);
    for sheet in [overview, shipments, charts] {
        workbook.push_worksheet(sheet);
    }
    for native in native {
        workbook.push_worksheet(native.sheet.cells);
    }
    workbook.push_worksheet(data);
    let bytes = workbook.save_to_buffer().map_err(wrong)?;
    Ok(OutputFile { name: FILE.to_owned(), bytes, rows: 0 })
}
