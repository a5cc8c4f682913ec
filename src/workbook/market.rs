//! Sheet `Market`: hashprice, difficulty and price, past and by scenario.

use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;
use crate::views::{Tables, figures};

use super::figures::Block;
use super::sheet::Sheet;
use super::style::Look;

/// Name of the sheet.
const SHEET: &str = "Market";
/// Row of the titles.
const TOP: u32 = 3;

pub(super) fn sheet(tables: Tables<'_>, manifest: &Manifest) -> Result<Worksheet, Error> {
    let mut sheet = Sheet::new(
        SHEET,
        "Market: past and by scenario",
        "Interval: from the 10th to the 90th percentile of the paths of the base scenario. Price: hashprice x hashrate / (144 x subsidy), fees counted in. Difficulty is shown in trillions; the cells hold it whole.",
    )?;
    let mut left = 0;
    let mut blocks = Vec::new();
    for figure in figures::outlook(tables).into_iter().flatten() {
        let block = Block::write(&mut sheet, (TOP, left), figure)?;
        left += block.columns();
        blocks.push(block);
    }
    if blocks.is_empty() {
        sheet.text(TOP, 0, "no data", Look::Note)?;
    }
    for (block, col) in blocks.iter().zip([0, 6, 11]) {
        let mut chart = block.chart();
        chart.set_width(390).set_height(290);
        sheet.chart(block.bottom() + 2, col, &chart)?;
    }
    let mut widths = vec![11.0];
    widths.resize(usize::from(left).max(1), 10.5);
    sheet.widths(&widths)?;
    sheet.finish(manifest, (TOP + 2, 1))
}
