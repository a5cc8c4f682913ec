//! The output folder, locked from the start of a run to its end: who comes second learns it before any work is done.

use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;

use super::listing::published;
use super::rights;
use super::sync::sync;

/// File in the output folder that is locked. It stays there: a file that is removed could be locked twice.
const LOCK: &str = ".lock";

/// Beginning of the names of everything that is not finished.
pub(super) const UNFINISHED: &str = ".staging-";

/// An output folder that this run alone may write to.
///
/// The lock is the system's own (`flock`): it ends with the process, however that ends.
#[derive(Debug)]
pub struct OutputFolder {
    path: PathBuf,
    lock: File,
}

impl OutputFolder {
    /// Makes the folder unless `must_exist`, locks it, and removes what killed runs left behind.
    ///
    /// # Errors
    /// [`Error::Locked`] when another run holds the lock, [`Error::Write`] when the folder cannot be written, or when
    /// nothing was ever published in it and `must_exist` says that something was.
    pub fn lock(path: &Path, must_exist: bool) -> Result<Self, Error> {
        if must_exist && published(path)?.is_empty() {
            let reason = "it holds no vintage, and --no-create was given; is it mounted?";
            return Err(Error::write(path)(std::io::Error::new(std::io::ErrorKind::NotFound, reason)));
        }
        fs::create_dir_all(path).map_err(Error::write(path))?;
        let lock = lock(path)?;
        let folder = Self { path: path.to_owned(), lock };
        folder.remove_unfinished();
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the folder at the path is still the one that was locked, and not what a vanished mount left there.
    ///
    /// # Errors
    /// [`Error::Write`] when it is not.
    pub(super) fn still_there(&self) -> Result<(), Error> {
        let path = self.path.join(LOCK);
        let now = fs::metadata(&path).map_err(Error::write(&path))?;
        let locked = self.lock.metadata().map_err(Error::write(&path))?;
        if same_file(&now, &locked) {
            return Ok(());
        }
        let reason = "the folder was replaced while this run was at work; is it still mounted?";
        Err(Error::write(&self.path)(std::io::Error::other(reason)))
    }

    /// Writes a small file of the folder in one step: whoever reads it finds all of the old or all of the new text.
    ///
    /// # Errors
    /// [`Error::Write`] when it cannot be written; what was there is untouched then.
    pub(super) fn replace(&self, file: &Path, text: &str) -> Result<(), Error> {
        let write = || -> std::io::Result<()> {
            let mut staged = tempfile::Builder::new()
                .prefix(UNFINISHED)
                .make_in(&self.path, |path| File::options().write(true).create_new(true).open(path))?;
            staged.write_all(text.as_bytes())?;
            staged.as_file().sync_all()?;
            rights::like(&self.path, staged.path());
            staged.persist(file)?;
            Ok(())
        };
        write().map_err(Error::write(file))?;
        sync(file.parent().unwrap_or(&self.path))
    }

    /// Removes what killed runs left behind: under the lock nobody is using it. What cannot be removed is in nobody's
    /// way either.
    fn remove_unfinished(&self) {
        let Ok(entries) = fs::read_dir(&self.path) else { return };
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                let path = entry.path();
                let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
            }
        }
    }
}

#[cfg(unix)]
fn same_file(a: &fs::Metadata, b: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn same_file(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join(LOCK);
    let cannot = |reason: &str| Error::write(&path)(std::io::Error::other(reason.to_owned()));
    let mut options = File::options();
    options.read(true).write(true);
    never_through_links(&mut options);
    let (mut file, new) = match options.open(&path) {
        Ok(file) => (file, false),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && fs::symlink_metadata(&path).is_err() => {
            match options.create_new(true).open(&path) {
                Ok(file) => (file, true),
                // Another run was quicker by a moment.
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                    (options.create_new(false).open(&path).map_err(Error::write(&path))?, false)
                }
                Err(e) => return Err(Error::write(&path)(e)),
            }
        }
        Err(_) if fs::symlink_metadata(&path).is_ok_and(|m| m.is_symlink()) => {
            return Err(cannot("it is a link, and what it points to is not ours to write: remove it"));
        }
        Err(e) => return Err(Error::write(&path)(e)),
    };
    if !is_a_file_of_one_name(&file.metadata().map_err(Error::write(&path))?) {
        return Err(cannot("it is no file, or one that has another name elsewhere: remove it"));
    }
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            return Err(Error::Locked { path: folder.to_owned(), owner: owner(&mut file) });
        }
        Err(fs::TryLockError::Error(e)) => return Err(Error::write(&path)(e)),
    }
    if new {
        rights::lock_like(folder, &path);
    }
    let owner = format!("process {}{}\n", std::process::id(), host());
    // Over the text before, then cut to length: whoever looks meanwhile finds an owner.
    file.rewind()
        .and_then(|()| file.write_all(owner.as_bytes()))
        .and_then(|()| file.set_len(owner.len() as u64))
        .map_err(Error::write(&path))?;
    Ok(file)
}

