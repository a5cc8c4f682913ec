//! How open orders leave the book before they ship: cancelled or cut, or asked for later, by who bought, what was paid and how far the
//! price has fallen since signing.
//!
//! Cancelled or cut in a month: level x segment x paid x mean over slopes b of x^b, where x is the price at signing over that of
//! now, at least 1 and at most 2 here, e below. Asked for later, once: rate of the segment x what ln x rises above all it was
//! since signing. Each number starts at a prior and
//! is moved by the maker's own book (Gamma and Poisson: (weight + seen) / (weight + expected)). Priors and their sources:
//! `docs/concepts/method.md`.

mod seen;

use crate::history::{Book, MarketHistory};
use crate::ingest::{Paid, Segment};

use super::never_rising::never_rising;
use seen::{Seen, asked_for_later, seen};
pub(super) use seen::{moved, worst};

/// Kinds of customers, and shares paid.
const SEGMENTS: usize = 3;
const PAID: usize = 5;
pub(super) const KINDS: usize = SEGMENTS * PAID;

/// Slopes that are weighed: 0 to 5.
const SLOPES: usize = 6;

/// Prior share of orders cancelled or cut in a month at the price of signing.
const CALM: f64 = 0.004;

/// Prior factor of a segment: key accounts, retail, channel; and of what was paid: not said, nothing, below a quarter, to two fifths,
/// more. A contract on which nothing was paid is an offer: 12% a month, so that half are gone in half a year. A stated prior, not a
/// measurement: no maker looked at had any.
const OF_SEGMENT: [f64; SEGMENTS] = [0.7, 1.0, 1.5];
const OF_PAID: [f64; PAID] = [1.0, 30.0, 1.5, 1.0, 0.7];

/// Shares paid that are known, the least first: who has paid less never leaves more seldom.
const KNOWN: std::ops::Range<usize> = Paid::Nothing as usize..PAID;

/// Of those, the ones that leave at their prior where a book keeps no cancelled order: what was not paid is not sure.
const DOUBTFUL: std::ops::RangeInclusive<usize> = Paid::Nothing as usize..=Paid::Little as usize;

/// Mean and deviation of the prior of the slope.
const SLOPE: (f64, f64) = (2.5, 1.5);

/// Cancelled orders that each prior counts for.
const WEIGHT: f64 = 5.0;

/// Largest x that cancellations follow: orders that saw more are few.
const MOST_FALL: f64 = 2.0;

/// Most that is cancelled in a month.
const MOST: f64 = 0.5;

/// Prior share of orders asked for later per ln by which the price falls further than it had since signing, and how many such
/// orders it counts for.
const LATER: f64 = 0.15;
const LATER_WEIGHT: f64 = 1.0;

/// Kind of an order: who bought, and what was paid.
pub(super) fn kind(segment: Segment, paid: Paid) -> usize {
    segment as usize * PAID + paid as usize
}

/// Price at signing over that of now, from 1 to e.
pub(super) fn fall(signed: f64, now: f64) -> f64 {
    (signed / now).clamp(1.0, std::f64::consts::E)
}

/// Rates at which orders leave the book.
#[derive(Clone, Debug)]
pub struct Leaving {
    /// Cancelled a month at the price of signing, by kind.
    calm: [f64; KINDS],
    /// Weight of every slope; they sum to 1.
    slopes: [f64; SLOPES],
    /// Asked for later per ln of a further fall, by segment.
    later: [f64; SEGMENTS],
    /// Cancelled a month at the price of signing among all that was signed, by machines.
    pub mean: f64,
    /// Orders seen cancelled, of the size that a machine is mostly part of, and asked for later.
    pub seen: [f64; 2],
}

impl Leaving {
    /// From every order of the book.
    pub fn measure(book: &Book<'_>, market: &MarketHistory) -> Self {
        Self::weigh(&seen(book, market), &asked_for_later(book, market))
    }

