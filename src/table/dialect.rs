//! How the CSV files are written: for programs as RFC 4180 has it, or as the spreadsheets of a country expect them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Characters between cells, before decimals and at the start of the file. A vintage records it in its manifest, so that
/// later runs read it back whatever their own job says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Dialect {
    /// Character between cells.
    pub delimiter: char,
    /// Mark before the decimals.
    pub decimal_mark: char,
    /// Whether the file begins with a byte order mark, by which Excel knows UTF-8.
    pub bom: bool,
}

impl Default for Dialect {
    /// RFC 4180, UTF-8, decimal point.
    fn default() -> Self {
        Self { delimiter: ',', decimal_mark: '.', bom: false }
    }
}

/// The byte order mark of UTF-8.
pub(crate) const BOM: char = '\u{feff}';

impl Dialect {
    /// Whether it is plain: RFC 4180 with a decimal point.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// A number of plain digits with this dialect's decimal mark.
    pub(crate) fn number(self, digits: &str) -> String {
        digits.replace('.', self.decimal_mark.encode_utf8(&mut [0; 4]))
    }

    /// A number of this dialect in plain digits.
    pub(crate) fn plain_number(self, cell: &str) -> String {
        cell.replace(self.decimal_mark, ".")
    }

    /// A cell as it stands in the file: in quotation marks where it has to be (RFC 4180, 2.6 and 2.7), and where it was
    /// made harmless.
    pub(crate) fn quoted(self, cell: &str) -> Cow<'_, str> {
        let special = |c: char| c == self.delimiter || matches!(c, '"' | '\n' | '\r');
        if cell.contains(special) || cell.starts_with(['\'', BOM]) {
            Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
        } else {
            Cow::Borrowed(cell)
        }
    }
}

/// Whether a spreadsheet would take a text for a formula once apostrophes before it are gone: it begins with one of the
/// characters of OWASP's list ("CSV Injection"), the full-width forms among them.
fn like_a_formula(text: &str) -> bool {
    let first = text.trim_start_matches('\'').chars().next();
    matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'))
}

/// Text that a spreadsheet would take for a formula gets an apostrophe before it (CWE-1236). [`as_it_was`] takes it off.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    if like_a_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text that [`harmless`] was given.
pub(crate) fn as_it_was(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if like_a_formula(rest) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_begins_like_a_formula_gets_an_apostrophe_and_nothing_else_does() {
        for text in ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "'=1"] {
            assert_eq!(harmless(text), format!("'{text}"), "{text:?}");
        }
        for text in ["", "M50-090", "O'Neill", "'90", "矿机 +1", " =1"] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn cells_are_quoted_where_rfc_4180_and_the_delimiter_ask_for_it() {
        let plain = Dialect::default();
        assert_eq!(plain.quoted("a;b"), "a;b");
        assert_eq!(plain.quoted("a,b"), "\"a,b\"");
        assert_eq!(plain.quoted("say \"so\""), "\"say \"\"so\"\"\"");
        assert_eq!(plain.quoted("'=1"), "\"'=1\"", "what was made harmless");
        let semicolons = Dialect { delimiter: ';', decimal_mark: ',', bom: true };
        assert_eq!(semicolons.quoted("a;b"), "\"a;b\"");
        assert_eq!(semicolons.number("-1.50"), "-1,50");
        assert_eq!(semicolons.plain_number("-1,50"), "-1.50");
    }

    proptest! {
        #[test]
        fn the_apostrophe_comes_off_again(text in "['=+@\\-\\t\r\na\u{ff1d}]{0,6}") {
            let written = harmless(&text);
            prop_assert_eq!(as_it_was(&written), text.as_str());
        }
    }
}
