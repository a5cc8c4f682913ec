//! A file of any kind as rows of text: the character between cells, the encoding and the header are found.

use std::io::Read;
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, GB18030, WINDOWS_1252};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::ingest::cells::number;
use crate::ingest::files::limits;
use crate::ingest::files::source::{Content, Source, read_failed};
use crate::ingest::names::seen;
use crate::job::Export;
use crate::shape::Frame;

use super::resemble::EXPORTS;

/// Bytes and rows of a file that are looked at: enough to see every form that its cells have.
const BYTES: u64 = 8 << 20;
const ROWS: usize = 20_000;

/// Rows in which a header is looked for.
const TITLES: usize = 20;

/// A file as rows of text.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    pub path: PathBuf,
    /// What kind of file it is.
    pub form: &'static str,
    /// Character between cells of a text.
    pub delimiter: Option<u8>,
    /// Encoding that has to be declared.
    pub encoding: Option<&'static str>,
    /// Line of the header; `None` where the first row is data.
    pub header: Option<u64>,
    /// Names of the columns; empty ones where there is no header.
    pub headers: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Whether the file has more rows than were looked at.
    pub more: bool,
    /// Whether a row below the header holds units; it is none of the rows.
    pub units: bool,
}

impl Grid {
    /// Takes a row of units off: one without any value, above rows that have some.
    fn without_units(mut self) -> Self {
        let valued = |row: &Vec<String>| row.iter().filter(|cell| is_value(cell)).count();
        let Some((first, below)) = self.rows.split_first() else { return self };
        let below = below.get(..below.len().min(5)).unwrap_or_default();
        let least = below.iter().map(valued).min().unwrap_or(0);
        self.units = self.header.is_some()
            && below.len() > 2
            && least > 0
            && valued(first) == 0
            && first.iter().any(|cell| !cell.is_empty())
            && first.iter().filter(|cell| !cell.is_empty()).count() * 2 >= first.len();
        if self.units {
            self.rows.remove(0);
        }
        self
    }
}

fn is_value(cell: &str) -> bool {
    number::decimal(cell, Some('.')).is_ok() || crate::ingest::cells::dates::date(cell, None).is_ok()
}

/// Reads the beginning of a file. `known` counts the headers of a row that an export has.
///
/// # Errors
/// What is wrong with a file that is no table.
pub(super) fn read(path: &Path, known: &dyn Fn(&[String]) -> usize) -> Result<Grid, Diagnostic> {
    let source = opened(path)?;
    let room = source.room;
    let (form, headers, mut rows) = match source.content {
        Content::Text(text) => return of_text(path, text, known),
        Content::Sheet(frame) => return Ok(of_sheet(path, &frame, known)),
        Content::Json(json) => {
            let wanted: Vec<usize> = (0..json.headers.len()).collect();
            let mut rows = Vec::new();
            json.rows(&wanted, |record| rows.push(record.iter().map(str::to_owned).collect()));
            ("JSON", json.headers, rows)
        }
        Content::Parquet(file) => {
            let headers = file.names();
            let wanted: Vec<usize> = (0..headers.len()).collect();
            let mut rows: Vec<Vec<String>> = Vec::new();
            let read = file.rows(&wanted, room, |record| {
                if rows.len() <= ROWS {
                    rows.push(record.iter().map(str::to_owned).collect());
                }
            });
            read.map_err(|refused| refused.reported(path))?;
            ("Parquet", headers, rows)
        }
    };
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    Ok(Grid {
        path: path.to_owned(),
        form,
        delimiter: None,
        encoding: None,
        header: Some(0),
        headers,
        rows,
        more,
        units: false,
    })
}

/// Opens the file. Of JSON with several lists the one is taken that gives some export.
fn opened(path: &Path) -> Result<Source, Diagnostic> {
    let open = |name: &str| Source::open(path, &Export::default(), name, limits::UNPACKED);
    let first = open("inspected");
    let no_list = matches!(&first, Err(wrong) if wrong.code == Code::MissingColumn);
    let other = |name: &str| open(name).ok();
    if no_list && let Some(source) = EXPORTS.iter().find_map(|(name, _)| other(name)) {
        Ok(source)
    } else {
        first
    }
}

