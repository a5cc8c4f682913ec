//! Columns of a second file, by a key.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::job::{Join, Missing};

use super::frame::{Frame, builder};
use super::hand::Hand;

/// Takes over columns of the second file.
pub(super) fn columns(hand: &mut Hand<'_>, step: &Join, mut frame: Frame) -> Frame {
    let second = match hand.world.second(step) {
        Ok(second) => second,
        Err(problems) => {
            hand.refuse_with(problems);
            return frame;
        }
    };
    let here: Vec<String> = step.on.keys().cloned().collect();
    let there: Vec<String> = step.on.values().cloned().collect();
    let Some(here) = hand.find_all(&frame, &here) else { return frame };
    let (Some(there), Some(taken)) =
        (find_in(hand, step, &second, &there), find_in(hand, step, &second, &step.columns))
    else {
        return frame;
    };
    if !step.columns.iter().all(|name| hand.is_new(&frame, name, None)) {
        return frame;
    }
    let key = |frame: &Frame, places: &[usize], row: usize| {
        let part = |place: &usize| step.alike.apply(frame.cell(*place, row).trim()).into_owned();
        places.iter().map(part).collect::<Vec<_>>().join("\u{1f}")
    };
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for row in 0..second.height() {
        let text = key(&second, &there, row);
        if text.trim_matches('\u{1f}').is_empty() {
            continue;
        }
        if let Some(first) = rows.get(&text) {
            let alike = taken
                .iter()
                .all(|place| second.cell(*place, row).trim() == second.cell(*place, *first).trim());
            if !alike {
                let line = |row: usize| second.lines.get(row).copied().unwrap_or_default();
                let reason =
                    format!("has the key {} on line {} too, with other values", shown(&text), line(*first));
                hand.refuse_with(vec![Diagnostic::error(
                    Code::DuplicateRow,
                    place_of(step, line(row)),
                    reason,
                )]);
            }
        } else {
            rows.insert(text, row);
        }
    }
    let mut cells: Vec<_> = taken.iter().map(|_| builder(frame.height())).collect();
    for row in 0..frame.height() {
        let text = key(&frame, &here, row);
        let found = rows.get(&text);
        if found.is_none()
            && step.missing == Missing::Refuse
            && let Some(place) = here.first()
        {
            let reason = format!("{} has no row for it", step.path.display());
            hand.refuse(Code::Step, &frame, row, *place, reason);
        }
        for (place, cells) in taken.iter().zip(&mut cells) {
            cells.push(found.map_or("", |row| second.cell(*place, *row)));
        }
    }
    for (name, cells) in step.columns.iter().zip(cells) {
        frame.set(None, name, cells);
    }
    frame
}

/// A key as messages show it.
fn shown(key: &str) -> String {
    format!("`{}`", key.replace('\u{1f}', " / "))
}

fn place_of(step: &Join, line: u64) -> Place {
    Place { line, ..Place::file(&step.path) }
}

/// The places of columns of the second file.
fn find_in(hand: &mut Hand<'_>, step: &Join, second: &Frame, names: &[String]) -> Option<Vec<usize>> {
    let mut places = Vec::new();
    for name in names {
        if let [one] = second.places(name).as_slice() {
            places.push(*one);
        } else {
            let reason =
                format!("has no column `{name}`, or several (its columns: {})", second.headers.join(", "));
            let place = place_of(step, second.header_line);
            hand.refuse_with(vec![Diagnostic::error(Code::MissingColumn, place, reason)]);
        }
    }
    (places.len() == names.len()).then_some(places)
}
