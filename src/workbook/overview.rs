//! Sheet `Summary`: what to order now, by when, what to pay when, how sure, what changed, what to doubt.

use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;
use crate::summary::Summary;
use crate::tables::declared::{shipment_forecast_quarterly as q, wafer_orders as w};
use crate::views::orders::{list, split};
use crate::views::{ALL, Tables, interval, machines};

use super::cash::Exposed;
use super::figures::Plotted;
use super::sheet::{Done, Sheet};
use super::shipments::Shipped;
use super::style::{Look, WHOLE, colour};
use super::wafers::Ordered;

/// Name of the sheet.
const SHEET: &str = "Summary";
/// Last column.
const LAST: u16 = 11;
/// Warnings shown; all are on sheet Inputs and checks.
const FEW: usize = 6;
/// Characters that fit a line across all columns.
const LINE: usize = 160;

/// Figures of the other sheets.
pub(super) struct Figures {
    /// Of sheet Shipments.
    pub(super) shipped: Shipped,
    /// Of sheet Wafer orders.
    pub(super) ordered: Ordered,
    /// Of sheet Cash.
    pub(super) exposed: Exposed,
}

pub(super) fn sheet(
    tables: Tables<'_>,
    manifest: &Manifest,
    summary: &Summary,
    plotted: &Plotted,
    figures: &Figures,
) -> Result<Worksheet, Error> {
    let title = format!("Forecast {} as of {}", manifest.vintage, manifest.as_of);
    let note = format!(
        "job {}, wafercast {}. Figures and totals are formulas on the other sheets; every number is in the tables beside this workbook.",
        manifest.job, manifest.version
    );
    let mut sheet = Sheet::new(SHEET, &title, &note)?;
    tiles(&mut sheet, tables, figures, 3)?;
    let mut row = orders(&mut sheet, tables, 9)?;
    row = periods(&mut sheet, tables, row)?;
    let words: Vec<String> =
        summary.order().iter().filter(|line| !line.starts_with("order ")).cloned().collect();
    row = lines(&mut sheet, row, "How sure", &words, usize::MAX)?;
    row = lines(&mut sheet, row, "What changed", summary.changed(), usize::MAX)?;
    row = lines(&mut sheet, row, "What to doubt", summary.doubts(), usize::MAX)?;
    row = lines(&mut sheet, row, "Warnings", summary.warnings(), FEW)?;
    sheet.block(row, (0, LAST), "Charts")?;
    let drawn = [&plotted.shipments, &plotted.parts, &plotted.wafers, &plotted.cash];
    for (index, block) in (0_u32..).zip(drawn.into_iter().flatten()) {
        let col = if index % 2 == 0 { 0 } else { 6 };
        sheet.chart(row + 1 + 16 * (index / 2), col, &block.chart())?;
    }
    sheet.widths(&[12.6; LAST as usize + 1])?;
    sheet.one_page();
    sheet.finish(manifest, (0, 0))
}

/// The eight figures to see first, in two rows of four.
fn tiles(sheet: &mut Sheet, tables: Tables<'_>, figures: &Figures, top: u32) -> Done {
    let Figures { shipped, ordered, exposed } = figures;
    let [low, high] = &shipped.interval;
    let name = interval::capital(&interval::name(&[interval::of_year(tables, ALL)]));
    let (from, to) = (format!("{name} from"), format!("{name} to"));
    let tiles = [
        ("machines in 12 months, if supply allows", &shipped.units),
        (from.as_str(), low),
        (to.as_str(), high),
        ("of them firm", &shipped.firm),
        ("wafers to order before the next run", &ordered.wafers_now),
        ("USD to pay on placing them", &ordered.prepayment_now),
        ("USD, largest cash exposure (base)", &exposed.exposure),
        ("machines waiting for supply, at worst", &shipped.waiting),
    ];
    for (index, (label, figure)) in (0_u32..).zip(tiles) {
        let row = top + 3 * (index / 4);
        let left = u16::try_from(index % 4).unwrap_or(0) * 3;
        sheet.merge((row, left, row, left + 2), Look::Figure)?;
        sheet.merge((row + 1, left, row + 1, left + 2), Look::FigureLabel)?;
        match figure {
            Some((formula, value)) => {
                sheet.formula(row, left, formula, Some(*value), Look::Figure, WHOLE)?;
            }
            None => sheet.text(row, left, "no data", Look::Figure)?,
        }
        sheet.text(row + 1, left, label, Look::FigureLabel)?;
        sheet.height(row, 27.0)?;
    }
    Ok(())
}

/// The orders to place before the next run; returns the row below.
fn orders(sheet: &mut Sheet, tables: Tables<'_>, top: u32) -> Result<u32, Error> {
    let (now, _) = split(tables);
    let title = "What to order now: wafer orders that fall due before the next run";
    let (placed, next) = sheet.section(top, &list(title, &now), LAST)?;
    match placed.and_then(|placed| placed.area(w::prob_short)) {
        Some(area) => sheet.colour_above(area, 0.5, colour::BAD)?,
        None => sheet.text(top + 1, 0, "no wafer order has to be placed before the next run", Look::Plain)?,
    }
    Ok(next)
}

/// Quarters and the year, all models, base scenario; returns the row below.
fn periods(sheet: &mut Sheet, tables: Tables<'_>, top: u32) -> Result<u32, Error> {
    let (placed, next) = sheet.section(top, &machines::quarters(tables), LAST)?;
    if let Some(area) = placed.and_then(|placed| placed.area(q::waiting_units)) {
        sheet.colour_above(area, 0.0, colour::WATCH)?;
    }
    Ok(next)
}

/// A heading and lines of text, at most so many; returns the row below.
fn lines(sheet: &mut Sheet, top: u32, title: &str, lines: &[String], most: usize) -> Result<u32, Error> {
    if lines.is_empty() {
        return Ok(top);
    }
    sheet.block(top, (0, LAST), title)?;
    let mut row = top + 1;
    for line in lines.iter().take(most) {
        sheet.paragraph((row, 0, row, LAST), line, Look::Wrapped, LINE)?;
        row += 1;
    }
    if lines.len() > most {
        let more = format!("and {} more on sheet Inputs and checks", lines.len() - most);
        sheet.text(row, 0, &more, Look::Note)?;
        row += 1;
    }
    Ok(row + 1)
}
