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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_near_another_in_all_but_case_blanks_and_dashes() {
        let near = |text| near(text, ["Alpha-1 Pro", "ALPHA 2"].into_iter());
        assert_eq!(near("alpha1 pro"), Some("Alpha-1 Pro"));
        assert_eq!(near("Alpha–2"), Some("ALPHA 2"));
        assert_eq!(near("Alpha 3"), None);
    }
}
