//! Who may read what is published: whoever may read the output folder, less what the umask takes away.

use std::fs;
use std::path::Path;

/// Gives `path` the group of `folder` (and its owner, when this process may), and of the rights that it was made with,
/// which the umask has limited, those that `folder` has too. A file system without owners or modes is left as it is: the
/// vintage is complete without.
#[cfg(unix)]
pub(super) fn like(folder: &Path, path: &Path) {
    give(folder, path, |own, model| own & model);
}

/// The same for the lock, which everybody must be able to take who may write to the folder: its rights are the folder's.
#[cfg(unix)]
pub(super) fn lock_like(folder: &Path, path: &Path) {
    give(folder, path, |_, model| model);
}

#[cfg(unix)]
fn give(folder: &Path, path: &Path, rights: impl Fn(u32, u32) -> u32) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    let (Ok(model), Ok(own)) = (fs::metadata(folder), fs::metadata(path)) else { return };
    // First the owner: changing it takes the set-group bit away.
    if (own.uid(), own.gid()) != (model.uid(), model.gid())
        && chown(path, Some(model.uid()), Some(model.gid())).is_err()
    {
        let _ = chown(path, None, Some(model.gid()));
    }
    // The owner can always read and write: the next run must be able to. A file gets no right to be executed; a folder
    // keeps the mark that gives the group to what is made in it.
    let bits = rights(own.mode() & 0o777, model.mode() & 0o777);
    let bits = if own.is_dir() { bits | (model.mode() & 0o2000) | 0o700 } else { (bits & 0o666) | 0o600 };
    let _ = fs::set_permissions(path, fs::Permissions::from_mode(bits));
}

#[cfg(not(unix))]
pub(super) fn like(_: &Path, _: &Path) {}

#[cfg(not(unix))]
pub(super) fn lock_like(_: &Path, _: &Path) {}
