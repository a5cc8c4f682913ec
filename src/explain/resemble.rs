//! Names that were probably meant.

/// Most names that are offered.
const MOST: usize = 3;

/// `did you mean A or B? ` of the names that resemble a text; empty where none does.
///
/// A name resembles it when it holds the text, or is half of it or more, in whatever case, or when at most a third of the text's letters are wrong, left
/// out, too many or swapped (optimal string alignment).
pub(super) fn meant<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> String {
    let wanted = text.trim().to_lowercase();
    let length = wanted.chars().count();
    if length == 0 {
        return String::new();
    }
    let mut near: Vec<(usize, &str)> = names
        .filter(|name| !name.is_empty())
        .filter_map(|name| {
            let lower = name.to_lowercase();
            if lower.contains(&wanted) || (2 * lower.len() >= wanted.len() && wanted.contains(&lower)) {
                return Some((0, name));
            }
            let wrong = strsim::osa_distance(&lower, &wanted);
            (3 * wrong <= length).then_some((wrong, name))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.truncate(MOST);
    match near.iter().map(|(_, name)| *name).collect::<Vec<_>>().as_slice() {
        [] => String::new(),
        [one] => format!("did you mean {one}? "),
        [most @ .., last] => format!("did you mean {} or {last}? ", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn the_nearest_names_are_offered_and_strangers_are_not() {
        let names = ["SO-00436", "SO-00439", "2025Q3/C5/Foundry East/2025-10-31", "2025-10"];
        let meant = |text| meant(text, names.into_iter());
        assert_eq!(
            meant("SO-00463"),
            "did you mean SO-00436 or SO-00439? ",
            "swapped, and two wrong of eight"
        );
        assert_eq!(meant("so-00439"), "did you mean SO-00439 or SO-00436? ", "the nearest comes first");
        assert_eq!(meant("c5/foundry east"), "did you mean 2025Q3/C5/Foundry East/2025-10-31? ");
        assert_eq!(meant("SO-00436 line 1"), "did you mean SO-00436? ");
        assert_eq!(meant("C5 of 2025-10 at Foundry East"), "", "a month within a long text is not meant");
        assert_eq!(meant("nothing alike"), "");
        assert_eq!(meant(""), "");
    }
}
