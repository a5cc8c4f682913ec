//! A sheet: cells, formulas with the result they must have, and how it prints.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{
    Chart, ConditionalFormatCell, ConditionalFormatCellRule, ExcelDateTime, Format, FormatAlign, Formula,
    Worksheet, XlsxError,
};

use crate::error::Error;
use crate::publish::Manifest;
use crate::table::{Cell, Column};
use crate::views::{Form, Grid};

pub(super) use super::address::{Area, address, on, range, relative};
use super::style::{Look, coloured, format, number_format};

/// Most characters that a cell may hold.
const LONGEST: usize = 32_000;

#[expect(clippy::needless_pass_by_value, reason = "what map_err gives")]
pub(super) fn wrong(error: XlsxError) -> Error {
    Error::Internal(format!("forecast.xlsx: {error}"))
}

/// A sheet that knows the number in each of its cells, so that every formula is written with its result: a viewer that
/// does not recalculate shows the same numbers as one that does.
pub(super) struct Sheet {
    /// Its name.
    pub(super) name: &'static str,
    /// What is written.
    pub(super) cells: Worksheet,
    numbers: BTreeMap<(u32, u16), f64>,
}

/// What can be written: `Result` of the crate's error.
pub(super) type Done = Result<(), Error>;

impl Sheet {
    /// An empty sheet of this name.
    pub(super) fn bare(name: &'static str) -> Result<Self, Error> {
        let mut sheet = Worksheet::new();
        sheet.set_name(name).map_err(wrong)?;
        sheet.set_screen_gridlines(false);
        Ok(Self { name, cells: sheet, numbers: BTreeMap::new() })
    }

    /// One with its title, and below it a note.
    pub(super) fn new(name: &'static str, title: &str, note: &str) -> Result<Self, Error> {
        let mut made = Self::bare(name)?;
        made.text(0, 0, title, Look::Title)?;
        made.cells.set_row_height(0, 24).map_err(wrong)?;
        made.text(1, 0, note, Look::Note)?;
        Ok(made)
    }

    /// Writes text as it is; a spreadsheet takes no text cell of a workbook for a formula.
    pub(super) fn text(&mut self, row: u32, col: u16, text: &str, look: Look) -> Done {
        let format = beside(col, look, format(look, "General"));
        self.cells.write_string_with_format(row, col, in_cell(text), &format).map_err(wrong)?;
        Ok(())
    }

    /// Writes a number, or leaves the cell empty.
    pub(super) fn number(&mut self, row: u32, col: u16, number: Option<f64>, look: Look, form: &str) -> Done {
        let format = format(look, form);
        match number {
            Some(number) => {
                self.numbers.insert((row, col), number);
                self.cells.write_number_with_format(row, col, number, &format)
            }
            None => self.cells.write_blank(row, col, &format),
        }
        .map_err(wrong)?;
        Ok(())
    }

    /// Writes a day.
    pub(super) fn date(&mut self, row: u32, col: u16, day: NaiveDate, look: Look, form: &str) -> Done {
        let date = excel(day)?;
        let format = match look {
            Look::HeadRight => format(look, form),
            _ => beside(col, look, format(look, form).set_align(FormatAlign::Left)),
        };
        self.cells.write_datetime_with_format(row, col, &date, &format).map_err(wrong)?;
        Ok(())
    }

    /// Writes a cell of a table.
    pub(super) fn cell(&mut self, row: u32, col: u16, cell: &Cell, look: Look, form: &str) -> Done {
        match cell {
            Cell::Empty => self.number(row, col, None, look, form),
            Cell::Text(text) => self.text(row, col, text, look),
            Cell::Date(day) => self.date(row, col, *day, look, form),
            Cell::Whole(number) => self.number(row, col, Some(*number as f64), look, form),
            Cell::Real(number) => self.number(row, col, Some(*number), look, form),
        }
    }

    /// Writes a formula and the number it comes to; `None` is an empty text.
    pub(super) fn formula(
        &mut self,
        row: u32,
        col: u16,
        text: &str,
        result: Option<f64>,
        look: Look,
        form: &str,
    ) -> Done {
        if let Some(number) = result {
            self.numbers.insert((row, col), number);
        }
        let result = result.map_or_else(String::new, |number| number.to_string());
        self.answer(row, col, text, &result, &format(look, form))
    }

    /// Writes a formula and the text it comes to.
    pub(super) fn answer(&mut self, row: u32, col: u16, text: &str, result: &str, format: &Format) -> Done {
        let formula = Formula::new(text).set_result(result);
        self.cells.write_formula_with_format(row, col, formula, format).map_err(wrong)?;
        Ok(())
    }

    /// Writes the sum of an area of this sheet and returns it.
    pub(super) fn sum(
        &mut self,
        row: u32,
        col: u16,
        area: Area,
        look: Look,
        form: &str,
    ) -> Result<f64, Error> {
        let sum = self.numbers_in(area).sum();
        self.formula(row, col, &format!("=SUM({})", range(area)), Some(sum), look, form)?;
        Ok(sum)
    }

