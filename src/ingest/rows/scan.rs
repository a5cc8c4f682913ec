//! One validating pass over a file: pieces of it go to threads, each row once to a reader of rows.

use std::io;
use std::sync::{Mutex, PoisonError};

use csv::StringRecord;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::ingest::cells::empty::stands_for_none;
use crate::ingest::cells::table::{Findings, Row, Table};
use crate::ingest::files::chunks::{Chunk, Chunks};
use crate::ingest::files::json::Json;
use crate::ingest::files::lines::LineCount;
use crate::ingest::files::parquet::{Parquet, Refused};
use crate::ingest::files::record;

/// Words that mark a row of sums at the end of an export.
const TOTALS: &[&str] = &[
    "total",
    "totals",
    "grand total",
    "overall total",
    "sum",
    "sums",
    "subtotal",
    "sub-total",
    "sub total",
    "summe",
    "gesamt",
    "gesamtsumme",
    "zwischensumme",
    "gesamtergebnis",
    "合计",
    "总计",
    "总和",
    "小计",
    "合計",
    "総計",
    "小計",
    "합계",
    "총계",
    "소계",
    "итого",
    "всего",
    "общий итог",
    "подытог",
    "totale",
    "totale generale",
    "total general",
    "total général",
    "sous-total",
    "suma",
    "suma total",
    "soma",
    "razem",
    "suma końcowa",
    "totaal",
    "eindtotaal",
    "yhteensä",
    "összesen",
    "i alt",
    "сумма",
    "tổng cộng",
    "tổng",
    "σ",
    "∑",
    "result",
    "overall result",
    "ergebnis",
    "toplam",
    "genel toplam",
    "celkem",
    "summa",
    "totalt",
    "المجموع",
    "الإجمالي",
];

/// What one thread has in hand: what the rows go into, and what was found wrong with them.
struct Worker<'a, S> {
    table: Table<'a>,
    state: S,
}

/// Reads a text with `workers` threads. Every row goes to `each` with the state of its thread, made by `start`.
///
/// # Errors
/// The operating system's, when the file cannot be read to its end.
pub(in crate::ingest) fn text<'t, S: Send>(
    chunks: Chunks,
    table: &dyn Fn() -> Table<'t>,
    workers: usize,
    start: &(dyn Fn() -> S + Sync),
    each: &(dyn Fn(&mut Table<'_>, &Row<'_>, &mut S) -> bool + Sync),
) -> io::Result<(Vec<S>, Findings)> {
    let chunks = Mutex::new(chunks);
    let hands: Vec<Worker<'t, S>> =
        (0..workers.max(1)).map(|_| Worker { table: table(), state: start() }).collect();
    let work = |mut worker: Worker<'t, S>| -> io::Result<(S, Findings)> {
        let mut used = None;
        loop {
            let next = chunks.lock().unwrap_or_else(PoisonError::into_inner).next(used.take())?;
            let Some(chunk) = next else { break };
            let Worker { table, state } = &mut worker;
            piece(&chunk, table, &mut |table, row| each(table, row, state));
            used = Some(chunk.bytes);
        }
        Ok((worker.state, worker.table.found))
    };
    let others = hands.len() - 1;
    let hands = Mutex::new(hands);
    let take = || hands.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let done: Vec<io::Result<(S, Findings)>> = std::thread::scope(|scope| {
        let (work, take) = (&work, &take);
        // A thread that the system does not give is work that the others do.
        let threads: Vec<_> = (0..others)
            .filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, move || take().map(work)).ok())
            .collect();
        let mut done: Vec<_> = std::iter::from_fn(take).map(work).collect();
        for thread in threads {
            done.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    let (mut states, mut found) = (Vec::new(), Findings::default());
    for result in done {
        let (state, findings) = result?;
        states.push(state);
        found.merge(findings);
    }
    Ok((states, found))
}

