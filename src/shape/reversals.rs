//! Negative rows taken off the rows that they reverse.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::diagnostic::Code;
use crate::job::NetReversals;

use super::decimal::Decimal;
use super::fill::keys;
use super::frame::{Frame, builder};
use super::hand::Hand;

/// Nets a quantity by key. A reversal takes off the newest rows of its day and before, first the nearest above it; rows dated
/// after the as-of date do not exist, so they stay as they are.
pub(super) fn net(hand: &mut Hand<'_>, step: &NetReversals, mut frame: Frame) -> Frame {
    let (Some(by), Some(quantity)) = (hand.find_all(&frame, &step.by), hand.find(&frame, &step.quantity))
    else {
        return frame;
    };
    let date = match &step.date {
        None => None,
        Some(name) => match hand.find(&frame, name) {
            Some(place) => Some(place),
            None => return frame,
        },
    };
    let (keys, _) = keys(&frame, &by);
    let mut left: Vec<Option<Decimal>> = Vec::with_capacity(frame.height());
    for row in 0..frame.height() {
        left.push(hand.number(&frame, quantity, row).flatten());
    }
    let reversing: Vec<usize> = (0..frame.height())
        .filter(|row| left.get(*row).is_some_and(|n| n.is_some_and(Decimal::is_negative)))
        .collect();
    if reversing.is_empty() || hand.failed() {
        return frame;
    }
    let wanted: Vec<u32> = reversing.iter().filter_map(|row| keys.get(*row).copied()).collect();
    // Rows of the keys that are reversed, by day where there is one.
    let mut of_key: BTreeMap<u32, Vec<(Option<NaiveDate>, usize)>> =
        wanted.into_iter().map(|k| (k, Vec::new())).collect();
    for (row, key) in keys.iter().enumerate() {
        let Some(rows) = of_key.get_mut(key) else { continue };
        let day = match date {
            None => None,
            Some(place) => {
                let text = frame.cell(place, row).trim().to_owned();
                match hand.world.day(frame.header(place), &text) {
                    Ok(day) => Some(day),
                    Err(reason) => {
                        hand.refuse(Code::BadDate, &frame, row, place, reason);
                        continue;
                    }
                }
            }
        };
        rows.push((day, row));
    }
    let mut gone = vec![false; frame.height()];
    for row in reversing {
        let Some(rows) = keys.get(row).and_then(|key| of_key.get_mut(key)) else { continue };
        rows.sort_unstable();
        let Some(at) = rows.iter().position(|(_, other)| *other == row) else { continue };
        let day = rows.get(at).and_then(|(day, _)| *day);
        if day.is_some_and(|day| day > hand.world.as_of()) {
            continue;
        }
        let Some(Some(taken)) = left.get(row).copied() else { continue };
        let mut open = Decimal::ZERO.minus(taken).unwrap_or(Decimal::ZERO);
        let sources: Vec<usize> = rows
            .iter()
            .rev()
            .filter(|(other, source)| if date.is_some() { *other <= day } else { *source < row })
            .map(|(_, source)| *source)
            .collect();
        for source in sources {
            let Some(Some(there)) = left.get(source).copied() else { continue };
            if open.is_zero() || there.is_negative() || there.is_zero() {
                continue;
            }
            let part = if there.less_than(open) { there } else { open };
            if let (Some(rest), Some(less), Some(cell)) =
                (open.minus(part), there.minus(part), left.get_mut(source))
            {
                (open, *cell) = (rest, Some(less));
                if less.is_zero()
                    && let Some(mark) = gone.get_mut(source)
                {
                    *mark = true;
                }
            }
        }
        if open.is_zero() {
            if let Some(mark) = gone.get_mut(row) {
                *mark = true;
            }
        } else {
            let reason = format!("reverses {} more than there is of its key up to it", open.text('.'));
            hand.refuse(Code::BadNumber, &frame, row, quantity, reason);
        }
    }
    let mut cells = builder(frame.height());
    for (row, number) in left.iter().enumerate() {
        let same = hand.number(&frame, quantity, row).flatten() == *number;
        match number {
            Some(number) if !same => cells.push(hand.written(*number)),
            _ => cells.push(frame.cell(quantity, row)),
        }
    }
    frame.set(Some(quantity), "", cells);
    hand.skipped = gone.iter().filter(|gone| **gone).count() as u64;
    frame.filter(|row| !gone.get(row).copied().unwrap_or_default())
}
