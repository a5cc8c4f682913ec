//! What was seen of a file, so that a mapping is verified in one look.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::layout::{Column, Layout};

/// What was seen of a file.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Seen {
    /// Rows that are not blank and no row of sums.
    pub rows: u64,
    /// First and last date of the rows used: signed, shipped, counted, or the day of a value.
    pub dates: Option<(NaiveDate, NaiveDate)>,
    /// Last date of the rows after the as-of date, which do not exist, and its line.
    pub later: Option<(NaiveDate, u64)>,
    /// Columns read: our name, and the name in the file.
    pub columns: Vec<(String, String)>,
    /// Columns of the file that are not read.
    pub not_read: Vec<String>,
    /// What the rows come to in other currencies than USD, in hundredths, by currency.
    pub amounts: BTreeMap<String, i128>,
    /// The date of the row in hand.
    pub(super) row_date: Option<NaiveDate>,
}

impl Seen {
    /// A file of so many rows that nothing more is said of.
    pub(in crate::ingest) fn of_rows(rows: u64) -> Self {
        Self { rows, ..Self::default() }
    }

    /// Notes a date of the row in hand; the first one is the row's.
    pub(in crate::ingest) fn date(&mut self, date: NaiveDate) {
        self.row_date.get_or_insert(date);
    }

    /// Notes an amount in another currency; sums of whole hundredths are the same in any order.
    pub(in crate::ingest) fn amount(&mut self, code: &str, amount: f64) {
        *self.amounts.entry(code.to_owned()).or_default() += (amount * 100.0).round() as i128;
    }

    /// Notes a row dated after the as-of date.
    pub(in crate::ingest) fn later(&mut self, date: NaiveDate, line: u64) {
        self.later = self.later.max(Some((date, line)));
    }

    /// Ends a row.
    pub(in crate::ingest) fn row(&mut self, used: bool) {
        if let (Some(date), true) = (self.row_date.take(), used) {
            self.span(date, date);
        }
    }

    /// Takes in the days of other rows.
    pub(super) fn span(&mut self, first: NaiveDate, last: NaiveDate) {
        let (from, to) = self.dates.unwrap_or((first, last));
        self.dates = Some((from.min(first), to.max(last)));
    }

    /// Puts together what two threads saw.
    pub(in crate::ingest) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.later = self.later.max(other.later);
        for (code, amount) in &other.amounts {
            *self.amounts.entry(code.clone()).or_default() += amount;
        }
        if let Some((first, last)) = other.dates {
            self.span(first, last);
        }
    }

    /// Notes how the header was understood.
    pub(in crate::ingest) fn header(&mut self, layout: &Layout, columns: &[Column]) {
        let pairs = columns.iter().zip(&layout.positions);
        self.columns = pairs
            .filter_map(|(column, index)| {
                Some((column.name.to_owned(), layout.headers.get((*index)?)?.clone()))
            })
            .collect();
        let read = |index: usize| layout.positions.contains(&Some(index));
        self.not_read = layout
            .headers
            .iter()
            .enumerate()
            .filter(|(index, name)| !read(*index) && !name.trim().is_empty())
            .map(|(_, name)| name.clone())
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn what_two_threads_saw_is_put_together() {
        let mut all = Seen::of_rows(3);
        all.span(day("2025-02-01"), day("2025-03-01"));
        all.amount("EUR", 10.25);
        all.later(day("2025-10-01"), 7);
        let mut other = Seen::of_rows(2);
        other.span(day("2025-01-15"), day("2025-02-20"));
        other.amount("EUR", 0.5);
        other.amount("CNY", 7.0);
        other.later(day("2025-11-02"), 4);
        all.merge(&other);
        assert_eq!((all.rows, all.later), (5, Some((day("2025-11-02"), 4))));
        assert_eq!(all.dates, Some((day("2025-01-15"), day("2025-03-01"))));
        assert_eq!(all.amounts, [("CNY".to_owned(), 700), ("EUR".to_owned(), 1075)].into());
    }
}
