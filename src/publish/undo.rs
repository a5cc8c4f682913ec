//! What people do to vintages after they were published: choose the one that `latest` points to, withdraw one.

use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::text::visible;

use super::latest;
use super::lock::OutputFolder;
use super::name::{VintageName, WrittenName};
use super::withdrawn;

/// Where `latest` points afterwards, and what a person should know.
#[derive(Clone, Debug)]
pub struct Pointed {
    /// The vintage; `None` when none stands, or the link could not be looked at.
    pub latest: Option<VintageName>,
    /// What a person should know.
    pub warnings: Vec<Diagnostic>,
}

/// Points `latest` to a vintage until a newer one is published.
///
/// # Errors
/// [`Error::Usage`] when there is no such vintage or it was withdrawn, and as [`OutputFolder::lock`].
pub fn choose(out: &Path, name: WrittenName) -> Result<Pointed, Error> {
    let folder = existing(out)?;
    let mut warnings = latest::choose(&folder, name)?;
    let (latest, reported) = latest::point(&folder);
    warnings.extend(reported);
    Ok(Pointed { latest, warnings })
}

/// Withdraws a vintage: it is kept and marked, `latest` leaves it, and later runs are not compared with it.
///
/// # Errors
/// [`Error::Usage`] when there is no such vintage, it was withdrawn before or no reason is given, and as
/// [`OutputFolder::lock`].
pub fn withdraw(out: &Path, name: WrittenName, reason: &str) -> Result<Pointed, Error> {
    if reason.trim().is_empty() {
        return Err(Error::Usage(
            "--reason is empty\nhint: say why, for those who meet the vintage later; nothing was changed"
                .to_owned(),
        ));
    }
    let folder = existing(out)?;
    mark(&folder, name, reason.trim())?;
    let (latest, warnings) = latest::point(&folder);
    Ok(Pointed { latest, warnings })
}

/// Marks a vintage.
///
/// # Errors
/// [`Error::Usage`] when there is no such vintage or it was withdrawn before, [`Error::Write`] when the mark cannot be
/// made.
fn mark(folder: &OutputFolder, name: WrittenName, why: &str) -> Result<(), Error> {
    let out = folder.path();
    let vintage = out.join(name.to_string());
    if !vintage.is_dir() {
        return Err(Error::Usage(format!(
            "there is no vintage {name} in {}\nhint: look at the folder's names; nothing was changed",
            visible(&out.to_string_lossy())
        )));
    }
    let mark = vintage.join(withdrawn::MARK);
    if let Some(before) = withdrawn::reason(&vintage).map_err(Error::write(&mark))? {
        return Err(Error::Usage(format!("{name} was withdrawn before: {before}\nnothing was changed")));
    }
    folder.replace(
        &mark,
        &format!(
            "{name}{}{}\n\nIts files are as they were published, so that their checksums in manifest.json hold: do not order by them.\nThe vintage to use is the one that `latest` in the folder above points to; where there is none, none stands.\n",
            withdrawn::WITHDRAWN,
            visible(why)
        ),
    )
}

fn existing(out: &Path) -> Result<OutputFolder, Error> {
    if !out.is_dir() {
        return Err(Error::Usage(format!(
            "there is no folder {}\nhint: name the output folder with --out, or the job with --job; nothing was changed",
            visible(&out.to_string_lossy())
        )));
    }
    OutputFolder::lock(out, false)
}
