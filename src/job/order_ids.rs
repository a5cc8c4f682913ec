//! `order_id_rule`: what is left out of account when order numbers of two exports are compared.

use std::borrow::Cow;

use serde::Deserialize;

/// One difference that does not count.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Alike {
    /// Characters without width, such as a byte order mark inside a cell.
    ZeroWidth,
    /// Blanks of any kind, also inside.
    Blanks,
    /// Apostrophes and quotes, as spreadsheets put before numbers that are text.
    Apostrophe,
    /// Capital and small letters.
    Case,
    /// These characters at the start; of several prefixes one.
    Prefix(String),
    /// Zeros before the first other digit of each run of digits.
    LeadingZeros,
    /// Hyphens and dashes, underscores, slashes and points. They go last: before, they part runs of digits.
    Marks,
}

impl Alike {
    /// As the job writes it.
    pub fn name(&self) -> String {
        match self {
            Self::ZeroWidth => "zero_width".to_owned(),
            Self::Blanks => "blanks".to_owned(),
            Self::Apostrophe => "apostrophe".to_owned(),
            Self::Case => "case".to_owned(),
            Self::Prefix(prefix) => format!("prefix {prefix}"),
            Self::LeadingZeros => "leading_zeros".to_owned(),
            Self::Marks => "marks".to_owned(),
        }
    }
}

impl std::str::FromStr for Alike {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "zero_width" => Ok(Self::ZeroWidth),
            "blanks" => Ok(Self::Blanks),
            "apostrophe" => Ok(Self::Apostrophe),
            "case" => Ok(Self::Case),
            "leading_zeros" => Ok(Self::LeadingZeros),
            "marks" => Ok(Self::Marks),
            other => match other.strip_prefix("prefix ").map(str::trim) {
                Some(prefix) if !prefix.is_empty() => Ok(Self::Prefix(prefix.to_owned())),
                _ => Err(format!(
                    "`{text}` is no part of an order_id_rule (write zero_width, blanks, apostrophe, case, leading_zeros, marks, or for example \"prefix SO-\")"
                )),
            },
        }
    }
}

/// Every difference that does not count, in the order in which they are taken away. Empty: numbers are compared as written.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct OrderIdRule(Vec<Alike>);

impl TryFrom<Vec<String>> for OrderIdRule {
    type Error = String;
    fn try_from(parts: Vec<String>) -> Result<Self, String> {
        parts.iter().map(|part| part.parse()).collect::<Result<Vec<Alike>, String>>().map(Self::new)
    }
}

/// Characters that take no place.
const fn no_width(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}')
}

const fn quote(c: char) -> bool {
    matches!(c, '\'' | '"' | '`' | '\u{2018}' | '\u{2019}' | '\u{02bc}' | '\u{00b4}' | '\u{ff07}')
}

const fn mark(c: char) -> bool {
    matches!(c, '-' | '_' | '/' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

impl OrderIdRule {
    /// In the order in which they are taken away, each once.
    pub fn new(mut parts: Vec<Alike>) -> Self {
        parts.sort();
        parts.dedup();
        Self(parts)
    }

    /// Whether numbers are compared as written.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its parts.
    pub fn parts(&self) -> &[Alike] {
        &self.0
    }

    /// The number with what does not count taken away; as written where nothing would be left.
    pub fn apply<'a>(&self, id: &'a str) -> Cow<'a, str> {
        if self.0.is_empty() {
            return Cow::Borrowed(id);
        }
        let ignores_case = self.0.contains(&Alike::Case);
        let (mut text, mut stripped) = (id.to_owned(), false);
        for part in &self.0 {
            match part {
                Alike::ZeroWidth => text.retain(|c| !no_width(c)),
                Alike::Blanks => text.retain(|c| !c.is_whitespace()),
                Alike::Apostrophe => text.retain(|c| !quote(c)),
                Alike::Case => text = text.to_lowercase(),
                Alike::Prefix(prefix) => {
                    let prefix = if ignores_case { prefix.to_lowercase() } else { prefix.clone() };
                    if let Some(rest) = text.strip_prefix(&prefix).filter(|_| !stripped) {
                        (text, stripped) = (rest.to_owned(), true);
                    }
                }
                Alike::LeadingZeros => text = without_zeros(&text),
                Alike::Marks => text.retain(|c| !mark(c)),
            }
        }
        let text = text.trim();
        if text.is_empty() { Cow::Borrowed(id) } else { Cow::Owned(text.to_owned()) }
    }
}

/// The text without zeros before other digits: `SO-0012-07` is `SO-12-7`; `000` is `0`.
fn without_zeros(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut in_number = false;
    while let Some(c) = rest.next() {
        let zero = c == '0' && !in_number;
        if zero && rest.peek().is_some_and(char::is_ascii_digit) {
            continue;
        }
        in_number = c.is_ascii_digit();
        short.push(c);
    }
    short
}

impl std::fmt::Display for OrderIdRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|part| format!("{:?}", part.name())).collect();
        write!(f, "[{}]", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(parts: &[&str]) -> OrderIdRule {
        OrderIdRule::try_from(parts.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn each_part_takes_away_what_it_says_and_no_more() {
        for (parts, text, short) in [
            (&[][..], " SO-01", " SO-01"),
            (&["case"], "SO-01", "so-01"),
            (&["blanks"], "SO\u{a0}0 1", "SO01"),
            (&["zero_width"], "\u{feff}SO\u{200b}1", "SO1"),
            (&["apostrophe"], "'0012", "0012"),
            (&["leading_zeros"], "SO-0012-07-00", "SO-12-7-0"),
            (&["leading_zeros"], "1002", "1002"),
            (&["prefix SO-"], "SO-0012", "0012"),
            (&["prefix SO-"], "PO-0012", "PO-0012"),
            (&["leading_zeros", "prefix so", "case"], "SO0012", "12"),
            (&["prefix SO"], "SO", "SO"),
            (&["marks"], "SO-2025/0012_1.b", "SO202500121b"),
            (&["marks", "leading_zeros"], "SO-0012-07", "SO127"),
            (&["marks", "prefix SO-"], "SO-12-7", "127"),
        ] {
            assert_eq!(rule(parts).apply(text), short, "{parts:?} {text}");
        }
    }

    #[test]
    fn what_is_no_part_of_a_rule_is_reported() {
        let reported = OrderIdRule::try_from(vec!["dashes".to_owned()]).unwrap_err();
        assert!(reported.contains("leading_zeros"), "{reported}");
        assert!(OrderIdRule::try_from(vec!["prefix ".to_owned()]).is_err());
    }
}
