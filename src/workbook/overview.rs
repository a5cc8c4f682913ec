//! Sheet `Summary`: what to order now, by when, what to pay when, how sure, what changed, what to doubt.

use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;
use crate::summary::Summary;
use crate::tables::Table;

use super::cash::Exposed;
use super::charts;
use super::plotted::Plotted;
use super::sheet::{Done, Sheet};
use super::shipments::Shipped;
use super::style::{DAY, Look, MONTH, SHARE, WHOLE, colour};
use super::view::{Row, View};
use super::wafers::Ordered;
use crate::tables::Column;
use crate::tables::declared::{shipment_forecast_quarterly as q, wafer_orders as w};

/// Column of the sheet.
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
    tables: &[Table],
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
    tiles(&mut sheet, figures, 3)?;
    let mut row = orders(&mut sheet, tables, 9)?;
    row = periods(&mut sheet, tables, row)?;
    let words: Vec<String> =
        summary.order().iter().filter(|line| !line.starts_with("order ")).cloned().collect();
    row = lines(&mut sheet, row, "How sure", &words, usize::MAX)?;
    row = lines(&mut sheet, row, "What changed", summary.changed(), usize::MAX)?;
    row = lines(&mut sheet, row, "What to doubt", summary.doubts(), usize::MAX)?;
    row = lines(&mut sheet, row, "Warnings", summary.warnings(), FEW)?;
    sheet.block(row, (0, LAST), "Charts")?;
    sheet.chart(row + 1, 0, &charts::fan(plotted))?;
    sheet.chart(row + 1, 6, &charts::stacked(plotted))?;
    if !plotted.wafers.is_empty() {
        sheet.chart(row + 17, 0, &charts::wafers(plotted))?;
    }
    if !plotted.cash.is_empty() {
        sheet.chart(row + 17, 6, &charts::cash(plotted))?;
    }
    sheet.widths(&[12.6; LAST as usize + 1])?;
    sheet.one_page();
    sheet.finish(manifest, (0, 0))
}

