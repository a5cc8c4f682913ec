//! `latest`: a link to the newest complete vintage, replaced in one step.

use std::fs;
use std::path::Path;

use crate::error::Error;

use super::lock::{OutputFolder, UNFINISHED};
use super::name::VintageName;
use super::vintage::published;

/// Name of the link.
const LATEST: &str = "latest";

/// Points `latest` to the newest vintage: the last quarter's last revision, which need not be the one published last.
///
/// # Errors
/// [`Error::Write`] when the link cannot be made.
pub(super) fn point(folder: &OutputFolder) -> Result<(), Error> {
    let out = folder.path();
    let Some(newest) = published(out).last().copied() else { return Ok(()) };
    let link = out.join(LATEST);
    if current(&link) == Some(newest) {
        return Ok(());
    }
    let staged = out.join(format!("{UNFINISHED}{LATEST}"));
    let _ = fs::remove_file(&staged);
    // Relative: the folder can be moved or mounted elsewhere.
    symlink(Path::new(&newest.to_string()), &staged).map_err(Error::write(&link))?;
    fs::rename(&staged, &link).map_err(Error::write(&link))
}

/// The vintage that `latest` points to.
fn current(link: &Path) -> Option<VintageName> {
    fs::read_link(link).ok()?.to_str()?.parse().ok()
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
fn symlink(target: &Path, link: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(target, link)
}
