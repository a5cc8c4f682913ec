//! Sheet `Summary`: what to order now, by when, what to pay when, how sure, what changed, what to doubt, and where the rest is.

use rust_xlsxwriter::{Url, Worksheet};

use crate::error::Error;
use crate::publish::Manifest;
use crate::summary::Summary;
use crate::tables::declared::{
    budget_frontier as b, cash_low as l, exposure as e, shipment_forecast_quarterly as q, wafer_orders as w,
};
use crate::views::money::PLAN;
use crate::views::orders::{list, split};
use crate::views::{BASE, NOW, Tables, budget, machines, money};

use super::figures::Plotted;
use super::sheet::{Done, Sheet, wrong};
use super::shipments::{self, Shipped};
use super::style::{Look, WHOLE, colour, format};
use super::tidy::{Native, link};

/// Name of the sheet.
const SHEET: &str = "Summary";
/// Last column.
const LAST: u16 = 11;
/// Warnings shown; all are on sheet run.
const FEW: usize = 6;
/// Characters that fit a line across all columns.
const LINE: usize = 185;

/// Figures of the other sheets, and what those are.
pub(super) struct Figures<'a> {
    /// Of sheet Shipments.
    pub(super) shipped: Shipped,
    /// The tables.
    pub(super) native: &'a [Native],
    /// Totals compared, and those that differ.
    pub(super) agreement: (usize, usize),
    /// Sheets and what their rows are.
    pub(super) about: &'a [(&'a str, &'a str)],
    /// Tables without a sheet.
    pub(super) left_out: &'a [&'a str],
}

pub(super) fn sheet(
    tables: Tables<'_>,
    manifest: &Manifest,
    summary: &Summary,
    plotted: &Plotted,
    figures: &Figures<'_>,
) -> Result<Worksheet, Error> {
    let title = format!("Forecast {} as of {}", manifest.vintage, manifest.as_of);
    let (compared, differ) = figures.agreement;
    let note = format!(
        "Job {}, wafercast {}. Figures are formulas on the other sheets; {differ} of {compared} totals differ from the tables beside this workbook.",
        manifest.job, manifest.version
    );
    let mut sheet = Sheet::new(SHEET, &title, &note)?;
    tiles(&mut sheet, tables, figures, 3)?;
    let drawn = [&plotted.shipments, &plotted.cash];
    for (col, block) in [0, 6].into_iter().zip(drawn.into_iter().flatten()) {
        sheet.chart(9, col, &block.chart())?;
    }
    let mut row = orders(&mut sheet, tables, 26)?;
    row = periods(&mut sheet, tables, row)?;
    let words_from = row;
    let words: Vec<String> =
        summary.order().iter().filter(|line| !line.starts_with("order ")).cloned().collect();
    row = lines(&mut sheet, row, "How sure", &words, usize::MAX)?;
    row = lines(&mut sheet, row, "What changed", summary.changed(), usize::MAX)?;
    row = lines(&mut sheet, row, "What to doubt", summary.doubts(), usize::MAX)?;
    row = lines(&mut sheet, row, "Warnings", summary.warnings(), FEW)?;
    sheet.pages(&[words_from, row])?;
    sheets(&mut sheet, figures, row)?;
    sheet.widths(&[12.6; LAST as usize + 1])?;
    sheet.paper(manifest, 1, (0, 0))?;
    Ok(sheet.cells)
}

/// The eight figures to see first, in two rows of four, each with a link to where it comes from.
fn tiles(sheet: &mut Sheet, tables: Tables<'_>, figures: &Figures<'_>, top: u32) -> Done {
    let of = |column: crate::table::Column, only: &[(crate::table::Column, &str)]| {
        let native = figures.native.iter().find(|native| native.sheet.name == column.table);
        native.and_then(|native| native.sum(tables, column, only))
    };
    let (now, plan) = ([(w::decision, NOW)], [(l::scenario, BASE), (l::case, PLAN)]);
    let fifth = money::low(tables).map(|row| row.shown(l::low_p5_usd));
    let cash = fifth.map_or_else(
        || "USD lowest cash, median".to_owned(),
        |low| format!("USD lowest cash, median; 1 in 20: {low}"),
    );
    let tiles = [
        ("wafers to order now", w::NAME, of(w::wafers, &now)),
        ("USD in all", w::NAME, of(w::cost_usd, &now)),
        ("USD of it when placing", w::NAME, of(w::prepayment_usd, &now)),
        ("USD expected to earn", b::NAME, of(b::expected_profit_usd, &[(b::chosen, "yes")])),
        ("machines in 12 months, if supply allows", shipments::SHEET, figures.shipped.units.clone()),
        ("of them firm", shipments::SHEET, figures.shipped.firm.clone()),
        (cash.as_str(), l::NAME, of(l::low_p50_usd, &plan)),
        ("USD write-down, 1 path in 20", e::NAME, of(e::write_down_p95_usd, &[(e::scenario, BASE)])),
    ];
    for (index, (label, from, figure)) in (0_u32..).zip(tiles) {
        let row = top + 3 * (index / 4);
        let left = u16::try_from(index % 4).unwrap_or(0) * 3;
        sheet.merge((row, left, row, left + 2), Look::Figure)?;
        sheet.merge((row + 1, left, row + 1, left + 2), Look::FigureLabel)?;
        if let Some((formula, value)) = figure {
            sheet.formula(row, left, &formula, Some(value), Look::Figure, WHOLE)?;
            let url = Url::new(link(from)).set_text(label);
            let line = rust_xlsxwriter::FormatUnderline::Single;
            let format = format(Look::FigureLabel, "General").set_underline(line);
            sheet.cells.write_url_with_format(row + 1, left, url, &format).map_err(wrong)?;
        } else {
            sheet.text(row, left, "no data", Look::Figure)?;
            sheet.text(row + 1, left, label, Look::FigureLabel)?;
        }
        sheet.height(row, 27.0)?;
        sheet.height(row + 1, 17.0)?;
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
        None => sheet.text(top + 1, 0, &budget::none_placed(tables), Look::Plain)?,
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
        let more = format!("and {} more on sheet run", lines.len() - most);
        sheet.text(row, 0, &more, Look::Note)?;
        row += 1;
    }
    Ok(row + 1)
}

/// Every sheet with what a row of it is.
fn sheets(sheet: &mut Sheet, figures: &Figures<'_>, top: u32) -> Done {
    sheet.block(
        top,
        (0, LAST),
        "Sheets: a table each, of the same name, without rows of totals; a row is",
    )?;
    let read = [
        (shipments::SHEET, "a measure of a model: months across, with quarters and the year"),
        (super::figures::CHARTS, "every chart"),
    ];
    let mut row = top + 1;
    for (name, what) in read.iter().chain(figures.about) {
        let look = format(Look::Plain, "General").set_font_color(colour::BLUE);
        let url = Url::new(link(name)).set_text(*name);
        sheet.cells.write_url_with_format(row, 0, url, &look).map_err(wrong)?;
        let what = super::sheet::fitting(what, LINE - 30);
        sheet.text(row, 3, &what, Look::Plain)?;
        row += 1;
    }
    let left_out = format!(
        "No sheet, for want of rows or for too many: {}. Files are in csv and parquet.",
        figures.left_out.join(", ")
    );
    sheet.paragraph((row, 0, row, LAST), &left_out, Look::Wrapped, LINE)
}
