//! Rows of one key as one row.

use crate::diagnostic::Code;
use crate::job::Group;
use crate::text::folded;

use super::decimal::Decimal;
use super::fill::keys;
use super::frame::{Frame, builder, index};
use super::hand::Hand;

/// What becomes of a column.
#[derive(Clone, Copy, PartialEq)]
enum How {
    Alike,
    Sum,
    Mean,
    First,
    Last,
    Drop,
}

/// Most lines that a message lists.
const LISTED: usize = 5;

/// Puts rows of one key together, in the place of the first.
pub(super) fn rows(hand: &mut Hand<'_>, step: &Group, frame: Frame) -> Frame {
    let mut how = vec![How::Alike; frame.width()];
    for (names, what) in [
        (&step.by, How::Alike),
        (&step.sum, How::Sum),
        (&step.mean, How::Mean),
        (&step.first, How::First),
        (&step.last, How::Last),
        (&step.drop, How::Drop),
    ] {
        for name in names {
            let Some(place) = hand.find(&frame, name) else { continue };
            if let Some(known) = how.get_mut(place) {
                if *known != How::Alike {
                    hand.refuse_file(Code::Step, format!("`{name}` is named twice"));
                }
                *known = what;
            }
        }
    }
    let Some(by) = hand.find_all(&frame, &step.by) else { return frame };
    if hand.failed() {
        return frame;
    }
    let (keys, count) = keys(&frame, &by);
    known_at_once(hand, &frame, &by, (&keys, count));
    let (mut first, mut last, mut sizes) = (vec![u32::MAX; count], vec![0_u32; count], vec![0_u32; count]);
    for (row, key) in keys.iter().enumerate() {
        let key = *key as usize;
        if let (Some(first), Some(last), Some(size)) =
            (first.get_mut(key), last.get_mut(key), sizes.get_mut(key))
        {
            *first = (*first).min(index(row));
            *last = index(row);
            *size += 1;
        }
    }
    let mut columns = Vec::new();
    for (place, how) in how.iter().enumerate() {
        let cells = match how {
            How::Drop => continue,
            How::First => frame.gathered(place, &first),
            How::Last => frame.gathered(place, &last),
            How::Alike => {
                alike(hand, &frame, place, (&keys, &first));
                frame.gathered(place, &first)
            }
            How::Sum | How::Mean => totals(hand, &frame, place, (&keys, count), *how),
        };
        columns.push((frame.header(place).to_owned(), cells));
    }
    if let Some(name) = &step.count
        && hand.is_new(&frame, name, None)
    {
        let mut cells = builder(count);
        sizes.iter().for_each(|size| cells.push(size.to_string()));
        columns.push((name.clone(), cells));
    }
    let lines = first.iter().filter_map(|row| frame.lines.get(*row as usize).copied()).collect();
    frame.with_columns(columns, lines)
}

/// Refuses rows of one key of which some are dated after the as-of date: their sum would hold what is not known yet.
fn known_at_once(hand: &mut Hand<'_>, frame: &Frame, by: &[usize], (keys, count): (&[u32], usize)) {
    let names = hand.world.dated();
    let dated = |place: &usize| names.iter().any(|name| folded(name) == folded(frame.header(*place)));
    let Some(place) = (0..frame.width()).find(dated).filter(|place| !by.contains(place)) else { return };
    let mut known: Vec<Option<usize>> = vec![None; count];
    let mut later = Vec::new();
    for (row, key) in keys.iter().enumerate() {
        let Some(text) = hand.text(frame, place, row) else { continue };
        let Ok(day) = hand.world.day(frame.header(place), text) else { continue };
        if day > hand.world.as_of() {
            later.push((row, *key));
        } else if let Some(first @ None) = known.get_mut(*key as usize) {
            *first = Some(row);
        }
    }
    let mixed = later.into_iter().filter_map(|(row, key)| Some((row, (*known.get(key as usize)?)?)));
    for (row, other) in mixed.take(LISTED).collect::<Vec<_>>() {
        let line = frame.lines.get(other).copied().unwrap_or_default();
        let as_of = hand.world.as_of();
        let reason = format!(
            "is after the as-of date, {as_of}, and line {line} of the same key is not: name the column in by, so that later days stand apart"
        );
        hand.refuse(Code::Contradiction, frame, row, place, reason);
    }
}

/// Tells cells that differ within a key.
fn alike(hand: &mut Hand<'_>, frame: &Frame, place: usize, (keys, first): (&[u32], &[u32])) {
    let mut reported = 0;
    for (row, key) in keys.iter().enumerate() {
        let Some(above) = first.get(*key as usize).map(|row| *row as usize).filter(|above| *above != row)
        else {
            continue;
        };
        let (one, other) = (frame.cell(place, above).trim(), frame.cell(place, row).trim());
        if one != other {
            reported += 1;
            if reported > LISTED {
                break;
            }
            let line = frame.lines.get(above).copied().unwrap_or_default();
            let reason = format!(
                "differs from `{one}` of line {line}, which has the same key: name the column in sum, mean, first, last, drop or by"
            );
            hand.refuse(Code::Contradiction, frame, row, place, reason);
        }
    }
}

/// Sums or means of a column, by key; empty where all cells are.
fn totals(
    hand: &mut Hand<'_>,
    frame: &Frame,
    index: usize,
    (keys, count): (&[u32], usize),
    how: How,
) -> super::cells::Cells {
    let mut sums = vec![(Decimal::ZERO, 0_u32); count];
    for (row, key) in keys.iter().enumerate() {
        let Some(Some(number)) = hand.number(frame, index, row) else { continue };
        let Some((sum, filled)) = sums.get_mut(*key as usize) else { continue };
        match sum.plus(number) {
            Some(more) => (*sum, *filled) = (more, *filled + 1),
            None => hand.refuse(Code::BadNumber, frame, row, index, "is too large to add up".to_owned()),
        }
    }
    let mut cells = builder(count);
    for (key, (sum, filled)) in sums.iter().enumerate() {
        let value = match (*filled, how) {
            (0, _) => None,
            (filled, How::Mean) => Decimal::of(f64::from(filled)).and_then(|count| sum.over(count)),
            _ => Some(*sum),
        };
        if how == How::Sum && sum.is_negative() {
            below_zero(hand, frame, index, (keys, key), *sum);
        }
        cells.push(value.map(|value| hand.written(value)).unwrap_or_default());
    }
    cells
}

/// Reports a sum below 0 with the lines that make it.
fn below_zero(hand: &mut Hand<'_>, frame: &Frame, place: usize, (keys, key): (&[u32], usize), sum: Decimal) {
    let rows: Vec<usize> =
        (0..frame.height()).filter(|row| keys.get(*row).is_some_and(|k| *k as usize == key)).collect();
    let lines: Vec<String> =
        rows.iter().take(LISTED).filter_map(|row| frame.lines.get(*row)).map(u64::to_string).collect();
    let more = rows.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let reason = format!(
        "adds up to {} over line(s) {}{more}: it must not be below 0",
        sum.text('.'),
        lines.join(", ")
    );
    let row =
        rows.into_iter().find(|row| frame.cell(place, *row).trim().starts_with('-')).unwrap_or_default();
    hand.refuse(Code::BadNumber, frame, row, place, reason);
}
