//! Names as they are compared: exports write one name with other capitals, blanks or dashes, and mean the same.

pub(super) use crate::text::{as_seen as seen, folded};

/// Letters and digits of a name, without case: names of one core differ in capitals, blanks, dashes and characters without
/// width alone.
pub(super) fn core(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The one of these names that differs from `text` in nothing but case, blanks, dashes and characters without width.
pub(super) fn near<'a>(text: &str, mut names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let of_text = core(text);
    names.find(|name| core(name) == of_text)
}
