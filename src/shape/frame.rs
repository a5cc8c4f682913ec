//! A table of text with the place of every row: what steps are carried out on.

use crate::text::folded;

use super::cells::Cells;

/// Rows of text: a column of cells each, all of one length. Headers may be empty, or the same twice, so that columns are
/// known by their place.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Names of the columns; empty as long as no header is promoted.
    pub headers: Vec<String>,
    /// The cells, a column each.
    cells: Vec<Cells>,
    /// Line of the file on which each row begins.
    pub lines: Vec<u64>,
    /// How many cells each row has in the file, where rows may differ.
    pub widths: Vec<u32>,
    /// Rows above the header: line and cells.
    pub titles: Vec<(u64, Vec<String>)>,
    /// Line of the header; 0 where the file has none.
    pub header_line: u64,
}

/// Cells of rows that are read one after the other.
#[derive(Default)]
pub struct Rows {
    columns: Vec<Cells>,
    lines: Vec<u64>,
    widths: Vec<u32>,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("lines", &self.lines).finish_non_exhaustive()
    }
}

/// A new column that is filled cell by cell.
pub(super) fn builder(rows: usize) -> Cells {
    Cells::with_capacity(rows)
}

impl Rows {
    /// Takes the cells of a row that begins on `line`.
    pub fn push<'c>(&mut self, line: u64, cells: impl Iterator<Item = &'c str>) {
        let rows = self.lines.len();
        let mut width = 0;
        for cell in cells {
            if width == self.columns.len() {
                self.columns.push(Cells::empty(rows));
            }
            if let Some(column) = self.columns.get_mut(width) {
                // `="60"`: how spreadsheets are kept from changing a text.
                let text = cell.trim().strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
                column.push(text.unwrap_or(cell));
            }
            width += 1;
        }
        for column in self.columns.iter_mut().skip(width) {
            column.push("");
        }
        self.lines.push(line);
        self.widths.push(u32::try_from(width).unwrap_or(u32::MAX));
    }

    /// The rows as they are, without header.
    pub fn frame(self) -> Frame {
        Frame::new(Vec::new(), self.columns, self.lines).with_widths(self.widths)
    }
}

impl Frame {
    /// Columns under their headers, and the line of every row.
    pub fn new(headers: Vec<String>, columns: Vec<Cells>, lines: Vec<u64>) -> Self {
        let (widths, titles) = (Vec::new(), Vec::new());
        Self { headers, cells: columns, lines, widths, titles, header_line: 0 }
    }

    fn with_widths(self, widths: Vec<u32>) -> Self {
        Self { widths, ..self }
    }

    /// Rows that have as many cells each as they can have, under these headers; none, where a row is to be promoted.
    #[must_use]
    pub fn under(self, headers: Vec<String>, header_line: u64) -> Self {
        Self { headers, header_line, widths: Vec::new(), ..self }
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.lines.len()
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.cells.len()
    }

    /// The cells of the column at a place; `None` where there is none.
    pub fn column(&self, index: usize) -> Option<&Cells> {
        self.cells.get(index)
    }

    /// A cell; empty where there is none.
    pub fn cell(&self, index: usize, row: usize) -> &str {
        self.column(index).and_then(|column| column.get(row)).unwrap_or_default()
    }

    /// The cells of a row.
    pub fn row(&self, row: usize) -> Vec<String> {
        (0..self.width()).map(|index| self.cell(index, row).to_owned()).collect()
    }

    /// Name of a column: as the header has it.
    pub fn header(&self, index: usize) -> &str {
        self.headers.get(index).map_or("", String::as_str)
    }

    /// Places of the columns of a name, as names of columns are compared.
    pub fn places(&self, name: &str) -> Vec<usize> {
        let name = folded(name);
        (0..self.headers.len()).filter(|index| folded(self.header(*index)) == name).collect()
    }

    /// The rows so chosen, in that order.
    #[must_use]
    pub(super) fn take(self, rows: &[u32]) -> Self {
        if rows.len() == self.height() && rows.iter().zip(0..).all(|(row, index): (&u32, u32)| *row == index)
        {
            return self;
        }
        let at = |row: &u32| *row as usize;
        let lines = rows.iter().filter_map(|row| self.lines.get(at(row)).copied()).collect();
        let widths = rows.iter().filter_map(|row| self.widths.get(at(row)).copied()).collect();
        let columns = (0..self.width()).map(|index| self.gathered(index, rows)).collect();
        Self { cells: columns, lines, widths, ..self }
    }

    /// The cells of one column in the rows so chosen.
    pub(super) fn gathered(&self, index: usize, rows: &[u32]) -> Cells {
        self.column(index).map_or_else(|| Cells::empty(rows.len()), |cells| cells.take(rows))
    }

    /// The rows for which `keep` holds.
    #[must_use]
    pub(super) fn filter(self, keep: impl Fn(usize) -> bool) -> Self {
        let rows: Vec<u32> = (0..self.height()).filter(|row| keep(*row)).map(index).collect();
        self.take(&rows)
    }

    /// Puts a column in the place of another, or behind all.
    pub(super) fn set(&mut self, place: Option<usize>, header: &str, column: Cells) {
        if let Some(old) = place.and_then(|place| self.cells.get_mut(place)) {
            *old = column;
        } else {
            self.cells.push(column);
            self.headers.push(header.to_owned());
        }
    }

    /// Other columns, each with its header, of rows on these lines.
    #[must_use]
    pub(super) fn with_columns(self, columns: Vec<(String, Cells)>, lines: Vec<u64>) -> Self {
        let (headers, columns): (Vec<String>, Vec<Cells>) = columns.into_iter().unzip();
        Self { headers, cells: columns, lines, ..self }
    }

    /// Rows that were found to have as many cells as the header: what is blank beyond it goes.
    #[must_use]
    pub(super) fn settled(mut self) -> Self {
        self.widths.clear();
        if self.width() > self.headers.len() && !self.headers.is_empty() {
            self.cells.truncate(self.headers.len());
        }
        self
    }

    /// Puts the rows of another table of the same columns below.
    #[must_use]
    pub fn below(parts: Vec<Self>) -> Self {
        let width = parts.iter().map(Self::width).max().unwrap_or_default();
        let height = parts.iter().map(Self::height).sum();
        let mut columns: Vec<Cells> = (0..width).map(|_| Cells::with_capacity(height)).collect();
        let (mut lines, mut widths) = (Vec::with_capacity(height), Vec::with_capacity(height));
        for part in parts {
            for (index, column) in columns.iter_mut().enumerate() {
                match part.column(index) {
                    Some(below) => column.append(below),
                    None => column.append(&Cells::empty(part.height())),
                }
            }
            lines.extend_from_slice(&part.lines);
            widths.extend_from_slice(&part.widths);
        }
        Self::new(Vec::new(), columns, lines).with_widths(widths)
    }
}

/// A row's number as it is kept; files have fewer than four thousand million rows.
pub(super) fn index(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}
