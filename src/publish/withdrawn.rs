//! A vintage that people took back: marked by a file in its folder, kept as it is, and never deleted.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::error::Error;
use crate::text::visible;

use super::lock::OutputFolder;
use super::name::VintageName;

/// Name of the mark: whoever opens the folder sees it.
const MARK: &str = "WITHDRAWN.txt";

/// Beginning of its text; the reason follows.
const BEGINS: &str = "This vintage was withdrawn: ";

/// Why the vintage in a folder was withdrawn; `None` when it was not.
pub(super) fn reason(vintage: &Path) -> std::io::Result<Option<String>> {
    match fs::read(vintage.join(MARK)) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim();
            Ok(Some(visible(text.strip_prefix(BEGINS).unwrap_or(text)).into_owned()))
        }
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Marks a vintage.
///
/// # Errors
/// [`Error::Usage`] when there is no such vintage or it was withdrawn before, [`Error::Write`] when the mark cannot be
/// made.
pub(super) fn mark(folder: &OutputFolder, name: VintageName, why: &str) -> Result<(), Error> {
    let out = folder.path();
    let vintage = out.join(name.to_string());
    if !vintage.is_dir() {
        return Err(Error::Usage(format!(
            "there is no vintage {name} in {}\nhint: look at the folder's names; nothing was changed",
            visible(&out.to_string_lossy())
        )));
    }
    let mark = vintage.join(MARK);
    if let Some(before) = reason(&vintage).map_err(Error::write(&mark))? {
        return Err(Error::Usage(format!("{name} was withdrawn before: {before}\nnothing was changed")));
    }
    folder.replace(&mark, &format!("{BEGINS}{}\n", visible(why)))
}
