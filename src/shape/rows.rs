//! Rows left out, or kept: by their place, or by what stands in one column.

use crate::diagnostic::Code;
use crate::job::Rows;
use crate::text::folded;

use super::frame::Frame;
use super::hand::Hand;
use super::pattern::Pattern;

/// Leaves out the rows that a step means, or all others.
pub(super) fn choose(hand: &mut Hand<'_>, step: &Rows, frame: Frame, keep: bool) -> Frame {
    let patterns: Result<Vec<Pattern>, String> =
        step.like.iter().map(|pattern| Pattern::new(pattern)).collect();
    let patterns = match patterns {
        Ok(patterns) => patterns,
        Err(reason) => {
            hand.refuse_file(Code::Step, reason);
            return frame;
        }
    };
    let index = match &step.column {
        None => None,
        Some(name) => match hand.find(&frame, name) {
            Some(index) => Some(index),
            None => return frame,
        },
    };
    let words: Vec<String> = step.is.iter().map(|word| word.trim().to_lowercase()).collect();
    let height = frame.height();
    let headers: Vec<String> = frame.headers.iter().map(|header| folded(header)).collect();
    let mut chosen = Vec::with_capacity(height);
    for row in 0..height {
        let at_end = row < step.first as usize || row >= height.saturating_sub(step.last as usize);
        let mut meant = at_end || (step.header && repeats(&frame, &headers, row));
        if let Some(index) = index.filter(|_| !meant) {
            let text = frame.cell(index, row).trim();
            meant = (step.empty && hand.world.is_empty(text))
                || words.iter().any(|word| text.eq_ignore_ascii_case(word) || text.to_lowercase() == *word)
                || patterns.iter().any(|pattern| pattern.is(text))
                || (step.zero && hand.world.number(text).is_ok_and(|number| number == 0.0));
        }
        chosen.push(meant);
    }
    let left = frame.filter(|row| chosen.get(row).copied().unwrap_or_default() == keep);
    hand.skipped = (height - left.height()) as u64;
    left
}

/// Whether a row says the header once more.
fn repeats(frame: &Frame, headers: &[String], row: usize) -> bool {
    !headers.is_empty()
        && headers.iter().enumerate().all(|(index, header)| folded(frame.cell(index, row)) == *header)
}
