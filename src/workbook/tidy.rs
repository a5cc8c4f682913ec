//! A published table as a sheet: a native table by its own name, from the first cell on, with its meaning on each head.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rust_xlsxwriter::{Format, FormatAlign, Note, Table, TableColumn, TableStyle};

use crate::publish::Manifest;
use crate::table::{AS_OF, Cell, Column, Spec, VINTAGE};
use crate::views::{Entry, Grid, Row, Tables, Verdict, words};

use super::sheet::{Area, Done, Sheet, beside, excel, in_cell, on, range, wrong};
use super::style::{Look, coloured_cell, format, number_format, verdict_colours};
use crate::error::Error;

/// Tables that are read by programs alone, or as another sheet: curves, contributions, replays (sheet `accuracy`).
const NOT_SHOWN: [&str; 3] = ["chip_need", "driver_contributions", "backtest"];
/// Rows from which on a table is left to the files: a sheet of so many is slow to open.
const LONG: usize = 20_000;

/// Whether a table of so many rows has a sheet.
fn shown(spec: &Spec, rows: usize) -> bool {
    !NOT_SHOWN.contains(&spec.name) && (1..=LONG).contains(&rows)
}

/// Whether a row is the total of others.
fn adds_up(row: &Row<'_>) -> bool {
    let level = row.spec.columns.iter().find(|column| column.name == "level");
    level.is_some_and(|level| row.is(*level, "total"))
}

/// Rows that do not add up other rows, and columns that do not say the same in each; models without a machine are left out.
fn tidy(tables: Tables<'_>, spec: &'static Spec) -> Grid {
    let mut rows = tables.rows(spec.name);
    let level = spec.columns.iter().find(|column| column.name == "level").copied();
    rows.retain(|row| !level.is_some_and(|level| row.is(level, "total")));
    let machines: Vec<Column> =
        spec.columns.iter().filter(|column| column.unit == "machines").copied().collect();
    if let Some(&model) =
        spec.columns.iter().find(|column| column.name == "model").filter(|_| !machines.is_empty())
    {
        let mut alive: BTreeMap<&str, bool> = BTreeMap::new();
        for row in &rows {
            let some = machines.iter().any(|column| row.number(*column).is_some_and(|n| n != 0.0));
            *alive.entry(row.text(model)).or_default() |= some;
        }
        rows.retain(|row| alive.get(row.text(model)).copied().unwrap_or(true));
    }
    let said = [VINTAGE.name, AS_OF.name, "level"];
    let columns: Vec<Column> =
        spec.columns.iter().filter(|column| !said.contains(&column.name)).copied().collect();
    let mut grid = Grid::new("", &rows, &columns);
    for (head, column) in grid.heads.iter_mut().zip(&columns) {
        head.what = words::name(column.name);
    }
    grid
}

/// The sheet of a table; `None` where it has none, or no row but totals and models without a machine.
///
/// # Errors
/// [`Error::Internal`] when the workbook's limits are exceeded.
pub(super) fn sheet(
    tables: Tables<'_>,
    manifest: &Manifest,
    spec: &'static Spec,
) -> Result<Option<Native>, Error> {
    if !shown(spec, tables.rows(spec.name).len()) {
        return Ok(None);
    }
    let grid = tidy(tables, spec);
    if grid.rows.is_empty() {
        return Ok(None);
    }
    let note = |name: &str| {
        let column = spec.columns.iter().find(|column| column.name == name);
        column.map_or_else(String::new, meaning)
    };
    let notes: Vec<String> = grid.heads.iter().map(|head| note(head.name)).collect();
    // The vintage, of each key, is in no column.
    let key = u16::try_from(spec.key.saturating_sub(1)).unwrap_or(1).clamp(1, 4);
    Native::new(spec.name, &grid, &notes, (manifest, key)).map(Some)
}

/// What the dictionary says of a column.
pub(super) fn meaning(column: &Column) -> String {
    let unit = if column.unit.is_empty() { String::new() } else { format!(" [{}]", column.unit) };
    let formula = if column.formula.is_empty() { String::new() } else { format!("\n= {}", column.formula) };
    format!("{}{unit}: {}{formula}", column.name, column.meaning)
}

/// A native table that fills a sheet.
pub(super) struct Native {
    /// The sheet.
    pub(super) sheet: Sheet,
    columns: Vec<&'static str>,
    bottom: u32,
}

/// Widest column of text in characters; longer ones go on in the next line.
const WIDEST: usize = 60;
/// Room for the filter button of a head, in characters.
const BUTTON: usize = 4;
/// Pixels across a page of paper at 8 points, that is at 80% of 10 points; a column ends where it fits.
const PAGE: usize = 1220;

