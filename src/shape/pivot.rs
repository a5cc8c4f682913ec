//! Rows to columns: rows that each say one thing of a key become one row of the key.

use std::collections::BTreeMap;

use crate::diagnostic::Code;
use crate::job::Pivot;

use super::fill::keys;
use super::frame::{Frame, builder, index};
use super::hand::Hand;
use super::pattern::Pattern;

/// Puts the rows of each key into one, in the place of the first of them.
pub(super) fn rows(hand: &mut Hand<'_>, step: &Pivot, frame: Frame) -> Frame {
    let Some(by) = hand.find_all(&frame, &step.by) else { return frame };
    let (Some(name), Some(value)) = (hand.find(&frame, &step.name), hand.find(&frame, &step.value)) else {
        return frame;
    };
    let old = match &step.old {
        None => None,
        Some(old) => match hand.find(&frame, old) {
            Some(place) => Some(place),
            None => return frame,
        },
    };
    let ignored: Result<Vec<Pattern>, String> = step.ignore.iter().map(|text| Pattern::new(text)).collect();
    let ignored = match ignored {
        Ok(patterns) => patterns,
        Err(reason) => {
            hand.refuse_file(Code::Step, reason);
            return frame;
        }
    };
    // New columns in the order of their names; several words may mean one.
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    step.columns.values().for_each(|column| {
        let next = places.len();
        places.entry(column).or_insert(next);
    });
    if !places.keys().all(|column| hand.is_new(&frame, column, Some(name).filter(|_| *column == step.name))) {
        return frame;
    }
    let words: BTreeMap<String, usize> = step
        .columns
        .iter()
        .filter_map(|(word, column)| Some((word.trim().to_lowercase(), *places.get(column.as_str())?)))
        .collect();
    let (keys, count) = keys(&frame, &by);
    let mut said: Vec<Vec<Option<usize>>> = vec![vec![None; places.len()]; count];
    let mut first: Vec<Option<u32>> = vec![None; count];
    for (row, key) in keys.iter().enumerate() {
        let text = frame.cell(name, row).trim();
        let Some(place) = words.get(&text.to_lowercase()) else {
            if ignored.iter().any(|pattern| pattern.is(text)) {
                hand.skipped += 1;
            } else {
                let known: Vec<&str> = step.columns.keys().map(String::as_str).collect();
                let reason = format!("is none of {}: name it in columns or in ignore", known.join(", "));
                hand.refuse(Code::Step, &frame, row, name, reason);
            }
            continue;
        };
        let (Some(first), Some(cell)) = (
            first.get_mut(*key as usize),
            said.get_mut(*key as usize).and_then(|cells| cells.get_mut(*place)),
        ) else {
            continue;
        };
        if let Some(before) = *cell {
            let goes_on =
                old.is_some_and(|old| frame.cell(old, row).trim() == frame.cell(value, before).trim());
            if !goes_on {
                let line = frame.lines.get(before).copied().unwrap_or_default();
                let reason = format!(
                    "is said once more of the same key as on line {line}: give old = the column with the value before, which must be that of line {line}"
                );
                hand.refuse(Code::Contradiction, &frame, row, value, reason);
            }
        }
        *cell = Some(row);
        first.get_or_insert(index(row));
    }
    let kept: Vec<u32> = first.iter().flatten().copied().collect();
    let mut columns: Vec<_> =
        by.iter().map(|place| (frame.header(*place).to_owned(), frame.gathered(*place, &kept))).collect();
    for (column, place) in &places {
        let mut cells = builder(kept.len());
        for (rows, _) in said.iter().zip(&first).filter(|(_, first)| first.is_some()) {
            let row = rows.get(*place).copied().flatten();
            cells.push(row.map_or("", |row| frame.cell(value, row)));
        }
        columns.push(((*column).to_owned(), cells));
    }
    let lines = kept.iter().filter_map(|row| frame.lines.get(*row as usize).copied()).collect();
    frame.with_columns(columns, lines)
}
