//! One vintage, one rename. Earlier vintages are never written to.
//!
//! A run that is killed leaves at most a `.staging-*` folder, which the next run removes under the lock.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::Error;

use super::files::OutputFile;
use super::latest;
use super::lock::{OutputFolder, UNFINISHED};
use super::manifest::Manifest;
use super::name::VintageName;
use super::rights;

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

/// Where a run belongs among the vintages of its output folder.
#[derive(Debug)]
pub enum Place {
    /// A new vintage of this name; where it is a revision, with the newest vintage of the same as-of month.
    New(VintageName, Option<Box<Manifest>>),
    /// The newest vintage of the as-of month was made of the same job and inputs.
    Same(PathBuf),
}

/// Every vintage of an output folder, oldest first. A vintage is there whole or not at all: it came by one rename.
pub fn published(out: &Path) -> Vec<VintageName> {
    let entries = fs::read_dir(out).into_iter().flatten().flatten();
    let mut names: Vec<VintageName> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|name: &VintageName| out.join(name.to_string()).join("manifest.json").is_file())
        .collect();
    names.sort();
    names
}

/// Finds the place of a run with this fingerprint among the vintages of its as-of month. The name is one that no folder or file has.
pub fn place(folder: &OutputFolder, as_of: crate::domain::Month, fingerprint: &str) -> Place {
    let out = folder.path();
    let newest = published(out).into_iter().rfind(|name| name.as_of == as_of);
    let existing = newest.and_then(|name| Manifest::read(&out.join(name.to_string())).ok());
    if let (Some(name), Some(manifest)) = (newest, &existing)
        && manifest.fingerprint() == fingerprint
    {
        return Place::Same(out.join(name.to_string()));
    }
    let mut name = VintageName { as_of, revision: newest.map_or(1, |name| name.revision + 1) };
    while fs::symlink_metadata(out.join(name.to_string())).is_ok() {
        name.revision += 1;
    }
    Place::New(name, existing.map(Box::new))
}

/// Publishes the files under the manifest's name.
///
/// # Errors
/// [`Error::Write`] when the folder cannot be written or was replaced since it was locked; nothing is published then.
pub fn publish(
    folder: &OutputFolder,
    manifest: &Manifest,
    mut files: Vec<OutputFile>,
) -> Result<Published, Error> {
    let out = folder.path();
    files.push(manifest.file()?);
    let target = out.join(&manifest.vintage);
    folder.still_there()?;
    let staging = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(out).map_err(Error::write(out))?;
    for file in &files {
        let path = staging.path().join(&file.name);
        if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
            fs::create_dir(folder).map_err(Error::write(folder))?;
            rights::like(out, folder);
        }
        let mut open = File::create(&path).map_err(Error::write(&path))?;
        open.write_all(&file.bytes).and_then(|()| open.sync_all()).map_err(Error::write(&path))?;
        rights::like(out, &path);
    }
    rights::like(out, staging.path());
    for entry in fs::read_dir(staging.path()).map_err(Error::write(staging.path()))?.flatten() {
        if entry.path().is_dir() {
            sync(&entry.path())?;
        }
    }
    sync(staging.path())?;
    folder.still_there()?;
    fs::rename(staging.path(), &target).map_err(Error::write(&target))?;
    // The folder has moved: there is nothing left to remove.
    let _ = staging.keep();
    sync(out)?;
    latest::point(folder)?;
    Ok(Published::New(target))
}

/// What an unchanged run still has to do: `latest` may point to an older vintage when a run was killed between its two
/// renames.
///
/// # Errors
/// [`Error::Write`] when the link cannot be made.
pub fn unchanged(folder: &OutputFolder, path: PathBuf) -> Result<Published, Error> {
    latest::point(folder)?;
    Ok(Published::Unchanged(path))
}

fn sync(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(Error::write(folder))
}
