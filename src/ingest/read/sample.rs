//! A look at slices of the order lines before they are read, to guess between which limits prices are believed. A guess that
//! does not hold costs a second reading and nothing else: whatever goes wrong here is no guess.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::ingest::cells::layout::{self, Binding, Layout};
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::files::chunks::Chunk;
use crate::ingest::files::shapes::Made;
use crate::ingest::orders::in_usd::in_usd;
use crate::ingest::orders::row;
use crate::ingest::plausibility::orders::bands::Bands;
use crate::ingest::plausibility::orders::prices;
use crate::ingest::plausibility::orders::watch::Watch;
use crate::ingest::rows::reading::Reading;
use crate::ingest::rows::{scan, shaped};

use super::order_terms::Terms;

/// Bytes of all files from which on a second reading would be felt.
const LEAST: u64 = 8 << 20;

/// Slices of each file, evenly over it, and the bytes of one: some three hundred order lines.
const SLICES: u64 = 64;
const SLICE: usize = 1 << 15;

/// Rows of a shaped file that are looked at.
const ROWS: usize = 20_000;

/// Bytes in which the header is looked for.
const HEAD: u64 = 1 << 16;

/// Between which limits prices are believed, as far as slices of the files tell.
pub(in crate::ingest) fn guess(reading: &Reading<'_>, terms: Terms<'_>) -> Option<Bands> {
    let files = &terms.located.files;
    let bytes: u64 = files.iter().filter_map(|path| std::fs::metadata(path).ok()).map(|m| m.len()).sum();
    if bytes < LEAST {
        return None;
    }
    let mut watch = Watch::default();
    for path in files {
        if terms.located.export.steps.is_empty() {
            slices(path, terms, &mut watch)?;
        } else {
            let made = reading.shaped(path, terms.located, row::COLUMNS)?;
            of_shaped(path, &made, terms, &mut watch)?;
        }
    }
    prices::guess(&watch, terms.prices)
}

/// Notes the price of a row.
fn note(table: &mut Table<'_>, row: &Row<'_>, terms: Terms<'_>, watch: &mut Watch) {
    let order = row::order(table, row, terms.catalogue, terms.as_of);
    let order = order.filter(|signed| signed.option_until.is_none()).map(|signed| signed.order);
    if let Some(mut order) = order.and_then(|order| in_usd(table, row, order, terms.rates)) {
        watch.note(&mut order, (0, row.line), None);
    }
}

/// Looks at rows of a shaped file, evenly over it.
fn of_shaped(path: &Path, made: &Made, terms: Terms<'_>, watch: &mut Watch) -> Option<()> {
    let frame = &made.shaped.frame;
    let Binding { positions, problems, .. } = layout::bind(path, &frame.headers, &made.export, row::COLUMNS);
    if !problems.is_empty() {
        return None;
    }
    let (headers, line) = (frame.headers.clone(), frame.header_line);
    let layout = Layout { positions, headers, delimiter: b',', start: 0, line, titled: made.shaped.titled };
    let mut table = Table::new(path, &made.export, row::COLUMNS, &layout);
    let each = |table: &mut Table<'_>, row: &Row<'_>, watch: &mut Watch| {
        note(table, row, terms, watch);
        false
    };
    shaped::some(frame, &mut table, ROWS, watch, &each);
    Some(())
}

/// Looks at slices of one file; `None` of one that is not plain text in UTF-8.
fn slices(path: &Path, terms: Terms<'_>, watch: &mut Watch) -> Option<()> {
    let export = &terms.located.export;
    let mut file = File::open(path).ok()?;
    let size = file.metadata().ok()?.len();
    let mut head = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut head).ok()?;
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    let plain = text.first().is_some_and(|byte| byte.is_ascii_graphic() || !byte.is_ascii());
    if !plain || export.encoding.is_some() || text.contains(&0) || text.starts_with(b"PAR1") {
        return None;
    }
    let bind = |headers: &[String]| layout::bind(path, headers, export, row::COLUMNS);
    let layout = layout::find(path, (text, size <= HEAD), export, &bind).ok()??;
    let start = (head.len() - text.len() + layout.start) as u64;
    let mut table = Table::new(path, export, row::COLUMNS, &layout);
    let mut each = |table: &mut Table<'_>, row: &Row<'_>| {
        note(table, row, terms, watch);
        false
    };
    let mut slice = Vec::with_capacity(SLICE);
    for place in 0..SLICES {
        file.seek(SeekFrom::Start(start + size.saturating_sub(start) / SLICES * place)).ok()?;
        slice.clear();
        file.by_ref().take(SLICE as u64).read_to_end(&mut slice).ok()?;
        // The row in which a slice begins is not whole, nor is the last.
        let begin = memchr::memchr(b'\n', &slice)? + 1;
        let end = memchr::memrchr(b'\n', &slice)? + 1;
        let bytes = slice.get(begin..end).unwrap_or_default().to_vec();
        scan::piece(&Chunk { first_line: 1, bytes, last: false }, &mut table, &mut each);
        table.found.problems.clear();
    }
    Some(())
}