    /// The numbers of an area, by row and column.
    pub(super) fn numbers_in(&self, area: Area) -> impl Iterator<Item = f64> + '_ {
        let (top, left, bottom, right) = area;
        let inside =
            move |(row, col): (u32, u16)| (top..=bottom).contains(&row) && (left..=right).contains(&col);
        self.numbers
            .range((top, 0)..=(bottom, u16::MAX))
            .filter(move |(index, _)| inside(**index))
            .map(|(_, number)| *number)
    }

    /// Merges an area and writes text into it, as many lines high as it needs at `width` characters a line.
    pub(super) fn paragraph(&mut self, area: Area, text: &str, look: Look, width: usize) -> Done {
        let text = in_cell(text);
        let format = beside(area.1, look, format(look, "General")).set_text_wrap();
        self.cells.merge_range(area.0, area.1, area.2, area.3, &text, &format).map_err(wrong)?;
        let lines = text.chars().count().div_ceil(width).max(1);
        self.cells.set_row_height(area.0, 14.5 * lines as f64).map_err(wrong)?;
        Ok(())
    }

    /// Merges an area to hold what is written into its first cell.
    pub(super) fn merge(&mut self, area: Area, look: Look) -> Done {
        self.cells
            .merge_range(area.0, area.1, area.2, area.3, "", &format(look, "General"))
            .map_err(wrong)?;
        Ok(())
    }

    /// A heading across the columns from `first` to `last`.
    pub(super) fn block(&mut self, row: u32, (first, last): (u16, u16), title: &str) -> Done {
        self.text(row, first, title, Look::Block)?;
        for col in first + 1..=last {
            self.text(row, col, "", Look::Block)?;
        }
        Ok(())
    }

    /// Height of a row in points.
    pub(super) fn height(&mut self, row: u32, points: f64) -> Done {
        self.cells.set_row_height(row, points).map_err(wrong)?;
        Ok(())
    }

    /// Width of a column in characters.
    pub(super) fn width(&mut self, col: u16, width: f64) -> Done {
        self.cells.set_column_width(col, width).map_err(wrong)?;
        Ok(())
    }

    /// Widths of the columns from the first on, in characters.
    pub(super) fn widths(&mut self, widths: &[f64]) -> Done {
        (0..).zip(widths).try_for_each(|(col, width)| self.width(col, *width))
    }

    /// Colours the cells of an area whose number is above `limit`.
    pub(super) fn colour_above(&mut self, area: Area, limit: f64, colours: [u32; 2]) -> Done {
        let rule = ConditionalFormatCell::new()
            .set_rule(ConditionalFormatCellRule::GreaterThan(limit))
            .set_format(coloured(colours));
        self.conditional(area, &rule)
    }

    /// Colours the cells of an area that hold a text.
    pub(super) fn colour_text(&mut self, area: Area, text: &str, colours: [u32; 2]) -> Done {
        let rule = ConditionalFormatCell::new()
            .set_rule(ConditionalFormatCellRule::EqualTo(text))
            .set_format(coloured(colours));
        self.conditional(area, &rule)
    }

    /// Adds a conditional format.
    pub(super) fn conditional(
        &mut self,
        area: Area,
        rule: &(impl rust_xlsxwriter::ConditionalFormat + Send + Sync),
    ) -> Done {
        self.cells.add_conditional_format(area.0, area.1, area.2, area.3, rule).map_err(wrong)?;
        Ok(())
    }

    /// Puts a chart with its upper left corner on a cell.
    pub(super) fn chart(&mut self, row: u32, col: u16, chart: &Chart) -> Done {
        self.cells.insert_chart_with_offset(row, col, chart, 4, 4).map_err(wrong)?;
        Ok(())
    }

    /// Writes a grid: heads, rows and its total, which is a formula where it is the sum of what stands above. Sentences in the
    /// last column go on to the sheet's column `wide`. Returns where it went; `None` and a line that says so where there are
    /// no rows.
    pub(super) fn grid(&mut self, top: u32, grid: &Grid, wide: u16) -> Result<Option<Placed>, Error> {
        if grid.rows.is_empty() {
            self.text(top, 0, "no data", Look::Note)?;
            return Ok(None);
        }
        let last = u16::try_from(grid.heads.len().saturating_sub(1)).unwrap_or(0);
        let is_long = |col: u16, form: Form| form == Form::Long && col == last && wide > last;
        for (col, head) in (0..).zip(&grid.heads) {
            let look = if head.form.is_number() { Look::HeadRight } else { Look::Head };
            let below = if head.below.is_empty() { String::new() } else { format!(" ({})", head.below) };
            self.text(top, col, &format!("{}{below}", head.what), look)?;
            if is_long(col, head.form) {
                (col + 1..=wide).try_for_each(|col| self.text(top, col, "", Look::Head))?;
            }
        }
        self.height(top, 44.0)?;
        let mut bottom = top;
        for row in &grid.rows {
            bottom += 1;
            for (col, entry) in (0..).zip(row) {
                match &entry.cell {
                    Cell::Text(text) if is_long(col, entry.form) => {
                        let chars = usize::from(wide - last + 1) * 11;
                        self.paragraph((bottom, col, bottom, wide), text, Look::Wrapped, chars)?;
                    }
                    cell => self.cell(bottom, col, cell, Look::Plain, &number_format(entry.form))?,
                }
            }
        }
        let total = grid.total.iter().flatten();
        for (col, entry) in (0..).zip(total) {
            let area = (top + 1, col, bottom, col);
            let form = number_format(entry.form);
            let sum: f64 = self.numbers_in(area).sum();
            if entry.number().is_some_and(|total| (total - sum).abs() < 0.005) {
                self.sum(bottom + 1, col, area, Look::Total, &form)?;
            } else {
                self.cell(bottom + 1, col, &entry.cell, Look::Total, &form)?;
            }
        }
        let columns = grid.heads.iter().map(|head| head.name).collect();
        Ok(Some(Placed { top, bottom, end: bottom + u32::from(grid.total.is_some()), columns }))
    }

    /// Writes a heading across the columns to `wide` and a grid below it; returns where it went, and the row for what comes
    /// next.
    pub(super) fn section(
        &mut self,
        top: u32,
        grid: &Grid,
        wide: u16,
    ) -> Result<(Option<Placed>, u32), Error> {
        self.block(top, (0, wide), &grid.title)?;
        let placed = self.grid(top + 1, grid, wide)?;
        let next = placed.as_ref().map_or(top + 3, |placed| placed.end + 2);
        Ok((placed, next))
    }

    /// Begins pages of paper at these rows.
    pub(super) fn pages(&mut self, rows: &[u32]) -> Done {
        self.cells.set_page_breaks(rows).map_err(wrong)?;
        Ok(())
    }

    /// Sets up screen and paper, so many pages wide. Rows above `frozen.0` and columns before `frozen.1` stay in sight, and
    /// are repeated on every page.
    pub(super) fn paper(&mut self, manifest: &Manifest, wide: usize, frozen: (u32, u16)) -> Done {
        let sheet = &mut self.cells;
        let plain = |text: &str| text.replace('&', "&&");
        sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(u16::try_from(wide).unwrap_or(1), 0);
        sheet.set_margins(0.4, 0.4, 0.7, 0.6, 0.3, 0.3);
        sheet.set_header(format!(
            "&L&B{} &A&B&Ras of {}",
            plain(&format!("wafercast {}", manifest.vintage)),
            plain(&manifest.as_of)
        ));
        sheet.set_footer(format!(
            "&Ljob {}&CPage &P of &N&Rwafercast version {}",
            plain(&manifest.job),
            plain(&manifest.version)
        ));
        if frozen != (0, 0) {
            sheet.set_freeze_panes(frozen.0, frozen.1).map_err(wrong)?;
        }
        if frozen.0 > 0 {
            sheet.set_repeat_rows(frozen.0 - 1, frozen.0 - 1).map_err(wrong)?;
        }
        if frozen.1 > 0 && wide > 1 {
            sheet.set_repeat_columns(0, frozen.1 - 1).map_err(wrong)?;
        }
        Ok(())
    }
}

