//! Sheet `Pricing`: what a machine is worth to who mines with it; models down, months across, base scenario.

use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;
use crate::tables::{Cell, Column, Kind, Table};

use super::sheet::{Sheet, head};
use super::style::{Look, colour, number_format};
use super::view::{Row, View, days};
use crate::tables::declared::pricing as p;

/// Row of the heads.
const HEADS: u32 = 3;

/// Column of the sheet.
const SHEET: &str = "Pricing";

pub(super) fn sheet(tables: &[Table], manifest: &Manifest) -> Result<Worksheet, Error> {
    let view = View::of(tables, p::NAME);
    let mut sheet = Sheet::new(
        SHEET,
        "Pricing, base scenario",
        "What a machine is worth to who mines with it, by month. Payback below 12 months: priced too low; to 18 competitive, to 24 average, to 30 hard to sell, above dead. Bear and bull are in the table pricing.",
    )?;
    let rows: Vec<Row<'_>> = view.with(p::scenario, "base").collect();
    let months = days(rows.iter().copied(), p::month);
    let (Some(spec), false) = (view.spec, months.is_empty()) else {
        sheet.text(HEADS, 0, "no data", Look::Note)?;
        return sheet.finish(manifest, (0, 0));
    };
    let last = u16::try_from(months.len()).unwrap_or(0);
    sheet.text(HEADS, 0, "Model", Look::Head)?;
    for (col, month) in (1..).zip(&months) {
        sheet.date(HEADS, col, *month, Look::HeadRight, "mmm yy")?;
    }
    let models = view.texts(p::model);
    let mut row = HEADS + 1;
    // Every column that is not the key has a block: one that the table gains shows here of itself.
    for (place, column) in spec.columns.iter().enumerate().skip(spec.key) {
        if matches!(column.kind, Kind::Date | Kind::Month) {
            continue;
        }
        let title = format!("{}: {}", head(column), column.meaning);
        sheet.block(row, (0, last), &shorter(&title))?;
        let top = row + 1;
        row = top;
        for model in &models {
            sheet.text(row, 0, model, Look::Plain)?;
            for (col, month) in (1..).zip(&months) {
                let found =
                    rows.iter().find(|r| r.text(p::model) == model && r.date(p::month) == Some(*month));
                let cell = found.and_then(|r| r.cells.get(place)).unwrap_or(&Cell::Empty);
                value(&mut sheet, row, col, cell, column)?;
            }
            row += 1;
        }
        let area = (top, 1, row - 1, last);
        for (word, colours) in [
            ("dead", colour::BAD),
            ("never", colour::BAD),
            ("hard_to_sell", colour::WATCH),
            ("competitive", colour::GOOD),
            ("priced_too_low", colour::WATCH),
            ("to_be_shut_down", colour::BAD),
        ] {
            if column.name == p::band.name || column.name == p::efficiency_class.name {
                sheet.colour_text(area, word, colours)?;
            }
        }
        row += 1;
    }
    sheet.block(row, (0, last), "Rules of the trade are on sheet Inputs and checks")?;
    let mut widths = vec![18.0];
    widths.resize(usize::from(last) + 1, 13.0);
    sheet.widths(&widths)?;
    sheet.finish(manifest, (HEADS + 1, 1))
}

fn value(sheet: &mut Sheet, row: u32, col: u16, cell: &Cell, column: &Column) -> Result<(), Error> {
    sheet.cell(row, col, cell, Look::Plain, &number_format(column))
}

/// A title that fits a page's width.
fn shorter(title: &str) -> String {
    const MOST: usize = 150;
    if title.chars().count() <= MOST {
        return title.to_owned();
    }
    let cut: String = title.chars().take(MOST).collect();
    format!("{} …", cut.rsplit_once(' ').map_or(cut.as_str(), |(before, _)| before))
}