/// A sheet of a workbook, whose header stands somewhere in its first rows.
fn of_sheet(path: &Path, frame: &Frame, known: &dyn Fn(&[String]) -> usize) -> Grid {
    let rows: Vec<(u64, Vec<String>)> =
        frame.lines.iter().take(ROWS).enumerate().map(|(row, line)| (*line, frame.row(row))).collect();
    let (index, _) = header(&rows, known);
    let (line, headers) = index.and_then(|index| rows.get(index)).cloned().unwrap_or_default();
    Grid {
        path: path.to_owned(),
        form: "a sheet of a workbook",
        delimiter: None,
        encoding: None,
        header: index.map(|_| line),
        headers: if index.is_some() { headers } else { vec![String::new(); frame.width()] },
        rows: rows.into_iter().skip(index.map_or(0, |index| index + 1)).map(|(_, cells)| cells).collect(),
        more: frame.height() > ROWS,
        units: false,
    }
    .without_units()
}

fn of_text(
    path: &Path,
    text: Box<dyn Read + Send>,
    known: &dyn Fn(&[String]) -> usize,
) -> Result<Grid, Diagnostic> {
    let mut bytes = Vec::new();
    text.take(BYTES).read_to_end(&mut bytes).map_err(|e| read_failed(path, &e))?;
    let cut = bytes.len() as u64 == BYTES;
    if cut {
        let end = memchr::memrchr(b'\n', &bytes).map_or(bytes.len(), |place| place + 1);
        bytes.truncate(end);
    }
    let (text, encoding) = decoded(&bytes);
    let empty = || Diagnostic::error(Code::EmptyFile, Place::file(path), "is empty".to_owned());
    let mut best: Option<(usize, Grid)> = None;
    for delimiter in [b',', b';', b'\t', b'|'] {
        let (rows, more) = split(&text, delimiter);
        let widest = rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
        if widest == 0 {
            continue;
        }
        let (place, score) = header(&rows, known);
        // Where no name is known, the character that makes more columns stands between them.
        let score = score * 1000 + usual_width(&rows).min(999);
        if best.as_ref().is_some_and(|(known, _)| *known >= score) {
            continue;
        }
        let (line, headers) = place.and_then(|place| rows.get(place)).cloned().unwrap_or_default();
        let headers = if place.is_some() { headers } else { vec![String::new(); widest] };
        let below = rows.into_iter().skip(place.map_or(0, |place| place + 1));
        let grid = Grid {
            path: path.to_owned(),
            form: "text",
            delimiter: Some(delimiter),
            encoding,
            header: place.map(|_| line),
            headers,
            rows: below.map(|(_, cells)| cells).collect(),
            more: more || cut,
            units: false,
        };
        best = Some((score, grid));
    }
    let (score, grid) = best.ok_or_else(empty)?;
    if score < 1000 && is_prose(&grid) {
        let reason = "is text and no table: its lines have no cells that stand below each other, by commas, semicolons, tabs or bars; export the table itself as CSV in UTF-8";
        return Err(Diagnostic::error(Code::OtherFormat, Place::file(path), reason));
    }
    Ok(grid.without_units())
}

/// Whether rows of which no name is known are lines of a text: of one cell, or most of them of another width than the one above.
fn is_prose(grid: &Grid) -> bool {
    let widths: Vec<usize> =
        std::iter::once(grid.headers.len()).chain(grid.rows.iter().map(Vec::len)).collect();
    let changes = widths.windows(2).filter(|pair| pair[0] != pair[1]).count();
    widths.iter().all(|width| *width <= 1) || 2 * changes > widths.len()
}

/// Text of bytes, and the encoding that has to be declared for it.
fn decoded(bytes: &[u8]) -> (String, Option<&'static str>) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), None);
    }
    // Chinese text has its high bytes in pairs, accents of western ones stand alone.
    let high = |byte: Option<&u8>| byte.is_some_and(|b| *b >= 0x80);
    let (mut all, mut paired) = (0_usize, 0_usize);
    for (index, _) in bytes.iter().enumerate().filter(|(_, b)| **b >= 0x80) {
        all += 1;
        paired += usize::from(high(bytes.get(index + 1)) || (index > 0 && high(bytes.get(index - 1))));
    }
    let encoding: &'static Encoding = if paired * 10 >= all * 8 { GB18030 } else { WINDOWS_1252 };
    let label = if encoding == GB18030 { "gb18030" } else { "windows-1252" };
    (encoding.decode(bytes).0.into_owned(), Some(label))
}

