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
pub(in crate::ingest) fn hash(id: &str, line: &str) -> u64 {
    FixedState::with_seed(0).hash_one((id, line))
}

/// The table of bits, shared by all threads.
pub(in crate::ingest) struct Bits(Vec<AtomicU64>);

impl Bits {
    /// A table for files of `bytes` together.
    pub(in crate::ingest) fn new(bytes: u64) -> Self {
        let words = (bytes / BYTES_A_WORD).clamp(FEWEST_WORDS, MOST_WORDS).next_power_of_two();
        Self((0..words).map(|_| AtomicU64::new(0)).collect())
    }

    /// Marks a hash; whether all its bits were there before. One word decides, so that of two threads that come
    /// with the same key one is reported.
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
}

/// Keys of which a thread keeps the hashes before it trusts that they go on ascending.
const PROBATION: usize = 1 << 14;

/// What one thread has seen of the keys.
#[derive(Default, Debug)]
pub(in crate::ingest) struct Trail {
    runs: Vec<Run>,
    /// Hashes of the first keys; what comes after them is not marked as long as keys ascend.
    early: Vec<u64>,
    trusted: bool,
    marking: bool,
    /// Keys were trusted that should not have been.
    betrayed: bool,
    suspects: Vec<u64>,
}

impl Trail {
    /// Notes a key of the piece `place` (file and piece).
    pub(in crate::ingest) fn note(&mut self, bits: &Bits, place: (usize, u64), id: &str, line: &str) {
        let mut ascending = true;
        match self.runs.last_mut() {
            Some(run) if run.place == place => {
                ascending = (run.last.0.as_str(), run.last.1.as_str()) < (id, line);
                if !self.marking {
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
            }),
        }
        if self.marking {
            self.mark(bits, hash(id, line));
        } else if !ascending {
            self.marking = true;
            self.betrayed = self.trusted;
            for early in std::mem::take(&mut self.early) {
                self.mark(bits, early);
            }
            self.mark(bits, hash(id, line));
        } else if !self.trusted {
            self.early.push(hash(id, line));
            self.trusted = self.early.len() == PROBATION;
        }
    }

    /// Marks a key whatever its order.
    pub(in crate::ingest) fn mark(&mut self, bits: &Bits, hash: u64) {
        if bits.mark(hash) {
            self.suspects.push(hash);
        }
    }
}

/// What the trails of all threads come to.
#[derive(Debug)]
pub(in crate::ingest) enum Verdict {
    /// No key stands twice.
    Unique,
    /// These hashes may.
    Suspects(BTreeSet<u64>),
    /// Some keys were not marked: every key must be, in another pass.
    MarkAll,
}

/// Judges the trails of a pass that marked no more than it had to.
pub(in crate::ingest) fn judge(trails: Vec<Trail>) -> Verdict {
    let linked = |pair: &[&Run]| match pair {
        [a, b] => (a.last.0.as_str(), a.last.1.as_str()) < (&*b.first.0, &*b.first.1),
        _ => true,
    };
    let mut runs: Vec<&Run> = trails.iter().flat_map(|t| &t.runs).collect();
    runs.sort_by_key(|run| run.place);
    if !trails.iter().any(|t| t.marking) && runs.windows(2).all(linked) {
        Verdict::Unique
    } else if trails.iter().all(|t| t.marking && !t.betrayed) {
        Verdict::Suspects(suspects(trails))
    } else {
        Verdict::MarkAll
    }
}

/// The suspects of a pass that marked every key.
pub(in crate::ingest) fn suspects(trails: Vec<Trail>) -> BTreeSet<u64> {
    trails.into_iter().flat_map(|t| t.suspects).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(keys: impl Iterator<Item = u32>) -> Verdict {
        let bits = Bits::new(0);
        let mut trail = Trail::default();
        for key in keys {
            trail.note(&bits, (0, 0), &format!("{key:08}"), "");
        }
        judge(vec![trail])
    }

    #[test]
    fn a_repeated_key_is_always_a_suspect() {
        let Verdict::Suspects(suspects) = judged((0..20_000).map(|i| i * 7919 % 10_000)) else { panic!() };
        for i in 0..10_000_u32 {
            assert!(suspects.contains(&hash(&format!("{i:08}"), "")), "{i}");
        }
    }

    #[test]
    fn ascending_keys_are_unique_and_late_disorder_asks_for_another_pass() {
        assert!(matches!(judged(0..50_000), Verdict::Unique));
        assert!(matches!(judged((0..50_000).chain([7])), Verdict::MarkAll));
        assert!(matches!(judged([1, 1].into_iter()), Verdict::Suspects(s) if s.len() == 1));
    }

    #[test]
    fn pieces_that_overlap_are_seen() {
        let bits = Bits::new(0);
        let (mut a, mut b) = (Trail::default(), Trail::default());
        for i in 0..20_000_u32 {
            a.note(&bits, (0, 1), &format!("{i:08}"), "1");
            b.note(&bits, (0, 2), &format!("{:08}", i + 19_999), "1");
        }
        assert!(matches!(judge(vec![a, b]), Verdict::MarkAll));
    }
}
