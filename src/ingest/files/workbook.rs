//! Sheets of workbooks (XLSX, ODS) as rows of text: numbers and days as the cells have them, formulas by their value.

use std::io::{Cursor, Read};
use std::path::Path;

use calamine::{Data, Reader as _};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::job::Export;
use crate::shape::{Frame, Rows, text_of_number};

use super::parquet::quietly;

/// Whether the first bytes may be those of a workbook.
pub(super) fn may_be(head: &[u8]) -> bool {
    let holds = |part: &[u8]| memchr::memmem::find(head, part).is_some();
    head.starts_with(b"PK\x03\x04")
        && (holds(b"opendocument.spreadsheet") || holds(b"[Content_Types].xml") || holds(b"xl/"))
}

/// Cells that are read of a workbook: columns and rows from 0, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Area {
    columns: (u32, u32),
    rows: (u32, u32),
}

/// The rows of a sheet, with their numbers; blank ones are passed over.
pub(super) fn read(path: &Path, bytes: &[u8], export: &Export, room: u64) -> Result<Frame, Diagnostic> {
    let say = |code, reason: String| Diagnostic::error(code, Place::file(path), reason);
    unpacks(bytes, room).map_err(|(code, reason)| say(code, reason))?;
    let opened = quietly(|| sheet(path, bytes, export));
    opened.unwrap_or_else(|why| {
        Err(say(Code::DamagedFile, format!("is a workbook that cannot be read: {why}")))
    })
}

/// Refuses an archive that unpacks to more than there is room for, whatever its index says.
fn unpacks(bytes: &[u8], room: u64) -> Result<(), (Code, String)> {
    let damaged = |e: String| (Code::DamagedFile, format!("is a workbook that cannot be unpacked: {e}"));
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged(e.to_string()))?;
    let mut left = room;
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(|e| damaged(e.to_string()))?;
        let taken = std::io::copy(&mut part.take(left.saturating_add(1)), &mut std::io::sink());
        let taken = taken.map_err(|e| damaged(e.to_string()))?;
        left = left.checked_sub(taken).ok_or_else(|| {
            (Code::TooLarge, format!("unpacks to more than {} MB, the most that is read", room >> 20))
        })?;
    }
    Ok(())
}

fn sheet(path: &Path, bytes: &[u8], export: &Export) -> Result<Frame, Diagnostic> {
    let say = |code, reason: String| Diagnostic::error(code, Place::file(path), reason);
    let mut book = calamine::open_workbook_auto_from_rs(Cursor::new(bytes))
        .map_err(|e| say(Code::OtherFormat, format!("is no workbook that can be read: {e}")))?;
    let names = book.sheet_names();
    let name = match (&export.sheet, names.as_slice()) {
        (Some(wanted), _) => names.iter().find(|name| name.trim() == wanted.trim()).cloned(),
        (None, [one]) => Some(one.clone()),
        (None, _) => filled(&mut book, &names),
    };
    let Some(name) = name else {
        let listed = names.join("`, `");
        let reason = match &export.sheet {
            Some(wanted) => format!("has no sheet `{wanted}` (its sheets: `{listed}`)"),
            None => format!("has several sheets: declare sheet = for it in the job, one of `{listed}`"),
        };
        return Err(say(Code::AmbiguousFile, reason));
    };
    let area = match &export.range {
        None => None,
        Some(text) => Some(area(text).ok_or_else(|| {
            say(Code::OtherFormat, format!("range = \"{text}\" is none: write for example A4:P200 or B:H"))
        })?),
    };
    let mut lines = Lines::new(path, area, export.decimal_mark.unwrap_or('.'));
    let damaged =
        |e: String| say(Code::DamagedFile, format!("has a sheet `{name}` that cannot be read: {e}"));
    if let calamine::Sheets::Xlsx(book) = &mut book {
        // Cell by cell: a table of all would be as large as the farthest of them is away.
        let mut cells = book.worksheet_cells_reader(&name).map_err(|e| damaged(e.to_string()))?;
        while let Some(cell) = cells.next_cell().map_err(|e| damaged(e.to_string()))? {
            let (row, column) = cell.get_position();
            lines.take(row, column, &Data::from(cell.get_value().clone()))?;
        }
    } else {
        let range = book.worksheet_range(&name).map_err(|e| damaged(e.to_string()))?;
        let (top, left) = range.start().unwrap_or_default();
        for (row, values) in (top..).zip(range.rows()) {
            for (column, value) in (left..).zip(values) {
                lines.take(row, column, value)?;
            }
        }
    }
    let frame = lines.frame();
    if frame.height() == 0 {
        return Err(say(Code::EmptyFile, format!("has nothing in its sheet `{name}`")));
    }
    Ok(frame)
}

/// Most columns of a sheet that are read, and most cells: a stray cell far away makes every row as wide.
const MOST: (u32, u64) = (1000, 50_000_000);

/// Rows of a sheet as its cells come.
struct Lines<'p> {
    path: &'p Path,
    area: Option<Area>,
    mark: char,
    rows: Rows,
    /// The row in hand, from 0, and its cells.
    row: u32,
    cells: Vec<String>,
    width: u64,
    height: u64,
}

impl<'p> Lines<'p> {
    fn new(path: &'p Path, area: Option<Area>, mark: char) -> Self {
        Self { path, area, mark, rows: Rows::default(), row: 0, cells: Vec::new(), width: 0, height: 0 }
    }

