//! Every order number of an export, to ask whether it has one.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

/// Order numbers, as what they are hashed to: names would take as much memory as the export.
#[derive(Clone, Debug)]
pub struct OrderNumbers(Vec<u64>);

fn hashed(number: &str) -> u64 {
    FixedState::with_seed(0).hash_one(number)
}

impl OrderNumbers {
    pub(super) fn new<'a>(numbers: impl Iterator<Item = &'a str>) -> Self {
        let mut all: Vec<u64> = numbers.map(hashed).collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }

    /// Whether the export has the order, open, completed or cancelled.
    pub fn has(&self, number: &str) -> bool {
        self.0.binary_search(&hashed(number)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_number_is_known_as_it_is_written() {
        let numbers = OrderNumbers::new(["SO-2", "SO-10", "SO-2"].into_iter());
        assert!(numbers.has("SO-2") && numbers.has("SO-10"));
        assert!(!numbers.has("SO-1") && !numbers.has("so-2") && !numbers.has(""));
    }
}
