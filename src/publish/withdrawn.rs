//! A vintage that people took back: marked by a file in its folder, kept as it is, and never deleted.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::text::visible;

/// Name of the mark: whoever opens the folder sees it.
pub(super) const MARK: &str = "WITHDRAWN.txt";

/// Stands between the vintage and the reason; marks of earlier versions begin with `This vintage`.
pub(super) const WITHDRAWN: &str = " was withdrawn: ";

/// Why the vintage in a folder was withdrawn; `None` when it was not.
pub(super) fn reason(vintage: &Path) -> std::io::Result<Option<String>> {
    match fs::read(vintage.join(MARK)) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let line = text.trim().lines().next().unwrap_or_default();
            let reason = line.split_once(WITHDRAWN).map_or(line, |(_, reason)| reason);
            Ok(Some(visible(reason).into_owned()))
        }
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}
