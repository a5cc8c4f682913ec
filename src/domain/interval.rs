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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_within() {
        let interval = Interval::of_80(2, 5);
        assert_eq!([1, 2, 5, 6].map(|value| interval.holds(&value)), [false, true, true, false]);
    }
}
