//! The vintages of an output folder: which stand, which were withdrawn, and which are no longer what was published.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::job;
use crate::text::visible;

use super::manifest::{MANIFEST, Manifest};
use super::name::{VintageName, WrittenName};
use super::withdrawn;

/// What an output folder holds. A folder that cannot be read is an error, never an empty one.
#[derive(Clone, Default, Debug)]
pub struct Listing {
    /// Vintages that stand, oldest first, each with its manifest.
    pub standing: BTreeMap<VintageName, Manifest>,
    /// Vintages that were withdrawn, each with the reason.
    pub withdrawn: BTreeMap<VintageName, String>,
    /// Folders with the name of a vintage whose manifest is gone.
    pub without_manifest: Vec<WrittenName>,
}

/// How a folder with a vintage's name stands.
enum Found {
    Stands,
    Withdrawn(String),
    WithoutManifest,
}

/// Everything in a folder that is or was a vintage: the folder's name, the vintage where its month is known, and how it stands.
type Entry = (WrittenName, Option<VintageName>, Found);

fn find(out: &Path) -> Result<Vec<Entry>, Error> {
    let cannot = |e: &std::io::Error| unreadable(out, &e.to_string());
    let entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(cannot(&e)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| cannot(&e))?;
        let Some(name) = entry.file_name().to_str().and_then(|name| name.parse::<WrittenName>().ok()) else {
            continue;
        };
        let folder = entry.path();
        match fs::metadata(&folder) {
            Ok(metadata) if metadata.is_dir() => {}
            // A file is nobody's vintage. A link to what is gone is none either.
            Ok(_) => continue,
            Err(e) if e.kind() == ErrorKind::NotFound => continue,
            Err(e) => return Err(broken(out, name, &e.to_string())),
        }
        let state = match withdrawn::reason(&folder) {
            Ok(Some(reason)) => Found::Withdrawn(reason),
            Ok(None) => match fs::symlink_metadata(folder.join(MANIFEST)) {
                Ok(_) => Found::Stands,
                Err(e) if e.kind() == ErrorKind::NotFound => Found::WithoutManifest,
                Err(e) => return Err(broken(out, name, &e.to_string())),
            },
            Err(e) => return Err(broken(out, name, &e.to_string())),
        };
        // The quarter of a fiscal year does not say its months.
        let vintage = VintageName::of_folder(&name, || Manifest::read(&folder).ok()?.as_of_month());
        if vintage.is_none() && matches!(state, Found::Stands) {
            let reason = Manifest::read(&folder).err();
            let reason =
                reason.unwrap_or_else(|| format!("{MANIFEST} says an as_of that {name} does not end with"));
            return Err(broken(out, name, &reason));
        }
        found.push((name, vintage, state));
    }
    found.sort_by_key(|(_, vintage, _)| *vintage);
    Ok(found)
}

/// Every vintage of an output folder, oldest first, those withdrawn among them. A vintage is there whole or not at all: it
/// came by one rename.
///
/// # Errors
/// [`Error::Folder`] when the folder is there and cannot be read.
pub fn published(out: &Path) -> Result<Vec<WrittenName>, Error> {
    let found = find(out)?;
    Ok(found
        .into_iter()
        .filter(|(.., f)| !matches!(f, Found::WithoutManifest))
        .map(|(name, ..)| name)
        .collect())
}

/// The vintages that stand, oldest first, their manifests unread.
pub(super) fn standing(out: &Path) -> Result<Vec<VintageName>, Error> {
    let found = find(out)?;
    Ok(found
        .into_iter()
        .filter(|(.., f)| matches!(f, Found::Stands))
        .filter_map(|(_, name, _)| name)
        .collect())
}

impl Listing {
    /// Reads the folder and the manifest of every vintage that stands.
    ///
    /// # Errors
    /// [`Error::Folder`] when the folder or a manifest cannot be read.
    pub fn read(out: &Path) -> Result<Self, Error> {
        let mut listing = Self::default();
        for (written, name, state) in find(out)? {
            match (state, name) {
                (Found::Withdrawn(reason), Some(name)) => {
                    listing.withdrawn.insert(name, reason);
                }
                // Nothing that is no longer used says its month any more.
                (Found::Withdrawn(_), None) => {}
                (Found::WithoutManifest, _) => listing.without_manifest.push(written),
                (Found::Stands, name) => {
                    let manifest = Manifest::read(&out.join(written.to_string()));
                    let manifest = manifest.map_err(|reason| broken(out, written, &reason))?;
                    listing.standing.extend(name.map(|name| (name, manifest)));
                }
            }
        }
        Ok(listing)
    }

