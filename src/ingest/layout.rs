//! A header bound to column names, and the character between cells that makes it so.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::job::Export;

/// A column that an export has, by wafercast's name and the other names it is known by.
#[derive(Debug)]
pub(super) struct Column {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub required: bool,
}

/// A column that must be there.
pub(super) const fn required(name: &'static str, aliases: &'static [&'static str]) -> Column {
    Column { name, aliases, required: true }
}

/// A column that may be absent.
pub(super) const fn optional(name: &'static str, aliases: &'static [&'static str]) -> Column {
    Column { name, aliases, required: false }
}

/// Where the cells of each column are.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Position of each column in the file, by the order of the columns.
    pub positions: Vec<Option<usize>>,
    /// The header as it stands in the file.
    pub headers: Vec<String>,
    /// Character between cells.
    pub delimiter: u8,
    /// Bytes before the first row of data.
    pub start: usize,
    /// Line of the header, when rows that are not blank stand above it.
    pub titled: Option<u64>,
}

/// How a header is understood: where each column is, or everything that is wrong with it.
pub(super) struct Binding {
    pub positions: Vec<Option<usize>>,
    pub problems: Vec<Diagnostic>,
    /// Columns found: the most tells the right delimiter.
    pub found: usize,
    /// Whether the first row is data and not a header.
    pub headerless: bool,
}

/// Characters that may stand between cells.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Finds the header at the beginning of a text.
pub(super) fn find(
    path: &Path,
    head: &[u8],
    export: &Export,
    bind: &dyn Fn(&[String]) -> Binding,
) -> Result<Layout, Vec<Diagnostic>> {
    let at = |code, line: u64, reason: String| {
        vec![Diagnostic::error(code, Place { path: path.to_owned(), line, ..Place::default() }, reason)]
    };
    if head.iter().all(u8::is_ascii_whitespace) {
        return Err(at(Code::EmptyFile, 0, "is empty".to_owned()));
    }
    // Excel writes `sep=;` on a line of its own.
    let said = head.strip_prefix(b"sep=").and_then(|rest| Some((*rest.first()?, rest.get(1..)?)));
    let (said, skipped) = match said {
        Some((delimiter, rest)) if DELIMITERS.contains(&delimiter) => {
            let line = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |n| n + 1);
            (Some(delimiter), 5 + line)
        }
        _ => (None, 0),
    };
    let declared = export.delimiter.and_then(|d| u8::try_from(d).ok()).or(said);
    let candidates = declared.map_or(DELIMITERS.to_vec(), |d| vec![d]);
    let mut best: Option<(Binding, Layout)> = None;
    let mut tie = None;
    for delimiter in candidates.iter().copied() {
        let Some((headers, end)) = first_row(head.get(skipped..).unwrap_or_default(), delimiter) else {
            continue;
        };
        let headers = match headers {
            Ok(headers) => headers,
            Err(line) => {
                let reason = format!(
                    "is not UTF-8 text (line {line}); declare `encoding` for it in the job, for example \"gb18030\" or \"windows-1252\""
                );
                return Err(at(Code::NotText, 0, reason));
            }
        };
        let binding = bind(&headers);
        let start = skipped + if binding.headerless { 0 } else { end };
        let layout = Layout { positions: binding.positions.clone(), headers, delimiter, start, titled: None };
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
    let Some((binding, layout)) = best else {
        return Err(at(Code::EmptyFile, 0, "has no header row".to_owned()));
    };
    if !binding.problems.is_empty()
        && let Some(titled) = below_titles(head, skipped, &candidates, bind)
    {
        return Ok(titled);
    }
    if let Some((one, other)) = tie
        && binding.problems.is_empty()
    {
        let reason = format!(
            "may be delimited by `{}` or `{}`: declare `delimiter` for this export in the job",
            char::from(one),
            char::from(other)
        );
        return Err(at(Code::AmbiguousColumn, 1, reason));
    }
    if binding.problems.is_empty() { Ok(layout) } else { Err(binding.problems) }
}

/// Rows that titles above a header may take.
const TITLE_ROWS: usize = 20;

/// The header below rows of titles: the first row in which every column is found.
fn below_titles(
    head: &[u8],
    skipped: usize,
    delimiters: &[u8],
    bind: &dyn Fn(&[String]) -> Binding,
) -> Option<Layout> {
    for delimiter in delimiters.iter().copied() {
        let mut start = skipped;
        for _ in 0..TITLE_ROWS {
            let rest = head.get(start..)?;
            let Some((Ok(headers), end)) = first_row(rest, delimiter) else { break };
            let binding = bind(&headers);
            start += end;
            if binding.problems.is_empty() && !binding.headerless {
                let before = head.get(..start)?;
                let lines = memchr::memchr_iter(b'\n', before).count() as u64;
                let line = if before.ends_with(b"\n") { lines } else { lines + 1 };
                return Some(Layout {
                    positions: binding.positions,
                    headers,
                    delimiter,
                    start,
                    titled: Some(line),
                });
            }
        }
    }
    None
}

/// The cells of the first row that is not blank, or the line that is not text, and where the row ends.
fn first_row(text: &[u8], delimiter: u8) -> Option<(Result<Vec<String>, u64>, usize)> {
    let mut rows =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
    let mut row = csv::ByteRecord::new();
    while let Ok(true) = rows.read_byte_record(&mut row) {
        if row.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        let cells: Option<Vec<String>> = row
            .iter()
            .map(|cell| std::str::from_utf8(cell).ok().map(|text| text.trim().to_owned()))
            .collect();
        let line = row.position().map_or(1, csv::Position::line);
        let end = usize::try_from(rows.position().byte()).unwrap_or(0);
        return Some((cells.ok_or(line), end));
    }
    None
}

/// A header cell without what differs between systems: case, blanks, `_` and `-`.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// Position of each column, found by the job's name for it, else by its own name or an alias.
pub(super) fn bind(path: &Path, headers: &[String], export: &Export, columns: &[Column]) -> Binding {
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
    let find = |name: &str| -> Vec<usize> {
        headers.iter().enumerate().filter(|(_, h)| folded(h) == folded(name)).map(|(i, _)| i).collect()
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
                    let header = headers.join(", ");
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

/// Headers that are not read and differ by a slip of the pen from an optional column that is absent: its values
/// would be lost without a word.
pub(super) fn near_misses(layout: &Layout, columns: &[Column]) -> Vec<(String, &'static str)> {
    let Layout { headers, positions, .. } = layout;
    let unread = headers.iter().enumerate().filter(|(place, _)| !positions.contains(&Some(*place)));
    let absent: Vec<&Column> = columns
        .iter()
        .zip(positions)
        .filter(|(_, place)| place.is_none())
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
                std::iter::once(&column.name).chain(column.aliases).any(|name| slip(&bare, name))
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
        find(path, text.as_bytes(), export, &|headers| bind(path, headers, export, COLUMNS))
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
}
