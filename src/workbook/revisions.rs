//! Sheet `Revisions`: what changed since earlier vintages, month by month, and what planners overrode.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;
use crate::tables::Table;

use super::charts;
use super::checks::Checks;
use super::plotted::{PARTS, Plotted};
use super::sheet::{Columns, Long, Sheet, range};
use super::style::{Look, MONTH, WHOLE};
use super::view::{Row, View};
use crate::tables::declared::{overrides, revisions as r, waterfall as w};

/// Column of the sheet.
const SHEET: &str = "Revisions";

pub(super) fn sheet(
    tables: &[Table],
    manifest: &Manifest,
    plotted: &Plotted,
    checks: &mut Checks,
) -> Result<Worksheet, Error> {
    let view = View::of(tables, r::NAME);
    let mut sheet = Sheet::new(
        SHEET,
        "What changed since earlier vintages",
        "Machines, base scenario. The forecast of the vintage before, what was added to it or taken from it by cause, and the forecast now: now is a formula. A delivered month ends at what left the door.",
    )?;
    let last = 3 + u16::try_from(PARTS.len()).unwrap_or(0);
    let mut row = 3;
    if view.is_empty() {
        sheet.text(row, 0, "no data: there is no earlier vintage to compare with", Look::Note)?;
        row += 2;
    }
    for previous in view.texts(r::previous_vintage) {
        sheet.block(row, (0, last), &format!("From {previous} to {}: all models", manifest.vintage))?;
        row = bridge(&mut sheet, &view, &previous, row + 1, checks)? + 1;
        if let Some((_, block)) = plotted.bridges.iter().find(|(name, _)| *name == previous) {
            sheet.chart(row, 0, &charts::bridge(&previous, block))?;
            row += 19;
        }
    }
    sheet.block(row, (0, last), "Planners' overrides")?;
    let view = View::of(tables, overrides::NAME);
    row = match sheet.grid(
        row + 1,
        &view,
        Columns::Without(&[]),
        Some(Long { name: overrides::reason, last, chars: 60 }),
    )? {
        Some(grid) => grid.bottom + 2,
        None => row + 3,
    };
    row = waterfall(&mut sheet, tables, row, last)?;
    sheet.block(row, (0, last), "Every month and model (table revisions)")?;
    let view = View::of(tables, r::NAME);
    sheet.grid(row + 1, &view, Columns::Without(&[]), None)?;
    let mut widths = vec![16.0];
    widths.resize(usize::from(last) + 3, 12.5);
    sheet.widths(&widths)?;
    sheet.finish(manifest, (0, 0))
}

/// One bridge by month, all models; returns the row below.
fn bridge(
    sheet: &mut Sheet,
    view: &View,
    previous: &str,
    top: u32,
    checks: &mut Checks,
) -> Result<u32, Error> {
    let mut heads = vec![("month", false), ("status", false), ("previous", true)];
    let parts: Vec<String> = PARTS.iter().map(|part| part.name.replace('_', " ")).collect();
    heads.extend(parts.iter().map(|part| (part.as_str(), true)));
    heads.push(("now", true));
    sheet.heads(top, 0, &heads)?;
    sheet.height(top, 30.0)?;
    let now = 3 + u16::try_from(PARTS.len()).unwrap_or(0);
    let first = top + 1;
    let mut row = first;
    for line in view.with(r::previous_vintage, previous).filter(|l| l.text(r::model) == "ALL") {
        if let Some(month) = line.date(r::month) {
            sheet.date(row, 0, month, Look::Plain, MONTH)?;
        }
        sheet.text(row, 1, line.text(r::status), Look::Plain)?;
        sheet.number(row, 2, line.number(r::previous), Look::Plain, WHOLE)?;
        for (col, part) in (3..).zip(PARTS) {
            sheet.number(row, col, line.number(part), Look::Plain, WHOLE)?;
        }
        sheet.sum(row, now, (row, 2, row, now - 1), Look::Plain, WHOLE)?;
        let month = line.date(r::month).map(|m| m.format("%Y-%m").to_string()).unwrap_or_default();
        let what = format!("bridge from {previous}, {month}, all models: now");
        checks.add(what, sheet, (row, now), line.number(r::now));
        row += 1;
    }
    for (label, status) in [("delivered", "delivered"), ("forecast", "forecast")] {
        sheet.text(row, 0, "all months", Look::Total)?;
        sheet.text(row, 1, label, Look::Total)?;
        for col in 2..=now {
            let area = (first, col, row - 1 - u32::from(label == "forecast"), col);
            let statuses = (first, 1, area.2, 1);
            let formula = format!("=SUMIF({},\"{status}\",{})", range(statuses), range(area));
            let total = sum_of(sheet, view, previous, status, col, first);
            sheet.formula(row, col, &formula, Some(total), Look::Total, WHOLE)?;
        }
        row += 1;
    }
    Ok(row)
}

/// Sum of a column over the rows of a status, as they were written.
fn sum_of(sheet: &Sheet, view: &View, previous: &str, status: &str, col: u16, first: u32) -> f64 {
    let lines = view.with(r::previous_vintage, previous).filter(|line| line.text(r::model) == "ALL");
    (first..)
        .zip(lines)
        .filter(|(_, line)| line.text(r::status) == status)
        .flat_map(|(row, _)| sheet.numbers_in((row, col, row, col)).collect::<Vec<_>>())
        .sum()
}

/// Each month as every vintage saw it, all models; returns the row below.
fn waterfall(sheet: &mut Sheet, tables: &[Table], top: u32, last: u16) -> Result<u32, Error> {
    let view = View::of(tables, w::NAME);
    sheet.block(top, (0, last), "Each month as every vintage forecast it, all models (machines)")?;
    let rows: Vec<Row<'_>> = view.with(w::model, "ALL").collect();
    let mut vintages: Vec<&str> = Vec::new();
    let mut months: BTreeMap<NaiveDate, BTreeMap<&str, Option<f64>>> = BTreeMap::new();
    let mut actual: BTreeMap<NaiveDate, Option<f64>> = BTreeMap::new();
    for row in &rows {
        let vintage = row.text(w::forecast_vintage);
        if !vintages.contains(&vintage) {
            vintages.push(vintage);
        }
        if let Some(month) = row.date(w::month) {
            months.entry(month).or_default().insert(vintage, row.number(w::units));
            actual.insert(month, row.number(w::actual_units));
        }
    }
    if rows.is_empty() {
        sheet.text(top + 1, 0, "no data", Look::Note)?;
        return Ok(top + 3);
    }
    vintages.sort_unstable();
    // The newest that fit the sheet's width.
    let shown = &vintages[vintages.len().saturating_sub(usize::from(last) - 1)..];
    let mut heads = vec![("month", false)];
    heads.extend(shown.iter().map(|vintage| (*vintage, true)));
    heads.push(("shipped", true));
    sheet.heads(top + 1, 0, &heads)?;
    let mut row = top + 2;
    for (month, of) in &months {
        sheet.date(row, 0, *month, Look::Plain, MONTH)?;
        for (col, vintage) in (1..).zip(shown) {
            let number = of.get(vintage).copied().flatten();
            sheet.number(row, col, number, Look::Plain, WHOLE)?;
        }
        let col = 1 + u16::try_from(shown.len()).unwrap_or(0);
        sheet.number(row, col, actual.get(month).copied().flatten(), Look::Plain, WHOLE)?;
        row += 1;
    }
    Ok(row + 1)
}
