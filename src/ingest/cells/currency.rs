//! Which currency a header or a cell names. Amounts are USD; anything else needs a rate, or is refused by its name.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::ingest::names::folded;
use crate::job::Export;

use super::currency_words::{CODES, WORDS};
use super::table::{Row, Table};

/// Names of a column of currencies, in the languages of the exports that are read.
pub(in crate::ingest) const NAMES: &[&str] = &[
    "currency code",
    "currency_iso",
    "curr",
    "crcy",
    "ccy",
    "waers",
    "waerk",
    "document currency",
    "transaction currency",
    "order currency",
    "价格币种",
    "币别",
    "币种",
    "货币",
    "结算币种",
    "幣別",
    "通貨",
    "통화",
    "währung",
    "waehrung",
    "devise",
    "moneda",
    "moeda",
    "valuta",
    "валюта",
    "para birimi",
];

/// What means USD in a cell of that column, without case, blanks and points.
const USD: &[&str] = &[
    "usd",
    "us$",
    "$",
    "usd$",
    "$us",
    "840",
    "usdollar",
    "usdollars",
    "dollar",
    "dollars",
    "unitedstatesdollar",
    "usdt",
    "usdc",
    "美元",
    "美金",
    "米ドル",
    "usドル",
    "ドル",
    "달러",
    "미국달러",
    "미화",
    "dólar",
    "dólares",
    "dólarusd",
    "dólarestadounidense",
    "dólaramericano",
    "dólareua",
    "dollaraméricain",
    "dollarus",
    "dollaroamericano",
    "доллар",
    "доллары",
    "долларсша",
    "доллсша",
    "abddoları",
    "amerikandoları",
];

/// The currency other than USD that a header names.
fn of_header(header: &str) -> Option<String> {
    let lower = header.to_lowercase();
    if ["美元", "美金", "us$", "米ドル", "달러", "доллар"].iter().any(|usd| lower.contains(usd))
    {
        return None;
    }
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in header.chars() {
        let breaks = !letter.is_alphanumeric() || (before.is_lowercase() && letter.is_uppercase());
        if breaks || words.is_empty() {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_uppercase());
        }
        before = letter;
    }
    if words.iter().any(|word| ["USD", "USDT", "USDC"].contains(&word.as_str())) {
        return None;
    }
    let code = words.iter().find(|word| CODES.contains(&word.as_str()));
    let by_sign = || {
        let named = |(sign, _): &&(&str, &str)| match lower.find(sign) {
            // Letters before a dollar sign must stand alone: `c$` is not the end of a word.
            Some(at) if sign.ends_with('$') => {
                !lower.get(..at).and_then(|before| before.chars().last()).is_some_and(char::is_alphabetic)
            }
            Some(_) => true,
            None => false,
        };
        WORDS.iter().find(named).map(|(_, name)| (*name).to_owned())
    };
    code.cloned().or_else(by_sign)
}

/// Refuses a header of amounts that names a currency other than USD; the job may say that it means USD all the same.
pub(in crate::ingest) fn amounts(
    path: &Path,
    headers: &[String],
    export: &Export,
    columns: &[usize],
) -> Result<(), Diagnostic> {
    for header in columns.iter().filter_map(|column| headers.get(*column)) {
        let declared = export.words.everywhere(header).is_some_and(|word| word.eq_ignore_ascii_case("usd"));
        let same = |named: &String| {
            let known = code(named).unwrap_or_else(|| named.clone());
            export
                .currency
                .as_deref()
                .is_some_and(|own| code(own).unwrap_or_else(|| own.to_uppercase()) == known)
        };
        if let Some(currency) = of_header(header).filter(|named| !declared && !same(named)) {
            let place = Place { line: 1, ..Place::file(path) };
            let reason = format!(
                "its column `{header}` is in {currency} by its header, and amounts are read as USD: declare its currency and what it is worth (for example currency = \"CNY\" and usd_per = {{ CNY = 0.14 }}, or rates = a file by date; of hashprice unit = \"btc_per_ph_day\" and rates), convert them where the export is made, or, where the header is wrong, say words = {{ \"{header}\" = \"USD\" }}"
            );
            return Err(Diagnostic::error(Code::OtherCurrency, place, reason));
        }
    }
    Ok(())
}