    /// Refuses a name that a vintage of other months has: after a change of `fiscal_year_starts` the same quarter of a year can end
    /// in another month.
    ///
    /// # Errors
    /// [`Error::Folder`] when a vintage of the folder, withdrawn or not, is called as this one would be and is of another as-of date.
    pub fn of_months(&self, out: &Path, name: VintageName) -> Result<(), Error> {
        let mut known = self.standing.keys().chain(self.withdrawn.keys());
        let other = known.find(|known| known.as_of != name.as_of && known.period() == name.period());
        let Some(other) = other else { return Ok(()) };
        Err(Error::Folder(format!(
            "{} holds {other} as of {}, made with another fiscal_year_starts: this vintage, as of {}, would be called the same\nhint: run the quarters whose names are taken with --out in another folder; later ones are compared with the vintages here again; nothing was published",
            visible(&out.to_string_lossy()),
            other.as_of.last_day(),
            name.as_of.last_day(),
        )))
    }

    /// Refuses the folder of another job: its vintages would be compared with this one's, and `latest` would be now the
    /// one's and now the other's.
    ///
    /// # Errors
    /// [`Error::Folder`] when a vintage was made by a job of another name, which is not one of those that the job had
    /// before.
    pub fn of_job(&self, out: &Path, run: &job::Run) -> Result<(), Error> {
        let own = |name: &str| {
            std::iter::once(&run.name)
                .chain(&run.formerly)
                .any(|known| known == name || visible(known) == name)
        };
        let Some((name, manifest)) = self.standing.iter().rfind(|(_, manifest)| !own(&manifest.job)) else {
            return Ok(());
        };
        Err(Error::Folder(format!(
            "{} holds vintages of another job: {name} was made by job `{}`, this is job `{}`\nhint: give this job an output folder of its own (`out` in its [job], or --out); if the job was renamed, write formerly = [{:?}] into its [job]; nothing was published",
            visible(&out.to_string_lossy()),
            visible(&manifest.job),
            visible(&run.name),
            visible(&manifest.job),
        )))
    }

    /// Folders with a vintage's name that have lost their manifest, reported.
    pub fn incomplete(&self) -> Vec<Diagnostic> {
        let reported = |name: &WrittenName| {
            let reason = format!("vintage {name}: {MANIFEST} is gone; it is passed by");
            Diagnostic::warning(Code::Vintage, Place::default(), reason)
        };
        self.without_manifest.iter().map(reported).collect()
    }
}

/// What of a vintage's files is not as its manifest says, one text a file; empty when all are.
pub fn damage(folder: &Path, manifest: &Manifest) -> Vec<String> {
    let state = |output: &super::manifest::Output| match sha256(&folder.join(&output.file)) {
        Ok(found) if found == output.sha256 => None,
        Ok(_) => Some(format!("{} was changed after it was published", output.file)),
        Err(e) if e.kind() == ErrorKind::NotFound => Some(format!("{} is gone", output.file)),
        Err(e) => Some(format!("{} cannot be read: {e}", output.file)),
    };
    manifest.outputs.iter().filter_map(state).collect()
}

fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(format!("{:x}", digest.finalize())),
            read => digest.update(piece.get(..read).unwrap_or_default()),
        }
    }
}

fn unreadable(out: &Path, reason: &str) -> Error {
    Error::Folder(format!(
        "cannot read the output folder {}: {reason}\nhint: check that it is a folder, mounted and readable; nothing was published",
        visible(&out.to_string_lossy())
    ))
}

fn broken(out: &Path, name: WrittenName, reason: &str) -> Error {
    let out = out.to_string_lossy();
    Error::Folder(format!(
        "cannot read vintage {name} in {}: {}\nhint: restore it from a backup, or go on without it: `wafercast withdraw {name} --out {} --reason \"cannot be read\"`; nothing was published",
        visible(&out),
        visible(reason),
        visible(&out),
    ))
}
