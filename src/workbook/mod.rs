//! `forecast.xlsx`: the vintage for people who plan in a workbook.
//!
//! Made of the published tables, the manifest and the summary, and of nothing else: what a sheet says, a table says. Totals are
//! formulas, written with the result they come to; `Inputs and checks` compares them with the tables. A column or table
//! that a vintage does not have shows as "no data". The same bytes on every run: the creation time is the as-of date, the
//! archive's entries carry no time.

mod accuracy;
mod address;
mod cash;
mod checks;
mod dictionary;
mod figures;
mod market;
mod overview;
mod pricing;
mod revisions;
mod sheet;
mod shipments;
mod style;
mod supply;
mod wafers;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};

use crate::error::Error;
use crate::publish::{Manifest, OutputFile};
use crate::summary::Summary;
use crate::views::{Published, Tables};

use checks::Checks;
use figures::Plotted;
use sheet::wrong;

/// Its file name.
const FILE: &str = "forecast.xlsx";

/// The workbook of a vintage.
///
/// # Errors
/// [`Error::Internal`] when the workbook's limits are exceeded.
pub(crate) fn workbook(
    tables: &Published,
    manifest: &Manifest,
    summary: &Summary,
) -> Result<OutputFile, Error> {
    let tables = Tables(tables);
    let mut checks = Checks::default();
    let (plotted, data) = Plotted::new(tables, manifest)?;
    let (shipments, shipped) = shipments::sheet(tables, manifest, &plotted, &mut checks)?;
    let (wafers, ordered) = wafers::sheet(tables, manifest, plotted.wafers.as_ref(), &mut checks)?;
    let (cash, exposed) = cash::sheet(tables, manifest, &plotted, &mut checks)?;
    let overview = overview::sheet(
        tables,
        manifest,
        summary,
        &plotted,
        &overview::Figures { shipped, ordered, exposed },
    )?;
    let mut sheets = vec![overview, shipments, wafers, supply::sheet(tables, manifest)?, cash];
    sheets.push(market::sheet(tables, manifest)?);
    sheets.push(pricing::sheet(tables, manifest)?);
    sheets.push(accuracy::sheet(tables, manifest)?);
    sheets.push(revisions::sheet(tables, manifest, &plotted.bridges, &mut checks)?);
    sheets.push(checks::sheet(tables, manifest, summary, &checks)?);
    sheets.push(dictionary::sheet(manifest)?);
    sheets.push(data);

    let mut workbook = Workbook::new();
    let created = ExcelDateTime::parse_from_str(&manifest.as_of).map_err(wrong)?;
    let properties = DocProperties::new()
        .set_title(format!("Forecast {} of job {}, as of {}", manifest.vintage, manifest.job, manifest.as_of))
        .set_author(format!("wafercast {}", manifest.version))
        .set_creation_datetime(&created);
    workbook.set_properties(&properties);
    for sheet in sheets {
        workbook.push_worksheet(sheet);
    }
    let bytes = workbook.save_to_buffer().map_err(wrong)?;
    Ok(OutputFile { name: FILE.to_owned(), bytes, rows: 0 })
}
