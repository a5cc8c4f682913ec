//! Patterns of text: what of it is taken, and under which name.

/// A part of a pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Token {
    /// This text, in any case.
    Text(String),
    /// One blank or more.
    Blanks,
    /// Anything, or nothing.
    Any,
    /// What is taken, as short as the rest allows; the place of its name.
    Part(usize),
    /// A number that is taken, as long as the rest allows.
    Number(usize),
}

/// A pattern: `{name}` is taken, `{name:number}` a number, `*` stands for anything, a blank for one or more, all else for itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Pattern {
    tokens: Vec<Token>,
    /// Names of what is taken, in order.
    pub names: Vec<String>,
}

/// Longest text that patterns look at: a longer one fits none.
const LONGEST: usize = 4000;

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// The reason, as a sentence fragment.
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        let (mut tokens, mut names, mut literal) = (Vec::new(), Vec::new(), String::new());
        let mut rest = pattern.chars();
        while let Some(c) = rest.next() {
            let token = match c {
                '{' => {
                    let inside: String = rest.by_ref().take_while(|c| *c != '}').collect();
                    if !pattern.contains('}') {
                        return Err(format!("`{pattern}` has a {{ without }}"));
                    }
                    let (name, kind) = inside.split_once(':').unwrap_or((&inside, ""));
                    let place = names.len();
                    if name.trim().is_empty() || names.iter().any(|known| known == name.trim()) {
                        return Err(format!("`{pattern}` has a part without a name, or one twice"));
                    }
                    names.push(name.trim().to_owned());
                    match kind.trim() {
                        "" => Token::Part(place),
                        "number" => Token::Number(place),
                        other => {
                            return Err(format!(
                                "`{pattern}` asks for `{other}`: a part is {{name}} or {{name:number}}"
                            ));
                        }
                    }
                }
                '*' => Token::Any,
                c if c.is_whitespace() => Token::Blanks,
                c => {
                    literal.extend(c.to_lowercase());
                    continue;
                }
            };
            if !literal.is_empty() {
                tokens.push(Token::Text(std::mem::take(&mut literal)));
            }
            if !(token == Token::Blanks && tokens.last() == Some(&Token::Blanks)) {
                tokens.push(token);
            }
        }
        if !literal.is_empty() {
            tokens.push(Token::Text(literal));
        }
        Ok(Self { tokens, names })
    }

    /// Whether it takes anything.
    pub(super) const fn takes(&self) -> bool {
        !self.names.is_empty()
    }

    /// What it takes of a text that it fits, in the order of its names.
    pub(super) fn of<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let text = text.trim();
        if text.len() > LONGEST {
            return None;
        }
        let mut taken = vec![""; self.names.len()];
        let mut failed = vec![false; (self.tokens.len() + 1) * (text.len() + 1)];
        self.fits(text, 0, 0, &mut taken, &mut failed).then_some(taken)
    }

    /// Whether the whole of a text fits.
    pub(super) fn is(&self, text: &str) -> bool {
        self.of(text).is_some()
    }

    /// Whether the tokens from `token` on fit the text from byte `at` on. Places that failed are not tried again.
    fn fits<'t>(
        &self,
        text: &'t str,
        token: usize,
        at: usize,
        taken: &mut [&'t str],
        failed: &mut [bool],
    ) -> bool {
        let state = token * (text.len() + 1) + at;
        if failed.get(state).copied().unwrap_or(true) {
            return false;
        }
        let rest = text.get(at..).unwrap_or_default();
        let fits = match self.tokens.get(token) {
            None => rest.is_empty(),
            Some(Token::Text(literal)) => after(rest, literal)
                .is_some_and(|length| self.fits(text, token + 1, at + length, taken, failed)),
            Some(Token::Blanks) => {
                let blanks = rest.len() - rest.trim_start().len();
                blanks > 0 && self.fits(text, token + 1, at + blanks, taken, failed)
            }
            Some(Token::Any) => {
                ends(rest).any(|length| self.fits(text, token + 1, at + length, taken, failed))
            }
            Some(Token::Part(name)) => ends(rest).skip(1).any(|length| {
                let fits = self.fits(text, token + 1, at + length, taken, failed);
                if fits && let Some(part) = taken.get_mut(*name) {
                    *part = rest.get(..length).unwrap_or_default().trim();
                }
                fits
            }),
            Some(Token::Number(name)) => {
                let longest = number(rest);
                (1..=longest).rev().filter(|length| rest.is_char_boundary(*length)).any(|length| {
                    let part = rest.get(..length).unwrap_or_default();
                    let fits = part.ends_with(|c: char| c.is_ascii_digit())
                        && self.fits(text, token + 1, at + length, taken, failed);
                    if fits && let Some(place) = taken.get_mut(*name) {
                        *place = part.trim();
                    }
                    fits
                })
            }
        };
        if !fits && let Some(mark) = failed.get_mut(state) {
            *mark = true;
        }
        fits
    }
}

/// Bytes of `text` that are `literal` in any case, when it begins so.
fn after(text: &str, literal: &str) -> Option<usize> {
    let mut wanted = literal.chars();
    let mut length = 0;
    let mut next = wanted.next();
    for c in text.chars() {
        if next.is_none() {
            break;
        }
        for lower in c.to_lowercase() {
            if next != Some(lower) {
                return None;
            }
            next = wanted.next();
        }
        length += c.len_utf8();
    }
    next.is_none().then_some(length)
}

/// Ends of the beginnings of a text, the shortest first.
fn ends(text: &str) -> impl Iterator<Item = usize> {
    text.char_indices().map(|(index, _)| index).chain([text.len()])
}

/// Bytes at the beginning that a number could have.
fn number(text: &str) -> usize {
    let part = |c: char| {
        c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '\u{2019}' | ' ' | '\u{a0}' | '\u{202f}')
    };
    let signed = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !signed.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.len() - signed.trim_start_matches(part).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_taken_under_their_names() {
        for (pattern, text, taken) in [
            ("stock_{day}.csv", "stock_2024-10-31.csv", Some(vec!["2024-10-31"])),
            ("{quantity:number} {unit}", "1 060 PC", Some(vec!["1 060", "PC"])),
            ("{quantity:number}{unit}", "60PC", Some(vec!["60", "PC"])),
            ("{quantity:number}*", "60", Some(vec!["60"])),
            ("{quantity:number}*", "-60.5 Nos", Some(vec!["-60.5"])),
            ("[{model}]*", "[MINI] MINI miner", Some(vec!["MINI"])),
            ("Sales Order #{id}", "sales  order #SO1", Some(vec!["SO1"])),
            ("*as of {day}", "Open orders as of 30.09.2025", Some(vec!["30.09.2025"])),
            ("{a} - {b}", "x - y - z", Some(vec!["x", "y - z"])),
            ("{month} 数量", "2025年9月 数量", Some(vec!["2025年9月"])),
            ("Total *", "Total", None),
            ("Total*", "TOTAL Kanal Ost", Some(vec![])),
            ("{a}", "", None),
            ("{a:number}", "PC", None),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().of(text), taken, "{pattern} {text}");
        }
        for wrong in ["{a", "{}", "{a}{a}", "{a:date}"] {
            assert!(Pattern::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_pattern_of_many_parts_ends() {
        let pattern = Pattern::new("*a*a*a*a*a*a*a*a*b").unwrap();
        assert!(!pattern.is(&"a".repeat(2000)));
    }
}
