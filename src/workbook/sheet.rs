//! A sheet: cells, formulas with the result they must have, and how it prints.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::utility::row_col_to_cell;
use rust_xlsxwriter::{
    Chart, ConditionalFormatCell, ConditionalFormatCellRule, ExcelDateTime, Format, FormatAlign, Formula,
    Worksheet, XlsxError,
};

use crate::error::Error;
use crate::publish::Manifest;
use crate::tables::{Cell, Column, Kind};

use super::style::{Look, coloured, format, number_format};
use super::view::View;

/// Columns that say the same in every row of a vintage: every page's head says it.
const OF_VINTAGE: [&str; 2] = ["vintage", "as_of"];

/// Most characters that a cell may hold.
const LONGEST: usize = 32_000;

#[expect(clippy::needless_pass_by_value, reason = "what map_err gives")]
pub(super) fn wrong(error: XlsxError) -> Error {
    Error::Internal(format!("forecast.xlsx: {error}"))
}

/// A rectangle of cells: first row, first column, last row, last column, counted from 0.
pub(super) type Area = (u32, u16, u32, u16);

/// A sheet that knows the number in each of its cells, so that every formula is written with its result: a viewer that
/// does not recalculate shows the same numbers as one that does.
pub(super) struct Sheet {
    /// Its name.
    pub(super) name: &'static str,
    cells: Worksheet,
    numbers: BTreeMap<(u32, u16), f64>,
    /// Whether it prints on one upright page and not across as many as it needs.
    upright: bool,
}

/// Which columns of a table to show.
#[derive(Clone, Copy, Debug)]
pub(super) enum Columns<'a> {
    /// These, in this order.
    Only(&'a [Column]),
    /// All but these.
    Without(&'a [Column]),
}

/// A column of long text: it is written last, across the columns up to `last`, at `chars` characters a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Long {
    /// The column.
    pub(super) name: Column,
    /// Last column of the sheet that it takes up.
    pub(super) last: u16,
    /// Characters that fit a line.
    pub(super) chars: usize,
}

/// Head of a table's column: its name in words, and its unit.
pub(super) fn head(column: &Column) -> String {
    let name = column.name.replace('_', " ");
    let name = if column.unit.starts_with("USD") { name.trim_end_matches(" usd") } else { &name };
    if column.unit.is_empty() { name.to_owned() } else { format!("{name} ({})", column.unit) }
}

/// What can be written: `Result` of the crate's error.
pub(super) type Done = Result<(), Error>;

impl Sheet {
    /// An empty sheet of this name with its title, and below it a note.
    pub(super) fn new(name: &'static str, title: &str, note: &str) -> Result<Self, Error> {
        let mut sheet = Worksheet::new();
        sheet.set_name(name).map_err(wrong)?;
        sheet.set_screen_gridlines(false);
        let mut made = Self { name, cells: sheet, numbers: BTreeMap::new(), upright: false };
        made.text(0, 0, title, Look::Title)?;
        made.cells.set_row_height(0, 24).map_err(wrong)?;
        made.text(1, 0, note, Look::Note)?;
        Ok(made)
    }

    /// Writes text as it is; a spreadsheet takes no text cell of a workbook for a formula.
    pub(super) fn text(&mut self, row: u32, col: u16, text: &str, look: Look) -> Done {
        let format = beside(col, look, format(look, "General"));
        self.cells.write_string_with_format(row, col, fitting(text), &format).map_err(wrong)?;
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
        let year = u16::try_from(day.year()).unwrap_or(1900);
        let (month, of_month) = (day.month() as u8, day.day() as u8);
        let date = ExcelDateTime::from_ymd(year, month, of_month).map_err(wrong)?;
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
            .filter(move |(place, _)| inside(**place))
            .map(|(_, number)| *number)
    }