/// The eight figures to see first, in two rows of four.
fn tiles(sheet: &mut Sheet, figures: &Figures, top: u32) -> Done {
    let Figures { shipped, ordered, exposed } = figures;
    let [low, high] = &shipped.interval;
    let tiles = [
        ("machines in 12 months, if supply allows", &shipped.units),
        ("80% interval from", low),
        ("80% interval to", high),
        ("of them firm", &shipped.firm),
        ("wafers to order before the next run", &ordered.wafers_now),
        ("USD to pay on placing them", &ordered.prepayment_now),
        ("USD, largest cash exposure (base)", &exposed.exposure),
        ("machines waiting for supply, at worst", &shipped.waiting),
    ];
    for (place, (label, figure)) in (0_u32..).zip(tiles) {
        let row = top + 3 * (place / 4);
        let left = u16::try_from(place % 4).unwrap_or(0) * 3;
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
fn orders(sheet: &mut Sheet, tables: &[Table], top: u32) -> Result<u32, Error> {
    let view = View::of(tables, w::NAME);
    sheet.block(top, (0, LAST), "What to order now: wafer orders that fall due before the next run")?;
    let columns: [(&str, Column, &str); 12] = [
        ("place by", w::place_by, DAY),
        ("chip", w::chip, WHOLE),
        ("foundry", w::foundry, WHOLE),
        ("wafers", w::wafers, WHOLE),
        ("pay on placing (USD)", w::prepayment_usd, WHOLE),
        ("on", w::prepayment_due, DAY),
        ("pay when out (USD)", w::balance_usd, WHOLE),
        ("on", w::balance_due, DAY),
        ("machines of", w::ship_month, MONTH),
        ("machines covered", w::machines_covered, WHOLE),
        ("chance to be short", w::prob_short, SHARE),
        ("expected excess (wafers)", w::expected_excess_wafers, "#,##0.0"),
    ];
    let mut rows: Vec<Row<'_>> = view.with(w::decision, "place_now").collect();
    rows.sort_by_key(|row| row.date(w::place_by));
    if rows.is_empty() {
        let line = if view.spec.is_some() {
            "no wafer order has to be placed before the next run"
        } else {
            "no data"
        };
        sheet.text(top + 1, 0, line, Look::Plain)?;
        return Ok(top + 3);
    }
    let heads: Vec<(&str, bool)> = columns
        .iter()
        .map(|(head, _, form)| (*head, ![DAY, MONTH].contains(form) && !["chip", "foundry"].contains(head)))
        .collect();
    sheet.heads(top + 1, 0, &heads)?;
    sheet.height(top + 1, 30.0)?;
    let first = top + 2;
    let mut row = first;
    for line in rows {
        for (col, (_, name, form)) in (0..).zip(columns) {
            sheet.cell(row, col, line.cell(name), Look::Plain, form)?;
        }
        row += 1;
    }
    for (col, (_, name, _)) in (0..).zip(columns) {
        if [w::wafers, w::prepayment_usd, w::balance_usd, w::machines_covered].contains(&name) {
            sheet.sum(row, col, (first, col, row - 1, col), Look::Total, WHOLE)?;
        } else {
            sheet.text(row, col, if col == 0 { "all" } else { "" }, Look::Total)?;
        }
    }
    sheet.colour_above((first, 10, row - 1, 10), 0.5, colour::BAD)?;
    Ok(row + 2)
}

/// Quarters and the year, all models, base scenario; returns the row below.
fn periods(sheet: &mut Sheet, tables: &[Table], top: u32) -> Result<u32, Error> {
    let view = View::of(tables, q::NAME);
    sheet.block(top, (0, LAST), "What it is for: machines by quarter, all models, base scenario")?;
    let columns: [(&str, Column); 9] = [
        ("firm", q::firm_units),
        ("expected of today's orders", q::expected_units),
        ("forecast, if supply allows", q::units),
        ("80% interval from", q::units_p10),
        ("80% interval to", q::units_p90),
        ("ships with supply and orders", q::constrained_units),
        ("short in their month", q::short_units),
        ("waiting at the end", q::waiting_units),
        ("revenue (USD)", q::revenue_usd),
    ];
    let mut heads = vec![("quarter", false)];
    heads.extend(columns.iter().map(|(head, _)| (*head, true)));
    sheet.heads(top + 1, 0, &heads)?;
    sheet.height(top + 1, 42.0)?;
    let base: Vec<Row<'_>> =
        view.with(q::scenario, "base").filter(|row| row.text(q::model) == "ALL").collect();
    let (year, quarters): (Vec<Row<'_>>, Vec<Row<'_>>) =
        base.into_iter().partition(|row| row.text(q::quarter) == "12M");
    if quarters.is_empty() {
        sheet.text(top + 2, 0, "no data", Look::Note)?;
        return Ok(top + 4);
    }
    let first = top + 2;
    let mut row = first;
    for line in quarters {
        sheet.text(row, 0, line.text(q::quarter), Look::Plain)?;
        for (col, (_, name)) in (1..).zip(columns) {
            sheet.number(row, col, line.number(name), Look::Plain, WHOLE)?;
        }
        row += 1;
    }
    sheet.text(row, 0, "12 months", Look::Total)?;
    for (col, (_, name)) in (1..).zip(columns) {
        let whole = year.first().and_then(|line| line.number(name));
        let adds = ![q::units_p10, q::units_p90, q::waiting_units].contains(&name);
        if adds && whole.is_some() {
            sheet.sum(row, col, (first, col, row - 1, col), Look::Total, WHOLE)?;
        } else {
            sheet.number(row, col, whole, Look::Total, WHOLE)?;
        }
    }
    sheet.colour_above((first, 7, row, 7), 0.0, colour::BAD)?;
    sheet.colour_above((first, 8, row, 8), 0.0, colour::WATCH)?;
    Ok(row + 2)
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
