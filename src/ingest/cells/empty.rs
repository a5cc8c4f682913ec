//! What stands in cells without a value.

/// What systems write where a value is missing, and no value ever is; in small letters.
const KNOWN: [&str; 20] = [
    "null",
    "(null)",
    "nil",
    "none",
    "(none)",
    "nan",
    "n/a",
    "#n/a",
    "na",
    "-",
    "--",
    "(blank)",
    "#value!",
    "#ref!",
    "00.00.0000",
    "00/00/0000",
    "0000-00-00",
    "1/1/1900",
    "01/01/1900",
    "1900-01-01",
];

/// Whether the job declares that a cell, without the blanks around it, is an empty one.
pub(in crate::ingest) fn stands_for_none(cell: &str, declared: &[String]) -> bool {
    declared.iter().any(|word| word.trim().eq_ignore_ascii_case(cell))
}

/// Whether a cell holds what systems write where a value is missing.
pub(in crate::ingest) fn looks_empty(cell: &str) -> bool {
    KNOWN.iter().any(|known| known.eq_ignore_ascii_case(cell))
}
