//! Names as they are compared: exports write one name with other capitals, blanks or dashes, and mean the same.

/// A header cell as it is seen: without characters that have no width, one blank for every kind of blank.
pub(super) fn seen(cell: &str) -> String {
    let unseen = |c: &char| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}');
    let text: String = cell.chars().filter(unseen).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    text.trim().to_owned()
}

/// A name without what differs between systems: case, blanks, `_` and `-`.
pub(super) fn folded(name: &str) -> String {
    let unlike = |c: &char| c.is_whitespace() || matches!(c, '_' | '-');
    seen(name).chars().filter(|c| !unlike(c)).flat_map(char::to_lowercase).collect()
}

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
