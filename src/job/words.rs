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

impl Words {
    /// What a word means in a column of ours, which goes before what it means in every column.
    pub fn of(&self, column: &str, word: &str) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        let own = match self.0.get(column) {
            Some(Meaning::Column(words)) => words.get(word).map(String::as_str),
            _ => None,
        };
        own.or_else(|| self.everywhere(word))
    }

    /// What a word means in every column.
    pub fn everywhere(&self, word: &str) -> Option<&str> {
        match self.0.get(word) {
            Some(Meaning::Everywhere(meaning)) => Some(meaning),
            _ => None,
        }
    }

    /// Columns of ours that have words of their own.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(|(_, meaning)| matches!(meaning, Meaning::Column(_)))
            .map(|(name, _)| name.as_str())
    }
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
        assert_eq!(words.columns().collect::<Vec<_>>(), ["order_type", "status"]);
        let wrong = toml::from_str::<Words>("A = 1\n").unwrap_err();
        assert!(wrong.message().contains("a word is text"), "{wrong}");
    }
}
