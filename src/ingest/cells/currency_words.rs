//! Codes, signs and words of currencies other than USD.

/// Codes of other currencies that machines are sold in.
pub(super) const CODES: &[&str] = &[
    "CNY", "CNH", "RMB", "EUR", "GBP", "JPY", "KRW", "RUB", "RUR", "HKD", "TWD", "NTD", "SGD", "CAD", "AUD",
    "NZD", "CHF", "INR", "KZT", "UAH", "AED", "SAR", "BRL", "MXN", "ARS", "MYR", "THB", "VND", "IDR", "PLN",
    "CZK", "SEK", "NOK", "DKK", "ISK", "ZAR", "BTC", "XBT", "ETH",
];

/// Signs and words of other currencies, by what they are called.
pub(super) const WORDS: &[(&str, &str)] = &[
    ("欧元", "EUR"),
    ("港元", "HKD"),
    ("港币", "HKD"),
    ("日元", "JPY"),
    ("卢布", "RUB"),
    ("人民币", "CNY"),
    ("元", "CNY"),
    ("円", "JPY"),
    ("원", "KRW"),
    ("¥", "CNY or JPY (¥)"),
    ("￥", "CNY or JPY (¥)"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("₽", "RUB"),
    ("₩", "KRW"),
    ("₹", "INR"),
    ("₸", "KZT"),
    ("₴", "UAH"),
    ("₿", "BTC"),
    ("hk$", "HKD"),
    ("nt$", "TWD"),
    ("c$", "CAD"),
    ("a$", "AUD"),
    ("s$", "SGD"),
    ("r$", "BRL"),
    ("ca$", "CAD"),
    ("au$", "AUD"),
    ("yuan", "CNY"),
    ("renminbi", "CNY"),
    ("euro", "EUR"),
    ("юан", "CNY"),
    ("руб", "RUB"),
    ("евро", "EUR"),
    ("тенге", "KZT"),
];

/// Whether a text is a code or sign of another currency than USD.
pub(in crate::ingest) fn is_other(text: &str) -> bool {
    let lower = text.to_lowercase();
    CODES.iter().any(|code| text.eq_ignore_ascii_case(code))
        || WORDS.iter().any(|(word, _)| lower.starts_with(word))
}
