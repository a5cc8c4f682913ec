//! Texts that tests compare with what was recorded of them in `tests/recorded`; `make bless` accepts others.

use std::io::Write as _;
use std::path::Path;

/// Compares a text with the one recorded under this name.
pub(crate) fn as_recorded(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded").join(name);
    if std::env::var_os("WAFERCAST_BLESS").is_some() {
        std::fs::File::create(&path).and_then(|mut file| file.write_all(found.as_bytes())).unwrap();
    }
    let recorded = std::fs::read_to_string(&path).unwrap_or_default();
    let differ = found.lines().zip(recorded.lines()).find(|(found, recorded)| found != recorded);
    assert!(found == recorded, "{name} differs, first {differ:#?}");
}
