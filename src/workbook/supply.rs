//! Sheet `Supply`: why so many wafers, what is short, what can be promised, and what each chip is for.

use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;
use crate::tables::declared::{
    available_to_promise, critical_ratio, order_quantities, pegging, shortages, stock,
};
use crate::views::orders::late;
use crate::views::{ALL, BASE, Grid, Tables, accounts};

use super::sheet::Sheet;
use super::style::colour;

/// Name of the sheet.
const SHEET: &str = "Supply";
/// Last column of the block titles.
const LAST: u16 = 19;

/// The last block on paper: stock by month and the pegs of every machine are looked up on screen.
const LAST_PRINTED: &str = "Available to promise: machines that no firm order has a claim on yet";

pub(super) fn sheet(tables: Tables<'_>, manifest: &Manifest) -> Result<Worksheet, Error> {
    let mut sheet = Sheet::new(
        SHEET,
        "Supply: why so many wafers, what is short, what can be promised",
        "Base scenario. Each block is a table of this vintage; the Dictionary says what its columns are.",
    )?;
    let mut row = 3;
    if let Some(late) = late(tables).some() {
        row = sheet.section(row, &late, LAST)?.1;
    }
    if let Some(groups) = accounts::groups(tables).some() {
        row = sheet.section(row, &groups, LAST)?.1;
    }
    for (title, rows) in [
        (
            "What a machine too few and one too many cost: the service level of the orders",
            tables.rows(critical_ratio::NAME),
        ),
        (
            "The orders to place now at none, half, the proposed and double their quantity, by chip",
            tables.with(order_quantities::foundry, ALL),
        ),
        ("Short: what waits for supply, why, and what could help", tables.rows(shortages::NAME)),
        (LAST_PRINTED, tables.rows(available_to_promise::NAME)),
        ("Roll-forward of chips and machines", tables.with(stock::scenario, BASE)),
        ("Which demand the chips of each source are for", tables.rows(pegging::NAME)),
    ] {
        let (placed, next) = sheet.section(row, &Grid::whole(title, &rows), LAST)?;
        row = next;
        let table = rows.first().map_or("", |row| row.spec.name);
        if title == LAST_PRINTED {
            sheet.print_to(row, LAST)?;
        }
        let area = |of| placed.as_ref().and_then(|placed| placed.area(of));
        if let Some(area) = area(shortages::waiting_units).filter(|_| table == shortages::NAME) {
            sheet.colour_above(area, 0.0, colour::BAD)?;
        }
        if let Some(area) = area(pegging::late).filter(|_| table == pegging::NAME) {
            sheet.colour_text(area, "yes", colour::WATCH)?;
        }
    }
    let mut widths = vec![13.0; 20];
    widths[3] = 16.0;
    sheet.widths(&widths)?;
    sheet.finish(manifest, (0, 0))
}
