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

/// Stands between the vintage and the reason; marks of earlier versions begin with `This vintage`.
const WITHDRAWN: &str = " was withdrawn: ";

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
    folder.replace(
        &mark,
        &format!(
            "{name}{WITHDRAWN}{}\n\nIts files are as they were published, so that their checksums in manifest.json hold: do not order by them.\nThe vintage to use is the one that `latest` in the folder above points to; where there is none, none stands.\n",
            visible(why)
        ),
    )
}