/// Reads the rows of a piece.
pub(in crate::ingest) fn piece(
    chunk: &Chunk,
    table: &mut Table<'_>,
    each: &mut dyn FnMut(&mut Table<'_>, &Row<'_>) -> bool,
) {
    let text = match std::str::from_utf8(&chunk.bytes) {
        Ok(text) => text,
        Err(e) => {
            let line = LineCount::new(chunk.first_line).of(&chunk.bytes, e.valid_up_to());
            let reason = format!(
                "is not UTF-8 text (first bad byte on line {line}); declare `encoding` for it in the job, for example \"gb18030\" or \"windows-1252\""
            );
            table.found.problems.push(Diagnostic::error(Code::NotText, Place::file(table.path), reason));
            return;
        }
    };
    if chunk.last {
        let line = || LineCount::new(chunk.first_line).of(&chunk.bytes, chunk.bytes.len());
        table.found.end = Some(if text.ends_with(['\n', '\r']) { Ok(()) } else { Err(line()) });
    }
    let delimiter = table.layout.delimiter;
    let few = memchr::memchr_iter(b'"', &chunk.bytes).take(FEW_QUOTES + 1).count() <= FEW_QUOTES;
    if !few || !record::is_plain(text, delimiter) {
        let (mut at, mut line) = (0, chunk.first_line);
        quoted(chunk, (&mut at, &mut line), usize::MAX, table, each);
        return;
    }
    // Rows without a quote are cut where they lie, those between by the crate.
    let (mut at, mut line) = (0, chunk.first_line);
    while at < text.len() {
        let rest = chunk.bytes.get(at..).unwrap_or_default();
        let plain = match memchr::memchr(b'"', rest) {
            None => text.len(),
            Some(quote) => {
                let before = rest.get(..quote).unwrap_or_default();
                at + memchr::memrchr(b'\n', before).map_or(0, |place| place + 1)
            }
        };
        let mut row = Row::of_text(text.get(..plain).unwrap_or_default(), line, chunk.first_line);
        while let Some(next) = row.cut(at, delimiter) {
            if !row.is_empty_line() {
                take(table, &row, each);
            }
            row.line += 1;
            at = next;
        }
        line = row.line;
        if at < text.len() {
            quoted(chunk, (&mut at, &mut line), 1, table, each);
        }
    }
}

/// Quotes of a piece up to which rows without one are cut by themselves.
const FEW_QUOTES: usize = 64;

/// Reads so many rows, with quotes and carriage returns, from a place and its line on; leaves both behind them.
fn quoted(
    chunk: &Chunk,
    (at, at_line): (&mut usize, &mut u64),
    most: usize,
    table: &mut Table<'_>,
    each: &mut dyn FnMut(&mut Table<'_>, &Row<'_>) -> bool,
) {
    let bytes = chunk.bytes.get(*at..).unwrap_or_default();
    let quotes = memchr::memchr(b'"', bytes).is_some();
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(table.layout.delimiter)
        .from_reader(bytes);
    let mut lines = LineCount::new(*at_line);
    let mut record = csv::StringRecord::new();
    let mut memory = Row::default();
    let mut end = 0;
    for _ in 0..most {
        let more = rows.read_record(&mut record);
        let begin = record.position().map_or(0, |p| usize::try_from(p.byte()).unwrap_or(0));
        end = usize::try_from(rows.position().byte()).unwrap_or(0);
        // Ends of the line before, and of lines without anything, come before the row.
        let mut raw = bytes.get(begin..end).unwrap_or_default();
        while let Some((b'\r' | b'\n', rest)) = raw.split_first() {
            raw = rest;
        }
        let line = lines.of(bytes, end - raw.len());
        match more {
            Ok(true) => {}
            Ok(false) => break,
            Err(e) => {
                let place = Place { path: table.path.to_owned(), line, ..Place::default() };
                table.found.problems.push(Diagnostic::error(Code::NotText, place, e.to_string()));
                end = bytes.len();
                break;
            }
        }
        if quotes && let Err(reason) = well_quoted(raw, table.layout.delimiter) {
            table.reject(line, None, "", (Code::BadQuote, reason.to_owned()));
            continue;
        }
        let mut row = Row::of(&record, memory);
        (row.line, row.piece) = (line, chunk.first_line);
        take(table, &row, each);
        memory = row.emptied();
    }
    *at_line = lines.of(bytes, end);
    *at += end.max(1);
}

/// Gives a row to its reader, where it is data.
fn take(table: &mut Table<'_>, row: &Row<'_>, each: &mut dyn FnMut(&mut Table<'_>, &Row<'_>) -> bool) {
    if admit(table, row) {
        let used = each(table, row);
        table.found.used += u64::from(used);
        table.found.seen.row(used);
    }
}

