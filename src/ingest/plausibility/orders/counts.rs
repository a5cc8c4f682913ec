//! What is counted by a whole number that lies close to others: days, months, lengths, parts of a doubling. A row is counted where its number
//! stands, without a search.

/// Values by numbers that lie close together.
#[derive(Clone, Debug)]
pub(super) struct Slots<T> {
    first: i32,
    slots: Vec<T>,
}

/// How often each number occurred.
pub(super) type Counts = Slots<u64>;

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { first: 0, slots: Vec::new() }
    }
}

impl<T: Default> Slots<T> {
    /// The value of a number; room grows to it.
    pub(super) fn at(&mut self, key: i32) -> &mut T {
        if self.slots.is_empty() {
            self.first = key;
        }
        if key < self.first {
            let more = self.first.abs_diff(key) as usize;
            self.slots.splice(0..0, std::iter::repeat_with(T::default).take(more));
            self.first = key;
        }
        let place = key.abs_diff(self.first) as usize;
        if place >= self.slots.len() {
            self.slots.resize_with(place + 1, T::default);
        }
        &mut self.slots[place]
    }

    /// Every number between the least and the greatest with its value, in ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i32, &T)> {
        (self.first..).zip(&self.slots)
    }

    /// Takes over the values of others.
    pub(super) fn merge_with(&mut self, other: Self, mut merge: impl FnMut(&mut T, T)) {
        for (key, more) in (other.first..).zip(other.slots) {
            merge(self.at(key), more);
        }
    }
}

impl Counts {
    /// Every number that occurred, in ascending order, and how often.
    pub(super) fn counted(&self) -> impl Iterator<Item = (i32, u64)> {
        self.iter().filter(|(_, n)| **n > 0).map(|(key, n)| (key, *n))
    }

    /// How often a number occurred.
    pub(super) fn of(&self, key: i32) -> u64 {
        let place = usize::try_from(i64::from(key) - i64::from(self.first)).ok();
        place.and_then(|place| self.slots.get(place)).copied().unwrap_or(0)
    }

    /// How many there were in all.
    pub(super) fn sum(&self) -> u64 {
        self.slots.iter().sum()
    }

    /// The commonest number, of several the greatest, with its count.
    pub(super) fn commonest(&self) -> Option<(i32, u64)> {
        self.counted().max_by_key(|(_, n)| *n)
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.merge_with(other, |mine, more| *mine += more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 7 twice, 5, and 9 twice, in any order and by two hands.
    #[test]
    fn numbers_are_counted_whatever_comes_first() {
        let of = |keys: &[i32]| {
            let mut counts = Counts::default();
            keys.iter().for_each(|key| *counts.at(*key) += 1);
            counts
        };
        let mut two = of(&[9, 5]);
        two.merge(of(&[7, 7, 9]));
        two.merge(Counts::default());
        for counts in [of(&[7, 5, 9, 7, 9]), two] {
            assert_eq!(counts.counted().collect::<Vec<_>>(), [(5, 1), (7, 2), (9, 2)]);
            assert_eq!(counts.commonest(), Some((9, 2)));
            assert_eq!((counts.of(7), counts.of(6), counts.of(-3), counts.sum()), (2, 0, 0, 5));
        }
        assert_eq!(Counts::default().commonest(), None);
    }
}
