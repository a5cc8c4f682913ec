//! `latest`: a link to the newest vintage that stands, or to the one that people chose, replaced in one step.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;

use super::listing::{self, damage};
use super::lock::{OutputFolder, UNFINISHED};
use super::name::{VintageName, WrittenName};
use super::opened;
use super::sync::sync;

/// Name of the link.
const LATEST: &str = "latest";

/// What people chose: `2025Q2 while 2025Q3`, the vintage and the newest one at that time.
const CHOICE: &str = ".latest";

/// Points `latest` to the vintage that people chose, as long as no newer one was published since, or else to the newest
/// that stands: the last quarter's last revision, which need not be the one published last. Where none stands the link is
/// removed.
///
/// Returns what it points to, and what went wrong: every vintage is there whatever the link does, and the next run tries
/// again.
pub(super) fn point(folder: &OutputFolder) -> (Option<VintageName>, Vec<Diagnostic>) {
    let out = folder.path();
    let link = out.join(LATEST);
    let mut reported = Vec::new();
    let mut say = |reason: String| {
        reported.push(Diagnostic::warning(Code::Unfinished, Place::file(&link), reason));
    };
    let target = match listing::standing(out) {
        Ok(standing) => standing.last().map(|newest| chosen(out, *newest, &standing).unwrap_or(*newest)),
        Err(e) => {
            say(format!("stays where it is: {e}"));
            return (None, reported);
        }
    };
    match aside(&link) {
        Ok(Some(name)) => say(format!("was not a link and is now called {name}; the link was made again")),
        Ok(None) => {}
        Err(e) => {
            say(format!(
                "is not a link and cannot be moved out of the way: {e}; remove it, and the next run makes the link"
            ));
            return (None, reported);
        }
    }
    let moved = match target {
        Some(target) if current(&link).is_some_and(|link| link.is(target)) => {
            return (Some(target), reported);
        }
        Some(target) => replace(out, &link, target),
        None => match fs::remove_file(&link) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        },
    };
    match moved {
        Ok(()) => {
            if let Err(e) = sync(out) {
                say(format!("was moved, but the disk did not confirm it: {e}"));
            }
        }
        Err(e) => {
            let to = target.map_or_else(|| "nothing".to_owned(), |target| target.to_string());
            say(format!(
                "could not be pointed to {to}: {e}; the vintages are complete, and the next run moves it"
            ));
        }
    }
    (target, reported)
}

fn replace(out: &Path, link: &Path, target: VintageName) -> std::io::Result<()> {
    let staged = out.join(format!("{UNFINISHED}{LATEST}"));
    let _ = fs::remove_file(&staged);
    // Relative: the folder can be moved or mounted elsewhere.
    symlink(Path::new(&target.to_string()), &staged)?;
    fs::rename(&staged, link)
}

/// Moves what stands in the link's place and is no link, such as a copied folder, to a name that is free.
fn aside(link: &Path) -> std::io::Result<Option<String>> {
    match fs::symlink_metadata(link) {
        Ok(metadata) if !metadata.is_symlink() => {}
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
        _ => return Ok(None),
    }
    let mut number = 1;
    let free: PathBuf = loop {
        let path = link.with_file_name(format!("{LATEST}-was-no-link-{number}"));
        if fs::symlink_metadata(&path).is_err() {
            break path;
        }
        number += 1;
    };
    fs::rename(link, &free)?;
    Ok(free.file_name().map(|name| name.to_string_lossy().into_owned()))
}

/// The vintage that people chose while `newest` was the newest.
fn chosen(out: &Path, newest: VintageName, standing: &[VintageName]) -> Option<VintageName> {
    let text = fs::read_to_string(out.join(CHOICE)).ok()?;
    let (choice, since) = text.trim().split_once(" while ")?;
    let choice = standing.iter().find(|name| name.to_string() == choice)?;
    (since == newest.to_string()).then_some(*choice)
}

/// Chooses the vintage that `latest` points to until a newer one is published; returns what a person should know.
///
/// # Errors
/// [`Error::Usage`] when it is no vintage of the folder or was withdrawn, [`Error::Folder`] when it cannot be read, and
/// [`Error::Write`] when the choice cannot be written.
pub(super) fn choose(folder: &OutputFolder, name: WrittenName) -> Result<Vec<Diagnostic>, Error> {
    let out = folder.path();
    let standing = listing::standing(out)?;
    let vintage = out.join(name.to_string());
    let Some(name) = standing.iter().copied().find(|standing| name.is(*standing)) else {
        let why = opened::not_standing(out, &standing, name);
        return Err(Error::Usage(format!("{why}\nhint: choose another vintage; nothing was changed")));
    };
    let manifest = opened::manifest(out, name)?;
    let choice = out.join(CHOICE);
    match standing.last() {
        Some(newest) if *newest != name => folder.replace(&choice, &format!("{name} while {newest}\n"))?,
        _ => match fs::remove_file(&choice) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(Error::write(&choice)(e)),
            _ => {}
        },
    }
    let reported = |reason| Diagnostic::warning(Code::Vintage, Place::file(&vintage), reason);
    Ok(damage(&vintage, &manifest).into_iter().map(reported).collect())
}

/// The vintage that `latest` of an output folder points to.
pub(super) fn linked(out: &Path) -> Option<WrittenName> {
    current(&out.join(LATEST))
}

/// The vintage that a link points to.
fn current(link: &Path) -> Option<WrittenName> {
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