/// Whether a row is data: blank rows are passed over, totals noted, wrong numbers of cells reported.
fn admit(table: &mut Table<'_>, row: &Row<'_>) -> bool {
    let width = table.layout.headers.len();
    let cells = row.len();
    let empty = table.empty;
    let blank = |cell: &str| blank(cell) || (!empty.is_empty() && stands_for_none(cell.trim(), empty));
    if row.get(0).is_none_or(blank) && row.cells().all(blank) {
        return false;
    }
    if width == 0 {
        // Rows of a file whose header is found later.
        return true;
    }
    let lacks = |place: &usize| row.get(*place).is_none_or(blank);
    let lacking = table.required.iter().any(lacks);
    // A word for totals where a day must stand is one, too; as a customer it may be a name.
    let instead_of_a_day = |place: &usize| row.get(*place).is_some_and(is_total);
    if (cells < width || lacking || table.days.iter().any(instead_of_a_day)) && row.cells().any(is_total) {
        table.found.totals.push(row.line);
        return false;
    }
    table.found.last_row = table.found.last_row.max(row.line);
    table.found.seen.rows += 1;
    if cells == width || (cells > width && row.cells().skip(width).all(blank)) {
        if !lacking {
            return true;
        }
        let missing: Vec<usize> = table.required.iter().copied().filter(lacks).collect();
        let Some(reason) = lacks_most(table, &missing) else { return true };
        table.reject(row.line, None, "", (Code::EmptyCell, reason));
        return false;
    }
    let reason = format!("the row has {cells} cells, the header has {width}");
    table.reject(row.line, None, "", (Code::WrongCellCount, reason));
    false
}

/// Required columns from which on a row that lacks most of them is told as one that is no data, and not cell by cell.
const MANY: usize = 3;

/// What is said of a row that lacks half of the cells that a row must have: a sum, a heading, a note, or a line below its head.
fn lacks_most(table: &Table<'_>, missing: &[usize]) -> Option<String> {
    let all = table.required.len();
    if missing.is_empty() || all < MANY || missing.len() * 2 < all {
        return None;
    }
    let names: Vec<&str> =
        missing.iter().filter_map(|place| table.layout.headers.get(*place)).map(String::as_str).collect();
    let first = names.first().copied().unwrap_or_default();
    let fill = if (all - missing.len()) * 3 >= all {
        "where it is a line below the head of its order, fill it by step = \"fill_down\"; "
    } else {
        ""
    };
    Some(format!(
        "the row lacks {} of the {all} cells that it must have ({}): {fill}where it is a sum, heading or note, leave it out by step = \"skip_rows\", column = \"{first}\", empty = true",
        names.len(),
        names.join(", ")
    ))
}

fn blank(cell: &str) -> bool {
    !cell.as_bytes().first().is_some_and(u8::is_ascii_graphic) && cell.trim().is_empty()
}

/// Whether a cell holds a word for totals.
pub(in crate::ingest) fn is_total(cell: &str) -> bool {
    if cell.as_bytes().first().is_none_or(u8::is_ascii_digit) {
        return false;
    }
    // `** Total **`, `Total: `, `Total (72)`.
    let bare = cell.trim().trim_matches(['*', '=', '-']).trim();
    let bare = match bare.split_once('(') {
        Some((word, count)) if count.trim_end_matches(')').bytes().all(|b| b.is_ascii_digit()) => word,
        _ => bare,
    };
    let word = bare.trim_end().trim_end_matches([':', '：']).trim_end().to_lowercase();
    TOTALS.contains(&word.as_str())
}

/// Whether every quoted cell of a row ends where a cell may end. A quote too many or too few would make one row
/// swallow others without a word.
fn well_quoted(raw: &[u8], delimiter: u8) -> Result<(), &'static str> {
    let mut place = 0;
    while let Some(byte) = raw.get(place) {
        if *byte == b'"' {
            place += 1;
            loop {
                match memchr::memchr(b'"', raw.get(place..).unwrap_or_default()) {
                    None => return Err("a quote is opened here and never closed"),
                    Some(ahead) => place += ahead + 1,
                }
                if raw.get(place) == Some(&b'"') {
                    place += 1;
                } else {
                    break;
                }
            }
            match raw.get(place) {
                None | Some(b'\r' | b'\n') => {}
                Some(byte) if *byte == delimiter => {}
                Some(_) => return Err("a quoted cell goes on after its closing quote"),
            }
        }
        match memchr::memchr(delimiter, raw.get(place..).unwrap_or_default()) {
            Some(ahead) => place += ahead + 1,
            None => break,
        }
    }
    Ok(())
}

