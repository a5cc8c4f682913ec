//! Which of our columns and words a header and a cell of another system mean.

use crate::ingest::cells::layout::Column;
use crate::ingest::names::{core, folded};

use super::synonyms::{NAMES, QUOTATIONS, WORDS};

/// Words that each column of words may have.
pub(super) fn allowed(column: &str) -> &'static [&'static str] {
    match column {
        "status" => &["open", "completed", "cancelled"],
        "customer_segment" => &["key_account", "retail", "channel"],
        "order_type" => &["futures", "spot"],
        "kind" => &["machines_on_hand", "chips_on_hand", "dies_on_hand", "wafer_order"],
        _ => &[],
    }
}

/// Our word for a word of a column; `None` where it is not known.
pub(super) fn word(column: &str, text: &str) -> Option<&'static str> {
    let own = allowed(column).iter().find(|word| core(word) == core(text)).copied();
    own.or_else(|| {
        let lower = text.to_lowercase().replace('_', " ");
        let known = WORDS.iter().find(|(of, _, words)| *of == column && words.contains(&lower.as_str()));
        known.map(|(_, word, _)| *word)
    })
}

/// From here on a name is taken over; what is less like stands as a comment.
pub(super) const SURE: u32 = 80;

/// How much a header is like a column: 100 is read without being named, 0 is nothing alike.
pub(super) fn likeness(header: &str, column: &Column) -> u32 {
    let sure = by_name(header, column);
    if sure > 0 { sure } else { nearly(header, column) }
}

/// The same, of names that are known.
pub(super) fn by_name(header: &str, column: &Column) -> u32 {
    let ours = || std::iter::once(&column.name).chain(column.aliases);
    if ours().any(|name| folded(name) == folded(header)) {
        return 100;
    }
    let synonyms = synonyms(column);
    let of = |text: &str, by_name: u32, by_synonym: u32| {
        let text = core(text);
        if text.is_empty() {
            0
        } else if ours().any(|name| core(name) == text) {
            by_name
        } else if let Some(place) = synonyms.iter().position(|name| *name == text) {
            // The first of several names is the more telling one.
            by_synonym - u32::try_from(place / 8).unwrap_or(0).min(4)
        } else {
            0
        }
    };
    let bare = header.split(['(', '[', '（', '【']).next().unwrap_or(header);
    let last = header.rsplit(['/', '.', ':']).find(|part| !part.trim().is_empty()).unwrap_or(header);
    of(header, 97, 94).max(of(bare, 92, 89)).max(of(last, 86, 84))
}

fn synonyms(column: &Column) -> &'static [&'static str] {
    NAMES.iter().find(|(name, _)| *name == column.name).map_or(&[], |(_, names)| names)
}

/// Names that differ by a slip, or have one within.
fn nearly(header: &str, column: &Column) -> u32 {
    let text = core(header);
    let length = text.chars().count();
    let names = std::iter::once(&column.name).chain(column.aliases).map(|name| core(name));
    let names: Vec<String> = names.chain(synonyms(column).iter().map(|name| (*name).to_owned())).collect();
    // Two characters of Chinese say as much as five letters.
    let long = |name: &str| name.chars().count() >= if name.is_ascii() { 5 } else { 2 };
    let slip = |name: &str| {
        let most = name.chars().count();
        most.abs_diff(length) * 5 <= most && strsim::osa_distance(&text, name) * 5 <= most
    };
    if names.iter().any(|name| long(name) && slip(name)) {
        75
    } else if names.iter().any(|name| long(name) && text.contains(name.as_str())) {
        60
    } else {
        0
    }
}

/// Words of quotations and drafts, which are no orders.
pub(super) fn is_quotation(word: &str) -> bool {
    let word = core(word);
    QUOTATIONS.iter().any(|known| core(known) == word)
}

/// What a code seems to mean by its letters.
pub(super) fn by_letters(column: &str, text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    match column {
        "order_type" if has(&["fut", "fwd", "forward", "期货", "预售"]) => Some("futures"),
        "order_type" if has(&["spo", "stock", "现货"]) => Some("spot"),
        "status" if has(&["cancel", "作废", "取消", "storn"]) => Some("cancelled"),
        _ => None,
    }
}