    /// Merges an area and writes text into it, as many lines high as it needs at `width` characters a line.
    pub(super) fn paragraph(&mut self, area: Area, text: &str, look: Look, width: usize) -> Done {
        let text = fitting(text);
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

    /// Heads of columns.
    pub(super) fn heads(&mut self, row: u32, first: u16, heads: &[(&str, bool)]) -> Done {
        for (col, (head, number)) in (first..).zip(heads) {
            self.text(row, col, head, if *number { Look::HeadRight } else { Look::Head })?;
        }
        Ok(())
    }

    /// Height of a row in points.
    pub(super) fn height(&mut self, row: u32, points: f64) -> Done {
        self.cells.set_row_height(row, points).map_err(wrong)?;
        Ok(())
    }

    /// Widths of the columns from the first on, in characters.
    pub(super) fn widths(&mut self, widths: &[f64]) -> Done {
        for (col, width) in (0..).zip(widths) {
            self.cells.set_column_width(col, *width).map_err(wrong)?;
        }
        Ok(())
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

    /// Filter buttons on a row of heads.
    pub(super) fn filter(&mut self, area: Area) -> Done {
        self.cells.autofilter(area.0, area.1, area.2, area.3).map_err(wrong)?;
        Ok(())
    }

    /// Puts a chart with its upper left corner on a cell.
    pub(super) fn chart(&mut self, row: u32, col: u16, chart: &Chart) -> Done {
        self.cells.insert_chart_with_offset(row, col, chart, 4, 4).map_err(wrong)?;
        Ok(())
    }

    /// Writes the rows of a table below heads with the columns' names and units. Returns where they went; `None` and a line
    /// that says so where there are no rows.
    pub(super) fn grid(
        &mut self,
        top: u32,
        view: &View,
        which: Columns<'_>,
        long: Option<Long>,
    ) -> Result<Option<Grid>, Error> {
        let Some(spec) = view.spec.filter(|_| !view.is_empty()) else {
            self.text(top, 0, "no data", Look::Note)?;
            return Ok(None);
        };
        let is_long = |column: &Column| long.is_some_and(|long| long.name.name == column.name);
        let mut columns: Vec<(usize, &Column)> = match which {
            Columns::Only(names) => names
                .iter()
                .filter_map(|name| name.place(spec))
                .map(|place| (place, &spec.columns[place]))
                .collect(),
            Columns::Without(names) => {
                let left_out = |column: &Column| names.iter().any(|name| name.name == column.name);
                spec.columns.iter().enumerate().filter(|(_, column)| !left_out(column)).collect()
            }
        };
        columns.retain(|(_, column)| !OF_VINTAGE.contains(&column.name));
        // Long text comes last, where it has room.
        columns.sort_by_key(|(_, column)| is_long(column));
        for (col, (_, column)) in (0..).zip(&columns) {
            let look = match column.kind {
                Kind::Whole | Kind::Real(_) => Look::HeadRight,
                Kind::Text | Kind::Date | Kind::Month => Look::Head,
            };
            self.text(top, col, &head(column), look)?;
            for col in col + 1..=long.filter(|_| is_long(column)).map_or(0, |long| long.last) {
                self.text(top, col, "", Look::Head)?;
            }
        }
        self.height(top, 44.0)?;
        let formats: Vec<String> = columns.iter().map(|(_, column)| number_format(column)).collect();
        let mut bottom = top;
        for row in view.rows() {
            bottom += 1;
            for (col, ((place, column), form)) in (0..).zip(columns.iter().zip(&formats)) {
                let cell = &row.cells[*place];
                match (long.filter(|_| is_long(column)), cell) {
                    (Some(Long { last, chars, .. }), Cell::Text(text)) if last > col => {
                        self.paragraph((bottom, col, bottom, last), text, Look::Wrapped, chars)?;
                    }
                    _ => self.cell(bottom, col, cell, Look::Plain, form)?,
                }
            }
        }
        let columns: Vec<&'static str> = columns.iter().map(|(_, column)| column.name).collect();
        Ok(Some(Grid { top, bottom, columns }))
    }

    /// Prints the sheet down to a row only.
    pub(super) fn print_to(&mut self, row: u32, col: u16) -> Done {
        self.cells.set_print_area(0, 0, row, col).map_err(wrong)?;
        Ok(())
    }

    /// Prints the sheet on one upright page.
    pub(super) fn one_page(&mut self) {
        self.upright = true;
    }

    /// Sets up screen and paper, and gives the sheet away. Rows above `frozen.0` and columns before `frozen.1` stay in sight;
    /// the row above is repeated on every page.
    pub(super) fn finish(mut self, manifest: &Manifest, frozen: (u32, u16)) -> Result<Worksheet, Error> {
        let sheet = &mut self.cells;
        let plain = |text: &str| text.replace('&', "&&");
        sheet.set_paper_size(9);
        if self.upright {
            sheet.set_portrait().set_print_fit_to_pages(1, 1);
        } else {
            sheet.set_landscape().set_print_fit_to_pages(1, 0);
        }
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
        Ok(self.cells)
    }
}

/// Where a table's rows went.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    /// Row of the heads.
    pub(super) top: u32,
    /// Last row.
    pub(super) bottom: u32,
    columns: Vec<&'static str>,
}

impl Grid {
    /// The sheet's column that a table's column went to.
    pub(super) fn col(&self, name: Column) -> Option<u16> {
        self.columns.iter().position(|column| *column == name.name).and_then(|c| u16::try_from(c).ok())
    }

    /// The cells of a table's column.
    pub(super) fn area(&self, name: Column) -> Option<Area> {
        self.col(name).map(|col| (self.top + 1, col, self.bottom, col))
    }

    /// Heads and rows.
    pub(super) fn whole(&self) -> Area {
        (self.top, 0, self.bottom, u16::try_from(self.columns.len().saturating_sub(1)).unwrap_or(0))
    }
}

/// A format of what stands on the left of its cell, set off from a number on the right of the cell before.
fn beside(col: u16, look: Look, format: Format) -> Format {
    match look {
        Look::Plain | Look::Head | Look::Total | Look::Wrapped if col > 0 => {
            format.set_align(FormatAlign::Left).set_indent(1)
        }
        _ => format,
    }
}

/// Text that fits a cell. The crate takes what is enclosed in `<r>` for markup of its own: a space keeps it text.
fn fitting(text: &str) -> String {
    let mut fitting: String = text.chars().take(LONGEST).collect();
    if fitting.starts_with("<r>") {
        fitting.insert(0, ' ');
    }
    fitting
}

/// `A1:B2`, absolute.
pub(super) fn range((top, left, bottom, right): Area) -> String {
    format!("{}:{}", address(top, left), address(bottom, right))
}

/// `$A$1`.
pub(super) fn address(row: u32, col: u16) -> String {
    rust_xlsxwriter::utility::row_col_to_cell_absolute(row, col)
}

/// `A1`.
pub(super) fn relative(row: u32, col: u16) -> String {
    row_col_to_cell(row, col)
}

/// `'Sheet'!$A$1`.
pub(super) fn on(sheet: &str, row: u32, col: u16) -> String {
    format!("'{sheet}'!{}", address(row, col))
}