/// Who holds the lock. The holder writes it just after locking: there it is waited for a moment.
fn owner(file: &mut File) -> String {
    for _ in 0..50 {
        let mut text = String::new();
        let read = file.rewind().and_then(|()| file.take(4096).read_to_string(&mut text));
        if let (Ok(_), Some((owner, _))) = (read, text.split_once('\n')) {
            return owner.trim().to_owned();
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    "a process that does not say its name".to_owned()
}

#[cfg(unix)]
fn never_through_links(options: &mut fs::OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
}

#[cfg(not(unix))]
fn never_through_links(_: &mut fs::OpenOptions) {}

#[cfg(unix)]
fn is_a_file_of_one_name(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.is_file() && metadata.nlink() <= 1
}

#[cfg(not(unix))]
fn is_a_file_of_one_name(metadata: &fs::Metadata) -> bool {
    metadata.is_file()
}

/// ` on HOST`, where the system tells its name in a file: on a shared folder a process number alone says little.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { String::new() } else { format!(" on {}", name.trim()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_locked_once_and_free_again_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let first = OutputFolder::lock(folder.path(), false).unwrap();
        let Err(Error::Locked { owner, .. }) = OutputFolder::lock(folder.path(), false) else {
            panic!("a second lock was given");
        };
        assert!(owner.contains(&format!("process {}", std::process::id())), "{owner}");
        drop(first);
        OutputFolder::lock(folder.path(), false).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_that_is_a_link_or_another_file_is_not_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let (elsewhere, lock) = (folder.path().join("elsewhere"), folder.path().join(LOCK));
        File::create(&elsewhere).unwrap().write_all(b"precious").unwrap();
        std::os::unix::fs::symlink("elsewhere", &lock).unwrap();
        let refused = OutputFolder::lock(folder.path(), false).unwrap_err();
        assert!(refused.to_string().contains("it is a link"), "{refused}");
        fs::remove_file(&lock).unwrap();
        std::os::unix::fs::symlink("nowhere", &lock).unwrap();
        assert!(OutputFolder::lock(folder.path(), false).unwrap_err().to_string().contains("it is a link"));
        assert!(!folder.path().join("nowhere").exists());
        fs::remove_file(&lock).unwrap();
        fs::hard_link(&elsewhere, &lock).unwrap();
        let refused = OutputFolder::lock(folder.path(), false).unwrap_err();
        assert!(refused.to_string().contains("another name elsewhere"), "{refused}");
        assert_eq!(fs::read(&elsewhere).unwrap(), b"precious");
    }

    #[test]
    fn a_folder_that_never_held_a_vintage_can_be_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = OutputFolder::lock(folder.path(), true).unwrap_err();
        assert!(refused.to_string().contains("is it mounted?"), "{refused}");
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing was made");
    }

    #[test]
    fn a_folder_that_was_swapped_is_noticed() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("out");
        let folder = OutputFolder::lock(&out, false).unwrap();
        folder.still_there().unwrap();
        fs::rename(&out, place.path().join("away")).unwrap();
        assert!(folder.still_there().is_err(), "gone");
        OutputFolder::lock(&out, false).unwrap();
        assert!(folder.still_there().is_err(), "another one");
    }
}
