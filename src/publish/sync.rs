//! What the disk has confirmed survives a loss of power.

use std::fs::File;
use std::path::Path;

use crate::error::Error;

/// Has the disk confirm what a folder holds.
pub(super) fn sync(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(Error::write(folder))
}
