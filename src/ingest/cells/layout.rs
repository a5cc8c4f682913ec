//! A header bound to column names, and the character between cells that makes it so.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::ingest::files::lines::LineCount;
use crate::ingest::names::{folded, seen};
use crate::job::Export;
use crate::text::short;

/// A column that an export has, by wafercast's name and the other names it is known by.
#[derive(Debug)]
pub(in crate::ingest) struct Column {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub required: bool,
}

/// A column that must be there.
pub(in crate::ingest) const fn required(name: &'static str, aliases: &'static [&'static str]) -> Column {
    Column { name, aliases, required: true }
}

/// A column that may be absent.
pub(in crate::ingest) const fn optional(name: &'static str, aliases: &'static [&'static str]) -> Column {
    Column { name, aliases, required: false }
}

/// Where the cells of each column are.
#[derive(Clone, Debug)]
pub(in crate::ingest) struct Layout {
    /// Position of each column in the file, by the order of the columns.
    pub positions: Vec<Option<usize>>,
    /// The header as it stands in the file.
    pub headers: Vec<String>,
    /// Character between cells.
    pub delimiter: u8,
    /// Bytes before the first row of data.
    pub start: usize,
    /// Line of the header.
    pub line: u64,
    /// Line of the header, when rows that are not blank stand above it.
    pub titled: Option<u64>,
}

/// How a header is understood: where each column is, or everything that is wrong with it.
pub(in crate::ingest) struct Binding {
    pub positions: Vec<Option<usize>>,
    pub problems: Vec<Diagnostic>,
    /// Columns found: the most tells the right delimiter.
    pub found: usize,
    /// Whether the first row is data and not a header.
    pub headerless: bool,
}

/// Characters that may stand between cells.
pub(in crate::ingest) const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Finds the header at the beginning of a text; `Ok(None)` when it goes on beyond `head`, which is not `all` of the text.
pub(in crate::ingest) fn find(
    path: &Path,
    (head, all): (&[u8], bool),
    export: &Export,
    bind: &dyn Fn(&[String]) -> Binding,
) -> Result<Option<Layout>, Vec<Diagnostic>> {
    let at = |code, line: u64, reason: String| {
        vec![Diagnostic::error(code, Place { path: path.to_owned(), line, ..Place::default() }, reason)]
    };
    if head.iter().all(u8::is_ascii_whitespace) {
        return if all { Err(at(Code::EmptyFile, 0, "is empty".to_owned())) } else { Ok(None) };
    }
    let (said, skipped) = said(head);
    let declared = export.delimiter.and_then(|d| u8::try_from(d).ok()).or(said);
    let candidates = declared.map_or(DELIMITERS.to_vec(), |d| vec![d]);
    let mut best: Option<(Binding, Layout)> = None;
    let mut tie = None;
    for delimiter in candidates.iter().copied() {
        let Some(row) = row_at(head, skipped, delimiter) else { continue };
        if row.end == head.len() && !all {
            return Ok(None);
        }
        let headers = match row.cells {
            Ok(headers) => headers,
            Err(line) => {
                let reason = format!(
                    "is not UTF-8 text (line {line}); declare `encoding` for it in the job, for example \"gb18030\" or \"windows-1252\""
                );
                return Err(at(Code::NotText, 0, reason));
            }
        };
        let binding = bind(&headers);
        let start = if binding.headerless { skipped } else { row.end };
        let positions = binding.positions.clone();
        let layout = Layout { positions, headers, delimiter, start, line: row.line, titled: None };
        match &best {
            Some((known, _)) if known.found > binding.found => {}
            Some((known, other)) if known.found == binding.found => {
                if known.found > 0 {
                    tie = Some((other.delimiter, delimiter));
                } else if layout.headers.len() > other.headers.len() {
                    best = Some((binding, layout));
                }
            }
            _ => {
                tie = None;
                best = Some((binding, layout));
            }
        }
    }
    let Some((mut binding, mut layout)) = best else {
        return Err(at(Code::EmptyFile, 0, "has no header row".to_owned()));
    };
    if !binding.problems.is_empty()
        && let Some((below, at)) = below_titles(head, skipped, &candidates, bind, binding.found)
    {
        if at.start == head.len() && !all {
            return Ok(None);
        }
        (binding, layout, tie) = (below, at, None);
    }
    if let Some((one, other)) = tie
        && binding.problems.is_empty()
    {
        let reason = format!(
            "may be delimited by `{}` or `{}`: declare `delimiter` for this export in the job",
            char::from(one),
            char::from(other)
        );
        return Err(at(Code::AmbiguousColumn, layout.line, reason));
    }
    if binding.problems.is_empty() {
        return Ok(Some(layout));
    }
    Err(of_line(binding.problems, layout.line))
}

/// What stands between cells by the file's own word, and the bytes of it: Excel writes `sep=;` on a line of its own.
pub(in crate::ingest) fn said(head: &[u8]) -> (Option<u8>, usize) {
    let said = head.strip_prefix(b"sep=").and_then(|rest| Some((*rest.first()?, rest.get(1..)?)));
    match said {
        Some((delimiter, rest)) if DELIMITERS.contains(&delimiter) => {
            let line = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            (Some(delimiter), 5 + line)
        }
        _ => (None, 0),
    }
}

/// Problems of a header, which were reported without knowing on which line it stands.
pub(in crate::ingest) fn of_line(mut problems: Vec<Diagnostic>, line: u64) -> Vec<Diagnostic> {
    for problem in problems.iter_mut().filter(|problem| problem.place.line == 1) {
        problem.place.line = line;
    }
    problems
}

/// Rows that titles above a header may take.
const TITLE_ROWS: usize = 20;

/// The header below rows of titles: the first row in which every column is found, else the one that has the most of them,
/// if more than one and more than `found`.
fn below_titles(
    head: &[u8],
    skipped: usize,
    delimiters: &[u8],
    bind: &dyn Fn(&[String]) -> Binding,
    mut found: usize,
) -> Option<(Binding, Layout)> {
    let mut best = None;
    for delimiter in delimiters.iter().copied() {
        let mut start = skipped;
        for place in 0..TITLE_ROWS {
            let Some(Row { cells: Ok(headers), end, line }) = row_at(head, start, delimiter) else { break };
            let binding = bind(&headers);
            start = end;
            if place == 0 || binding.headerless {
                continue;
            }
            let positions = binding.positions.clone();
            let layout = Layout { positions, headers, delimiter, start, line, titled: Some(line) };
            if binding.problems.is_empty() {
                return Some((binding, layout));
            }
            if binding.found > found.max(1) {
                found = binding.found;
                best = Some((binding, layout));
            }
        }
    }
    best
}

/// A row of the beginning of a text.
struct Row {
    /// Its cells, or the line that is not text.
    cells: Result<Vec<String>, u64>,
    /// Where it ends.
    end: usize,
    /// Line on which it begins.
    line: u64,
}

/// The first row from `start` on that is not blank.
fn row_at(head: &[u8], start: usize, delimiter: u8) -> Option<Row> {
    let text = head.get(start..)?;
    let mut rows =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
    let mut row = csv::ByteRecord::new();
    while let Ok(true) = rows.read_byte_record(&mut row) {
        if row.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        let begin = start + row.position().map_or(0, |p| usize::try_from(p.byte()).unwrap_or(0));
        let end = start + usize::try_from(rows.position().byte()).unwrap_or(0);
        let raw = head.get(begin..end).unwrap_or_default();
        let ends = raw.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let mut lines = LineCount::new(1);
        let line = lines.of(head, begin + ends);
        let cells = match std::str::from_utf8(raw) {
            Ok(_) => Ok(row.iter().map(|cell| seen(&String::from_utf8_lossy(cell))).collect()),
            Err(e) => Err(lines.of(head, begin + e.valid_up_to())),
        };
        return Some(Row { cells, end, line });
    }
    None
}

/// Most names of columns that a message lists.
const LISTED: usize = 60;

/// Most characters of each.
const LONGEST: usize = 60;

/// Names of columns for a message.
fn listed(headers: &[String]) -> String {
    let names: Vec<_> = headers.iter().take(LISTED).map(|header| short(header, LONGEST)).collect();
    match headers.len() - names.len() {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// Position of each column, found by the job's name for it, else by its own name or an alias.
pub(in crate::ingest) fn bind(
    path: &Path,
    headers: &[String],
    export: &Export,
    columns: &[Column],
) -> Binding {
    let mut problems = Vec::new();
    let mut say = |code, reason| {
        let place = Place { path: path.to_owned(), line: 1, ..Place::default() };
        problems.push(Diagnostic::error(code, place, reason));
    };
    for renamed in export.columns.keys() {
        if !columns.iter().any(|c| c.name == renamed) {
            let known: Vec<&str> = columns.iter().map(|c| c.name).collect();
            let known = known.join(", ");
            say(
                Code::MissingColumn,
                format!("the job renames `{renamed}`, which is not a column of this export (known: {known})"),
            );
        }
    }
    for dated in export.date_formats.keys() {
        if !columns.iter().any(|c| c.name == dated) {
            say(
                Code::MissingColumn,
                format!("the job gives the form of dates in `{dated}`, which is not a column of this export"),
            );
        }
    }
    for worded in export.words.columns() {
        if !columns.iter().any(|c| c.name == worded) {
            say(
                Code::MissingColumn,
                format!("the job gives words of `{worded}`, which is not a column of this export"),
            );
        }
    }
    let bare: Vec<String> = headers.iter().map(|header| folded(header)).collect();
    let find = |name: &str| -> Vec<usize> {
        let name = folded(name);
        bare.iter().enumerate().filter(|(_, header)| **header == name).map(|(place, _)| place).collect()
    };
    let mut positions = Vec::new();
    for column in columns {
        let renamed = export.columns.get(column.name);
        let mut found: Vec<usize> = match renamed {
            Some(renamed) => find(renamed),
            None => std::iter::once(&column.name).chain(column.aliases).flat_map(|name| find(name)).collect(),
        };
        found.sort_unstable();
        found.dedup();
        let wanted = renamed.map_or(column.name, String::as_str);
        positions.push(match found.as_slice() {
            [one] => Some(*one),
            [] => {
                if column.required || renamed.is_some() {
                    let header = listed(headers);
                    say(Code::MissingColumn, format!("has no column `{wanted}` (its columns: {header})"));
                }
                None
            }
            several => {
                let names: Vec<&str> = several.iter().map(|i| headers[*i].as_str()).collect();
                let names = names.join("`, `");
                say(Code::AmbiguousColumn, format!("has several columns for `{}`: `{names}`", column.name));
                Some(several[0])
            }
        });
    }
    let found = positions.iter().flatten().count();
    Binding { positions, problems, found, headerless: false }
}

/// Ends of our names of columns that others leave out: `Unit price` is `unit_price_usd`.
const LEFT_OUT: [&str; 3] = ["_usd", "_quantity", "_date"];

/// Headers that are not read and differ by a slip of the pen, or by what they are counted in, from an optional column that is
/// absent: its values would be lost without a word.
pub(in crate::ingest) fn near_misses(layout: &Layout, columns: &[Column]) -> Vec<(String, &'static str)> {
    let Layout { headers, positions, .. } = layout;
    let unread = headers.iter().enumerate().filter(|(index, _)| !positions.contains(&Some(*index)));
    let absent: Vec<&Column> = columns
        .iter()
        .zip(positions)
        .filter(|(_, index)| index.is_none())
        .map(|(column, _)| column)
        .collect();
    let slip = |header: &str, name: &str| {
        let name = folded(name);
        let most = (name.chars().count() / 5).max(1);
        header.len().abs_diff(name.len()) <= 4 * most && strsim::osa_distance(header, &name) <= most
    };
    unread
        .filter_map(|(_, header)| {
            let bare = folded(header);
            let meant = absent.iter().find(|column| {
                let stem = LEFT_OUT.iter().find_map(|end| column.name.strip_suffix(end)).map(folded);
                stem.is_some_and(|stem| stem == bare)
                    || std::iter::once(&column.name).chain(column.aliases).any(|name| slip(&bare, name))
            })?;
            Some((header.clone(), meant.name))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] =
        &[required("order_id", &["order no"]), required("quantity", &[]), optional("line", &[])];

    fn found(text: &str, export: &Export) -> Result<Layout, Vec<Diagnostic>> {
        let path = Path::new("orders.csv");
        find(path, (text.as_bytes(), true), export, &|headers| bind(path, headers, export, COLUMNS))
            .map(|layout| layout.unwrap())
    }

    #[test]
    fn the_delimiter_is_the_one_that_finds_the_columns() {
        for (text, delimiter) in [
            ("order_id,quantity\n1,2\n", b','),
            ("Order-ID;Quantity\n1;2\n", b';'),
            ("ORDER NO\tquantity\n", b'\t'),
            ("order id|note, free|quantity\n", b'|'),
            ("sep=;\norder_id;quantity\n", b';'),
            ("\n;;\norder_id;quantity\n", b';'),
        ] {
            let layout = found(text, &Export::default()).unwrap();
            assert_eq!(layout.delimiter, delimiter, "{text}");
            assert_eq!(layout.positions[0], Some(0));
        }
    }

    #[test]
    fn what_is_wrong_with_a_header_is_named() {
        let code = |text: &str| found(text, &Export::default()).unwrap_err()[0].code;
        assert_eq!(code(""), Code::EmptyFile);
        assert_eq!(code("order_id,amount\n"), Code::MissingColumn);
        assert_eq!(code("order_id,order no,quantity\n"), Code::AmbiguousColumn);
        let renamed = Export {
            columns: [
                ("quantity".to_owned(), "数量".to_owned()),
                ("order_id".to_owned(), "合同编号".to_owned()),
            ]
            .into(),
            ..Export::default()
        };
        assert_eq!(found("合同编号;数量\n", &renamed).unwrap().positions, [Some(0), Some(1), None]);
        assert_eq!(found("合同编号;quantity\n", &renamed).unwrap_err()[0].code, Code::MissingColumn);
    }

    /// The line that says the delimiter ends where its line end begins.
    #[test]
    fn the_line_that_says_the_delimiter_has_its_length() {
        assert_eq!(said(b"sep=;\r\na;b"), (Some(b';'), 5));
        assert_eq!(said(b"sep=\t;;\na\tb"), (Some(b'\t'), 7));
        assert_eq!((said(b"sep=x\n"), said(b"a;b\n")), ((None, 0), (None, 0)));
    }
}