/// Rows that are not blank, each with its line, and whether there are more than are looked at.
fn split(text: &str, delimiter: u8) -> (Vec<(u64, Vec<String>)>, bool) {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records().map_while(Result::ok) {
        let cells: Vec<String> = record.iter().map(seen).collect();
        if cells.iter().all(String::is_empty) || cells.first().is_some_and(|cell| cell.starts_with("sep=")) {
            continue;
        }
        if rows.len() == ROWS {
            return (rows, true);
        }
        let (byte, line) =
            record.position().map_or((0, 0), |p| (usize::try_from(p.byte()).unwrap_or(0), p.line()));
        // Blank lines before a record count to it.
        let blank = text.as_bytes().get(byte..).unwrap_or_default().iter();
        let blank = blank.take_while(|b| matches!(b, b'\r' | b'\n')).filter(|b| **b == b'\n').count() as u64;
        rows.push((line + blank, cells));
    }
    (rows, false)
}

/// Cells that most rows have.
fn usual_width(rows: &[(u64, Vec<String>)]) -> usize {
    let mut widths: Vec<usize> = rows.iter().map(|(_, cells)| cells.len()).collect();
    widths.sort_unstable();
    widths.get(widths.len() / 2).copied().unwrap_or(0)
}

/// Place of the row that looks most like a header, and how many of its names an export has; no place where the first row
/// is data.
fn header(rows: &[(u64, Vec<String>)], known: &dyn Fn(&[String]) -> usize) -> (Option<usize>, usize) {
    let usual = usual_width(rows);
    let mut best: Option<(usize, usize, usize)> = None;
    for (index, (_, cells)) in rows.iter().take(TITLES).enumerate() {
        let filled: Vec<&String> = cells.iter().filter(|cell| !cell.is_empty()).collect();
        if filled.len() * 2 < usual
            || (usual > 1 && filled.len() < 2)
            || filled.iter().any(|cell| is_value(cell))
        {
            continue;
        }
        let names = known(cells);
        if best.is_none_or(|(_, most, _)| names > most) {
            best = Some((index, names, filled.len()));
        }
    }
    match best {
        Some((index, names, _)) => (Some(index), names),
        None => (None, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(rows: &[&[&str]]) -> Vec<(u64, Vec<String>)> {
        (1..).zip(rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())).collect()
    }

    fn none(_: &[String]) -> usize {
        0
    }

    /// Ten high bytes of western text, the first of all bytes among them, of which two stand side by side: two tenths, and eight make it
    /// Chinese.
    #[test]
    fn accents_stand_alone_and_chinese_bytes_in_pairs() {
        assert_eq!(decoded("Größe".as_bytes()), ("Größe".to_owned(), None));
        let western = [&b"\xe4a\xe4a\xe4a\xe4a\xe4a\xe4a\xe4a\xe4a"[..], b"Gr\xfc\xdfe"].concat();
        let (text, encoding) = decoded(&western);
        assert_eq!((text.as_str(), encoding), ("äaäaäaäaäaäaäaäaGrüße", Some("windows-1252")));
        let chinese = encoding_rs::GB18030.encode("订单号,客户").0.into_owned();
        assert_eq!(decoded(&chinese), ("订单号,客户".to_owned(), Some("gb18030")));
        // Eight of ten in pairs are enough.
        let both = [&b"\xe4a\xe4a"[..], &encoding_rs::GB18030.encode("订单号客").0].concat();
        assert_eq!(decoded(&both).1, Some("gb18030"));
    }

    /// Blank lines count, what stands before the first one is no row, and rows beyond 20,000 are not looked at.
    #[test]
    fn rows_have_their_lines_up_to_so_many() {
        let (rows, more) = split("sep=;\na;b\n\n\n;\nc;d\n", b';');
        let found: Vec<(u64, String)> = rows.iter().map(|(line, cells)| (*line, cells.join("|"))).collect();
        assert_eq!((found, more), (vec![(2, "a|b".to_owned()), (6, "c|d".to_owned())], false));
        let (rows, more) = split(&"a,b\n".repeat(ROWS), b',');
        assert_eq!((rows.len(), more), (ROWS, false));
        let (rows, more) = split(&"a,b\n".repeat(ROWS + 1), b',');
        assert_eq!((rows.len(), more), (ROWS, true));
    }

    /// Lines of one cell, and lines with commas here and there, are no table; a table with a title and a short footer is one.
    #[test]
    fn lines_of_a_text_are_no_table() {
        let of =
            |text: &str| of_text(Path::new("n.txt"), Box::new(std::io::Cursor::new(text.to_owned())), &none);
        for text in [
            "Please send the list again\nto Kim\n",
            "Dear all,\nas said, the list, which you know, follows.\nRegards\nKim, Lee\n",
        ] {
            let said = of(text).unwrap_err().to_string();
            assert!(said.starts_with("n.txt: is text and no table"), "{said}");
        }
        for text in [
            "Stock of May\nDealer,Units\nOst,5\nWest,6\nNord,7\nTotal\n",
            "Dealer,Units\n",
            "Day;Value\n1;2\n",
        ] {
            assert!(of(text).is_ok(), "{text}");
        }
    }

    /// Of widths 1, 3, 3, 3 the usual one is 3. A header fills at least half of them and two, and holds no value; where no name is known it
    /// is the first such row, else the one with most of them.
    #[test]
    fn a_header_is_the_first_row_that_may_be_one() {
        let rows = cells(&[
            &["Orders of all customers"],
            &["Ost", "2025-01-31", "5"],
            &["Dealer", "Day", "Units"],
            &["a", "b", "c"],
        ]);
        assert_eq!(usual_width(&rows[..3]), 3);
        assert_eq!(header(&rows, &none), (Some(2), 0));
        let named = |row: &[String]| usize::from(row[0] == "a");
        assert_eq!(header(&rows, &named), (Some(3), 1));
        // One name of four is less than half of them; of two it is half, and a title all the same.
        assert_eq!(header(&cells(&[&["A", "", "", ""], &["a", "b", "c", "d"]]), &none).0, Some(1));
        assert_eq!(header(&cells(&[&["A", ""], &["a", "b"]]), &none).0, Some(1));
        assert_eq!(header(&cells(&[&["A"], &["b"]]), &none).0, Some(0));
        assert_eq!(header(&cells(&[&["1", "2"], &["3", "4"]]), &none), (None, 0));
    }

    /// A sheet with a title: its rows are those below the header, less a row of units, which holds no value above three rows that do.
    #[test]
    fn rows_of_a_sheet_begin_below_its_header_and_units() {
        let sheet = |rows: &[&[&str]]| {
            let mut read = crate::shape::Rows::default();
            for (line, row) in cells(rows) {
                read.push(line, row.iter().map(String::as_str));
            }
            let grid = of_sheet(Path::new("s.xlsx"), &read.frame(), &none);
            (grid.header, grid.units, grid.rows.iter().map(|row| row.join("|")).collect::<Vec<_>>())
        };
        let data: [&[&str]; 3] = [&["2025-01-01", "5"], &["2025-01-02", "6"], &["2025-01-03", "7"]];
        let rows = ["2025-01-01|5", "2025-01-02|6", "2025-01-03|7"].map(str::to_owned).to_vec();
        let title: &[&str] = &["Difficulty", ""];
        let head: &[&str] = &["Day", "Value"];
        let with = |unit: &[&str]| sheet(&[title, head, unit, data[0], data[1], data[2]]);
        assert_eq!(with(&["day", "T"]), (Some(2), true, rows.clone()));
        assert_eq!(with(&["", "T"]), (Some(2), true, rows.clone()), "half of the cells");
        let four = [vec!["2024-12-31|4".to_owned()], rows.clone()].concat();
        assert_eq!(with(&["2024-12-31", "4"]), (Some(2), false, four));
        // Two rows below are too few to tell.
        let few = sheet(&[head, &["day", "T"], data[0], data[1]]);
        assert_eq!((few.0, few.1, few.2.len()), (Some(1), false, 3));
        assert_eq!(sheet(&data), (None, false, rows), "the first row is data");
    }
}
