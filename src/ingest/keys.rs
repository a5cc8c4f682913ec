//! Keys that must not repeat, watched in memory that does not grow with the file.
//!
//! A first pass marks the hash of every key in a fixed table of bits (Bloom 1970, in blocks of one word as Putze,
//! Sanders and Singler 2007) and keeps those that may have been there before. Keys that come in ascending order
//! cannot repeat: then the pass is enough. Otherwise a second pass compares the suspects in full, so that the
//! answer is exact in the end.

use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::quality::FixedState;

/// Bits that one key sets in its word.
const BITS: u32 = 4;

/// Words of the table: one for this many bytes of the files, within limits.
const BYTES_A_WORD: u64 = 256;
const FEWEST_WORDS: u64 = 1 << 10;
const MOST_WORDS: u64 = 1 << 23;

/// Hash of an order number and its line.
pub(super) fn hash(id: &str, line: &str) -> u64 {
    FixedState::with_seed(0).hash_one((id, line))
}

/// The table of bits, shared by all threads.
pub(super) struct Bits(Vec<AtomicU64>);

impl Bits {
    /// A table for files of `bytes` together.
    pub(super) fn new(bytes: u64) -> Self {
        let words = (bytes / BYTES_A_WORD).clamp(FEWEST_WORDS, MOST_WORDS).next_power_of_two();
        Self((0..words).map(|_| AtomicU64::new(0)).collect())
    }

    /// Marks a hash; whether all its bits were there before. One word decides, so that of two threads that come
    /// with the same key one is told.
    fn mark(&self, hash: u64) -> bool {
        let bits = (0..BITS).fold(0, |bits, turn| bits | 1_u64 << (hash >> (6 * turn) & 63));
        let word = (hash >> (6 * BITS)) as usize & (self.0.len() - 1);
        self.0.get(word).is_some_and(|word| word.fetch_or(bits, Ordering::Relaxed) & bits == bits)
    }
}

/// The keys of one piece of a file, in the order of its rows.
#[derive(Clone, Debug)]
struct Run {
    place: (usize, u64),
    first: (Box<str>, Box<str>),
    last: (String, String),
    ascending: bool,
}

/// What one thread has seen of the keys.
#[derive(Default, Debug)]
pub(super) struct Trail {
    runs: Vec<Run>,
    suspects: Vec<u64>,
}

impl Trail {
    /// Notes a key of the piece `place` (file and piece).
    pub(super) fn note(&mut self, bits: &Bits, place: (usize, u64), id: &str, line: &str) {
        let hash = hash(id, line);
        if bits.mark(hash) {
            self.suspects.push(hash);
        }
        match self.runs.last_mut() {
            Some(run) if run.place == place => {
                if run.ascending {
                    run.ascending = (run.last.0.as_str(), run.last.1.as_str()) < (id, line);
                    run.last.0.clear();
                    run.last.0.push_str(id);
                    run.last.1.clear();
                    run.last.1.push_str(line);
                }
            }
            _ => self.runs.push(Run {
                place,
                first: (id.into(), line.into()),
                last: (id.to_owned(), line.to_owned()),
                ascending: true,
            }),
        }
    }
}

/// Hashes of the keys that may stand in several rows; empty when none can.
pub(super) fn suspects(trails: Vec<Trail>) -> BTreeSet<u64> {
    let mut runs = Vec::new();
    let mut suspects = BTreeSet::new();
    for trail in trails {
        runs.extend(trail.runs);
        suspects.extend(trail.suspects);
    }
    runs.sort_by_key(|run| run.place);
    let linked = |pair: &[Run]| match pair {
        [a, b] => (a.last.0.as_str(), a.last.1.as_str()) < (&*b.first.0, &*b.first.1),
        _ => true,
    };
    if runs.iter().all(|run| run.ascending) && runs.windows(2).all(linked) {
        suspects.clear();
    }
    suspects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_is_always_a_suspect() {
        let bits = Bits::new(0);
        let mut trail = Trail::default();
        for i in 0..20_000_u32 {
            trail.note(&bits, (0, 0), &format!("{}", i * 7919 % 10_000), "");
        }
        let suspects = suspects(vec![trail]);
        for i in 0..10_000_u32 {
            assert!(suspects.contains(&hash(&i.to_string(), "")), "{i}");
        }
    }

    #[test]
    fn ascending_keys_need_no_second_look() {
        let bits = Bits::new(0);
        let (mut a, mut b) = (Trail::default(), Trail::default());
        for i in 0..20_000_u32 {
            let trail = if i / 1000 % 2 == 0 { &mut a } else { &mut b };
            trail.note(&bits, (0, u64::from(i / 1000)), &format!("{i:08}"), "1");
        }
        assert!(!a.suspects.is_empty(), "the small table is full of false alarms");
        assert!(suspects(vec![a, b]).is_empty());
    }
}
