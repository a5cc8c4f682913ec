//! How the maker's own deliveries kept to the contracts: catch-up of what is due, and cancellations.

use crate::domain::Month;
use crate::ingest::State;

use super::book::{Book, Delivered};
use super::market::MarketHistory;

/// Log fall of price since signing beyond which an order counts as under water.
pub(super) const PRICE_FALL: f64 = 0.2;

/// Weight, as a share of all exposure, that pulls each regime's cancellation rate to the common one.
const POOLING: f64 = 0.1;

/// Monthly share of open machines that is cancelled.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Cancellation {
    /// While the price is not more than [`PRICE_FALL`] below that at signing.
    pub calm: f64,
    /// While it is.
    pub fallen: f64,
    /// Machine-months observed.
    pub exposure: f64,
}

impl Cancellation {
    /// The rate at a log price change since signing.
    pub fn at(&self, log_change: f64) -> f64 {
        if log_change < -PRICE_FALL { self.fallen } else { self.calm }
    }
}

/// What was observed over the trailing months.
#[derive(Clone, Debug)]
pub struct Rates {
    /// Share of the machines due (past due or due in the month) that left in the month.
    pub catch_up: f64,
    /// The same of each month observed, with the machines due, oldest first.
    pub catch_up_months: Vec<(f64, f64)>,
    /// Cancellations.
    pub cancellation: Cancellation,
}

impl Rates {
    /// Measures over the `months` up to the book's as-of month.
    pub fn measure(book: &Book<'_>, market: &MarketHistory, months: u32) -> Self {
        let window = (book.as_of - (months.cast_signed() - 1)).max(book.deliveries_from);
        let catch_up_months = catch_up(book, window);
        let due: f64 = catch_up_months.iter().map(|(_, due)| due).sum();
        let catch_up = if due > 0.0 {
            catch_up_months.iter().map(|(share, due)| share * due).sum::<f64>() / due
        } else {
            1.0
        };
        Self { catch_up, catch_up_months, cancellation: cancellation(book, market, window) }
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
        for (place, month) in window.to(book.as_of.min(ended)).enumerate() {
            let left = booked.shipped.get(&month).copied().unwrap_or(0);
            due_by += booked.lot.due_in(month);
            let lapsed = booked.lot.due_by(month - book.past_due_months - 1).saturating_sub(delivered);
            let due = due_by.saturating_sub(delivered + lapsed);
            sums[place].0 += left.min(due);
            sums[place].1 += due;
            delivered += left;
        }
    }
    let shares = sums.into_iter().filter(|(_, due)| *due > 0);
    shares.map(|(left, due)| (left as f64 / due as f64, due as f64)).collect()
}

fn cancellation(book: &Book<'_>, market: &MarketHistory, window: Month) -> Cancellation {
    // (cancelled, open) machine-months, calm and fallen.
    let mut sums = [(0_u64, 0_u64); 2];
    for booked in &book.lots {
        let signed = booked.lot.terms.signed;
        let (ended, cancelled) = (booked.ended(), booked.cancelled());
        let from = window.max(signed + 1);
        let mut delivered: u64 = booked.shipped.range(..from).map(|(_, q)| q).sum();
        for month in from.to(book.as_of.min(ended.unwrap_or(book.as_of))) {
            let open = booked.lot.quantity.saturating_sub(delivered);
            if open == 0 {
                break;
            }
            let change = match (market.implied_price(month - 1), market.implied_price(signed)) {
                (Some(now), Some(then)) => (now / then).ln(),
                _ => 0.0,
            };
            let regime = &mut sums[usize::from(change < -PRICE_FALL)];
            regime.1 += open;
            let left = booked.shipped.get(&month).copied().unwrap_or(0);
            if cancelled == Some(month) {
                regime.0 += open.saturating_sub(left);
            }
            delivered += left;
        }
    }
    let sums = sums.map(|(cancelled, open)| (cancelled as f64, open as f64));
    let exposure = sums[0].1 + sums[1].1;
    if exposure == 0.0 {
        return Cancellation::default();
    }
    let common = (sums[0].0 + sums[1].0) / exposure;
    let weight = POOLING * exposure;
    let rate = |(cancelled, open): (f64, f64)| (cancelled + weight * common) / (open + weight);
    Cancellation { calm: rate(sums[0]), fallen: rate(sums[1]), exposure }
}
