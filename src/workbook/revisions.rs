//! Sheet `Revisions`: what changed since earlier vintages, month by month, and what planners overrode.

use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;
use crate::table::Column;
use crate::tables::declared::{overrides, revisions as r};
use crate::views::inputs::{STEPS, bridge, bridged, orders_bridge, orders_decided};
use crate::views::{Grid, Tables, machines};

use super::checks::Checks;
use super::figures::Block;
use super::sheet::{Sheet, range};
use super::style::{Look, WHOLE};

/// Name of the sheet.
const SHEET: &str = "Revisions";
/// Column of the forecast now.
const NOW: u16 = 3 + STEPS.len() as u16;

pub(super) fn sheet(
    tables: Tables<'_>,
    manifest: &Manifest,
    bridges: &[(String, Block)],
    checks: &mut Checks,
) -> Result<Worksheet, Error> {
    let mut sheet = Sheet::new(
        SHEET,
        "What changed since earlier vintages",
        "Machines, base scenario. The forecast of the vintage before, what was added to it or taken from it by cause, and the forecast now: now is a formula. A delivered month ends at what left the door.",
    )?;
    let mut row = 3;
    let vintages = bridged(tables);
    if vintages.is_empty() {
        sheet.text(row, 0, "no data: there is no earlier vintage to compare with", Look::Note)?;
        row += 2;
    }
    for previous in vintages {
        row = by_month(&mut sheet, tables, previous, row, checks)? + 1;
        if let Some((_, block)) = bridges.iter().find(|(name, _)| name == previous) {
            sheet.chart(row, 0, &block.chart())?;
            row += 19;
        }
    }
    for grid in [orders_bridge(tables), orders_decided(tables)] {
        if let Some(grid) = grid.some() {
            row = sheet.section(row, &grid, NOW)?.1;
        }
    }
    row = sheet.section(row, &Grid::whole("Planners' overrides", &tables.rows(overrides::NAME)), NOW)?.1;
    if let Some(earlier) = machines::earlier(tables) {
        row = sheet.section(row, &earlier, NOW)?.1;
    }
    // On screen; on paper it would be pages that nobody reads.
    sheet.print_to(row, NOW)?;
    let every = Grid::whole("Every month and model (table revisions)", &tables.rows(r::NAME));
    sheet.section(row, &every, NOW)?;
    let mut widths = vec![16.0];
    widths.resize(usize::from(NOW) + 3, 12.5);
    sheet.widths(&widths)?;
    sheet.finish(manifest, (0, 0))
}

/// One bridge by month, all models; returns the row below.
fn by_month(
    sheet: &mut Sheet,
    tables: Tables<'_>,
    previous: &str,
    top: u32,
    checks: &mut Checks,
) -> Result<u32, Error> {
    let rows = bridge(tables, previous);
    let columns: Vec<Column> = [&[r::month, r::status, r::previous][..], &STEPS, &[r::now]].concat();
    let grid = Grid::new(format!("From {previous} to now: all models"), &rows, &columns);
    let (placed, _) = sheet.section(top, &grid, NOW)?;
    let Some(placed) = placed else { return Ok(top + 3) };
    for (row, line) in (placed.top + 1..).zip(&rows) {
        sheet.sum(row, NOW, (row, 2, row, NOW - 1), Look::Plain, WHOLE)?;
        let what = format!("bridge from {previous}, {}, all models: now", line.shown(r::month));
        checks.add(what, sheet, (row, NOW), line.number(r::now));
    }
    let (first, last) = (placed.top + 1, placed.bottom);
    for (row, status) in (last + 1..).zip(["delivered", "forecast"]) {
        sheet.text(row, 0, "all months", Look::Total)?;
        sheet.text(row, 1, status, Look::Total)?;
        for col in 2..=NOW {
            let area = (first, col, last, col);
            let formula = format!("=SUMIF({},\"{status}\",{})", range((first, 1, last, 1)), range(area));
            let of_status = (first..).zip(&rows).filter(|(_, line)| line.is(r::status, status));
            let total =
                of_status.filter_map(|(row, _)| sheet.numbers_in((row, col, row, col)).next()).sum::<f64>();
            sheet.formula(row, col, &formula, Some(total), Look::Total, WHOLE)?;
        }
    }
    Ok(last + 3)
}
