//! Intervals that are to hold what comes.

/// An interval of a forecast.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interval<T> {
    /// Per cent of futures that it is made to hold.
    pub level: u8,
    /// Lower end.
    pub low: T,
    /// Upper end.
    pub high: T,
}

impl<T: PartialOrd> Interval<T> {
    /// From the 10th to the 90th percentile.
    pub const fn of_80(low: T, high: T) -> Self
    where
        T: Copy,
    {
        Self { level: 80, low, high }
    }

    /// Whether a value lies within, either end included.
    pub fn holds(&self, value: &T) -> bool {
        (&self.low..=&self.high).contains(&value)
    }
}

/// What the paths say of a sum: its median, and the ends of its 80% interval.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Quantiles<T> {
    /// 10th percentile.
    pub p10: T,
    /// Median.
    pub p50: T,
    /// 90th percentile.
    pub p90: T,
}

impl<T> Quantiles<T> {
    /// Shares of the paths that lie below each.
    pub const SHARES: [f64; 3] = [0.1, 0.5, 0.9];

    /// The value at each share.
    pub fn at(mut value: impl FnMut(f64) -> T) -> Self {
        let [p10, p50, p90] = Self::SHARES;
        Self { p10: value(p10), p50: value(p50), p90: value(p90) }
    }

    /// Of the values at [`Self::SHARES`].
    pub fn from_array([p10, p50, p90]: [T; 3]) -> Self {
        Self { p10, p50, p90 }
    }

    /// Each in another unit.
    pub fn map<U>(self, mut value: impl FnMut(T) -> U) -> Quantiles<U> {
        Quantiles { p10: value(self.p10), p50: value(self.p50), p90: value(self.p90) }
    }
}

impl<T: Copy + PartialOrd> Quantiles<T> {
    /// From the 10th to the 90th percentile.
    pub const fn interval(&self) -> Interval<T> {
        Interval::of_80(self.p10, self.p90)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_within() {
        let interval = Interval::of_80(2, 5);
        assert_eq!([1, 2, 5, 6].map(|value| interval.holds(&value)), [false, true, true, false]);
    }

    /// Of 0 to 100 the share s lies below 100 s.
    #[test]
    fn quantiles_stand_at_their_shares() {
        let quantiles = Quantiles::at(|share| 100.0 * share);
        assert_eq!(quantiles, Quantiles { p10: 10.0, p50: 50.0, p90: 90.0 });
        assert_eq!(quantiles.map(|value| value as i64).interval(), Interval { level: 80, low: 10, high: 90 });
    }
}