/// Where a grid went.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// Row of the heads.
    pub(super) top: u32,
    /// Last row.
    pub(super) bottom: u32,
    /// Row of the total where there is one.
    pub(super) end: u32,
    columns: Vec<&'static str>,
}

impl Placed {
    /// The cells of a table's column.
    pub(super) fn area(&self, column: Column) -> Option<Area> {
        let col = self.columns.iter().position(|name| *name == column.name)?;
        let col = u16::try_from(col).ok()?;
        Some((self.top + 1, col, self.bottom, col))
    }
}

/// A day as a spreadsheet has it.
pub(super) fn excel(day: NaiveDate) -> Result<ExcelDateTime, Error> {
    let year = u16::try_from(day.year()).unwrap_or(1900);
    ExcelDateTime::from_ymd(year, day.month() as u8, day.day() as u8).map_err(wrong)
}

/// A format of what stands on the left of its cell, set off from a number on the right of the cell before.
pub(super) fn beside(col: u16, look: Look, format: Format) -> Format {
    match look {
        Look::Plain | Look::Head | Look::Total | Look::Wrapped if col > 0 => {
            format.set_align(FormatAlign::Left).set_indent(1)
        }
        _ => format,
    }
}

/// The whole words of a text that fit so many characters.
pub(super) fn fitting(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most).collect();
    format!("{} …", cut.rsplit_once(' ').map_or(cut.as_str(), |(before, _)| before))
}

/// Text that fits a cell. The crate takes what is enclosed in `<r>` for markup of its own: a space keeps it text.
pub(super) fn in_cell(text: &str) -> String {
    let mut fitting: String = text.chars().take(LONGEST).collect();
    if fitting.starts_with("<r>") {
        fitting.insert(0, ' ');
    }
    fitting
}
