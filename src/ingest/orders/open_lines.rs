//! Order lines with machines still to deliver, as customers know them: lots do not say whose they are.

use chrono::NaiveDate;

use crate::domain::Month;
use crate::job::ModelId;

use super::order::{Order, Segment};
use super::standing::Standing;

/// An order line with machines still to deliver at the as-of date.
#[derive(Clone, PartialEq, Debug)]
pub struct OpenLine {
    /// Order number.
    pub order: Box<str>,
    /// Line of the order; empty when the export has no such column.
    pub line: Box<str>,
    /// Who bought.
    pub customer: Box<str>,
    /// What kind of customer.
    pub segment: Segment,
    /// What was bought.
    pub model: ModelId,
    /// Contract signature.
    pub signed: NaiveDate,
    /// Whether it counts.
    pub standing: Standing,
    /// Share of its value that was received; `None` where price or payment are not known.
    pub received: Option<f64>,
    /// Machines still to deliver by the month in which the contract has them, the earliest first.
    pub due: Vec<(Month, u32)>,
}

/// Most open lines that are kept: of more, nobody reads who waits line by line, and memory would grow with the book.
const MOST: usize = 20_000;

/// The open lines of a book, or that there are too many of them.
#[derive(Debug, Default)]
pub(super) struct OpenLines {
    lines: Vec<OpenLine>,
    too_many: bool,
}

impl OpenLines {
    /// Adds a line, made only where it is kept.
    pub(super) fn add(&mut self, line: impl FnOnce() -> OpenLine) {
        if !self.too_many {
            self.lines.push(line());
            self.bound();
        }
    }

    /// Takes over what another thread kept.
    pub(super) fn merge(&mut self, other: Self) {
        self.too_many |= other.too_many;
        self.lines.extend(other.lines);
        self.bound();
    }

    fn bound(&mut self) {
        self.too_many |= self.lines.len() > MOST;
        if self.too_many {
            self.lines = Vec::new();
        }
    }

    /// The lines by order, line and customer: threads read in no order of their own. `None` where they are too many.
    pub(super) fn sorted(self) -> Option<Vec<OpenLine>> {
        let Self { mut lines, too_many } = self;
        lines.sort_by(|a, b| {
            let key = |l: &OpenLine| (l.signed, l.model, l.due.clone());
            (&a.order, &a.line, &a.customer)
                .cmp(&(&b.order, &b.line, &b.customer))
                .then_with(|| key(a).cmp(&key(b)))
        });
        (!too_many).then_some(lines)
    }
}

/// Machines still to deliver of an order of which so many left or lapsed, by the month in which the contract has them: what was
/// due first went first.
pub(super) fn still_due(order: &Order<'_>, mut gone: u32) -> impl Iterator<Item = (Month, u32)> {
    order.start.to(order.last_month()).filter_map(move |month| {
        let batch = order.due_in(month);
        let taken = batch.min(gone);
        gone -= taken;
        (batch > taken).then_some((month, batch - taken))
    })
}

impl OpenLine {
    /// Machines still to deliver.
    pub fn machines(&self) -> u64 {
        self.due.iter().map(|(_, machines)| u64::from(*machines)).sum()
    }

    /// A line of which so many machines left or lapsed.
    pub(in crate::ingest) fn new(order: &Order<'_>, gone: u32, standing: Standing) -> Self {
        let value = order.unit_price.map(|price| price.dollars() * f64::from(order.quantity));
        let received = order.prepaid.zip(value).filter(|(_, value)| *value > 0.0);
        Self {
            order: order.id.into(),
            line: order.line.into(),
            customer: order.customer.into(),
            segment: order.segment,
            model: order.model,
            signed: order.signed,
            standing,
            received: received.map(|(prepaid, value)| prepaid.dollars() / value),
            due: still_due(order, gone).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> OpenLine {
        OpenLine {
            order: "A".into(),
            line: "".into(),
            customer: "C".into(),
            segment: Segment::Retail,
            model: ModelId(0),
            signed: NaiveDate::MIN,
            standing: Standing::Secured,
            received: None,
            due: Vec::new(),
        }
    }

    /// 20,000 lines of two threads are kept, and not one more.
    #[test]
    fn so_many_lines_are_kept_and_of_more_none() {
        let lines = |n: usize| {
            let mut lines = OpenLines::default();
            (0..n).for_each(|_| lines.add(line));
            lines
        };
        let sorted = |one: usize, other: usize| {
            let mut all = lines(one);
            all.merge(lines(other));
            all.sorted().map(|lines| lines.len())
        };
        assert_eq!(sorted(MOST - 5, 5), Some(MOST));
        assert_eq!(sorted(MOST - 5, 6), None);
        assert_eq!((sorted(MOST, 0), sorted(MOST + 1, 0)), (Some(MOST), None));
    }
}
