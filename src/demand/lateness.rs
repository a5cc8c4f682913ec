//! Customers who leave because their machine is late: orders cancelled or cut while past due, learned from the maker's own book.
//!
//! Of the orders past due at the end of a month the share r leaves in the next: r = (a + left) / (a / prior + order-months past due), a
//! Gamma prior that counts for `a` orders, moved by Poisson counts. Who waits w months has left with the share 1 - (1 - r)^w.

use crate::history::Book;
use crate::job::{Job, Wafers};

/// Prior share of late orders that leave in a month. Of 28 public purchase orders signed in 2021 six were cancelled or cut in the year in
/// which deliveries came late and the price fell: 6 / (28 x 12).
const PRIOR: f64 = 0.02;

/// Orders that the prior counts for.
const WEIGHT: f64 = 5.0;

/// How customers take it when their machines are late.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Lateness {
    /// Share of late orders that leave in a month.
    pub rate: f64,
    /// Orders seen to leave while past due.
    pub left: f64,
    /// Order-months past due that were seen.
    pub months: f64,
    /// Whether the job sets the rate.
    pub given: bool,
}

impl Lateness {
    /// From every order of the book, or as the job has it.
    pub fn new(book: &Book<'_>, job: &Job) -> Self {
        let (mut left, mut months) = (0.0, 0.0);
        for booked in book.lots.iter().filter(|booked| booked.is_demand()) {
            let lot = booked.lot;
            let size = lot.quantity as f64 / lot.orders.max(1) as f64;
            let from = book.deliveries_from.max(lot.terms.start + 1);
            let mut delivered: u64 = booked.shipped.range(..from).map(|(_, machines)| machines).sum();
            let ended = booked.ended();
            let last = book.as_of.min(lot.last_month() + book.past_due_months);
            for month in from.to(last.min(ended.unwrap_or(last))) {
                // Due by the end of the month before, and not there.
                let late = lot.due_by(month - 1).saturating_sub(delivered);
                let out = booked.shipped.get(&month).copied().unwrap_or(0);
                months += late as f64 / size;
                if ended == Some(month) && !booked.amended {
                    left += late.saturating_sub(out) as f64 / size;
                }
                delivered += out;
                if delivered >= lot.quantity {
                    break;
                }
            }
        }
        let learned = Self::of(left, months);
        let given = job.wafers.leave_share_per_month;
        given.map_or(learned, |share| Self { rate: share.get(), given: true, ..learned })
    }

    /// In a line.
    pub fn described(&self) -> String {
        let Self { rate, left, months, given } = self;
        let from = if *given { "the job's leave_share_per_month" } else { "the book" };
        format!(
            "{rate:.4} of late orders leave in a month, by {from} ({left:.0} left in {months:.0} order-months past due)"
        )
    }

    /// From orders that left while past due, and order-months past due.
    /// # Example
    /// Nothing seen: the prior. 3 orders that left in 150 order-months: (5 + 3) / (5 / 0.02 + 150) = 8 / 400.
    /// ```
    /// use wafercast::demand::Lateness;
    ///
    /// assert!((Lateness::of(0.0, 0.0).rate - 0.02).abs() < 1e-12);
    /// assert!((Lateness::of(3.0, 150.0).rate - 0.02).abs() < 1e-12);
    /// ```
    pub fn of(left: f64, months: f64) -> Self {
        Self { rate: (WEIGHT + left) / (WEIGHT / PRIOR + months), left, months, given: false }
    }

    /// Share of the margin of a machine short that the order rule counts as lost: the job's, at least what leaves until the orders of
    /// the next run ship.
    pub fn lost_share(&self, rules: &Wafers) -> f64 {
        rules.lost_share.get().max(self.lost_after(rules.review_months))
    }

    /// Share that has left after so many months.
    /// ```
    /// use wafercast::demand::Lateness;
    ///
    /// let half = Lateness { rate: 0.5, left: 0.0, months: 0.0, given: true };
    /// assert_eq!(half.lost_after(2), 0.75);
    /// ```
    pub fn lost_after(&self, months: u32) -> f64 {
        1.0 - (1.0 - self.rate).powi(months.cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Builder;

    #[test]
    fn a_rate_that_the_job_gives_stands_in_for_the_books() {
        let text = include_str!("../../fixtures/miniature/job.toml");
        let found = |share: &str| {
            let text = text.replace("leave_share_per_month = 0\n", share);
            let job = Job::parse(&text, std::path::Path::new("job.toml")).unwrap();
            let ledger = Builder::new("2025-09-30".parse().unwrap(), false, None).finish();
            let book = Book::new(&ledger, &job.catalogue, "2025-09".parse().unwrap());
            let Lateness { rate, left, months, given } = Lateness::new(&book, &job);
            (rate, left, months, given)
        };
        assert_eq!(found("leave_share_per_month = 0.1\n"), (0.1, 0.0, 0.0, true));
        // Nothing was seen: the prior.
        assert_eq!(found(""), (0.02, 0.0, 0.0, false));
    }
}
