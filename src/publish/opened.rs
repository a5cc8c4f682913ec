//! Which vintage people mean when they look at one: the one that they name, the newest of a period, or that of `latest`.

use std::path::Path;

use crate::error::Error;
use crate::text::visible;

use super::latest;
use super::listing;
use super::manifest::Manifest;
use super::name::{VintageName, WrittenName};
use super::withdrawn;

/// The vintage that is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// The one that `latest` points to, or else the newest that stands.
    Latest,
    /// The newest revision of this period.
    Newest(WrittenName),
    /// This one.
    Named(WrittenName),
}

/// The vintage that is meant, with its manifest.
///
/// # Errors
/// [`Error::Usage`] when there is no such vintage or it was withdrawn, [`Error::Folder`] when it cannot be read.
pub fn opened(out: &Path, wanted: Wanted) -> Result<(VintageName, Manifest), Error> {
    if !out.is_dir() {
        return Err(Error::Usage(format!(
            "there is no folder {}\nhint: name the output folder with --out, or the job with --job",
            visible(&out.to_string_lossy())
        )));
    }
    let standing = listing::standing(out)?;
    let named = |written: WrittenName| standing.iter().copied().find(|name| written.is(*name));
    let found = match wanted {
        Wanted::Latest => latest::linked(out).and_then(named).or(standing.last().copied()),
        Wanted::Newest(period) => standing.iter().rfind(|name| period.same_period(**name)).copied(),
        Wanted::Named(written) => named(written),
    };
    match (found, wanted) {
        (Some(name), _) => Ok((name, manifest(out, name)?)),
        (None, Wanted::Latest) => Err(Error::Usage(format!(
            "no vintage stands in {}\nhint: `wafercast run` publishes one; --out names the folder that holds vintages, not a vintage",
            visible(&out.to_string_lossy())
        ))),
        (None, Wanted::Newest(name) | Wanted::Named(name)) => {
            let why = not_standing(out, &standing, name);
            Err(Error::Usage(format!("{why}\nhint: name another vintage")))
        }
    }
}

/// Why a vintage is none that stands.
pub(super) fn not_standing(out: &Path, standing: &[VintageName], name: WrittenName) -> String {
    if let Ok(Some(reason)) = withdrawn::reason(&out.join(name.to_string())) {
        return format!("{name} was withdrawn: {reason}");
    }
    let known: Vec<String> = standing.iter().map(ToString::to_string).collect();
    format!(
        "there is no vintage {name} in {} (there are: {})",
        visible(&out.to_string_lossy()),
        if known.is_empty() { "none".to_owned() } else { known.join(", ") }
    )
}

/// The manifest of a vintage that stands.
pub(super) fn manifest(out: &Path, name: VintageName) -> Result<Manifest, Error> {
    Manifest::read(&out.join(name.to_string())).map_err(|reason| {
        Error::Folder(format!(
            "cannot read {name}: {reason}\nhint: restore it from a backup; nothing was changed"
        ))
    })
}
