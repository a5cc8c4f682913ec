//! Sheet `Pricing`: what a machine is worth to who mines with it; models down, months across, base scenario.

use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;
use crate::table::Kind;
use crate::tables::declared::pricing as p;
use crate::views::{BASE, Grid, Tables, days};

use super::sheet::{Sheet, fitting};
use super::style::Look;

/// Row of the first block.
const TOP: u32 = 3;

/// Most characters of a title: a page's width.
const TITLE: usize = 150;
/// Name of the sheet.
const SHEET: &str = "Pricing";

pub(super) fn sheet(tables: Tables<'_>, manifest: &Manifest) -> Result<Worksheet, Error> {
    let mut sheet = Sheet::new(
        SHEET,
        "Pricing, base scenario",
        "What a machine is worth to who mines with it, by month. Payback below 12 months: priced too low; to 18 competitive, to 24 average, to 30 hard to sell, above dead. Bear and bull are in the table pricing.",
    )?;
    let rows = tables.with(p::scenario, BASE);
    let months = days(&rows, p::month).len();
    if rows.is_empty() {
        sheet.text(TOP, 0, "no data", Look::Note)?;
    }
    let last = u16::try_from(months).unwrap_or(0);
    let mut row = TOP;
    // Every column that is not the key has a block: one that the table gains shows here of itself.
    let columns = rows.first().map_or(&[][..], |row| &row.spec.columns[row.spec.key..]);
    for column in columns.iter().filter(|column| !matches!(column.kind, Kind::Date | Kind::Month)) {
        let (name, unit) = column.head();
        let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
        let title = fitting(&format!("{name}{unit}: {}", column.meaning), TITLE);
        row = sheet.section(row, &Grid::spread(title, &rows, (p::model, p::month), *column), last)?.1;
    }
    let mut widths = vec![18.0];
    widths.resize(months + 1, 13.0);
    sheet.widths(&widths)?;
    sheet.finish(manifest, (TOP, 1))
}