impl Native {
    /// A grid with a note on each head; the columns of the key stand on every page of paper.
    pub(super) fn new(
        name: &'static str,
        grid: &Grid,
        notes: &[String],
        (manifest, key): (&Manifest, u16),
    ) -> Result<Self, Error> {
        let mut sheet = Sheet::bare(name)?;
        let mut columns = Vec::new();
        let (mut lines, mut pixels, mut of_key) = (1, 0, 0);
        let mut rows: BTreeMap<u32, usize> = BTreeMap::new();
        for (col, head) in (0..).zip(&grid.heads) {
            let place = usize::from(col);
            let longest = grid.rows.iter().map(|row| length(&row[place])).max().unwrap_or(0);
            let word = head.what.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
            let width = (longest.min(WIDEST) + 2).max(word + BUTTON).max(8);
            lines = lines.max(wrapped(&head.what, width - BUTTON + 1));
            pixels += 7 * width + 5;
            if col < key {
                of_key = pixels;
            }
            sheet.width(col, width as f64)?;
            let look = if head.form.is_number() { Look::HeadRight } else { Look::Head };
            let format = beside(col, look, format(look, "General"));
            columns.push(TableColumn::new().set_header(head.what.as_str()).set_header_format(format));
            if let Some(text) = notes.get(place).filter(|text| !text.is_empty()) {
                let high = 17 * u32::try_from(wrapped(text, 42) + 1).unwrap_or(8);
                let note = Note::new(text.as_str()).add_author_prefix(false).set_width(290).set_height(high);
                sheet.cells.insert_note(0, col, &note).map_err(wrong)?;
            }
            sheet.column(col, grid, longest > WIDEST)?;
            if longest > WIDEST {
                for (row, entries) in (1..).zip(&grid.rows) {
                    let high = wrapped(&entries[place].shown(), WIDEST + 1);
                    rows.entry(row).and_modify(|most| *most = high.max(*most)).or_insert(high);
                }
            }
        }
        sheet.height(0, 13.5 * lines as f64 + 4.0)?;
        for (row, high) in rows.into_iter().filter(|(_, high)| *high > 1) {
            sheet.height(row, 13.5 * high as f64 + 2.0)?;
        }
        let bottom = u32::try_from(grid.rows.len()).unwrap_or(u32::MAX);
        let last = u16::try_from(grid.heads.len().saturating_sub(1)).unwrap_or(0);
        let table = Table::new().set_name(name).set_columns(&columns).set_style(TableStyle::Light1);
        sheet.cells.add_table(0, 0, bottom, last, &table).map_err(wrong)?;
        let wide = (pixels - of_key).div_ceil(PAGE.saturating_sub(of_key).max(400)).max(1);
        sheet.paper(manifest, wide, (1, key))?;
        Ok(Self { sheet, columns: grid.heads.iter().map(|head| head.name).collect(), bottom })
    }

    /// The cells of a column.
    pub(super) fn area(&self, column: Column) -> Option<Area> {
        let col = self.columns.iter().position(|name| *name == column.name)?;
        let col = u16::try_from(col).ok()?;
        Some((1, col, self.bottom, col))
    }

    /// A formula that adds up a column where others have these texts, and what it comes to.
    pub(super) fn sum(
        &self,
        tables: Tables<'_>,
        column: Column,
        of: &[(Column, &str)],
    ) -> Option<(String, f64)> {
        let place = |column: Column| {
            let area = self.area(column)?;
            Some(format!("'{}'!{}", self.sheet.name, range(area)))
        };
        let mut formula = format!("=SUMIFS({}", place(column)?);
        for (column, text) in of {
            // Writing to a text cannot fail.
            let _ = write!(formula, ",{},\"{text}\"", place(*column)?);
        }
        let rows = tables
            .rows(column.table)
            .into_iter()
            .filter(|row: &Row<'_>| !adds_up(row) && of.iter().all(|(column, text)| row.is(*column, text)));
        let numbers: Vec<f64> = rows.filter_map(|row| row.number(column)).collect();
        (!numbers.is_empty()).then(|| (format!("{formula})"), numbers.iter().sum()))
    }
}

/// The first cell of a sheet, for links.
pub(super) fn link(sheet: &str) -> String {
    format!("internal:{}", on(sheet, 0, 0).replace('$', ""))
}

/// Characters that a cell takes.
fn length(entry: &Entry) -> usize {
    match &entry.cell {
        Cell::Text(text) => text.chars().count(),
        Cell::Empty => 0,
        _ => entry.shown().len().min(16),
    }
}

/// Lines that a text takes at so many characters each.
fn wrapped(text: &str, width: usize) -> usize {
    text.split('\n')
        .map(|line| {
            let (mut lines, mut at) = (1, 0);
            for word in line.split(' ').map(|word| word.chars().count()) {
                if at > 0 && at + 1 + word > width {
                    (lines, at) = (lines + 1, 0);
                }
                at += word + usize::from(at > 0);
            }
            lines
        })
        .sum()
}

impl Sheet {
    /// A column of a grid below its head, in formats made once.
    fn column(&mut self, col: u16, grid: &Grid, long: bool) -> Done {
        let place = usize::from(col);
        let form = grid.heads[place].form;
        let top = |format: Format| format.set_align(FormatAlign::Top);
        let indent =
            |format: Format| if col > 0 { format.set_align(FormatAlign::Left).set_indent(1) } else { format };
        let number = top(format(Look::Plain, &number_format(form)));
        let text = indent(top(format(if long { Look::Wrapped } else { Look::Plain }, "General")));
        let date = indent(number.clone());
        let said: Vec<(&str, Format)> = Verdict::WORDS
            .iter()
            .map(|(word, verdict)| (*word, coloured_cell(text.clone(), verdict_colours(*verdict))))
            .collect();
        for (row, entries) in (1..).zip(&grid.rows) {
            match &entries[place].cell {
                Cell::Empty => Ok(&mut self.cells),
                Cell::Text(word) => {
                    let found =
                        said.iter().find(|(known, _)| known == word && form == crate::views::Form::Words);
                    let format = found.map_or(&text, |(_, format)| format);
                    self.cells.write_string_with_format(row, col, in_cell(word), format)
                }
                Cell::Date(day) => self.cells.write_datetime_with_format(row, col, &excel(*day)?, &date),
                Cell::Whole(whole) => self.cells.write_number_with_format(row, col, *whole as f64, &number),
                Cell::Real(real) => self.cells.write_number_with_format(row, col, *real, &number),
            }
            .map_err(wrong)?;
        }
        Ok(())
    }
}
