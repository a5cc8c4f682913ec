//! Who may read what is published: whoever may read the output folder, whatever the umask of cron is.

use std::fs;
use std::path::Path;

/// Gives `path` the group of `folder` (and its owner, when this process may) and its rights; a file gets no right to
/// be executed. A file system without owners or modes is left as it is: the vintage is complete without.
#[cfg(unix)]
pub(super) fn like(folder: &Path, path: &Path) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    let (Ok(model), Ok(own)) = (fs::metadata(folder), fs::metadata(path)) else { return };
    // First the owner: changing it takes the set-group bit away.
    if (own.uid(), own.gid()) != (model.uid(), model.gid())
        && chown(path, Some(model.uid()), Some(model.gid())).is_err()
    {
        let _ = chown(path, None, Some(model.gid()));
    }
    // The owner can always read and write: the next run must be able to.
    let bits = if own.is_dir() { (model.mode() & 0o2777) | 0o700 } else { (model.mode() & 0o666) | 0o600 };
    let _ = fs::set_permissions(path, fs::Permissions::from_mode(bits));
}

#[cfg(not(unix))]
pub(super) fn like(_: &Path, _: &Path) {}
