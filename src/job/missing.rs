//! Required keys that a job file does not have: all of them at once, where a reader of TOML stops at the first.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, Deserializer, Error};

/// Values that stand in for a key that is not there, so that reading goes on to the next one: of every kind of required key
/// one of them is taken.
const STAND_INS: [&str; 4] = ["\"2025-01\"", "1", "{}", "[]"];

/// What is wrong with a text, by the byte at which it shows: every required key that is not there, up to the first problem
/// of another kind. A section that is not there stands for its keys.
pub(super) fn missing<T: DeserializeOwned>(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let Ok(mut root) = DeTable::parse(text) else { return found };
    // No table of the text has a span behind its end: these are of stand-ins.
    let mut behind = text.len() + 1;
    while let Err(error) = T::deserialize(Deserializer::from(root.clone())) {
        let span = error.span().unwrap_or_default();
        let of_text = span.start <= text.len();
        let Some(key) = key_of(&error) else {
            if of_text {
                found.push((span.start, super::plain_words::in_plain_words(error.message())));
            }
            break;
        };
        if of_text {
            let head = text.get(span.clone()).filter(|head| head.starts_with('['));
            let place = head.map_or_else(String::new, |head| format!(" in {head}"));
            found.push((span.start, format!("missing field `{key}`{place}")));
        }
        let place = behind..behind;
        let filled = STAND_INS.into_iter().find_map(|value| {
            let mut root = root.clone();
            let value = DeValue::parse(value).ok()?.into_inner();
            let key = Spanned::new(place.clone(), key.clone().into());
            insert(&mut root, &span, (key, Spanned::new(place.clone(), value)));
            let next = T::deserialize(Deserializer::from(root.clone())).err();
            let refused = next.is_some_and(|next| {
                let same = next.span() == error.span() && next.message() == error.message();
                same || (next.span() == Some(place.clone()) && key_of(&next).is_none())
            });
            (!refused).then_some(root)
        });
        let Some(filled) = filled else { break };
        root = filled;
        behind += 1;
    }
    found.sort();
    found
}

/// The key that an error says is not there.
fn key_of(error: &Error) -> Option<String> {
    let key = error.message().strip_prefix("missing field `")?.strip_suffix('`')?;
    Some(key.to_owned())
}

/// A key of the job file with its place, or its value.
type Key<'i> = Spanned<DeString<'i>>;
type Value<'i> = Spanned<DeValue<'i>>;

/// Gives the table with a span another key.
fn insert<'i>(root: &mut Spanned<DeTable<'i>>, span: &Range<usize>, entry: (Key<'i>, Value<'i>)) {
    if root.span() == *span {
        root.get_mut().insert(entry.0, entry.1);
    } else {
        root.get_mut().iter_mut().for_each(|(_, value)| insert_below(value, span, &entry));
    }
}

fn insert_below<'i>(value: &mut Value<'i>, span: &Range<usize>, entry: &(Key<'i>, Value<'i>)) {
    let here = value.span() == *span;
    match value.get_mut() {
        DeValue::Table(table) if here => {
            table.insert(entry.0.clone(), entry.1.clone());
        }
        DeValue::Table(table) => table.iter_mut().for_each(|(_, value)| insert_below(value, span, entry)),
        DeValue::Array(array) => array.iter_mut().for_each(|value| insert_below(value, span, entry)),
        _ => {}
    }
}