    /// Rates from what was seen of every kind, and by segment of orders asked for later: how many, and what ln x rose.
    fn weigh(seen: &[Seen; KINDS], later: &[(u64, f64); SEGMENTS]) -> Self {
        // The size that a machine of the segment is mostly part of, whatever was paid: one large order counts alike in each share.
        let size = |kind: usize| {
            let of_segment = &seen[kind / PAID * PAID..][..PAID];
            let machines: u64 = of_segment.iter().map(|seen| seen.machines).sum();
            let squares: u128 = of_segment.iter().map(|seen| seen.squares).sum();
            if machines > 0 { squares as f64 / machines as f64 } else { 1.0 }
        };
        let orders: [Seen; KINDS] = std::array::from_fn(|kind| seen[kind].in_orders(size(kind)));
        let prior = |kind: usize| CALM * OF_SEGMENT[kind / PAID] * OF_PAID[kind % PAID];
        let sum = |value: &dyn Fn(usize) -> f64| -> f64 { (0..KINDS).map(value).sum() };
        // Offers that nobody paid for tell nothing of how contracts leave: level, segments and slope are without them.
        let paid = |kind: usize| kind % PAID != Paid::Nothing as usize;
        let of_contracts =
            |value: &dyn Fn(usize) -> f64| -> f64 { (0..KINDS).filter(|kind| paid(*kind)).map(value).sum() };
        let cancelled = of_contracts(&|kind| orders[kind].cancelled[0]);
        let fallen = of_contracts(&|kind| orders[kind].cancelled[1]);
        let expected: [f64; SLOPES] =
            std::array::from_fn(|b| of_contracts(&|kind| prior(kind) * orders[kind].open[b]));
        // The level is summed out: Gamma(weight, weight) times Poisson.
        let log: [f64; SLOPES] = std::array::from_fn(|b| {
            let slope = b as f64;
            slope * fallen
                - (WEIGHT + cancelled) * (WEIGHT + expected[b]).ln()
                - ((slope - SLOPE.0) / SLOPE.1).powi(2) / 2.0
        });
        let most = log.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let raw = log.map(|log| (log - most).exp());
        let all: f64 = raw.iter().sum();
        let slopes = raw.map(|weight| weight / all);
        let open = |kind: usize| -> f64 { orders[kind].open.iter().zip(&slopes).map(|(o, w)| o * w).sum() };
        let ratio = |seen: f64, expected: f64| (WEIGHT + seen) / (WEIGHT + expected);
        // A book without a single cancelled order is one that keeps none: of contracts that were paid it says nothing.
        let all_cancelled = sum(&|kind| orders[kind].cancelled[0]);
        let kept = all_cancelled > 0.0;
        let mut calm: [f64; KINDS] = std::array::from_fn(|kind| if kept { prior(kind) } else { 0.0 });
        // The level first, then each segment, then each share paid, on top of those before.
        let groups: [(&dyn Fn(usize) -> usize, bool); 3] =
            [(&|_| 0, false), (&|kind| kind / PAID, false), (&|kind| kind % PAID, true)];
        for (group, offers) in groups {
            let of = |index: usize, value: &dyn Fn(usize) -> f64| -> f64 {
                (0..KINDS).filter(|kind| group(*kind) == index && (offers || paid(*kind))).map(value).sum()
            };
            let before = calm;
            for (kind, rate) in calm.iter_mut().enumerate() {
                let index = group(kind);
                let expected = of(index, &|kind| before[kind] * open(kind));
                *rate *= ratio(of(index, &|kind| orders[kind].cancelled[0]), expected);
            }
        }
        let of_paid = |paid: usize, value: &dyn Fn(usize) -> f64| -> f64 {
            (0..SEGMENTS).map(|segment| value(segment * PAID + paid)).sum()
        };
        if kept {
            let evidence: [(f64, f64); PAID] = std::array::from_fn(|paid| {
                let seen = of_paid(paid, &|kind| orders[kind].cancelled[0]);
                let factor = calm[paid] / (prior(paid) / OF_PAID[paid]);
                (WEIGHT + seen, (WEIGHT + seen) / factor)
            });
            for (paid, factor) in never_rising(&evidence[KNOWN]).into_iter().enumerate() {
                let paid = paid + KNOWN.start;
                let own = evidence[paid].0 / evidence[paid].1;
                // A pool of one stays as it is, to the bit.
                if factor != own {
                    calm.iter_mut().skip(paid).step_by(PAID).for_each(|rate| *rate *= factor / own);
                }
            }
        } else {
            for paid in DOUBTFUL {
                let kept = ratio(0.0, of_paid(paid, &|kind| prior(kind) * open(kind)));
                for kind in (paid..KINDS).step_by(PAID) {
                    calm[kind] = prior(kind) * kept;
                }
            }
        }
        let machines = sum(&|kind| seen[kind].machines as f64);
        let mean = sum(&|kind| calm[kind] * seen[kind].machines as f64);
        Self {
            calm,
            slopes,
            later: later
                .map(|(orders, months)| (LATER_WEIGHT + orders as f64) / (LATER_WEIGHT / LATER + months)),
            mean: if machines > 0.0 { mean / machines } else { 0.0 },
            seen: [all_cancelled, later.iter().map(|(orders, _)| *orders as f64).sum()],
        }
    }

