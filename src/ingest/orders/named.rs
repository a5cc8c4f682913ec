//! A count with a few names, for messages.

use std::collections::BTreeSet;

/// A count with the first few names, in their order.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// How many.
    pub count: u64,
    first: BTreeSet<String>,
}

/// Names kept of many.
const NAMES: usize = 5;

impl Named {
    /// So many, with the first of their names.
    pub(in crate::ingest) fn of<'a>(count: u64, names: impl Iterator<Item = &'a str>) -> Self {
        Self { count, first: names.take(NAMES).map(str::to_owned).collect() }
    }

    pub(in crate::ingest) fn add(&mut self, name: &str) {
        self.count += 1;
        if self.first.len() < NAMES || self.first.last().is_some_and(|last| name < last.as_str()) {
            self.first.insert(name.to_owned());
        }
        if self.first.len() > NAMES {
            self.first.pop_last();
        }
    }

    pub(in crate::ingest) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.first.extend(other.first);
        while self.first.len() > NAMES {
            self.first.pop_last();
        }
    }

    /// For example `2 orders (A1, A2)`.
    pub fn reported(&self, one: &str, many: &str) -> String {
        let names: Vec<&str> = self.first.iter().map(String::as_str).collect();
        let more = if self.count > names.len() as u64 { ", ..." } else { "" };
        format!("{} {} ({}{more})", self.count, if self.count == 1 { one } else { many }, names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Named {
        let mut named = Named::default();
        names.iter().for_each(|name| named.add(name));
        named
    }

    #[test]
    fn the_first_five_names_are_told_whoever_saw_them() {
        let of = |named: &Named| named.reported("order", "orders");
        assert_eq!(of(&named(&["B"])), "1 order (B)");
        assert_eq!(of(&named(&["E", "C", "A", "B", "D"])), "5 orders (A, B, C, D, E)");
        let mut six = named(&["F", "C", "A", "B", "D", "E"]);
        assert_eq!(of(&six), "6 orders (A, B, C, D, E, ...)");
        six.merge(named(&["AA", "Z"]));
        assert_eq!(of(&six), "8 orders (A, AA, B, C, D, ...)");
        let mut five = named(&["A", "B"]);
        five.merge(named(&["C", "D", "E"]));
        assert_eq!(of(&five), "5 orders (A, B, C, D, E)");
        assert_eq!(
            of(&Named::of(7, "ABCDEFG".split("").filter(|name| !name.is_empty()))),
            "7 orders (A, B, C, D, E, ...)"
        );
    }
}
