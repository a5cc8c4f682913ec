//! Parts of a text as columns, or as rows.

use crate::diagnostic::Code;
use crate::job::{Extract, Missing, SplitRows, TextOf};

use super::frame::{Frame, builder, index};
use super::hand::Hand;
use super::pattern::Pattern;

/// Adds a column for every part that the patterns name.
pub(super) fn parts(hand: &mut Hand<'_>, step: &Extract, frame: Frame) -> Frame {
    let patterns: Result<Vec<Pattern>, String> =
        step.pattern.iter().map(|pattern| Pattern::new(pattern)).collect();
    let patterns = match patterns {
        Ok(patterns) => patterns,
        Err(reason) => {
            hand.refuse_file(Code::Step, reason);
            return frame;
        }
    };
    let mut names: Vec<&str> = Vec::new();
    for name in patterns.iter().flat_map(|pattern| &pattern.names) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    match (&step.column, step.of) {
        (Some(column), _) => of_column(hand, step, &patterns, (column, &names), frame),
        (None, of) => of_file(hand, step, &patterns, (of, &names), frame),
    }
}

/// What the first pattern that fits takes of a text, under all names; empty where a pattern has no such part.
fn taken<'t>(patterns: &[Pattern], names: &[&str], text: &'t str) -> Option<Vec<&'t str>> {
    patterns.iter().find_map(|pattern| {
        let taken = pattern.of(text)?;
        let part = |name: &&str| {
            let index = pattern.names.iter().position(|known| known == name)?;
            taken.get(index).copied()
        };
        Some(names.iter().map(|name| part(name).unwrap_or_default()).collect())
    })
}

fn of_column(
    hand: &mut Hand<'_>,
    step: &Extract,
    patterns: &[Pattern],
    (column, names): (&str, &[&str]),
    mut frame: Frame,
) -> Frame {
    let Some(place) = hand.find(&frame, column) else { return frame };
    if !names.iter().all(|name| hand.is_new(&frame, name, Some(place))) {
        return frame;
    }
    let mut cells: Vec<_> = names.iter().map(|_| builder(frame.height())).collect();
    for row in 0..frame.height() {
        let text = hand.text(&frame, place, row);
        let parts = text.and_then(|text| taken(patterns, names, text));
        if parts.is_none() && text.is_some() && step.missing == Missing::Refuse {
            let reason = format!("fits no pattern: {}", step.pattern.join(", "));
            hand.refuse(Code::Step, &frame, row, place, reason);
        }
        let parts = parts.unwrap_or_default();
        for (at, cells) in cells.iter_mut().enumerate() {
            cells.push(parts.get(at).copied().unwrap_or_default());
        }
    }
    for (name, cells) in names.iter().zip(cells) {
        let own = frame.places(name).contains(&place).then_some(place);
        frame.set(own, name, cells);
    }
    frame
}

fn of_file(
    hand: &mut Hand<'_>,
    step: &Extract,
    patterns: &[Pattern],
    (of, names): (Option<TextOf>, &[&str]),
    mut frame: Frame,
) -> Frame {
    if !names.iter().all(|name| hand.is_new(&frame, name, None)) {
        return frame;
    }
    let texts: Vec<String> = if of == Some(TextOf::Title) {
        // `Date` and what it is stand in two cells as often as in one.
        let filled = frame.titles.iter().map(|(_, cells)| {
            cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
        });
        let filled: Vec<Vec<&str>> = filled.collect();
        let cells = filled.iter().flatten().map(|cell| (*cell).to_owned());
        cells.chain(filled.iter().filter(|row| row.len() > 1).map(|row| row.join(" "))).collect()
    } else {
        hand.world.path().file_name().map(|name| name.to_string_lossy().into_owned()).into_iter().collect()
    };
    let parts = texts.iter().find_map(|text| taken(patterns, names, text));
    if parts.is_none() && step.missing == Missing::Refuse {
        let what = if of == Some(TextOf::Title) {
            "no title above the header"
        } else {
            "the name of the file does not"
        };
        let reason = if of == Some(TextOf::Title) {
            format!("{what} fits: {}", step.pattern.join(", "))
        } else {
            format!("{what} fit: {}", step.pattern.join(", "))
        };
        hand.refuse_file(Code::Step, reason);
        return frame;
    }
    let parts: Vec<String> = parts.unwrap_or_default().into_iter().map(str::to_owned).collect();
    for (at, name) in names.iter().enumerate() {
        let mut cells = builder(frame.height());
        let part = parts.get(at).map_or("", String::as_str);
        (0..frame.height()).for_each(|_| cells.push(part));
        frame.set(None, name, cells);
    }
    frame
}

/// A row for every part of a cell; a row without any stays.
pub(super) fn split(hand: &mut Hand<'_>, step: &SplitRows, frame: Frame) -> Frame {
    let Some(place) = hand.find(&frame, &step.column) else { return frame };
    let (mut rows, mut parts): (Vec<u32>, Vec<String>) = (Vec::new(), Vec::new());
    for row in 0..frame.height() {
        let cell = frame.cell(place, row);
        let before = rows.len();
        for part in cell.split(&step.by).map(str::trim).filter(|part| !part.is_empty()) {
            rows.push(index(row));
            parts.push(part.to_owned());
        }
        if rows.len() == before {
            rows.push(index(row));
            parts.push(String::new());
        }
    }
    let mut cells = builder(parts.len());
    parts.iter().for_each(|part| cells.push(part));
    let mut frame = frame.take(&rows);
    frame.set(Some(place), "", cells);
    frame
}
