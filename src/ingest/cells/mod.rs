//! Cells: a header bound to columns, and text as numbers, dates, words and amounts in USD.

pub(super) mod currency;
pub(super) mod currency_words;
pub(super) mod dates;
pub(super) mod empty;
pub(super) mod layout;
pub(super) mod number;
pub(super) mod periods;
pub(super) mod seen;
pub(super) mod table;

/// What is wrong with a cell: the kind, and the reason in a sentence fragment.
pub(super) type Wrong = (crate::diagnostic::Code, String);
