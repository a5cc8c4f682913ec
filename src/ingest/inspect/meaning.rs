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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::orders::row::COLUMNS;

    /// Of the names of an order number `order no` is read as it is, `orderno` is the second that other systems use, `salesdoc` the ninth
    /// and `order` the last of many.
    #[test]
    fn headers_are_alike_by_how_telling_they_are() {
        let like = |header: &str| likeness(header, &COLUMNS[0]);
        assert_eq!(like("Order No"), 100);
        assert_eq!(like("OrderNr"), 94);
        assert_eq!([like("Sales Doc"), like("Order")], [93, 90]);
        assert_eq!([like("Order ID (new)"), like("OrderNr (SAP)"), like("Sales Doc [SAP]")], [92, 89, 88]);
        assert_eq!([like("SO/Order ID"), like("so.ordernr"), like("so:Sales Doc")], [86, 84, 83]);
        assert_eq!(like("OrderNunber"), 75, "a slip");
        assert_eq!(like("Our order number here"), 60);
        assert_eq!([like("Colour"), like(""), like("()")], [0, 0, 0]);
    }

    #[test]
    fn words_are_known_in_their_column() {
        assert_eq!(word("status", "Completed "), Some("completed"));
        assert_eq!(word("order_type", "completed"), None);
    }
}
