//! Cells filled: from the row above, with a constant, with running numbers.

use std::collections::BTreeMap;

use crate::job::{Constant, FillDown, NumberRows};

use super::frame::{Frame, builder};
use super::hand::Hand;

/// Fills rows from those above that they belong to.
pub(super) fn down(hand: &mut Hand<'_>, step: &FillDown, mut frame: Frame) -> Frame {
    let Some(columns) = hand.find_all(&frame, &step.columns) else { return frame };
    let Some(key) = hand.find_all(&frame, &step.by) else { return frame };
    let mut filled: Vec<_> = columns.iter().map(|_| builder(frame.height())).collect();
    // For each column, the row whose cell counts at the moment.
    let mut sources: Vec<Option<usize>> = vec![None; columns.len()];
    let mut before: Option<usize> = None;
    for row in 0..frame.height() {
        let has = |index: usize| hand.text(&frame, index, row).is_some();
        let belongs = if key.is_empty() {
            columns.first().is_some_and(|first| !has(*first))
        } else {
            before.is_some_and(|above| {
                key.iter().all(|index| frame.cell(*index, above).trim() == frame.cell(*index, row).trim())
            })
        };
        for ((index, source), cells) in columns.iter().zip(&mut sources).zip(&mut filled) {
            let own = has(*index);
            if own || !belongs {
                *source = own.then_some(row);
            }
            cells.push(frame.cell(*index, source.unwrap_or(row)));
        }
        before = Some(row);
    }
    for (index, cells) in columns.into_iter().zip(filled) {
        frame.set(Some(index), "", cells);
    }
    frame
}

/// Adds a column of one value, or fills the empty cells of one.
pub(super) fn constant(hand: &mut Hand<'_>, step: &Constant, mut frame: Frame) -> Frame {
    let mut cells = builder(frame.height());
    if step.where_empty {
        let Some(index) = hand.find(&frame, &step.column) else { return frame };
        for row in 0..frame.height() {
            match hand.text(&frame, index, row) {
                Some(_) => cells.push(frame.cell(index, row)),
                None => cells.push(&step.value),
            }
        }
        frame.set(Some(index), "", cells);
    } else if hand.is_new(&frame, &step.column, None) {
        (0..frame.height()).for_each(|_| cells.push(&step.value));
        frame.set(None, &step.column, cells);
    }
    frame
}

/// Numbers rows from 1, within each key.
pub(super) fn number(hand: &mut Hand<'_>, step: &NumberRows, mut frame: Frame) -> Frame {
    let Some(key) = hand.find_all(&frame, &step.by) else { return frame };
    if !hand.is_new(&frame, &step.column, None) {
        return frame;
    }
    let (keys, count) = keys(&frame, &key);
    let mut next = vec![0_u64; count];
    let mut cells = builder(frame.height());
    for key in keys {
        if let Some(number) = next.get_mut(key as usize) {
            *number += 1;
            cells.push(number.to_string());
        }
    }
    frame.set(None, &step.column, cells);
    frame
}

/// The key of every row as a number, in the order in which keys are first there, and how many there are.
pub(super) fn keys(frame: &Frame, places: &[usize]) -> (Vec<u32>, usize) {
    let mut known: BTreeMap<String, u32> = BTreeMap::new();
    let (mut text, mut before) = (String::new(), String::new());
    let mut keys: Vec<u32> = Vec::with_capacity(frame.height());
    for row in 0..frame.height() {
        text.clear();
        for place in places {
            text.push_str(frame.cell(*place, row).trim());
            text.push('\u{1f}');
        }
        // Rows of one key mostly follow each other.
        if let Some(key) = keys.last().copied().filter(|_| text == before) {
            keys.push(key);
            continue;
        }
        before.clone_from(&text);
        let next = super::frame::index(known.len());
        let key = match known.get(&text) {
            Some(key) => *key,
            None => *known.entry(text.clone()).or_insert(next),
        };
        keys.push(key);
    }
    let count = known.len();
    (keys, count)
}