/// Words of headers for the price of a machine, folded.
const PRICES: [&str; 9] = ["price", "preis", "prix", "precio", "prezzo", "单价", "价格", "單價", "цена"];

/// Columns that look like the price of a machine, where none is read as that.
pub(in crate::ingest) fn unread_prices(headers: &[String]) -> Vec<usize> {
    let like = |header: &String| PRICES.iter().any(|word| folded(header).contains(word));
    headers.iter().enumerate().filter(|(_, header)| like(header)).map(|(index, _)| index).collect()
}

/// The code of a currency by what a cell says of it: its code, sign or name; `None` where it is none that is known.
pub(in crate::ingest) fn code(text: &str) -> Option<String> {
    let bare: String = folded(text).chars().filter(|c| *c != '.').collect();
    let begins_with_code = text.split(|c: char| !c.is_alphanumeric()).next() == Some("USD");
    if USD.contains(&bare.as_str()) || begins_with_code {
        return Some("USD".to_owned());
    }
    let upper = text.trim().to_uppercase();
    let known = CODES.iter().find(|code| **code == upper).map(|code| (*code).to_owned());
    let code =
        known.or_else(|| WORDS.iter().find(|(word, _)| *word == bare).map(|(_, code)| (*code).to_owned()))?;
    Some(match code.as_str() {
        "RMB" => "CNY".to_owned(),
        "XBT" => "BTC".to_owned(),
        "RUR" => "RUB".to_owned(),
        "NTD" => "TWD".to_owned(),
        _ => code,
    })
}

/// An amount without the sign, word or code of the currency that its row is in; `None` where it has none of it.
pub(super) fn without_sign<'t>(text: &'t str, named: &str) -> Option<&'t str> {
    let signs = WORDS.iter().filter(|(_, of)| of.split([' ', '(']).any(|code| code == named));
    std::iter::once(named)
        .chain(signs.map(|(sign, _)| *sign))
        .find_map(|sign| text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)))
        .map(str::trim)
}

/// The currency of the amounts of a row, if it is not USD: what its currency column says, else `own`.
pub(in crate::ingest) fn of_row(
    table: &Table<'_>,
    row: &Row<'_>,
    column: usize,
    own: Option<&str>,
) -> Option<String> {
    let named = match table.text(row, column) {
        Some(text) => {
            let word = table.word_of(column, text);
            code(word).unwrap_or_else(|| word.to_owned())
        }
        None => own?.to_owned(),
    };
    (named != "USD").then_some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_of_cells() {
        for (text, named) in [
            ("US$", "USD"),
            ("USD - Dollar", "USD"),
            ("rmb", "CNY"),
            ("人民币", "CNY"),
            ("eur", "EUR"),
            ("€", "EUR"),
            ("RUR", "RUB"),
            ("XBT", "BTC"),
            ("NTD", "TWD"),
        ] {
            assert_eq!(code(text).as_deref(), Some(named), "{text}");
        }
        // What may be two currencies has no code that a rate could be given for.
        assert_eq!(code("¥").as_deref(), Some("CNY or JPY (¥)"));
        assert_eq!(code("Peanuts"), None);
    }

    #[test]
    fn headers_that_name_another_currency() {
        for (header, currency) in [
            ("Unit price (CNY)", "CNY"),
            ("单价(元)", "CNY"),
            ("Preis €", "EUR"),
            ("PriceEUR", "EUR"),
            ("price_rmb", "RMB"),
            ("Цена, руб.", "RUB"),
            ("HK$ price", "HKD"),
            ("BTC/PH/day", "BTC"),
            ("hashprice_btc_per_ph_day", "BTC"),
        ] {
            assert_eq!(of_header(header).as_deref(), Some(currency), "{header}");
        }
        for header in [
            "unit_price_usd",
            "PriceUSD",
            "单价(美元)",
            "US$ price",
            "Price $",
            "含税单价",
            "IssTotUSD",
            "miners-revenue",
            "Unit Price",
        ] {
            assert_eq!(of_header(header), None, "{header}");
        }
    }
}
