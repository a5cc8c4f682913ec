//! How the maker's own deliveries kept to the contracts: catch-up of what is due.

use crate::domain::Month;
use crate::ingest::State;

use super::book::{Book, Delivered};

/// What was observed over the trailing months.
#[derive(Clone, Debug)]
pub struct Rates {
    /// Share of the machines due (past due or due in the month) that left in the month.
    pub catch_up: f64,
    /// The same of each month observed, with the machines due, oldest first.
    pub catch_up_months: Vec<(f64, f64)>,
}

impl Rates {
    /// Measures over the `months` up to the book's as-of month.
    pub fn measure(book: &Book<'_>, months: u32) -> Self {
        let window = (book.as_of - (months.cast_signed() - 1)).max(book.deliveries_from);
        let catch_up_months = catch_up(book, window);
        let due: f64 = catch_up_months.iter().map(|(_, due)| due).sum();
        let catch_up = if due > 0.0 {
            catch_up_months.iter().map(|(share, due)| share * due).sum::<f64>() / due
        } else {
            1.0
        };
        Self { catch_up, catch_up_months }
    }
}

/// By month: share of what was due that left, and what was due. Taken as 1 where only the schedule is known.
fn catch_up(book: &Book<'_>, window: Month) -> Vec<(f64, f64)> {
    if book.delivered == Delivered::Schedule {
        return Vec::new();
    }
    let length = usize::try_from(book.as_of - window + 1).unwrap_or(0);
    let mut sums = vec![(0_u64, 0_u64); length];
    for booked in &book.lots {
        let ended = match booked.state {
            State::Cancelled(month) => month - 1,
            _ => booked.ended().unwrap_or(book.as_of),
        };
        let mut delivered: u64 = booked.shipped.range(..window).map(|(_, q)| q).sum();
        let mut due_by = booked.lot.due_by(window - 1);
        for (index, month) in window.to(book.as_of.min(ended)).enumerate() {
            let left = booked.shipped.get(&month).copied().unwrap_or(0);
            due_by += booked.lot.due_in(month);
            let lapsed = booked.lot.due_by(month - book.past_due_months - 1).saturating_sub(delivered);
            let due = due_by.saturating_sub(delivered + lapsed);
            sums[index].0 += left.min(due);
            sums[index].1 += due;
            delivered += left;
        }
    }
    let shares = sums.into_iter().filter(|(_, due)| *due > 0);
    shares.map(|(left, due)| (left as f64 / due as f64, due as f64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::ingest::{Builder, Order, Shipment};
    use crate::job::{Job, ModelId};

    /// Ten machines are due in August, of which half leave, and ten in September, when all 15 leave: 20 of 25 together.
    #[test]
    fn what_is_left_of_a_month_is_due_again_in_the_next() {
        let text = include_str!("../../fixtures/miniature/job.toml");
        let catalogue = Job::parse(text, std::path::Path::new("job.toml")).unwrap().catalogue;
        let shipment = |day: &str, quantity| Shipment {
            order_id: "A".to_owned(),
            model: ModelId(0),
            date: day.parse().unwrap(),
            quantity,
        };
        let rows = [shipment("2025-08-20", 5), shipment("2025-09-20", 15)];
        let mut builder = Builder::new("2025-09-30".parse().unwrap(), false, Some(&rows));
        builder.add(&Order {
            signed: "2025-07-10".parse().unwrap(),
            quantity: 20,
            start: "2025-08".parse().unwrap(),
            months: 2,
            ..Order::usual()
        });
        let ledger = builder.finish();
        let book = Book::new(&ledger, &catalogue, "2025-09".parse().unwrap());
        let found = Rates::measure(&book, 12);
        assert_eq!(found.catch_up_months, [(0.5, 10.0), (1.0, 15.0)]);
        assert_eq!(found.catch_up, 0.8);
        assert_eq!(Rates::measure(&book, 1).catch_up, 1.0, "September alone");
    }

    /// Twenty machines are due in February 2024, of which five leave in March; they lapse after twelve months. In the last five months to
    /// February 2025 fifteen are due and none leaves; from March on nothing is due, and the five that leave in August count for nothing.
    #[test]
    fn what_has_lapsed_is_due_no_more() {
        let text = include_str!("../../fixtures/miniature/job.toml");
        let catalogue = Job::parse(text, std::path::Path::new("job.toml")).unwrap().catalogue;
        let shipment = |id: &str, day: &str, quantity| Shipment {
            order_id: id.to_owned(),
            model: ModelId(0),
            date: day.parse().unwrap(),
            quantity,
        };
        let rows =
            [shipment("A", "2024-03-20", 5), shipment("A", "2025-08-20", 5), shipment("B", "2024-01-20", 1)];
        let mut builder = Builder::new("2025-09-30".parse().unwrap(), false, Some(&rows));
        builder.add(&Order {
            signed: "2024-01-10".parse().unwrap(),
            quantity: 20,
            start: "2024-02".parse().unwrap(),
            ..Order::usual()
        });
        let ledger = builder.finish();
        let book = Book::new(&ledger, &catalogue, "2025-09".parse().unwrap());
        assert_eq!(
            (book.past_due_months, Rates::measure(&book, 12).catch_up_months),
            (12, vec![(0.0, 15.0); 5])
        );
    }
}