    fn say(&self, code: Code, (row, column): (u32, u32), value: String, reason: &str) -> Diagnostic {
        let column = format!("{}{}", letters(column), row + 1);
        let place = Place { line: u64::from(row) + 1, column, value, ..Place::file(self.path) };
        Diagnostic::error(code, place, reason)
    }

    /// Takes a cell; they come row by row.
    fn take(&mut self, row: u32, column: u32, value: &Data) -> Result<(), Diagnostic> {
        let area = self.area.unwrap_or(Area { columns: (0, u32::MAX), rows: (0, u32::MAX) });
        let within = |(least, most): (u32, u32), place: u32| (least..=most).contains(&place);
        if *value == Data::Empty || !within(area.rows, row) || !within(area.columns, column) {
            return Ok(());
        }
        if row < self.row {
            return Err(self.say(
                Code::DamagedFile,
                (row, column),
                String::new(),
                "stands behind rows below it",
            ));
        }
        if row > self.row {
            self.end();
            self.row = row;
        }
        let place = column - area.columns.0;
        self.width = self.width.max(u64::from(place) + 1);
        if place >= MOST.0 || self.width * (self.height + 1) > MOST.1 {
            let reason = format!(
                "is further away than {} columns, or one of more than {} cells: name those to read with range",
                MOST.0, MOST.1
            );
            return Err(self.say(Code::TooLarge, (row, column), String::new(), &reason));
        }
        let text = match text(value, self.mark) {
            Ok(text) => text,
            Err(error) => {
                let reason =
                    "is an error of a formula: mend it in the sheet, or leave its column out of `range`";
                return Err(self.say(Code::Contradiction, (row, column), error, reason));
            }
        };
        let place = place as usize;
        if self.cells.len() <= place {
            self.cells.resize(place + 1, String::new());
        }
        if let Some(cell) = self.cells.get_mut(place) {
            *cell = text;
        }
        Ok(())
    }

    /// Ends the row in hand.
    fn end(&mut self) {
        if self.cells.iter().any(|cell| !cell.trim().is_empty()) {
            self.rows.push(u64::from(self.row) + 1, self.cells.iter().map(String::as_str));
            self.height += 1;
        }
        self.cells.clear();
    }

    fn frame(mut self) -> Frame {
        self.end();
        self.rows.frame().under(Vec::new(), 0)
    }
}

/// The only sheet with anything in it.
fn filled<R: Read + std::io::Seek>(book: &mut calamine::Sheets<R>, names: &[String]) -> Option<String> {
    let mut with_cells =
        names.iter().filter(|name| book.worksheet_range(name).is_ok_and(|range| !range.is_empty()));
    let first = with_cells.next()?.clone();
    with_cells.next().is_none().then_some(first)
}

/// A cell as text; the error that it holds.
fn text(value: &Data, mark: char) -> Result<String, String> {
    Ok(match value {
        Data::Empty => String::new(),
        Data::String(text) | Data::DurationIso(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => text_of_number(*number, mark),
        Data::Bool(yes) => yes.to_string(),
        Data::DateTimeIso(text) => midnight(text.replace('T', " ")),
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            midnight(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"))
        }
        Data::DateTime(duration) => text_of_number(duration.as_f64(), mark),
        Data::Error(error) => return Err(error.to_string()),
    })
}

/// A moment as its day, where it is the beginning of it.
fn midnight(text: String) -> String {
    match text.strip_suffix(" 00:00:00") {
        Some(day) => day.to_owned(),
        None => text,
    }
}

/// `A4:P200`, `B:H` or `3:90`.
fn area(text: &str) -> Option<Area> {
    let corner = |corner: &str| -> Option<(Option<u32>, Option<u32>)> {
        let corner = corner.trim().trim_start_matches('$');
        let split = corner.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(corner.len());
        let (letters, digits) = corner.split_at(split);
        let digits = digits.trim_start_matches('$');
        let column = letters.bytes().try_fold(0_u32, |sum, letter| {
            sum.checked_mul(26)?.checked_add(u32::from(letter.to_ascii_uppercase() - b'A') + 1)
        })?;
        let row = if digits.is_empty() { None } else { Some(digits.parse::<u32>().ok()?.checked_sub(1)?) };
        Some((column.checked_sub(1), row)).filter(|both| *both != (None, None))
    };
    let (from, to) = text.split_once(':')?;
    let ((left, top), (right, bottom)) = (corner(from)?, corner(to)?);
    if left.is_some() != right.is_some() || top.is_none() && bottom.is_some() {
        return None;
    }
    let columns = (left.unwrap_or(0), right.unwrap_or(u32::MAX));
    let rows = (top.unwrap_or(0), bottom.unwrap_or(u32::MAX));
    (columns.0 <= columns.1 && rows.0 <= rows.1).then_some(Area { columns, rows })
}

/// The letters of a column.
fn letters(column: u32) -> String {
    let (mut left, mut text) = (column + 1, Vec::new());
    while left > 0 {
        text.push(char::from(b'A' + u8::try_from((left - 1) % 26).unwrap_or(0)));
        left = (left - 1) / 26;
    }
    text.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_spreadsheets() {
        let of = |text| area(text).map(|a| (a.columns, a.rows));
        assert_eq!(of("A4:P200"), Some(((0, 15), (3, 199))));
        assert_eq!(of("$B:$AA"), Some(((1, 26), (0, u32::MAX))));
        assert_eq!(of("C3:H"), Some(((2, 7), (2, u32::MAX))));
        assert_eq!(of("3:90"), Some(((0, u32::MAX), (2, 89))));
        for wrong in ["A4", "H:B", "A0:B2", "A:3", ""] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
        assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
    }
}
