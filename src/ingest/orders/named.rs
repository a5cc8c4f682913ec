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
