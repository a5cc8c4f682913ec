//! Sheet `Dictionary`: every table and column, from the same descriptions as `wafercast schema`.

use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;
use crate::tables::dictionary::{HEADER, rows};

use super::sheet::Sheet;
use super::style::Look;

/// Name of the sheet.
const SHEET: &str = "Dictionary";
/// Row of the heads.
const HEADS: u32 = 3;

pub(super) fn sheet(manifest: &Manifest) -> Result<Worksheet, Error> {
    let mut sheet = Sheet::new(
        SHEET,
        "Dictionary of the tables",
        "Every column of the CSV and Parquet files beside this workbook, whose columns on other sheets have the same names. On screen only; `wafercast schema` prints it.",
    )?;
    // What a row of the table is stands once, above its columns.
    let kept: Vec<usize> = (0..HEADER.len()).filter(|index| HEADER[*index] != "row").collect();
    let heads: Vec<(&str, bool)> = kept.iter().map(|index| (HEADER[*index], false)).collect();
    sheet.heads(HEADS, 0, &heads)?;
    let last = u16::try_from(kept.len() - 1).unwrap_or(0);
    let mut row = HEADS + 1;
    let mut table = String::new();
    let widths = [30.0, 30.0, 6.0, 20.0, 14.0, 62.0, 46.0, 40.0];
    for entry in rows() {
        if entry[0] != table {
            table.clone_from(&entry[0]);
            sheet.block(row, (0, last), &format!("{table}: a row is {}", entry[1]))?;
            row += 1;
        }
        let mut lines = 1;
        for ((col, index), width) in (0..).zip(&kept).zip(widths) {
            let text = &entry[*index];
            lines = lines.max(text.chars().count().div_ceil((width * 1.08) as usize));
            sheet.text(row, col, text, Look::Wrapped)?;
        }
        sheet.height(row, 13.5 * lines as f64 + 1.0)?;
        row += 1;
    }
    sheet.widths(&widths)?;
    // On screen: docs/reference/tables.md says the same, and on paper it would be a third of the workbook.
    sheet.print_to(HEADS, last)?;
    sheet.finish(manifest, (HEADS + 1, 0))
}
