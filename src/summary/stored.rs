//! The lines of a stored summary, as they were printed.

use crate::text::of_markdown;

use super::{PARTS, marked};

/// The lines that a run printed, from the `summary.md` that it published.
pub fn stored(page: &str) -> Vec<String> {
    let mut word = None;
    let mut lines = Vec::new();
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            word = PARTS.iter().find(|(known, _)| *known == title).map(|(_, word)| *word);
        } else if let (Some(word), Some(line)) = (word, line.strip_prefix("- ")) {
            lines.push(marked(word, &of_markdown(line)));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_that_are_printed_are_found_again() {
        let page = "# 2025Q3 of job x, as of 2025-09-30\n\n## Read first\n\n- look\n\n## What to order\n\n- 12 months: 5\n\n\
                    ## What to doubt\n\n- a\\*b &lt;c&gt;\n\n## Warnings\n\n- not printed on stdout\n";
        assert_eq!(stored(page), ["first: look", "12 months: 5", "doubt: a*b <c>"]);
    }
}
