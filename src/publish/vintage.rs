//! One vintage, one rename. Earlier vintages are never written to.
//!
//! A run that is killed leaves at most a `.staging-*` folder, which the next run removes under the lock.

use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;

use super::files::OutputFile;
use super::manifest::Manifest;

const STAGING: &str = ".staging-";

/// What publishing did.
#[derive(Debug)]
pub enum Published {
    /// A new vintage, or a revision of one.
    New(PathBuf),
    /// The same job and inputs are published already.
    Unchanged(PathBuf),
}

impl Published {
    /// The vintage's folder.
    pub fn path(&self) -> &Path {
        match self {
            Self::New(path) | Self::Unchanged(path) => path,
        }
    }
}

/// Publishes the files as a vintage of `out`. Where the vintage exists with other inputs, a revision
/// (`2025Q3-r2`) stands beside it.
///
/// # Errors
/// [`Error::Locked`] when another run is at it, [`Error::Write`] when the folder cannot be written; in both cases
/// nothing is published.
pub fn publish(out: &Path, manifest: &Manifest, mut files: Vec<OutputFile>) -> Result<Published, Error> {
    files.push(manifest.file()?);
    fs::create_dir_all(out).map_err(Error::write(out))?;
    let _lock = lock(out)?;
    remove_stale(out)?;
    let target = match place(out, manifest)? {
        Published::New(path) => path,
        unchanged @ Published::Unchanged(_) => return Ok(unchanged),
    };
    let staging = tempfile::Builder::new().prefix(STAGING).tempdir_in(out).map_err(Error::write(out))?;
    for file in &files {
        let path = staging.path().join(&file.name);
        let mut open = File::create(&path).map_err(Error::write(&path))?;
        open.write_all(&file.bytes).and_then(|()| open.sync_all()).map_err(Error::write(&path))?;
    }
    readable(staging.path())?;
    sync(staging.path())?;
    fs::rename(staging.path(), &target).map_err(Error::write(&target))?;
    // The folder has moved: there is nothing left to remove.
    let _ = staging.keep();
    sync(out)?;
    Ok(Published::New(target))
}

/// Locks the output folder until the file is closed, which the system does for a run that dies.
fn lock(out: &Path) -> Result<File, Error> {
    let path = out.join(".lock");
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(Error::write(&path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            let mut owner = String::new();
            let _ = file.read_to_string(&mut owner);
            let owner = if owner.trim().is_empty() { String::new() } else { format!(" ({})", owner.trim()) };
            return Err(Error::Locked { path: out.to_owned(), owner });
        }
        Err(fs::TryLockError::Error(e)) => return Err(Error::write(&path)(e)),
    }
    let owner = format!("process {}\n", std::process::id());
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| file.write_all(owner.as_bytes()))
        .map_err(Error::write(&path))?;
    Ok(file)
}

/// What killed runs left behind. Only called under the lock: nobody is using it.
fn remove_stale(out: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(out).map_err(Error::write(out))? {
        let entry = entry.map_err(Error::write(out))?;
        if entry.file_name().to_string_lossy().starts_with(STAGING) {
            fs::remove_dir_all(entry.path()).map_err(Error::write(entry.path()))?;
        }
    }
    Ok(())
}

/// The vintage's folder, or that of the revision which is the same already.
fn place(out: &Path, manifest: &Manifest) -> Result<Published, Error> {
    let mut revision = 1;
    loop {
        let name = match revision {
            1 => manifest.vintage.clone(),
            n => format!("{}-r{n}", manifest.vintage),
        };
        let path = out.join(name);
        if !path.exists() {
            return Ok(Published::New(path));
        }
        let existing = fs::read(path.join("manifest.json")).ok();
        let existing = existing.and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok());
        let is_last = !out.join(format!("{}-r{}", manifest.vintage, revision + 1)).exists();
        if is_last && existing.is_some_and(|m| m.fingerprint() == manifest.fingerprint()) {
            return Ok(Published::Unchanged(path));
        }
        revision += 1;
        if revision > 10_000 {
            return Err(Error::Internal(format!("more than 10,000 revisions of {}", manifest.vintage)));
        }
    }
}

/// The vintage's folder gets the rights of the folder that it stands in, so that colleagues can read it.
fn readable(staging: &Path) -> Result<(), Error> {
    let out = staging.parent().unwrap_or(staging);
    let rights = fs::metadata(out).map_err(Error::write(out))?.permissions();
    fs::set_permissions(staging, rights).map_err(Error::write(staging))
}

fn sync(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(Error::write(folder))
}
