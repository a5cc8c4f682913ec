//! One vintage, one rename. Earlier vintages are never written to.
//!
//! A run that is killed leaves at most a `.staging-*` folder, which the next run removes under the lock.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;

use super::files::OutputFile;
use super::latest;
use super::listing::{Listing, damage};
use super::lock::{OutputFolder, UNFINISHED};
use super::manifest::{MANIFEST, Manifest, Revised};
use super::name::{VintageName, WrittenName};
use super::rights;
use super::sync::sync;

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
    /// A new vintage of this name.
    New(VintageName, Revised),
    /// The newest vintage of the as-of month was made of the same job and inputs.
    Same(PathBuf),
    /// A vintage of the same job and inputs was withdrawn, for this reason: publishing it again would undo that.
    Withdrawn(PathBuf, String),
}

/// Finds the place of a run that would publish `first`, were it the only one, with this fingerprint among the vintages of its
/// as-of month. The name is one that no folder or file has.
pub fn place(folder: &OutputFolder, listing: &Listing, first: VintageName, fingerprint: &str) -> Place {
    let out = folder.path();
    let of_month = |name: &&VintageName| name.as_of == first.as_of;
    let newest = listing.standing.iter().rfind(|(name, _)| of_month(name));
    let mut revised = Revised { manifest: newest.map(|(_, m)| Box::new(m.clone())), damage: Vec::new() };
    match newest {
        Some((name, manifest)) if manifest.fingerprint() == fingerprint => {
            let path = out.join(name.to_string());
            revised.damage = damage(&path, manifest);
            if revised.damage.is_empty() {
                return Place::Same(path);
            }
        }
        _ => {
            for (name, reason) in listing.withdrawn.iter().filter(|(name, _)| of_month(name)) {
                let path = out.join(name.to_string());
                if Manifest::read(&path).is_ok_and(|manifest| manifest.fingerprint() == fingerprint) {
                    return Place::Withdrawn(path, reason.clone());
                }
            }
        }
    }
    let known = listing.standing.keys().chain(listing.withdrawn.keys()).filter(of_month);
    let gone = listing.without_manifest.iter().filter(|name| name.same_period(first));
    let last = known.map(|name| name.revision).chain(gone.map(WrittenName::revision)).max();
    let mut name = VintageName { revision: last.unwrap_or(0), ..first };
    loop {
        name.revision = name.revision.saturating_add(1);
        if fs::symlink_metadata(out.join(name.to_string())).is_err() {
            return Place::New(name, revised);
        }
    }
}

/// Publishes the files under the manifest's name. What fails once the vintage is there is reported and does not take it back:
/// the next run does it.
///
/// # Errors
/// [`Error::Write`] when the folder cannot be written or was replaced since it was locked; nothing is published then.
pub fn publish(
    folder: &OutputFolder,
    manifest: &Manifest,
    mut files: Vec<OutputFile>,
) -> Result<(Published, Vec<Diagnostic>), Error> {
    let out = folder.path();
    files.push(manifest.file()?);
    let target = out.join(&manifest.vintage);
    folder.still_there()?;
    let staging = staging(out).map_err(Error::write(out))?;
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
    match fs::rename(staging.path(), &target) {
        // A share may do what it was asked and lose the answer.
        Err(_) if !staging.path().exists() && target.join(MANIFEST).is_file() => {}
        other => other.map_err(Error::write(&target))?,
    }
    // The folder has moved: there is nothing left to remove.
    let _ = staging.keep();
    let mut reported = Vec::new();
    if let Err(e) = sync(out) {
        let reason = format!("is published, but the disk did not confirm it: {e}");
        reported.push(Diagnostic::warning(Code::Unfinished, crate::diagnostic::Place::file(&target), reason));
    }
    reported.extend(latest::point(folder).1);
    Ok((Published::New(target), reported))
}

/// A folder to write the vintage in, with the rights that the umask leaves.
fn staging(out: &Path) -> std::io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(out)
}

/// What an unchanged run still has to do: `latest` may point to an older vintage when a run was killed between its two
/// renames.
pub fn unchanged(folder: &OutputFolder, path: PathBuf) -> (Published, Vec<Diagnostic>) {
    (Published::Unchanged(path), latest::point(folder).1)
}
