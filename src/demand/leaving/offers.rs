//! Contracts of which little or nothing was paid: worked by hand, and what holds of any book.

use proptest::prelude::*;

use super::{KINDS, Leaving, SEGMENTS, SLOPES, Seen, kind};
use crate::ingest::{Paid, Segment};

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
}

/// A book that keeps no cancelled order: contracts of which nothing was paid leave at 0.004 x 1.5 x 30 = 18% a month at distributors,
/// less where such contracts are seen to stay: 100 order-months of them, 18 expected to go: 5 / (5 + 18) of it.
#[test]
fn offers_leave_where_a_book_keeps_no_cancelled_order() {
    let nothing = kind(Segment::Channel, Paid::Nothing);
    let none = Leaving::weigh(&[Seen::default(); KINDS], &[(0, 0.0); SEGMENTS]);
    close(none.cancelled(nothing, 1.0), 0.18);
    close(none.cancelled(kind(Segment::Channel, Paid::Much), 1.0), 0.0);
    let mut seen = [Seen::default(); KINDS];
    seen[nothing] = Seen { open: [100.0; SLOPES], cancelled: [0.0; 2], machines: 100, squares: 100 };
    let found = Leaving::weigh(&seen, &[(0, 0.0); SEGMENTS]);
    close(found.cancelled(nothing, 1.0), 0.18 * 5.0 / 23.0);
    close(found.cancelled(kind(Segment::Retail, Paid::Nothing), 1.0), 0.12 * 5.0 / 23.0);
}

proptest! {
    /// Whatever a book shows: of who has paid less never a smaller share leaves.
    #[test]
    fn less_paid_never_leaves_more_seldom(
        open in proptest::collection::vec((0.0..1e4f64, 0.0..1.0f64), KINDS),
        x in 1.0..3.0f64,
    ) {
        let mut seen = [Seen::default(); KINDS];
        for (seen, (open, share)) in seen.iter_mut().zip(open) {
            *seen = Seen {
                open: [open; SLOPES],
                cancelled: [open * share, 0.0],
                machines: 10,
                squares: 10,
            };
        }
        let found = Leaving::weigh(&seen, &[(0, 0.0); SEGMENTS]);
        for segment in Segment::ALL {
            let rates = [Paid::Nothing, Paid::Little, Paid::Some, Paid::Much]
                .map(|paid| found.cancelled(kind(segment, paid), found.of_fall(x)));
            prop_assert!(rates.is_sorted_by(|less, more| *less >= more - 1e-9), "{rates:?}");
        }
    }
}
