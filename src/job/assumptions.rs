//! `[[assumptions]]`: what a plan takes for granted, said with every vintage.

use chrono::NaiveDate;
use serde::Deserialize;
use toml::Spanned;

/// Something that is taken for granted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumption {
    /// What is assumed.
    pub text: Spanned<String>,
    /// Who answers for it.
    pub owner: String,
    /// Day on which it was made.
    #[serde(default, deserialize_with = "super::values::day")]
    pub date: Option<NaiveDate>,
    /// Last day on which it holds; a run as of a later day says that it has expired. Empty: it holds until it is taken out.
    #[serde(default, deserialize_with = "super::values::day")]
    pub expires: Option<NaiveDate>,
}

impl Assumption {
    /// Whether it no longer holds on a day.
    pub fn expired(&self, as_of: NaiveDate) -> bool {
        self.expires.is_some_and(|last| last < as_of)
    }

    /// In a line, as of a day.
    pub fn described(&self, as_of: NaiveDate) -> String {
        let made = self.date.map_or_else(String::new, |day| format!(", {day}"));
        let until = match self.expires {
            Some(last) if self.expired(as_of) => format!(", expired on {last}"),
            Some(last) => format!(", until {last}"),
            None => String::new(),
        };
        format!("{} ({}{made}{until})", self.text.as_ref(), self.owner)
    }
}