    /// The same with no order cancelled; orders are still asked for later.
    #[must_use]
    pub fn without_cancellations(&self) -> Self {
        Self { calm: [0.0; KINDS], mean: 0.0, ..self.clone() }
    }

    /// By how much more is cancelled in a month at a fall x than at the price of signing.
    pub(super) fn of_fall(&self, x: f64) -> f64 {
        if x <= 1.0 {
            return 1.0;
        }
        let x = x.min(MOST_FALL);
        self.slopes.iter().rev().fold(0.0, |sum, weight| sum * x + weight)
    }

    /// Share of a kind cancelled or cut in a month, given [`Leaving::of_fall`].
    pub(super) fn cancelled(&self, kind: usize, of_fall: f64) -> f64 {
        (self.calm[kind] * of_fall).min(MOST)
    }

    /// Share of all that was signed cancelled or cut in a month at a fall x.
    pub(super) fn on_average(&self, x: f64) -> f64 {
        (self.mean * self.of_fall(x)).min(MOST)
    }

    /// Share of a kind asked for later in a month in which ln x rises `further` above all it was since signing.
    pub(super) fn later(&self, kind: usize, further: f64) -> f64 {
        (self.later[kind / PAID] * further).min(MOST)
    }

    /// What the forecast of the backlog rests on, in a line.
    pub fn described(&self) -> String {
        let [cancelled, later] = self.seen;
        format!(
            "{:.4} a month, {:.4} after a fall of the price by 30% ({cancelled:.0} orders seen); key accounts ask {:.4} to ship later as it \
             falls so far ({later:.0} seen)",
            self.mean,
            self.on_average(1.0 / 0.7),
            self.later(0, (1.0_f64 / 0.7).ln()),
        )
    }
}

#[cfg(test)]
mod offers;

