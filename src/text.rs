//! Text that came from an export, a file name, the job or a published table, before it is shown: it never moves a cursor,
//! colours a terminal, turns the direction of writing, begins a line of its own or becomes markup.
//!
//! The rule stands here once. Values of tables go through it in `tables::Cell`, messages in `diagnostic` and `error`,
//! everything on stdout and stderr a last time in `log`, and `summary.md` in `summary`.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character acts instead of being seen: control characters (C0, DEL, C1), marks that turn the direction of
/// writing (Unicode UAX 9), line and paragraph separators, and characters without width other than joiners.
pub const fn acts(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A text on one line in which everything can be seen: `\n`, `\r`, `\t` and `\u{1b}` stand for what acts.
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, acts)
}

/// Several lines of a message, in which line breaks and tabs act and nothing else does.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| acts(c) && !matches!(c, '\n' | '\t'))
}

/// A text of more than `most` characters as its first ones and how many it has: `aaaa… (1000000 characters)`.
pub fn short(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some((end, _)) => {
            let characters = text.chars().count();
            Cow::Owned(format!("{}… ({characters} characters)", text.get(..end).unwrap_or_default()))
        }
    }
}

/// A header cell as it is seen: without characters that have no width, one blank for every kind of blank.
pub fn as_seen(cell: &str) -> String {
    let unseen = |c: &char| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}');
    let text: String = cell.chars().filter(unseen).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    text.trim().to_owned()
}

/// A header cell without what differs between systems: case, blanks, `_` and `-`.
pub fn folded(name: &str) -> String {
    let unlike = |c: &char| c.is_whitespace() || matches!(c, '_' | '-');
    as_seen(name).chars().filter(|c| !unlike(c)).flat_map(char::to_lowercase).collect()
}

fn escaped(text: &str, acts: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.contains(&acts) {
        return Cow::Borrowed(text);
    }
    let mut seen = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if acts(c) {
            seen.extend(c.escape_default());
        } else {
            seen.push(c);
        }
    }
    Cow::Owned(seen)
}

/// A JSON text that means the same and in which nothing acts: JSON itself escapes the characters below U+0020 only.
pub fn json(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if acts(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a text cannot fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// A line as Markdown that shows it as it is: no emphasis, code, link, table, heading, list, HTML, entity or address that
/// a reader of Markdown (`CommonMark`, GitHub's) would make of it.
pub fn markdown(line: &str) -> String {
    let line = visible(line);
    let mut text = String::with_capacity(line.len() + 16);
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let mut before = ' ';
    let mut rest = line.chars().enumerate().peekable();
    while let Some((index, c)) = rest.next() {
        let next = rest.peek().map_or(' ', |(_, c)| *c);
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' => text.extend(['\\', c]),
            // Within a word it is nothing but itself.
            '_' if !(before.is_alphanumeric() && next.is_alphanumeric()) => text.extend(['\\', c]),
            '#' | '+' | '-' | '=' if index == 0 => text.extend(['\\', c]),
            '.' | ')' if index == digits && index > 0 && next == ' ' => text.extend(['\\', c]),
            // GitHub makes links of bare addresses.
            ':' if next == '/' => text.push_str("\\:"),
            '.' if ends_with_www(&text) => text.push_str("\\."),
            _ => text.push(c),
        }
        before = c;
    }
    text
}

/// The line that was made [`markdown`].
pub fn of_markdown(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let entity = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')]
            .into_iter()
            .find(|(name, _)| rest.starts_with(name));
        let escaped = rest.strip_prefix('\\').and_then(|after| after.chars().next());
        let (meant, length) = match (entity, escaped) {
            (Some((name, meant)), _) => (meant, name.len()),
            (None, Some(meant)) => (meant, 1 + meant.len_utf8()),
            (None, None) => (c, c.len_utf8()),
        };
        text.push(meant);
        rest = rest.get(length..).unwrap_or_default();
    }
    text
}

fn ends_with_www(text: &str) -> bool {
    text.get(text.len().saturating_sub(3)..).is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_written_out_and_the_rest_is_as_it_was() {
        assert_eq!(visible("\u{1b}[31mred\u{7}\rx\u{9b}2J"), "\\u{1b}[31mred\\u{7}\\rx\\u{9b}2J");
        assert_eq!(visible("abc\u{202e}gpj.exe"), "abc\\u{202e}gpj.exe");
        assert_eq!(visible("a\nb\tc"), "a\\nb\\tc");
        assert_eq!(visible_lines("a\nb\tc\u{1b}"), "a\nb\tc\\u{1b}");
        for plain in ["", "M50-090", "矿机 «Ё»", "می‌خواهم", "C:\\new", "ñ"] {
            assert!(matches!(visible(plain), Cow::Borrowed(text) if text == plain), "{plain}");
        }
    }

    #[test]
    fn long_texts_are_cut_at_a_character_and_counted() {
        assert_eq!(short("矿机矿机", 4), "矿机矿机");
        assert_eq!(short("矿机矿机矿", 4), "矿机矿机… (5 characters)");
        assert_eq!(short(&"a".repeat(1_000_000), 3), "aaa… (1000000 characters)");
    }

    #[test]
    fn json_means_the_same() {
        let value = serde_json::json!({ "x": "a\u{1b}b\u{7f}c\u{202e}d\u{e0041}" });
        let text = value.to_string();
        let safe = json(&text);
        assert!(!safe.contains(acts), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }

    #[test]
    fn markup_is_shown_and_not_obeyed() {
        for (line, shown) in [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("[x](javascript:alert(1))", "\\[x\\](javascript:alert(1))"),
            ("a`b` *c* _d_ | ~~e~~", "a\\`b\\` \\*c\\* \\_d\\_ \\| \\~\\~e\\~\\~"),
            ("# futures_orders.csv", "\\# futures_orders.csv"),
            ("1. x", "1\\. x"),
            ("12 months: 58,813 machines", "12 months: 58,813 machines"),
            ("see https://a.b and www.c.d", "see https\\://a.b and www\\.c.d"),
            ("&lt; R&D", "&amp;lt; R&amp;D"),
            ("\\[x]", "\\\\\\[x\\]"),
            ("two\nlines", "two\\\\nlines"),
        ] {
            let shown_as = markdown(line);
            // A line break is made visible first, and its backslash is then shown as one.
            assert_eq!(shown_as, shown, "{line}");
            assert_eq!(of_markdown(&shown_as), visible(line), "{line}");
        }
    }
}
