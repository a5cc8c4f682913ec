//! A total that stands on every batch of an order, shared among its batches.

use super::cells::Cells;

use crate::diagnostic::Code;

use super::decimal::Decimal;
use super::fill::keys;
use super::frame::{Frame, builder};
use super::hand::Hand;

/// Shares the total of each key among its rows: in order, each up to its quantity, or in proportion to the quantity. The first
/// place is the total, the last the quantity, those between the key. `None` where a cell is wrong, which is reported.
pub(super) fn of_total(
    hand: &mut Hand<'_>,
    frame: &Frame,
    places: &[usize],
    in_order: bool,
) -> Option<Cells> {
    let [total, key @ .., quantity] = places else { return None };
    let (keys, count) = keys(frame, key);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (row, key) in keys.iter().enumerate() {
        rows.get_mut(*key as usize)?.push(row);
    }
    let mut parts: Vec<Option<Decimal>> = vec![None; frame.height()];
    for rows in rows {
        let first = *rows.first()?;
        let Some(whole) = hand.number(frame, *total, first)? else { continue };
        let mut quantities = Vec::new();
        for row in &rows {
            if frame.cell(*total, *row).trim() != frame.cell(*total, first).trim() {
                let reason = "differs within its key: it must be the total of all its rows".to_owned();
                hand.refuse(Code::Contradiction, frame, *row, *total, reason);
                return None;
            }
            quantities.push(hand.number(frame, *quantity, *row)?.unwrap_or(Decimal::ZERO));
        }
        let shared = if in_order { filled(whole, &quantities) } else { in_proportion(whole, &quantities) };
        let Some(shared) = shared else {
            let reason = "is more than the quantities of its key add up to, or cannot be shared".to_owned();
            hand.refuse(Code::Contradiction, frame, first, *total, reason);
            return None;
        };
        for (row, part) in rows.iter().zip(shared) {
            *parts.get_mut(*row)? = Some(part);
        }
    }
    let mut cells = builder(frame.height());
    for part in parts {
        cells.push(part.map(|part| hand.written(part)).unwrap_or_default());
    }
    Some(cells)
}

/// Each filled up to its quantity, one after the other; `None` where something is left.
fn filled(whole: Decimal, quantities: &[Decimal]) -> Option<Vec<Decimal>> {
    let mut left = whole;
    let mut parts = Vec::new();
    for quantity in quantities {
        let part = if left.less_than(*quantity) { left } else { *quantity };
        left = left.minus(part)?;
        parts.push(part);
    }
    left.is_zero().then_some(parts)
}

/// In proportion, the last with what is left, so that they add up.
fn in_proportion(whole: Decimal, quantities: &[Decimal]) -> Option<Vec<Decimal>> {
    let all = quantities.iter().try_fold(Decimal::ZERO, |sum, quantity| sum.plus(*quantity))?;
    let (mut left, mut parts) = (whole, Vec::new());
    for (index, quantity) in quantities.iter().enumerate() {
        let part =
            if index + 1 == quantities.len() { left } else { whole.times(*quantity)?.over(all)?.cents() };
        left = left.minus(part)?;
        parts.push(part);
    }
    Some(parts)
}
