//! Which prices are believed, decided on the way through the order lines: against limits that are known, or against a
//! guess of them. Near a guessed limit an order waits until the limit is known.

use crate::domain::{Month, Usd};
use crate::ingest::orders::order::Order;
use crate::job::ModelId;

use super::limits::Limits;

/// What is said of a price.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// It is believed.
    Sound,
    /// It is too far from the book.
    Odd,
    /// Too near to a guessed limit to tell.
    Unsure,
}

/// Logarithm by which the middle of the book may differ from the guess. Twenty thousand sampled prices have their middle
/// within 0.006 (one standard error).
const SLACK: f64 = 0.02;

/// Logarithm around a limit within which the limit itself is asked.
const ROUNDING: f64 = 1e-9;

/// Prices of one model and month, USD: below the first or above the last odd, within the other two sound.
type Band = [f64; 4];

/// Limits of each model and month.
#[derive(Clone, Debug)]
pub(in crate::ingest) struct Bands {
    limits: Limits,
    guessed: bool,
    first: Month,
    months: usize,
    /// By model and month since the first; all of a month without income are sound.
    by_month: Vec<Band>,
}

impl Bands {
    /// The bands of known limits.
    pub(in crate::ingest) fn known(limits: Limits) -> Self {
        Self::new(limits, false, ROUNDING)
    }

    /// The bands of guessed limits.
    pub(super) fn guessed(limits: Limits) -> Self {
        Self::new(limits, true, SLACK)
    }

    fn new(limits: Limits, guessed: bool, slack: f64) -> Self {
        let months: Vec<Month> = limits.income.keys().copied().collect();
        let first = months.first().copied().unwrap_or(Month::from_index(0));
        let count = months.last().map_or(0, |last| usize::try_from(*last - first + 1).unwrap_or(0));
        let mut by_month = vec![[0.0, 0.0, f64::INFINITY, f64::INFINITY]; count * limits.terahash.len()];
        for (model, terahash) in limits.terahash.iter().enumerate() {
            for (month, income) in &limits.income {
                let middle = limits.middle * terahash * income;
                let at = |power: f64, slack: f64| middle * (power * limits.factor.ln() + slack).exp();
                let index = model * count + usize::try_from(*month - first).unwrap_or(0);
                if let Some(band) = by_month.get_mut(index) {
                    *band = [at(-1.0, -slack), at(-1.0, slack), at(1.0, -slack), at(1.0, slack)];
                }
            }
        }
        Self { limits, guessed, first, months: count, by_month }
    }

    /// What is said of the price of one machine.
    pub(super) fn judge(&self, model: ModelId, signed: Month, price: f64) -> Verdict {
        let month = usize::try_from(signed - self.first).ok().filter(|month| *month < self.months);
        let Some([low, sound, until, high]) =
            month.and_then(|month| self.by_month.get(model.0 * self.months + month))
        else {
            return Verdict::Sound;
        };
        if price > *sound && price < *until {
            Verdict::Sound
        } else if price < *low || price > *high {
            Verdict::Odd
        } else if self.guessed {
            Verdict::Unsure
        } else if self.limits.odd(model, signed, price) {
            Verdict::Odd
        } else {
            Verdict::Sound
        }
    }

    /// Whether the price of an order is too far from the book; of known limits.
    pub(in crate::ingest) fn odd(&self, order: &Order<'_>) -> bool {
        let price = order.unit_price.map(Usd::dollars).filter(|price| *price > 0.0);
        price.is_some_and(|price| self.judge(order.model, Month::of(order.signed), price) == Verdict::Odd)
    }

    /// Whether a guess was near enough for all that was decided by it.
    pub(in crate::ingest) fn held(&self, middle: f64) -> bool {
        (self.limits.middle / middle).ln().abs() < SLACK - ROUNDING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_decides_what_any_limit_near_it_would() {
        // A middle of 10 months, 2 USD a TH and month, 100 TH: 2,000 USD; odd beyond a factor of 4: 500 and 8,000 USD.
        let month: Month = "2025-01".parse().unwrap();
        let limits =
            |middle| Limits { middle, factor: 4.0, income: [(month, 2.0)].into(), terahash: vec![100.0] };
        let (known, guess) = (Bands::known(limits(10.0)), Bands::guessed(limits(10.0)));
        let judge = |bands: &Bands, price| bands.judge(ModelId(0), month, price);
        for (price, verdict) in [
            (489.0, Verdict::Odd),
            (491.0, Verdict::Unsure),
            (509.0, Verdict::Unsure),
            (511.0, Verdict::Sound),
            (7_841.0, Verdict::Sound),
            (7_842.0, Verdict::Unsure),
            (8_161.0, Verdict::Unsure),
            (8_162.0, Verdict::Odd),
        ] {
            assert_eq!(judge(&guess, price), verdict, "{price}");
            let exactly = if (500.0..=8000.0).contains(&price) { Verdict::Sound } else { Verdict::Odd };
            assert_eq!(judge(&known, price), exactly, "{price}");
        }
        assert_eq!(guess.judge(ModelId(0), month + 1, 1e9), Verdict::Sound, "a month without income");
        let order = |usd: Option<f64>| Order {
            segment: crate::ingest::orders::order::Segment::Retail,
            order_type: crate::ingest::orders::order::OrderType::Futures,
            signed: month.first_day(),
            quantity: 1,
            unit_price: usd.map(Usd::new),
            start: month,
            status: crate::ingest::orders::order::Status::Open,
            ..Order::usual()
        };
        let odd = [Some(0.5), Some(600.0), Some(9000.0), Some(0.0), None].map(|usd| known.odd(&order(usd)));
        assert_eq!(odd, [true, false, true, false, false], "no price is no odd one");
        assert!(guess.held(10.19) && guess.held(9.81) && !guess.held(10.21) && !guess.held(9.79));
    }
}
