//! Sheet `Supply`: why so many wafers, what is short, what can be promised, and what each chip is for.

use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;
use crate::tables::Table;

use super::sheet::{Columns, Long, Sheet};
use super::style::colour;
use super::view::View;
use crate::tables::declared::{
    available_to_promise, critical_ratio, order_quantities, pegging, shortages, stock,
};

/// Column of the sheet.
const SHEET: &str = "Supply";
/// Last column of the block titles.
const LAST: u16 = 15;

pub(super) fn sheet(tables: &[Table], manifest: &Manifest) -> Result<Worksheet, Error> {
    let mut sheet = Sheet::new(
        SHEET,
        "Supply: why so many wafers, what is short, what can be promised",
        "Base scenario. Each block is a table of this vintage; the Dictionary says what its columns are.",
    )?;
    let mut row = 3;
    for (title, table) in [
        (
            "What a machine too few and one too many cost: the service level of the orders",
            critical_ratio::NAME,
        ),
        (
            "The orders to place now at none, half, the proposed and double their quantity",
            order_quantities::NAME,
        ),
        ("Short: what waits for supply, why, and what could help", shortages::NAME),
        ("Available to promise: machines that no firm order has a claim on yet", available_to_promise::NAME),
        ("Roll-forward of chips and machines", stock::NAME),
        ("Which demand the chips of each source are for", pegging::NAME),
    ] {
        sheet.block(row, (0, LAST), title)?;
        let mut view = View::of(tables, table);
        if table == stock::NAME {
            view.keep(stock::scenario, "base");
        }
        let long = match table {
            shortages::NAME => Some((shortages::models, 30)),
            critical_ratio::NAME => Some((critical_ratio::reason, 45)),
            _ => None,
        };
        let long = long.map(|(name, chars)| Long { name, last: LAST + 4, chars });
        let Some(grid) = sheet.grid(row + 1, &view, Columns::Without(&[]), long)? else {
            row += 3;
            continue;
        };
        if let Some(area) = grid.area(shortages::waiting_units).filter(|_| table == shortages::NAME) {
            sheet.colour_above(area, 0.0, colour::BAD)?;
        }
        if let Some(area) = grid.area(pegging::late).filter(|_| table == pegging::NAME) {
            sheet.colour_text(area, "yes", colour::WATCH)?;
        }
        row = grid.bottom + 2;
    }
    let mut widths = vec![13.0; 20];
    widths[3] = 16.0;
    sheet.widths(&widths)?;
    sheet.finish(manifest, (0, 0))
}
