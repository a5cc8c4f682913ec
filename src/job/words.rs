//! `words`: what the words of an export mean.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Words of an export, and of single columns of it.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
pub struct Words(BTreeMap<String, Meaning>);

/// What stands at a name in `words`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "a word is text, or of one column a table: words = { status = { C = \"completed\" } }"
)]
enum Meaning {
    /// The word has this meaning in every column.
    Everywhere(String),
    /// The name is a column of ours; its words, with their meanings.
    Column(BTreeMap<String, String>),
}

impl Meaning {
    /// What the word means in every column.
    fn everywhere(&self) -> Option<&str> {
        match self {
            Self::Everywhere(meaning) => Some(meaning),
            Self::Column(_) => None,
        }
    }
}

impl Words {
    /// What a word means in a column of ours, which goes before what it means in every column.
    pub fn of(&self, column: &str, word: &str) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        let own = match self.0.get(column) {
            Some(Meaning::Column(words)) => words.get(word).map(String::as_str).or_else(|| {
                let pairs = words.iter().map(|(known, meaning)| (known.as_str(), meaning.as_str()));
                in_any_case(word, pairs)
            }),
            _ => None,
        };
        own.or_else(|| self.everywhere(word))
    }

    /// What a word means in every column.
    pub fn everywhere(&self, word: &str) -> Option<&str> {
        self.0.get(word).and_then(Meaning::everywhere).or_else(|| {
            let pairs =
                self.0.iter().filter_map(|(known, meaning)| Some((known.as_str(), meaning.everywhere()?)));
            in_any_case(word, pairs)
        })
    }

    /// Columns of ours that have words of their own.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(|(_, meaning)| matches!(meaning, Meaning::Column(_)))
            .map(|(name, _)| name.as_str())
    }
}

/// What a word means that is written with other capitals; nothing where two that differ in capitals alone mean two things.
fn in_any_case<'a>(word: &str, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Option<&'a str> {
    let same = |known: &str| {
        known.eq_ignore_ascii_case(word) || (!word.is_ascii() && known.to_lowercase() == word.to_lowercase())
    };
    let mut meanings = pairs.filter(|(known, _)| same(known)).map(|(_, meaning)| meaning);
    let first = meanings.next()?;
    meanings.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_may_have_two_meanings_in_two_columns() {
        let words: Words = toml::from_str(
            "A = \"key_account\"\n[order_type]\nA = \"futures\"\n[status]\nC = \"completed\"\n",
        )
        .unwrap();
        assert_eq!(words.of("customer_segment", "A"), Some("key_account"));
        assert_eq!(words.of("order_type", "A"), Some("futures"));
        assert_eq!(words.of("order_type", "C"), None);
        assert_eq!(words.of("status", "c"), Some("completed"), "in any case");
        assert_eq!(words.of("customer_segment", "a"), Some("key_account"));
        let two: Words =
            toml::from_str("x = \"open\"\nX = \"cancelled\"\nda = \"open\"\n\"ДА\" = \"open\"\n").unwrap();
        assert_eq!([two.of("status", "x"), two.of("status", "X")], [Some("open"), Some("cancelled")]);
        let two: Words = toml::from_str("ab = \"open\"\nAB = \"cancelled\"\n\"ДА\" = \"open\"\n").unwrap();
        assert_eq!([two.of("status", "Ab"), two.of("status", "Да")], [None, Some("open")]);
        assert_eq!(words.columns().collect::<Vec<_>>(), ["order_type", "status"]);
        let wrong = toml::from_str::<Words>("A = 1\n").unwrap_err();
        assert!(wrong.message().contains("a word is text"), "{wrong}");
    }
}