/// Reads the rows of a Parquet table. A row's line is its number plus one, as if it had a header line.
pub(in crate::ingest) fn parquet<S>(
    file: &Parquet,
    mut table: Table<'_>,
    room: u64,
    mut state: S,
    each: &dyn Fn(&mut Table<'_>, &Row<'_>, &mut S) -> bool,
) -> Result<(Vec<S>, Findings), Refused> {
    let wanted: Vec<usize> = table.layout.positions.iter().flatten().copied().collect();
    let (mut line, mut memory) = (1, Row::default());
    file.rows(&wanted, room, |record| {
        line += 1;
        memory = next(&mut table, (record, line), std::mem::take(&mut memory), &mut state, each);
    })?;
    Ok((vec![state], table.found))
}

/// Reads the rows of JSON. A row's line is its number in the list.
pub(in crate::ingest) fn json<S>(
    file: &Json,
    mut table: Table<'_>,
    mut state: S,
    each: &dyn Fn(&mut Table<'_>, &Row<'_>, &mut S) -> bool,
) -> (Vec<S>, Findings) {
    let wanted: Vec<usize> = table.layout.positions.iter().flatten().copied().collect();
    let (mut line, mut memory) = (0, Row::default());
    file.rows(&wanted, |record| {
        line += 1;
        memory = next(&mut table, (record, line), std::mem::take(&mut memory), &mut state, each);
    });
    (vec![state], table.found)
}

/// Reads a row that steps made, of a line of the file and a piece of them.
pub(super) fn shaped<S>(
    table: &mut Table<'_>,
    (record, line, piece): (&StringRecord, u64, u64),
    memory: Row<'static>,
    state: &mut S,
    each: &dyn Fn(&mut Table<'_>, &Row<'_>, &mut S) -> bool,
) -> Row<'static> {
    let mut row = Row::of(record, memory);
    (row.line, row.piece) = (line, piece);
    take(table, &row, &mut |table, row| each(table, row, state));
    row.emptied()
}

/// Reads the row of a record, with the memory of a row before it; returns that memory.
fn next<S>(
    table: &mut Table<'_>,
    (record, line): (&StringRecord, u64),
    memory: Row<'static>,
    state: &mut S,
    each: &dyn Fn(&mut Table<'_>, &Row<'_>, &mut S) -> bool,
) -> Row<'static> {
    let mut row = Row::of(record, memory);
    row.line = line;
    take(table, &row, &mut |table, row| each(table, row, state));
    row.emptied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_known_in_other_languages_and_customers_are_none() {
        for text in [
            "Total",
            "Razem",
            "** Total **",
            "Toplam (72)",
            "Σ",
            "合計",
            "Total général :",
            "Overall Total",
            "المجموع",
        ] {
            assert!(is_total(text), "{text}");
        }
        for text in ["Total Mining", "Total (Asia)", "Summa Industries", "100", ""] {
            assert!(!is_total(text), "{text}");
        }
    }

    #[test]
    fn quotes_end_where_a_cell_may_end() {
        let quoted = |text: &str, delimiter: u8| well_quoted(text.as_bytes(), delimiter);
        for text in ["a,b,c", ",,", "a,\"b,b\",c\r\n", "\"a \"\"b\"\" c\",\"d\"", "a,\"\",c", "12\" rack,b"] {
            assert_eq!(quoted(text, b','), Ok(()), "{text}");
        }
        assert_eq!(quoted("\"a\";\"b\"", b';'), Ok(()));
        for text in ["a,\"b", "a,\"b\"\"", "\"a,b"] {
            assert_eq!(quoted(text, b','), Err("a quote is opened here and never closed"), "{text}");
        }
        for (text, delimiter) in [("a,\"b\"c,d", b','), ("\"a\" ,b", b','), ("\"a\",\"b\"", b';')] {
            assert_eq!(
                quoted(text, delimiter),
                Err("a quoted cell goes on after its closing quote"),
                "{text}"
            );
        }
    }
}