#[cfg(test)]
impl Leaving {
    /// Every order is cancelled at a rate in proportion to x, and asked for later at another.
    pub(super) fn in_proportion(calm: f64, later: f64) -> Self {
        let mut slopes = [0.0; SLOPES];
        slopes[1] = 1.0;
        Self { calm: [calm; KINDS], slopes, later: [later; SEGMENTS], mean: calm, seen: [0.0; 2] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Month;
    use crate::history::MarketMonth;
    use crate::ingest::{Builder, Order, Shipment, Status};
    use crate::job::{Job, ModelId};
    use proptest::prelude::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    #[test]
    fn a_book_without_cancelled_orders_gives_none_and_leaves_slope_and_later_dates_at_their_prior() {
        let found = Leaving::weigh(&[Seen::default(); KINDS], &[(0, 0.0); SEGMENTS]);
        assert_eq!((found.cancelled(0, 1.0), found.on_average(2.0)), (0.0, 0.0));
        // exp(-((b - 2.5) / 1.5)^2 / 2) for b = 0 to 5: at x = 2 the mean of 2^b.
        let weights = [25.0, 9.0, 1.0, 1.0, 9.0, 25.0].map(|squared: f64| (-squared / 18.0).exp());
        let mean = (0..6_i32).zip(weights).map(|(b, w)| w * 2.0_f64.powi(b)).sum::<f64>()
            / weights.iter().sum::<f64>();
        close(found.of_fall(2.0), mean);
        close(found.of_fall(1.0), 1.0);
        close(found.later(0, 0.4), 0.15 * 0.4);
    }

    /// Retail that says nothing of what was paid: 1,000 orders open for a month at the price of signing, 4 expected to go, 9 gone. The
    /// level takes (5 + 9) / (5 + 4); what it leaves the segment, then the share paid, take each.
    #[test]
    fn what_is_seen_moves_the_level_then_the_segment_then_the_share_paid() {
        let mut seen = [Seen::default(); KINDS];
        seen[kind(Segment::Retail, Paid::Unsaid)] =
            Seen { open: [2000.0; SLOPES], cancelled: [18.0, 0.0], machines: 4000, squares: 8000 };
        let found = Leaving::weigh(&seen, &[(3, 10.0), (0, 0.0), (0, 0.0)]);
        let level = 14.0 / 9.0;
        let segment = 14.0 / (5.0 + 4.0 * level);
        let paid = 14.0 / (5.0 + 4.0 * level * segment);
        close(found.cancelled(kind(Segment::Retail, Paid::Unsaid), 1.0), 0.004 * level * segment * paid);
        close(found.cancelled(kind(Segment::KeyAccount, Paid::Unsaid), 1.0), 0.004 * 0.7 * level * paid);
        close(found.cancelled(kind(Segment::Retail, Paid::Much), 1.0), 0.004 * 0.7 * level * segment);
        close(found.mean, 0.004 * level * segment * paid);
        close(found.later(kind(Segment::KeyAccount, Paid::Much), 1.0), 4.0 / (1.0 / 0.15 + 10.0));
        close(found.without_cancellations().cancelled(0, 2.0), 0.0);
    }

    /// Offers that nobody paid for and that all go say nothing of contracts: level and segment stay at their prior. The first kind alone is
    /// enough to tell that orders are cancelled.
    #[test]
    fn offers_say_nothing_of_how_contracts_leave() {
        let mut seen = [Seen::default(); KINDS];
        seen[kind(Segment::Retail, Paid::Nothing)] =
            Seen { open: [2000.0; SLOPES], cancelled: [1800.0, 0.0], machines: 4000, squares: 8000 };
        let found = Leaving::weigh(&seen, &[(0, 0.0); SEGMENTS]);
        close(found.cancelled(kind(Segment::Retail, Paid::Much), 1.0), 0.004 * 0.7);
        close(found.cancelled(kind(Segment::Retail, Paid::Unsaid), 1.0), 0.004);
        let mut first = [Seen::default(); KINDS];
        first[0] = Seen { open: [0.0; SLOPES], cancelled: [2.0, 0.0], machines: 10, squares: 10 };
        let found = Leaving::weigh(&first, &[(0, 0.0); SEGMENTS]);
        assert!(found.cancelled(kind(Segment::Retail, Paid::Much), 1.0) > 0.0);
    }

    proptest! {
        #[test]
        fn a_lower_price_never_gives_fewer_cancellations(
            open in proptest::collection::vec((0.0..1e5f64, 0.0..1.0f64, 1.0..2.7f64), KINDS),
            x in proptest::collection::vec(0.2..3.0f64, 2),
        ) {
            let mut seen = [Seen::default(); KINDS];
            for (seen, (open, share, at)) in seen.iter_mut().zip(open) {
                let cancelled = open * share;
                *seen = Seen {
                    open: std::array::from_fn(|b| open * at.powi(i32::try_from(b).unwrap_or(0))),
                    cancelled: [cancelled, cancelled * at.ln()],
                    machines: 10,
                    squares: 10,
                };
            }
            let found = Leaving::weigh(&seen, &[(0, 0.0); SEGMENTS]);
            let (low, high) = (x[0].min(x[1]), x[0].max(x[1]));
            for kind in 0..KINDS {
                let at = |price| found.cancelled(kind, found.of_fall(fall(1.0, price)));
                prop_assert!(at(low) >= at(high) - 1e-12);
            }
        }
    }

    fn day(month: u32, day: u32) -> chrono::NaiveDate {
        chrono::NaiveDate::from_ymd_opt(2025, month, day).unwrap()
    }

    /// Prices 4, 4, 2, 2, 1, 2 from January 2025 on; a key account signs 60 in January at 4, due in equal parts from May (once March)
    /// to July, of which 20 left in March; retail signs 10 in February, due in June and cancelled in April.
    #[test]
    fn a_book_is_read_in_machine_months_at_the_fall_they_saw() {
        let text = include_str!("../../fixtures/miniature/job.toml");
        let catalogue = Job::parse(text, std::path::Path::new("job.toml")).unwrap().catalogue;
        let first: Month = "2025-01".parse().unwrap();
        let months = first.to(first + 5).zip([4.0, 4.0, 2.0, 2.0, 1.0, 2.0]);
        let months = months.map(|(month, price)| MarketMonth {
            month,
            hashprice: None,
            difficulty: None,
            implied_price: Some(price),
            closing_price: None,
        });
        let market = MarketHistory { months: months.collect() };
        let order = |id, segment, signed, quantity, start: &str, months, status| Order {
            id,
            segment,
            signed: day(signed, 10),
            quantity,
            unit_price: Some(crate::domain::Usd::new(10.0)),
            prepaid: Some(crate::domain::Usd::new(150.0)),
            start: start.parse().unwrap(),
            months,
            status,
            ..Order::usual()
        };
        let shipped =
            [Shipment { order_id: "K".to_owned(), model: ModelId(0), date: day(3, 20), quantity: 20 }];
        let mut builder = Builder::new(day(6, 30), false, Some(&shipped));
        builder.add(&order("K", Segment::KeyAccount, 1, 60, "2025-05", 3, Status::Open));
        builder.add(&order("R", Segment::Retail, 2, 10, "2025-06", 1, Status::Cancelled(day(4, 5))));
        let ledger = builder.finish();
        let book = Book::new(&ledger, &catalogue, "2025-06".parse().unwrap());
        let found = seen(&book, &market);
        // 150 of 600 paid is a quarter, 150 of 100 all. Deliveries are known from March on: 60 machines open in March at x = 1, 40 in
        // April and May at 2, in June too (4 over 1 is more).
        let key = &found[kind(Segment::KeyAccount, Paid::Some)];
        close(key.open[0], 60.0 + 3.0 * 40.0);
        close(key.open[1], 60.0 + 3.0 * 80.0);
        assert_eq!((key.cancelled, key.machines, key.squares), ([0.0; 2], 60, 3600));
        let retail = &found[kind(Segment::Retail, Paid::Much)];
        close(retail.open[1], 10.0 + 10.0 * 2.0);
        close(retail.cancelled[0], 10.0);
        close(retail.cancelled[1], 10.0 * 2.0_f64.ln());
        // Asked for later between March and May, while ln x rose from 0 to ln 2.
        let later = asked_for_later(&book, &market);
        assert_eq!((later[0].0, later[1].0), (1, 0));
        close(later[0].1, 2.0_f64.ln());
        close(worst(&market, first, first + 5), std::f64::consts::E);
    }
}
