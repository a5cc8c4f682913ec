//! Rows left out, or kept: by their place, or by what stands in one column or several.

use crate::diagnostic::Code;
use crate::job::{Condition, Rows};
use crate::text::folded;

use super::World;
use super::frame::{self, Frame};
use super::hand::Hand;
use super::pattern::Pattern;

/// A condition on the cells of a column.
struct Looked {
    place: usize,
    empty: bool,
    zero: bool,
    words: Vec<String>,
    patterns: Vec<Pattern>,
}

impl Looked {
    /// `None` where the column is not there or a pattern is none, which is reported.
    fn new(hand: &mut Hand<'_>, frame: &Frame, condition: &Condition) -> Option<Self> {
        let patterns: Result<Vec<Pattern>, String> =
            condition.like.iter().map(|pattern| Pattern::new(pattern)).collect();
        let place = hand.find(frame, &condition.column);
        match patterns {
            Ok(patterns) => Some(Self {
                place: place?,
                empty: condition.empty,
                zero: condition.zero,
                words: condition.is.iter().map(|word| word.trim().to_lowercase()).collect(),
                patterns,
            }),
            Err(reason) => {
                hand.refuse_file(Code::Step, reason);
                None
            }
        }
    }

    fn holds(&self, world: &dyn World, text: &str) -> bool {
        (self.empty && world.is_empty(text))
            || self.words.iter().any(|word| alike(text, word))
            || self.patterns.iter().any(|pattern| pattern.is(text))
            || (self.zero && world.number(text).is_ok_and(|number| number == 0.0))
    }
}

/// Whether a text is a word that is written in small letters.
fn alike(text: &str, word: &str) -> bool {
    if text.is_ascii() { text.eq_ignore_ascii_case(word) } else { text.to_lowercase() == *word }
}

/// Leaves out the rows that a step means, or all others.
pub(super) fn choose(hand: &mut Hand<'_>, step: &Rows, frame: Frame, keep: bool) -> Frame {
    let mut conditions = Vec::new();
    for condition in step.conditions() {
        match Looked::new(hand, &frame, &condition) {
            Some(looked) => conditions.push(looked),
            None => return frame,
        }
    }
    let world = hand.world;
    let height = frame.height();
    let headers: Vec<String> = frame.headers.iter().map(|header| folded(header)).collect();
    // Cells of a column repeat themselves: one that is like the last is not looked at again.
    let mut last: Vec<Option<(&str, bool)>> = vec![None; conditions.len()];
    let mut chosen = Vec::new();
    for row in 0..height {
        let at_end = row < step.first as usize || row >= height.saturating_sub(step.last as usize);
        let meant = at_end
            || (step.header && repeats(&frame, &headers, row))
            || (!conditions.is_empty()
                && conditions.iter().zip(&mut last).all(|(condition, last)| {
                    let text = frame.cell(condition.place, row).trim();
                    match *last {
                        Some((same, holds)) if same == text => holds,
                        _ => {
                            let holds = condition.holds(world, text);
                            *last = Some((text, holds));
                            holds
                        }
                    }
                }));
        if meant == keep {
            chosen.push(frame::index(row));
        }
    }
    let left = frame.take(&chosen);
    hand.skipped = (height - left.height()) as u64;
    left
}

/// Whether a row says the header once more: in every column, or in those of the file, behind which steps may have added others.
fn repeats(frame: &Frame, headers: &[String], row: usize) -> bool {
    let cells = headers.iter().enumerate();
    let same = cells.take_while(|(index, header)| folded(frame.cell(*index, row)) == **header).count();
    let named = headers.iter().take(same).filter(|header| !header.is_empty()).count();
    named > 0 && (same == headers.len() || (named > 1 && 2 * same >= headers.len()))
}
